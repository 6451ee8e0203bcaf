"""``patella cite``: a document, its reference list, or an answer's citations for a reference manager."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import click

from corpus.errors import UsageError

if TYPE_CHECKING:
    from patella.engine import Engine

FORMATS = ("bibtex", "ris", "csl")
"""Those of ``answer/exports.py``, which is read only where a citation is written."""

EPILOG = "Exit codes: 0 done, 2 usage, 3 library unusable."


def register(
    group: click.Group, engine: Callable[[click.Context], AbstractContextManager[Engine]]
) -> None:
    """Add the command to ``group``."""

    @group.command(epilog=EPILOG)
    @click.argument("document", required=False)
    @click.option("--ask", "question", help="Cite what an answer to this question quotes.")
    @click.option(
        "--format",
        "format_",
        type=click.Choice(FORMATS),
        default="bibtex",
        show_default=True,
        help="csl is CSL-JSON.",
    )
    @click.option("--references", is_flag=True, help="Its reference list instead of itself.")
    @click.pass_context
    def cite(
        ctx: click.Context,
        document: str | None,
        question: str | None,
        format_: str,
        references: bool,
    ) -> None:
        """Print a citation for a reference manager: BibTeX, RIS or CSL-JSON.

        Example: patella cite sitting --format ris --references
        """
        if (document is None) == (question is None) or (references and question):
            raise UsageError(
                "Name one document, or give a question with --ask.",
                hint="Try: patella cite sitting, or: patella cite --ask 'why does sitting hurt'",
            )
        import datetime as dt

        from answer import exports
        from answer.works import document_work, quoted_works, reference_works

        today = dt.datetime.now(dt.UTC).date()
        with engine(ctx) as held:
            if question is not None:
                answer = held.ask(question)
                works = quoted_works(answer.quotes or answer.related, accessed=today)
            else:
                opened = held.open_source(str(document)).document
                works = (document_work(opened, accessed=today),)
                if references:
                    works = reference_works(opened.metadata.references, accessed=today)
        # written as bytes: RIS ends its lines in CR LF on every system, and all three are UTF-8
        sys.stdout.buffer.write(exports.FORMATS[format_].write(works).encode("utf-8", "replace"))
        sys.stdout.flush()
