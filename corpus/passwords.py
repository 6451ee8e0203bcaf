"""Passwords: which are taken, and their argon2id hashes."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from corpus.errors import UsageError

LEAST = 12
"""Characters of a password. Length is what counts; no kinds of letters are asked for."""
MOST = 256
_FEWEST_DIFFERENT = 5
_AT_ONCE = 2
"""Hashes computed at one time: each takes 64 MiB."""


class Passwords:
    """Hashes passwords and compares them, a few at a time. ``hasher`` is for tests, which are in haste."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = threading.BoundedSemaphore(_AT_ONCE)
        self._nobody = ""

    def hash(self, password: str) -> str:
        """Return a password's hash, with its parameters and salt."""
        with self._turn:
            return self._hasher.hash(_normal(password))

    def fits(self, password: str, hashed: str | None) -> bool:
        """Tell whether a password has that hash; without one, take as long and say no."""
        if len(password) > MOST:
            password = password[:MOST] + "…"
        if hashed is None:
            self._nobody = self._nobody or self.hash("nobody has this password")
        with self._turn:
            try:
                self._hasher.verify(hashed or self._nobody, _normal(password))
            except (VerificationError, InvalidHashError):
                return False
        return hashed is not None

    def outdated(self, hashed: str) -> bool:
        """Tell whether a hash was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(hashed)


def check_password(password: str, *, name: str) -> None:
    """Raise UsageError, saying why, for a password that is not taken for the account ``name``."""
    length = len(_normal(password))
    if length < LEAST:
        raise UsageError(
            f"A password needs at least {LEAST} characters.",
            hint="Several words in a row are easy to remember and hard to guess.",
        )
    if length > MOST:
        raise UsageError(f"A password has at most {MOST} characters.", hint="Take a shorter one.")
    if len(set(password)) < _FEWEST_DIFFERENT or _normal(password).casefold() in _tired(name):
        raise UsageError(
            "That password is too easy to guess.",
            hint="Take several words that do not go together.",
        )


def _tired(name: str) -> set[str]:
    """Return passwords of enough letters that are tried first by whoever guesses."""
    mine = _normal(name).casefold()
    common = "password1234 passwordpassword 123456789012 qwertyuiop12 qwertyuiopas patellapatella"
    return {*common.split(), *(mine * times for times in range(1, 13) if mine)}


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
