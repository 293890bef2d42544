"""An occlusion as a figure: the image, and what its parts add to the answer on one scale."""

from __future__ import annotations

import numpy as np

from glassnet.explanation.occlusion import Occlusion
from glassnet.explanation.question import Floats
from glassnet.pages import Chart, Markup, Pixels, Raster, figure_of_panels

_SIDE = 64
"""Rows and columns up to which an image is drawn pixel by pixel; larger ones are drawn by means of blocks."""

Panels = list[tuple[str, Chart, str]]


def occlusion_panels(occlusion: Occlusion, factor: float = 1.0) -> Panels:
    """The image, the moved square, and the regions, as (title, chart, summary)."""
    largest = float(max(np.abs(occlusion.map).max(), np.abs(occlusion.effects).max())) * factor or 1.0
    strongest = max(occlusion.regions, key=lambda region: abs(region.effect))
    marked = np.zeros(occlusion.image.shape)
    if strongest.effect:
        marked[strongest.top : strongest.bottom + 1, strongest.left : strongest.right + 1] = 1.0
    outlined = (drawn(marked) > 0.5).tolist() if strongest.effect else None
    regions = np.repeat(
        np.repeat(occlusion.effects, np.diff(occlusion.row_edges), axis=0), np.diff(occlusion.column_edges), axis=1
    )  # fmt: skip
    summary = (
        f"{strongest.where} change the answer most, by {strongest.effect * factor:+.3g}"
        if strongest.effect else "no region changes the answer"
    )  # fmt: skip
    image = Raster(drawn(occlusion.image).tolist(), outlined=outlined)
    moved, each = (
        Pixels((drawn(part) * factor).tolist(), largest, signed=True, large=True) for part in (occlusion.map, regions)
    )
    caption = "For each pixel, the mean effect of the squares that cover it; minus signs where they lower the answer."
    return [
        ("The image", image, "The image in gray."),
        (f"A square of {occlusion.square} x {occlusion.square}, moved", moved, caption),
        (f"{occlusion.effects.size} regions, one at a time", each, f"Of all regions, {summary}."),
    ]


def occlusion_caption(occlusion: Occlusion, factor: float, unit: str) -> str:
    """The caption, which says what the colors mean."""
    largest = float(max(np.abs(occlusion.map).max(), np.abs(occlusion.effects).max())) * factor
    reduced = -(-max(occlusion.image.shape) // _SIDE)
    blocks = f" Each square that is drawn is the mean of {reduced} x {reduced} pixels." if reduced > 1 else ""
    return (
        f"Blue raises the answer, orange with a minus lowers it; the full color is {largest:.3g} {unit}, in both maps. "
        f"The line in the image is around the region that changes the answer most.{blocks}"
    )


def occlusion_figure(occlusion: Occlusion, factor: float, unit: str) -> Markup:
    """All panels under one caption, with their numbers."""
    return figure_of_panels(
        occlusion_panels(occlusion, factor),
        title="Covered parts.",
        caption=occlusion_caption(occlusion, factor, unit),
        digits=3,
    )


def drawn(values: Floats) -> Floats:
    """Values small enough to draw: the means of blocks where there are many."""
    by = -(-max(values.shape) // _SIDE)
    if by == 1:
        return values
    edges = [np.arange(0, size, by) for size in values.shape]
    total = np.add.reduceat(np.add.reduceat(values, edges[0], 0), edges[1], 1)
    count = np.multiply.outer(*(np.diff(e, append=size) for e, size in zip(edges, values.shape, strict=True)))
    return np.asarray(total / count)
