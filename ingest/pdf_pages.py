"""Pages of a PDF as pictures, and the places of quotes on them; pdfium runs in a worker process.

A hostile file can crash or swell that process only: its memory and time are limited, few run at once,
and what it answers is bounded and kept for the next request.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import Broken, LibraryError, Lost, NotFound, ReadError, TooLarge
from ingest import frames
from ingest.child import Child
from ingest.pdf_positions import Characters
from ingest.pdf_worker import READABLE

AT_ONCE = 2
"""Workers that may run at the same time."""
WAIT_SECONDS = 15.0
"""How long a request waits for its turn."""
RUN_SECONDS = 20.0
MOST_OUTPUT = 24_000_000
"""Bytes that a worker may answer."""
KEPT_BYTES = 64_000_000
"""Bytes of answers kept in memory."""
WIDTHS = (800, 1200, 1600, 2400)
"""Widths in pixels that a page is drawn in; few, so that they can be kept."""
MOST_PAGES = 4
"""Pages that one look takes in; a quote on more is marked on the first of them."""

MEGABYTES = 1_500
"""Of address space; pdfium itself and Pillow map some 300."""


@dataclass(frozen=True, slots=True)
class PageSize:
    """A page as it is shown: its number from 1, and its size in points (a 72nd of an inch)."""

    number: int
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of some pages that follow each other, of ``count`` in the file."""

    count: int
    sizes: tuple[PageSize, ...]
    characters: tuple[Characters, ...]


class PdfPages:
    """Draws pages and finds quotes on them; safe to share between threads."""

    def __init__(
        self, *, seconds: float = RUN_SECONDS, wait: float = WAIT_SECONDS, kept: int = KEPT_BYTES
    ) -> None:
        self._seconds = seconds
        self._wait = wait
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._kept = _Kept(kept)

    def picture(self, path: Path, *, page: int, width: int) -> bytes:
        """Return a page as a PNG file of the smallest of WIDTHS that is at least ``width``.

        ``path`` is an original: a file whose bytes never change. Raises NotFound, Broken,
        Encrypted, TooLarge, or LibraryError where too many are being drawn.
        """
        size = next((one for one in WIDTHS if one >= width), WIDTHS[-1])
        return self._run(path, "picture", page, size)

    def look(self, path: Path, *, first: int, last: int) -> Look:
        """Return the size and the characters of the pages ``first`` to ``last``, from 1.

        Raises as ``picture``.
        """
        last = max(first, min(last, first + MOST_PAGES - 1))
        try:
            told = frames.load(self._run(path, "characters", first, last))
            sizes, pages = [], []
            for number, one in enumerate(told["pages"], start=first):
                sizes.append(PageSize(number, float(one["width"]), float(one["height"])))
                boxes = tuple((box[0], box[1], box[2], box[3]) for box in one["boxes"])
                pages.append(Characters(number, one["text"], boxes, one["upright"]))
            return Look(int(told["count"]), tuple(sizes), tuple(pages))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise Broken("The page could not be looked at.", hint=READABLE) from error

    def _run(self, path: Path, what: str, one: int, two: int) -> bytes:
        key = (str(path), what, one, two)
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        if not self._turns.acquire(timeout=self._wait):
            raise LibraryError(
                "Too many pages are being drawn at this moment.", hint="Try again in a moment."
            )
        try:
            made = _call(path, what, one, two, self._seconds)
        finally:
            self._turns.release()
        self._kept.put(key, made)
        return made


_Key = tuple[str, str, int, int]


class _Kept:
    """The answers used last, as many as fit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[_Key, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: _Key) -> bytes | None:
        with self._lock:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key]

    def put(self, key: _Key, value: bytes) -> None:
        with self._lock:
            self._size += len(value) - len(self._held.pop(key, b""))
            self._held[key] = value
            while self._size > self._most and self._held:
                _, dropped = self._held.popitem(last=False)
                self._size -= len(dropped)


def _call(path: Path, what: str, one: int, two: int, seconds: float) -> bytes:
    """Have a fresh process make the answer; it is killed when its time or its output is over."""
    try:
        worker = Child("ingest.pdf_worker", session=False)
    except OSError as error:
        raise LibraryError(
            "No process to draw pages in could be started.", hint="Free some memory."
        ) from error
    try:
        if not worker.begin({"megabytes": MEGABYTES, "seconds": seconds}):
            raise LibraryError("No process to draw pages in could be started.")
        asked = frames.dump([what, str(path), one, two])
        made = worker.ask(asked, seconds=seconds, most=MOST_OUTPUT)
    except Lost as error:
        if error.how in ("late", "long") or error.code < 0:
            raise TooLarge(
                "The page needs more time or memory than it is given.", hint=READABLE
            ) from error
        raise Broken("The page could not be drawn.", hint=READABLE) from error
    finally:
        worker.kill()
    try:
        if made.startswith(b'{"error"'):
            frames.raise_error(frames.load(made), kinds=(ReadError, NotFound))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise Broken("The page could not be drawn.", hint=READABLE) from error
    return made


def quote_pages(pages: Sequence[int | None]) -> tuple[int, int]:
    """Return the first and last page to look at for a quote whose blocks begin on ``pages``.

    A block belongs to the page on which it begins, and may go on over the next.
    """
    known = [page for page in pages if page is not None]
    return (min(known), max(known) + 1) if known else (1, 1)
