"""``patella account``, ``patella token`` and ``patella audit``, and what a server says at its start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from corpus.accounts import Accounts
from patella.account_desk import AccountDesk
from patella.cli import main
from patella.serve import _say_first_code

PASSWORD = "correct horse battery\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("accounts")


def run(folder: Path, *args: str, given: str = "") -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(folder), *args], input=given)


def test_accounts_and_tokens_from_the_command_line(folder: Path) -> None:
    made = run(folder, "account", "add", "ada", "--role", "admin", given=PASSWORD)
    assert (made.exit_code, made.output) == (0, "ada may sign in as admin\n")
    assert run(folder, "account", "add", "eve", given=PASSWORD).exit_code == 0
    assert run(folder, "account", "role", "eve", "reader").output == "eve is reader\n"
    assert run(folder, "account", "disable", "eve").output == "eve may not sign in\n"
    listed = json.loads(run(folder, "account", "list", "--json").stdout)["accounts"]
    assert [(one["name"], one["role"], one["active"]) for one in listed] == [
        ("ada", "admin", True),
        ("eve", "reader", False),
    ]
    assert run(folder, "account", "password", "ada", given="another long one\n").exit_code == 0
    assert run(folder, "account", "link", "ada").output.startswith("/welcome?code=")

    made = run(folder, "token", "make", "nightly", "--scope", "write", "--json")
    token = json.loads(made.stdout)
    assert token["token"].startswith(token["start"])
    shown = run(folder, "token", "list").output
    assert "1  nightly  write  " in shown
    assert token["token"] not in shown
    assert run(folder, "token", "revoke", "1").exit_code == 0

    log = json.loads(run(folder, "audit", "--json").stdout)["entries"]
    assert [one["action"] for one in reversed(log)] == [
        "account.add", "account.add", "account.role", "account.disable", "account.password",
        "account.link", "token.make", "token.revoke",
    ]  # fmt: skip
    assert {one["means"] for one in log} == {"command line"}
    assert run(folder, "audit", "--check").output == "Every entry is as it was written\n"


@pytest.mark.parametrize(
    ("args", "given", "said"),
    [
        (("account", "add", "zoe"), "short\n", "at least 12 characters"),
        (("account", "add", "zoe"), "", "at least 12 characters"),
        (("account", "add", "ada"), PASSWORD, "already"),
        (("account", "role", "ada", "reader"), "", "No admin would be left"),
        (("account", "disable", "nobody"), "", "no account 'nobody'"),
        (("account", "link"), "", "made already"),
        (("token", "make", "x", "--account", "nobody"), "", "no account"),
        (("token", "revoke", "77"), "", "no token 77"),
        (("account", "add", "zoe", "--role", "king"), PASSWORD, "king"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told_with_exit_code_two(
    folder: Path, args: tuple[str, ...], given: str, said: str
) -> None:
    done = run(folder, *args, given=given)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_a_server_without_accounts_prints_a_code(tmp_path: Path, capsys) -> None:
    accounts = Accounts(tmp_path / "accounts.db")
    _say_first_code(AccountDesk(accounts, local=True), "http://127.0.0.1:8000")
    said = capsys.readouterr().err
    code = said.partition("One-time code: ")[2].split()[0]
    assert said.endswith("in the browser: http://127.0.0.1:8000/signin\n")
    assert accounts.codes.peek(code) is None
    _say_first_code(AccountDesk(accounts), "http://knee.test")
    assert "http://knee.test/welcome?code=" in capsys.readouterr().err
    accounts.add("ada", PASSWORD.strip(), "admin")
    _say_first_code(AccountDesk(accounts, local=True), "http://127.0.0.1:8000")
    assert capsys.readouterr().err == ""
    accounts.close()
