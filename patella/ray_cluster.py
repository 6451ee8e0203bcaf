"""Workers of Ray: connecting to a cluster, or starting a local one, and asking the actors there."""

from __future__ import annotations

import contextlib
import importlib
import re
import socket
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import LibraryError, Lost, ModelError, PatellaError, UsageError
from index.embed import Encoder
from patella.crew import AT_ONCE, Crew
from patella.ray_worker import Worker, fit_of
from patella.settings import Settings, set_where_unset

LOCAL, RUNNING = "local", "auto"
FORMS = "local, auto, HOST:PORT (on a machine of the cluster) or ray://HOST:PORT"
_HOST_PORT = re.compile(r"(?:ray://)?([\w.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})")
_REACH_SECONDS = 5.0
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
"""It reports nothing to its makers, and leaves the variables of accelerators as they are."""
_STARTS = 3
"""Tries to start a local Ray, which gives up after 30 seconds: too few where the machine is busy."""
_CALLS = 3 * AT_ONCE + 1
"""A worker's threads: each kind of work, and the greeting."""


def is_address(text: str) -> bool:
    """Tell whether a text has the form of an address of Ray."""
    return text in {LOCAL, RUNNING} or bool(_HOST_PORT.fullmatch(text))


@contextlib.contextmanager
def crew_of(settings: Settings, encoder: Encoder, address: str) -> Iterator[Crew]:
    """Start workers on the cluster at ``address`` (LOCAL starts one), and end them afterwards.

    ``encoder`` is this machine's, with which theirs are compared. Raises UsageError where Ray is
    missing or cannot be reached, ModelError.
    """
    if not is_address(address):
        raise UsageError(f"{address!r} is no address of Ray.", hint=f"It is one of {FORMS}.")
    ray = _library()
    with _connected(ray, address):
        count = settings.ray_workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        actors = _start(ray, settings, count)
        crew = Crew([_Actor(ray, one) for one in actors], fit_of(settings, encoder))
        try:
            yield crew
        finally:
            crew.close()
            for actor in actors:
                ray.kill(actor)


def _library() -> Any:
    """Import Ray, which is an extra. Raises UsageError where it is missing."""
    set_where_unset(**_ENVIRONMENT)
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise UsageError(
            "Ray is not installed.", hint='Install it: pip install "patella[ray]"'
        ) from error


@contextlib.contextmanager
def _connected(ray: Any, address: str) -> Iterator[None]:
    """Be connected to Ray; a connection that the program has already is used, and left as it is."""
    if ray.is_initialized():
        yield
        return
    if found := _HOST_PORT.fullmatch(address):
        _reach(found[1].strip("[]"), int(found[2]), address)
    _begin(ray, address, tries=_STARTS if address == LOCAL else 1)
    # Ray tells of workers that ended on standard output, where a report may be read by a program; it
    # has no public switch for that, and without this one it is only less tidy
    ray._private.worker._worker_logs_enabled = False
    try:
        yield
    finally:
        ray.shutdown()


def _begin(ray: Any, address: str, *, tries: int) -> None:
    more = {"include_dashboard": False} if address == LOCAL else {}
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", **more)
    except Exception as error:  # Ray raises Exception itself where a start takes too long
        ray.shutdown()
        if tries > 1 and "timed out" in str(error):
            _begin(ray, address, tries=tries - 1)
            return
        raise UsageError(
            f"Ray cannot be used at {address}: {_first_line(error)}",
            hint="Start one (ray start --head), or leave the address out: a local Ray starts.",
        ) from error


def _reach(host: str, port: int, address: str) -> None:
    """Try a connection first: Ray itself waits for minutes. Raises UsageError."""
    try:
        socket.create_connection((host, port), _REACH_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"Nothing answers at {address}: {_first_line(error)}",
            hint="Is that cluster running (ray status)? Without an address a local Ray starts.",
        ) from error


def _start(ray: Any, settings: Settings, count: int) -> list[Any]:
    """Start actors that Ray starts again when they end; what they were at is ours to give again."""
    # nothing goes there but what they need: settings hold keys and paths of this machine
    told = Settings(
        data_dir=Path(),
        model=settings.model,
        engine=settings.engine,
        precision=settings.precision,
        read_seconds=settings.read_seconds,
        read_megabytes=settings.read_megabytes,
    )
    made = ray.remote(Worker).options(num_cpus=1, max_restarts=-1, max_concurrency=_CALLS)
    return [made.remote(told) for _ in range(count)]


@dataclass(frozen=True, slots=True)
class _Actor:
    """An actor as the crew knows it: errors of Ray are told apart, and put into our words."""

    ray: Any
    handle: Any

    def ask(self, method: str, *given: Any) -> Future[Any]:
        answer: Future[Any] = Future()
        # future() would resolve in Ray's own thread: nothing there may wait
        found = getattr(self.handle, method).remote(*given).future()
        found.add_done_callback(lambda done: self._told(done, answer))
        return answer

    def _told(self, found: Future[Any], answer: Future[Any]) -> None:
        error = found.exception()
        if error is None:
            answer.set_result(found.result())
        else:
            answer.set_exception(self._in_words(error))

    def _in_words(self, error: BaseException) -> BaseException:
        wrong = self.ray.exceptions
        if isinstance(error, wrong.RayTaskError):
            cause = error.cause
            if isinstance(cause, PatellaError):
                return cause
            return LibraryError(f"A worker of Ray failed: {type(cause).__name__}: {cause}")
        if getattr(error, "error_msg", "") and "creation task" in str(error):
            return ModelError(
                f"A worker of Ray could not start: {_last_line(error)}",
                hint="Install the same version of Patella on all machines of the cluster.",
            )
        if isinstance(error, wrong.RayError):
            return Lost(f"A worker of Ray ended: {_first_line(error)}")
        return error


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__


def _last_line(error: BaseException) -> str:
    return str(error).strip().rsplit("\n", 1)[-1].strip()
