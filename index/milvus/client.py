"""One connection to a Milvus: errors in our words, tried again while it is away. Alone imports pymilvus."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from corpus.errors import IndexAway, LibraryError, Locked, UsageError

try:
    import pymilvus
    from grpc import RpcError
    from pymilvus.exceptions import MilvusException
except ImportError as missing:  # the extra is not installed
    raise UsageError(
        f"The index is to be kept in Milvus, and {missing.name} is not installed.",
        hint='Run: pip install "patella[milvus]", or set index_backend = "local".',
    ) from missing

logger = logging.getLogger(__name__)

PAUSES = (0.1, 0.4, 1.0, 2.5)
"""Seconds before a request is sent again while the server is away; then it is given up."""

_NOT_LOADED = 101
_NO_SUCH = frozenset({100, 1600})
"""No such collection, no such alias; Milvus Lite has the first for both."""
_AWAY = frozenset({1, 2, 26, 65})
"""Codes of pymilvus and of the server: unexpected end, no connection, not ready, limit of requests."""

_KEYS = 1_000
"""Primary keys in one request."""

MOST = 16_384
"""The most rows that one search may ask for, by Milvus's own limit."""

_RECONNECTING = {"grpc.initial_reconnect_backoff_ms": 100, "grpc.max_reconnect_backoff_ms": 1000}
"""gRPC refuses at once for up to two minutes after a server was away; PAUSES are to outlast that."""

