"""``patella adopt``: the library of a data directory, brought into PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import click

from patella.settings import Settings


def register(main: click.Group, settings: Callable[[click.Context], Settings]) -> None:
    """Add the command to ``main``."""

    @main.command(epilog="Exit codes: 0 done, 2 usage, 3 library unusable.")
    @click.pass_context
    def adopt(ctx: click.Context) -> None:
        """Bring the library of the data directory, its accounts and vectors, into PostgreSQL.

        It goes where store_url says (PATELLA_STORE_URL=postgresql://patella@db/patella), which must hold
        no library yet. The files stay as they are, and are not used any more while store_url is set; the
        index and the originals are.

        Example: patella adopt
        """
        from patella.adopting import adopt as bring
        from patella.terminal import out
        from webapp.words import plural

        done = bring(settings(ctx))
        also = [name for name in ("accounts", "vectors") if getattr(done, name)]
        with_them = f", with its {' and '.join(also)}" if also else ""
        out.print(f"Brought over: {plural(done.rows, 'row')} of the library{with_them}.")
