"""Identical and nearly identical images, found before anything is split, and patients named in file names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.images.reading.picture import Picture

Array = NDArray[Any]
SIDE = 16
"""Rows and columns of the small copy that near-duplicates are compared by."""
FAR = 12
"""Bits of the 240 of a difference hash (where a small copy grows brighter to the right) that may differ."""
NEIGHBORS = 8
"""How many of the nearest images each image is compared with."""
CLOSE = 3.0
"""Mean difference of the small copies of near-duplicates, where an image goes from 0 to 255."""
_PATIENT = re.compile(r"(?i)(?:^|[^a-z])(?:patient|person|subject|subj|sub|pat|case|pid|p)[-_ ]?0*([0-9]+)(?![0-9])")


class Likenesses:
    """Finds images that are the same or nearly so; holds some hundred bytes per image.

    Two images are identical when their size and all pixels are equal. They are nearly identical when at most `FAR` of
    the 240 bits of their difference hash differ and their 16 x 16 copies, stretched from 0 to 255, differ by at most
    `CLOSE` in the mean: re-encoded, resized or slightly brightened copies. Images of one value are only compared
    exactly.

    Examples
    --------
    >>> from glassnet.images.reading.picture import Picture
    >>> likenesses = Likenesses()
    >>> ramp = np.arange(400.0).reshape(1, 20, 20, 1)
    >>> for name, pixels in (("a", ramp), ("b", ramp), ("c", ramp[:, ::-1])):
    ...     likenesses.add(Picture(name, pixels))
    >>> likenesses.groups()
    ([0, 0, 2], 1, 0)
    """

    def __init__(self) -> None:
        self._exact: list[bytes] = []
        self._small: list[Array] = []
        self._plain: list[bool] = []

    def add(self, picture: Picture) -> None:
        """Take one more image into the comparison."""
        digest = hashlib.blake2b(np.ascontiguousarray(picture.pixels).data, digest_size=16)
        digest.update(repr((picture.pixels.shape, picture.pixels.dtype.str)).encode())
        self._exact.append(digest.digest())
        small = _small(picture.gray[len(picture.pixels) // 2])
        low, high = small.min(), small.max()
        self._plain.append(not high > low)
        scaled = (small - low) * (255 / (high - low)) if high > low else np.zeros_like(small)
        self._small.append(np.round(scaled).astype(np.uint8))

    def groups(self) -> tuple[list[int], int, int]:
        """For each image the first that it is like, the number of exact copies, and that of near ones."""
        first: dict[bytes, int] = {}
        leader = [first.setdefault(digest, number) for number, digest in enumerate(self._exact)]
        copies = sum(number != like for number, like in enumerate(leader))
        kept = [number for number, like in enumerate(leader) if number == like and not self._plain[number]]
        near = _near(np.array([self._small[number] for number in kept]).reshape(-1, SIDE, SIDE))
        merged = {kept[place]: kept[like] for place, like in enumerate(near)}
        groups = [merged.get(like, like) for like in leader]
        return groups, copies, sum(place != like for place, like in enumerate(near))


def _small(gray: Array) -> Array:
    """Means over a grid of 16 x 16 (of pixels repeated where there are fewer)."""
    values = np.nan_to_num(gray.astype(np.float64))
    for axis in (0, 1):
        if values.shape[axis] < SIDE:
            values = np.repeat(values, -(-SIDE // values.shape[axis]), axis)
        edges = np.arange(SIDE) * values.shape[axis] // SIDE
        counts = np.diff(edges, append=values.shape[axis])
        values = np.add.reduceat(values, edges, axis) / np.expand_dims(counts, 1 - axis)
    return values


def _near(small: Array) -> list[int]:
    """For each small copy the first that it nearly equals, links followed."""
    from scipy.spatial import KDTree

    links = Links(len(small))
    if len(small) > 1:
        # Copies that differ by at most CLOSE in the mean differ by no more in the sum over 16 blocks of 4 x 4.
        coarse = small.reshape(-1, 4, SIDE // 4, 4, SIDE // 4).mean((2, 4)).reshape(len(small), -1)
        _, others = KDTree(coarse).query(coarse, NEIGHBORS + 1, p=1, distance_upper_bound=16 * CLOSE + 1e-9)
        place, column = np.nonzero(others < len(small))
        other = others[place, column]
        place, other = place[place < other], other[place < other]
        for start in range(0, len(place), 4096):  # blocks, so that a large set needs no copy of all pairs
            a, b = small[place[start : start + 4096]], small[other[start : start + 4096]]
            alike = np.abs(a.astype(np.int16) - b).mean((1, 2)) <= CLOSE
            alike &= ((a[:, :, 1:] > a[:, :, :-1]) != (b[:, :, 1:] > b[:, :, :-1])).sum((1, 2)) <= FAR
            for number in np.flatnonzero(alike) + start:
                links.join(int(place[number]), int(other[number]))
    return [links.first(place) for place in range(len(small))]


class Links:
    """Things joined into groups; each group is named by its first member."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def first(self, place: int) -> int:
        """The first member of the group."""
        while self._parent[place] != place:
            self._parent[place] = self._parent[self._parent[place]]
            place = self._parent[place]
        return place

    def join(self, one: int, other: int) -> None:
        """Make one group of two."""
        a, b = sorted((self.first(one), self.first(other)))
        self._parent[b] = a


