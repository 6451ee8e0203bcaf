"""The web application, put together: one place for hooks, errors, headers and what templates know."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from webapp import words
from webapp.access import Access
from webapp.access_pages import access_pages
from webapp.cross_origin import allow
from webapp.crowd import turn_away
from webapp.desk.common import Room
from webapp.desk.room import desk
from webapp.desk_service import Accounts
from webapp.exports import exports
from webapp.feedback import REASONS
from webapp.feedback import feedback as feedback_pages
from webapp.health import health
from webapp.heard import hearing
from webapp.inline import doi_address
from webapp.language import rooted, speak
from webapp.limits import limit
from webapp.logs import log_requests
from webapp.metrics import Figures, metrics
from webapp.offline import offline
from webapp.pages import pages
from webapp.present import reader_path
from webapp.problems import handle_errors, word_refusals
from webapp.prompts import prompting
from webapp.regions import Here, dialled
from webapp.request_ids import name_requests
from webapp.same_site import Limiter
from webapp.saying import say
from webapp.security import guard
from webapp.service import Generator, Guide, Receipts, Service
from webapp.settings import WebSettings
from webapp.sharing import sharing, token_maker
from webapp.static_files import serve_static
from webapp.streams import Streams
from webapp.told import told
from webapp.v1.asking import asking
from webapp.v1.bench import register_writing
from webapp.v1.feedback import feedback
from webapp.v1.openapi import add, describe_api, make_flask
from webapp.v1.reading import reading
from webapp.v1.sharing import sharing_api
from webapp.views import address
from webapp.watched import watch
from webapp.workbench import Workbench
from webapp.written import check_words, label_words


def create_app(
    service: Service,
    *,
    settings: WebSettings | None = None,
    receipts: Receipts | None = None,
    generator: Generator | None = None,
    accounts: Accounts | None = None,
    guide: Guide | None = None,
    workbench: Workbench | None = None,
    crowded: Callable[[], bool] | None = None,
) -> Flask:
    """Return the web application over one library.

    Without ``receipts`` answers cannot be shared; without ``generator`` they are quotes alone;
    without ``accounts`` nobody can sign in, and nothing that needs it is there; without
    ``guide`` no questions are offered while one is typed; without ``workbench`` the library
    cannot be changed here. While ``crowded`` says that too many wait, requests are turned away.
    """
    settings = settings or WebSettings()
    app = make_flask(settings)
    app.config["MAX_CONTENT_LENGTH"] = settings.body_limit
    name_requests(app)
    word_refusals(app)
    speak(app, settings)
    guard(app, trusted_hosts=settings.trusted_hosts)
    if crowded:
        turn_away(app, crowded)
    figures = Figures(service, shared=settings.shared)
    tellers = [figures.count, log_requests(questions=settings.log_questions)]
    watch(app, *tellers, *([hearing(workbench)] if workbench else []))
    limit(app, settings.api_limits, shared=settings.shared)
    allow(app, settings.widget_origins, serve_static(app))
    app.jinja_env.globals["has_desk"] = bool(accounts and workbench)
    if accounts:
        Access(app, accounts, settings)
        app.register_blueprint(access_pages(accounts))
        if workbench:
            room, streams = Room(workbench, accounts, service, settings), Streams(settings.streams)
            desk(app, room, streams)
    app.register_blueprint(health(service))
    if settings.metrics != "off":
        app.register_blueprint(metrics(figures, to=settings.metrics))
    add(app, asking(service, settings, generator))
    add(app, reading(service, settings))
    if workbench:
        add(app, feedback(workbench, settings))
    if accounts and workbench:
        register_writing(app, room, streams)
    describe_api(app)
    app.register_blueprint(pages(service, settings, generator, guide))
    app.register_blueprint(exports(service, settings))
    if guide:
        app.register_blueprint(prompting(guide))
    app.jinja_env.globals["can_suggest"] = guide is not None
    if receipts:
        limiter = Limiter(shared=settings.shared)
        app.register_blueprint(sharing(service, settings, receipts, limiter))
        add(app, sharing_api(service, settings, receipts, limiter))
    if workbench:
        app.register_blueprint(feedback_pages(settings, workbench))
    app.jinja_env.globals["can_tell"] = workbench is not None
    app.jinja_env.globals["keeps_questions"] = lambda: bool(workbench and workbench.keeps_questions)
    app.jinja_env.globals["share_token"] = token_maker(receipts)
    offline(app, settings)
    handle_errors(app, settings)
    _teach(app, settings)
    return app


def _teach(app: Flask, settings: WebSettings) -> None:
    """Give templates the words and addresses that they need."""
    here = Here(settings.region)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        kind=words.kind_words,
        format_name=words.format_words,
        date=words.date_words,
        moment=words.moment_words,
        plain=words.plain,
        plural=words.plural,
        doi=doi_address,
        dialled=dialled,
        own_words=here.own_words,
        say=say,
        told=told,
        number=words.number_words,
    )

    app.jinja_env.globals.update(
        settings=settings,
        emergency_numbers=here.emergency,
        region_advice=here.advice_line,
        medicine_note=here.medicine_note,
        reasons=REASONS,
        levels=words.LEVELS,
        page_words=words.page_words,
        label_words=label_words,
        check_words=check_words,
        overdue=lambda iso: words.overdue(iso, settings.today()),
        address=lambda quote: rooted(address(quote)),
        plain_address=address,
        reader_at=lambda document, start, end: rooted(reader_path(document, start, end)),
        open_at=lambda document, passage: rooted(reader_path(document, passage.start, passage.end)),
    )
