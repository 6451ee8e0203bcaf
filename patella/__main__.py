"""``python -m patella``."""

from patella.cli import main

main(prog_name="patella")
