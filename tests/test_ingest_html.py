"""HTML: the main content of a page becomes blocks; menus, scripts and footers do not."""

from __future__ import annotations

import pytest
from lxml import etree

from ingest.formats import html
from ingest.formats.html_main import kept_blocks
from ingest.formats.html_tree import parse
from ingest.read import read_bytes
from tests.ingest_helpers import blocks, check_extract, read_file, read_text


def test_a_page() -> None:
    extract = read_file("leaflet.html")
    check_extract(extract)
    assert extract.format == "html"
    assert blocks(extract) == [
        (
            "paragraph",
            0,
            "Runner's knee is a pain around the kneecap (patella).[1] It is common in runners. "
            "It often eases.",
        ),
        ("heading", 2, "What helps"),
        ("paragraph", 0, "Try these things:"),
        ("list_item", 1, "Rest for a few days."),
        ("list_item", 2, "Ice it."),
        ("list_item", 1, "Take paracetamol if you can."),
        ("list_item", 1, "First."),
        ("list_item", 1, "Second."),
        ("heading", 3, "Doses"),
        ("caption", 0, "Table 1. Exercise"),
        ("table_row", 0, "Week | Sets"),
        ("table_row", 0, "1 | 3"),
        ("list_item", 1, "Patella"),
        ("list_item", 2, "The kneecap."),
        ("caption", 0, "The knee seen from the front."),
        ("paragraph", 0, "Quoted words from a patient, who said it got better with exercise."),
        ("paragraph", 0, "Short."),
        ("heading", 2, "When to get help"),
        ("paragraph", 0, "See a doctor if you cannot put weight on the leg."),
        ("heading", 2, "References"),
        ("reference", 1, "Smith J. Knee. BMJ 2019."),
    ]


BODY = "<p>The knee hurts on the stairs.</p><p>Rest it.</p><p>Walk on the flat each day.</p>"


def test_headings_and_captions_that_the_extractor_loses_are_kept() -> None:
    page = parse(
        "<html><body><h3>Menu of the site</h3><p>A menu of many words</p><h2>Stairs</h2>"
        "<p>The knee hurts on the stairs.</p><p>Rest it.</p><p>Share this page with others</p>"
        "<figcaption>The knee.</figcaption><p>Walk on the flat each day.</p><p>Go</p>"
        "<h2>Related pages</h2><p>Something else of that site</p></body></html>"
    )
    builder = kept_blocks(page, etree.fromstring(f"<body>{BODY}</body>"))
    assert [(part.kind, part.text) for part in builder.parts] == [
        ("heading", "Stairs"),
        ("paragraph", "The knee hurts on the stairs."),
        ("paragraph", "Rest it."),
        ("caption", "The knee."),
        ("paragraph", "Walk on the flat each day."),
    ]


def test_the_extractor_s_text_stands_where_the_page_s_differs() -> None:
    page = parse("<html><body><p>Quite other words stand here.</p></body></html>")
    builder = kept_blocks(page, etree.fromstring(f"<body>{BODY}</body>"))
    assert [part.text for part in builder.parts][1] == "Rest it."


def test_what_a_page_says_of_itself() -> None:
    meta = read_file("leaflet.html").metadata
    assert meta.title == "Knee pain in runners"
    assert meta.authors == ("Jane Doe",)
    assert meta.published == "2023-05-04"
    assert meta.publisher == "Trust Health"
    assert meta.summary == "What to do about knee pain."
    assert meta.language == "en-GB"
    assert meta.url == "https://example.org/knee"


def test_the_date_of_review() -> None:
    page = (
        '<html><head><script type="application/ld+json">{"lastReviewed":"2024-02-03T00:00"}</script>'
        "</head><body><p>The knee hurts.</p></body></html>"
    )
    assert read_text(page, "a.html").metadata.reviewed == "2024-02-03"


SMALL = """<html><head><title>Title of the page</title></head><body>
<nav>Menu</nav><script>bad()</script><p hidden>secret</p><p style="display:none">secret</p>
<div>Area 4 cm<sup>2</sup>, pain<sup>3,4</sup> lasts.<br><br>A new line.</div>
<footer>Copyright</footer></body></html>"""


