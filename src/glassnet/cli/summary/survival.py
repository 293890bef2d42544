"""Times to an event on the command line: the event column, and survival curves of risk groups in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from glassnet.cli.terminal import terminal
from glassnet.errors import ConfigurationError

if TYPE_CHECKING:
    from glassnet.cli.options.options import Understanding
    from glassnet.estimators import TableEstimator
    from glassnet.evaluate import Comparison, SurvivalPerformance
    from glassnet.tables import EncodedTable

_WIDTH = 72
_AT_RISK_TIMES = 5


def with_event(options: Understanding, event: str) -> Understanding:
    """The options in which the target is a time and a column says whether it ended with the event."""
    time: list[str | tuple[str, ...]] = [*(options.target or ())] or (
        [options.declaration.target] if options.declaration.target else []
    )
    names = [name for each in time for name in ((each,) if isinstance(each, str) else each)]
    if len(names) not in (1, 2):
        raise ConfigurationError(
            "--event names the event column, and --target the time column: --target months --event died. If the time "
            "is given by two dates, name both: --target enrolled --target last_seen --event died."
        )
    if options.task not in (None, "survival"):
        raise ConfigurationError(f"--event is for --task survival, but --task is {options.task}. Omit one of them.")
    declared = options.declaration.with_event(names, event)
    column = str((declared.target or names)[-1])
    kinds = [f"{column}=category"] if declared.classes else []
    changed = replace(options, target=[*names, column], task="survival", kind=[*(options.kind or ()), *kinds] or None)
    changed.__dict__["declaration"] = declared
    return changed


def with_strata(options: Understanding, strata: str) -> Understanding:
    """The options in which a column holds the strata."""
    from glassnet.tables.columns.stratum import STRATUM

    changed = replace(options, kind=[*(options.kind or ()), f"{strata}={STRATUM}"])
    changed.__dict__["declaration"] = options.declaration
    return changed


def survival_of(
    estimator: TableEstimator, compared: Comparison, test: EncodedTable, groups: str | None
) -> tuple[SurvivalPerformance, ...]:
    """The performance of predicted curves on the test rows, for each cause with an event among them."""
    from glassnet.evaluate import performances_over_time
    from glassnet.survival import Times

    curves = compared.answers[compared.models[0].model].curves
    if curves is None:
        return ()
    known = estimator._target_rows(test, None, None, groups)
    known = known if compared.judging is None else known.take(compared.judging)
    times = Times.of_truth(known.truth)
    together = known.drawn_together(estimator.schema_, "together")  # as in the comparison: one interval per number
    return performances_over_time(estimator, times, curves, groups=together, draws=compared.n_draws)


def stored_measures(performance: Sequence[SurvivalPerformance]) -> dict[str, Any]:
    """The part of the performance that a model file stores, without the curves of single patients."""
    names = ("measures", "distribution_p", "log_rank_p", "weights")
    each = [
        {"event": own["event"], **{name: own[name] for name in names}} for own in (one.to_dict() for one in performance)
    ]
    return {name: value for name, value in each[0].items() if name != "event"} if len(each) == 1 else {"causes": each}


def print_survival(console: Console, performance: SurvivalPerformance) -> None:
    """Print survival curves of the risk groups with numbers at risk, measures with intervals, calibration and notes."""
    from glassnet.pages import Plot, Series
    from glassnet.report.terminal_chart import chart_lines

    times = performance.times
    own = times if performance.cause is None else times.of_cause(performance.cause)
    named = "Survival" if performance.cause is None else f"Cause: {performance.event}"
    console.print(terminal.title(named, f"{len(times)} test rows, {own.n_events} events"))
    last = float(times.time.max())
    series = []
    for number, group in enumerate(performance.groups):
        curve = group.curve
        x, y = [0.0], [curve.start]
        for time, value in zip(curve.time, curve.value, strict=True):
            x += [float(time), float(time)]
            y += [y[-1], float(value)]
        series.append(Series(group.name, x, y, "line", str(number + 1)))
    plot = Plot(
        series,
        "time",
        "event-free" if performance.cause is None else performance.quantity,
        x_range=(0.0, last),
        y_range=(0.0, 1.0),
    )
    for line in chart_lines(plot, _WIDTH):
        console.print(f"  {line}", soft_wrap=True)
    console.print(Padding(_at_risk(performance, last), (0, 0, 0, 2), expand=False))
    if len(performance.groups) > 1:
        console.print(Padding(performance.test.in_words(len(performance.groups)), (0, 0, 0, 2)))
    console.print()
    grid = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for heading in ("", "value", f"{100 * performance.coverage:g} % interval"):
        grid.add_column(heading, no_wrap=True)
    for measured in performance.measures:
        grid.add_row(measured.name, f"{measured.value:.3f}", f"{measured.low:.3f} to {measured.high:.3f}")
    for horizon in performance.horizons:
        ratio, brier, auc = horizon.ratio, horizon.brier, horizon.auc
        grid.add_row(
            f"events by {horizon.time:g}, observed / predicted", f"{ratio.value:.2f}",
            f"{ratio.low:.2f} to {ratio.high:.2f}",
        )  # fmt: skip
        grid.add_row(f"AUC by {horizon.time:g}", f"{auc.value:.3f}", f"{auc.low:.3f} to {auc.high:.3f}")
        grid.add_row(f"Brier score at {horizon.time:g}", f"{brier.value:.3f}", f"{brier.low:.3f} to {brier.high:.3f}")
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))
    if performance.cause is None:
        _print_distribution(console, performance)
    for note in performance.notes:
        console.print(Text(f"  {note}", style="dim"))
    console.print()


def _print_distribution(console: Console, performance: SurvivalPerformance) -> None:
    """Print whether the curves are calibrated over the whole follow-up."""
    right = "no sign of miscalibration" if performance.distribution_p >= 0.05 else "the curves are not calibrated"
    console.print(f"  D-calibration: {right} over the whole follow-up (p = {performance.distribution_p:.3g}).")


def _at_risk(performance: SurvivalPerformance, last: float) -> Grid:
    """The numbers at risk in each group, as a table."""
    at = [last * k / (_AT_RISK_TIMES - 1) for k in range(_AT_RISK_TIMES)]
    grid = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    grid.add_column("at risk", no_wrap=True)
    for time in at:
        grid.add_column(f"{time:.4g}", justify="right", no_wrap=True)
    grid.add_column("median", justify="right", no_wrap=True)
    for group in performance.groups:
        median = group.curve.median
        grid.add_row(group.name, *map(str, group.curve.at_risk_at(at)), f"{median:g}" if median < float("inf") else "–")
    return grid
