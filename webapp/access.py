"""Who sends a request and whether they may: sessions by Flask-Login, tokens, and CSRF by Flask-WTF."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import Flask, Response, current_app, g, redirect, render_template, request, session
from flask import url_for as flask_url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from corpus.account_records import Principal, Role, Scope
from corpus.errors import Forbidden, SignInNeeded
from webapp.desk_service import Accounts
from webapp.problems import PROGRAM_PATHS, problem_of, problem_response
from webapp.same_site import check_origin
from webapp.settings import WebSettings

FORM_SECONDS = 12 * 3600
"""How long a form may stay open before it is sent."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN = frozenset(
    """static_file favicon widget offline offline_worker access.sign_in access.sign_out access.welcome
    access.enter health.healthz metrics.figures_of_all pages.about pages.accessibility pages.get_help
    pages.programs openapi receipts.delete_receipt""".split()
)
"""What is shown to everybody, also where searching needs a sign-in: how to get help, above all."""
_STATIC = frozenset({"static_file", "favicon"})
_EXTENSION = "patella.access"
_REFUSED = "This form was open for too long, or was not sent from a page of this library."

P = ParamSpec("P")
R = TypeVar("R")


class _User(UserMixin):  # type: ignore[misc]  # flask_login has no types
    """A session as Flask-Login carries it: what the cookie holds is its key, never a name."""

    def __init__(self, key: str, principal: Principal) -> None:
        self.id, self.principal = key, principal


class _Cookies(SecureCookieSessionInterface):
    """The session's cookie: only over HTTPS where the page came that way, and none for plain files."""

    def __init__(self, *, https: bool) -> None:
        self._https = https

    def get_cookie_secure(self, app: Flask) -> bool:
        return self._https or request.is_secure

    def get_cookie_name(self, app: Flask) -> str:
        # no other host can set a cookie of this name for us
        return "__Host-patella" if self.get_cookie_secure(app) else "patella"

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.endpoint not in _STATIC:
            super().save_session(app, session, response)


class Access:
    """The accounts of one application, and the parts that look after its requests."""

    def __init__(self, app: Flask, accounts: Accounts, settings: WebSettings) -> None:
        self.accounts = accounts
        app.secret_key = accounts.secret()
        app.session_interface = _Cookies(https=settings.https)
        app.config.update(
            SESSION_COOKIE_HTTPONLY=True,
            SESSION_COOKIE_SAMESITE="Lax",
            WTF_CSRF_CHECK_DEFAULT=False,
            WTF_CSRF_TIME_LIMIT=FORM_SECONDS,
            # it looks at the Referer, which our pages never send; ``check_origin`` stands in
            WTF_CSRF_SSL_STRICT=False,
        )
        self.csrf = CSRFProtect(app)
        manager = LoginManager(app)
        manager.session_protection = None  # people move between networks; sessions end by their key
        manager.user_loader(self._load)
        app.extensions[_EXTENSION] = self
        app.register_error_handler(SignInNeeded, _ask)
        app.jinja_env.globals["principal"] = principal
        if settings.search_access == "signed-in":
            app.before_request(_check_reader)

    def _load(self, key: str) -> _User | None:
        found = self.accounts.by_session(key)
        return _User(key, found) if found else None


def access() -> Access | None:
    """Return what looks after this application's requests; None where it knows no accounts."""
    return cast("Access | None", current_app.extensions.get(_EXTENSION))


def principal() -> Principal | None:
    """Return who sends this request, by a token or a session.

    Raises SignInNeeded for a token that is none: it must not pass for somebody else's session.
    """
    held = access()
    if held is None:
        return None
    if "principal" not in g:
        g.principal = _find(held)
    return cast("Principal | None", g.principal)


