"""Red flags: rules matched on a person's question before anything else is done with it.

The rules are data (``corpus/library/red_flags.toml``). This module reads them, and decides which of
them a question fires: a rule fires when each of its groups of patterns has a match that is not
denied ("no fever", "isn't swollen") and none of its exceptions is there. Where it is in doubt it
fires: a card too many costs a glance, a card too few may cost a leg.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from answer.clauses import denied_spans, fold
from corpus.errors import UsageError
from corpus.records import SafetyLevel

LEVELS: tuple[SafetyLevel, ...] = get_args(SafetyLevel)
"""Most urgent first."""

Beside = Literal["answer", "related", "nothing"]
"""What may stand beside a rule's card: the answer, only related passages, or nothing."""

_TEXTS = ("id", "title", "advice", "document", "heading")
_LISTS = ("unless", "positive", "negative")
_TERM = re.compile(r"\{([a-z_]+)\}")


class Pattern:
    """A regular expression, compiled at its first use: a question meets few of a thousand.

    Compiling them all takes longer than everything else that happens before a first answer. Of
    ``needed`` one stands in whatever it matches in plain ASCII, made small; none where that is unknown.
    """

    __slots__ = ("_compiled", "_needed", "text")

    def __init__(self, text: str, *, needed: Sequence[str] = ()) -> None:
        self.text = text
        self._needed = needed
        self._compiled: re.Pattern[str] | None = None

    def _ready(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self.text, re.IGNORECASE)
        return self._compiled

    def _cannot(self, text: str) -> bool:
        """Tell whether ``text`` lacks what a match needs. Letters beyond ASCII may count as others do."""
        if not self._needed or not text.isascii():
            return False
        small = text.lower()
        return not any(word in small for word in self._needed)

    def check(self) -> None:
        """Raise re.error where it cannot be compiled."""
        self._ready()

    def search(self, text: str) -> re.Match[str] | None:
        """Return its first match in ``text``."""
        return None if self._cannot(text) else self._ready().search(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Return its matches in ``text``, in order."""
        return iter(()) if self._cannot(text) else self._ready().finditer(text)


@dataclass(frozen=True, slots=True)
class Rule:
    """A red-flag rule: what fires it, and what its card says.

    ``document`` and ``heading`` name the section of the library that the card quotes; ``beside``
    says what may stand beside the card. ``positive`` are questions that must fire the rule and
    ``negative`` ones that must not.
    """

    id: str
    level: SafetyLevel
    title: str
    advice: str
    document: str
    heading: str
    beside: Beside = "answer"
    groups: tuple[tuple[Pattern, ...], ...] = ()
    unless: tuple[Pattern, ...] = ()
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()

    def fires(self, text: str, denied: Sequence[tuple[int, int]]) -> bool:
        """Tell whether the folded ``text`` fires the rule; ``denied`` are its denied spans."""
        return all(
            any(_stated(pattern, text, denied) for pattern in group) for group in self.groups
        ) and not any(pattern.search(text) for pattern in self.unless)


def match(question: str, rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules that ``question`` fires, most urgent first, then in the order given."""
    text = fold(question)
    denied = denied_spans(text)
    fired = [rule for rule in rules if rule.fires(text, denied)]
    return tuple(sorted(fired, key=lambda rule: LEVELS.index(rule.level)))


def _stated(pattern: Pattern, text: str, denied: Sequence[tuple[int, int]]) -> bool:
    """Tell whether ``pattern`` has a match whose last word is not denied.

    The last word decides since a pattern may run over the denial: "calf is not swollen".
    """
    return any(
        not any(start < found.end() <= end for start, end in denied)
        for found in pattern.finditer(text)
    )


def needed_file(rules: Path) -> Path:
    """Return the file beside a file of rules that says what their patterns need to match."""
    return rules.with_suffix(".needed.json")


def pattern_key(text: str) -> str:
    """Return what a pattern's words are kept under there."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@functools.cache
def _needed_words(rules: Path) -> Mapping[str, Sequence[str]]:
    """Return what is known of patterns' words; nothing where there is no such file, or it is spoilt."""
    try:
        found = json.loads(needed_file(rules).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def load_rules(path: Path, *, checked: bool = True) -> tuple[Rule, ...]:
    """Read the rules of a TOML file, in its order.

    ``[terms]`` names patterns that others use as ``{name}``; each ``[[rule]]`` has the fields of
    ``Rule``, with ``all`` for its groups. Raises UsageError saying what is wrong and where; of
    patterns that cannot be compiled only if they are to be ``checked`` at once.
    """
    raw = _read(path)
    terms: dict[str, str] = {}
    for name, pattern in _table(raw.get("terms", {}), path, "[terms]").items():
        terms[name] = _expanded(pattern, terms, path, f"[terms] {name}")
        if checked:
            _check(Pattern(terms[name]), pattern, path, f"[terms] {name}")
    entries = raw.get("rule")
    if not isinstance(entries, list) or not entries:
        raise _fault(path, "the file", "has no [[rule]]")
    rules = tuple(
        _rule(_table(entry, path, f"rule {number}"), terms, path, number, checked=checked)
        for number, entry in enumerate(entries, start=1)
    )
    ids = [rule.id for rule in rules]
    for number, one in enumerate(ids):
        if one in ids[:number]:
            raise _fault(path, f"rule {number + 1}", f"repeats the id {one!r}")
    return rules


def load_permissive(path: Path, *, checked: bool = True) -> tuple[Pattern, ...]:
    """Read the patterns of quotes that read as a go-ahead. Raises UsageError."""
    found = _read(path).get("permissive", [])
    texts = _texts(found, path, "permissive")
    return _patterns(texts, {}, path, "permissive", checked=checked)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"The red-flag rules cannot be read: {path}: {error}",
            hint="Mend the file, or install Patella again: it does not answer without its rules.",
        ) from error


def _rule(
    entry: Mapping[str, Any], terms: Mapping[str, str], path: Path, number: int, *, checked: bool
) -> Rule:
    where = f"rule {number} ({entry.get('id', 'no id')})"
    for key in (*_TEXTS, "level", "all"):
        if key not in entry:
            raise _fault(path, where, f"lacks {key!r}")
    for key in entry:
        if key not in (*_TEXTS, *_LISTS, "level", "all", "beside"):
            raise _fault(path, where, f"has an unknown field {key!r}")
    for key in _TEXTS:
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise _fault(path, where, f"has no text in {key!r}")
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", entry["id"]):
        raise _fault(path, where, "has an id that is not lower-case words joined by hyphens")
    if entry["level"] not in LEVELS:
        raise _fault(path, where, f"has a level that is none of {', '.join(LEVELS)}")
    if entry.get("beside", "answer") not in get_args(Beside):
        raise _fault(path, where, f"has a 'beside' that is none of {', '.join(get_args(Beside))}")
    groups = entry["all"]
    if not isinstance(groups, list) or not groups or not all(groups):
        raise _fault(path, where, "has an empty group in 'all', or none")
    lists = {key: _texts(entry.get(key, []), path, f"{where}, {key}") for key in _LISTS}
    return Rule(
        **{key: entry[key] for key in _TEXTS},
        level=entry["level"],
        beside=entry.get("beside", "answer"),
        groups=tuple(
            _patterns(_texts(group, path, f"{where}, all"), terms, path, where, checked=checked)
            for group in groups
        ),
        unless=_patterns(lists["unless"], terms, path, where, checked=checked),
        positive=lists["positive"],
        negative=lists["negative"],
    )


def _patterns(
    texts: Iterable[str], terms: Mapping[str, str], path: Path, where: str, *, checked: bool
) -> tuple[Pattern, ...]:
    found = []
    for text in texts:
        expanded = _expanded(text, terms, path, where)
        pattern = Pattern(expanded, needed=_needed_words(path).get(pattern_key(expanded), ()))
        if checked:
            _check(pattern, text, path, where)
        found.append(pattern)
    return tuple(found)


def _check(pattern: Pattern, text: str, path: Path, where: str) -> None:
    try:
        pattern.check()
    except re.error as error:
        raise _fault(path, where, f"has a pattern at fault ({error}): {text}") from error


def _expanded(pattern: object, terms: Mapping[str, str], path: Path, where: str) -> str:
    """Return a pattern with the terms it names put in."""
    if not isinstance(pattern, str):
        raise _fault(path, where, "has a pattern that is not text")
    for name in _TERM.findall(pattern):
        if name not in terms:
            raise _fault(path, where, f"names the term {{{name}}}, which [terms] does not give")
    return _TERM.sub(lambda found: f"(?:{terms[found[1]]})", pattern)


def _texts(value: object, path: Path, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _fault(path, where, "should be a list of texts")
    return tuple(value)


def _table(value: object, path: Path, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _fault(path, where, "should be a table")
    return value


def _fault(path: Path, where: str, what: str) -> UsageError:
    return UsageError(f"{path}: {where} {what}.", hint=f"Mend {where} in {path.name}.")
