"""Which features each classifier uses, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from glassnet.cli.terminal import terminal

if TYPE_CHECKING:
    from glassnet.evaluate.use_of_features import FeatureUse

_FIRST = 5


def print_use(console: Console, found: FeatureUse) -> None:
    """Families and columns side by side, then what few columns reach."""
    from rich.table import Table as Grid

    from glassnet.report.feature_use_page import in_brief

    names = [use.name for use in found.classifiers]

    def grid(heading: str) -> Grid:
        made = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim")
        made.add_column(heading, overflow="fold")
        for name in names:
            made.add_column(name, no_wrap=True)
        return made

    console.print(terminal.title(f"{found.n_rows} rows, {len(found.names)} columns",
                                 f"{found.folds} folds, classes {', '.join(found.classes)}"))  # fmt: skip
    whole = grid(found.measure)
    whole.add_row("all columns", *(in_brief(use.area) for use in found.classifiers))
    for number in range(max(len(use.steps) for use in found.classifiers)):
        areas = [in_brief(use.steps[number].area) if number < len(use.steps) else "" for use in found.classifiers]
        whole.add_row(f"{number + 1} chosen", *areas)
    console.print(whole)
    if found.families:
        lost = grid("lost without")
        order = sorted(range(len(found.families)), key=lambda k: -max(u.families[k].value for u in found.classifiers))
        for k in order[:_FIRST]:
            lost.add_row(found.families[k].replace("_", " "), *(in_brief(u.families[k]) for u in found.classifiers))
        console.print()
        console.print(lost)
    for use in found.classifiers:
        console.print()
        console.print(terminal.title(use.name))
        without = "\n".join(f"{found.names[j]} {in_brief(use.losses[j])}" for j in use.strongest(_FIRST))
        chosen = "\n".join(
            f"{number}. {', '.join(f'{name} ({count})' for name, count in step.chosen[:2])}"
            for number, step in enumerate(use.steps, 1)
        )
        console.print(terminal.facts([("lost without", without), ("chosen (folds)", chosen)]))
    console.print(
        "\nIntervals: 95 %, over the test rows. Columns with nearly the same information share their worth.",
        soft_wrap=True,
    )
