"""Real accounts in a folder that goes away, with quick hashes and a clock that tests turn."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from corpus.accounts import Accounts
from corpus.database import Database
from corpus.passwords import Passwords
from patella.account_desk import AccountDesk

HASTY = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "correct horse battery"


@dataclass
class Clock:
    """Seconds since the epoch, turned by hand."""

    at: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Office:
    """Accounts ``ada`` (admin), ``eve`` (editor) and ``rob`` (reader), all with one password."""

    folder: Path
    local: bool = False
    people: tuple[tuple[str, str], ...] = (("ada", "admin"), ("eve", "editor"), ("rob", "reader"))
    clock: Clock = field(default_factory=Clock)
    database: Database | None = None
    """Instead of a file in the folder."""

    def __post_init__(self) -> None:
        where = self.database or self.folder / "accounts.db"
        self.accounts = Accounts(where, clock=self.clock, passwords=HASTY)
        for name, role in self.people:
            self.accounts.add(name, PASSWORD, role)  # type: ignore[arg-type]
        self.desk = AccountDesk(self.accounts, local=self.local)

    def token(self, name: str, scope: str) -> str:
        account = self.accounts.get(name)
        made = self.accounts.tokens.make("test", scope, account_id=account.id)  # type: ignore[arg-type]
        return made[1]


def csrf(page: str) -> str:
    """Return the token of a page's forms."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, "the page has no form of ours"
    return found.group(1)


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD, **more: str) -> TestResponse:
    """Sign in by the page's own form."""
    form = {"name": name, "password": password, "csrf_token": csrf(client.get("/signin").text)}
    return client.post("/signin", data=form | more)
