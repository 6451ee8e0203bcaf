"""What a library in PostgreSQL has beyond the contract of both stores: its format, its turns, its server."""

from __future__ import annotations

import re
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import Locked, NewerLibrary, PatellaError, StoreAway, UsageError
from corpus.migrations import MIGRATIONS
from corpus.postgres import Address, open_postgres, statement_of
from corpus.postgres_schema import LIBRARY, Part
from corpus.store import Store
from corpus.viewed import store_at, store_with
from tests.library_helpers import put
from tests.postgres_helpers import Server, cluster
from tests.test_corpus_generations import publish


def opened(address: Address) -> Store:
    return Store(open_postgres(address))


def test_a_statement_of_sqlite_as_psycopg_takes_it() -> None:
    said = "SELECT '?:x%', \"a:b\" FROM t CROSS JOIN main.u ON a = ? AND b = :name AND temp.c = 1"
    assert statement_of(said, "lib") == (
        'SELECT \'?:x%%\', "a:b" FROM t JOIN "lib".u ON a = %s AND b = %(name)s AND pg_temp.c = 1'
    )


def test_both_stores_have_one_format_with_the_same_tables_and_columns(
    postgres: Server, tmp_path: Path
) -> None:
    assert LIBRARY.newest == len(MIGRATIONS)
    store = opened(postgres.address())
    with store.transaction() as db:
        found = db.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema ORDER BY table_name, ordinal_position"
        ).fetchall()
    store.close()
    Store(tmp_path / "library.db").close()
    file = sqlite3.connect(tmp_path / "library.db")
    tables = file.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    ours = {
        name: [row[1] for row in file.execute(f"PRAGMA table_info({name})")]
        for (name,) in tables
        if not name.startswith("sqlite_")
    }
    theirs: dict[str, list[str]] = {}
    for table, column in found:
        theirs.setdefault(table, []).append(column)
    assert theirs.pop("format") == ["number"]
    assert theirs == ours


def test_two_stores_of_the_same_documents_have_one_digest(postgres: Server, tmp_path: Path) -> None:
    stores = Store(tmp_path / "library.db"), opened(postgres.address())
    for store in stores:
        put(store, "a.md", "Sitting hurts.", "Ä knee, 膝.", title="Über sitting")
        put(store, "b.md", "Bees fly.")
        publish(store)
        put(store, "c.md", "Stairs hurt.")
    file, server = stores
    assert file.working_digest() == server.working_digest()
    assert [d.id for d in file.documents(1)] == [d.id for d in server.documents(1)]
    assert list(file.working_passages()) == list(server.working_passages())
    for store in stores:
        store.close()


def test_a_newer_format_is_refused_and_left_alone(postgres: Server) -> None:
    address = postgres.address()
    store = opened(address)
    with store.transaction() as db:
        db.execute("UPDATE format SET number = 99")
    with pytest.raises(
        NewerLibrary, match=f"format 99, and this Patella reads up to {LIBRARY.newest}"
    ):
        opened(address)
    with store.transaction() as db:
        assert db.execute("SELECT number FROM format").fetchone()[0] == 99
    store.close()


def test_a_further_script_is_done_once(postgres: Server) -> None:
    address = postgres.address()
    opened(address).close()
    more = Part((*LIBRARY.scripts, "CREATE TABLE later (id bigint)"), LIBRARY.first)
    for _ in range(2):
        store = Store(open_postgres(address, more))
        with store.transaction() as db:
            assert db.execute("SELECT count(*) FROM later").fetchone()[0] == 0
        store.close()


def test_of_many_that_open_it_at_once_one_makes_the_tables(postgres: Server) -> None:
    address, faults = postgres.address(), []

    def open_it() -> None:
        try:
            opened(address).close()
        except PatellaError as error:
            faults.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert faults == []


def test_two_libraries_of_one_database_know_nothing_of_each_other(postgres: Server) -> None:
    one, two = opened(postgres.address()), opened(postgres.address())
    put(one, "a.md", "Sitting hurts.")
    assert two.working_digest()[:2] == (0, 0)
    assert one.name() != two.name()
    for store in (one, two):
        store.close()


