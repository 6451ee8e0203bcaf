"""Receipts: answers that somebody shared, kept without a source's words, and the versions they need."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from corpus import coding
from corpus.database import Database, kept_once, now
from corpus.errors import Damaged, Forbidden, NotFound, UsageError
from corpus.records import SafetyLevel, State

MOST_BYTES = 64 * 1024
"""The largest body of a receipt."""
ID_BYTES = 18
KEY_BYTES = 24
GONE = 0
"""The version of a quote whose document was withdrawn: nothing but its place and hash is kept."""
_SECRET = "web_secret"  # noqa: S105  (the name of its row)

Part = Literal["quote", "related", "safety", "differs"]
"""What a quote was in the answer."""


@dataclass(frozen=True, slots=True)
class KeptQuote:
    """Where quoted words stand, their hash, and their citation; the words are read from the version."""

    part: Part
    document_id: str
    version_id: int
    start: int
    end: int
    sha256: str
    heading: tuple[str, ...]
    page: int | None
    page_label: str
    title: str
    citation: str
    """One line of plain text."""
    url: str = ""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a receipt holds of an answer."""

    question: str
    state: State
    generation: int
    generation_digest: str
    quotes: tuple[KeptQuote, ...]
    level: SafetyLevel | None = None
    safety_title: str = ""
    safety_advice: str = ""
    carried: tuple[str, ...] = ()
    """Words that the question took over from the one before."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A shared answer. Times are ISO 8601, UTC."""

    id: str
    created_at: str
    opened_at: str
    answer: KeptAnswer


class Receipts:
    """The part of the library file that keeps receipts."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def put(self, answer: KeptAnswer, *, most: int) -> tuple[Receipt, str]:
        """Keep a receipt; return it with the key that deletes it, of which only a hash is kept.

        Where there are ``most`` already, the one that was longest not opened gives way. Raises
        UsageError for one that is too large.
        """
        body = coding.dump(asdict(answer))
        if len(body.encode("utf-8", "surrogatepass")) > MOST_BYTES:
            raise UsageError(
                "The answer is too large to be shared.", hint="Ask a shorter question."
            )
        receipt_id, key = secrets.token_hex(ID_BYTES), secrets.token_hex(KEY_BYTES)
        at = now()
        with self._db.writing() as db:
            db.execute(
                "DELETE FROM receipts WHERE id NOT IN (SELECT id FROM receipts"
                " ORDER BY opened_at DESC, id LIMIT ?)",
                (max(most - 1, 0),),
            )
            db.execute(
                "INSERT INTO receipts VALUES (?, ?, ?, ?, ?)", (receipt_id, _sha(key), at, at, body)
            )
            db.executemany(
                "INSERT INTO receipt_versions VALUES (?, ?)",
                [(receipt_id, v) for v in sorted({q.version_id for q in answer.quotes})],
            )
        return Receipt(receipt_id, at, at, answer), key

    def get(self, receipt_id: str) -> Receipt:
        """Return a receipt. Raises NotFound."""
        with self._db.reading() as db:
            row = db.execute(
                "SELECT id, created_at, opened_at, body FROM receipts WHERE id = ?", (receipt_id,)
            ).fetchone()
        if row is None:
            raise NotFound(
                "There is no such shared answer.",
                hint="It may have been deleted, or not opened for so long that it ended.",
            )
        return Receipt(row["id"], row["created_at"], row["opened_at"], read_body(row["body"]))

    def opened(self, receipt_id: str) -> None:
        """Note that a receipt was opened now."""
        with self._db.writing() as db:
            db.execute("UPDATE receipts SET opened_at = ? WHERE id = ?", (now(), receipt_id))

    def list(self) -> tuple[Receipt, ...]:
        """List all receipts, oldest first."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT id, created_at, opened_at, body FROM receipts ORDER BY created_at, id"
            ).fetchall()
        return tuple(Receipt(row[0], row[1], row[2], read_body(row[3])) for row in rows)

    def delete(self, receipt_id: str, key: str) -> None:
        """Delete a receipt by the key of who made it. Raises NotFound, and Forbidden for a wrong key."""
        self.get(receipt_id)
        with self._db.writing() as db:
            row = db.execute("SELECT key_sha FROM receipts WHERE id = ?", (receipt_id,)).fetchone()
            if row and not hmac.compare_digest(row["key_sha"], _sha(key)):
                raise Forbidden(
                    "That is not the key of this shared answer.",
                    hint="Use the deletion address that was shown when it was shared.",
                )
            db.execute("DELETE FROM receipts WHERE id = ?", (receipt_id,))

    def remove(self, receipt_ids: Iterable[str]) -> int:
        """Delete receipts without their keys: the operator's right. Return how many there were."""
        with self._db.writing() as db:
            return sum(
                db.execute("DELETE FROM receipts WHERE id = ?", (i,)).rowcount for i in receipt_ids
            )

    def expire(self, before: str) -> int:
        """Delete those last opened before a time (ISO 8601, UTC); return how many."""
        with self._db.reading() as db:
            old = db.execute("SELECT 1 FROM receipts WHERE opened_at < ? LIMIT 1", (before,))
            if old.fetchone() is None:
                return 0
        with self._db.writing() as db:
            return db.execute("DELETE FROM receipts WHERE opened_at < ?", (before,)).rowcount

    def versions(self) -> frozenset[int]:
        """Return the ids of the document versions that receipts need: they must be kept."""
        with self._db.reading() as db:
            rows = db.execute("SELECT DISTINCT version_id FROM receipt_versions").fetchall()
        return frozenset(int(row[0]) for row in rows)

    def secret(self) -> bytes:
        """Return the key that this library's forms are signed with, made at its first use."""
        with self._db.writing() as db:
            return bytes.fromhex(kept_once(db, _SECRET, secrets.token_hex(32)))


def _sha(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def read_body(body: str) -> KeptAnswer:
    """Return what a receipt holds. Raises Damaged where it is not what was kept."""
    try:
        raw: dict[str, Any] = json.loads(body)
        raw["quotes"] = tuple(
            KeptQuote(**(q | {"heading": tuple(q["heading"])})) for q in raw["quotes"]
        )
        raw["carried"] = tuple(raw["carried"])
        return KeptAnswer(**raw)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged(
            "A shared answer is no longer readable.", hint="Run: patella doctor"
        ) from error
