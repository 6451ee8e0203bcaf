"""Backing up while the library is used, and the drill: a library of it that says the same."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from corpus.errors import Conflict, Damaged, NotFound, UsageError
from patella import backup_records as records
from patella import cli
from patella.backup import back_up
from patella.engine import Engine
from patella.mending import mend
from patella.restoring import faults, restore
from patella.run_report import Origin
from patella.settings import Settings
from patella.withdrawing import withdraw
from patella.writer import Writer
from tests.workbench_helpers import BEES, SITTING, STAIRS, build, copied, drop, make_engine

QUESTION = "does going down stairs load the knee"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two generations of three documents."""
    data = tmp_path_factory.mktemp("built") / "data"
    build(data, {"stairs.md": STAIRS, "sitting.md": SITTING}, {"bees.md": BEES})
    (data / "patella.toml").write_text('library_name = "Knees"\n')
    return data


@pytest.fixture
def engine(built: Path, tmp_path: Path) -> Iterator[Engine]:
    with copied(built, tmp_path / "data") as opened:
        yield opened


def said(engine: Engine) -> list[tuple[str, str]]:
    return [(hit.document.id, hit.passage.text) for hit in engine.search(QUESTION).hits]


def test_the_drill(engine: Engine, tmp_path: Path) -> None:
    done = back_up(engine, tmp_path / "backup")
    assert (done.documents, done.generation) == (3, 2)
    assert (done.originals_copied, done.originals_there, done.missing) == (3, 0, ())
    assert faults(tmp_path / "backup", records.find(tmp_path / "backup")) == ()
    before, digest = said(engine), engine.store.working_digest()[2]
    engine.close()
    shutil.rmtree(tmp_path / "data")
    new = make_settings(tmp_path / "elsewhere")
    back = restore(tmp_path / "backup", new)
    assert (back.documents, back.originals, back.withdrawn) == (3, 3, ())
    again = make_engine(tmp_path / "elsewhere")
    assert [check.found for check in mend(again) if not check.ok] == []
    assert said(again) == before
    assert again.store.working_digest()[2] == digest
    assert again.store.files.list()[0].address == str(new.inbox_dir)
    assert (tmp_path / "elsewhere" / "patella.toml").read_text() == 'library_name = "Knees"\n'
    # the vectors came with it: the question alone was embedded, by words and as a whole
    assert [text for text in again.encoder.taken() if "Going down" in text] == []
    again.close()


def make_settings(data: Path) -> Settings:
    return Settings(data_dir=data, lock_seconds=0.2)


def test_what_is_there_is_not_copied_again(engine: Engine, tmp_path: Path) -> None:
    back_up(engine, tmp_path / "backup")
    again = back_up(engine, tmp_path / "backup")
    assert (again.originals_copied, again.originals_there, again.vectors_added) == (0, 3, 0)
    one, two = (
        tmp_path / "backup" / "snapshots" / name / "articles" / "bees.md"
        for name in records.names(tmp_path / "backup")
    )
    assert one.stat().st_ino == two.stat().st_ino
    assert engine.store.history.last_backup()


def test_it_is_made_while_somebody_writes(engine: Engine, tmp_path: Path) -> None:
    with Writer(engine).locked(), engine.store.transaction():
        engine.store.hidden.hide(["bees"], by="ada")
        # another connection than the writer's, as another process has
        other = make_engine(tmp_path / "data")
        before = other.store.working_digest()
        other.store.copy_to(tmp_path / "copy.db")
        other.close()
    copied = sqlite3.connect(tmp_path / "copy.db")
    assert copied.execute("SELECT count(*) FROM hidden").fetchone() == (0,)
    assert before[0] == 3
    copied.close()


