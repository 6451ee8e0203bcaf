"""A server whose PostgreSQL goes away: pages and the API say so, and go on when it is back."""

from __future__ import annotations

from pathlib import Path

import pytest

from patella.account_desk import AccountDesk
from patella.opening import open_accounts
from patella.writer import Writer
from tests.postgres_helpers import cluster
from tests.workbench_helpers import SITTING, drop, make_engine, read_in_process
from webapp.app import create_app
from webapp.settings import WebSettings


def test_it_is_told_in_words_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_in_process(monkeypatch)
    with cluster() as server:
        engine = make_engine(tmp_path, store_url=server.url, store_seconds=2.0)
        drop(engine, "sitting.md", SITTING)
        Writer(engine).index()
        accounts = open_accounts(engine.settings)
        app = create_app(engine, settings=WebSettings(), accounts=AccountDesk(accounts, local=True))
        client = app.test_client()
        assert client.get("/api/v1/search?q=sitting").json["hits"]
        server.stop()
        for path in ("/search?q=sitting", "/", "/signin"):
            page = client.get(path)
            assert (page.status_code, "does not answer" in page.text) == (503, True), path
        answer = client.get("/api/v1/search?q=sitting")
        assert answer.status_code == 503
        assert f"The PostgreSQL at 127.0.0.1:{server.port}/postgres does not answer." in answer.text
        assert client.get("/healthz").status_code == 503
        server.start()
        assert client.get("/search?q=sitting").status_code == 200
        assert client.get("/api/v1/search?q=sitting").json["hits"]
        assert client.get("/healthz").status_code == 200
        engine.close()
        accounts.close()
