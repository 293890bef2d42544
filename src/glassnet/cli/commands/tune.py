"""``glassnet tune``: try many settings on a table, average the best, and write scores and a model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid

from glassnet.cli.options.destination import MODEL, check_destination
from glassnet.cli.options.options import Force, Groups, NewModel, Quiet, TablePath, Understanding, Weights
from glassnet.cli.options.survival_loss import Intervals, Strata, SurvivalLoss, check_loss, loss_settings
from glassnet.cli.options.workers import WorkerOptions
from glassnet.cli.summary.judgment import counted, divide_table, judge, print_next, print_table
from glassnet.cli.summary.survival import with_event, with_strata
from glassnet.cli.terminal import terminal
from glassnet.cli.terminal.ending import Interrupted
from glassnet.cli.terminal.interruption import Interruption, Kept
from glassnet.cli.terminal.progress import TuningDisplay

if TYPE_CHECKING:
    from glassnet.estimators import TableEstimator
    from glassnet.estimators.tuning.tune import TuningProgress

EXAMPLES = """
Examples:

glassnet tune patients.csv --target diagnosis --budget 60s

glassnet tune study.csv --target months --event died --budget 60s

glassnet tune patients.csv --target diagnosis --rounds 3 --workers 4

glassnet tune houses.csv --target price --rounds 3 --recipe lecture --model houses.glassnet
"""
_SHOWN = 12


def tune(
    table: TablePath,
    options: Understanding,
    workers: WorkerOptions,  # noqa: ARG001 (`command` runs the function on them)
    event: Annotated[
        str | None,
        typer.Option(
            "--event",
            metavar="COLUMN",
            show_default=False,
            help="For a time in --target: the column that says whether it ended with the event (status=2 if 2 means "
            "the event).",
        ),
    ] = None,
    loss: SurvivalLoss = None,
    intervals: Intervals = None,
    strata: Strata = None,
    weights: Weights = None,
    groups: Groups = None,
    model: NewModel = None,
    recipe: Annotated[str, typer.Option(help="The recipe whose settings are varied.")] = "auto",
    budget: Annotated[
        str | None,
        typer.Option(help="Time limit, such as 90s or 5min.", show_default="60 s, unless rounds are given"),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(help="Rounds instead of a time limit; the same seed gives the same bits.", show_default=False),
    ] = None,
    trials: Annotated[int | None, typer.Option(help="Settings tried per round.", show_default="up to 12")] = None,
    test_share: Annotated[float, typer.Option(help="Share of the rows used only for the evaluation.")] = 0.2,
    seed: Annotated[int, typer.Option(help="The seed of folds, settings and networks.")] = 0,
    threads: Annotated[int, typer.Option(help="Threads; -1 uses all cores.")] = -1,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Try many settings on a table, average the best, compare them with simpler models, and write them to a file.

    Settings are varied around a recipe and trained side by side; the worst are stopped early. Some rows are held out as
    a test set that plays no part in the choice. Ctrl-C keeps the best so far.
    """
    from glassnet.estimators import tune as tune_table

    path = Path(table.stem + ".glassnet") if model is None else model
    check_destination(path, MODEL, inputs={"table": table, "schema file": options.schema_file}, force=force)
    if event is not None:
        options = with_event(options, event)
    if strata is not None:
        options = with_strata(options, strata)
    console, listener = terminal.report()
    rows, understood, notes, split, _, groups, parts = divide_table(options, table, weights, groups, test_share, seed)
    of_times = loss_settings(loss, intervals)
    check_loss(of_times, understood)
    if not quiet:
        print_table(console, table, understood, notes, rows)
        terminal.notes().print(f"Tuning on {counted(rows, split, groups)}. Ctrl-C keeps the best so far.")
    with Interruption() as interruption:
        with TuningDisplay(terminal.notes(), quiet=quiet) as display:

            def watch(progress: TuningProgress) -> None:
                display.update(progress)
                interruption.after_slice()

            try:
                estimator = tune_table(
                    parts.train, schema=understood, weights=weights, groups=groups, recipe=recipe,
                    budget=budget, rounds=rounds, trials=trials, random_state=seed, n_jobs=threads, progress=watch,
                    **of_times,
                )  # fmt: skip
            except KeyboardInterrupt:
                raise Interrupted("Interrupted before any setting could be used, so there is no model.") from None
        estimator.save(path)
    with Kept(path):
        if not quiet:
            _print_trials(console, estimator)
        if judge(console, estimator, parts, weights, groups, threads, options.limit, quiet=quiet):
            estimator.save(path)
    print_next(console, path, None if quiet else table, options.words)
    listener.check(f"The network is in {path}.")
    if interruption.asked:
        raise Interrupted(f"The tuning was interrupted. The best so far is in {path}.")


def _print_trials(console: Console, estimator: TableEstimator) -> None:
    """Print the table of trials and the chosen networks."""
    trials = estimator.trials_
    console.print(terminal.title("Trials", f"{len(trials)} settings, sorted by loss on left-out rows"))
    heading, *rows = trials.rows(_SHOWN)
    grid = Grid(box=None, padding=(0, 1, 0, 0), header_style="dim", show_edge=False)
    for name in heading:
        grid.add_column(name, no_wrap=True, justify="left" if name in ("hidden", "act", "embed", "state") else "right")
    voted = heading.index("votes")
    for row in rows:
        grid.add_row(*row, style="bold" if row[voted] != "0" else "")
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))
    if len(trials) > _SHOWN:
        console.print(f"  and {len(trials) - _SHOWN} more with larger losses")
    from glassnet.layers import sizes_text

    networks, seconds = estimator.networks_, estimator.histories_[0].seconds
    sizes = " and ".join(dict.fromkeys(sizes_text(network.layers) for network in networks))
    counts = sorted({network.n_parameters for network in networks})
    numbers = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    console.print(
        f"  {len(networks)} networks {sizes} with {numbers} weights and biases each, "
        f"in {seconds:.1f} s: {estimator.recipe_.reason}\n",
        soft_wrap=True,
    )
