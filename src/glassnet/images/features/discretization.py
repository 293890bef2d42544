"""How gray values become the whole-numbered levels that histograms and textures count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, DataError

Array = NDArray[Any]
DEFAULT_BINS = 16
MOST_LEVELS = 4096
"""A matrix of levels by levels must fit into memory; more of them than this is a bin width that is too small."""


@dataclass(frozen=True)
class Discretization:
    """A bin count or a bin width; levels are counted from 1.

    Parameters
    ----------
    bins : int, optional
        Cut the range of each image (inside its mask) into this many bins of equal width:
        ``level = min(floor(bins * (x - smallest) / (largest - smallest)) + 1, bins)``.
    width : float, optional
        Bins of this width, the first at `start`: ``level = floor((x - start) / width) + 1``. Levels then mean the same
        gray values in every image, as they should where gray values have a unit (Hounsfield units).
    start : float, optional
        Where the first bin of a given width begins; the smallest value inside the mask of each image when left out.

    Notes
    -----
    Zwanenburg et al. 2020 (IBSI): fixed bin number (K15C) and fixed bin size (Q3RU). A constant image has the level 1.

    Examples
    --------
    >>> Discretization(bins=4).levels(np.array([[[[0.0, 1, 2, 3, 4]]]]), np.ones((1, 1, 1, 5), bool))[0].ravel()
    array([1, 2, 3, 4, 4], dtype=int32)
    >>> str(Discretization(width=25))
    'bins of width 25 from the smallest value on'
    """

    bins: int | None = None
    width: float | None = None
    start: float | None = None

    def __post_init__(self) -> None:
        if (self.bins is None) == (self.width is None):
            raise ConfigurationError(
                f"bins={self.bins!r} and width={self.width!r}: gray values are cut either into a number of bins or "
                f"into bins of a width. Give one of the two."
            )
        if self.bins is not None and not (isinstance(self.bins, int) and 2 <= self.bins <= MOST_LEVELS):
            raise ConfigurationError(f"bins={self.bins!r} is not a whole number from 2 to {MOST_LEVELS}.")
        if self.width is not None and not (np.isfinite(self.width) and self.width > 0):
            raise ConfigurationError(f"The bin width {self.width!r} is not a positive number.")
        if self.start is not None and (self.width is None or not np.isfinite(self.start)):
            raise ConfigurationError(f"start={self.start!r} must be a number, and needs a bin width.")

    def __str__(self) -> str:
        if self.bins is not None:
            return f"{self.bins} bins between the smallest and the largest value"
        where = "the smallest value" if self.start is None else f"{self.start:g}"
        return f"bins of width {self.width:g} from {where} on"

    def levels(self, images: Array, mask: Array) -> tuple[Array, Array]:
        """The level of every pixel (0 outside the mask) and the number of levels of every image.

        Parameters
        ----------
        images : array of float, shape (n, d, h, w)
        mask : array of bool, shape (n, d, h, w)

        Returns
        -------
        levels : array of int, shape (n, d, h, w)
        count : array of int, shape (n,)

        Raises
        ------
        DataError
            When a bin width makes more levels than can be counted, or values lie below `start`.
        """
        axes = (1, 2, 3)
        low = images.min(axes, keepdims=True, initial=np.inf, where=mask)
        high = images.max(axes, keepdims=True, initial=-np.inf, where=mask)
        if self.bins is not None:
            span = np.where(high > low, high - low, 1.0)
            levels = np.minimum(np.floor(self.bins * ((images - low) / span)) + 1, self.bins)
            count = np.full(len(images), self.bins)
        else:
            first = low if self.start is None else np.full_like(low, self.start)
            if (low < first).any():
                raise DataError(
                    f"The smallest value {low.min():g} lies below the start {self.start:g} of the first bin. "
                    f"Start lower, or leave the start out."
                )
            count = (np.floor((high - first) / self.width) + 1).reshape(-1)
            if count.max() > MOST_LEVELS:
                raise DataError(
                    f"A bin width of {self.width:g} cuts the values from {low.min():g} to {high.max():g} into "
                    f"{count.max():.0f} levels; the most are {MOST_LEVELS}. Give a larger bin width."
                )
            levels = np.floor((images - first) / self.width) + 1
        return np.where(mask, levels, 0).astype(np.int32), count.astype(np.int64)
