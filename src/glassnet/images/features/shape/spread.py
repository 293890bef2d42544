"""How the pixels of a mask are spread: centers, principal axes, hulls, and what lies around each pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.images.features.region import Region

Array = NDArray[Any]


def centers(region: Region) -> tuple[Array, Array]:
    """The image of every pixel inside the masks, and its place in units of length, shape (pixels, 3)."""
    place = np.argwhere(region.mask)
    return place[:, 0], place[:, 1:] * region.spacing


def along_axes(region: Region) -> tuple[Array, Array]:
    """Each pixel's distance from the center along the principal axes, and the deviation along each, largest first."""
    owner, places = centers(region)
    n = region.n_images
    middle = np.stack([np.bincount(owner, axis, minlength=n) for axis in places.T], axis=1) / region.sizes[:, None]
    away = places - middle[owner]
    covariance = np.empty((n, 3, 3))
    for a in range(3):
        for b in range(3):
            covariance[:, a, b] = np.bincount(owner, away[:, a] * away[:, b], minlength=n) / np.maximum(
                region.sizes - 1, 1
            )
    values, vectors = np.linalg.eigh(covariance)
    projected = np.einsum("pa,pab->pb", away, vectors[owner][:, :, ::-1])
    return projected, np.sqrt(np.maximum(values[:, ::-1], 0))


def extent(mask: Array) -> Array:
    """The size of the smallest box around a mask, in pixels."""
    place = np.argwhere(mask)
    return np.asarray(place.max(0) - place.min(0) + 1)


def hull(points: Array) -> tuple[tuple[float, float], Array]:
    """Volume and surface (area and perimeter in the plane) of the convex hull, and its two farthest points."""
    from scipy.spatial import ConvexHull
    from scipy.spatial.distance import cdist

    convex = ConvexHull(points)
    corners = points[convex.vertices]
    best, pair = -1.0, (0, 0)
    for start in range(0, len(corners), 1000):  # blocks, so that a large hull needs no matrix of all pairs
        away = cdist(corners[start : start + 1000], corners)
        place = int(away.argmax())
        if away.flat[place] > best:
            best, pair = float(away.flat[place]), (start + place // len(corners), place % len(corners))
    return (float(convex.volume), float(convex.area)), corners[list(pair)]


def autocorrelated(region: Region) -> dict[str, Array]:
    """Of each pixel, over all others weighted by 1 / distance: the weights, the deviations, the squared differences."""
    from scipy.signal import fftconvolve

    reach = np.array(region.shape) - 1
    steps = np.indices([2 * int(size) + 1 for size in reach]).transpose(1, 2, 3, 0) - reach
    away = np.linalg.norm(steps * region.spacing, axis=-1)
    kernel = np.divide(1.0, away, out=np.zeros_like(away), where=away > 0)
    columns: dict[str, list[Array]] = {"w": [], "lag": [], "difference": []}
    for image, mask in zip(region.images, region.mask, strict=True):
        x = np.where(mask, image - image[mask].mean(), 0.0)
        weights, sums, squares = (
            fftconvolve(part, kernel, mode="same") if part.size > 1 else np.zeros_like(part)
            for part in (mask.astype(np.float64), x, x * x)
        )
        columns["w"].append(weights[mask])
        columns["lag"].append(sums[mask])
        columns["difference"].append((x * x * weights - 2 * x * sums + squares)[mask])
    return {name: np.concatenate(parts) for name, parts in columns.items()}
