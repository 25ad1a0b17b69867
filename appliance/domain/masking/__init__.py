"""Hiding personal data in JSON, and putting it back."""
