"""Red flags: rules matched on a person's question before anything else is done with it.

The rules are data (``corpus/library/red_flags.toml``). This module reads them, and decides which of
them a question fires: a rule fires when each of its groups of patterns has a match that is not
denied ("no fever", "isn't swollen") and none of its exceptions is there. Where it is in doubt it
fires: a card too many costs a glance, a card too few may cost a leg.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from corpus.errors import UsageError
from corpus.records import SafetyLevel

LEVELS: tuple[SafetyLevel, ...] = get_args(SafetyLevel)
"""Most urgent first."""

DENIED_WORDS = 8
"""How many words a denial reaches at most where nothing ends its clause."""

_TEXTS = ("id", "title", "advice", "document", "heading")
_LISTS = ("unless", "positive", "negative")
_TERM = re.compile(r"\{([a-z_]+)\}")

_APOSTROPHES = str.maketrans("’‘`´ʼ", "'''''")
_DASHES = re.compile(r"\s+[-–—]+\s+|[–—]|[\r\n]+")
_UNSPELT = {
    word.replace("'", ""): word
    for word in (
        "can't couldn't won't wouldn't don't doesn't didn't isn't aren't wasn't hasn't haven't i'm i've"
    ).split()
} | {"cannot": "can't", "tempature": "temperature", "temprature": "temperature", "swole": "swollen"}
_SIGN_WORDS = """
    aspirin breathing breathless codeine coughing dislocated diclofenac fainted fever feverish fracture
    ibuprofen kneecap limping medicine naproxen numbness overdose overdosed painkiller painkillers
    paracetamol patella pregnancy pregnant shivering stomach straighten suicidal suicide swelling swollen
    temperature tramadol twisted unbearable vomiting
""".split()
_NOT_MISSPELT = frozenset("fewer".split())

# what follows these denials makes them a sign ("not able to walk") or no denial at all ("not sure")
_NO_DENIAL = r"""(?!\s(?:only|just|sure|certain|able|straighten|bend|lift|raise|walk|stand|bear|put|take
    |move|extend|weight|breathe|feel|know|remember|want|let|mind|mention|like|trying|better|worth|be\shere
    |sleep\w*|help\w*|heal\w*|improv\w*|settl\w*|eas\w*|stop\w*|get\w*\s(?:any\s)?better|go\w*\s(?:away|down)
    |me|idea|doubt|matter|longer|feeling|sensation|pulse|power|strength|control|relief|reason|point|will\sto)\b)"""
_DENIAL = re.compile(
    r"\b(?:no|not|never|nor|neither|none|(?<!not\s)without|(?:free|lack|absence)\sof"
    r"|(?:is|are|was|were|has|have|had|do|does|did)n't)\b" + _NO_DENIAL,
    re.VERBOSE,
)
_CLAUSE_END = re.compile(
    r"""[,.;:!?()]|\b(?:but|however|though|although|yet|except|because|since|so|and|when|while|if|after
    |with|just|only|now|still|until|then|which|who)\b
    |(?<!\bin\s)(?<!\bof\s)(?<!\bon\s)(?<!\bto\s)(?<!\bat\s)(?<!\bfrom\s)(?<!\baround\s)(?<!\bbehind\s)
    \b(?:i|i'm|i've|my|it|it's|its|he|she|his|her|the|this|that|there)\b""",
    re.VERBOSE,
)
_WORD = re.compile(r"[\w']+")
_PART_IS = re.compile(
    r"\b(knee|cap|kneecap|patella|calf|foot|toe|leg|shin|thigh|hip|joint|chest|throat|face|tongue|pain)'s\b"
)
# "no fever, heat or redness" denies all three: its commas do not end the clause
_DENIED_LIST = re.compile(
    r"\b(?:no|without|any)\s(?:[\w']+\s?){1,2}(?:,\s?(?:[\w']+\s?){1,2})+,?\s?(?=(?:or|nor)\b)"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A red-flag rule: what fires it, and what its card says.

    ``document`` and ``heading`` name the section of the library that the card quotes. ``positive``
    are questions that must fire the rule and ``negative`` ones that must not.
    """

    id: str
    level: SafetyLevel
    title: str
    advice: str
    document: str
    heading: str
    groups: tuple[tuple[re.Pattern[str], ...], ...] = ()
    unless: tuple[re.Pattern[str], ...] = ()
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


def fold(question: str) -> str:
    """Return a question as the patterns see it.

    Lower case, straight apostrophes (and those left out put back), no hyphens, single spaces, and
    the signs' own words spelt right.
    """
    text = _DASHES.sub(", ", question.lower().translate(_APOSTROPHES))
    text = re.sub(r"[-/_*\"]", " ", text).replace("can not", "cannot")
    text = _WORD.sub(lambda found: _mended(found.group()), text)
    text = _PART_IS.sub(r"\1 is", text)
    text = re.sub(r"\s+", " ", text).strip()
    return _DENIED_LIST.sub(lambda found: found.group().replace(",", " or"), text)


def denied_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of folded ``text`` that a denial reaches: to the end of its clause."""
    spans = []
    for found in _DENIAL.finditer(text):
        start = found.end()
        end = _CLAUSE_END.search(text, start)
        words = list(_WORD.finditer(text, start, end.start() if end else len(text)))
        if words:
            spans.append((start, words[:DENIED_WORDS][-1].end()))
    return spans


def _stated(pattern: re.Pattern[str], text: str, denied: Sequence[tuple[int, int]]) -> bool:
    """Tell whether ``pattern`` has a match whose last word is not denied.

    The last word decides since a pattern may run over the denial: "calf is not swollen".
    """
    return any(
        not any(start < found.end() <= end for start, end in denied)
        for found in pattern.finditer(text)
    )


def _mended(word: str) -> str:
    """Return ``word`` spelt right if it is nearly the word of a sign."""
    if word in _UNSPELT:
        return _UNSPELT[word]
    if len(word) < 5 or word in _SIGN_WORDS or word in _NOT_MISSPELT:
        return word
    for sign in _SIGN_WORDS:
        if word.startswith(sign) or sign.startswith(word):
            continue  # another ending is no misspelling
        if word[0] == sign[0] and _one_edit(word, sign):
            return sign
    return word


def _one_edit(one: str, other: str) -> bool:
    """Tell whether one letter added, left out, changed or swapped makes ``one`` into ``other``."""
    if abs(len(one) - len(other)) > 1:
        return False
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])


