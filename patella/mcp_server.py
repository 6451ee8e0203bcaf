"""The MCP server: a library's search, answers and texts as tools, each with its citations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

from corpus.errors import PatellaError
from corpus.filters import read_filters
from corpus.records import Answer, Block, Document, Quote, sha256_text
from patella import __version__
from webapp.present import citation, reader_path
from webapp.service import Service, SourceText
from webapp.words import facts_line, page_words

INSTRUCTIONS = (
    "A library of trusted guidance. What its tools return is quoted word for word: keep the words as"
    " they are, give the citation beside them, and say so where the library has no answer. Where"
    " `safety` is set, tell it first. Nothing here replaces a clinician."
)
MOST_CHARACTERS = 8000
"""Of a text, in one call."""
LONGEST_NAME = 200
STATES = {
    "answered": "The library answers this. The quotes:",
    "related": "The library has no direct answer. Nearby:",
    "none": "This is not in the library.",
}
READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

T = TypeVar("T")
Question = Annotated[
    str, Field(min_length=1, max_length=2000, description="A question, in a person's own words.")
]
Names = Annotated[list[Annotated[str, Field(max_length=LONGEST_NAME)]], Field(max_length=20)]


class Cited(BaseModel):
    """Words of a document, and where they stand."""

    text: str
    title: str
    heading: list[str]
    page: str = Field(description="As people say it; empty where there are no pages.")
    address: str = Field(description="Opens these words in their place.")
    publisher_url: str
    citation: str = Field(description="One line, to be given with the words.")
    document: str = Field(description="Id for open_source.")
    version: int = Field(description="Id of the version that the offsets are of.")
    start: int = Field(description="Code points in the text of that version, half-open.")
    end: int
    sha256: str = Field(description="Of the UTF-8 of the text.")


class Sign(BaseModel):
    """How soon help is needed, by the red flags of the question."""

    level: str
    title: str
    advice: str
    quotes: list[Cited]


class Difference(BaseModel):
    """Two sources that differ."""

    kind: str
    sides: list[Cited]


class Answered(BaseModel):
    """An answer."""

    state: Literal["answered", "related", "none"]
    told: str
    safety: Sign | None
    quotes: list[Cited]
    related: list[Cited]
    disagreements: list[Difference]
    suggestion: str
    generation: int


class Passages(BaseModel):
    """Passages, best first."""

    passages: list[Cited]
    suggestion: str
    warnings: list[str]
    generation: int


class Text(BaseModel):
    """A part of a document's frozen text."""

    document: str
    version: int
    title: str
    facts: str
    publisher_url: str
    address: str
    heading: list[str] = Field(description="The headings over the start of this part.")
    start: int
    end: int
    length: int = Field(description="Of the whole text.")
    text: str
    is_current: bool


def make_server(service: Service, *, pages: str = "") -> MCPServer:
    """Return the server; ``pages`` is the address of the library's pages, put before each address."""
    server = MCPServer(
        "patella",
        title="Patella: trusted guidance, quoted",
        instructions=INSTRUCTIONS,
        version=__version__,
        log_level="WARNING",
    )
    root = pages.rstrip("/")

    @server.tool(annotations=READS)
    def search(
        question: Question,
        k: Annotated[int, Field(ge=1, le=20, description="How many passages.")] = 5,
        topic: Names = [],  # noqa: B006  (pydantic makes a new one of it)
        kind: Names = [],  # noqa: B006
        document: Names = [],  # noqa: B006
    ) -> Annotated[CallToolResult, Passages]:
        """Find passages of the library, best first, each with its citation. For facts to read; to have a
        question answered, use `ask`. Words in double quotes must stand in a passage in that order.
        """
        given = {"topic": topic, "kind": kind, "document": document}
        found = _in_words(lambda: service.search(question, k=k, filters=read_filters(given)))
        passages = [
            _cited(
                Quote(
                    h.passage.text, h.passage.start, h.passage.end, sha256_text(h.passage.text),
                    h.passage.heading, h.passage.page, h.passage.page_label, h.passage.id,
                    h.document,
                ),
                root,
            )
            for h in found.hits
        ]  # fmt: skip
        body = Passages(
            passages=passages,
            suggestion=found.suggestion,
            warnings=list(found.warnings),
            generation=found.generation,
        )
        return _result(body, [*_lines(passages), *found.warnings] or ["Nothing found."])

    @server.tool(annotations=READS)
    def ask(
        question: Question,
        after: Annotated[
            str, Field(max_length=2000, description="The question before, for a follow-up.")
        ] = "",
    ) -> Annotated[CallToolResult, Answered]:
        """Answer a question by quotes of the library, each with its citation, or say that it does not
        answer it. A red flag in the question comes first, with how soon help is needed.
        """
        return _answer(_in_words(lambda: service.ask(question, after=after, kept=True)), root)

    @server.tool(annotations=READS)
    def open_source(
        document: Annotated[str, Field(max_length=LONGEST_NAME, description="A document's id.")],
        start: Annotated[int, Field(ge=0, description="Where to begin.")] = 0,
        length: Annotated[int, Field(ge=1, le=MOST_CHARACTERS)] = 4000,
        version: Annotated[int, Field(ge=0, description="0 for the one searched.")] = 0,
    ) -> Annotated[CallToolResult, Text]:
        """Read a document around a quote: a part of its frozen text, by the offsets that quotes carry."""
        opened = _in_words(lambda: service.open_source(document, version_id=version or None))
        return _text(opened, start, length, root)

    return server


