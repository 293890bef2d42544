"""Tables: a file or a data frame in; a float matrix, names and a stored schema out."""

from glassnet.tables.column import ColumnSchema
from glassnet.tables.declaration import Declaration
from glassnet.tables.number_text import NULL_STRINGS
from glassnet.tables.peek import Peek, peek
from glassnet.tables.proposal import Proposal
from glassnet.tables.read import read_table
from glassnet.tables.schema import Encoded, Schema
from glassnet.tables.table import Table

__all__ = [
    "NULL_STRINGS",
    "ColumnSchema",
    "Declaration",
    "Encoded",
    "Peek",
    "Proposal",
    "Schema",
    "Table",
    "peek",
    "read_table",
]
