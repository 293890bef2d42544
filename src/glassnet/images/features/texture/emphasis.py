"""The base of run lengths, zones and dependences: a matrix of gray level by a quantity, and sixteen sums over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas.language import Expression
from glassnet.images.features.feature import Feature, features
from glassnet.images.features.region import Region
from glassnet.images.features.rows import Members, Rows, compressed, counted
from glassnet.images.features.texture.aggregation import Aggregation

Array = NDArray[Any]


@dataclass(frozen=True)
class Quantities:
    """Runs, zones or pixels: the group, gray level and quantity of each, and how many pixels its group has.

    Parameters
    ----------
    group, level, quantity : array of int, shape (things,)
    sizes : array of float, shape (groups,)
        What a percentage relates the number of things to.
    pixels : callable
        The pixels of the things of one image: (number of the thing, flat index of the pixel).
    """

    group: Array
    level: Array
    quantity: Array
    sizes: Array
    pixels: Callable[[], tuple[Array, Array]]


def matrix_rows(kind: str, word: str, region: Region, aggregation: Aggregation, things: Quantities) -> dict[str, Rows]:
    """The cells of the matrix that are not empty, and its sums by level and by quantity."""
    top, widest = int(region.n_levels.max()) + 1, int(things.quantity.max()) + 1
    groups = aggregation.groups(region.shape[0])
    group = things.group.astype(np.int64)
    codes = (group * top + things.level) * widest + things.quantity
    distinct, counts = counted(codes, len(things.sizes) * top * widest)
    of, i, j = distinct // (top * widest), distinct // widest % top, distinct % widest
    present, owner = compressed(of)
    size, c = len(present), counts.astype(np.float64)
    total = np.bincount(owner, c, minlength=size)
    constants = {
        "N": total, "N_pixels": things.sizes[present],
        "mu_i": np.bincount(owner, i * c, minlength=size) / total,
        "mu_j": np.bincount(owner, j * c, minlength=size) / total,
    }  # fmt: skip
    image = present // groups
    labels = tuple(aggregation.label(int(g % groups), region.shape[0]) for g in present)

    def members(row_of: Array) -> Callable[[], Members]:
        def found() -> Members:
            thing, pixel = things.pixels()
            return Members(row_of[np.searchsorted(distinct, codes)][thing], thing, pixel)

        return found

    def rows(what: str, columns: dict[str, Array], of: Array, row_of: Array) -> Rows:
        return Rows(what, columns, of, constants, image, region.n_images, members(row_of), labels=labels,
                    context=("i", "j"))  # fmt: skip

    def summed(what: str, values: Array, name: str) -> Rows:
        wide = int(values.max()) + 1
        keys, row_of = np.unique(owner * wide + values, return_inverse=True)
        columns = {name: (keys % wide).astype(np.float64), "c": np.bincount(row_of, c)}
        return rows(what, columns, keys // wide, row_of)

    cells = {"i": i.astype(np.float64), "j": j.astype(np.float64), "c": c}
    return {
        "cells": rows(f"gray level and {word}", cells, owner, np.arange(len(distinct))),
        "levels": summed("gray level", i, "i"),
        "quantities": summed(word, j, "j"),
        "things": rows(kind, cells, owner, np.arange(len(distinct))),
    }


_FORMULAS = (
    ("cells", "c / (j ** 2 * N)", "S"), ("cells", "c * j ** 2 / N", "S"),
    ("cells", "c / (i ** 2 * N)", "S"), ("cells", "c * i ** 2 / N", "S"),
    ("cells", "c / (i ** 2 * j ** 2 * N)", "S"), ("cells", "c * i ** 2 / (j ** 2 * N)", "S"),
    ("cells", "c * j ** 2 / (i ** 2 * N)", "S"), ("cells", "c * i ** 2 * j ** 2 / N", "S"),
    ("levels", "c ** 2", "S / N"), ("levels", "c ** 2", "S / N ** 2"),
    ("quantities", "c ** 2", "S / N"), ("quantities", "c ** 2", "S / N ** 2"),
    ("cells", "c", "S / N_pixels"),
    ("cells", "(i - mu_i) ** 2 * c / N", "S"), ("cells", "(j - mu_j) ** 2 * c / N", "S"),
    ("cells", "-c / N * log(c / N) / log(2)", "S"), ("cells", "(c / N) ** 2", "S"),
)  # fmt: skip


@dataclass(frozen=True)
class Wording:
    """How a family names the same sums.

    Parameters
    ----------
    family, title : str
    thing : str
        What is counted ("run").
    quantity : str
        What of it is measured ("run length").
    few, many : str
        A small and a large quantity ("short run", "long run").
    tag : str
        IBSI's prefix.
    tags : sequence of str
        IBSI's names, in the order of the formulas.
    codes : str
        IBSI's codes, separated by spaces.
    gray : str
        What the low and high gray levels are counted of.
    """

    family: str
    title: str
    thing: str
    quantity: str
    few: str
    many: str
    tag: str
    tags: Sequence[str]
    codes: str
    gray: str

    @property
    def names(self) -> list[str]:
        """The names of the sums, in the order of the formulas."""
        few, many, gray, quantity = self.few, self.many, self.gray, self.quantity
        return [
            f"{few} emphasis", f"{many} emphasis", f"low gray level {gray}emphasis", f"high gray level {gray}emphasis",
            f"{few} low gray level emphasis", f"{few} high gray level emphasis",
            f"{many} low gray level emphasis", f"{many} high gray level emphasis",
            "gray level non-uniformity", "normalized gray level non-uniformity",
            f"{quantity} non-uniformity", f"normalized {quantity} non-uniformity",
            f"{self.thing} percentage", "gray level variance", f"{quantity} variance", f"{quantity} entropy",
            f"{quantity} energy",
        ]  # fmt: skip


def register(wording: Wording, aggregations: Sequence[Aggregation], *, mask: str = "optional") -> None:
    """One record for each sum and each aggregation."""
    for aggregation in aggregations:
        for name, (rows, each, whole), tag, code in zip(
            wording.names[: len(wording.tags)], _FORMULAS[: len(wording.tags)], wording.tags, wording.codes.split(),
            strict=True,
        ):  # fmt: skip
            features.register(
                Feature(
                    "_".join([wording.family, *name.replace("-", "_").split(), aggregation.name]),
                    f"{wording.title}: {name}, {aggregation.title}",
                    wording.family,
                    f"{name} (c of N {wording.thing}s have the gray level i and the {wording.quantity} j)",
                    Expression(each), Expression(whole), (wording.family, aggregation.name, rows), code=code,
                    tag=f"{wording.tag}_{tag}_{aggregation.tag}" if aggregation.tag else "", mask=mask,
                    dimensions=aggregation.dimensions, default=aggregation.default,
                )
            )  # fmt: skip
