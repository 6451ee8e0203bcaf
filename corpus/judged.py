"""Judged questions on disk: BEIR folders (corpus, queries, qrels) and TREC runs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import UsageError

Qrels = dict[str, dict[str, int]]
"""Question id to document id to grade; 0 is judged and not relevant."""
Run = dict[str, dict[str, float]]
"""Question id to document id to score."""


@dataclass(frozen=True, slots=True)
class JudgedDocument:
    """A document of a judged set."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """A judged set: its folder, the judged questions of one split, and their judgements."""

    folder: Path
    queries: dict[str, str]
    qrels: Qrels

    def corpus(self) -> Iterator[JudgedDocument]:
        """Give the documents, in the order of the file. Raises UsageError for a broken line."""
        for row in _rows(self.folder / "corpus.jsonl"):
            yield JudgedDocument(row["_id"], row.get("title") or "", row.get("text") or "")


def read_beir(folder: Path, split: str) -> JudgedSet:
    """Open a folder in BEIR form (Thakur et al. 2021): corpus.jsonl, queries.jsonl, qrels/SPLIT.tsv.

    Raises UsageError saying which file is missing or broken, and where.
    """
    qrels: Qrels = {}
    path = folder / "qrels" / f"{split}.tsv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.reader(file, delimiter="\t"), start=1):
                if number == 1 and row[-1:] == ["score"]:
                    continue
                query, document, grade = row
                qrels.setdefault(query, {})[document] = int(grade)
    except OSError as error:
        raise UsageError(
            f"There is no file {path}.", hint="Give a BEIR folder, and a split that it has."
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not in UTF-8.") from error
    except (ValueError, csv.Error) as error:
        raise UsageError(f"Line {number} of {path} is not query, document, grade.") from error
    texts = {row["_id"]: row.get("text") or "" for row in _rows(folder / "queries.jsonl")}
    missing = sorted(set(qrels) - set(texts))
    if missing:
        raise UsageError(f"{folder / 'queries.jsonl'} lacks the judged question {missing[0]}.")
    return JudgedSet(folder, {query: texts[query] for query in qrels}, qrels)


def _rows(path: Path, *needed: str) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                row = json.loads(line)
                if not isinstance(row, dict) or not isinstance(row.get("_id"), str):
                    raise UsageError(f"Line {number} of {path} has no _id.")
                for key in needed:
                    if key not in row:
                        raise UsageError(f"Line {number} of {path} has no {key}.")
                yield row
    except OSError as error:
        raise UsageError(f"There is no file {path}.", hint="Give a BEIR folder.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not in UTF-8.") from error
    except json.JSONDecodeError as error:
        raise UsageError(f"Line {number} of {path} is not JSON.") from error


def write_run(path: Path, run: Run, *, name: str) -> None:
    """Write a run in TREC's form: question, Q0, document, rank, score, name."""
    with path.open("w", encoding="utf-8") as file:
        for query in sorted(run):
            ranked = sorted(run[query].items(), key=lambda item: (-item[1], item[0]))
            for rank, (document, score) in enumerate(ranked, start=1):
                file.write(f"{query} Q0 {document} {rank} {score:.6f} {name}\n")


@dataclass(frozen=True, slots=True)
class Question:
    """A judged question of our own. ``expected`` tells what the library should say to it."""

    id: str
    text: str
    topic: str
    style: str
    split: str
    """``tuning``, ``test``, or ``plain`` (held out, as people type)."""
    expected: str
    """``answered``, ``near-miss``, ``other-subject`` or ``nonsense``."""
    context: str = ""
    """The question asked before, for a follow-up."""

    @property
    def asked(self) -> str:
        """The words that are searched: a follow-up is asked together with what it follows."""
        return f"{self.context} {self.text}".strip()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A sentence that answers a question (grade 2) or helps with it (grade 1)."""

    question: str
    document: str
    sentence: str
    grade: int


def read_questions(folder: Path) -> tuple[Question, ...]:
    """Read ``questions.jsonl``. Raises UsageError for a broken line."""
    return tuple(
        Question(
            row["_id"],
            row["text"],
            row["topic"],
            row["style"],
            row["split"],
            row["expected"],
            row.get("context", ""),
        )
        for row in _rows(folder / "questions.jsonl", "text", "topic", "style", "split", "expected")
    )


def read_judgements(folder: Path) -> tuple[Judgement, ...]:
    """Read ``judgements.jsonl``. Raises UsageError for a broken line."""
    return tuple(
        Judgement(row["_id"], row["document"], row["sentence"], int(row["grade"]))
        for row in _rows(folder / "judgements.jsonl", "document", "sentence", "grade")
    )


@dataclass(frozen=True, slots=True)
class SafetyQuestion:
    """A question that must raise a card of some level, or none where ``must_show`` is empty."""

    id: str
    text: str
    must_show: str


def read_safety_questions(folder: Path) -> tuple[SafetyQuestion, ...]:
    """Read ``safety.jsonl``. Raises UsageError for a broken line."""
    return tuple(
        SafetyQuestion(row["_id"], row["text"], row["must_show"])
        for row in _rows(folder / "safety.jsonl", "text", "must_show")
    )
