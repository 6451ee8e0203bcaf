"""Withdrawn documents: taken out of every generation for good, and what of them must not come back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from corpus import coding
from corpus.database import Database, now
from corpus.errors import Conflict, NotFound, Withdrawn
from corpus.receipts import GONE
from corpus.records import Generation, sha256_text
from corpus.rows import IN_GENERATION
from corpus.tally import to_bytes
from corpus.versions import Versions
from corpus.working import counted


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdrawn document: by whom, when (ISO 8601, UTC), and why in the words that readers are told."""

    document_id: str
    by: str
    at: str
    reason: str
    finished: bool
    """Whether its files are gone as well; if not, the next writer goes on with it."""

    def words(self) -> str:
        """Return in words what became of the document."""
        why = f" {self.reason}" if self.reason else ""
        return f"The document {self.document_id!r} was withdrawn on {self.at[:10]}.{why}"


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left to be deleted outside the library file."""

    vectors: tuple[str, ...] = ()
    """Keys that no passage, title or listed question needs any more."""
    originals: tuple[str, ...] = ()
    """Hashes of files that no version or page needs any more."""
    files: tuple[str, ...] = ()
    """Paths in the library's own folder."""
    generations: tuple[int, ...] = ()
    """Generations that held it: what is told of them must be counted anew."""


