"""The parts of the benchmark of speed that decide what its tables say."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

from bench.speed import change, report
from bench.speed.corpora import made_up, prepare, sentences
from bench.speed.limits import flops
from bench.speed.made_up import Pieced, library
from bench.speed.measure import Figure, Times, against, by_turns
from index.embed import HashEncoder
from patella.engine import Engine
from patella.settings import load
from patella.writer import Writer

FIGURES = [
    Figure("start", "help", 0.1, against="python", base=0.05, ratio=2.0, target=3.0),
    Figure("start", "ask", 1.5, target=1.0),
    Figure("ingest", "rate", 90.0, "GFLOP/s", "peak", 300.0, 0.3, 0.5, at_least=True),
    Figure("change", "one", 0.0123),
]


def test_the_table_tells_ratios_and_which_targets_are_missed() -> None:
    lines = report.table(FIGURES).splitlines()[2:]
    assert lines == [
        "| start | help | 100.0 ms | python: 50.0 ms | 2.00 | ≤ 3 × met |  |",
        "| start | ask | 1.50 s |  |  | ≤ 1.00 s **missed** |  |",
        "| ingest | rate | 90.0 GFLOP/s | peak: 300 GFLOP/s | 0.30 | ≥ 0.5 × **missed** |  |",
        "| change | one | 12.3 ms |  |  |  |  |",
    ]


def test_figures_of_another_run_stay_beside_new_ones(tmp_path: Path) -> None:
    report.keep(tmp_path, {"cores": 2}, FIGURES)
    report.keep(tmp_path, {"cores": 2}, [Figure("start", "ask", 0.5, target=1.0)])
    kept = json.loads((tmp_path / "speed.json").read_text("utf-8"))["figures"]
    assert {f["what"]: f["value"] for f in kept} == {
        "one": 0.0123,
        "rate": 90.0,
        "help": 0.1,
        "ask": 0.5,
    }
    bars = ElementTree.parse(tmp_path / "speed.svg").getroot()  # noqa: S314  (our own file)
    assert len([e for e in bars.iter() if e.tag.endswith("}rect")]) == 1 + 3


def test_ways_take_turns() -> None:
    done: list[str] = []
    times = by_turns({"a": lambda n: done.append(f"a{n}"), "b": lambda n: done.append(f"b{n}")}, 3)
    assert done == ["a0", "b0", "b1", "a1", "a2", "b2"]
    assert [len(one.all) for one in times.values()] == [3, 3]


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    times = {"a": Times((2.0, 30.0, 4.0), (1, 1, 1)), "b": Times((1.0, 10.0, 1.0), (2, 2, 2))}
    found = against("p", "w", times, "a", "b", target=3)
    assert (found.value, found.base, found.ratio, found.met) == (4.0, 1.0, 3.0, True)
    assert found.note == "least 2.00 s and 1.00 s; CPU 0.50 ×"


def test_made_up_texts_are_the_same_each_time_and_cut_to_the_number_wanted(tmp_path: Path) -> None:
    assert next(made_up()) == next(made_up())
    corpus = prepare(tmp_path, 12, [])
    assert len(corpus.inputs) == 12 and corpus.made_up
    rows = [json.loads(line) for line in corpus.passages.read_text("utf-8").splitlines()]
    assert len(rows) == 12 and rows[0]["_id"] == "d000000-0"
    assert prepare(tmp_path, 12, []) == corpus


def test_the_operations_of_a_pass() -> None:
    # one layer of one token: four products of 384 × 384, two of 384 × 1536, two of the attention
    assert flops([1], layers=1) == 2 * (4 * 384 * 384 + 2 * 384 * 1536) + 4 * 384


def test_a_made_up_library_is_still_there_after_a_change(tmp_path: Path) -> None:
    engine = Engine(load(tmp_path / "data"), encoder=HashEncoder())
    library(engine, Pieced(HashEncoder(), sentences()), 24)
    assert engine.generation().passages == 24
    (tmp_path / "one.md").write_text("# One\n\nThe knee hurts.\n", "utf-8")
    Writer(engine).add([tmp_path / "one.md"])
    assert engine.generation().passages == 25
    engine.close()


def test_changes_are_measured_until_another_engine_sees_them(tmp_path: Path) -> None:
    writing = Engine(load(tmp_path / "data"), encoder=HashEncoder())
    library(writing, Pieced(HashEncoder(), sentences()), 24)
    reader = Engine(load(tmp_path / "data"), encoder=HashEncoder())
    seen, beyond, written, anew = change.figures(writing, reader, tmp_path, 24, 2)
    assert seen.what == "one document of 24 passages, until it is seen"
    assert seen.base is not None and 0 < seen.base < seen.value
    assert beyond.target == 0.1 and beyond.value < seen.value
    assert written.unit == "kB" and "at worst" in written.note
    assert anew.target is None and anew.ratio == anew.value / seen.value
    # the first generation, the documents that are changed, one round to begin with, and two measured
    assert reader.generation().id == 5
    assert reader.generation().passages == 24 + change.DOCUMENTS
    writing.close()
    reader.close()


def test_the_largest_library_is_held_against_the_smallest() -> None:
    assert change.compared({10: 1.0}) == []
    (found,) = change.compared({10: 2.0, 100: 2.5, 1000: 3.0})
    assert (found.value, found.base, found.ratio, found.met) == (3.0, 2.0, 1.5, True)
