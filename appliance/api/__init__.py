"""One package per REST dialect, and the routes of the box itself."""
