"""A person's question as the red-flag rules see it: folded, with the spans that it denies."""

from __future__ import annotations

import re
from functools import cache

from answer.tables import table

DENIED_WORDS = 8
"""How many words a denial reaches at most where nothing ends its clause."""

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
_NOT_MISSPELT = frozenset(
    "aspiring couching fewer fiver overdone selling smelling spelling stollen straighter".split()
)
"""Words that are one letter off a sign, and mean something else."""

# what follows these denials makes them a sign ("not able to walk") or no denial at all ("not sure")
_NO_DENIAL = r"""(?!\s(?:only|without|just|sure|certain|able|straighten|bend|lift|raise|walk|stand|bear
    |put|take|move|extend|weight|breathe|feel|know|remember|want|let|mind|mention|like|trying|better|worth|be\shere
    |sleep\w*|help\w*|heal\w*|work(?:s|ed|ing)?|respond\w*|improv\w*|settl\w*|eas\w*|stop\w*
    |get\w*\s(?:any\s)?better|go\w*\s(?:away|down)|me|idea|doubt|matter|longer|feeling|sensation|pulse|power|strength|control|relief|reason|point|will\sto)\b)"""
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


_WEIGHT = re.compile(
    r"\b(los\w*|lost|put(?:ting)?|any|bear|bare|taking?|no)((?: any| my| some| full)?) (?:wait|wate|waite)\b"
)
"""Weight as it sounds: "losing wait", "cant put any wait on it"."""


@cache
def _spellings() -> dict[str, str]:
    words: dict[str, str] = table("spellings.toml")["words"]
    return words


def fold(question: str) -> str:
    """Return a question as the patterns see it.

    Lower case, straight apostrophes (and those left out put back), no hyphens, single spaces, words
    of ``spellings.toml`` and the signs' own words spelt right.
    """
    text = _DASHES.sub(", ", question.lower().translate(_APOSTROPHES))
    text = re.sub(r"[-/_*\"]", " ", text).replace("can not", "cannot")
    text = _WORD.sub(lambda found: _mended(found.group()), text)
    text = _WEIGHT.sub(r"\1\2 weight", text)
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


def _mended(word: str) -> str:
    """Return ``word`` spelt right if it is nearly the word of a sign."""
    known = _UNSPELT.get(word) or _spellings().get(word)
    if known:
        return known
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
