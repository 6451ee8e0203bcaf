"""The red flags of a question, by rule and by detector, and what may be quoted beside their card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from answer import signs
from answer.safety import LEVELS, Pattern, Rule, load_permissive, load_rules, match
from corpus.records import Quote, SafetyCard, SafetyLevel, SafetySign, State

OWN_WORDS = "This library holds no passage on it: the advice is Patella's own."
"""Said on a card that no passage of the library at hand could be quoted on."""

MOST_QUOTED = 3
"""Signs of a question whose passages its card quotes."""


@dataclass(frozen=True, slots=True)
class RedFlags:
    """The rules, the detector beside them, and the words that read as a go-ahead."""

    rules: tuple[Rule, ...]
    model: signs.SignModel
    permissive: tuple[Pattern, ...]

    @classmethod
    def load(cls, rules: Path, model: signs.SignModel | None = None) -> RedFlags:
        """Read the rules' file and the shipped model. Raises UsageError.

        That each pattern can be compiled is known of the shipped file, by a test.
        """
        return cls(
            load_rules(rules, checked=False),
            model or signs.shipped_model(),
            load_permissive(rules, checked=False),
        )

    def find(self, question: str, encoder: signs.Encoding | None = None) -> tuple[Rule, ...]:
        """Return the rules that a question raises, most urgent first, then the surest.

        Beside thoughts of self-harm or an overdose nothing is told that is no emergency.
        """
        raised = settle(
            match(question, self.rules),
            signs.read(question, self.model, encoder),
            self.rules,
            veto=self.model.veto,
        )
        if any(rule.beside == "nothing" for rule in raised):
            return tuple(rule for rule in raised if rule.level == "emergency")
        return raised

    def allowed(
        self,
        state: State,
        quotes: Sequence[Quote],
        related: Sequence[Quote],
        raised: Sequence[Rule],
    ) -> tuple[State, tuple[Quote, ...], tuple[Quote, ...]]:
        """Return the state and the quotes that may be shown beside the card of ``raised``.

        A question that a card must answer gets no other answer: its quotes are shown as related at
        most, without those that read as a go-ahead; and beside some cards there are none at all.
        """
        beside = {rule.beside for rule in raised}
        if "nothing" in beside:
            return "none", (), ()
        if "related" not in beside:
            return state, tuple(quotes), tuple(related)
        left = tuple(quote for quote in (*quotes, *related) if not self._permits(quote.text))
        return ("related" if left else "none"), (), left[:MOST_RELATED]

    def _permits(self, text: str) -> bool:
        return any(pattern.search(text) for pattern in self.permissive)


MOST_RELATED = 3

VETO_EMERGENCY = 0.03
"""The chance of any sign below which even an emergency that a pattern matched is taken back."""


def settle(
    matched: Sequence[Rule], reading: signs.Reading, rules: Sequence[Rule], *, veto: float
) -> tuple[Rule, ...]:
    """Join what the patterns matched with what the detector read.

    The detector adds rules, and takes back one that a pattern matched only where it is nearly sure
    that the question is ordinary; never an emergency.
    """
    chances = dict(reading.rules)
    kept = {
        rule.id
        for rule in matched
        if reading.flagged >= (VETO_EMERGENCY if rule.level == "emergency" else veto)
    } | set(chances)
    raised = [rule for rule in rules if rule.id in kept]
    return tuple(
        sorted(raised, key=lambda rule: (LEVELS.index(rule.level), -chances.get(rule.id, 1.0)))
    )


def level(raised: Sequence[Rule]) -> SafetyLevel | None:
    """Return the level of the most urgent rule, or None."""
    return raised[0].level if raised else None


def card(raised: Sequence[Rule], quoted: Callable[[Rule], Sequence[Quote]]) -> SafetyCard | None:
    """Return the card of what a question raised, led by the most urgent; None where it raised nothing.

    ``quoted`` gives what the library at hand says on a rule's sign.
    """
    if not raised:
        return None
    first = raised[0]
    quotes: dict[str, Quote] = {}
    for rule in raised[:MOST_QUOTED]:
        for quote in quoted(rule):
            quotes.setdefault(quote.sha256, quote)
    return SafetyCard(
        level=first.level,
        title=first.title,
        advice=first.advice if quotes else f"{first.advice} {OWN_WORDS}",
        quotes=tuple(quotes.values()),
        rules=tuple(rule.id for rule in raised),
        also=tuple(SafetySign(rule.level, rule.title, rule.advice) for rule in raised[1:]),
    )
