"""``glassnet report``: a report on a saved model for reviewers, as a page, a Word file and JSON."""

from __future__ import annotations

import json as json_text
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import typer
from rich.text import Text

from glassnet.cli.options.destination import REPORT, WORD
from glassnet.cli.options.options import Groups, ModelPath, Reading, TablePath, Weights
from glassnet.cli.options.outputs import File, Written
from glassnet.cli.options.workers import WorkerOptions
from glassnet.cli.terminal import terminal
from glassnet.cli.terminal.ending import Interrupted
from glassnet.cli.terminal.progress import Display

if TYPE_CHECKING:
    from glassnet.evaluate import SurvivalPerformance
    from glassnet.report.study import Study

EXAMPLES = """
Examples:

glassnet report patients.glassnet patients.csv --html report.html

glassnet report patients.glassnet new-patients.csv --train patients.csv --event ill --threshold 0.1 --html report.html

glassnet report patients.glassnet patients.csv --subgroup sex --subgroup age=40,65 --docx report.docx

glassnet report patients.glassnet patients.csv --groups patient --json report.json

glassnet report patients.glassnet patients.csv --workers dask:tcp://10.0.0.1:8786 --html report.html

glassnet report study.glassnet study.csv --horizon 24 --horizon 60 --html report.html
"""


def report(
    model: ModelPath,
    table: TablePath,
    options: Reading,
    written: Written,
    workers: WorkerOptions,  # noqa: ARG001 (`command` runs the function on them)
    docx: Annotated[
        Path | None,
        typer.Option("--docx", help="Write a Word file that coauthors can edit.", show_default=False),
    ] = None,
    json: Annotated[
        Path | None, typer.Option("--json", help="Write the report as JSON.", show_default=False)
    ] = None,
    train: Annotated[
        Path | None,
        typer.Option(
            "--train", metavar="TABLE", help="The training rows, if TABLE holds test rows only.",
            show_default=False,
        ),
    ] = None,
    test_share: Annotated[
        float, typer.Option(help="The test share used in training, if TABLE is the table that was split for training.")
    ] = 0.2,
    event: Annotated[
        str | None,
        typer.Option(
            "--event", metavar="LABEL", help="The class that counts as the event, if there are two.",
            show_default="the class of the threshold, or else the second",
        ),
    ] = None,
    threshold: Annotated[
        list[float] | None,
        typer.Option(
            "--threshold", show_default=False,
            help="Another probability at or above which rows are classified as positive; repeat for more.",
        ),
    ] = None,
    subgroup: Annotated[
        list[str] | None,
        typer.Option(
            "--subgroup", metavar="COLUMN", show_default=False,
            help="A column whose levels form subgroups; numbers take cut points, such as age=40,65.",
        ),
    ] = None,
    horizon: Annotated[
        list[float] | None,
        typer.Option(
            "--horizon", metavar="TIME", show_default="the times of a quarter, half and three quarters of the events",
            help="For a time to an event: a time at which calibration is assessed; measures of probabilities use the "
            "first.",
        ),
    ] = None,
    weights: Weights = None,
    groups: Groups = None,
    refits: Annotated[
        int | None,
        typer.Option(
            help="Repetitions of the whole training for internal validation and stability; 0 for none.", min=0,
            max=10_000, show_default="200, fewer for more than 10,000 rows",
        ),
    ] = None,
    draws: Annotated[int, typer.Option(help="Bootstrap draws of the intervals.", min=20, max=100_000)] = 1000,
    images: Annotated[
        bool,
        typer.Option(
            "--images/--no-images", help="For a model on pixels: include two images, which show patients."
        ),
    ] = True,
) -> None:  # fmt: skip
    """Report on a trained model: participants, model formula, performance, internal validation, stability, limitations.

    The measures are printed; the page, the Word file and the JSON contain everything. With --train, all rows of TABLE
    are test rows. Without it, TABLE may be the table given to glassnet train: its split is repeated, and the
    fingerprint of the training rows in the model file shows whether it is the same. If it is not, all rows are test
    rows, the report says that they may not be new to the model, and there is neither a comparison nor internal
    validation. If the model was trained on all rows of the table, performance on them is reported as apparent, and
    internal validation corrects it. Ctrl-C ends the refits; the report uses those that are done.
    """
    from glassnet.estimators import load
    from glassnet.report.study import study
    from glassnet.report.word import check_word

    files = (
        written.page("the report", lambda: report_of.html()),
        File(docx, WORD, "the report for Word", lambda: report_of.docx()),
        File(json, REPORT, "the report in JSON", lambda: as_json(report_of)),
    )
    written.check({"table": table, "model file": model, "training table": train}, *files)
    if docx is not None:
        check_word()
    estimator = load(model)
    rows = options.table_for(estimator, table) if hasattr(estimator, "schema_") else None
    known = None if train is None or rows is None else options.table_for(estimator, train)
    with Steps(terminal.notes(), quiet=written.quiet) as steps:
        report_of = study(
            estimator, rows, train=known, weights=weights, groups=groups, event=event, thresholds=threshold or (),
            subgroup_columns=subgroup or (), refits=refits, test_share=test_share, draws=draws, progress=steps.say,
            horizons=horizon or (), images=images,
        )  # fmt: skip
    written.write(as_text(report_of), *files)
    refitted = report_of.validation
    if refitted is not None and refitted.ended_early:
        raise Interrupted(f"Interrupted: the report is based on {refitted.n_refits} of {refitted.n_asked} refits.")


