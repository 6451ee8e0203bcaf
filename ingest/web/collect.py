"""Collecting: a web source is looked at, and what its pages are now is recorded in the library."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from corpus.errors import Missing, ReadError, Unreachable
from corpus.files import Source
from corpus.originals import Originals
from corpus.pages import Page, Pages
from ingest.opening import Opener
from ingest.web.fetch import Fetched, Fetcher
from ingest.web.guard import parse
from ingest.web.listing import Entry, Kind, Listing
from ingest.web.page import canonical, charset, file_name
from ingest.web.robots import Robots

LOOKS_BEFORE_GONE = 2
"""A page that is missing (404) at so many looks in a row is removed."""
MOST_SITEMAPS = 500
DEEPEST = 3
"""A sitemap index may name another one, so many times over."""
TRUSTED_FOR = timedelta(days=7)
"""So long a sitemap's word that a page has not changed is taken for it."""

Told = Callable[[str], None]
"""Is told each address that is fetched."""


@dataclass(frozen=True, slots=True)
class First:
    """What was found at a web address when it was first fetched, and what sort of source it is."""

    kind: Kind
    fetched: Fetched


class Collector:
    """Looks at web sources: fetches what may have changed, and records what it saw.

    The bytes go to the originals, where the pipeline reads them as it reads files. Nothing is
    removed because of a fault of network or server.
    """

    def __init__(
        self,
        *,
        pages: Pages,
        originals: Originals,
        fetcher: Fetcher,
        opener: Opener,
        most_pages: int = 2_000,
        clock: Callable[[], float] = time.time,
        told: Told | None = None,
    ) -> None:
        self._pages = pages
        self._originals = originals
        self._fetcher = fetcher
        self._opener = opener
        self._permit = Robots(fetcher).permit
        self._most = most_pages
        self._clock = clock
        self._told = told or (lambda _: None)
        self._paths: dict[str, str] = {}

    def first(self, address: str) -> First:
        """Fetch an address that is not a source yet. Raises Refused, Unreachable, TooLarge, Broken."""
        self._told(address)
        fetched = self._fetcher.get(address, permit=self._permit)
        return First(self._opener.kind(fetched.data), fetched)

    def look(
        self,
        source: Source,
        *,
        first: First | None = None,
        fresh: bool = False,
        without: frozenset[str] = frozenset(),
    ) -> None:
        """Look at a source and all of its pages.

        ``first`` spares fetching what was fetched already; ``fresh`` fetches pages though they
        seem unchanged; ``without`` are paths that an editor left out, which are not fetched.
        """
        known = {page.address: page for page in self._pages.list(source.id)}
        self._paths = {page.path: page.address for page in known.values()}
        if source.kind == "page":
            entries: Iterable[Entry] = (Entry(source.address),)
        else:
            entries = self._listed(source, known.get(source.address), first)
            first = None
        listed = {entry.address: entry for entry in entries}
        for address, page in known.items():
            # what a listing no longer names stays for as long as it is there
            if page.state not in ("listing", "gone"):
                listed.setdefault(address, Entry(address, "?"))
        for entry in listed.values():
            page_before = known.get(entry.address)
            if page_before and page_before.path in without:
                continue
            if fresh or not self._trusted(entry, page_before):
                self._look(source, entry, page_before, first.fetched if first else None, fresh)

    def keep(self, source: Source, data: bytes, *, name: str) -> None:
        """Record bytes that were given, not fetched, as the one page of a source."""
        known = {page.address: page for page in self._pages.list(source.id)}.get(name)
        blank = Page(source.id, name, path=name, name=name)
        self._pages.put(self._with_data(known or blank, data))

    # -- listings

    def _listed(self, source: Source, before: Page | None, first: First | None) -> list[Entry]:
        """Return what a sitemap or feed lists now, and record how reading it went."""
        page = before or Page(source.id, source.address, source.address, "", state="listing")
        seen = replace(page, state="listing", reason="", hint="", checked_at=self._now())
        try:
            found = self._listing(source, first.fetched if first else self._get(source.address))
        except ReadError as error:
            reason = f"It could not be read. {error}"
            hint = f"{error.hint} Its known pages were looked at all the same.".strip()
            self._pages.put(replace(seen, reason=reason, hint=hint))
            return []
        entries, notes = self._within(source, found)
        if notes:
            seen = replace(
                seen, reason=" ".join(notes), hint="Add the ones that you want by address."
            )
        self._pages.put(seen)
        return entries

    def _get(self, address: str) -> Fetched:
        self._told(address)
        return self._fetcher.get(address, permit=self._permit)

    def _listing(self, source: Source, fetched: Fetched) -> tuple[list[Entry], list[str]]:
        if source.kind == "feed":
            return list(self._opener.feed(fetched.data, base=fetched.address).entries), []
        return self._sitemap(self._opener.sitemap(fetched.data, base=fetched.address))

    def _sitemap(self, top: Listing) -> tuple[list[Entry], list[str]]:
        """Follow a sitemap index. One of its sitemaps that cannot be read is told, and the rest read."""
        entries = list(top.entries)
        notes: list[str] = []
        waiting = [(address, 1) for address in top.sitemaps]
        done: set[str] = set()
        while waiting:
            address, depth = waiting.pop(0)
            if address in done:
                continue
            if len(done) >= MOST_SITEMAPS or depth > DEEPEST:
                notes.append("It names more sitemaps than are read.")
                break
            done.add(address)
            try:
                fetched = self._get(address)
                found = self._opener.sitemap(fetched.data, base=fetched.address)
            except ReadError as error:
                notes.append(f"Its sitemap {address} could not be read. {error}")
                continue
            entries += found.entries
            waiting += [(inner, depth + 1) for inner in found.sitemaps]
            if len(entries) > self._most:
                break
        return entries, notes

    def _within(
        self, source: Source, found: tuple[list[Entry], list[str]]
    ) -> tuple[list[Entry], list[str]]:
        """Keep the entries that are taken: a sitemap's own host, and no more than the limit."""
        entries: dict[str, Entry] = {}
        notes = list(found[1])
        strangers = 0
        host = parse(source.address).host
        for entry in found[0]:
            try:
                address = parse(entry.address)
            except ReadError:
                strangers += 1
                continue
            # by the protocol a sitemap speaks for its own host; a feed may name any
            if source.kind == "sitemap" and address.host != host:
                strangers += 1
                continue
            entries.setdefault(str(address), Entry(str(address), entry.modified))
        if strangers:
            notes.append(f"{strangers} of the addresses that it lists are no pages of {host}.")
        kept = list(entries.values())
        if len(kept) > self._most:
            notes.append(
                f"It lists more than {self._most:,} pages, of which the first {self._most:,}"
                " are read (the setting web_pages)."
            )
        if not kept:
            notes.append("It lists no pages.")
        return kept[: self._most], notes

    # -- pages

    def _trusted(self, entry: Entry, page: Page | None) -> bool:
        """Tell whether a sitemap says that a page is as it was, and was believed not too long ago."""
        if page is None or page.state != "here" or not entry.modified or entry.modified == "?":
            return False
        if page.listed_modified != entry.modified:
            return False
        looked = datetime.fromisoformat(page.checked_at)
        return self._time() - looked < TRUSTED_FOR

    def _look(
        self,
        source: Source,
        entry: Entry,
        before: Page | None,
        first: Fetched | None,
        fresh: bool,
    ) -> None:
        """Look at one page and record what was seen."""
        address = entry.address
        page = before or Page(source.id, address, path=address, name="")
        lost = not page.sha256 or self._originals.check(frozenset({page.sha256}))
        marked = Page(source.id, address, "", "") if fresh or lost else page
        try:
            if first is None:
                self._told(address)
                first = self._fetcher.get(
                    address,
                    permit=self._permit,
                    etag=marked.etag,
                    last_modified=marked.last_modified,
                )
        except Missing as error:
            self._pages.put(self._missing(page, error))
            return
        except ReadError as error:
            self._pages.put(self._failed(page, str(error), error.hint))
            return
        if first.unchanged:
            seen = self._here(page)
        else:
            seen = self._got(page, first)
        modified = "" if entry.modified == "?" else entry.modified
        self._pages.put(replace(seen, listed_modified=modified))

    def _got(self, page: Page, fetched: Fetched) -> Page:
        marked = replace(
            page,
            etag=fetched.etag,
            last_modified=fetched.last_modified,
            name=file_name(fetched.address, fetched.content_type),
            charset=charset(fetched.content_type),
        )
        seen = self._with_data(marked, fetched.data)
        # two pages that name one canonical address are told apart by their own: none is lost
        own = canonical(self._opener.named(fetched.data), address=fetched.address)
        for path in (own, fetched.address, page.address):
            if self._paths.get(path, page.address) == page.address:
                self._paths[path] = page.address
                return replace(seen, path=path)
        return seen

    def _with_data(self, page: Page, data: bytes) -> Page:
        sha = self._originals.put(data)
        changed = page.changed_at if sha == page.sha256 else self._now()
        return self._here(replace(page, sha256=sha, size=len(data), changed_at=changed))

    def _here(self, page: Page) -> Page:
        return replace(page, checked_at=self._now(), missing=0, state="here", reason="", hint="")

    def _missing(self, page: Page, error: Unreachable) -> Page:
        """Count a look that found no page; the policy is told in docs/sources.md."""
        if not page.sha256:
            return self._failed(page, str(error), error.hint)
        missing = page.missing + 1
        if error.status == 410 or missing >= LOOKS_BEFORE_GONE:
            return replace(page, state="gone", missing=missing, reason=str(error))
        hint = "Its document stays for now. If the page is missing at the next look too, it is removed."
        return replace(self._failed(page, str(error), hint), missing=missing)

    def _failed(self, page: Page, reason: str, hint: str) -> Page:
        if page.sha256 and "stays" not in hint:
            hint = f"{hint} What was read before stays in the library.".strip()
        return replace(page, state="failed", reason=reason, hint=hint)

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _now(self) -> str:
        return self._time().strftime("%Y-%m-%dT%H:%M:%SZ")
