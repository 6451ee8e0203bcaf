"""PDFs of known text by many producers: browsers, office programs, TeX, groff, reportlab, cairo."""

# ruff: noqa: E501  (a document in XML reads better with its lines whole)

from __future__ import annotations

import html
import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

from corpus import shipped
from ingest.read import read_bytes

ARTICLES = ("stairs.md", "cadence.md", "knee-noises.md")
"""Of the shipped library; each has headings, running text, lists and tables."""
RUN_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Part:
    """A block of the text: heading, paragraph, list_item, or table_row with its cells."""

    kind: str
    level: int
    cells: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.cells)


@dataclass(frozen=True, slots=True)
class Made:
    """A PDF with the words that it was made from, in order."""

    name: str
    data: bytes
    words: str


def parts(article: str) -> list[Part]:
    """Return the blocks of a shipped article, without its reference list."""
    path = shipped.ROOT / "articles" / article
    extract = read_bytes(path.read_bytes(), name=path.name)
    found = [Part("heading", 1, (extract.metadata.title,))]
    for block in extract.blocks:
        text = extract.text[block.start : block.end]
        if block.kind != "reference":
            cells = tuple(text.split(" | ")) if block.kind == "table_row" else (text,)
            found.append(Part(block.kind, block.level + (block.kind == "heading"), cells))
    return found


def make_all(note: Callable[[str], None]) -> Iterator[Made]:
    """Make every PDF that the programs on this machine can make; tell which are missing."""
    texts = [parts(article) for article in ARTICLES]
    for name, tool, make in _MAKERS:
        if tool and shutil.which(tool) is None:
            note(f"{name}: {tool} is not installed, left out")
            continue
        for number, text in enumerate(texts[:1] if tool == "soffice" else texts[:2]):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    data = make(Path(folder), text)
                except (OSError, subprocess.SubprocessError) as error:
                    note(f"{name}: could not be made ({type(error).__name__}), left out")
                    break
            yield Made(f"{name}-{number + 1}", data, "\n".join(part.text for part in text))


def _run(folder: Path, *command: str, stdin: bytes = b"") -> bytes:
    done = subprocess.run(
        command, cwd=folder, input=stdin, capture_output=True, timeout=RUN_SECONDS, check=True
    )
    return done.stdout


# -- HTML, and what prints it


def _html(text: Sequence[Part], css: str = "") -> str:
    out = []
    for kind, group in groupby(text, key=lambda part: part.kind):
        rows = list(group)
        if kind == "list_item":
            items = "".join(f"<li>{html.escape(row.text)}</li>" for row in rows)
            out.append(f"<ul>{items}</ul>")
        elif kind == "table_row":
            cells = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row.cells) for row in rows]
            out.append("<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>")
        else:
            for row in rows:
                tag = f"h{min(row.level, 4)}" if kind == "heading" else "p"
                out.append(f"<{tag}>{html.escape(row.text)}</{tag}>")
    style = "td{padding:2pt 8pt;vertical-align:top}" + css
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(text[0].text)}</title>'
        f"<style>{style}</style><body>{''.join(out)}</body></html>"
    )


def _chromium(
    folder: Path,
    text: Sequence[Part],
    *,
    css: str = "",
    landscape: bool = False,
    edges: bool = False,
) -> bytes:
    from playwright.sync_api import sync_playwright

    path = folder / "page.html"
    path.write_text(_html(text, css), "utf-8")
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(path.as_uri())
        data: bytes = page.pdf(
            format="A4",
            landscape=landscape,
            display_header_footer=edges,
            margin=dict.fromkeys(("top", "bottom", "left", "right"), "20mm"),
        )
        browser.close()
    return data


def _wkhtml(folder: Path, text: Sequence[Part]) -> bytes:
    (folder / "page.html").write_text(_html(text), "utf-8")
    _run(folder, "wkhtmltopdf", "-q", "page.html", "out.pdf")
    return (folder / "out.pdf").read_bytes()


def _office(folder: Path, text: Sequence[Part], *, over: str = "") -> bytes:
    """Print HTML from LibreOffice, or first save it as DOCX or ODT and print that."""
    (folder / "page.html").write_text(_html(text), "utf-8")
    office = ("soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless")
    name = "page.html"
    if over:
        filters = {"docx": "docx:MS Word 2007 XML", "odt": "odt:writer8"}
        _run(folder, *office, "--infilter=HTML (StarWriter)", "--convert-to", filters[over], name)
        name = f"page.{over}"
    _run(folder, *office, "--convert-to", "pdf", name)
    return (folder / "page.pdf").read_bytes()


_FODT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
 office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text">
