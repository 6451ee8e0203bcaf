"""A library of files brought into PostgreSQL as it is, and used on from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.accounts import Accounts
from corpus.errors import Conflict, UsageError
from patella.adopting import adopt
from patella.opening import open_accounts
from patella.restoring import restore
from patella.settings import Settings
from patella.writer import Writer
from tests.accounts_helpers import HASTY, PASSWORD
from tests.postgres_helpers import Server
from tests.workbench_helpers import BEES, SITTING, STAIRS, build, drop, make_engine, read_in_process


def test_a_library_goes_on_where_it_was(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    build(data, {"sitting.md": SITTING, "bees.md": BEES}, {"bees.md": ""}, {"stairs.md": STAIRS})
    accounts = Accounts(data / "accounts.db", passwords=HASTY)
    accounts.add("ada", PASSWORD, "admin")
    accounts.audit.write("ada", "account", "document.hide", "bees")
    accounts.close()
    before = make_engine(data)
    known = before.store.generations(), before.store.working_digest(), before.store.documents(2)
    last = before.store.working_ids()[-1]
    before.close()

    address = postgres.address()
    where = {"store_url": address.url, "store_schema": address.schema}
    with pytest.raises(UsageError, match="no PostgreSQL to bring"):
        adopt(Settings(data_dir=data))
    done = adopt(Settings(data_dir=data, **where))
    assert (done.accounts, done.vectors, done.rows > 20) == (True, True, True)

    read_in_process(monkeypatch)
    engine = make_engine(data, **where)
    store = engine.store
    assert (store.generations(), store.working_digest(), store.documents(2)) == known
    assert store.sums.altered() == ()
    # neither read nor embedded again, and the index in its folder is still right
    report = Writer(engine).index()
    assert (report.published, report.embedded) == (False, 0)
    assert engine.search("stairs").hits[0].document.id == "stairs"
    drop(engine, "ice.md", "# Ice\n\nIce may help a knee that is swollen.\n")
    assert Writer(engine).index().embedded > 0
    assert store.working_ids()[-1] > last
    engine.close()

    held = open_accounts(Settings(data_dir=data, **where))
    assert [account.name for account in held.list()] == ["ada"]
    held.audit.write("ada", "account", "document.show", "bees")
    assert [entry.id for entry in held.audit.list()] == [2, 1]
    assert held.audit.first_altered() is None
    held.close()

    with pytest.raises(Conflict, match="holds something already"):
        adopt(Settings(data_dir=data, **where))
    with pytest.raises(UsageError, match="the library is kept in PostgreSQL"):
        restore(tmp_path / "backup", Settings(data_dir=tmp_path / "new", **where))
