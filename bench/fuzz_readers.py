"""Damaged files by the thousand: no reader may crash, hang, or swell.

Usage: python -m bench.fuzz_readers [--count 100000] [--minutes N] [--seed 1] [--keep FILE]

Real files of each format are mutated by what knows their form (``bench.fuzz_mutations``) and read in a
worker process under a limit of memory and, for each file, of time. A file is *past the header* where its
reader got to its content: it gave a text, or found none in a container that opens. Read errors in the
project's own words are what is asked for; anything else is a fault. Exit code 1 on any fault.

With ``--keep``, what is counted is written to a file after each thousand, and a run that was broken
off, or ended by ``--minutes``, goes on from there: a file is mutated by its number alone.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path
from random import Random
from typing import Any

from bench.fuzz_mutations import Seed, mutate
from corpus import shipped
from corpus.errors import ReadError, TooLarge

FILES = Path(__file__).parent.parent / "tests" / "files"
MEMORY_MB = 1_000
"""Address space that a worker may grow to beyond what it starts with."""
SECONDS = 10
"""For one file, of the processor: how busy the machine is with other things does not count."""
BATCH = 1_000
COVERED = 200
"""The first files of each format, whose lines are counted; counting takes ten times as long."""
SEEDS: tuple[tuple[str, str, Path], ...] = (
    ("pdf", "pdf", FILES / "columns.pdf"),
    ("pdf", "pdf", FILES / "hyphens.pdf"),
    ("pdf", "pdf", FILES / "leaflet.pdf"),
    ("docx", "docx", FILES / "leaflet.docx"),
    ("docx", "docx", shipped.ROOT / "handouts" / "knee-leaflet.docx"),
    ("odt", "odt", FILES / "leaflet.odt"),
    ("pptx", "pptx", FILES / "slides.pptx"),
    ("epub", "epub", shipped.ROOT / "handouts" / "knee-booklet.epub"),
    ("rtf", "rtf", FILES / "leaflet.rtf"),
    ("html", "html", FILES / "leaflet.html"),
    ("markdown", "md", shipped.ROOT / "articles" / "knee-noises.md"),
    ("text", "txt", shipped.ROOT / "articles" / "knee-noises.md"),
)
KINDS = tuple(dict.fromkeys(kind for kind, _, _ in SEEDS))


@dataclass
class Tally:
    """What became of the files of one format."""

    files: int = 0
    past_header: int = 0
    read: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    peak_mb: float = 0.0
    seconds: float = 0.0
    lines: set[tuple[str, int]] = field(default_factory=set)
    statements: set[tuple[str, int]] = field(default_factory=set)

    def dumped(self) -> dict[str, Any]:
        """Return what ``loaded`` takes, ready for JSON."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        return told | {"lines": sorted(self.lines), "statements": sorted(self.statements)}

    @staticmethod
    def loaded(told: dict[str, Any]) -> Tally:
        """Return a tally as it was dumped."""
        tally = Tally(**told)
        tally.errors = Counter(told["errors"])
        tally.lines = {(name, line) for name, line in told["lines"]}
        tally.statements = {(name, line) for name, line in told["statements"]}
        return tally


class _TooSlow(BaseException):
    """A file took more than its time; no reader catches this."""


# -- the worker


def work(kind: str, first: int, count: int, seed: int, *, covered: bool) -> dict[str, Any]:
    """Read ``count`` mutated files, and return what became of them, ready for JSON."""
    # Counting begins before the readers are imported, as their definitions are lines too.
    measure = _coverage() if covered else None
    from ingest.read import read_bytes

    _limit()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    seeds = [Seed(path.name, k, path.read_bytes()) for k, _, path in SEEDS if k == kind]
    suffix = next(s for k, s, _ in SEEDS if k == kind)
    done: dict[str, Any] = {"read": 0, "past": 0, "errors": Counter(), "faults": [], "slowest": 0.0}
    for number in range(first, first + count):
        random = Random(f"{seed}-{kind}-{number}")
        data = mutate(random.choice(seeds), random)
        print(number, file=sys.stderr, flush=True)
        begun = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            extract = read_bytes(data, name=f"a.{suffix}")
            _check(extract)
            done["read"] += 1
            done["past"] += 1
        except ReadError as error:
            cause = type(error.__cause__).__name__ if isinstance(error, TooLarge) else ""
            done["errors"][
                type(error).__name__ + (" (memory)" if cause == "MemoryError" else "")
            ] += 1
            done["past"] += _opens(kind, data)
        except _TooSlow:
            done["faults"].append(f"{number}: over {SECONDS} s")
        except Exception as error:  # noqa: BLE001  (what else there is, is what we look for)
            done["faults"].append(f"{number}: {type(error).__name__}: {error}"[:200])
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        done["slowest"] = max(done["slowest"], time.process_time() - begun)
    if measure:
        done["lines"], done["statements"] = _lines(measure)
    import resource

    done["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return done


def _limit() -> None:
    import resource

    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = used + MEMORY_MB * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))

    def late(*_: object) -> None:
        raise _TooSlow

    signal.signal(signal.SIGPROF, late)


