"""EPUB: chapters in reading order, pages of the print, and what the package says."""

from __future__ import annotations

import pytest

from corpus.errors import Broken, Encrypted
from ingest.read import read_bytes
from tests.ingest_helpers import blocks, check_extract
from tests.office_helpers import epub

XHTML = 'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'


def chapter(body: str) -> str:
    return f"<html {XHTML}><head><title>File</title></head><body>{body}</body></html>"


def test_metadata() -> None:
    meta = read_bytes(
        epub(
            {"a.xhtml": chapter("<p>The knee.</p>")},
            metadata="<dc:title>Knees</dc:title><dc:title>A second</dc:title>"
            "<dc:creator>Jane Doe</dc:creator><dc:creator>John Roe</dc:creator>"
            "<dc:publisher>Trust</dc:publisher><dc:language>en</dc:language>"
            '<dc:date opf:event="modification">2025-01-01</dc:date>'
            '<dc:date opf:event="publication">2019-03-02T00:00:00Z</dc:date>'
            "<dc:rights>CC BY 4.0</dc:rights><dc:identifier>urn:isbn:1</dc:identifier>"
            "<dc:identifier>https://example.org/knees</dc:identifier>"
            "<dc:description>&lt;p&gt;About &lt;b&gt;knees&lt;/b&gt;.&lt;/p&gt;</dc:description>",
        ),
        name="a.epub",
    ).metadata
    assert meta.title == "Knees"
    assert meta.authors == ("Jane Doe", "John Roe")
    assert meta.publisher == "Trust"
    assert meta.language == "en"
    assert meta.published == "2019-03-02"
    assert meta.licence == "CC BY 4.0"
    assert meta.summary == "About knees."
    assert meta.url == "https://example.org/knees"


def test_chapters_headings_and_notes() -> None:
    extract = read_bytes(
        epub(
            {
                "toc.xhtml": chapter("<p>Contents 1</p>"),
                "one two.xhtml": chapter(
                    '<p>It hurts.<a epub:type="noteref" href="#n">1</a> Rest&nbsp;it.<sup>2</sup></p>'
                    '<aside epub:type="footnote" id="n"><p>At night.</p></aside>'
                ),
                "b.xhtml": chapter("<h2>Two</h2><ul><li>One.<ul><li>Deep.</li></ul></li></ul>"),
                "cover.xhtml": chapter('<svg xmlns="s"><text>Cover</text></svg>'),
            },
            manifest='<item id="n" href="nav.xhtml" properties="nav" '
            'media-type="application/xhtml+xml"/>',
            guide='<reference type="toc" href="toc.xhtml"/>',
            others={
                "OPS/nav.xhtml": chapter(
                    '<nav epub:type="toc"><ol><li><a href="one%20two.xhtml">Chapter <i>one</i></a></li>'
                    '<li><a href="b.xhtml">Other</a></li><li><a href="cover.xhtml">Cover</a></li></ol></nav>'
                )
            },
        ),
        name="a.epub",
    )
    check_extract(extract)
    assert extract.page_labels == ()
    # the title is the first heading, where the package has none
    assert extract.metadata.title == "Chapter one"
    assert blocks(extract) == [
        ("paragraph", 0, "It hurts.[1] Rest it.[2]"),
        ("paragraph", 0, "At night."),
        ("heading", 2, "Two"),
        ("list_item", 1, "One."),
        ("list_item", 2, "Deep."),
    ]


PAGED = (
    '<span epub:type="pagebreak" id="p1" title="xi"/><h1>Knees</h1><p>On xi. '
    '<span role="doc-pagebreak" id="p2" aria-label="12"/>It runs over.</p>'
    '<p id="p3">On 13.</p><pre>code</pre><p><span epub:type="pagebreak">14</span></p>'
    "<table><tr><td>a</td><td>b</td></tr></table>"
)


@pytest.mark.parametrize("kind", ["nav", "ncx"])
def test_pages_of_the_print(kind: str) -> None:
    if kind == "nav":
        name, mark = "nav.xhtml", 'properties="nav" media-type="application/xhtml+xml"'
        content = chapter(
            '<nav epub:type="page-list"><ol><li><a href="a.xhtml#p3">13</a></li></ol></nav>'
        )
    else:
        name, mark = "toc.ncx", 'media-type="application/x-dtbncx+xml"'
        content = (
            '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://x/ncx.dtd">'
            '<ncx xmlns="n"><pageList><pageTarget><navLabel><text>13</text></navLabel>'
            '<content src="a.xhtml#p3"/></pageTarget></pageList></ncx>'
        )
    extract = read_bytes(
        epub(
            {"a.xhtml": chapter(PAGED), "b.xhtml": chapter("<p>Still 14.</p>")},
            metadata="<dc:title>Book</dc:title>",
            manifest=f'<item id="n" href="{name}" {mark}/>',
            others={f"OPS/{name}": content},
        ),
        name="a.epub",
    )
    assert extract.page_labels == ("xi", "12", "13", "14")
    assert [(b.page, extract.text[b.start : b.end]) for b in extract.blocks] == [
        (1, "Knees"),
        (1, "On xi. It runs over."),
        (3, "On 13."),
        (3, "code"),
        (4, "a | b"),
        (4, "Still 14."),
    ]


def test_damaged_chapters() -> None:
    book = {
        "good.xhtml": chapter("<p>Rest it.</p>"),
        "tags.xhtml": "<!DOCTYPE html [<!ENTITY x 'y'>]><html><body><p>Open <b>tags<p>Two &unknown;",
        "empty.xhtml": "",
        "data.xhtml": b"\x00\x01\x02" * 99,
    }
    extract = read_bytes(epub(book), name="a.epub")
    assert extract.text == "Rest it.\n\nOpen tags\n\nTwo &unknown;"
    assert extract.warnings == ("2 of 4 chapters could not be read (missing or damaged).",)
    with pytest.raises(Broken, match="No chapter"):
        read_bytes(epub({"a.xhtml": b"\0\1"}), name="a.epub")
    with pytest.raises(Broken, match="does not say"):
        read_bytes(epub({}, others={"META-INF/container.xml": "<container/>"}), name="a.epub")


def test_locked_books_and_scrambled_fonts() -> None:
    def book(uri: str) -> bytes:
        reference = f'<e xmlns="x"><CipherReference URI="{uri}"/></e>'
        return epub(
            {"a.xhtml": chapter("<p>Rest it.</p>")}, others={"META-INF/encryption.xml": reference}
        )

    assert read_bytes(book("OPS/font.otf"), name="a.epub").text == "Rest it."
    with pytest.raises(Encrypted, match="locked by its seller"):
        read_bytes(book("OPS/a.xhtml"), name="a.epub")
