"""Every error that Patella raises on purpose.

::

    PatellaError
    ├── UsageError              the caller asked for something that makes no sense
    │   ├── QuestionError       an empty or overlong question
    │   ├── NotFound            no such document, version or page
    │   │   └── Withdrawn       it was there, and was withdrawn for good
    │   ├── Forbidden           the request does not carry the right to do that
    │   │   └── SignInNeeded    nobody is signed in, and no token was sent
    │   ├── Outdated            what it refers to has changed since
    │   ├── Conflict            it does not fit what is there now
    │   ├── Unfit               a program's request that does not fit the API's description
    │   └── TooMany             over a limit of how often or how many
    ├── ReadError               one source could not be read; the others go on
    │   ├── Unsupported         no reader for this kind of file
    │   ├── TooLarge            over a limit of size
    │   ├── Encrypted           needs a password
    │   ├── Broken              damaged or cut short
    │   ├── NoText              nothing in it to quote
    │   ├── Barred              its content was withdrawn, and is not taken in again
    │   ├── Refused             a web address that is not fetched, by its form or where it leads
    │   └── Unreachable         a web address that gave no page: network, server or its robots.txt
    │       └── Missing         the server says that there is no such page
    ├── Lost                    a worker process gave no answer
    ├── LibraryError            the library as a whole cannot be used
    │   ├── NewerLibrary        made by a newer Patella
    │   ├── Locked              another process is writing
    │   ├── Unwritable          read-only folder, full disk
    │   ├── IndexAway           the server that keeps the index does not answer
    │   ├── StoreAway           the server that keeps the library does not answer
    │   └── Damaged             store and index disagree and could not be mended
    ├── ModelError              the embedding model is missing or is not the one expected
    ├── GeneratorError          the generator (optional) cannot be used: quotes stand alone
    ├── RemoteError             another Patella that is asked cannot be reached, or answers wrongly
    ├── QuoteMismatch           a quote differs from its stored source: never shown
    ├── Busy                    more is asked at once than can be answered
    └── ServeError              the web server could not start

Each carries ``hint``: one sentence on what to do.
"""

from __future__ import annotations

from typing import Literal


class PatellaError(Exception):
    """Base of all: ``str(error)`` says what happened, ``error.hint`` what to do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(PatellaError):
    """The caller asked for something that makes no sense."""


class QuestionError(UsageError):
    """The question is empty, or longer than is taken."""


class NotFound(UsageError):
    """There is no such document, version or page."""


class Withdrawn(NotFound):
    """The document was there, and was withdrawn for good."""


class Forbidden(UsageError):
    """The request does not carry the right to do what it asks for."""


class SignInNeeded(Forbidden):
    """Nobody is signed in, and no token was sent."""


class Outdated(UsageError):
    """What the request refers to has changed since."""


class Conflict(UsageError):
    """The request does not fit what is there now: done already, or an idempotency key used twice."""


class Unfit(UsageError):
    """A program's request does not fit the API's description; ``faults`` are (where, what)."""

    def __init__(
        self, message: str, *, hint: str = "", faults: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.faults = faults


class TooMany(UsageError):
    """The request goes over a limit of how often, or how many."""


class ReadError(PatellaError):
    """One source could not be read; the others go on."""


class Unsupported(ReadError):
    """There is no reader for this kind of file."""


class TooLarge(ReadError):
    """The source is over a limit of size."""


class Encrypted(ReadError):
    """The source needs a password."""


class Broken(ReadError):
    """The source is damaged or cut short."""


class NoText(ReadError):
    """There is nothing in the source to quote."""


class Barred(ReadError):
    """The source's content was withdrawn from the library, and is not taken in again."""


class Refused(ReadError):
    """A web address is not fetched, by its form or where it leads."""


class Unreachable(ReadError):
    """A web address gave no page: network, server (with its HTTP ``status``), or its robots.txt."""

    def __init__(self, message: str, *, hint: str = "", status: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class Missing(Unreachable):
    """The server says that there is no such page: for now (404) or for good (410)."""


class Lost(PatellaError):
    """A process gave no answer: it was ``late``, its answer too ``long``, it ``ended``, or is ``away``."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        how: Literal["late", "long", "ended", "away"] = "ended",
        code: int = 0,
    ) -> None:
        super().__init__(message, hint=hint)
        self.how = how
        self.code = code
        """What it ended with: an exit code, or a signal's number below zero."""


class LibraryError(PatellaError):
    """The library as a whole cannot be used."""


class NewerLibrary(LibraryError):
    """The library was made by a newer Patella."""


class Locked(LibraryError):
    """Another process is writing to the library."""


class Unwritable(LibraryError):
    """The library's folder cannot be written: read-only, or the disk is full."""


class IndexAway(LibraryError):
    """The server that keeps the index does not answer."""


class StoreAway(LibraryError):
    """The server that keeps the library does not answer."""


class Damaged(LibraryError):
    """Store and index disagree, and it could not be mended."""


class ModelError(PatellaError):
    """The embedding model is missing, or is not the one expected."""


class GeneratorError(PatellaError):
    """The generator, which is optional, cannot be used: the quotes stand by themselves."""


class RemoteError(PatellaError):
    """Another Patella that is asked over the network cannot be reached, or answers wrongly."""


class QuoteMismatch(PatellaError):
    """A quote differs from its stored source, so it is not shown."""


class Busy(PatellaError):
    """More is asked at once than can be answered: ask again in a moment."""


class ServeError(PatellaError):
    """The web server could not start."""