def patients(names: Sequence[str]) -> list[str] | None:
    """The patient that each file name seems to belong to, or None when the names do not say.

    A word such as patient, person, subject or case with a number after it says it: ``person63_bacteria_306.jpeg``. The
    names say something when at least nine of ten hold one and at least one repeats.

    Examples
    --------
    >>> patients(["ill/person63_1.png", "ill/person63_2.png", "well/person7_1.png"])
    ['63', '63', '7']
    >>> patients(["a.png", "b.png"]) is None
    True
    """
    matches = [_PATIENT.search(name.rsplit("/", 1)[-1]) for name in names]
    numbers = [match.group(1) if match else f"file {name}" for match, name in zip(matches, names, strict=True)]
    n_matches = sum(match is not None for match in matches)
    return numbers if n_matches >= 0.9 * len(names) and len(set(numbers)) < len(numbers) else None


def combined(*sides: Iterable[Any] | None) -> list[int]:
    """One group number per image, such that images that share a group on any side share it here.

    Examples
    --------
    >>> combined(["a", "a", "b", "c"], [1, 2, 2, 3])
    [1, 1, 1, 2]
    """
    columns = [list(side) for side in sides if side is not None]
    links = Links(len(columns[0]))
    for column in columns:
        seen: dict[Any, int] = {}
        for place, value in enumerate(column):
            if value is not None:
                links.join(seen.setdefault(value, place), place)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(links.first(place), len(numbers) + 1) for place in range(len(columns[0]))]


@dataclass(frozen=True)
class Grouping:
    """Which images belong together.

    Parameters
    ----------
    groups : tuple of int, optional
        One number per image, counted from 1; equal for images of one patient and for copies. None where every image
        stands alone.
    copies, near_copies : int
        Images that an earlier one equals, or nearly equals.
    by_patient : str
        Where patients were found: "file names", "DICOM headers" or nowhere.
    """

    groups: tuple[int, ...] | None
    copies: int
    near_copies: int
    by_patient: str

    @classmethod
    def of(
        cls, names: Sequence[str], patient: Sequence[str | None], likenesses: Likenesses, kept: Sequence[int]
    ) -> Grouping:
        """The groups of the kept images from their names, the patients of their headers, and their likeness."""
        like, copies, near = likenesses.groups()
        ids = patient if any(patient) else patients(names)
        known = [person for person in ids or () if person is not None]
        repeated = len(set(known)) < len(known)
        groups = combined([like[place] for place in kept], ids if repeated else None)
        where = "DICOM headers" if any(patient) else "file names"
        alone = not (repeated or copies or near)
        return cls(None if alone else tuple(groups), copies, near, where if repeated else "")
