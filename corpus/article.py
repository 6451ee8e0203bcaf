"""An article of the shipped library on disk: front matter, body, and the list of references."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.errors import UsageError

PartKind = Literal["heading", "paragraph", "list_item", "table_row"]

_FRONT = re.compile(r"---\n(.*?)^---[ \t]*\n", re.DOTALL | re.MULTILINE)
_SECTION = re.compile(r"^## References[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
CITATION = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
"""A mark of references in the text: ``[2]`` or ``[2, 5]``."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an article's body as plain text; ``line`` counts from 1 in the file."""

    kind: PartKind
    text: str
    line: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it lies on disk.

    ``body`` ends before ``## References``; ``section`` is what stands from there on, or is empty.
    ``fault`` says why the front matter could not be read, and is empty if it could.
    """

    path: Path
    head: str
    body: str
    section: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    fault: str = ""

    @property
    def slug(self) -> str:
        return self.path.stem

    @property
    def body_line(self) -> int:
        """The line of the file on which the body begins."""
        return self.head.count("\n") + 1

    @property
    def section_line(self) -> int:
        return self.body_line + self.body.count("\n")

    def text(self, key: str) -> str:
        """Return a field that is text, or an empty string."""
        value = self.fields.get(key)
        return value.strip() if isinstance(value, str) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a field that is a list of text, without what is not text."""
        value = self.fields.get(key)
        if not isinstance(value, list):
            return ()
        return tuple(item.strip() for item in value if isinstance(item, str))

    def mappings(self, key: str) -> tuple[Mapping[str, Any], ...]:
        """Return a field that is a list of mappings, without what is no mapping."""
        value = self.fields.get(key)
        if not isinstance(value, list):
            return ()
        return tuple(item for item in value if isinstance(item, Mapping))

    def field_line(self, key: str) -> int:
        """Return the line on which a field stands, or 1 if it is missing."""
        found = re.search(rf"^{re.escape(key)}:", self.head, re.MULTILINE)
        return self.head.count("\n", 0, found.start()) + 1 if found else 1

    def citations(self) -> dict[int, int]:
        """Return the numbers cited in the body, each with the line of its first place."""
        found: dict[int, int] = {}
        for mark in CITATION.finditer(self.body):
            line = self.body_line + self.body.count("\n", 0, mark.start())
            for word in mark.group(1).split(","):
                found.setdefault(int(word), line)
        return found


def read_articles(folder: Path) -> tuple[Article, ...]:
    """Read every ``articles/*.md`` of a library, by name. Raises UsageError if there is none."""
    paths = sorted((folder / "articles").glob("*.md"))
    if not paths:
        raise UsageError(
            f"There are no articles in {folder / 'articles'}.",
            hint="Give the folder of a library: one with articles/ and references/ in it.",
        )
    return tuple(read_article(path) for path in paths)


def read_article(path: Path) -> Article:
    """Read an article. Raises UsageError if the file is not text in UTF-8."""
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not text in UTF-8.") from error
    return parse_article(source, path)


def parse_article(source: str, path: Path) -> Article:
    """Return the article that ``source`` says; ``path`` names it."""
    source = source.replace("\r\n", "\n")
    front = _FRONT.match(source)
    head = front.group(0) if front else ""
    body, section = split_references(source[len(head) :])
    fields, fault = _fields(front.group(1) if front else None)
    line = head.count("\n") + 1
    return Article(path, head, body, section, fields, _parts(body, line), fault)


def split_references(body: str) -> tuple[str, str]:
    """Return what stands before the section ``## References``, and the section with its heading.

    A section that another heading follows is not the last one: it stays in the body.
    """
    for found in _SECTION.finditer(body):
        if not _HEADING.search(body, found.end()):
            return body[: found.start()], body[found.start() :]
    return body, ""


def _fields(source: str | None) -> tuple[Mapping[str, Any], str]:
    if source is None:
        return {}, "the file does not begin with front matter between two lines of ---"
    try:
        # BaseLoader makes nothing but text, lists and mappings: it is as safe as the safe one
        fields = yaml.load(source, Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError as error:
        return {}, f"the front matter cannot be read: {' '.join(str(error).split())}"
    if not isinstance(fields, Mapping):
        return {}, "the front matter is no mapping of fields"
    return fields, ""


def _parts(body: str, first_line: int) -> tuple[Part, ...]:
    parts: list[Part] = []
    opened: list[Token] = []
    row: list[str] = []
    line = first_line
    for token in MarkdownIt("commonmark").enable("table").parse(body):
        if token.nesting == 1:
            opened.append(token)
        elif token.nesting == -1:
            opened.pop()
        if token.type == "inline":
            line = first_line + (token.map[0] if token.map else 0)
            if any(outer.type == "tr_open" for outer in opened):
                row.append(_plain(token))
            else:
                parts.append(_part(_plain(token), line, opened))
        elif token.type == "tr_close":
            parts.append(Part("table_row", " | ".join(row), line))
            row = []
    return tuple(parts)


def _part(words: str, line: int, opened: list[Token]) -> Part:
    inner = opened[-1]
    if inner.type == "heading_open":
        return Part("heading", words, line, int(inner.tag[1]))
    if any(outer.type == "list_item_open" for outer in opened):
        return Part("list_item", words, line)
    return Part("paragraph", words, line)


def _plain(token: Token) -> str:
    """Return the words of inline markup."""
    words = (
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in token.children or ()
        if child.type != "html_inline"
    )
    return "".join(words).strip()
