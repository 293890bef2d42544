"""Features of a whole flat image: its symmetry, and its numbers of bright and dark blobs."""

from __future__ import annotations

import numpy as np

from glassnet.formulas.language import Expression
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Members, Rows

MIRRORS = {"left_right": 2, "up_down": 1}
SIGMA, LEAST = 2.0, 0.5
"""Width of the blobs in pixels, and the least answer that counts, in standard deviations of the image."""


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


def blob_rows(region: Region, which: str) -> dict[str, Rows]:
    """The places where an image answers to a blob of a given width more than all around them."""
    from scipy import ndimage

    images = region.images[:, 0]
    n = len(images)
    mean, sd = images.mean((1, 2), keepdims=True), images.std((1, 2), keepdims=True)
    even = np.divide(images - mean, sd, out=np.zeros_like(images), where=sd > 0)
    width = (0, SIGMA, SIGMA)
    answer = sum(ndimage.gaussian_filter(even, width, order, mode="nearest") for order in ((0, 2, 0), (0, 0, 2)))
    answer = SIGMA**2 * np.asarray(answer) * (1 if which == "dark" else -1)
    highest = ndimage.maximum_filter(answer, (1, 3, 3), mode="nearest")
    image, row, column = np.nonzero((answer == highest) & (answer >= LEAST))

    def members() -> Members:
        number = np.arange(len(row))
        return Members(number, number, row * images.shape[2] + column)

    columns = {"one": np.ones(len(image)), "answer": answer[image, row, column]}
    return {"blobs": Rows("blob", columns, image, {}, np.arange(n), n, members, context=("answer",))}


SOURCES["symmetry"] = mirror_rows
SOURCES["blob"] = blob_rows
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
for _which in ("bright", "dark"):
    features.register(
        Feature(
            f"blob_count_{_which}", f"number of {_which} blobs about {2 * SIGMA * 2**0.5:.0f} px across", "blob",
            f"places where the Laplacian of a Gaussian of {SIGMA:g} px finds a {_which} blob: an answer of at least "
            f"{LEAST:g} standard deviations that no neighbor exceeds",
            Expression("one"), Expression("S"), ("blob", _which, "blobs"),
            reference="Lindeberg 1998, Feature detection with automatic scale selection, IJCV 30", mask="unused",
            dimensions="2D", default="2D",
        )
    )  # fmt: skip
