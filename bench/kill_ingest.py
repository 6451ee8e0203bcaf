"""Kills a run again and again, and checks that the next one ends as if nothing had happened.

``python -m bench.kill_ingest --files 2000 --kills 10``: makes files, reads them undisturbed for a
digest; then reads them into other libraries, is killed (SIGKILL) at a chance moment, runs once more
without a kill, and compares the digests and checks every passage.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus.store import Store


def make_files(folder: Path, count: int) -> None:
    """Write ``count`` small articles, each unlike the others."""
    folder.mkdir()
    for n in range(count):
        words = f"# Exercise {n}\n\nExercise {n} strengthens the thigh. Do it {n} times a week.\n"
        (folder / f"{n:05}.md").write_text(words, "utf-8")


def start(data: Path, folder: Path) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "patella",
        "--data-dir",
        str(data),
        "add",
        "--quiet",
        str(folder),
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def finish(data: Path, folder: Path) -> tuple[str, float]:
    """Run to the end; return the served generation's digest, and the seconds that it took."""
    begun = time.monotonic()
    code = start(data, folder).wait()
    if code:
        sys.exit(f"A run that was not killed ended with {code}.")
    store = Store(data / "library.db")
    try:
        current = store.current()
        wrong = store.wrong_passages() + store.wrong_texts()
        if current is None or wrong or current.digest != store.working_digest()[2]:
            sys.exit("The library does not hold what it should.")
        return current.digest, time.monotonic() - begun
    finally:
        store.close()


def killed(data: Path, folder: Path, after: float) -> bool:
    """Start a run and kill it after so many seconds; tell whether it was still running."""
    running = start(data, folder)
    try:
        running.wait(timeout=after)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGKILL)
        running.wait()
        return True
    return False


def measure(root: Path, *, files: int, kills: int, seed: int = 1) -> int:
    """Return how many of ``kills`` runs were hit; ends the program where a digest differs."""
    folder = root / "files"
    make_files(folder, files)
    expected, seconds = finish(root / "calm", folder)
    print(f"{files} files undisturbed: {seconds:.1f} s, digest {expected[:12]}")
    chance, hit = random.Random(seed), 0
    for n in range(kills):
        data = root / f"killed-{n}"
        after = chance.uniform(0.3, 0.95) * seconds
        was_hit = killed(data, folder, after)
        hit += was_hit
        found, rest = finish(data, folder)
        state = "killed" if was_hit else "over already"
        print(f"{state} after {after:.1f} s; the next run took {rest:.1f} s: {found == expected}")
        if found != expected:
            sys.exit("The digest differs from that of an undisturbed run.")
    return hit


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        hit = measure(Path(folder), files=asked.files, kills=asked.kills, seed=asked.seed)
    print(f"{hit} of {asked.kills} runs were killed; each next run ended as an undisturbed one.")


if __name__ == "__main__":
    main()
