"""The NiceGUI screens: kiosk and technician console."""
