"""Histogram of oriented gradients (Dalal and Triggs 2005) on a grid of 4 x 4 cells, normalized over the whole image."""

from __future__ import annotations

import numpy as np

from glassnet.formulas.language import Expression
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Members, Rows

GRID, ORIENTATIONS = 4, 9
REFERENCE = "Dalal and Triggs 2005, Histograms of oriented gradients for human detection, CVPR"


def gradient_rows(region: Region, _aggregation: str) -> dict[str, Rows]:
    """One row per pixel with a slope: its size, in the cell and the bin of directions that it falls into."""
    images = region.images[:, 0]
    n, height, width = images.shape
    down, right = np.zeros_like(images), np.zeros_like(images)
    down[:, 1:-1] = images[:, 2:] - images[:, :-2]
    right[:, :, 1:-1] = images[:, :, 2:] - images[:, :, :-2]
    size = np.hypot(down, right)
    angle = np.rad2deg(np.arctan2(down, right)) % 180
    bins = np.minimum(angle * (ORIENTATIONS / 180), ORIENTATIONS - 1).astype(np.int64)
    cell_row, cell_column = np.arange(height) * GRID // height, np.arange(width) * GRID // width
    cell = cell_row[:, None] * GRID + cell_column
    area = np.bincount(cell.ravel(), minlength=GRID * GRID).astype(np.float64)
    keys = GRID * GRID * ORIENTATIONS
    slot = np.arange(n)[:, None, None] * keys + cell * ORIENTATIONS + bins
    owner = slot.ravel()
    columns = {"size": size.ravel(), "angle": angle.ravel()}
    means = np.bincount(owner, columns["size"], minlength=n * keys).reshape(n, keys)
    means = means / np.repeat(np.maximum(area, 1), ORIENTATIONS)
    area[area == 0] = np.nan  # cells of images with less than four rows or columns
    norm = np.sqrt((means**2).sum(1))
    norm[norm == 0] = 1.0  # an image without slopes has none in any direction
    constants = {"area": np.tile(np.repeat(area, ORIENTATIONS), n), "norm": np.repeat(norm, keys)}

    def members() -> Members:
        pixel = np.arange(height * width)
        return Members(pixel, pixel, pixel)

    return {"pixels": Rows("pixel", columns, owner, constants, np.arange(n * keys), n, members, keys,
                           context=("angle",))}  # fmt: skip


SOURCES["oriented_gradients"] = gradient_rows
for _key in range(GRID * GRID * ORIENTATIONS):
    _cell, _bin = divmod(_key, ORIENTATIONS)
    _row, _column = divmod(_cell, GRID)
    _low, _high = (round(180 / ORIENTATIONS * edge) for edge in (_bin, _bin + 1))
    features.register(
        Feature(
            f"oriented_gradients_row_{_row + 1}_column_{_column + 1}_angle_{_low}",
            f"gradients at {_low} to {_high} degrees in row {_row + 1}, column {_column + 1} of {GRID} x {GRID} cells",
            "oriented_gradients",
            f"mean size of the slopes that point {_low} to {_high} degrees down from right (or opposite), "
            f"relative to all {GRID} x {GRID} cells; 0 degrees: brightness changes from left to right",
            Expression("size"), Expression("S / (area * norm)"),
            ("oriented_gradients", "", "pixels"), reference=REFERENCE, mask="unused", dimensions="2D", key=_key,
            default="2D",
        )
    )  # fmt: skip
