"""Filters and quoted phrases: what passes is searched whole, and nothing else is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import UsageError
from corpus.filters import Filters, read_filters
from corpus.records import Metadata
from index.embed import HashEncoder
from index.phrases import phrase_spans, read_query
from patella.engine import Engine
from patella.settings import Settings
from patella.writer import Writer
from tests.library_helpers import new_version

GUIDE = Metadata(
    title="Guide", kind="guideline", publisher="Élan", language="en-GB", reviewed="2024-06-15",
    topics=("Taping", "Exercise"),
)  # fmt: skip
TRIAL = Metadata(title="Trial", kind="trial", publisher="Journal", published="2019", language="de")
PLAIN = Metadata(title="Plain")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A guideline, a trial, a plain text, and 150 texts that say more about knees than any."""
    opened = Engine(Settings(data_dir=tmp_path), encoder=HashEncoder())
    texts = {
        "guide": (GUIDE, ["Rest, ice, compression for a knee.", "Ice the compression of rest."]),
        "trial": (TRIAL, ["The trial taped a knee for weeks."]),
        "plain": (PLAIN, ["Resting iced compressions helped a knee."]),
    }
    for name, (metadata, paragraphs) in texts.items():
        new = new_version(f"{name}.txt", *paragraphs, metadata=metadata)
        opened.store.put_version(replace(new, path=f"{name}.txt"))
    for n in range(150):
        opened.store.put_version(new_version(f"knee-{n}.txt", f"Knee, knee, knee number {n}."))
    Writer(opened).publish()
    yield opened
    opened.close()


def found(engine: Engine, question: str, **filters: list[str]) -> set[str]:
    result = engine.search(question, k=100, filters=read_filters(filters))
    return {hit.document.id for hit in result.hits}


@pytest.mark.parametrize(
    ("filters", "documents"),
    [
        ({"kind": ["guideline"]}, {"guide"}),
        ({"kind": ["guideline", "TRIAL"]}, {"guide", "trial"}),
        ({"topic": ["taping"]}, {"guide"}),
        ({"publisher": ["Élan"]}, {"guide"}),
        ({"publisher": ["journal"], "kind": ["guideline"]}, set()),
        ({"language": ["en"]}, {"guide"}),
        ({"language": ["e"]}, set()),
        ({"document": ["plain", "trial"]}, {"plain", "trial"}),
        ({"since": ["2024-06-15"]}, {"guide"}),
        ({"since": ["2024-07"]}, set()),
        ({"since": ["2019-05"]}, {"guide", "trial"}),
        ({"until": ["2019"]}, {"trial"}),
        ({"since": ["2019"], "until": ["2024-06"]}, {"guide", "trial"}),
        ({"format": ["pdf"]}, set()),
        ({"topic": ["'; DROP TABLE versions; --"]}, set()),
    ],
)
def test_only_what_passes_is_found_though_150_others_rank_before_it(
    engine: Engine, filters: dict[str, list[str]], documents: set[str]
) -> None:
    assert found(engine, "knee", **filters) == documents
    answer = engine.ask("knee", filters=read_filters(filters))
    assert {hit.document.id for hit in answer.hits} == documents
    assert (answer.warnings != ()) == (documents == set())


def test_scores_under_a_filter_are_those_of_the_whole_library(engine: Engine) -> None:
    free = {h.passage.id: h for h in engine.search("taped knee for weeks", k=100).hits}
    kept = engine.search("taped knee for weeks", filters=Filters(kind=("trial",))).hits
    assert [(h.dense, h.lexical) for h in kept] == [
        pytest.approx((free[h.passage.id].dense, free[h.passage.id].lexical)) for h in kept
    ]
    assert len(kept) == 1


def test_facets_count_documents_and_not_passages(engine: Engine) -> None:
    result = engine.search("rest ice compression", filters=read_filters({"kind": ["guideline"]}))
    assert {(f.name, f.value, f.count) for f in result.facets} == {
        ("topic", "Taping", 1), ("topic", "Exercise", 1), ("kind", "guideline", 1),
        ("publisher", "Élan", 1), ("format", "text", 1),
    }  # fmt: skip
    assert result.filters == (("kind", "guideline"),)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"kind": ["guidelines"]}, "There is no kind of evidence 'guidelines'"),
        ({"since": ["June"]}, "since is not a date"),
        ({"until": ["2024-13"]}, "until is not a date"),
        ({"since": ["2020", "2021"]}, "since is not a date"),
        ({"since": ["2024"], "until": ["2023"]}, "No date is since 2024 and until 2023"),
        ({"topic": ["x" * 201]}, "too many or too long"),
    ],
)
def test_a_filter_that_makes_no_sense_is_told(filters: dict[str, list[str]], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_filters(filters)


def test_empty_values_ask_nothing() -> None:
    assert not read_filters({"kind": [""], "since": [" "], "topic": []})


def test_a_phrase_must_stand_in_that_order_after_stemming(engine: Engine) -> None:
    assert found(engine, '"rest ice compression"') == {"guide", "plain"}
    hits = engine.search('knee "rest ice compression"').hits
    assert {h.passage.text[:8] for h in hits} == {"Rest, ic", "Resting "}
    assert found(engine, '"rest ice compression" “taped a knee”') == set()
    assert found(engine, '"ice compression"', kind=["guideline"]) == {"guide"}


def test_a_phrase_that_is_found_nowhere_is_told(engine: Engine) -> None:
    result = engine.search('"compression ice rest" knee')
    assert result.hits == ()
    assert result.warnings == (
        "No passage holds “compression ice rest” in these words.",
        "Take the quotation marks away to search for the words on their own.",
    )
    answer = engine.ask('"taped a knee"', filters=Filters(kind=("guideline",)))
    assert answer.state == "none"
    assert answer.warnings[0].startswith("No passage under these filters holds “taped a knee”")


@pytest.mark.parametrize("question", ['a "knee', 'a knee ""', '"?" knee', "runner's knee"])
def test_marks_that_quote_nothing_are_plain_text(engine: Engine, question: str) -> None:
    assert read_query(question).phrases == ()
    assert len(found(engine, question)) > 50


def test_what_a_question_quotes() -> None:
    query = read_query('is "rest  ice" or “hot tubs” good "x"?')
    assert query.text == "is rest ice or hot tubs good x?"
    assert query.phrases == ("rest ice", "hot tubs", "x")
    assert phrase_spans("Hot tub, hot tubs", "hot tub") == [(0, 7), (9, 17)]
