"""Local binary patterns: which of eight neighbors on a circle are at least as bright as a pixel (Ojala et al. 2002)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from glassnet.formulas.language import Expression
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Members, Rows

POINTS = 8
REFERENCE = "Ojala, Pietikäinen and Mäenpää 2002, Multiresolution gray-scale and rotation invariant texture, PAMI 24"


def patterns(images: np.ndarray) -> np.ndarray:
    """The pattern of every pixel that has neighbors on all sides, shape (n, h - 2, w - 2): 0 to 9.

    The pattern is the number of brighter neighbors when they lie in one run around the circle, else 9.
    """
    height, width = images.shape[1] - 2, images.shape[2] - 2
    middle = images[:, 1:-1, 1:-1]
    brighter = []
    for point in range(POINTS):
        angle = 2 * np.pi * point / POINTS
        row, column = (round(float(part), 5) for part in (-np.sin(angle), np.cos(angle)))
        top, left = int(np.floor(row)), int(np.floor(column))
        lower, further = row - top, column - left
        value = np.zeros_like(middle)
        for dy, wy in ((0, 1 - lower), (1, lower)):
            for dx, wx in ((0, 1 - further), (1, further)):
                if wy * wx:
                    y, x = 1 + top + dy, 1 + left + dx
                    value += wy * wx * (images[:, y : y + height, x : x + width] - middle)
        brighter.append(value >= 0)  # differences are exactly 0 where the image is even
    changes = sum((a != b).astype(np.int64) for a, b in pairwise([*brighter, brighter[0]]))
    return np.where(changes <= 2, sum(one.astype(np.int64) for one in brighter), POINTS + 1)


def pattern_rows(region: Region, _aggregation: str) -> dict[str, Rows]:
    """One row per pixel that has all neighbors, in the group of its pattern."""
    n, keys = region.n_images, POINTS + 2
    codes = patterns(region.images[:, 0]) if min(region.shape[1:]) > 2 else np.zeros((n, 0, 0), np.int64)
    owner = (np.arange(n)[:, None, None] * keys + codes).ravel()
    count = np.full(n * keys, float(codes[0].size))
    height, width = codes.shape[1:]

    def members() -> Members:
        row, column = np.divmod(np.arange(height * width), max(width, 1))
        number = np.arange(height * width)
        return Members(number, number, (row + 1) * region.shape[2] + column + 1)

    columns = {"one": np.ones(len(owner))}
    return {"pixels": Rows("pixel", columns, owner, {"N": count}, np.arange(n * keys), n, members, keys)}


SOURCES["binary_pattern"] = pattern_rows
for _key in range(POINTS + 2):
    _what = "in several runs" if _key == POINTS + 1 else f"{_key} in a row"
    features.register(
        Feature(
            f"binary_pattern_{'mixed' if _key == POINTS + 1 else _key}",
            f"share of pixels with brighter neighbors on the circle: {_what}", "binary_pattern",
            f"share of pixels of whose 8 neighbors at 1 px those at least as bright come {_what}",
            Expression("one"), Expression("S / N"), ("binary_pattern", "", "pixels"), reference=REFERENCE,
            mask="unused", dimensions="2D", key=_key, default="2D",
        )
    )  # fmt: skip
