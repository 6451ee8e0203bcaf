"""The first page."""

from __future__ import annotations

from tests.webapp_fake import FakeService
from webapp.app import create_app
from webapp.settings import WebSettings


def _page(**changes: object) -> str:
    app = create_app(FakeService(), settings=WebSettings(**changes))  # type: ignore[arg-type]
    answered = app.test_client().get("/")
    assert answered.status_code == 200
    return answered.text


def test_has_one_labelled_box_in_focus() -> None:
    page = _page()
    assert page.count("<input") == 1
    assert '<label for="q">Your question</label>' in page
    assert 'name="q" type="search"' in page
    assert " autofocus" in page


def test_says_what_it_is_and_is_not() -> None:
    page = _page()
    assert "<h1>What trusted guidance says about runner’s knee</h1>" in page
    assert "Information, not a diagnosis." in page
    assert '<a href="/get-help">When to get help</a>' in page


def test_six_suggestions_at_most_from_settings() -> None:
    page = _page(suggestions=tuple(f"Question {n}?" for n in range(8)))
    assert '<a href="/search?q=Question+5?" dir="auto">Question 5?</a>' in page
    assert "Question 6?" not in page


def test_titles_stand_in_for_suggestions() -> None:
    page = _page()
    assert page.index("How long taping helps</a>") < page.index("Best practice for pain")
    assert "leaflet from 1998" not in page


def test_tells_how_many_documents() -> None:
    assert "Quoted from 5 documents, and from nothing else." in _page()


def test_another_library_has_its_own_name() -> None:
    page = _page(library_name="Shoulder", subject="sore shoulders")
    assert "<h1>What trusted guidance says about sore shoulders</h1>" in page
    assert "<span>Shoulder</span>" in page


def test_other_pages_open() -> None:
    client = create_app(FakeService()).test_client()
    for path, title in {
        "/about": "About Patella",
        "/accessibility": "Accessibility",
        "/api": "For programs",
    }.items():
        answered = client.get(path)
        assert answered.status_code == 200
        assert f"<h1>{title}</h1>" in answered.text
