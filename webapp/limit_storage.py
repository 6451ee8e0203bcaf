"""Where Flask-Limiter counts if several processes serve: in counts that they share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from limits.storage.base import SlidingWindowCounterSupport, Storage

from webapp.shared_counts import SharedCounts

SCHEME = "patella-shared"


class SharedStorage(Storage, SlidingWindowCounterSupport):
    """Windows that slide, in a file of shared counts: ``patella-shared:PATH``."""

    STORAGE_SCHEME = [SCHEME]

    def __init__(self, uri: str, wrap_exceptions: bool = False, **_: Any) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._counts = SharedCounts(Path(uri.removeprefix(f"{SCHEME}:")))

    @property
    def base_exceptions(self) -> type[Exception]:
        return OSError

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        return self._counts.acquire(key, limit=limit, seconds=expiry, amount=amount)

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        return self._counts.read(key, seconds=expiry)

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        self._counts.forget(key, seconds=expiry)

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        self._counts.clear()
        return None

    # the strategy of sliding windows asks for none of these

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError

    def get(self, key: str) -> int:
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError

    def clear(self, key: str) -> None:
        raise NotImplementedError
