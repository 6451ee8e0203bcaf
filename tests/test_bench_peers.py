"""The protocol of the drivers of other libraries, and the table that compares them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from bench import peers_quality, peers_speed
from bench.peers.environments import DRIVERS, PEERS, PINS, version_of
from corpus.judged import JudgedSet
from patella.evaluate import score

STAND_IN = """
from loop import serve, whole

class ByWords:
    def __init__(self): self.held = {}
    def index(self, passages):
        for p in passages: self.held[p["id"]] = whole(p)
        print("a library's noise on standard output")
    def open(self): self.held = {}
    def change(self, passage): self.index([passage])
    def search(self, text, k):
        words = set(text.split())
        return [(n, len(words & set(t.split()))) for n, t in self.held.items()][:k]

serve(ByWords())
"""


def test_a_driver_does_what_each_line_says(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    rows = [
        {"_id": "a", "title": "Knees", "text": "pain on stairs"},
        {"_id": "b", "text": "pain when sitting"},
        {"_id": "c", "text": "left out"},
    ]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    asked = [
        {"do": "ready"},
        {"do": "index", "passages": str(corpus), "most": 2},
        {"do": "search", "queries": [["q", "Knees pain sitting"]], "k": 10},
        {"do": "change", "passage": {"id": "a", "title": "", "text": "nothing"}},
        {"do": "search", "queries": [["q", "Knees pain sitting"]], "k": 10},
    ]
    run = subprocess.run(
        [sys.executable, "-c", STAND_IN],
        input="".join(json.dumps(line) + "\n" for line in asked),
        env={"PYTHONPATH": str(DRIVERS)},
        capture_output=True,
        text=True,
        check=True,
    )
    told = [json.loads(line) for line in run.stdout.splitlines()]
    assert told[1]["passages"] == 2
    assert told[2]["run"] == {"q": {"a": 2.0, "b": 2.0}}
    assert told[4]["run"] == {"q": {"a": 0.0, "b": 2.0}}
    assert len(told[2]["took"]) == 1
    assert all(one["seconds"] >= 0 for one in told)


def test_the_table_says_who_is_ahead_and_whether_by_chance(tmp_path: Path) -> None:
    qrels = {f"q{i}": {"d": 1} for i in range(12)}
    ours = score({query: {"d": 2.0, "x": 1.0} for query in qrels}, qrels)
    theirs = score({query: {"x": 2.0, "d": 1.0} for query in qrels}, qrels)
    rows = [
        peers_quality.row("patella", ours, ours),
        peers_quality.row("txtai", theirs, ours),
    ]
    lines = peers_quality.table("a set", rows).splitlines()
    assert lines[4] == "| patella | 1.000 | 1.000 | 1.000 | 1.000 |  |  |"
    version = version_of("txtai")
    assert lines[5] == f"| txtai {version} | 0.631 | 1.000 | 1.000 | 0.000 | +0.369 | 0.000 |"
    peers_quality.write_run(tmp_path / "run", {"q": {"x": 0.5, "d": 2.0}}, "ours")
    assert (tmp_path / "run").read_text() == "q Q0 d 1 2.000000 ours\nq Q0 x 2 0.500000 ours\n"
    assert peers_quality.read_run(tmp_path / "run") == {"q": {"d": 2.0, "x": 0.5}}


def test_all_peers_are_pinned_with_one_torch_and_one_encoder() -> None:
    for package in ("torch", "sentence-transformers", "transformers"):
        found = set()
        for name in PEERS:
            lines = (PINS / f"{name}.txt").read_text("utf-8").splitlines()
            found.update(line for line in lines if line.startswith(f"{package}=="))
        assert len(found) == 1, found


def test_a_part_of_a_set_holds_what_its_questions_ask_for(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    lines = [json.dumps({"_id": f"d{n}", "title": "T", "text": f"text {n}"}) for n in range(9)]
    (whole / "corpus.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    judged = JudgedSet(whole, {"q1": "a", "q2": "b"}, {"q1": {"d7": 1}, "q2": {"d8": 1}})
    part = peers_quality.part_of(judged, tmp_path, 1, 3)
    assert (part.queries, part.qrels) == ({"q1": "a"}, {"q1": {"d7": 1}})
    assert [one.id for one in part.corpus()] == ["d7", "d0", "d1"]


def test_the_table_of_speed_has_a_row_a_library() -> None:
    one = peers_speed.Round(
        "txtai", 40.0, 71.0, 4.0, 0.015, 0.02, 65.0, 0.03, 0.1, 600_000_000, 9_000_000
    )
    slower = replace(one, ingest=44.0, start=5.0, memory=610_000_000)
    lines = peers_speed.table([one, slower, slower], 1000).splitlines()
    assert lines[2:] == [
        "| txtai | 44.00 s | 71.00 s | 5.00 s | 15.0 ms / 20.0 ms | 65.0 | 30.0 ms | 100.0 ms | 610 | 9 |"
    ]


def test_ratios_are_of_the_fastest_peer_of_each_round() -> None:
    one = peers_speed.Round("patella", 2.0, 1.0, 0.5, 0.01, 0.02, 9.0, 0.01, 0.5, 1, 1)
    slow, quick = (
        replace(one, library="txtai", ingest=8.0, start=6.0),
        replace(one, library="haystack"),
    )
    second = [replace(one, ingest=4.0), replace(slow, ingest=8.0), replace(slow, ingest=16.0)]
    told = peers_speed.ratios([slow, replace(quick, ingest=6.0, start=4.0), one, *second])
    assert "ingest 2.50 × (CPU 1.00 ×), cold start to first result 10.0 ×" in told
