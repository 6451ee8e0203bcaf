"""RTF: the paragraphs, lists, tables and notes of a rich text file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from corpus.errors import Broken
from corpus.records import Extract, Metadata
from ingest.blocks import TextBuilder, clean
from ingest.formats.paragraphs import Paragraph, add_paragraphs, raised, running_kind
from ingest.formats.properties import stated_authors, stated_summary, stated_title
from ingest.formats.rtf_tokens import Token, charset, code_page, tokens
from ingest.metadata import LONGEST_TEXT, iso_date

DEEPEST = 2000
"""Groups in groups; a file with more is damaged or hostile."""
# Groups whose words are not the text's. Unknown ones say so themselves, by \*.
_SKIPPED = frozenset(
    "colortbl filetbl fldinst header headerl headerr headerf footer footerl footerr footerf pict "
    "object listtext pntext listtable listoverridetable revtbl rsidtbl generator themedata "
    "datastore latentstyles xmlnstbl ftnsep ftnsepc aftnsep aftnsepc tc txe xe nonshppict "
    "bkmkstart bkmkend shprslt annotation atnid atnauthor atrfstart atrfend do sp operator".split()
)
# Groups marked by \* whose words are the text's.
_KEPT = frozenset({"shppict", "shpinst", "shptxt", "footnote", "company"})
_TABLES = ("fonttbl", "stylesheet", "info", "creatim")
_INFO = ("title", "author", "subject", "doccomm", "company")
_CHARACTERS = {
    "tab": " ", "line": " ", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ",
    "qmspace": " ", "~": "\u00a0", "_": "-",
}  # fmt: skip
_HEADING_NAME = re.compile(r"^heading ([1-9])$", re.IGNORECASE)
_UNICODE_LIMIT = 0x10000


@dataclass(slots=True)
class _State:
    """What holds in a group: where words go, and what they are like."""

    target: str = "text"
    font: str = ""
    skip: int = 1
    """Stand-ins to pass over after a character given by its number."""
    bold: bool = False
    raised: bool = False
    hidden: bool = False


@dataclass(slots=True)
class _Form:
    """What holds for the paragraph."""

    style: int = 0
    level: int = 0
    listed: bool = False
    depth: int = 0
    in_table: bool = False


@dataclass(slots=True)
class _Flow:
    """A run of paragraphs: the text itself, or a note in it."""

    form: _Form
    parts: list[str]
    bold: bool = True


def read(data: bytes, *, name: str) -> Extract:
    """Read an RTF; ``name`` is not used, as a title never comes from a file's name."""
    reader = _Reader()
    reader.run(data)
    builder = TextBuilder()
    add_paragraphs(builder, reader.paragraphs)
    info = reader.info
    metadata = Metadata(
        title=stated_title(info.get("title", "")) or builder.first_heading,
        authors=stated_authors([info.get("author", "")]),
        publisher=clean(info.get("company", "")),
        summary=stated_summary(info.get("doccomm", "") or info.get("subject", "")),
        published=iso_date("-".join(f"{part:02}" for part in reader.created)),
    )
    warnings = () if reader.closed else ("The file seems to be cut short; text may be missing.",)
    return builder.extract(metadata, "rtf", warnings=warnings, incomplete=not reader.closed)


