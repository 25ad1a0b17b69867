"""What touches the machine: accelerators, cameras."""
