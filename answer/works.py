"""What is cited, as a reference manager knows it: a document, or an entry of its reference list."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from urllib.parse import quote as percent
from urllib.parse import urlsplit

from corpus.records import EVIDENCE_KINDS, Document, Quote, Reference

WorkKind = Literal["article", "report", "webpage", "document"]
"""An article of a journal, a report of a body, a page of the web, or anything else."""

_INITIALS = re.compile(r"[^\W\d_](?:[^\W\d_]|[-.‐–])*$")
_ET_AL = re.compile(r",?\s+et al\.?$")
_IN_JOURNAL = re.compile(
    r"""(?P<journal>.*?)[ ,]+(?:(?P<volume>\d+))?(?:\((?P<number>[^)]+)\))?
        (?::(?P<pages>[\w.]+(?:[-–][\w.]+)?))?$""",
    re.VERBOSE,
)
_ONLY_PAGES = re.compile(r"(?P<journal>.*?),?\s+(?P<pages>\d+[-–]\d+|e[a-z]{0,3}\d+)$")
_SITE = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?$")
_DATE = re.compile(r"\d{4}(?:-\d{2}){0,2}$")
_MOST_INITIALS = 4


@dataclass(frozen=True, slots=True)
class Name:
    """Who made a work; a body has no ``given``, and ``whole`` says that its name is never cut."""

    family: str
    given: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """One entry of an export. Dates are ISO 8601, of a year, a month or a day; empty if not known."""

    key: str
    kind: WorkKind
    title: str
    names: tuple[Name, ...] = ()
    more_names: bool = False
    """Whether names were left out (et al.)."""
    published: str = ""
    accessed: str = ""
    publisher: str = ""
    container: str = ""
    """The journal that it stands in."""
    volume: str = ""
    number: str = ""
    pages: str = ""
    doi: str = ""
    url: str = ""
    language: str = ""
    note: str = ""
    """What a bibliography may print: the kind of evidence, the days of review."""
    remarks: tuple[str, ...] = ()
    """What none prints: which version, and the words quoted from it, each with its place."""


def reader_path(document: Document, start: int, end: int) -> str:
    """Return the address, from the root, of a document opened at ``[start, end)``."""
    place = f"start={start}&end={end}&v={document.version_id}"
    return f"/source/{percent(document.id, safe='')}?{place}#quote"


def document_work(document: Document, *, accessed: date, root: str = "") -> Work:
    """Return a document as a work; ``root`` is where this library is served, if it is known."""
    meta = document.metadata
    url = meta.url if _is_web(meta.url) else ""
    if not url and root:
        url = f"{root}/source/{percent(document.id, safe='')}?v={document.version_id}"
    if meta.kind in {"guideline", "consensus"}:
        kind: WorkKind = "report"
    else:
        kind = "webpage" if url else "document"
    return Work(
        key=document.id,
        kind=kind,
        title=_line(document.title),
        names=tuple(_author(name) for name in meta.authors if name.strip()),
        published=next((d for d in (meta.published, meta.reviewed) if _DATE.match(d)), ""),
        accessed=accessed.isoformat(),
        publisher=_line(meta.publisher),
        url=url,
        language=meta.language,
        note=_note(document),
        remarks=(_version(document),),
    )


def quoted_works(quotes: Iterable[Quote], *, accessed: date, root: str = "") -> tuple[Work, ...]:
    """Return the documents that quotes were taken from, each once, with the words and their places."""
    works: dict[int, Work] = {}
    for quote in quotes:
        held = works.get(quote.document.version_id)
        held = held or document_work(quote.document, accessed=accessed, root=root)
        works[quote.document.version_id] = replace(
            held, remarks=(*held.remarks, _place(quote, root))
        )
    return distinct(works.values())


def reference_works(references: Sequence[Reference], *, accessed: date) -> tuple[Work, ...]:
    """Return the entries of a reference list, in its order, each with a key of its own."""
    return distinct(_reference_work(reference, accessed) for reference in references)


def distinct(works: Iterable[Work]) -> tuple[Work, ...]:
    """Return works with keys that no two share: the second of one key gets ``-2`` after it."""
    seen: dict[str, int] = {}
    out = []
    for work in works:
        seen[work.key] = seen.get(work.key, 0) + 1
        count = seen[work.key]
        out.append(work if count == 1 else replace(work, key=f"{work.key}-{count}"))
    return tuple(out)


def _reference_work(reference: Reference, accessed: date) -> Work:
    named = _ET_AL.sub("", reference.authors.strip())
    journal, volume, number, pages = _journal(reference.journal)
    site = bool(_SITE.match(reference.journal)) or reference.journal.endswith("website")
    printed = bool(reference.doi or volume)
    if printed or (journal and not site and reference.kind not in {"guideline", "unknown"}):
        kind: WorkKind = "article"
    elif reference.kind == "guideline":
        kind = "report"
    elif site:
        kind = "webpage"
    else:
        kind = "article" if journal else "document"
    url = f"https://{reference.journal}" if _SITE.match(reference.journal) else ""
    names = tuple(_author(n) for n in _listed(named))
    first = _ascii(names[0].family) if names else ""
    return Work(
        key=f"{first or 'reference' + str(reference.number)}{reference.year}",
        kind=kind,
        title=_line(reference.title),
        names=names,
        more_names=named != reference.authors.strip(),
        published=reference.year if _DATE.match(reference.year) else "",
        accessed=accessed.isoformat() if url else "",
        publisher="" if kind == "article" else _line(reference.journal),
        container=journal if kind == "article" else "",
        volume=volume,
        number=number,
        pages=pages,
        doi=reference.doi,
        url=url,
        note="" if reference.kind == "unknown" else EVIDENCE_KINDS.get(reference.kind, ""),
    )


def _journal(printed: str) -> tuple[str, str, str, str]:
    """Cut ``Br J Sports Med 52(18):1170`` into journal, volume, number and pages."""
    found = _ONLY_PAGES.match(printed) or _IN_JOURNAL.match(printed)
    parts = found.groupdict() if found else {}
    if not parts.get("volume") and not parts.get("number") and not parts.get("pages"):
        return _line(printed), "", "", ""
    return (
        _line(parts["journal"]),
        parts.get("volume") or "",
        parts.get("number") or "",
        (parts.get("pages") or "").replace("–", "-"),
    )


def _listed(authors: str) -> list[str]:
    """Cut a list of authors at its commas; what is no list of people is one name."""
    parts = [part.strip() for part in authors.split(",") if part.strip()]
    people = sum(not _author(part).whole for part in parts)
    return parts if people == len(parts) else ([authors.strip()] if authors.strip() else [])


def _author(name: str) -> Name:
    """Read ``van Middelkoop MJ`` as family and ``M. J.``, ``Ames, Beth`` likewise; else a name whole."""
    name = _line(name)
    if name.count(",") == 1:
        family, given = (part.strip() for part in name.split(","))
        if given and len(given.split()) <= 2 and len(family.split()) <= 3:
            return Name(family, given)
    family, _, last = name.rpartition(" ")
    short = len(re.sub(r"[-.‐–]", "", last)) <= _MOST_INITIALS
    if family and short and last == last.upper() and _INITIALS.match(last) and len(family) > 1:
        return Name(family, re.sub(r"([^\W\d_])\.?(?=[^\W\d_])", r"\1. ", last) + ".")
    return Name(name, whole=True)


def _note(document: Document) -> str:
    meta = document.metadata
    parts = [EVIDENCE_KINDS.get(meta.kind, "") if meta.kind != "unknown" else ""]
    parts += [f"Reviewed {meta.reviewed}" if meta.reviewed else ""]
    parts += [f"Next review {meta.next_review}" if meta.next_review else ""]
    said = _line(". ".join(part for part in parts if part))
    return f"{said}." if said else ""


def _version(document: Document) -> str:
    licence = f", licence {document.metadata.licence}" if document.metadata.licence else ""
    return _line(
        f"Version {document.number}, indexed {document.indexed_at[:10]}{licence},"
        f" text SHA-256 {document.text_sha}."
    )


def _place(quote: Quote, root: str) -> str:
    page = f"page {quote.page_label or quote.page}" if quote.page else ""
    where = ", ".join(part for part in (*quote.heading[-1:], page) if part)
    address = f" {root}{reader_path(quote.document, quote.start, quote.end)}" if root else ""
    return _line(f"“{quote.text}”{f' ({where})' if where else ''}{address}")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and not re.search(r"\s", url)


def _line(text: str) -> str:
    """Return a text as one line without control characters: an entry cannot be broken out of."""
    kept = "".join(" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in text)
    return " ".join(kept.split())


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("Ø", "O"))
    return re.sub(r"[^a-z0-9]+", "", plain.encode("ascii", "ignore").decode().lower())[:40]
