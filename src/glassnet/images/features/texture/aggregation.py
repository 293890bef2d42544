"""Which directions a texture looks in, and how slices and directions become one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

Direction = tuple[int, int, int]


def _half(directions: Iterable[tuple[int, ...]]) -> tuple[Direction, ...]:
    """Of each pair of opposite directions the one whose first step is forward."""
    return tuple((z, y, x) for z, y, x in directions if (z, y, x) > (0, 0, 0))


FLAT = _half(product((0,), (-1, 0, 1), (-1, 0, 1)))
SOLID = _half(product((-1, 0, 1), repeat=3))
DIRECTION_NAMES: Mapping[Direction, str] = {
    (0, 0, 1): "right", (0, 1, -1): "down left", (0, 1, 0): "down", (0, 1, 1): "down right",
}  # fmt: skip


def direction_name(direction: Direction) -> str:
    """A direction in words: one pixel right, down, or a step through slices."""
    if direction in DIRECTION_NAMES:
        return f"1 px {DIRECTION_NAMES[direction]}"
    return "step " + ", ".join(f"{step:+d}" for step in direction) + " (slice, row, column)"


@dataclass(frozen=True)
class Aggregation:
    """How many matrices there are: one per slice, per direction, both, or one in all.

    Parameters
    ----------
    name : str
    title : str
        For readers.
    directions : tuple of Direction
        (2.5D: in slices, all of them counted together.)
    by_slice, by_direction : bool
        Whether each slice, each direction, has a matrix of its own; the features of several are averaged.
    tag : str
        The end of IBSI's names.
    dimensions : {"any", "2D", "3D"}
        Which images it makes sense for.
    default : {"", "2D", "3D"}
        The images whose default set of features uses it.
    """

    name: str
    title: str
    directions: tuple[Direction, ...]
    by_slice: bool
    by_direction: bool
    tag: str
    dimensions: str
    default: str = ""

    def groups(self, depth: int) -> int:
        """The number of matrices of an image of this many slices."""
        return (depth if self.by_slice else 1) * (len(self.directions) if self.by_direction else 1)

    def label(self, group: int, depth: int) -> str:
        """Describe the contents of a matrix."""
        per_slice = len(self.directions) if self.by_direction else 1
        parts = [f"slice {group // per_slice}"] if self.by_slice and depth > 1 else []
        if self.by_direction:
            parts.append(direction_name(self.directions[group % per_slice]))
        return ", ".join(parts)


DIRECTED: Mapping[str, Aggregation] = {
    record.name: record
    for record in (
        Aggregation("2d_averaged", "2D, mean of four directions", FLAT, True, True, "2D_avg", "any", "2D"),
        Aggregation("2d_combined", "2D, four directions counted together", FLAT, True, False, "2D_comb",
                    "any"),
        Aggregation("2_5d_averaged", "2.5D, mean of four directions", FLAT, False, True, "2_5D_avg",
                    "3D"),
        Aggregation("2_5d_combined", "2.5D, four directions counted together", FLAT, False, False, "2_5D_comb",
                    "3D"),
        Aggregation("3d_averaged", "3D, mean of 13 directions", SOLID, False, True, "3D_avg", "3D"),
        Aggregation("3d_combined", "3D, 13 directions counted together", SOLID, False, False, "3D_comb", "3D",
                    "3D"),
        *(
            Aggregation(name.replace(" ", "_"), f"1 px {name}", (direction,), False, False, "", "2D")
            for direction, name in DIRECTION_NAMES.items()
        ),
    )
}  # fmt: skip
"""Aggregations of what has a direction: pairs and runs."""

UNDIRECTED: Mapping[str, Aggregation] = {
    record.name: record
    for record in (
        Aggregation("2d", "2D", FLAT, True, False, "2D", "any", "2D"),
        Aggregation("2_5d", "2.5D", FLAT, False, False, "2_5D", "3D"),
        Aggregation("3d", "3D", SOLID, False, False, "3D", "3D", "3D"),
    )
}
"""Aggregations of what has none: zones and neighborhoods."""
