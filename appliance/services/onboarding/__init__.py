"""The journey of an applicant, one step per file."""
