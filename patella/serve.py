"""``patella serve``: the pages and the API under waitress, over one engine."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from waitress.server import create_server

from corpus.accounts import Accounts
from corpus.errors import LibraryError, Locked, Unwritable
from patella import __version__
from patella.account_desk import AccountDesk
from patella.cli_watch import watching
from patella.elsewhere import let_go
from patella.encoders import begin
from patella.engine import Engine
from patella.generator import make_generator
from patella.guide import LibraryGuide
from patella.health import COLUMNS, Stopwatch
from patella.memory import few_arenas, settle
from patella.merging import merge
from patella.opening import open_accounts
from patella.place import TURN_COLUMNS, Place, Turns, cannot_listen
from patella.progress import bars
from patella.quiet import quietly
from patella.readers import Readers
from patella.receipts import ReceiptDesk
from patella.refusals import refuse_in_words
from patella.run_report import RunReport
from patella.run_table import print_run
from patella.settings import Settings
from patella.terminal import err
from patella.warming import warm
from patella.workbench import PatellaWorkbench
from patella.writer import Writer
from webapp.app import create_app
from webapp.logs import JsonLines, requests
from webapp.settings import WebSettings

logger = logging.getLogger(__name__)

CONNECTIONS = 1000
"""Connections that are held at once; more wait to be accepted."""
SILENT_SECONDS = 60
"""A connection on which nothing happened for so long is closed."""
WAITING = 4
"""Requests that may wait for each thread: about two seconds of questions."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(slots=True)
class Crowd:
    """Tells whether more than ``most`` requests wait for a thread of the server."""

    most: int
    server: Any = None

    def waits(self) -> bool:
        return self.server is not None and len(self.server.task_dispatcher.queue) > self.most


def prepare(engine: Engine, *, quiet: bool = False) -> RunReport | None:
    """Fill an empty library with the shipped one; else take up the shipped articles' changes.

    Returns what was done, or None where another process holds the library and serves as it is.
    """
    kinds = {source.kind for source in engine.store.files.list()}
    empty = engine.store.current() is None and not kinds - {"inbox", "shipped"}
    if not engine.settings.takes_changes or (not empty and "shipped" not in kinds):
        return None
    try:
        with bars(quiet=quiet) as watchers:
            writer = Writer(engine, watchers=watchers)
            report = writer.add((), shipped=True)
            if report.held and empty:
                # something is to be served from the start, and the shipped library was reviewed
                report = replace(report, generation=writer.publish().id, published=True, held="")
            return report
    except Locked as error:
        if empty:
            raise
        logger.warning("%s Serving what is published.", error)
        return None


def run(settings: Settings, *, quiet: bool = False, place: Place | None = None) -> None:
    """Serve until interrupted, alone or in a ``place`` among several processes.

    Raises ServeError where the port cannot be had.
    """
    _log(settings.log)
    few_arenas()
    processes = place.processes if place else 1
    # the first question should not wait for the model: it loads while the rest is made ready
    engine = Engine(settings, encoder=begin(settings, processes=processes), readers=Readers())
    accounts = _accounts(settings)
    desk = AccountDesk(accounts, local=settings.host in LOOPBACK) if accounts else None
    latency = place.board("latency", COLUMNS) if place else None
    workbench = PatellaWorkbench(engine, watch=Stopwatch(latency))
    crowd = Crowd(most=WAITING * settings.threads)
    try:
        if place is None or place.first:
            _prepare(engine, quiet=quiet)
        app = create_app(
            engine,
            settings=_pages(settings, place),
            accounts=desk,
            receipts=ReceiptDesk(engine) if settings.receipts else None,
            generator=make_generator(settings),
            workbench=workbench,
            guide=LibraryGuide(engine),
            crowded=crowd.waits,
        )
        sockets: dict[int, Any] = {}
        server = _listen(app, settings, sockets, place)
        crowd.server = server
        refuse_in_words(sockets, app)
        signal.signal(signal.SIGTERM, _stop)
        if place is None or (place.first and not place.again):
            _say_where(settings, server, desk, processes)
        workbench.start()
        if place:
            _take_place(place, sockets)
        try:
            first = not place or place.first
            with (
                watching(engine, on=settings.watch and first, quiet=quiet),
                quietly(engine, let_go, merge, warm, on=first),
            ):
                settle()
                server.run()
        finally:
            server.close()
            if place is None:
                err.print("Stopped.")
    finally:
        workbench.stop()
        engine.close()
        if accounts:
            accounts.close()


def _prepare(engine: Engine, *, quiet: bool) -> None:
    """Have something to serve, and say what was done for it."""
    if engine.store.current() is None and not quiet:
        err.print("First start: reading and indexing the shipped library …")
    report = prepare(engine, quiet=quiet)
    if report and report.published and not quiet:
        print_run(report)


