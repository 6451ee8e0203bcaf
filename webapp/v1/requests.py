"""What programs send: the fields of their requests, and what is asked of each."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from corpus.filters import LONGEST_VALUE, MOST_VALUES, NAMES, Filters, read_filters
from corpus.records import EVIDENCE_KINDS
from webapp.asked import Asked
from webapp.questions import GENERATE, MOST_WITHOUT, clean, read_question, read_without
from webapp.settings import WebSettings

LONGEST_QUESTION = 2000
MOST_HITS = 100
MOST_PAGES = 20
MOST_LISTED = 1000
_WORDS = r"[^\s\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff\u200b\u2028\u2029]"
_DATE = r"^([0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?)?$"
_DIGITS = re.compile(r"[0-9]{1,9}")


def _whole(value: Any) -> Any:
    """Refuse what other languages and looser readers take for a whole number: 1.0, ٣, 1_0."""
    if isinstance(value, bool) or (isinstance(value, str) and not _DIGITS.fullmatch(value)):
        raise ValueError("is not a whole number")
    # JSON knows one kind of number: 10.0 is 10
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _kind(value: str) -> str:
    if value not in EVIDENCE_KINDS:
        raise ValueError(f"is no kind of evidence; those are {', '.join(EVIDENCE_KINDS)}")
    return value


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


Question = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_QUESTION,
        pattern=_WORDS,
        description="The question, in a person's own words. Words in double quotes must stand in"
        " a passage in that order.",
        examples=["Why does sitting hurt my knee?"],
    ),
]
Whole = BeforeValidator(_whole)
Value = Annotated[str, Field(max_length=LONGEST_VALUE)]
Values = Annotated[list[Value], Field(max_length=MOST_VALUES)]
Kind = Annotated[
    str,
    BeforeValidator(_lower),
    AfterValidator(_kind),
    Field(json_schema_extra={"enum": list(EVIDENCE_KINDS)}),
]
AnyKind = Annotated[
    str,
    BeforeValidator(_lower),
    AfterValidator(lambda value: value and _kind(value)),
    Field(json_schema_extra={"enum": ["", *EVIDENCE_KINDS]}),
]
"""A kind of evidence, or none."""
Date = Annotated[str, Field(pattern=_DATE)]
Switch = Annotated[
    Literal["0", "1", "false", "true", "no", "yes", "off", "on", ""], BeforeValidator(_lower)
]
"""Yes or no, as an address says it."""


def switched(value: str) -> bool:
    """Return whether a switch is on."""
    return value in GENERATE


class Sent(BaseModel):
    """Base of all. Its description is made once: the reader of requests looks at it each time."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        return _described(cls, args, tuple(options.items()))


@cache
def _described(
    model: type[Sent], args: tuple[Any, ...], options: tuple[tuple[str, Any], ...]
) -> dict[str, Any]:
    return super(Sent, model).model_json_schema(*args, **dict(options))


class Narrowed(Sent):
    """A question, and what its passages are kept to."""

    q: Question
    without: Annotated[list[Value], Field(max_length=MOST_WITHOUT)] = Field(
        default=[], description="Words that the search would add and shall not."
    )
    topic: Values = Field(default=[], description="Only documents on one of these topics.")
    kind: Annotated[list[Kind], Field(max_length=MOST_VALUES)] = Field(
        default=[], description="Only these kinds of evidence."
    )
    publisher: Values = Field(default=[], description="Only documents of these publishers.")
    filetype: Values = Field(default=[], description="Only documents read from these formats.")
    language: Values = Field(default=[], description="Only these languages; en takes en-GB in.")
    document: Values = Field(default=[], description="Only the documents of these ids.")
    since: Date = Field(default="", description="Only dated since: 2024, 2024-06 or 2024-06-30.")
    until: Date = Field(default="", description="Only dated until.")

    def filters(self) -> Filters:
        """Return the filters. Raises UsageError where no date is since one and until the other."""
        given = {name: getattr(self, name) for name in NAMES if name != "format"}
        named = {n: [v] if isinstance(v, str) else v for n, v in given.items()}
        other = getattr(self, "format", ())
        formats = [*self.filetype, *(other if isinstance(other, list) else ())]
        return read_filters(named | {"format": formats})

    def asked(self, settings: WebSettings) -> Asked:
        """Return what is asked. Raises QuestionError, UsageError."""
        return Asked(
            read_question(self.q, limit=settings.question_limit, shown=settings.question_shown),
            read_without(self.without),
            clean(getattr(self, "after", "")),
            self.filters(),
        )


