"""Made ``tests/files/library-v1.db``: run by hand, once for each format of the library file.

``python -m tests.make_library tests/files/library-vN.db``
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from pathlib import Path

from corpus.files import Failure, Location
from corpus.records import (
    Block,
    EvidenceNote,
    Extract,
    Generation,
    Metadata,
    PassageDraft,
    RedFlagSection,
    Reference,
)
from corpus.store import NewVersion, Store

TEXT = "Stepping down loads the knee. 🦵🏽 It aches.\n\nGo sideways."

METADATA = Metadata(
    title="Stairs",
    kind="guideline",
    reviewed="2026-01",
    topics=("stairs", "knees"),
    references=(Reference(1, "Ames B", "On steps", "J Knee", "2020", "10.1/x", "trial"),),
    evidence=(EvidenceNote("stepping down", "trial", (1,)),),
    red_flags=(RedFlagSection("Get help", "emergency"),),
)


def stairs() -> NewVersion:
    extract = Extract(
        TEXT,
        (Block("heading", 0, 42, 2, 1), Block("list_item", 44, 56, 1)),
        METADATA,
        "markdown",
        ("i", "1"),
        ("Page 2 is blank.",),
    )
    first = PassageDraft(0, 42, TEXT[:42], "Stairs", ("Down", "Why"), ((0, 29), (30, 42)), 2)
    second = PassageDraft(44, 56, TEXT[44:], "Stairs", (), ((44, 56),))
    return NewVersion("stairs.md", "a" * 64, "markdown/1", extract, (first, second))


def simple(path: str, text: str) -> NewVersion:
    extract = Extract(text, (Block("paragraph", 0, len(text)),), Metadata(title=path[:-3]), "text")
    draft = PassageDraft(0, len(text), text, "", (), ((0, len(text)),))
    return NewVersion(path, path[0] * 64, "text/1", extract, (draft,))


def fill(store: Store) -> None:
    source = store.files.add("folder", "/articles")

    def put(new: NewVersion, document_id: str | None = None) -> None:
        found = store.put_version(new, document_id=document_id)
        store.files.put_location(Location(source.id, new.path, found, new.original_sha, 1, 2, 3))

    def publish(number: int) -> None:
        documents, passages, digest = store.working_digest()
        made = Generation(number, "2026-01-02T03:04:05Z", documents, passages, "model@1", digest)
        store.publish(made)

    put(simple("bees.md", "Bees leave in May."))
    put(simple("stairs.md", "Stairs hurt."))
    publish(1)
    put(stairs(), "stairs")
    put(simple("cafe.md", "Cafe\u0301 chairs are high."))
    store.files.drop_location(source.id, "bees.md")
    store.drop_unlocated()
    publish(2)
    failure = ("locked.pdf", 10, 20, "Encrypted", "It needs a password.", "Take the password off.")
    store.files.put_failure(Failure(source.id, *failure))
    store.files.exclude(source.id, "left-out.md")
    store.put_run("2026-01-02T03:04:05Z", '{"files": []}')


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library.db"
        store = Store(path)
        fill(store)
        store.close()
        db = sqlite3.connect(path)
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA page_size = 512")
        db.execute("VACUUM")
        db.close()
        target.write_bytes(path.read_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
