"""The card of a red flag as ``patella ask`` gives it, with our passages and in a library without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from answer.flags import OWN_WORDS
from corpus import shipped
from patella.cli import main

BEES = """---
title: Running and bees
---
## Running past a hive

You can run past a hive in the evening. It is safe to run with a stress fracture of the hive's lid.
"""


@pytest.fixture
def ask(tmp_path: Path):
    def run(*files: Path):
        data = ["--data-dir", str(tmp_path / "data")]
        added = CliRunner().invoke(main, [*data, "add", *map(str, files)])
        assert added.exit_code == 0, added.output

        def answer(question: str) -> dict:
            result = CliRunner().invoke(main, [*data, "ask", "--json", question])
            assert result.exit_code == 0, result.output
            return json.loads(result.stdout)

        return answer

    return run


def test_the_card_quotes_the_library_and_tells_all_signs(ask) -> None:
    articles = shipped.ROOT / "articles"
    answer = ask(articles / "when-to-get-help.md", articles / "medicine-safety.md")(
        "can i mix nurofen with naproxen, also my calf is swollen and i get chest pain"
    )
    card = answer["safety"]
    assert card["level"] == "emergency"
    assert card["rules"][0] == "chest-or-breathing"
    assert {"swollen-calf", "mixing-medicines"} <= set(card["rules"])
    assert card["quotes"][0]["heading"] == ["Chest pain or trouble breathing"]
    text = (articles / "when-to-get-help.md").read_text("utf-8")
    assert card["quotes"][0]["text"] in text
    assert [sign["level"] for sign in card["also"]][-1] == "pharmacist"
    assert answer["quotes"] == []
    assert answer["state"] != "answered"


def test_a_library_without_our_passages_gives_the_advice_and_says_whose_it_is(
    ask, tmp_path: Path
) -> None:
    (tmp_path / "bees.md").write_text(BEES, "utf-8")
    answer = ask(tmp_path / "bees.md")("can I run with a stress fracture")
    card = answer["safety"]
    assert card["level"] == "see_clinician"
    assert card["quotes"] == []
    assert card["advice"].startswith("Stop running now and see a doctor")
    assert card["advice"].endswith(OWN_WORDS)
    assert answer["quotes"] == []
    assert all("You can run" not in one["text"] for one in answer["related"])


def test_an_ordinary_question_has_no_card(ask, tmp_path: Path) -> None:
    (tmp_path / "bees.md").write_text(BEES, "utf-8")
    assert ask(tmp_path / "bees.md")("when can you run past a hive")["safety"] is None
