"""Injects faults into a library and its disk, and holds what happens against what should.

``make faults``, or ``python -m bench.faults``: files torn, altered and taken away, of every kind and in
every part; a full disk, one that fails, and one that may not be written; a clock that is set back; two
writers; a reader during each step of a publishing; formats of other Patellas. Whatever the fault,
nothing may be quoted that is not in its source, and what cannot be done is said in words. Ends
with a table; exit code 1 if anything was otherwise.
"""

from __future__ import annotations

import argparse
import logging
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench.crash_process import failing
from bench.crash_work import Kind, Work, ask, do, editions_of, look, open_engine, write_edition
from bench.fault_cases import CASES
from bench.full_disk import ROOMS, full, may_mount, mounted, read_only
from corpus import failpoints
from corpus.errors import PatellaError
from corpus.failpoints import LOCAL
from corpus.originals import sha256_bytes
from index.generation import folder_name
from patella.checks import examine
from patella.engine import Engine
from patella.mending import mend

EDITION = 6
KINDS: dict[str, str] = {
    "manifest": "index/{gen}/manifest.json",
    "segment": "index/{gen}/seg-*/vectors.faiss",
    "passage ids": "index/{gen}/seg-*/passages.npy",
    "titles": "index/{gen}/seg-*/title*.npy",
    "lexical": "index/{gen}/lexical/*",
    "library file": "library.db",
    "vectors": "vectors.db",
    "originals": "originals/*/*",
}
"""Kinds of files; ``{gen}`` is the served generation's folder."""
MADE_AGAIN = frozenset(KINDS) - {"library file"}
WAYS = ("bit", "zeros", "cut", "gone")
PARTS = ("head", "middle", "tail")
SIZES = (0, 200, 1000, 4000, 16_000, 40_000, 80_000, 130_000)
"""Bytes of a file after which there is no room for more."""
STOPPED: tuple[Kind, ...] = ("ingest", "publish")
Stop = Callable[[Work], tuple[bool, str]]
"""Does work while something fails: whether its process ended by itself, and the error in words."""
HARMLESS = frozenset({"failures", "remains"})


@dataclass(slots=True)
class Tally:
    """What was tried of one family of faults, and what came of it."""

    tried: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)


