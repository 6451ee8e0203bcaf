"""The learned half of red flags: how likely it is that a question tells of each sign.

Rules (``answer/safety.py``) are exact and explain themselves, and miss what nobody thought of writing
down. Beside them stands a small model over two views of the same words: the encoder's vector, for what
is meant, and letters and words in a row, for what is misspelt. Each view is a multinomial logistic
regression over signs and ordinary questions; their log-odds are averaged. A question is read whole,
sentence by sentence, and in windows where it runs on, since a sign hides inside a benign question.

The weights are data (``red_flag_model.npz``), trained by ``python -m bench.safety --write`` from
``corpus/library/red_flag_examples``.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from answer.clauses import denied_spans, fold
from corpus.errors import UsageError

Floats = npt.NDArray[np.float32]

FORMAT = 1
BUCKETS = 1 << 13
MODEL = Path(__file__).with_name("red_flag_model.npz")

WINDOW = 16
"""Words of a window of a long sentence; windows overlap by half."""

_SENTENCE = re.compile(r"(?<=[.?!;])\s+|(?<=,)\s+(?=(?:but|also|and|now|since|btw|plus)\b)")
_WORD = re.compile(r"[\w']+")
_SIGN_NOUNS = re.compile(
    r"""\b(?:fever\w*|temp\w*|chills?|shiver\w*|swell\w*|swollen|puff\w*|redness|red|hot|heat|warm\w*
    |injur\w*|fall|twist\w*|pop\w*|lock\w*|giv\w+\sway|buckl\w*|numb\w*|tingl\w*|pins|lumps?|weight\sloss
    |los\w+\s(?:any\s)?weight|night\s(?:pain|sweats)|wake\w*|chest\spain|breathless\w*|short\w*\sof\sbreath
    |bleed\w*|blood|black\sstools?|limp\w*|fractur\w*|broken|clots?|pus|infect\w*|bruis\w*|pregnant
    |suicid\w*|allerg\w*|rash|dislocat\w*|stuck|red\sflags?|medicines?|tablets|painkillers)\b""",
    re.VERBOSE,
)


class Encoding(Protocol):
    """What the detector needs of an encoder."""

    @property
    def identity(self) -> str:
        """Name the weights: the meaning half is used with the encoder it was trained on only."""
        ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors, shape (texts, dimension)."""
        ...


