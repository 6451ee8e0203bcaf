"""Attacks on the web room, each tried for real on every address that the application has."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from patella.serve import _proxy, hosts_of
from patella.settings import Settings
from patella.workbench import PatellaWorkbench
from patella.writer import Writer
from tests.accounts_helpers import Office, sign_in
from tests.webapp_fake import FakeService
from tests.workbench_fake import FakeWorkbench
from tests.workbench_helpers import make_engine, read_in_process
from webapp.app import create_app
from webapp.security import HEADERS, POLICY
from webapp.settings import WebSettings

OPEN_FORMS = {"/search", "/api/v1/ask", "/api/v1/search", "/api/v1/feedback"}
"""What anybody may send: it asks, or says whether an answer helped, and takes nobody's rights."""
ONES_OWN = {"/signin", "/welcome", "/signin/code"}
"""Forms by which somebody signs in: they carry a token of the page too."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.accounts.close()


@pytest.fixture
def bench() -> FakeWorkbench:
    return FakeWorkbench()


@pytest.fixture
def client(office: Office, bench: FakeWorkbench) -> FlaskClient:
    return create_app(FakeService(), accounts=office.desk, workbench=bench).test_client()


def addresses(client: FlaskClient, method: str) -> list[str]:
    """Return every address that takes a method, with something in the place of its names."""
    rules = client.application.url_map.iter_rules()
    paths = {re.sub(r"<[^>]+>", "1", r.rule) for r in rules if method in (r.methods or ())}
    return sorted(paths)


def test_every_address_carries_every_header_and_nothing_inline(client: FlaskClient) -> None:
    sign_in(client, "ada")
    paths = addresses(client, "GET")
    assert len(paths) >= 55
    for path in paths:
        answered = client.get(path)
        for name in HEADERS:
            assert answered.headers.get(name), (path, name)
        policy = answered.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answered.headers["X-Frame-Options"] == "DENY"
        assert answered.headers["X-Content-Type-Options"] == "nosniff"
        if answered.mimetype == "text/html":
            assert policy == POLICY
            page = answered.text
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", page), path
            assert not re.search(r"<script(?![^>]*\ssrc=\"/static/)", page), path
        elif path != "/widget.js":
            assert answered.headers["Cross-Origin-Resource-Policy"] == "same-origin", path


def test_no_address_changes_anything_for_a_forged_form_of_a_signed_in_admin(
    client: FlaskClient, bench: FakeWorkbench, office: Office
) -> None:
    sign_in(client, "ada")
    before = len(office.desk.log())
    tried = 0
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in addresses(client, method):
            if path in OPEN_FORMS:
                continue
            # as another site's page would make the browser of an admin send it
            answered = client.open(
                path,
                method=method,
                data={"documents": "guide", "url": "https://a.example", "title": "x", "text": "y"},
                headers={"Origin": "https://evil.test"},
            )
            assert answered.status_code in {400, 403, 404, 405, 413, 415}, (method, path)
            tried += 1
    assert tried > 40
    assert bench.calls == []
    assert len(office.desk.log()) == before


def test_nothing_of_the_desk_and_the_writing_api_answers_a_stranger(
    client: FlaskClient, bench: FakeWorkbench
) -> None:
    closed = ("/desk", "/api/v1/jobs", "/api/v1/library", "/api/v1/reindex", "/api/v1/publish")
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for path in addresses(client, method):
            inside = path.startswith(closed) or (
                method != "GET" and path.startswith("/api/v1/") and path not in OPEN_FORMS
            )
            if inside:
                answered = client.open(path, method=method)
                assert answered.status_code in {303, 401, 403, 405, 415}, (method, path)
    assert bench.calls == []


def test_a_stolen_token_of_a_reader_writes_nothing(
    client: FlaskClient, office: Office, bench: FakeWorkbench
) -> None:
    bearer = {"Authorization": f"Bearer {office.token('rob', 'read')}"}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in addresses(client, method):
            if path.startswith(("/api/v1/", "/desk")) and path not in OPEN_FORMS:
                answered = client.open(path, method=method, headers=bearer)
                assert answered.status_code in {400, 401, 403, 404, 415}, (method, path)
    assert bench.calls == []


@pytest.mark.parametrize(
    "where",
    [
        "//evil.test", "/\\evil.test", "https://evil.test", "///evil.test", "/\tevil", "\\\\evil.test",
        "javascript:alert(1)", "/%0d%0aLocation:%20https://evil.test", "http:evil.test", "@evil.test",
    ],
)  # fmt: skip
def test_no_address_sends_a_browser_to_another_site(client: FlaskClient, where: str) -> None:
    done = sign_in(client, "eve", next=where)
    target = done.headers.get("Location", "/")
    assert re.match(r"/(?![/\\])", target)
    assert "\n" not in target
    for path in ("/search", "/", "/signin"):
        for name in ("next", "lang", "url", "return", "after"):
            target = client.get(path, query_string={name: where}).headers.get("Location", "/")
            assert re.match(r"/(?![/\\])", target), (path, name)


def test_a_page_that_points_its_own_name_here_reads_nothing() -> None:
    """DNS rebinding: the browser asks this machine under the attacker's name."""
    settings = Settings(Path("/nowhere"))
    hosts = hosts_of(settings)
    assert hosts == ("127.0.0.1", "::1", "localhost")
    client = create_app(FakeService(), settings=WebSettings(trusted_hosts=hosts)).test_client()
    for base in ("http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"):
        assert client.get("/", base_url=base).status_code == 200
    for base in ("http://evil.test:8000", "http://127.0.0.1.evil.test", "http://localhost.evil"):
        for path in ("/", "/api/v1/documents", "/desk/", "/metrics"):
            assert client.get(path, base_url=base).status_code == 400


