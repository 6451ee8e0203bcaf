"""Kills the work on a library again and again, while a reader asks, and checks all that it left.

``make crash``, or ``python -m bench.crash --kills 500``: reading files in, publishing, merging,
rolling back and collecting are each killed (SIGKILL), at every named point at least ten times and
else at moments of chance. What the work comes to is learnt on a copy first, so that rare points are
killed at when they come. After each kill the library is looked at from end to end; a copy as a
failing power supply would have left it is looked at and taken on from; and the next undisturbed
run must end with the digest of a library that was never disturbed. Ends with a table and exit code
1 if anything was lost.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.crash_process import Done, Reader, Stop, killed_after, killed_at, run
from bench.crash_work import (
    Kind,
    Work,
    ask,
    copy_library,
    do,
    look,
    open_engine,
    write_edition,
)
from corpus.failpoints import LOCAL
from corpus.store import Store

AT_EACH = 10
KILLS_AN_OPERATION = 4
IDLE_CYCLES = 12
"""So many without a kill at a point that is short of them end the run: nothing comes to that point."""
AT_POINTS = 0.7
"""The share of kills at a named point, as long as one that the work comes to was killed at too seldom."""
ORDERS: tuple[tuple[Kind, ...], ...] = (
    ("ingest", "publish", "merge", "rollback", "publish", "merge", "collect"),
    ("add", "merge", "rollback", "publish", "collect"),
)
"""Taken in turn: an edition is read and then published, or both in one run."""


@dataclass(slots=True)
class Tally:
    """What was done and what came of it."""

    at: Counter[str] = field(default_factory=Counter)
    """Kills at each point."""
    by_kind: Counter[str] = field(default_factory=Counter)
    chance: int = 0
    missed: int = 0
    """Kills that came when the work was over."""
    within: int = 0
    """Kills while the work was writing."""
    images: int = 0
    torn: int = 0
    """Images that did not hold what they should, or were not taken on from."""
    runs: int = 0
    lost: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return sum(self.at.values()) + self.chance


class Run:
    """One run: a library that is killed, and one beside it that is left in peace."""

    def __init__(self, root: Path, *, seed: int, told: bool = True) -> None:
        self.root = root
        self.data, self.calm, self.folder = root / "data", root / "calm", root / "files"
        self.tally = Tally()
        self._chance = random.Random(seed)
        self._edition = -1
        self._digests: set[str] = set()
        """Of all editions that may be served."""
        self._told = told
        self.settle()

    def settle(self) -> None:
        """Write the next edition, and let the undisturbed library take it up."""
        self._edition += 1
        write_edition(self.folder, self._edition)
        for kind in ("ingest", "publish"):
            do(Work(kind, self.calm, self.folder))
        self._digests.add(look(self.calm)[0])

    def first(self) -> None:
        """Fill the library undisturbed, so that a reader has something to ask."""
        for _ in range(2):
            for kind in ("ingest", "publish"):
                self._finish(Work(kind, self.data, self.folder))
            self.settle()

    def cycle(self, kills: int, at_each: int) -> None:
        """Do each operation once, killed again and again before it may end; then the next edition."""
        for kind in ORDERS[self._edition % len(ORDERS)]:
            work = Work(kind, self.data, self.folder, generation=self._older())
            if self.tally.kills < kills or self.short(at_each):
                self._kill(work, at_each)
            self._finish(work)
        self.settle()

    def short(self, at_each: int) -> list[str]:
        """Return the points at which too few kills were made."""
        return [point for point in LOCAL if self.tally.at[point] < at_each]

    def _older(self) -> int:
        """Choose a generation to bring back, whose folder may be there or not."""
        store = Store(self.data / "library.db")
        try:
            current = store.current()
            known = [g.id for g in store.generations() if current and g.id != current.id]
            return self._chance.choice(known) if known else 0
        finally:
            store.close()

    def _kill(self, work: Work, at_each: int) -> None:
        """Kill the work so many times, at points that it comes to now where these are short of kills."""
        ahead = self._rehearse(work)
        short = set(self.short(at_each)) & set(ahead.seen)
        named = [
            self._chance.random() < (AT_POINTS if short else 0.3) for _ in range(KILLS_AN_OPERATION)
        ]
        among = sorted(short or ahead.seen, key=LOCAL.index)
        points = self._chance.sample(among, min(sum(named), len(among)))
        # earlier steps first: what was killed after its last one has nothing left to do
        points.sort(key=LOCAL.index)
        for point in points:
            # where a point is come to for each document, not always at the first one
            number = (
                1 if self._chance.random() < 0.5 else self._chance.randint(1, ahead.seen[point])
            )
            self._at(work, point, number)
        for _ in range(KILLS_AN_OPERATION - len(points)):
            self._by_chance(work, ahead.seconds)

    def _rehearse(self, work: Work) -> Done:
        """Do the work on a copy, to know what it would come to now."""
        copy = self.root / "copy"
        copy_library(work.data, copy)
        try:
            return run(replace(work, data=copy))
        finally:
            shutil.rmtree(copy)

    def _at(self, work: Work, point: str, number: int) -> None:
        """Kill the work at a point, and hold both what it left and what a power failure would have."""
        image = self.root / "image"
        # where a file went away while the image was made, a merge takes that for a disk's fault and ends
        shutil.rmtree(image, ignore_errors=True)
        seed = self._chance.choice([0, self._chance.randrange(1, 1_000_000)])
        if not killed_at(work, Stop(point, number, image=image, seed=seed)):
            self.tally.missed += 1
            return
        self.tally.at[point] += 1
        self.tally.by_kind[work.kind] += 1
        self.tally.within += 1
        self.tally.images += 1
        self._whole(work, work.data)
        known = len(self.tally.lost)
        self._whole(work, image)
        do(replace(work, data=image))
        self._ended(replace(work, data=image))
        self.tally.torn += len(self.tally.lost) > known
        shutil.rmtree(image)

    def _by_chance(self, work: Work, seconds: float) -> None:
        """Kill the work at a moment of the ``seconds`` that it writes."""
        hit, within = killed_after(work, self._chance.random(), seconds)
        if not hit:
            self.tally.missed += 1
            return
        self.tally.chance += 1
        self.tally.by_kind[work.kind] += 1
        self.tally.within += within
        self._whole(work, work.data)

    def _finish(self, work: Work) -> None:
        run(work)
        self.tally.runs += 1
        self._ended(work)

    def _whole(self, work: Work, data: Path) -> None:
        """Look at a library as a kill left it, and ask it."""
        try:
            served = look(data)[0]
            assert served in self._digests, "it serves what no edition says"
            engine = open_engine(data)
            try:
                ask(engine, self._edition)
            finally:
                engine.close()
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a loss to be told)
            self._lose(f"{work.kind}: after a kill: {type(error).__name__}: {error}")

    def _ended(self, work: Work) -> None:
        """Hold a library whose work ended against the one that was never disturbed."""
        try:
            served, stored, generation = look(work.data)
            expected = look(self.calm)[0]
            assert stored == expected, "it stores something else than the undisturbed one"
            if work.kind in {"publish", "add"}:
                assert served == expected, "it serves something else than the undisturbed one"
            if work.kind == "rollback" and work.generation:
                assert generation == work.generation, "the rollback did not take place"
        except Exception as error:  # noqa: BLE001
            self._lose(f"{work.kind}: after the next run: {type(error).__name__}: {error}")

    def _lose(self, what: str) -> None:
        self.tally.lost.append(what)
        if self._told:
            print(f"LOST {what}", flush=True)


def table(tally: Tally, reader: Reader, seconds: float) -> str:
    """Return what was tried, survived and lost, in Markdown."""
    lost = len(tally.lost)
    share = tally.within / max(tally.kills, 1)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(tally.by_kind.items()))
    least = min(tally.at[point] for point in LOCAL)
    lines = [
        "| tried | | survived | lost |",
        "|---|---:|---:|---:|",
        f"| kills ({kinds}) | {tally.kills} | {tally.kills - lost} | {lost} |",
        f"| of them during an open write | {tally.within} ({share:.0%}) | | |",
        f"| of them at the {len(LOCAL)} named points, {least} at each or more"
        f" | {sum(tally.at.values())} | | |",
        f"| power failures: unsynced writes dropped or torn | {tally.images}"
        f" | {tally.images - tally.torn} | {tally.torn} |",
        f"| runs to the end, each with the digest of an undisturbed one | {tally.runs} | | |",
        f"| questions asked meanwhile, of {reader.generations} generations | {reader.asked}"
        f" | {reader.asked - len(reader.wrong)} | {len(reader.wrong)} |",
        f"| quotes and passages held against their source | {reader.checked} | | |",
    ]
    return "\n".join([*lines, "", f"{seconds:.0f} s.", "", *_points(tally)])


def _points(tally: Tally) -> list[str]:
    """Return how often each point was killed at, in Markdown."""
    rows = [f"| `{point}` | {tally.at[point]} |" for point in LOCAL]
    return ["| killed at | kills |", "|---|---:|", *rows]


def measure(root: Path, *, kills: int, at_each: int, seed: int) -> tuple[Tally, Reader, float]:
    """Run until there were so many kills, and so many at each point, or until Ctrl-C."""
    begun = time.monotonic()
    one = Run(root, seed=seed)
    one.first()
    with Reader(one.data) as reader, contextlib.suppress(KeyboardInterrupt):
        idle = 0
        while (one.tally.kills < kills or one.short(at_each)) and idle < IDLE_CYCLES:
            names = one.short(at_each)
            before = [one.tally.at[point] for point in names]
            one.cycle(kills, at_each)
            short = one.short(at_each)
            idle = idle + 1 if names and before == [one.tally.at[point] for point in names] else 0
            told = f", {', '.join(short)} to go" if 0 < len(short) < 5 else ""
            print(f"{one.tally.kills} kills, {len(short)} points short{told}", flush=True)
    return one.tally, reader, time.monotonic() - begun


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--at-each", type=int, default=AT_EACH)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally, reader, seconds = measure(
            Path(folder), kills=asked.kills, at_each=asked.at_each, seed=asked.seed
        )
    print(table(tally, reader, seconds))
    for what in [*tally.lost, *reader.wrong]:
        print(what)
    short = [point for point in LOCAL if tally.at[point] < asked.at_each]
    if short:
        print(f"Too few kills at {', '.join(short)}")
    if short or tally.lost or reader.wrong or not reader.asked:
        sys.exit(1)


if __name__ == "__main__":
    main()
