"""Reading: a source's bytes become text with structure, and that text becomes passages."""
