"""Works written for reference managers: BibTeX, RIS, and CSL-JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from answer.works import Name, Work, WorkKind

_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}",
        "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
        "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    }
)  # fmt: skip
"""Braces are named, not escaped: BibTeX counts them even behind a backslash."""

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_BIBTEX: dict[WorkKind, str] = {
    "article": "article", "report": "techreport", "webpage": "misc", "document": "misc",
}  # fmt: skip
_RIS: dict[WorkKind, str] = {
    "article": "JOUR", "report": "RPRT", "webpage": "ELEC", "document": "GEN",
}  # fmt: skip
_CSL: dict[WorkKind, str] = {
    "article": "article-journal", "report": "report", "webpage": "webpage", "document": "document",
}  # fmt: skip
_MORE_NAMES = "More authors are named in the work itself."


# -- BibTeX


def bibtex(works: Iterable[Work]) -> str:
    """Return a BibTeX file in UTF-8, for BibTeX and biblatex."""
    return "\n".join(_bibtex_entry(work) for work in works)


def _bibtex_entry(work: Work) -> str:
    made = dict(_bibtex_fields(work))
    lines = "".join(f"  {name} = {value},\n" for name, value in made.items() if value)
    return f"@{_BIBTEX[work.kind]}{{{work.key},\n{lines}}}\n"


def _bibtex_fields(work: Work) -> Iterator[tuple[str, str]]:
    names = [_bibtex_name(name) for name in work.names] + ["others"] * work.more_names
    yield "author", _braced(" and ".join(names))
    yield "title", _braced(_bibtex_title(work.title))
    yield "journal", _braced(_latex(work.container))
    yield ("institution" if work.kind == "report" else "publisher"), _braced(_latex(work.publisher))
    yield "year", _braced(work.published[:4])
    month = work.published[5:7]
    # a month is one of BibTeX's own words, and stands without braces
    yield "month", _MONTHS[int(month) - 1] if month and 1 <= int(month) <= 12 else ""
    yield "volume", _braced(_latex(work.volume))
    yield "number", _braced(_latex(work.number))
    yield "pages", _braced(_latex(work.pages).replace("-", "--"))
    yield "doi", _braced(_verbatim(work.doi))
    yield "url", _braced(_verbatim(work.url))
    yield "urldate", _braced(work.accessed if work.url else "")
    yield "langid", _braced(_latex(work.language))
    yield "note", _braced(_latex(work.note))
    yield "annote", _braced(_latex(" ".join(work.remarks)))


def _braced(value: str) -> str:
    return f"{{{value}}}" if value else ""


def _latex(text: str) -> str:
    return text.translate(_LATEX)


def _verbatim(address: str) -> str:
    """Return an address for a field that LaTeX reads letter for letter."""
    return re.sub(r"[{}\\\s]", lambda found: f"%{ord(found.group()):02X}", address)


def _bibtex_name(name: Name) -> str:
    if name.whole:
        return f"{{{_latex(name.family)}}}"
    family = _latex(name.family)
    # "and" in a name would end it
    family = f"{{{family}}}" if re.search(r"\band\b", family) else family
    return f"{family}, {_latex(name.given)}"


def _bibtex_title(title: str) -> str:
    """Brace the words whose capitals a style must not take away: all but a sentence's first."""
    out, first = [], True
    for piece in re.split(r"(\w[\w'’.-]*\w|\w)", title):
        word = bool(re.match(r"\w", piece))
        inner = piece[1:] if first else piece
        keep = word and inner != inner.lower()
        out.append(f"{{{_latex(piece)}}}" if keep else _latex(piece))
        first = first and not word
    return "".join(out)


# -- RIS


def ris(works: Iterable[Work]) -> str:
    """Return a RIS file: lines of tag and value that end in CR LF, each entry closed by ``ER``."""
    return "\r\n".join(
        "".join(f"{tag}  - {value}\r\n" for tag, value in _ris_lines(work) if value) + "ER  - \r\n"
        for work in works
    )


def _ris_lines(work: Work) -> Iterator[tuple[str, str]]:
    yield "TY", _RIS[work.kind]
    yield "ID", work.key
    for name in work.names:
        yield "AU", name.family if name.whole else f"{name.family}, {name.given}"
    yield "TI", work.title
    yield "T2", work.container
    yield "PY", work.published[:4]
    yield "DA", _ris_date(work.published) if len(work.published) > 4 else ""
    yield "VL", work.volume
    yield "IS", work.number
    first, _, last = work.pages.partition("-")
    yield "SP", first
    yield "EP", last
    yield "PB", work.publisher
    yield "DO", work.doi
    yield "UR", work.url
    yield "Y2", _ris_date(work.accessed) if work.url else ""
    yield "LA", work.language
    yield "N1", work.note
    yield "N1", _MORE_NAMES if work.more_names else ""
    for remark in work.remarks:
        yield "N1", remark


def _ris_date(iso: str) -> str:
    """Return ``YYYY/MM/DD/``, with nothing where month or day is not known."""
    return "/".join([*iso.split("-"), "", "", ""][:3]) + "/" if iso else ""


# -- CSL-JSON


def csl(works: Iterable[Work]) -> str:
    """Return CSL-JSON (the input of Citation Style Language processors): an array of items."""
    return json.dumps([csl_item(work) for work in works], ensure_ascii=False, indent=2) + "\n"


def csl_item(work: Work) -> dict[str, Any]:
    """Return a work as a CSL-JSON item, without the fields that are not known."""
    note = " ".join([work.note, *[_MORE_NAMES] * work.more_names]).strip()
    item: dict[str, Any] = {
        "id": work.key,
        "type": _CSL[work.kind],
        "title": work.title,
        "author": [
            {"literal": n.family} if n.whole else {"family": n.family, "given": n.given}
            for n in work.names
        ],
        "container-title": work.container,
        "volume": work.volume,
        "issue": work.number,
        "page": work.pages,
        "publisher": work.publisher,
        "issued": _csl_date(work.published),
        "accessed": _csl_date(work.accessed) if work.url else {},
        "DOI": work.doi,
        "URL": work.url,
        "language": work.language,
        "note": note,
        "annote": " ".join(work.remarks),
    }
    return {key: value for key, value in item.items() if value}


def _csl_date(iso: str) -> dict[str, Any]:
    return {"date-parts": [[int(part) for part in iso.split("-")]]} if iso else {}


# -- the formats by name


@dataclass(frozen=True, slots=True)
class Format:
    """A format of exports: its writer, the suffix of its files, and their media type."""

    write: Callable[[Iterable[Work]], str]
    suffix: str
    mimetype: str


FORMATS: dict[str, Format] = {
    "bibtex": Format(bibtex, "bib", "application/x-bibtex"),
    "ris": Format(ris, "ris", "application/x-research-info-systems"),
    "csl": Format(csl, "json", "application/vnd.citationstyles.csl+json"),
}