class _Reader:
    """Goes through the tokens once, with a stack of what holds in the open groups."""

    def __init__(self) -> None:
        self.paragraphs: list[Paragraph] = []
        self.info: dict[str, str] = {}
        self.created: list[int] = []
        self.closed = False
        self.page = "cp1252"
        self.fonts: dict[int, str] = {}
        self.styles: dict[int, str] = {}
        self.font = self.style = 0
        self.state = _State()
        self.stack: list[_State] = []
        self.flow = _Flow(_Form(), [])
        self.outer: list[tuple[int, _Flow, list[Paragraph]]] = []
        self.pending: list[Paragraph] = []
        self.notes = 0
        self.row: list[str] = []
        self.table: list[str] = []
        self.starred = False
        self.to_pass = 0
        self.bytes = bytearray()

    def run(self, data: bytes) -> None:
        for token in tokens(data):
            self._take(token)
            if self.closed:
                break
        self._say_bytes()
        while self.outer:
            self._end_aside()
        self._end_paragraph()
        self._end_row()

    def _take(self, token: Token) -> None:
        if token.kind == "bytes":
            self._bytes(token.data)
            return
        self._say_bytes()
        if token.kind == "open":
            if len(self.stack) >= DEEPEST:
                raise Broken("The file is nested too deeply to be read.", hint="Save it again.")
            self.stack.append(replace(self.state))
            self.to_pass = self.style = 0
        elif token.kind == "close":
            self._close()
        elif token.kind == "sign":
            self._sign(token.word)
        else:
            self._word(token.word, token.number)

    def _close(self) -> None:
        self.to_pass = 0
        while self.outer and self.outer[-1][0] >= len(self.stack):
            self._end_aside()
        if self.stack:
            self.state = self.stack.pop()
        self.closed = not self.stack

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self.starred = True
        elif sign in "\r\n":
            self._word("par", None)
        elif sign in "\\{}":
            self._say(sign)
        elif sign in _CHARACTERS:
            self._say(_CHARACTERS[sign])

    def _word(self, word: str, number: int | None) -> None:
        starred, self.starred = self.starred, False
        if not self.state.target:
            return
        if word in _SKIPPED or (starred and word not in _KEPT):
            # A list item's own mark is not among its words, but tells what it is.
            self.flow.form.listed = self.flow.form.listed or word in ("listtext", "pntext")
            self.state.target = ""
        elif word in _TABLES or (word in _INFO and self.state.target in ("info", *_INFO)):
            self.state.target = word
        elif word in ("footnote", "shptxt") and self.state.target == "text":
            self._begin_aside(is_note=word == "footnote")
        elif word == "u":
            self._unicode(number or 0)
        elif word in _CHARACTERS:
            self._say(_CHARACTERS[word])
        elif self.state.target == "creatim" and word in ("yr", "mo", "dy"):
            self.created.append(number or 0)
        elif word in _ACTIONS:
            _ACTIONS[word](self, number)

    def _bytes(self, data: bytes) -> None:
        if self.to_pass:
            passed = min(self.to_pass, len(data))
            self.to_pass -= passed
            data = data[passed:]
        if self.state.target:
            self.bytes += data

    def _say_bytes(self) -> None:
        """Decode what was gathered: a character may be made of two bytes, each a token."""
        if self.bytes:
            words = self.bytes.decode(self.state.font or self.page, "replace")
            self.bytes.clear()
            self._say(words)

    def _unicode(self, number: int) -> None:
        code = number % _UNICODE_LIMIT
        self._say(chr(code))
        self.to_pass = self.state.skip

    def _say(self, words: str) -> None:
        target = self.state.target
        if target == "text":
            if self.state.hidden:
                return
            if self.state.raised:
                words = raised(words, after="".join(self.flow.parts[-3:]))
            self.flow.bold = self.flow.bold and (self.state.bold or not words.strip())
            self.flow.parts.append(words)
        elif target in _INFO:
            self.info[target] = (self.info.get(target, "") + words)[:LONGEST_TEXT]
        elif target == "stylesheet":
            self.styles[self.style] = (self.styles.get(self.style, "") + words)[:LONGEST_TEXT]

    def _begin_aside(self, *, is_note: bool) -> None:
        """Begin a note or a text box: it follows the paragraph that it stands in."""
        self.notes += is_note
        mark = [f"[^{self.notes}]"] if is_note else []
        self.flow.parts += mark
        self.outer.append((len(self.stack), self.flow, self.paragraphs))
        self.paragraphs = []
        self.flow = _Flow(_Form(), [*mark, " "])

    def _end_aside(self) -> None:
        self._end_paragraph()
        _, self.flow, outer = self.outer.pop()
        self.pending += self.paragraphs
        self.paragraphs = outer

    def _end_paragraph(self) -> None:
        form, text, bold = self.flow.form, _joined(self.flow.parts), self.flow.bold
        self.flow.parts, self.flow.bold = [], True
        if form.in_table and not self.outer:
            self.row.append(text)
            return
        if not self.outer:
            self._end_row()
        self.paragraphs.append(self._paragraph(form, text, bold=bold))
        if not self.outer:
            self.paragraphs += self.pending
            self.pending = []

    def _paragraph(self, form: _Form, text: str, *, bold: bool) -> Paragraph:
        name = self.styles.get(form.style, "").strip().rstrip(";").lower()
        heading = _HEADING_NAME.match(name)
        if name.startswith("toc "):
            # A table of contents repeats the headings.
            return Paragraph("paragraph", "")
        level = form.level or (int(heading.group(1)) if heading else int(name == "title"))
        if level:
            return Paragraph("heading", text, level)
        if name == "caption":
            return Paragraph("caption", text)
        if form.listed:
            return Paragraph("list_item", text, form.depth + 1)
        return Paragraph(running_kind(text), text, bold=bold)

    def _end_cell(self, _number: int | None) -> None:
        self.flow.form.in_table = True
        self._end_paragraph()
        self.table.append(clean(" ".join(self.row)))
        self.row = []

    def _end_row(self) -> None:
        cells = [*self.table, *filter(None, [clean(" ".join(self.row))])]
        self.table, self.row = [], []
        if len(cells) == 1:
            self.paragraphs.append(Paragraph(running_kind(cells[0]), cells[0]))
        elif any(cells):
            self.paragraphs.append(Paragraph("table_row", " | ".join(cells)))
        if cells and not self.outer:
            self.paragraphs += self.pending
            self.pending = []

    def _row(self, number: int | None) -> None:
        if "".join(self.flow.parts).strip():
            self._end_cell(number)
        self._end_row()

    def _new_paragraph(self, _number: int | None) -> None:
        if self.state.target == "text":
            self.flow.form = _Form()

    def _set_style(self, number: int | None) -> None:
        if self.state.target == "stylesheet":
            self.style = number or 0
        else:
            self.flow.form.style = number or 0

    def _set_font(self, number: int | None) -> None:
        self.font = number or 0
        self.state.font = self.fonts.get(self.font, "")

    def _set_charset(self, number: int | None) -> None:
        self.fonts[self.font] = charset(number)

    def _set_page(self, number: int | None) -> None:
        self.page = code_page(number)

    def _set_list(self, number: int | None) -> None:
        self.flow.form.listed = number != 0

    def _par(self, _number: int | None) -> None:
        if self.state.target == "text":
            self._end_paragraph()

    def _plain(self, _number: int | None) -> None:
        self.state = _State(self.state.target, skip=self.state.skip)

    def _set_super(self, number: int | None) -> None:
        self.state.raised = number != 0


