"""How well the words of PDFs come out: our reader beside pypdf's and pdfium's own text.

Usage: python -m bench.pdf_text [--keep FOLDER] [--show]

PDFs are made from known text by the programs on this machine (see ``bench.pdf_producers``). *Recall* is
the share of the text's words that come out, *precision* the share of what comes out that is the text's,
*order* the longest common subsequence of words as a share of those that came out. Headers, page numbers
and hyphens at line ends count against whoever leaves them in.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pypdf
import pypdfium2
from rapidfuzz.distance import LCSseq

from bench.pdf_producers import make_all
from ingest.read import read_bytes

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Score:
    """How one extractor did on one file; all but ``seconds`` are shares from 0 to 1."""

    recall: float
    precision: float
    order: float
    seconds: float


def ours(data: bytes) -> str:
    """Return the text as Patella reads it."""
    extract = read_bytes(data, name="a.pdf")
    # A title that the first heading only repeats is not in the text a second time.
    title = extract.metadata.title
    return extract.text if extract.text.startswith(title) else f"{title}\n{extract.text}"


def pypdf_own(data: bytes) -> str:
    """Return the text that pypdf gives when asked plainly."""
    reader = pypdf.PdfReader(io.BytesIO(data))
    return "\n".join(page.extract_text() for page in reader.pages)


def pdfium(data: bytes) -> str:
    """Return the text that pdfium gives."""
    document = pypdfium2.PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


EXTRACTORS: dict[str, Callable[[bytes], str]] = {"ours": ours, "pypdf": pypdf_own, "pdfium": pdfium}


def words(text: str) -> list[str]:
    """Return the words of a text, folded."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def score(extract: Callable[[bytes], str], data: bytes, truth: str) -> tuple[Score, list[str]]:
    """Return how an extractor did, and the words that it lost."""
    begun = time.perf_counter()
    found = words(extract(data))
    seconds = time.perf_counter() - begun
    wanted = words(truth)
    common = Counter(wanted) & Counter(found)
    matched = common.total()
    order = LCSseq.similarity(wanted, found) / matched if matched else 0.0
    lost = list((Counter(wanted) - common).elements())
    return Score(matched / len(wanted), matched / max(1, len(found)), order, seconds), lost


def main() -> None:
    """Make the files, read them with each extractor, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="keep the PDFs in this folder")
    parser.add_argument("--show", action="store_true", help="show the words that ours lost")
    chosen = parser.parse_args()
    all_scores: dict[str, list[Score]] = {name: [] for name in EXTRACTORS}
    print(
        "| file | " + " | ".join(f"{name}: recall, precision, order" for name in EXTRACTORS) + " |"
    )
    print("|---|" + "---|" * len(EXTRACTORS))
    for made in make_all(lambda said: print(said, file=sys.stderr)):
        if chosen.keep:
            chosen.keep.mkdir(parents=True, exist_ok=True)
            (chosen.keep / f"{made.name}.pdf").write_bytes(made.data)
            (chosen.keep / f"{made.name}.txt").write_text(made.words, "utf-8")
        row = [made.name]
        for name, extract in EXTRACTORS.items():
            got, lost = score(extract, made.data, made.words)
            all_scores[name].append(got)
            row.append(f"{got.recall:.3f}, {got.precision:.3f}, {got.order:.3f}")
            if chosen.show and name == "ours" and lost:
                print(f"{made.name} lost: {' '.join(lost[:25])}", file=sys.stderr)
        print("| " + " | ".join(row) + " |", flush=True)
    total = []
    for scores in all_scores.values():
        count = max(1, len(scores))
        means = (
            sum(getattr(one, field) for one in scores) / count
            for field in ("recall", "precision", "order")
        )
        total.append(", ".join(f"{mean:.3f}" for mean in means))
    print("| **mean** | " + " | ".join(total) + " |")
    files = len(all_scores["ours"])
    for name, scores in all_scores.items():
        print(f"{name}: {files} files in {sum(one.seconds for one in scores):.1f} s")


if __name__ == "__main__":
    main()
