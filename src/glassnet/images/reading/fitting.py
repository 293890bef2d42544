"""Conversion of images to one size by a documented rule; proportions are never changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import MissingDependency
from glassnet.images.reading.picture import CannotRead

Array = NDArray[Any]
RULES: Mapping[str, str] = {
    "resize": "scaled by one factor until they just fit, then centered on their smallest value",
    "pad": "centered on their smallest value, not scaled",
}
"""How an image comes to a size that it has not -> the rule in words."""


def fitted(pixels: Array, size: tuple[int, int], rule: str) -> Array:
    """An image (rows, columns, channels) as large as `size`, by a rule of `RULES`.

    Raises
    ------
    CannotRead
        When it is larger than the size and the rule is to pad.

    Examples
    --------
    >>> fitted(np.array([[[5], [9]]]), (3, 2), "pad")[..., 0]
    array([[5, 5],
           [5, 9],
           [5, 5]])
    """
    height, width = pixels.shape[:2]
    if (height, width) == size:
        return pixels
    if rule == "resize":
        factor = min(size[0] / height, size[1] / width)
        pixels = _scale(pixels, (max(1, round(height * factor)), max(1, round(width * factor))))
        height, width = pixels.shape[:2]
    if height > size[0] or width > size[1]:
        raise CannotRead(f"its {height} x {width} pixels do not fit into {size[0]} x {size[1]}; the rule is to pad")
    result = np.full((*size, pixels.shape[2]), pixels.min(), pixels.dtype)
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    result[top : top + height, left : left + width] = pixels
    return result


def fitted_mask(mask: Array, size: tuple[int, int], rule: str) -> Array:
    """A mask (rows, columns) fitted as its image is; half a pixel or more of it counts."""
    return np.asarray(fitted(mask[..., None].astype(np.float32), size, rule)[..., 0] >= 0.5)


def _scale(pixels: Array, size: tuple[int, int]) -> Array:
    """Scaled with straight lines between pixels, and means of what is made smaller."""
    try:
        from PIL import Image
    except ImportError:
        raise MissingDependency(
            "Scaling images needs Pillow, which is not installed. Run: pip install 'glassnet[images]'"
        ) from None
    channels = [
        np.asarray(
            Image.fromarray(pixels[..., channel].astype(np.float32)).resize(
                (size[1], size[0]), Image.Resampling.BILINEAR
            )
        )
        for channel in range(pixels.shape[2])
    ]
    scaled = np.stack(channels, axis=-1)
    if pixels.dtype.kind in "iu":
        limits = np.iinfo(pixels.dtype)
        return np.clip(np.rint(scaled.astype(np.float64)), limits.min, limits.max).astype(pixels.dtype)
    return scaled.astype(pixels.dtype)
