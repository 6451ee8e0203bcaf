"""Giving memory back to the system: glibc keeps what is freed, in as many arenas as there were threads."""

from __future__ import annotations

import ctypes
import functools
import gc
from typing import Any

_ARENA_MAX = -8
"""``M_ARENA_MAX`` of glibc's malloc.h."""
ARENAS = 2
_MADE = 10_000
"""Objects after which garbage is looked for; Python does so after 700."""


@functools.cache
def _glibc() -> Any:
    """Return the C library where it is glibc; None elsewhere."""
    try:
        library = ctypes.CDLL("libc.so.6")
    except OSError:
        return None
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None


def few_arenas() -> bool:
    """Have threads share a few arenas, before they are started; tell whether that could be set.

    Without it each thread that ever wrote an index keeps the most that it once needed.
    """
    library = _glibc()
    return bool(library and library.mallopt(_ARENA_MAX, ARENAS))


def settle() -> None:
    """Have Python no longer look for garbage among what is there now, and less often among what comes.

    A question makes thousands of objects, and next to none of them refer to each other in a circle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_MADE)


def give_back() -> None:
    """Give what is free back to the system; some milliseconds, so not at each question."""
    library = _glibc()
    if library:
        library.malloc_trim(0)
