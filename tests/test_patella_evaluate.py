"""Evaluation: measures on literal runs, a tiny BEIR set through the real engine, broken sets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from corpus.errors import UsageError
from corpus.judged import read_beir, write_run
from patella.cli import main
from patella.compare import differences
from patella.evaluate import compare, score


def test_measures_of_a_literal_run() -> None:
    qrels = {"a": {"x": 1}, "b": {"y": 1}, "c": {"z": 1}}
    run = {"a": {"x": 2.0, "y": 1.0}, "b": {"x": 2.0, "y": 1.0}}
    found = score(run, qrels).measures
    # a: first; b: second; c is missing from the run and scores zero
    assert found["S@1"].mean == pytest.approx(1 / 3)
    assert found["S@5"].mean == pytest.approx(2 / 3)
    assert found["RR@10"].mean == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert found["nDCG@10"].mean == pytest.approx((1 + 0.63093 + 0) / 3, abs=1e-5)
    assert found["S@1"].low <= found["S@1"].mean <= found["S@1"].high


def test_dropping_hard_questions_cannot_raise_the_mean() -> None:
    qrels = {"a": {"x": 1}, "b": {"y": 1}}
    whole = score({"a": {"x": 1.0}, "b": {"z": 1.0}}, qrels).measures["S@1"].mean
    assert score({"a": {"x": 1.0}}, qrels).measures["S@1"].mean == whole == 0.5


def test_two_runs_compared() -> None:
    qrels = {str(i): {"x": 1} for i in range(40)}
    good = score({q: {"x": 1.0} for q in qrels}, qrels)
    bad = score({q: {"y": 1.0} for q in qrels}, qrels)
    assert compare(good, bad, "S@1") == (1.0, 0.0)
    assert compare(good, good, "S@1") == (0.0, 1.0)


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    documents = [
        ("d1", "Bees", "A swarm of bees leaves the hive in May."),
        ("d2", "Bread", "Sourdough rises slowly because wild yeast is slow."),
        ("d3", "Tides", "The moon pulls the sea and makes the tides."),
    ]
    rows = [{"_id": i, "title": t, "text": x} for i, t, x in documents]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    queries = [{"_id": "q1", "text": "when do bees swarm"}, {"_id": "q2", "text": "why are tides"}]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), "utf-8")
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td3\t1\n", "utf-8"
    )
    return folder


def test_a_beir_set_through_the_engine(beir: Path, tmp_path: Path) -> None:
    run_file = tmp_path / "run.txt"
    command = ["evaluate", "--beir", str(beir), "--split", "test", "--run", str(run_file), "--json"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    body = json.loads(result.stdout)
    assert {"nDCG@10", "R@10", "R@100", "RR@10", "S@1", "S@5"} <= set(body)
    assert (body["nDCG@10"], body["S@1"], body["queries"]) == (1.0, 1.0, 2)
    assert run_file.read_text("utf-8").startswith("q1 Q0 d1 1 ")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("qrels/test.tsv", "q1\td1\n", "Line 1 of"),
        ("qrels/test.tsv", "q9\td1\t1\n", "lacks the judged question q9"),
        ("queries.jsonl", "{", "is not JSON"),
        ("queries.jsonl", '{"text": "x"}', "has no _id"),
    ],
)
def test_a_broken_set_is_named(beir: Path, name: str, text: str, message: str) -> None:
    (beir / name).write_text(text, "utf-8")
    with pytest.raises(UsageError, match=message):
        read_beir(beir, "test")


def test_a_missing_split_is_a_usage_error(beir: Path) -> None:
    command = ["evaluate", "--beir", str(beir), "--split", "dev"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2 and "dev.tsv" in result.output


def test_a_run_is_written_best_first(tmp_path: Path) -> None:
    write_run(tmp_path / "r", {"q": {"a": 0.1, "b": 0.9}}, name="n")
    assert (tmp_path / "r").read_text("utf-8") == "q Q0 b 1 0.900000 n\nq Q0 a 2 0.100000 n\n"


# -- against a baseline, and drawn


def test_a_run_is_held_against_a_baseline_and_drawn(beir: Path, tmp_path: Path) -> None:
    kept, drawn = tmp_path / "base.json", tmp_path / "bars.svg"
    command = ["evaluate", "--beir", str(beir), "--json"]
    first = CliRunner().invoke(main, [*command, "--save-baseline", str(kept)])
    assert first.exit_code == 0, first.output
    values = json.loads(kept.read_text("utf-8"))
    values["per_query"]["S@1"]["q2"] = 0.0
    kept.write_text(json.dumps(values), "utf-8")
    again = [*command, "--baseline", str(kept), "--picture", str(drawn)]
    result = CliRunner().invoke(main, again)
    assert result.exit_code == 0, result.output
    body = json.loads(result.stdout)
    gap = body["against_baseline"]["S@1"]
    assert (gap["mean"], gap["better"], gap["worse"]) == (0.5, 1, 0)
    assert (gap["best"], gap["worst"]) == ([["q2", 1.0]], [])
    assert body["against_baseline"]["RR@10"]["mean"] == 0.0
    picture = drawn.read_text("utf-8")
    assert picture.startswith("<svg ") and "nDCG@10" in picture and "Baseline 0.500" in picture


@pytest.mark.parametrize("text", ["", "{}", '{"form": "patella-baseline/1", "per_query": 3}'])
def test_a_broken_baseline_is_a_usage_error(beir: Path, tmp_path: Path, text: str) -> None:
    kept = tmp_path / "base.json"
    kept.write_text(text, "utf-8")
    result = CliRunner().invoke(main, ["evaluate", "--beir", str(beir), "--baseline", str(kept)])
    assert result.exit_code == 2 and "is no baseline" in result.output.replace("\n", " ")


def test_a_baseline_of_other_questions_is_refused() -> None:
    qrels = {"a": {"x": 1}}
    found = score({"a": {"x": 1.0}}, qrels)
    with pytest.raises(UsageError, match="not measured by"):
        differences(found, {name: {"b": 1.0} for name in found.per_query})
