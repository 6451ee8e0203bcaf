"""Markdown: its structure becomes blocks of plain text."""

from __future__ import annotations

import pytest

from tests.ingest_helpers import blocks, check_extract, read_text

PAGE = """\
# Why sitting hurts

Runner's knee hurts when you *sit* [1]. It is **common** in [runners](http://x.y) ![a knee](k.png),
and `code` too.<br>It eases\\
soon [2](http://ref).

Setext heading
--------------

1. First step
2. Second step

   More on the second.
   - inner *item*

> Quoted words.

| When  | What     |
|-------|----------|
| Day 1 | Rest [2] |
| Day 2 |          |

```python
x = 1

y = 2
```

<div><p>In HTML<sup>3</sup>.</p><script>bad()</script></div>

![Only a picture](k.png)

Figure 2. A caption.

A note[^1].

[^1]: The note's words.
[^2]: A note that nothing refers to.

### References

Some words on sources.

1. Smith J. Knee. 2019.

# Next part

After.
"""


def test_a_page() -> None:
    extract = read_text(PAGE, "a.md")
    check_extract(extract)
    assert extract.format == "markdown"
    assert extract.metadata.title == "Why sitting hurts"
    assert extract.warnings == ()
    assert blocks(extract) == [
        (
            "paragraph",
            0,
            "Runner's knee hurts when you sit [1]. It is common in runners a knee, and code too. "
            "It eases soon [2].",
        ),
        ("heading", 2, "Setext heading"),
        ("list_item", 1, "First step"),
        ("list_item", 1, "Second step"),
        ("paragraph", 0, "More on the second."),
        ("list_item", 2, "inner item"),
        ("paragraph", 0, "Quoted words."),
        ("table_row", 0, "When | What"),
        ("table_row", 0, "Day 1 | Rest [2]"),
        ("table_row", 0, "Day 2 |"),
        ("code", 0, "x = 1\ny = 2"),
        ("paragraph", 0, "In HTML[3]."),
        ("caption", 0, "Only a picture"),
        ("caption", 0, "Figure 2. A caption."),
        ("paragraph", 0, "A note[^1]."),
        ("paragraph", 0, "[^1] The note's words."),
        ("paragraph", 0, "[^2] A note that nothing refers to."),
        ("heading", 3, "References"),
        ("reference", 0, "Some words on sources."),
        ("reference", 1, "Smith J. Knee. 2019."),
        ("heading", 1, "Next part"),
        ("paragraph", 0, "After."),
    ]


def test_list_items_and_rows_stand_on_lines_of_their_own() -> None:
    extract = read_text("Do:\n\n- one\n- two\n\nThen.\n\n|a|b|\n|-|-|\n|c|d|\n", "a.md")
    assert extract.text == "Do:\n\none\ntwo\n\nThen.\n\na | b\nc | d"


@pytest.mark.parametrize("heading", ["Bibliography", "Sources:", "7. Reference list", "REFERENCES"])
def test_names_of_reference_lists(heading: str) -> None:
    extract = read_text(f"Text.\n\n## {heading}\n\n- Smith 2019\n", "a.md")
    assert [b.kind for b in extract.blocks] == ["paragraph", "heading", "reference"]


def test_a_running_text_under_sources_is_no_reference() -> None:
    extract = read_text("## Sources\n\n" + "The knee is a joint that hurts. " * 40, "a.md")
    assert [b.kind for b in extract.blocks] == ["heading", "paragraph"]


def test_windows_line_ends_and_byte_order_mark() -> None:
    extract = read_text("\ufeff---\r\ntitle: T\r\n---\r\nOne\r\ntwo.\r\n\r\nThree.\r\n", "a.md")
    assert extract.metadata.title == "T"
    assert extract.text == "One two.\n\nThree."


def test_a_heading_that_is_not_the_title_is_kept() -> None:
    extract = read_text("---\ntitle: Other\n---\n# Heading\n\nText.", "a.md")
    assert blocks(extract) == [("heading", 1, "Heading"), ("paragraph", 0, "Text.")]


def test_without_a_title_there_is_none() -> None:
    assert read_text("Only text.", "knee-pain.md").metadata.title == ""


def test_characters_that_are_not_seen_are_dropped() -> None:
    extract = read_text(
        "The k\u00adnee\u200b hu\u202ert\u2066s\x07 cafe\u0301\u00a0now\U000e0041.", "a.md"
    )
    assert extract.text == "The knee hurts café now."


def test_joiners_are_kept_where_they_have_a_meaning() -> None:
    assert (
        read_text("می\u200cخواهم kn\u200dee 👩\u200d⚕", "a.md").text
        == "می\u200cخواهم knee 👩\u200d⚕"
    )


def test_too_deep_a_nesting_is_read_as_plain_text() -> None:
    extract = read_text("---\ntitle: T\n---\n" + ">" * 3000 + " deep words", "a.md")
    assert extract.text.endswith("deep words")
    assert extract.metadata.title == "T"
    assert "nested too deeply" in extract.warnings[0]


def test_a_huge_line() -> None:
    extract = read_text("knee " * 200_000, "a.md")
    assert len(extract.text) == 999_999
