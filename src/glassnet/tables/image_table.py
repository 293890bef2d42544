"""A table of images: a folder, an image file or an archive of arrays in; a row per image out.

A row holds the image itself, or hand-crafted features of it. By which settings images were framed or measured goes with
the table into its schema, so that images for a prediction are treated as those of training were.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ConfigurationError, DataError, FileError
from glassnet.tables.columns.column_note import GraveNote
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.columns.images.image_notes import image_notes, left_out
from glassnet.tables.columns.kinds.judgment import Judgment
from glassnet.tables.framing import Framed, Framing, framed, streamed_note
from glassnet.tables.notation.number_text import counted
from glassnet.tables.reading.frames.partitions import holds_parquet
from glassnet.tables.table import GROUP, IMAGE, LABEL, PIXELS, Table

if TYPE_CHECKING:
    from glassnet.images import FeatureTable, Measuring
    from glassnet.images.reading import Picture, Unread
    from glassnet.tables.schema import Schema

_ENDINGS = (
    ".npz", ".npy", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".pgm", ".ppm", ".dcm",
    ".dicom", ".nii", ".nii.gz",
)  # fmt: skip
_TABLES = (".csv", ".tsv", ".parquet", ".xlsx", ".ods")


@dataclass(frozen=True)
class ImagePlace:
    """Where images and their masks lie.

    Parameters
    ----------
    mask : path, optional
        A folder with a mask of the same name for each image, or the mask of one image.
    mask_suffix : str
        What the name of a mask has before its ending, beside its image.
    parts : tuple of str
        Of an archive of arrays: which parts, such as ``("train",)``; all when empty.
    most_pixels : int
        Files that say that they hold more are refused undecoded.
    """

    mask: str | os.PathLike[str] | None = None
    mask_suffix: str = ""
    parts: tuple[str, ...] = ()
    most_pixels: int = 100_000_000

    def pictures(self, source: str | os.PathLike[str], how: Measuring) -> Iterator[Picture | Unread]:
        """The images of a source one by one, read as `how` says."""
        from glassnet.images.reading import MaskSource, Reading, read_images

        mask = None if self.mask is None else Path(self.mask)
        if mask is not None and not mask.exists():
            raise ConfigurationError(f"There is no mask file or folder {mask}. Check the path.")
        return read_images(
            source, reading=Reading(how.slices, how.window, self.most_pixels),
            masks=MaskSource(mask, self.mask_suffix, how.mask_value), parts=self.parts,
        )  # fmt: skip

    def check_masks(self, source: str, how: Measuring) -> None:
        """Refuse masks where the model has none, and none where it has some; archives hold their own."""
        given = self.mask is not None or bool(self.mask_suffix)
        if not how.dimensions or given == how.masked or str(source).lower().endswith((".npz", ".npy")):
            return
        if given:
            raise ConfigurationError(
                f"The training images were measured as a whole, so masks cannot be used for {source}. Leave --mask "
                "and --mask-suffix out."
            )
        raise ConfigurationError(
            f"The training images were measured inside masks, and none are given for {source}. Name them: "
            "--mask FOLDER, or --mask-suffix _mask."
        )


def holds_images(source: Any) -> bool:
    """Whether a path is read as images rather than as a table: a folder, or a file with the ending of an image.

    A folder of Parquet files is a table; a zip file holds images if some of its files have the ending of one, and none
    that of a table.

    Examples
    --------
    >>> holds_images("scan.PNG"), holds_images("brain.nii.gz"), holds_images("patients.csv")
    (True, True, False)
    """
    if os.path.isdir(source):  # noqa: PTH112 (a text that cannot be a path is not a folder, and no error)
        return not holds_parquet(source)
    name = os.fspath(source).lower()
    return name.endswith(_ENDINGS) or (name.endswith(".zip") and _zips_images(source))


def _zips_images(path: str | os.PathLike[str]) -> bool:
    """Whether a zip file holds images, and no table."""
    from glassnet.images.reading.bundle import sizes_in

    try:
        names = [name.lower() for name in sizes_in(Path(path))]
    except OSError:
        return False
    return any(name.endswith(_ENDINGS) for name in names) and not any(name.endswith(_TABLES) for name in names)


def read_image_table(
    source: str | os.PathLike[str], *, measuring: Measuring | None = None, frame: Framing | None = None,
    place: ImagePlace | None = None, progress: Callable[[int], None] | None = None, memory_limit: float | None = None,
) -> Table:  # fmt: skip
    """Read images as a table with a row for each: its hand-crafted features, or with a `frame` the image itself.

    Parameters
    ----------
    source : path
        A folder (with a sub-folder per class, or flat), a zip file of one, an image, or a ``.npz`` or ``.npy`` file.
    measuring : Measuring, optional
        What is measured and how; those of a schema measure as in training. With a `frame`, hand-crafted features are
        measured beside the images where this is given, for the models that a network is compared with.
    frame : Framing, optional
        To what size and channels images are brought.
    place : ImagePlace, optional
        Masks, parts and limits.
    progress : callable, optional
        Called with the number of images that are done.
    memory_limit : float, optional
        Bytes that images may take for a network; half of what is free when left out. Larger sets are read twice, and
        what the network sees of them is kept in a temporary file; the bits of the model are the same. Features are
        measured image by image, whatever the limit.

    Returns
    -------
    Table
        The columns ``image_id``, ``label`` where images have classes, ``group_id`` where images belong together, and
        one per feature, whose settings `Table.measuring` holds; or ``image``, with features in `Table.crafted`.

    Raises
    ------
    DataError
        When no image could be measured.
    ConfigurationError
        When masks are missing or not wanted.

    Examples
    --------
    >>> import tempfile, pathlib, numpy
    >>> from glassnet.images import phantoms
    >>> path, made = pathlib.Path(tempfile.mkdtemp()) / "scans.npz", phantoms(4)
    >>> numpy.savez(path, images=made.images, labels=made.names)
    >>> table = read_image_table(path)
    >>> table.names[:3], table.n_rows, table.row_name(1)
    (('image_id', 'label', 'intensity_mean [gray value]'), 4, 'image 1')
    """
    from glassnet.images import Measuring

    place, how, origin = place or ImagePlace(), measuring or Measuring(), os.fspath(source)
    place.check_masks(origin, how)
    if frame is None:
        table = _measure_table(place.pictures(source, how), how, origin, progress)
    else:
        table = _pixel_table(lambda: place.pictures(source, how), frame, measuring, origin, progress, memory_limit)
    named = LABEL in table.columns and not origin.lower().endswith(
        (".npz", ".npy")
    )  # a folder is a class, though its name be a number or a date
    return replace(table, categories={LABEL: ()}) if named else table


def table_of_arrays(
    images: Any, measuring: Measuring | None = None, frame: Framing | None = None, *, memory_limit: float | None = None
) -> Table:
    """The same for an array of images, of the shape (n, rows, columns) or (n, rows, columns, channels)."""
    from glassnet.images import Measuring
    from glassnet.images.reading.archive import from_arrays

    if frame is not None:
        return _pixel_table(lambda: from_arrays(images), frame, measuring, "the array of images", None, memory_limit)
    return _measure_table(from_arrays(images), measuring or Measuring(), "the array of images", None)


def judge_measured(table: Table, name: str) -> Judgment | None:
    """Judge a column of a table of images; None for other tables. A feature is a number, whatever its values."""
    if name in table.aside:
        return Judgment("text", left_out=table.aside[name])
    if table.measuring is None:
        return None
    cells = table.column(name)
    if cells.missing.all():
        return Judgment("constant", left_out="it is not defined on any image")
    values = cells.numbers()[0]
    if np.nanmin(values) == np.nanmax(values):
        return Judgment("constant", left_out=f"it is {np.nanmin(values):.6g} on every image")
    return Judgment("number")


def treatment_of(schema: Schema, source: Any) -> tuple[Measuring | None, Framing | None]:
    """How images are measured or framed for a model, as `read_image_table` takes it."""
    if schema.image_column is not None:
        return None, Framing.of(schema.image_column.shape)
    return measuring_of(schema, source), None


def measuring_of(schema: Schema, source: Any) -> Measuring:
    """How images are measured for a model: as in training, only what the model uses.

    Raises
    ------
    ConfigurationError
        When the model was trained on a table that does not say how its columns were measured.
    """
    if schema.measuring is None:
        images = source if isinstance(source, (str, os.PathLike)) else "an array of images"
        raise ConfigurationError(
            f"The model was trained on a table, and does not know how to measure {images}. Train it on images "
            "(glassnet train FOLDER --target label), or give a table with its columns; glassnet features writes one."
        )
    return schema.measuring.of_columns({column.name for column in schema.inputs})


def _measure_table(
    pictures: Iterable[Picture | Unread], how: Measuring, origin: str, progress: Callable[[int], None] | None
) -> Table:
    """The features of images as a table, with remarks."""
    from glassnet.images import feature_table

    try:
        features = feature_table(pictures, measuring=how, progress=progress)
    except DataError as error:
        raise DataError(f"{origin}: {error}{_tables_inside(origin)}") from None
    return table_of_features(features, how, origin)


def table_of_features(features: FeatureTable, how: Measuring, origin: str) -> Table:
    """Measured features as a table, with remarks.

    Parameters
    ----------
    found : FeatureTable
    how : Measuring
        What was asked for.
    origin : str
        What was measured.
    """
    columns: dict[str, Any] = {IMAGE: list(features.names)}
    if any(features.labels):
        columns[LABEL] = list(features.labels)
    if features.grouping.groups is not None:
        columns[GROUP] = [str(group) for group in features.grouping.groups]
    columns |= dict(zip((name for name in features.header if name not in columns), features.values.T, strict=True))
    table = Table.from_columns(columns, null_strings=())
    return replace(
        table, origin=origin, unit="image", reading={}, notes=tuple(_notes(features, how)),
        measuring=how.settled(features)
    )  # fmt: skip


def _pixel_table(
    read: Callable[[], Iterable[Picture | Unread]], frame: Framing, measuring: Measuring | None, origin: str,
    progress: Callable[[int], None] | None, memory_limit: float | None,
) -> Table:  # fmt: skip
    """Images as a table with a column of them, and features of the same beside it where these are wanted."""
    from glassnet.images.feature_table import FeatureBuilder

    builder = None if measuring is None else FeatureBuilder(measuring)
    try:
        readable = framed(
            read, frame, memory_limit=memory_limit, seen=None if builder is None else builder.add, progress=progress
        )
    except FileError:
        raise  # of the disk, not of the images
    except DataError as error:
        raise DataError(f"{origin}: {error}{_tables_inside(origin)}") from None
    images, crafted, rows = readable.images, None, range(len(readable.images.names))
    if builder is not None and measuring is not None:
        features = builder.table()
        place = {name: row for row, name in enumerate(features.names)}
        rows = [row for row, name in enumerate(images.names) if name in place]  # type: ignore[assignment]
        crafted = table_of_features(features, measuring, origin).take([place[images.names[row]] for row in rows])
    columns: dict[str, Any] = {IMAGE: list(images.names)}
    if any(images.labels):
        columns[LABEL] = list(images.labels)
    if images.grouping.groups is not None:
        columns[GROUP] = [str(group) for group in images.grouping.groups]
    table = Table.from_columns(columns, null_strings=())
    cells = ImageCells(images.pixels, images.names, readable.room, readable.smaller)
    table = replace(
        table, columns={**table.columns, PIXELS: cells}, origin=origin,
        unit="image", reading={}, notes=tuple(_pixel_notes(readable, crafted, memory_limit)), crafted=crafted,
    )  # fmt: skip
    if len(rows) < table.n_rows:
        table = replace(replace(table, crafted=None).take(rows), crafted=crafted)
    return table


def _pixel_notes(pictures: Framed, crafted: Table | None, memory_limit: float | None) -> Iterator[str]:
    """Notes for readers on images that a network looks at."""
    images = pictures.images
    rows, columns, channels = images.pixels.shape[1:]
    color = "in color" if channels == 3 else "gray"
    beside = "" if crafted is None else "; the models it is compared with see hand-crafted features"
    size = f"{rows} x {columns}, {color}"
    yield f"{counted(len(images.names), 'image')}: the network looks at their pixels, {size}{beside}."
    if pictures.in_file:
        yield streamed_note(pictures, memory_limit)
    sizes = set(pictures.sizes)
    if sizes - {(rows, columns)}:
        ends = [" x ".join(map(str, size)) for size in (min(sizes), max(sizes))]
        files = " to ".join(dict.fromkeys(ends))
        yield f"Sizes in the files: {files}. --size ROWSxCOLUMNS changes what the network sees."
    yield from left_out(images)
    yield from image_notes(images)


def _tables_inside(origin: str) -> str:
    """A hint for who gave the folder in which a table lies."""
    if not Path(origin).is_dir():
        return ""
    tables = sorted(path for path in Path(origin).iterdir() if path.suffix.lower() in _TABLES)
    return f" The folder also holds a table; to use it, give {tables[0]}." if tables else ""


def _notes(table: FeatureTable, how: Measuring) -> Iterator[str]:
    """Notes for readers on the images and their features."""
    inside = " inside masks" if table.masked else ""
    families = ", ".join(dict.fromkeys(feature.family.replace("_", " ") for feature in table.features))
    yield (
        f"{counted(len(table.names), 'image')} ({table.dimensions}), measured{inside} by "
        f"{counted(len(table.features), 'hand-crafted feature')}: {families}. Networks and other models see these "
        "numbers, not the pixels."
    )
    yield f"Gray levels: {table.discretization}."
    yield from left_out(table)
    yield from _size_notes(table, how)
    yield from image_notes(table)


def _size_notes(table: FeatureTable, how: Measuring) -> Iterator[str]:
    """Sizes that differ, among these images or from those of training."""
    settled = how.settled(table)
    if count := how.of_other_size(table.sizes):
        yield GraveNote(
            f"{count} of {counted(len(table.sizes), 'image')} are smaller or larger than all training images "
            f"({_from_to(how)}; these: {_from_to(settled)}). Most features depend on the size: bring the images to one "
            "size before, and distrust the predictions for them."
        )
    elif settled.smallest != settled.largest and not table.masked and not how.dimensions:
        yield (
            f"The images differ in size ({_from_to(settled)} rows x columns). Most features depend on it, so models "
            "can tell classes apart by size alone where the classes differ in it."
        )


def _from_to(how: Measuring) -> str:
    """The sizes of images in words."""
    ends = [" x ".join(map(str, size)) for size in (how.smallest, how.largest)]
    return " to ".join(dict.fromkeys(ends))
