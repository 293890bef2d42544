"""An image that was read, and the record of one that could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError

Array = NDArray[Any]
LUMA = (0.299, 0.587, 0.114)
"""Red, green and blue in a gray value (ITU-R BT.601), as Pillow weighs them."""
SCALES = {
    "1": "black and white, as 0 and 1", "I;16": "gray values of 16 bits", "I": "gray values of 32 bits",
    "F": "floating-point gray values",
}  # fmt: skip
"""Remarks on pictures that are not on the usual scale from 0 to 255, by the mode that Pillow gives them."""


class CannotRead(Exception):
    """Why one file gave no image; it never leaves this room."""


@dataclass(frozen=True)
class Picture:
    """One image with what is known about it.

    Parameters
    ----------
    name : str
        Its path below the folder, or part and number in an array.
    pixels : array, shape (slices, rows, columns, channels)
        Gray values (1 channel) or red, green, blue (3). Flat images have 1 slice.
    label : str, optional
        Its class: the name of its folder, or what the file says.
    group : str, optional
        Equal for images of one patient; a digest, never the text of a header.
    spacing : tuple of 3 floats, optional
        Millimeters between slices, rows and columns.
    mask : array of bool, shape (slices, rows, columns), optional
        The part that is of interest.
    identifying : tuple of str
        Names of header fields that can identify a person and are not empty; their contents are not kept.
    remarks : tuple of str
        What was done to the image that the reader should know.
    """

    name: str
    pixels: Array
    label: str | None = None
    group: str | None = None
    spacing: tuple[float, float, float] | None = None
    mask: Array | None = None
    identifying: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def gray(self) -> Array:
        """Gray values, shape (slices, rows, columns); colors are weighed by `LUMA`."""
        if self.pixels.shape[3] == 1:
            return self.pixels[..., 0]
        red, green, blue = (self.pixels[..., channel].astype(np.float64) for channel in range(3))
        return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue

    @property
    def flat(self) -> bool:
        """Whether it has one slice."""
        return len(self.pixels) == 1


@dataclass(frozen=True)
class Unread:
    """A file that gave no image.

    Parameters
    ----------
    name : str
    reason : str
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Reading:
    """How files become images.

    Parameters
    ----------
    slices : str
        Of a volume: ``"center"``, its central slice; ``"all"``; a number of a slice; or ``"N central"``, a slab.
    window : bool
        Cut the gray values of DICOM files to the window that they name. Without it they stay as measured.
    most_pixels : int
        A file that says it holds more is refused before it is decoded.

    Examples
    --------
    >>> Reading(slices="3 central").chosen(10)
    slice(4, 7, None)
    """

    slices: str = "center"
    window: bool = False
    most_pixels: int = field(default=100_000_000)

    def __post_init__(self) -> None:
        words = self.slices.split()
        number = words[0] if len(words) == 1 or words[1:] == ["central"] else ""
        if self.slices not in ("center", "all") and not number.isdecimal():
            raise ConfigurationError(
                f"slices={self.slices!r} is not a choice of slices. Write center, all, a number from 0, or '5 central'."
            )
        if self.most_pixels < 1:
            raise ConfigurationError(f"most_pixels={self.most_pixels!r} must be positive.")

    def chosen(self, depth: int) -> slice:
        """The slices of a volume that are kept."""
        if self.slices == "all":
            return slice(0, depth)
        words = self.slices.split()
        if len(words) == 2:
            count = max(1, int(words[0]))
            first = max(0, (depth - count + 1) // 2)
            return slice(first, min(depth, first + count))
        place = depth // 2 if self.slices == "center" else int(self.slices)
        if place >= depth:
            raise CannotRead(f"it has {depth} slices, and slice {place} was asked for (counted from 0)")
        return slice(place, place + 1)

    def check_size(self, *sizes: int) -> None:
        """Raise, before decoding, for an image that is too large according to its header."""
        pixels = 1
        for size in sizes:
            pixels *= int(size)
        if pixels > self.most_pixels:
            shape = " x ".join(str(size) for size in sizes if size > 1)
            raise CannotRead(
                f"it claims to hold {shape} = {pixels:,} pixels; the limit is {self.most_pixels:,} (--most-pixels)"
            )
        if pixels < 1:
            raise CannotRead("it has no pixels")


def which(kept: slice, count: int) -> str:
    """The chosen frames or slices in words."""
    if kept == slice(0, count):
        return "all are read"
    if kept.stop - kept.start == 1:
        return f"number {kept.start} is read (counted from 0)"
    return f"numbers {kept.start} to {kept.stop - 1} are read (counted from 0)"
