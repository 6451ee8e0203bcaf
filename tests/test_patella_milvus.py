"""A library whose index is in Milvus: the main job at the command line, and a server that goes away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")

from bench.servers import MilvusLite
from tests.test_patella_main_job import BEES, SITTING


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusLite]:
    made = MilvusLite(tmp_path_factory.mktemp("milvus"))
    made.start()
    yield made
    made.kill()


@pytest.fixture(autouse=True)
def _in_milvus(server: MilvusLite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATELLA_INDEX_BACKEND", "milvus")
    monkeypatch.setenv("PATELLA_INDEX_URI", server.uri)


def answered(result: Result) -> list[str]:
    answer = json.loads(result.stdout)
    assert answer["state"] == "answered", answer
    return [quote["text"] for quote in answer["quotes"]]


def test_the_main_job(patella, tmp_path: Path) -> None:
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    (tmp_path / "bees.md").write_text(BEES, "utf-8")
    patella("add", tmp_path / "sitting.md")
    patella("add", tmp_path / "bees.md")
    first = "Sitting hurts because a bent knee presses the kneecap against the thigh bone."
    assert answered(patella("ask", "why does sitting hurt my knee", "--json"))[0].startswith(first)
    assert not (tmp_path / "data" / "index").exists()
    assert "2" in patella("doctor").output

    changed = SITTING.replace("every twenty minutes", "every half hour")
    (tmp_path / "sitting.md").write_text(changed, "utf-8")
    patella("index")
    question = "how often should I stand up and straighten the knee"
    assert "every half hour" in answered(patella("ask", question, "--json"))[0]
    patella("rollback", "2")
    assert "every twenty minutes" in answered(patella("ask", question, "--json"))[0]


def test_a_withdrawn_document_is_in_no_generation(patella, tmp_path: Path) -> None:
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    (tmp_path / "bees.md").write_text(BEES, "utf-8")
    patella("add", tmp_path / "sitting.md")
    patella("add", tmp_path / "bees.md")
    patella("withdraw", "bees", "--yes")
    found = json.loads(patella("search", "bees leave the hive in May", "--json").stdout)
    assert "hive" not in json.dumps(found["documents"] if "documents" in found else found["hits"])
    patella("doctor")


def test_a_server_that_goes_away_is_told_in_words_and_found_again(
    patella, tmp_path: Path, server: MilvusLite
) -> None:
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    patella("add", tmp_path / "sitting.md")
    server.kill()
    said = patella("ask", "why does sitting hurt my knee", code=3).output
    assert f"The Milvus at {server.uri} does not answer" in said
    assert "Start it" in said
    server.start()
    assert answered(patella("ask", "why does sitting hurt my knee", "--json"))
