"""The surface of a mask as triangles (3D) or segments (2D): marching cubes and squares with cuts in the middle.

The table of cases is derived, not copied: on each face of a cube the cut runs around every run of corners inside the
mask (Lorensen and Cline 1987, with the ambiguous faces split), the cuts link into loops, and loops become triangles.
Neighboring cubes see the same cuts on their shared face, so the surface is closed.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
CORNERS = np.array([(z, y, x) for z in (0, 1) for y in (0, 1) for x in (0, 1)])
"""The corners of a cube by number; corner k is bit k of a case."""
# The corners of each face, counterclockwise seen from outside.
_FACES = ((0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5))


def _loops(case: int) -> list[list[Array]]:
    """The closed lines along which the surface cuts a cube, as the middles of its cut edges."""
    follows: dict[frozenset[int], frozenset[int]] = {}
    for face in _FACES:
        inside = [bool(case >> corner & 1) for corner in face]
        if all(inside) or not any(inside):
            continue
        entries = [k for k in range(4) if inside[k] and not inside[k - 1]]
        for start in entries:
            end = start
            while inside[(end + 1) % 4]:
                end += 1
            enter = frozenset((face[start - 1], face[start]))
            leave = frozenset((face[end % 4], face[(end + 1) % 4]))
            follows[leave] = enter
    loops = []
    while follows:
        edge, step = follows.popitem()
        loop = [edge]
        while step != edge:
            loop.append(step)
            step = follows.pop(step)
        points = [CORNERS[sorted(cut)].mean(0) for cut in loop]
        loops.append(max((points[k:] + points[:k] for k in range(len(points))), key=_volume))
    return loops


def _volume(loop: list[Array]) -> float:
    """The volume under the triangles from the first point of a loop; a bent loop takes the fullest of them."""
    return sum(float(np.dot(loop[0] - 0.5, np.cross(b - 0.5, c - 0.5))) for b, c in pairwise(loop[1:]))


@cache
def triangle_table() -> tuple[Array, Array, Array]:
    """The triangles of all 256 cases below one another, where each case begins, and how many it has."""
    triangles: list[Array] = []
    counts = []
    for case in range(256):
        fans = [np.array([loop[0], b, c]) for loop in _loops(case) for b, c in pairwise(loop[1:])]
        counts.append(len(fans))
        triangles += fans
    count = np.array(counts)
    return np.array(triangles), np.cumsum(count) - count, count


def triangles(mask: Array, spacing: Array) -> tuple[Array, Array]:
    """The surface of a mask, shape (t, 3, 3) in units of length, and the case number and place of each cube.

    Parameters
    ----------
    mask : array of bool, shape (d, h, w)
    spacing : array, shape (3,)

    Returns
    -------
    triangles : array, shape (t, 3 corners, 3 coordinates)
        Corners run counterclockwise seen from outside.
    cubes : array of int, shape (t, 4)
        The case and the first corner (slice, row, column) of the cube of each triangle.
    """
    padded = np.pad(mask.astype(np.int64), 1)
    ends = tuple(size - 1 for size in padded.shape)
    case = np.zeros(ends, np.int64)
    for bit, (z, y, x) in enumerate(CORNERS):
        case += padded[z : z + ends[0], y : y + ends[1], x : x + ends[2]] << bit
    table, begin, count = triangle_table()
    cubes = np.argwhere((case > 0) & (case < 255))
    cases = case[tuple(cubes.T)]
    many = count[cases]
    cube = np.repeat(np.arange(len(cubes)), many)
    step = np.arange(len(cube)) - np.repeat(np.cumsum(many) - many, many)
    local = table[begin[cases[cube]] + step]
    origin = cubes[cube] - 1
    return (local + origin[:, None]) * spacing, np.concatenate([cases[cube][:, None], origin], axis=1)


def segments(mask: Array, spacing: Array) -> tuple[Array, Array]:
    """The outline of a flat mask, shape (s, 2 ends, 2 coordinates), and the case and place of each square."""
    padded = np.pad(mask.astype(np.int64), 1)
    height, width = (size - 1 for size in padded.shape)
    corners = ((0, 0), (0, 1), (1, 1), (1, 0))
    case = sum(padded[y : y + height, x : x + width] << bit for bit, (y, x) in enumerate(corners))
    lines, places = [], []
    for number in range(1, 15):
        inside = [bool(number >> k & 1) for k in range(4)]
        here = np.argwhere(case == number)
        for start in (k for k in range(4) if inside[k] and not inside[k - 1]):
            end = start
            while inside[(end + 1) % 4]:
                end += 1
            ends = [(start - 1, start), (end, end + 1)]
            cut = np.array([np.mean([corners[a % 4], corners[b % 4]], axis=0) for a, b in ends])
            lines.append((cut[None] + here[:, None] - 1) * spacing)
            places.append(np.concatenate([np.full((len(here), 1), number), here - 1], axis=1))
    return np.concatenate(lines), np.concatenate(places)
