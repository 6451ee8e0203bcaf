"""``patella questions``, ``difference`` and ``forget``: saved questions, what changed, and what was asked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from patella.cli_options import json_option

if TYPE_CHECKING:
    from patella.engine import Engine
    from webapp.workbench_records import AnswerComparison, AnswerView, Difference

EPILOG = "Exit codes: 0 done, 1 some were not there, 2 usage, 3 library unusable."
CHECK_EPILOG = (
    "Exit codes: 0 done, 1 with --check: some are answered otherwise, 2 usage, 3 library unusable."
)
Opened = Callable[[click.Context], AbstractContextManager["Engine"]]


def register(main: click.Group, engine: Opened) -> None:
    """Add the commands to ``main``."""
    _register_questions(main, engine)
    _register_difference(main, engine)
    _register_forget(main, engine)


def _register_questions(main: click.Group, engine: Opened) -> None:
    @main.group(epilog=CHECK_EPILOG, invoke_without_command=True)
    @click.option("--check", is_flag=True, help="Tell which are answered otherwise than before.")
    @click.option("--since", type=int, help="Check against this generation, not the one before.")
    @json_option
    @click.pass_context
    def questions(ctx: click.Context, check: bool, since: int | None, as_json: bool) -> None:
        """List saved questions; with --check ask them of the served generation and of the one before.

        Example: patella questions --check
        """
        from corpus.errors import UsageError

        if ctx.invoked_subcommand:
            return
        if since is not None and not check:
            raise UsageError(
                "--since goes with --check.", hint="patella questions --check --since 3"
            )
        with engine(ctx) as opened:
            if check:
                _check(opened, since, as_json=as_json)
            else:
                _list(opened, as_json=as_json)

    _register_acts(questions, engine)


def _register_acts(questions: click.Group, engine: Opened) -> None:
    @questions.command("list", epilog=EPILOG)
    @json_option
    @click.pass_context
    def list_(ctx: click.Context, as_json: bool) -> None:
        """List saved questions, with the state and document expected of their answers.

        Example: patella questions list
        """
        with engine(ctx) as opened:
            _list(opened, as_json=as_json)

    @questions.command(epilog=EPILOG)
    @click.argument("texts", nargs=-1, required=True)
    @json_option
    @click.pass_context
    def save(ctx: click.Context, texts: tuple[str, ...], as_json: bool) -> None:
        """Save questions with the state and the first document of their answers now.

        Example: patella questions save "Why does sitting hurt my knee?"
        """
        from patella.publishing import operator
        from patella.terminal import out, print_json
        from patella.workbench import save_question

        with engine(ctx) as opened:
            saved = [save_question(opened, text, by=operator()) for text in texts]
        if as_json:
            print_json({"questions": [asdict(one) for one in saved]})
            return
        for one in saved:
            out.print(f"{one.id:>4}  {_expected(one)}  {one.text}", markup=False)

    @questions.command(epilog=EPILOG)
    @click.argument("ids", nargs=-1, required=True, type=int)
    @json_option
    @click.pass_context
    def remove(ctx: click.Context, ids: tuple[int, ...], as_json: bool) -> None:
        """Delete saved questions by their numbers.

        Example: patella questions remove 3
        """
        from corpus.errors import NotFound
        from patella.terminal import err, out, print_json

        with engine(ctx) as opened:
            gone, missing = [], []
            for one in dict.fromkeys(ids):
                try:
                    gone.append(opened.store.saved.delete(one).id)
                except NotFound as error:
                    missing.append(one)
                    err.print(f"{error} {error.hint}", markup=False)
        if as_json:
            print_json({"removed": gone, "not_found": missing})
        else:
            out.print(f"{len(gone)} removed")
        if missing:
            sys.exit(1)


def _list(opened: Engine, *, as_json: bool) -> None:
    from patella.terminal import out, print_json

    saved = opened.store.saved.list()
    if as_json:
        print_json({"questions": [asdict(one) for one in saved]})
        return
    for one in saved:
        out.print(f"{one.id:>4}  {_expected(one)}  {one.text}", markup=False)
    out.print(f"{len(saved)} saved", style="dim")


def _expected(one: Any) -> str:
    return f"{one.state}, {one.document_id}" if one.document_id else str(one.state)


def _check(opened: Engine, since: int | None, *, as_json: bool) -> None:
    from corpus.errors import UsageError
    from patella.difference import at_generation, compare
    from patella.terminal import out, print_json

    served = opened.generation()
    earlier = [g.id for g in opened.store.generations() if g.id != served.id]
    before = since if since is not None else max((n for n in earlier if n < served.id), default=0)
    if before not in earlier:
        raise UsageError(
            f"There is no generation {since} to check against."
            if since is not None
            else "There is no generation before the served one to check against.",
            hint="See: patella generations",
        )
    with at_generation(opened, before) as other:
        found = compare(opened.store.saved.list(), other, opened)
    if found is None:
        raise UsageError("Nothing was compared.", hint="Run the command again.")
    if as_json:
        print_json({"before": before, "served": served.id} | _answers(found))
    else:
        out.print(f"Generation {before} against the served {served.id}:")
        _print_answers(found)
    if found.changed:
        sys.exit(1)


def _answers(found: AnswerComparison) -> dict[str, Any]:
    return {
        "asked": found.asked,
        "changed": [
            {
                "question": asdict(one.question),
                "before": asdict(one.before) if one.before else None,
                "after": asdict(one.after),
                "as_expected": one.as_expected,
            }
            for one in found.changed
        ],
    }


def _print_answers(found: AnswerComparison) -> None:
    from patella.terminal import out

    for one in found.changed:
        mark = "as expected" if one.as_expected else "NOT as expected"
        out.print(f"\n{one.question.text}  ({mark})", markup=False, style="bold")
        for name, seen in (("before", one.before), ("after", one.after)):
            _print_view(name, seen)
    out.print(f"{len(found.changed)} of {found.asked} answered otherwise")


def _print_view(name: str, seen: AnswerView | None) -> None:
    from patella.terminal import out

    if seen is None:
        return
    out.print(f"  {name:>6}: {seen.state}", markup=False)
    for quote in seen.quotes:
        out.print(f"          {quote.document_id}: {quote.text}", markup=False, style="dim")


def _register_difference(main: click.Group, engine: Opened) -> None:
    @main.command(epilog="Exit codes: 0 done, 2 usage, 3 library unusable.")
    @json_option
    @click.pass_context
    def difference(ctx: click.Context, as_json: bool) -> None:
        """Tell what publishing would change: documents, and the answers to saved questions.

        Example: patella difference
        """
        from patella.difference import Differ
        from patella.terminal import print_json

        with engine(ctx) as opened:
            found = Differ(opened).now()
        if as_json:
            body = {
                name: [asdict(one) for one in getattr(found, name)]
                for name in ("added", "changed", "removed")
            }
            print_json(
                {"served": found.served.id if found.served else None, "held": found.held}
                | body
                | {"answers": _answers(found.answers) if found.answers else None}
            )
        else:
            _print_difference(found)


def _print_difference(found: Difference) -> None:
    from patella.terminal import out

    if found.empty:
        out.print("Nothing to publish: all that is stored is served.")
        return
    for name in ("added", "changed", "removed"):
        for one in getattr(found, name):
            hidden = " (hidden)" if one.hidden else ""
            counts = f"{one.passages_before} -> {one.passages_after} passages"
            out.print(f"{name:>8}  {one.id}  {one.title}  {counts}{hidden}", markup=False)
    if found.answers and found.answers.asked:
        _print_answers(found.answers)
    if found.held:
        out.print(f"{found.held} To publish it: patella publish", markup=False, style="yellow")


def _register_forget(main: click.Group, engine: Opened) -> None:
    @main.command(epilog="Exit codes: 0 done, 2 usage, 3 library unusable.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @json_option
    @click.pass_context
    def forget(ctx: click.Context, yes: bool, as_json: bool) -> None:
        """Delete all that was kept of what people asked, so that it cannot be read from the disk.

        Saved questions stay. Shared answers are removed by: patella receipts remove --all

        Example: patella forget --yes
        """
        from patella.gaps import Gaps
        from patella.publishing import operator
        from patella.terminal import out, print_json
        from patella.workbench import forget as forget_all

        if not yes:
            click.confirm("Delete every question that was kept?", abort=True, err=True)
        with engine(ctx) as opened:
            kept = Gaps(opened)
            try:
                count = forget_all(opened, kept, by=operator())
            finally:
                kept.close()
        if as_json:
            print_json({"forgotten": count})
        else:
            out.print(f"{count} questions forgotten")
