"""Opening: what lists other things (archives, sitemaps, feeds) is opened in a process of its own.

It is the sandbox (``ingest/sandbox.py``) for what has to be looked into before there is a file to
read. The process is started when there is something to open, and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from corpus.errors import Broken, LibraryError, Lost, ReadError, TooLarge
from ingest import frames
from ingest.archive import MEMBER_LIMIT, UNPACK_HINT, Contents, Member
from ingest.child import Child, code_in_words
from ingest.formats.package import is_safe
from ingest.kinds import PDF_LIMIT
from ingest.opening_worker import RAW, answering
from ingest.sandbox import NO_SANDBOX
from ingest.web.listing import KINDS, Entry, Kind, Listing, may_list
from ingest.web.page import names_one

SECONDS = 60.0
"""To open an archive, to unpack one file of it, or to parse a listing; ``read_seconds`` may be less."""
MEGABYTES = 2_000
MOST_OUTPUT = MEMBER_LIMIT + 1_000_000
LISTING_HINT = "Tell whoever runs the site, or add its pages by their addresses."
_NO_SENSE = (ValueError, TypeError, LookupError, AttributeError)
_Key = tuple[str, int, int]


class Opener:
    """Opens archives and listings. For one thread; to be closed, or used in a ``with`` statement.

    Not ``apart``, or where no process can be started (``told`` says so once), all is done in this
    process without limits on time and memory. Whatever is opened, ReadError says what is wrong with it;
    LibraryError where a process could be started before, and cannot any more.
    """

    def __init__(
        self,
        *,
        seconds: float = SECONDS,
        megabytes: int = MEGABYTES,
        told: Callable[[str], None] | None = None,
        apart: bool = True,
    ) -> None:
        self._seconds = seconds
        self._megabytes = megabytes
        self._told = told
        self._apart = apart
        self._child: Child | None = None
        self._worked = False
        self._here = answering()
        self._held: _Key | None = None
        self._seen: dict[_Key, Contents | ReadError | None] = {}

    def close(self) -> None:
        """End the process."""
        if self._child:
            self._child.kill()
        self._child = self._held = None

    def __enter__(self) -> Opener:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def look_into(self, path: Path) -> Contents | None:
        """Tell what a ZIP file holds, or None where it is a document itself; each is opened once."""
        key = _key(path)
        if key not in self._seen:
            try:
                self._seen[key] = self._opened(path, key)
            except ReadError as error:
                self._seen[key] = error
        found = self._seen[key]
        if isinstance(found, ReadError):
            raise found
        return found

    def read_member(self, path: Path, member: str) -> bytes:
        """Return the bytes of a file in an archive."""
        key = _key(path)
        if self._held != key or (self._child and not self._child.runs()):
            self._opened(path, key)
        body = self._ask(["member", member], b"", hint=UNPACK_HINT)
        if not body.startswith(RAW):
            raise _no_sense(UNPACK_HINT)
        return body[len(RAW) :]

    def kind(self, data: bytes) -> Kind:
        """Tell by its content whether something fetched is a sitemap, a feed, or a page."""
        if not may_list(data):
            return "page"
        try:
            said = self._told_of(["kind"], data)
        except ReadError:
            return "page"
        return KINDS[said] if isinstance(said, str) and said in KINDS else "page"

    def sitemap(self, data: bytes, *, base: str) -> Listing:
        """Read a sitemap or a sitemap index that was fetched from ``base``."""
        return self._listing("sitemap", data, base)

    def feed(self, data: bytes, *, base: str) -> Listing:
        """Read an RSS or Atom feed that was fetched from ``base``."""
        return self._listing("feed", data, base)

    def named(self, data: bytes) -> frozenset[str]:
        """Return the addresses that an HTML page names as its own; none where it cannot be told."""
        if not names_one(data):
            return frozenset()
        try:
            return frozenset(str(one) for one in self._told_of(["named"], data))
        except (ReadError, *_NO_SENSE):
            return frozenset()

    def _listing(self, what: str, data: bytes, base: str) -> Listing:
        raw = self._told_of([what, base], data)
        try:
            entries, sitemaps = raw
            return Listing(
                tuple(Entry(str(address), str(modified)) for address, modified in entries),
                tuple(str(address) for address in sitemaps),
            )
        except _NO_SENSE as error:
            raise _no_sense(LISTING_HINT) from error

    def _opened(self, path: Path, key: _Key) -> Contents | None:
        self._held = None
        if key[1] > PDF_LIMIT:
            raise TooLarge(
                f"It has {key[1] / 1e6:.0f} MB, over the limit of {PDF_LIMIT / 1e6:.0f} MB.",
                hint="Split it into smaller archives.",
            )
        try:
            data = path.read_bytes()
        except OSError as error:
            raise _unreadable(error) from error
        raw = self._told_of(["open"], data, hint=UNPACK_HINT)
        self._held = key
        try:
            return None if raw is None else _contents(raw)
        except _NO_SENSE as error:
            raise _no_sense(UNPACK_HINT) from error

    def _told_of(self, what: list[str], data: bytes, *, hint: str = LISTING_HINT) -> Any:
        body = self._ask(what, data, hint=hint)
        try:
            raw = frames.load(body)
            frames.raise_error(raw)
        except _NO_SENSE as error:
            raise _no_sense(hint) from error
        return raw

    def _ask(self, what: list[str], data: bytes, *, hint: str) -> bytes:
        asked = [frames.dump(what), data]
        child = self._process()
        if child is None:
            return self._here(asked)
        try:
            body = child.ask(*asked, seconds=self._seconds, most=MOST_OUTPUT)
        except Lost as error:
            raise self._lost(error, hint) from error
        if body.startswith(b'{"error"'):
            try:
                frames.raise_error(frames.load(body))
            except _NO_SENSE as error:
                raise _no_sense(hint) from error
        return body

    def _process(self) -> Child | None:
        if not self._apart:
            return None
        if self._child and self._child.runs():
            return self._child
        self.close()
        self._child = self._start()
        if self._child is None and self._worked:
            raise LibraryError(
                "No process to open archives and listings in could be started.",
                hint="Free some memory; then: patella index",
            )
        if self._child is None:
            self._apart = False
            if self._told:
                self._told(NO_SANDBOX)
        return self._child

    def _start(self) -> Child | None:
        try:
            child = Child("ingest.opening_worker")
        except OSError:
            return None
        if child.begin({"megabytes": self._megabytes, "seconds": self._seconds}):
            self._worked = True
            return child
        child.kill()
        return None

    def _lost(self, error: Lost, hint: str) -> ReadError:
        """Tell in words why nothing was answered."""
        if error.how == "late":
            return TooLarge(
                f"Opening it took longer than {self._seconds:g} seconds and was stopped.", hint=hint
            )
        if error.how == "long":
            return TooLarge(f"It unpacks to more than {MOST_OUTPUT / 1e6:,.0f} MB.", hint=hint)
        ended = code_in_words(error.code)
        return Broken(
            f"It ended the process that opened it ({ended}): it is damaged, or takes more memory"
            " than it is given.",
            hint=hint,
        )


def _contents(raw: Any) -> Contents:
    """Return what an answer tells of an archive. Raises what ``_NO_SENSE`` names."""
    members, skipped, nested = raw
    names = [*(path for path, _ in members), *skipped, *nested]
    if not all(isinstance(name, str) and is_safe(name) for name in names):
        raise ValueError("no names of files")
    return Contents(
        tuple(Member(path, int(size)) for path, size in members), tuple(skipped), tuple(nested)
    )


def _key(path: Path) -> _Key:
    """Return what changes when an archive does."""
    try:
        stat = path.stat()
    except OSError as error:
        raise _unreadable(error) from error
    return str(path), stat.st_size, stat.st_mtime_ns


def _unreadable(error: OSError) -> ReadError:
    return ReadError(
        f"It cannot be read: {error.strerror}.", hint="Check that you may open the file."
    )


def _no_sense(hint: str) -> Broken:
    return Broken(
        "What opened it gave no sense: it is damaged, or made to do harm.",
        hint=hint,
    )
