"""Chunking: passages of whole sentences, under one heading, within the limit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import UsageError
from corpus.records import Metadata, PassageDraft
from ingest.blocks import TextBuilder
from ingest.chunk import chunk
from tests.ingest_helpers import (
    check_passages,
    count_tokens,
    count_words,
    read_file,
    read_text,
)

LONG = "Runner's knee hurts when you sit for a long time with the knee bent, as in a car."


def chunks(text: str, **limits: int) -> tuple[PassageDraft, ...]:
    extract = read_text(text, "a.md")
    passages = chunk(extract, title=extract.metadata.title, count_tokens=count_tokens, **limits)
    check_passages(extract, passages, limit=limits.get("limit", 256))
    return passages


def test_passages_stand_under_their_headings() -> None:
    passages = chunks(
        "---\ntitle: Sitting\n---\nFirst words.\n\n## Why\n\nA. b.\n\n### Cars\n\nIn a car.\n\n"
        "## What helps\n\nStand up."
    )
    assert [(p.heading, p.text, p.prefix) for p in passages] == [
        ((), "First words.", "Sitting"),
        (("Why",), "A. b.", "Sitting > Why"),
        (("Why", "Cars"), "In a car.", "Sitting > Why > Cars"),
        (("What helps",), "Stand up.", "Sitting > What helps"),
    ]
    assert passages[1].encoder_input == "Sitting > Why\nA. b."


def test_small_blocks_are_joined_up_to_the_target() -> None:
    passages = chunks("\n\n".join([LONG] * 6), target=66)
    assert [len(p.sentences) for p in passages] == [3, 3]


def test_a_paragraph_within_the_limit_is_kept_whole() -> None:
    passages = chunks(" ".join([LONG] * 9))
    assert [len(p.sentences) for p in passages] == [9]


def test_a_long_paragraph_is_cut_between_sentences_evenly() -> None:
    passages = chunks(" ".join([LONG] * 18))
    assert [len(p.sentences) for p in passages] == [9, 9]
    assert all(p.text.startswith("Runner's") and p.text.endswith("car.") for p in passages)


def test_a_list_stays_with_its_lead_in() -> None:
    items = "\n".join(f"- Item {n} of this list is here for you." for n in range(8))
    passages = chunks(f"{LONG} {LONG} {LONG}\n\nTry these:\n\n{items}", target=80, limit=160)
    assert passages[0].text.endswith("car.")
    assert passages[1].text.startswith("Try these:\n\nItem 0")
    assert passages[1].text.endswith("Item 7 of this list is here for you.")


def test_list_items_and_rows_can_be_quoted_whole() -> None:
    (passage,) = chunks(
        "- Rest the knee. Then walk.\n- No stairs\n\n| Week | Sets. Reps |\n|-|-|\n"
    )
    sentences = [passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences]
    assert sentences == ["Rest the knee.", "Then walk.", "No stairs", "Week | Sets. Reps"]


def test_a_sentence_over_the_limit_is_cut_at_its_clauses() -> None:
    sentence = "; ".join(["rest the knee from the hills and the stairs"] * 12) + "."
    passages = chunks(sentence, limit=64, prefix_limit=16)
    assert len(passages) > 1
    assert all(p.text.startswith("rest the knee") for p in passages)
    assert all(p.text.endswith((";", ".")) for p in passages)


def test_a_word_over_the_limit_is_cut() -> None:
    extract = read_text("x" * 50_000, "a.txt")
    passages = chunk(extract, title="", count_tokens=count_tokens)
    check_passages(extract, passages, limit=256)
    assert max(len(p.text) for p in passages) <= 4096


def test_references_and_headings_are_no_passages() -> None:
    passages = chunks("## One\n\nBefore.\n\n## References\n\n1. Smith 2019.\n\n## Two\n\nAfter.")
    assert [p.text for p in passages] == ["Before.", "After."]


def test_only_headings_still_give_a_passage() -> None:
    (passage,) = chunks("# Knee pain\n\n## On stairs\n")
    assert passage.text == "On stairs"
    assert passage.prefix == "Knee pain"


def test_a_lone_title_gives_a_passage() -> None:
    assert [p.text for p in chunks("# Knee pain\n")] == ["Knee pain"]


def test_a_long_prefix_is_cut_between_words() -> None:
    title = " ".join(["knee"] * 100)
    passages = chunks(
        f"---\ntitle: {title}\n---\n## {'stairs ' * 60}\n\nIt hurts.", prefix_limit=20
    )
    words = passages[0].prefix.split()
    assert set(words) == {"knee", ">", "stairs"}
    assert len(words) <= 20


def test_middle_headings_leave_a_long_prefix_first() -> None:
    middle = "a middle heading with a good many words in it"
    (passage,) = chunks(f"---\ntitle: Knee\n---\n## {middle}\n### Stairs\n\nHurt.", prefix_limit=8)
    assert passage.prefix == "Knee > Stairs"
    assert passage.heading == (middle, "Stairs")


def test_a_prefix_of_one_huge_word_is_left_out() -> None:
    extract = read_text("It hurts.", "a.md")
    (passage,) = chunk(
        extract,
        title="kneekneeknee",
        count_tokens=lambda texts: [len(t) for t in texts],
        limit=40,
        prefix_limit=8,
    )
    assert passage.prefix == ""
    assert passage.encoder_input == "It hurts."


def test_too_small_a_limit_is_refused() -> None:
    with pytest.raises(UsageError, match="leaves no room"):
        chunks("It hurts.", limit=70)


def test_code_is_quoted_line_by_line() -> None:
    (passage,) = chunks("```\nfirst line\n\nsecond. line\n```\n")
    assert passage.text == "first line\nsecond. line"
    assert len(passage.sentences) == 2


def test_a_counter_that_sees_more_in_the_whole_is_obeyed() -> None:
    """Passages are packed by sums; a count of the whole that is higher makes them smaller."""

    def count(texts: list[str]) -> list[int]:
        return [len(t.split()) + 8 * t.count(". ") for t in texts]

    extract = read_text("It hurts a lot. " * 40, "a.txt")
    passages = chunk(extract, title="T", count_tokens=count, limit=40, prefix_limit=8, target=30)
    assert all(count([p.encoder_input])[0] <= 38 for p in passages)
    assert sum(len(p.sentences) for p in passages) == 40


def test_one_call_counts_all_the_sentences() -> None:
    calls: list[int] = []

    def count(texts: list[str]) -> list[int]:
        calls.append(len(texts))
        return count_words(texts)

    chunk(read_text("## A\n\nOne. Two.\n\n## B\n\nThree.", "a.md"), title="T", count_tokens=count)
    # what is far below the limit is not counted again as a whole
    assert calls == [3, 3]


def test_pages_are_those_of_the_first_character() -> None:
    builder = TextBuilder()
    builder.add("paragraph", "On page two.", page=2)
    builder.add("paragraph", "On page three.", page=3)
    extract = builder.extract(Metadata(), "pdf")
    (passage,) = chunk(extract, title="", count_tokens=count_words)
    assert passage.page == 2


@pytest.mark.parametrize(
    "name", ["columns.pdf", "columns-by-row.pdf", "hyphens.pdf", "leaflet.html", "leaflet.pdf"]
)
def test_real_files(name: str) -> None:
    extract = read_file(name)
    passages = chunk(extract, title=extract.metadata.title, count_tokens=count_tokens, limit=96)
    check_passages(extract, passages, limit=96)


KINDS = st.sampled_from(
    ["heading", "paragraph", "paragraph", "list_item", "table_row", "caption", "code", "reference"]
)
WORDS = st.lists(
    st.sampled_from(
        [
            "knee",
            "hurts.",
            "e.g.",
            "(see",
            "2)",
            "[3]",
            "stairs;",
            "unhappiness",
            "é",
            "膝が。",
            "?",
            "x" * 40,
            "and",
            "\u00ad",
            "tibiofemoral",
            "a\nb",
            "😀",
        ]
    )
    | st.text(max_size=12),
    max_size=60,
).map(" ".join)


@given(st.lists(st.tuples(KINDS, WORDS), min_size=1, max_size=12), st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost_and_nothing_is_too_long(parts: list[tuple], title: str) -> None:
    builder = TextBuilder()
    for number, (kind, words) in enumerate(parts):
        builder.add(kind, words, level=number % 4)
    extract = builder.extract(Metadata(title=title), "text")
    passages = chunk(
        extract, title=title, count_tokens=count_tokens, limit=48, prefix_limit=16, target=30
    )
    check_passages(extract, passages, limit=48)
