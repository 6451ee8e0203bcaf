"""``patella watch``, and the same beside a running server."""

from __future__ import annotations

import contextlib
import json
import signal
import threading
from collections.abc import Iterator
from functools import partial

from corpus.database import now
from patella.engine import Engine
from patella.merging import merge
from patella.quiet import quietly
from patella.readers import Readers
from patella.run_report import RunReport
from patella.run_table import print_run
from patella.settings import Settings
from patella.terminal import err, print_error
from patella.watch import Watch

STOP_SECONDS = 60.0
"""How long a server that ends waits for a run that is under way."""


def run_watch(settings: Settings, *, quiet: bool = False, as_json: bool = False) -> None:
    """Watch until Ctrl-C or SIGTERM; a second one breaks off the run that is under way."""

    def report(done: RunReport) -> None:
        if as_json:
            print(json.dumps({"at": now()} | done.as_json(), ensure_ascii=False), flush=True)
        else:
            print_run(done, quiet=quiet)

    engine = Engine(settings, readers=Readers())
    try:
        watch = Watch(engine, on_report=report, on_trouble=_tell)
        with _signals(watch), quietly(engine, merge):
            if not quiet:
                err.print("Watching (stop with Ctrl-C)")
            watch.run()
    except KeyboardInterrupt:
        err.print("Broken off; the next run goes on from here.")
    finally:
        engine.close()
    if not quiet:
        err.print("Stopped.")


@contextlib.contextmanager
def _signals(watch: Watch) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM end the watching, and the second one break off a run."""

    def stop(number: int, _: object) -> None:
        watch.stop()
        signal.signal(number, signal.default_int_handler)

    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, stop) for kind in kinds]
    try:
        yield
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)


@contextlib.contextmanager
def watching(engine: Engine, *, on: bool, quiet: bool = False) -> Iterator[None]:
    """Watch beside a server for as long as this lasts, if it is ``on``."""
    if not on:
        yield
        return
    watch = Watch(engine, on_report=partial(print_run, quiet=quiet), on_trouble=_tell)
    thread = threading.Thread(target=watch.run, name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        watch.stop()
        thread.join(STOP_SECONDS)


def _tell(error: Exception) -> None:
    print_error(str(error), getattr(error, "hint", "") or "Watching goes on.")
