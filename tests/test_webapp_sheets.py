"""Pages of a PDF in the reader: picture, marks, words, turning, zoom, and what is said without them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from corpus.errors import Broken, NotFound
from tests.webapp_fake import GUIDE, TAPING, FakeService
from webapp.app import create_app
from webapp.service import Mark, Sheet

WORDS = "Taping may be offered to reduce pain in the first weeks, so that exercise can begin."
START = GUIDE.text.index(WORDS)
END = START + len(WORDS)
QUOTED = f"start={START}&end={END}&v=12"


@dataclass
class Paged(FakeService):
    """Has three pages of 600 by 800 points; the quote stands on the second, or cannot be placed."""

    placed: bool = True
    broken: bool = False
    drawn: int = 0

    def sheet(
        self,
        document_id: str,
        *,
        version_id: int | None = None,
        page: int | None = None,
        span: tuple[int, int] | None = None,
    ) -> Sheet:
        if self.broken:
            raise Broken("The page could not be drawn.")
        if page is not None and not 1 <= page <= 3:
            raise NotFound("The document has no such page.")
        number = page or (2 if span else 1)
        sheet = Sheet(number, 3, 600.0, 800.0, aligned=0.62 if span else None)
        if span and self.placed:
            marks = (Mark(50, 100, 200, 12), Mark(50, 112.5, 80, 12)) if number == 2 else ()
            sheet = replace(sheet, marks=marks, marked_pages=(2,), aligned=1.0)
        return sheet

    def picture(
        self, document_id: str, *, version_id: int | None = None, page: int, width: int
    ) -> bytes:
        self.drawn += 1
        return b"\x89PNG" + bytes([page]) + width.to_bytes(2)


def page(query: str, service: FakeService | None = None) -> str:
    return create_app(service or Paged()).test_client().get(f"/source/guide?{query}").text


def test_a_quote_opens_its_page_with_the_words_marked() -> None:
    shown = page(QUOTED)
    assert 'viewBox="0 0 600.0 800.0"' in shown
    assert '<rect id="quote" x="49" y="100" width="202" height="12" rx="1.5"/>' in shown
    assert shown.count("<rect") == 2
    assert 'src="/source/guide/pages/2.png?v=12&amp;w=1200"' in shown
    assert "2400w" in shown
    assert 'width="800" height="1067"' in shown
    assert f'<blockquote dir="auto">“{WORDS}”</blockquote>' in shown
    assert "Marked on this page" in shown
    assert " style=" not in shown


def test_words_of_the_page_are_there_for_a_screen_reader() -> None:
    shown = page(QUOTED)
    layer = shown[shown.index('aria-label="Words of page 2"') :]
    assert f"<mark>{WORDS}</mark> A brace is not advised as the only treatment." in layer
    assert '<h3 dir="auto">Supports</h3>' in layer
    assert "This guide sums up" not in layer
    assert len(re.findall('id="quote"', shown)) == 1


def test_pages_before_and_after_keep_the_quote_and_the_size() -> None:
    shown = page(QUOTED + "&page=1&zoom=150")
    assert (
        f"/source/guide?v=12&amp;start={START}&amp;end={END}&amp;page=2&amp;zoom=150#page" in shown
    )
    assert "Marked on page 2" in shown
    assert "<rect" not in shown
    assert 'class="leaf z150"' in shown
    assert 'aria-label="Smaller, 100 per cent"' in shown
    assert 'aria-label="Larger, 200 per cent"' in shown
    last = page("page=3")
    assert 'rel="next"' not in last
    assert 'rel="prev"' in last


def test_labels_that_are_printed_are_told() -> None:
    assert "Page 2 of 3 (printed: ii)" in page("page=2")
    assert "printed" not in page("page=99", FakeService())


def test_contents_lead_to_pages() -> None:
    shown = page("")
    assert 'href="/source/guide?v=12&amp;page=2&amp;zoom=100#page"' in shown
    assert '<span dir="auto">Supports</span>' in shown


def test_a_quote_that_cannot_be_placed_is_told_and_nothing_is_marked() -> None:
    shown = page(QUOTED, Paged(placed=False))
    assert "can’t be marked exactly" in shown
    assert "62&nbsp;% of them were found" in shown
    assert "<rect" not in shown
    assert f"v=12&amp;start={START}&amp;end={END}&amp;view=text#quote" in shown


def test_the_text_is_the_other_view() -> None:
    shown = page(QUOTED + "&view=text")
    assert f'<mark id="quote">{WORDS}</mark>' in shown
    assert "See its pages as they were printed" in shown
    assert "<svg" not in shown


def test_without_pictures_the_text_is_shown_and_says_so() -> None:
    for service in (Paged(broken=True), FakeService()):
        shown = page(QUOTED, service)
        assert "Its pages cannot be shown as pictures" in shown
        assert f'<mark id="quote">{WORDS}</mark>' in shown


def test_a_page_that_is_not_there_is_not_found() -> None:
    client = create_app(Paged()).test_client()
    assert client.get("/source/guide?page=4").status_code == 404
    assert client.get("/source/guide?page=0").status_code == 404
    assert client.get("/source/guide?page=x&zoom=7").status_code == 200


def test_only_pdfs_have_pages() -> None:
    assert (
        "<svg" not in create_app(Paged(sources=(TAPING,))).test_client().get("/source/taping").text
    )


def test_pictures_are_kept_by_the_browser_and_not_drawn_again() -> None:
    service = Paged()
    client = create_app(service).test_client()
    first = client.get("/source/guide/pages/2.png?v=12&w=1000")
    assert first.data == b"\x89PNG\x02\x04\xb0"
    assert first.mimetype == "image/png"
    assert first.headers["Cache-Control"] == "private, max-age=604800, immutable"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get(
        "/source/guide/pages/2.png?v=12&w=1000", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.data, service.drawn) == (304, b"", 1)
    assert client.get("/source/guide/pages/2.png").headers["Cache-Control"] == "private, no-cache"
    assert client.get("/source/guide/pages/1.png?w=99999").data.endswith((2400).to_bytes(2))


def test_a_picture_that_cannot_be_drawn_is_a_designed_error() -> None:
    class Bad(FakeService):
        def picture(
            self, document_id: str, *, version_id: int | None = None, page: int, width: int
        ) -> bytes:
            raise Broken("The page could not be drawn.", hint="Read the text.")

    answered = create_app(Bad()).test_client().get("/source/guide/pages/1.png")
    assert answered.status_code == 422
    assert "That file cannot be shown" in answered.text
    assert "Cache-Control" in answered.headers
    assert answered.headers["Cache-Control"] == "no-store"
