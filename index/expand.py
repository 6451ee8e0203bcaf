"""Words that a search adds to a question: clinical for lay and lay for clinical, and mended spelling."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import UsageError
from index.lexical import content_stems
from index.spelling import Speller

ADDED_WEIGHT = 0.3
"""How much an added word counts beside a word of the question."""

MENDED_WEIGHT = 1.0
"""How much a mended spelling counts: the word that it replaces is not in the library at all."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Group:
    """Words that mean the same: what people say, and what clinicians write."""

    clinical: tuple[str, ...]
    lay: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expansion:
    """What was added to a question.

    ``added`` are the words as shown; ``mended`` is the question with unknown words replaced by
    known ones, and equals the question where nothing was mended.
    """

    added: tuple[str, ...]
    mended: str
    weights: dict[str, float]
    """Stems of the added words with what each counts."""


class Vocabulary:
    """Groups of words with one meaning, found in a question by whole words."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = tuple(groups)
        forms: dict[str, int] = {}
        for number, group in enumerate(groups):
            for form in (*group.clinical, *group.lay):
                forms.setdefault(_key(form), number)
        self._forms = forms
        self._single = frozenset(
            form.lower() for g in groups for form in (*g.clinical, *g.lay) if form.isalpha()
        )
        longest = sorted(forms, key=lambda form: -len(form))
        self._pattern = (
            re.compile(r"\b(?:" + "|".join(map(re.escape, longest)) + r")\b") if forms else None
        )

    def __len__(self) -> int:
        return len(self._groups)

    def single_words(self) -> frozenset[str]:
        """Return the names that are one word."""
        return self._single

    def others(self, question: str) -> list[str]:
        """Return the other words for what the question names, in the order it names them.

        The first clinical and the first lay word of each group; none that the question holds.
        """
        if self._pattern is None:
            return []
        key = _key(question)
        found: dict[str, None] = {}
        for match in self._pattern.finditer(key):
            group = self._groups[self._forms[match.group()]]
            for form in (*group.clinical[:1], *group.lay[:1]):
                if not re.search(rf"\b{re.escape(_key(form))}\b", key):
                    found[form] = None
        return list(found)


def _key(text: str) -> str:
    """Return lower-case words with plain apostrophes and no plural s, joined by single spaces."""
    plain = text.lower().replace("’", "'").replace("-", " ")
    words = re.findall(r"[^\W_]+(?:'[^\W_]+)?", plain)
    return " ".join(
        w[:-1] if len(w) > 3 and w.endswith("s") and w[-2] not in "su'" else w for w in words
    )


def load_vocabulary(path: Path) -> Vocabulary:
    """Read groups from TOML: ``[[group]]`` with lists ``clinical`` and ``lay``.

    Raises UsageError saying what is wrong and where. A file that is not there gives no groups.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        groups = [
            Group(tuple(map(str, g["clinical"])), tuple(map(str, g["lay"])))
            for g in raw.get("group", [])
        ]
    except FileNotFoundError:
        return Vocabulary(())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    except (KeyError, TypeError) as error:
        raise UsageError(
            f"A group of {path} lacks its lists.", hint="Each needs clinical = […] and lay = […]."
        ) from error
    return Vocabulary(groups)


def expand(
    question: str,
    *,
    vocabulary: Vocabulary,
    frequency: Callable[[str], int],
    similar: Callable[[str], Iterable[str]],
    without: frozenset[str] = frozenset(),
    passages: int = 0,
    holds: Callable[[str], bool] | None = None,
) -> Expansion:
    """Add to a question; nothing of it is ever replaced in what is searched.

    ``frequency(stem)`` tells how many passages hold a word; ``similar(word)`` gives words of the
    library that are spelt like it, each as often as it was met. ``without`` are words that the
    person took back. ``passages`` is how many the library holds; ``holds`` tells of a word of any of
    its languages whether it is there.
    """
    speller = Speller(frequency, similar, vocabulary.single_words(), passages, holds)
    mended, fixes = question, {}
    found = list(_WORD.finditer(question))
    parts: list[re.Match[str]] = []
    # two words that the library writes as one stay as they are, and bring that one
    for left, right in itertools.pairwise(found):
        between = question[left.end() : right.start()]
        whole = speller.joined(left.group(), right.group()) if between in {" ", "-"} else ""
        if whole and whole not in without:
            parts += [left, right]
            fixes[whole] = ADDED_WEIGHT
            if not (speller.knows(left.group()) and speller.knows(right.group())):
                fixes[whole] = MENDED_WEIGHT
    for match in reversed([match for match in found if match not in parts]):
        fix = speller.mend(match.group())
        if fix and fix not in without:
            fixes[fix] = MENDED_WEIGHT
            mended = mended[: match.start()] + fix + mended[match.end() :]
    others = [w for w in vocabulary.others(mended) if w not in without and w not in fixes]
    weights: dict[str, float] = {}
    for phrase, weight in [*fixes.items(), *((w, ADDED_WEIGHT) for w in others)]:
        for one in content_stems(phrase):
            weights[one] = max(weight, weights.get(one, 0.0))
    return Expansion((*reversed(list(fixes)), *others), mended, weights)