def _check(extract: Any) -> None:
    """Raise ValueError unless blocks follow each other in the text, and sentences lie in them."""
    from ingest.pieces import sentence_spans

    end = 0
    for block in extract.blocks:
        if not end <= block.start < block.end <= len(extract.text):
            raise ValueError(f"block {block} of {len(extract.text)}")
        spans = sentence_spans(extract.text, block)
        if any(not block.start <= a < b <= block.end for a, b in spans):
            raise ValueError(f"sentences {spans} of {block}")
        end = block.end
    extract.text.encode("utf-8")


def _opens(kind: str, data: bytes) -> bool:
    """Tell whether a file's container opens, so that its error is one of what is in it."""
    from ingest.faults import parser_faults
    from ingest.formats.package import Package
    from ingest.read import detect

    try:
        if detect(data, name=f"a.{kind}") != kind:
            return False
        if kind == "pdf":
            from pypdf import PdfReader

            return len(PdfReader(io.BytesIO(data)).pages) > 0
        if kind in ("docx", "odt", "pptx", "epub"):
            package = Package(data)
            return all(package.read(name) is not None for name in package.names)
    except (ReadError, MemoryError, *parser_faults()):
        return False
    return True


def _coverage() -> Any:
    import coverage

    measure = coverage.Coverage(data_file=None, include=["*/ingest/*"], config_file=False)
    measure.start()
    return measure


def _lines(measure: Any) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    measure.stop()
    ran: list[tuple[str, int]] = []
    known: list[tuple[str, int]] = []
    for path in measure.get_data().measured_files():
        _, statements, _, missing, _ = measure.analysis2(path)
        name = Path(path).name
        known += [(name, line) for line in statements]
        ran += [(name, line) for line in statements if line not in set(missing)]
    return ran, known


# -- the parent


def batch(kind: str, first: int, count: int, seed: int, *, covered: bool, tally: Tally) -> None:
    """Run one batch in a worker; where it dies, count the file that it died of, and go on after it."""
    while count > 0:
        command = [sys.executable, "-m", "bench.fuzz_readers", "--worker", kind]
        command += [str(first), str(count), str(seed), str(int(covered))]
        limit = count * 2 + SECONDS * 6
        try:
            ran = subprocess.run(command, capture_output=True, timeout=limit, check=False)
            code, out, err = ran.returncode, ran.stdout, ran.stderr
        except subprocess.TimeoutExpired as late:
            code, out, err = -9, b"", late.stderr or b""
        if code == 0:
            _add(tally, json.loads(out), count)
            return
        numbers = [int(line) for line in err.split(b"\n") if line.strip().isdigit()]
        last = numbers[-1] if numbers else first
        tally.faults.append(f"{last}: the worker ended with {code}")
        tally.files += last + 1 - first
        count -= last + 1 - first
        first = last + 1


def _add(tally: Tally, done: dict[str, Any], count: int) -> None:
    tally.files += count
    tally.read += done["read"]
    tally.past_header += done["past"]
    tally.errors.update(done["errors"])
    tally.faults += done["faults"]
    tally.slowest = max(tally.slowest, done["slowest"])
    tally.peak_mb = max(tally.peak_mb, done["peak_mb"])
    tally.lines.update((name, line) for name, line in done.get("lines", ()))
    tally.statements.update((name, line) for name, line in done.get("statements", ()))


