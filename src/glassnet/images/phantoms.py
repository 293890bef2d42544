"""Phantoms: lesions on a textured background, of two classes that differ in shape and texture.

Four knobs make them harder for features that a person wrote: position, orientation, appearance, noise. A phantom is a
pure function of its seed, number and knobs: the same pixels in any order, however many are made.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError
from glassnet.formulas.randomness import Purpose, check_seed, normal, uniform
from glassnet.formulas.whole_number import check_whole

Array = NDArray[Any]
CLASSES = ("benign", "malignant")
SMALLEST = 12
_WAVES, _LOBES = 12, 3
_NOISE_MEMBER = 1 << 40  # the pixels' noise is drawn from a separate address


@dataclass(frozen=True)
class Knobs:
    """Amounts of variation between phantoms, from 0 (none) to 1 (the largest possible).

    Parameters
    ----------
    position : float
        How far lesions lie from the center: up to a quarter of the image.
    orientation : float
        By what share of a full turn lesions are turned.
    appearance : float
        How much their size, contrast and background vary; from one half on, lesions may also be dark.
    noise : float
        Standard deviation of the noise of each pixel, in shares of half the gray scale.

    Examples
    --------
    >>> Knobs(noise=0.2)
    Knobs(position=0.0, orientation=0.0, appearance=0.0, noise=0.2)
    """

    position: float = 0.0
    orientation: float = 0.0
    appearance: float = 0.0
    noise: float = 0.05

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise ConfigurationError(f"The knob {name}={value!r} is not a number from 0 to 1.")


@dataclass(frozen=True)
class Phantoms:
    """Images with what is true of them.

    Parameters
    ----------
    images : array of uint8, shape (n, size, size)
    labels : array of int, shape (n,)
        0: benign (a smooth ellipse with even texture); 1: malignant (lobed, with fine texture).
    masks : array of bool, shape (n, size, size)
        Where the lesion is.
    """

    images: Array
    labels: Array
    masks: Array

    @property
    def names(self) -> list[str]:
        """The class of each image in words."""
        return [CLASSES[label] for label in self.labels]


def phantoms(count: int, *, size: int = 28, knobs: Knobs | None = None, seed: int = 0, first: int = 0) -> Phantoms:
    """Draw phantoms, half of each class, in turn.

    The lesion of phantom i is ``rho(angle) = radius * (1 + lobes * sin(3 * angle) + ...)`` around its center, elongated
    along its axis; inside, the benign texture has long waves and the malignant one short waves.

    Parameters
    ----------
    count : int
    size : int, default 28
        Rows and columns.
    knobs : Knobs, optional
    seed : int, default 0
    first : int, default 0
        The number of the first phantom: the same as leaving out this many of a larger set.

    Returns
    -------
    Phantoms

    Examples
    --------
    >>> made = phantoms(4, seed=7)
    >>> made.images.shape, made.names
    ((4, 28, 28), ['benign', 'malignant', 'benign', 'malignant'])
    >>> bool((phantoms(1, seed=7, first=3).images[0] == made.images[3]).all())
    True
    """
    knobs, seed = knobs or Knobs(), check_seed(seed)
    for name, value, least in (("count", count, 1), ("size", size, SMALLEST), ("first", first, 0)):
        check_whole(name, value, least)
    number = np.arange(first, first + count)
    labels = number % 2
    u = uniform(seed, Purpose.PHANTOM, 8 + 6 * _WAVES + _LOBES, member=number)
    angle, row, column, radius, contrast, level, dark = (part[:, None, None] for part in u[:, :7].T)
    grid = (np.arange(size) + 0.5) / size - 0.5
    y = grid[None, :, None] - (row - 0.5) / 2 * knobs.position
    x = grid[None, None, :] - (column - 0.5) / 2 * knobs.position
    turn = 2 * np.pi * (angle - 0.5) * knobs.orientation
    along, across = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    malignant = labels[:, None, None] == 1
    distance, lesion = _lesion(along, across, malignant, u[:, 8 + 6 * _WAVES :], radius, knobs.appearance)
    depth = (0.28 + 0.24 * (contrast - 0.5) * knobs.appearance) * np.where(dark < 0.5 * _beyond(knobs), -1.0, 1.0)
    waves = u[:, 8 : 8 + 6 * _WAVES].reshape(count, 2, _WAVES, 3)
    grain = np.where(malignant, _texture(x, y, waves[:, 0], 5.0, 9.0), _texture(x, y, waves[:, 0], 1.0, 2.5))
    ground = _texture(x, y, waves[:, 1], 1.5, 5.0)
    value = 0.42 + 0.16 * (level - 0.5) * knobs.appearance + 0.05 * ground
    edge = 1 / (1 + np.exp(np.clip(-8 * distance, -60, 60)))
    value = value + edge * (depth + 0.07 * grain)
    value = value + 0.5 * knobs.noise * normal(
        seed, Purpose.PHANTOM, size * size, member=number + _NOISE_MEMBER
    ).reshape(count, size, size)
    return Phantoms(np.round(255 * np.clip(value, 0, 1)).astype(np.uint8), labels, lesion)


def _beyond(knobs: Knobs) -> float:
    """How far appearance is turned beyond one half, from 0 to 1: the share of lesions that may be dark."""
    return max(0.0, 2 * knobs.appearance - 1)


def _lesion(
    along: Array, across: Array, malignant: Array, u: Array, radius: Array, appearance: float
) -> tuple[Array, Array]:
    """How deep in the lesion each pixel lies, in shares of its radius, and whether it lies in it."""
    direction = np.arctan2(across * 1.35, along)
    reach = 0.2 * (1 + 0.5 * (radius - 0.5) * appearance)
    wobble = sum((0.5 + u[:, k, None, None]) * np.sin((k + 3) * direction + 0.7 * k) for k in range(_LOBES))
    outline = 1 + np.where(malignant, 0.16, 0.0) * wobble
    distance = outline - np.hypot(along, across * 1.35) / reach
    return distance, distance > 0


def _texture(x: Array, y: Array, waves: Array, low: float, high: float) -> Array:
    """Waves of random direction, length (low to high cycles per image) and phase; their standard deviation is 1."""
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape))
    for k in range(waves.shape[1]):
        direction, frequency, phase = (waves[:, k, part, None, None] for part in range(3))
        cycles = 2 * np.pi * (low + (high - low) * frequency)
        total += np.sin(cycles * (np.cos(np.pi * direction) * x + np.sin(np.pi * direction) * y) + 2 * np.pi * phase)
    return np.asarray(total * np.sqrt(2 / waves.shape[1]))
