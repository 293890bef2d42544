"""Image columns: cells that are images of one size, and their construction.

An image is one more kind of cell. A folder or an archive is a table with such a column; a table of patients has one
if its cells are paths of image files, or arrays.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, DataError, FileError
from glassnet.layers.place import pixel_names
from glassnet.tables.columns.column_note import GraveNote
from glassnet.tables.columns.images.image_notes import image_notes
from glassnet.tables.framing import INPUT_BYTES, Framing, framed, streamed_note
from glassnet.tables.matrix import take_rows
from glassnet.tables.notation.cells import MISSING, UNKNOWN, Cells, Floats, Mask
from glassnet.tables.notation.number_text import counted
from glassnet.tables.table import Table

if TYPE_CHECKING:
    from glassnet.tables.schema import Schema

KIND = "image"
MOST_NUMBERS = 2**22
_ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".pgm", ".ppm", ".dcm", ".dicom", ".npy")
_FIRST_CELLS = 50


@dataclass(frozen=True, eq=False)
class ImageCells:
    """Cells that hold images of one size.

    Parameters
    ----------
    pixels : array, shape (n, rows, columns, channels)
    names : tuple of str
        Names of the cells.
    room : float
        Bytes of a block of rows in memory, if the pixels lie in a file.
    smaller : tuple of array
        The same images in smaller sizes, each made from the images as they were read, the largest first.
    """

    pixels: NDArray[Any]
    names: tuple[str, ...]
    room: float = math.inf
    smaller: tuple[NDArray[Any], ...] = ()

    def __len__(self) -> int:
        return len(self.pixels)

    def item(self, row: int) -> str | None:
        """The name of one image."""
        return self.names[int(row)]

    def take(self, rows: Any) -> ImageCells:
        """The images of the given rows."""
        rows = np.asarray(rows, dtype=np.int64)
        taken = take_rows(self.pixels, rows) if self._bytes(len(rows)) > self.room else np.asarray(self.pixels[rows])
        smaller = tuple(np.asarray(copies[rows]) for copies in self.smaller)
        return ImageCells(taken, tuple(self.names[row] for row in rows.tolist()), self.room, smaller)

    def _bytes(self, n_rows: int) -> int:
        """The memory of a number of rows, as pixels and as inputs."""
        return n_rows * math.prod(self.pixels.shape[1:]) * (self.pixels.itemsize + INPUT_BYTES)

    @property
    def rows_at_once(self) -> int:
        """The number of rows that may be in memory together: all, unless the pixels lie in a file."""
        if not isinstance(self.pixels, np.memmap):
            return max(1, len(self))
        return max(1, int(self.room / max(1, self._bytes(1))))

    def without(self, nulls: Sequence[str]) -> ImageCells:  # noqa: ARG002 (an image is never a null string)
        """Themselves."""
        return self

    @cached_property
    def missing(self) -> Mask:
        """No cell is missing: a file that is not an image has no row."""
        return np.zeros(len(self), dtype=bool)

    def numbers(self) -> tuple[Floats, Mask]:
        """No image is a number."""
        return np.full(len(self), np.nan), np.ones(len(self), dtype=bool)

    def matches(self, pattern: str) -> Mask:  # noqa: ARG002
        """No image is a text."""
        return np.zeros(len(self), dtype=bool)

    def n_distinct(self) -> int:
        """How many names there are."""
        return len(set(self.names))

    def level_counts(self) -> dict[str, int]:
        """Each name with a count of one."""
        return dict.fromkeys(self.names, 1)

    def codes(self, levels: Sequence[str]) -> NDArray[np.int64]:
        """The position of each name among `levels`."""
        places = {level: code for code, level in enumerate(levels)}
        return np.array([places.get(name, UNKNOWN if name else MISSING) for name in self.names], dtype=np.int64)

    def days(self) -> tuple[Floats, Mask]:
        """No image is a day."""
        return self.numbers()

    def distinct(self, where: Mask) -> list[str]:
        """The names of some."""
        return list(dict.fromkeys(self.names[row] for row in np.flatnonzero(where).tolist()))

    def read(self, name: str, reader: Callable[[str], float | None]) -> tuple[Floats, Mask]:  # noqa: ARG002
        """Nothing can be read from an image."""
        return self.numbers()

    def of_shape(self, shape: tuple[int, ...]) -> tuple[NDArray[Any], int]:
        """The pixels of images brought to a shape, and the number of images of another shape."""
        if self.pixels.shape[1:] == shape:
            return self.pixels, 0
        for copies in self.smaller:
            if copies.shape[1:] == shape:
                return copies, len(self)
        from glassnet.images import image_set
        from glassnet.images.reading.archive import from_arrays

        frame = Framing.of(shape)
        images = image_set(from_arrays(self.pixels), size=frame.size, color=frame.color)
        return images.pixels, len(self)


@lru_cache(maxsize=32)
def image_features(name: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    """The names of the inputs made from an image."""
    return tuple(f"{name} {pixel}" for pixel in pixel_names(shape, 0))


def with_images(
    table: Table, folder: str | os.PathLike[str] | None, *, schema: Schema | None = None,
    kinds: Mapping[str, str] | None = None, memory_limit: float | None = None, frame: Framing | None = None,
    progress: Callable[[int], None] | None = None,
) -> Table:  # fmt: skip
    """The table with images in place of a column of paths; the table itself if there is no such column.

    Parameters
    ----------
    table : Table
    folder : path, optional
        The folder of relative paths, in which all files must lie.
    schema : Schema, optional
        Schema of a model, which defines the column and the shape.
    kinds : mapping of str to str, optional
        Declared kinds of columns.
    memory_limit : float, optional
        Bytes that images may take in memory; see `framed`.
    frame : Framing, optional
        The size of the images, if no model defines it.
    progress : callable, optional
        Called with the number of rows whose images are done.
    """
    known = None if schema is None else schema.image_column
    declared = [name for name, kind in (kinds or {}).items() if kind == KIND]
    if known is not None:
        declared = [known.name]
    others = set(kinds or ()) - set(declared)
    wanted = declared or [
        name for name in table.names if schema is None and name not in others and _are_paths(table.column(name), folder)
    ]
    wanted = [name for name in wanted if name in table.columns and not isinstance(table.column(name), ImageCells)]
    if len(wanted) > 1:
        raise ConfigurationError(
            f"{table.origin} has {len(wanted)} columns of images, {', '.join(map(repr, wanted))}; a network looks at "
            f"one. Leave the others out: --kind {wanted[1]}=left_out."
        )
    if not wanted and folder is not None and schema is None:
        names = [name for name in table.names if name not in others and _image_paths(table.column(name))]
        return replace(table, notes=(*table.notes, *(_lost(table, name, folder) for name in names)))
    if not wanted or folder is None:
        return table
    frame = (frame or Framing()) if known is None else Framing.of(known.shape)
    return _read(table, wanted[0], Path(folder), frame, memory_limit, progress)


def frame_with_images(frame: Any, nulls: Sequence[str], schema: Schema | None = None) -> Table:
    """A table from a data frame or named columns, in which a column of pixel arrays is a column of images."""
    named = isinstance(frame, Mapping)
    names = list(frame) if named else list(getattr(frame, "columns", ()) if not hasattr(frame, "column_names") else ())
    arrays = [name for name in names if _are_arrays(frame[name])]
    if not arrays:
        return Table.from_frame(frame, null_strings=nulls)
    rest = {name: frame[name] for name in names if name not in arrays} if named else frame.drop(columns=arrays)
    if not named and not hasattr(frame, "iloc"):
        rest = frame.drop(arrays)
    cells = {str(name): _cells_of(name, list(frame[name]), schema) for name in arrays}
    if len(names) == len(arrays):
        count = len(next(iter(cells.values())))
        table = replace(Table.from_columns({"row": list(range(count))}, null_strings=nulls), columns={})
    else:
        table = Table.from_frame(rest, null_strings=nulls)
    ordered = {str(name): cells.get(str(name)) or table.column(str(name)) for name in names}
    return replace(table, columns=ordered)


def _are_arrays(column: Any) -> bool:
    """Whether the cells of a column are arrays of pixels."""
    if isinstance(column, np.ndarray) and column.ndim in (3, 4) and column.dtype.kind in "biuf":
        return True
    if getattr(column, "dtype", None) is not None and str(getattr(column, "dtype", "")) not in ("object", "Object"):
        return False
    first = next(iter(column), None) if hasattr(column, "__iter__") and not isinstance(column, str) else None
    return isinstance(first, np.ndarray) and first.ndim in (2, 3) and first.dtype.kind in "biuf"


def _cells_of(name: Any, arrays: list[Any], schema: Schema | None) -> ImageCells:
    """The images of a column of arrays, brought to one size."""
    from glassnet.images.reading.archive import from_arrays

    pictures = []
    for row, array in enumerate(arrays):
        if not isinstance(array, np.ndarray) or array.ndim not in (2, 3) or array.dtype.kind not in "biuf":
            raise DataError(
                f"Column {name!r} holds arrays of pixels, but row {row} holds {str(array)[:40]!r}. Leave the row out."
            )
        pictures += [replace(picture, name=f"{row}") for picture in from_arrays(array[None])]
    known = None if schema is None else schema.image_column
    frame = Framing() if known is None else Framing.of(known.shape)
    images = framed(lambda: pictures, frame)
    return ImageCells(images.images.pixels, images.images.names, images.room)


def _are_paths(cells: Cells, folder: str | os.PathLike[str] | None) -> bool:
    """Whether the cells of a column are paths of images, some of which exist."""
    return folder is not None and any(
        os.path.exists(os.path.join(folder, text))  # noqa: PTH110, PTH118 (texts of any kind)
        for text in _image_paths(cells)
    )


def _image_paths(cells: Cells) -> list[str]:
    """The first cells of a column if all of them have the ending of an image."""
    if isinstance(cells, ImageCells):
        return []
    first = [cells.item(row) for row in range(min(len(cells), _FIRST_CELLS))]
    texts = [text for text in first if text is not None]
    return texts if all(text.lower().endswith(_ENDINGS) for text in texts) else []


def _lost(table: Table, name: str, folder: str | os.PathLike[str]) -> GraveNote:
    """A note on a column that names missing images."""
    named = _image_paths(table.column(name))
    return GraveNote(
        f"Column {name!r} names images, and none of the first {len(named)} exists, such as {named[0]}: paths begin at "
        f"the folder of the table, {folder}. Without them, the column is text."
    )


def _read(
    table: Table, name: str, folder: Path, frame: Framing, memory_limit: float | None,
    progress: Callable[[int], None] | None,
) -> Table:  # fmt: skip
    """Read the images of a column of paths; rows without a readable image are left out and counted."""
    from glassnet.images.reading import Picture, Unread, read_images

    paths = [table.column(name).item(row) for row in range(table.n_rows)]
    unread: dict[int, str] = {}

    def read() -> Iterator[Picture | Unread]:
        for row, picture in enumerate(read_images(paths, folder=folder)):
            if isinstance(picture, Unread) or not picture.flat:
                reason = picture.reason if isinstance(picture, Unread) else "it is a volume"
                unread[row] = f"{table.row_name(row)}, {picture.name}: {reason}"
                yield Unread(picture.name, reason)
            else:
                yield replace(picture, name=f"{row}")

    try:
        frame_images = framed(read, frame, memory_limit=memory_limit, progress=progress)
    except FileError:
        raise  # of the disk, not of the images
    except DataError:
        reasons = "; ".join(list(unread.values())[:3])
        raise DataError(f"{table.origin}: no image of the column {name!r} can be read. {reasons}.") from None
    images = frame_images.images
    kept = [int(row) for row in images.names]
    cells = ImageCells(images.pixels, tuple(str(paths[row]) for row in kept), frame_images.room, frame_images.smaller)
    notes = list(table.notes)
    if frame_images.in_file:
        notes.append(streamed_note(frame_images, memory_limit))
    if unread:
        reasons = "; ".join([*unread.values()][:3]) + (" ..." if len(unread) > 3 else "")
        notes.append(GraveNote(f"{counted(len(unread), 'row')} without a readable image left out: {reasons}."))
    notes += image_notes(images)
    whole = table.take(kept)
    return replace(whole, columns={**whole.columns, name: cells}, notes=tuple(notes))
