"""The accounts' file: hashes, lock-out, sessions, codes, tokens, and a log that only grows."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.accounts import Accounts
from corpus.errors import Forbidden, LibraryError, NotFound, TooMany, UsageError
from corpus.postgres import open_postgres
from corpus.postgres_schema import PARTS
from tests.accounts_helpers import HASTY, PASSWORD, Clock, Office


@pytest.fixture(params=["file", "postgres"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    database = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres")
        database = open_postgres(server.address(), PARTS["accounts"])
    held = Office(tmp_path, database=database)
    yield held
    held.accounts.close()


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[Office]:
    held = Office(tmp_path)
    yield held
    held.accounts.close()


def test_no_secret_is_kept_as_it_is(in_file: Office) -> None:
    session = in_file.accounts.sessions.start(1)
    token = in_file.token("eve", "write")
    code = in_file.accounts.codes.make(1)
    in_file.accounts.close()
    body = b"".join(path.read_bytes() for path in in_file.folder.iterdir())
    assert b"$argon2id$" in body
    for secret in (PASSWORD, session, token, code, code.replace("-", "")):
        assert secret.encode() not in body
    assert stat.S_IMODE((in_file.folder / "accounts.db").stat().st_mode) == 0o600


def test_a_password_fits_its_account_alone(office: Office) -> None:
    found = office.accounts.verified("Ada", PASSWORD)
    assert found is not None
    assert (found.name, found.role) == ("ada", "admin")
    assert office.accounts.verified("ada", PASSWORD + "x") is None
    assert office.accounts.verified("nobody", PASSWORD) is None
    assert office.accounts.verified("ada", "x" * 100_000) is None
    office.accounts.set_active("eve", active=False)
    assert office.accounts.verified("eve", PASSWORD) is None


def test_a_letter_written_in_two_ways_is_one_password(office: Office) -> None:
    office.accounts.set_password("rob", "caf\u00e9 au lait please")
    assert office.accounts.verified("rob", "cafe\u0301 au lait please") is not None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 12"),
        ("x" * 257, "at most 256"),
        ("aaaaaaaaaaaaaaa", "easy to guess"),
        ("password1234", "easy to guess"),
        ("eliseeliseelise", "easy to guess"),
    ],
)
def test_passwords_that_are_not_taken(office: Office, password: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        office.accounts.add("elise", password, "reader")


@pytest.mark.parametrize("name", ["", " ", "a\nb\x00", "<b>", "x" * 65, ".hidden"])
def test_names_that_are_not_taken(office: Office, name: str) -> None:
    with pytest.raises(UsageError, match="no name"):
        office.accounts.add(name, PASSWORD, "reader")


def test_a_name_is_there_once_in_any_case(office: Office) -> None:
    with pytest.raises(UsageError, match="already"):
        office.accounts.add("EVE", PASSWORD, "reader")
    with pytest.raises(NotFound):
        office.accounts.get("zoe")


def test_the_last_admin_stays(office: Office) -> None:
    with pytest.raises(UsageError, match="No admin"):
        office.accounts.set_role("ada", "editor")
    with pytest.raises(UsageError, match="No admin"):
        office.accounts.set_active("ada", active=False)
    assert office.accounts.get("ada").role == "admin"
    office.accounts.set_role("eve", "admin")
    assert office.accounts.set_role("ada", "reader").role == "reader"


def test_five_failures_then_a_wait_that_grows(office: Office) -> None:
    attempts = office.accounts.attempts
    for _ in range(5):
        attempts.begin("eve", "a")
    with pytest.raises(TooMany) as told:
        attempts.begin("EVE", "b")
    assert told.value.hint == "Wait 16 seconds."
    attempts.begin("ada", "a")
    office.clock.at += 15
    attempts.begin("eve", "a")
    office.clock.at += 29
    with pytest.raises(TooMany):
        attempts.begin("eve", "a")
    office.clock.at += 1
    attempts.begin("eve", "a")
    for _ in range(20):
        office.clock.at += 900
        attempts.begin("eve", "b")
    attempts.succeeded("eve", "b")
    attempts.begin("eve", "b")


def test_an_address_waits_whatever_names_it_tries(office: Office) -> None:
    attempts = office.accounts.attempts
    for number in range(20):
        attempts.begin(f"name{number}", "a")
    with pytest.raises(TooMany):
        attempts.begin("another", "a")
    attempts.begin("another", "b")
    office.clock.at += 24 * 3600 + 1
    attempts.begin("another", "a")


def test_failures_outlive_a_restart_and_hold_no_name(in_file: Office) -> None:
    for _ in range(5):
        in_file.accounts.attempts.begin("someone", "192.0.2.7")
    in_file.accounts.close()
    body = b"".join(path.read_bytes() for path in in_file.folder.iterdir())
    assert b"someone" not in body
    assert b"192.0.2.7" not in body
    again = Accounts(in_file.folder / "accounts.db", clock=in_file.clock, passwords=HASTY)
    with pytest.raises(TooMany):
        again.attempts.begin("someone", "192.0.2.7")
    again.close()


def test_a_session_ends_when_idle_and_in_any_case_after_a_week(office: Office) -> None:
    sessions, clock = office.accounts.sessions, office.clock
    key = sessions.start(office.accounts.get("eve").id)
    found = sessions.find(key)
    assert found is not None
    assert (found.name, found.role, found.means) == ("eve", "editor", "account")
    for _ in range(16):
        clock.at += 10 * 3600
        assert sessions.find(key) is not None
    clock.at += 10 * 3600
    assert sessions.find(key) is None
    key = sessions.start(1)
    clock.at += 12 * 3600 + 1
    assert sessions.find(key) is None
    assert sessions.find("nonsense") is None


def test_what_ends_sessions(office: Office) -> None:
    sessions, eve = office.accounts.sessions, office.accounts.get("eve").id
    mine, other, admins = sessions.start(eve), sessions.start(eve), sessions.start(1)
    office.accounts.set_password("eve", "another long password", keep=mine)
    assert sessions.find(mine) is not None
    assert sessions.find(other) is None
    office.accounts.set_role("eve", "reader")
    changed = sessions.find(mine)
    assert changed is not None
    assert changed.role == "reader"
    office.accounts.set_active("eve", active=False)
    assert sessions.find(mine) is None
    sessions.end(admins)
    assert sessions.find(admins) is None


def test_a_code_fits_once_and_for_a_day(tmp_path: Path) -> None:
    clock = Clock()
    accounts = Accounts(tmp_path / "accounts.db", clock=clock, passwords=HASTY)
    old, code = accounts.codes.make(None), accounts.codes.make(None)
    assert len(code) == 19
    with pytest.raises(Forbidden):
        accounts.codes.use(old)
    assert accounts.codes.peek(code.lower().replace("-", " ")) is None
    accounts.codes.use(code)
    with pytest.raises(Forbidden, match="does not fit"):
        accounts.codes.use(code)
    late = accounts.codes.make(None)
    clock.at += 24 * 3600
    with pytest.raises(Forbidden):
        accounts.codes.use(late)
    local, unused = accounts.sessions.start(None), accounts.codes.make(None)
    made = accounts.add("ada", PASSWORD, "admin", first=True)
    assert accounts.sessions.find(local) is None
    with pytest.raises(Forbidden):
        accounts.codes.use(unused)
    with pytest.raises(UsageError, match="already"):
        accounts.add("eve", PASSWORD, "admin", first=True)
    assert made.role == "admin"
    accounts.close()


def test_a_token_does_what_its_scope_and_its_account_allow(office: Office) -> None:
    tokens, eve = office.accounts.tokens, office.accounts.get("eve").id
    made, secret = tokens.make("upload", "write", account_id=eve)
    assert secret.startswith("patella_")
    assert made.start == secret[:12]
    found = tokens.find(secret)
    assert found is not None
    assert (found.name, found.role, found.means) == ("eve", "editor", "token")
    assert tokens.list(account_id=eve)[0].used_at
    with pytest.raises(Forbidden, match="more than its account"):
        tokens.make("x", "admin", account_id=eve)
    office.accounts.set_role("eve", "reader")
    less = tokens.find(secret)
    assert less is not None
    assert less.role == "reader"
    office.accounts.set_active("eve", active=False)
    assert tokens.find(secret) is None
    office.accounts.set_active("eve", active=True)
    with pytest.raises(NotFound):
        tokens.revoke(made.id, account_id=1)
    assert tokens.revoke(made.id).revoked_at
    assert tokens.find(secret) is None
    assert tokens.find("patella_x") is None


def test_a_token_of_nobody_is_named_in_the_log_by_itself(office: Office) -> None:
    found = office.accounts.tokens.find(office.accounts.tokens.make("nightly", "read")[1])
    assert found is not None
    assert (found.name, found.role, found.account_id) == ("token nightly", "reader", None)
    for name, scope in (("", "read"), ("x", "root")):
        with pytest.raises(UsageError):
            office.accounts.tokens.make(name, scope)  # type: ignore[arg-type]


def test_the_log_only_grows(office: Office) -> None:
    log = office.accounts.audit
    for number in range(3):
        log.write("eve", "account", "document.hide", f"d{number}")
    log.write("ada", "account", "documentary", "x", "y" * 5000)
    assert [entry.subject for entry in log.list(action="document")] == ["d2", "d1", "d0"]
    assert [entry.id for entry in log.list(most=2)] == [4, 3]
    assert [entry.id for entry in log.list(before=3, who="eve")] == [2, 1]
    assert len(log.list(most=1)[0].detail) == 2000
    for statement in ("UPDATE audit SET who = 'x'", "DELETE FROM audit WHERE id = 1"):
        with pytest.raises(LibraryError, match="only grows"), office.accounts._db.writing() as db:
            db.execute(statement)
    assert log.first_altered() is None


@pytest.mark.parametrize(
    ("statement", "first"),
    [("UPDATE audit SET who = 'x' WHERE id = 2", 2), ("DELETE FROM audit WHERE id = 2", 3)],
)
def test_a_log_altered_around_the_triggers_is_told(
    in_file: Office, statement: str, first: int
) -> None:
    for number in range(4):
        in_file.accounts.audit.write("eve", "account", "document.hide", f"d{number}")
    in_file.accounts.close()
    with sqlite3.connect(in_file.folder / "accounts.db") as db:
        db.execute("DROP TRIGGER audit_holds")
        db.execute("DROP TRIGGER audit_stays")
        db.execute(statement)
    db.close()
    again = Accounts(in_file.folder / "accounts.db")
    assert again.audit.first_altered() == first
    again.close()
