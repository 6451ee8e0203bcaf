"""The accounts' file: who may sign in, apart from the library, so that a copy of that holds no secrets."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from corpus.account_records import ROLES, Account, Role
from corpus.attempts import Attempts
from corpus.audit import AuditLog
from corpus.database import Database, SqliteFile, now, translated
from corpus.errors import NotFound, UsageError
from corpus.migrations import migrate
from corpus.passwords import Passwords, check_password
from corpus.sessions import Codes, Sessions
from corpus.tokens import Tokens

APPLICATION_ID = 0x50544C43
"""Marks the SQLite file as ours (``PTLC``)."""
SCHEMA: tuple[str, ...] = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

    CREATE TABLE accounts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        role TEXT NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
        password TEXT NOT NULL,
        active INTEGER NOT NULL DEFAULT 1,
        created_at TEXT NOT NULL,
        signed_in_at TEXT NOT NULL DEFAULT ''
    ) STRICT;

    CREATE TABLE tokens (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sha TEXT NOT NULL UNIQUE,
        account_id INTEGER REFERENCES accounts (id),
        name TEXT NOT NULL,
        scope TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
        start TEXT NOT NULL,
        created_at TEXT NOT NULL,
        used_at TEXT NOT NULL DEFAULT '',
        expires_at TEXT NOT NULL DEFAULT '',
        revoked_at TEXT NOT NULL DEFAULT ''
    ) STRICT;

    -- account_id is NULL for whoever entered the one-time code while there were no accounts
    CREATE TABLE sessions (
        sha TEXT PRIMARY KEY,
        account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
        started_at REAL NOT NULL,
        seen_at REAL NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- account_id is NULL for a code that makes the first account
    CREATE TABLE codes (
        sha TEXT PRIMARY KEY,
        account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
        expires_at REAL NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE failures (
        mark TEXT PRIMARY KEY, count INTEGER NOT NULL, last_at REAL NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        means TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT;
    """,
    "CREATE TRIGGER audit_stays BEFORE DELETE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;",
    "CREATE TRIGGER audit_holds BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;",
)

_NAME = re.compile(r"[\w][\w .@+'-]{0,63}", re.UNICODE)


