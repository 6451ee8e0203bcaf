"""The region: whom to call and what paracetamol is called, in our own words and never in a quote."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from corpus.records import SafetySign
from tests.webapp_fake import ANSWERED, URGENT, FakeService
from webapp.app import create_app
from webapp.regions import REGIONS, Here, dialled
from webapp.settings import WebSettings

CRISIS = (
    "Get help now: ring 999 (UK), 112 (Europe) or 911 (US), or a crisis line (Samaritans 116 123 in"
    " the UK, 988 in the US). Tell someone near you."
)
DOSE = "Paracetamol may help. Take paracetamol, not ibuprofen."
NUMBERS = {
    "": "999 112 911 000", "AT": "144 112", "AU": "000", "CA": "911", "CH": "144 112", "DE": "112",
    "EU": "112", "GB": "999", "IE": "112 999", "NZ": "111", "US": "911",
}  # fmt: skip
CARDS = {
    "AT": "ring 144 or 112, or a crisis line (Telefonseelsorge 142)",
    "AU": "ring 000, or a crisis line (Lifeline 13 11 14)",
    "CA": "ring 911, or a crisis line (988)",
    "CH": "ring 144 or 112, or a crisis line (Die Dargebotene Hand 143)",
    "DE": "ring 112, or a crisis line (TelefonSeelsorge 0800 111 0 111)",
    "EU": "ring 112, or a crisis line",
    "GB": "ring 999, or a crisis line (Samaritans 116 123)",
    "IE": "ring 112 or 999, or a crisis line (Samaritans 116 123)",
    "NZ": "ring 111, or a crisis line (1737)",
    "US": "ring 911, or a crisis line (988)",
}


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(FakeService())


def test_every_region_is_tested() -> None:
    assert set(NUMBERS) == set(REGIONS) == {*CARDS, ""}


@pytest.mark.parametrize("code", REGIONS)
def test_emergency_numbers(app: Flask, code: str) -> None:
    with app.test_request_context("/"):
        numbers = " ".join(number for _, number in Here(code).emergency())
    assert numbers == NUMBERS[code]


@pytest.mark.parametrize("code", CARDS)
def test_a_card_names_the_numbers_of_its_region(app: Flask, code: str) -> None:
    with app.test_request_context("/"):
        told = Here(code).own_words(CRISIS)
    assert told == f"Get help now: {CARDS[code]}. Tell someone near you."


def test_a_card_without_places_after_its_numbers(app: Flask) -> None:
    with app.test_request_context("/"):
        assert Here("NZ").own_words("Ring 999, 112 or 911 now.") == "Ring 111 now."
        assert Here("").own_words("Ring 999, 112 or 911 now.") == "Ring 999, 112 or 911 now."


def test_the_painkiller_has_the_name_of_the_region(app: Flask) -> None:
    with app.test_request_context("/"):
        british, american = Here("GB").own_words(DOSE), Here("US").own_words(DOSE)
    assert british == DOSE
    assert american == "Acetaminophen may help. Take acetaminophen, not ibuprofen."


def test_a_card_in_german_with_the_numbers_of_germany(app: Flask) -> None:
    advice = "Go to an emergency department or ring 999, 112 or 911 now, even if you feel well."
    advice += " Take the packets with you."
    with app.test_request_context("/?lang=de"):
        assert Here("DE").own_words(advice) == (
            "Gehen Sie in die Notaufnahme oder rufen Sie jetzt 112 an, auch wenn Sie sich gut fühlen."
            " Nehmen Sie die Packungen mit."
        )
        assert (
            Here("CH")
            .own_words(advice)
            .startswith("Gehen Sie in die Notaufnahme oder rufen Sie jetzt 144 oder 112 an")
        )


def test_pages_show_the_numbers_of_the_region() -> None:
    client = create_app(FakeService(), settings=WebSettings(region="US")).test_client()
    for path in ("/get-help", "/search?q=chest"):
        page = client.get(path).text
        assert 'href="tel:911"' in page and 'href="tel:999"' not in page


def test_the_line_for_what_cannot_wait() -> None:
    german = create_app(FakeService(), settings=WebSettings(region="DE")).test_client()
    assert (
        'href="tel:116117"><strong>116 117</strong> Patientenservice'
        in german.get("/search?q=swollen").text
    )
    american = create_app(FakeService(), settings=WebSettings(region="US")).test_client()
    assert 'class="numbers"' not in american.get("/search?q=swollen").text


def test_quotes_stand_as_their_source_wrote_them_in_every_region() -> None:
    said = "Paracetamol eases pain; ring 999 (UK), 112 (Europe) or 911 (US) if it does not."
    quote = replace(ANSWERED.quotes[0], text=said)
    service = FakeService(answer=replace(ANSWERED, quotes=(quote,)))
    for code in REGIONS:
        client = create_app(service, settings=WebSettings(region=code)).test_client()
        assert said in client.get("/search?q=taping").text, code
        card = client.get("/search?q=taping&lang=de").text
        assert said in card, code


@pytest.mark.parametrize(
    ("code", "said", "note"),
    [
        ("US", "Paracetamol eases it.", "“paracetamol” in the quotes is what is called acetaminophen"),
        ("GB", "Acetaminophen eases it.", "“acetaminophen” in the quotes is what is called paracetamol"),
        ("GB", "Paracetamol eases it.", ""),
        ("US", "Paracetamol, or acetaminophen.", ""),
        ("", "Paracetamol or acetaminophen.", ""),
        ("US", "Ibuprofen eases it.", ""),
    ],
)  # fmt: skip
def test_a_name_of_elsewhere_in_a_quote_is_explained_beside_it(
    code: str, said: str, note: str
) -> None:
    quote = replace(ANSWERED.quotes[0], text=said)
    service = FakeService(answer=replace(ANSWERED, quotes=(quote,)))
    page = (
        create_app(service, settings=WebSettings(region=code))
        .test_client()
        .get("/search?q=taping")
        .text
    )
    assert ("is what is called" in page) == bool(note)
    assert note in page


def test_quotes_of_a_card_are_not_touched() -> None:
    assert URGENT.safety
    quote = URGENT.safety.quotes[0].text
    client = create_app(FakeService(), settings=WebSettings(region="NZ")).test_client()
    assert quote in client.get("/search?q=chest").text


def test_programs_get_the_card_in_the_words_of_the_region_and_language() -> None:
    assert URGENT.safety
    sign = SafetySign("same_day", "A knee that is stuck", "Ring 999, 112 or 911 now.")
    advice = "Go to an emergency department or ring 999, 112 or 911 now, even if you feel well."
    advice += " Take the packets with you."
    card = replace(URGENT.safety, title="Taken too much of a medicine", advice=advice, also=(sign,))
    service = FakeService(answer=replace(URGENT, safety=card))
    client = create_app(service, settings=WebSettings(region="DE")).test_client()
    told = client.post("/api/v1/ask", json={"q": "x", "lang": "de"}).json["safety"]
    assert told["title"] == "Zu viel von einem Arzneimittel genommen"
    assert told["advice"].startswith("Gehen Sie in die Notaufnahme oder rufen Sie jetzt 112 an")
    assert told["also"][0]["title"] == "Ein Knie, das feststeckt"
    assert told["quotes"][0]["text"] == card.quotes[0].text
    english = client.get("/api/v1/ask?q=x", headers={"Accept-Language": "de"}).json["safety"]
    assert english["title"] == "Taken too much of a medicine"
    assert english["also"][0]["advice"] == "Ring 112 now."
    assert client.post("/api/v1/ask", json={"q": "x", "lang": "fr"}).status_code == 400


def test_numbers_as_a_telephone_takes_them() -> None:
    assert dialled("0800 111 0 111") == "08001110111"
    assert dialled("+49 116 117") == "+49116117"
