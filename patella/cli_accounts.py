"""``patella account``, ``patella token`` and ``patella audit``: who may do what, and who did what."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from patella.cli_options import json_option

if TYPE_CHECKING:
    from corpus.accounts import Accounts
    from patella.settings import Settings

EPILOG = "Exit codes: 0 done, 1 the log was altered, 2 usage, 3 accounts' file unusable."
ROLES = ("reader", "editor", "admin")
SCOPES = ("read", "write", "admin")

_Settings = Callable[[click.Context], "Settings"]


def register(main: click.Group, settings: _Settings) -> None:
    """Add the commands to ``main``."""
    group = _group(main)
    _making(group, settings)
    _changing(group, settings)
    _links(group, settings)
    _tokens(main, settings)
    _audit(main, settings)


@contextlib.contextmanager
def _open(settings: Settings) -> Iterator[Accounts]:
    from patella.opening import open_accounts

    held = open_accounts(settings)
    try:
        yield held
    finally:
        held.close()


def _note(held: Accounts, action: str, subject: str = "", detail: str = "") -> None:
    import getpass

    try:
        who = getpass.getuser()
    except (OSError, KeyError):
        who = "unknown"
    held.audit.write(who, "command line", action, subject, detail)


def _ask_password() -> str:
    """Read a password from the terminal twice, or from standard input's first line."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _group(main: click.Group) -> click.Group:
    @main.group(epilog=EPILOG)
    def account() -> None:
        """Make, list and change the accounts that may sign in.

        Example: patella account list
        """

    return account


def _making(account: click.Group, settings: _Settings) -> None:
    @account.command(epilog=EPILOG)
    @click.argument("name")
    @click.option("--role", type=click.Choice(ROLES), default="editor", show_default=True)
    @click.pass_context
    def add(ctx: click.Context, name: str, role: Any) -> None:
        """Make an account. The password is asked for, or read from standard input.

        Example: patella account add maria --role admin
        """
        from patella.terminal import out

        with _open(settings(ctx)) as held:
            made = held.add(name, _ask_password(), role)
            _note(held, "account.add", made.name, role)
        out.print(f"{made.name} may sign in as {made.role}", markup=False)

    @account.command("list", epilog=EPILOG)
    @json_option
    @click.pass_context
    def list_(ctx: click.Context, as_json: bool) -> None:
        """List the accounts.

        Example: patella account list --json
        """
        from patella.terminal import out, print_json

        with _open(settings(ctx)) as held:
            found = held.list()
        if as_json:
            print_json({"accounts": [asdict(one) for one in found]})
            return
        for one in found:
            state = "" if one.active else "  disabled"
            last = f"last signed in {one.signed_in_at}" if one.signed_in_at else "never signed in"
            out.print(f"{one.name}  {one.role}  {last}{state}", markup=False)
        out.print(f"{len(found)} accounts", style="dim")


def _changing(account: click.Group, settings: _Settings) -> None:
    @account.command(epilog=EPILOG)
    @click.argument("name")
    @click.option("--undo", is_flag=True, help="Let the account sign in again.")
    @click.pass_context
    def disable(ctx: click.Context, name: str, undo: bool) -> None:
        """Let an account sign in no more; its sessions end and its tokens rest.

        Example: patella account disable maria
        """
        from patella.terminal import out

        with _open(settings(ctx)) as held:
            changed = held.set_active(name, active=undo)
            _note(held, "account.enable" if undo else "account.disable", changed.name)
        out.print(f"{changed.name} may {'' if undo else 'not '}sign in", markup=False)

    @account.command(epilog=EPILOG)
    @click.argument("name")
    @click.pass_context
    def password(ctx: click.Context, name: str) -> None:
        """Set an account's password, asked for or read from standard input; its sessions end.

        Example: patella account password maria
        """
        from patella.terminal import out

        with _open(settings(ctx)) as held:
            held.get(name)
            held.set_password(name, _ask_password())
            _note(held, "account.password", name)
        out.print(f"{name} has a new password", markup=False)

    @account.command(epilog=EPILOG)
    @click.argument("name")
    @click.argument("role", type=click.Choice(ROLES))
    @click.pass_context
    def role(ctx: click.Context, name: str, role: Any) -> None:
        """Change what an account may do.

        Example: patella account role maria editor
        """
        from patella.terminal import out

        with _open(settings(ctx)) as held:
            changed = held.set_role(name, role)
            _note(held, "account.role", changed.name, role)
        out.print(f"{changed.name} is {changed.role}", markup=False)


