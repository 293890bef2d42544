"""Each pixel and its neighbors: gray tone differences (IBSI IPET) and dependences (IBSI REK0), one pixel around."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas.language import Expression
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Members, Rows, compressed
from glassnet.images.features.texture.aggregation import UNDIRECTED, Aggregation
from glassnet.images.features.texture.co_occurrence import sides
from glassnet.images.features.texture.emphasis import Quantities, Wording, matrix_rows, register

Array = NDArray[Any]


def _neighbors(region: Region, *, solid: bool) -> tuple[Array, Array, Array]:
    """Of each pixel: how many neighbors lie inside the mask, the sum of their levels, how many have its level."""
    levels = region.levels
    counts, equal = (np.zeros(levels.shape, np.int16) for _ in range(2))
    totals = np.zeros(levels.shape, np.int32)
    for step in product((-1, 0, 1) if solid else (0,), (-1, 0, 1), (-1, 0, 1)):
        if step != (0, 0, 0):
            first, second = sides(region.shape, step)
            here, there = (slice(None), *first), (slice(None), *second)
            counts[here] += levels[there] > 0
            totals[here] += levels[there]
            equal[here] += (levels[there] == levels[here]) & (levels[here] > 0)
    return counts, totals, equal


def _groups(region: Region, aggregation: Aggregation, pixel: Array) -> Array:
    """The group of pixels given by their flat index through all images."""
    depth, height, width = region.shape
    return pixel // (height * width * (1 if aggregation.by_slice else depth))


def dependence_rows(region: Region, name: str) -> dict[str, Rows]:
    """Every pixel with its gray level and its dependence: itself and its neighbors of the same level."""
    aggregation = UNDIRECTED[name]
    equal = _neighbors(region, solid=name == "3d")[2].ravel()
    inside = np.flatnonzero(region.levels)
    group = _groups(region, aggregation, inside)
    sizes = np.bincount(group, minlength=region.n_images * aggregation.groups(region.shape[0])).astype(np.float64)
    things = Quantities(group, region.levels.ravel()[inside], equal[inside].astype(np.int64) + 1, sizes,
                     lambda: (np.arange(len(inside)), inside))  # fmt: skip
    return matrix_rows("pixel", "dependence", region, aggregation, things)


def tone_rows(region: Region, name: str) -> dict[str, Rows]:
    """Per gray level, how far its pixels are from the mean of their neighbors; and all pairs of levels."""
    aggregation = UNDIRECTED[name]
    groups, top = aggregation.groups(region.shape[0]), int(region.n_levels.max()) + 1
    counts, totals, _ = _neighbors(region, solid=name == "3d")
    inside = np.flatnonzero((region.levels > 0) & (counts > 0))
    level = region.levels.ravel()[inside].astype(np.int64)
    away = np.abs(level - totals.ravel()[inside] / counts.ravel()[inside])
    code = _groups(region, aggregation, inside) * top + level
    distinct, row = np.unique(code, return_inverse=True)
    present, owner = compressed(distinct // top)
    size, i = len(present), (distinct % top).astype(np.float64)
    n, s = np.bincount(row).astype(np.float64), np.bincount(row, away)
    total = np.bincount(owner, n, minlength=size)
    p = n / total[owner]
    image = present // groups
    constants = {
        "N": total, "N_gp": np.bincount(owner, minlength=size).astype(np.float64),
        "s_total": np.bincount(owner, s, minlength=size), "ps_total": np.bincount(owner, p * s, minlength=size),
    }  # fmt: skip
    labels = tuple(aggregation.label(int(g % groups), region.shape[0]) for g in present)
    first, second = _pairs(owner, size)
    columns = {"i": i[first], "j": i[second], "p_i": p[first], "p_j": p[second], "s_i": s[first], "s_j": s[second]}

    def of_tones() -> Members:
        return Members(row, np.arange(len(row)), inside)

    def of_pairs() -> Members:
        """The pixels of the first level of each pair; each pair occurs both ways."""
        order = np.argsort(row, kind="stable")
        begin, size = np.searchsorted(row[order], first), np.bincount(row)[first]
        pair = np.repeat(np.arange(len(first)), size)
        step = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        return Members(pair, np.arange(len(pair)), inside[order[np.repeat(begin, size) + step]])

    return {
        "tones": Rows("gray level", {"i": i, "n": n, "p": p, "s": s}, owner, constants, image, region.n_images,
                      of_tones, labels=labels, context=("i", "n")),
        "pairs": Rows("pair of gray levels", columns, owner[first], constants, image, region.n_images, of_pairs,
                      labels=labels, context=("i", "j")),
    }  # fmt: skip


def _pairs(owner: Array, size: int) -> tuple[Array, Array]:
    """All ordered pairs of rows of one group; the rows of a group lie together."""
    count = np.bincount(owner, minlength=size)
    begin = np.cumsum(count) - count
    first = np.repeat(np.arange(len(owner)), count[owner])
    step = np.arange(len(first)) - np.repeat(np.cumsum(count[owner]) - count[owner], count[owner])
    return first, begin[owner[first]] + step


SOURCES["gray_tone_difference"] = tone_rows
SOURCES["gray_level_dependence"] = dependence_rows
_TONES = (
    ("coarseness", "tones", "p * s", "where(S > 0, 1 / S, 1000000)", "QCDE"),
    ("contrast", "pairs", "p_i * p_j * (i - j) ** 2",
     "where(N_gp > 1, S / max(N_gp * (N_gp - 1), 1) * s_total / N, 0)", "65HE"),
    ("busyness", "pairs", "abs(i * p_i - j * p_j)", "where(S > 0, ps_total / S, 0)", "NQ30"),
    ("complexity", "pairs", "abs(i - j) * (p_i * s_i + p_j * s_j) / (p_i + p_j)", "S / N", "HDEZ"),
    ("strength", "pairs", "(p_i + p_j) * (i - j) ** 2", "where(s_total > 0, S / s_total, 0)", "1X9X"),
)  # fmt: skip
for _aggregation in UNDIRECTED.values():
    for _name, _rows, _each, _whole, _code in _TONES:
        features.register(
            Feature(
                f"gray_tone_difference_{_name}_{_aggregation.name}",
                f"gray tone difference: {_name}, {_aggregation.title}", "gray_tone_difference",
                f"{_name} (p is the share of a gray level, s the sum of its pixels' distances from their neighbors)",
                Expression(_each), Expression(_whole), ("gray_tone_difference", _aggregation.name, _rows),
                code=_code, tag=f"ngt_{_name}_{_aggregation.tag}", dimensions=_aggregation.dimensions,
                default=_aggregation.default,
            )
        )  # fmt: skip
register(
    Wording(
        "gray_level_dependence", "gray level dependence", "dependence", "dependence count", "low dependence",
        "high dependence", "ngl",
        ("lde", "hde", "lgce", "hgce", "ldlge", "ldhge", "hdlge", "hdhge", "glnu", "glnu_norm", "dcnu", "dcnu_norm",
         "dc_perc", "gl_var", "dc_var", "dc_entr", "dc_energy"),
        "SODN IMOQ TL9H OAE7 EQ3F JA6D NBZI 9QMG FP8K 5SPA Z87G OKJI 6XV8 1PFV DNX2 FCBV CAS9", "count ",
    ),
    list(UNDIRECTED.values()),
)  # fmt: skip