Row = dict[str, Any]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Milvus is: a file of Milvus Lite, or the URL of a server, and how to get in."""

    uri: str
    token: str = field(default="", repr=False)
    database: str = ""
    ca_file: str = ""
    """A certificate authority that the server's TLS certificate is checked by; empty for the system's."""
    seconds: float = 10.0
    """The longest that one request is waited for."""

    @property
    def is_file(self) -> bool:
        """Whether Milvus Lite runs in this process."""
        return "://" not in self.uri


class Connection:
    """One connection, shared by threads; made at the first request.

    Every method raises IndexAway where the server cannot be reached or does not answer in time, after
    it was asked several times, Locked where another process has the file of Milvus Lite, and
    LibraryError for what else Milvus refuses.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._client: pymilvus.MilvusClient | None = None
        self._making = threading.Lock()
        # it writes a traceback for each error that is then raised, and told by us
        for name in ("pymilvus", "grpc._server"):
            logging.getLogger(name).setLevel(logging.CRITICAL)

    def close(self) -> None:
        """Let go of the connection; the next request makes another."""
        with self._making:
            client, self._client = self._client, None
        if client:
            client.close()

    # -- requests

    def search(
        self,
        collection: str,
        *,
        data: Any,
        field: str,
        limit: int,
        where: str,
        fields: Sequence[str],
        ef: int = 0,
        fresh: bool = False,
    ) -> list[Row]:
        """Return the best rows for one vector or text, each with its score as ``score``.

        BM25 scores of Milvus Lite come with their sign turned: they are told as they are meant.
        """
        found = self._ask(
            lambda client: client.search(
                collection,
                data=[data],
                anns_field=field,
                limit=min(limit, MOST),
                filter=where,
                output_fields=list(fields),
                search_params={"params": {"ef": max(ef, min(limit, MOST))}} if ef else {},
                consistency_level="Strong" if fresh else "Bounded",
                timeout=self.address.seconds,
            ),
            collection,
        )
        return [dict(hit["entity"]) | {"score": abs(float(hit["distance"]))} for hit in found[0]]

    def get(
        self, collection: str, *, keys: Sequence[str], fields: Sequence[str], fresh: bool = False
    ) -> list[Row]:
        """Return the rows with the primary keys named, those that are there, in no order."""
        found: list[Row] = []
        for start in range(0, len(keys), _KEYS):
            part = list(keys[start : start + _KEYS])
            found += self._ask(
                lambda client, part=part: client.query(  # type: ignore[misc]
                    collection,
                    # Lite knows no \u in a string
                    filter=f"key in {json.dumps(part, ensure_ascii=False)}",
                    output_fields=list(fields),
                    consistency_level="Strong" if fresh else "Bounded",
                    timeout=self.address.seconds,
                ),
                collection,
            )
        return list(map(dict, found))

    def rows(
        self, collection: str, *, where: str, fields: Sequence[str], fresh: bool = False
    ) -> list[Row]:
        """Return the rows that fit ``where``, MOST at the most, in no order."""
        found = self._ask(
            lambda client: client.query(
                collection,
                filter=where,
                output_fields=list(fields),
                limit=MOST,
                consistency_level="Strong" if fresh else "Bounded",
                timeout=self.address.seconds,
            ),
            collection,
        )
        return list(map(dict, found))

    def each(self, collection: str, *, where: str, fields: Sequence[str]) -> Iterator[Row]:
        """Give all rows that fit ``where``, in no order, however many they are."""
        pages = self._ask(
            lambda client: client.query_iterator(
                collection,
                batch_size=1000,
                filter=where,
                output_fields=list(fields),
                timeout=self.address.seconds * 3,
            ),
            collection,
        )
        try:
            while page := self._ask(lambda _: pages.next()):
                yield from map(dict, page)
        finally:
            pages.close()

    def count(self, collection: str, *, where: str) -> int:
        """Return how many rows fit ``where``, all that was written counted in."""
        found = self._ask(
            lambda client: client.query(
                collection,
                filter=where,
                output_fields=["count(*)"],
                consistency_level="Strong",
                timeout=self.address.seconds,
            ),
            collection,
        )
        return int(found[0]["count(*)"])

    def write(self, collection: str, rows: Sequence[Row], *, step: int = 500) -> None:
        """Put rows in, each in the place of the one with its key."""
        for start in range(0, len(rows), step):
            part = list(rows[start : start + step])
            self._ask(
                lambda client, part=part: client.upsert(  # type: ignore[misc]
                    collection, part, timeout=self.address.seconds * 3
                ),
                collection,
            )

    def delete(self, collection: str, *, where: str) -> None:
        """Take out the rows that fit ``where``."""
        self._ask(
            lambda client: client.delete(
                collection, filter=where, timeout=self.address.seconds * 3
            ),
            collection,
        )

    def settle(self, collection: str) -> None:
        """Have what was written sealed and kept."""
        self._ask(
            lambda client: client.flush(collection, timeout=self.address.seconds * 30), collection
        )

    # -- collections and aliases

    def collections(self) -> list[str]:
        """Return the names of all collections of the database."""
        return list(self._ask(lambda c: c.list_collections(timeout=self.address.seconds)))

    def create(self, name: str, schema: Any, indexes: Any) -> None:
        """Make a collection, loaded for searching."""
        self._ask(
            lambda client: client.create_collection(
                name,
                schema=schema,
                index_params=indexes,
                consistency_level="Bounded",
                timeout=self.address.seconds * 3,
            )
        )

    def drop(self, name: str) -> None:
        """Remove a collection with its aliases; one that is not there is removed already."""
        for alias in self.aliases(name):
            self.unalias(alias)
        self._ask(lambda client: client.drop_collection(name, timeout=self.address.seconds))

    def aliases(self, collection: str) -> list[str]:
        """Return the aliases of a collection; none for one that is not there."""
        try:
            found = self._ask(lambda c: c.list_aliases(collection, timeout=self.address.seconds))
        except _NoSuch:
            return []
        return list(found.get("aliases", ()))

    def alias(self, alias: str, collection: str) -> None:
        """Have ``alias`` name ``collection``, in the place of what it named."""

        def point(client: pymilvus.MilvusClient) -> None:
            try:
                client.alter_alias(collection, alias, timeout=self.address.seconds)
            except MilvusException as error:
                if error.code not in _NO_SUCH:
                    raise
                client.create_alias(collection, alias, timeout=self.address.seconds)

        self._ask(point)

    def unalias(self, alias: str) -> None:
        """Take an alias away."""
        self._ask(lambda client: client.drop_alias(alias, timeout=self.address.seconds))

    def named(self, alias: str) -> str:
        """Return the collection that an alias names; empty where there is no such alias."""
        try:
            found = self._ask(lambda c: c.describe_alias(alias, timeout=self.address.seconds))
        except _NoSuch:
            return ""
        return str(found.get("collection_name", ""))

    # -- trying

    def _ask(self, do: Callable[[pymilvus.MilvusClient], _T], collection: str = "") -> _T:
        for pause in (*PAUSES, None):
            try:
                return do(self._connected())
            except MilvusException as error:
                if error.code == _NOT_LOADED and collection and pause is not None:
                    # a server that was started again has its collections on disk alone
                    self._load(collection)
                    continue
                if error.code in _NO_SUCH:
                    raise _NoSuch(error.message, hint="Run: patella doctor --mend") from error
                if error.code not in _AWAY:
                    raise LibraryError(
                        f"Milvus refuses: {error.message.strip().splitlines()[0][:300]}.",
                        hint=f"See the log of the Milvus at {self.address.uri}.",
                    ) from error
                failed: Exception = error
            except RpcError as error:
                failed = error
            if pause is None:
                break
            logger.info("Milvus does not answer (%s); asking again.", failed)
            self.close()
            time.sleep(pause)
        raise self._away(failed) from failed

    def _load(self, collection: str) -> None:
        try:
            self._connected().load_collection(collection, timeout=self.address.seconds * 6)
        except (MilvusException, RpcError) as error:
            raise self._away(error) from error

    def _away(self, error: Exception) -> IndexAway:
        said = getattr(error, "message", "") or str(error)
        return IndexAway(
            f"The Milvus at {self.address.uri} does not answer: {said}.",
            hint="Start it, or look whether index_uri and index_token are right.",
        )

    def _connected(self) -> pymilvus.MilvusClient:
        with self._making:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> pymilvus.MilvusClient:
        at = self.address
        if at.is_file:
            Path(at.uri).parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {"timeout": at.seconds, "grpc_options": _RECONNECTING}
        if at.token:
            options["token"] = at.token
        if at.database:
            options["db_name"] = at.database
        if at.ca_file:
            options["server_pem_path"] = at.ca_file
        try:
            return pymilvus.MilvusClient(at.uri, **options)
        except MilvusException as error:
            if at.is_file:
                raise Locked(
                    f"The index file {at.uri} cannot be opened: another process may have it, since a"
                    " file of Milvus Lite serves one process.",
                    hint="End that process, or start a server for several: milvus-lite server",
                ) from error
            raise


class _NoSuch(LibraryError):
    """There is no such collection or alias."""


_made: dict[Address, Connection] = {}
_making = threading.Lock()


def connect(address: Address) -> Connection:
    """Return this process's connection to a Milvus: one each, since Milvus Lite opens a file once."""
    with _making:
        return _made.setdefault(address, Connection(address))
