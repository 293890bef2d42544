"""NumPy files: ``.npz`` in the layout of MedMNIST or with images and labels, and ``.npy``; and arrays themselves."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import FileError, ShapeError, nearest
from glassnet.images.reading.picture import Picture

Array = NDArray[Any]
PARTS = ("train", "val", "test")
LARGEST = 16 * 1024**3
"""Bytes that an archive may unpack to."""


def from_arrays(
    images: Array, labels: Array | None = None, *, part: str = "", masks: Array | None = None
) -> Iterator[Picture]:
    """Images of an array (n, h, w) or (n, h, w, channels) one by one.

    Raises
    ------
    ShapeError
        When the array is not a set of images, or labels do not fit it.
    """
    if (
        images.dtype.kind not in "biuf"
        or images.ndim not in (3, 4)
        or 0 in images.shape
        or (images.ndim == 4 and images.shape[3] not in (1, 3))
    ):
        raise ShapeError(
            f"An array of {images.dtype} of the shape {images.shape} is not a set of images. "
            f"It must hold numbers, and at least one pixel, (n, rows, columns) or (n, rows, columns, 1 or 3 channels)."
        )
    if labels is not None:
        labels = np.asarray(labels)
        labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
        if labels.shape != (len(images),):
            raise ShapeError(
                f"{len(images)} images have labels of the shape {labels.shape}; one label per image is needed."
            )
    if masks is not None and masks.shape != images.shape[:3]:
        raise ShapeError(f"Masks of the shape {masks.shape} do not fit images of the shape {images.shape[:3]}.")
    width = len(str(max(len(images) - 1, 0)))
    for number, pixels in enumerate(images):
        name = f"{part}/{number:0{width}d}" if part else f"{number:0{width}d}"
        label = None if labels is None else str(labels[number])
        mask = None if masks is None else masks[number][None] != 0
        yield Picture(name, pixels.reshape(1, *images.shape[1:3], -1), label, mask=mask)


def parts_of(path: Path) -> dict[str, tuple[str, str | None, str | None]]:
    """Part -> names of its arrays of images, labels and masks; from the names alone, nothing is unpacked."""
    names = _names(path)
    parts = {
        part: (f"{part}_images", _present(f"{part}_labels", names), _present(f"{part}_masks", names))
        for part in PARTS
        if f"{part}_images" in names
    }
    if parts:
        return parts
    images = next((name for name in ("images", "X", "x", "data", "arr_0") if name in names), None)
    if images is None:
        raise FileError(
            f"{path} holds the arrays {', '.join(sorted(names)) or 'nothing'}. Images are looked for as train_images, "
            f"val_images and test_images (with ..._labels), or as images (with labels)."
        )
    labels = next((name for name in ("labels", "y", "target") if name in names), None)
    return {"": (images, labels, _present("masks", names))}


def read_archive(path: Path, wanted: tuple[str, ...] = ()) -> Iterator[Picture]:
    """The images of a ``.npz`` file, part after part.

    Raises
    ------
    FileError
        When it is damaged, too large, holds objects, or lacks a part that is asked for.
    """
    parts = parts_of(path)
    for name in wanted:
        if name not in parts:
            raise FileError(
                f"{path} has no part {name!r}. {nearest(name, [part for part in parts if part] or ['all'])}"
            )
    for part, names in parts.items():
        if not wanted or part in wanted:
            images, labels, masks = (None if name is None else _array(path, name) for name in names)
            if labels is not None and labels.ndim == 2 and labels.shape[1] > 1:
                raise FileError(
                    f"{path}: {names[1]} has {labels.shape[1]} labels for each image; one is needed. "
                    f"Write an archive with the label that you want."
                )
            if images is not None:
                yield from from_arrays(images, labels, part=part, masks=masks)


def read_array(path: Path) -> Iterator[Picture]:
    """The images of a ``.npy`` file: one, or a set of them."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise FileError(f"{path} cannot be read as an array: {error}. Save it again with numpy.save.") from None
    yield from from_arrays(array[None] if array.ndim == 2 else array)


def _names(path: Path) -> dict[str, int]:
    """Array name -> unpacked size, from the directory of the archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {entry.filename.removesuffix(".npy"): entry.file_size for entry in archive.infolist()}
    except (OSError, zipfile.BadZipFile) as error:
        raise FileError(f"{path} cannot be read as an archive of arrays: {error}. Write it again.") from None
    if sum(sizes.values()) > LARGEST:
        raise FileError(
            f"{path} unpacks to {sum(sizes.values()) / 1024**3:.1f} GB; the limit is {LARGEST / 1024**3:.0f} GB. "
            f"Save its parts in files of their own."
        )
    return sizes


def _present(name: str, names: dict[str, int]) -> str | None:
    """A name that is present."""
    return name if name in names else None


def _array(path: Path, name: str) -> Array:
    """One array of the archive; objects are never loaded."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return np.asarray(archive[name])
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise FileError(f"{path}: the array {name} cannot be read: {error}. Write the archive again.") from None
