"""A page on one hand-crafted feature of one image: its formula, the image, each pixel's contribution, and its terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas.language.render.display import MATHML, render
from glassnet.images.features import Feature, Opening
from glassnet.pages import (
    Markup,
    Part,
    Raster,
    Working,
    callout,
    figure_of_panels,
    folded,
    formula,
    number_text,
    page,
    paragraph,
    steps,
    table,
    tag,
)  # fmt: skip
from glassnet.pages.markup import Content

Array = NDArray[Any]
SIDE = 96
"""The largest number of rows and columns drawn pixel by pixel; for larger images, means of blocks are drawn."""
MARGIN = 6
MOST_ROWS, MOST_GROUPS, MOST_PIXELS = 40, 12, 4


def feature_page(opening: Opening, name: str, remarks: Sequence[str] = ()) -> str:
    """The page of one opened feature.

    Parameters
    ----------
    opening : Opening
    name : str
        The name of the image.
    remarks : sequence of str
        Notes on how the image was read.

    Returns
    -------
    str
        A self-contained HTML document without scripts.

    Examples
    --------
    >>> from glassnet.images.features import features
    >>> opening = features["intensity_mean"].open([[1, 2], [3, 6]])
    >>> "over all pixels they sum to 12" in feature_page(opening, "four pixels")
    True
    """
    feature = opening.feature
    value = f"{number_text(opening.value, 6)} {opening.unit}".strip()
    lead = f"{feature.summary[0].upper()}{feature.summary[1:]}. For {name} it is {value}."
    parts = [
        Part("From rows to the value", _formula(opening), mark="1"),
        Part("Where it comes from", _pictures(opening), mark="2"),
        Part("The rows that add most", _rows(opening), mark="3"),
    ]
    footer = f"{_source(feature)} Gray levels: {opening.settings}. " + "; ".join(remarks)
    return page(feature.title[0].upper() + feature.title[1:], parts, lead=lead,
                kicker=f"glassnet: a feature opened, {feature.name}", footer=footer, contents=False)  # fmt: skip


def _source(feature: Feature) -> str:
    """The reference for the definition."""
    return f"Defined by {feature.reference}{f', code {feature.code}' if feature.code else ''}."


def _formula(opening: Opening) -> list[Content]:
    """Both formulas, with the numbers of each group, and the check."""
    feature = opening.feature
    count = len(opening.terms)
    blocks: list[Content] = [
        steps([
            Working(f"each {opening.kind} adds", formula(render(feature.each, MATHML)), f"{count} rows"),
            Working("the value, with S their sum", formula(render(feature.whole, MATHML)), ""),
        ])
    ]  # fmt: skip
    workings = []
    for group in opening.groups[:MOST_GROUPS]:
        numbers = {key: number_text(value, 6) for key, value in {**group.constants, "S": group.total}.items()}
        plugged = formula(render(feature.whole, MATHML, numbers))
        workings.append(Working(group.label or "this image", plugged, number_text(group.value, 8)))
    blocks.append(steps(workings))
    total = ", ".join(number_text(group.total, 8) for group in opening.groups[:MOST_GROUPS])
    blocks.append(paragraph(f"S, the sum of the rows: {total}."))
    known = {key: value for group in opening.groups[:1] for key, value in group.constants.items()}
    if known and len(opening.groups) == 1:
        blocks.append(
            paragraph("Constants: " + ", ".join(f"{k} = {number_text(v, 6)}" for k, v in known.items()) + ".")
        )
    if len(opening.groups) > MOST_GROUPS:
        blocks.append(paragraph(f"{len(opening.groups) - MOST_GROUPS} more groups are not shown."))
    if len(opening.groups) > 1:
        blocks.append(paragraph(f"The value is the mean of {len(opening.groups)} groups: "
                                f"{number_text(opening.value, 8)}."))  # fmt: skip
    again = opening.reevaluated()
    same = np.isclose(again, opening.value, rtol=1e-9, atol=1e-12, equal_nan=True)
    blocks.append(
        callout("confirmed" if same else "corrected", "Recomputed from the rows below",
                f"{number_text(again, 12)}, stored {number_text(opening.value, 12)}.")
    )  # fmt: skip
    return blocks


def _pictures(opening: Opening) -> list[Content]:
    """The image and its pixels' contributions, side by side."""
    heat = opening.heat()
    place = int(np.abs(heat).sum((1, 2)).argmax())
    rows, columns = _box(opening, heat)
    box = (place, slice(*rows), slice(*columns))
    image, reduced = _reduce(opening.image[box])
    shares, _ = _reduce(heat[box])
    marked, _ = _reduce(opening.mask[box].astype(np.float64))
    outlined = None if opening.mask.all() else (marked > 0.5).tolist()
    where = f", slice {place} of {len(heat)} (counted from 0), the one that adds most" if len(heat) > 1 else ""
    if (rows[1], columns[1]) != opening.image.shape[1:] or rows[0] or columns[0]:
        where += f", rows {rows[0]} to {rows[1] - 1}, columns {columns[0]} to {columns[1] - 1}"
    blocks = f" Each square is the mean of {reduced} x {reduced} pixels." if reduced > 1 else ""
    panels = [
        (f"The image{where}", Raster(image.tolist(), outlined=outlined), "The image in gray."),
        ("What each pixel adds to S", Raster(shares.tolist(), signed=True, outlined=outlined),
         "Blue pixels increase the sum, orange ones decrease it, and those in the background color have no effect."),
    ]  # fmt: skip
    total = number_text(float(heat.sum()), 6)
    caption = (
        f"The term of each row, divided evenly among its pixels; over all pixels they sum to {total}"
        f"{', the mean of the sums S' if len(opening.groups) > 1 else ''}.{blocks}"
    )
    return [figure_of_panels(panels, caption=caption)]


