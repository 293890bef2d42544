"""Options for finding out which features each classifier uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from glassnet.cli.options.imaging import option_given
from glassnet.cli.terminal import terminal
from glassnet.errors import ConfigurationError

if TYPE_CHECKING:
    from glassnet.evaluate.usage.feature_use import FeatureUse
    from glassnet.tables import Table

_PANEL = "Features that classifiers use"


@dataclass(frozen=True)
class UseOptions:
    """The options for finding out which features each classifier uses."""

    target: Annotated[
        str | None,
        typer.Option(
            "--target", "-t",
            help="Find out which features a random forest, an SVM and a network use to predict this column: label for "
            "images in class folders.",
            rich_help_panel=_PANEL, show_default=False,
        ),
    ] = None  # fmt: skip
    groups: Annotated[
        str | None,
        typer.Option(
            help="A column whose equal cells stay in the same fold.", rich_help_panel=_PANEL,
            show_default="group_id where there is one",
        ),
    ] = None  # fmt: skip
    folds: Annotated[
        int, typer.Option(help="Cross-validation folds; each serves once as the test set.", rich_help_panel=_PANEL)
    ] = 5
    steps: Annotated[
        int, typer.Option(help="Number of features that forward selection chooses.", rich_help_panel=_PANEL)
    ] = 4  # fmt: skip
    candidates: Annotated[
        int, typer.Option(help="Number of features from which it chooses.", rich_help_panel=_PANEL)
    ] = 12  # fmt: skip
    repeats: Annotated[
        int, typer.Option(help="How often each feature is shuffled in each fold.", rich_help_panel=_PANEL)
    ] = 2  # fmt: skip
    seed: Annotated[int, typer.Option(help="The same seed gives the same results.", rich_help_panel=_PANEL)] = 0

    def check(self, *, opening: bool) -> None:
        """Refuse options that would have no effect."""
        if self.target is None and (option := option_given(self, UseOptions)):
            raise ConfigurationError(f"{option} has no effect without --target. Add --target label.")
        if self.target is not None and opening:
            raise ConfigurationError("--open and --target cannot be combined. Give one of them.")

    def asked(self, table: Table, *, quiet: bool) -> FeatureUse:
        """The results, computed under a progress bar."""
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        from glassnet.evaluate.usage.feature_use import feature_use

        console = terminal.notes()
        visible = console.is_terminal and not quiet
        columns = (TextColumn("Training the classifiers"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True, disable=not visible) as bar:
            task = bar.add_task("", total=None)
            assert self.target is not None
            return feature_use(
                table, target=self.target, groups=self.groups, folds=self.folds, steps=self.steps,
                candidates=self.candidates, repeats=self.repeats, seed=self.seed,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )  # fmt: skip
