"""Rows of pixels in ascending order: what intensity statistics, and the same of the gray levels, sum over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Members, Rows

Array = NDArray[Any]
PERCENTILES = (10, 25, 50, 75, 90)
GRAY_VALUES, GRAY_LEVELS = "intensity", "histogram_of_pixels"
"""Names of the rows."""


def pixel_rows(region: Region, values: Array) -> Rows:
    """One row per pixel inside the mask, in ascending order of its value, with the constants of its image."""
    inside = region.mask.reshape(region.n_images, -1)
    flat = np.where(inside, values.reshape(region.n_images, -1).astype(np.float64), np.inf)
    ordered = np.sort(flat, axis=1)
    sizes = region.sizes
    kept = np.arange(flat.shape[1]) < sizes[:, None]
    owner = np.repeat(np.arange(region.n_images), sizes)
    x, rank = ordered[kept], np.broadcast_to(np.arange(flat.shape[1], dtype=np.float64), flat.shape)[kept]

    def total(terms: Array) -> Array:
        return np.bincount(owner, terms, minlength=region.n_images)

    mean = total(x) / sizes
    constants = {"N": sizes.astype(np.float64), "mean": mean, "sd": np.sqrt(total((x - mean[owner]) ** 2) / sizes)}
    constants |= {f"p{percent}": _percentile(ordered, sizes, percent) for percent in PERCENTILES}
    middle = (x >= constants["p10"][owner]) & (x <= constants["p90"][owner])
    constants["N_middle"] = total(middle)
    with np.errstate(invalid="ignore"):  # of two pixels none lies between the percentiles
        constants["mean_middle"] = total(x * middle) / constants["N_middle"]
    constants["volume"] = np.full(region.n_images, region.spacing.prod())
    columns = {"x": x, "r": rank}

    def members() -> Members:
        order = np.argsort(flat[0], kind="stable")[: sizes[0]]
        return Members(np.arange(sizes[0]), np.arange(sizes[0]), order)

    return Rows("pixel", columns, owner, constants, np.arange(region.n_images), region.n_images, members,
                context=("x",))  # fmt: skip


def _percentile(ordered: Array, sizes: Array, percent: float) -> Array:
    """Percentiles with linear interpolation between the two nearest ranks."""
    place = percent / 100 * (sizes - 1)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, sizes - 1)
    images = np.arange(len(sizes))
    share = place - low
    return np.asarray(ordered[images, low] * (1 - share) + ordered[images, high] * share)


def _sources(values: Callable[[Region], Array]) -> Callable[[Region, str], dict[str, Rows]]:
    """The rows of pixels with their gray values or levels."""
    return lambda region, _aggregation: {"pixels": pixel_rows(region, values(region))}


SOURCES[GRAY_VALUES] = _sources(lambda region: region.images)
SOURCES[GRAY_LEVELS] = _sources(lambda region: region.levels)
