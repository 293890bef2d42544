"""Images that a person gives to the studio, read as ``glassnet train`` reads them: archive, folder, table of paths.

What is unpacked on the way lies in a folder that is removed with it; of the images only their pixels and names remain.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.engine.checks.memory import available_bytes
from glassnet.errors import DataError, FileError, GlassnetError
from glassnet.images.reading import count_files
from glassnet.images.reading.bundle import content_root, is_bundle, sizes_in, unpack
from glassnet.tables import Table, read_image_table, read_table
from glassnet.tables.columns.images.image_column import ImageCells, with_images
from glassnet.tables.framing import Framing
from glassnet.tables.image_archive import image_column, read_image_archive
from glassnet.tables.notation.number_text import counted

SIDES = (16, 28, 32, 48, 64, 96, 128)
"""Rows or columns of an image that a person may choose: in each of these sizes images are kept."""
LARGEST_SIDE, SMALLEST_SIDE = SIDES[-1], SIDES[0]
"""Rows or columns that are kept at most; of very many images fewer."""
MOST_NUMBERS = 400_000_000
"""Of all pixels that are kept."""
_TABLES = (".csv", ".tsv", ".xlsx", ".parquet")
_START = 512
_LEAST_IMAGE = 28 * 28
"""Bytes of the smallest image that is usual in an array, for a guess of how many there are."""
Progress = Callable[[str, int, int | None], None]


def read_image_file(path: Path, name: str, scratch: Path, progress: Progress = lambda *_: None) -> Table:
    """A table with a column of images, from a file.

    Parameters
    ----------
    path : Path
        A zip or tar file with a folder per class, or with a table that names its images; a ``.npz`` or ``.npy`` file;
        or one that the studio has saved.
    name : str
        What the person calls it.
    scratch : Path
        Where it is unpacked.
    progress : callable
        Called with what is done, how many files are done, and of how many where that is known.

    Raises
    ------
    GlassnetError
        When it cannot be read, or there are fewer than two images.
    """
    try:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            table = _read(path, name, Path(folder), progress)
            return _compact(table, name)
    except GlassnetError as error:
        raise error.renamed((f"{folder}/", ""), (folder, name), (str(path), name)) from None


def read_image_folder(folder: Path) -> Table:
    """The same for a folder or a file of images of this machine."""
    if folder.is_dir():
        return _compact(_of_folder(folder, lambda *_: None), folder.name)
    return _compact(read_image_table(folder, frame=_frame(1)), folder.name)


def table_with_images(path: Path) -> Table:
    """A table file of this machine, with the images that it names, where it does."""
    table = read_table(path)
    return with_images(table, path.parent, frame=_frame(table.n_rows))


def in_one_size(table: Table) -> Table:
    """A table whose images an earlier version kept in one size, with a note if they may have been larger than that."""
    column = image_column(table)
    cells = table.columns[column] if column else None
    if not isinstance(cells, ImageCells) or max(cells.pixels.shape[1:3]) < _frame(table.n_rows).largest:
        return table
    side = max(cells.pixels.shape[1:3])
    note = (
        f"An earlier version kept these images, with at most {side} pixels per side and in no other size. If they were "
        "larger, smaller sizes are made from images that were made smaller before, and runs differ a little from those "
        "of Python and the command line. Give the images again to get a set that holds each size."
    )
    return replace(table, notes=(*table.notes, note))


def _read(path: Path, name: str, folder: Path, progress: Progress) -> Table:
    """The table of a file; the folder is empty and ours."""
    with path.open("rb") as file:
        start = file.read(_START)
    if not start:
        raise FileError(f"{name} is empty. Choose the file again.")
    if start.startswith(b"\x93NUMPY"):
        return _of_arrays(path, folder / "images.npy", path.stat().st_size, progress)
    if not is_bundle(start):
        kinds = "a zip file of folders of images, a .npz file, or the images themselves"
        raise FileError(f"{name} is not a set of images. Give {kinds}.")
    names = sizes_in(path)
    if names and all(each.endswith(".npy") for each in names):
        _check_memory(name, sum(names.values()))
        if "table.npy" in names and "images.npy" in names:
            return read_image_archive(path)
        return _of_arrays(path, folder / "images.npz", sum(names.values()), progress)
    unread = unpack(path, folder, progress=lambda done: progress("Unpacking", done, len(names) or None))
    reasons = "; ".join(dict.fromkeys(f"{each.name[:60]}: {each.reason}" for each in unread[:3]))
    try:
        table = _of_folder(content_root(folder), progress)
    except GlassnetError as error:
        raise (type(error)(f"{error} What was left out: {reasons}.") if unread else error) from None
    if not unread:
        return table
    files = "1 file of the archive is" if len(unread) == 1 else f"{len(unread):,} files of the archive are"
    return replace(table, notes=(*table.notes, f"{files} left out. {reasons}."))


def _check_memory(name: str, size: int) -> None:
    """Raise for arrays that unpack to more than half of the free memory."""
    if size > (free := available_bytes() / 2):
        raise FileError(
            f"{name} unpacks to {size / 1e9:.1f} GB, and {free / 1e9:.1f} GB of memory may be used. Give a zip file of "
            "image files, which are read one by one."
        )


def _of_arrays(path: Path, alias: Path, size: int, progress: Progress) -> Table:
    """The table of an array file of so many bytes; its ending says how it is read."""
    alias.symlink_to(path.resolve())
    count = max(1, size // _LEAST_IMAGE)
    return read_image_table(alias, frame=_frame(count), progress=lambda done: progress("Reading", done, None))


def _of_folder(folder: Path, progress: Progress) -> Table:
    """The table of a folder: that of a table in it whose cells name images, else a row per image."""
    count = count_files(folder) or 0
    unused = []
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in _TABLES and path.is_file()):
        table = read_table(path)
        table = _with_images(table, folder, progress)
        if image_column(table) is not None:
            return table
        unused.append(path.name)
    if unused and count == len(unused):
        raise DataError(
            f"{unused[0]} names no image that is there, and there are no others. Drop the table together with its "
            "images; its column of paths begins at the folder of the table."
        )
    table = read_image_table(folder, frame=_frame(count), progress=lambda done: progress("Reading", done, count))
    if not unused:
        return table
    note = f"{unused[0]} is not used: it has no column of paths of images that are there."
    return replace(table, notes=(*table.notes, note))


def _with_images(table: Table, folder: Path, progress: Progress) -> Table:
    """The table with the images that it names, where it does."""
    rows = table.n_rows
    return with_images(table, folder, frame=_frame(rows), progress=lambda done: progress("Reading", done, rows))


def _frame(count: int) -> Framing:
    """To what sizes images are brought to be kept, when there are so many, in color perhaps.

    The network may see any of them, and each is made from the images themselves: as small as it is, it has the bits
    that the command line and Python would give it.
    """
    side = math.isqrt(MOST_NUMBERS // (3 * max(1, count)))
    return Framing(largest=max(SMALLEST_SIDE, min(LARGEST_SIDE, side)), choices=SIDES)


def _compact(table: Table, name: str) -> Table:
    """The table as it is kept: in memory, in numbers of at most 4 bytes, under the name that the person knows."""
    if table.n_rows < 2:
        raise DataError(
            f"{name} holds {counted(table.n_rows, 'readable image')}; learning needs at least 2, of 2 classes. Give a "
            "folder with a folder of images for each class."
        )
    column = image_column(table)
    assert column is not None
    cells = table.columns[column]
    assert isinstance(cells, ImageCells)
    pixels, *smaller = (_narrow(np.asarray(copies)) for copies in (cells.pixels, *cells.smaller))
    if not np.isfinite(pixels).all():
        raise DataError(f"{name} has pixels that are not finite. Replace them, or leave these images out.")
    columns = {**table.columns, column: ImageCells(pixels, cells.names, smaller=tuple(smaller))}
    return replace(table, columns=columns, origin=name)


def _narrow(pixels: NDArray[Any]) -> NDArray[Any]:
    """Pixels in numbers of at most 4 bytes."""
    return pixels if pixels.dtype.itemsize <= 4 else pixels.astype(np.float32)
