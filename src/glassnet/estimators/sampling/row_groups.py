"""Rows that belong together, such as the visits of one patient: all of them train, or all of them test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from glassnet.errors import ConfigurationError, DataError, SchemaError
from glassnet.tables import Table

if TYPE_CHECKING:
    from glassnet.estimators.recipes.recipe import Recipe

REASON = "it marks rows that belong together"


@dataclass(frozen=True)
class Groups:
    """The group of each row, numbered by first appearance, so that names and order of the labels do not matter.

    Attributes
    ----------
    of_row : array of int64, shape (n_rows,)
    sizes : array of int64, shape (n_groups,)
    """

    of_row: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, labels: Any, n_rows: int) -> Self:
        """Make groups from one label per row; groups of this many rows are returned unchanged.

        Examples
        --------
        >>> groups = Groups.of(["b", "b", "a", "b"], 4)
        >>> groups.of_row.tolist(), groups.sizes.tolist()
        ([0, 0, 1, 0], [3, 1])
        """
        if isinstance(labels, cls) and len(labels.of_row) == n_rows:
            return labels
        labels = np.asarray(labels)
        if labels.shape != (n_rows,):
            raise ConfigurationError(f"groups has shape {labels.shape} for {n_rows} rows. Give one label per row.")
        first, codes, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)[1:]
        order = np.argsort(first)
        number = np.empty(len(order), dtype=np.int64)
        number[order] = np.arange(len(order))
        return cls(number[codes.ravel()], sizes[order])

    def __len__(self) -> int:
        return len(self.sizes)

    def joined(self, other: Groups | None) -> Groups:
        """Groups so large that neither these nor the others are divided.

        Examples
        --------
        >>> Groups.of([*"aabcc"], 5).joined(Groups.of([*"vwwxy"], 5)).of_row.tolist()
        [0, 0, 0, 1, 1]
        """
        if other is None:
            return self
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        n_groups = len(self) + len(other)
        links = (np.ones(len(self.of_row)), (self.of_row, other.of_row + len(self)))
        part = connected_components(coo_array(links, shape=(n_groups, n_groups)), directed=False)[1]
        return Groups.of(part[self.of_row], len(self.of_row))

    def take(self, rows: np.ndarray) -> Groups:
        """Those of some of the rows."""
        return Groups.of(self.of_row[rows], len(rows))

    def rows(self, chosen: np.ndarray) -> np.ndarray:
        """The rows of some groups, one group after the other; a group chosen twice appears twice.

        Examples
        --------
        >>> Groups.of(["b", "b", "a", "b"], 4).rows(np.array([1, 0, 1])).tolist()
        [2, 0, 1, 3, 2]
        """
        together, ends = np.argsort(self.of_row, kind="stable"), np.cumsum(self.sizes)
        sizes = self.sizes[chosen]
        skipped = (ends - self.sizes)[chosen] - (np.cumsum(sizes) - sizes)
        return np.asarray(together[np.arange(sizes.sum()) + np.repeat(skipped, sizes)])

    def classes(self, codes: np.ndarray) -> np.ndarray:
        """The class of each group: its most frequent one, and the first in case of a tie."""
        counts = np.zeros((len(self), int(codes.max()) + 1), dtype=np.int64)
        np.add.at(counts, (self.of_row, codes), 1)
        return np.asarray(counts.argmax(axis=1))


def read_groups(table: Table, groups: Any) -> Groups | None:
    """The groups of a table's rows, from the name of a column or one label per row; None for None.

    Raises
    ------
    SchemaError, DataError
        When there is no such column, or a row has no group.
    """
    if groups is None:
        return None
    if isinstance(groups, str):
        cells = table.column(groups)
        missing = np.flatnonzero(cells.missing)
        if len(missing):
            raise SchemaError(
                f"{table.origin}: {len(missing)} of {table.n_rows} cells of {groups!r}, the groups, are missing, the "
                f"first in {table.row_name(int(missing[0]))}. Fill them in; a row that belongs to no other gets a "
                "value of its own."
            )
        return Groups.of(cells.codes(list(cells.level_counts())), table.n_rows)
    labels = np.asarray(groups)
    if labels.shape != (table.n_rows,):
        raise DataError(f"groups has shape {labels.shape} for a table of {table.n_rows} rows. Give one label per row.")
    missing = np.flatnonzero([label is None or label != label for label in labels.tolist()])
    if len(missing):
        raise DataError(
            f"groups has no label for {table.row_name(int(missing[0]))}. Give each row one; a row that stands alone "
            "gets a label of its own."
        )
    return Groups.of(labels if labels.dtype.kind in "biufSU" else labels.astype(str), table.n_rows)


def fewer_folds(recipe: Recipe, groups: Groups) -> Recipe:
    """The recipe with at most as many networks as there are groups, if they were to be divided into folds.

    Raises
    ------
    DataError
        When there is one group.
    """
    if len(groups) < 2:
        raise DataError("All rows are in one group, so no part of them can be left out. Omit groups=.")
    if recipe.resampling != "folds" or recipe.n_networks <= len(groups):
        return recipe
    reason = f"{recipe.reason}; {len(groups)} networks, because there are {len(groups)} groups"
    return replace(recipe, n_networks=len(groups), reason=reason)
