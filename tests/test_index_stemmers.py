"""Each document's words are stemmed by its language, and a question's by all of the library's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.records import Metadata
from index import generation as gen
from index.embed import HashEncoder
from index.lexical import content_stems, stem, words
from index.phrases import phrase_spans
from index.stemmers import stemmer_of, stemmers_of
from patella.engine import Engine
from patella.settings import Settings
from patella.writer import Writer
from tests.library_helpers import new_version, remove

TEXTS = {
    "en": "Exercises strengthen the thighs.",
    "de-CH": "Die Übungen kräftigen gebeugte Kniegelenke.",
    "fr": "L'opération du genou est rare.",
    "cs": "Bolest kolena při sezení.",
}


def put(engine: Engine, language: str, text: str) -> None:
    new = new_version(f"{language}.txt", text, metadata=Metadata(title="", language=language))
    engine.store.put_version(replace(new, path=f"{language}.txt"))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = Engine(Settings(data_dir=tmp_path), encoder=HashEncoder())
    for language, text in TEXTS.items():
        put(opened, language, text)
    Writer(opened).publish()
    yield opened
    opened.close()


def by_words(engine: Engine, question: str) -> list[str]:
    """Return the languages of the documents that hold a word of the question."""
    hits = engine.search(question, k=50).hits
    return [hit.document.metadata.language for hit in hits if hit.lexical > 0]


@pytest.mark.parametrize(
    ("language", "stemmer"),
    [
        ("", "english"),
        ("en", "english"),
        ("en_GB", "english"),
        ("English", "english"),
        ("as stated", "english"),
        ("und", "english"),
        ("de", "german"),
        ("de-Latn-AT", "german"),
        ("GER", "german"),
        ("German", "german"),
        ("nb", "norwegian"),
        ("cs", "none"),
        ("ja", "none"),
    ],
)
def test_the_stemmer_of_a_language(language: str, stemmer: str) -> None:
    assert stemmer_of(language) == stemmer


def test_the_stemmers_of_a_library_are_told_english_first() -> None:
    assert stemmers_of(["de", "fr", "", "en", "ja"]) == ("english", "french", "german", "none")
    assert stemmers_of(["de"]) == ("german",)
    assert stemmers_of([]) == ("english",)


@pytest.mark.parametrize(
    ("stemmer", "word", "expected"),
    [
        ("german", "Übungen", "ubung"),
        ("german", "Füße", "fuss"),
        ("french", "opérées", "oper"),
        ("russian", "упражнения", "упражнен"),
        ("none", "Sezení", "sezeni"),
    ],
)
def test_a_stem(stemmer: str, word: str, expected: str) -> None:
    assert stem(word, stemmer) == expected


def test_a_word_ends_at_an_apostrophe_but_in_english() -> None:
    assert [s for _, _, s in words("l'opération", "french")] == ["l", "oper"]
    assert [s for _, _, s in words("knee's", "english")] == ["knee"]


def test_a_question_has_its_stems_by_all_stemmers_each_once() -> None:
    assert content_stems("the exercises") == ("exercis",)
    assert content_stems("gebeugte Knie", ("english", "german")) == ("gebeugt", "knie")
    assert content_stems("Übungen", ("english", "german")) == ("ubungen", "ubung")


@pytest.mark.parametrize(
    ("question", "languages"),
    [
        ("exercise for the thigh", ["en"]),
        ("Übung", ["de-CH"]),
        ("ein Kniegelenk beugen", ["de-CH"]),
        ("opérations", ["fr"]),
        ("kolena", ["cs"]),
    ],
)
def test_other_forms_of_a_word_are_found(
    engine: Engine, question: str, languages: list[str]
) -> None:
    assert by_words(engine, question) == languages


def test_what_was_found_is_marked_and_told_as_it_is_spelt(engine: Engine) -> None:
    (hit, *_) = engine.search("Übung", k=1).hits
    assert [hit.passage.text[a:b] for a, b in hit.marks] == ["Übungen"]
    (share,) = engine.why("Übung", hit.passage.id).terms
    assert share.text == "Übungen"


def test_a_word_of_another_language_is_not_mended_to_one_spelt_like_it(engine: Engine) -> None:
    put(engine, "en", "A gebeugte ubungen knee.")
    Writer(engine).publish()
    assert engine.search("Kniegelenk Übung").added == ()


def test_phrases_are_matched_by_their_language(engine: Engine) -> None:
    assert [h.document.metadata.language for h in engine.search('"gebeugtes Kniegelenk"').hits] == [
        "de-CH"
    ]
    assert phrase_spans(TEXTS["de-CH"], "gebeugtes Kniegelenk", "german") == [(22, 42)]
    assert phrase_spans("Die Übung.", "Übungen", "german") == [(4, 9)]
    assert phrase_spans("Die Übung.", "Übungen") == []


def test_an_index_tells_its_stemmers_and_loses_one_with_its_last_document(engine: Engine) -> None:
    def told() -> list[str]:
        folder = engine.settings.index_dir / gen.folder_name(engine.generation().id)
        stemmers = json.loads((folder / "manifest.json").read_text())["stemmers"]
        assert isinstance(stemmers, list)
        return stemmers

    assert told() == ["english", "french", "german", "none"]
    for language in ("de-CH", "fr", "cs"):
        remove(engine.store, f"{language}.txt")
    Writer(engine).publish()
    assert told() == ["english"]
    assert engine.searcher().lexical.stems("Übungen") == ("ubungen",)
