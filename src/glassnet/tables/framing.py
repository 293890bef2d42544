"""Images brought to one size for a network: in memory, or where they do not fit, read twice and kept in a file.

The first reading finds the usual size. Images are kept on the way while they fit; else they are read again one by one,
and only what the network sees of them is kept: in memory, or in a temporary file that the system maps page by page.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine.checks.memory import available_bytes
from glassnet.errors import DataError
from glassnet.tables.matrix import empty_matrix
from glassnet.tables.notation.number_text import counted, megabytes

if TYPE_CHECKING:
    from glassnet.images import ImageSet
    from glassnet.images.reading import Picture, Unread

LARGEST_SIDE = 64
"""Rows or columns that the network sees at most, unless a person asks for more: larger images are made smaller."""
MOST_INPUTS = 40_000_000
"""Pixels of all images that a network takes without being asked for more: in double precision 320 MB."""
SMALLEST_SIDE = 8
INPUT_BYTES = 4
"""Of a pixel as the engine takes it."""
_COPIES = 2
"""Of the inputs: all rows, and those of the training."""
_PIXELS_AT_ONCE = 1 << 22
_SHARE_OF_FILES, _SHARE_OF_A_BLOCK = 1 / 2, 1 / 6


@dataclass(frozen=True)
class Framing:
    """To what size and how many channels images are brought before a network sees them.

    Parameters
    ----------
    size : (rows, columns), optional
        The most frequent size when left out, made smaller in proportion where a side is longer than `largest`.
    color : {"auto", "gray", "color"}
    largest : int
    choices : tuple of int, optional
        Sides of smaller copies to keep beside the images, each made from the images as they were read, for a size that
        is chosen later; the usual side of so many images is always among them. There are none without choices, and none
        of images that are kept in their own size, from which any other is made.
    """

    size: tuple[int, int] | None = None
    color: str = "auto"
    largest: int = LARGEST_SIDE
    choices: tuple[int, ...] = ()

    @classmethod
    def of(cls, shape: Sequence[int]) -> Framing:
        """That of images of a known shape (rows, columns, channels)."""
        return cls((int(shape[0]), int(shape[1])), "gray" if shape[2] == 1 else "color")

    def size_for(self, sizes: Mapping[tuple[int, int], int]) -> tuple[int, int]:
        """The size to bring images to, from how many have which: as asked, or the most frequent one, made smaller.

        Examples
        --------
        >>> Framing().size_for({(100, 50): 3, (28, 28): 2}), Framing((9, 9)).size_for({})
        ((64, 32), (9, 9))
        """
        if self.size is not None:
            return self.size
        rows, columns = max(sizes, key=lambda size: (sizes[size], size))
        factor = min(1.0, self.largest / max(rows, columns))
        return max(1, round(rows * factor)), max(1, round(columns * factor))

    def smaller_sizes(self, sizes: Mapping[tuple[int, int], int], n_numbers: int) -> list[tuple[int, int]]:
        """The sizes of the smaller copies, of images that have so many numbers per pixel, all of them together.

        Examples
        --------
        >>> Framing(largest=128, choices=(32, 64)).smaller_sizes({(256, 100): 9}, 9)
        [(64, 25), (32, 12)]
        """
        if not self.choices or set(sizes) == {self.size_for(sizes)}:
            return []
        sides = {*self.choices, usual_side(n_numbers)}
        sizes_of_sides = {replace(self, largest=side).size_for(sizes) for side in sides if side < self.largest}
        return sorted(sizes_of_sides - {self.size_for(sizes)}, reverse=True)


def usual_side(n_numbers: int) -> int:
    """Rows or columns that a network sees at most of images with so many numbers per pixel, all of them together.

    Examples
    --------
    >>> usual_side(100), usual_side(100_000)
    (64, 20)
    """
    return max(SMALLEST_SIDE, min(LARGEST_SIDE, math.isqrt(MOST_INPUTS // max(1, n_numbers))))


@dataclass(frozen=True)
class Framed:
    """Images of one size.

    Parameters
    ----------
    images : ImageSet
        Its pixels may lie in a file (`numpy.memmap`).
    sizes : mapping of (rows, columns) to int
        Of the files.
    n_volumes : int
        Files that were not flat images, which the set leaves out.
    room : float
        Bytes that a block of rows may take in memory, for pixels in a file.
    smaller : tuple of array
        Copies in the smaller sizes of the frame, the largest first.
    """

    images: ImageSet
    sizes: Mapping[tuple[int, int], int]
    n_volumes: int
    room: float
    smaller: tuple[np.ndarray, ...] = ()

    @property
    def in_file(self) -> bool:
        """Whether the pixels lie in a temporary file."""
        return isinstance(self.images.pixels, np.memmap)


def framed(
    read: Callable[[], Iterable[Picture | Unread]], frame: Framing, *, memory_limit: float | None = None,
    seen: Callable[[Picture], object] | None = None, progress: Callable[[int], None] | None = None,
) -> Framed:  # fmt: skip
    """Bring images to one size, in at most two readings.

    Parameters
    ----------
    read : callable
        Gives the images from the first to the last, each time it is called.
    frame : Framing
    memory_limit : float, optional
        Bytes; half of what is free when left out. It holds for images as they are read, and for what the network sees
        of them: pixels, and inputs in single precision twice, of all rows and of those that train. More than that is
        kept in a temporary file.
    seen : callable, optional
        Called with each flat image, whole, once and in their order.
    progress : callable, optional
        Called with the number of files that are done.

    Raises
    ------
    DataError
        When there is no flat image.
    FileError
        When the temporary file does not fit on the disk.
    """
    from glassnet.images.image_set import Stack, Survey
    from glassnet.images.reading import Picture, Unread

    limit = available_bytes() / 2 if memory_limit is None else memory_limit
    survey, unread, held, taken, volumes = Survey(), list[Any](), list[Any](), 0, 0
    whole = True
    for done, picture in enumerate(read(), 1):
        if isinstance(picture, Unread):
            unread.append(picture)
        elif not picture.flat:
            volumes += 1
            unread.append(Unread(picture.name, f"a volume of {len(picture.pixels)} slices; choose one slice"))
        else:
            survey.add(picture)
            taken += picture.pixels.nbytes
            whole = whole and taken <= limit * _SHARE_OF_FILES
            if whole:
                held.append(picture)
            else:
                held.clear()  # they are read again
        if progress is not None:
            progress(done)
    if not survey.n_images:
        raise DataError(_NONE if not volumes else _VOLUMES)
    size = frame.size_for(survey.sizes)
    shape, kind = survey.array(size, frame.color)
    cells = int(np.prod(shape, dtype=np.float64))
    mapped = cells * (kind.itemsize + _COPIES * INPUT_BYTES) > limit
    smaller = frame.smaller_sizes(survey.sizes, survey.n_images * shape[3])
    stack = Stack(
        survey, size, "resize", frame.color, lambda shape, dtype: empty_matrix(shape, dtype, mapped=mapped), smaller
    )
    again = held if whole else (picture for picture in read() if isinstance(picture, Picture) and picture.flat)
    for picture in again:
        stack.add(picture)
        if seen is not None:
            seen(picture)
    images = stack.result(unread)
    return Framed(images, survey.sizes, volumes, limit * _SHARE_OF_A_BLOCK, stack.smaller)


def moments(pixels: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation over all pixels, in blocks of rows: the same whether they lie in memory or in a file.

    Whole numbers are added exactly, so that the order of the sums cannot be seen.

    Examples
    --------
    >>> moments(np.array([[[[1], [3]]]], dtype=np.uint8))
    (2.0, 1.0)
    """
    step = max(1, _PIXELS_AT_ONCE // max(1, int(np.prod(pixels.shape[1:]))))
    blocks = [slice(first, first + step) for first in range(0, len(pixels), step)]
    if pixels.dtype.kind in "biu" and pixels.dtype.itemsize <= 2:
        total = sum(int(pixels[block].sum(dtype=np.int64)) for block in blocks)
        squares = sum(int((pixels[block].astype(np.int64) ** 2).sum()) for block in blocks)
        return total / pixels.size, math.sqrt((squares * pixels.size - total**2) / pixels.size**2)
    mean = math.fsum(float(pixels[block].sum(dtype=np.float64)) for block in blocks) / pixels.size
    away = (float(((pixels[block].astype(np.float64) - mean) ** 2).sum()) for block in blocks)
    return mean, math.sqrt(math.fsum(away) / pixels.size)


_NONE = "There is no image in the set. Give a folder of images, an image, or a .npz file."
_VOLUMES = (
    "All images are volumes, and networks look at flat images. Take one slice (--slices center), or train on "
    "hand-crafted features: --inputs features."
)


def streamed_note(images: Framed, limit: float | None) -> str:
    """A note about pixels that lie in a file."""
    pixels = images.images.pixels
    needed = pixels.size * (pixels.itemsize + _COPIES * INPUT_BYTES)
    allowed = available_bytes() / 2 if limit is None else limit
    return (
        f"{counted(len(pixels), 'image')} would take {megabytes(needed)} of memory, and {megabytes(allowed)} may be "
        "used: they are kept in a temporary file and read in blocks. Models that need all pixels at once are left out "
        "of the comparison."
    )
