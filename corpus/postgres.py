"""A database in PostgreSQL, taking the statements that are written for SQLite."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Self

from corpus import postgres_schema
from corpus.database import BUSY_SECONDS, Connection, Cursor, Database, Prepare
from corpus.errors import LibraryError, Locked, NewerLibrary, StoreAway, Unwritable, UsageError
from corpus.postgres_schema import Part

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict
except ImportError as missing:  # the extra is not installed
    raise UsageError(
        f"The library is to be kept in PostgreSQL, and {missing.name} is not installed.",
        hint='Run: pip install "patella[postgres]"',
    ) from missing

_TOKEN = re.compile(
    r"""'(?:[^']|'')*'|"[^"]*"|\?|:[a-z_]\w*|%|\bCROSS\ JOIN\b|\bmain\.|\btemp\.""", re.VERBOSE
)
_TRY_SECONDS = 0.1
_AT_ONCE = 1_000
"""Rows that come in one answer, where there are many."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a library is: a ``postgresql://`` address, and the schema that holds its tables."""

    url: str = field(repr=False)
    schema: str
    seconds: float = 10.0
    """The longest that a connection, or an answer from a server that fell silent, is waited for."""

    @property
    def name(self) -> str:
        """What it is called in messages: no password is in it."""
        try:
            parts = conninfo_to_dict(self.url)
        except psycopg.ProgrammingError as error:
            raise UsageError(
                "The setting store_url is no address of a PostgreSQL.",
                hint="It looks like postgresql://user:password@host:5432/database.",
            ) from error
        host, port = parts.get("host") or "localhost", parts.get("port") or 5432
        return f"{host}:{port}/{parts.get('dbname') or ''}".rstrip("/")

    def key(self, purpose: str) -> int:
        """Return the number of an advisory lock: the same for all that use this library."""
        digest = hashlib.sha256(f"patella\n{self.schema}\n{purpose}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


class Row(Sequence[Any]):
    """A row, by number and by name."""

    __slots__ = ("_places", "_values")

    def __init__(self, values: Sequence[Any], places: dict[str, int]) -> None:
        self._values, self._places = values, places

    def __getitem__(self, which: Any) -> Any:
        return self._values[self._places[which] if isinstance(which, str) else which]

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)


def _rows(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], Row]:
    places = {column.name: n for n, column in enumerate(cursor.description or ())}
    return lambda values: Row(values, places)


@functools.lru_cache(maxsize=1024)
def statement_of(sqlite: str, schema: str) -> str:
    """Return a statement of SQLite as psycopg takes it."""

    def spelt(match: re.Match[str]) -> str:
        piece = match.group()
        if piece == "?":
            return "%s"
        if piece[0] == ":":
            return f"%({piece[1:]})s"
        own = {"CROSS JOIN": "JOIN", "main.": f'"{schema}".', "temp.": "pg_temp."}
        return own.get(piece) or piece.replace("%", "%%")

    return _TOKEN.sub(spelt, sqlite)


