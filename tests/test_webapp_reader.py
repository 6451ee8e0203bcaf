"""Laying a document out: structure, the mark across blocks, contents, pages and references."""

from __future__ import annotations

from corpus.records import Block
from tests.webapp_fake import GUIDE, LEAFLET, ODD, TAPING, make_source
from webapp.reader import Layout, Node, lay_out, section, section_start
from webapp.service import SourceText


def _marked(layout: Layout) -> list[tuple[str, str]]:
    """Return each marked run with its anchor, in reading order."""
    found = []

    def note(runs: object) -> None:
        found.extend((run.text, run.anchor) for run in runs if run.marked)  # type: ignore[attr-defined]

    def items(held: list) -> None:
        for item in held:
            note(item.runs)
            items(item.items)

    note(layout.title)
    for node in layout.nodes:
        note(node.runs)
        items(node.items)
        for row in node.rows:
            for cell in row:
                note(cell)
        for entry in node.entries:
            note(entry.runs)
    return found


def _span(source: SourceText, first: str, last: str) -> tuple[int, int]:
    return source.text.index(first), source.text.index(last) + len(last)


def _kinds(nodes: tuple[Node, ...]) -> list[str]:
    return [node.kind for node in nodes]


def test_blocks_become_nodes() -> None:
    assert _kinds(lay_out(TAPING, None).nodes) == [
        "paragraph", "heading", "paragraph", "heading", "list", "heading", "table", "caption",
        "heading", "paragraph",
    ]  # fmt: skip
    assert _kinds(lay_out(LEAFLET, None).nodes) == ["paragraph", "code"]


def test_list_items_nest_by_depth() -> None:
    [node] = [node for node in lay_out(TAPING, None).nodes if node.kind == "list"]
    assert [len(item.items) for item in node.items] == [0, 1, 0]
    assert node.items[1].items[0].runs[0].text == "Use a skin-friendly underlay first."
    assert not node.bare


def test_list_that_starts_deep_is_kept() -> None:
    source = make_source("deep", [("list_item", "a", 3), ("list_item", "b", 1)])
    [node] = lay_out(source, None).nodes
    assert [item.runs[0].text for item in node.items] == ["a", "b"]


def test_items_that_carry_their_own_numbers_get_no_bullets() -> None:
    source = make_source("own", [("list_item", "1. First", 1), ("list_item", "2) Second", 1)])
    [node] = lay_out(source, None).nodes
    assert node.bare


def test_table_rows_are_cut_into_cells() -> None:
    [node] = [node for node in lay_out(TAPING, None).nodes if node.kind == "table"]
    assert [[cell[0].text for cell in row] for row in node.rows] == [
        ["What", "When it helps", "How sure we are"],
        ["Taping", "During exercise and stairs", "Small trials"],
        ["Brace", "Not shown to help", "Five trials, 368 people"],
    ]


def test_an_empty_cell_stays() -> None:
    source = make_source("cells", [("table_row", "a |  | c")])
    [node] = lay_out(source, None).nodes
    assert [["".join(run.text for run in cell) for cell in row] for row in node.rows] == [
        ["a", "", "c"]
    ]


def test_mark_in_one_sentence() -> None:
    span = _span(TAPING, "Taping often", "[1].")
    assert _marked(lay_out(TAPING, span)) == [("Taping often eases pain at once [1].", "quote")]


def test_mark_across_paragraph_heading_and_items_has_one_anchor() -> None:
    span = _span(TAPING, "Taping works best", "Use a skin")
    assert _marked(lay_out(TAPING, span)) == [
        ("Taping works best beside exercise, not in its place [1, 3].", "quote"),
        ("How to put the tape on", ""),
        ("Shave or trim the hair around the knee the day before.", ""),
        ("Sit with the leg straight and the thigh loose.", ""),
        ("Use a skin", ""),
    ]


def test_mark_across_table_cells() -> None:
    span = _span(TAPING, "Brace | Not", "Five trials")
    assert _marked(lay_out(TAPING, span)) == [
        ("Brace", "quote"),
        ("Not shown to help", ""),
        ("Five trials", ""),
    ]


