"""Options of the question which features each classifier uses."""

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

_PANEL = "Which features for which classifier"


@dataclass(frozen=True)
class UseOptions:
    """The options of the question which features each classifier uses."""

    target: Annotated[
        str | None,
        typer.Option(
            "--target", "-t",
            help="Ask a forest, an SVM and a network which features tell the classes of this column: label for images "
            "in class folders.",
            rich_help_panel=_PANEL, show_default=False,
        ),
    ] = None  # fmt: skip
    groups: Annotated[
        str | None,
        typer.Option(
            help="A column whose equal cells stay in one fold.", rich_help_panel=_PANEL,
            show_default="group_id where there is one",
        ),
    ] = None  # fmt: skip
    folds: Annotated[
        int, typer.Option(help="Cross-validation folds; each is the test in turn.", rich_help_panel=_PANEL)
    ] = 5
    steps: Annotated[
        int, typer.Option(help="Features that forward selection chooses.", rich_help_panel=_PANEL)
    ] = 4  # fmt: skip
    candidates: Annotated[
        int, typer.Option(help="Features among which it chooses.", rich_help_panel=_PANEL)
    ] = 12  # fmt: skip
    repeats: Annotated[
        int, typer.Option(help="How often each feature is shuffled in each fold.", rich_help_panel=_PANEL)
    ] = 2  # fmt: skip
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.", rich_help_panel=_PANEL)] = 0

    def check(self, *, opening: bool) -> None:
        """Refuse options that would do nothing."""
        if self.target is None and (option := option_given(self, UseOptions)):
            raise ConfigurationError(f"{option} belongs to the question which features are used. Add --target label.")
        if self.target is not None and opening:
            raise ConfigurationError("--open and --target are two questions. Ask one at a time.")

    def asked(self, table: Table, *, quiet: bool) -> FeatureUse:
        """The answer, under a progress bar."""
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        from glassnet.evaluate.usage.feature_use import feature_use

        console = terminal.notes()
        visible = console.is_terminal and not quiet
        columns = (TextColumn("Asking the classifiers"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True, disable=not visible) as bar:
            task = bar.add_task("", total=None)
            assert self.target is not None
            return feature_use(
                table, target=self.target, groups=self.groups, folds=self.folds, steps=self.steps,
                candidates=self.candidates, repeats=self.repeats, seed=self.seed,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )  # fmt: skip
