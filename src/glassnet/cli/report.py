"""``glassnet report``: what a reviewer asks of a stored network, as a page and as JSON."""

from __future__ import annotations

import json as json_text
from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli import terminal
from glassnet.cli.destination import PAGE, REPORT, check_destination
from glassnet.cli.options import Force, Groups, ModelPath, Quiet, Reading, TablePath, Weights

EXAMPLES = """
Examples:

glassnet report patients.glassnet patients.csv --html report.html

glassnet report patients.glassnet new-patients.csv --train patients.csv --event ill --threshold 0.1 --html report.html

glassnet report patients.glassnet patients.csv --groups patient --json report.json
"""


def report(
    model: ModelPath,
    table: TablePath,
    options: Reading,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the report as a page for the browser.", show_default=False)
    ] = None,
    json: Annotated[
        Path | None, typer.Option("--json", help="Write the report as JSON.", show_default=False)
    ] = None,
    train: Annotated[
        Path | None,
        typer.Option(
            "--train", metavar="TABLE", help="The training rows, where TABLE holds others that judge.",
            show_default=False,
        ),
    ] = None,
    test_share: Annotated[
        float, typer.Option(help="The share kept for the test, where TABLE is the table of the training.")
    ] = 0.2,
    event: Annotated[
        str | None,
        typer.Option(
            "--event", metavar="LABEL", help="Of two classes the one that is the outcome.",
            show_default="that of the threshold, else the second",
        ),
    ] = None,
    threshold: Annotated[
        list[float] | None,
        typer.Option(
            "--threshold", help="A further probability from which rows are called positive.", show_default=False
        ),
    ] = None,
    weights: Weights = None,
    groups: Groups = None,
    draws: Annotated[int, typer.Option(help="Bootstrap draws of the intervals.", min=20, max=100_000)] = 1000,
    quiet: Quiet = False,
    force: Force = False,
) -> None:  # fmt: skip
    """Report on a trained model: patients, the model written out, performance, calibration, what it uses, limits.

    The measures are printed; the page and the JSON hold all. With --train, all rows of TABLE judge. Without it, TABLE
    may be the table that glassnet train was given: its split is made again, and the fingerprint of the training rows in
    the model file says whether it is the same. When it is not, all rows judge, the report says that they may not be new
    to the model, and there is no comparison. A table on all of whose rows the model was trained is refused.
    """
    from glassnet.atomic import write_atomically
    from glassnet.estimators import load
    from glassnet.report.study import study

    inputs = {"table": table, "model file": model, "training table": train}
    if html is not None:
        check_destination(html, PAGE, inputs=inputs, outputs={"JSON report": json}, force=force)
    if json is not None:
        check_destination(json, REPORT, inputs=inputs, outputs={"page": html}, force=force)
    estimator = load(model)
    rows = options.table_for(estimator, table) if hasattr(estimator, "schema_") else None
    known = None if train is None or rows is None else options.table_for(estimator, train)
    notes = terminal.notes()

    def say(step: str) -> None:
        if notes.is_terminal and not quiet:
            notes.print(f"Computing: {step} ...")

    found = study(
        estimator, rows, train=known, weights=weights, groups=groups, event=event, thresholds=threshold or (),
        test_share=test_share, draws=draws, progress=say,
    )  # fmt: skip
    written = []
    if html is not None:
        write_atomically(html, found.html())
        written.append((html, f"Wrote the report to {html} ({terminal.size(html)})."))
    if json is not None:
        write_atomically(json, json_text.dumps(found.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
        written.append((json, f"Wrote the report to {json} ({terminal.size(json)})."))
    if not (quiet and written):
        terminal.write(as_text(found))
    for path, said in written:
        terminal.output().print(str(path) if quiet else said, soft_wrap=True)


def as_text(found: object) -> str:
    """The flow, the measures and the limits, for a terminal."""
    from glassnet.report.study import Study

    assert isinstance(found, Study)
    judged = found.performance
    lines = [f"{what}: {count:,}" for what, count in found.flow.steps]
    lines += [found.flow.how, ""]
    rows = [("measure", *(each.outcome for each in judged.outcomes)), *judged.rows()]
    for outcome in judged.outcomes:
        for at, measured in outcome.at_thresholds.items():
            rows += [(f"from {100 * at:.4g} % on: {each.metric}", each.text()) for each in measured]
    widths = [max(len(row[k]) for row in rows if len(row) > k) for k in range(len(rows[0]))]
    lines += ["  ".join(cell.ljust(widths[k]) for k, cell in enumerate(row)).rstrip() for row in rows]
    if found.threshold:
        lines += ["", f"Threshold: {found.threshold}."]
    if found.comparison is not None:
        lines += ["", found.comparison.verdict]
    return "\n".join([*lines, "", "Limits", *(f"  {limit}" for limit in found.limits), ""])
