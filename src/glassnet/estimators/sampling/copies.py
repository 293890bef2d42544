"""Rows that are copies of each other: on both sides of a split they are memorized, not predicted.

Rows of a table with few coarse columns (class, sex, age group) are equal by chance. They are called copies only if
there are more of them than the values of the columns explain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.tables import Schema

COPIES = ("together", "apart")
_ROWS_AT_ONCE = 2**18
_MOST_COLUMNS = 64
"""Columns that are left out in turn to count near copies; of more, this many are taken evenly."""
_FEWEST_SHARE = 0.01
_FEWEST_DIFFERENT = 10
_EXPLAINED = 2.0
_LARGE_SHARE, _LARGE_ROWS, _NEAR_SHARE = 0.05, 20, 0.01
_DOMINANT_SHARE = 0.25
_MIXERS = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], dtype=np.uint64)


@dataclass(frozen=True)
class Copies:
    """The number of rows of a table that are equal in all their inputs, and its interpretation.

    Attributes
    ----------
    groups : Groups
        Groups of equal rows.
    alike : int
        Number of rows that have at least one other row equal to them.
    pairs : float
        Number of pairs of equal rows.
    explained : float
        Number of such pairs that the values of the columns explain.
    by_nature : bool
        Whether rows are equal because the columns are few or coarse, and not because rows were copied.
    """

    groups: Groups
    alike: int
    pairs: float
    explained: float
    by_nature: bool

    @property
    def n_rows(self) -> int:
        """Rows of the table."""
        return len(self.groups.of_row)

    @property
    def copied(self) -> bool:
        """Whether copies are to be kept on one side of every split."""
        return not self.by_nature and self.alike >= _FEWEST_SHARE * self.n_rows and self.alike > 2

    def kept_together(self, groups: Groups | None = None) -> Groups | None:
        """Groups that divide neither copies nor the given groups; the given ones if there are no copies."""
        if not self.copied:
            return groups
        joined = self.groups.joined(groups)
        return joined if len(joined) > 1 else groups

    def text(self) -> str:
        """Describe the copies in one sentence; empty if they are not worth mentioning.

        Examples
        --------
        >>> schema_inputs = [slice(0, 1), slice(1, 2)]
        >>> rows = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
        >>> find_copies(np.concatenate([rows, rows]), schema_inputs).text()
        '100 of 100 rows are copies: only 50 are different in their inputs, and copies stay on one side of every split.'
        >>> coarse = np.arange(100, dtype=np.float32).reshape(-1, 1) // 4 % 5
        >>> find_copies(coarse, [slice(0, 1)]).text()  # doctest: +ELLIPSIS
        '100 of 100 rows have the same inputs as another row, as few coarse columns make them; ...'
        """
        if self.alike < _FEWEST_SHARE * self.n_rows or self.alike <= 2:
            return ""
        if self.by_nature:
            return (
                f"{self.alike:,} of {self.n_rows:,} rows have the same inputs as another row, as few coarse columns "
                "make them; they are split like others."
            )
        return (
            f"{self.alike:,} of {self.n_rows:,} rows are copies: only {len(self.groups):,} are different in their "
            "inputs, and copies stay on one side of every split."
        )


def check_copies(copies: str, owner: str) -> str:
    """Check that the value is one of `COPIES`."""
    if copies not in COPIES:
        raise ConfigurationError(
            f"{owner}: copies={copies!r} is unknown. Use 'together', so that copies of a row stay on one side of every "
            "split, or 'apart', to split them like other rows."
        )
    return copies


def columns_of(schema: Schema) -> list[slice]:
    """Which inputs of the matrix belong to each column."""
    ends = np.cumsum([len(column.features) for column in schema.inputs]).tolist()
    return [slice(first, last) for first, last in zip([0, *ends], ends, strict=False)]


def find_copies(X: np.ndarray, columns: Sequence[slice] | None = None) -> Copies:
    """Rows of a matrix that are equal in all inputs, regardless of the target.

    Two figures estimate how many pairs of rows would be equal by chance: the product of the probabilities that two rows
    agree in each column, as if columns were independent; and the number of *near* copies, which differ in one
    column only, because chance makes many more of these than of copies, and copying makes none. Rows count as alike by
    nature when there are at most twice as many pairs as explained, when a few combinations hold much of the table and
    have near copies, or when one holds a quarter of it.

    Parameters
    ----------
    X : array of shape (n_rows, n_columns)
        The values to compare, such as `EncodedTable.values`.
    columns : sequence of slice, optional
        Where several columns of the matrix belong to one column of the table.

    Returns
    -------
    Copies
    """
    n_rows = len(X)
    columns = [slice(k, k + 1) for k in range(X.shape[1])] if columns is None else columns
    whole = np.concatenate([
        sum((_hash_column(block, own, number) for number, own in enumerate(columns)), np.zeros(len(block), np.uint64))
        for block in _blocks(X)
    ])  # fmt: skip
    groups = Groups.of(whole, n_rows)
    pairs, alike = _pairs(groups.sizes), int(groups.sizes[groups.sizes > 1].sum())
    if alike < max(3.0, _FEWEST_SHARE * n_rows):
        return Copies(groups, alike, pairs, 0.0, by_nature=False)
    chance, near, odds = 1.0, 0.0, 0.0
    every_pair = n_rows * (n_rows - 1) / 2
    taken = np.unique(np.linspace(0, len(columns) - 1, min(len(columns), _MOST_COLUMNS)).astype(np.int64))
    for number in taken.tolist():
        values = np.concatenate([_hash_column(block, columns[number], number) for block in _blocks(X)])
        agree = _pairs(np.unique(values, return_counts=True)[1]) / every_pair
        chance *= agree
        odds += (1 - agree) / agree if agree > 0 else float(every_pair)
        near += _pairs(np.unique(whole - values, return_counts=True)[1]) - pairs
    scale = len(columns) / len(taken)
    explained = max(every_pair * chance**scale, near / odds if odds > 0 else every_pair)
    return Copies(groups, alike, pairs, explained, _by_nature(groups, pairs, explained, near * scale))


def _by_nature(groups: Groups, pairs: float, explained: float, near: float) -> bool:
    """Whether this many pairs of rows can be equal without any copying."""
    n_rows, largest = len(groups.of_row), int(groups.sizes.max())
    large = largest > max(_LARGE_ROWS, _LARGE_SHARE * n_rows) and near >= _NEAR_SHARE * pairs
    dominant = largest > _DOMINANT_SHARE * n_rows  # such as patients without any symptoms
    return pairs <= _EXPLAINED * explained or large or dominant or len(groups) < _FEWEST_DIFFERENT


def _pairs(sizes: np.ndarray) -> float:
    """Pairs of rows within groups of such sizes."""
    return float((sizes.astype(np.float64) * (sizes - 1) / 2).sum())


def _blocks(X: np.ndarray) -> Iterator[np.ndarray]:
    """The rows in blocks, because they may lie in a file."""
    yield from (X[first : first + _ROWS_AT_ONCE] for first in range(0, len(X), _ROWS_AT_ONCE))


def _hash_column(block: np.ndarray, inputs: slice, number: int) -> np.ndarray:
    """A 64-bit hash of the values of one column in each row; it differs for the same values in another column."""
    values = np.ascontiguousarray(block[:, inputs], dtype=np.float64) + 0.0  # -0.0 is 0.0
    hashed: np.ndarray = np.full(len(block), number + 1, dtype=np.uint64) * _MIXERS[0]
    for bits in values.view(np.uint64).T:
        hashed = _mix_bits(hashed ^ _mix_bits(bits))
    return hashed


def _mix_bits(bits: np.ndarray) -> np.ndarray:
    """Mix the bits, so that each depends on all given ones (the finalizer of SplitMix64; Steele et al. 2014)."""
    bits = bits + _MIXERS[0]  # modulo 2**64
    bits = (bits ^ (bits >> np.uint64(30))) * _MIXERS[1]
    bits = (bits ^ (bits >> np.uint64(27))) * _MIXERS[2]
    return np.asarray(bits ^ (bits >> np.uint64(31)))