@pytest.mark.parametrize(
    "named",
    [{"host": "0.0.0.0"}, {"trusted_proxy": "10.0.0.2"}, {"https": True}],  # noqa: S104
)
def test_who_is_reached_by_other_names_names_them(named: dict[str, object]) -> None:
    assert hosts_of(Settings(Path("/nowhere"), **named)) == ()  # type: ignore[arg-type]
    kept = Settings(Path("/nowhere"), trusted_hosts=("knee.example",), **named)  # type: ignore[arg-type]
    assert hosts_of(kept) == ("knee.example",)


def test_a_proxys_word_is_taken_from_the_proxy_that_was_named_alone() -> None:
    assert _proxy("") == {"clear_untrusted_proxy_headers": False}
    assert _proxy("10.0.0.2") == {
        "trusted_proxy": "10.0.0.2",
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }
    # without one, the field changes neither the scheme of a cookie nor whose address it is
    app = create_app(FakeService(), settings=WebSettings(api_limits="1 per minute"))
    client = app.test_client()
    far = {"REMOTE_ADDR": "203.0.113.7"}
    for number, status in ((1, 200), (2, 429)):
        forged = {"X-Forwarded-For": f"198.51.100.{number}", "X-Forwarded-Proto": "https"}
        made = client.get("/api/v1/generation", environ_base=far, headers=forged)
        assert made.status_code == status


def test_the_kind_of_an_upload_is_told_by_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, office: Office
) -> None:
    read_in_process(monkeypatch)
    engine = make_engine(tmp_path / "data")
    work = PatellaWorkbench(engine)
    app = create_app(engine, accounts=office.desk, workbench=work)
    bearer = {"Authorization": f"Bearer {office.token('eve', 'write')}"}
    program = b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 20
    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
    )
    sent = [
        (io.BytesIO(program), "leaflet.pdf"),
        (io.BytesIO(program), "notes.md"),
        (io.BytesIO(drawing), "picture.svg"),
        (io.BytesIO(b"# Sound\n\nWalking is good for the knee.\n"), "../../etc/sound.md"),
    ]
    made = app.test_client().post("/api/v1/documents", data={"files": sent}, headers=bearer)
    assert made.status_code == 202
    work._runner._do(engine.store.jobs.next())  # type: ignore[arg-type]
    files = {f.path: f.state for f in work.job(made.get_json()["id"]).files}
    assert files == {
        "leaflet.pdf": "failed", "notes.md": "failed", "picture.svg": "failed", "sound.md": "added",
    }  # fmt: skip
    assert [p.name for p in engine.settings.inbox_dir.iterdir()] == ["sound.md"]
    assert not (tmp_path / "etc").exists()
    engine.close()


def test_markup_of_a_source_never_reaches_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTML is read as text and never sent on, so there is no markup to clean: what is left is escaped."""
    read_in_process(monkeypatch)
    engine = make_engine(tmp_path / "data")
    (engine.settings.inbox_dir / "evil.html").write_text(
        "<html><head><title>Knees &lt;script&gt;alert(1)&lt;/script&gt;</title>"
        "<meta http-equiv=refresh content='0;url=https://evil.test'><base href=https://evil.test/>"
        "</head><body><main><h1>Knees</h1><svg onload=alert(2)><script>alert(3)</script></svg>"
        "<p onclick=alert(4)>Walking is good for the knee, and &lt;img src=x onerror=alert(5)&gt; is"
        " shown as it reads. <a href='javascript:alert(6)'>Read on</a> to see what helps.</p>"
        "<iframe src=https://evil.test></iframe><form action=https://evil.test><input name=q></form>"
        "</main></body></html>",
        "utf-8",
    )
    Writer(engine).index()
    client = create_app(engine).test_client()
    for path in ("/source/evil", "/search?q=walking+knee", "/library", "/api"):
        page = client.get(path).text
        for hostile in (
            "<script>alert", "<img src=x", "<svg onload", "onclick=", "<iframe", 'href="javascript',
            "http-equiv=\"refresh\"", "<base", 'action="https',
        ):  # fmt: skip
            assert hostile not in page, (path, hostile)
    original = client.get("/source/evil/original")
    assert original.mimetype == "application/octet-stream"
    assert original.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in original.headers["Content-Security-Policy"]
    engine.close()


def test_templates_trust_no_text() -> None:
    templates = Path(__file__).parent.parent / "webapp" / "templates"
    for path in templates.rglob("*.html"):
        assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup", path.read_text("utf-8")), (
            path
        )


def test_secrets_are_compared_in_equal_time_or_looked_up_by_their_hash() -> None:
    root = Path(__file__).parent.parent
    for path in [
        *root.glob("corpus/*.py"),
        *root.glob("webapp/**/*.py"),
        *root.glob("patella/*.py"),
    ]:
        for line in path.read_text("utf-8").splitlines():
            compared = re.search(r"\b(?:secret|password|token|key_sha|hash)\w*\s*(?:==|!=)", line)
            assert not compared, f"{path.name}: {line.strip()}"
