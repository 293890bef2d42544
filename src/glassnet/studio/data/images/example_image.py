"""Images of a table as the page shows them among other cells: gray, and not larger than needed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from glassnet.studio.contract.data import ExampleImage
from glassnet.tables.columns.images.image_column import ImageCells

SMALL, MIDDLE = 32, 48
"""Rows or columns of a picture in a line of a table, and among others of its kind."""


def example_images(cells: ImageCells, rows: Iterable[int], side: int = SMALL) -> list[ExampleImage]:
    """Some images of a column; those with more pixels a side by the means of squares of them."""
    examples = []
    for row in rows:
        gray = np.asarray(cells.pixels[row], dtype=np.float64).mean(axis=2)
        every = max(1, -(-max(gray.shape) // side))
        gray = _means(gray, every)
        height, width = gray.shape
        values = [float(f"{value:.4g}") for value in gray.ravel().tolist()]
        examples.append(ExampleImage(cells.names[row], height, width, values, float(gray.min()), float(gray.max())))
    return examples


def _means(gray: np.ndarray, every: int) -> np.ndarray:
    """The means of squares of so many pixels; those at the right and the bottom may be smaller."""
    for axis in (0, 1):
        edges = np.arange(0, gray.shape[axis], every)
        counts = np.diff(edges, append=gray.shape[axis])
        gray = np.add.reduceat(gray, edges, axis) / np.expand_dims(counts, 1 - axis)
    return gray
