"""Places: the one grammar of the names of numbers, such as ``W2[1,0,3,5]``, ``b1[2]``, ``z1[0,2]`` or ``x[4,0,3,5]``.

A name is a letter, the layer (from 1; none for what belongs to no layer) and indices from 0. What is computed for each
row has the row as its first index. A number of an image or feature map is counted as the field does: channel, row,
column; a number beside the image by its own count. Around a name may stand what is asked of it: ``dL/dW1[0,2]`` (the
slope of the loss), ``new W1[0,2]`` (after the step), ``relu'(z1[0,2])`` (the slope of an activation there) and
``m(W1[0,2])`` (what an optimizer remembers).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache

LETTERS = ("keep", "risk", "tied", "share", *"xWVbmszafypwδℓ")
"""The letters that begin names: inputs, weights, free weights, biases, mixes, scales, pre-activations, activations, raw
predictions, targets, predictions, row weights, error signals, row losses; what dropout keeps; and of Cox's loss the sum
over the risk set of an event, over those tied with it, and the share of a row in it, ``share[event,row]``."""

_INDEX = r"[^\[\],]{1,24}"
_NAME = re.compile(
    rf"\s*(?P<letter>{'|'.join(LETTERS)})(?P<layer>\d{{0,5}})\s*\[(?P<index>{_INDEX}(?:,{_INDEX}){{0,5}})\]\s*"
)
_AROUND = re.compile(r"(?P<slope>dL/d)(?P<of>.+)|(?P<new>new) (?P<what>.+)|(?P<role>[a-zA-Z_0-9]+'?)\((?P<inside>.+)\)")


@dataclass(frozen=True)
class Place:
    """The place of one number.

    Attributes
    ----------
    letter : str
        One of `LETTERS`.
    layer : int
        From 1; 0 without one.
    index : tuple of int (of str in rules, such as ``W1[i,2]``)
    role : str
        What is asked of it: ``""`` the number itself, ``"dL/d"``, ``"new"``, ``"relu'"``, or the name of a state.

    Examples
    --------
    >>> Place.read("W2[1,0,3,5]")
    Place(letter='W', layer=2, index=(1, 0, 3, 5), role='')
    >>> str(Place.read("relu'(z1[ 0, 2 ])"))
    "relu'(z1[0,2])"
    >>> print(Place.read("W1(0)"))
    None
    """

    letter: str
    layer: int
    index: tuple[int | str, ...]
    role: str = ""

    @classmethod
    def read(cls, text: object, *, symbols: bool = False) -> Place | None:
        """Read a name; None if it is not one. With `symbols` indices may be letters or sums, as in rules."""
        return _read(text, symbols) if isinstance(text, str) and len(text) <= 200 else None

    @property
    def numbers(self) -> tuple[int, ...]:
        """The indices as numbers."""
        return tuple(int(part) for part in self.index)

    @property
    def kind(self) -> str:
        """The letter; ``"slope"`` for the slope of an activation, ``"dL/da"`` for a slope of the loss along it."""
        if self.role.endswith("'"):
            return "slope"
        return f"{self.role}{self.letter}" if self.role == "dL/d" else self.letter

    @property
    def plain(self) -> Place:
        """The number itself, whatever was asked of it."""
        return replace(self, role="")

    def __str__(self) -> str:
        layer = self.layer if self.layer or self.letter == "keep" else ""  # keep0 belongs to the inputs
        bare = f"{self.letter}{layer}[{','.join(map(str, self.index))}]"
        if not self.role:
            return bare
        if self.role in ("dL/d", "new"):
            return f"dL/d{bare}" if self.role == "dL/d" else f"new {bare}"
        return f"{self.role}({bare})"


@lru_cache(maxsize=4096)  # a run that plays writes the same names in every frame
def _read(text: str, symbols: bool) -> Place | None:
    """Read a name."""
    match = _NAME.fullmatch(text)
    if match is None:
        around = _AROUND.fullmatch(text)
        if around is None:
            return None
        inside = _read(around["of"] or around["what"] or around["inside"], symbols)
        role = around["slope"] or around["new"] or around["role"]
        return None if inside is None or inside.role else replace(inside, role=role)
    parts = [part.strip() for part in match["index"].split(",")]
    if all(part.isascii() and part.isdigit() for part in parts):
        return Place(match["letter"], int(match["layer"] or 0), tuple(map(int, parts)))
    return Place(match["letter"], int(match["layer"] or 0), tuple(parts)) if symbols else None


def index_in(shape: tuple[int, ...], number: int) -> tuple[int, ...]:
    """The indices of a number of a flat row: (channel, row, column) in an image, or its position after it.

    Examples
    --------
    >>> index_in((8, 8, 2), 1), index_in((8, 8, 2), 130), index_in((5,), 3)
    ((1, 0, 0), (2,), (3,))
    """
    if len(shape) != 3:
        return (number,)
    if number >= math.prod(shape):
        return (number - math.prod(shape),)
    pixel, channel = divmod(number, shape[2])
    return (channel, *divmod(pixel, shape[1]))


def number_in(shape: tuple[int, ...], n_carried: int, index: tuple[int, ...]) -> int | None:
    """The number of a flat row at indices; None if there is none.

    Examples
    --------
    >>> number_in((8, 8, 2), 3, (1, 0, 0)), number_in((8, 8, 2), 3, (2,)), number_in((5,), 0, (5,))
    (1, 130, None)
    """
    if len(shape) != 3:
        return index[0] if len(index) == 1 and 0 <= index[0] < math.prod(shape) + n_carried else None
    if len(index) == 1:
        return math.prod(shape) + index[0] if 0 <= index[0] < n_carried else None
    rows, columns, channels = shape
    if len(index) != 3 or not all(0 <= i < n for i, n in zip(index, (channels, rows, columns), strict=True)):
        return None
    return (index[1] * columns + index[2]) * channels + index[0]


def pixel_name(shape: tuple[int, ...], number: int) -> str:
    """A number of an image in words.

    Examples
    --------
    >>> pixel_name((8, 8, 1), 9), pixel_name((8, 8, 3), 9)
    ('pixel 1,1', 'pixel 0,3 of channel 0')
    """
    channel, row, column = index_in(shape, number)
    return f"pixel {row},{column}" + (f" of channel {channel}" if shape[2] > 1 else "")


def pixel_names(shape: tuple[int, ...], n_carried: int) -> tuple[str, ...]:
    """Names of the inputs of an image network: the pixels, then the other inputs.

    Examples
    --------
    >>> pixel_names((1, 2, 1), 1)
    ('pixel 0,0', 'pixel 0,1', 'x0')
    """
    pixels = tuple(pixel_name(shape, number) for number in range(math.prod(shape)))
    return (*pixels, *(f"x{i}" for i in range(n_carried)))


def shape_text(shape: tuple[int, ...], n_carried: int = 0) -> str:
    """A shape in words.

    Examples
    --------
    >>> shape_text((8, 8, 1)), shape_text((8, 8, 1), 3), shape_text((5,))
    ('8 x 8 x 1', '8 x 8 x 1 and 3 beside', '5')
    """
    return " x ".join(map(str, shape)) + (f" and {n_carried} beside" if n_carried else "")
