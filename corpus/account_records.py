"""Who may do what, as records: roles, accounts, tokens, and the entries of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["reader", "editor", "admin"]
"""What an account may do: read; change the library; also manage accounts."""
Scope = Literal["read", "write", "admin"]
"""What a token may do; each stands for the role in the same place."""
Means = Literal["account", "token", "code", "command line"]
"""By what somebody showed who they are."""

ROLES: tuple[Role, ...] = get_args(Role)
SCOPES: tuple[Scope, ...] = get_args(Scope)
_LEVELS = {name: level for names in (ROLES, SCOPES) for level, name in enumerate(names)}


def allows(held: Role | Scope, needed: Role | Scope) -> bool:
    """Tell whether what somebody holds is as much as is needed, or more."""
    return _LEVELS[held] >= _LEVELS[needed]


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in. Times are ISO 8601, UTC; empty for never."""

    id: int
    name: str
    role: Role
    active: bool
    created_at: str
    signed_in_at: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """What a program shows instead of a password; the secret itself is not kept."""

    id: int
    name: str
    scope: Scope
    start: str
    """The secret's first letters, to know it by."""
    owner: str
    """Name of the account that it belongs to; empty for one made on the command line."""
    created_at: str
    used_at: str = ""
    expires_at: str = ""
    revoked_at: str = ""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever sends a request, and what they may do."""

    name: str
    """As the audit log has it."""
    role: Role
    means: Means
    account_id: int | None = None
    """None for a token without an account, and for whoever entered the one-time code."""

    def may(self, needed: Role | Scope) -> bool:
        """Tell whether this is as much as ``needed``, or more."""
        return allows(self.role, needed)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did. ``at`` is ISO 8601, UTC."""

    id: int
    at: str
    who: str
    means: Means
    action: str
    """A dotted name, such as ``document.remove``."""
    subject: str
    """What it was done to."""
    detail: str = ""
