"""The symmetry of a whole flat image: each pixel compared with its mirror image."""

from __future__ import annotations

import numpy as np

from glassnet.formulas.language import Expression
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Members, Rows

MIRRORS = {"left_right": 2, "up_down": 1}


def mirror_rows(region: Region, axis: str) -> dict[str, Rows]:
    """Each pixel and the pixel that a mirror puts in its place."""
    images = region.images[:, 0]
    n, size = len(images), images[0].size
    x, y = images.reshape(n, -1), np.flip(images, MIRRORS[axis]).reshape(n, -1)
    owner = np.repeat(np.arange(n), size)
    mean = np.bincount(owner, x.ravel(), minlength=n) / size
    var = np.bincount(owner, (x - mean[:, None]).ravel() ** 2, minlength=n) / size
    constants = {"N": np.full(n, float(size)), "mean": mean, "var": var}

    def members() -> Members:
        pixel = np.arange(size)
        return Members(pixel, pixel, pixel)

    columns = {"x": x.ravel(), "y": y.ravel()}
    return {"pixels": Rows("pixel and its mirror image", columns, owner, constants, np.arange(n), n, members)}


SOURCES["symmetry"] = mirror_rows
for _name in MIRRORS:
    _words = _name.replace("_", " and ")
    features.register(
        Feature(
            f"symmetry_{_name}", f"symmetry of {_words}", "symmetry",
            f"correlation of the image with its mirror image, {_words} exchanged",
            Expression("(x - mean) * (y - mean)"), Expression("S / (N * var)"), ("symmetry", _name, "pixels"),
            reference="written for glassnet", mask="unused", dimensions="2D", default="2D",
        )
    )  # fmt: skip
