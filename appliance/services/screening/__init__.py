"""Sanctions screening: lists in, names compared, customers looked at again."""
