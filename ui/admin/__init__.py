"""The technician console, a file per page."""
