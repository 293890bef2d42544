"""A batch of images of one size with their masks: what every family of features starts from."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import DataError, ShapeError
from glassnet.formulas.language import Expression
from glassnet.images.features.discretization import DEFAULT_BINS, Discretization
from glassnet.images.features.rows import SOURCES, Rows

Array = NDArray[Any]


class Region:
    """Images of one size, what of them is measured, and their gray levels.

    Parameters
    ----------
    images : array, shape (n, h, w) or (n, d, h, w)
        Gray values; slices of a volume come before rows.
    mask : array of bool, of the same shape, optional
        What is measured. Everything when left out.
    spacing : sequence of 3 floats, optional
        Distance between slices, rows and columns in millimeters; 1 pixel each when left out.
    discretization : Discretization, optional
        16 bins when left out.

    Raises
    ------
    ShapeError
        When images and masks do not fit each other.
    DataError
        When a mask is empty, or values inside it are not finite.

    Examples
    --------
    >>> region = Region([[[0, 1], [2, 3]]])
    >>> region.dimensions, region.levels.ravel()
    ('2D', array([ 1,  6, 11, 16], dtype=int32))
    """

    def __init__(
        self, images: ArrayLike, mask: ArrayLike | None = None, *, spacing: Any = None,
        discretization: Discretization | None = None,
    ) -> None:  # fmt: skip
        self.images = _stack(images, "images").astype(np.float64)
        self.masked = mask is not None
        self.mask = np.ones(self.images.shape, bool) if mask is None else _stack(mask, "masks") != 0
        if self.mask.shape != self.images.shape:
            raise ShapeError(
                f"The mask has the shape {self.mask.shape[1:]}, its image {self.images.shape[1:]}. They must be equal."
            )
        self.spacing = np.ones(3) if spacing is None else np.asarray(spacing, np.float64)
        self.length_unit = "px" if spacing is None else "mm"
        if self.spacing.shape != (3,) or not (np.isfinite(self.spacing).all() and (self.spacing > 0).all()):
            raise ShapeError(f"spacing={spacing!r} must be three positive numbers: between slices, rows, columns.")
        self.discretization = discretization or Discretization(bins=DEFAULT_BINS)
        self.sizes = self.mask.sum((1, 2, 3))
        if not self.sizes.all():
            where = np.flatnonzero(self.sizes == 0)[0]
            raise DataError(f"The mask of image {where} is empty. Mark at least one pixel, or leave the image out.")
        if not np.isfinite(self.images[self.mask]).all():
            raise DataError("An image has values that are not finite. Leave the image out, or mask them.")
        self._rows: dict[tuple[str, str], dict[str, Rows]] = {}
        self._values: dict[tuple[str, str, str, str, str], Array] = {}

    @property
    def n_images(self) -> int:
        """How many images there are."""
        return len(self.images)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Slices, rows and columns."""
        depth, height, width = self.images.shape[1:]
        return depth, height, width

    @property
    def dimensions(self) -> str:
        """``"2D"`` for single slices, else ``"3D"``."""
        return "2D" if self.shape[0] == 1 else "3D"

    @cached_property
    def _discretization(self) -> tuple[Array, Array]:
        """Levels and their number."""
        return self.discretization.levels(self.images, self.mask)

    @property
    def levels(self) -> Array:
        """The gray level of every pixel, 0 outside the mask, shape (n, d, h, w)."""
        return self._discretization[0]

    @property
    def n_levels(self) -> Array:
        """The number of gray levels of each image, shape (n,)."""
        return self._discretization[1]

    def rows(self, family: str, aggregation: str, what: str) -> Rows:
        """The rows of a family of features, computed once."""
        key = family, aggregation
        if key not in self._rows:
            self._rows[key] = SOURCES[family](self, aggregation)
        return self._rows[key][what]

    def forget(self) -> None:
        """Drop the rows and values; without this they go late, since rows know the region in which they find pixels."""
        self._rows.clear()
        self._values.clear()

    def values(self, source: tuple[str, str, str], each: Expression, whole: Expression) -> Array:
        """The values of a formula for every image and key, computed once, shape (n, keys)."""
        key = (*source, each.source, whole.source)
        if key not in self._values:
            self._values[key] = self.rows(*source).values(each, whole)
        return self._values[key]


def _stack(arrays: ArrayLike, what: str) -> Array:
    """Images as (n, d, h, w)."""
    stack = np.asarray(arrays)
    if stack.dtype.kind not in "biuf":
        raise ShapeError(f"The {what} must be arrays of numbers, not of {stack.dtype}.")
    if stack.ndim == 3:
        stack = stack[:, None]
    if stack.ndim != 4 or not stack.size:
        raise ShapeError(f"The {what} have the shape {stack.shape}; it must be (n, h, w) or (n, d, h, w), not empty.")
    return stack
