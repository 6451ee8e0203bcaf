"""Which data directory a library in PostgreSQL is changed from: the one that has its own folder's files."""

from __future__ import annotations

import secrets
import socket
from pathlib import Path

from corpus.database import translated
from corpus.errors import Locked
from corpus.originals import write_durably
from corpus.store import Store
from patella.settings import Settings

_KEY = "home"


def settle(settings: Settings, store: Store) -> None:
    """Make the data directory the library's home if it has none. Raises Locked away from home.

    An empty folder on another machine would else be taken for one whose files were all removed.
    """
    if not settings.takes_changes:
        raise _elsewhere(settings, "")
    if not store.sharing.widely:
        return
    path = _file(settings)
    mine = _read(path)
    if not mine:
        mine = f"{secrets.token_hex(8)} {socket.gethostname()}"
        if store.sharing.kept(_KEY, mine) == mine:
            write_durably(path, mine.encode())
    known = store.sharing.kept(_KEY, mine)
    if known != mine:
        raise _elsewhere(settings, known)


def check(settings: Settings, store: Store) -> None:
    """Raise Locked away from home."""
    if away(settings, store):
        raise _elsewhere(settings, store.sharing.told(_KEY))


def away(settings: Settings, store: Store) -> bool:
    """Tell whether the library is changed from another data directory than this one."""
    if not settings.takes_changes:
        return True
    if not store.sharing.widely:
        return False
    known = store.sharing.told(_KEY)
    return bool(known) and known != _read(_file(settings))


def _elsewhere(settings: Settings, known: str) -> Locked:
    if not settings.takes_changes:
        return Locked(
            "This Patella takes no changes of the library, as it is set (takes_changes).",
            hint="Change it from the data directory that it is changed from.",
        )
    return Locked(
        f"This library is changed from another data directory, on {known.partition(' ')[2]}.",
        hint="Change it there. To move it here, bring that directory's articles, metadata and incoming"
        f" folders, and the file home, to {settings.data_dir}.",
    )


def _file(settings: Settings) -> Path:
    return settings.data_dir / "home"


def _read(path: Path) -> str:
    with translated(path):
        return path.read_text("utf-8") if path.is_file() else ""
