"""``patella status`` tells of the last backup: when, where, whether it is there, and was found whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from patella import cli
from patella.backup import back_up
from patella.backup_standing import CHECKED, last_backup
from patella.engine import Engine
from patella.status import print_status, read_status
from tests.workbench_helpers import STAIRS, build


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("built") / "data"
    build(data, {"stairs.md": STAIRS})
    return data


def told(engine: Engine, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the line about backups, as it is printed."""
    print_status(read_status(engine))
    printed = capsys.readouterr().out.split("Backup ")[1]
    return " ".join(printed.split("Source ")[0].split())


def check(place: Path) -> int:
    return CliRunner().invoke(cli.main, ["backup", str(place), "--check", "--json"]).exit_code


def test_none_was_made(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert read_status(engine).backup is None
    assert told(engine, capsys) == "none was made: patella backup FOLDER"


def test_made_then_checked_then_spoilt_then_gone(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "backup"
    done = back_up(engine, place)
    found = last_backup(engine.store)
    assert found is not None
    assert (found.place, found.snapshot, found.there) == (str(place), done.snapshot, True)
    assert found.at == engine.store.history.last_backup()
    assert told(engine, capsys).endswith(f"never checked: patella backup {place} --check")

    assert check(place) == 0
    assert told(engine, capsys).endswith(": whole")

    original = next((place / "originals").glob("??/*"))
    original.write_bytes(b"rot")
    assert check(place) == 1
    assert told(engine, capsys).endswith(": NOT WHOLE")

    # another snapshot was not read yet, whatever was said of the one before
    original.unlink()
    back_up(engine, place)
    assert "never checked" in told(engine, capsys)

    shutil.rmtree(place)
    assert told(engine, capsys).endswith("not to be reached there now")


@pytest.mark.parametrize("noted", ["", "{", "[]", '{"x": 1}', "null", '{"1": {"at": 1}}'])
def test_a_note_that_cannot_be_read_says_nothing(
    engine: Engine, tmp_path: Path, noted: str
) -> None:
    back_up(engine, tmp_path / "backup")
    (tmp_path / "backup" / CHECKED).write_text(noted)
    found = last_backup(engine.store)
    assert found is not None
    assert found.checked_at == ""


def test_it_stands_in_the_json(engine: Engine, tmp_path: Path) -> None:
    data = str(engine.settings.data_dir)
    back_up(engine, tmp_path / "backup")
    engine.close()
    printed = CliRunner().invoke(cli.main, ["--data-dir", data, "status", "--json"])
    told = json.loads(printed.output)
    assert told["backup"]["place"] == str(tmp_path / "backup")
