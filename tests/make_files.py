"""Makes the small PDF files that the tests of reading use: ``python -m tests.make_files``.

``python -m tests.make_files office`` makes leaflet.docx, .odt and .rtf anew from leaflet.fodt, by
LibreOffice. slides.pptx was made once by python-pptx from its own template, and is kept as it is.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    ListFlowable,
    ListItem,
    PageBreak,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

STYLES = getSampleStyleSheet()
BODY, H1, H2 = STYLES["BodyText"], STYLES["Title"], STYLES["Heading2"]
LONG = (
    "Runner's knee is pain around or behind the kneecap, which runners feel on stairs and hills. "
    "The pain often eases when the load on the knee is lowered for some weeks. "
)


def _decorate(canvas: Canvas, doc: BaseDocTemplate) -> None:
    canvas.saveState()
    canvas.setFont("Helvetica", 8)
    canvas.drawString(50, 810, "Trust Health: knee pain leaflet")
    canvas.drawString(280, 30, f"Page {doc.page} of 3")
    canvas.restoreState()


def leaflet() -> bytes:
    """Three pages: headings, paragraphs, list, table, caption, header and footer."""
    out = io.BytesIO()
    doc = SimpleDocTemplate(
        out, pagesize=A4, title="Knee pain in runners", author="Jane Doe", lang="en-GB", invariant=1
    )
    grid = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    story = [
        Paragraph("Knee pain in runners", H1),
        Paragraph("What it is", H2),
        Paragraph(LONG * 2, BODY),
        Paragraph("A second paragraph stands here, and it is about stairs.", BODY),
        Paragraph("What helps", H2),
        Paragraph("Try these things:", BODY),
        ListFlowable(
            [
                ListItem(Paragraph("Rest from hills for two weeks.", BODY)),
                ListItem(Paragraph(LONG.strip(), BODY)),
                ListItem(Paragraph("Use ice for ten minutes.", BODY)),
            ],
            bulletType="bullet",
        ),
        Paragraph("A plan", H2),
        Table([["Week", "Sets", "Rest"], ["1", "3", "2 days"], ["2", "4", "1 day"]], style=grid),
        Paragraph("Table 1. A plan of two weeks.", BODY),
        PageBreak(),
        Paragraph("When to get help", H2),
        *[Paragraph(LONG * 3, BODY) for _ in range(8)],
        Paragraph(
            "This paragraph begins on the second page and runs over to the third page and so on "
            * 30
            + "it ends there.",
            BODY,
        ),
        Paragraph("The last paragraph is short.", BODY),
        Spacer(1, 6),
    ]
    doc.build(story, onFirstPage=_decorate, onLaterPages=_decorate)
    return out.getvalue()


def two_columns(*, by_row: bool = False) -> bytes:
    """One page of two columns; ``by_row`` draws line by line across both, as some tools do."""
    left = [f"Left line {n} tells about the kneecap and its" for n in range(1, 13)]
    right = [f"Right line {n} tells about the thigh and its" for n in range(1, 13)]
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(60, 780, "A heading that runs over both of the columns")
    canvas.setFont("Helvetica", 10)
    drawn = [(60, n, words) for n, words in enumerate(left)]
    drawn += [(320, n, words) for n, words in enumerate(right)]
    if by_row:
        drawn.sort(key=lambda item: (item[1], item[0]))
    for x, n, words in drawn:
        canvas.drawString(x, 750 - 13 * n, words)
    canvas.save()
    return out.getvalue()


def flowing_columns() -> bytes:
    """Two columns as a page layout program makes them, with a heading in the second."""
    out = io.BytesIO()
    doc = BaseDocTemplate(out, pagesize=A4, invariant=1)
    frames = [Frame(50, 400, 240, 380), Frame(310, 400, 240, 380)]
    doc.addPageTemplates([PageTemplate(frames=frames)])
    doc.build(
        [
            Paragraph("Stairs", H2),
            *[Paragraph(LONG * 3, BODY) for _ in range(4)],
            Paragraph("Hills", H2),
            *[Paragraph(LONG * 2, BODY) for _ in range(2)],
        ]
    )
    return out.getvalue()


def hyphens() -> bytes:
    """Words cut at line ends, ligatures, and a hyphen that is the word's own."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica", 11)
    lines = [
        "Pain around the knee is com-",
        "mon in runners, and a long-",
        "Standing habit of the well-known kind; non-",
        "2020 rules differ.",
    ]
    for n, line in enumerate(lines):
        canvas.drawString(72, 760 - 14 * n, line)
    canvas.save()
    return out.getvalue()


def scanned(*, text_pages: tuple[int, ...] = (), pages: int = 5) -> bytes:
    """Pages with a drawing and no text, but for ``text_pages``."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for page in range(1, pages + 1):
        canvas.rect(100, 100, 200, 300, fill=1)
        if page in text_pages:
            canvas.drawString(72, 760, f"Page {page} has a line of text about the kneecap.")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def encrypted(*, user_password: str) -> bytes:
    """A page behind a password, or behind an empty one as many publishers do."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(hyphens())))
    writer.encrypt(user_password, "owner", algorithm="AES-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def office(folder: Path) -> None:
    """Save the leaflet in each kind of word processor's file, as LibreOffice writes them."""
    for kind in ("docx", "odt", "rtf"):
        with tempfile.TemporaryDirectory() as made:
            source = folder / "leaflet.fodt"
            subprocess.run(
                ["soffice", "--headless", "--convert-to", kind, "--outdir", made, source],
                check=True,
            )
            shutil.copy(Path(made, f"leaflet.{kind}"), folder)


def main() -> None:
    folder = Path(__file__).parent / "files"
    folder.mkdir(exist_ok=True)
    if sys.argv[1:] == ["office"]:
        office(folder)
        return
    made = {
        "leaflet.pdf": leaflet(),
        "columns.pdf": flowing_columns(),
        "columns-by-row.pdf": two_columns(by_row=True),
        "hyphens.pdf": hyphens(),
        "scanned.pdf": scanned(),
        "locked.pdf": encrypted(user_password="secret"),
    }
    for name, data in made.items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