def report(tallies: dict[str, Tally]) -> bool:
    """Print the table, and tell whether there was no fault."""
    print(
        "| format | files | past the header | read | errors in words | slowest | peak memory | faults |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for kind, t in tallies.items():
        errors = ", ".join(f"{name} {n:,}" for name, n in t.errors.most_common())
        print(
            f"| {kind} | {t.files:,} | {t.past_header / max(1, t.files):.1%} | {t.read:,} | {errors} "
            f"| {t.slowest:.1f} s | {t.peak_mb:.0f} MB | {len(t.faults)} |"
        )
    files = sum(t.files for t in tallies.values())
    past = sum(t.past_header for t in tallies.values())
    faults = [(kind, fault) for kind, t in tallies.items() for fault in t.faults]
    minutes = sum(t.seconds for t in tallies.values()) / 60
    print(f"\n{files:,} files in {minutes:.1f} min; {past / max(1, files):.1%} past the header;")
    print(f"{len(faults)} faults.\n")
    print("| module | lines run |\n|---|---|")
    lines = set().union(*(t.lines for t in tallies.values()))
    known = set().union(*(t.statements for t in tallies.values()))
    for name in sorted({name for name, _ in known}):
        ran = sum(1 for module, _ in lines if module == name)
        print(f"| {name} | {ran / max(1, sum(1 for m, _ in known if m == name)):.0%} |")
    for kind, fault in faults[:50]:
        print(f"FAULT {kind} {fault}")
    return not faults


def run(
    tallies: dict[str, Tally], *, share: int, seed: int, minutes: float, keep: Path | None
) -> None:
    """Read ``share`` files of each kind, a thousand at a time in turn, from where each stands."""
    begun = time.monotonic()
    while any(t.files < share for t in tallies.values()):
        for kind, tally in tallies.items():
            if time.monotonic() - begun > minutes * 60:
                return
            first = tally.files
            if first >= share:
                continue
            count = min(COVERED - first if first < COVERED else BATCH, share - first)
            started = time.monotonic()
            batch(kind, first, count, seed, covered=first < COVERED, tally=tally)
            tally.seconds += time.monotonic() - started
            if keep:
                write_kept(keep, tallies, seed)
            print(f"{kind}: {tally.files:,} of {share:,}", file=sys.stderr, flush=True)


def write_kept(path: Path, tallies: dict[str, Tally], seed: int) -> None:
    """Keep the counts, whole at any moment; those of kinds that this run leaves out stay."""
    kept = json.loads(path.read_text("utf-8"))["kinds"] if path.exists() else {}
    kept |= {kind: tally.dumped() for kind, tally in tallies.items()}
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps({"seed": seed, "kinds": kept}), "utf-8")
    beside.replace(path)


def read_kept(path: Path, seed: int) -> dict[str, Tally]:
    """Return what an earlier run with the same seed counted."""
    if not path.exists():
        return {}
    kept = json.loads(path.read_text("utf-8"))
    if kept["seed"] != seed:
        sys.exit(f"{path} was counted with the seed {kept['seed']}: name another file.")
    return {kind: Tally.loaded(told) for kind, told in kept["kinds"].items()}


def main() -> int:
    """Run the batches, kind by kind in turn, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="files of all nine formats")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e6, help="begin no batch after so many")
    parser.add_argument("--kind", choices=KINDS, action="append", help="only these formats")
    parser.add_argument("--keep", type=Path, help="keep the counts here, and go on from them")
    parser.add_argument("--worker", nargs=5, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        kind, *numbers = chosen.worker
        first, count, seed, covered = map(int, numbers)
        print(json.dumps(work(kind, first, count, seed, covered=bool(covered))))
        return 0
    kept = read_kept(chosen.keep, chosen.seed) if chosen.keep else {}
    tallies = {kind: kept.get(kind, Tally()) for kind in chosen.kind or KINDS}
    share = -(-chosen.count // len(KINDS))
    run(tallies, share=share, seed=chosen.seed, minutes=chosen.minutes, keep=chosen.keep)
    good = report({kind: kept[kind] for kind in KINDS if kind in kept} | tallies)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
