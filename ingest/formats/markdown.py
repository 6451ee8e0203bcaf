"""Markdown: front matter to metadata, and the body's structure to blocks of plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from corpus.records import BlockKind, Extract, Metadata
from corpus.references import references_of
from ingest.blocks import TextBuilder, same_heading
from ingest.decode import decode
from ingest.formats import text as plain_text
from ingest.formats.front_matter import split_front_matter
from ingest.formats.html_tree import add_fragment
from ingest.metadata import from_mapping
from ingest.questions import listed_questions

DEEPEST = 100
"""Levels of nesting; a deeper file is read as plain text."""
CAPTION = re.compile(r"^(?:Figure|Fig\.|Table|Box)\s+\d+[.:]")


def read(data: bytes, *, name: str) -> Extract:
    """Read a Markdown file; ``name`` is not used, as a title never comes from a file's name."""
    decoded, faults = decode(data)
    source = decoded.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    fields, body, warnings = split_front_matter(source)
    metadata, field_warnings = from_mapping(fields)
    questions, question_warnings = listed_questions(fields)
    builder = TextBuilder()
    tokens = _parser().parse(body, {})
    if all(token.level < DEEPEST - 1 for token in tokens):
        _Walker(builder).walk(tokens)
    else:
        # Deeper text was left out by the parser.
        plain_text.add_text(builder, body)
        warnings += ("The text is nested too deeply for Markdown and was read as plain text.",)
    if not metadata.references:
        listed = references_of(body, metadata.evidence)
        metadata = replace(metadata, references=listed)
    title = metadata.title or builder.first_heading
    warnings += faults + field_warnings + question_warnings
    warnings += _missing_sections(metadata, builder)
    extract = builder.extract(replace(metadata, title=title), "markdown", warnings=warnings)
    return replace(extract, questions=questions)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable(["table", "strikethrough"])
    # Footnotes stay where they are written, so that one that nothing refers to is not lost.
    return parser.use(footnote_plugin, inline=False, move_to_end=False)


def _missing_sections(metadata: Metadata, builder: TextBuilder) -> tuple[str, ...]:
    """Warn of red-flag sections that the text does not have: their advice would never be shown."""
    missing = [
        flag.heading
        for flag in metadata.red_flags
        if not any(same_heading(flag.heading, heading) for heading in builder.headings)
    ]
    return tuple(f'Front matter: red_flags names no heading of the text: "{m}".' for m in missing)


class _Walker:
    """Goes through the parser's tokens and adds a block for each piece of running text."""

    def __init__(self, builder: TextBuilder) -> None:
        self.builder = builder
        self.depth = 0
        self.bullet = False
        self.note = ""
        self.row: list[str] | None = None
        self.heading = 0

    def walk(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if token.nesting:
                self._turn(token)
            elif token.type == "inline":
                self._inline(token)
            elif token.type in ("fence", "code_block"):
                self.builder.add("code", token.content)
            elif token.type == "html_block":
                add_fragment(self.builder, token.content)

    def _turn(self, token: Token) -> None:
        """Keep account of what the next running text stands in."""
        if token.type in ("bullet_list_open", "ordered_list_open"):
            self.depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self.depth -= 1
        elif token.type == "list_item_open":
            self.bullet = True
        elif token.type == "list_item_close":
            self.bullet = False
        elif token.type == "heading_open":
            self.heading = int(token.tag[1])
        elif token.type == "heading_close":
            self.heading = 0
        elif token.type == "tr_open":
            self.row = []
        elif token.type == "tr_close":
            if any(self.row or ()):
                self.builder.add("table_row", " | ".join(self.row or ()))
            self.row = None
        elif token.type == "footnote_reference_open":
            self.note = f"[^{token.meta.get('label', '')}] "

    def _inline(self, token: Token) -> None:
        children = token.children or []
        words = inline_text(children)
        if self.row is not None:
            self.row.append(words.strip())
            return
        kind, level = self._kind(children, words)
        if kind == "list_item":
            self.bullet = False
        self.builder.add(kind, self.note + words, level=level)
        self.note = ""

    def _kind(self, children: Sequence[Token], words: str) -> tuple[BlockKind, int]:
        if self.heading:
            return "heading", self.heading
        if self.bullet:
            return "list_item", self.depth
        only_image = len(children) == 1 and children[0].type == "image"
        if only_image or CAPTION.match(words):
            return "caption", 0
        return "paragraph", 0


def inline_text(tokens: Sequence[Token]) -> str:
    """Return what inline markup says in plain text: a link its words, an image its description."""
    parts: list[str] = []
    for place, token in enumerate(tokens):
        if token.type in ("text", "code_inline"):
            parts.append(_bracketed(tokens, place))
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type == "image":
            parts.append(inline_text(token.children or []))
        elif token.type == "footnote_ref":
            parts.append(f"[^{token.meta.get('label', '')}]")
        elif token.type == "html_inline" and re.match(r"<br\b", token.content, re.IGNORECASE):
            parts.append(" ")
    return "".join(parts)


def _bracketed(tokens: Sequence[Token], place: int) -> str:
    """Put back the brackets of ``[3]`` where it is a link: it is a mark of a reference."""
    words = tokens[place].content
    around = [*tokens[place - 1 : place], *tokens[place + 1 : place + 2]]
    if words.isdigit() and [token.type for token in around] == ["link_open", "link_close"]:
        return f"[{words}]"
    return words
