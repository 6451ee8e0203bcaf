"""Signing in by the pages, roles and tokens at a view, forged forms, and libraries that are not public."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts_helpers import PASSWORD, Office, csrf, sign_in
from tests.webapp_fake import FakeService
from webapp.access import needs, require, safe_next
from webapp.app import create_app
from webapp.settings import WebSettings


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., tuple[Office, Flask]]]:
    made: list[Office] = []

    def one(*, local: bool = False, empty: bool = False, **settings) -> tuple[Office, Flask]:
        office = Office(tmp_path, local=local, **({"people": ()} if empty else {}))
        made.append(office)
        app = create_app(FakeService(), settings=WebSettings(**settings), accounts=office.desk)
        app.add_url_rule(
            "/edit", "edit", needs("editor")(lambda: "edited"), methods=["POST", "GET"]
        )
        app.add_url_rule(
            "/api/edit", "api_edit", lambda: require("write").name, methods=["POST", "GET"]
        )
        app.add_url_rule("/manage", "manage", needs("admin")(lambda: "managed"))
        return office, app

    yield one
    for office in made:
        office.accounts.close()


@pytest.fixture
def client(make) -> FlaskClient:
    return make()[1].test_client()


def test_signing_in_and_out(make) -> None:
    office, app = make()
    client = app.test_client()
    assert client.get("/edit").headers["Location"] == "/signin?next=/edit"
    done = sign_in(client, "eve", next="/edit")
    assert (done.status_code, done.headers["Location"]) == (303, "/edit")
    cookie = done.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert client.get("/edit").text == "edited"
    assert client.get("/manage").status_code == 403
    stolen = client.get_cookie("patella")
    assert stolen is not None
    out = client.post("/signout", data={"csrf_token": csrf(client.get("/account").text)})
    assert out.status_code == 303
    assert client.get("/edit").status_code == 303
    client.set_cookie("patella", stolen.value)
    assert client.get("/edit").status_code == 303
    assert [e.action for e in office.desk.log()] == ["sign-out", "sign-in"]


def test_over_https_the_cookie_is_secure_and_of_this_host(client: FlaskClient, make) -> None:
    page = client.get("/signin", base_url="https://knee.test")
    assert re.match(
        r"__Host-patella=.*; Secure; HttpOnly; Path=/; SameSite=Lax", page.headers["Set-Cookie"]
    )
    behind = make(empty=True, https=True)[1].test_client().get("/welcome")
    assert behind.headers["Set-Cookie"].startswith("__Host-patella=")


def test_no_cookie_for_who_does_not_sign_in(client: FlaskClient) -> None:
    for path in ("/", "/search?q=taping", "/library", "/favicon.ico", "/healthz", "/nope"):
        assert "Set-Cookie" not in client.get(path).headers
    style = re.search(r'href="(/static/[^"]+css)"', client.get("/").text)
    assert style
    assert "Cookie" not in client.get(style.group(1)).headers.get("Vary", "")


def test_the_session_changes_at_each_sign_in(client: FlaskClient) -> None:
    client.get("/signin")
    with client.session_transaction() as held:
        held["planted"] = "x"
    sign_in(client, "eve")
    with client.session_transaction() as held:
        assert "planted" not in held
        first = held["_user_id"]
    old = client.get_cookie("patella")
    assert old is not None
    sign_in(client, "ada")
    with client.session_transaction() as held:
        assert held["_user_id"] != first
    client.set_cookie("patella", old.value)
    assert client.get("/edit").status_code == 303


def test_an_unknown_name_and_a_wrong_password_read_the_same(make) -> None:
    office, app = make()
    client = app.test_client()
    office.accounts.set_active("rob", active=False)
    pages = []
    for name, password in (("eve", "wrong"), ("nobody", PASSWORD), ("rob", PASSWORD)):
        answered = sign_in(client, name, password)
        assert answered.status_code == 403
        pages.append(re.search(r'role="alert".*?</div>', answered.text, re.S))
    assert pages[0] and pages[1] and pages[2]
    assert len({page.group() for page in pages}) == 1
    assert "do not fit together" in pages[0].group()
    assert {e.who for e in office.desk.log(action="sign-in")} == {"eve", "unknown name", "rob"}


def test_failures_lock_out_even_with_the_right_password(make) -> None:
    office, app = make()
    client = app.test_client()
    for _ in range(5):
        sign_in(client, "eve", "wrong")
    locked = sign_in(client, "eve")
    assert locked.status_code == 429
    assert "Wait 16 seconds." in locked.text
    office.clock.at += 16
    assert sign_in(client, "eve").status_code == 303


def test_a_form_without_our_token_is_refused(client: FlaskClient) -> None:
    assert client.post("/signin", data={"name": "eve", "password": PASSWORD}).status_code == 403
    sign_in(client, "eve")
    assert client.post("/edit").status_code == 403
    assert client.post("/api/edit").status_code == 403
    token = csrf(client.get("/account").text)
    assert client.post("/edit", data={"csrf_token": token}).text == "edited"
    assert client.post("/api/edit", headers={"X-CSRFToken": token}).text == "eve"
    for elsewhere in ({"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
        refused = client.post("/edit", data={"csrf_token": token}, headers=elsewhere)
        assert refused.status_code == 403


def test_another_sessions_token_is_refused(make) -> None:
    app = make()[1]
    mine, theirs = app.test_client(), app.test_client()
    sign_in(mine, "eve")
    sign_in(theirs, "ada")
    token = csrf(theirs.get("/account").text)
    assert mine.post("/edit", data={"csrf_token": token}).status_code == 403


def test_tokens_need_no_form_and_count_before_a_session(make) -> None:
    office, app = make()
    client = app.test_client()
    write, read = office.token("eve", "write"), office.token("eve", "read")
    assert client.post("/api/edit", headers={"Authorization": f"Bearer {write}"}).text == "eve"
    assert client.post("/api/edit", headers={"Authorization": f"Bearer {read}"}).status_code == 403
    sign_in(client, "ada")
    for secret in ("patella_wrong", ""):
        refused = client.get("/api/edit", headers={"Authorization": f"Bearer {secret}"})
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="patella"'
        assert refused.json
        assert refused.json["type"] == "/api#sign-in"
    assert app.test_client().get("/api/edit").status_code == 401


@pytest.mark.parametrize(
    "raw",
    [
        "//evil.test",
        "/\\evil.test",
        "https://evil.test",
        "evil",
        "/a\nb",
        "javascript:alert(1)",
        "",
    ],
)
def test_only_paths_of_this_site_are_gone_on_to(client: FlaskClient, raw: str) -> None:
    assert safe_next(raw) == ""
    assert sign_in(client, "eve", next=raw).headers["Location"] == "/account"


def test_a_question_is_gone_on_to_after_signing_in(make) -> None:
    client = make(search_access="signed-in")[1].test_client()
    sent = client.get("/search?q=knee+pain%26more")
    assert sent.headers["Location"] == "/signin?next=/search?q%3Dknee%2Bpain%2526more"
    page = client.get(sent.headers["Location"]).text
    assert 'name="next" value="/search?q=knee+pain%26more"' in page


def test_where_searching_needs_a_sign_in(make) -> None:
    office, app = make(search_access="signed-in")
    client = app.test_client()
    for path in ("/", "/search?q=taping", "/library", "/source/taping", "/print?q=x"):
        assert client.get(path).headers["Location"].startswith("/signin")
    for path in ("/api/v1/ask?q=x", "/api/v1/documents"):
        assert client.get(path).status_code == 401
    for path in ("/get-help", "/about", "/accessibility", "/healthz", "/signin", "/favicon.ico"):
        assert client.get(path).status_code == 200
    bearer = {"Authorization": f"Bearer {office.token('rob', 'read')}"}
    assert client.get("/api/v1/ask?q=taping", headers=bearer).status_code == 200
    sign_in(client, "rob")
    assert client.get("/search?q=taping").status_code == 200
    assert client.post("/print", data={"q": "taping"}).status_code == 200


def test_the_code_of_the_start_opens_a_library_on_this_computer(make) -> None:
    office, app = make(local=True, empty=True)
    client = app.test_client()
    page = client.get("/signin").text
    assert "One-time code" in page
    form = {"csrf_token": csrf(page), "code": "wrong"}
    assert client.post("/signin/code", data=form).status_code == 403
    code = office.desk.first_code()
    done = client.post("/signin/code", data=form | {"code": code, "next": "/edit"})
    assert done.headers["Location"] == "/edit"
    assert client.get("/manage").text == "managed"
    assert app.test_client().post("/signin/code", data=form | {"code": code}).status_code == 403
    token = csrf(client.get("/account").text)
    form = {"csrf_token": token, "name": "ada", "password": PASSWORD, "again": PASSWORD}
    assert client.post("/account/first", data=form | {"again": "x"}).status_code == 400
    assert client.post("/account/first", data=form).status_code == 303
    assert "<strong>ada</strong>" in client.get("/account").text
    assert "One-time code" not in app.test_client().get("/signin").text
    assert [e.action for e in office.desk.log(who="this computer")] == ["account.add", "sign-in"]


def test_a_code_alone_opens_nothing_where_others_can_reach_it(make) -> None:
    office, app = make(empty=True)
    client = app.test_client()
    assert "No account yet" in client.get("/signin").text
    code = office.desk.first_code()
    page = client.get("/welcome", query_string={"code": code}).text
    form = {"csrf_token": csrf(page), "code": code, "name": "ada"}
    assert client.post("/signin/code", data=form).status_code == 403
    short = client.post("/welcome", data=form | {"password": "short", "again": "short"})
    assert short.status_code == 400
    assert "at least 12" in short.text
    both = {"password": PASSWORD, "again": PASSWORD}
    assert client.post("/welcome", data=form | both).status_code == 303
    assert client.get("/manage").text == "managed"
    assert client.get("/welcome", query_string={"code": code}).status_code == 403


def test_a_link_gives_an_account_a_new_password(make) -> None:
    office, app = make()
    client = app.test_client()
    code = office.accounts.codes.make(office.accounts.get("rob").id)
    page = client.get("/welcome", query_string={"code": code}).text
    assert "<strong>rob</strong>" in page
    form = {"csrf_token": csrf(page), "code": code, "password": "a new long password"}
    assert client.post("/welcome", data=form | {"again": "a new long password"}).status_code == 303
    assert sign_in(app.test_client(), "rob", "a new long password").status_code == 303
    assert client.post("/welcome", data=form | {"again": form["password"]}).status_code == 403


def test_changing_ones_password(make) -> None:
    app = make()[1]
    client, other = app.test_client(), app.test_client()
    sign_in(client, "eve")
    sign_in(other, "eve")
    form = {"csrf_token": csrf(client.get("/account").text), "password": "a new long password"}
    form["again"] = form["password"]
    assert client.post("/account/password", data=form | {"old": "wrong"}).status_code == 403
    assert client.post("/account/password", data=form | {"old": PASSWORD}).status_code == 303
    assert client.get("/edit").text == "edited"
    assert other.get("/edit").status_code == 303


def test_ones_own_tokens(make) -> None:
    office, app = make()
    client = app.test_client()
    sign_in(client, "eve")
    page = client.get("/account").text
    assert '<option value="write">' in page
    assert '<option value="admin">' not in page
    form = {"csrf_token": csrf(page), "name": "<b>up</b>", "scope": "write", "days": "30"}
    made = client.post("/account/tokens", data=form)
    secret = re.search(r'value="(patella_[^"]+)"', made.text)
    assert secret
    assert "&lt;b&gt;up" in made.text
    bearer = {"Authorization": f"Bearer {secret.group(1)}"}
    assert app.test_client().post("/api/edit", headers=bearer).text == "eve"
    assert secret.group(1) not in client.get("/account").text
    assert client.post("/account/tokens", data=form | {"scope": "admin"}).status_code == 403
    assert client.post("/account/tokens", data=form | {"days": "9999"}).status_code == 400
    others = office.accounts.tokens.make("x", "read", account_id=1)[0].id
    assert client.post(f"/account/tokens/{others}/revoke", data=form).status_code == 404
    assert client.post("/account/tokens/1/revoke", data=form).status_code == 303
    assert app.test_client().post("/api/edit", headers=bearer).status_code == 401


def test_without_accounts_nothing_can_be_changed() -> None:
    app = create_app(FakeService())
    app.add_url_rule("/api/edit", "edit", needs("write")(lambda: "edited"))
    assert app.test_client().get("/api/edit").status_code == 401
    assert app.test_client().get("/signin").status_code == 404


def test_a_code_is_in_no_log(make, caplog: pytest.LogCaptureFixture) -> None:
    office, app = make(empty=True, log_questions=True)
    caplog.set_level("INFO")
    code = office.desk.first_code()
    assert app.test_client().get(f"/welcome?code={code}").status_code == 200
    app.test_client().get("/library?q=taping")
    told = " ".join(str(vars(record)) for record in caplog.records)
    assert "/welcome" in told
    assert "taping" in told
    assert code not in told
