"""The commands of a library's life: what goes in, what is there, serving it, and looking after it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from corpus.errors import UsageError
from patella.cli_opening import engine_of, settings_of
from patella.cli_options import (
    EPILOG,
    EXIT_SOME_FAILED,
    EXIT_UNUSABLE,
    json_option,
    quiet_option,
    ray_option,
)

if TYPE_CHECKING:
    from patella.engine import Engine


def register(group: click.Group) -> None:
    """Add the commands to the command line."""
    for command in (add, index, remove, list_, show, serve, watch, status, doctor, lint):
        group.add_command(command)


@click.command(epilog=EPILOG)
@click.argument("targets", nargs=-1)
@click.option("--include", multiple=True, help="Take only files that fit, as in a .gitignore.")
@click.option("--exclude", multiple=True, help="Leave out files and folders that fit.")
@click.option("--name", help="What standard input (-) is to be called, such as notes.md.")
@click.option("--shipped", is_flag=True, help="Add the shipped library on runner's knee.")
@click.option("--no-publish", is_flag=True, help="Read and store, but leave publishing for later.")
@ray_option
@quiet_option
@json_option
@click.pass_context
def add(
    ctx: click.Context,
    targets: tuple[str, ...],
    *,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    name: str | None,
    shipped: bool,
    no_publish: bool,
    ray: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Add files, folders, web pages, sitemaps, feeds and standard input (-), and publish.

    Adding something again takes up its changes; the same document is never stored twice. Also:
    patella ingest.

    Example: patella add leaflets/ guideline.pdf https://example.org/knee.html
    """
    if ray:
        from patella.cli_ray import told_apart

        targets, ray = told_apart(targets, ray)
    if not targets and not shipped:
        raise UsageError("Nothing to add.", hint="Give a file or folder: patella add PATH")
    from patella.cli_sources import read_given
    from patella.progress import bars
    from patella.publishing import operator
    from patella.run_report import Origin
    from patella.writer import Writer

    given, wanted = read_given(targets, name)

    with engine_of(ctx, ray) as engine:
        with bars(quiet=quiet or as_json) as watchers:
            report = Writer(engine, watchers=watchers, origin=Origin(operator())).add(
                wanted,
                shipped=shipped,
                publish=not no_publish,
                given=given,
                include=include,
                exclude=exclude,
            )
        _report(engine, report, as_json, quiet=quiet)


def _report(engine: Engine, report: Any, as_json: bool, *, quiet: bool = False) -> None:
    """Tell what was done; what it left in pieces is merged when it is told."""
    from patella.merging import merge
    from patella.run_table import print_run
    from patella.terminal import print_json

    if as_json:
        print_json(report.as_json())
    else:
        print_run(report, quiet=quiet)
    sys.stdout.flush()
    merge(engine)
    if report.failed:
        sys.exit(EXIT_SOME_FAILED)


