"""A view: which inputs a picture is drawn over, in the table's own units, and at what the others are held."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.studio.contract.views.maps import Shown
from glassnet.studio.contract.views.picture import Axis
from glassnet.studio.data.preparation.preparation import Floats, Preparation
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.kinds.kind import NUMERIC

LEAST_RESOLUTION, MOST_RESOLUTION = 4, 120
_MARGIN = 0.08


@dataclass(frozen=True)
class View:
    """The view that the page asks for; None leaves the choice to the data.

    Attributes
    ----------
    x, y : str or None
        Columns of the axes.
    row : int or None
        Position in the table of the row at which the other inputs are held; their average when None.
    resolution : int
        Points along an axis.
    maps : {"values", "changes", "slopes"}
        What the pictures of a network on images show.
    """

    x: str | None = None
    y: str | None = None
    row: int | None = None
    resolution: int = 40
    maps: Shown = "values"

    def resolved(self, preparation: Preparation) -> View:
        """The view with its axes chosen: by the user, else the one or two inputs that there are."""
        if not LEAST_RESOLUTION <= self.resolution <= MOST_RESOLUTION:
            raise ConfigurationError(
                f"resolution={self.resolution} must be a whole number from {LEAST_RESOLUTION} to {MOST_RESOLUTION}."
            )
        if self.x is not None:
            for name in (self.x, self.y):
                if name is not None:
                    _column(preparation, name)
            return self
        inputs = preparation.schema.inputs
        if len(inputs) <= 2 and all(column.kind in NUMERIC for column in inputs):
            names = [column.name for column in inputs]
            return replace(self, x=names[0], y=names[1] if len(names) == 2 else None)
        return self


def axis(preparation: Preparation, name: str) -> Axis:
    """The range of a column over all rows, with a margin."""
    values = readings(preparation, name)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    margin = _MARGIN * (high - low) if high > low else max(0.5, 0.1 * abs(high))
    return Axis(name, low - margin, high + margin)


def readings(preparation: Preparation, name: str) -> Floats:
    """The numbers of an input column, in its own unit; NaN where one is missing."""
    column = _column(preparation, name)
    return column.numbers(preparation.table.column(name))[0]


def even(ends: Axis, count: int) -> Floats:
    """Evenly spaced places along an axis."""
    return np.linspace(ends.low, ends.high, count)


def grid(preparation: Preparation, view: View, places: dict[str, Floats]) -> Floats:
    """Inputs of the network with some columns at given places, the others held: shape (n, n_in)."""
    held = (
        preparation.X[preparation.train].mean(axis=0)
        if view.row is None
        else preparation.X[position(preparation, view.row)]
    )
    count = len(next(iter(places.values())))
    inputs = np.tile(held, (count, 1))
    names = list(preparation.schema.feature_names)
    for name, values in places.items():
        column = _column(preparation, name)
        scaled_values, start = column.how.clip(column.scaled(values)), names.index(column.features[0])
        inputs[:, start : start + scaled_values.shape[1]] = scaled_values
        if column.missing:
            inputs[:, names.index(f"{name} missing")] = 0.0
    return inputs


def position(preparation: Preparation, row: int) -> int:
    """The position among the rows with a target of a row of the table."""
    place = int(np.searchsorted(preparation.present, row))
    if not (0 <= place < len(preparation.present) and preparation.present[place] == row):
        raise ConfigurationError(f"Row {row} is not in the table, or has no value in {preparation.schema.target!r}.")
    return place


def held_text(preparation: Preparation, view: View) -> str:
    """At what the other inputs are held, in words."""
    others = [column.name for column in preparation.schema.inputs if column.name not in (view.x, view.y)]
    if not others:
        return ""
    where = (
        "their training average" if view.row is None else preparation.table.row_name(position(preparation, view.row))
    )
    named = others[0] if len(others) == 1 else f"the other {len(others)} inputs"
    return f"{named} held at {where if len(others) > 1 or view.row is not None else 'its training average'}"


def _column(preparation: Preparation, name: str) -> ColumnSchema:
    """An input column of numbers."""
    for column in preparation.schema.inputs:
        if column.name == name:
            if column.kind in NUMERIC:
                return column
            raise ConfigurationError(f"The column {name!r} holds no numbers, so it cannot be an axis.")
    raise ConfigurationError(f"There is no input column {name[:60]!r}. Choose one of the inputs.")
