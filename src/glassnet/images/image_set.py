"""`image_set`: images of one size in one array, with labels, masks, groups, and what was done to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, DataError, nearest
from glassnet.images.reading.fitting import RULES, fitted, fitted_mask
from glassnet.images.reading.likeness import Grouping, Likenesses
from glassnet.images.reading.picture import CannotRead, Picture, Unread

Array = NDArray[Any]
COLORS = ("auto", "gray", "color")


@dataclass(frozen=True)
class ImageSet:
    """Images of one size.

    Parameters
    ----------
    names : tuple of str
    pixels : array, shape (n, rows, columns, 1 or 3)
    labels : tuple of str or None
    masks : array of bool, shape (n, rows, columns), optional
    grouping : Grouping
    unread : tuple of Unread
        What gave no image, and why.
    identifying : mapping of str to int
        Header fields that can identify a person -> number of images in which they are filled.
    remarks : mapping of str to int
        What was done to images -> how many.
    """

    names: tuple[str, ...]
    pixels: Array
    labels: tuple[str | None, ...]
    masks: Array | None
    grouping: Grouping
    unread: tuple[Unread, ...] = ()
    identifying: Mapping[str, int] = field(default_factory=dict)
    remarks: Mapping[str, int] = field(default_factory=dict)


def image_set(
    pictures: Iterable[Picture | Unread], *, size: tuple[int, int] | None = None, rule: str = "resize",
    color: str = "auto", memory_limit: float | None = None, progress: Callable[[int], None] | None = None,
) -> ImageSet:  # fmt: skip
    """Bring flat images to one size and one count of channels, by rules that are reported.

    Parameters
    ----------
    pictures : iterable of Picture or Unread
        What `read_images` gives.
    size : pair of int, optional
        Rows and columns; the most frequent size when left out (with ``rule="pad"``: the largest rows and columns).
    rule : {"resize", "pad"}
        How images of another size come to it. Proportions are kept: the rest is filled with the smallest value.
    color : {"auto", "gray", "color"}
        Auto keeps colors when all images have them, and makes all gray when only some do.
    memory_limit : float, optional
        Bytes that the pixels may take.
    progress : callable, optional
        Called with the number of files that are done.

    Returns
    -------
    ImageSet

    Raises
    ------
    ConfigurationError
        When a setting is unknown.
    DataError
        When there is no image, or they take more than the memory limit.

    Examples
    --------
    >>> from glassnet.images.reading.archive import from_arrays
    >>> made = image_set(from_arrays(np.zeros((2, 5, 4), np.uint8)), size=(8, 8))
    >>> made.pixels.shape, dict(made.remarks)
    ((2, 8, 8, 1), {'scaled by one factor until they just fit, then centered on their smallest value': 2})
    """
    for name, value, known in (("rule", rule, tuple(RULES)), ("color", color, COLORS)):
        if value not in known:
            raise ConfigurationError(f"{name}={value!r} is unknown. {nearest(value, known)}")
    if size is not None and not (len(size) == 2 and all(isinstance(side, int) and side > 0 for side in size)):
        raise ConfigurationError(f"size={size!r} must be two positive whole numbers: rows and columns.")
    unread: list[Unread] = []
    kept: list[Picture] = []
    taken = 0
    for done, picture in enumerate(pictures, 1):
        if isinstance(picture, Unread):
            unread.append(picture)
        elif not picture.flat:
            unread.append(Unread(picture.name, f"a volume of {len(picture.pixels)} slices; choose one slice"))
        else:
            kept.append(picture)
            taken += picture.pixels.nbytes
            if memory_limit is not None and taken > memory_limit:
                raise DataError(
                    f"The first {len(kept)} images take {taken / 1e6:.0f} MB; the limit is "
                    f"{memory_limit / 1e6:.0f} MB. Give a smaller size of images, fewer of them, or a higher limit."
                )
        if progress is not None:
            progress(done)
    if not kept:
        raise DataError("There is no image in the set. Give a folder of images, an image, or a .npz file.")
    return _stack(kept, unread, size or _usual_size(kept, rule), rule, color)


def _usual_size(pictures: list[Picture], rule: str) -> tuple[int, int]:
    """The most frequent size, the larger of equals; or the one that all images can be padded to."""
    sizes = Counter(picture.pixels.shape[1:3] for picture in pictures)
    if rule == "pad":
        return max(height for height, _ in sizes), max(width for _, width in sizes)
    height, width = max(sizes, key=lambda size: (sizes[size], size))
    return height, width


def _stack(pictures: list[Picture], unread: list[Unread], size: tuple[int, int], rule: str, color: str) -> ImageSet:
    """The images in one array, with what was done to them counted."""
    survey = Survey()
    for picture in pictures:
        survey.add(picture)
    stack = Stack(survey, size, rule, color)
    for picture in pictures:
        stack.add(picture)
    return stack.result(unread)


class Survey:
    """The facts about all flat images that are needed before the first of them is scaled.

    Attributes
    ----------
    sizes : Counter of (rows, columns)
    """

    def __init__(self) -> None:
        self.sizes: Counter[tuple[int, int]] = Counter()
        self._colored = 0
        self._kinds: tuple[set[Any], set[Any]] = set(), set()

    def add(self, picture: Picture) -> None:
        """Take one more image into account."""
        colored = picture.pixels.shape[3] == 3
        self.sizes[picture.pixels.shape[1:3]] += 1
        self._colored += colored
        self._kinds[0].add(picture.pixels.dtype)
        self._kinds[1].add(np.dtype(np.float64) if colored else picture.pixels.dtype)

    @property
    def n_images(self) -> int:
        """How many there are."""
        return self.sizes.total()

    def keeps_color(self, color: str) -> bool:
        """Whether the images are kept in color."""
        return color == "color" or (color == "auto" and self._colored == self.n_images)

    def array(self, size: tuple[int, int], color: str) -> tuple[tuple[int, int, int, int], Any]:
        """Shape and type of one array that holds them all."""
        kept = self.keeps_color(color)
        return (self.n_images, *size, 3 if kept else 1), np.result_type(*self._kinds[0 if kept else 1])

    def made_gray(self, color: str) -> int:
        """How many lose their colors."""
        return 0 if self.keeps_color(color) else self._colored


class Stack:
    """Collects the images of a survey one at a time, and keeps only a copy of each in one size.

    Parameters
    ----------
    survey : Survey
    size : (rows, columns)
    rule, color : str
        As in `image_set`.
    room : callable, optional
        ``room(shape, dtype)`` gives the array to fill, which may lie in a file.
    smaller : sequence of (rows, columns), optional
        Further sizes of which copies are kept.
    """

    def __init__(
        self, survey: Survey, size: tuple[int, int], rule: str, color: str, room: Callable[..., Array] = np.empty,
        smaller: Sequence[tuple[int, int]] = (),
    ) -> None:  # fmt: skip
        self._size, self._rule, self._color = size, rule, survey.keeps_color(color)
        self._remarks: Counter[str] = Counter()
        if lost := survey.made_gray(color):
            self._remarks["made gray: red, green and blue weighted .299, .587, .114"] = lost
        self._pixels = room(*survey.array(size, color))
        self._smaller = [room(*survey.array(size, color)) for size in smaller]
        self._likenesses, self._kept = Likenesses(), list[Picture]()
        self._masks: list[Array | None] = []
        self._misfits: list[Unread] = []

    def add(self, picture: Picture) -> None:
        """Take one image."""
        self._remarks.update(picture.remarks)
        image = picture.pixels[0] if self._color or picture.pixels.shape[3] == 1 else picture.gray[0][..., None]
        try:
            pixels = fitted(image, self._size, self._rule)
        except CannotRead as error:
            self._misfits.append(Unread(picture.name, str(error)))
            return
        self._remarks[RULES[self._rule]] += image.shape[:2] != self._size
        self._pixels[len(self._kept)] = pixels
        for copies in self._smaller:
            copies[len(self._kept)] = fitted(image, copies.shape[1:3], self._rule)
        self._masks.append(None if picture.mask is None else fitted_mask(picture.mask[0], self._size, self._rule))
        self._likenesses.add(picture)
        shape_alone = np.empty((0, *picture.pixels.shape[1:]))  # a part of the pixels would keep them all in memory
        self._kept.append(replace(picture, pixels=shape_alone, mask=None))

    @property
    def smaller(self) -> tuple[Array, ...]:
        """The copies in further sizes."""
        return tuple(copies[: len(self._kept)] for copies in self._smaller)

    def result(self, unread: list[Unread]) -> ImageSet:
        """The set, with the files that could not be read."""
        kept, unread = self._kept, [*unread, *self._misfits]
        if not kept:
            raise DataError(f"No image is left: {unread[-1].name}: {unread[-1].reason}. Give a larger size.")
        names = [picture.name for picture in kept]
        groups = [picture.group for picture in kept]
        grouping = Grouping.of(names, groups, self._likenesses, list(range(len(kept))))
        marked = [mask for mask in self._masks if mask is not None]
        return ImageSet(
            tuple(names), self._pixels[: len(kept)], tuple(picture.label for picture in kept),
            np.stack(marked) if len(marked) == len(kept) else None, grouping, tuple(unread),
            dict(Counter(name for picture in kept for name in picture.identifying)),
            {remark: count for remark, count in self._remarks.items() if count},
        )  # fmt: skip
