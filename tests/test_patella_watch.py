"""Watching: bursts, half-written files, new folders, errors, and a clean stop; with real files."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from patella import watch as watching
from patella.engine import Engine
from patella.run_report import RunReport
from patella.settings import Settings
from patella.watch import Burst, Watch
from patella.writer import Writer
from tests.library_helpers import CountingEncoder

SEEN = "2020-01-01"

TEXT = "# Page {0}\n\nRest the knee for {0} days, and go on slowly then.\n"


class Running:
    """A watch in a thread of its own, over a library with a cheap encoder."""

    def __init__(self, root: Path, *folders: Path) -> None:
        self.engine = Engine(Settings(data_dir=root, lock_seconds=0.2), encoder=CountingEncoder())
        self.writer = Writer(self.engine)
        if folders:
            self.writer.add(folders)
            with self.engine.store.transaction() as db:
                db.execute("UPDATE sources SET seen_at = ?", (SEEN,))
        self.reports: list[RunReport] = []
        self.troubles: list[Exception] = []
        self.watch = Watch(
            self.engine, on_report=self.reports.append, on_trouble=self.troubles.append
        )
        self.thread = threading.Thread(target=self.watch.run)

    def __enter__(self) -> Running:
        self.thread.start()
        self.until(lambda: all(s.seen_at > SEEN for s in self.engine.store.files.list()))
        time.sleep(0.2)
        return self

    def __exit__(self, *_: object) -> None:
        self.watch.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()
        self.engine.close()

    def ids(self) -> set[str]:
        current = self.engine.store.current()
        return {d.id for d in self.engine.store.documents(current.id)} if current else set()

    def until(self, done: Callable[[], bool], seconds: float = 15.0) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, (self.ids(), self.reports, self.troubles)
            time.sleep(0.05)


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    monkeypatch.setattr(watching, "QUIET_SECONDS", 0.4)
    monkeypatch.setattr(watching, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.3)
    monkeypatch.setattr(watching, "RETRY_SECONDS", 0.3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "guides"
    made.mkdir()
    (made / "a.md").write_text(TEXT.format(1), "utf-8")
    return made


def test_changes_are_taken_up_as_they_happen(tmp_path, folder) -> None:
    with Running(tmp_path / "data", folder) as running:
        (folder / "b.md").write_text(TEXT.format(2), "utf-8")
        running.until(lambda: running.ids() == {"a", "b"})
        (folder / "new" / "deep").mkdir(parents=True)
        (folder / "new" / "deep" / "c.md").write_text(TEXT.format(3), "utf-8")
        (tmp_path / "data" / "articles" / "d.md").write_text(TEXT.format(4), "utf-8")
        running.until(lambda: running.ids() == {"a", "b", "c", "d"})
        (folder / "a.md").unlink()
        running.until(lambda: running.ids() == {"b", "c", "d"})
        (folder / "b.md.meta.yaml").write_text("title: A better title\n", "utf-8")
        running.until(lambda: running.reports[-1].files[0].state != "removed")


def test_a_burst_of_a_thousand_changes_is_one_generation(tmp_path, folder) -> None:
    with Running(tmp_path / "data", folder) as running:
        before = running.engine.store.next_generation()
        for number in range(1, 1001):  # the first is the one that is there already
            (folder / f"p{number}.md").write_text(TEXT.format(number), "utf-8")
        running.until(lambda: len(running.ids()) == 1000, seconds=60)
        assert running.engine.store.next_generation() == before + 1


def test_a_file_that_is_still_being_written_is_waited_for(tmp_path, folder) -> None:
    with Running(tmp_path / "data", folder) as running:
        with (folder / "slow.md").open("w", encoding="utf-8") as file:
            for number in range(12):
                file.write(TEXT.format(number))
                file.flush()
                time.sleep(0.15)
                assert "slow" not in running.ids()
        running.until(lambda: "slow" in running.ids())
        slow = running.engine.store.document("slow", generation=running.engine.store.current().id)
        assert slow.number == 1


def test_what_is_quiet_is_not_kept_waiting_for_ever(tmp_path, folder, monkeypatch) -> None:
    monkeypatch.setattr(watching, "LONGEST_WAIT", 1.0)
    with Running(tmp_path / "data", folder) as running:
        (folder / "b.md").write_text(TEXT.format(2), "utf-8")
        with (folder / "slow.md").open("w", encoding="utf-8") as file:
            end = time.monotonic() + 10
            while "b" not in running.ids():
                assert time.monotonic() < end
                file.write(TEXT.format(3))
                file.flush()
                time.sleep(0.05)
            assert "slow" not in running.ids()
        running.until(lambda: "slow" in running.ids())


def test_sources_added_meanwhile_and_single_files_are_watched(tmp_path, folder) -> None:
    single, other = tmp_path / "one.md", tmp_path / "other"
    single.write_text(TEXT.format(1), "utf-8")
    other.mkdir()
    with Running(tmp_path / "data", folder, single) as running:
        single.write_text(TEXT.format("seven"), "utf-8")
        running.until(lambda: any(f.state == "changed" for r in running.reports for f in r.files))
        running.writer.add([other])
        time.sleep(0.6)
        (other / "z.md").write_text(TEXT.format(9), "utf-8")
        running.until(lambda: "z" in running.ids())


def test_errors_do_not_stop_it(tmp_path, folder) -> None:
    from filelock import FileLock

    with Running(tmp_path / "data", folder) as running:
        (folder / "bad.pdf").write_bytes(b"%PDF-1.7\nnothing")
        running.until(lambda: any(report.failed for report in running.reports))
        with FileLock(tmp_path / "data" / "library.lock"):
            (folder / "b.md").write_text(TEXT.format(2), "utf-8")
            running.until(lambda: bool(running.troubles))
        assert "Another process" in str(running.troubles[0])
        running.until(lambda: "b" in running.ids())
        folder.rename(tmp_path / "away")
        running.until(lambda: any("not there" in f.reason for f in running.reports[-1].files))
        assert running.ids() == {"a", "b"}
        (tmp_path / "away" / "c.md").write_text(TEXT.format(3), "utf-8")
        (tmp_path / "away").rename(folder)
        running.until(lambda: running.ids() == {"a", "b", "c"})


def test_a_burst_by_the_clock(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(watching, "QUIET_SECONDS", 1.0)
    monkeypatch.setattr(watching, "LONGEST_WAIT", 5.0)
    now = [100.0]
    burst = Burst(clock=lambda: now[0])
    path = tmp_path / "a"
    assert not burst.is_over()
    path.write_text("x", "utf-8")
    burst.note([path])
    assert not burst.is_over()
    for _ in range(9):
        now[0] += 0.5
        path.write_text(path.read_text("utf-8") + "x", "utf-8")
        assert not burst.is_over()
    now[0] += 0.5
    path.write_text("longer" * 100, "utf-8")
    assert burst.is_over()  # the longest wait
    burst.begin()
    assert not burst.is_over()
    burst.note([path])
    now[0] += 1.0
    assert burst.is_over()
    burst.again()
    now[0] += 1.0
    assert burst.is_over() is (watching.RETRY_SECONDS <= 1.0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_stops_cleanly(tmp_path, folder, number) -> None:
    data = tmp_path / "data"
    command = [sys.executable, "-m", "patella", "--data-dir", str(data)]
    subprocess.run([*command, "add", "--quiet", str(folder)], check=True, capture_output=True)
    process = subprocess.Popen(
        [*command, "watch", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        time.sleep(2)
        (folder / "b.md").write_text(TEXT.format(2), "utf-8")
        line = json.loads(process.stdout.readline())
        assert (line["counts"], line["published"]) == ({"added": 1, "unchanged": 1}, True)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        assert (process.returncode, "Traceback" in said) == (0, False)
    finally:
        process.kill()
        process.communicate()
