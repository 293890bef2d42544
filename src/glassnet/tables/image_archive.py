"""A table with a column of images in one file: a ``.npz`` that other programs read, too, and `read_image_table`.

It holds the pixels and the cells of the other columns; nothing of the files that they were read from, and no header.
"""

from __future__ import annotations

import json
import math
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO
from weakref import WeakKeyDictionary

import numpy as np

from glassnet.errors import ConfigurationError, FileError
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.framing import LARGEST_SIDE, Framing
from glassnet.tables.table import LABEL, Table

FORMAT = 1
SMALLEST_SIDE = 8
MOST_INPUTS = 40_000_000
"""Pixels of all images that a network takes without being asked for more: in double precision 320 MB."""
_sized: WeakKeyDictionary[Table, dict[tuple[int, int], Table]] = WeakKeyDictionary()


def image_column(table: Table) -> str | None:
    """The name of the column of images, where there is one."""
    return next((name for name in table.names if isinstance(table.columns[name], ImageCells)), None)


def write_image_archive(table: Table, path: Path | BinaryIO) -> None:
    """Write a table with a column of images.

    Raises
    ------
    ConfigurationError
        When it has none.
    """
    name = image_column(table)
    if name is None:
        raise ConfigurationError(f"{table.origin} has no column of images. Write it as CSV.")
    others = {
        other: [table.columns[other].item(row) for row in range(table.n_rows)] for other in table.names if other != name
    }
    cells = table.columns[name]
    assert isinstance(cells, ImageCells)
    about = {
        "format": FORMAT, "image": name, "names": list(table.names), "images": list(cells.names), "columns": others,
        "origin": table.origin, "unit": table.unit, "rows": table.row_numbers.tolist(), "notes": list(table.notes),
        "labeled": LABEL in table.categories,
    }  # fmt: skip
    arrays: dict[str, Any] = {"images": np.asarray(cells.pixels)}
    if LABEL in others and None not in others[LABEL]:
        arrays["labels"] = np.array(others[LABEL])
    np.savez(path, table=np.frombuffer(json.dumps(about).encode("utf-8"), np.uint8), **arrays)


def read_image_archive(path: str | Path) -> Table:
    """Read a table that `write_image_archive` has written.

    Raises
    ------
    FileError
        When it is damaged, or another kind of file.

    Examples
    --------
    >>> import tempfile
    >>> table = Table.from_columns({"age": [63, 41]})
    >>> cells = ImageCells(np.zeros((2, 4, 4, 1), np.uint8), ("a.png", "b.png"))
    >>> path = Path(tempfile.mkdtemp()) / "scans.npz"
    >>> write_image_archive(replace(table, columns={**table.columns, "scan": cells}), path)
    >>> same = read_image_archive(path)
    >>> same.names, same.row_text(1), same.column("scan").pixels.shape
    (('age', 'scan'), {'age': '41', 'scan': 'b.png'}, (2, 4, 4, 1))
    """
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
            pixels, about = np.asarray(archive["images"]), json.loads(archive["table"].tobytes())
        if about["format"] != FORMAT:
            raise FileError(f"{path} has the format {about['format']}; this glassnet reads {FORMAT}. Update it.")
        cells = ImageCells(pixels, tuple(about["images"]))
        plain = Table.from_columns(about["columns"], null_strings=())
        columns = {name: cells if name == about["image"] else plain.columns[name] for name in about["names"]}
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{path} is not a table of images ({error}). Save it again.") from None
    return replace(
        plain, columns=columns, origin=about["origin"], unit=about["unit"], numbering=np.array(about["rows"], np.int64),
        notes=tuple(about["notes"]), reading={}, categories={LABEL: ()} if about["labeled"] else {},
    )  # fmt: skip


def seen_size(shape: tuple[int, ...], n_images: int, side: int | None = None) -> tuple[int, int]:
    """Rows and columns that a network sees of images: at most `side`, else as large as is usual and fits.

    Examples
    --------
    >>> seen_size((128, 96, 1), 100), seen_size((28, 28, 1), 100), seen_size((128, 128, 1), 100_000)
    ((64, 48), (28, 28), (20, 20))
    >>> seen_size((128, 96, 1), 100, side=32)
    (32, 24)
    """
    if side is None:
        most = math.isqrt(MOST_INPUTS // max(1, n_images * shape[2]))
        side = max(SMALLEST_SIDE, min(LARGEST_SIDE, most))
    return Framing(largest=side).size_for({(shape[0], shape[1]): 1})


def with_image_size(table: Table, side: int | None = None) -> Table:
    """The table with its images as large as a network sees them; itself where there are none, or they are no larger.

    Parameters
    ----------
    table : Table
    side : int, optional
        Rows or columns that an image has at most.
    """
    name = image_column(table)
    if name is None:
        return table
    cells = table.columns[name]
    assert isinstance(cells, ImageCells)
    shape = cells.pixels.shape[1:]
    size = seen_size(shape, len(cells), side)
    if size == shape[:2]:
        return table
    known = _sized.setdefault(table, {})
    if size not in known:
        known.clear()  # one other size at a time: they are large
        pixels = cells.of_shape((*size, shape[2]))[0]
        known[size] = replace(table, columns={**table.columns, name: ImageCells(pixels, cells.names, cells.room)})
    return known[size]