class Steps(Display):
    """A display of the current step."""

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        super().__enter__()
        return self

    def say(self, step: str) -> None:
        """Show the next step."""
        self.show(Text(f"Computing: {step} ..."), f"computing: {step}", time.perf_counter() - self._started)


def as_json(report: Study) -> str:
    """The report as JSON."""
    return json_text.dumps(report.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_text(report: Study) -> str:
    """The flow of participants, the measures and the limitations, for a terminal."""
    from glassnet.evaluate.validation.optimism import HEADER
    from glassnet.report.study.sections.validation import opening, remarks

    judged = report.performance
    lines = [f"{what}: {count:,}" for what, count in report.flow.steps]
    lines += [report.flow.how, ""]
    if report.apparent:
        lines.append("Apparent performance, on the training rows:")
    rows = [("measure", *(each.outcome for each in judged.outcomes)), *judged.rows()]
    for outcome in judged.outcomes:
        for at, measured in outcome.at_thresholds.items():
            rows += [(f"threshold {100 * at:.4g} %: {each.metric}", each.text()) for each in measured]
    lines += _align(rows)
    for over in report.survival:
        lines += ["", *([] if over.cause is None else [f"Cause: {over.event}"]), *over_time(over)]
    if report.threshold:
        lines += ["", f"Threshold: {report.threshold}."]
    if report.comparison is not None:
        lines += ["", report.comparison.verdict]
    if report.validation is not None:
        lines += ["", opening(report.validation)]
        lines += _align([HEADER, *(each.texts() for each in report.validation.outcomes[-1].measured)])
        lines += remarks(report.validation)
        stability = report.validation.outcomes[0].instability
        if stability is not None:
            lines.append(f"The refits' predictions differ from the model's by {stability.mean_error:.3g} on average.")
    for each in report.subgroups:
        first = each.outcomes[0].measured[0]
        small = f"; small: {each.small}" if each.small else ""
        lines.append(f"{each.column} {each.level}: {first.metric} {first.text()} ({each.n_rows:,} rows{small})")
    return "\n".join([*lines, "", "Limits", *(f"  {limit}" for limit in report.limits), ""])


def over_time(performance: SurvivalPerformance) -> list[str]:
    """Numbers at risk of the risk groups, the test between them, and calibration at horizons."""
    last = float(performance.times.time.max())
    at = [last * k / 4 for k in range(5)]
    rows = [("at risk", *(f"{time:.4g}" for time in at), "median")]
    for name, curve in [*((group.name, group.curve) for group in performance.groups), ("all", performance.whole)]:
        half = f"{curve.median:g}" if curve.median < float("inf") else "–"
        rows.append((name, *map(str, curve.at_risk_at(at)), half))
    lines = _align(rows)
    if len(performance.groups) > 1:
        lines.append(performance.test.in_words(len(performance.groups)))
    for horizon in performance.horizons:
        ratio = horizon.ratio
        lines.append(
            f"by {horizon.time:g}: observed / predicted events {ratio.value:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]"
        )
    return lines


def _align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of text with aligned columns."""
    widths = [max(len(row[k]) for row in rows if len(row) > k) for k in range(len(rows[0]))]
    return ["  ".join(cell.ljust(widths[k]) for k, cell in enumerate(row)).rstrip() for row in rows]
