"""The DOCX leaflet and the EPUB booklet: archives of a few XML files, written by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

from handout_source import AUTHOR, NOT_REVIEWED, Text, cells, runs
from handout_web import blocks, heading

from corpus.article import Part

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def _archive(text: Text, files: Mapping[str, str], *, stored: tuple[str, ...] = ()) -> bytes:
    """Return a ZIP archive of ``files`` in their order, all dated as the text is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            day = text.published
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 12, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content.encode())
    return out.getvalue()


# ---- DOCX

_TYPES = f"""{_XML}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="{_WORD}.styles+xml"/>
<Override PartName="/word/numbering.xml" ContentType="{_WORD}.numbering+xml"/>
<Override PartName="/word/footer1.xml" ContentType="{_WORD}.footer+xml"/>
<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>
</Types>"""  # noqa: E501
_RELS = f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/relationships/officeDocument" Target="word/document.xml"/>
<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>
</Relationships>"""
_DOCUMENT_RELS = f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/relationships/styles" Target="styles.xml"/>
<Relationship Id="rId2" Type="{_OFFICE}/relationships/numbering" Target="numbering.xml"/>
<Relationship Id="rId3" Type="{_OFFICE}/relationships/footer" Target="footer1.xml"/>
</Relationships>"""
_NUMBERING = f"""{_XML}<w:numbering xmlns:w="{_W}">
<w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="hybridMultilevel"/><w:lvl w:ilvl="0">
<w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/>
<w:pPr><w:ind w:left="360" w:hanging="360"/></w:pPr></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="hybridMultilevel"/><w:lvl w:ilvl="0">
<w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/><w:lvlJc w:val="left"/>
<w:pPr><w:ind w:left="360" w:hanging="360"/></w:pPr></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
</w:numbering>"""
_STYLE = (
    '<w:style w:type="paragraph" w:styleId="{id}"{default}><w:name w:val="{name}"/>{based}'
    '<w:pPr>{keep}<w:spacing w:before="{before}" w:after="120"/>{level}</w:pPr>'
    '<w:rPr>{bold}<w:color w:val="{colour}"/><w:sz w:val="{size}"/></w:rPr></w:style>\n'
)


def _styles() -> str:
    rows = (
        ("Normal", "Normal", "", 0, "1D2B2F", 24),
        ("Title", "Title", "", 0, "0B5563", 52),
        ("Heading1", "heading 1", "0", 280, "0B5563", 32),
        ("Heading2", "heading 2", "1", 200, "1D2B2F", 26),
        ("ListParagraph", "List Paragraph", "", 0, "1D2B2F", 24),
    )
    made = "".join(
        _STYLE.format(
            id=key,
            name=name,
            default=' w:default="1"' if key == "Normal" else "",
            based="" if key == "Normal" else '<w:basedOn w:val="Normal"/>',
            keep="<w:keepNext/>" if level else "",
            before=before,
            level=f'<w:outlineLvl w:val="{level}"/>' if level else "",
            bold="<w:b/>" if level or key == "Title" else "",
            colour=colour,
            size=size,
        )
        for key, name, level, before, colour, size in rows
    )
    return f'{_XML}<w:styles xmlns:w="{_W}">\n{made}</w:styles>'


def make_docx(text: Text) -> bytes:
    """Return the leaflet as a Word document; the same text gives the same bytes."""
    files = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELS,
        "docProps/core.xml": _core(text),
        "word/document.xml": _document(text),
        "word/_rels/document.xml.rels": _DOCUMENT_RELS,
        "word/styles.xml": _styles(),
        "word/numbering.xml": _NUMBERING,
        "word/footer1.xml": f'{_XML}<w:ftr xmlns:w="{_W}">{_footer(text)}</w:ftr>',
    }
    return _archive(text, files)


def _core(text: Text) -> str:
    when = f"{text.published.isoformat()}T12:00:00Z"
    dated = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{when}</dcterms:{name}>'
        for name in ("created", "modified")
    )
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(text.title)}</dc:title><dc:subject>{escape(text.summary)}</dc:subject>"
        f"<dc:creator>{AUTHOR}</dc:creator><dc:language>en-GB</dc:language>{dated}"
        "</cp:coreProperties>"
    )


def _document(text: Text) -> str:
    body = [_paragraph(text.title, "Title"), _paragraph(text.summary)]
    for section in text.sections:
        if section.heading:
            body.append(_paragraph(section.heading, f"Heading{section.level - 1}"))
        body += [_run(kind, parts) for kind, parts in runs(section.parts)]
    body.append(_paragraph("References", "Heading1"))
    body += [_paragraph(line, "ListParagraph", number=2) for line in text.references]
    page = (
        '<w:sectPr><w:footerReference w:type="default" r:id="rId3"/>'
        '<w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" '
        'w:footer="567" w:gutter="0"/></w:sectPr>'
    )
    names = f'xmlns:w="{_W}" xmlns:r="{_OFFICE}/relationships"'
    return f"{_XML}<w:document {names}><w:body>{''.join(body)}{page}</w:body></w:document>"