@dataclass(frozen=True, slots=True)
class SignModel:
    """The weights. ``classes`` are signs first, then kinds of ordinary questions.

    ``meaning`` has shape (dimension, classes), ``letters`` (BUCKETS, classes); ``rules`` names the
    rule whose card each sign raises; ``bars`` holds for each sign the least chance that raises it,
    and ``bars_alone`` the same where only the letters are read.
    """

    identity: str
    classes: tuple[str, ...]
    rules: tuple[str, ...]
    meaning: Floats
    meaning_bias: Floats
    letters: Floats
    letters_bias: Floats
    idf: Floats
    bar: float
    bar_alone: float
    veto: float

    @property
    def signs(self) -> int:
        """Return how many of the classes are signs."""
        return len(self.rules)

    def chances(self, texts: Sequence[str], vectors: Floats | None) -> Floats:
        """Return the chance of each class for each text, shape (texts, classes).

        ``texts`` come from ``plain``; ``vectors`` are theirs, or None to read letters alone.
        """
        logits = np.stack([self._letters(text) for text in texts]).astype(np.float32)
        if vectors is not None:
            logits = ((logits + vectors @ self.meaning + self.meaning_bias) / 2).astype(np.float32)
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        found: Floats = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
        return found

    def _letters(self, text: str) -> Floats:
        buckets = grams(text)
        weights = self.idf[buckets]
        norm = np.float32(np.linalg.norm(weights) or 1.0)
        found = (weights / norm) @ self.letters[buckets] + self.letters_bias
        return np.asarray(found, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the detector makes of a question.

    ``signs`` are the rules raised with the chance of each, surest first; ``flagged`` is the chance
    that the question tells of any sign.
    """

    rules: tuple[tuple[str, float], ...]
    flagged: float


def read(question: str, model: SignModel, encoder: Encoding | None) -> Reading:
    """Read a question for signs. Without the encoder that it was trained on, by letters alone."""
    texts = units(plain(question))
    known = encoder is not None and encoder.identity == model.identity
    vectors = encoder.encode(texts) if encoder is not None and known else None
    return decide(model.chances(texts, vectors), model, alone=not known)


def decide(chances: Floats, model: SignModel, *, alone: bool) -> Reading:
    """Turn the chances of a question (its first row) and of its parts into the rules raised."""
    bar = model.bar_alone if alone else model.bar
    best: dict[str, float] = {}
    flagged = chances[:, : model.signs].sum(axis=1)
    for row, total in zip(chances, flagged, strict=True):
        if total < bar:
            continue
        signs = row[: model.signs]
        for number in {int(signs.argmax()), *np.flatnonzero(signs >= SHARE * total).tolist()}:
            rule = model.rules[number]
            best[rule] = max(best.get(rule, 0.0), float(signs[number]))
    ranked = tuple(sorted(best.items(), key=lambda item: -item[1]))
    return Reading(ranked, float(flagged.max()))


SHARE = 0.3
"""Signs are raised that hold at least this share of what says that there is any; the surest always."""


def plain(question: str) -> str:
    """Return a question as the detector reads it: spelt right, with denied signs marked as such."""
    text = fold(question)
    pieces = []
    at = 0
    for start, end in denied_spans(text):
        if start < at:
            continue
        pieces += [text[at:start], _SIGN_NOUNS.sub("deniedsign", text[start:end])]
        at = end
    return "".join([*pieces, text[at:]])


def units(text: str) -> list[str]:
    """Return a plain question whole, then its sentences and windows, where it has more than one."""
    found = [text]
    parts = [part for part in _SENTENCE.split(text) if len(_WORD.findall(part)) >= 3]
    for part in parts if len(parts) > 1 else [text]:
        if part != text:
            found.append(part)
        words = part.split()
        if len(words) > WINDOW * 3 // 2:
            found += [
                " ".join(words[start : start + WINDOW])
                for start in range(0, len(words) - WINDOW // 2, WINDOW // 2)
            ]
    return found[:MOST_UNITS]


MOST_UNITS = 24


def grams(text: str) -> npt.NDArray[np.int64]:
    """Return the buckets of a plain text's words, pairs of words, and runs of 3 to 5 letters."""
    words = _WORD.findall(text)
    found = {f"w {word}" for word in words}
    found.update(f"p {one} {other}" for one, other in pairwise(words))
    found.update(f"s {one} {other}" for one, other in zip(words, words[2:], strict=False))
    for word in words:
        padded = f" {word} "
        for size in (3, 4, 5):
            found.update(padded[i : i + size] for i in range(len(padded) - size + 1))
    return np.fromiter(
        sorted({zlib.crc32(gram.encode()) % BUCKETS for gram in found}), dtype=np.int64
    )


@cache
def shipped_model() -> SignModel:
    """Return the shipped model."""
    return load_model(MODEL)


def load_model(path: Path) -> SignModel:
    """Read a model's file. Raises UsageError if it is missing, broken, or of another format."""
    try:
        with np.load(path, allow_pickle=False) as data:
            if int(data["format"]) != FORMAT:
                raise _fault(path, f"has format {int(data['format'])}, not {FORMAT}")
            return SignModel(
                identity=str(data["identity"]),
                classes=tuple(str(name) for name in data["classes"]),
                rules=tuple(str(name) for name in data["rules"]),
                **{
                    name: data[name].astype(np.float32)
                    for name in ("meaning", "meaning_bias", "letters", "letters_bias", "idf")
                },
                bar=float(data["bar"]),
                bar_alone=float(data["bar_alone"]),
                veto=float(data["veto"]),
            )
    except (OSError, KeyError, ValueError) as error:
        raise _fault(path, f"cannot be read: {error}") from error


def save_model(model: SignModel, path: Path) -> None:
    """Write a model's file: the weights as half floats."""
    np.savez_compressed(
        path,
        format=FORMAT,
        identity=model.identity,
        classes=np.array(model.classes),
        rules=np.array(model.rules),
        bar=model.bar,
        bar_alone=model.bar_alone,
        veto=model.veto,
        meaning=model.meaning.astype(np.float16),
        meaning_bias=model.meaning_bias,
        letters=model.letters.astype(np.float16),
        letters_bias=model.letters_bias,
        idf=model.idf.astype(np.float16),
    )


def _fault(path: Path, what: str) -> UsageError:
    return UsageError(
        f"The red-flag model {path} {what}.",
        hint="Install Patella again, or train it: python -m bench.safety --write",
    )
