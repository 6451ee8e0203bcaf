"""Sharing answers of one library: making receipts, opening them, and letting them end."""

from __future__ import annotations

import datetime as dt
import logging

from answer.receipt import OpenedReceipt, Shelf, examine, keep
from corpus.errors import LibraryError, NotFound
from corpus.receipts import Receipt
from corpus.records import Answer, Document
from patella.engine import Engine
from webapp.present import citation

logger = logging.getLogger(__name__)

_ISO = "%Y-%m-%dT%H:%M:%SZ"


class ReceiptDesk:
    """Makes, opens and deletes the receipts of an engine's library.

    One that was not opened for the setting's days ends; 0 days keeps them for ever.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._receipts = engine.store.receipts
        self._days = engine.settings.receipt_days
        self._most = engine.settings.receipt_limit

    def make(self, answer: Answer) -> tuple[Receipt, str]:
        """Keep an answer; return its receipt, and the key that deletes it.

        Raises LibraryError, and UsageError where it is too large.
        """
        self._expire()
        generation = self._engine.generation()
        made, key = self._receipts.put(keep(answer, generation, cite=citation), most=self._most)
        return made, key

    def open(self, receipt_id: str) -> OpenedReceipt:
        """Open a receipt and hold it against the library as it is now. Raises NotFound."""
        self._expire()
        receipt = self._receipts.get(receipt_id)
        try:
            if receipt.opened_at[:10] != _now().strftime(_ISO)[:10]:
                self._receipts.opened(receipt_id)
        except LibraryError as error:
            # a library that cannot be written can still be read
            logger.warning("%s", error)
        return examine(receipt, self._shelf())

    def delete(self, receipt_id: str, key: str) -> None:
        """Delete a receipt by its key. Raises NotFound, Forbidden."""
        self._receipts.delete(receipt_id, key)

    def secret(self) -> bytes:
        """Return the key that forms are signed with."""
        return self._receipts.secret()

    def _expire(self) -> None:
        if not self._days:
            return
        try:
            self._receipts.expire((_now() - dt.timedelta(days=self._days)).strftime(_ISO))
        except LibraryError as error:
            logger.warning("%s", error)

    def _shelf(self) -> Shelf:
        store, generation = self._engine.store, self._engine.generation().id

        def held(document_id: str) -> Document | None:
            try:
                return store.document(document_id, generation=generation)
            except NotFound:
                return None

        return Shelf(generation, store.span, store.version, held, lambda v: store.text(v)[0])


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
