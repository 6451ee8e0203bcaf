"""The support check: a written sentence may say only what the quotes that it cites say, in their words.

Likeness of meaning, as encoders measure it, tells support from contradiction no better than chance,
so the check reads words. Each content word, number, unit, denial and modal word of a sentence must
stand in the quotes that it cites; so must each pair of a denial or a modal word with what it governs.
It is strict on purpose: a true sentence that is dropped costs little, a false one that is shown does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from index.lexical import words

Reason = Literal[
    "",
    "no key",
    "empty",
    "words",
    "number",
    "denial",
    "modal",
    "order",
    "spread",
    "form",
    "pronoun",
]
"""Why a sentence is dropped; empty where it is supported."""

CONNECTING = frozenset(
    """a an the this that these those it its they them their there here which who whose what
    and as also too both
    of to in on at by for from with about
    is are was were be been being am do does did has have had having
    i you your we our he she his her one
    according sources source says say said states quote quotes quoted passage passages
    """.split()
)
"""Words that carry a sentence and say nothing of its subject."""

DENIALS = frozenset(
    """no not never nor neither none nothing nobody without cannot can't don't doesn't didn't isn't
    aren't wasn't weren't won't wouldn't shouldn't couldn't hasn't haven't hadn't hardly rarely seldom
    barely unlikely unless except avoid avoids avoided avoiding stop stops stopped lack lacks fail fails
    failed instead rather against""".split()
)
MODALS = frozenset(
    """may might can could should must would will shall need needs ought always often sometimes usually
    mostly only most all every many some few likely possibly perhaps probably almost nearly generally
    commonly best better worse more less least least fewer any each first last before after until
    immediately soon now today
    if when whenever while where unless because since so but or than though although only over under
    between within above below per once twice up""".split()
)
"""Words that say how surely, how often, how much, in what order or on what condition something holds."""

JOINING = frozenset("because since so but though although".split())
"""Those that join two clauses, each of which stands by itself: they may be left out, never added."""

LEANING = frozenset("it they them this that these those he she such both either neither".split())
"""A sentence that begins so says something of another sentence, which may be any."""

_ENDED = re.compile(r"[.!?][\"”'’)]*$")
"""A sentence that was cut short may lack what matters."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SPELT = {
    word: str(number)
    for number, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        sixteen seventeen eighteen nineteen twenty""".split()
    )
    if word != "one"
}
_UNITS = frozenset(
    """% percent second minute hour day night week fortnight month year mg g kg ml l cm mm m km mile
    degree time session repetition rep set""".split()
)
WINDOW = 4
"""How far, in words, a denial or a modal word is read to govern."""
LEAST_WORDS = 3
"""Content words below which a sentence says nothing."""
_HIDDEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
MARKER = re.compile(r"\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]")
"""A source's own reference number is no number that it tells."""
_FORM = re.compile(r"https?:|www\.|[<>{}|\\`]|\]\(|!\[")
"""What no quoted guidance needs said again: addresses and markup."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence is supported; else why not, and the words that were not found."""

    reason: Reason
    missing: tuple[str, ...] = ()

    @property
    def supported(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True)
class _Read:
    """A text as the check sees it, its words in order: folded, and stemmed where they mean something."""

    words: tuple[str, ...]
    stems: tuple[str, ...]

    @property
    def content(self) -> tuple[str, ...]:
        return tuple(
            stem
            for word, stem in zip(self.words, self.stems, strict=True)
            if word not in CONNECTING | DENIALS | MODALS and not _NUMBER.fullmatch(word)
        )


def check(sentence: str, quotes: Sequence[str]) -> Verdict:
    """Tell whether ``sentence``, its keys taken off, says only what ``quotes`` say."""
    if _HIDDEN.search(sentence) or _FORM.search(sentence) or not _ENDED.search(sentence):
        return Verdict("form")
    said = _read(sentence)
    if said.words and said.words[0] in LEANING:
        return Verdict("pronoun", said.words[:1])
    if len(said.content) < LEAST_WORDS:
        return Verdict("empty")
    held = [_read(part) for quote in quotes for part in _sentences(quote)]
    known = {stem for one in held for stem in one.stems}
    known_words = {word for one in held for word in one.words}
    steps: tuple[tuple[Reason, tuple[str, ...]], ...] = (
        ("words", tuple(s for s in said.content if s not in known)),
        ("number", _numbers_missing(said, held)),
        ("denial", tuple(w for w in said.words if w in DENIALS and w not in known_words)),
        ("modal", tuple(w for w in said.words if w in MODALS and w not in known_words)),
    )
    for reason, missing in steps:
        if missing:
            return Verdict(reason, missing)
    return _against_each(said, held)


