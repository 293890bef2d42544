"""`read_images`: everything that can hold images, one image after the other, and what could not be read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from glassnet.errors import ConfigurationError, FileError
from glassnet.images.reading.archive import read_archive, read_array
from glassnet.images.reading.bundle import content_root, unpack
from glassnet.images.reading.dicom import is_dicom, read_dicom
from glassnet.images.reading.nifti import is_nifti, read_nifti
from glassnet.images.reading.picture import CannotRead, Picture, Reading, Unread
from glassnet.images.reading.raster import decoder, read_raster
from glassnet.images.reading.source import Found, in_column, in_folder, shown_name

ARRAYS = (".npz", ".npy")
ZIP = ".zip"
_IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".dcm", ".dicom", ".nii", ".gz")


@dataclass(frozen=True)
class MaskSource:
    """Where the masks of images lie.

    Parameters
    ----------
    folder : Path, optional
        A folder with a mask of the same path for each image, whatever its ending; or the one mask of one image.
    suffix : str
        What the name of a mask has before its ending, beside its image: ``_mask`` for ``scan_mask.png``.
    value : int, optional
        The value that marks the region; anything but 0 when left out.
    """

    folder: Path | None = None
    suffix: str = ""
    value: int | None = None

    def is_mask(self, name: str) -> bool:
        """Whether a file of the folder of images is a mask."""
        return bool(self.suffix) and _stem(name).endswith(self.suffix)

    def find(self, picture: Found, root: Path | None = None) -> Path:
        """The mask of an image; `root` is the folder in which images are looked for."""
        if self.folder is not None and self.folder.is_file():
            return self.folder
        beside = picture.path.parent
        if self.folder is not None:
            beside = self.folder if root is None else self.folder / beside.relative_to(root)
        wanted = _stem(picture.path.name) + self.suffix
        matches = sorted(path for path in beside.glob("*") if _stem(path.name) == wanted) if beside.is_dir() else []
        if not matches:
            named = f"its name and {self.suffix}" if self.suffix else "its name"
            raise CannotRead(f"it has no mask: there is no file of {named} (with any ending) in {beside}")
        return matches[0]


def read_images(
    source: str | os.PathLike[str] | Iterable[str | None], *, folder: str | os.PathLike[str] | None = None,
    reading: Reading | None = None, masks: MaskSource | None = None, parts: tuple[str, ...] = (),
) -> Iterator[Picture | Unread]:  # fmt: skip
    """Read images one by one; what cannot be read comes as `Unread` with its reason, in its place.

    Parameters
    ----------
    source : path, or iterable of str
        A folder (with one sub-folder per class, or flat), a zip file of one, an image, a ``.npz`` or ``.npy`` file, or
        the cells of a column of paths.
    folder : path, optional
        For a column of paths: where they begin. Nothing outside it is read.
    reading : Reading, optional
        Slices, window and limits.
    masks : MaskSource, optional
    parts : tuple of str
        Of a ``.npz`` file: which parts, such as ``("train",)``; all when empty.

    Yields
    ------
    Picture or Unread
        For a folder in the order of the names; for a column one result per cell.

    Raises
    ------
    FileError
        When the source is missing, is no image, or its archive is damaged.
    MissingDependency
        When the library that decodes a format is not installed.

    Examples
    --------
    >>> import tempfile, numpy
    >>> path = Path(tempfile.mkdtemp()) / "scans.npz"
    >>> numpy.savez(path, images=numpy.zeros((2, 4, 4)), labels=["well", "ill"])
    >>> [(picture.name, picture.label, picture.gray.shape) for picture in read_images(path)]
    [('0', 'well', (1, 4, 4)), ('1', 'ill', (1, 4, 4))]
    """
    reading, masks = reading or Reading(), masks or MaskSource()
    if not isinstance(source, (str, os.PathLike)):
        if folder is None:
            raise ConfigurationError(
                "A column of paths needs folder=, the folder of the paths. Nothing outside it is read."
            )
        return _files(in_column(source, Path(folder)), reading, masks, Path(folder))
    path = Path(source)
    if path.is_dir():
        return _files(in_folder(path), reading, masks, path)
    if not path.is_file():
        raise FileError(f"There is no file or folder {path}. Check the path.")
    if path.suffix.lower() in ARRAYS:
        if masks.folder is not None or masks.suffix:
            raise ConfigurationError(f"The masks of {path.name} are looked for inside it, as masks or train_masks.")
        return read_archive(path, parts) if path.suffix.lower() == ".npz" else read_array(path)
    if path.suffix.lower() == ZIP:
        return _unpack(path, reading, masks)
    return _files([Found(shown_name(path.name), path)], reading, masks)


def _unpack(path: Path, reading: Reading, masks: MaskSource) -> Iterator[Picture | Unread]:
    """The images of a zip file, from a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="glassnet-") as folder:
        yield from unpack(path, Path(folder))
        root = content_root(Path(folder))
        yield from _files(in_folder(root), reading, masks, root)


def _files(
    files: Iterable[Found | Unread], reading: Reading, masks: MaskSource, root: Path | None = None
) -> Iterator[Picture | Unread]:
    """The image of each file, or the reason why there is none."""
    for path in files:
        if isinstance(path, Unread):
            yield path
        elif not masks.is_mask(path.name):
            try:
                picture = read_file(path.path, path.name, reading)
                if masks.folder is not None or masks.suffix:
                    picture = _with_mask(picture, masks.find(path, root), reading, masks)
                yield replace(picture, label=path.label)
            except CannotRead as error:
                yield Unread(path.name, str(error))


def read_file(path: Path, name: str, reading: Reading) -> Picture:
    """One file, decoded by what its first bytes say it is."""
    try:
        with path.open("rb") as file:
            start = file.read(132)
    except OSError as error:
        raise CannotRead(f"it cannot be opened: {error.strerror}") from None
    if not start:
        raise CannotRead("an empty file")
    if is_nifti(path):
        return read_nifti(path, name, reading)
    if is_dicom(start, path):
        return read_dicom(path, name, reading)
    format_ = decoder(start)
    if format_ is not None:
        return read_raster(path, name, reading, format_)
    if path.suffix.lower() in ARRAYS:
        raise CannotRead("an array file among images; give it by itself")
    if path.suffix.lower() in _IMAGE_ENDINGS:
        raise CannotRead(f"not an image, though it is named {path.suffix}")
    raise CannotRead("not an image")


def _with_mask(picture: Picture, path: Path, reading: Reading, masks: MaskSource) -> Picture:
    """An image with the mask that a file holds."""
    try:
        marked = read_file(path, path.name, reading).pixels
    except CannotRead as error:
        raise CannotRead(f"its mask: {error}") from None
    mask = (marked != 0).any(-1) if masks.value is None else (marked == masks.value).any(-1)
    if mask.shape != picture.pixels.shape[:3]:
        raise CannotRead(f"its mask has the shape {_shape(mask)}, the image {_shape(picture.pixels[..., 0])}")
    if not mask.any():
        what = "anything" if masks.value is None else f"anything with the value {masks.value}"
        raise CannotRead(f"its mask is empty: it does not mark {what}")
    return replace(picture, mask=mask)


def _shape(array: Any) -> str:
    """A shape for readers; a single slice is not mentioned."""
    return " x ".join(str(size) for size in (array.shape[1:] if len(array) == 1 else array.shape))


def _stem(name: str) -> str:
    """A file name without its ending; ``.nii.gz`` is one ending."""
    base = name.rsplit("/", 1)[-1]
    return base[:-7] if base.lower().endswith(".nii.gz") else base.rsplit(".", 1)[0]
