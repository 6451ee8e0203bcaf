"""Every page that people see, in every state it can be in, over a small made-up library."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from flask import Flask

from answer.receipt import OpenedQuote, OpenedReceipt
from corpus.errors import LibraryError, NotFound, TooMany
from corpus.filters import NO_FILTERS, Filters
from corpus.receipts import KeptAnswer, KeptQuote, Part, Receipt
from corpus.records import (
    Answer,
    Disagreement,
    Document,
    Quote,
    SafetySign,
    Written,
    WrittenSentence,
)
from tests.webapp_fake import ANSWERED, TAPING, URGENT, FakeService
from tests.workbench_fake import FakeWorkbench
from webapp.app import create_app
from webapp.service import Mark, Prompt, Sheet
from webapp.settings import WebSettings

SUGGESTIONS = ("Why does sitting hurt my knee?", "How long does taping help?")


@dataclass(frozen=True, slots=True)
class State:
    """A page in a state."""

    name: str
    path: str
    press: str = ""
    """What to press once the page is open, to get to the state."""
    form: str = ""
    """What is sent by POST, as a query string; nothing for a page that is just opened."""
    type: str = ""
    """What to type into the box, and to wait for the questions that are offered."""
    status: int = 200


DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAG7buVgAAAABJRU5ErkJggg=="
)
"""A picture of one white dot."""
DIFFERING = replace(
    ANSWERED,
    disagreements=(Disagreement("advice", ANSWERED.quotes[2], ANSWERED.quotes[3]),),
    carried=("taping", "knee"),
    warnings=("Some files of the library could not be read.",),
)
WRITTEN = replace(
    ANSWERED,
    generated=Written(
        "model-7b", (WrittenSentence("Taping eases pain at once.", (1,)),), dropped=2
    ),
)
NOT_WRITTEN = replace(ANSWERED, generated=Written("model-7b", (), problem="No answer came."))
EMPTY = replace(ANSWERED, state="none", quotes=(), hits=(), added=())


@dataclass
class Everything(FakeService):
    """Shows what the small library does, and each rare state for a word in the question."""

    def ask(
        self,
        question: str,
        *,
        without: Sequence[str] = (),
        after: str = "",
        filters: Filters = NO_FILTERS,
        kept: bool = False,
    ) -> Answer:
        rare = {
            "differ": DIFFERING,
            "written": WRITTEN,
            "unwritten": NOT_WRITTEN,
            "emptiness": EMPTY,
        }
        faults: dict[str, Callable[[], Exception]] = {
            "broken": lambda: LibraryError("The index is being made anew."),
            "many": lambda: TooMany("Too many questions were asked.", hint="Wait a minute."),
            "fault": lambda: ZeroDivisionError("no"),
        }
        if question in faults:
            raise faults[question]()
        made = super().ask(question, without=without, after=after, filters=filters, kept=kept)
        if question in rare:
            made = replace(rare[question], question=question, facets=made.facets)
        if question == "many documents":
            base = made.hits[0]
            hits = tuple(
                replace(base, document=replace(base.document, id=f"d{n}", version_id=100 + n))
                for n in range(9)
            )
            made = replace(ANSWERED, question=question, hits=hits, facets=made.facets)
        if question == "swollen and more" and made.safety:
            sign = SafetySign("see_clinician", "Pain that goes on", "See someone within weeks.")
            made = replace(made, safety=replace(made.safety, also=(sign,)))
        return made

    def sheet(
        self,
        document_id: str,
        *,
        version_id: int | None = None,
        page: int | None = None,
        span: tuple[int, int] | None = None,
    ) -> Sheet:
        if page is not None and not 1 <= page <= 3:
            raise NotFound("The document has no such page.")
        number = page or (2 if span else 1)
        sheet = Sheet(number, 3, 600.0, 800.0, aligned=1.0 if span else None)
        if span and number == 2:
            sheet = replace(sheet, marks=(Mark(50, 100, 200, 12),), marked_pages=(2,))
        return sheet

    def picture(
        self, document_id: str, *, version_id: int | None = None, page: int, width: int
    ) -> bytes:
        return DOT


def _kept(quote: Quote, part: Part = "quote") -> KeptQuote:
    document = quote.document
    return KeptQuote(
        part, document.id, document.version_id, quote.start, quote.end, quote.sha256,
        quote.heading, quote.page, quote.page_label, document.title, f"{document.title}. 2026.",
    )  # fmt: skip


class OneReceipt:
    """A desk with one shared answer on it, whose quotes stand in each possible way."""

    def make(self, answer: Answer) -> tuple[Receipt, str]:
        return self.open("shared").receipt, "k" * 32

    def open(self, receipt_id: str) -> OpenedReceipt:
        one, two, three, four = ANSWERED.quotes
        flag = URGENT.safety.quotes[0] if URGENT.safety else one
        newer = replace(two.document, version_id=99, number=2)
        quotes = (
            OpenedQuote(_kept(one), "unchanged", one.text, one.document),
            OpenedQuote(_kept(two), "updated", two.text, two.document, newer, (two.start, two.end)),
            OpenedQuote(_kept(three), "updated", three.text, three.document, newer),
            OpenedQuote(_kept(four), "withdrawn"),
            OpenedQuote(_kept(three, "differs"), "altered"),
            OpenedQuote(_kept(flag, "safety"), "unchanged", flag.text, flag.document),
        )
        kept = KeptAnswer(
            "How long does taping help?", "answered", 4, "d" * 64,
            tuple(quote.kept for quote in quotes), "emergency", "Chest pain", "Do not wait.",
            ("taping",),
        )  # fmt: skip
        if receipt_id != "shared":
            raise NotFound("There is no shared answer at this address.")
        when = "2026-11-24T03:30:00+00:00"
        return OpenedReceipt(Receipt("shared", when, when, kept), "withdrawn", 5, quotes)

    def delete(self, receipt_id: str, key: str) -> None:
        pass

    def secret(self) -> bytes:
        return b"s" * 32


class OneModel:
    """Puts nothing in a model's words; it makes the button for it appear."""

    def write(self, answer: Answer) -> Answer:
        return WRITTEN

    def pieces(self, answer: Answer) -> Iterator[Written]:
        assert WRITTEN.generated
        yield replace(WRITTEN.generated, sentences=(), dropped=0)
        yield WRITTEN.generated


