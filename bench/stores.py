"""What a library's store takes for what a question and a publish ask of it: SQLite beside PostgreSQL.

    python -m bench.stores

Both are on this machine; over a network each statement takes a round trip more.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.servers import Postgres
from corpus.postgres import Address, open_postgres
from corpus.records import Block, Extract, Generation, Metadata, PassageDraft
from corpus.store import NewVersion, Store

DOCUMENTS, PASSAGES = 200, 20


def version(number: int) -> NewVersion:
    """Return a document of short passages."""
    drafts, text = [], ""
    for n in range(PASSAGES):
        said = f"Passage {number}-{n} says what helps a knee on stairs, and what does not."
        start = len(text)
        drafts.append(
            PassageDraft(start, start + len(said), said, "", (), ((start, start + len(said)),))
        )
        text += said + "\n"
    blocks = (Block("paragraph", 0, len(text)),)
    extract = Extract(text, blocks, Metadata(title=f"Document {number}"), "markdown")
    return NewVersion(f"{number}.md", f"{number:064}", "bench/1", extract, tuple(drafts))


def median(action: Callable[[], object], times: int) -> float:
    """Return the median milliseconds of an action."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        action()
        took.append(time.perf_counter() - begun)
    return sorted(took)[len(took) // 2] * 1000


def measure(store: Store) -> dict[str, float]:
    """Fill a store, publish, and return milliseconds by what was done."""
    numbers = iter(range(DOCUMENTS))
    found = {
        "store a document": median(lambda: store.put_version(version(next(numbers))), DOCUMENTS)
    }
    begun = time.perf_counter()
    documents, passages, digest = store.working_digest()
    store.publish(Generation(1, "2026-01-01T00:00:00Z", documents, passages, "bench", digest))
    found["digest and publish"] = (time.perf_counter() - begun) * 1000
    ids = store.working_ids()[:100]
    found["look at the pointer"] = median(store.current, 500)
    found["read 100 passages"] = median(lambda: store.passages(ids, generation=1), 100)
    return found


def main() -> None:
    """Measure both, and tell."""
    with tempfile.TemporaryDirectory(prefix="patella-stores-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        file = Store(root / "library.db")
        (root / "postgres").mkdir()
        server = Postgres(root / "postgres")
        server.make()
        server.start()
        try:
            address = Address(server.url, "patella")
            kept = {"SQLite": file, "PostgreSQL": Store(open_postgres(address))}
            told = {name: measure(store) for name, store in kept.items()}
            for store in kept.values():
                store.close()
        finally:
            server.stop()
    print(f"{'':20}" + "".join(f"{name:>14}" for name in told))
    for what in told["SQLite"]:
        print(f"{what:20}" + "".join(f"{one[what]:11.2f} ms" for one in told.values()))


if __name__ == "__main__":
    main()
