"""``patella evaluate``: any judged set through the same search that people use, measured."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import RR, R, Success, nDCG

from corpus import shipped
from corpus.errors import UsageError
from corpus.judged import (
    JudgedDocument,
    Qrels,
    Run,
    read_beir,
    read_judgements,
    read_questions,
    read_safety_questions,
)
from corpus.records import Metadata, sha256_text
from corpus.store import NewVersion
from index.embed import find_model
from index.tokens import TokenCounter
from ingest.blocks import TextBuilder
from ingest.chunk import chunk
from patella import judge
from patella.asking import LONGEST_QUESTION
from patella.engine import Engine
from patella.run_report import Watchers
from patella.settings import Settings
from patella.writer import Writer

MEASURES = {
    "nDCG@10": nDCG @ 10,
    "R@10": R @ 10,
    "R@100": R @ 100,
    "RR@10": RR @ 10,
    "S@1": Success @ 1,
    "S@5": Success @ 5,
}
DEPTH = 300
"""Passages asked for, so that about a hundred documents come of them."""

_RESAMPLES = 2_000
_BATCH = 500
_MARKS = re.compile(r'["“”„«»]')


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure's mean over all judged questions, with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a run scored; ``per_query`` is measure to question to value."""

    run: Run
    measures: dict[str, Measured]
    per_query: dict[str, dict[str, float]]
    shares: dict[str, object] = field(default_factory=dict)
    """What was measured of the answers, by name; empty where only search was."""

    def as_json(self) -> dict[str, object]:
        """Return the measures by name, their intervals, and what was measured of the answers."""
        body: dict[str, object] = {name: m.mean for name, m in self.measures.items()}
        body["intervals"] = {name: [m.low, m.high] for name, m in self.measures.items()}
        body["queries"] = len(next(iter(self.per_query.values())))
        return body | self.shares


def score(run: Run, qrels: Qrels) -> Evaluation:
    """Measure a run. A judged question that the run lacks scores zero in every measure."""
    per_query = {name: dict.fromkeys(qrels, 0.0) for name in MEASURES}
    names = {measure: name for name, measure in MEASURES.items()}
    for metric in ir_measures.iter_calc(list(MEASURES.values()), qrels, run):
        per_query[names[metric.measure]][metric.query_id] = float(metric.value)
    measures = {name: _interval(list(values.values())) for name, values in per_query.items()}
    return Evaluation(run, measures, per_query)


def _interval(values: list[float]) -> Measured:
    """Return the mean and its percentile bootstrap interval (Efron 1979), seeded."""
    data = np.array(values)
    picks = np.random.default_rng(0).integers(0, len(data), (_RESAMPLES, len(data)))
    means = data[picks].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Measured(float(data.mean()), float(low), float(high))


def compare(mine: Evaluation, other: Evaluation, measure: str) -> tuple[float, float]:
    """Return the mean difference to another run, and its two-sided paired bootstrap p-value."""
    queries = sorted(mine.per_query[measure])
    gaps = np.array(
        [mine.per_query[measure][q] - other.per_query[measure].get(q, 0.0) for q in queries]
    )
    mean, _, _, p = paired(gaps.tolist())
    return mean, p


def paired(gaps: list[float]) -> tuple[float, float, float, float]:
    """Return the mean of paired differences, its 95 % percentile interval, and a two-sided p-value.

    All by the bootstrap (Efron 1979), seeded.
    """
    data = np.array(gaps)
    picks = np.random.default_rng(0).integers(0, len(data), (_RESAMPLES, len(data)))
    means = data[picks].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    p = 2 * min((means <= 0).mean(), (means >= 0).mean())
    return float(data.mean()), float(low), float(high), float(min(1.0, p))


def beir(
    settings: Settings, folder: Path, *, split: str, work: Path | None, watchers: Watchers
) -> Evaluation:
    """Search a set in BEIR form. Raises UsageError where a file of it is missing or broken."""
    judged = read_beir(folder, split)
    with library(settings, work) as engine:
        fill(engine, judged.corpus, watchers=watchers)
        run = run_queries(engine, judged.queries)
    return score(run, judged.qrels)


def own(settings: Settings, *, split: str, work: Path | None, watchers: Watchers) -> Evaluation:
    """Ask our own judged questions of the shipped library."""
    questions = [q for q in read_questions(shipped.JUDGED) if q.split == split]
    if not questions:
        raise UsageError(f"There is no half named {split!r}.", hint="Use tuning, test or plain.")
    judged = read_judgements(shipped.JUDGED)
    with library(settings, work) as engine:
        Writer(engine, watchers=watchers).add((), shipped=True)
        outcomes = judge.ask_all(engine, questions, judged)
        qrels = judge.passage_qrels(engine, judged)
        safety = judge.safety_report(engine, read_safety_questions(shipped.JUDGED))
    names = {question.id for question in questions}
    found = score(judge.passage_run(outcomes), {q: g for q, g in qrels.items() if q in names})
    return replace(
        found, shares={"answers": asdict(judge.report(outcomes)), "safety": asdict(safety)}
    )


@contextmanager
def library(settings: Settings, work: Path | None) -> Iterator[Engine]:
    """Open a library in ``work``, or in a folder that goes away afterwards."""
    with tempfile.TemporaryDirectory(prefix="patella-evaluate-") as spare:
        engine = Engine(replace(settings, data_dir=work or Path(spare)))
        try:
            yield engine
        finally:
            engine.close()


def fill(
    engine: Engine,
    documents: Callable[[], Iterable[JudgedDocument]],
    *,
    limit: int | None = None,
    watchers: Watchers | None = None,
) -> None:
    """Publish documents as the ingest pipeline would, without files, if nothing was published before.

    Passages are of ``limit`` tokens at most, and otherwise of what the encoder reads.
    """
    if engine.store.current() is not None:
        return
    count = TokenCounter(find_model(engine.settings.model).tokenizer)
    batch: list[NewVersion] = []
    for document in documents():
        builder = TextBuilder()
        for paragraph in document.text.split("\n"):
            if paragraph.strip():
                builder.add("paragraph", paragraph)
        extract = builder.extract(Metadata(title=document.title), "text")
        passages = chunk(
            extract,
            title=document.title,
            count_tokens=count,
            limit=limit or engine.encoder.limit,
        )
        sha = sha256_text(f"{document.id}\n{document.title}\n{extract.text}")
        batch.append(NewVersion(document.id, sha, "judged", extract, passages))
        if len(batch) == _BATCH:
            _store(engine, batch)
    _store(engine, batch)
    Writer(engine, watchers=watchers).publish()


def _store(engine: Engine, batch: list[NewVersion]) -> None:
    with engine.store.transaction():
        for new in batch:
            engine.store.put_version(new)
    batch.clear()


def plain(question: str) -> str:
    """Return a judged question as it is asked: its quotation marks cite, and ask for no phrase."""
    return _MARKS.sub(" ", question)[:LONGEST_QUESTION]


def run_queries(engine: Engine, queries: dict[str, str]) -> Run:
    """Search every question; a document scores as its best passage."""
    run: Run = {}
    for query, text in queries.items():
        found: dict[str, float] = {}
        for hit in engine.search(plain(text), k=DEPTH).hits:
            for document in (hit.document, *(place.document for place in hit.also_in)):
                found[document.path] = max(hit.score, found.get(document.path, 0.0))
        run[query] = found
    return run
