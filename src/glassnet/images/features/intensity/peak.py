"""Local intensity: the mean in a sphere of 1 cm³ around the brightest places (IBSI 9ST6)."""

from __future__ import annotations

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.formulas.language import Expression
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Members, Rows

RADIUS = (3 / (4 * np.pi)) ** (1 / 3) * 10
"""The radius of a sphere of 1 cm³, in millimeters."""


def peak_rows(region: Region, which: str) -> dict[str, Rows]:
    """The voxels of the sphere with the highest mean; voxels outside the mask count, too."""
    from scipy.signal import fftconvolve

    if region.length_unit != "mm":
        raise ConfigurationError(
            "A sphere of 1 cm³ needs the spacing of the voxels in millimeters, which is not known. Give the spacing."
        )
    reach = [min(int(RADIUS / step), size - 1) for step, size in zip(region.spacing, region.shape, strict=True)]
    grid = np.indices([2 * r + 1 for r in reach]).transpose(1, 2, 3, 0) - reach
    ball = np.linalg.norm(grid * region.spacing, axis=-1) <= RADIUS
    steps = grid[ball]
    columns, owner, pixels = [], [], []
    for number, (image, mask) in enumerate(zip(region.images, region.mask, strict=True)):
        candidates = np.argwhere(mask & (image == image[mask].max()) if which == "local" else mask)
        finite = np.isfinite(image)  # outside the mask there may be anything
        weight = np.round(fftconvolve(finite.astype(float), ball.astype(float), mode="same"))
        means = fftconvolve(np.where(finite, image, 0), ball.astype(float), mode="same") / np.maximum(weight, 1)
        center = candidates[means[tuple(candidates.T)].argmax()]
        place = center + steps
        place = place[((place >= 0) & (place < image.shape)).all(1)]
        place = place[finite[tuple(place.T)]]
        columns.append(image[tuple(place.T)])
        owner.append(np.full(len(place), number))
        pixels.append(np.ravel_multi_index(tuple(place.T), region.shape))
    x, slot = np.concatenate(columns), np.arange(region.n_images)
    sizes = np.array([float(len(part)) for part in columns])

    def members() -> Members:
        return Members(np.arange(len(x)), np.arange(len(x)), pixels[0])

    return {"sphere": Rows("voxel of the sphere", {"x": x}, np.concatenate(owner), {"N": sizes}, slot,
                           region.n_images, members)}  # fmt: skip


SOURCES["local_intensity"] = peak_rows
for _name, _title, _tag, _code in (
    ("local", "highest mean of a sphere of 1 cm³ around a brightest voxel", "loc_peak_loc", "VJGA"),
    ("global", "highest mean of a sphere of 1 cm³ around any voxel", "loc_peak_glob", "0F91"),
):
    features.register(
        Feature(
            f"local_intensity_{_name}_peak", _title, "local_intensity", f"{_title} of the mask", Expression("x"),
            Expression("S / N"), ("local_intensity", _name, "sphere"), "gray value", code=_code, tag=_tag,
            mask="needed", dimensions="3D", default="",
        )
    )  # fmt: skip
