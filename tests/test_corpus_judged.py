"""Judged questions on disk: BEIR folders, TREC runs, and our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus.errors import UsageError
from corpus.judged import (
    JudgedDocument,
    Judgement,
    Question,
    SafetyQuestion,
    read_beir,
    read_judgements,
    read_questions,
    read_safety_questions,
    write_run,
)


def lines(path: Path, *rows: object) -> None:
    text = "".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows)
    path.write_text(text, "utf-8")


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    lines(
        tmp_path / "corpus.jsonl",
        {"_id": "d1", "title": "Knee", "text": "It hurts."},
        {"_id": "d2", "text": "Bees.", "metadata": {}},
    )
    lines(
        tmp_path / "queries.jsonl",
        {"_id": "q1", "text": "why?"},
        {"_id": "q2", "text": "where?"},
        {"_id": "q3", "text": "not judged"},
    )
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nq2\td2\t1\n"
    )
    return tmp_path


def test_a_beir_folder(beir: Path) -> None:
    judged = read_beir(beir, "test")
    assert judged.queries == {"q1": "why?", "q2": "where?"}
    assert judged.qrels == {"q1": {"d1": 2, "d2": 0}, "q2": {"d2": 1}}
    assert list(judged.corpus()) == [
        JudgedDocument("d1", "Knee", "It hurts."),
        JudgedDocument("d2", "", "Bees."),
    ]


def test_qrels_without_a_first_line_of_names(beir: Path) -> None:
    (beir / "qrels" / "test.tsv").write_text("q1\td1\t2\n")
    assert read_beir(beir, "test").qrels == {"q1": {"d1": 2}}


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("qrels/test.tsv", None, "There is no file .*test.tsv"),
        ("qrels/test.tsv", "q1\td1\n", "Line 1 of .* is not query, document, grade"),
        ("qrels/test.tsv", "\nq1\td1\t1\n", "Line 1 of .* is not query, document, grade"),
        ("qrels/test.tsv", "a\tb\tscore\nq1\td1\tmuch\n", "Line 2 of .* is not query"),
        ("qrels/test.tsv", "q9\td1\t1\n", "lacks the judged question q9"),
        ("queries.jsonl", None, "There is no file .*queries.jsonl"),
        ("queries.jsonl", '{"_id": "q1"\n', "Line 1 of .*queries.jsonl is not JSON"),
        ("queries.jsonl", '{"text": "why?"}\n', "Line 1 of .*queries.jsonl has no _id"),
        ("queries.jsonl", "[1]\n", "Line 1 of .*queries.jsonl has no _id"),
    ],
)
def test_a_broken_file_is_named(beir: Path, file: str, content: str | None, message: str) -> None:
    if content is None:
        (beir / file).unlink()
    else:
        (beir / file).write_text(content)
    with pytest.raises(UsageError, match=message):
        read_beir(beir, "test")


def test_a_broken_corpus_is_named(beir: Path) -> None:
    (beir / "corpus.jsonl").write_bytes(b'{"_id": "d1", "text": "\xff"}\n')
    with pytest.raises(UsageError, match=r"corpus\.jsonl is not in UTF-8"):
        list(read_beir(beir, "test").corpus())
    (beir / "qrels" / "test.tsv").write_bytes(b"q1\td\xff\t1\n")
    with pytest.raises(UsageError, match=r"test\.tsv is not in UTF-8"):
        read_beir(beir, "test")


def test_a_run_is_written_as_trec_reads_it(tmp_path: Path) -> None:
    run = {"q2": {"d1": 0.5}, "q1": {"b": 1.0, "a": 1.0, "c": 2.25}}
    write_run(tmp_path / "run.txt", run, name="patella")
    assert (tmp_path / "run.txt").read_text() == (
        "q1 Q0 c 1 2.250000 patella\n"
        "q1 Q0 a 2 1.000000 patella\n"
        "q1 Q0 b 3 1.000000 patella\n"
        "q2 Q0 d1 1 0.500000 patella\n"
    )


def test_our_own_questions(tmp_path: Path) -> None:
    row = {"topic": "t", "style": "plain", "split": "test", "expected": "answered"}
    lines(
        tmp_path / "questions.jsonl",
        {"_id": "1", "text": "and after that?", "context": "how do I rest?", **row},
        {"_id": "2", "text": "why?", **row},
    )
    first, second = read_questions(tmp_path)
    assert first.asked == "how do I rest? and after that?"
    assert second == Question("2", "why?", "t", "plain", "test", "answered")
    assert second.asked == "why?"


def test_our_own_judgements(tmp_path: Path) -> None:
    lines(
        tmp_path / "judgements.jsonl",
        {"_id": "1", "document": "d", "sentence": "S.", "grade": 2},
    )
    lines(tmp_path / "safety.jsonl", {"_id": "1", "text": "help", "must_show": "emergency"})
    assert read_judgements(tmp_path) == (Judgement("1", "d", "S.", 2),)
    assert read_safety_questions(tmp_path) == (SafetyQuestion("1", "help", "emergency"),)


@pytest.mark.parametrize(
    ("read", "file", "missing"),
    [
        (read_questions, "questions.jsonl", "text"),
        (read_judgements, "judgements.jsonl", "document"),
        (read_safety_questions, "safety.jsonl", "text"),
    ],
)
def test_a_line_that_lacks_a_key_is_named(tmp_path: Path, read, file: str, missing: str) -> None:
    lines(tmp_path / file, {"_id": "1"})
    with pytest.raises(UsageError, match=rf"Line 1 of .*{file} has no {missing}\."):
        read(tmp_path)
