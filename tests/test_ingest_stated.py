"""What documents say of themselves, what an editor says over it, and the language that nobody says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from corpus.records import Metadata
from ingest.language import detect
from ingest.overlay import overlaid
from ingest.read import read_bytes
from patella.cli import main

BODY = "<main><h1>Stairs and knees</h1><p>Going down loads the knee more than going up.</p></main>"


def page(head: str) -> Metadata:
    html = f"<!doctype html><html><head><title>Stairs | Site</title>{head}</head><body>{BODY}</body></html>"
    return read_bytes(html.encode(), name="x.html").metadata


def ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


ARTICLE = {
    "@context": "https://schema.org", "@type": ["MedicalWebPage"], "headline": "Stairs and knees",
    "author": [{"@type": "Person", "name": "Jane Doe"}, {"@type": "Organization", "name": "Knee Trust"}],
    "publisher": {"@type": "Organization", "name": "Knee Trust"}, "datePublished": "2024-03-05T10:00:00Z",
    "lastReviewed": "2025-06-07", "inLanguage": "en-GB",
    "license": "https://creativecommons.org/licenses/by/4.0/",
}  # fmt: skip


@pytest.mark.parametrize(
    "value", [ARTICLE, [ARTICLE], {"@graph": [{"@type": "Organization", "name": "Other"}, ARTICLE]}]
)
def test_json_ld(value: object) -> None:
    meta = page(ld(value))
    assert (meta.authors, meta.publisher) == (("Jane Doe", "Knee Trust"), "Knee Trust")
    assert (meta.published, meta.reviewed, meta.language) == ("2024-03-05", "2025-06-07", "en-GB")
    assert meta.licence == "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    "broken",
    ["{", "[" * 5000, '{"@type": "Article", "author": 7, "datePublished": {}}', '"Article"', "null",
     '{"@graph": 3, "@type": null}'],
)  # fmt: skip
def test_json_ld_that_is_broken_says_nothing(broken: str) -> None:
    meta = page(
        f'<script type="application/ld+json">{broken}</script><meta name="author" content="A B">'
    )
    assert meta.authors == ("A B",)


def test_dublin_core_and_the_tags_of_journals() -> None:
    meta = page(
        '<meta name="DC.creator" content="Doe, Jane"><meta name="DC.creator" content="Roe, Jim">'
        '<meta name="DCTERMS.issued" content="2023-04"><meta name="DC.publisher" content="Knee Press">'
        '<meta name="DC.language" content="en"><meta name="DC.rights" content="CC BY-SA 4.0">'
    )
    assert meta.authors == ("Doe, Jane", "Roe, Jim")
    assert (meta.published, meta.publisher) == ("2023-04", "Knee Press")
    assert (meta.language, meta.licence) == ("en", "CC BY-SA 4.0")
    meta = page(
        '<meta name="citation_author" content="Roe J">'
        '<meta name="citation_publication_date" content="2022/05/06">'
    )
    assert (meta.authors, meta.published) == (("Roe J",), "2022-05-06")


def test_open_graph_and_licence_links() -> None:
    meta = page(
        '<meta property="og:site_name" content="Knee Trust"><meta property="og:title" content="On stairs">'
        '<meta property="article:published_time" content="2021-02-03T00:00:00Z">'
        '<meta property="article:author" content="https://social.example/jane">'
        '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">'
    )
    assert (meta.title, meta.publisher, meta.published) == ("On stairs", "Knee Trust", "2021-02-03")
    assert meta.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert "https://social.example/jane" not in meta.authors


TEXTS = {
    "en": "Sitting for a long time hurts because a bent knee presses the kneecap against the thigh bone.",
    "de": "Langes Sitzen tut weh, weil das gebeugte Knie die Kniescheibe gegen den Schenkel drückt.",
    "fr": "Rester assis longtemps fait mal parce que le genou plié appuie la rotule contre le fémur.",
    "es": "Cuando pasa mucho tiempo sentado, la rodilla le duele porque está doblada. Levántese cada hora.",
    "pl": "Długie siedzenie boli, ponieważ zgięte kolano dociska rzepkę do kości udowej.",
    "ja": "長く座っていると、曲げた膝が膝蓋骨を大腿骨に押しつけるため痛みます。時々立ってください。",
}


@pytest.mark.parametrize("code", TEXTS)
def test_a_language_that_is_not_stated_is_told_from_the_text(code: str) -> None:
    assert detect(TEXTS[code] * 3) == code
    assert read_bytes((TEXTS[code] * 3).encode(), name="x.txt").metadata.language == code


def test_too_little_text_tells_no_language_and_a_stated_one_stays() -> None:
    assert detect("Knie") == ""
    assert detect("1234 5678 " * 100) == ""
    stated = f"---\nlang: nl\n---\n{TEXTS['en']}".encode()
    assert read_bytes(stated, name="x.md").metadata.language == "nl"


def test_an_editors_values_win_and_faults_are_told() -> None:
    own = Metadata(title="Own", authors=("A",), published="2020", publisher="P")
    found, told = overlaid(
        own,
        {
            "title": "Better",
            "date": "soon",
            "authors": ["B", "C"],
            "titel": "x",
            "licence": "CC0",
            "lang": "",
        },
        name="a.pdf.meta.yaml",
    )
    assert found == Metadata(
        title="Better", authors=("B", "C"), published="2020", publisher="P", licence="CC0"
    )
    assert told == (
        "a.pdf.meta.yaml: published is no date that can be read.",
        "a.pdf.meta.yaml: titel is no field that is known; did you mean title?",
    )
    assert overlaid(own, {}, name="x") == (own, ())


@pytest.fixture
def patella(tmp_path: Path):
    def run(*args: str | Path, code: int = 0) -> Result:
        result = CliRunner().invoke(main, ["--data-dir", str(tmp_path / "data"), *map(str, args)])
        assert result.exit_code == code, result.output
        return result

    return run


MARKDOWN = """---
title: Sitting
licence: CC BY 4.0
---
## Why

Sitting hurts because a bent knee presses the kneecap.

## What helps

Stand up every twenty minutes.
"""


def test_a_sidecar_from_beginning_to_end(patella, tmp_path) -> None:
    document, beside = tmp_path / "sitting.md", tmp_path / "sitting.md.meta.yaml"
    document.write_text(MARKDOWN, "utf-8")
    patella("add", document)

    def run() -> dict:
        return json.loads(patella("index", "--json").stdout)

    def meta() -> tuple[str, str, str]:
        shown = json.loads(patella("show", "sitting", "--json").stdout)
        return shown["title"], shown["publisher"], shown["licence"]

    beside.write_text("publisher: Knee Trust\n", "utf-8")
    report = run()
    # what is not in the encoder's input embeds nothing
    assert (report["counts"], report["embedded"]) == ({"changed": 1}, 0)
    assert meta() == ("Sitting", "Knee Trust", "CC BY 4.0")
    beside.write_text("title: Sitting still\nlicence: CC0\n", "utf-8")
    report = run()
    assert report["counts"] == {"changed": 1} and report["embedded"] > 0
    assert meta() == ("Sitting still", "", "CC0")
    assert run()["counts"] == {"unchanged": 1}
    beside.write_text("title: [", "utf-8")
    file = run()["files"][0]
    assert file["state"] == "changed" and "mend it" in file["warnings"][0]
    assert meta() == ("Sitting", "", "CC BY 4.0")
    beside.unlink()
    assert run()["counts"] == {"changed": 1}
    assert meta() == ("Sitting", "", "CC BY 4.0")
