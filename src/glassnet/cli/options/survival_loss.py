"""``--loss``, ``--intervals`` and ``--strata``: how networks learn a time to an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from glassnet.errors import ConfigurationError

if TYPE_CHECKING:
    from glassnet.tables import Schema


def _complete(incomplete: str) -> list[tuple[str, str]]:
    """The shell completion that offers the losses for times to an event."""
    from glassnet.formulas import losses

    return [
        (name, record.summary)
        for name, record in losses.items()
        if record.task == "survival" and name.startswith(incomplete)
    ]


SurvivalLoss = Annotated[
    str | None,
    typer.Option(
        "--loss",
        help="For a time to an event: cox (partial likelihood), hazard (the probability of the event in each time "
        "interval) or piecewise_exponential (a rate in each time interval).",
        show_default="cox",
        autocompletion=_complete,
    ),
]
TimedEvent = Annotated[
    str | None,
    typer.Option(
        "--event",
        metavar="COLUMN",
        help="The column that tells who had an event by the time in --target: 1, yes or dead; COLUMN=CELL where other "
        "cells mean it.",
        show_default=False,
    ),
]
Strata = Annotated[
    str | None,
    typer.Option(
        "--strata",
        metavar="COLUMN",
        help="For a time to an event: a column, such as the center, within which patients are compared; not an input. "
        "Each stratum has a baseline hazard of its own.",
        show_default=False,
    ),
]
Intervals = Annotated[
    int | None,
    typer.Option(
        "--intervals",
        help="The number of time intervals of hazard and piecewise_exponential.",
        show_default="by the number of events, 4 to 10",
    ),
]


def loss_settings(loss: str | None, intervals: int | None) -> dict[str, Any]:
    """The parameters of the estimator that were given."""
    return {name: value for name, value in (("loss", loss), ("intervals", intervals)) if value is not None}


def check_loss(settings: dict[str, Any], schema: Schema) -> None:
    """Refuse a survival loss for another kind of target, with a message for the command line."""
    if settings and "survival" not in schema.outcome.loss_tasks:
        option = f"--{next(iter(settings))}"
        raise ConfigurationError(
            f"{option} is for a time to an event (--target months --event died); this target is {schema.outcome.noun}. "
            "Omit it."
        )
