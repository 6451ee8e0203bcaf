"""The pages in another language: all of it translated, chosen as people ask, and no quote touched."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from types import ModuleType
from typing import Any

import lxml.html
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.page_states import STATES, State, make_app
from tests.webapp_fake import ANSWERED, URGENT, FakeService
from webapp.app import create_app
from webapp.settings import WebSettings
from webapp.told import told
from webapp.words import date_words, moment_words, number_words, plural

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def tool() -> Iterator[ModuleType]:
    path = ROOT / "tools" / "translations.py"
    spec = importlib.util.spec_from_file_location("translations", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["translations"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["translations"]


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_every_text_of_the_sources_is_translated_and_compiled(tool: ModuleType) -> None:
    assert tool.faults("de") == [], "run python tools/translations.py, and translate what is new"


def test_what_is_collected(tool: ModuleType) -> None:
    found = {text for text, _ in tool.texts()}
    assert "Search privately" in found  # a template
    assert ("%(num)s passage", "%(num)s passages") in found  # a form for one and for many
    assert "Clinical guideline" in found  # a record's words
    assert "Hot or swollen knee with fever" in found  # a safety card
    assert "There is an account {0} already." in found  # an error with a value in it


def test_a_missing_gap_is_a_fault(tool: ModuleType) -> None:
    message = tool.Message("%(num)s of {0}", "%(num)s von {1}")
    assert not tool._whole(message)
    assert tool._whole(tool.Message("%(num)s of {0}", "{0} mit %(num)s"))
    assert not tool._whole(tool.Message("Search", ""))
    assert not tool._whole(tool.Message("Search", "Suchen", flags={"fuzzy"}))


ENGLISH = re.compile(
    r"\b(?:the|and|with|which|your|this|these|were|are|has|have|from|what|when|how|not|of|to|by|for)\b"
)
SHOWN = ("aria-label", "title", "alt", "placeholder", "content", "data-label", "data-copied",
         "data-not-copied", "data-offers", "data-offered", "data-words")  # fmt: skip
NOT_OURS = {"title", "script", "style", "textarea", "code", "bdi", "cite"}


def own_words(page: str) -> list[str]:
    """Return what a page says in German of itself: no quotes, titles, questions and codes."""
    said: list[str] = []

    def walk(node: Any) -> None:
        ours = node.tag not in NOT_OURS and node.get("dir") != "auto"
        if not isinstance(node.tag, str) or node.get("lang", "de") != "de" or not ours:
            return
        said.extend(node.get(name) for name in SHOWN if node.get(name))
        said.extend([node.text] if node.text else [])
        for child in node:
            walk(child)
            said.extend([child.tail] if child.tail else [])

    walk(lxml.html.document_fromstring(page))
    return [" ".join(one.split()) for one in said if one.strip()]


def in_german(path: str) -> str:
    bare = path.partition("#")[0]
    return bare if "lang=" in bare else f"{bare}{'&' if '?' in bare else '?'}lang=de"


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_pages_in_german_say_nothing_in_english(client: FlaskClient, state: State) -> None:
    if state.form:
        sent = dict(pair.split("=") for pair in state.form.split("&"))
        page = client.post(in_german(state.path), data=sent).text
    else:
        page = client.get(in_german(state.path)).text
    assert '<html lang="de">' in page
    assert [one for one in own_words(page) if len(ENGLISH.findall(one)) > 1] == []


def test_the_crawl_finds_a_sentence_that_is_not_translated(client: FlaskClient) -> None:
    page = client.get("/about?lang=de").text.replace(
        "Über Patella", "All of the words of this page"
    )
    found = [one for one in own_words(page) if len(ENGLISH.findall(one)) > 1]
    assert found == ["All of the words of this page"]


def test_every_link_of_a_page_stays_in_its_language(client: FlaskClient) -> None:
    for path in ("/", "/search?q=taping", "/library", "/get-help", "/source/taping"):
        page = lxml.html.document_fromstring(client.get(in_german(path)).text)
        links = [a.get("href") for a in page.iter("a") if a.get("href", "").startswith("/")]
        held = [link for link in links if "lang=de" not in link and "lang=en" not in link]
        assert held == [], path
        for form in page.iter("form"):
            fields = {one.get("name"): one.get("value") for one in form.iter("input")}
            assert "lang=de" in form.get("action") or fields["lang"] == "de", path


def test_language_is_chosen_by_address_then_setting_then_browser(client: FlaskClient) -> None:
    german = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.8"}
    assert '<html lang="en">' in client.get("/").text
    assert '<html lang="de">' in client.get("/", headers=german).text
    assert '<html lang="en">' in client.get("/?lang=en", headers=german).text
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "fr"}).text
    assert '<html lang="en">' in client.get("/?lang=xx").text
    fixed = create_app(FakeService(), settings=WebSettings(language="de")).test_client()
    assert '<html lang="de">' in fixed.get("/", headers={"Accept-Language": "en"}).text
    assert '<html lang="en">' in fixed.get("/?lang=en").text
    assert client.get("/?lang=de").headers.getlist("Set-Cookie") == []


def test_the_footer_switches_and_keeps_the_address(client: FlaskClient) -> None:
    page = client.get("/search?q=taping&kind=guideline").text
    assert 'href="/search?q=taping&amp;kind=guideline&amp;lang=de" lang="de"' in page
    back = client.get("/search?q=taping&kind=guideline&lang=de").text
    assert 'href="/search?q=taping&amp;kind=guideline&amp;lang=en" lang="en"' in back
    private = client.post("/search?lang=de", data={"q": "taping"}).text
    assert 'href="/?lang=en" lang="en"' in private  # a private question stands in no address


def test_quotes_keep_their_words_and_their_language(client: FlaskClient) -> None:
    german, english = (client.get(f"/search?q=taping&lang={code}").text for code in ("de", "en"))
    for page in (german, english):
        tree = lxml.html.document_fromstring(page)
        quotes = [one for one in tree.iter("span") if one.get("class") == "q"]
        assert [one.text_content() for one in quotes] == [one.text for one in ANSWERED.quotes]
        assert [one.get("lang") for one in quotes] == ["en", "en", None, None]


def test_titles_are_german(client: FlaskClient) -> None:
    found = [client.get(in_german(path)).text for path in ("/", "/library", "/get-help", "/nope")]
    assert [re.findall("<title>(.*?)</title>", page)[0] for page in found] == [
        "Patella: verlässliche Informationen über das Läuferknie", "Bibliothek – Patella",
        "Wann Sie Hilfe brauchen – Patella", "Hier gibt es keine Seite – Patella",
    ]  # fmt: skip


def test_a_safety_card_in_german(client: FlaskClient) -> None:
    page = client.get("/search?q=chest&lang=de").text
    assert "Jetzt den Notruf wählen" in page
    assert page.index('href="tel:112"') < page.index('href="tel:999"')
    quote = URGENT.safety.quotes[0].text if URGENT.safety else ""
    assert quote and quote in unescape(page)


def test_dates_and_numbers(app: Flask) -> None:
    with app.test_request_context("/?lang=de"):
        assert date_words("2026-11-24") == "24. November 2026"
        assert (date_words("2026-03"), date_words("2026")) == ("März 2026", "2026")
        assert moment_words("2026-11-24T03:21:09+00:00") == "24. November 2026, 03:21 UTC"
        assert (number_words(1234567), number_words(0.5, 2)) == ("1.234.567", "0,50")
        assert (plural(1, "source"), plural(12345, "passage")) == ("1 Quelle", "12.345 Textstellen")


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("The two passwords differ.", "Die beiden Passwörter sind verschieden."),
        ("There is an account 'ann' already.", "Ein Konto 'ann' gibt es bereits."),
        (
            "The PDF needs a password. Save a copy without a password.",
            "Das PDF braucht ein Passwort. Speichern Sie eine Kopie ohne Passwort.",
        ),
        (
            "2 of 7 were not taken in. Changes wait for review: what was stored is published when"
            " somebody says so.",
            "2 von 7 wurden nicht aufgenommen. Änderungen warten auf Prüfung: Gespeichertes wird"
            " veröffentlicht, wenn jemand es sagt.",
        ),
        (
            "Front matter: kind names no known kind of evidence (rumour).",
            "Kopfdaten: kind nennt keine bekannte Art des Belegs (rumour).",
        ),
        ("Something that nobody translated {0}.", "Something that nobody translated {0}."),
        ("", ""),
    ],
)
def test_what_was_said_elsewhere_is_told_in_german(app: Flask, english: str, german: str) -> None:
    with app.test_request_context("/?lang=de"):
        assert told(english) == german
    with app.test_request_context("/"):
        assert told(english) == english


def test_programs_are_told_in_english(client: FlaskClient) -> None:
    german = {"Accept-Language": "de"}
    assert (
        client.get("/api/v1/ask", headers=german).json["title"]
        == "That question cannot be searched"
    )
    assert '<div lang="en">' in client.get("/api", headers=german).text
