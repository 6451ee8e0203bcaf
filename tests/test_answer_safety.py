"""Red flags: every rule's own examples, denials, spelling, urgency, and files that are at fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from answer.clauses import denied_spans, fold
from answer.safety import LEVELS, Rule, load_rules, match
from corpus import shipped
from corpus.errors import UsageError

RULES = load_rules(shipped.RED_FLAGS)
POSITIVE = [(rule.id, question) for rule in RULES for question in rule.positive]
NEGATIVE = [(rule.id, question) for rule in RULES for question in rule.negative]

GOOD = """
[terms]
knee = 'knees?'
sore = 'sore {knee}'
[[rule]]
id = "hot-knee"
level = "emergency"
title = "Hot knee"
advice = "Go now."
document = "hot"
heading = "A hot knee"
all = [['\\b{knee}\\b'], ['\\bhot\\b', '{sore}']]
"""


def ids(question: str) -> list[str]:
    return [rule.id for rule in match(question, RULES)]


def write(folder: Path, text: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(("rule", "question"), POSITIVE)
def test_fires(rule: str, question: str) -> None:
    assert rule in ids(question)


@pytest.mark.parametrize(("rule", "question"), NEGATIVE)
def test_stays_silent(rule: str, question: str) -> None:
    assert rule not in ids(question)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_has_examples_enough(rule: Rule) -> None:
    assert len(set(rule.positive)) >= 8
    assert len(set(rule.negative)) >= 6


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_quotes_a_section_that_the_library_has(rule: Rule) -> None:
    article = (shipped.ROOT / "articles" / f"{rule.document}.md").read_text("utf-8")
    assert rule.heading in re.findall(r"^## (.+)$", article, re.MULTILINE)


def test_every_level_has_rules() -> None:
    assert {rule.level for rule in RULES} == set(LEVELS)


@pytest.mark.parametrize(
    "question",
    [
        "my knee is hot and swollen and I feel feverish",
        "my knee is not only swollen but hot, and I have a fever",
        "my knee is hot and swollen, not without fever",
        "no injury but my knee is hot and swollen and I have a fever",
        "I don't know why my knee is hot and swollen, with fever",
        "no idea why: knee swollen, fever",
        "knee didn't hurt at first, now it is swollen and I have a fever",
        "I never had this before; hot swollen knee and fever",
        "knee hot, swollen - fever since last night",
        "my knee’s hot and swollen and i’ve got a fever",
        "MY KNEE IS HOT AND SWOLLEN AND I HAVE A FEVER",
    ],
)
def test_a_sign_that_is_not_denied(question: str) -> None:
    assert ids(question)[0] == "hot-swollen-knee-with-fever"


@pytest.mark.parametrize(
    "question",
    [
        "my knee is hot and swollen but no fever",
        "hot swollen knee without a fever",
        "swollen hot knee, I don't have any fever",
        "my knee is hot and swollen and I haven't had a fever",
        "knee hot and swollen, fever free; never had a fever or chills",
        "swollen knee, no fever, chills or sweats",
    ],
)
def test_a_denied_fever(question: str) -> None:
    assert "hot-swollen-knee-with-fever" not in ids(question)


@pytest.mark.parametrize(
    ("question", "denied"),
    [
        ("no fever but hot", ["fever"]),
        ("it isn't hot or red, it is sore", ["hot or red"]),
        ("it is not only hot", []),
        ("i can't walk", []),
        ("i am not able to walk", []),
        ("not without fever", []),
        ("i don't have swelling in my calf", ["have swelling in my calf"]),
        ("no swelling my calf is fine", ["swelling"]),
        ("never swollen", ["swollen"]),
        (
            "no one two three four five six seven eight nine",
            ["one two three four five six seven eight"],
        ),
        ("no", []),
        ("", []),
    ],
)
def test_how_far_a_denial_reaches(question: str, denied: list[str]) -> None:
    assert [question[start:end].strip() for start, end in denied_spans(question)] == denied


@pytest.mark.parametrize(
    ("question", "folded"),
    [
        ("I CANNOT  walk", "i can't walk"),
        ("I can not walk, cant run", "i can't walk, can't run"),
        ("My knee’s hot – and\nred", "my knee is hot, and, red"),
        ("runner's knee", "runner's knee"),
        ("swolen feever, kneecap dislocatd", "swollen fever, kneecap dislocated"),
        ("parcetamol and ibuprofin", "paracetamol and ibuprofen"),
        ("fewer miles, overdone it, smelling shoes", "fewer miles, overdone it, smelling shoes"),
        ("dislocate, fractures, fevers", "dislocate, fractures, fevers"),
        ("14-year-old", "14 year old"),
        ("no fever, heat or redness", "no fever or heat or redness"),
    ],
)
def test_fold(question: str, folded: str) -> None:
    assert fold(question) == folded


def test_the_most_urgent_comes_first_and_file_order_decides_between_equals() -> None:
    found = match(
        "how many ibuprofen for a swollen calf, and I have chest pain and black stools", RULES
    )
    assert [rule.id for rule in found] == [
        "chest-or-breathing",
        "medicine-bleeding-or-allergy",
        "swollen-calf",
        "asks-for-a-dose",
    ]


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?",
        "why does my knee hurt on stairs",
        "best exercises for runner's knee",
        "how long does runner's knee take to heal",
        "should I ice my knee after a run",
        "which shoes are good for flat feet",
    ],
)
def test_an_ordinary_question(question: str) -> None:
    assert ids(question) == []


def test_a_long_question_takes_no_time() -> None:
    # patterns that backtrack without end would hang here
    for piece in (
        "calf and ",
        "no a, ",
        "knee is swollen and i have been ",
        "had taken ibuprofen and ",
    ):
        match(piece * (2000 // len(piece)), RULES)


def test_a_file_with_terms(tmp_path: Path) -> None:
    (rule,) = load_rules(write(tmp_path, GOOD))
    assert (rule.id, rule.level, rule.title, rule.advice) == (
        "hot-knee",
        "emergency",
        "Hot knee",
        "Go now.",
    )
    assert (rule.document, rule.heading) == ("hot", "A hot knee")
    assert match("a hot knee", [rule]) == (rule,)
    assert match("sore knees", [rule]) == (rule,)
    assert match("a knee", [rule]) == ()
    assert match("the knee isn't hot", [rule]) == ()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (GOOD, "", "the file has no [[rule]]"),
        ("[[rule]]", "[[rule", "cannot be read"),
        ("[[rule]]", "[rule]", "the file has no [[rule]]"),
        ('level = "emergency"\n', "", "rule 1 (hot-knee) lacks 'level'"),
        ('id = "hot-knee"\n', "", "rule 1 (no id) lacks 'id'"),
        (
            '"emergency"',
            '"now"',
            "rule 1 (hot-knee) has a level that is none of emergency, same_day",
        ),
        ('"hot-knee"', '"Hot Knee"', "has an id that is not lower-case words joined by hyphens"),
        ('"Go now."', '" "', "rule 1 (hot-knee) has no text in 'advice'"),
        ('"Go now."', "3", "rule 1 (hot-knee) has no text in 'advice'"),
        ("document", "doc = 1\ndocument", "rule 1 (hot-knee) has an unknown field 'doc'"),
        ("all = [[", "all = [[], [", "rule 1 (hot-knee) has an empty group in 'all', or none"),
        ("all = [[", "all = 'x' #", "rule 1 (hot-knee) has an empty group in 'all', or none"),
        ("all = [[", "all = ['x', [", "rule 1 (hot-knee), all should be a list of texts"),
        ("'\\bhot\\b'", "'(hot'", "has a pattern at fault"),
        ("'\\bhot\\b'", "'{heat}'", "names the term {heat}, which [terms] does not give"),
        ("'{sore}'", "3", "rule 1 (hot-knee), all should be a list of texts"),
        ("'knees?'", "'(knee'", "[terms] knee has a pattern at fault"),
        ("'knees?'", "3", "[terms] knee has a pattern that is not text"),
        ("[terms]", "[[terms]]", "[terms] should be a table"),
    ],
)
def test_a_file_at_fault(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in GOOD
    with pytest.raises(UsageError) as caught:
        load_rules(write(tmp_path, GOOD.replace(old, new)))
    assert fault in str(caught.value)
    assert "rules.toml" in str(caught.value)
    assert caught.value.hint


def test_an_id_that_comes_twice(tmp_path: Path) -> None:
    twice = GOOD + GOOD[GOOD.index("[[rule]]") :]
    with pytest.raises(UsageError, match="rule 2 repeats the id 'hot-knee'"):
        load_rules(write(tmp_path, twice))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_rules(tmp_path / "none.toml")