class Ground:
    """A library to be broken, over and over: a copy each time."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / "files"
        self.whole, self.ready = root / "whole", root / "ready"
        for edition in range(EDITION + 1):
            write_edition(self.folder, edition)
            do(Work("ingest", self.whole, self.folder))
            if edition == EDITION:
                shutil.copytree(self.whole, self.ready)
            do(Work("publish", self.whole, self.folder))
        self.digest = look(self.whole)[0]
        self.said = said(self.whole)

    def copy(self, of: Path) -> Path:
        data = self.root / "data"
        shutil.rmtree(data, ignore_errors=True)
        return Path(shutil.copytree(of, data))


def said(data: Path) -> list[str]:
    """Return the passages found for a question, each held against its source."""
    engine = open_engine(data)
    try:
        ask(engine, EDITION)
        hits = engine.search("how often should I do exercise 4 to strengthen the thigh").hits
        editions_of([hit.passage.text for hit in hits])
        return sorted(hit.passage.text for hit in hits)
    finally:
        engine.close()


def damage(path: Path, way: str, part: str, chance: random.Random) -> None:
    """Spoil one file: a bit, 64 zeros, or all from there on; or take it away."""
    if way == "gone":
        path.unlink()
        return
    data = bytearray(path.read_bytes())
    third = max(len(data) // 3, 1)
    place = min(PARTS.index(part) * third + chance.randrange(third), max(len(data) - 1, 0))
    if part == "head" and way != "cut":
        place = chance.randrange(min(100, max(len(data), 1)))
    if way == "bit" and data:
        data[place] ^= 1 << chance.randrange(8)
    elif way == "zeros":
        data[place : place + 64] = bytes(len(data[place : place + 64]))
    elif way == "cut":
        del data[place:]
    path.write_bytes(bytes(data))


def spoilt_files(
    ground: Ground, kind: str, *, rounds: int, seed: int = 1, ways: Sequence[str] = WAYS
) -> Tally:
    """Spoil files of one kind in every way and part, so many times."""
    tally, chance = Tally(), random.Random(f"{seed} {kind}")
    for _ in range(rounds):
        for way in ways:
            for part in PARTS if way != "gone" else ("whole",):
                data = ground.copy(ground.whole)
                pattern = KINDS[kind].format(gen=folder_name(look(data)[2]))
                paths = [p for p in sorted(data.glob(pattern)) if p.suffix != ".lock"]
                path = chance.choice([p for p in paths if p.stat().st_size] or paths)
                before = path.read_bytes()
                damage(path, way, part, chance)
                if path.exists() and path.read_bytes() == before:
                    continue
                tally.tried += 1
                try:
                    tally.outcomes[_one(ground, data, kind)] += 1
                except Exception as error:  # noqa: BLE001  (whatever it is, it is to be told)
                    what = f"{kind}: {way} in the {part} of {path.name}"
                    tally.lost.append(f"{what}: {type(error).__name__}: {error}")
    return tally


def _one(ground: Ground, data: Path, kind: str) -> str:
    """Ask a library with a spoilt file, have the doctor look and mend; return the outcome in words."""
    try:
        engine = open_engine(data)
    except PatellaError:
        return "refused in words"
    try:
        found = {check.name for check in examine(engine) if not check.ok} - HARMLESS
    finally:
        engine.close()
    try:
        now = said(data)
    except PatellaError:
        now = []
    if kind not in MADE_AGAIN:
        if found or not now:
            return "found by the doctor"
        assert now == ground.said, "it says something else, and the doctor sees nothing"
        return "not in anything used"
    engine = open_engine(data)
    try:
        left = {check.name for check in mend(engine) if not check.ok} - HARMLESS
        if left == {"originals"} and _only_in_backups(engine, ground):
            assert said(data) == ground.said, "it says something else"
            return "told, since its file is gone: a backup has it"
        assert not left, f"not mended: {left}"
    finally:
        engine.close()
    assert said(data) == ground.said, "after mending it says something else"
    assert look(data)[0] == ground.digest, "after mending it holds something else"
    return "made again" if found else "made again when opened, or not in anything used"


def _only_in_backups(engine: Engine, ground: Ground) -> bool:
    """Tell whether the originals that are lost are of files that no folder holds any more."""
    lost = set(engine.originals.check(engine.store.originals()))
    held = {sha256_bytes(path.read_bytes()) for path in ground.folder.iterdir()}
    return not lost & held


def failing_disk(
    ground: Ground, *, sizes: Sequence[int] = SIZES, points: Sequence[str] = LOCAL
) -> Tally:
    """Have the disk fail at every named step, and a file have no room after so many bytes."""
    stops: dict[str, Stop] = {
        f"no room after {size} bytes of a file": partial(failing, limit=size) for size in sizes
    }
    stops |= {f"an I/O error at {point}": partial(failing, point=point) for point in points}
    tally = Tally()
    for what, stop in stops.items():
        for kind in STOPPED:
            _stopped(
                ground,
                tally,
                f"{kind}, {what}",
                Work(kind, ground.copy(ground.ready), ground.folder),
                stop,
            )
    return tally


def full_disk(ground: Ground, *, rooms: Sequence[int] = ROOMS) -> Tally:
    """Work on a disk of its own that is full but for so many bytes, or mounted read-only."""
    tally = Tally()
    if not may_mount(ground.root):
        tally.outcomes["no disk may be mounted here: not tried"] = 1
        return tally
    stops: dict[str, Callable[[Path], AbstractContextManager[None]]] = {
        f"a disk with {room} bytes left": partial(full, room=room) for room in rooms
    }
    for what, spoilt in (stops | {"a disk mounted read-only": read_only}).items():
        for kind in STOPPED:
            with mounted(ground.root / "disk") as disk:
                stop = partial(_failing_on, spoilt(disk))
                data = Path(shutil.copytree(ground.ready, disk / "data"))
                _stopped(ground, tally, f"{kind}, {what}", Work(kind, data, ground.folder), stop)
    return tally


def _failing_on(spoilt: AbstractContextManager[None], work: Work) -> tuple[bool, str]:
    with spoilt:
        return failing(work)


def _stopped(ground: Ground, tally: Tally, what: str, work: Work, stop: Stop) -> None:
    """Do the work while something fails, and once more when nothing does: it must end whole."""
    if work.kind == "ingest":
        # something new to take in, so that there is something to fail
        write_edition(ground.folder, EDITION + 1)
    ended, words = stop(work)
    tally.tried += 1
    try:
        assert ended, f"the process died: {words}"
        look(work.data)
        write_edition(ground.folder, EDITION)
        for kind in STOPPED:
            do(Work(kind, work.data, ground.folder))
        assert look(work.data)[0] == ground.digest, "the next run ends otherwise"
        tally.outcomes[
            "refused in words, the next run whole" if words else "not come to, done"
        ] += 1
    except Exception as error:  # noqa: BLE001
        tally.lost.append(f"{what}: {type(error).__name__}: {error}")
    finally:
        write_edition(ground.folder, EDITION)


def reader_during(ground: Ground) -> Tally:
    """Open and ask the library at each step of a publishing."""
    tally = Tally()
    data = ground.copy(ground.ready)

    def told(point: str) -> None:
        tally.tried += 1
        try:
            said(data)
            tally.outcomes["the old or the new one, whole"] += 1
        except Exception as error:  # noqa: BLE001
            tally.lost.append(f"a reader at {point}: {type(error).__name__}: {error}")

    failpoints.watch(told)
    try:
        do(Work("publish", data, ground.folder))
    finally:
        failpoints.watch(None)
    return tally


def measure(root: Path, *, rounds: int) -> dict[str, Tally]:
    """Try everything; spoilt files so many times over."""
    ground = Ground(root)
    found = {kind: spoilt_files(ground, kind, rounds=rounds) for kind in KINDS}
    found["a file that may not grow, or a failing disk"] = failing_disk(ground)
    found["a full disk, or one mounted read-only"] = full_disk(ground)
    found["a reader during a publishing"] = reader_during(ground)
    for name, case in CASES.items():
        found[name] = single(case, ground)
    return found


def single(case: Callable[[Path, Path, Path], str], ground: Ground) -> Tally:
    """Try one case on a copy of the library before its last publishing."""
    tally = Tally(tried=1)
    try:
        data = ground.copy(ground.ready)
        tally.outcomes[case(ground.root, data, ground.folder)] += 1
    except Exception as error:  # noqa: BLE001
        tally.lost.append(f"{type(error).__name__}: {error}")
    finally:
        write_edition(ground.folder, EDITION)
    return tally


def table(found: dict[str, Tally]) -> str:
    """Return what was tried, survived and lost, in Markdown."""
    lines = ["| fault | tried | survived | lost | outcome |", "|---|---:|---:|---:|---|"]
    for name, one in found.items():
        outcomes = ", ".join(f"{what} {n}" for what, n in one.outcomes.most_common())
        survived = one.tried - len(one.lost)
        lines.append(f"| {name} | {one.tried} | {survived} | {len(one.lost)} | {outcomes} |")
    return "\n".join(lines)


def main() -> None:
    """Try as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)  # each mended index has a line
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), rounds=asked.rounds)
    print(table(found))
    lost = [what for one in found.values() for what in one.lost]
    for what in lost:
        print(f"LOST {what}")
    sys.exit(1 if lost else 0)


if __name__ == "__main__":
    main()
