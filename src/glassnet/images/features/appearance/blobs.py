"""Numbers of bright and dark blobs in a whole flat image."""

from __future__ import annotations

import numpy as np

from glassnet.formulas.language import Expression
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Members, Rows

SIGMA, LEAST = 2.0, 0.5
"""Width of the blobs in pixels, and the least answer that counts, in standard deviations of the image."""


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


SOURCES["blob"] = blob_rows
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
