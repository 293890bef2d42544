"""A table with a column of images in one file: a ``.npz`` that other programs read, too, and `read_image_table`.

It holds the pixels and the cells of the other columns; nothing of the files that they were read from, and no header.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO
from weakref import WeakKeyDictionary

import numpy as np

from glassnet.errors import ConfigurationError, FileError
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.framing import Framing, usual_side
from glassnet.tables.table import LABEL, Table

FORMAT = 1
_sized: WeakKeyDictionary[Table, dict[tuple[int, int], Table]] = WeakKeyDictionary()


def image_column(table: Table) -> str | None:
    """The name of the column of images, where there is one."""
    return next((name for name in table.names if isinstance(table.columns[name], ImageCells)), None)


def write_image_archive(table: Table, path: Path | BinaryIO, *, sizes: bool = True) -> None:
    """Write a table with a column of images.

    Parameters
    ----------
    table : Table
    path : path or binary file
    sizes : bool, default True
        Whether the file says in how many smaller sizes it holds the images; those of earlier versions do not.

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
    if sizes:
        about["smaller"] = len(cells.smaller)
    arrays: dict[str, Any] = {"images": np.asarray(cells.pixels)}
    arrays |= {_smaller(k): np.asarray(copies) for k, copies in enumerate(cells.smaller)}
    if LABEL in others and None not in others[LABEL]:
        arrays["labels"] = np.array(others[LABEL])
    np.savez(path, table=np.frombuffer(json.dumps(about).encode("utf-8"), np.uint8), **arrays)


def says_sizes(path: str | Path) -> bool:
    """Whether a file says in how many smaller sizes it holds its images, as those of earlier versions do not."""
    with np.load(path, allow_pickle=False) as archive:
        return "smaller" in json.loads(archive["table"].tobytes())


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
            smaller = tuple(np.asarray(archive[_smaller(k)]) for k in range(about.get("smaller", 0)))
        if about["format"] != FORMAT:
            raise FileError(f"{path} has the format {about['format']}; this glassnet reads {FORMAT}. Update it.")
        cells = ImageCells(pixels, tuple(about["images"]), smaller=smaller)
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


def _smaller(place: int) -> str:
    """The name of the array that holds the copies in a smaller size."""
    return f"images_{place + 1}"


def seen_size(cells: ImageCells, side: int | None = None) -> tuple[int, int]:
    """Rows and columns that a network sees of images: at most `side`, else as large as is usual and fits.

    Where smaller copies are kept it is the size of one of them, so that no image is made smaller twice.

    Examples
    --------
    >>> tall, many = np.zeros((100, 128, 96, 1), np.uint8), np.zeros((100_000, 1, 1, 1), np.uint8)
    >>> names = ("a.png",)
    >>> seen_size(ImageCells(tall, names)), seen_size(ImageCells(tall, names), side=32)
    ((64, 48), (32, 24))
    >>> seen_size(ImageCells(tall, names, smaller=(tall[:, ::2, ::2], tall[:, ::8, ::8])), side=63)
    (16, 12)
    """
    rows, columns, channels = cells.pixels.shape[1:]
    side = usual_side(len(cells) * channels) if side is None else side
    if cells.smaller:
        kept = [copies.shape[1:3] for copies in (cells.pixels, *cells.smaller)]
        return next((size for size in kept if max(size) <= side), kept[-1])
    return Framing(largest=side).size_for({(rows, columns): 1})


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
    size = seen_size(cells, side)
    if size == shape[:2]:
        return table
    known = _sized.setdefault(table, {})
    if size not in known:
        known.clear()  # one other size at a time: they are large
        pixels = cells.of_shape((*size, shape[2]))[0]
        known[size] = replace(table, columns={**table.columns, name: ImageCells(pixels, cells.names, cells.room)})
    return known[size]
