"""Web sources of a library: added, and looked at again, before the pipeline reads what was fetched."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corpus.errors import ReadError, Refused, UsageError
from corpus.files import WEB_KINDS, Source
from ingest.opening import Opener
from ingest.reports import FileReport
from ingest.web.collect import Collector
from ingest.web.fetch import Fetcher, Limits
from ingest.web.guard import Guard, Rules, parse
from patella.engine import Engine
from patella.settings import Settings


def is_web_address(target: str) -> bool:
    """Tell whether a target of the command line is meant as a web address."""
    return "://" in target.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]


def make_fetcher(settings: Settings) -> Fetcher:
    """Return the fetcher that the settings describe. Raises UsageError where allowed_hosts has no host."""
    try:
        guard = Guard(Rules(settings.allowed_hosts, settings.allowed_ports))
    except Refused as error:
        raise UsageError(
            f"The setting allowed_hosts cannot be used: {error}",
            hint="Its entries are host or host:port, such as wiki.example:8080.",
        ) from error
    return Fetcher(
        guard,
        user_agent=settings.user_agent,
        limits=Limits(
            seconds=settings.web_seconds,
            size=settings.web_megabytes * 1_000_000,
            delay=settings.web_delay,
        ),
    )


class WebDesk:
    """Brings a library's web sources up to what their servers say; nothing is read or published here."""

    def __init__(
        self,
        engine: Engine,
        opener: Opener,
        *,
        told: Callable[[str], None] | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        self._store = engine.store
        self._collector = Collector(
            pages=engine.store.pages,
            originals=engine.originals,
            opener=opener,
            fetcher=fetcher or make_fetcher(engine.settings),
            most_pages=engine.settings.web_pages,
            told=told,
        )

    def add(self, target: str) -> Source | FileReport:
        """Fetch an address and keep it as a source: a page, a sitemap or a feed, as its content tells.

        An address that gives nothing is reported and not kept. One that is known is looked at again.
        """
        try:
            address = str(parse(target))
            known = self._known(address)
            if known:
                self.look([known])
                return known
            first = self._collector.first(address)
        except ReadError as error:
            return FileReport(target, "failed", target, reason=str(error), hint=error.hint)
        source = self._store.files.add(first.kind, address)
        self._collector.look(source, first=first)
        pages = self._store.pages.list(source.id)
        if any(page.sha256 for page in pages):
            return source
        self._store.files.remove(source.id)
        fault = next((page for page in pages if page.reason), None)
        reason = fault.reason if fault else "It lists no pages."
        return FileReport(target, "failed", target, reason=reason, hint=fault.hint if fault else "")

    def _known(self, address: str) -> Source | None:
        """Return the source of an address; a page that was left out of one is taken in again."""
        sources = {source.id: source for source in self._store.files.list()}
        for source_id, path in self._store.files.excluded():
            if path == address and sources[source_id].kind in WEB_KINDS:
                self._store.files.include(source_id, path)
                return sources[source_id]
        return next((s for s in sources.values() if s.address == address), None)

    def add_given(self, data: bytes, *, name: str) -> Source:
        """Keep bytes that came on standard input as a source of their own, named ``name``."""
        source = self._store.files.add("stdin", name)
        self._collector.keep(source, data, name=name)
        return source

    def look(self, sources: Sequence[Source], *, fresh: bool = False) -> None:
        """Look again at those of ``sources`` that are on the web."""
        excluded = self._store.files.excluded()
        for source in sources:
            if source.kind in WEB_KINDS:
                without = frozenset(path for owner, path in excluded if owner == source.id)
                self._collector.look(source, fresh=fresh, without=without)