class Withdrawals:
    """The part of the library file that knows what was withdrawn."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def list(self) -> tuple[Withdrawal, ...]:
        """List withdrawn documents, oldest first."""
        with self._db.reading() as db:
            rows = db.execute(f"{_SELECT} ORDER BY withdrawn_at, document_id").fetchall()
        return tuple(map(_withdrawal, rows))

    def check(self, document_id: str) -> None:
        """Raise Withdrawn where the document was withdrawn."""
        with self._db.reading() as db:
            row = db.execute(f"{_SELECT} WHERE document_id = ?", (document_id,)).fetchone()
        if row:
            raise Withdrawn(
                _withdrawal(row).words(), hint="Nothing of it is kept here any more. Ask again."
            )

    def barred(self, *hashes: str) -> Withdrawal | None:
        """Return the withdrawal that bars content: the hash of a file's bytes, or of its text."""
        with self._db.reading() as db:
            row = db.execute(
                f"{_SELECT} WHERE document_id IN (SELECT document_id FROM withdrawn_content"
                " WHERE sha256 IN (SELECT value FROM json_each(?))) LIMIT 1",
                (json.dumps(hashes),),
            ).fetchone()
        return _withdrawal(row) if row else None

    def contents(self, document_id: str) -> frozenset[str]:
        """Return the hashes of a withdrawn document's files and texts."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT sha256 FROM withdrawn_content WHERE document_id = ?", (document_id,)
            ).fetchall()
        return frozenset(row[0] for row in rows)

    def unfinished(self) -> dict[str, Remains]:
        """Return what is left to be deleted of each document."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT document_id, remains FROM withdrawals WHERE remains <> ''"
            ).fetchall()
        return {row[0]: Remains(*map(tuple, json.loads(row[1]))) for row in rows}

    def finish(self, document_ids: Iterable[str], generations: Iterable[Generation]) -> None:
        """Note that nothing is left of documents, and what generations hold now."""
        with self._db.writing() as db:
            for one in generations:
                db.execute(
                    "UPDATE generations SET documents = ?, passages = ?, digest = ? WHERE id = ?",
                    (one.documents, one.passages, one.digest, one.id),
                )
                self._count_again(db, one.id)
            db.executemany(
                "UPDATE withdrawals SET remains = '' WHERE document_id = ?",
                [(one,) for one in document_ids],
            )
        self._db.scrub()

    def take_out(
        self, document_ids: Sequence[str], *, by: str, reason: str, again: bool = False
    ) -> None:
        """Delete every version of some documents, and their words in receipts; their ids stay taken.

        Raises NotFound, and Conflict where one is withdrawn already or shares its content with a
        document that is not named. ``again``, in an older copy of the library, it goes whoever shares it.
        """
        for document_id in document_ids:
            self._check(document_id)
            if not again:
                self._check_twins(document_id, document_ids)
        self._db.overwrite()
        with self._db.writing() as db:
            taken = {one: _take_out(db, one) for one in document_ids}
            # looked up once for all: it reads every passage of the library
            vectors, originals = _vectors(db, "true"), _needed_originals(db)
            for document_id, (contents, had) in taken.items():
                left = replace(
                    had,
                    vectors=tuple(sorted({*had.vectors} - vectors)),
                    originals=tuple(sorted({*had.originals} - originals)),
                )
                db.execute(
                    "INSERT INTO withdrawals VALUES (?, ?, ?, ?, ?)",
                    (document_id, by, now(), reason, json.dumps(astuple(left))),
                )
                db.executemany(
                    "INSERT INTO withdrawn_content VALUES (?, ?)",
                    [(sha, document_id) for sha in sorted(contents)],
                )

    def _check(self, document_id: str) -> None:
        with self._db.reading() as db:
            if db.execute(
                "SELECT 1 FROM withdrawals WHERE document_id = ?", (document_id,)
            ).fetchone():
                raise Conflict(f"The document {document_id!r} was withdrawn already.")
            if not db.execute(
                "SELECT 1 FROM versions WHERE document_id = ?", (document_id,)
            ).fetchone():
                raise NotFound(
                    f"The library has no document {document_id!r}.", hint="See: patella list"
                )

    def _check_twins(self, document_id: str, named: Sequence[str]) -> None:
        with self._db.reading() as db:
            twins = db.execute(
                "SELECT DISTINCT other.document_id FROM versions own JOIN versions other"
                " ON other.original_sha = own.original_sha OR other.text_sha = own.text_sha"
                " WHERE own.document_id = ? ORDER BY 1",
                (document_id,),
            ).fetchall()
        others = [row[0] for row in twins if row[0] not in named]
        if others:
            together = " ".join([*named, *others])
            raise Conflict(
                f"The document {others[0]!r} holds the same content as {document_id!r}.",
                hint=f"Withdraw them together: patella withdraw {together}",
            )

    def take_back(self, document_id: str) -> None:
        """Let a withdrawn document's content be added again, under its id. Raises NotFound, Conflict."""
        with self._db.writing() as db:
            row = db.execute(
                "SELECT remains FROM withdrawals WHERE document_id = ?", (document_id,)
            ).fetchone()
            if row is None:
                raise NotFound(
                    f"The document {document_id!r} is not withdrawn.",
                    hint="See: patella withdraw --list",
                )
            if row["remains"]:
                raise Conflict(
                    f"The document {document_id!r} is still being withdrawn.",
                    hint="Run first: patella index",
                )
            db.execute("DELETE FROM withdrawn_content WHERE document_id = ?", (document_id,))
            db.execute("DELETE FROM withdrawals WHERE document_id = ?", (document_id,))
            db.execute("DELETE FROM documents WHERE id = ?", (document_id,))
            db.execute("DELETE FROM failures WHERE error = 'Barred'")

    def counted(self, generation: Generation) -> Generation:
        """Return a generation with the documents, passages and digest that it holds now."""
        with self._db.reading() as db:
            documents, passages = db.execute(
                "SELECT count(DISTINCT v.document_id), count(p.id) FROM versions v"
                f" LEFT JOIN passages p ON p.version_id = v.id WHERE {IN_GENERATION}",
                {"g": generation.id},
            ).fetchone()
        digest = Versions(self._db).digest(generation.id)
        return replace(generation, documents=documents, passages=passages, digest=digest)

    def _count_again(self, db: Any, generation: int) -> None:
        """Have the next digest, and what is counted, made of what is left."""
        tally = Versions(self._db).tally(generation)
        if tally is not None:
            db.execute(
                "UPDATE tallies SET tally = ?, counts = ? WHERE generation = ?",
                (to_bytes(tally), json.dumps(counted(db, generation)), generation),
            )


_SELECT = "SELECT document_id, withdrawn_by, withdrawn_at, reason, remains = '' AS finished FROM withdrawals"


def _withdrawal(row: Any) -> Withdrawal:
    return Withdrawal(row[0], row[1], row[2], row[3], bool(row[4]))


