"""Looking ahead: the files that come next are loaded and read while the ones before are stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from corpus.files import Source
from ingest.intake import Intake, Prepared
from ingest.reading import Reading
from ingest.sources import FoundFile

MOST_BYTES = 200_000_000
"""Of files loaded and not yet stored; a single one may be larger."""
MOST_FILES = 512
"""Files looked at ahead, most of which need no reading."""


def look_ahead(
    files: Iterable[tuple[Source, FoundFile]], intake: Intake, reading: Reading
) -> Iterator[Prepared | None]:
    """Give for each file, in the order in which they come, what was made ready of it.

    At most ``reading.ahead`` files are handed in and not yet taken, so that memory stays steady.
    """
    window: deque[Prepared | None] = deque()
    coming = iter(files)
    loaded = handed_in = 0
    more = True
    while more or window:
        while (
            more and handed_in < reading.ahead and loaded < MOST_BYTES and len(window) < MOST_FILES
        ):
            found = next(coming, None)
            more = found is not None
            if found is None:
                break
            prepared = intake.prepare(*found, reading)
            window.append(prepared)
            if prepared:
                loaded += len(prepared.data)
                handed_in += prepared.made is not None
        if window:
            prepared = window.popleft()
            if prepared:
                loaded -= len(prepared.data)
                handed_in -= prepared.made is not None
            yield prepared
