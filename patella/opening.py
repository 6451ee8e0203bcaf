"""Opening a library file, and a generation's index, which is made again where it cannot be."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from answer.token_cache import TokenCache
from corpus.database import Database, translated
from corpus.errors import Damaged, UsageError
from corpus.kept_tokens import KeptTokens
from corpus.originals import Originals
from corpus.records import Generation
from corpus.store import Store
from corpus.vectors import VectorStore
from index.embed import Encoder
from index.generation import folder_name
from index.search import Index, Searcher
from index.stemmers import stemmers_of
from patella.locks import hold_library
from patella.settings import Settings

if TYPE_CHECKING:
    from corpus.accounts import Accounts
    from index.build import Builder
    from index.milvus.client import Connection
    from index.milvus.layout import Names

logger = logging.getLogger(__name__)


def open_store(settings: Settings) -> Store:
    """Open the library; one whose file is gone is not taken for a new one.

    Raises Damaged; StoreAway where a server keeps it and does not answer.
    """
    if settings.store_url:
        return Store(open_postgres(settings))
    with translated(settings.library_file):
        gone = not settings.library_file.exists()
        lost = gone and any(settings.originals_dir.glob("??/*"))
    if lost:
        raise Damaged(
            f"The library file {settings.library_file} is missing, though documents' files are there.",
            hint="Move the folder away, then: patella restore BACKUP. Or choose another --data-dir.",
        )
    return Store(settings.library_file)


def open_postgres(settings: Settings, part: str = "") -> Database:
    """Open what a server keeps: the library, or ``part`` of it that has a schema of its own.

    Raises NewerLibrary, StoreAway, Unwritable, UsageError.
    """
    from corpus import postgres, postgres_schema  # noqa: PLC0415  (an extra)

    name = f"{settings.store_schema}_{part}" if part else settings.store_schema
    address = postgres.Address(settings.store_url, name, settings.store_seconds)
    return postgres.open_postgres(address, postgres_schema.PARTS[part])


def open_originals(settings: Settings) -> Originals:
    """Open the original files, in the data directory or where the settings say. Raises UsageError."""
    if not settings.originals_url:
        return Originals(settings.originals_dir)
    from corpus.shared_originals import SharedOriginals  # noqa: PLC0415  (an extra)

    return SharedOriginals(settings.originals_dir, settings.originals_url)


def open_vectors(settings: Settings, encoder: Encoder) -> VectorStore:
    """Open the vectors of the encoder's model. Raises Damaged."""
    where = open_postgres(settings, "vectors") if settings.store_url else settings.vectors_file
    return VectorStore(where, model=encoder.identity, dimension=encoder.dimension)


def open_accounts(settings: Settings) -> Accounts:
    """Open the accounts, which are kept where the library is."""
    from corpus.accounts import Accounts  # noqa: PLC0415  (a question needs no hashing of passwords)

    where = open_postgres(settings, "accounts") if settings.store_url else settings.accounts_file
    return Accounts(where)


def open_tokens(settings: Settings, encoder: Encoder) -> TokenCache:
    """Open the token vectors of sentences, kept in a file as far as the settings let them."""
    limit = settings.token_megabytes * 1_000_000
    kept = KeptTokens(settings.tokens_file, limit=limit) if limit else None
    return TokenCache(encoder, kept=kept)


def make_builder(settings: Settings, store: Store, encoder: Encoder) -> Builder:
    """Return what publishes a library's generations, where the settings say. Raises UsageError."""
    from index.build import Builder  # noqa: PLC0415  (a question starts quicker without)

    vectors = open_vectors(settings, encoder)
    if settings.index_backend == "local":
        return Builder(store=store, vectors=vectors, encoder=encoder, root=settings.index_dir)
    from index.milvus.builder import MilvusBuilder  # noqa: PLC0415  (an extra)

    connection, names = _milvus(settings, store, encoder.identity)
    return MilvusBuilder(
        store=store, vectors=vectors, encoder=encoder, connection=connection, names=names
    )


def _milvus(settings: Settings, store: Store, model: str) -> tuple[Connection, Names]:
    """Return this process's connection and what the library is called there. Raises UsageError."""
    from index.milvus.client import Address, connect  # noqa: PLC0415  (an extra)
    from index.milvus.layout import Names  # noqa: PLC0415

    try:
        names = Names(settings.index_name or store.name(), model)
    except ValueError as error:
        raise UsageError(
            f"The setting index_name cannot be {settings.index_name!r}.",
            hint="It has letters, digits, - and _ alone, 48 at the most.",
        ) from error
    address = Address(
        settings.index_uri or str(settings.milvus_file),
        settings.index_token,
        settings.index_database,
        settings.index_ca_file,
        settings.index_seconds,
    )
    return connect(address), names


def find_index(
    wanted: Generation, *, settings: Settings, store: Store, before: Index | None = None
) -> Index:
    """Open the index of ``wanted`` as it is. Raises Damaged, NewerLibrary, IndexAway, UsageError."""
    if settings.index_backend == "local":
        folder = settings.index_dir / folder_name(wanted.id)
        held = before if isinstance(before, Searcher) else None
        return Searcher(folder, generation=wanted, before=held)
    from index.milvus.searcher import MilvusSearcher  # noqa: PLC0415  (an extra)

    connection, names = _milvus(settings, store, wanted.model)
    stemmers = stemmers_of(store.working.languages_of(wanted.id))
    return MilvusSearcher(connection, names, wanted, stemmers=stemmers)


def open_index(
    wanted: Generation,
    *,
    settings: Settings,
    store: Store,
    builder: Callable[[], Builder],
    before: Index | None = None,
) -> Index:
    """Open the index of ``wanted``; a missing, torn or foreign one is made again first.

    What it has in common with ``before``, which is open, is not opened again.

    Raises Locked where it must be made again and another process is changing the library.
    """
    try:
        return find_index(wanted, settings=settings, store=store, before=before)
    except Damaged as error:
        found = error
    busy = "The index must be made again, and another process is changing this library"
    # an index in files is this machine's own
    everywhere = store if settings.index_backend != "local" else None
    with hold_library(settings, everywhere, busy=busy, hint="Try again in a moment."):
        try:
            # whoever held the lock may have made it meanwhile
            return find_index(wanted, settings=settings, store=store)
        except Damaged:
            logger.warning("%s Making it again from the stored vectors.", found)
        builder().rebuild(wanted)
        return find_index(wanted, settings=settings, store=store)
