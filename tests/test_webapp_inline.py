"""Cutting a text into runs: marks, links, and that no letter is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.inline import Link, Part, Run, doi_address, doi_links, reference_links, runs


def test_marks_are_clipped_to_the_span() -> None:
    assert runs("abcdefgh", (2, 6), marks=[(0, 3), (5, 9)]) == (
        Run((Part("c"),), marked=True),
        Run((Part("de"),)),
        Run((Part("f"),), marked=True),
    )


def test_a_link_across_the_edge_of_a_mark_is_cut_in_two() -> None:
    made = runs("say [1].", (0, 8), marks=[(0, 6)], links=[Link(4, 7, "#ref-1")])
    assert made == (
        Run((Part("say "), Part("[1", "#ref-1")), marked=True),
        Run((Part("]", "#ref-1"), Part("."))),
    )


def test_empty_span_has_no_runs() -> None:
    assert runs("abc", (1, 1)) == ()


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(0, 45), st.integers(0, 45)), max_size=4),
    st.integers(0, 40),
    st.integers(0, 40),
)
def test_no_letter_is_lost(text: str, marks: list[tuple[int, int]], a: int, b: int) -> None:
    start, end = sorted((min(a, len(text)), min(b, len(text))))
    marks = [(min(pair), max(pair)) for pair in marks]
    made = runs(text, (start, end), marks=marks, links=[Link(3, 9, "#x")])
    assert "".join(run.text for run in made) == text[start:end]
    marked = "".join(run.text for run in made if run.marked)
    inside = [i for i in range(start, end) if any(x <= i < y for x, y in marks)]
    assert marked == "".join(text[i] for i in inside)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("as shown [2].", [(9, 12, "#ref-2")]),
        ("both [1, 3]", [(6, 7, "#ref-1"), (9, 10, "#ref-3")]),
        ("range [1–3]", [(7, 8, "#ref-1"), (9, 10, "#ref-3")]),
        ("unknown [9]", []),
        ("year [2026] and [x]", []),
    ],
)
def test_reference_markers(text: str, found: list[tuple[int, int, str]]) -> None:
    links = reference_links(text, (0, len(text)), known={1, 2, 3})
    assert [(link.start, link.end, link.href) for link in links] == found


@pytest.mark.parametrize(
    ("text", "linked", "href"),
    [
        ("doi:10.1/x. no", "", ""),
        ("See 10.1136/bjsports-2014-093637.", "10.1136/bjsports-2014-093637", "https://doi.org/10.1136/bjsports-2014-093637"),
        ("doi: 10.1002/14651858.CD006717.pub2)", "doi: 10.1002/14651858.CD006717.pub2", "https://doi.org/10.1002/14651858.CD006717.pub2"),
        ("https://doi.org/10.1136/bmj.j1982", "https://doi.org/10.1136/bmj.j1982", "https://doi.org/10.1136/bmj.j1982"),
    ],
)  # fmt: skip
def test_doi_in_text(text: str, linked: str, href: str) -> None:
    links = doi_links(text, (0, len(text)))
    assert [text[link.start : link.end] for link in links] == [linked][: bool(linked)]
    assert [link.href for link in links] == [href][: bool(href)]
    assert all(link.external for link in links)


def test_doi_address_keeps_to_safe_characters() -> None:
    assert doi_address('10.1/a"b c<d>') == "https://doi.org/10.1/a%22b%20c%3Cd%3E"
    assert doi_address("https://doi.org/10.1/é") == "https://doi.org/10.1/%C3%A9"
