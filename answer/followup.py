"""Follow-ups: a short question after another one is understood in its context, by rule and in sight."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.lexical import FILLERS, content_stems, words

MOST_CARRIED = 8
"""Words carried over at most."""
SHORT = 3
"""A question with at most so many content words may lean on the one before."""

_OPENING = re.compile(
    r"^(?:(?:ok|okay|and|but|so|also|then|or|yes|no|right|thanks|thank you)[,\s]+)*"
    r"(?:what about|how about|what if|and|or|but|also|same for|is that|is it|does it|does that|"
    r"do they|are they|can it|will it|would it|should it|what else|anything else|why not|why is that|"
    r"for how long|how long for|how often|how much|how many|how long|when|where|which one|which ones)\b",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"\b(?:it|its|that|this|these|those|they|them|one|ones|there|then|instead|either|too|as well|else)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:(?:so|and|but|ok|okay|hi|hello|please)[,\s]+)*(?P<lead>"
    r"(?:can|could|should|shall|may|must|will|would|do|did|is|are|am) (?:i|we|you|he|she|they|it)\b"
    r"(?: ok| okay| safe| bad| good)?(?: to)?(?: (?:keep|still|start|go on))?"
    r"|how (?:long|often|much|many|soon|far|do i|can i|should i)(?: (?:should|can|do|must) i)?"
    r"|why (?:does|do|is|are)|when (?:can|should) i)\b",
    re.IGNORECASE,
)
"""How a question asks, before what it asks about."""
_ALONE = re.compile(r"^(?:and|or|but|also|what about|how about|same for|what if)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question with what it takes from the one before: nothing where it stands by itself."""

    text: str
    """What is searched: the carried words before the question's own."""
    carried: tuple[str, ...]


def follow_up(question: str, before: str) -> FollowUp:
    """Return ``question`` with the subject of ``before``, if it leans on it.

    It leans where it opens like a follow-up ("and for stairs?", "how long for?") or speaks of "it" or
    "that", and names little itself. Words that both hold are not carried twice. One that asks nothing
    itself ("and for stairs?") also takes over how the one before asked: "can I", "how long should I".
    """
    mine = content_stems(question)
    plain = question.strip()
    opens = _OPENING.match(plain) is not None
    leans = _LEANING.search(plain) is not None
    bare = [stem for stem in mine if stem]
    named = sum(1 for a, b, _ in words(plain) if plain[a:b].lower() not in FILLERS)
    if not before.strip() or not (
        _ALONE.match(plain) or ((opens or leans) and named <= SHORT) or named == 0
    ):
        return FollowUp(question, ())
    lead = _LEAD.match(before.strip()) if _ALONE.match(plain) else None
    asks = (lead["lead"],) if lead else ()
    carried = [
        before[a:b]
        for a, b, stem in words(before)
        if before[a:b].lower() not in FILLERS
        and stem not in bare
        and not (lead and a < len(before) - len(before.lstrip()) + lead.end())
    ]
    kept = (*asks, *list(dict.fromkeys(carried))[: MOST_CARRIED - len(asks)])
    return FollowUp(f"{' '.join(kept)} {plain}" if kept else question, kept)
