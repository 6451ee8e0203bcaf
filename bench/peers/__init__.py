"""Other search libraries beside Patella: each in an environment of its own, driven by one protocol."""
