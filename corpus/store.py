"""The library file: sources, documents, versions, passages, generations, and the runs that made them."""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from corpus import coding
from corpus.changes import Changes
from corpus.database import (
    AMONG,
    AMONG_IDS,
    Connection,
    Database,
    Prepare,
    SqliteFile,
    now,
    stream,
    translated,
)
from corpus.errors import LibraryError, NotFound, QuoteMismatch, UsageError
from corpus.failpoints import reach
from corpus.files import Files
from corpus.garbage import Garbage
from corpus.hidden import Hidden
from corpus.history import History
from corpus.jobs import JobTable
from corpus.migrations import migrate
from corpus.pages import Pages
from corpus.passing import Passing
from corpus.receipts import Receipts
from corpus.records import (
    Block,
    Document,
    Extract,
    Generation,
    Passage,
    PassageDraft,
    sha256_text,
)
from corpus.rows import (
    DOCUMENT_COLUMNS,
    IN_GENERATION,
    LivePassage,
    document_of,
    insert_passages,
    passage_of,
)
from corpus.saved import SavedQuestions
from corpus.sentences import Sentences
from corpus.sharing import Sharing
from corpus.signatures import Signatures
from corpus.sums import Sums, seal
from corpus.versions import Versions
from corpus.withdrawn import Withdrawals
from corpus.working import Working


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A document version to be stored, with its passages."""

    path: str
    original_sha: str
    recipe: str
    """Names the reader and chunker that made it; another recipe means reading again."""
    extract: Extract
    passages: tuple[PassageDraft, ...]


class Store:
    """The library file at a path, made or migrated at opening; or a database that is ready.

    Raises NewerLibrary, Unwritable, Locked or Damaged where the file cannot be used.
    """

    def __init__(self, where: Path | Database) -> None:
        self._db = where if isinstance(where, Database) else _file(where)
        self.files = Files(self._db)
        self.receipts = Receipts(self._db)
        self.pages = Pages(self._db)
        self.signatures = Signatures(self._db)
        self.passing = Passing(self._db)
        self.changes = Changes(self._db)
        self.versions = Versions(self._db)
        self.hidden = Hidden(self._db)
        self.history = History(self._db)
        self.jobs = JobTable(self._db)
        self.sums = Sums(self._db)
        self.saved = SavedQuestions(self._db)
        self.garbage, self.sentences = Garbage(self._db), Sentences(self._db)
        self.withdrawals = Withdrawals(self._db)
        self.working = Working(self._db)
        self.sharing = Sharing(self._db)

    def again(self, prepare: Prepare) -> Store:
        """Open the same library once more, each connection to it prepared in another way."""
        return Store(self._db.again(prepare))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def leave(self) -> None:
        """Let go of what this thread holds of the file: it is about to end."""
        self._db.leave()

    def transaction(self) -> AbstractContextManager[Connection]:
        """Group calls: all are kept, or none."""
        return self._db.writing()

    def name(self) -> str:
        """Return the library's own name, made at random when it is first asked for."""
        return self.sharing.kept("name", secrets.token_hex(8))

    # -- documents and versions

    def working_document(self, original_sha: str, recipe: str) -> str | None:
        """Return the document whose working version was read from these bytes by this recipe."""
        with self._db.reading() as db:
            row = db.execute(
                # by the bytes first: SQLite would look through all documents in order
                "SELECT d.id FROM versions v CROSS JOIN documents d"
                " ON d.id = v.document_id AND d.version_id = v.id"
                " WHERE v.original_sha = ? AND v.recipe = ? ORDER BY d.id LIMIT 1",
                (original_sha, recipe),
            ).fetchone()
        return str(row["id"]) if row else None

    def working_recipes(self) -> dict[str, str]:
        """Return for each document of the working set the recipe that its version was read by."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT d.id, v.recipe FROM documents d JOIN versions v ON v.id = d.version_id"
            ).fetchall()
        return {str(row["id"]): str(row["recipe"]) for row in rows}

    def working_recipe(self, document_id: str) -> str:
        """Return the recipe that a document's working version was read by; empty without one."""
        with self._db.reading() as db:
            row = db.execute(
                "SELECT v.recipe FROM documents d JOIN versions v ON v.id = d.version_id"
                " WHERE d.id = ?",
                (document_id,),
            ).fetchone()
        return str(row["recipe"]) if row else ""

    def working_passage_count(self, document_id: str) -> int:
        """Return how many passages a document's working version has."""
        with self._db.reading() as db:
            row = db.execute(
                "SELECT count(*) FROM documents d JOIN passages p ON p.version_id = d.version_id"
                " WHERE d.id = ?",
                (document_id,),
            ).fetchone()
        return int(row[0])

    def put_version(self, new: NewVersion, *, document_id: str | None = None) -> str:
        """Store a version and its passages as one, and make it the document's working version.

        Without ``document_id`` a new document is made. Returns the document's id.
        """
        for draft in new.passages:
            if new.extract.text[draft.start : draft.end] != draft.text:
                raise QuoteMismatch(f"A passage of {new.path} differs from its text.")
        with self._db.writing() as db:
            if document_id is None:
                document_id = self._new_document(db, new)
            version_id = self._insert_version(db, document_id, new)
            insert_passages(db, version_id, new.passages)
            seal(db, version_id)
            reach("ingest.version")
            self._retire_draft(db, document_id)
            db.execute(
                "UPDATE documents SET version_id = ? WHERE id = ?", (version_id, document_id)
            )
        return document_id

    def _new_document(self, db: Connection, new: NewVersion) -> str:
        stem = slug(Path(new.path).stem) or "document"
        document_id = stem
        if db.execute("SELECT 1 FROM documents WHERE id = ?", (stem,)).fetchone():
            # a removed document of the same bytes comes back under its old id
            document_id = f"{stem}-{new.original_sha[:8]}"
            known = db.execute(
                "SELECT d.id FROM documents d JOIN versions v ON v.document_id = d.id"
                " WHERE d.version_id IS NULL AND v.original_sha = ? ORDER BY d.id",
                (new.original_sha,),
            ).fetchone()
            if known:
                return str(known["id"])
            count = 1
            while db.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone():
                count += 1
                document_id = f"{stem}-{new.original_sha[:8]}-{count}"
        db.execute("INSERT INTO documents VALUES (?, NULL, ?)", (document_id, now()))
        return document_id

    def _insert_version(self, db: Connection, document_id: str, new: NewVersion) -> int:
        extract = new.extract
        row = db.execute(
            "INSERT INTO versions (document_id, number, format, path, original_sha, text_sha,"
            " recipe, metadata, blocks, page_labels, warnings, created_at, text)"
            " SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
            " FROM versions WHERE document_id = ? RETURNING id",
            (
                document_id,
                extract.format,
                new.path,
                new.original_sha,
                sha256_text(extract.text),
                new.recipe,
                coding.dump_metadata(extract.metadata),
                coding.dump_blocks(extract.blocks),
                coding.dump(extract.page_labels),
                coding.dump(extract.warnings),
                now(),
                extract.text,
                document_id,
            ),
        ).fetchone()
        return int(row["id"])

    def _retire_draft(self, db: Connection, document_id: str) -> None:
        """Delete the working version if no generation ever held it: nobody can refer to it."""
        row = db.execute(
            "SELECT v.id FROM documents d JOIN versions v ON v.id = d.version_id"
            " WHERE d.id = ? AND v.first_generation IS NULL",
            (document_id,),
        ).fetchone()
        if row:
            db.execute("UPDATE documents SET version_id = NULL WHERE id = ?", (document_id,))
            db.execute("DELETE FROM versions WHERE id = ?", (row["id"],))

    def drop_unlocated(self) -> tuple[str, ...]:
        """Take documents that no file holds any more out of the working set; return their ids."""
        with self._db.writing() as db:
            # triggers note what lost its last file
            rows = db.execute(
                "SELECT d.id FROM loose CROSS JOIN documents d ON d.id = loose.document_id"
                " WHERE d.version_id IS NOT NULL AND NOT EXISTS"
                " (SELECT 1 FROM locations l WHERE l.document_id = d.id) ORDER BY d.id"
            ).fetchall()
            db.execute("DELETE FROM loose")
            for row in rows:
                self._retire_draft(db, row["id"])
                db.execute("DELETE FROM hidden WHERE document_id = ?", (row["id"],))
                db.execute("UPDATE documents SET version_id = NULL WHERE id = ?", (row["id"],))
                # one that was never published leaves its id free
                db.execute(
                    "DELETE FROM documents WHERE id = :d AND NOT EXISTS"
                    " (SELECT 1 FROM versions WHERE document_id = :d)",
                    {"d": row["id"]},
                )
        return tuple(str(row["id"]) for row in rows)

    # -- the working set and its generations

    def working_passages(self) -> Iterator[LivePassage]:
        """Give the passages that the next generation will hold, in the order of their ids."""
        return self.working.passages()

    def working_ids(self) -> list[int]:
        """Return the ids of the passages that the next generation will hold, in order."""
        return self.working.passage_ids()

    def generation_passages(self, generation: int) -> list[int]:
        """Return the ids of the passages that a generation holds, in order."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT p.id FROM versions v JOIN passages p ON p.version_id = v.id"
                f" WHERE {IN_GENERATION} ORDER BY p.id",
                {"g": generation},
            ).fetchall()
        return [int(row["id"]) for row in rows]

    def live_passages(self, ids: Sequence[int]) -> list[LivePassage]:
        """Return what the index needs of the passages named, in the order of their ids."""
        return list(self.working.live_passages(sorted(ids)))

    def working_is(self, generation: int) -> bool:
        """Tell whether the working set is exactly what ``generation`` holds."""
        return self.working.is_(generation)

    def next_generation(self) -> int:
        """Return the number that the next generation will have."""
        with self._db.reading() as db:
            row = db.execute("SELECT coalesce(max(id), 0) + 1 FROM generations").fetchone()
        return int(row[0])

    def publish(self, generation: Generation) -> None:
        """Make the working set generation ``generation.id`` and move the pointer to it, as one."""
        self.working.publish(generation)

    def point_to(self, generation: int) -> None:
        """Serve another kept generation. Raises NotFound if there is none of that number."""
        with self._db.writing() as db:
            if not db.execute("SELECT 1 FROM generations WHERE id = ?", (generation,)).fetchone():
                raise NotFound(f"There is no generation {generation}.")
            db.execute("UPDATE pointer SET generation = ?", (generation,))

    def current(self) -> Generation | None:
        """Return the served generation, or None before the first is published."""
        with self._db.reading() as db:
            row = db.execute(
                "SELECT g.* FROM pointer p JOIN generations g ON g.id = p.generation"
            ).fetchone()
        return Generation(*row) if row else None

    def generations(self) -> tuple[Generation, ...]:
        """List all generations, oldest first."""
        with self._db.reading() as db:
            rows = db.execute("SELECT * FROM generations ORDER BY id").fetchall()
        return tuple(Generation(*row) for row in rows)

    def working_digest(self) -> tuple[int, int, str]:
        """Return the working set's documents, passages, and digest (``Working.digest``)."""
        return self.working.digest()

    # -- reading a generation

    def documents(self, generation: int) -> tuple[Document, ...]:
        """List the documents of a generation, by title."""
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM versions v WHERE {IN_GENERATION}",
                {"g": generation},
            ).fetchall()
        documents = [document_of(row) for row in rows]
        return tuple(sorted(documents, key=lambda d: (d.title.casefold(), d.id)))

    def document(self, document_id: str, *, generation: int) -> Document:
        """Return a document as a generation holds it. Raises NotFound."""
        with self._db.reading() as db:
            row = db.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM versions v"
                f" WHERE v.document_id = :d AND {IN_GENERATION}",
                {"g": generation, "d": document_id},
            ).fetchone()
        if row is None:
            raise NotFound(f"There is no document {document_id!r} in this library.")
        return document_of(row)

    def version(self, version_id: int) -> Document:
        """Return one version of a document, of whatever generation. Raises NotFound."""
        with self._db.reading() as db:
            row = db.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM versions v WHERE v.id = :v",
                {"v": version_id},
            ).fetchone()
        if row is None:
            raise NotFound(f"There is no version {version_id} in this library.")
        return document_of(row)

    def text(self, version_id: int) -> tuple[str, tuple[Block, ...]]:
        """Return the frozen text of a version, and its blocks. Raises NotFound."""
        with self._db.reading() as db:
            row = db.execute(
                "SELECT text, blocks FROM versions WHERE id = ?", (version_id,)
            ).fetchone()
        if row is None:
            raise NotFound(f"There is no version {version_id} in this library.")
        return row["text"], coding.load_blocks(row["blocks"])

    def span(self, version_id: int, start: int, end: int) -> str:
        """Return ``text[start:end]`` of a version, empty if there is no such version."""
        with self._db.reading() as db:
            row = db.execute(
                "SELECT substr(text, ? + 1, ?) FROM versions WHERE id = ?",
                (start, max(end - start, 0), version_id),
            ).fetchone()
        return str(row[0]) if row else ""

    def passages(
        self, ids: Sequence[int], *, generation: int
    ) -> dict[int, tuple[Passage, Document]]:
        """Return those of the passages that ``generation`` holds, each with its document."""
        found: dict[int, tuple[Passage, Document]] = {}
        documents: dict[int, Document] = {}
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT p.* FROM passages p JOIN versions v ON v.id = p.version_id"
                f" WHERE p.id {AMONG_IDS}"
                f" AND {IN_GENERATION}",
                {"ids": json.dumps([int(i) for i in ids]), "g": generation},
            ).fetchall()
            wanted = json.dumps(sorted({row["version_id"] for row in rows}))
            for row in db.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM versions v WHERE v.id {AMONG}",
                (wanted,),
            ):
                documents[row["id"]] = document_of(row)
        for row in rows:
            document = documents[row["version_id"]]
            found[row["id"]] = (passage_of(row, document), document)
        return found

    def document_passages(self, version_id: int) -> tuple[Passage, ...]:
        """List the passages of a version, in its order."""
        document = self.version(version_id)
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT * FROM passages WHERE version_id = ? ORDER BY ordinal", (version_id,)
            ).fetchall()
        return tuple(passage_of(row, document) for row in rows)

    # -- checks, settings and runs

    def wrong_passages(self) -> tuple[int, ...]:
        """Return the ids of passages whose text is not their version's text at their offsets."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT p.id FROM passages p JOIN versions v ON v.id = p.version_id"
                ' WHERE substr(v.text, p.start + 1, p."end" - p.start) <> p.text'
            ).fetchall()
        return tuple(int(row["id"]) for row in rows)

    def wrong_texts(self) -> tuple[int, ...]:
        """Return the ids of versions whose text no longer has its recorded hash."""
        with self._db.reading() as db:
            rows = stream(db, "SELECT id, text, text_sha FROM versions")
            return tuple(row["id"] for row in rows if sha256_text(row["text"]) != row["text_sha"])

    def originals(self) -> frozenset[str]:
        """Return the hashes of the original files that a version or a page needs."""
        with self._db.reading() as db:
            rows = db.execute("SELECT DISTINCT original_sha FROM versions").fetchall()
        return frozenset(str(row[0]) for row in rows) | self.pages.originals()

    def integrity(self) -> str:
        """Return SQLite's own word on the file: ``ok``, or what is wrong with it."""
        return self._db.integrity()

    def size(self) -> int:
        """Return how many bytes the library takes, without its originals, vectors and index."""
        return self._db.size()

    def copy_to(self, target: Path) -> None:
        """Write the library file as it is now to ``target``, whole, while others go on with it."""
        if not isinstance(self._db, SqliteFile):
            raise UsageError(
                "This library is kept in PostgreSQL, and not in a file that can be copied.",
                hint="Use PostgreSQL's own backup, such as pg_dump, and copy the originals.",
            )
        self._db.copy_to(target)

    def put_run(self, started_at: str, report: str) -> None:
        """Keep the report (JSON) of a run; the last hundred are kept."""
        with self._db.writing() as db:
            db.execute("INSERT INTO runs (started_at, report) VALUES (?, ?)", (started_at, report))
            db.execute("DELETE FROM runs WHERE id <= (SELECT max(id) - 100 FROM runs)")

    def run(self, number: int | None = None) -> tuple[int, str, str] | None:
        """Return a run's number, when it began, and its report (JSON); the last one without ``number``."""
        which = "" if number is None else " WHERE id = :n"
        with self._db.reading() as db:
            row = db.execute(
                f"SELECT id, started_at, report FROM runs{which} ORDER BY id DESC LIMIT 1",
                {"n": number},
            ).fetchone()
        return (int(row["id"]), str(row["started_at"]), str(row["report"])) if row else None

    def last_run(self) -> str:
        """Return the report (JSON) of the last run; empty before the first."""
        return (self.run() or (0, "", ""))[2]


def _file(path: Path) -> Database:
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    file = SqliteFile(path)
    try:
        with file.own() as db:
            migrate(db)
    except LibraryError:
        file.close()
        raise
    return file


def slug(name: str) -> str:
    """Return ``name`` as lower-case words joined by hyphens, at most 60 characters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60].strip("-")
