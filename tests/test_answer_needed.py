"""Words that a red-flag pattern needs: never a match less, and far fewer patterns compiled."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from answer.flags import RedFlags
from answer.safety import Pattern, load_rules, match, needed_file
from corpus import shipped

TOOL = Path(__file__).parent.parent / "tools" / "needed_words.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("needed_words", TOOL)
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("chest pain", {"chest pain"}),
        (r"\bhot (?:and|&) swollen\b", {" swollen"}),
        (r"(?:fever|shaking) now", {"fever", "shaking"}),
        (r"(?:fever|hot) now", {" now"}),
        (r"(?:very )?sick", {"sick"}),
        (r"(?:very ){1,2}ill", {"very "}),
        (r"(?:calf|leg)", {"calf", "leg"}),
        (r"(?:calf|\w+)", None),
        (r"(?:calf)?", None),
        (r"(?!numb)a.c", None),
        (r"(?s:numb)", None),
        (r"(?-i:NUMB)", None),
        (r"grün", None),
        (r"[a-z]+ hot", {" hot"}),
    ],
)
def test_what_a_pattern_needs(tool: ModuleType, pattern: str, words: set[str] | None) -> None:
    assert tool.needed(pattern) == words


def test_the_file_is_that_of_the_rules(tool: ModuleType) -> None:
    # after a change of the rules: python tools/needed_words.py
    kept = json.loads(needed_file(shipped.RED_FLAGS).read_text("utf-8"))
    assert kept == tool.table()
    assert len(kept) > 500


def test_no_rule_fires_less_with_it(tmp_path: Path) -> None:
    bare = tmp_path / "red_flags.toml"
    bare.write_bytes(shipped.RED_FLAGS.read_bytes())
    without, rules = load_rules(bare), load_rules(shipped.RED_FLAGS)
    asked = [text for rule in rules for text in (*rule.positive, *rule.negative)]
    assert len(asked) > 300
    for text in (*asked, "CHEST PAIN and can't breathe", "cheſt pain, can't breathe"):
        expected = [rule.id for rule in match(text, without)]
        assert [rule.id for rule in match(text, rules)] == expected, text


def test_an_ordinary_question_has_few_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    flags = RedFlags.load(shipped.RED_FLAGS)
    compiled: list[str] = []
    real = re.compile
    monkeypatch.setattr(
        "answer.safety.re.compile", lambda text, *more: compiled.append(text) or real(text, *more)
    )
    assert match("why does sitting hurt my knee", flags.rules) == ()
    assert 0 < len(compiled) < 60


def test_letters_beyond_ascii_are_left_to_the_pattern() -> None:
    pattern = Pattern("kiss", needed=("kiss",))
    assert pattern.search("a KISS")
    # as Python has it: a long s is an s, and the sign of kelvin a k
    assert pattern.search("a \u212aiſſ")
    assert not pattern.search("a hug")


def test_a_spoilt_file_is_passed_over(tmp_path: Path) -> None:
    rules = tmp_path / "flags.toml"
    rules.write_bytes(shipped.RED_FLAGS.read_bytes())
    needed_file(rules).write_text("[", "utf-8")
    assert match("chest pain and I can't breathe", load_rules(rules, checked=False))
