"""Checks for attacks: what a picture gives away of how it was made."""