def _links(account: click.Group, settings: _Settings) -> None:
    @account.command(epilog=EPILOG)
    @click.argument("name", required=False)
    @click.pass_context
    def link(ctx: click.Context, name: str | None) -> None:
        """Print a one-time code: for the first account, or for a new password of the account NAME.

        It is entered at /welcome of the running server, and fits for 24 hours.

        Example: patella account link maria
        """
        from corpus.errors import UsageError
        from patella.terminal import out

        with _open(settings(ctx)) as held:
            if name is None and held.any():
                raise UsageError(
                    "The first account was made already.",
                    hint="For a new password: patella account link NAME",
                )
            owner = held.get(name) if name else None
            code = held.codes.make(owner.id if owner else None)
            _note(held, "account.link", owner.name if owner else "the first")
        out.print(f"/welcome?code={code}", markup=False, soft_wrap=True)


def _tokens(main: click.Group, settings: _Settings) -> None:
    @main.group(epilog=EPILOG)
    def token() -> None:
        """Make, list and revoke the tokens that programs send.

        Example: patella token list
        """

    @token.command(epilog=EPILOG)
    @click.argument("name")
    @click.option("--scope", type=click.Choice(SCOPES), default="read", show_default=True)
    @click.option("--account", "owner", help="Whose it is. Default: nobody's.")
    @click.option("--days", type=click.IntRange(0, 3650), default=0, help="0 for without an end.")
    @json_option
    @click.pass_context
    def make(
        ctx: click.Context, name: str, scope: Any, owner: str | None, days: int, as_json: bool
    ) -> None:
        """Make a token and print it, this once: only a hash of it is kept.

        Example: patella token make nightly-upload --scope write --days 90
        """
        from patella.terminal import err, out, print_json

        with _open(settings(ctx)) as held:
            number = held.get(owner).id if owner else None
            made, secret = held.tokens.make(name, scope, account_id=number, days=days)
            _note(held, "token.make", f"{made.id} {made.name}", scope)
        if as_json:
            print_json({"token": secret, **asdict(made)})
            return
        err.print(f"Token {made.id} for {made.name} ({made.scope}). It is not shown again:")
        out.print(secret, markup=False, highlight=False, soft_wrap=True)

    @token.command("list", epilog=EPILOG)
    @json_option
    @click.pass_context
    def list_(ctx: click.Context, as_json: bool) -> None:
        """List the tokens, newest first.

        Example: patella token list
        """
        from patella.terminal import out, print_json

        with _open(settings(ctx)) as held:
            found = held.tokens.list()
        if as_json:
            print_json({"tokens": [asdict(one) for one in found]})
            return
        for one in found:
            used = f"last used {one.used_at}" if one.used_at else "not used yet"
            end = f"  revoked {one.revoked_at}" if one.revoked_at else ""
            line = (
                f"{one.id}  {one.name}  {one.scope}  {one.start}…  {one.owner or '-'}  {used}{end}"
            )
            out.print(line, markup=False)
        out.print(f"{len(found)} tokens", style="dim")

    @token.command(epilog=EPILOG)
    @click.argument("number", type=int)
    @click.pass_context
    def revoke(ctx: click.Context, number: int) -> None:
        """End a token by its number.

        Example: patella token revoke 3
        """
        from patella.terminal import out

        with _open(settings(ctx)) as held:
            ended = held.tokens.revoke(number)
            _note(held, "token.revoke", f"{ended.id} {ended.name}")
        out.print(f"Token {ended.id} ({ended.name}) is revoked", markup=False)


def _audit(main: click.Group, settings: _Settings) -> None:
    @main.command(epilog=EPILOG)
    @click.option("-n", "most", type=click.IntRange(1, 100_000), default=50, show_default=True)
    @click.option("--who", default="", help="Only what this account did.")
    @click.option("--action", default="", help="Only this action, or its family: document.")
    @click.option("--check", is_flag=True, help="Tell whether every entry is as it was written.")
    @json_option
    @click.pass_context
    def audit(
        ctx: click.Context, most: int, who: str, action: str, check: bool, as_json: bool
    ) -> None:
        """Tell who did what, when, to what: newest first.

        Example: patella audit --action document -n 20
        """
        from patella.terminal import err, out, print_json

        with _open(settings(ctx)) as held:
            altered = held.audit.first_altered() if check else None
            found = () if check else held.audit.list(most=most, who=who, action=action)
        if check:
            if altered is None:
                out.print("Every entry is as it was written")
                return
            err.print(f"Entry {altered} is not as it was written")
            sys.exit(1)
        if as_json:
            print_json({"entries": [asdict(one) for one in found]})
            return
        for one in found:
            told = f"{one.at}  {one.who} ({one.means})  {one.action}  {one.subject}  {one.detail}"
            out.print(told.rstrip(), markup=False)
