"""How fast Patella is, each figure beside what it is held against in the same run."""
