"""Tables: a file or a data frame in; a float matrix, names and a stored schema out."""

from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.kinds.proposal import Proposal
from glassnet.tables.declaration import Declaration
from glassnet.tables.encoded import Encoded
from glassnet.tables.encoded_table import EncodedTable
from glassnet.tables.image_archive import read_image_archive, with_image_size, write_image_archive
from glassnet.tables.image_table import ImagePlace, holds_images, read_image_table
from glassnet.tables.notation.number_text import NULL_STRINGS
from glassnet.tables.reading.read import read_table
from glassnet.tables.schema import Schema
from glassnet.tables.table import Table

__all__ = [
    "NULL_STRINGS", "ColumnSchema", "Declaration", "Encoded", "EncodedTable", "ImagePlace", "Proposal", "Schema",
    "Table", "holds_images", "read_image_archive", "read_image_table", "read_table", "with_image_size",
    "write_image_archive",
]  # fmt: skip