class Accounts:
    """The accounts of one library, with their sessions, tokens, failures and log.

    ``where`` is the path of a file, or a database that has the tables. ``clock`` gives seconds since
    the epoch; it and ``passwords`` are for tests.
    """

    def __init__(
        self,
        where: Path | Database,
        *,
        clock: Callable[[], float] = time.time,
        passwords: Passwords | None = None,
    ) -> None:
        self._db = where if isinstance(where, Database) else _file(where)
        self._passwords = passwords or Passwords()
        self.audit = AuditLog(self._db)
        self.attempts = Attempts(self._db, self.secret, clock)
        self.sessions = Sessions(self._db, clock)
        self.codes = Codes(self._db, clock)
        self.tokens = Tokens(self._db)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def secret(self) -> bytes:
        """Return the key that cookies and forms are signed with, made at its first use."""
        with self._db.reading() as db:
            row = db.execute("SELECT value FROM meta WHERE key = 'secret'").fetchone()
        if row is None:
            with self._db.writing() as db:
                db.execute(
                    "INSERT INTO meta VALUES ('secret', ?) ON CONFLICT (key) DO NOTHING",
                    (secrets.token_hex(32),),
                )
                row = db.execute("SELECT value FROM meta WHERE key = 'secret'").fetchone()
        return bytes.fromhex(row["value"])

    def any(self) -> bool:
        """Tell whether an account was ever made."""
        with self._db.reading() as db:
            return db.execute("SELECT 1 FROM accounts LIMIT 1").fetchone() is not None

    def list(self) -> tuple[Account, ...]:
        """List all accounts, by name."""
        with self._db.reading() as db:
            rows = db.execute(f"{_SELECT} ORDER BY name COLLATE NOCASE").fetchall()
        return tuple(_account(row) for row in rows)

    def get(self, name: str) -> Account:
        """Return an account. Raises NotFound."""
        with self._db.reading() as db:
            row = db.execute(f"{_SELECT} WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise NotFound(
                f"There is no account {name[:64]!r}.", hint="See them with: patella account list"
            )
        return _account(row)

    def add(self, name: str, password: str, role: Role, *, first: bool = False) -> Account:
        """Make an account; ``first`` says that there must be none yet. Raises UsageError.

        Whoever works by a one-time code alone has to sign in from then on.
        """
        name = " ".join(name.split())
        if not _NAME.fullmatch(name):
            raise UsageError(
                "That is no name for an account.",
                hint="A name has at most 64 letters, digits, spaces and . @ + ' - _ in it.",
            )
        if role not in ROLES:
            raise UsageError(f"There is no role {role!r}.", hint=f"Take one of {', '.join(ROLES)}.")
        check_password(password, name=name)
        hashed = self._passwords.hash(password)
        with self._db.writing() as db:
            if first and self.any():
                raise UsageError("The first account was made already.", hint="Sign in.")
            if db.execute("SELECT 1 FROM accounts WHERE name = ?", (name,)).fetchone():
                raise UsageError(
                    f"There is an account {name!r} already.", hint="Take another name."
                )
            db.execute(
                "INSERT INTO accounts (name, role, password, created_at) VALUES (?, ?, ?, ?)",
                (name, role, hashed, now()),
            )
            db.execute("DELETE FROM sessions WHERE account_id IS NULL")
            db.execute("DELETE FROM codes WHERE account_id IS NULL")
        return self.get(name)

    def verified(self, name: str, password: str) -> Account | None:
        """Return the active account that has this name and password; in equal time, None."""
        with self._db.reading() as db:
            row = db.execute(
                "SELECT name, password, active FROM accounts WHERE name = ?",
                (" ".join(name.split()),),
            ).fetchone()
        fits = self._passwords.fits(password, row["password"] if row else None)
        if row is None or not fits or not row["active"]:
            return None
        if self._passwords.outdated(row["password"]):
            self._put_password(row["name"], self._passwords.hash(password))
        return self.get(row["name"])

    def signed_in(self, account: Account) -> None:
        """Note that an account signed in now."""
        with self._db.writing() as db:
            db.execute("UPDATE accounts SET signed_in_at = ? WHERE id = ?", (now(), account.id))

    def set_password(self, name: str, password: str, *, keep: str = "") -> None:
        """Give an account a new password and end its sessions but ``keep``. Raises UsageError."""
        account = self.get(name)
        check_password(password, name=account.name)
        self._put_password(account.name, self._passwords.hash(password))
        self.sessions.end_all(account.id, keep=keep)
        self.attempts.forgive([account.name])

    def set_role(self, name: str, role: Role) -> Account:
        """Change what an account may do. Raises UsageError where no admin would be left."""
        account = self.get(name)
        with self._db.writing() as db:
            db.execute("UPDATE accounts SET role = ? WHERE id = ?", (role, account.id))
            _check_admin(len(db.execute(_ADMINS).fetchall()))
        return self.get(name)

    def set_active(self, name: str, *, active: bool) -> Account:
        """Let an account sign in or not; its sessions end, and its tokens rest. Raises as ``set_role``."""
        account = self.get(name)
        with self._db.writing() as db:
            db.execute("UPDATE accounts SET active = ? WHERE id = ?", (int(active), account.id))
            _check_admin(len(db.execute(_ADMINS).fetchall()))
            db.execute("DELETE FROM sessions WHERE account_id = ?", (account.id,))
            db.execute("DELETE FROM codes WHERE account_id = ?", (account.id,))
        return self.get(name)

    def _put_password(self, name: str, hashed: str) -> None:
        with self._db.writing() as db:
            db.execute("UPDATE accounts SET password = ? WHERE name = ?", (hashed, name))


def _file(path: Path) -> Database:
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # SQLite gives its other files the rights of this one
        path.touch(mode=0o600)
    file = SqliteFile(path)
    with file.own() as db:
        migrate(db, SCHEMA, application_id=APPLICATION_ID)
    return file


_SELECT = "SELECT id, name, role, active, created_at, signed_in_at FROM accounts"
_ADMINS = "SELECT 1 FROM accounts WHERE role = 'admin' AND active = 1"


def _account(row: tuple[int, str, Role, int, str, str]) -> Account:
    number, name, role, active, created, signed_in = row
    return Account(number, name, role, bool(active), created, signed_in)


def _check_admin(count: int) -> None:
    if not count:
        raise UsageError(
            "No admin would be left.", hint="Make another account an admin before this one."
        )
