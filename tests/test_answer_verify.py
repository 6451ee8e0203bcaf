"""Quotes: compared with the stored text, and refused where a letter differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from answer.verify import check_quote, make_quote
from corpus.errors import QuoteMismatch
from corpus.records import Generation, Hit, sha256_text
from corpus.store import Store
from tests.library_helpers import hit, put, span_of

TEXT = "The knee 🦵🏽 hurts. Rest it; cafe\u0301 chairs are high."
HIT = hit(TEXT, start=10, heading=("Why", "Sitting"), passage_id=7)


@pytest.fixture
def stored(store: Store) -> tuple[Store, Hit]:
    put(store, "a.txt", "Bees leave in May.", TEXT, title="Sitting")
    documents, passages, digest = store.working_digest()
    store.publish(Generation(1, "2026", documents, passages, "m", digest))
    passage, document = store.passages([2], generation=1)[2]
    return store, Hit(passage, document, 0.5, 0.5, 1.0)


def tamper(store: Store, statement: str) -> None:
    with store.transaction() as db:
        db.execute(statement)


def test_a_quote_carries_where_it_stands() -> None:
    quote = make_quote(HIT, 10, 28, span=span_of(HIT), score=0.75)
    assert quote.text == "The knee 🦵🏽 hurts."
    assert (quote.start, quote.end, quote.passage_id, quote.score) == (10, 28, 7, 0.75)
    assert quote.sha256 == sha256_text("The knee 🦵🏽 hurts.")
    assert quote.heading == ("Why", "Sitting")
    assert quote.document == HIT.document
    check_quote(quote, span=span_of(HIT))


def test_a_quote_of_the_store_is_its_text(stored: tuple[Store, Hit]) -> None:
    store, found = stored
    start = found.passage.start
    for a, b in [(0, len(TEXT)), (0, 1), (9, 11), (19, 25), (27, 32)]:
        quote = make_quote(found, start + a, start + b, span=store.span)
        assert quote.text == TEXT[a:b]
        text, _ = store.text(found.passage.version_id)
        assert text[quote.start : quote.end] == quote.text


@pytest.mark.parametrize(
    ("start", "end"), [(9, 20), (10, 11 + len(TEXT)), (12, 12), (20, 15), (-5, 12), (0, 5)]
)
def test_a_span_outside_its_passage_is_refused(start: int, end: int) -> None:
    with pytest.raises(QuoteMismatch, match="'Sitting' differs") as caught:
        make_quote(HIT, start, end, span=lambda *_: TEXT[max(start - 10, 0) : end - 10])
    assert caught.value.hint == "Run: patella doctor"


def test_a_hit_of_another_version_is_refused() -> None:
    wrong = replace(HIT, document=replace(HIT.document, version_id=2))
    with pytest.raises(QuoteMismatch):
        make_quote(wrong, 10, 20, span=span_of(HIT))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE versions SET text = replace(text, 'hurts', 'heals')",
        "UPDATE passages SET text = replace(text, 'hurts', 'heals')",
        "UPDATE versions SET text = 'x' || text",
        "UPDATE versions SET text = ''",
        "DELETE FROM versions",
    ],
)
def test_a_tampered_store_is_never_quoted(stored: tuple[Store, Hit], statement: str) -> None:
    store, found = stored
    end = found.passage.start + 18
    whole = make_quote(found, found.passage.start, end, span=store.span)
    tamper(store, statement)
    again = store.passages([2], generation=1)
    read = Hit(*again[2], 0.5, 0.5, 1.0) if again else found
    with pytest.raises(QuoteMismatch):
        make_quote(read, found.passage.start, end, span=store.span)
    if "passages" not in statement:
        with pytest.raises(QuoteMismatch, match="not shown"):
            check_quote(whole, span=store.span)


def test_a_quote_whose_hash_is_not_its_own_is_refused() -> None:
    quote = make_quote(HIT, 10, 28, span=span_of(HIT))
    with pytest.raises(QuoteMismatch):
        check_quote(replace(quote, sha256="0" * 64), span=span_of(HIT))
    with pytest.raises(QuoteMismatch):
        check_quote(replace(quote, text="The knee helps."), span=span_of(HIT))
