"""Times to an event in the studio: the columns of time and event, and the intervals of a loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine import predict_raw
from glassnet.errors import ConfigurationError, DataError, SchemaError
from glassnet.estimators.tables.hazards import Hazards, learned_hazards
from glassnet.estimators.tables.survival import parted_event
from glassnet.formulas import Loss
from glassnet.studio.contract.data import Suggestion
from glassnet.survival import Intervals, Times
from glassnet.tables import Schema, Table
from glassnet.tables.columns.kinds.kind import judge
from glassnet.tables.outcome import Outcome, TimeToEvent

if TYPE_CHECKING:
    from glassnet.studio.data.preparation.preparation import Preparation

_MOST_WAYS = 6
_BESIDE = 12
MOST_INTERVALS = 100
_UNSAID = ("must hold the event", "which of them is the event")


def timed_schema(table: Table, time: str, event: str, kinds: Mapping[str, str]) -> Schema:
    """The schema of a table whose target is a time, and another column says whether it ended with the event.

    Raises
    ------
    SchemaError, ConfigurationError, DataError
    """
    column, cell = parted_event(table, event)
    if column == time:
        raise ConfigurationError(
            f"The column {time!r} cannot be the time and the event. Choose another for one of them."
        )
    if judge(table, time).kind not in ("number", "integer", "constant"):
        raise ConfigurationError(
            f"The target {time!r} holds no numbers, and a time to an event is a duration above 0. Choose the column of "
            "durations as the target."
        )
    kinds = {name: kind for name, kind in kinds.items() if name != column}
    kinds, classes = (kinds, ()) if cell is None else ({**kinds, column: "category"}, (cell,))
    try:
        schema = Schema.infer(table, (time, column), "survival", kinds=kinds, classes=classes)
        schema.outcome.output_names(1)  # asks which column is the event, and which of its cells
        return schema
    except SchemaError as error:
        if cell is None and any(words in str(error) for words in _UNSAID):
            cells = ", ".join(map(repr, sorted(table.column(column).level_counts())[:_MOST_WAYS]))
            raise ConfigurationError(
                f"The event {column!r} holds {cells}, and nothing says which of them is the event. Choose it."
            ) from None
        raise


def ways_of_causes(schema: Schema, event: str) -> list[Suggestion]:
    """Where causes compete and nobody has named them: to learn all of them, or one alone."""
    outcome = schema.outcome
    if not isinstance(outcome, TimeToEvent) or len(outcome.causes) < 2 or event != outcome.event.name:
        return []
    causes = ",".join(outcome.causes)
    whole = Suggestion(f"Learn all {len(outcome.causes)} causes together", event=f"{event}={causes}")
    alone = [Suggestion(f"“{cause}” alone", event=f"{event}={cause}") for cause in outcome.causes[:_MOST_WAYS]]
    return [*([] if any("," in cause for cause in outcome.causes) else [whole]), *alone]


def ways_of_events(table: Table, event: str) -> list[Suggestion]:
    """A way for each cell of the column of events: this one is the event."""
    column = parted_event(table, event)[0]
    cells = sorted(table.column(column).level_counts())[:_MOST_WAYS]
    return [Suggestion(f"“{cell}” is the event", event=f"{column}={cell}") for cell in cells]


def with_intervals(schema: Schema, loss: Loss, count: int | None, truth: np.ndarray) -> Schema:
    """The schema with the intervals of time that the loss looks at, from the times of the training rows.

    Raises
    ------
    ConfigurationError
        For intervals where the loss has none, or a number of them that is none.
    """
    if not isinstance(schema.outcome, TimeToEvent) or loss.scope == "batch":
        if count is not None:
            raise ConfigurationError(f"The loss {loss.name!r} has no intervals of time. Leave their number empty.")
        return schema
    if schema.outcome.stratum is not None:
        raise ConfigurationError(
            f"Strata are for the loss 'cox', which compares rows within a stratum; the loss {loss.name!r} compares "
            "none. Choose cox, or another role for the column of strata."
        )
    if schema.outcome.time_intervals is not None:
        return schema  # a model file has them, and its outputs belong to them
    if loss.link not in ("logistic", "exp"):
        raise ConfigurationError(f"The loss {loss.name!r} says no hazard. Choose cox or hazard.")
    if count is not None and not 1 <= count <= MOST_INTERVALS:
        raise ConfigurationError(f"There can be 1 to {MOST_INTERVALS} intervals of time, not {count}.")
    times = Times.of_truth(truth)
    if not times.n_events:
        raise DataError("No training row has the event, so there is nothing to learn. Use a smaller test share.")
    return schema.with_intervals(Intervals.of(times, count).ends.tolist())


def interval_names(outcome: Outcome) -> list[str]:
    """Names of outputs for intervals of time, short enough for a drawing; none for other outputs."""
    if not isinstance(outcome, TimeToEvent) or outcome.time_intervals is None:
        return []
    events = outcome.events if len(outcome.events) > 1 else ("",)
    return [f"{event} until {end:.4g}".strip() for event in events for end in outcome.time_intervals.ends]


def hazards_now(preparation: Preparation, weights: Sequence[Any], biases: Sequence[Any]) -> Hazards | None:
    """The way from raw predictions to risks and curves under these weights; None where the target is not a time.

    The baseline is that of training and validation rows; the latter say how far risks are believed.
    """
    outcome = preparation.schema.outcome
    if not isinstance(outcome, TimeToEvent):
        return None
    seen = np.concatenate([preparation.train, preparation.validation])
    acting = [layer.acting(mix) for layer, mix in zip(preparation.layers, preparation.mixes, strict=True)]
    layers = preparation.layers if preparation.settings.image else ()
    w, b = ([np.asarray(array, dtype=np.float64) for array in arrays] for arrays in (weights, biases))
    raw = predict_raw(w, b, acting, np.ascontiguousarray(preparation.X[seen], dtype=np.float64), layers=layers)
    left_out = np.arange(len(seen)) >= len(preparation.train)
    return learned_hazards(
        outcome, preparation.loss.link, raw[None].astype(np.float64), left_out[None], preparation.truth[seen],
        np.ones(len(seen)),
    )  # fmt: skip


def beside(preparation: Preparation, place: int) -> np.ndarray:
    """A row and, where the loss compares rows, training rows next to it: a risk set of one says nothing."""
    if preparation.loss.scope != "batch":
        return np.array([place])
    others = preparation.train[preparation.train != place]
    return np.concatenate([[place], others[: _BESIDE - 1]])
