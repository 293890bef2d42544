"""``--threshold`` and ``--event``: the probability at or above which a row is classified as the event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from glassnet.errors import ConfigurationError

if TYPE_CHECKING:
    from glassnet.tables import Schema


def _complete(incomplete: str) -> list[tuple[str, str]]:
    """The shell completion that offers the aims."""
    from glassnet.estimators.tables.classes.aim import AIMS

    return [(name, aim.summary) for name, aim in AIMS.items() if name.startswith(incomplete)]


Threshold = Annotated[
    str | None,
    typer.Option(
        "--threshold",
        metavar="AIM",
        help="For two classes: the probability at or above which a row is classified as the event. A number, or an "
        "aim for which it is chosen on left-out rows: youden, cost=5, sensitivity=0.95, specificity=0.9, f1.",
        show_default="the most probable class",
        autocompletion=_complete,
    ),
]
Event = Annotated[
    str | None,
    typer.Option(
        "--event",
        metavar="LABEL|COLUMN",
        help="With --threshold, the class that it applies to. Without it, the column that says whether the time in "
        "--target ended with the event (1, yes or dead), or COLUMN=CELL if another cell means the event.",
        show_default="the second of two classes",
    ),
]


def check_threshold(threshold: str | None, event: str | None, schema: Schema) -> None:
    """Refuse an invalid threshold for this target, with a message for the command line."""
    if threshold is None and event is None:
        return
    if threshold is None:
        raise ConfigurationError(f"--event {event} names the class of a threshold. Give --threshold as well.")
    if not schema.classes:
        raise ConfigurationError(f"--threshold is for classes; this target is {schema.outcome.noun}. Omit it.")
    if len(schema.classes) > 2:
        raise ConfigurationError(
            f"--threshold is for two classes, and {schema.target!r} has {len(schema.classes)}; the most probable one "
            "is predicted. Omit it; --class-weight gives rare classes more weight."
        )
    checked(threshold, event, schema)


def checked(threshold: str, event: str | None, schema: Schema) -> Any:
    """The parsed threshold and its event, or an error that names the option."""
    from glassnet.estimators.tables.classes.threshold import Wish

    return Wish.of(threshold, event, schema.classes, str(schema.target), "--threshold")
