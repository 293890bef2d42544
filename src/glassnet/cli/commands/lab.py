"""``glassnet lab``: vary simulated images and see which models still work, on features and on pixels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glassnet.cli.options.destination import PAGE, check_destination
from glassnet.cli.options.options import Force
from glassnet.cli.terminal import terminal
from glassnet.errors import ConfigurationError

if TYPE_CHECKING:
    from glassnet.evaluate.lab import LabResult

EXAMPLES = """
Examples:

glassnet lab --html lab.html

glassnet lab --knob noise --knob position --train 1000

glassnet lab --straight --html lab.html
"""


def lab(
    knob: Annotated[
        list[str] | None,
        typer.Option(
            help="position, orientation, appearance, noise or damage; repeat the option for more.",
            show_default="all",
            autocompletion=lambda: ["position", "orientation", "appearance", "noise", "damage"],
        ),
    ] = None,
    values: Annotated[str, typer.Option(help="The values of each knob in turn, from 0 to 1.")] = "0,0.25,0.5,1",
    train: Annotated[int, typer.Option(help="Training phantoms.")] = 300,
    test: Annotated[int, typer.Option(help="Test phantoms.")] = 500,
    straight: Annotated[
        bool, typer.Option("--straight", help="Train with all knobs at their defaults; turn them for the test only.")
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed draws the same phantoms.")] = 0,
    html: Annotated[Path | None, typer.Option(help="Write a page with charts.", show_default=False)] = None,
    force: Force = False,
) -> None:
    """Find out where hand-crafted features work and where they fail; every number is measured in this run.

    Phantoms are simulated images with lesions of two classes that differ in shape and texture. One knob at a time makes
    them harder to classify. A random forest, a support vector machine and a network on hand-crafted features are
    compared with models on raw pixels and with a convolutional network. The knob damage blackens a square of each test
    image.
    """
    from rich.progress import Progress

    from glassnet.atomic import write_atomically
    from glassnet.evaluate.lab import KNOBS, laboratory
    from glassnet.images import Knobs

    if html is not None:
        check_destination(html, PAGE, inputs={}, force=force)
    places = _numbers(values)
    notes = terminal.notes()
    with Progress(console=notes, transient=True, disable=not notes.is_terminal) as bar:
        task = bar.add_task("Turning the knobs", total=None)
        results = laboratory(
            knob or KNOBS, values=places, train=train, test=test, straight=straight, seed=seed,
            progress=lambda done, total: bar.update(task, completed=len(done), total=total),
        )  # fmt: skip
    _print(results, places)
    if html is not None:
        from glassnet.report.lab_page import lab_page

        page = lab_page(results, train=train, test=test, straight=straight, base=Knobs(), seed=seed)
        write_atomically(html, page)
        terminal.output().print(f"\nWrote {html} ({terminal.size(html)}). Open it in a browser.", soft_wrap=True)


def _numbers(text: str) -> list[float]:
    """The numbers in ``0,0.5,1``, sorted and without duplicates."""
    try:
        return sorted({float(part) for part in text.split(",")})
    except ValueError:
        raise ConfigurationError(f"--values {text!r} is not a list of numbers. Write it as --values 0,0.5,1.") from None


def _print(results: list[LabResult], places: list[float]) -> None:
    """Print a table for each knob, with models as rows and settings of the knob as columns."""
    from rich.table import Table

    console = terminal.output()
    for knob in dict.fromkeys(result.knob for result in results):
        grid = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", title_justify="left")
        grid.add_column(knob, no_wrap=True)
        for place in places:
            grid.add_column(f"{place:g}", no_wrap=True)
        of_knob = [result for result in results if result.knob == knob]
        for model in dict.fromkeys(result.model for result in of_knob):
            own = [result for result in of_knob if result.model == model]
            grid.add_row(model, *(f"{r.accuracy:.3f} ±{(r.interval[1] - r.interval[0]) / 2:.3f}" for r in own))
        console.print(grid)
        console.print()
    console.print("Accuracy on the test phantoms ± half the width of its 95 % interval; each model is trained once.")