class PostgresConnection:
    """One session. It is opened anew where the server ended it, unless something hangs on it."""

    def __init__(self, address: Address, prepare: Prepare | None) -> None:
        self._address, self._prepare = address, prepare
        self._begun = False
        self._streams = 0
        self.held = 0
        """Locks of this session: with them it would lose what it was allowed to do."""
        self._raw = self._connect()
        self._ready()

    def _connect(self) -> psycopg.Connection[Row]:
        seconds = max(int(self._address.seconds), 2)
        return psycopg.connect(
            self._address.url,
            autocommit=True,
            row_factory=_rows,
            connect_timeout=seconds,
            # a server that is gone without a word is told by the system
            keepalives_idle=seconds,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=seconds * 1000,
            application_name=f"patella {socket.gethostname()[:40]} {os.getpid()}",
        )

    def _ready(self) -> None:
        self._raw.execute(f'SET search_path = "{self._address.schema}"')
        if self._prepare:
            self._prepare(self)

    @property
    def in_transaction(self) -> bool:
        return self._begun

    def execute(self, statement: str, values: Any = (), /) -> Cursor:
        query: Any = statement_of(statement, self._address.schema)
        alone = not self._begun and not self.held
        if statement in {"COMMIT", "ROLLBACK"}:
            self._begun = False
        elif statement.startswith("BEGIN"):
            # also where it waits for another writer in vain: it is to be rolled back
            self._begun = True
        try:
            return self._raw.execute(query, values)
        except psycopg.OperationalError:
            if not (alone and self._raw.closed):
                raise
        # the server was started anew, or took away a session that nothing hung on
        self._raw = self._connect()
        self._ready()
        return self._raw.execute(query, values)

    def executemany(self, statement: str, values: Iterable[Any], /) -> Cursor:
        query: Any = statement_of(statement, self._address.schema)
        cursor = self._raw.cursor()
        # only ever within a transaction
        cursor.executemany(query, list(values))
        return cursor

    def stream(self, statement: str, values: Any = (), /) -> Iterator[Row]:
        """Give rows as they are asked for; other statements may come between."""
        self._streams += 1
        with self._raw.cursor(f"stream_{self._streams}", withhold=True) as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(statement_of(statement, self._address.schema), values)
            yield from cursor

    def close(self) -> None:
        self._raw.close()

    def __del__(self) -> None:
        # with whoever used it: a session is not left to the server
        if raw := getattr(self, "_raw", None):
            raw.close()


class Postgres(Database):
    """A library's tables in a schema of a PostgreSQL database."""

    def __init__(self, address: Address, *, prepare: Prepare | None = None) -> None:
        super().__init__(prepare)
        self.address = address
        self.server = f"PostgreSQL at {address.name}, schema {address.schema}"
        # writers take turns, as SQLite has them do: what one reads, no other changes before it writes
        self.begin = (
            f"BEGIN; SET LOCAL lock_timeout = '{BUSY_SECONDS:g}s';"
            f" SELECT pg_advisory_xact_lock({address.key('write')})"
        )

    def _open(self) -> Connection:
        return PostgresConnection(self.address, self._prepare)

    def translated(self) -> AbstractContextManager[None]:
        return translated(self.address)

    def again(self, prepare: Prepare) -> Self:
        return type(self)(self.address, prepare=prepare)

    def integrity(self) -> str:
        with self.reading() as db:
            db.execute("SELECT number FROM format").fetchone()
        return "ok"

    def overwrite(self) -> None:
        """Do nothing: ``scrub`` has freed rows be overwritten in time."""

    def scrub(self) -> None:
        with self.reading() as db:
            for row in db.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = current_schema"
            ):
                db.execute(f'VACUUM "{row[0]}"')

    def size(self) -> int:
        """Return how many bytes the tables and their indexes take."""
        with self.reading() as db:
            row = db.execute(
                "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)"
                " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = ? AND c.relkind = 'r'",
                (self.address.schema,),
            ).fetchone()
        return int(row[0])

    @contextlib.contextmanager
    def alone(self, purpose: str, *, seconds: float, busy: str, hint: str = "") -> Iterator[None]:
        """Hold a lock of the library's in this thread's session; raise Locked after so many seconds.

        Where the session ends meanwhile, so does the lock, and this thread's next statement fails.
        """
        key, end = self.address.key(purpose), time.monotonic() + seconds
        with self.reading() as db:
            while not db.execute(f"SELECT pg_try_advisory_lock({key})").fetchone()[0]:
                if time.monotonic() >= end:
                    raise Locked(
                        f"{busy}{_holder(db, key)}.",
                        hint=hint or "Wait for it to end, then try again.",
                    )
                time.sleep(_TRY_SECONDS)
        assert isinstance(db, PostgresConnection)  # noqa: S101  (for the type checker)
        db.held += 1
        try:
            yield
        finally:
            db.held -= 1
            with contextlib.suppress(LibraryError), self.translated():
                db.execute(f"SELECT pg_advisory_unlock({key})")


def open_postgres(address: Address, part: Part = postgres_schema.LIBRARY) -> Postgres:
    """Open what is at an address, its tables made or brought to the newest format first.

    Raises NewerLibrary, StoreAway, Unwritable, UsageError.
    """
    database = Postgres(address)
    try:
        with database.reading() as db:
            _migrate(db, address, part)
    except LibraryError:
        database.close()
        raise
    return database