@click.command(epilog=EPILOG)
@click.option("--retry", is_flag=True, help="Try files again that failed and have not changed.")
@click.option("--rehash", is_flag=True, help="Read every file instead of trusting size and time.")
@click.option("--warm", is_flag=True, help="Also make what questions would have made when asked.")
@ray_option
@quiet_option
@json_option
@click.pass_context
def index(
    ctx: click.Context,
    *,
    retry: bool,
    rehash: bool,
    warm: bool,
    ray: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Look again at all known sources and publish what changed.

    Files dropped into the library's own folder (DATA-DIR/articles) are found too.

    Example: patella index
    """
    from patella import warming
    from patella.progress import bars
    from patella.publishing import operator
    from patella.run_report import Origin
    from patella.writer import Writer

    with engine_of(ctx, ray) as engine:
        with bars(quiet=quiet or as_json) as watchers:
            writer = Writer(engine, watchers=watchers, origin=Origin(operator()))
            report = writer.index(retry=retry, rehash=rehash)
            if warm:
                warming.warm(engine)
        _report(engine, report, as_json, quiet=quiet)


@click.command(epilog=EPILOG)
@click.argument("targets", nargs=-1, required=True)
@click.option("--no-publish", is_flag=True, help="Leave publishing for later.")
@json_option
@click.pass_context
def remove(ctx: click.Context, targets: tuple[str, ...], no_publish: bool, as_json: bool) -> None:
    """Take documents (by id), files, or whole folders out of the library. The files stay.

    Example: patella remove old-leaflet notes/2019.md
    """
    from patella.publishing import operator
    from patella.run_report import Origin
    from patella.writer import Writer

    with engine_of(ctx) as engine:
        report = Writer(engine, origin=Origin(operator())).remove(targets, publish=not no_publish)
        _report(engine, report, as_json)


@click.command("list", epilog=EPILOG)
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the documents that are searched now.

    Example: patella list --json
    """
    from patella.addresses import addresses_of
    from patella.terminal import print_documents, print_json
    from webapp.present import catalogue_json

    with engine_of(ctx) as engine:
        documents = engine.documents()
        places = addresses_of(engine.store, [document.id for document in documents])
    if as_json:
        listed = [catalogue_json(one) | {"addresses": places[one.id]} for one in documents]
        print_json({"documents": listed})
    else:
        print_documents(documents, places)


@click.command(epilog=EPILOG)
@click.argument("document")
@click.option("--text", is_flag=True, help="Print the frozen text that offsets count in.")
@click.option("--version", "version_id", type=int, help="Another version, by its id.")
@json_option
@click.pass_context
def show(
    ctx: click.Context, document: str, text: bool, version_id: int | None, as_json: bool
) -> None:
    """Show one document: what it says of itself, its passages, or its text.

    Example: patella show sitting --text
    """
    from patella.addresses import addresses_of
    from patella.terminal import out, print_json
    from webapp.present import catalogue_json

    with engine_of(ctx) as engine:
        source = engine.open_source(document, version_id=version_id)
        places = addresses_of(engine.store, [source.document.id])[source.document.id]
        passages = engine.store.document_passages(source.document.version_id)
    if as_json:
        body = catalogue_json(source.document) | {
            "addresses": places,
            "text": source.text,
            "is_current": source.is_current,
            "passage_list": [
                {"start": p.start, "end": p.end, "page": p.page, "heading": list(p.heading)}
                | {"text": p.text}
                for p in passages
            ],
        }
        print_json(body)
    elif text:
        # exactly the text: no line may be added, offsets count from its first character
        sys.stdout.write(source.text)
    else:
        for key, value in asdict(source.document.metadata).items():
            if value and key not in {"references", "evidence"}:
                shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
                out.print(f"{key:>12}  {shown}", markup=False)
        for place in places:
            out.print(f"{'file':>12}  {place}", markup=False)
        for p in passages:
            out.print(f"\n[{p.start}–{p.end}] {' > '.join(p.heading)}", markup=False, style="dim")
            out.print(p.text, markup=False)


@click.command(epilog=EPILOG)
@click.option("--host", help="Address to listen on. Default: 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port. Default: 8000.")
@click.option("--processes", type=click.IntRange(1, 64), help="Processes that serve. Default: 1.")
@click.option("--watch/--no-watch", default=None, help="Take up changes of files as they happen.")
@quiet_option
@click.pass_context
def serve(
    ctx: click.Context,
    host: str | None,
    port: int | None,
    processes: int | None,
    watch: bool | None,
    quiet: bool,
) -> None:
    """Serve the search page and the API.

    An empty library is first filled with the shipped one on runner's knee.

    Example: patella serve --port 8080
    """
    from dataclasses import replace

    settings = settings_of(ctx)
    settings = replace(
        settings,
        host=host or settings.host,
        port=settings.port if port is None else port,
        processes=processes or settings.processes,
        watch=settings.watch if watch is None else watch,
    )
    if settings.processes > 1:
        from patella.processes import run_all

        sys.exit(run_all(settings, quiet=quiet))
    from patella.serve import run

    run(settings, quiet=quiet)


@click.command(epilog=EPILOG)
@quiet_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line for each run.")
@click.pass_context
def watch(ctx: click.Context, quiet: bool, as_json: bool) -> None:
    """Keep the library up to date until Ctrl-C: changed files at once, web sources now and then.

    Many changes at once make one generation; files still being written are waited for.

    Example: patella watch --quiet
    """
    from patella.cli_watch import run_watch

    run_watch(settings_of(ctx), quiet=quiet or as_json, as_json=as_json)


@click.command(epilog=EPILOG)
@json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Tell what is served, from which sources, and what could not be read.

    Example: patella status
    """
    from patella.status import print_status, read_status
    from patella.terminal import print_json

    with engine_of(ctx) as engine:
        found = read_status(engine)
    if as_json:
        print_json(asdict(found))
    else:
        print_status(found)


@click.command(epilog=EPILOG)
@click.option("--mend", is_flag=True, help="Make vectors and index again where that helps.")
@click.option(
    "--recall", is_flag=True, help="Only hold the search by vectors against an exact one."
)
@json_option
@click.pass_context
def doctor(ctx: click.Context, mend: bool, recall: bool, as_json: bool) -> None:
    """Hold library, vectors, originals and index against each other, and say what to do.

    Exits 3 if anything that answers depend on is wrong, 1 where a recall is below what is promised.

    Example: patella doctor --mend
    """
    from patella import checks, mending
    from patella.terminal import print_checks, print_json

    if mend and recall:
        raise click.UsageError("--recall only measures: give --mend by itself.")
    with engine_of(ctx) as engine:
        if recall:
            from patella.recall import print_recall

            sys.exit(0 if print_recall(engine, as_json) else EXIT_SOME_FAILED)
        found = mending.mend(engine) if mend else checks.examine(engine)
    if as_json:
        print_json({"ok": all(c.ok for c in found), "checks": [asdict(c) for c in found]})
    else:
        print_checks(found)
    if any(not check.ok and check.name not in {"failures", "remains"} for check in found):
        sys.exit(EXIT_UNUSABLE)
    if any(not check.ok for check in found):
        sys.exit(EXIT_SOME_FAILED)


@click.command(epilog="Exit codes: 0 no faults, 1 faults found, 2 usage.")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--fix", "mend", is_flag=True, help="Write each article's list of references.")
@click.option("--report", type=click.Path(path_type=Path), help="Write a report in Markdown here.")
@json_option
def lint(folder: Path | None, mend: bool, report: Path | None, as_json: bool) -> None:
    """Check a library's articles and references against the editor's guide.

    Without a folder: the shipped library. A folder holds articles/ and references/.

    Example: patella lint --fix
    """
    from patella.lint_command import run_lint

    sys.exit(run_lint(folder, mend=mend, as_json=as_json, report_to=report))
