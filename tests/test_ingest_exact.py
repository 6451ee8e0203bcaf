"""A change costs what it touches: an edit in a long PDF, a new name, a copy, a removal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from corpus.originals import Originals
from ingest.intake import ChunkSettings
from ingest.pipeline import Pipeline
from tests.ingest_helpers import count_tokens
from tests.library_helpers import Library

CHUNKING = ChunkSettings(count_tokens, 256, "test")


def long_pdf(*, pages: int = 100, edited: int = 0) -> bytes:
    """A PDF with a heading and some sentences on each page; one of page ``edited`` is another."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    for page in range(1, pages + 1):
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(72, 760, f"Exercise number {page}")
        canvas.setFont("Helvetica", 11)
        last = "Stop when it aches." if page == edited else "Stop when it hurts."
        advice = [
            f"Step {n} of exercise {page} strengthens the thigh and spares the knee."
            for n in range(8)
        ]
        for line, words in enumerate([*advice, last]):
            canvas.drawString(72, 730 - 14 * line, words)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


class Shelf:
    """A folder of files, and the library made of it."""

    def __init__(self, root: Path, library: Library) -> None:
        self.folder = root / "files"
        self.folder.mkdir()
        self.library = library
        self.pipeline = Pipeline(
            store=library.store, originals=Originals(root / "originals"), chunking=CHUNKING
        )
        self.source = library.store.files.add("folder", str(self.folder))

    def index(self) -> tuple[dict[str, str], int]:
        """Return each file's state, and how many texts were embedded."""
        reports = self.pipeline.update([self.source])
        self.library.publish()
        return {r.path: r.state for r in reports}, len(self.library.encoder.taken())


@pytest.fixture
def shelf(tmp_path: Path, library: Library) -> Shelf:
    return Shelf(tmp_path, library)


def test_an_edited_sentence_of_a_hundred_pages_embeds_one_passage(shelf: Shelf) -> None:
    path = shelf.folder / "long.pdf"
    path.write_bytes(long_pdf())
    states, embedded = shelf.index()
    assert states == {"long.pdf": "added"}
    assert embedded > 80
    before = {p.encoder_sha for p in shelf.library.store.working_passages()}
    path.write_bytes(long_pdf(edited=57))
    assert shelf.index() == ({"long.pdf": "changed"}, 1)
    after = {p.encoder_sha for p in shelf.library.store.working_passages()}
    assert (len(after - before), len(before - after)) == (1, 1)


def test_a_new_name_a_copy_and_a_removal_embed_nothing(shelf: Shelf) -> None:
    one, two = shelf.folder / "one.pdf", shelf.folder / "two.pdf"
    one.write_bytes(long_pdf(pages=3))
    assert shelf.index()[0] == {"one.pdf": "added"}
    one.rename(two)
    assert shelf.index() == ({"two.pdf": "moved"}, 0)
    one.write_bytes(two.read_bytes())
    assert shelf.index() == ({"one.pdf": "duplicate", "two.pdf": "unchanged"}, 0)
    current = shelf.library.store.current()
    assert current is not None
    (document,) = shelf.library.store.documents(generation=current.id)
    assert document.paths == ("one.pdf", "two.pdf")
    two.unlink()
    assert shelf.index() == ({"one.pdf": "unchanged", "two.pdf": "removed"}, 0)
    one.unlink()
    assert shelf.index() == ({"one.pdf": "removed"}, 0)
    assert not shelf.library.store.working_ids()
