"""Polarity: whether a sentence advises for or against, says yes or no, and what a question asks for.

Embeddings hardly tell "run" from "don't run". These are rules over words, by clause.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from corpus.records import Stance
from index.lexical import FILLERS, words

_APOSTROPHES = str.maketrans("’‘", "''")
_YES_NO = re.compile(
    r"^(?:(?:so|and|but|ok|okay|hi|hello|um|well|please|now|if so),?\s+)*"
    r"(?:is|are|am|was|were|do|does|did|can|could|should|shall|will|would|may|might|must|has|have|had|"
    r"isn't|aren't|don't|doesn't|can't|couldn't|shouldn't|won't|need|ought)\b"
    r"|\b(?:is it|is that|are they|can i|could i|should i|shall i|may i|am i|do i|does it|will it|"
    r"would it|is there any|are there|ok to|okay to|safe to|allowed to|worth (?:it|\w+ing))\b"
    r"|\b(?:ok|okay|safe|worth it|allowed|advisable|good idea|bad idea|harmful)\s*\?\s*$",
    re.IGNORECASE,
)
_OPEN = re.compile(r"\b(?:what|which|how|why|when|where|who)\b(?!\s+(?:if|about)\b)", re.IGNORECASE)

_CLAUSE = re.compile(
    r"[;:,.!?()]|\s[-–—]\s|\b(?:but|although|though|while|whereas|however|unless|if|when|because|since|"
    r"and then|that|which|who|where|so)\b(?! (?:that you|that your|far|much))",
    re.IGNORECASE,
)
# each of these turns a clause's sense round
_TURN = re.compile(
    r"\b(?:not|n't|never|no|nor|neither|none|nobody|nothing|avoid(?:ed|ing|s)?|stop(?:ped|ping|s)?|"
    r"skip(?:ped|ping)?|refrain|leave out|leave it out|steer clear|against|hold off|cut out|rule out|"
    r"fail(?:ed|s)? to|(?:too )?little (?:evidence|proof)|"
    r"unlikely|rarely|seldom|hardly|lack(?:s|ed)?|cannot)\b"
    r"|(?<=\w)n't\b",
    re.IGNORECASE,
)
# these say nothing against: limits, and words that only look like denials
_NO_TURN = re.compile(
    r"\b(?:not only|no more than|not more than|no longer than|no fewer than|no less than|not just|"
    r"no sooner|not until|without (?:pain|a fall|an injury|injury|surgery|warning)|pain stops|"
    r"(?:until|once|when) (?:the |your |it )?\w* ?(?:stops?|has stopped)|stop and|non-?stop|no doubt|"
    r"nothing (?:but|more)|no matter|whether or not|or not)\b",
    re.IGNORECASE,
)
_BAD = re.compile(
    r"\b(?:harm(?:s|ed|ful|ing)?|damag(?:e|es|ed|ing)|worse|worsen(?:s|ed|ing)?|unsafe|danger(?:ous|s)?|"
    r"risky|useless|pointless|unnecessary|needless|unwise|discouraged|outdated|out of date|"
    r"too (?:early|soon|risky|much)|delays?|delayed|sorer|aggravat(?:e|es|ed|ing)|"
    r"wear(?:s|ing)? (?:out|away|down)|bad|mistake|wrong|ineffective|myth)\b",
    re.IGNORECASE,
)
_GOOD = re.compile(
    r"\b(?:help(?:s|ed|ful|ing)?|eas(?:e|es|ed|ing)|reliev(?:e|es|ed|ing)|reduc(?:e|es|ed|ing)|"
    r"improv(?:e|es|ed|ing|ement)|benefi(?:t|ts|ted|cial)|effective|safe|safely|fine|ok|okay|good|"
    r"comfort(?:able|s|ing)?|sooth(?:e|es|ed|ing)|calm(?:s|ed)?|cure(?:s|d)?|"
    r"lower(?:s|ed)? (?:the |your |its )?(?:pain|risk|load|ache)|"
    r"recommend(?:s|ed)?|advis(?:e|es|ed|able)|suggest(?:s|ed)?|should|must|can|may|could|worth|works?|"
    r"worked|useful|allowed|sensible|suits?|need(?:s|ed)?|keep|carry on|continue|try|use|start|"
    r"go (?:on|ahead)|best|better|first choice|supports?|do|does)\b",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(
    r"^(?:then |always |just |first |instead |please )?(?:add|aim|apply|ask|begin|bend|build|call|change|"
    r"check|choose|cut|do|drop|ease|fit|get|give|go|hold|increase|keep|lay|lean|lift|lower|make|move|"
    r"pick|place|plan|press|put|raise|reduce|repeat|rest|ring|run|see|set|sit|sleep|slide|slow|spread|"
    r"stand|start|stay|straighten|stretch|swap|swim|take|talk|tell|test|train|try|use|wait|walk|warm|"
    r"wear|work)\b",
    re.IGNORECASE,
)
_JOINED = re.compile(r"(?<=\w)-(?=\w)")
# words that make a clause advice or a verdict, and not only a statement
_ADVISES = re.compile(
    r"^\W*(?:do not|don't|never|avoid|stop|skip|try|use|take|keep|rest)\b|\b(?:should|must|need|needs|needed|"
    r"need not|can|can't|cannot|may|safe|unsafe|fine|ok|okay|harm(?:s|ful)?|damag(?:e|es|ing)|dangerous|"
    r"recommended|advised|advises?|discouraged|helps?|helped|works?|worth|useful|useless|bad|good|eases?|"
    r"lowers?|reduces?|causes?|leads? to|prevents?|cures?|heals?)\b",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"^(?P<no>no|not (?:really|always|usually|at all))\b[,.:]?|^(?P<yes>yes)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a text with its sense: 1 for, -1 against, 0 where it advises nothing."""

    text: str
    sense: int


