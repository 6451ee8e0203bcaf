"""Make the handouts of the shipped library: python tools/make_handouts.py [FOLDER].

The texts stand in tools/handout_texts/. The same texts give the same bytes (with the same version
of zlib, which PDF, DOCX and EPUB are packed by).
"""

from __future__ import annotations

import sys
from pathlib import Path

from handout_pdf import make_pdf
from handout_source import read_text
from handout_web import make_html
from handout_zip import make_docx, make_epub

from corpus.shipped import ROOT

HANDOUTS = {
    "runners-knee-handout.pdf": ("waiting-room", make_pdf),
    "knee-leaflet.docx": ("first-two-weeks", make_docx),
    "knee-booklet.epub": ("small-book", make_epub),
    "knee-page.html": ("back-to-stairs", make_html),
}


def make_handouts(folder: Path) -> None:
    """Write every handout into ``folder``, which is made if there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (source, make) in HANDOUTS.items():
        (folder / name).write_bytes(make(read_text(source)))


if __name__ == "__main__":
    make_handouts(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "handouts")
