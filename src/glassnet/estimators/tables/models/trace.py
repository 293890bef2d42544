"""One row of a table opened by a table estimator: named, from its cells on, with its place among several networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.estimators.networks.members import average_raw
from glassnet.formulas.whole_number import is_whole
from glassnet.tables import Table

if TYPE_CHECKING:
    from glassnet.estimators.tables.models.answers import Answers
    from glassnet.network import Trace
    from glassnet.network.shared.trace import SharedTrace


_ROWS_TOGETHER = 12
"""Rows of a step whose loss compares them."""


def open_row(
    estimator: Answers, table: Table, row: int, network: int | str, options: dict[str, Any]
) -> Trace | SharedTrace:
    """The trace of one row of a table with its target, by one network or by all that share a body."""
    together, count = network == "all", estimator.recipe_.n_networks
    if not together and not is_whole(network):
        raise ConfigurationError(f'network={network!r} must be a number from 0, or "all".')
    if not together and not 0 <= int(network) < count:
        raise ConfigurationError(f"There is no network {network}; they are counted from 0 to {count - 1}.")
    rows = _rows_of_step(estimator, table, row)
    steps = [estimator.schema_.inputs_of(table, each) for each in rows]
    one = table.take(rows)
    X = estimator._matrix(one)
    known: dict[str, Any] = {
        "feature_names": estimator.schema_.feature_names, "row_names": list(map(table.row_name, rows)),
        "inputs": steps,
        "target_names": estimator.outcome_.output_names(_n_outputs(estimator)),
    }  # fmt: skip
    try:
        opened: Any = estimator.shared_networks_ if together else estimator._network(int(network))
    except AttributeError as error:
        raise ConfigurationError(str(error)) from None
    if not together:
        raw = estimator._raw_of_each(X)
        average = average_raw(raw, estimator.loss_.link)
        known["engine_values"] = {"raw_prediction": raw[int(network)].astype(X.dtype), "dtype": str(X.dtype)}
        notes = [_place_among(estimator, int(network), average), estimator._note_of(average, one)]
        known["note"] = " ".join(filter(None, notes))
    if options["learning_rate"] is None:
        recipe = estimator.recipe_ if together else _part_of(estimator, int(network))[0].recipe_
        options = {**options, "learning_rate": recipe.learning_rate}
    trace: Trace | SharedTrace = opened.trace(
        X, estimator.outcome_.encode(estimator.schema_.encode_target(one), estimator.loss_), **{**known, **options}
    )
    return trace


def _rows_of_step(estimator: Answers, table: Table, row: int) -> list[int]:
    """The row, and where the loss compares rows with each other, others beside it."""
    table.row_text(row)  # refuses a row that does not exist
    if estimator.loss_.scope != "batch":
        return [row]
    known = estimator.schema_.rows_with_target(table)
    layers = estimator.schema_.strata_of(table.take(known))
    if layers is not None:  # those of its own stratum first, for it stands in their risk sets only
        known = known[np.argsort(layers != layers[known == row], kind="stable")] if row in known else known
    others = [int(each) for each in known if each != row]
    return [row, *others[: _ROWS_TOGETHER - 1]]


def _n_outputs(estimator: Answers) -> int:
    """How many outputs each network has."""
    return int(np.shape((estimator.parts_ or (estimator,))[0].biases_[-1])[-1])


def _part_of(estimator: Answers, network: int) -> tuple[Answers, int]:
    """The model that one of several networks belongs to, and the number of its first network."""
    first = 0
    for part in estimator.parts_:
        if network < first + part.recipe_.n_networks:
            return part, first
        first += part.recipe_.n_networks
    return estimator, 0


def _place_among(estimator: Answers, network: int, average: np.ndarray) -> str:
    """Which of several networks is opened, and what all of them say of the row by the average raw prediction."""
    count = estimator.recipe_.n_networks
    if count == 1:
        return ""
    said = estimator._predicted(average)[0]
    said = said if estimator.outcome_.labeled else ", ".join(f"{value:.6g}" for value in np.atleast_1d(said))
    note = f"This is network {network + 1} of {count}; the mean of all of them predicts {said}."
    part, first = _part_of(estimator, network)
    if part.recipe_.shared:
        who = "They share" if part is estimator else f"Networks {first + 1} to {first + part.recipe_.n_networks} share"
        note += (
            f" {who} all layers but the last. Here it takes a separate step; in training the gradient of what is"
            " shared is the mean of the gradients of all."
        )
    return note
