"""Documents in a picture: where, what is printed, what the machine-readable zone says."""