def _run(kind: str, parts: list[Part]) -> str:
    if kind == "table_row":
        return _table([cells(part) for part in parts])
    if kind == "list_item":
        return "".join(_paragraph(part.text, "ListParagraph", number=1) for part in parts)
    return "".join(_paragraph(part.text) for part in parts)


def _paragraph(words: str, style: str = "Normal", *, number: int = 0) -> str:
    listed = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>' if number else ""
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{listed}</w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escape(words)}</w:t></w:r></w:p>\n'
    )


def _table(rows: list[list[str]]) -> str:
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="B5C9CC"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = f'<w:gridCol w:w="{9638 // len(rows[0])}"/>' * len(rows[0])
    made = ""
    for n, row in enumerate(rows):
        head = "<w:trPr><w:tblHeader/></w:trPr>" if n == 0 else ""
        made += f"<w:tr>{head}{''.join(f'<w:tc>{_paragraph(cell)}</w:tc>' for cell in row)}</w:tr>"
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>{edges}</w:tblBorders>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{made}</w:tbl>{_paragraph('')}"
    )


def _footer(text: Text) -> str:
    return _paragraph(f"{AUTHOR}, {text.published:%B %Y}. {NOT_REVIEWED}")


# ---- EPUB

_CONTAINER = f"""{_XML}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>"""
_CSS = """body { font-family: serif; line-height: 1.5; margin: 1em; }
h1, h2 { font-family: sans-serif; color: #0b5563; }
td, th { border: 1px solid #b5c9cc; padding: .4em; text-align: left; }
table { border-collapse: collapse; }
"""


def make_epub(text: Text) -> bytes:
    """Return the booklet as EPUB 3; the same text gives the same bytes."""
    cover = f"<h1>{escape(text.title)}</h1>\n<p>{escape(text.summary)}</p>\n"
    cover += f"<p>{AUTHOR}, {text.published:%B %Y}. {NOT_REVIEWED}</p>\n"
    listed = "".join(f"<li>{escape(line)}</li>\n" for line in text.references)
    chapters = {"title": (text.title, cover)}
    for section in text.sections:
        chapters[section.slug] = (section.heading, heading(section) + blocks(section))
    chapters["references"] = ("References", f"<h2>References</h2>\n<ol>\n{listed}</ol>\n")
    files = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": _CONTAINER,
        "OEBPS/content.opf": _package(text, chapters),
        "OEBPS/nav.xhtml": _page("Contents", _contents(chapters)),
        "OEBPS/style.css": _CSS,
    }
    files |= {f"OEBPS/{key}.xhtml": _page(*chapter) for key, chapter in chapters.items()}
    return _archive(text, files, stored=("mimetype",))


def _page(title: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
        f'lang="en-GB" xml:lang="en-GB">\n<head><title>{escape(title)}</title>'
        f'<link rel="stylesheet" href="style.css"/></head>\n<body>\n{body}</body>\n</html>\n'
    )


def _contents(chapters: Mapping[str, tuple[str, str]]) -> str:
    items = "".join(
        f'<li><a href="{key}.xhtml">{escape(title)}</a></li>\n'
        for key, (title, _) in chapters.items()
    )
    return f'<nav epub:type="toc"><h1>Contents</h1>\n<ol>\n{items}</ol></nav>\n'


def _package(text: Text, chapters: Mapping[str, tuple[str, str]]) -> str:
    when = text.published.isoformat()
    items = "".join(
        f'<item id="c-{key}" href="{key}.xhtml" media-type="application/xhtml+xml"/>\n'
        for key in chapters
    )
    spine = "".join(f'<itemref idref="c-{key}"/>\n' for key in chapters)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<dc:identifier id="id">urn:patella:{when}:small-book</dc:identifier>\n'
        f"<dc:title>{escape(text.title)}</dc:title>\n<dc:creator>{AUTHOR}</dc:creator>\n"
        f"<dc:publisher>Patella</dc:publisher>\n<dc:language>en-GB</dc:language>\n"
        f"<dc:date>{when}</dc:date>\n<dc:description>{escape(text.summary)}</dc:description>\n"
        "<dc:rights>CC BY 4.0</dc:rights>\n"
        f'<meta property="dcterms:modified">{when}T12:00:00Z</meta>\n</metadata>\n<manifest>\n'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>\n'
        f'<item id="css" href="style.css" media-type="text/css"/>\n{items}</manifest>\n'
        f"<spine>\n{spine}</spine>\n</package>\n"
    )
