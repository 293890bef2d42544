"""Gray-level co-occurrence: how often two levels are neighbors.

Each pair of neighbors is counted both ways, so the matrix is symmetric (Haralick 1973; IBSI LFYI).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas.language import Expression
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Members, Rows, compressed
from glassnet.images.features.texture.aggregation import DIRECTED, Aggregation, Direction

Array = NDArray[Any]


def sides(shape: tuple[int, int, int], direction: Direction) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """The part of an image that has a neighbor in a direction, and the part that the neighbors are."""
    first = tuple(slice(max(0, -s), n - max(0, s)) for s, n in zip(direction, shape, strict=True))
    second = tuple(slice(max(0, s), n - max(0, -s)) for s, n in zip(direction, shape, strict=True))
    return first, second


def _pairs(region: Region, aggregation: Aggregation, number: int) -> tuple[Array, Array, Array, Array, Array]:
    """Group, both levels and both flat pixels of every pair of neighbors in one direction, both inside the mask."""
    direction = aggregation.directions[number]
    first, second = sides(region.shape, direction)
    a, b = region.levels[(slice(None), *first)], region.levels[(slice(None), *second)]
    pixel = np.arange(int(np.prod(region.shape))).reshape(region.shape)
    groups = aggregation.groups(region.shape[0])
    per_slice = len(aggregation.directions) if aggregation.by_direction else 1
    depth = np.arange(region.shape[0])[first[0]][None, :, None, None] * per_slice if aggregation.by_slice else 0
    image = np.arange(region.n_images)[:, None, None, None] * groups
    group = np.broadcast_to(image + depth + (number if aggregation.by_direction else 0), a.shape)
    starts, ends = (np.broadcast_to(pixel[side], a.shape) for side in (first, second))
    if not region.masked:
        return group.ravel(), a.ravel(), b.ravel(), starts.ravel(), ends.ravel()
    kept = (a > 0) & (b > 0)
    return group[kept], a[kept], b[kept], starts[kept], ends[kept]


def _matrices(region: Region, aggregation: Aggregation) -> Array:
    """The symmetric counts of every group, shape (n_images * groups, levels, levels)."""
    top = int(region.n_levels.max())
    total = region.n_images * aggregation.groups(region.shape[0])
    counts = np.zeros(total * top * top, np.int64)
    for number in range(len(aggregation.directions)):
        group, a, b, _, _ = _pairs(region, aggregation, number)
        counts += np.bincount((group * top + (a - 1)) * top + (b - 1), minlength=len(counts))
    matrices = counts.reshape(total, top, top)
    return matrices + matrices.transpose(0, 2, 1)


def matrix_rows(region: Region, name: str) -> dict[str, Rows]:
    """The cells of the matrices that are not empty, and the same counted by difference and by sum of the levels."""
    aggregation = DIRECTED[name]
    matrices = _matrices(region, aggregation)
    top, groups = matrices.shape[1], aggregation.groups(region.shape[0])
    group, row, column = np.nonzero(matrices)
    count = matrices[group, row, column].astype(np.float64)
    i, j = row + 1.0, column + 1.0
    present, owner = compressed(group)
    size = len(present)
    p = count / np.bincount(owner, count, minlength=size)[owner]
    marginal = np.bincount(owner * top + row, p, minlength=size * top).reshape(size, top)
    mu = np.bincount(owner, i * p, minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropies = np.where(marginal > 0, -marginal * np.log2(marginal), 0.0)
    image = present // groups
    constants = {
        "N_g": region.n_levels[image].astype(np.float64), "mu": mu,
        "var": np.bincount(owner, (i - mu[owner]) ** 2 * p, minlength=size),
        "H_x": np.add.accumulate(entropies, axis=1)[:, -1],
    }  # fmt: skip
    largest = np.zeros(size)
    np.maximum.at(largest, owner, p)
    ties = p == largest[owner]
    columns = {
        "i": i, "j": j, "p": p, "p_i": marginal[owner, row], "p_j": marginal[owner, column],
        "is_largest": ties / np.bincount(owner, ties, minlength=size)[owner],
    }  # fmt: skip
    labels = tuple(aggregation.label(int(g % groups), region.shape[0]) for g in present)

    def members_of(code: Any, wide: int) -> Members:
        """The pairs whose levels have a code, as rows in ascending order of group and code."""
        parts = []
        for number in range(len(aggregation.directions)):
            of, a, b, start, end = _pairs(region, aggregation, number)
            parts += [(of, code(a, b), start, end), (of, code(b, a), end, start)]
        of, codes, start, end = (np.concatenate(column) for column in zip(*parts, strict=True))
        row = np.unique(of * wide + codes, return_inverse=True)[1]
        item = np.arange(len(row))
        return Members(np.repeat(row, 2), np.repeat(item, 2), np.stack([start, end], 1).ravel())

    def folded(kind: str, codes: Array, wide: int, column: str, code: Any) -> Rows:
        """The matrices counted by a code of both levels."""
        counts = np.bincount(owner * wide + codes.astype(np.int64), p, minlength=size * wide)
        kept = np.bincount(owner * wide + codes.astype(np.int64), minlength=size * wide) > 0
        where = np.flatnonzero(kept)
        of, value, share = where // wide, (where % wide).astype(np.float64), counts[where]
        mean = np.bincount(of, value * share, minlength=size)
        return Rows(kind, {column: value, "p": share}, of, {"mean": mean}, image, region.n_images,
                    lambda: members_of(code, wide), labels=labels, context=("k",))  # fmt: skip

    wide = 2 * top + 1
    return {
        "cells": Rows("pair of gray levels", columns, owner, constants, image, region.n_images,
                      lambda: members_of(lambda a, b: (a - 1) * top + b - 1, top * top), labels=labels,
                      context=("i", "j")),
        "differences": folded("difference of gray levels", abs(i - j), wide, "k", lambda a, b: abs(a - b)),
        "sums": folded("sum of gray levels", i + j, wide, "k", lambda a, b: a + b),
    }  # fmt: skip


SOURCES["co_occurrence"] = matrix_rows

_ENTROPY = "-p * log(p) / log(2)"
_CELLS = (
    ("joint_maximum", "joint maximum", "p * is_largest", "S", "joint_max", "GYBY"),
    ("joint_average", "joint average", "i * p", "S", "joint_avg", "60VM"),
    ("joint_variance", "joint variance", "(i - mu) ** 2 * p", "S", "joint_var", "UR99"),
    ("joint_entropy", "joint entropy", _ENTROPY, "S", "joint_entr", "TU9B"),
    ("energy", "energy", "p ** 2", "S", "energy", "8ZQL"),
    ("contrast", "contrast", "(i - j) ** 2 * p", "S", "contrast", "ACUI"),
    ("dissimilarity", "dissimilarity", "abs(i - j) * p", "S", "dissimilarity", "8S9J"),
    ("inverse_difference", "inverse difference (homogeneity)", "p / (1 + abs(i - j))", "S", "inv_diff", "IB1Z"),
    ("inverse_difference_normalized", "normalized inverse difference", "p / (1 + abs(i - j) / N_g)", "S",
     "inv_diff_norm", "NDRX"),
    ("inverse_difference_moment", "inverse difference moment", "p / (1 + (i - j) ** 2)", "S", "inv_diff_mom", "WF0Z"),
    ("inverse_difference_moment_normalized", "normalized inverse difference moment",
     "p / (1 + (i - j) ** 2 / N_g ** 2)", "S", "inv_diff_mom_norm", "1QCO"),
    ("inverse_variance", "inverse variance", "where(abs(i - j) > 0, p / (i - j) ** 2, 0)", "S", "inv_var", "E8JP"),
    ("correlation", "correlation", "(i - mu) * (j - mu) * p", "S / var", "corr", "NI2N"),
    ("autocorrelation", "autocorrelation", "i * j * p", "S", "auto_corr", "QWB0"),
    ("cluster_tendency", "cluster tendency", "(i + j - 2 * mu) ** 2 * p", "S", "clust_tend", "DG8W"),
    ("cluster_shade", "cluster shade", "(i + j - 2 * mu) ** 3 * p", "S", "clust_shade", "7NFM"),
    ("cluster_prominence", "cluster prominence", "(i + j - 2 * mu) ** 4 * p", "S", "clust_prom", "AE86"),
    ("information_correlation_1", "first measure of information correlation", "p * (log(p_i * p_j) - log(p)) / log(2)",
     "S / H_x", "info_corr1", "R8DG"),
    ("information_correlation_2", "second measure of information correlation", _ENTROPY,
     "sqrt(max(0, 1 - exp(-2 * (2 * H_x - S))))", "info_corr2", "JN9H"),
)  # fmt: skip
_FOLDED = (
    ("average", "{} average", "k * p", "avg", ("TF7R", "ZGXS")),
    ("variance", "{} variance", "(k - mean) ** 2 * p", "var", ("D3YU", "OEEB")),
    ("entropy", "{} entropy", _ENTROPY, "entr", ("NTRS", "P6QZ")),
)
_RECORDS = [
    *(("cells", *record) for record in _CELLS),
    *(
        (f"{word}s", f"{word}_{name}", title.format(word), each, "S", f"{short}_{tag}", codes[place])
        for place, (word, short) in enumerate((("difference", "diff"), ("sum", "sum")))
        for name, title, each, tag, codes in _FOLDED
    ),
]
for _aggregation in DIRECTED.values():
    for _rows, _name, _title, _each, _whole, _tag, _code in _RECORDS:
        features.register(
            Feature(
                f"co_occurrence_{_name}_{_aggregation.name}",
                f"co-occurrence {_title}, {_aggregation.title}",
                "co_occurrence",
                f"{_title} of pairs of neighbors with the gray levels i and j (p is their share of all pairs)",
                Expression(_each), Expression(_whole), ("co_occurrence", _aggregation.name, _rows), code=_code,
                tag=f"cm_{_tag}_{_aggregation.tag}" if _aggregation.tag else "",
                dimensions=_aggregation.dimensions, default=_aggregation.default,
            )
        )  # fmt: skip