def test_a_second_writer_is_told_who_the_first_is(postgres: Server) -> None:
    address = postgres.address()
    one, two = open_postgres(address), open_postgres(address)
    other = open_postgres(postgres.address())
    told = r"Somebody writes \(process \d+ on .+ at 127\.0\.0\.1\)\."
    with one.alone("writer", seconds=0, busy="Somebody writes"):
        with (
            pytest.raises(Locked, match=told),
            two.alone("writer", seconds=0.3, busy="Somebody writes"),
        ):
            pass
        # another library is another's
        with other.alone("writer", seconds=0, busy="Somebody writes"):
            pass
    with two.alone("writer", seconds=0, busy="Somebody writes"):
        pass
    for database in (one, two, other):
        database.close()


def test_writers_take_turns_within_a_transaction(postgres: Server) -> None:
    address = postgres.address()
    store, seen = opened(address), []

    def count() -> None:
        other = opened(address)
        with other.transaction() as db:
            seen.append(db.execute("SELECT count(*) FROM documents").fetchone()[0])
        other.close()

    with store.transaction():
        put(store, "a.md", "Sitting hurts.")
        thread = threading.Thread(target=count)
        thread.start()
        thread.join(0.5)
        assert seen == []
    thread.join()
    assert seen == [1]
    store.close()


def test_many_rows_are_streamed_with_other_statements_between(postgres: Server) -> None:
    store = opened(postgres.address())
    for number in range(5):
        put(store, f"{number}.md", *(f"Passage {number}-{n} of many." for n in range(300)))
    publish(store)
    ids = []
    for passage in store.working_passages():
        if len(ids) % 500 == 0:
            assert store.passages([passage.id], generation=1)[passage.id][0].text == passage.text
        ids.append(passage.id)
    assert ids == store.working_ids()
    assert len(ids) > 1_000
    with store.transaction():
        assert sum(1 for _ in store.working_passages()) == len(ids)
    store.close()


def test_an_earlier_and_a_staged_generation_are_seen_as_if_served(postgres: Server) -> None:
    store = opened(postgres.address())
    put(store, "a.md", "Sitting hurts.")
    first = publish(store)
    put(store, "b.md", "Bees fly.")
    publish(store)
    put(store, "c.md", "Stairs hurt.")
    earlier = store_at(store, first.id)
    assert earlier.current() == first

    staged = store_with(store, replace(first, id=3))
    assert len(staged.documents(3)) == 3
    assert len(staged.documents(2)) == 2
    assert store.current().id == 2
    for one in (earlier, staged, store):
        one.close()


def test_an_address_that_is_none_and_a_password_that_is_not_told() -> None:
    with pytest.raises(UsageError, match="store_url is no address"):
        open_postgres(Address("postgresql://u:secret@[h/db", "x"))
    address = Address("postgresql://u:secret@127.0.0.1:1/db", "x")
    with pytest.raises(StoreAway, match=re.escape("127.0.0.1:1/db does not answer")) as caught:
        open_postgres(address)
    assert "secret" not in str(caught.value) + caught.value.hint + repr(address)


def test_a_server_that_goes_away_is_told_in_words_and_found_again() -> None:
    with cluster() as server:
        store = opened(server.address())
        put(store, "a.md", "Sitting hurts.")
        with pytest.raises(StoreAway), store.transaction():
            put(store, "b.md", "Bees fly.")
            server.stop()
            put(store, "c.md", "Stairs hurt.")
        with pytest.raises(StoreAway, match=f"127.0.0.1:{server.port}/postgres does not answer"):
            store.working_ids()
        server.start()
        assert store.working_digest()[0] == 1
        put(store, "b.md", "Bees fly.")
        # a session that was ended while nothing hung on it is not missed
        server.stop()
        server.start()
        put(store, "c.md", "Stairs hurt.")
        assert store.working_digest()[0] == 3
        store.close()


def test_a_writer_whose_session_ended_writes_no_more() -> None:
    with cluster() as server:
        database = open_postgres(server.address())
        store = Store(database)
        with database.alone("writer", seconds=0, busy="Somebody writes"):
            server.stop()
            server.start()
            with pytest.raises(StoreAway):
                put(store, "a.md", "Sitting hurts.")
        put(store, "a.md", "Sitting hurts.")
        store.close()
