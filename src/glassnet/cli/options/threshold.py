"""``--threshold`` and ``--event``: from which probability on a row is called one of two classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from glassnet.errors import ConfigurationError

if TYPE_CHECKING:
    from glassnet.tables import Schema


def _offered(incomplete: str) -> list[tuple[str, str]]:
    """The completion for the shell that offers the aims."""
    from glassnet.estimators.tables.classes.aim import AIMS

    return [(name, aim.summary) for name, aim in AIMS.items() if name.startswith(incomplete)]


Threshold = Annotated[
    str | None,
    typer.Option(
        "--threshold",
        metavar="AIM",
        help="For two classes: the probability at or above which a row is classified as the event. A number, or an "
        "aim: "
        "chosen on rows that the networks leave out: youden, cost=5, sensitivity=0.95, specificity=0.9, f1.",
        show_default="the most probable class",
        autocompletion=_offered,
    ),
]
Event = Annotated[
    str | None,
    typer.Option(
        "--event",
        metavar="LABEL|COLUMN",
        help="With --threshold, the class that it applies to. Alone, the column that tells who had an event by the "
        "time in "
        "--target: 1, yes or dead; COLUMN=CELL where other cells mean it.",
        show_default="the second of two classes",
    ),
]


def check_threshold(threshold: str | None, event: str | None, schema: Schema) -> None:
    """Refuse what cannot be a threshold of this target, in the words of the command line."""
    if threshold is None and event is None:
        return
    if threshold is None:
        raise ConfigurationError(f"--event {event} names the class of a threshold. Give --threshold, too.")
    if not schema.classes:
        raise ConfigurationError(f"--threshold is for classes; this target is {schema.outcome.noun}. Leave it out.")
    if len(schema.classes) > 2:
        raise ConfigurationError(
            f"--threshold is for two classes, and {schema.target!r} has {len(schema.classes)}, of which the most "
            "probable is predicted. Leave it out; --class-weight lets rare classes count more."
        )
    checked(threshold, event, schema)


def checked(threshold: str, event: str | None, schema: Schema) -> Any:
    """The threshold and its event as they are understood, or an error that names the option."""
    from glassnet.estimators.tables.classes.threshold import Wish

    return Wish.of(threshold, event, schema.classes, str(schema.target), "--threshold")
