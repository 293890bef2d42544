"""`Measuring`: by which settings images become features, so that new images are measured as those of training were."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from glassnet.errors import ConfigurationError, DataError
from glassnet.images.features.discretization import DEFAULT_BINS, Discretization
from glassnet.images.features.feature import Feature, features

if TYPE_CHECKING:
    from glassnet.images.feature_table import FeatureTable

_VERSION = 1
"""Raised when a feature comes out differently though its formula is the same."""
_TYPES: Mapping[str, tuple[type, ...]] = {
    "slices": (str,), "window": (bool,), "mask_value": (int,), "bins": (int,), "width": (float, int),
    "start": (float, int), "dimensions": (str,), "masked": (bool,), "length_unit": (str,), "features": (list,),
    "rules": (str,), "smallest": (list,), "largest": (list,),
}  # fmt: skip
_NEEDED = ("slices", "window", "dimensions", "masked", "length_unit", "features", "rules", "smallest", "largest")


@dataclass(frozen=True)
class Measuring:
    """How images become features. What the images themselves decide is empty until some have been measured.

    Parameters
    ----------
    slices : str
        Of a volume, as in `Reading`.
    window : bool
        Whether gray values of DICOM files are cut to their window.
    mask_value : int, optional
        The value in masks that marks the region; anything but 0 when left out.
    discretization : Discretization
    features : tuple of str, optional
        Families or features; the default set for the images when left out.
    everything : bool, default False
        Every aggregation of the textures.
    dimensions : {"", "2D", "3D"}
    masked : bool
    length_unit : {"", "px", "mm"}
    rules : str
        A digest of the formulas of the features.
    smallest, largest : tuple of int
        The fewest rows and columns of an image, and the most; empty when no image is known.

    Examples
    --------
    >>> from glassnet.images import feature_table, phantoms
    >>> from glassnet.images.reading.archive import from_arrays
    >>> asked = Measuring(features=("symmetry",))
    >>> measured = asked.settled(feature_table(from_arrays(phantoms(3).images), measuring=asked))
    >>> measured.features, measured.dimensions
    (('symmetry_left_right', 'symmetry_up_down'), '2D')
    >>> Measuring.from_dict(measured.to_dict()) == measured
    True
    """

    slices: str = "center"
    window: bool = False
    mask_value: int | None = None
    discretization: Discretization = field(default_factory=lambda: Discretization(bins=DEFAULT_BINS))
    features: tuple[str, ...] | None = None
    everything: bool = False
    dimensions: str = ""
    masked: bool = False
    length_unit: str = ""
    rules: str = ""
    smallest: tuple[int, ...] = ()
    largest: tuple[int, ...] = ()

    def settled(self, table: FeatureTable) -> Measuring:
        """The settings by which a table of features was measured, with what its images decided."""
        return replace(
            self, features=tuple(feature.name for feature in table.features), everything=False,
            dimensions=table.dimensions, masked=table.masked, length_unit=table.length_unit,
            rules=_digest(table.features), smallest=tuple(map(min, zip(*table.sizes, strict=True))),
            largest=tuple(map(max, zip(*table.sizes, strict=True))),
        )  # fmt: skip

    def of_columns(self, columns: set[str]) -> Measuring:
        """The same for those features alone that are among the columns of a table.

        Raises
        ------
        DataError
            When this version of glassnet measures by other formulas.
        """
        self.check_rules()
        kept = [feature for feature in self.chosen() if feature.column(self.length_unit) in columns]
        return replace(self, features=tuple(feature.name for feature in kept), rules=_digest(kept))

    def difference(self, other: Measuring) -> str:
        """Describe the settings that make features incomparable to those of `other`; empty where there are none."""
        settings = (
            ("dimensions", self.dimensions, other.dimensions),
            ("masks", *("yes" if how.masked else "no" for how in (self, other))),
            ("lengths", self.length_unit, other.length_unit),
            ("gray levels", str(self.discretization), str(other.discretization)),
            ("slices", self.slices, other.slices), ("window", str(self.window), str(other.window)),
            ("value in masks", str(self.mask_value), str(other.mask_value)),
        )  # fmt: skip
        return "; ".join(f"{what}: {one}, not {another}" for what, one, another in settings if one != another)

    def of_other_size(self, sizes: Sequence[tuple[int, int]]) -> int:
        """How many images are smaller or larger than all that are known; inside masks the size plays no part."""
        if self.masked or not self.smallest:
            return 0
        return sum(
            not all(low <= size <= high for low, size, high in zip(self.smallest, image, self.largest, strict=True))
            for image in sizes
        )

    def chosen(self) -> list[Feature]:
        """The features of settled settings.

        Raises
        ------
        DataError
            When this version of glassnet does not know one of them.
        """
        unknown = [name for name in self.features or () if name not in features]
        if unknown:
            raise DataError(
                f"The stored settings name the image feature {unknown[0]!r}, which this version of glassnet does not "
                f"know. Use the version that measured it, or train again."
            )
        return [features[name] for name in self.features or ()]

    def check_rules(self) -> None:
        """Raise `DataError` for settings whose features another version of glassnet measured by other formulas."""
        if self.rules and _digest(self.chosen()) != self.rules:
            raise DataError(
                "The features of the training images were measured by formulas that this version of glassnet has "
                "changed. Use the version that trained the model, or train again."
            )

    def to_dict(self) -> dict[str, Any]:
        """Settled settings in plain JSON types."""
        how = self.discretization
        plain = {
            "dimensions": self.dimensions, "masked": self.masked, "mask_value": self.mask_value,
            "length_unit": self.length_unit, "slices": self.slices, "window": self.window, "bins": how.bins,
            "width": how.width, "start": how.start, "features": list(self.features or ()), "rules": self.rules,
            "smallest": list(self.smallest), "largest": list(self.largest),
        }  # fmt: skip
        return {name: value for name, value in plain.items() if value is not None}

    @classmethod
    def from_dict(cls, plain: Any) -> Measuring:
        """The settings from plain types, from anywhere: anything unexpected is a `ConfigurationError`."""
        what = "The settings of measuring images"
        if not isinstance(plain, Mapping):
            raise ConfigurationError(f"{what} must be an object, not {type(plain).__name__}.")
        for name in _NEEDED:
            if name not in plain:
                raise ConfigurationError(f"{what} lack {name!r}.")
        for name, value in plain.items():
            if name not in _TYPES or type(value) not in _TYPES[name] or not _finite(value):
                raise ConfigurationError(f"{what} have {str(name)[:40]!r} = {str(value)[:40]!r}, which is not valid.")
        names = plain["features"]
        if not names or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
            raise ConfigurationError(f"{what} must name different features.")
        if plain["dimensions"] not in ("2D", "3D") or plain["length_unit"] not in ("px", "mm"):
            raise ConfigurationError(
                f"{what} have the dimensions {plain['dimensions'][:40]!r} and the length unit "
                f"{plain['length_unit'][:40]!r}; they must be 2D or 3D, px or mm."
            )
        ends = plain["smallest"], plain["largest"]
        if any(len(size) != 2 or any(type(count) is not int or count < 1 for count in size) for size in ends):
            raise ConfigurationError(f"{what} must have the rows and columns of the smallest and the largest image.")
        return cls(
            plain["slices"], plain["window"], plain.get("mask_value"),
            Discretization(plain.get("bins"), plain.get("width"), plain.get("start")), tuple(names), False,
            plain["dimensions"], plain["masked"], plain["length_unit"], plain["rules"],
            tuple(plain["smallest"]), tuple(plain["largest"]),
        )  # fmt: skip


def _finite(value: Any) -> bool:
    """Whether a number is finite."""
    return not isinstance(value, float) or math.isfinite(value)


def _digest(chosen: Any) -> str:
    """A digest that changes with any of the formulas and with `_VERSION`, but not with their order."""
    used = {(feature.name, feature.each.source, feature.whole.source, feature.key) for feature in chosen}
    return hashlib.sha256(repr((_VERSION, sorted(used))).encode()).hexdigest()[:16]
