"""The Apptenticate dialect."""
