"""The conversion of one cell to inputs of the network, step by step, with its constants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.pages.number import short_number
from glassnet.tables.columns.images.image_column import KIND, ImageCells
from glassnet.tables.columns.kinds.kind import NUMERIC, quote
from glassnet.tables.columns.scales.bins import bin_text
from glassnet.tables.columns.scales.quantile import curve_text
from glassnet.tables.columns.scales.season import season_names, season_text
from glassnet.tables.table import Table

if TYPE_CHECKING:
    from glassnet.network import InputStep
    from glassnet.tables.columns.column import ColumnSchema


def input_steps(column: ColumnSchema, table: Table, row: int) -> list[InputStep]:
    """How the cell of one row became the network's inputs, one step each."""
    from glassnet.network import InputStep

    one = table.select([column.name]).take([row])
    if column.kind == KIND:
        return _pixel_steps(column, one)
    values = column.encode(one)[0][0]
    cell = one.column(column.name).item(0)
    raw = "missing" if cell is None else cell
    steps = []
    for feature, value in zip(column.features, values, strict=True):
        formula = _formula(column, one, cell, feature, float(value))
        steps.append(InputStep(feature=feature, raw=raw, value=float(value), formula=formula))
    return steps


def _pixel_steps(column: ColumnSchema, one: Table) -> list[InputStep]:
    """How the pixels of an image became inputs."""
    from glassnet.network import InputStep

    cells, values = one.column(column.name), column.pixels(one, [])[0]
    assert isinstance(cells, ImageCells)
    sign = f"− {short_number(column.center)}" if column.center >= 0 else f"+ {short_number(-column.center)}"
    texts = [short_number(float(pixel)) for pixel in cells.of_shape(column.shape)[0][0].ravel()]
    return [
        InputStep(feature, text, float(value), f"({text} {sign}) / {short_number(column.scale)}")
        for feature, text, value in zip(column.features, texts, values, strict=True)
    ]


def _formula(column: ColumnSchema, one: Table, cell: str | None, feature: str, value: float) -> str:
    """The transformation of one cell into one input, with its constants."""
    if column.missing and feature == column.features[-1]:
        return "1 because the cell is missing" if value else "0 because the cell is present"
    if column.kind in NUMERIC:
        number = column.numbers(one.column(column.name))[0][0]
        value_text = short_number(column.center if np.isnan(number) else number)
        sign = f"− {short_number(column.center)}" if column.center >= 0 else f"+ {short_number(-column.center)}"
        why = ", the training mean in place of the missing cell" if np.isnan(number) else ""
        in_season = season_names(column.name) if column.seasonal else []
        if feature in in_season:
            day = column.center if np.isnan(number) else float(number)
            mean = why.replace("mean", column.how.center_name)
            return f"{season_text(day, column.year_start, in_season.index(feature))}{mean}"
        if column.scaling == "none":
            return "0 in place of the missing cell" if np.isnan(number) else value_text
        place = column.features.index(feature)
        if column.how.curve is not None and not (column.how.beside and place == column.n_bins):
            at = column.center if np.isnan(number) else float(number)
            if column.how.bins:
                reason = bin_text(at, place, column.knots)
            else:
                reason = curve_text(at, column.knots, column.knot_inputs)
            return f"{reason}{why.replace('mean', column.how.center_name)}"
        scaled = f"({value_text} {sign}) / {short_number(column.scale)}"
        if column.how.bound is not None:
            t = 0.0 if np.isnan(number) else (number - column.center) / column.scale
            clip = f"t / √(1 + (t / {column.how.bound:g})²)"
            return f"{clip} with t = {scaled} = {short_number(t)}{why.replace('mean', column.how.center_name)}"
        return f"{scaled}{why}"
    if value in (-1.0, 0.0, 1.0):
        return f"{value:g} because the cell is {'missing' if cell is None else quote(cell)}"
    why = "missing" if cell is None else f"{quote(cell)}, not seen in training"
    if column.ordered:
        level = feature.removeprefix(f"{column.name} > ")
        return f"{short_number(value)}, the training share above {level!r}, because the cell is {why}"
    level = feature.removeprefix(f"{column.name} = ")
    return f"{short_number(value)}, the training share of {level!r}, because the cell is {why}"
