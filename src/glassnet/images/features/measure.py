"""Many features of many images: which are chosen, and their values batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, nearest
from glassnet.images.features.discretization import Discretization
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.intensity.peak import RADIUS
from glassnet.images.features.region import Region

Array = NDArray[Any]
BLOCK = 100_000
"""Pixels that are measured side by side: enough to be quick, few enough to stay in the processor's cache."""


def families() -> list[str]:
    """The names of the families, in the order of the registry."""
    return list(dict.fromkeys(feature.family for feature in features.values()))


def choose(
    dimensions: str, *, masked: bool, only: Iterable[str] | None = None, everything: bool = False
) -> list[Feature]:
    """The features for a kind of images.

    Parameters
    ----------
    dimensions : {"2D", "3D"}
    masked : bool
        Whether the images come with masks. Without a choice, the features of whole images are then left out.
    only : iterable of str, optional
        Names of families or features.
    everything : bool, default False
        Also what the default set leaves out: every aggregation of the textures.

    Raises
    ------
    ConfigurationError
        When a name is unknown, or nothing that was chosen suits the images.

    Examples
    --------
    >>> [feature.name for feature in choose("2D", masked=False, only=["symmetry"])]
    ['symmetry_left_right', 'symmetry_up_down']
    """
    wanted = None if only is None else [name.strip().replace("-", "_") for name in only]
    for name in wanted or ():
        if name not in features and name not in families():
            raise ConfigurationError(
                f"Unknown feature or family {name!r}. {nearest(name, [*families(), *features])} "
                f"Families: {', '.join(families())}."
            )
    chosen = []
    for feature in features.values():
        if not feature.suits(dimensions, masked=masked):
            continue
        named = wanted is not None and feature.name in wanted
        of_family = wanted is not None and feature.family in wanted
        usual = feature.default in ("any", dimensions) and (of_family or not (masked and feature.mask == "unused"))
        if named or ((wanted is None or of_family) and (everything or usual)):
            chosen.append(feature)
    if not chosen:
        what = "with" if masked else "without"
        raise ConfigurationError(
            f"None of {', '.join(wanted or ())} can be measured on {dimensions} images {what} a mask. "
            f"{'Choose other families.' if masked else 'Give masks, or choose other families.'}"
        )
    return chosen


def measure(
    images: Array, masks: Array | None = None, *, chosen: Sequence[Feature], spacing: Any = None,
    discretization: Discretization | None = None,
) -> Array:  # fmt: skip
    """The values of features on images of one size, shape (n, features); NaN where a feature is not defined.

    Parameters
    ----------
    images : array, shape (n, h, w) or (n, d, h, w)
    masks : array of the same shape, optional
    chosen : sequence of Feature
    spacing : sequence of 3 floats, optional
        Millimeters between slices, rows and columns.
    discretization : Discretization, optional

    Examples
    --------
    >>> chosen = choose("2D", masked=False, only=["intensity_mean", "intensity_range"])
    >>> measure(np.array([[[0, 1], [2, 3]]]), chosen=chosen)
    array([[1.5, 3. ]])
    """
    settings = {"spacing": spacing, "discretization": discretization}
    stack = images[:, None] if images.ndim == 3 else images
    result = np.empty((len(stack), len(chosen)))
    size = max(1, BLOCK // max(1, stack[0].size))
    inside = [k for k, feature in enumerate(chosen) if masks is not None and feature.mask != "unused"]
    whole = [k for k in range(len(chosen)) if k not in set(inside)]
    for start in range(0, len(stack) if whole else 0, size):
        region = Region(stack[start : start + size], **settings)
        for k in whole:
            result[start : start + size, k] = chosen[k].values(region)
        region.forget()
    if masks is not None and inside:
        flat = masks[:, None] if masks.ndim == 3 else masks
        for number in range(len(stack)):
            region = Region(*_crop(stack[number], flat[number], spacing), **settings)
            result[number, inside] = [float(chosen[k].values(region)[0]) for k in inside]
            region.forget()
    return result


def _crop(image: Array, mask: Array, spacing: Any) -> tuple[Array, Array]:
    """The box around a mask with all that a feature may look at around it; the values stay the same."""
    place = np.argwhere(mask)
    if not len(place) or image.shape != mask.shape:
        return image[None], mask[None]
    reach = np.ones(3, int) if spacing is None else np.ceil(RADIUS / np.asarray(spacing)).astype(int)
    low, high = np.maximum(place.min(0) - reach, 0), place.max(0) + reach + 1
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    return image[box][None], mask[box][None]