def _against_each(said: _Read, held: Sequence[_Read]) -> Verdict:
    """Hold a sentence against the one or two quoted sentences that it takes most from.

    Words gathered from here and there can be put together to say anything; so nearly all must come
    from one quoted sentence, in its order, with its denials and modal words and no others.
    """
    mine = list(dict.fromkeys(said.content))
    best = max(held, key=lambda one: len(set(mine) & set(one.stems)), default=_Read((), ()))
    steps: tuple[tuple[Reason, tuple[str, ...]], ...] = (
        ("spread", tuple(s for s in mine if s not in best.stems)),
        ("denial", _other(DENIALS, said, best, mine)),
        ("modal", _other(MODALS, said, best, mine)),
        ("number", _parted_numbers(said, best)),
        ("order", () if _in_order(said, best) else tuple(mine[-1:])),
    )
    return next((Verdict(reason, found) for reason, found in steps if found), Verdict(""))


def _other(kind: frozenset[str], said: _Read, best: _Read, mine: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a kind that were added, or left out beside what was taken."""
    added = tuple(w for w in said.words if w in kind and w not in best.words)
    lost = tuple(w for w in best.words if w in kind - JOINING and w not in said.words)
    return added or (lost if _governs(best, lost, mine) else ())


def _governs(best: _Read, lost: tuple[str, ...], mine: Sequence[str]) -> bool:
    """Tell whether a word left out stood near a content word that was taken."""
    for at, word in enumerate(best.words):
        if word in lost and set(best.stems[max(0, at - 2) : at + WINDOW + 1]) & set(mine):
            return True
    return False


def _in_order(said: _Read, best: _Read) -> bool:
    """Tell whether the words that mean something come as they do in the quoted sentence.

    "A helps B" and "B helps A" hold the same words. Denials, modal words and numbers count as well.
    """
    places: dict[str, list[int]] = {}
    for at, stem in enumerate(best.stems):
        places.setdefault(stem, []).append(at)
    last = -1
    for word, stem in zip(said.words, said.stems, strict=True):
        if word in CONNECTING or stem not in places:
            continue
        later = [at for at in places[stem] if at > last]
        if not later:
            return False
        last = later[0]
    return True


def _parted_numbers(said: _Read, best: _Read) -> tuple[str, ...]:
    """Return the numbers left out that stand by one that was taken: "6 to 8 weeks" is not "8 weeks"."""
    at = [i for i, word in enumerate(best.words) if _NUMBER.fullmatch(word)]
    taken = [i for i in at if best.words[i] in said.words]
    return tuple(
        best.words[i]
        for i in at
        if best.words[i] not in said.words and any(abs(i - j) <= 3 for j in taken)
    )


def _numbers_missing(said: _Read, held: Sequence[_Read]) -> tuple[str, ...]:
    """Return the numbers, each with the word after it, that no quoted sentence holds."""
    known = {pair for one in held for pair in _numbers(one)}
    bare = {number for number, _ in known}
    missing = []
    for number, after in _numbers(said):
        unit = after.rstrip("s") in _UNITS
        if number not in bare or (unit and (number, after) not in known):
            missing.append(f"{number} {after}".strip())
    return tuple(missing)


def _numbers(one: _Read) -> list[tuple[str, str]]:
    found = []
    for at, word in enumerate(one.words):
        if _NUMBER.fullmatch(word):
            found.append((word, one.stems[at + 1] if at + 1 < len(one.stems) else ""))
    return found


def _read(text: str) -> _Read:
    folded = text.replace("’", "'").casefold().replace("%", " percent ")
    raw = [_SPELT.get(word, word) for word in _WORD.findall(folded)]
    # hyphens join what a writer may set apart
    parts = [part for word in raw for part in word.split("-") if part]
    return _Read(tuple(parts), tuple(_stem(part) for part in parts))


def _stem(word: str) -> str:
    found = list(words(word))
    return found[0][2] if found else word


def _sentences(quote: str) -> list[str]:
    quote = MARKER.sub(" ", quote)
    return [part for part in re.split(r"(?<=[.!?;])\s+|\n+", quote) if part.strip()]
