"""What the checks of the library share: the finding, the library that is read, and word lists."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corpus.article import Article
from corpus.records import EVIDENCE_KINDS
from corpus.references import Entry

Level = Literal["fault", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something found: in which file (relative to the library), on which line, by which rule.

    Line 0 stands for the file as a whole. Only faults must be mended.
    """

    file: str
    line: int
    rule: str
    message: str
    level: Level = "fault"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.level}: {self.rule}: {self.message}"


@dataclass(frozen=True, slots=True)
class Library:
    """The articles and references of one folder."""

    folder: Path
    articles: tuple[Article, ...]
    entries: tuple[Entry, ...]

    @property
    def by_key(self) -> dict[str, Entry]:
        return {entry.key: entry for entry in self.entries}

    def finding(
        self, article: Article, line: int, rule: str, message: str, *, level: Level = "fault"
    ) -> Finding:
        """Return a finding about one article."""
        return Finding(f"articles/{article.path.name}", line, rule, message, level)


REQUIRED = (
    *("title", "summary", "kind", "topics", "audience", "applies_to", "region"),
    *("published", "reviewed", "next_review", "authors", "publisher", "reviewer", "licence"),
)
OPTIONAL = ("references", "evidence", "red_flags", "related")
KINDS = ("patient-information", "earlier-advice")
REVIEWER = "Not reviewed by a clinician"
TOPICS = frozenset(
    word.strip()
    for word in """anatomy, causes, sitting, stairs, squatting, hills, driving, cycling, symptoms,
    diagnosis, imaging, other conditions, red flags, first aid, load, exercise, strength,
    stretching, gait, return to running, flare-ups, taping, braces, orthoses, shoes, ice and heat,
    medicines, injections, physical therapies, surgery, weight, sleep and mood, adolescents,
    older adults, pregnancy, work, cross-training, warm-up, prevention, prognosis, myths, glossary,
    appointments, earlier advice""".split(",")
)
AUDIENCES = frozenset(
    ("runners", "adults", "adolescents", "parents", "older adults", "pregnancy", "clinicians")
)
EVIDENCE = frozenset(EVIDENCE_KINDS) - {"unknown"}
