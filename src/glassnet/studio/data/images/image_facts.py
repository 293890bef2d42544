"""The images of a table for the page: how large they are, what the network sees of them, and some of each class."""

from __future__ import annotations

import numpy as np

from glassnet.studio.contract.data import Gallery, ImageFacts
from glassnet.studio.data.images.example_image import MIDDLE, example_images
from glassnet.studio.data.images.image_file import SIDES
from glassnet.tables import Schema, Table
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.image_archive import image_column, seen_size

_MOST_CLASSES, _SHOWN = 12, 10


def image_facts(kept: Table, seen: Table, schema: Schema) -> ImageFacts | None:
    """The images of a table, as they are kept and as a network sees them; None where there are none."""
    name = image_column(kept)
    if name is None:
        return None
    cells, small = kept.columns[name], seen.columns[name]
    assert isinstance(cells, ImageCells)
    assert isinstance(small, ImageCells)
    rows, columns, channels = cells.pixels.shape[1:]
    largest = max(rows, columns)
    sides = [max(copies.shape[1:3]) for copies in cells.smaller] or [side for side in SIDES if side < largest]
    now = max(seen_size(cells)) if small is cells else max(small.pixels.shape[1:3])
    return ImageFacts(
        name, (rows, columns), (small.pixels.shape[1], small.pixels.shape[2]), channels,
        sorted({*sides, largest, now}), _galleries(kept, cells, schema),
    )  # fmt: skip


def _galleries(table: Table, cells: ImageCells, schema: Schema) -> list[Gallery]:
    """Images by class, where the target has classes, the most frequent first; else the first ones."""
    if not schema.classes:
        first = range(min(len(cells), 2 * _SHOWN))
        return [Gallery(None, len(cells), example_images(cells, first, MIDDLE))]
    rows = schema.rows_with_target(table)
    codes = schema.encode_target(table.take(rows) if len(rows) < table.n_rows else table)
    galleries = []
    for code in np.argsort(-np.bincount(codes, minlength=len(schema.classes)), kind="stable")[:_MOST_CLASSES]:
        own = rows[codes == code]
        galleries.append(Gallery(schema.classes[code], len(own), example_images(cells, own[:_SHOWN], MIDDLE)))
    return galleries