_CONDITION = re.compile(
    r"\b(?:if|when|unless|as long as|provided|through|in case|sharp|alone|by itself|may be|might|"
    r"with exercise|only)\b",
    re.IGNORECASE,
)


def is_conditional(text: str) -> bool:
    """Tell whether what a text advises holds under a condition only."""
    return _CONDITION.search(text) is not None


def asks_yes_no(question: str) -> bool:
    """Tell whether a question can be answered with yes or no."""
    plain = question.translate(_APOSTROPHES).strip()
    match = _YES_NO.search(plain)
    if match is None:
        return False
    asked = _OPEN.search(plain)
    return asked is None or asked.start() > match.start()


def clauses(text: str) -> tuple[Clause, ...]:
    """Cut a text into clauses, each with its sense."""
    plain = text.translate(_APOSTROPHES)
    parts, start = [], 0
    for match in _CLAUSE.finditer(plain):
        parts.append(plain[start : match.start()])
        start = match.start() if match.group()[0].isalpha() else match.end()
    parts.append(plain[start:])
    return tuple(Clause(p.strip(), sense(p)) for p in parts if p.strip())


def sense(clause: str) -> int:
    """Return 1 where a clause speaks for what it names, -1 against it, 0 where neither."""
    plain = _NO_TURN.sub(" ", clause.translate(_APOSTROPHES).strip())
    turns = len(_TURN.findall(plain))
    bad = bool(_BAD.search(plain))
    good = bool(_GOOD.search(plain)) or bool(_IMPERATIVE.match(plain))
    if not (turns or bad or good):
        return 0
    value = -1 if bad else 1
    return value if turns % 2 == 0 else -value


def carries_polarity(text: str) -> bool:
    """Tell whether a text says yes or no to anything, or advises for or against."""
    return any(clause.sense for clause in clauses(text)) or _LEADING.match(text.strip()) is not None


def subject_stems(text: str) -> frozenset[str]:
    """Return the stems of what a text speaks of, without words of polarity and fillers."""
    plain = _JOINED.sub("", text.translate(_APOSTROPHES))
    for pattern in (_NO_TURN, _TURN, _BAD, _GOOD):
        plain = pattern.sub(" ", plain)
    return frozenset(
        stem for start, end, stem in words(plain) if plain[start:end].lower() not in FILLERS
    )


def stance(
    question: str,
    text: str,
    *,
    heading: str = "",
    also: Collection[str] = (),
    strict: bool = True,
) -> Stance:
    """Return what ``text`` answers to a yes-or-no question; empty where it cannot be told.

    The first clause that gives advice and shares at least a third of the question's subject decides,
    if all clauses of the text agree: "it calms the knee, but it does not heal it" is neither. Without
    ``strict`` any clause that shares some of it will do: for texts known to answer the question. A
    leading "yes" or "no" answers the ``heading`` where that asks: "No" under "Should you stop
    squatting?" speaks for squats; else it is taken at its word where the text shares any of the
    subject. A question that asks against something ("should I avoid running?") turns the answer
    round. ``also`` are stems of other words for the subject.
    """
    if not asks_yes_no(question):
        return ""
    own = subject_stems(question)
    asked = own | set(also)
    turned = sense(question) < 0
    lead = _LEADING.match(text.strip())
    if lead and asks_yes_no(heading) and asked & subject_stems(f"{heading} {text}"):
        against = (sense(heading) < 0) != bool(lead["no"])
        return "no" if against != turned else "yes"
    if lead and not turned and asked & subject_stems(text):
        return "no" if lead["no"] else "yes"
    said = clauses(text)
    if {1, -1} <= {clause.sense for clause in said}:
        return ""
    for clause in said:
        shared = len(asked & subject_stems(clause.text))
        advises = _ADVISES.search(clause.text) and 3 * shared >= max(len(own), 1)
        # a plain statement that says two of the question's words says that it is so
        side = clause.sense or (1 if shared > 1 and not strict else 0)
        if side and shared and (advises or not strict):
            return "yes" if (side > 0) != turned else "no"
    return ""
