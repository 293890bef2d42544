"""Hand-crafted features of the images of a table, for the models that a network on their pixels is compared with."""

from __future__ import annotations

from dataclasses import replace

from glassnet.images import Measuring
from glassnet.tables import Table
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.image_archive import image_column
from glassnet.tables.image_table import table_of_arrays
from glassnet.tables.table import PIXELS


def wants_features(table: Table) -> bool:
    """Whether features are measured: of sets of images; beside other columns models see these and the pixels."""
    return table.crafted is None and table.unit == "image" and image_column(table) == PIXELS


def with_features(table: Table) -> Table:
    """The table with features measured on the pixels that the network sees; itself where there are none to measure."""
    cells = table.columns.get(PIXELS)
    if not wants_features(table) or not isinstance(cells, ImageCells):
        return table
    return replace(table, crafted=table_of_arrays(cells.pixels, Measuring()))
