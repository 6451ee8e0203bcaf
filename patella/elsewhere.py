"""What was withdrawn at another machine, let go of at this one: its own copies and caches."""

from __future__ import annotations

from index.merging import Pause
from patella.engine import Engine

_MARK = "withdrawn"


def let_go(engine: Engine, pause: Pause = lambda: True) -> bool:
    """Delete what this machine kept of documents withdrawn since the last time; tell whether there were any.

    Nothing is done where no other machine uses the library, and none of it waits for a quiet moment.
    Raises LibraryError.
    """
    del pause
    if not engine.store.sharing.widely:
        return False
    last, kept = engine.store.history.last("withdraw"), engine.tokens.kept
    said = f"{last.at} {last.what}" if last else ""
    if not last or (kept and kept.mark(_MARK) == said):
        return False
    engine.originals.let_go(engine.store.originals)
    if kept:
        kept.keep_only(map(engine.tokens.key, engine.store.sentences.all()), withdrawn=True)
        kept.set_mark(_MARK, said)
    return True
