"""One question in a process that runs: search and whole answer against the bare encoding of the question."""

from __future__ import annotations

import itertools

from bench.speed.measure import Figure, Times, against, by_turns, seconds
from corpus import shipped
from corpus.judged import read_questions
from index.embed import Encoder
from patella.engine import Engine


def asked() -> list[str]:
    """Return our own judged questions: none of them twice."""
    return list(dict.fromkeys(question.asked for question in read_questions(shipped.JUDGED)))


def figures(engine: Engine, rounds: int, size: int) -> list[Figure]:
    """Ask ``rounds`` questions each way; every one is new to the engine, as most people's are."""
    questions = asked()
    encoder: Encoder = engine.encoder
    for question in questions[-10:]:
        engine.ask(question)

    def new(turn: int) -> str:
        # the encoder remembers questions: a mark makes one that nobody asked
        return f"{questions[turn % len(questions)]} ({next(number)})"

    number = itertools.count()
    times = by_turns(
        {
            "encoding": lambda i: encoder.encode([new(i)]),
            "search": lambda i: engine.search(new(i + 1)),
            "answer": lambda i: engine.ask(new(i + 2)),
        },
        rounds,
    )
    held = f"{size:,} passages"
    return [
        against(
            "question",
            f"a search, {held}",
            times,
            "search",
            "encoding",
            target=2,
            note=_tail(times["search"]),
        ),
        against(
            "question",
            f"an answer, {held}",
            times,
            "answer",
            "encoding",
            target=6,
            note=_tail(times["answer"]),
        ),
    ]


def _tail(times: Times) -> str:
    return f"p99 {seconds(times.percentile(0.99))}"
