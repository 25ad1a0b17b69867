"""The subcommands of `kycbox`: each a function of settings and arguments to an exit status."""
