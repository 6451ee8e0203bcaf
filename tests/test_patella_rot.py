"""Rot inside the library file is told, whatever it meets, and made good from the original files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from corpus.errors import Damaged
from ingest.sidecar import SUFFIX
from patella.checks import Check, examine
from patella.engine import Engine
from patella.mending import mend
from patella.writer import Writer
from tests.workbench_helpers import BEES, STAIRS, build, drop, read_in_process

TITLED = "---\ntitle: Stairs and knees\n---\n\n" + STAIRS


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("built") / "data"
    build(data, {"stairs.md": STAIRS, "bees.md": BEES}, {"stairs.md": TITLED})
    return data


@pytest.fixture(autouse=True)
def _in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    read_in_process(monkeypatch)


def rot(engine: Engine, statement: str) -> None:
    """Change the library file behind Patella's back."""
    db = sqlite3.connect(engine.settings.library_file)
    db.execute("PRAGMA foreign_keys = OFF")
    assert db.execute(statement).rowcount > 0
    db.commit()
    db.close()


def sums(engine: Engine) -> Check:
    return next(check for check in examine(engine) if check.name == "sums")


def stored(engine: Engine) -> list[tuple[object, ...]]:
    db = sqlite3.connect(engine.settings.library_file)
    db.text_factory = bytes
    rows = db.execute("SELECT * FROM versions ORDER BY id").fetchall()
    rows += db.execute("SELECT * FROM passages ORDER BY id").fetchall()
    db.close()
    return rows


ROT = (
    "UPDATE versions SET metadata = replace(metadata, 'Stairs and', 'Stairs amd') WHERE id = 3",
    "UPDATE versions SET metadata = '{' WHERE document_id = 'stairs'",
    "UPDATE versions SET metadata = CAST(x'7bff7d' AS TEXT) WHERE document_id = 'stairs'",
    "UPDATE versions SET text = replace(text, 'more', 'less') WHERE document_id = 'stairs'",
    "UPDATE versions SET text = CAST(x'ff' AS TEXT) WHERE document_id = 'stairs'",
    "UPDATE versions SET blocks = '[]' WHERE document_id = 'stairs'",
    "UPDATE passages SET text = replace(text, 'more', 'less')",
    "UPDATE passages SET heading = '[\"Stars\"]' WHERE version_id = 3",
    "UPDATE passages SET prefix = 'Stars', start = start + 1 WHERE version_id = 3",
    "UPDATE passages SET encoder_sha = 'ab' WHERE version_id = 3",
)


@pytest.mark.parametrize("statement", ROT)
def test_rot_is_told_and_made_good_from_the_original(engine: Engine, statement: str) -> None:
    before = stored(engine)
    assert sums(engine).ok
    rot(engine, statement)
    found = sums(engine)
    assert (found.ok, found.mendable) == (False, True)
    assert "not as they were written (stairs" in found.found or "bees" in found.found
    assert "patella doctor --mend" in found.advice
    assert [check.name for check in mend(engine) if not check.ok] == []
    assert stored(engine) == before
    assert engine.ask("do stairs load the knee").generation == 2


def test_what_reads_otherwise_now_is_left_and_told(engine: Engine) -> None:
    sha = engine.store.document("stairs", generation=2).original_sha
    rot(engine, "UPDATE versions SET metadata = '{}', recipe = 'an older Patella' WHERE id = 3")
    assert engine.originals.path(sha).is_file()
    left = [check for check in mend(engine) if not check.ok]
    assert [check.name for check in left] == ["sums"]
    assert left[0].found == "1 document versions are not as they were written (stairs)"
    assert "restore the library from a backup" in left[0].advice


def test_a_lost_original_is_no_help(engine: Engine) -> None:
    sha = engine.store.document("stairs", generation=2).original_sha
    (engine.settings.inbox_dir / "stairs.md").unlink()
    engine.originals.remove(sha)
    rot(engine, "UPDATE versions SET metadata = '{}' WHERE id = 3")
    assert [check.name for check in mend(engine) if not check.ok] == ["sums", "originals"]


def test_a_document_beside_editors_values_is_read_with_them(engine: Engine) -> None:
    values = engine.settings.values_dir / f"bees{SUFFIX}"
    values.parent.mkdir(parents=True, exist_ok=True)
    values.write_text("title: Of bees\nkind: guideline\n", "utf-8")
    Writer(engine).index()
    assert engine.store.document("bees", generation=3).title == "Of bees"
    rot(engine, "UPDATE versions SET metadata = '{}' WHERE document_id = 'bees'")
    assert [check.name for check in mend(engine) if not check.ok] == []
    assert engine.store.document("bees", generation=3).title == "Of bees"


def test_damaged_metadata_is_an_error_in_words(engine: Engine) -> None:
    rot(engine, "UPDATE versions SET metadata = '[' WHERE id = 3")
    with pytest.raises(Damaged, match="'stairs' is damaged"):
        engine.store.document("stairs", generation=2)


def test_a_hidden_document_that_is_shown_again_keeps_its_sum(engine: Engine) -> None:
    engine.store.hidden.hide(["bees"], by="anna")
    Writer(engine).publish()
    engine.store.hidden.show(["bees"])
    drop(engine, "more.md", "# More\n\nMore is not always better for a knee.\n")
    Writer(engine).index()
    assert sums(engine).ok
