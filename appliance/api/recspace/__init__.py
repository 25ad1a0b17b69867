"""The Recspace dialect: reading, faces, masking, audit, sessions."""
