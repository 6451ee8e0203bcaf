"""The doctor finds what is wrong with each part of a library, and makes again what can be made again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from corpus.errors import Locked
from patella.checks import examine
from patella.engine import Engine
from patella.locks import hold
from patella.mending import mend
from tests.workbench_helpers import BEES, STAIRS, build

GOOD = {
    "library", "texts", "passages", "sums", "generations", "vectors", "originals", "private", "model",
    "index", "other indexes", "remains", "failures",
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("built") / "data"
    build(data, {"stairs.md": STAIRS}, {"bees.md": BEES})
    return data


def wrong(engine: Engine) -> set[str]:
    return {check.name for check in examine(engine) if not check.ok}


def change(path: Path, statement: str) -> None:
    """Change a file behind Patella's back, as rot on the disk would."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute(statement)
    db.commit()
    db.close()


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 16
    path.write_bytes(data)


def test_a_sound_library_is_found_sound(engine: Engine) -> None:
    assert {check.name for check in examine(engine)} == GOOD
    assert wrong(engine) == set()


def test_an_altered_vector_is_made_again(engine: Engine) -> None:
    change(
        engine.settings.vectors_file,
        "UPDATE embeddings SET vector = zeroblob(length(vector)) WHERE key = (SELECT min(key)"
        " FROM embeddings)",
    )
    [bad] = [check for check in examine(engine) if not check.ok]
    assert bad.found == "vector file: ok; 0 vectors missing, 1 altered"
    assert all(check.ok for check in mend(engine))


def test_a_vector_file_that_cannot_be_read_is_moved_aside(engine: Engine) -> None:
    for path in engine.settings.data_dir.glob("vectors.db-*"):
        path.unlink()
    engine.settings.vectors_file.write_bytes(b"SQLite format 3\0" + b"\7" * 9000)
    assert wrong(engine) == {"vectors"}
    assert all(check.ok for check in mend(engine))
    assert len(list(engine.settings.data_dir.glob("vectors.db.damaged-*"))) >= 1


def test_a_missing_vector_file_is_made_again(engine: Engine) -> None:
    for path in engine.settings.data_dir.glob("vectors.db*"):
        path.unlink()
    assert wrong(engine) == {"vectors"}
    assert all(check.ok for check in mend(engine))


def test_an_altered_original_is_kept_again_from_its_folder(engine: Engine) -> None:
    one, two = sorted(engine.settings.originals_dir.glob("??/*"))
    flip(one)
    two.unlink()
    assert wrong(engine) == {"originals"}
    assert all(check.ok for check in mend(engine))


def test_one_whose_file_has_gone_is_told(engine: Engine) -> None:
    (engine.settings.inbox_dir / "bees.md").unlink()
    for path in engine.settings.originals_dir.glob("??/*"):
        path.unlink()
    [bad] = [check for check in mend(engine) if not check.ok]
    assert bad.found == "1 original files are missing or altered"


def test_an_altered_index_is_made_again_and_an_older_one_removed(engine: Engine) -> None:
    for path in engine.settings.index_dir.glob("gen-*/*/titles.npy"):
        flip(path)
    assert wrong(engine) == {"index", "other indexes"}
    assert all(check.ok for check in mend(engine))
    assert [path.name for path in engine.settings.index_dir.iterdir()] == ["gen-00000002"]


def test_remains_are_swept(engine: Engine) -> None:
    (engine.settings.index_dir / ".new-abc").mkdir()
    (engine.settings.index_dir / ".old-gen-00000001-ab").mkdir()
    assert wrong(engine) == {"remains"}
    assert all(check.ok for check in mend(engine))


def test_what_only_a_backup_helps_with_is_told(engine: Engine) -> None:
    change(engine.settings.library_file, "UPDATE passages SET text = 'Bees are dangerous.'")
    assert wrong(engine) == {"passages", "sums"}
    change(engine.settings.library_file, "UPDATE versions SET text = 'Bees are dangerous.'")
    change(engine.settings.library_file, "UPDATE passages SET start = start + 1")
    for path in engine.settings.inbox_dir.iterdir():
        path.unlink()
    for path in engine.settings.originals_dir.glob("??/*"):
        path.unlink()
    assert {"generations", "sums", "texts"} <= wrong(engine)
    assert {"generations", "sums", "texts"} <= {c.name for c in mend(engine) if not c.ok}


def test_a_damaged_accounts_file_is_told(engine: Engine) -> None:
    engine.settings.accounts_file.write_bytes(b"SQLite format 3\0" + b"\7" * 9000)
    assert wrong(engine) == {"private"}


def test_nobody_mends_while_another_writes(engine: Engine) -> None:
    with (
        hold(engine.settings.lock_file, seconds=1, busy=""),
        pytest.raises(Locked, match=r"changing this library \(process \d+, since "),
    ):
        mend(engine)