def _take_out(db: Any, document_id: str) -> tuple[set[str], Remains]:
    """Delete a document's versions; return its content's hashes, and all that it had elsewhere."""
    rows = db.execute(
        "SELECT original_sha, text_sha FROM versions WHERE document_id = ?", (document_id,)
    ).fetchall()
    contents = {sha for row in rows for sha in row}
    held = tuple(
        int(row[0])
        for row in db.execute(
            "SELECT DISTINCT g.id FROM generations g JOIN versions v ON v.document_id = :d AND"
            f" {IN_GENERATION.replace(':g', 'g.id')} ORDER BY g.id",
            {"d": document_id},
        )
    )
    vectors = _vectors(db, "v.document_id = ?", (document_id,))
    files = _drop_locations(db, document_id)
    _blank_receipts(db, document_id)
    for statement in (
        "DELETE FROM hidden WHERE document_id = :d",
        "UPDATE documents SET version_id = NULL WHERE id = :d",
        "DELETE FROM receipt_versions WHERE version_id IN"
        " (SELECT id FROM versions WHERE document_id = :d)",
        "DELETE FROM versions WHERE document_id = :d",
    ):
        db.execute(statement, {"d": document_id})
    return contents, Remains(tuple(vectors), tuple({row[0] for row in rows}), files, held)


def _vectors(db: Any, where: str, values: tuple[str, ...] = ()) -> set[str]:
    """Return the keys of all vectors that versions need."""
    found: set[str] = set()
    for row in db.execute(
        "SELECT p.encoder_sha, p.questions, coalesce(v.metadata ->> 'title', '') AS title"
        f" FROM versions v JOIN passages p ON p.version_id = v.id WHERE {where}",
        values,
    ):
        found.add(row["encoder_sha"])
        found.add(sha256_text(row["title"]))
        found.update(sha256_text(one.text) for one in coding.load_questions(row["questions"]))
    return found


def _needed_originals(db: Any) -> set[str]:
    return {
        row[0]
        for row in db.execute("SELECT original_sha FROM versions UNION SELECT sha256 FROM pages")
    }


def _drop_locations(db: Any, document_id: str) -> tuple[str, ...]:
    """Forget the document's files; return those in the library's own folder, which are to go.

    A file elsewhere stays where it is and is left out from now on; a page is not fetched again.
    """
    rows = db.execute(
        "SELECT l.source_id, l.path, s.kind FROM locations l JOIN sources s ON s.id = l.source_id"
        " WHERE l.document_id = ?",
        (document_id,),
    ).fetchall()
    own = []
    for source_id, path, kind in rows:
        here = (source_id, path)
        db.execute("DELETE FROM locations WHERE source_id = ? AND path = ?", here)
        db.execute("DELETE FROM failures WHERE source_id = ? AND path = ?", here)
        db.execute(
            "UPDATE pages SET sha256 = '', etag = '', last_modified = '', size = 0"
            " WHERE source_id = ? AND path = ?",
            here,
        )
        if kind in {"file", "page", "stdin"}:
            db.execute("DELETE FROM sources WHERE id = ?", (source_id,))
        else:
            db.execute("INSERT INTO excluded VALUES (?, ?) ON CONFLICT DO NOTHING", here)
        if kind == "inbox":
            own.append(path)
    return tuple(sorted(own))


def _blank_receipts(db: Any, document_id: str) -> None:
    """Take a document's words out of receipts; what is left says that there was one."""
    rows = db.execute(
        "SELECT id, body FROM receipts WHERE id IN (SELECT receipt_id FROM receipt_versions"
        " WHERE version_id IN (SELECT id FROM versions WHERE document_id = ?))",
        (document_id,),
    ).fetchall()
    for row in rows:
        body = json.loads(row["body"])
        for quote in body["quotes"]:
            if quote["document_id"] == document_id:
                quote |= {"version_id": GONE, "heading": [], "page": None, "page_label": ""}
                quote |= {"title": "", "citation": "", "url": ""}
        db.execute("UPDATE receipts SET body = ? WHERE id = ?", (coding.dump(body), row["id"]))
