"""PDF (being written)."""
from __future__ import annotations
from corpus.errors import Unsupported
from corpus.records import Extract

def read(data: bytes, *, name: str) -> Extract:
    raise Unsupported("PDF is not read yet.")
