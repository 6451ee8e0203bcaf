"""The support check: what a model's sentence may say of the quotes that it cites."""

from __future__ import annotations

import pytest

from answer.support import check

SITTING = (
    "Sitting hurts your knee because a bent knee presses the kneecap against the thigh bone [3]."
)
REST = "You should not stop all sport, but cut running by about half for 2 to 4 weeks."
FEVER = "Go to an emergency department now if one knee is hot and swollen and you have a fever."
TAPE = "Taping may ease pain for a short time; it has not been shown to help after 12 weeks."
IBUPROFEN = (
    "Ibuprofen can ease pain for a few days, and 1,200 mg a day is the most without a doctor."
)


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Sitting hurts your knee because a bent knee presses the kneecap against the thigh bone.", SITTING),
        ("A bent knee presses the kneecap against the thigh bone.", SITTING),
        ("You should not stop all sport, but cut running by about half for 2 to 4 weeks.", REST),
        ("Taping may ease pain for a short time.", TAPE),
        ("Taping may ease the pain for a short time.", TAPE),
        ("According to the quote, taping may ease pain for a short time.", TAPE),
        ("Go to an emergency department now if one knee is hot and swollen and you have a fever.", FEVER),
        ("You should not stop all sport, but cut running by about half for two to four weeks.", REST),
    ],
)  # fmt: skip
def test_what_the_quote_says_passes(sentence: str, quote: str) -> None:
    assert check(sentence, [quote]).reason == ""


@pytest.mark.parametrize(
    ("sentence", "quote", "reason"),
    [
        ("Sitting heals your knee because a bent knee presses the kneecap.", SITTING, "words"),
        ("Surgery eases pain for a short time.", TAPE, "words"),
        # numbers and units
        ("Cut running by about half for 6 weeks.", REST, "number"),
        ("You should not stop all sport, but cut running by about half for 4 weeks.", REST, "number"),
        ("You should not stop all sport, but cut running by about half for 2 to 4 days.", REST, "words"),
        ("Ibuprofen can ease pain, and 2,400 mg a day is the most without a doctor.", IBUPROFEN, "number"),
        ("A bent knee presses the kneecap against the thigh bone 3.", SITTING, "number"),
        # denials added, and left out
        ("Sitting does not hurt your knee, a bent knee presses the kneecap.", SITTING, "denial"),
        ("You should stop all sport, but cut running by about half.", REST, "denial"),
        ("Taping has been shown to help after 12 weeks.", TAPE, "spread"),
        ("Ibuprofen can ease pain, 1,200 mg a day is the most with a doctor.", IBUPROFEN, "denial"),
        # how surely, and on what condition
        ("Taping will ease pain for a short time.", TAPE, "modal"),
        ("Taping eases pain for a short time.", TAPE, "modal"),
        ("Go to an emergency department now as one knee is hot and swollen.", FEVER, "modal"),
        ("Go to an emergency department now.", FEVER, "modal"),
        ("Sitting always hurts your knee, a bent knee presses the kneecap.", SITTING, "modal"),
        # the same words in another order
        ("The kneecap presses a bent knee against the thigh bone.", SITTING, "order"),
        ("Pain may ease taping for a short time.", TAPE, "order"),
        # about another sentence, or cut short
        ("It has not been shown to help after 12 weeks.", TAPE, "pronoun"),
        ("Taping may ease pain for a", TAPE, "form"),
        # too little, and what no guidance needs
        ("Taping helps.", TAPE, "empty"),
        ("See https://evil.test: taping may ease pain for a short time.", TAPE, "form"),
        ("Taping may ease <b>pain</b> for a short time.", TAPE, "form"),
        ("Taping may ease pain\u202e for a short time.", TAPE, "form"),
    ],
)  # fmt: skip
def test_what_the_quote_does_not_say_is_dropped(sentence: str, quote: str, reason: str) -> None:
    assert check(sentence, [quote]).reason == reason


def test_words_gathered_from_two_quotes_are_dropped() -> None:
    verdict = check("Taping may ease a fever for a short time.", [TAPE, FEVER])
    assert (verdict.reason, verdict.missing) == ("spread", ("fever",))


def test_a_sentence_without_quotes_is_dropped() -> None:
    assert not check("Taping may ease pain for a short time.", []).supported