def test_marked_text_equals_the_span_but_for_what_stands_between_blocks() -> None:
    for start in range(0, len(TAPING.text), 37):
        span = (start, min(start + 90, len(TAPING.text)))
        words = "".join(text for text, _ in _marked(lay_out(TAPING, span)))
        quoted = TAPING.text[slice(*span)].replace("\n", "").replace(" | ", "")
        assert words.replace(" ", "") == quoted.replace(" ", "").replace("|", "")


def test_span_between_blocks_marks_nothing() -> None:
    start = TAPING.text.index("\n\n")
    assert not lay_out(TAPING, (start, start + 2)).marked


def test_astral_characters_count_as_one() -> None:
    source = make_source("emoji", [("paragraph", "🦵🏽🦵🏽 The knee. It bends.")])
    assert _marked(lay_out(source, (15, 24))) == [("It bends.", "quote")]
    assert source.text[15:24] == "It bends."


def test_headings_never_skip_a_level() -> None:
    source = make_source(
        "levels",
        [("heading", "A", 2), ("heading", "B", 5), ("heading", "C", 3), ("heading", "D", 1)],
    )
    assert [heading.level for heading in lay_out(source, None).contents] == [2, 3, 3, 2]


def test_a_first_heading_that_repeats_the_title_is_the_title() -> None:
    layout = lay_out(GUIDE, (0, 13))
    assert layout.title[0].text == "Best practice"
    assert layout.title[0].anchor == "quote"
    assert [heading.text for heading in layout.contents] == ["Supports", "References"]


def test_page_marks_carry_printed_labels() -> None:
    labels = [node.label for node in lay_out(GUIDE, None).nodes if node.kind == "page"]
    assert labels == ["Page i (1 in the file)", "Page ii (2 in the file)", "Page 1 (3 in the file)"]
    bare = make_source("bare", [("paragraph", "x", 0, 1), ("paragraph", "y", 0, 2)])
    assert [n.label for n in lay_out(bare, None).nodes if n.kind == "page"] == ["Page 1", "Page 2"]


def test_references_of_the_text_stand_for_those_of_the_metadata() -> None:
    layout = lay_out(GUIDE, None)
    [node] = [node for node in layout.nodes if node.kind == "references"]
    assert [entry.number for entry in node.entries] == [1, 2]
    assert node.entries[0].runs[0].parts[1].href == "https://doi.org/10.1136/bjsports-2014-093637"
    assert layout.references == ()
    assert [reference.number for reference in lay_out(TAPING, None).references] == [1, 2, 3]


def test_unnumbered_references_are_counted() -> None:
    source = make_source(
        "refs", [("paragraph", "So [2]."), ("reference", "Smith A."), ("reference", "Jones B.")]
    )
    layout = lay_out(source, None)
    assert [entry.number for entry in layout.nodes[1].entries] == [1, 2]
    assert layout.nodes[0].runs[0].parts[1].href == "#ref-2"


def test_text_outside_blocks_is_still_shown() -> None:
    source = make_source("loose", [("paragraph", "One. Two.")])
    loose = SourceText(
        source.document, "Lead\n\nOne. Two.\n\nTail", (Block("paragraph", 6, 15),), True
    )
    assert [node.runs[0].text for node in lay_out(loose, None).nodes] == [
        "Lead", "One. Two.", "Tail",
    ]  # fmt: skip
    none = SourceText(source.document, "A\n\nB", (), True)
    assert len(lay_out(none, None).nodes) == 2


def test_overlapping_and_empty_blocks_are_shown_once() -> None:
    source = make_source("over", [("paragraph", "abcdef")])
    blocks = (Block("paragraph", 0, 4), Block("paragraph", 2, 6), Block("paragraph", 3, 3))
    layout = lay_out(SourceText(source.document, "abcdef", blocks, True), None)
    assert [node.runs[0].text for node in layout.nodes] == ["abcd", "ef"]


def test_one_section() -> None:
    layout = section(TAPING, "how to put the tape on")
    assert layout
    assert _kinds(layout.nodes) == ["list", "heading", "table", "caption"]
    assert section(TAPING, "No such heading") is None
    assert section_start(TAPING, "No such heading") is None
    assert section_start(TAPING, "How long taping helps") == (99, 120)


def test_markup_in_text_is_only_text() -> None:
    layout = lay_out(ODD, None)
    assert layout.nodes[0].runs[0].text == "<b>Bold</b> & \u202eevil\u202c"
