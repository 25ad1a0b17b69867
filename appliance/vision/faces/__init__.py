"""Faces in a picture: where, how posed, how good, which template."""
