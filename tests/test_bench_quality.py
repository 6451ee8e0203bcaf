"""The arithmetic of the quality benchmarks, and an ablation of a tiny set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.ablation import DEFAULT, ablate
from bench.rationales import bm25, measure, read_pairs
from bench.reliability import Bin, binned, error, picture
from corpus.errors import UsageError
from corpus.judged import read_beir


def test_bins_hold_as_many_questions_each() -> None:
    asked = [(0.9, True), (0.1, False), (0.2, True), (0.8, True)]
    bins = binned(asked, bins=2)
    assert bins == [Bin(2, pytest.approx(0.15), 0.5), Bin(2, pytest.approx(0.85), 1.0)]
    assert error(bins) == pytest.approx((0.35 + 0.15) / 2)
    drawn = picture({"test": bins})
    assert drawn.count("<circle") == 2
    assert "test: error 0.250" in drawn


def test_evidence_is_picked_by_place(tmp_path: Path) -> None:
    rows = [
        {"claim": "Bees swarm.", "doc": "1", "sents": [1]},
        {"claim": "Knees bend.", "doc": "1", "sents": [0]},
        {"claim": "Knees bend.", "doc": "1", "sents": [2]},
    ]
    (tmp_path / "rationales.dev.jsonl").write_text("\n".join(map(json.dumps, rows)))
    abstract = {"_id": "1", "sents": ["A knee is a joint.", "Bees swarm in May.", "It bends."]}
    (tmp_path / "sentences.dev.jsonl").write_text(json.dumps(abstract))
    pairs = read_pairs(tmp_path, "dev")
    assert [places for _, _, places in pairs] == [{1}, {0, 2}]
    assert measure(pairs, bm25(abstract["sents"])) == {"hit@1": 1.0, "hit@3": 1.0}
    assert measure(pairs, lambda _, found: [0.0, 1.0, 0.0][: len(found)])["hit@1"] == 0.5


def test_a_missing_set_of_evidence_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"rationales\.dev\.jsonl cannot be read"):
        read_pairs(tmp_path, "dev")


def test_a_tiny_set_is_ablated(tmp_path: Path) -> None:
    texts = {"k": ("Knees", "Sitting presses the kneecap."), "b": ("Bees", "Bees swarm in May.")}
    (tmp_path / "qrels").mkdir()
    rows = [{"_id": i, "title": title, "text": text} for i, (title, text) in texts.items()]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "when do bees swarm"}))
    (tmp_path / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq\tb\t1\n")
    found = dict(ablate(read_beir(tmp_path, "dev"), tmp_path / "work", ""))
    assert next(iter(found)) == DEFAULT
    assert len(found) == 14
    assert {one.measures["nDCG@10"].mean for one in found.values()} == {1.0}
