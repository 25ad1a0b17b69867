"""Readers of the publishers' own files, one module per format. All are hostile input until they are read."""
