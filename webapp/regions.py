"""What differs from country to country in the pages' own words: whom to call, and a medicine's name.

Quotes are never touched: they stand as their source wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from corpus.records import Answer
from webapp.saying import N_, locale, say
from webapp.told import told


@dataclass(frozen=True, slots=True)
class Region:
    """Whom to call in a country, and what it calls paracetamol."""

    emergency: tuple[tuple[str, str], ...]
    """Numbers for an emergency, each with where it works; no place where it is plain."""
    crisis: str = ""
    """A line for people in despair, with its number."""
    advice: tuple[str, str] = ("", "")
    """A line for what cannot wait and is no emergency: its name and number."""
    painkiller: str = N_("paracetamol")


def _here(*numbers: str) -> tuple[tuple[str, str], ...]:
    return tuple(("", number) for number in numbers)


ANYWHERE = Region(
    (
        (N_("UK"), "999"),
        (N_("Europe"), "112"),
        (N_("US and Canada"), "911"),
        (N_("Australia"), "000"),
    )
)
"""Where no region is set."""
REGIONS = {
    "": ANYWHERE,
    "AT": Region(_here("144", "112"), "Telefonseelsorge 142", ("Gesundheitsberatung", "1450")),
    "AU": Region(_here("000"), "Lifeline 13 11 14", ("healthdirect", "1800 022 222")),
    "CA": Region(_here("911"), "988", ("Health 811", "811"), "acetaminophen"),
    "CH": Region(_here("144", "112"), "Die Dargebotene Hand 143"),
    "DE": Region(_here("112"), "TelefonSeelsorge 0800 111 0 111", ("Patientenservice", "116 117")),
    "EU": Region(_here("112")),
    "GB": Region(_here("999"), "Samaritans 116 123", ("NHS 111", "111")),
    "IE": Region(_here("112", "999"), "Samaritans 116 123"),
    "NZ": Region(_here("111"), "1737", ("Healthline", "0800 611 116")),
    "US": Region(_here("911"), "988", painkiller=N_("acetaminophen")),
}
"""Countries by their ISO code; ``EU`` for any other of the European Union."""

_NUMBER = r"(?:999|112|911)(?: \([^)]*\))?"
_NUMBERS = re.compile(rf"{_NUMBER}, {_NUMBER},? (?P<word>\w+) {_NUMBER}")
"""How a card names the emergency numbers of everywhere."""
_CRISIS = re.compile(r" \(Samaritans 116 123[^)]*\)")
_PAINKILLER = re.compile(r"\b(?:paracetamol|acetaminophen)\b", re.IGNORECASE)


class Here:
    """The region of one library, for its pages."""

    def __init__(self, code: str) -> None:
        self._region = REGIONS[code]

    def emergency(self) -> tuple[tuple[str, str], ...]:
        """Return the emergency numbers, each with where it works, in words."""
        numbers = self._region.emergency
        if locale().startswith("de"):  # 112 first where German is spoken
            numbers = tuple(sorted(numbers, key=lambda one: one[1] not in {"112", "144"}))
        return tuple((say(where) if where else "", n) for where, n in numbers)

    def advice_line(self) -> tuple[str, str]:
        """Return the name and number of the line for what cannot wait; empty where there is none."""
        return self._region.advice

    def own_words(self, text: str) -> str:
        """Return words of our own in the request's language, with this region's numbers and names."""
        text = told(text)
        region = self._region
        if region is not ANYWHERE:
            numbers = [number for _, number in region.emergency]
            text = _NUMBERS.sub(lambda found: f" {found['word']} ".join(numbers), text)
            text = _CRISIS.sub(f" ({region.crisis})" if region.crisis else "", text)
            text = _PAINKILLER.sub(self._painkiller, text)
        return text

    def with_own_card(self, answer: Answer) -> Answer:
        """Return an answer whose safety card is in these words; its quotes stay as they are."""
        card = answer.safety
        if card is None:
            return answer
        also = tuple(
            replace(sign, title=self.own_words(sign.title), advice=self.own_words(sign.advice))
            for sign in card.also
        )
        title, advice = self.own_words(card.title), self.own_words(card.advice)
        return replace(answer, safety=replace(card, title=title, advice=advice, also=also))

    def medicine_note(self, quotes: Iterable[str]) -> str:
        """Return a sentence where quotes call paracetamol by the name of other countries.

        Empty where they do not, or give both names, and where no region is set.
        """
        name = self._region.painkiller
        if self._region is ANYWHERE:
            return ""
        found = {one[0].casefold() for text in quotes for one in _PAINKILLER.finditer(text)}
        if not found or name in found:
            return ""
        return say(
            "“%(foreign)s” in the quotes is what is called %(name)s here.",
            foreign=found.pop(),
            name=say(name),
        )

    def _painkiller(self, found: re.Match[str]) -> str:
        name = say(self._region.painkiller)
        return name.capitalize() if found[0][0].isupper() else name


def dialled(number: str) -> str:
    """Return a number as a telephone takes it."""
    return re.sub(r"[^\d+]", "", number)
