"""An occlusion as a figure: the image, and the effects of its parts on one scale."""

from __future__ import annotations

import numpy as np

from glassnet.explanation.occlusion import Occlusion
from glassnet.explanation.question import Floats
from glassnet.pages import Chart, Markup, Pixels, Raster, figure_of_panels

_SIDE = 64
"""The largest number of rows and columns drawn pixel by pixel; for larger images, means of blocks are drawn."""

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
        f"{strongest.where} change the prediction most, by {strongest.effect * factor:+.3g}"
        if strongest.effect else "no region changes the prediction"
    )  # fmt: skip
    image = Raster(drawn(occlusion.image).tolist(), outlined=outlined)
    moved, each = (
        Pixels((drawn(part) * factor).tolist(), largest, signed=True, large=True) for part in (occlusion.map, regions)
    )
    caption = "For each pixel, the mean effect of the squares that cover it; minus signs mark a lower prediction."
    return [
        ("The image", image, "The image in gray."),
        (f"A moving square of {occlusion.square} x {occlusion.square}", moved, caption),
        (f"{occlusion.effects.size} regions, one at a time", each, f"Of all regions, {summary}."),
    ]


def occlusion_caption(occlusion: Occlusion, factor: float, unit: str) -> str:
    """The caption, which explains the colors."""
    largest = float(max(np.abs(occlusion.map).max(), np.abs(occlusion.effects).max())) * factor
    reduced = -(-max(occlusion.image.shape) // _SIDE)
    blocks = f" Each drawn square is the mean of {reduced} x {reduced} pixels." if reduced > 1 else ""
    return (
        f"Blue parts raise the prediction, and orange parts with a minus sign lower it; the strongest color is "
        f"{largest:.3g} {unit} in both maps. The region that changes the prediction most is outlined.{blocks}"
    )


def occlusion_figure(occlusion: Occlusion, factor: float, unit: str) -> Markup:
    """All panels with one caption and their numbers."""
    return figure_of_panels(
        occlusion_panels(occlusion, factor),
        title="Occlusion.",
        caption=occlusion_caption(occlusion, factor, unit),
        digits=3,
    )


def drawn(values: Floats) -> Floats:
    """Values at a resolution that can be drawn: means of blocks if there are many."""
    by = -(-max(values.shape) // _SIDE)
    if by == 1:
        return values
    edges = [np.arange(0, size, by) for size in values.shape]
    total = np.add.reduceat(np.add.reduceat(values, edges[0], 0), edges[1], 1)
    count = np.multiply.outer(*(np.diff(e, append=size) for e, size in zip(edges, values.shape, strict=True)))
    return np.asarray(total / count)