Tongue = Annotated[Literal["", "en", "de"], BeforeValidator(_lower)]
_TONGUE: Any = Field(
    default="", description="The language of the safety card's own words; quotes keep theirs."
)
_AFTER: Any = Field(
    default="",
    max_length=LONGEST_QUESTION,
    description="The question before this one: a follow-up takes its subject over.",
)
_FORMAT: Any = Field(default=[], description="The same as filetype.")
_K: Any = Field(default=10, ge=1, le=MOST_HITS, description="Passages of one page.")
_PAGE: Any = Field(default=1, ge=1, le=MOST_PAGES, description="Which page, counted from 1.")


class SearchQuery(Narrowed):
    """What a search asks, in an address."""

    format: Values = _FORMAT
    k: Annotated[int, Whole] = _K
    page: Annotated[int, Whole] = _PAGE
    why: Switch = Field(default="0", description="Tell for each passage what brought it.")


class AskQuery(Narrowed):
    """What a question asks, in an address."""

    format: Values = _FORMAT
    after: str = _AFTER
    lang: Tongue = _TONGUE
    generate: Switch = Field(
        default="0", description="Also in a model's words, where the library has a generator."
    )


class SearchBody(Narrowed):
    """What a search asks, as JSON: nothing of it stands in an address."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Values = _FORMAT
    k: Annotated[int, Whole] = _K
    page: Annotated[int, Whole] = _PAGE
    why: bool = False


class AskBody(Narrowed):
    """What a question asks, as JSON: nothing of it stands in an address."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Values = _FORMAT
    after: str = _AFTER
    lang: Tongue = _TONGUE
    generate: bool = False


class WhyQuery(Sent):
    """A question and a passage of it."""

    q: Question
    passage: Annotated[int, Whole] = Field(ge=0, le=999_999_999, description="A hit's passage_id.")
    without: Annotated[list[Value], Field(max_length=MOST_WITHOUT)] = []


Form = Annotated[Literal["bibtex", "ris", "csl"], BeforeValidator(_lower)]
_VERSION: Any = Field(
    default=0,
    ge=0,
    le=999_999_999,
    description="The id of another version; 0 for the one searched.",
)
_FORM: Any = Field(default="csl", description="csl is CSL-JSON.")


class CiteQuery(Narrowed):
    """A question whose answer is cited."""

    after: str = _AFTER
    format: Form = _FORM


class CiteDocumentQuery(Sent):
    """How a document is cited."""

    format: Form = _FORM
    references: Switch = Field(default="0", description="Its reference list instead of itself.")
    v: Annotated[int, Whole] = _VERSION


class ListQuery(Sent):
    """Which documents are listed."""

    q: Annotated[str, Field(max_length=LONGEST_VALUE)] = Field(
        default="", description="Only those with these words in title, publisher or topics."
    )
    page: Annotated[int, Whole] = Field(default=1, ge=1, le=1_000_000)
    per_page: Annotated[int, Whole] = Field(default=100, ge=1, le=MOST_LISTED)


class VersionQuery(Sent):
    """Which version of a document."""

    v: Annotated[int, Whole] = _VERSION


class DocumentPath(Sent):
    """Which document."""

    document_id: str = Field(description="A document's id.", examples=["sitting"])


class ShareBody(Narrowed):
    """A question whose answer is shared."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    after: str = _AFTER


class ReceiptPath(Sent):
    """Which shared answer."""

    receipt_id: str
