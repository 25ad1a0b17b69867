"""Barcodes on documents: finding them, and what they prove."""