<office:automatic-styles><style:page-layout style:name="two"><style:page-layout-properties
 fo:page-width="21cm" fo:page-height="29.7cm" fo:margin-top="2cm" fo:margin-bottom="2cm" fo:margin-left="2cm" fo:margin-right="2cm">
<style:columns fo:column-count="2" fo:column-gap="0.8cm"/></style:page-layout-properties>
<style:header-style><style:header-footer-properties fo:min-height="0.6cm" fo:margin-bottom="0.5cm"/></style:header-style>
</style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="two">
<style:header><text:p>A header in LibreOffice</text:p></style:header></style:master-page></office:master-styles>
<office:body><office:text>%s</office:text></office:body></office:document>"""


def _office_columns(folder: Path, text: Sequence[Part]) -> bytes:
    body = []
    for part in text:
        words = html.escape(part.text)
        if part.kind == "heading":
            body.append(f'<text:h text:outline-level="{part.level}">{words}</text:h>')
        else:
            body.append(f"<text:p>{words}</text:p><text:p/>")
    (folder / "page.fodt").write_text(_FODT % "".join(body), "utf-8")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    _run(folder, "soffice", profile, "--headless", "--convert-to", "pdf", "page.fodt")
    return (folder / "page.pdf").read_bytes()


# -- TeX and troff

_TEX_MARKS = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_{}"} | {"’": "'", "“": "``", "”": "''", "–": "--", "°": "$^\\circ$"}
)


def _latex(folder: Path, text: Sequence[Part], *, options: str = "", more: str = "") -> bytes:
    out = [
        f"\\documentclass[{options}]{{article}}\\usepackage[utf8]{{inputenc}}{more}\\begin{{document}}"
    ]
    for kind, group in groupby(text, key=lambda part: part.kind):
        rows = [(row, [cell.translate(_TEX_MARKS) for cell in row.cells]) for row in group]
        if kind == "list_item":
            items = "\n".join(f"\\item {cells[0]}" for _, cells in rows)
            out.append(f"\\begin{{itemize}}{items}\\end{{itemize}}")
        elif kind == "table_row":
            width = max(len(cells) for _, cells in rows)
            lines = "\\\\\n".join(" & ".join(cells) for _, cells in rows)
            share = 0.8 / width
            columns = f"p{{{share:.2f}\\linewidth}}" * width
            out.append(f"\n\\noindent\\begin{{tabular}}{{{columns}}}{lines}\\end{{tabular}}\n")
        else:
            for row, cells in rows:
                name = {1: "section*", 2: "subsection*"}.get(row.level, "subsubsection*")
                out.append(f"\\{name}{{{cells[0]}}}" if kind == "heading" else f"\n{cells[0]}\n")
    (folder / "page.tex").write_text("\n".join(out) + "\n\\end{document}\n", "utf-8")
    subprocess.run(
        ["pdflatex", "-interaction=batchmode", "page.tex"],
        cwd=folder, capture_output=True, timeout=RUN_SECONDS, check=False,
    )  # fmt: skip
    return (folder / "page.pdf").read_bytes()


def _groff(folder: Path, text: Sequence[Part], *, columns: int = 1, device: str = "pdf") -> bytes:
    out = [".nr PO 2.5c", ".2C" if columns == 2 else ".1C"]
    for part in text:
        words = part.text.replace("\\", "\\e")
        lead = {"heading": ".SH", "list_item": ".IP \\(bu 2"}.get(part.kind, ".LP")
        out += [lead, "\\&" + words if words[0] in ".'" else words]
    source = ("\n".join(out) + "\n").encode()
    made = _run(folder, "groff", "-ms", "-k", "-Kutf8", f"-T{device}", stdin=source)
    return made if device == "pdf" else _distilled(folder, made)


def _distilled(folder: Path, data: bytes) -> bytes:
    (folder / "in.ps").write_bytes(data)
    _run(
        folder,
        "gs",
        "-q",
        "-sDEVICE=pdfwrite",
        "-dNOPAUSE",
        "-dBATCH",
        "-sOutputFile=gs.pdf",
        "in.ps",
    )
    return (folder / "gs.pdf").read_bytes()


def _latex_distilled(folder: Path, text: Sequence[Part]) -> bytes:
    return _distilled(folder, _latex(folder, text, options="twocolumn"))


# -- reportlab and cairo


def _reportlab(
    folder: Path,
    text: Sequence[Part],
    *,
    columns: int = 1,
    landscape: bool = False,
    edges: bool = False,
    locked: bool = False,
    justified: bool = False,
) -> bytes:
    from reportlab.lib import pagesizes
    from reportlab.lib.enums import TA_JUSTIFY
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Table
    from reportlab.platypus.flowables import Flowable

    size = pagesizes.landscape(pagesizes.A4) if landscape else pagesizes.A4
    styles = getSampleStyleSheet()
    if justified:
        styles["BodyText"].alignment = TA_JUSTIFY
    story: list[Flowable] = []
    for kind, group in groupby(text, key=lambda part: part.kind):
        rows = list(group)
        if kind == "table_row" and columns == 1:
            width = max(len(row.cells) for row in rows)
            cells = [
                [Paragraph(html.escape(cell), styles["BodyText"]) for cell in row.cells]
                + [""] * (width - len(row.cells))
                for row in rows
            ]
            story.append(Table(cells, colWidths=[440 / width] * width))
            continue
        for row in rows:
            style = (
                styles[f"Heading{min(row.level, 3)}"] if kind == "heading" else styles["BodyText"]
            )
            bullet = "•" if kind == "list_item" else None
            story.append(Paragraph(html.escape(row.text), style, bulletText=bullet))

    def furnish(canvas: object, document: object) -> None:
        if edges:
            canvas.drawString(72, size[1] - 40, "A header on every page")  # type: ignore[attr-defined]
            canvas.drawString(72, 30, f"Page {canvas.getPageNumber()}")  # type: ignore[attr-defined]

    wide = (size[0] - 144 - 20 * (columns - 1)) / columns
    frames = [
        Frame(72 + n * (wide + 20), 60, wide, size[1] - 120, id=str(n)) for n in range(columns)
    ]
    out = io.BytesIO()
    document = BaseDocTemplate(
        out, pagesize=size, title=text[0].text, encrypt="" if locked else None
    )
    document.addPageTemplates(PageTemplate(frames=frames, onPage=furnish))
    document.build(story)
    return out.getvalue()


def _rotated(folder: Path, text: Sequence[Part]) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(_reportlab(folder, text))))
    for page in writer.pages:
        page.rotate(90)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _cairo(folder: Path, text: Sequence[Part]) -> bytes:
    """Draw lines of text with cairo: a picture of vectors with no structure at all."""
    lines: list[str] = []
    for part in text:
        line = ""
        for word in part.text.split():
            if len(line) + len(word) > 80:
                lines.append(line)
                line = ""
            line += f" {word}" if line else word
        lines += [line, ""]
    drawn = "".join(
        f'<text x="50" y="{60 + 14 * n}">{html.escape(line)}</text>' for n, line in enumerate(lines)
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="{100 + 14 * len(lines)}"'
        f' font-family="serif" font-size="11">{drawn}</svg>'
    )
    return _run(folder, "rsvg-convert", "-f", "pdf", stdin=svg.encode())


_COLUMNS = "body{columns:2;column-gap:9mm;font:10pt serif}"
_HYPHENS = "body{columns:3;column-gap:6mm;font:10pt/1.3 serif;hyphens:auto;text-align:justify}"
_MAKERS: tuple[tuple[str, str, Callable[[Path, Sequence[Part]], bytes]], ...] = (
    ("chromium", "chromium", _chromium),
    ("chromium-columns", "chromium", partial(_chromium, css=_COLUMNS)),
    ("chromium-hyphens", "chromium", partial(_chromium, css=_HYPHENS)),
    ("chromium-landscape", "chromium", partial(_chromium, landscape=True)),
    ("chromium-header", "chromium", partial(_chromium, edges=True)),
    ("qt-webkit", "wkhtmltopdf", _wkhtml),
    ("libreoffice-html", "soffice", _office),
    ("libreoffice-docx", "soffice", partial(_office, over="docx")),
    ("libreoffice-odt", "soffice", partial(_office, over="odt")),
    ("libreoffice-columns", "soffice", _office_columns),
    ("latex", "pdflatex", partial(_latex, options="11pt")),
    ("latex-columns", "pdflatex", partial(_latex, options="twocolumn")),
    ("latex-landscape", "pdflatex", partial(_latex, options="landscape,a4paper")),
    ("latex-columns-distilled", "gs", _latex_distilled),
    ("groff", "groff", _groff),
    ("groff-columns", "groff", partial(_groff, columns=2)),
    ("groff-distilled", "gs", partial(_groff, device="ps")),
    ("reportlab", "", _reportlab),
    ("reportlab-columns", "", partial(_reportlab, columns=2)),
    ("reportlab-landscape", "", partial(_reportlab, landscape=True, columns=3)),
    ("reportlab-header", "", partial(_reportlab, edges=True, justified=True)),
    ("reportlab-locked", "", partial(_reportlab, locked=True)),
    ("reportlab-rotated", "", _rotated),
    ("cairo", "rsvg-convert", _cairo),
)
