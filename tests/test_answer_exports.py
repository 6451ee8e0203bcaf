"""Citations for reference managers, read back by their own parsers."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import bibtexparser
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware, SeparateCoAuthors, SplitNameParts

from answer.exports import FORMATS, bibtex, csl, ris
from answer.verify import make_quote
from answer.works import Name, Work, document_work, quoted_works, reference_works
from corpus.records import Metadata, Reference
from tests.library_helpers import document, hit

TODAY = dt.date(2026, 11, 25)
META = Metadata(
    title="Why 50% of ACL & PFP_cases {hurt} in Denmark",
    authors=("Patella editors", "Ames BC", "Østerås, Berit"),
    publisher="Knee & Co",
    published="2026-11-24",
    reviewed="2026-11-25",
    next_review="2027-11-24",
    kind="guideline",
    url="https://knee.test/a_b?x=1%20{2}",
    language="en",
    licence="CC BY 4.0",
)
ARTICLE = Reference(
    1,
    "van der Heijden RA, Smith J, et al.",
    "Exercise for pain",
    "Br J Sports Med 52(18):1170-1178",
    "2018",
    "10.1136/bjsports-2018-099397",
    "systematic-review",
)


def parsed(text: str) -> list[dict[str, object]]:
    library = bibtexparser.parse_string(
        text, append_middleware=[SeparateCoAuthors(), SplitNameParts(), LatexDecodingMiddleware()]
    )
    assert library.failed_blocks == []
    return [
        {"type": e.entry_type, "key": e.key} | {f.key: f.value for f in e.fields}
        for e in library.entries
    ]


def of_document() -> Work:
    return document_work(document(metadata=META), accessed=TODAY)


def test_a_document_in_bibtex() -> None:
    text = bibtex([of_document()])
    assert "title = {Why 50\\% of {ACL} \\& {PFP\\_cases} \\textbraceleft{}hurt" in text
    assert "author = {{Patella editors} and Ames, B. C. and Østerås, Berit}" in text
    assert "url = {https://knee.test/a_b?x=1%20%7B2%7D}" in text
    (entry,) = parsed(text)
    assert (entry["type"], entry["key"]) == ("techreport", "sitting")
    assert (entry["year"], entry["month"]) == ("2026", "nov")
    assert (entry["institution"], entry["urldate"]) == ("Knee & Co", "2026-11-25")
    assert entry["note"] == "Clinical guideline. Reviewed 2026-11-25. Next review 2027-11-24."
    assert [p.last for p in entry["author"]] == [["{Patella editors}"], ["Ames"], ["Østerås"]]


def test_a_document_in_ris() -> None:
    text = ris([of_document()])
    assert text.startswith("TY  - RPRT\r\nID  - sitting\r\nAU  - Patella editors\r\n")
    assert text.endswith("ER  - \r\n")
    (entry,) = rispy.loads(text)
    assert entry["title"] == "Why 50% of ACL & PFP_cases {hurt} in Denmark"
    assert entry["authors"] == ["Patella editors", "Ames, B. C.", "Østerås, Berit"]
    assert (entry["year"], entry["date"]) == ("2026", "2026/11/24/")
    assert (entry["publisher"], entry["language"]) == ("Knee & Co", "en")
    assert entry["urls"] == ["https://knee.test/a_b?x=1%20{2}"]


CSL_TEXT = {
    "id", "type", "title", "container-title", "volume", "issue", "page", "publisher", "DOI", "URL",
    "language", "note", "annote",
}  # fmt: skip
CSL_TYPES = {"article-journal", "report", "webpage", "document"}


def check_csl(items: list[dict[str, object]]) -> None:
    """Hold items against the structure of the CSL-JSON schema."""
    for item in items:
        assert set(item) <= CSL_TEXT | {"author", "issued", "accessed"}
        assert item["type"] in CSL_TYPES
        assert all(isinstance(item[key], str) for key in CSL_TEXT & set(item))
        for name in item.get("author", []):
            assert set(name) in ({"literal"}, {"family", "given"})
        for key in {"issued", "accessed"} & set(item):
            (parts,) = item[key]["date-parts"]
            assert 1 <= len(parts) <= 3
            assert all(isinstance(part, int) for part in parts)


def test_a_document_in_csl() -> None:
    items = json.loads(csl([of_document()]))
    check_csl(items)
    (item,) = items
    assert (item["id"], item["type"], item["publisher"]) == ("sitting", "report", "Knee & Co")
    assert item["author"][1] == {"family": "Ames", "given": "B. C."}
    assert item["issued"] == {"date-parts": [[2026, 11, 24]]}
    assert item["accessed"] == {"date-parts": [[2026, 11, 25]]}


def test_a_reference_is_an_article_with_its_volume_number_and_pages() -> None:
    (work,) = reference_works([ARTICLE], accessed=TODAY)
    assert (work.kind, work.key, work.more_names) == ("article", "vanderheijden2018", True)
    assert (work.container, work.volume, work.number, work.pages) == (
        "Br J Sports Med", "52", "18", "1170-1178",
    )  # fmt: skip
    (entry,) = parsed(bibtex([work]))
    assert (entry["type"], entry["pages"]) == (
        "article",
        "1170–1178",
    )  # the parser decodes the two hyphens
    assert entry["doi"] == "10.1136/bjsports-2018-099397"
    assert [" ".join(p.von + p.last) for p in entry["author"]] == [
        "van der Heijden", "Smith", "others",
    ]  # fmt: skip
    (read,) = rispy.loads(ris([work]))
    assert (read["start_page"], read["end_page"], read["secondary_title"]) == (
        "1170", "1178", "Br J Sports Med",
    )  # fmt: skip
    (item,) = json.loads(csl([work]))
    check_csl([item])
    assert len(item["author"]) == 2
    assert item["note"].endswith("More authors are named in the work itself.")


@pytest.mark.parametrize(
    ("journal", "found"),
    [
        ("JAMA 275:611", ("JAMA", "275", "", "611")),
        ("Phys Ther 101(3)", ("Phys Ther", "101", "3", "")),
        ("PLoS ONE 13:e0190892", ("PLoS ONE", "13", "", "e0190892")),
        ("PeerJ e17996", ("PeerJ", "", "", "e17996")),
        ("Pediatrics in Review, 184-197", ("Pediatrics in Review", "", "", "184-197")),
        (
            "Cochrane Database of Systematic Reviews (4):CD003375",
            ("Cochrane Database of Systematic Reviews", "", "4", "CD003375"),
        ),
        ("BMC Musculoskelet Disord", ("BMC Musculoskelet Disord", "", "", "")),
    ],
)
def test_where_in_its_journal(journal: str, found: tuple[str, ...]) -> None:
    (work,) = reference_works([replace(ARTICLE, journal=journal)], accessed=TODAY)
    assert (work.container, work.volume, work.number, work.pages) == found


def test_bodies_sites_and_guidelines() -> None:
    body = "National Institute for Health and Care Excellence"
    nice = Reference(1, body, "Cancer", "NICE guideline NG12", "2015", "", "guideline")
    trust = Reference(
        2, "British Liver Trust", "Overdose", "liver.test/a", "2024", "", "patient-information"
    )
    bare = Reference(3, "", "A talk")
    works = reference_works([nice, trust, bare], accessed=TODAY)
    assert [w.kind for w in works] == ["report", "webpage", "document"]
    assert works[0].names == (
        Name("National Institute for Health and Care Excellence", whole=True),
    )
    assert "author = {{National Institute for Health and Care Excellence}}" in bibtex(works[:1])
    assert works[1].url == "https://liver.test/a"
    assert [w.key for w in works] == [
        "nationalinstituteforhealthandcareexcelle2015", "britishlivertrust2024", "reference3",
    ]  # fmt: skip
    assert [e["type"] for e in parsed(bibtex(works))] == ["techreport", "misc", "misc"]


def test_two_of_one_key_are_told_apart() -> None:
    works = reference_works([ARTICLE, replace(ARTICLE, number=2)], accessed=TODAY)
    assert [e["key"] for e in parsed(bibtex(works))] == ["vanderheijden2018", "vanderheijden2018-2"]


def test_the_quotes_of_an_answer_make_one_entry_a_document() -> None:
    text = "Sitting hurts. It is the bend."
    held = hit(text, of=document(metadata=META), heading=("Why",))
    span = lambda version, start, end: text[start:end]  # noqa: E731
    quotes = [make_quote(held, 0, 14, span=span), make_quote(held, 15, 30, span=span)]
    (work,) = quoted_works(quotes, accessed=TODAY, root="https://here.test")
    assert work.remarks[1:] == (
        "“Sitting hurts.” (Why) https://here.test/source/sitting?start=0&end=14&v=1#quote",
        "“It is the bend.” (Why) https://here.test/source/sitting?start=15&end=30&v=1#quote",
    )
    assert work.url == META.url
    own = document_work(document(), accessed=TODAY, root="https://here.test")
    assert (own.url, own.kind) == ("https://here.test/source/sitting?v=1", "webpage")


NASTY = "Broken }\n  year = {1}, @book{x,\r\nER  - \\input{/etc/passwd} \x00 $x^2~#% “ü” 膝 🦵 } {"


def test_no_words_of_a_document_break_out_of_their_entry() -> None:
    meta = replace(META, title=NASTY, authors=(NASTY, "A and B and C"), publisher=NASTY)
    work = document_work(document(metadata=meta), accessed=TODAY)
    works = [replace(work, remarks=("{" + work.title,)), replace(of_document(), key="other")]
    entries = parsed(bibtex(works))
    assert [e["key"] for e in entries] == ["sitting", "other"]
    assert entries[0]["year"] == "2026"
    assert len(entries[0]["author"]) == 2
    assert "膝 🦵" in entries[0]["title"]
    read = rispy.loads(ris(works))
    assert len(read) == 2
    assert read[0]["title"].startswith("Broken } year = {1}, @book{x, ER - \\input")
    check_csl(json.loads(csl(works)))


def test_nothing_to_cite_is_an_empty_file() -> None:
    assert {name: form.write([]) for name, form in FORMATS.items()} == {
        "bibtex": "", "ris": "", "csl": "[]\n",
    }  # fmt: skip
