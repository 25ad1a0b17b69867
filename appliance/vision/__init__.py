"""Picture to typed facts: decoding, faces, documents, text."""
