"""Augmentation: in each epoch the network sees another version of an image, moved, turned, or lit a little differently.

Each record says in one formula what it does: where the pixel at a place comes from, or what becomes of a pixel. The
draws ``u`` and ``v`` of a record lie between -1 and 1 and belong to the row of the data, the epoch and the member, so
that a version is the same for any threads, batches and pauses. All records that move act at once, with one bilinear
interpolation; outside of the image lie the pixels of its border. The engine repeats `augmented`, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError
from glassnet.formulas.language import Expression
from glassnet.formulas.randomness import Purpose, words
from glassnet.formulas.registry import Parameter, Registry, WithParameters
from glassnet.formulas.whole_number import is_whole

Array = NDArray[np.float64]
_DRAWS = 12
"""Draws of an image; what each pixel draws follows after them."""
BELL = 0.006765875086793227
"""One over the deviation of the sum of four bytes, the square root of 21845."""
_PLACE = ("y", "x", "h", "w", "u", "v")
_PIXEL = ("a", "mean", "i", "j", "h", "w", "u", "v", "e")


def _tangent(x: float) -> float:
    """The tangent from exact operations only, so that the bits are the same everywhere."""
    sine = cosine = 0.0
    for k in range(14, -1, -1):
        sine = 1.0 - x * x / ((2 * k + 2) * (2 * k + 3)) * sine if k < 14 else 1.0
        cosine = 1.0 - x * x / ((2 * k + 1) * (2 * k + 2)) * cosine if k < 14 else 1.0
    return x * sine / cosine


@dataclass(frozen=True)
class Augmentation(WithParameters):
    """One way to change an image.

    Parameters
    ----------
    name, summary : str
    rows, columns : Expression or None
        Where the pixel at (y, x) comes from, both counted from the middle of an image of h rows and w columns.
    value : Expression or None
        What becomes of the pixel ``a`` at row i and column j of an image with the given mean; ``e`` is a draw of its
        own, close to a standard normal one.
    draw : int
        Which of the image's draws is ``u``; ``v`` is the one after it.
    phrase : str
        What was drawn, in words: ``u`` and ``v`` times the first parameter, its `size`, `yes` or no, `at` and `beside`
        from 0 to 1.
    parameters : tuple of Parameter

    Examples
    --------
    >>> augmentations.resolve("shift(amount=0.1)").spec
    'shift(amount=0.1)'
    >>> augmented([[0.0, 1.0, 2.0]], (1, 3, 1), ["flip"], seed=1, rows=[2], epoch=0).tolist()
    [[2.0, 1.0, 0.0]]
    """

    name: str
    summary: str
    rows: Expression | None = None
    columns: Expression | None = None
    value: Expression | None = None
    draw: int = 0
    phrase: str = "{name} {u:+.3g}"
    parameters: tuple[Parameter, ...] = ()
    reference: str = ""

    def __post_init__(self) -> None:
        moves = self.rows is not None and self.columns is not None
        if moves == (self.value is not None) or not 0 <= self.draw < _DRAWS - 1:
            raise ConfigurationError(f"The augmentation {self.name!r} needs rows and columns, or a value, and a draw.")
        for formula, names in ((self.rows, _PLACE), (self.columns, _PLACE), (self.value, _PIXEL)):
            if formula is not None:
                formula.check_names([*names, *self.constants], f"augmentation {self.name!r}")

    @property
    def constants(self) -> dict[str, float]:
        """The constants of its formulas: its parameters, and ``turn``, the tangent of half an angle in degrees."""
        values = self.values
        return values | ({"turn": _tangent(values["degrees"] * math.pi / 360)} if "degrees" in values else {})

    @property
    def moves(self) -> bool:
        """Whether it says where pixels come from."""
        return self.value is None


augmentations: Registry[Augmentation] = Registry("augmentation")

augmentations.register(Augmentation(
    "scale", "larger or smaller by up to a share",
    Expression("y / (1 + amount * u)"), Expression("x / (1 + amount * u)"), draw=5,
    parameters=(Parameter("amount", 0.1, "largest change of the size", 0.0, 0.9),),
))  # fmt: skip
augmentations.register(Augmentation(
    "rotation", "turned by up to some degrees",
    Expression("(1 - (turn * u)**2) / (1 + (turn * u)**2) * y - 2 * (turn * u) / (1 + (turn * u)**2) * x"),
    Expression("2 * (turn * u) / (1 + (turn * u)**2) * y + (1 - (turn * u)**2) / (1 + (turn * u)**2) * x"),
    draw=4, phrase="rotation {u:+.3g} degrees", parameters=(Parameter("degrees", 10.0, "largest angle", 0.0, 90.0),),
))  # fmt: skip
augmentations.register(Augmentation(
    "flip", "left and right exchanged in one version of two", Expression("y"), Expression("where(u < 0, -x, x)"),
    draw=2, phrase="{name}: {yes}",
))  # fmt: skip
augmentations.register(Augmentation(
    "flip_rows", "up and down exchanged in one version of two", Expression("where(u < 0, -y, y)"), Expression("x"),
    draw=3, phrase="{name}: {yes}",
))  # fmt: skip
augmentations.register(Augmentation(
    "shift", "moved by up to a share of rows and columns",
    Expression("y + amount * h * u"), Expression("x + amount * w * v"), draw=0,
    phrase="shift {u:+.3g} of the rows and {v:+.3g} of the columns",
    parameters=(Parameter("amount", 0.1, "largest share of the image", 0.0, 0.5),),
))  # fmt: skip
augmentations.register(Augmentation(
    "cutout", "a square becomes the mean of the image",
    value=Expression(
        "where(abs(i + 0.5 - (u + 1) * h / 2) < share * min(h, w) / 2, "
        "where(abs(j + 0.5 - (v + 1) * w / 2) < share * min(h, w) / 2, mean, a), a)"
    ),
    draw=8, phrase="cutout at {at:.2f} of the rows and {beside:.2f} of the columns",
    parameters=(Parameter("share", 0.25, "side of the square over that of the image", 0.0, 1.0),),
    reference="DeVries and Taylor 2017",
))  # fmt: skip
augmentations.register(Augmentation(
    "contrast", "further from the mean of the image or closer to it, by up to a share",
    value=Expression("mean + (a - mean) * (1 + amount * u)"), draw=6,
    parameters=(Parameter("amount", 0.2, "largest share", 0.0, 1.0),),
))  # fmt: skip
augmentations.register(Augmentation(
    "brightness", "brighter or darker by up to an amount, in units of the inputs",
    value=Expression("a + amount * u"), draw=7, parameters=(Parameter("amount", 0.2, "largest change", 0.0),),
))  # fmt: skip
augmentations.register(Augmentation(
    "noise", "each pixel moved by chance, in units of the inputs",
    value=Expression("a + deviation * e"), draw=0, phrase="noise of deviation {size:g}",
    parameters=(Parameter("deviation", 0.05, "standard deviation of the noise", 0.0),),
))  # fmt: skip
ORDER = tuple(augmentations)
"""The built-in records, in the order in which they act."""


def resolve_augmentations(given: Any, owner: str) -> tuple[Augmentation, ...]:
    """Records from names, specs or records, in the order in which they act; each at most once.

    Examples
    --------
    >>> [record.spec for record in resolve_augmentations(["shift", "rotation(degrees=5)"], "Network")]
    ['rotation(degrees=5.0)', 'shift(amount=0.1)']
    """
    listed = () if given is None else (given,) if isinstance(given, (str, Augmentation)) else tuple(given)
    records = [augmentations.resolve(each) for each in listed]
    names = [record.name for record in records]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigurationError(f"{owner}: augmentation has {twice!r} twice. Give it once.")
    known = list(augmentations)
    return tuple(sorted(records, key=lambda record: known.index(record.name) if record.name in known else len(known)))


def strengths(records: Sequence[Augmentation]) -> list[float]:
    """How strongly each built-in record of `ORDER` acts, 0 where it does not: what the engine takes."""
    given = {record.name: record.constants for record in records}
    return [
        0.0 if name not in given else given[name].get("turn", next(iter(given[name].values()), 1.0)) for name in ORDER
    ]


def check_image_shape(shape: Any, n_in: int, owner: str) -> tuple[int, int, int]:
    """The shape of the images to be changed, which must fit the inputs."""
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else ()
    if len(sizes) != 3 or not all(is_whole(n, 1) for n in sizes):
        raise ConfigurationError(
            f"{owner}: augmentation changes images, but their shape is not known. Give layers that look at images, or "
            "image_shape=(rows, columns, channels), such as (28, 28, 1)."
        )
    rows, columns, channels = (int(n) for n in sizes)
    if rows * columns * channels > n_in:
        raise ConfigurationError(
            f"{owner}: image_shape={(rows, columns, channels)} makes {rows * columns * channels} numbers, but each row "
            f"has {n_in}."
        )
    return rows, columns, channels


def augmented(
    X: Any, shape: Sequence[int], given: Any, *, seed: int, rows: Sequence[int], epoch: int, member: int = 0
) -> Array:
    """The versions of images that a network sees in an epoch.

    Parameters
    ----------
    X : array of shape (n, n_in)
        Flat images, the channels of a pixel beside one another; what follows after the pixels stays as it is.
    shape : (rows, columns, channels)
    given : augmentations as `resolve_augmentations` takes them
    seed, member : int
    rows : sequence of int, length n
        The numbers of the images in the data that the network trains on.
    epoch : int
        Counted from 0.
    """
    records, images = resolve_augmentations(given, "augmented"), np.array(X, dtype=np.float64)
    height, width, channels = shape
    n_pixels = height * width * channels
    for r, row in enumerate(rows):
        drawn = words(seed, Purpose.AUGMENTATION, _DRAWS + n_pixels, member=member, epoch=epoch, part=row % 2**24)
        image = images[r, :n_pixels].reshape(height, width, channels)
        u = _between(drawn[:_DRAWS])
        if any(record.moves for record in records):
            image = _move(image, [record for record in records if record.moves], u)
        mean = float(np.cumsum(image)[-1]) / n_pixels
        for record in records:
            if record.value is not None:
                image = _change_pixels(image, record, u, mean, _bell(drawn[_DRAWS:]).reshape(image.shape))
        images[r, :n_pixels] = image.ravel()
    return images


def _move(image: Array, records: Sequence[Augmentation], u: Array) -> Array:
    """The image looked up where its pixels come from, between four neighbors."""
    height, width = image.shape[:2]
    y = np.arange(height)[:, None] - (height - 1) / 2 + np.zeros((1, width))
    x = np.arange(width)[None, :] - (width - 1) / 2 + np.zeros((height, 1))
    for record in records:
        names = {"y": y, "x": x, "h": float(height), "w": float(width), "u": u[record.draw], "v": u[record.draw + 1]}
        assert record.rows is not None
        assert record.columns is not None
        y, x = (
            np.asarray(formula(**{name: names[name] for name in _PLACE}, **record.constants))
            for formula in (record.rows, record.columns)
        )
    places, shares = [], []
    for place, size in ((y, height), (x, width)):
        inside = np.clip(place + (size - 1) / 2, 0.0, size - 1.0)
        low = np.floor(inside).astype(np.intp)
        places.append((low, np.minimum(low + 1, size - 1)))
        shares.append((inside - low)[:, :, None])
    (top, bottom), (left, right) = places
    upper = image[top, left] * (1 - shares[1]) + image[top, right] * shares[1]
    lower = image[bottom, left] * (1 - shares[1]) + image[bottom, right] * shares[1]
    return np.asarray(upper * (1 - shares[0]) + lower * shares[0])


def _change_pixels(image: Array, record: Augmentation, u: Array, mean: float, e: Array) -> Array:
    """The image with its pixels changed."""
    height, width = image.shape[:2]
    assert record.value is not None
    names = {
        "a": image, "mean": mean, "i": np.arange(height, dtype=float)[:, None, None],
        "j": np.arange(width, dtype=float)[None, :, None], "h": float(height), "w": float(width),
        "u": u[record.draw], "v": u[record.draw + 1], "e": e,
    }  # fmt: skip
    return np.asarray(record.value(**names, **record.constants)) + np.zeros_like(image)


def _between(drawn: NDArray[np.uint32]) -> Array:
    """Words as numbers between -1 and 1."""
    return (drawn.astype(np.float64) + 0.5) * 2.0**-31 - 1.0


def _bell(drawn: NDArray[np.uint32]) -> Array:
    """Numbers with mean 0 and deviation 1: the sum of the four bytes of a word, scaled."""
    total = sum((drawn >> np.uint32(8 * k)) & np.uint32(255) for k in range(4))
    return (np.asarray(total, dtype=np.float64) - 510.0) * BELL


def in_words(given: Any, *, seed: int, row: int, epoch: int, member: int = 0) -> list[str]:
    """Describe the draws for an image in an epoch: one phrase for each record."""
    drawn = words(seed, Purpose.AUGMENTATION, _DRAWS, member=member, epoch=epoch, part=row % 2**24)
    u = _between(drawn)
    phrases = []
    for record in resolve_augmentations(given, "augmented"):
        first, second = float(u[record.draw]), float(u[record.draw + 1])
        size = next(iter(record.values.values()), 1.0)
        yes = "yes" if first < 0 else "no"
        phrases.append(record.phrase.format(name=record.name, u=size * first, v=size * second, size=size, yes=yes,
                                       at=(first + 1) / 2, beside=(second + 1) / 2))  # fmt: skip
    return phrases
