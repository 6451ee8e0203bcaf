"""``patella evaluate``: search and answers measured on judged questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from patella.cli_options import EPILOG, json_option

if TYPE_CHECKING:
    from patella.settings import Settings


def register(group: click.Group, settings: Callable[[click.Context], Settings]) -> None:
    """Add the command; ``settings`` reads what the command line names."""

    @group.command(epilog=EPILOG)
    @click.option(
        "--beir",
        type=click.Path(path_type=Path, file_okay=False),
        help="A set in BEIR form. Default: our own judged questions on the shipped library.",
    )
    @click.option("--split", default="test", help="Which half, or which qrels/SPLIT.tsv.")
    @click.option("--work", type=click.Path(path_type=Path), help="Keep the made library here.")
    @click.option(
        "--run", "run_file", type=click.Path(path_type=Path), help="Write a TREC run here."
    )
    @click.option(
        "--save-baseline", type=click.Path(path_type=Path), help="Keep this run's values here."
    )
    @click.option(
        "--baseline",
        type=click.Path(path_type=Path),
        help="Hold the run against values kept before.",
    )
    @click.option(
        "--picture", type=click.Path(path_type=Path), help="Draw the measures as SVG here."
    )
    @json_option
    @click.pass_context
    def evaluate(
        ctx: click.Context,
        *,
        beir: Path | None,
        split: str,
        work: Path | None,
        run_file: Path | None,
        save_baseline: Path | None,
        baseline: Path | None,
        picture: Path | None,
        as_json: bool,
    ) -> None:
        """Measure search and answers on judged questions, through the code that people's take.

        The documents go into a library of their own; yours is not touched.

        Example: patella evaluate --beir scifact --split test --json
        """
        from corpus.judged import write_run
        from patella import compare
        from patella import evaluate as evaluating
        from patella.progress import bars
        from patella.terminal import (
            print_differences,
            print_json,
            print_measures,
            print_shares,
        )

        kept = compare.load_baseline(baseline) if baseline else None
        with bars(quiet=as_json) as watchers:
            found = (
                evaluating.beir(settings(ctx), beir, split=split, work=work, watchers=watchers)
                if beir
                else evaluating.own(settings(ctx), split=split, work=work, watchers=watchers)
            )
        if run_file:
            write_run(run_file, found.run, name="patella")
        gaps = compare.differences(found, kept) if kept else {}
        if save_baseline:
            compare.save_baseline(save_baseline, found)
        if picture:
            title = f"{beir.name if beir else 'Own questions'}, {split}"
            compare.write_picture(picture, found.measures, title=title, kept=kept)
        if as_json:
            against = {"against_baseline": compare.differences_json(gaps)} if gaps else {}
            print_json(found.as_json() | against)
        else:
            print_measures(found.measures, len(next(iter(found.per_query.values()))))
            print_shares(found.shares)
            print_differences(gaps)
