"""Watching: a library kept up to date while its files change, one generation for each burst of changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import Change
from watchfiles import watch as watch_files

from corpus.errors import PatellaError
from ingest.ignore import FILE
from ingest.pipeline import STILL_WRITTEN
from ingest.sidecar import sidecar_of
from patella.engine import Engine
from patella.run_report import Origin, RunReport
from patella.writer import Writer

TICK_SECONDS = 0.25
QUIET_SECONDS = 1.0
"""Changes are taken up once no file has changed for so long."""
LONGEST_WAIT = 30.0
"""Seconds after which what is quiet is taken up though other files are still being written."""
LOOK_SECONDS = 3.0
"""How often new sources, folders that came back, and single files are looked for."""
RETRY_SECONDS = 15.0
"""After a run that failed as a whole (a full disk, a busy library) the next one waits so long."""

_FAULTS = (PatellaError, OSError, RuntimeError)
_Stat = tuple[int, int] | None


class Watch:
    """Runs until it is told to stop; an error in a run is reported, and the watching goes on."""

    def __init__(
        self,
        engine: Engine,
        *,
        on_report: Callable[[RunReport], None],
        on_trouble: Callable[[Exception], None],
    ) -> None:
        self._engine = engine
        self._on_report = on_report
        self._on_trouble = on_trouble
        self._stop = threading.Event()
        self._burst = Burst()
        self._singles: dict[Path, _Stat] = {}
        self._faults: frozenset[tuple[str, str]] = frozenset()
        self._poll = False
        self._web_at = time.monotonic() + self._web_seconds()

    def stop(self) -> None:
        """End the watching; a run that is under way ends first."""
        self._stop.set()

    def run(self) -> None:
        """Take up what changed since the last run, then every change until ``stop`` is called."""
        while not self._stop.is_set():
            # folders are watched first and looked through then: no change falls between
            self._burst.note(())
            self._watch(self._folders())

    def _watch(self, folders: tuple[Path, ...]) -> None:
        """Watch some folders; return where others are to be watched, or the end has come."""
        looked = time.monotonic()
        try:
            for changes in watch_files(
                *folders,
                watch_filter=self._concerns,
                stop_event=self._stop,
                debounce=200,
                rust_timeout=int(TICK_SECONDS * 1000),
                yield_on_timeout=True,
                raise_interrupt=False,
                force_polling=self._poll or None,
                ignore_permission_denied=True,
            ):
                if changes:
                    self._burst.note(Path(path) for _, path in changes)
                    Writer(self._engine).ready()
                self._take_up()
                if time.monotonic() - looked >= LOOK_SECONDS:
                    looked = time.monotonic()
                    self._look_at_singles()
                    if self._folders() != folders:
                        return
        except (OSError, RuntimeError) as error:
            # the system has no more watches to give, or a folder went at this moment
            if not self._poll:
                self._on_trouble(error)
            self._poll = True
            self._stop.wait(LOOK_SECONDS)

    def _folders(self) -> tuple[Path, ...]:
        inbox = self._engine.settings.inbox_dir
        inbox.mkdir(parents=True, exist_ok=True)
        known = {Path(s.address) for s in self._engine.store.files.list() if s.kind == "folder"}
        found = {path for path in known | {inbox} if path.is_dir()}
        return tuple(sorted(path for path in found if not found & set(path.parents)))

    def _look_at_singles(self) -> None:
        """Look at the sources that are single files: watching their folders could be watching a disk."""
        sources = self._engine.store.files.list()
        paths = [Path(source.address) for source in sources if source.kind == "file"]
        now = {path: _stat(path) for each in paths for path in (each, sidecar_of(each)) if path}
        if changed := {
            p for p in now.keys() | self._singles.keys() if now.get(p) != self._singles.get(p)
        }:
            self._burst.note(changed)
        self._singles = now

    def _concerns(self, _: Change, path: str) -> bool:
        """Tell whether a change can matter: not one of the library's own files, or of a hidden one."""
        changed = Path(path)
        settings = self._engine.settings
        if changed.is_relative_to(settings.data_dir) and not changed.is_relative_to(
            settings.inbox_dir
        ):
            return False
        return not changed.name.startswith(".") or changed.name == FILE

    def _web_seconds(self) -> float:
        hours = self._engine.settings.web_hours
        return hours * 3600 if hours else float("inf")

    def _take_up(self) -> None:
        if time.monotonic() >= self._web_at:
            self._web_at = time.monotonic() + self._web_seconds()
            self._update(web=True)
        if self._burst.is_over():
            self._burst.begin()
            if not self._update():
                self._burst.again()

    def _update(self, *, web: bool = False) -> bool:
        """Run once; tell whether it came to its end."""
        try:
            writer = Writer(self._engine, origin=Origin("watch"))
            report = writer.index(web=web, rest=QUIET_SECONDS)
        except _FAULTS as error:
            self._on_trouble(error)
            return False
        if any(file.reason == STILL_WRITTEN for file in report.files):
            self._burst.note(())
        faults = frozenset((file.path, file.reason) for file in report.failed)
        quiet = {"unchanged", "skipped", "failed"}
        if faults != self._faults or any(file.state not in quiet for file in report.files):
            self._on_report(report)
        self._faults = faults
        return True


class Burst:
    """Changes that came close together, and whether the files have come to rest since."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._paths: dict[Path, _Stat] = {}
        self._first: float | None = None
        self._last = 0.0
        self._not_before = 0.0

    def note(self, paths: Iterable[Path]) -> None:
        """Note that files changed, or with none, that there may be changes."""
        now = self._clock()
        self._first = now if self._first is None else self._first
        self._last = now
        for path in paths:
            self._paths[path] = _stat(path)

    def begin(self) -> None:
        """Forget what was noted: a run takes it up."""
        self._paths, self._first = {}, None

    def again(self) -> None:
        """Take up everything once more, after a while: the run did not come to its end."""
        self.note(())
        self._not_before = self._clock() + RETRY_SECONDS

    def is_over(self) -> bool:
        """Tell whether it is time to run: all has come to rest, or the longest wait is over."""
        now = self._clock()
        if self._first is None or now < self._not_before:
            return False
        for path, stat in self._paths.items():
            if (found := _stat(path)) != stat:
                self._paths[path] = found
                self._last = now
        return now - self._last >= QUIET_SECONDS or now - self._first >= LONGEST_WAIT


def _stat(path: Path) -> _Stat:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