def test_old_snapshots_give_way_with_what_only_they_needed(engine: Engine, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    first = back_up(engine, target)
    last = back_up(engine, target, keep=1)
    assert last.removed == (first.snapshot,)
    assert records.names(target) == (last.snapshot,)
    assert last.snapshot.startswith("000002-")
    assert len(list((target / "originals").glob("??/*"))) == 3
    with Writer(engine).locked():
        withdraw(engine, ["bees"], reason="", origin=Origin("ada"))
    back_up(engine, target, keep=1)
    assert len(list((target / "originals").glob("??/*"))) == 2


def test_a_damaged_snapshot_is_found_and_not_restored(engine: Engine, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    good = back_up(engine, target)
    bad = back_up(engine, target)
    flip(target / "snapshots" / bad.snapshot / "library.db", 5000)
    with pytest.raises(Damaged, match=r"library\.db is altered"):
        restore(target, make_settings(tmp_path / "new"))
    assert not (tmp_path / "new" / "library.db").exists()
    assert restore(target, make_settings(tmp_path / "new"), name=good.snapshot).documents == 3
    with pytest.raises(NotFound, match="no snapshot 'x'"):
        restore(target, make_settings(tmp_path / "newer"), name="x")


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 4
    path.write_bytes(data)


def test_an_altered_original_and_a_torn_manifest_are_found(engine: Engine, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    done = back_up(engine, target)
    path = next((target / "originals").glob("??/*"))
    flip(path, 3)
    [fault] = faults(target, records.find(target))
    assert fault == f"the original {path.name[:12]} is missing or altered"
    manifest = target / "snapshots" / done.snapshot / "backup.json"
    manifest.write_bytes(manifest.read_bytes()[:200])
    with pytest.raises(Damaged, match="is damaged"):
        records.find(target)


def test_what_was_withdrawn_since_does_not_come_back(engine: Engine, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    old = back_up(engine, target)
    with Writer(engine).locked():
        withdraw(engine, ["bees"], reason="Wrong.", origin=Origin("ada"))
    back_up(engine, target)
    back = restore(target, make_settings(tmp_path / "new"), name=old.snapshot)
    assert back.withdrawn == ("bees",)
    again = make_engine(tmp_path / "new")
    assert all(check.ok for check in mend(again) if check.name != "failures")
    current = again.store.current()
    assert [one.id for one in again.store.documents(current.id)] == ["sitting", "stairs"]
    again.close()


def test_documents_of_one_content_that_went_together_stay_away_together(
    engine: Engine, tmp_path: Path
) -> None:
    drop(engine, "hives.md", BEES)
    drop(engine, "hives.md.meta.yaml", "title: Hives\n")
    Writer(engine).index()
    target = tmp_path / "backup"
    old = back_up(engine, target)
    with Writer(engine).locked():
        withdraw(engine, ["bees", "hives"], reason="Wrong.", origin=Origin("ada"))
        withdraw(engine, ["sitting"], reason="Old.", origin=Origin("ben"))
    back_up(engine, target)
    back = restore(target, make_settings(tmp_path / "new"), name=old.snapshot)
    assert sorted(back.withdrawn) == ["bees", "hives", "sitting"]
    again = make_engine(tmp_path / "new")
    mend(again)
    current = again.store.current()
    assert [one.id for one in again.store.documents(current.id)] == ["stairs"]
    # the fixture's library was moved by hand, so that it had two folders of its own
    own = [one.address for one in again.store.files.list() if one.kind == "inbox"]
    assert own[-1] == str(tmp_path / "new" / "articles")
    why = {one.document_id: (one.by, one.reason) for one in again.store.withdrawals.list()}
    assert why == {
        "bees": ("ada", "Wrong."), "hives": ("ada", "Wrong."), "sitting": ("ben", "Old."),
    }  # fmt: skip
    again.close()


def test_secrets_are_in_it_only_where_they_are_wanted(engine: Engine, tmp_path: Path) -> None:
    accounts = sqlite3.connect(engine.settings.accounts_file)
    accounts.execute("CREATE TABLE t (x)")
    accounts.commit()
    accounts.close()
    plain = back_up(engine, tmp_path / "backup")
    full = back_up(engine, tmp_path / "backup", private=True)
    folder = tmp_path / "backup" / "snapshots"
    assert not (folder / plain.snapshot / "accounts.db").exists()
    assert (folder / full.snapshot / "accounts.db").stat().st_mode & 0o777 == 0o600
    restore(tmp_path / "backup", make_settings(tmp_path / "new"))
    assert (tmp_path / "new" / "accounts.db").stat().st_mode & 0o777 == 0o600


def test_nothing_of_others_is_touched(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_bytes(b"")
    with pytest.raises(UsageError, match="holds other files"):
        back_up(engine, tmp_path / "photos")
    with pytest.raises(UsageError, match="outside the library"):
        back_up(engine, tmp_path / "data" / "backup")
    back_up(engine, tmp_path / "backup")
    with pytest.raises(Conflict, match="There is a library"):
        restore(tmp_path / "backup", engine.settings)


def test_the_commands(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patella.engine.make_encoder", lambda _: engine.encoder)

    def run(*words: str, data: str = "data", code: int = 0) -> str:
        result = CliRunner().invoke(cli.main, ["--data-dir", str(tmp_path / data), *words])
        assert result.exit_code == code, result.output
        return result.stdout

    target = str(tmp_path / "backup")
    assert "3 documents; 3 files copied, 0 there already." in run("backup", target)
    assert json.loads(run("backup", target, "--json"))["backup"]["originals_there"] == 3
    assert run("backup", target, "--check").count(": whole") == 2
    found = json.loads(run("restore", target, "--json", data="new"))
    assert (found["ok"], found["restored"]["documents"]) == (True, 3)
    run("restore", target, data="new", code=2)
    flip(next((tmp_path / "backup" / "originals").glob("??/*")), 1)
    assert json.loads(run("backup", target, "--check", "--json", code=1))["ok"] is False
    run("backup", str(tmp_path / "none"), "--check", code=2)
