"""``patella backup``, ``restore`` and ``collect``: what a library keeps, where, and for how long."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from patella.cli_options import EPILOG, json_option

if TYPE_CHECKING:
    from patella.engine import Engine
    from patella.settings import Settings


def register(
    main: click.Group,
    engine: Callable[[click.Context], AbstractContextManager[Engine]],
    settings: Callable[[click.Context], Settings],
) -> None:
    """Add the commands to ``main``."""
    _register_backup(main, engine)
    _register_restore(main, settings)
    _register_collect(main, engine)


def _register_backup(
    main: click.Group, engine: Callable[[click.Context], AbstractContextManager[Engine]]
) -> None:
    @main.command(epilog="Exit codes: 0 done, 1 not whole, 2 usage, 3 library unusable.")
    @click.argument("target", type=click.Path(path_type=Path, file_okay=False))
    @click.option(
        "--keep", type=click.IntRange(1), default=7, help="Snapshots to keep. Default: 7."
    )
    @click.option("--private", is_flag=True, help="Accounts and kept questions as well.")
    @click.option("--check", is_flag=True, help="Write nothing: read all that is there.")
    @json_option
    @click.pass_context
    def backup(
        ctx: click.Context, target: Path, *, keep: int, private: bool, check: bool, as_json: bool
    ) -> None:
        """Add a snapshot of the library to a folder, while it is used; files there are not copied again.

        Accounts, tokens, the audit log and kept questions are only in it with --private: who can
        read the folder can read them.

        Example: patella backup /mnt/disk/patella
        """
        from patella.backup import back_up
        from patella.terminal import out, print_json
        from webapp.words import plural

        if check:
            sys.exit(_check(target, as_json))
        with engine(ctx) as opened:
            done = back_up(opened, target, keep=keep, private=private)
        if as_json:
            print_json({"backup": asdict(done)})
        else:
            out.print(
                f"Snapshot {done.snapshot}: {plural(done.documents, 'document')};"
                f" {plural(done.originals_copied, 'file')} copied,"
                f" {done.originals_there} there already.",
                soft_wrap=True,
            )
            if not private:
                out.print("Without accounts and questions: --private takes them as well.")
            if done.missing:
                lost = plural(len(done.missing), "file")
                out.print(f"The originals of {lost} are lost. See: patella doctor")
        if done.missing:
            sys.exit(1)


def _check(target: Path, as_json: bool) -> int:
    """Tell of each snapshot whether it is whole; return the exit code."""
    from corpus.errors import Damaged
    from patella import backup_records as records
    from patella.backup_standing import note_check
    from patella.restoring import faults
    from patella.terminal import out, print_json

    if not records.names(target):
        records.find(target)
    found = {}
    for name in records.names(target):
        try:
            found[name] = faults(target, records.load(target / records.SNAPSHOTS / name))
        except Damaged as error:
            found[name] = (str(error),)
    note_check(target, found)
    if as_json:
        print_json({"ok": not any(found.values()), "snapshots": found})
    else:
        for name, wrong in found.items():
            out.print(f"{name}: {'; '.join(wrong) or 'whole'}", markup=False, soft_wrap=True)
    return 1 if any(found.values()) else 0


def _register_restore(main: click.Group, settings: Callable[[click.Context], Settings]) -> None:
    @main.command(epilog="Exit codes: 0 done, 2 usage, 3 backup or library unusable.")
    @click.argument("source", type=click.Path(path_type=Path, file_okay=False))
    @click.option("--snapshot", default="", help="Another than the newest, by its name.")
    @json_option
    @click.pass_context
    def restore(ctx: click.Context, source: Path, snapshot: str, as_json: bool) -> None:
        """Make a library of a backup, in a data directory without one, and check it.

        Example: patella --data-dir /srv/patella restore /mnt/disk/patella
        """
        from patella.engine import Engine
        from patella.mending import mend
        from patella.restoring import restore as bring_back
        from patella.terminal import out, print_checks, print_json
        from webapp.words import plural

        chosen = settings(ctx)
        done = bring_back(source, chosen, name=snapshot)
        # its own settings came with it
        opened = Engine(settings(ctx))
        try:
            found = mend(opened)
        finally:
            opened.close()
        good = all(check.ok or check.name == "failures" for check in found)
        if as_json:
            print_json({"restored": asdict(done), "ok": good, "checks": [asdict(c) for c in found]})
        else:
            out.print(
                f"Restored {plural(done.documents, 'document')} of {done.created_at}"
                f" to {chosen.data_dir}.",
                soft_wrap=True,
            )
            if done.withdrawn:
                out.print(f"Withdrawn since, and left out: {', '.join(done.withdrawn)}")
            print_checks(found)
        if not good:
            sys.exit(3)


def _register_collect(
    main: click.Group, engine: Callable[[click.Context], AbstractContextManager[Engine]]
) -> None:
    @main.command(epilog=EPILOG)
    @click.option("--keep", type=click.IntRange(1), required=True, help="How many to keep.")
    @json_option
    @click.pass_context
    def collect(ctx: click.Context, keep: int, as_json: bool) -> None:
        """Keep the newest generations; remove older ones and the texts that nothing else needs.

        Shared answers keep the versions that they quote. The setting keep_generations does it after
        each publishing.

        Example: patella collect --keep 20
        """
        from patella.terminal import counted, out, print_json
        from patella.writer import Writer

        with engine(ctx) as opened:
            gone = Writer(opened).collect(keep)
        if as_json:
            print_json({"removed": asdict(gone)})
            return
        originals = "no original files"
        if gone.originals is not None:
            originals = counted(gone.originals, "original file")
        out.print(
            f"Removed {counted(gone.generations, 'generation')},"
            f" {counted(gone.versions, 'version')} of documents,"
            f" {counted(gone.vectors, 'vector')} and {originals}."
        )