def load_rules(path: Path) -> tuple[Rule, ...]:
    """Read the rules of a TOML file, in its order.

    ``[terms]`` names patterns that others use as ``{name}``; each ``[[rule]]`` has the fields of
    ``Rule``, with ``all`` for its groups. Raises UsageError saying what is wrong and where.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"The red-flag rules cannot be read: {path}: {error}",
            hint="Mend the file, or install Patella again: it does not answer without its rules.",
        ) from error
    terms: dict[str, str] = {}
    for name, pattern in _table(raw.get("terms", {}), path, "[terms]").items():
        terms[name] = _expanded(pattern, terms, path, f"[terms] {name}")
    entries = raw.get("rule")
    if not isinstance(entries, list) or not entries:
        raise _fault(path, "the file", "has no [[rule]]")
    rules = tuple(
        _rule(_table(entry, path, f"rule {number}"), terms, path, number)
        for number, entry in enumerate(entries, start=1)
    )
    ids = [rule.id for rule in rules]
    for number, one in enumerate(ids):
        if one in ids[:number]:
            raise _fault(path, f"rule {number + 1}", f"repeats the id {one!r}")
    return rules


def _rule(entry: Mapping[str, Any], terms: Mapping[str, str], path: Path, number: int) -> Rule:
    where = f"rule {number} ({entry.get('id', 'no id')})"
    for key in (*_TEXTS, "level", "all"):
        if key not in entry:
            raise _fault(path, where, f"lacks {key!r}")
    for key in entry:
        if key not in (*_TEXTS, *_LISTS, "level", "all"):
            raise _fault(path, where, f"has an unknown field {key!r}")
    for key in _TEXTS:
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise _fault(path, where, f"has no text in {key!r}")
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", entry["id"]):
        raise _fault(path, where, "has an id that is not lower-case words joined by hyphens")
    if entry["level"] not in LEVELS:
        raise _fault(path, where, f"has a level that is none of {', '.join(LEVELS)}")
    groups = entry["all"]
    if not isinstance(groups, list) or not groups or not all(groups):
        raise _fault(path, where, "has an empty group in 'all', or none")
    lists = {key: _texts(entry.get(key, []), path, f"{where}, {key}") for key in _LISTS}
    return Rule(
        **{key: entry[key] for key in _TEXTS},
        level=entry["level"],
        groups=tuple(
            _patterns(_texts(group, path, f"{where}, all"), terms, path, where) for group in groups
        ),
        unless=_patterns(lists["unless"], terms, path, where),
        positive=lists["positive"],
        negative=lists["negative"],
    )


def _patterns(
    texts: Iterable[str], terms: Mapping[str, str], path: Path, where: str
) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(_expanded(text, terms, path, where), re.IGNORECASE) for text in texts)


def _expanded(pattern: object, terms: Mapping[str, str], path: Path, where: str) -> str:
    """Return a pattern with the terms it names put in, known to compile."""
    if not isinstance(pattern, str):
        raise _fault(path, where, "has a pattern that is not text")
    for name in _TERM.findall(pattern):
        if name not in terms:
            raise _fault(path, where, f"names the term {{{name}}}, which [terms] does not give")
    text = _TERM.sub(lambda found: f"(?:{terms[found[1]]})", pattern)
    try:
        re.compile(text)
    except re.error as error:
        raise _fault(path, where, f"has a pattern at fault ({error}): {pattern}") from error
    return text


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