def _in_words(do: Callable[[], T]) -> T:
    try:
        return do()
    except PatellaError as error:
        raise ToolError(f"{error} {error.hint}".strip()) from error


def _cited(quote: Quote, root: str) -> Cited:
    document = quote.document
    return Cited(
        text=quote.text,
        title=document.title,
        heading=list(quote.heading),
        page=page_words(quote.page, quote.page_label),
        address=root + reader_path(document, quote.start, quote.end),
        publisher_url=document.metadata.url,
        citation=citation(quote),
        document=document.id,
        version=document.version_id,
        start=quote.start,
        end=quote.end,
        sha256=quote.sha256,
    )


def _all(quotes: Sequence[Quote], root: str) -> list[Cited]:
    return [_cited(quote, root) for quote in quotes]


def _answer(answer: Answer, root: str) -> CallToolResult:
    card = answer.safety
    safety = None
    lines: list[str] = []
    if card:
        safety = Sign(
            level=card.level, title=card.title, advice=card.advice, quotes=_all(card.quotes, root)
        )
        lines += [f"FIRST: {card.title}. {card.advice}", *_lines(safety.quotes), ""]
    body = Answered(
        state=answer.state,
        told=STATES[answer.state],
        safety=safety,
        quotes=_all(answer.quotes, root),
        related=_all(answer.related, root),
        disagreements=[
            Difference(kind=d.kind, sides=_all((d.one, d.other), root))
            for d in answer.disagreements
        ],
        suggestion=answer.suggestion,
        generation=answer.generation,
    )
    lines += [body.told, *_lines(body.quotes or body.related)]
    for difference in body.disagreements:
        lines += [f"These sources differ ({difference.kind}):", *_lines(difference.sides)]
    return _result(body, lines)


def _lines(cited: Sequence[Cited]) -> list[str]:
    return [
        f"[{n}] “{one.text}”\n    {one.citation} {one.address}"
        f" ({one.document}, version {one.version}, {one.start}–{one.end})"
        for n, one in enumerate(cited, 1)
    ]


def _text(opened: SourceText, start: int, length: int, root: str) -> CallToolResult:
    document = opened.document
    end = min(start + length, len(opened.text))
    if start >= len(opened.text):
        raise ToolError(f"The text of {document.id} ends at {len(opened.text)}.")
    body = Text(
        document=document.id,
        version=document.version_id,
        title=document.title,
        facts=facts_line(document),
        publisher_url=document.metadata.url,
        address=root + reader_path(document, start, end),
        heading=_headings(opened.blocks, opened.text, start),
        start=start,
        end=end,
        length=len(opened.text),
        text=opened.text[start:end],
        is_current=opened.is_current,
    )
    return _result(body, [_head(document, body), body.text])


def _head(document: Document, body: Text) -> str:
    old = "" if body.is_current else " This is not the version that is searched now."
    where = f"{body.start}–{body.end} of {body.length}"
    return f"{document.title}. {body.facts} {body.address} ({where}).{old}"


def _headings(blocks: Sequence[Block], text: str, start: int) -> list[str]:
    """Return the path of headings that ``start`` stands under."""
    path: dict[int, str] = {}
    for block in blocks:
        if block.start > start:
            break
        if block.kind == "heading":
            path = {level: words for level, words in path.items() if level < block.level}
            path[block.level] = text[block.start : block.end]
    return [path[level] for level in sorted(path)]


def _result(body: BaseModel, lines: Sequence[str]) -> CallToolResult:
    text = TextContent(type="text", text="\n".join(lines))
    return CallToolResult(content=[text], structured_content=body.model_dump(mode="json"))