def _joined(parts: list[str]) -> str:
    """Join the pieces; a character beyond the basic plane was given by two halves."""
    text = "".join(parts)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _set_form(name: str, value: Callable[[int | None], object]) -> Callable[..., None]:
    def act(reader: _Reader, number: int | None) -> None:
        # A style's own definition in the stylesheet says nothing of the paragraph.
        if reader.state.target == "text":
            setattr(reader.flow.form, name, value(number))

    return act


def _set_state(name: str, value: Callable[[int | None], object]) -> Callable[..., None]:
    def act(reader: _Reader, number: int | None) -> None:
        setattr(reader.state, name, value(number))

    return act


def _is_on(number: int | None) -> bool:
    return number != 0


_ACTIONS: dict[str, Callable[..., None]] = {
    "par": _Reader._par,
    "sect": _Reader._par,
    "page": _Reader._par,
    "cell": _Reader._end_cell,
    "nestcell": _Reader._end_cell,
    "row": _Reader._row,
    "pard": _Reader._new_paragraph,
    "plain": _Reader._plain,
    "s": _Reader._set_style,
    "f": _Reader._set_font,
    "fcharset": _Reader._set_charset,
    "ansicpg": _Reader._set_page,
    "ls": _Reader._set_list,
    "super": _Reader._set_super,
    "nosupersub": _set_state("raised", lambda _number: False),
    "sub": _set_state("raised", lambda _number: False),
    "b": _set_state("bold", _is_on),
    "v": _set_state("hidden", _is_on),
    "deleted": _set_state("hidden", _is_on),
    "uc": _set_state("skip", lambda number: max(0, min(number or 0, 10))),
    "intbl": _set_form("in_table", _is_on),
    "ilvl": _set_form("depth", lambda number: max(0, min(number or 0, 8))),
    "outlinelevel": _set_form(
        "level", lambda number: (number or 0) + 1 if 0 <= (number or 0) < 9 else 0
    ),
}
