"""Tokens: what programs show instead of a password, kept as a hash alone."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any

from corpus.account_records import ROLES, SCOPES, Principal, Scope, Token, allows
from corpus.database import Database, now
from corpus.errors import Forbidden, NotFound, UsageError

PREFIX = "patella_"
"""Begins every token, so that tools which look for secrets in published text can know one."""
_SHOWN = len(PREFIX) + 4
_NOTED_EACH = dt.timedelta(minutes=1)
_ISO = "%Y-%m-%dT%H:%M:%SZ"
_SELECT = (
    "SELECT t.id, t.name, t.scope, t.start, coalesce(a.name, ''), t.created_at, t.used_at,"
    " t.expires_at, t.revoked_at FROM tokens t LEFT JOIN accounts a ON a.id = t.account_id"
)


class Tokens:
    """The part of the accounts' file that keeps tokens."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def make(
        self, name: str, scope: Scope, *, account_id: int | None = None, days: int = 0
    ) -> tuple[Token, str]:
        """Make a token, for ``days`` or without an end; return it with its secret, told this once.

        Raises UsageError for a name or scope that makes no sense, and Forbidden where the account
        may do less than the scope.
        """
        name = " ".join(name.split())[:64]
        if not name:
            raise UsageError("A token needs a name.", hint="Name it for what will use it.")
        if scope not in SCOPES:
            raise UsageError(
                f"There is no scope {scope!r}.", hint=f"Take one of {', '.join(SCOPES)}."
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        end = (dt.datetime.now(dt.UTC) + dt.timedelta(days=days)).strftime(_ISO) if days else ""
        with self._db.writing() as db:
            row = db.execute("SELECT role FROM accounts WHERE id = ?", (account_id,)).fetchone()
            if account_id is not None and (row is None or not allows(row["role"], scope)):
                raise Forbidden(
                    "A token cannot do more than its account.", hint="Take a narrower scope."
                )
            made = db.execute(
                "INSERT INTO tokens (sha, account_id, name, scope, start, created_at, expires_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
                (_sha(secret), account_id, name, scope, secret[:_SHOWN], now(), end),
            ).fetchone()[0]
            row = db.execute(f"{_SELECT} WHERE t.id = ?", (made,)).fetchone()
        return Token(*row), secret

    def find(self, secret: str) -> Principal | None:
        """Return who shows this token; None where it is none, ended, or its account may not sign in."""
        at = dt.datetime.now(dt.UTC)
        with self._db.reading() as db:
            row = db.execute(
                "SELECT t.id, t.name, t.scope, t.account_id, t.used_at, a.name AS owner, a.role,"
                " a.active FROM tokens t LEFT JOIN accounts a ON a.id = t.account_id"
                " WHERE t.sha = ? AND t.revoked_at = '' AND (t.expires_at = '' OR t.expires_at > ?)",
                (_sha(secret), at.strftime(_ISO)),
            ).fetchone()
        if row is None or (row["account_id"] is not None and not row["active"]):
            return None
        if row["used_at"] < (at - _NOTED_EACH).strftime(_ISO):
            with self._db.writing() as db:
                db.execute("UPDATE tokens SET used_at = ? WHERE id = ?", (now(), row["id"]))
        return _principal(row)

    def list(self, *, account_id: int | None = None) -> tuple[Token, ...]:
        """List all tokens, or those of one account, newest first; revoked ones too."""
        which = "" if account_id is None else " WHERE t.account_id = :a"
        with self._db.reading() as db:
            rows = db.execute(f"{_SELECT}{which} ORDER BY t.id DESC", {"a": account_id}).fetchall()
        return tuple(Token(*row) for row in rows)

    def revoke(self, token_id: int, *, account_id: int | None = None) -> Token:
        """End a token, of that account if one is named. Raises NotFound."""
        held = {token.id for token in self.list(account_id=account_id)}
        if token_id not in held:
            raise NotFound(f"There is no token {token_id}.", hint="See: patella token list")
        with self._db.writing() as db:
            db.execute(
                "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at = ''",
                (now(), token_id),
            )
            return Token(*db.execute(f"{_SELECT} WHERE t.id = ?", (token_id,)).fetchone())


def _principal(row: Any) -> Principal:
    """Return who a token speaks for: never more than its account may do by now."""
    role = ROLES[SCOPES.index(row["scope"])]
    if row["account_id"] is None:
        return Principal(f"token {row['name']}", role, "token")
    if not allows(row["role"], role):
        role = row["role"]
    return Principal(row["owner"], role, "token", row["account_id"])


def _sha(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
