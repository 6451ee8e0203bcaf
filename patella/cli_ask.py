"""``patella search`` and ``patella ask``: of this machine's library, or of another server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click

from patella.cli_filters import filter_options, filters_of
from patella.cli_options import json_option

if TYPE_CHECKING:
    from corpus.filters import Filters
    from corpus.records import Answer, SearchResult, Why
    from patella.engine import Engine

EPILOG = "Exit codes: 0 done, 2 usage, 3 library or server unusable."

Engines = Callable[[click.Context], AbstractContextManager["Engine"]]


def register(group: click.Group, engine: Engines) -> None:
    """Add the commands to ``group``."""

    @group.command(epilog=EPILOG)
    @click.argument("question")
    @click.option("-k", "k", default=10, type=click.IntRange(1, 100), help="How many passages.")
    @click.option("--why", is_flag=True, help="Tell for each passage what brought it.")
    @filter_options
    @json_option
    @click.pass_context
    def search(
        ctx: click.Context, /, question: str, k: int, why: bool, as_json: bool, **only: Any
    ) -> None:
        """Find passages, best first. Words in double quotes must stand in that order.

        Example: patella search "pain going down stairs" -k 5 --kind guideline --since 2020
        """
        from patella.terminal import print_hits, print_json
        from webapp.present import search_json, why_json

        result, whys = _search(ctx, engine, question, k, filters_of(only), why)
        if as_json:
            body = search_json(result)
            for told, reason in zip(body["hits"], whys, strict=False):
                told["why"] = why_json(reason)
            print_json(body)
        else:
            print_hits(result, whys)

    @group.command(epilog=EPILOG)
    @click.argument("question")
    @click.option("--generate", is_flag=True, help="Also in the words of the settings' generator.")
    @filter_options
    @json_option
    @click.pass_context
    def ask(
        ctx: click.Context, /, question: str, generate: bool, as_json: bool, **only: Any
    ) -> None:
        """Answer a question with quotes and their citations, or say that it isn't in the library.

        Exits 0 whether or not there is an answer.

        Example: patella ask "why does sitting hurt my knee"
        """
        from patella.terminal import print_answer, print_json

        answer = _ask(ctx, engine, question, filters_of(only), generate)
        if as_json:
            from webapp.present import answer_json

            print_json(answer_json(answer))
        else:
            print_answer(answer)


def _search(
    ctx: click.Context, engine: Engines, question: str, k: int, filters: Filters, why: bool
) -> tuple[SearchResult, list[Why]]:
    if server := ctx.meta.get("server"):
        from patella.client import Client
        from patella.remote import Remote

        with Client(server, token=ctx.meta["token"]) as client:
            return Remote(client).search(question, k=k, filters=filters, why=why)
    with engine(ctx) as held:
        result = held.search(question, k=k, filters=filters)
        return result, [held.why(question, h.passage.id) for h in result.hits] if why else []


def _ask(
    ctx: click.Context, engine: Engines, question: str, filters: Filters, generate: bool
) -> Answer:
    if server := ctx.meta.get("server"):
        from patella.client import Client
        from patella.remote import Remote

        with Client(server, token=ctx.meta["token"]) as client:
            return Remote(client).ask(question, filters=filters, generate=generate)
    with engine(ctx) as held:
        answer = held.ask(question, filters=filters)
        if generate:
            from patella.generator import required

            return required(held.settings).write(answer)
        return answer
