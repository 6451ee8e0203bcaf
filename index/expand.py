"""Words that a search adds to a question: clinical for lay and lay for clinical, and mended spelling."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz.distance import OSA

from corpus.errors import UsageError
from index.lexical import FILLERS, content_stems, stem

ADDED_WEIGHT = 0.3
"""How much an added word counts beside a word of the question."""

MENDED_WEIGHT = 1.0
"""How much a mended spelling counts: the word that it replaces is not in the library at all."""

SHORTEST_MENDED = 4
"""Shorter unknown words have too many neighbours to guess from."""

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
        longest = sorted(forms, key=lambda form: -len(form))
        self._pattern = (
            re.compile(r"\b(?:" + "|".join(map(re.escape, longest)) + r")\b") if forms else None
        )

    def __len__(self) -> int:
        return len(self._groups)

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
    known: Callable[[str], bool],
    similar: Callable[[str], Iterable[str]],
    without: frozenset[str] = frozenset(),
) -> Expansion:
    """Add to a question; nothing of it is ever replaced in what is searched.

    ``known(stem)`` tells whether the library holds a word; ``similar(word)`` gives words of the
    library that are spelt like it, each as often as it was met. ``without`` are words that the
    person took back.
    """
    mended, fixes = question, {}
    for match in reversed(list(_WORD.finditer(question))):
        word = match.group()
        fix = _mend(word, known, similar)
        if fix and fix not in without:
            fixes[fix] = MENDED_WEIGHT
            mended = mended[: match.start()] + fix + mended[match.end() :]
    others = [w for w in vocabulary.others(mended) if w not in without]
    weights: dict[str, float] = {}
    for phrase, weight in [*fixes.items(), *((w, ADDED_WEIGHT) for w in others)]:
        for one in content_stems(phrase):
            weights[one] = max(weight, weights.get(one, 0.0))
    return Expansion((*reversed(list(fixes)), *others), mended, weights)


def _mend(word: str, known: Callable[[str], bool], similar: Callable[[str], Iterable[str]]) -> str:
    """Return the library's likeliest spelling of a word that it does not know, else nothing."""
    plain = word.lower()
    if len(plain) < SHORTEST_MENDED or plain in FILLERS or known(stem(plain)):
        return ""
    allowed = 1 if len(plain) < 7 else 2
    met = Counter(similar(plain))
    near = {
        other: OSA.distance(plain, other)
        for other in met
        if other[0] == plain[0] and other not in FILLERS
    }
    best = [o for o, d in near.items() if 0 < d <= allowed]
    # the nearest first, and of equally near ones what the library says most often
    return min(best, key=lambda o: (near[o], -met[o], o), default="")
