"""Robots: what a site's robots.txt lets Patella fetch, by RFC 9309."""

from __future__ import annotations

from protego import Protego

from corpus.errors import ReadError, Refused, Unreachable
from ingest.web.fetch import Fetcher
from ingest.web.guard import Address

LIMIT = 512_000
"""Bytes of a robots.txt; RFC 9309 asks for at least 500 KiB."""


class Robots:
    """Asks each site once for its robots.txt, and keeps to it for as long as this object lives."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        # what robots.txt files name is the product, without its version
        self._name = fetcher.user_agent.split("/")[0].split()[0] if fetcher.user_agent else "*"
        self._rules: dict[str, Protego | Unreachable] = {}

    def permit(self, address: Address) -> None:
        """Raise Unreachable where a site does not want an address fetched, or cannot say; Refused."""
        rules = self._rules.get(address.origin)
        if rules is None:
            rules = self._rules[address.origin] = self._read(address)
            delay = rules.crawl_delay(self._name) if isinstance(rules, Protego) else None
            if delay:
                self._fetcher.slow_down(address, delay)
        if isinstance(rules, Unreachable):
            raise rules
        if not rules.can_fetch(str(address), self._name):
            raise Unreachable(
                f"The robots.txt of {address.host} does not let {self._name} fetch this page.",
                hint="Ask whoever runs the site, or save the page in a browser and add the file.",
            )

    def _read(self, address: Address) -> Protego | Unreachable:
        try:
            found = self._fetcher.get(f"{address.origin}/robots.txt", limit=LIMIT)
        except Refused:
            # what is wrong is not the robots.txt
            raise
        except ReadError as error:
            # RFC 9309: 4xx means that all is allowed; if the site cannot say, nothing is
            if isinstance(error, Unreachable) and 400 <= error.status < 500 and error.status != 429:
                return Protego.parse("")
            return Unreachable(
                f"The robots.txt of {address.host} could not be read, so nothing is fetched"
                f" from there. {error}",
                hint="It is tried again at the next run.",
            )
        return Protego.parse(found.data.decode("utf-8", "replace"))
