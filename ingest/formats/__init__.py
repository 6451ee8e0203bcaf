"""Formats: one module for each kind of file, each with ``read(data, *, name) -> Extract``."""
