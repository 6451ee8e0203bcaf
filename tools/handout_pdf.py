"""The PDF handout: title block, figure, tables, a page in two columns, running head and foot."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from datetime import datetime, time, timezone
from xml.sax.saxutils import escape

from handout_source import AUTHOR, NOT_REVIEWED, Section, Text, cells, runs
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

INK, TEAL, PALE, RULE = (HexColor(c) for c in ("#1d2b2f", "#0b5563", "#e6f0f1", "#b5c9cc"))
WARM, RED = HexColor("#fbeae5"), HexColor("#9b2c1a")
WIDTH, HEIGHT = A4
MARGIN = 20 * mm
TOP, BOTTOM = 26 * mm, 22 * mm
BAND = 62 * mm
"""The height of the coloured title block."""

# The section at which a page begins, and the page's layout.
TURNS = {
    "What sets it off": "plain",
    "The plan that most guides agree on": "plain",
    "Your first month": "columns",
    "Go to an emergency department now": "plain",
}
NEW_COLUMN = "How much pain is fine?"
ALARMS = ("Go to an emergency department now", "Be seen today")


def _style(name: str, **fields: object) -> ParagraphStyle:
    base = {"fontName": "Helvetica", "fontSize": 11.5, "leading": 17, "textColor": INK}
    return ParagraphStyle(name, **{**base, "alignment": TA_LEFT, "spaceAfter": 7, **fields})


BODY = _style("body")
ITEM = _style("item", leftIndent=12, bulletIndent=1, spaceAfter=3)
H2 = _style(
    "h2",
    fontName="Helvetica-Bold",
    fontSize=16,
    leading=20,
    textColor=TEAL,
    spaceBefore=14,
    keepWithNext=1,
)
H3 = _style(
    "h3", fontName="Helvetica-Bold", fontSize=12, spaceBefore=6, spaceAfter=1, keepWithNext=1
)
CAPTION = _style("caption", fontName="Helvetica-Oblique", fontSize=9.5, leading=13, spaceBefore=4)
CELL = _style("cell", fontSize=10.5, leading=14, spaceAfter=0)
HEAD = _style("head", fontName="Helvetica-Bold", fontSize=10.5, leading=14, textColor=white)
SMALL = _style("small", fontSize=8.6, leading=11, leftIndent=20, spaceAfter=2.6, bulletFontSize=8.6)


class Handout(BaseDocTemplate):
    """Notes each heading in the outline, so that readers can jump to it."""

    def afterFlowable(self, flowable: Flowable) -> None:
        style = getattr(flowable, "style", None)
        if isinstance(flowable, Paragraph) and style in (H2, H3):
            words = flowable.getPlainText()
            self.canv.bookmarkPage(words)
            self.canv.addOutlineEntry(words, words, level=0 if style is H2 else 1)


def make_pdf(text: Text) -> bytes:
    """Return the handout as PDF; the same text gives the same bytes."""
    out = io.BytesIO()
    document = Handout(
        out,
        pagesize=A4,
        title=text.title,
        author=AUTHOR,
        subject=text.summary,
        creator="Patella",
        keywords="runner's knee, patellofemoral pain, handout",
        invariant=1,
        lang="en-GB",
    )
    document.addPageTemplates(_templates(text))
    noon = datetime.combine(text.published, time(12), tzinfo=timezone.utc)  # noqa: UP017
    before = os.environ.get("SOURCE_DATE_EPOCH")
    # the only way to tell reportlab which date to write
    os.environ["SOURCE_DATE_EPOCH"] = str(int(noon.timestamp()))
    try:
        document.build(_story(text))
    finally:
        os.environ.pop("SOURCE_DATE_EPOCH")
        if before is not None:
            os.environ["SOURCE_DATE_EPOCH"] = before
    return out.getvalue()


def _templates(text: Text) -> list[PageTemplate]:
    wide, tall = WIDTH - 2 * MARGIN, HEIGHT - TOP - BOTTOM
    gap = 9 * mm
    half = (wide - gap) / 2
    bare = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
    cover = Frame(MARGIN, BOTTOM, wide, HEIGHT - BAND - BOTTOM - 8 * mm, **bare)
    columns = [Frame(MARGIN + left, BOTTOM, half, tall, **bare) for left in (0.0, half + gap)]

    def first(canvas: Canvas, document: BaseDocTemplate) -> None:
        canvas.addPageLabel(0, prefix="Cover")
        canvas.addPageLabel(1, style="ARABIC", start=1)
        _title_block(canvas, text)
        _foot(canvas, text, "")

    def later(canvas: Canvas, document: BaseDocTemplate) -> None:
        _running_head(canvas, text)
        _foot(canvas, text, f"Page {document.page - 1}")

    def later_columns(canvas: Canvas, document: BaseDocTemplate) -> None:
        later(canvas, document)
        canvas.setStrokeColor(RULE)
        canvas.line(WIDTH / 2, BOTTOM, WIDTH / 2, HEIGHT - TOP)

    plain = Frame(MARGIN, BOTTOM, wide, tall, **bare)
    return [
        PageTemplate("cover", [cover], onPage=first),
        PageTemplate("plain", [plain], onPage=later),
        PageTemplate("columns", columns, onPage=later_columns),
    ]


def _title_block(canvas: Canvas, text: Text) -> None:
    canvas.setFillColor(TEAL)
    canvas.rect(0, HEIGHT - BAND, WIDTH, BAND, stroke=0, fill=1)
    name, _, subtitle = text.title.partition(": ")
    canvas.setFillColor(white)
    canvas.setFont("Helvetica-Bold", 34)
    canvas.drawString(MARGIN, HEIGHT - 29 * mm, name + ":")
    canvas.setFont("Helvetica", 19)
    canvas.drawString(MARGIN, HEIGHT - 39 * mm, subtitle)
    canvas.setFont("Helvetica", 10)
    canvas.drawString(MARGIN, HEIGHT - 50 * mm, text.summary)


def _running_head(canvas: Canvas, text: Text) -> None:
    canvas.setFillColor(TEAL)
    canvas.setFont("Helvetica", 8.5)
    canvas.drawString(MARGIN, HEIGHT - 15 * mm, text.title)
    canvas.drawRightString(WIDTH - MARGIN, HEIGHT - 15 * mm, "Patella")
    canvas.setStrokeColor(RULE)
    canvas.line(MARGIN, HEIGHT - 18 * mm, WIDTH - MARGIN, HEIGHT - 18 * mm)


def _foot(canvas: Canvas, text: Text, page: str) -> None:
    canvas.setStrokeColor(RULE)
    canvas.line(MARGIN, 16 * mm, WIDTH - MARGIN, 16 * mm)
    canvas.setFillColor(INK)
    canvas.setFont("Helvetica", 8)
    when = f"{text.published:%B %Y}"
    canvas.drawString(MARGIN, 11 * mm, f"Written by the {AUTHOR}, {when}. {NOT_REVIEWED}")
    canvas.drawRightString(WIDTH - MARGIN, 11 * mm, page)


def _story(text: Text) -> list[Flowable]:
    story: list[Flowable] = []
    for section in text.sections:
        if section.heading in TURNS:
            story += [NextPageTemplate(TURNS[section.heading]), PageBreak()]
        if section.heading == NEW_COLUMN:
            story.append(FrameBreak())
        story += _section(section)
    story += [NextPageTemplate("plain"), PageBreak(), Paragraph("References", H2)]
    story += [
        Paragraph(escape(line), SMALL, bulletText=f"{number}.")
        for number, line in enumerate(text.references, start=1)
    ]
    return story


def _section(section: Section) -> list[Flowable]:
    flowables: list[Flowable] = [
        Paragraph(escape(section.heading), H2 if section.level == 2 else H3)
    ]
    for kind, parts in runs(section.parts):
        if kind == "table_row":
            caption = flowables.pop()
            flowables.append(KeepTogether([caption, _table([cells(part) for part in parts])]))
        elif parts[0].text == "knee":
            flowables.append(KeepTogether([KneeFigure(), Paragraph(FIGURE_CAPTION, CAPTION)]))
        else:
            bullet = "•" if kind == "list_item" else None
            style = ITEM if bullet else CAPTION if parts[0].text.startswith("Table ") else BODY
            flowables += [Paragraph(escape(part.text), style, bulletText=bullet) for part in parts]
    if section.heading in ALARMS:
        return [_box(flowables), Spacer(1, 4 * mm)]
    return flowables


def _table(rows: list[list[str]]) -> Table:
    wide = WIDTH - 2 * MARGIN
    shares = (0.34, 0.38, 0.28) if len(rows[0]) == 3 else (0.33, 0.67)
    body = [[Paragraph(escape(cell), CELL) for cell in row] for row in rows[1:]]
    head = [Paragraph(escape(cell), HEAD) for cell in rows[0]]
    table = Table([head, *body], colWidths=[wide * share for share in shares], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), TEAL),
                ("ROWBACKGROUNDS", (0, 1), (-1, -1), (white, PALE)),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
            ]
        )
    )
    table.spaceAfter = 4 * mm
    return table


def _box(flowables: list[Flowable]) -> Table:
    """Return the pieces in a coloured box with a bar at its left: what cannot wait."""
    box = Table([[piece] for piece in flowables], colWidths=[WIDTH - 2 * MARGIN])
    box.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), WARM),
                ("LINEBEFORE", (0, 0), (0, -1), 3, RED),
                ("LEFTPADDING", (0, 0), (-1, -1), 12),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
                ("TOPPADDING", (0, 0), (0, 0), 7),
                ("BOTTOMPADDING", (0, -1), (0, -1), 7),
            ]
        )
    )
    return box


FIGURE_CAPTION = (
    "Figure 1. A bent knee from the side. The kneecap slides in a groove at the end of the thigh "
    "bone, and the more the knee bends under load, the harder the two are pressed together."
)


class KneeFigure(Flowable):
    """A bent knee from the side, drawn with lines: bones, kneecap, tendons, and their names."""

    def wrap(self, *_: float) -> tuple[float, float]:
        self.width, self.height = WIDTH - 2 * MARGIN, 70 * mm
        return self.width, self.height

    def draw(self) -> None:
        canvas = self.canv
        canvas.saveState()
        canvas.setFillColor(PALE)
        canvas.roundRect(0, 0, self.width, self.height, 6, stroke=0, fill=1)
        canvas.translate(self.width * 0.46, 5 * mm)
        canvas.setLineCap(1)
        canvas.setLineJoin(1)
        _bones(canvas)
        _soft_parts(canvas)
        _names(canvas)
        canvas.restoreState()


def _shape(
    canvas: Canvas, points: Sequence[tuple[float, ...]], fill: Color | None, edge: Color
) -> None:
    """Draw a path in millimetres: a point of two numbers is a line to it, of six a curve."""
    path = canvas.beginPath()
    path.moveTo(*(n * mm for n in points[0]))
    for point in points[1:]:
        step = path.lineTo if len(point) == 2 else path.curveTo
        step(*(n * mm for n in point))
    canvas.setStrokeColor(edge)
    if fill:
        path.close()
        canvas.setFillColor(fill)
    canvas.drawPath(path, stroke=1, fill=1 if fill else 0)


BONE, EDGE = HexColor("#fdf8ec"), HexColor("#8a7a55")
MUSCLE, TENDON = HexColor("#c9705d"), HexColor("#d9c7a0")


def _bones(canvas: Canvas) -> None:
    canvas.setLineWidth(1)
    thigh: list[tuple[float, ...]] = [
        (-52, 46),
        (-20, 44.5),
        (-12, 44, -7, 48, -1, 48),
        (8, 48, 12, 41, 11, 34),
    ]
    thigh += [(10, 27, 2, 23, -5, 25), (-11, 27, -13, 33, -18, 35), (-52, 37)]
    _shape(canvas, thigh, BONE, EDGE)
    shin: list[tuple[float, ...]] = [
        (-10, 21),
        (-3, 23, 7, 22, 13, 24),
        (16, 22, 14, 16, 12, 12),
        (10, 1),
    ]
    shin += [(0, 1), (-2, 10), (-3, 15, -10, 16, -10, 21)]
    _shape(canvas, shin, BONE, EDGE)
    _shape(canvas, [(15, 45), (20, 43, 22, 35, 18.5, 31), (14, 32, 13, 41, 15, 45)], BONE, EDGE)


def _soft_parts(canvas: Canvas) -> None:
    muscle: list[tuple[float, ...]] = [
        (-52, 51),
        (-30, 58, -10, 57, 4, 52),
        (9, 51, 13, 48, 16.5, 44.8),
        (15, 45),
    ]
    muscle += [(11, 49, 3, 50.5, -3, 50), (-14, 49, -30, 47.5, -52, 47.5)]
    canvas.setLineWidth(0.6)
    _shape(canvas, muscle, MUSCLE, MUSCLE)
    canvas.setLineWidth(4.5)
    _shape(canvas, [(18.3, 31.5), (17.5, 26, 16, 21, 13.4, 17)], None, TENDON)
    canvas.setLineWidth(2.2)
    # the smooth lining where kneecap and thigh bone touch
    _shape(canvas, [(9.6, 43.2), (11.8, 40, 11.9, 35, 10.6, 31)], None, TEAL)
    _shape(canvas, [(14.2, 42.5), (13.3, 39, 14, 35, 16, 32.5)], None, TEAL)


def _names(canvas: Canvas) -> None:
    names = (
        ("thigh muscle (quadriceps)", -24, 53.5, -60, 59),
        ("thigh bone (femur)", -38, 41, -60, 30),
        ("smooth lining (cartilage)", 10.2, 32, -60, 22),
        ("kneecap (patella)", 19.5, 39, 34, 44),
        ("kneecap tendon", 16.6, 23.5, 34, 28),
        ("shin bone (tibia)", 7, 10, 34, 12),
    )
    canvas.setFont("Helvetica", 9)
    canvas.setLineWidth(0.5)
    for words, x, y, word_x, word_y in names:
        canvas.setStrokeColor(INK)
        canvas.setFillColor(INK)
        wide = canvas.stringWidth(words, "Helvetica", 9) / mm
        edge = word_x - 1.5 if word_x > x else word_x + wide + 1.5
        canvas.line(x * mm, y * mm, edge * mm, (word_y + 1) * mm)
        canvas.circle(x * mm, y * mm, 0.7 * mm, stroke=0, fill=1)
        canvas.drawString(word_x * mm, word_y * mm, words)
