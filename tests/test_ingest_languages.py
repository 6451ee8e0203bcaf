"""A document in another language than the model knows is taken, with a warning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.languages import language_notes
from patella.cli import main

SHIPPED = "all-MiniLM-L6-v2@53aa/mean/256"


@pytest.mark.parametrize("language", ["", "en", "en-GB", "EN_us", "und", "mul", "xxxx"])
def test_english_and_unknown_have_no_note(language: str) -> None:
    assert language_notes(language, model=SHIPPED) == ()


def test_another_language_has_one_unless_the_model_knows_it() -> None:
    assert language_notes("de-AT", model=SHIPPED) == (
        "It is in German, and the search model knows English only: it is found by its words more than "
        "by its meaning. docs/languages.md names models for it.",
    )
    assert "the language 'eu'" in language_notes("eu", model=SHIPPED)[0]
    assert language_notes("de", model="paraphrase-multilingual-MiniLM-L12-v2@1/mean/128") == ()


def test_it_is_indexed_and_found_by_its_words(tmp_path: Path) -> None:
    path = tmp_path / "knie.md"
    path.write_text(
        "---\ntitle: Knieschmerzen\nlanguage: de\n---\nTreppen belasten die Kniescheibe stark.\n",
        "utf-8",
    )
    run = ["--data-dir", str(tmp_path / "data")]
    added = CliRunner().invoke(main, [*run, "add", str(path), "--json"])
    assert added.exit_code == 0, added.output
    (file,) = json.loads(added.stdout)["files"]
    assert file["state"] == "added"
    assert any("It is in German" in warning for warning in file["warnings"])
    found = CliRunner().invoke(main, [*run, "search", "--json", "Kniescheibe Treppen"])
    assert json.loads(found.stdout)["hits"][0]["document"]["title"] == "Knieschmerzen"
