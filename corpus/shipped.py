"""Where the library that ships with Patella lies."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent / "library"
FOLDERS = ("articles", "handouts")
"""The folders under ``ROOT`` that hold documents."""
RED_FLAGS = ROOT / "red_flags.toml"
VOCABULARY = ROOT / "vocabulary.toml"
JUDGED = ROOT / "judged"
