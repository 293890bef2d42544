"""A feature of one image, opened: its rows, what each adds, and the pixels behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas.language import Expression
from glassnet.formulas.language.render.numpy import evaluate

if TYPE_CHECKING:
    from glassnet.images.features.feature import Feature
    from glassnet.images.features.region import Region
    from glassnet.images.features.rows import Members, Rows

Array = NDArray[Any]


@dataclass(frozen=True)
class Group:
    """Rows that are summed together: one matrix, slice or image.

    Parameters
    ----------
    label : str
        Which; empty where there is only one.
    total : float
        The sum ``S`` of what its rows add.
    value : float
        What the formula makes of the sum.
    constants : mapping of str to float
        The other names of the formula.
    """

    label: str
    total: float
    value: float
    constants: Mapping[str, float]


@dataclass(frozen=True)
class Opening:
    """Where the value of a feature comes from.

    Parameters
    ----------
    feature : Feature
    value : float
        The mean of the values of the groups.
    unit : str
    kind : str
        What a row is.
    groups : tuple of Group
    group : array of int, shape (rows,)
        The group of each row.
    columns : mapping of str to array, shape (rows,)
        The numbers in each row.
    terms : array, shape (rows,)
        What each row adds to the sum of its group.
    members : Members
        The pixels behind the rows.
    image, mask : array, shape (d, h, w)
        What was measured.
    settings : str
        How gray values became levels.

    Examples
    --------
    >>> from glassnet.images.features import features
    >>> opening = features["intensity_mean"].open([[1, 2], [3, 6]])
    >>> opening.value, opening.terms, opening.reevaluated()
    (3.0, array([1., 2., 3., 6.]), 3.0)
    >>> opening.pixels(3)
    array([[0, 1, 1]])
    """

    feature: Feature
    value: float
    unit: str
    kind: str
    groups: tuple[Group, ...]
    group: Array
    columns: Mapping[str, Array]
    terms: Array
    members: Members
    image: Array
    mask: Array
    settings: str

    def reevaluated(self) -> float:
        """The value once more, from the numbers that are shown."""
        values = []
        for number, group in enumerate(self.groups):
            rows = self.group == number
            names: dict[str, Any] = {name: column[rows] for name, column in self.columns.items()}
            terms = np.broadcast_to(evaluate(self.feature.each, {**group.constants, **names}), (int(rows.sum()),))
            values.append(float(evaluate(self.feature.whole, {**group.constants, "S": terms.sum()})))
        known = [value for value in values if np.isfinite(value)]
        return float(np.mean(known)) if known else float("nan")

    def pixels(self, row: int) -> Array:
        """The pixels behind a row, as (slice, row, column), in the order of pairs, runs or zones; shape (k, 3)."""
        return np.stack(np.unravel_index(self.members.pixel[self.members.row == row], self.image.shape), axis=1)

    def items(self, row: int) -> list[Array]:
        """The pairs, runs or zones of a row, each as its pixels; shape (k, 3) each."""
        of_row = np.flatnonzero(self.members.row == row)
        of_row = of_row[np.argsort(self.members.item[of_row], kind="stable")]
        places = np.stack(np.unravel_index(self.members.pixel[of_row], self.image.shape), axis=1)
        return np.split(places, np.flatnonzero(np.diff(self.members.item[of_row])) + 1) if len(places) else []

    @cached_property
    def largest(self) -> Array:
        """The rows, from the one that adds most (in size) to the one that adds least."""
        return np.argsort(-np.abs(self.terms), kind="stable")

    def heat(self) -> Array:
        """The contribution of each pixel to the mean sum: its even share of each row's term; shape (d, h, w).

        It sums to the mean of the groups' sums ``S``.
        """
        behind = np.bincount(self.members.row, minlength=len(self.terms))
        share = self.terms / np.maximum(behind, 1) / max(len(self.groups), 1)
        flat = np.bincount(self.members.pixel, share[self.members.row], minlength=self.image.size)
        return flat.reshape(self.image.shape)


def open_feature(feature: Feature, region: Region) -> Opening:
    """Open a feature of a region with one image."""
    rows: Rows = region.rows(*feature.source)
    terms = rows.terms(feature.each)
    sums = rows.sums(feature.each)
    wholes = rows.wholes(sums, feature.whole)
    value = float(rows.averaged(wholes)[0, feature.key])
    wanted = np.flatnonzero(rows.slot == feature.key)
    used = _names(feature.each) | _names(feature.whole)
    groups = tuple(
        Group(
            rows.labels[place] if place < len(rows.labels) and len(wanted) > 1 else "",
            float(sums[place]), float(wholes[place]),
            {name: float(column[place]) for name, column in rows.constants.items() if name in used},
        )
        for place in wanted
    )  # fmt: skip
    kept = np.flatnonzero(np.isin(rows.owner, wanted))
    number = np.full(len(rows.owner), -1)
    number[kept] = np.arange(len(kept))
    columns = {
        name: column[kept] for name, column in rows.columns.items() if name in used or name in rows.context
    }  # fmt: skip
    members = rows.members()
    behind = number[members.row] >= 0
    largest = type(members)(number[members.row[behind]], members.item[behind], members.pixel[behind])
    return Opening(
        feature, value, feature.unit_in(region.length_unit), rows.kind, groups,
        np.searchsorted(wanted, rows.owner[kept]), columns,
        np.array(terms[kept]), largest, region.images[0], region.mask[0], str(region.discretization),
    )  # fmt: skip


def _names(expression: Expression) -> frozenset[str]:
    """The names in a formula."""
    return frozenset(expression.names)