def _listen(app: Any, settings: Settings, sockets: dict[int, Any], place: Place | None) -> Any:
    """Return waitress, listening on the address of the settings or the sockets of ``place``."""
    where: dict[str, Any] = {"host": settings.host, "port": settings.port}
    try:
        return create_server(
            app,
            map=sockets,
            **({"sockets": place.listening()} if place else where),
            threads=settings.threads,
            ident=None,
            # room for the form around the files
            max_request_body_size=(settings.upload_megabytes + 1) * 1_000_000,
            # those who connect and say nothing hold a place each, and no thread
            connection_limit=CONNECTIONS,
            channel_timeout=SILENT_SECONDS,
            cleanup_interval=10,
            asyncore_use_poll=True,
            **_proxy(settings.trusted_proxy),
        )
    except OSError as error:
        raise cannot_listen(settings, error) from error


def _say_where(settings: Settings, server: Any, desk: AccountDesk | None, processes: int) -> None:
    shown = "localhost" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104  # nosec B104  (it is only told)
    address = f"http://{shown}:{server.effective_port}"
    many = f", served by {processes} processes" if processes > 1 else ""
    err.print(f"Patella is at {address}{many} (stop with Ctrl-C)")
    _say_first_code(desk, address)


def _take_place(place: Place, sockets: dict[int, Any]) -> None:
    """Share the work with the other processes, and end when their parent does."""
    servers = [one for one in sockets.values() if hasattr(one, "active_channels")]
    turns = Turns(place.board("turns", TURN_COLUMNS))

    def takes(own: Callable[[], bool]) -> bool:
        return turns.mine(sum(len(one.active_channels) for one in servers)) and own()

    for one in servers:
        one.readable = partial(takes, one.readable)
    place.end_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
    place.tell_ready()


def _pages(settings: Settings, place: Place | None) -> WebSettings:
    """Return what the pages need to know of the settings."""
    return WebSettings(
        library_name=settings.library_name,
        version=__version__,
        api_limits=settings.api_limits,
        widget_origins=settings.widget_origins,
        metrics=settings.metrics,
        log_questions=settings.log_questions,
        language=settings.language,
        region=settings.region,
        trusted_hosts=hosts_of(settings),
        search_access=settings.search_access,
        https=settings.https,
        upload_limit=settings.upload_megabytes * 1_000_000,
        streams=max(1, settings.threads // 4),
        shared=place.folder if place else None,
    )


def hosts_of(settings: Settings) -> tuple[str, ...]:
    """Return the host names that the server answers to; none for any.

    One that this machine alone can reach answers to this machine's names: else a page that somebody
    reads could have its own name point here, and read the library through their browser.
    """
    proxied = settings.trusted_proxy or settings.https
    if settings.trusted_hosts or proxied or settings.host not in LOOPBACK:
        return settings.trusted_hosts
    return tuple(sorted(LOOPBACK))


def _log(form: str) -> None:
    """Write the log to standard error in the form that is wanted."""
    # it has a line for each request that waits; of a crowd the figures tell
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    if form == "quiet":
        return
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else plain)
    logging.getLogger().addHandler(handler)
    requests.setLevel(logging.INFO)


def _accounts(settings: Settings) -> Accounts | None:
    """Open the accounts; a folder that cannot be written is searched without them."""
    try:
        return open_accounts(settings)
    except Unwritable as error:
        if settings.search_access != "public":
            raise
        logger.warning("%s Nobody can sign in.", error)
        return None


def _say_first_code(desk: AccountDesk | None, address: str) -> None:
    """Print the one-time code while there is no account."""
    if desk is None or desk.any():
        return
    try:
        code = desk.first_code()
    except LibraryError as error:
        logger.warning("%s", error)
        return
    said = f"No account yet. One-time code: {code}"
    where = f"{address}/signin" if desk.local() else f"{address}/welcome?code={code}"
    err.print(f"{said}\nTo change the library in the browser: {where}", soft_wrap=True)


def _proxy(address: str) -> dict[str, Any]:
    """Return what waitress is told of the proxy before it.

    The fields of an unknown proxy are left in place: that they are there shows that a request comes
    from elsewhere (``webapp/local.py``).
    """
    if not address:
        return {"clear_untrusted_proxy_headers": False}
    believed = {"x-forwarded-for", "x-forwarded-proto"}
    return {"trusted_proxy": address, "trusted_proxy_headers": believed}


def _stop(*_: object) -> None:
    """End as on Ctrl-C: requests under way are finished."""
    raise SystemExit(0)
