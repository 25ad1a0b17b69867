"""The console's REST: cases for officers, keys and lists for technicians."""