def _migrate(db: Connection, address: Address, part: Part) -> None:
    newest = part.newest
    version = _format(db, address.schema)
    if version == newest:
        return
    # of several that open it at once, one makes the tables
    db.execute(f"BEGIN; SELECT pg_advisory_xact_lock({address.key('format')})")
    try:
        version = _format(db, address.schema)
        if version > newest:
            raise NewerLibrary(
                f"This library has format {version}, and this Patella reads up to {newest}.",
                hint="Upgrade Patella, or use another store_schema.",
            )
        if version == 0:
            db.execute(f'CREATE SCHEMA IF NOT EXISTS "{address.schema}"')
            db.execute("CREATE TABLE format (number bigint NOT NULL)")
            db.execute("INSERT INTO format VALUES (0)")
        for script in part.scripts[max(version - part.first + 1, 0) :]:
            db.execute(script)
        db.execute(f"UPDATE format SET number = {newest}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _format(db: Connection, schema: str) -> int:
    """Return the format of a library's tables; 0 where there are none."""
    if db.execute("SELECT to_regclass(?)", (f'"{schema}".format',)).fetchone()[0] is None:
        return 0
    return int(db.execute("SELECT number FROM format").fetchone()[0])


def _holder(db: Connection, key: int) -> str:
    """Return who holds a lock, as far as the server tells."""
    row = db.execute(
        "SELECT a.application_name, a.client_addr, a.pid FROM pg_locks l"
        " JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted"
        f" AND (CAST(l.classid AS bigint) << 32) | CAST(l.objid AS bigint) = {key}"
    ).fetchone()
    if row is None:
        return ""
    _, _, rest = str(row[0]).partition(" ")
    host, _, process = rest.rpartition(" ")
    at = f" at {row[1]}" if row[1] else ""
    return f" (process {process} on {host}{at})" if host else f" ({row[0] or row[2]})"


@contextlib.contextmanager
def translated(address: Address) -> Iterator[None]:
    """Turn PostgreSQL's errors into errors of the library."""
    try:
        yield
    except psycopg.Error as error:
        raise _translate(error, address.name) from error


_HINTS: dict[type[LibraryError], str] = {
    StoreAway: "Start it, or check store_url; nothing of this step was kept.",
    Unwritable: "Give its user the rights to write, or name another in store_url.",
}
_WORDS: tuple[tuple[str, type[LibraryError], str], ...] = (
    ("password", StoreAway, "does not let Patella in"),
    ("authentication", StoreAway, "does not let Patella in"),
    ("pg_hba", StoreAway, "does not let Patella in"),
    ("does not exist", StoreAway, "has no such database or user"),
    ("too many", StoreAway, "takes no more connections"),
    ("remaining connection slots", StoreAway, "takes no more connections"),
)


def _translate(error: psycopg.Error, name: str) -> LibraryError:
    what = f"The PostgreSQL at {name}"
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return Locked(
            f"Another process is writing to {what[0].lower()}{what[1:]}.",
            hint="Wait for it to end, then try again.",
        )
    if isinstance(error, (psycopg.errors.DiskFull, psycopg.errors.IoError)):
        return Unwritable(
            f"The disk of {what[0].lower()}{what[1:]} is full or failing; nothing of this step was kept.",
            hint="Free some space there and run the same command again.",
        )
    if isinstance(
        error, (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)
    ):
        return Unwritable(f"{what} cannot be written.", hint=_HINTS[Unwritable])
    if isinstance(error, psycopg.OperationalError):
        text = str(error).lower()
        for word, kind, said in _WORDS:
            if word in text:
                return kind(f"{what} {said}.", hint=_HINTS[kind])
        return StoreAway(f"{what} does not answer.", hint=_HINTS[StoreAway])
    # what follows it may hold words of a row
    said = error.diag.message_primary or str(error)
    return LibraryError(f"{what} could not be used: {said}.", hint="Run: patella doctor")
