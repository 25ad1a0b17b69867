"""The IDLive dialect."""
