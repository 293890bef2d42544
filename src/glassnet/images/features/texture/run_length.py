"""Runs: pixels of one gray level in a row, in a direction (Galloway 1975; IBSI TP0I)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.images.features.region import Region
from glassnet.images.features.rows import SOURCES, Rows
from glassnet.images.features.texture.aggregation import DIRECTED, Direction
from glassnet.images.features.texture.emphasis import Quantities, Wording, matrix_rows, register

Array = NDArray[Any]


def lines(shape: tuple[int, int, int], direction: Direction) -> tuple[Array, Array]:
    """The pixels line after line in a direction, and where the lines begin."""
    place = np.indices(shape).reshape(3, -1)
    back = [place[axis] if step > 0 else shape[axis] - 1 - place[axis] for axis, step in enumerate(direction) if step]
    steps = np.minimum.reduce(back)
    start = np.ravel_multi_index(tuple(place - steps * np.array(direction)[:, None]), shape)
    order = np.lexsort((steps, start))
    return order, steps[order] == 0


kept_lines = lru_cache(maxsize=32)(lines)
SMALL = 100_000
"""Pixels up to which the lines of a size are kept for the next images; those of large volumes would fill the memory."""


def run_rows(region: Region, name: str) -> dict[str, Rows]:
    """The runs of every group of lines."""
    aggregation = DIRECTED[name]
    depth, height, width = region.shape
    groups = aggregation.groups(depth)
    per_slice = len(aggregation.directions) if aggregation.by_direction else 1
    flat = region.levels.reshape(region.n_images, -1)
    runs, pixels, n_runs = [], [], 0
    for number, direction in enumerate(aggregation.directions):
        order, starts = (kept_lines if flat.shape[1] <= SMALL else lines)(region.shape, direction)
        levels = flat[:, order]
        begins = np.ones(levels.shape, bool)
        begins[:, 1:] = (levels[:, 1:] != levels[:, :-1]) | starts[1:]
        begin = np.flatnonzero(begins)
        length = np.diff(begin, append=levels.size)
        image, column = np.divmod(begin, levels.shape[1])
        level = levels.ravel()[begin]
        kept = level > 0
        group = image * groups + (number if aggregation.by_direction else 0)
        if aggregation.by_slice:
            group = group + order[column] // (height * width) * per_slice
        runs.append((group[kept], level[kept], length[kept]))
        pixels.append((order, begin[kept], length[kept], n_runs))
        n_runs += int(kept.sum())

    def members() -> tuple[Array, Array]:
        thing = [np.repeat(np.arange(len(length)) + first, length) for _, _, length, first in pixels]
        pixel = [
            order[np.repeat(begin, length) + np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)]
            for order, begin, length, _ in pixels
        ]
        return np.concatenate(thing), np.concatenate(pixel)

    group, level, length = (np.concatenate(column) for column in zip(*runs, strict=True))
    sizes = np.bincount(group, length, minlength=region.n_images * groups)
    things = Quantities(group, level, length, sizes, members)
    return matrix_rows("run", "run length", region, aggregation, things)


SOURCES["run_length"] = run_rows
register(
    Wording(
        "run_length", "run length", "run", "run length", "short run", "long run", "rlm",
        ("sre", "lre", "lgre", "hgre", "srlge", "srhge", "lrlge", "lrhge", "glnu", "glnu_norm", "rlnu", "rlnu_norm",
         "r_perc", "gl_var", "rl_var", "rl_entr"),
        "22OV W4KF V3SW G3QZ HTZT GD3A IVPO 3KUM R5YN OVBL W92Y IC23 9ZK5 8CE5 SXLW HJ9O", "run ",
    ),
    list(DIRECTED.values()),
)  # fmt: skip
