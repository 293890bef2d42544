"""The record of a feature, and the registry of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import ConfigurationError
from glassnet.formulas.language import Expression
from glassnet.formulas.registry import Parameter, Registry

if TYPE_CHECKING:
    from glassnet.images.features.opening import Opening
    from glassnet.images.features.region import Region

IBSI = "Zwanenburg et al. 2020, The Image Biomarker Standardization Initiative, Radiology 295, 328-338"


@dataclass(frozen=True)
class Feature:
    """A number measured on an image by a rule that a person wrote: ``whole(S)``, ``S`` the sum of ``each`` over rows.

    Parameters
    ----------
    name : str
        Name in the registry and in tables.
    title : str
        The name for readers.
    family : str
        The family: features computed from the same rows.
    summary : str
        One line of meaning.
    each : Expression
        What one row adds to the sum.
    whole : Expression
        The value from the sum ``S``; where an image has several groups of rows (directions, slices), their mean.
    source : tuple of str
        Family, aggregation and kind of the rows.
    unit : str
        ``""``, ``"gray value"``, ``"length"``, ``"area"``, ``"volume"`` or ``"1/length"``.
    reference : str
        Who defined it.
    code : str
        IBSI's permanent code.
    tag : str
        The name in IBSI's table of reference values.
    mask : {"optional", "needed", "unused"}
        Whether it can be measured without a mask; ``"unused"`` looks at the whole image always.
    dimensions : {"any", "2D", "3D"}
        Which images it is for.
    key : int
        Which of several features of one formula it is (a bin).
    default : {"any", "2D", "3D", ""}
        The images for which it is measured when nothing is chosen.

    Examples
    --------
    >>> features["intensity_mean"].compute([[1, 2], [3, 6]])
    3.0
    >>> features["intensity_variance"].each.source
    '(x - mean) ** 2'
    """

    name: str
    title: str
    family: str
    summary: str
    each: Expression
    whole: Expression
    source: tuple[str, str, str]
    unit: str = ""
    reference: str = IBSI
    code: str = ""
    tag: str = ""
    mask: str = "optional"
    dimensions: str = "any"
    key: int = 0
    default: str = "any"
    parameters: tuple[Parameter, ...] = ()

    def unit_in(self, length: str) -> str:
        """The unit, with ``px`` or ``mm`` for lengths; empty for pure numbers."""
        powers = {"length": length, "area": f"{length}²", "volume": f"{length}³", "1/length": f"1/{length}"}
        return powers.get(self.unit, self.unit)

    def column(self, length: str) -> str:
        """The name of its column in a table, the unit behind it."""
        unit = self.unit_in(length)
        return f"{self.name} [{unit}]" if unit else self.name

    def suits(self, dimensions: str, *, masked: bool) -> bool:
        """Whether it can be measured on such images."""
        return self.dimensions in ("any", dimensions) and (masked or self.mask != "needed")

    def check(self, region: Region) -> None:
        """Raise for images on which it cannot be measured."""
        if self.dimensions not in ("any", region.dimensions):
            raise ConfigurationError(
                f"{self.name} is for {self.dimensions} images; this one is {region.dimensions}. "
                f"Choose a feature for {region.dimensions} images."
            )
        if self.mask == "needed" and not region.masked:
            raise ConfigurationError(f"{self.name} describes the shape of a mask, and there is none. Give a mask.")

    def values(self, region: Region) -> NDArray[Any]:
        """The feature of every image of a batch, shape (n,); NaN where it is not defined."""
        self.check(region)
        return region.values(self.source, self.each, self.whole)[:, self.key]

    def compute(self, image: ArrayLike, mask: ArrayLike | None = None, **settings: Any) -> float:
        """The feature of one image; `settings` are those of `Region`."""
        return float(self.values(_one(image, mask, settings))[0])

    def open(
        self, image: ArrayLike, mask: ArrayLike | None = None, value: float | None = None, **settings: Any
    ) -> Opening:
        """The rows and pixels that the value of one image comes from.

        Parameters
        ----------
        image, mask : array, shape (h, w) or (d, h, w)
        value : float, optional
            A stored value; it must be the one that comes out.
        **settings
            Those of `Region`: spacing and discretization.

        Raises
        ------
        ConfigurationError
            When a stored value is another one: then image, mask or settings are not those that it was measured with.
        """
        from glassnet.images.features.opening import open_feature

        region = _one(image, mask, settings)
        self.check(region)
        opening = open_feature(self, region)
        if value is not None and not np.isclose(value, opening.value, rtol=1e-9, atol=1e-12, equal_nan=True):
            raise ConfigurationError(
                f"{self.name} is {opening.value:.10g} on this image, not {value:.10g}. The stored value was measured "
                f"on another image or with another mask or discretization (here: {region.discretization})."
            )
        return opening


def _one(image: ArrayLike, mask: ArrayLike | None, settings: dict[str, Any]) -> Region:
    """One image as a batch."""
    from glassnet.images.features.region import Region

    return Region(np.asarray(image)[None], None if mask is None else np.asarray(mask)[None], **settings)


features: Registry[Feature] = Registry("image feature")
"""Every hand-crafted feature, in the order of the families."""
