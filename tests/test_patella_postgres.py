"""A library in PostgreSQL: the main job at the command line, from two data directories, and a server away."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from corpus.receipts import KeptAnswer, KeptQuote
from patella import settings
from patella.cli import main
from patella.opening import open_store
from tests.postgres_helpers import Server, cluster
from tests.test_patella_main_job import BEES, SITTING

QUESTION = "why does sitting hurt my knee"


@pytest.fixture
def schema(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"cli_{secrets.token_hex(4)}"
    monkeypatch.setenv("PATELLA_STORE_URL", postgres.url)
    monkeypatch.setenv("PATELLA_STORE_SCHEMA", name)
    return name


def quoted(result: Result) -> list[str]:
    answer = json.loads(result.stdout)
    assert answer["state"] == "answered", answer
    return [quote["text"] for quote in answer["quotes"]]


def test_the_main_job(patella, tmp_path: Path, schema: str) -> None:
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    (tmp_path / "bees.md").write_text(BEES, "utf-8")
    patella("add", tmp_path / "sitting.md")
    patella("add", tmp_path / "bees.md")
    first = "Sitting hurts because a bent knee presses the kneecap against the thigh bone."
    assert quoted(patella("ask", QUESTION, "--json"))[0].startswith(first)
    found = json.loads(patella("search", "bees leave the hive in May", "--json").stdout)
    assert "hive" in json.dumps(found["hits"])
    data = {path.name for path in (tmp_path / "data").iterdir()}
    assert not {name for name in data if name.startswith(("library.db", "vectors.db"))}

    changed = SITTING.replace("every twenty minutes", "every half hour")
    (tmp_path / "sitting.md").write_text(changed, "utf-8")
    patella("index")
    question = "how often should I stand up and straighten the knee"
    assert "every half hour" in quoted(patella("ask", question, "--json"))[0]
    patella("rollback", "2")
    assert "every twenty minutes" in quoted(patella("ask", question, "--json"))[0]
    patella("publish")

    status = json.loads(patella("status", "--json").stdout)
    assert status["library_mb"] > 0.1
    assert status["store"].startswith("PostgreSQL at 127.0.0.1:")
    assert f"schema {schema}" in patella("status").output
    said = patella("backup", tmp_path / "backup", code=2).output
    assert "pg_dump" in said

    patella("withdraw", "bees", "--yes")
    found = json.loads(patella("search", "bees leave the hive in May", "--json").stdout)
    assert "hive" not in json.dumps(found["hits"])
    patella("doctor")


def test_another_machine_reads_and_does_not_change(
    patella, tmp_path: Path, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATELLA_ORIGINALS_URL", str(tmp_path / "shared"))
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    patella("add", tmp_path / "sitting.md")
    # on another machine there are neither the file that was added nor the originals
    (tmp_path / "sitting.md").unlink()

    def there(*args: str | Path) -> Result:
        return CliRunner().invoke(main, ["--data-dir", str(tmp_path / "other"), *map(str, args)])

    assert quoted(there("ask", QUESTION, "--json"))
    refused = there("index")
    assert refused.exit_code == 3
    assert "This library is changed from another data directory" in refused.output
    assert "0 original files are missing" in there("doctor").output
    assert not (tmp_path / "other" / "originals").exists()


def test_receipts(patella, tmp_path: Path, schema: str) -> None:
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    patella("add", tmp_path / "sitting.md")
    store = open_store(settings.load(tmp_path / "data"))
    (document,) = store.documents(1)
    quote = KeptQuote(
        "quote", document.id, document.version_id, 0, 4, "0" * 64, (), None, "", "Sitting", "S."
    )
    kept, _ = store.receipts.put(KeptAnswer("Why?", "answered", 1, "digest", (quote,)), most=10)
    store.close()
    assert kept.id in patella("receipts", "list").output
    patella("withdraw", document.id, "--yes")
    store = open_store(settings.load(tmp_path / "data"))
    assert store.receipts.get(kept.id).answer.quotes[0].version_id == 0
    store.close()


def test_a_server_that_is_away_is_told_in_words_and_found_again(
    patella, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cluster() as server:
        monkeypatch.setenv("PATELLA_STORE_URL", server.url)
        (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
        patella("add", tmp_path / "sitting.md")
        server.stop()
        said = " ".join(patella("ask", QUESTION, code=3).output.split())
        assert f"The PostgreSQL at 127.0.0.1:{server.port}/postgres does not answer." in said
        server.start()
        assert quoted(patella("ask", QUESTION, "--json"))


def test_an_address_that_is_none_is_told_without_its_password(patella, monkeypatch) -> None:
    monkeypatch.setenv("PATELLA_STORE_URL", "mysql://me:secret@host/db")
    said = patella("status", code=2).output
    assert "store_url is no address of a PostgreSQL" in said
    assert "secret" not in said
