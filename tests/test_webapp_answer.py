"""The answer page: states, quotes, numbers, sources, the safety card and the passages found."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from corpus.records import Answer, Disagreement
from tests.webapp_fake import ANSWERED, FLAGS, GUIDE, TAPING, URGENT, FakeService, quote_of
from webapp.app import create_app
from webapp.views import copy_text, view


def _page(question: str, answer: Answer | None = None) -> str:
    client = create_app(FakeService(answer=answer)).test_client()
    answered = client.get("/search", query_string={"q": question})
    assert answered.status_code == 200
    return answered.text


def test_state_in_words() -> None:
    assert ">Answered from 3 sources</h2>" in _page("taping")
    assert ">The library has no direct answer. Nearby:</h2>" in _page("tapping")
    assert ">Not in these sources</h2>" in _page("football")
    one = replace(ANSWERED, quotes=ANSWERED.quotes[:2])
    assert ">Answered from 1 source</h2>" in _page("taping", one)


def test_quotes_stand_word_for_word_in_order() -> None:
    found = re.findall(r'<span class="q"[^>]*>(.*?)</span>', _page("taping"))
    assert [re.sub("<[^>]+>", "", quote) for quote in found] == [
        "Taping often eases pain at once [1].",
        "The relief lasts while the tape is on, and it has not been shown to last for months [2].",
        "Taping may be offered to reduce pain in the first weeks, so that exercise can begin.",
        "Keep the knee taped all day, every day, until all pain has gone.",
    ]


def test_citations_are_numbered_by_source_and_open_the_quote() -> None:
    found = re.findall(r'<a class="cite" href="([^"]+)"[^>]*>(\d)</a>', _page("taping"))
    assert found == [
        ("/source/taping?start=122&amp;end=158&amp;v=11#quote", "1"),
        ("/source/taping?start=159&amp;end=247&amp;v=11#quote", "1"),
        ("/source/guide?start=124&amp;end=208&amp;v=12#quote", "2"),
        ("/source/leaflet?start=0&amp;end=64&amp;v=13#quote", "3"),
    ]
    assert TAPING.text[122:158] == "Taping often eases pain at once [1]."


def test_neighbours_in_the_source_make_one_paragraph() -> None:
    shown = view(ANSWERED)
    assert [[one.number for one in paragraph] for paragraph in shown.paragraphs] == [
        [1, 1],
        [2],
        [3],
    ]


def test_source_list_tells_section_page_kind_and_dates() -> None:
    page = _page("taping")
    sources = page[page.index('<ol class="sources"') : page.index("</ol>")]
    assert "<bdi>Supports</bdi>" in sources
    assert "Page ii" in sources
    assert "Clinical guideline" in sources
    assert "Reviewed May 2023" in sources
    assert '<span class="badge overdue">Review overdue</span>' in sources
    assert '<span class="badge earlier">Earlier advice</span>' in sources
    assert sources.count("Review overdue") == 1


def test_a_source_quoted_twice_lists_each_section_once() -> None:
    more = quote_of(TAPING, "Use a skin-friendly underlay first.", heading=("How to put it on",))
    shown = view(replace(ANSWERED, quotes=(*ANSWERED.quotes[:2], more)))
    assert len(shown.sources) == 1
    assert [quote.heading for quote in shown.sources[0].quotes] == [
        ("How long taping helps",),
        ("How to put it on",),
    ]


def test_markers_of_the_source_lead_to_its_references() -> None:
    page = _page("taping")
    assert (
        '<a class="ref" href="/source/taping?start=122&amp;end=158&amp;v=11#ref-1">[1]</a>' in page
    )
    assert "Numbers in [brackets] are a source’s own references." in page
    assert "Numbers in [brackets]" not in _page("tapping")


def test_added_words_and_suggestion() -> None:
    page = _page("does tapping help")
    taken_back = "/search?q=does+tapping+help&amp;without=patella"
    assert f'Also searched: <a href="{taken_back}" class="word"' in page
    assert (
        'Did you mean: <a href="/search?q=Does+taping+help?" dir="auto">Does taping help?</a>'
        in page
    )


def test_an_added_word_can_be_taken_back() -> None:
    client = create_app(FakeService()).test_client()
    page = client.get("/search?q=does+tapping+help&without=patella").text
    assert "Also searched" not in page
    private = client.post("/search", data={"q": "does tapping help"}).text
    form = private[private.index("Also searched:") :].partition("</form>")[0]
    assert '<form class="go" action="/search" method="post">' in form
    assert '<input type="hidden" name="without" value="patella">' in form


def test_matched_words_are_marked() -> None:
    page = _page("taping")
    assert '<mark class="hit">Taping</mark> may be offered' in page
    assert "Keep the knee <mark" in page


def test_passages_are_grouped_by_document_best_first() -> None:
    groups = view(ANSWERED).found.groups
    assert [(group.document.id, len(group.found)) for group in groups] == [
        ("taping", 2),
        ("guide", 1),
        ("leaflet", 1),
    ]


def nine_documents() -> Answer:
    base = ANSWERED.hits[0]
    meta = base.document.metadata
    return replace(
        ANSWERED,
        hits=tuple(
            replace(
                base,
                document=replace(
                    base.document,
                    id=f"d{n}",
                    version_id=100 + n,
                    metadata=replace(meta, title=f"Number {n}", reviewed=f"20{10 + n * 4 % 9}"),
                ),
            )
            for n in range(9)
        ),
    )


def titles(page: str) -> list[str]:
    return re.findall(r"<h3><a [^>]*><bdi[^>]*>(Number \d)</bdi>", page)


def test_passages_come_in_pages_of_five_documents() -> None:
    client = create_app(FakeService(answer=nine_documents())).test_client()
    first = client.get("/search?q=taping").text
    assert titles(first) == [f"Number {n}" for n in range(5)]
    assert "9 passages in 9 documents" in first
    assert '<a href="/search?q=taping&amp;page=2#found" class="step"' in first
    second = client.get("/search?q=taping&page=2").text
    assert titles(second) == [f"Number {n}" for n in range(5, 9)]
    assert "Page 2 of 2" in second
    assert '<a href="/search?q=taping#found" class="step"' in second
    assert titles(client.get("/search?q=taping&page=77").text) == titles(second)
    assert titles(client.get("/search?q=taping&page=two").text) == titles(first)


def test_passages_by_date_keep_the_order_from_page_to_page() -> None:
    client = create_app(FakeService(answer=nine_documents())).test_client()
    page = client.get("/search?q=taping&sort=date&kind=guideline").text
    assert titles(page) == ["Number 2", "Number 4", "Number 6", "Number 8", "Number 1"]
    assert 'href="/search?q=taping&amp;kind=guideline&amp;sort=date&amp;page=2#found"' in page
    assert 'href="/search?q=taping&amp;kind=guideline#found" class="sort"' in page
    assert re.search(r'class="sort" aria-current="true"[^>]*>date, newest first', page)


def test_a_private_search_turns_pages_by_post_as_well() -> None:
    client = create_app(FakeService(answer=nine_documents())).test_client()
    page = client.post("/search", data={"q": "taping", "sort": "date", "page": "2"}).text
    assert titles(page) == ["Number 3", "Number 5", "Number 7", "Number 0"]
    assert 'href="/search?' not in page
    turn = re.search(r'<nav class="pages.*?</form>', page, re.S)
    assert turn
    assert '<input type="hidden" name="sort" value="date">' in turn.group()
    assert 'name="page"' not in turn.group()


def test_differing_sources_tell_which_is_newer_and_stronger() -> None:
    one, other = ANSWERED.quotes[2], ANSWERED.quotes[3]
    trial = replace(other, document=replace(other.document, metadata=replace(
        other.document.metadata, kind="trial", published="2024-02", reviewed=""
    )))  # fmt: skip
    for pair in ((one, trial), (trial, one)):
        answer = replace(ANSWERED, disagreements=(Disagreement("advice", *pair),))
        [(label, *sides)] = view(answer).disagreements
        assert label == "These sources advise differently"
        told = {side.cited.quote.document.id: side.notes for side in sides}
        assert told == {"guide": ("Stronger kind of evidence",), "leaflet": ("Newer",)}


def test_nothing_found_says_what_to_do() -> None:
    page = _page("football")
    assert "See what the library covers" in page
    assert "Closest passages" in page
    assert 'class="quotes"' not in page


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("emergency", "Call emergency services now"),
        ("same_day", "Get medical help today"),
        ("see_clinician", "See a clinician"),
        ("pharmacist", "Ask a pharmacist"),
    ],
)
def test_safety_card_leads(level: str, words: str) -> None:
    assert URGENT.safety
    card = replace(URGENT.safety, level=level)
    page = _page("chest pain", replace(URGENT, safety=card))
    assert f'<section class="safety {level}"' in page
    assert page.index(words) < page.index("Answered from 3 sources")
    assert "Call for an ambulance if you have chest pain" in page
    assert f"start={card.quotes[0].start}" in page
    assert FLAGS.text[card.quotes[0].start : card.quotes[0].end] == card.quotes[0].text
    assert ('href="tel:999"' in page) is (level == "emergency")


def test_copy_text_carries_quotes_and_full_addresses() -> None:
    text = copy_text(view(replace(ANSWERED, quotes=ANSWERED.quotes[2:3])), root="http://knee.test")
    assert text == (
        "How long does taping help?\n\n"
        "“Taping may be offered to reduce pain in the first weeks, so that exercise can begin.”"
        " [1]\n\n"
        "[1] Best practice for pain around the kneecap. Supports. Page ii. Northern Knee Group,"
        " reviewed May 2023. http://knee.test/source/guide?start=124&end=208&v=12#quote"
    )


def test_post_keeps_the_question_out_of_the_address_and_the_browser() -> None:
    service = FakeService()
    answered = create_app(service).test_client().post("/search", data={"q": "taping"})
    assert answered.status_code == 200
    assert service.asked == ["taping"]
    assert "data-question" not in answered.text
    assert 'data-question="taping"' in _page("taping")


def test_search_without_a_question_goes_home() -> None:
    answered = create_app(FakeService()).test_client().get("/search")
    assert answered.status_code == 302
    assert answered.headers["Location"] == "/"


def test_warnings_are_shown() -> None:
    page = _page(
        "taping", replace(ANSWERED, state="none", quotes=(), warnings=("A quote failed.",))
    )
    assert '<p class="warning" dir="auto">A quote failed.</p>' in page


def test_guide_offsets_hold() -> None:
    assert GUIDE.text[124:208] == ANSWERED.quotes[2].text


def test_many_passages_of_one_document_fold_away() -> None:
    answer = replace(ANSWERED, hits=ANSWERED.hits[:1] * 5)
    assert [(len(g.found), len(g.more)) for g in view(answer).found.groups] == [(2, 3)]
    assert "<summary>3 more passages here</summary>" in _page("taping", answer)


def test_where_nothing_answers_only_the_nearest_are_shown() -> None:
    shown = view(replace(ANSWERED, state="none", hits=ANSWERED.hits[:1] * 9))
    assert sum(len(group.found) + len(group.more) for group in shown.found.groups) == 3
