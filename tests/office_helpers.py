"""Small documents in ZIP form, made by hand for the tests of reading."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
TYPE = "application/vnd.openxmlformats-officedocument."
NO_STYLES = f"<w:styles {W}/>"


def zipped(members: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return out.getvalue()


def relations(**targets: str) -> str:
    """Relationships: the keyword is the id, the value "type target"."""
    rows = "".join(
        f'<Relationship Id="{key}" Type="{R}/{kind}" Target="{target}"/>'
        for key, (kind, target) in ((k, v.split()) for k, v in targets.items())
    )
    return f"<Relationships>{rows}</Relationships>"


def types(part: str, kind: str) -> str:
    return f'<Types><Override PartName="/{part}" ContentType="{TYPE}{kind}+xml"/></Types>'


def docx(body: str, *, styles: str = "", others: Mapping[str, str | bytes] | None = None) -> bytes:
    """A DOCX with ``body`` inside w:body; its styles and other parts are in the same namespace."""
    return zipped(
        {
            "[Content_Types].xml": types("word/document.xml", "wordprocessingml.document.main"),
            "_rels/.rels": relations(a="officeDocument word/document.xml"),
            "word/_rels/document.xml.rels": relations(
                a="styles styles.xml", b="footnotes footnotes.xml", c="endnotes /word/endnotes.xml"
            ),
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
            "word/styles.xml": f"<w:styles {W}>{styles}</w:styles>",
            **(others or {}),
        }
    )


def p(words: str, properties: str = "", run: str = "") -> str:
    """A paragraph of a DOCX."""
    return (
        f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t>{words}</w:t></w:r></w:p>"
    )


def odt(text: str, *, styles: str = "", others: Mapping[str, str | bytes] | None = None) -> bytes:
    """An ODT with ``text`` inside office:text and ``styles`` among its own."""
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table", "style", "draw")
    )
    content = (
        f'<office:document-content {names} xmlns:fo="urn:fo"><office:automatic-styles>{styles}'
        f"</office:automatic-styles><office:body><office:text>{text}</office:text></office:body>"
        "</office:document-content>"
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": content,
            **(others or {}),
        }
    )


def epub(
    chapters: Mapping[str, str | bytes],
    *,
    metadata: str = "",
    manifest: str = "",
    guide: str = "",
    others: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """An EPUB whose chapters are given whole; they stand in the folder OPS."""
    items = "".join(
        f'<item id="i{n}" href="{name.replace(" ", "%20")}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(chapters)))
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">'
        f"{metadata}</metadata><manifest>{items}{manifest}</manifest><spine>{spine}</spine>"
        f"<guide>{guide}</guide></package>"
    )
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": "<container><rootfiles>"
            '<rootfile full-path="OPS/a.opf"/></rootfiles></container>',
            "OPS/a.opf": opf,
            **{f"OPS/{name}": content for name, content in chapters.items()},
            **(others or {}),
        }
    )


def pptx(*slides: str, others: Mapping[str, str | bytes] | None = None) -> bytes:
    """A PPTX; each slide is what stands inside p:spTree, and its relationships may be in others."""
    ids = "".join(f'<p:sldId r:id="s{n}"/>' for n in range(1, len(slides) + 1))
    names = f'xmlns:p="{P}" xmlns:a="{A}" xmlns:r="{R}"'
    return zipped(
        {
            "[Content_Types].xml": types("ppt/p.xml", "presentationml.presentation.main"),
            "_rels/.rels": relations(a="officeDocument ppt/p.xml"),
            "ppt/p.xml": f"<p:presentation {names}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
            "ppt/_rels/p.xml.rels": relations(
                **{f"s{n}": f"slide slides/{n}.xml" for n in range(1, len(slides) + 1)}
            ),
            **{
                f"ppt/slides/{n}.xml": f"<p:sld {names}><p:cSld><p:spTree>{tree}</p:spTree></p:cSld></p:sld>"
                for n, tree in enumerate(slides, start=1)
            },
            **(others or {}),
        }
    )