def _find(held: Access) -> Principal | None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() == "bearer":
        found = held.accounts.by_token(secret.strip())
        if found is None:
            raise SignInNeeded(
                "That token is not one of this library, or has ended.",
                hint="Make another: on the page of your account, or by patella token make.",
            )
        return found
    return cast("Principal | None", getattr(current_user, "principal", None))


def require(needed: Role | Scope) -> Principal:
    """Return who sends this request, if they may do ``needed``.

    What changes something and comes with a session has to come from a form of ours, or carry its
    token as ``X-CSRFToken``. Raises SignInNeeded, Forbidden.
    """
    who = principal()
    if who is None:
        raise SignInNeeded("This needs an account or a token.", hint="Sign in, or send a token.")
    if not who.may(needed):
        raise Forbidden(
            f"{who.name} may not do that: it takes the right {needed!r}.",
            hint="Ask an admin of this library.",
        )
    if who.means != "token" and request.method not in READING:
        check_form()
    return who


def needs(needed: Role | Scope) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view be called only by those who may do ``needed``."""

    def around(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def checked(*args: P.args, **named: P.kwargs) -> R:
            require(needed)
            return view(*args, **named)

        return checked

    return around


def note(action: str, subject: str = "", detail: str = "") -> None:
    """Write to the audit log what the one who sends this request did."""
    held, who = access(), principal()
    if held is not None and who is not None:
        held.accounts.note(who, action, subject, detail)


def check_form() -> None:
    """Refuse a form that is not from a page of ours. Raises Forbidden."""
    check_origin(request)
    held = access()
    if held is not None:
        try:
            held.csrf.protect()
        except CSRFError as error:
            raise Forbidden(
                _REFUSED, hint="Open the page again, and press the button there."
            ) from error


def begin_session(key: str) -> None:
    """Let the browser hold this session; one that it held before ends."""
    held = access()
    found = held.accounts.by_session(key) if held else None
    if held is None or found is None:
        raise SignInNeeded("The session could not be begun.", hint="Sign in again.")
    before = held.accounts.by_session(session_key())
    if before is not None:
        held.accounts.sign_out(before, session_key())
    session.clear()
    login_user(_User(key, found))
    g.principal = found


def end_session(*, everywhere: bool = False) -> None:
    """End the browser's session, or all of its account's."""
    held, who = access(), getattr(current_user, "principal", None)
    if held is not None and who is not None:
        held.accounts.sign_out(who, current_user.get_id(), everywhere=everywhere)
    logout_user()
    session.clear()
    g.pop("principal", None)


def session_key() -> str:
    """Return the key of the browser's session; empty where it has none."""
    return str(current_user.get_id() or "") if current_user.is_authenticated else ""


def safe_next(raw: str) -> str:
    """Return a path of this site to go on to; empty for anything else."""
    if not raw.startswith("/") or raw[1:2] in {"/", "\\"} or len(raw) > 2000:
        return ""
    return "" if any(letter < " " or letter == "\x7f" for letter in raw) else raw


def _check_reader() -> None:
    if request.method == "OPTIONS":
        return  # it tells nothing, and a browser asks it for another site without any key
    if request.endpoint not in OPEN and request.endpoint is not None:
        require("reader") if request.method in READING else _reader_sends()


def _reader_sends() -> None:
    """Let readers send questions and share answers: those forms have checks of their own."""
    if principal() is None:
        raise SignInNeeded("This library is for those who sign in.", hint="Sign in.")


def _ask(error: SignInNeeded) -> Response:
    """Send people to the sign-in page, and tell programs that they need a token."""
    problem = problem_of(error)
    if request.path.startswith(PROGRAM_PATHS):
        response = problem_response(problem)
    elif request.method in {"GET", "HEAD"}:
        here = request.full_path.removesuffix("?")
        return cast(Response, redirect(flask_url_for("access.sign_in", next=here), 303))
    else:
        response = Response(render_template("error.html", problem=problem, typed=""), 401)
    response.headers["WWW-Authenticate"] = 'Bearer realm="patella"'
    return response
