"""Signing in, tokens and the audit log of one library: what the web room and the command line ask for."""

from __future__ import annotations

import secrets

from corpus.account_records import Account, AuditEntry, Principal, Role, Scope, Token
from corpus.accounts import Accounts
from corpus.errors import Forbidden, NotFound, TooMany, UsageError
from corpus.passwords import check_password
from corpus.sessions import LOCAL

_NO = "The name and the password do not fit together."
_NO_HINT = (
    "Check both, and whether the keyboard writes capitals. An admin can give you a new password."
)


class AccountDesk:
    """The real ``webapp.desk_service.Accounts``. Everything that changes something is in the log."""

    def __init__(self, accounts: Accounts, *, local: bool = False) -> None:
        """``local`` says that only this computer can reach the server."""
        self._accounts, self._local = accounts, local

    def any(self) -> bool:
        return self._accounts.any()

    def local(self) -> bool:
        return self._local and not self._accounts.any()

    def secret(self) -> bytes:
        return self._accounts.secret()

    def first_code(self) -> str:
        """Return a new one-time code that makes the first account."""
        return self._accounts.codes.make(None)

    def sign_in(self, name: str, password: str, *, address: str) -> str:
        held, name = self._accounts, " ".join(name.split())
        try:
            held.attempts.begin(name, address)
        except TooMany:
            self._refused(name, "locked out")
            raise
        account = held.verified(name, password)
        if account is None:
            self._refused(name, "refused")
            raise Forbidden(_NO, hint=_NO_HINT)
        held.attempts.succeeded(name, address)
        return self._start(account)

    def _refused(self, name: str, detail: str) -> None:
        """Log a refused sign-in. What is no account's name may be a password typed into the wrong box."""
        try:
            known = self._accounts.get(name).name
        except NotFound:
            known = "unknown name"
        self._accounts.audit.write(known, "account", "sign-in.refused", detail=detail)

    def _start(self, account: Account) -> str:
        self._accounts.signed_in(account)
        self._accounts.audit.write(account.name, "account", "sign-in")
        return self._accounts.sessions.start(account.id)

    def code_is_for(self, code: str, *, address: str) -> str:
        held = self._accounts
        held.attempts.begin(None, address)
        found = held.codes.peek(code)
        held.attempts.succeeded(None, address)
        return next((a.name for a in held.list() if a.id == found), "")

    def enter(self, code: str, *, address: str) -> str:
        if not self.local() or self.code_is_for(code, address=address):
            raise Forbidden("That code makes an account.", hint="Choose a name and a password.")
        held = self._accounts
        held.codes.use(code)
        key = held.sessions.start(None)
        held.audit.write(LOCAL, "code", "sign-in")
        return key

    def redeem(self, code: str, name: str, password: str, *, address: str) -> str:
        owner, held = self.code_is_for(code, address=address), self._accounts
        if not owner:
            # takes all codes for a first account away
            account = held.add(name, password, "admin", first=True)
            held.audit.write(account.name, "code", "account.add", account.name, "admin, the first")
            return self._start(account)
        check_password(password, name=owner)
        held.codes.use(code)
        held.set_password(owner, password)
        held.audit.write(owner, "code", "account.password", owner)
        return self._start(held.get(owner))

    def first_account(self, principal: Principal, name: str, password: str) -> str:
        if principal.means != "code":
            raise Forbidden("The first account was made already.", hint="Sign in with it.")
        account = self._accounts.add(name, password, "admin", first=True)
        self._accounts.audit.note(principal, "account.add", account.name, "admin, the first")
        return self._start(account)

    def by_session(self, key: str) -> Principal | None:
        return self._accounts.sessions.find(key)

    def by_token(self, secret: str) -> Principal | None:
        return self._accounts.tokens.find(secret)

    def sign_out(self, principal: Principal, key: str, *, everywhere: bool = False) -> None:
        self._accounts.sessions.end(key)
        if everywhere and principal.account_id is not None:
            self._accounts.sessions.end_all(principal.account_id)
        self._accounts.audit.note(principal, "sign-out", detail="everywhere" * everywhere)

    def change_password(
        self, principal: Principal, old: str, new: str, *, address: str, keep: str
    ) -> None:
        held = self._accounts
        held.attempts.begin(principal.name, address)
        if principal.account_id is None or held.verified(principal.name, old) is None:
            held.audit.note(principal, "account.password.refused", principal.name)
            raise Forbidden("That is not your password.", hint="Enter the one that you use now.")
        held.attempts.succeeded(principal.name, address)
        held.set_password(principal.name, new, keep=keep)
        held.audit.note(principal, "account.password", principal.name)

    def accounts(self) -> tuple[Account, ...]:
        return self._accounts.list()

    def invite(self, principal: Principal, name: str, role: Role) -> str:
        account = self._accounts.add(name, _unknown(), role)
        self._accounts.audit.note(principal, "account.add", account.name, role)
        return self._accounts.codes.make(account.id)

    def reset(self, principal: Principal, name: str) -> str:
        account = self._accounts.get(name)
        if not account.active:
            raise UsageError(
                f"{account.name} may not sign in.", hint="Let the account sign in first."
            )
        self._accounts.audit.note(principal, "account.link", account.name)
        return self._accounts.codes.make(account.id)

    def set_role(self, principal: Principal, name: str, role: Role) -> None:
        account = self._accounts.set_role(name, role)
        self._accounts.audit.note(principal, "account.role", account.name, role)

    def set_active(self, principal: Principal, name: str, *, active: bool) -> None:
        account = self._accounts.set_active(name, active=active)
        self._accounts.audit.note(
            principal, "account.enable" if active else "account.disable", account.name
        )

    def tokens(self, principal: Principal) -> tuple[Token, ...]:
        if principal.account_id is None:
            return ()
        return self._accounts.tokens.list(account_id=principal.account_id)

    def make_token(
        self, principal: Principal, name: str, scope: Scope, *, days: int = 0
    ) -> tuple[Token, str]:
        if principal.account_id is None:
            raise Forbidden("Only an account has tokens.", hint="Make an account first.")
        made, secret = self._accounts.tokens.make(
            name, scope, account_id=principal.account_id, days=days
        )
        self._accounts.audit.note(principal, "token.make", f"{made.id} {made.name}", scope)
        return made, secret

    def revoke_token(self, principal: Principal, token_id: int) -> None:
        if principal.account_id is None:
            raise Forbidden("Only an account has tokens.", hint="Use: patella token revoke")
        ended = self._accounts.tokens.revoke(token_id, account_id=principal.account_id)
        self._accounts.audit.note(principal, "token.revoke", f"{ended.id} {ended.name}")

    def note(self, principal: Principal, action: str, subject: str = "", detail: str = "") -> None:
        self._accounts.audit.note(principal, action, subject, detail)

    def log(
        self, *, most: int = 100, before: int | None = None, action: str = "", who: str = ""
    ) -> tuple[AuditEntry, ...]:
        return self._accounts.audit.list(most=most, before=before, action=action, who=who)


def _unknown() -> str:
    """Return a password that nobody knows, until the account's owner follows the link."""
    return secrets.token_urlsafe(32)
