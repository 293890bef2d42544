"""The features that each classifier uses, printed in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from glassnet.cli.terminal import terminal

if TYPE_CHECKING:
    from glassnet.evaluate.usage.feature_use import FeatureUse

_FIRST = 5


def print_use(console: Console, use_of: FeatureUse) -> None:
    """Print families and columns side by side, then the performance with few columns."""
    from rich.table import Table as Grid

    from glassnet.report.feature_use_page import in_brief

    names = [use.name for use in use_of.classifiers]

    def grid(heading: str) -> Grid:
        table = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column(heading, overflow="fold")
        for name in names:
            table.add_column(name, no_wrap=True)
        return table

    console.print(terminal.title(f"{use_of.n_rows} rows, {len(use_of.names)} columns",
                                 f"{use_of.folds} folds, classes {', '.join(use_of.classes)}"))  # fmt: skip
    whole = grid(use_of.measure)
    whole.add_row("all columns", *(in_brief(use.area) for use in use_of.classifiers))
    for number in range(max(len(use.steps) for use in use_of.classifiers)):
        areas = [in_brief(use.steps[number].area) if number < len(use.steps) else "" for use in use_of.classifiers]
        whole.add_row(f"{number + 1} chosen", *areas)
    console.print(whole)
    if use_of.families:
        lost = grid("lost without")
        order = sorted(range(len(use_of.families)), key=lambda k: -max(u.families[k].value for u in use_of.classifiers))
        for k in order[:_FIRST]:
            lost.add_row(use_of.families[k].replace("_", " "), *(in_brief(u.families[k]) for u in use_of.classifiers))
        console.print()
        console.print(lost)
    for use in use_of.classifiers:
        console.print()
        console.print(terminal.title(use.name))
        without = "\n".join(f"{use_of.names[j]} {in_brief(use.losses[j])}" for j in use.strongest(_FIRST))
        chosen = "\n".join(
            f"{number}. {', '.join(f'{name} ({count})' for name, count in step.chosen[:2])}"
            for number, step in enumerate(use.steps, 1)
        )
        console.print(terminal.facts([("lost without", without), ("chosen (folds)", chosen)]))
    console.print(
        "\nIntervals: 95 %, over the test rows. Columns with nearly the same information share their importance.",
        soft_wrap=True,
    )
