"""``glassnet lecture``: from one neuron and three patients to networks and other models, with every number computed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.options.destination import PAGE, check_destination
from glassnet.cli.options.options import Force, Quiet
from glassnet.cli.terminal import terminal

EXAMPLES = """
Examples:

glassnet lecture

glassnet lecture --section 5

glassnet lecture --html lecture.html
"""


def lecture(
    section: Annotated[
        int | None, typer.Option("--section", "-s", help="Only this section, counted from 1.", show_default=False)
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write a page with figures instead of text.", show_default=False),
    ] = None,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Learn what a neuron does from three patients, one neuron, and every number in between.

    Goes from the first prediction to gradient descent, several layers, penalties, classes, and other kinds of models.
    """
    from glassnet.atomic import write_atomically
    from glassnet.report import lecture as content

    console = terminal.output()
    if html is not None:
        check_destination(html, PAGE, inputs={}, force=force)
        with terminal.notes().status("Computing the lecture ..."):
            page = content.page(content.sections(section))
        write_atomically(html, page)
        message = f"Wrote the lecture to {html} ({terminal.size(html)}). Open it in a browser."
        console.print(str(html) if quiet else message, soft_wrap=True)
        return
    numbers = [chapter.number for chapter in content.CHAPTERS] if section is None else [section]
    colored = console.color_system is not None
    for position, number in enumerate(numbers):  # each section is printed as soon as it is computed
        written = content.text(content.sections(number), width=console.width, color=colored)
        terminal.write(("\n\n" if position else "") + written, styled=colored)
