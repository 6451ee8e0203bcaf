"""Encodings that nobody states: UTF-16 without a mark, two in one file, and what a web server says."""

from __future__ import annotations

import pytest

from corpus.errors import Unsupported
from ingest.decode import as_stated, decode
from ingest.encodings import usable
from ingest.read import read_bytes
from ingest.web.page import charset
from tests.office_helpers import epub

RUSSIAN = "Боль в колене часто проходит.\nУкрепляйте мышцы бедра.\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "The knee hurts – “sore”.\n",
        RUSSIAN,
        "Το γόνατο πονάει.\nΣηκωθείτε.\n",
        "膝の痛みは座っていると強くなります。\n立って膝を伸ばしてください。\n",
        "무릎 통증은 앉아 있을 때.\n",
    ],
)
def test_utf_16_without_a_mark(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == (text, ())


@pytest.mark.parametrize(
    "data",
    [
        bytes(n * 37 % 251 + 1 for n in range(999)) + b"\0",
        b"\x01\x00\x02\x00\x03\xff" * 40,
        b"\x09\x00\x0a\x00" + bytes(range(1, 200)),
    ],
)
def test_other_data_with_zeros_are_no_utf_16(data: bytes) -> None:
    with pytest.raises(Unsupported):
        decode(data)


def test_lines_of_another_encoding_are_read_and_told() -> None:
    data = "Café\nüber\n".encode() + "naïve knee’s\n".encode("cp1252") + b"plain\n"
    assert decode(data) == (
        "Café\nüber\nnaïve knee’s\nplain\n",
        (
            "It mixes encodings: most is UTF-8, and what is not (line 3) is taken to be Windows-1252.",
        ),
    )


def test_two_encodings_in_one_line() -> None:
    data = "Café, ".encode() + "the knee’s ".encode("cp1252") + "été, voilà".encode()
    text, warnings = decode(data)
    assert text == "Café, the knee’s été, voilà"
    assert "(line 1)" in warnings[0]


def test_a_letter_cut_in_half_is_not_made_into_others() -> None:
    data = "Café\nüber\nà\n".encode() + b"\xe2\x80 and more\n"
    text, warnings = decode(data)
    assert text == "Café\nüber\nà\n\ufffd and more\n"
    assert warnings[-1] == "Some characters could not be read."


def test_many_odd_lines_are_counted() -> None:
    data = "Café\n".encode() * 8 + "café\n".encode("cp1252") * 7
    text, warnings = decode(data)
    assert text == "Café\n" * 8 + "café\n" * 7
    assert "(lines 9, 10, 11, 12, 13 and 2 more)" in warnings[0]


def test_parts_in_utf_8_are_read_whatever_is_declared() -> None:
    data = "Café über\n".encode() + "café\n".encode("cp1252")
    assert decode(data, declared="iso-8859-1")[0] == "Café über\ncafé\n"


def test_one_stray_mark_in_plain_text_is_windows_1252() -> None:
    data = b"The knee hurts. " * 100 + b"The patient\x92s knee."
    assert decode(data) == ("The knee hurts. " * 100 + "The patient’s knee.", ())


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ISO-8859-1", "cp1252"),
        ("US-ASCII", "cp1252"),
        ('"windows-1251"', "windows-1251"),
        ("utf-16", ""),
        ("unicode_escape", ""),
        ("hex", ""),
        ("rot13", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_names_of_encodings(name: str, meant: str) -> None:
    assert usable(name) == meant


@pytest.mark.parametrize(
    ("content_type", "stated"),
    [
        ("text/html; charset=windows-1251", "windows-1251"),
        ('text/html;charset="KOI8-R"; x=y', "koi8-r"),
        ("text/html; charset=UTF-8", ""),
        ("text/html; charset=x" + "y" * 300, ""),
        ("text/html", ""),
        ("", ""),
        ("; charset=\r\n\x00", ""),
    ],
)
def test_what_a_server_states(content_type: str, stated: str) -> None:
    assert charset(content_type) == stated


def test_a_server_s_word_stands_before_the_page_s_and_behind_sound_utf_8() -> None:
    page = "<html><head><meta charset='koi8-r'></head><body><p>Боль в колене.</p></body></html>"
    for encoding in ("cp1251", "utf-8", "utf-16"):
        assert read_bytes(page.encode(encoding), name="a.html", charset="windows-1251").text == (
            "Боль в колене."
        )
    assert read_bytes(page.encode("koi8-r"), name="a.html").text == "Боль в колене."
    assert as_stated(b"\x81", "cp1252") == b"\x81"


def test_a_chapter_s_encoding_is_told() -> None:
    page = "<html><body><p>Café über alles.</p>\n<p>CAF\x00</p></body></html>".encode()
    book = epub({"one.xhtml": page.replace(b"CAF\x00", b"caf\xe9")})
    extract = read_bytes(book, name="a.epub")
    assert "café" in extract.text
    assert "one.xhtml: It mixes encodings" in extract.warnings[0]