def _nothing(*_args: object, **_named: object) -> None:
    return None


def _fail(*_args: object, **_named: object) -> None:
    raise IndexError("as its heuristics do on some pages")


def test_a_page_in_which_the_extractor_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for outcome in (_nothing, _fail):
        monkeypatch.setattr(html.trafilatura, "bare_extraction", outcome)
        extract = read_text(SMALL, "a.html")
        assert blocks(extract) == [
            ("paragraph", 0, "Area 4 cm2, pain[3,4] lasts."),
            ("paragraph", 0, "A new line."),
        ]
        assert extract.metadata.title == "Title of the page"


def test_menus_never_come_with_a_short_page() -> None:
    text = read_text(
        "<html><body><nav>Menu</nav><p>The knee hurts.</p></body></html>", "a.html"
    ).text
    assert text == "The knee hurts."


OWN = """<html><body><main><h1>Knee</h1><section><p>One <b>bold</b> word.</p>
<ul><li><p>First.</p><p>More.</p></li><li>Second<ol><li>Inner</li></ol>after</li></ul>
<dl><dt>Patella</dt><dd>Kneecap</dd></dl>
<table><caption>The plan</caption><tr><th>Week</th><td>One</td></tr></table>
<table><tr><td><h2>Laid out</h2><p>In a cell.</p></td><td><p>Other</p></td></tr></table>
<figure><img alt="x"><figcaption>The front.</figcaption></figure>
<pre>code
 lines</pre><p>In <code>line</code>.</p><form>Search</form></section></main></body></html>"""


def test_the_page_s_own_main_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html.trafilatura, "bare_extraction", _nothing)
    assert blocks(read_text(OWN, "a.html")) == [
        ("paragraph", 0, "One bold word."),
        ("list_item", 1, "First."),
        ("paragraph", 0, "More."),
        ("list_item", 1, "Second"),
        ("list_item", 2, "Inner"),
        ("paragraph", 0, "after"),
        ("list_item", 1, "Patella"),
        ("list_item", 2, "Kneecap"),
        ("caption", 0, "The plan"),
        ("table_row", 0, "Week | One"),
        ("heading", 2, "Laid out"),
        ("paragraph", 0, "In a cell."),
        ("paragraph", 0, "Other"),
        ("caption", 0, "The front."),
        ("code", 0, "code\nlines"),
        ("paragraph", 0, "In line."),
    ]


def test_the_own_main_part_is_read_where_the_extractor_drops_most_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Little:
        body = etree.fromstring("<body><p>One</p></body>")
        title = author = date = sitename = language = description = url = license = None

    monkeypatch.setattr(html.trafilatura, "bare_extraction", lambda *_a, **_k: Little)
    assert read_text(OWN, "a.html").text.startswith("One bold word.")


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="iso-8859-1">', "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=windows-1250">', "cp1250"),
        ('<meta charset="utf-16">', "utf-8"),
        ('<meta charset="unicode_escape">', "utf-8"),
        ("", "utf-8-sig"),
        ("", "utf-16"),
    ],
)
def test_encodings(head: str, encoding: str) -> None:
    page = f"<html><head>{head}</head><body><p>The knee’s “sore” café.</p></body></html>"
    extract = read_bytes(page.encode(encoding), name="a.html")
    assert extract.text == "The knee’s “sore” café."


def test_xhtml_with_a_declaration() -> None:
    page = '<?xml version="1.0" encoding="iso-8859-1"?>\n<html xml:lang="fr"><body><p>Café.</p></body></html>'
    assert read_bytes(page.encode("latin-1"), name="a.xhtml").text == "Café."


@pytest.mark.parametrize("inside", ["<div>" * 400 + "deep", "<ul><li>" * 300 + "deep"])
def test_deep_nesting_is_told(inside: str) -> None:
    extract = read_text(f"<html><body><p>Before it.</p>{inside}</body></html>", "a.html")
    assert extract.text.startswith("Before it.")
    assert "nested too deeply" in extract.warnings[0]
