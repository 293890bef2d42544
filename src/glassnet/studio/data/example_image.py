"""Images of a table as the page shows them among other cells: gray, and not larger than needed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from glassnet.studio.contract.data import ExampleImage
from glassnet.tables.columns.image_column import ImageCells

_LARGEST = 32


def example_images(cells: ImageCells, rows: Iterable[int]) -> list[ExampleImage]:
    """Some images of a column; of large ones evenly spread pixels."""
    found = []
    for row in rows:
        gray = np.asarray(cells.pixels[row], dtype=np.float64).mean(axis=2)
        every = max(1, -(-max(gray.shape) // _LARGEST))
        gray = gray[::every, ::every]
        height, width = gray.shape
        values = np.round(gray, 4).ravel().tolist()
        found.append(ExampleImage(cells.names[row], height, width, values, float(gray.min()), float(gray.max())))
    return found