def _box(opening: Opening, heat: Array) -> tuple[tuple[int, int], tuple[int, int]]:
    """The drawn rows and columns: all, or those around the mask and all contributing pixels."""
    whole = (0, opening.image.shape[1]), (0, opening.image.shape[2])
    if opening.mask.all():
        return whole
    place = np.argwhere(opening.mask | (heat != 0))[:, 1:]
    low, high = np.maximum(place.min(0) - MARGIN, 0), np.minimum(place.max(0) + MARGIN + 1, opening.image.shape[1:])
    return (int(low[0]), int(high[0])), (int(low[1]), int(high[1]))


def _reduce(values: Array) -> tuple[Array, int]:
    """Values at a resolution that can be drawn, and the side of the blocks they represent."""
    factor = -(-max(values.shape) // SIDE)
    if factor == 1:
        return values, 1
    edges = [np.arange(0, size, factor) for size in values.shape]
    total = np.add.reduceat(np.add.reduceat(values, edges[0], 0), edges[1], 1)
    count = np.multiply.outer(*(np.diff(e, append=size) for e, size in zip(edges, values.shape, strict=True)))
    return total / count, factor


def _rows(opening: Opening) -> list[Content]:
    """A table of the rows with the largest terms, with their pixels."""
    rows = opening.largest[:MOST_ROWS]
    grouped = len(opening.groups) > 1
    head: list[Content] = [opening.kind, *(["group"] if grouped else []), *opening.columns, "adds", "pixels"]
    body: list[list[Content]] = []
    for number, row in enumerate(rows, 1):
        cells: list[Content] = [str(number)]
        if grouped:
            cells.append(tag("span", opening.groups[int(opening.group[row])].label, class_="places"))
        cells += [number_text(float(column[row]), 5) for column in opening.columns.values()]
        body.append([*cells, number_text(float(opening.terms[row]), 6), _places(opening, int(row))])
    rest = len(opening.terms) - len(rows)
    remaining = opening.terms[opening.largest[MOST_ROWS:]].sum()
    more = f"{rest} more rows add {number_text(float(remaining), 6)} together. " if rest else ""
    note = f"{more}Pixels are written as (row, column) from the upper left corner, counted from 0"
    note += ", with the slice before them." if len(opening.image) > 1 else "."
    written: Markup = table(head, body, label="rows")
    return [written if len(body) <= 15 else _two(head, body), paragraph(note)]


def _two(head: list[Content], body: list[list[Content]]) -> list[Content]:
    """The first rows visible, the others collapsed."""
    return [table(head, body[:15], label="rows"), folded(f"{len(body) - 15} more rows", table(head, body[15:]))]


def _places(opening: Opening, row: int) -> Markup:
    """The first pairs, runs, zones or pixels of a row, and the number of others."""
    flat = len(opening.image) == 1
    items = opening.items(row)
    written, left = [], MOST_PIXELS
    for item in items:
        if left <= 0:
            break
        places = [str(tuple(int(k) for k in (place[1:] if flat else place))) for place in item[:left]]
        written.append(("–" if len(item) == 2 else " ").join(places) + (" ..." if len(item) > left else ""))
        left -= len(item)
    more = len(items) - len(written)
    return tag("span", "; ".join(written) + (f"; {more} more" if more else ""), class_="places")
