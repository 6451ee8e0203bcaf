"""What programs send to change a library."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask_openapi import FileStorage
from pydantic import AfterValidator, ConfigDict, Field
from werkzeug.datastructures import FileStorage as WerkzeugFile

from webapp.v1.requests import (
    LONGEST_QUESTION,
    AnyKind,
    Date,
    Kind,
    Question,
    Sent,
    Switch,
    Value,
    Whole,
)
from webapp.workbench_records import RowSort, Values

MOST_JUDGED = 50
MOST_FILES = 200
STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)

Names = Annotated[list[Value], Field(max_length=50)]
Line = Annotated[str, Field(max_length=500)]
Id = Annotated[str, Field(min_length=1, max_length=200)]
Ids = Annotated[list[Id], Field(max_length=200)]
Page = Annotated[int, Whole]
_PAGE: Any = Field(default=1, ge=1, le=10_000)
_PER_PAGE: Any = Field(default=50, ge=1, le=500)


def _file(value: Any) -> Any:
    if not isinstance(value, WerkzeugFile):
        raise ValueError("is not a file")
    return value


class Keyed(Sent):
    """The header that makes a request safe to send again."""

    key: Annotated[str, Field(max_length=64, pattern=r"^[!-~]*$")] = Field(
        default="",
        alias="Idempotency-Key",
        description="Sent again within a day, it gives the first job and changes nothing.",
    )


class Details(Sent):
    """An editor's values over what a document says of itself; what is left out stays as it is."""

    title: Line | None = None
    summary: Annotated[str, Field(max_length=2000)] | None = None
    authors: Names | None = None
    publisher: Line | None = None
    language: Annotated[str, Field(max_length=35)] | None = None
    published: Date | None = None
    reviewed: Date | None = None
    next_review: Date | None = None
    kind: Kind | None = None
    licence: Line | None = None
    url: Annotated[str, Field(max_length=2000)] | None = None
    topics: Names | None = None

    def values(self) -> Values:
        """Return them as the workbench takes them."""
        sent: dict[str, Any] = {n: getattr(self, n) for n in Values.__dataclass_fields__}
        sent |= {n: tuple(v) for n, v in sent.items() if isinstance(v, list)}
        return Values(**sent)


class FilesForm(Sent):
    """Files to be added; the details hold for each of them."""

    files: Annotated[list[FileStorage], Field(min_length=1, max_length=MOST_FILES)]
    replace: Switch = Field(default="0", description="Whether a name that is taken is replaced.")
    publisher: Line = ""
    language: Annotated[str, Field(max_length=35)] = ""
    licence: Line = ""
    kind: AnyKind = ""
    reviewed: Date = ""

    def values(self) -> Values:
        """Return the details that were sent."""
        names = ("publisher", "language", "licence", "kind", "reviewed")
        return Values(**{name: getattr(self, name) or None for name in names})


class FileForm(Sent):
    """New bytes of a document."""

    file: Annotated[FileStorage, AfterValidator(_file)]


class WithdrawBody(Sent):
    """Why a document is withdrawn, as readers of its page are told."""

    model_config = STRICT

    reason: Annotated[str, Field(max_length=500)] = ""


class UrlBody(Sent):
    """A page of the web, a sitemap or a feed."""

    model_config = STRICT

    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s/]+")]


class TextBody(Details):
    """A text, as Markdown."""

    model_config = STRICT

    title: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\w")]
    text: Annotated[str, Field(min_length=1, pattern=r"\w")]


class DetailsBody(Details):
    """Details to be set; an empty value takes back what an editor set before."""

    model_config = STRICT


class DocumentsBody(Sent):
    """Which documents; none for all."""

    model_config = STRICT

    documents: Ids = []


class RowsQuery(Sent):
    """Which of what is stored is listed."""

    q: Value = Field(default="", description="Words of title, id, path or publisher.")
    state: Literal["", "published", "new", "changed", "removed", "hidden", "failed"] = ""
    kind: AnyKind = ""
    topic: Value = ""
    format: Value = ""
    sort: RowSort = "title"
    descending: Switch = "0"
    page: Page = _PAGE
    per_page: Page = _PER_PAGE


class PageQuery(Sent):
    """Which page of a list."""

    page: Page = _PAGE
    per_page: Page = _PER_PAGE


class EventsQuery(Sent):
    """Which of a job's events."""

    after: Annotated[int, Whole] = Field(default=0, ge=0, le=999_999_999)


class JobPath(Sent):
    """Which job."""

    job_id: str


class GenerationPath(Sent):
    """Which generation."""

    number: Annotated[int, Whole] = Field(ge=0, le=999_999_999)


class QuestionPath(Sent):
    """Which saved question."""

    question_id: Annotated[int, Whole] = Field(ge=0, le=999_999_999)


class PublishBody(Sent):
    """What is to be published."""

    model_config = STRICT

    digest: Annotated[str, Field(max_length=200)] = Field(
        default="", description="Of the difference that was looked at; something else gives 409."
    )


class QuestionBody(Sent):
    """A question to be saved."""

    model_config = STRICT

    text: Question


class FeedbackBody(Sent):
    """Whether an answer helped."""

    model_config = STRICT

    question: Question
    helpful: bool
    state: Literal["answered", "related", "none"] = Field(description="The answer's state.")
    reason: Annotated[str, Field(max_length=LONGEST_QUESTION)] = ""


class Judged(Sent):
    """A question with what is expected of its answer."""

    model_config = STRICT

    q: Question
    document: Annotated[str, Field(max_length=200)] = Field(
        default="", description="Id of a document that answers it."
    )
    state: Literal["answered", "related", "none"] | None = None


class EvaluateBody(Sent):
    """Judged questions; without them the saved ones are asked."""

    model_config = STRICT

    questions: Annotated[list[Judged], Field(max_length=MOST_JUDGED)] = []