class SmallGuide:
    """Two questions that may be asked, and an earlier version of one document."""

    LISTED = (
        Prompt("How long does taping help?", "taping", "Taping", asks=True),
        Prompt("Does taping hurt the skin?", "taping", "Taping", asks=True, listed=True),
    )

    def prompts(self) -> tuple[Prompt, ...]:
        return self.LISTED

    def versions(self, document_id: str) -> tuple[Document, ...]:
        held = TAPING.document
        old = replace(held, version_id=7, metadata=replace(held.metadata, reviewed="2025-01"))
        return (replace(held, number=2), old) if document_id == "taping" else ()


def make_app() -> Flask:
    """Return the web application that all states are states of."""
    return create_app(
        Everything(),
        settings=WebSettings(suggestions=SUGGESTIONS),
        receipts=OneReceipt(),
        generator=OneModel(),
        guide=SmallGuide(),
        workbench=FakeWorkbench(),
    )


WRITE = "Put in a model’s words"
_GUIDE = "/source/guide?start=124&end=208&v=12"
STATES = (
    State("home", "/"),
    State("questions offered", "/", type="tap"),
    State("answered", "/search?q=taping"),
    State("related", "/search?q=tapping"),
    State("none", "/search?q=zzz"),
    State("nothing found", "/search?q=emptiness"),
    State("narrowed", "/search?q=taping&kind=guideline&since=2020"),
    State("by date", "/search?q=many+documents&sort=date&page=2"),
    State("why", "/search?q=taping&why=1"),
    State("differing", "/search?q=differ"),
    State("written", "/search?q=written"),
    State("writing", "/search?q=taping", press=f"text={WRITE}"),
    State("unwritten", "/search?q=unwritten"),
    State("emergency", "/search?q=chest"),
    State("same day", "/search?q=swollen+and+more"),
    State("see a clinician", "/search?q=weeks"),
    State("pharmacist", "/search?q=ibuprofen"),
    State("private", "/", press="text=Search privately"),
    State("shared", "/search?q=taping", press="text=Share this answer"),
    State("helped", "/feedback", form="q=taping&state=answered&helpful=yes"),
    State("did not help", "/feedback", form="q=taping&state=answered&helpful=no"),
    State("narrowed in private", "/search", form="q=tapping&kind=guideline&sort=date"),
    State("receipt", "/a/shared"),
    State("deleting", "/a/shared/delete?key=k"),
    State("deleted", "/a/shared/delete?key=k", press="text=Delete it"),
    State("for an appointment", "/print?q=chest"),
    State("reader", "/source/taping?start=122&end=158&v=11#quote"),
    State("reader of an old version", "/source/taping?v=7"),
    State("reader of a lost version", "/source/taping?v=5&start=1&end=9"),
    State("reader of odd text", "/source/odd"),
    State("page of a PDF", _GUIDE),
    State("page of a PDF, enlarged", _GUIDE + "&zoom=200"),
    State("PDF as text", _GUIDE + "&view=text"),
    State("library", "/library"),
    State("library, nothing found", "/library?q=zzz"),
    State("get help", "/get-help"),
    State("about", "/about"),
    State("accessibility", "/accessibility"),
    State("for programs", "/api"),
    State("no question", "/search?q=", status=400),
    State("bad filter", "/search?q=taping&since=soon", status=400),
    State("too large", "/search", form="q=" + "x" * 70_000, status=413),
    State("no such page", "/nope", status=404),
    State("no such source", "/source/nope", status=404),
    State("too many", "/search?q=many", status=429),
    State("broken", "/search?q=fault", status=500),
    State("unavailable", "/search?q=broken", status=503),
    State("out of reach", "/offline"),
    State("home in German", "/?lang=de"),
    State("answer in German", "/search?q=differ&lang=de"),
    State("emergency in German", "/search?q=chest&lang=de"),
)
