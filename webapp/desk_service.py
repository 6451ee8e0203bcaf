"""What the desk needs of accounts: the pages and the API talk to this, never to files.

``patella.account_desk.AccountDesk`` is the real one. All calls raise ``corpus.errors.PatellaError``
and nothing else on purpose; all that change something write to the audit log.
"""

from __future__ import annotations

from typing import Protocol

from corpus.account_records import Account, AuditEntry, Principal, Role, Scope, Token


class Accounts(Protocol):
    """Who may do what with one library."""

    def any(self) -> bool:
        """Tell whether an account was ever made."""
        ...

    def local(self) -> bool:
        """Tell whether a one-time code is enough: no account yet, and only this computer is served."""
        ...

    def secret(self) -> bytes:
        """Return the key that cookies and forms are signed with."""
        ...

    def sign_in(self, name: str, password: str, *, address: str) -> str:
        """Return the key of a new session. Raises TooMany, and Forbidden without saying what is wrong."""
        ...

    def code_is_for(self, code: str, *, address: str) -> str:
        """Return the name of the account that a code is for; empty for the first account.

        Raises Forbidden, TooMany.
        """
        ...

    def enter(self, code: str, *, address: str) -> str:
        """Begin a session by a code alone, where ``local`` says so. Raises Forbidden, TooMany."""
        ...

    def redeem(self, code: str, name: str, password: str, *, address: str) -> str:
        """Set the password of a code's account, or make the first account; return a session's key.

        The code fits no more. Raises Forbidden, TooMany, and UsageError for a name or password.
        """
        ...

    def first_account(self, principal: Principal, name: str, password: str) -> str:
        """Make the first account for who entered the code; return a session's key.

        Raises Forbidden, UsageError.
        """
        ...

    def by_session(self, key: str) -> Principal | None:
        """Return whose session this is; None where it ended."""
        ...

    def by_token(self, secret: str) -> Principal | None:
        """Return who shows this token; None where it is none, ended, or its account may not sign in."""
        ...

    def sign_out(self, principal: Principal, key: str, *, everywhere: bool = False) -> None:
        """End a session, or all of the account's."""
        ...

    def change_password(
        self, principal: Principal, old: str, new: str, *, address: str, keep: str
    ) -> None:
        """Change one's own password; other sessions than ``keep`` end. Raises as ``redeem``."""
        ...

    def accounts(self) -> tuple[Account, ...]:
        """List all accounts, by name."""
        ...

    def invite(self, principal: Principal, name: str, role: Role) -> str:
        """Make an account; return the code by which its owner sets a password. Raises UsageError."""
        ...

    def reset(self, principal: Principal, name: str) -> str:
        """Return a code by which an account's owner sets a new password. Raises NotFound, UsageError."""
        ...

    def set_role(self, principal: Principal, name: str, role: Role) -> None:
        """Change what an account may do. Raises NotFound, and UsageError where no admin is left."""
        ...

    def set_active(self, principal: Principal, name: str, *, active: bool) -> None:
        """Let an account sign in or not. Raises as ``set_role``."""
        ...

    def tokens(self, principal: Principal) -> tuple[Token, ...]:
        """List one's own tokens, newest first; revoked ones too."""
        ...

    def make_token(
        self, principal: Principal, name: str, scope: Scope, *, days: int = 0
    ) -> tuple[Token, str]:
        """Make a token of one's own; return it with its secret, told this once.

        Raises UsageError, Forbidden.
        """
        ...

    def revoke_token(self, principal: Principal, token_id: int) -> None:
        """End a token of one's own. Raises NotFound."""
        ...

    def note(self, principal: Principal, action: str, subject: str = "", detail: str = "") -> None:
        """Write to the audit log."""
        ...

    def log(
        self, *, most: int = 100, before: int | None = None, action: str = "", who: str = ""
    ) -> tuple[AuditEntry, ...]:
        """List the audit log, newest first: older than ``before``, of an action or its family."""
        ...
