"""Windows that slide over an image, and the layers that look through them.

A window has a place (row, column) in what leaves the layer and taps: the pixels of the image that it covers. Pixels
outside of the image (padding) count as nothing. What stands beside the image is carried past, each number a copy.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, ShapeError
from glassnet.layers.arrays import Array, Integers, pair
from glassnet.layers.links import Links
from glassnet.layers.place import shape_text
from glassnet.layers.spec import Backward, LayerSpec, Rule, Shape

Pair = tuple[int, int]
_AXES = ("rows", "columns")


@dataclass(frozen=True)
class Windows:
    """The positions of windows of one size on an image; all pairs are (rows, columns).

    Parameters
    ----------
    image, size, stride, dilation : tuple of int
        The tap (i, j) of the window at (y, x) covers pixel ``(y * stride + i * dilation - before, ...)``.
    before, after : tuple of int
        Padding above and left, and below and right.

    Examples
    --------
    >>> windows = Windows((28, 28), (5, 5), (1, 1), (1, 1), (0, 0), (0, 0))
    >>> windows.places, windows.arithmetic(0)
    ((24, 24), '28 - 5 + 1 = 24 rows')
    >>> windows.taps[0, :3].tolist()
    [0, 1, 2]
    """

    image: Pair
    size: Pair
    stride: Pair
    dilation: Pair
    before: Pair
    after: Pair

    @classmethod
    def over(cls, image: Pair, size: Pair, stride: Pair, padding: Any, dilation: Pair) -> Windows:
        """Windows with padding ``"valid"`` (none), ``"same"`` (as many places as pixels over the stride), or pixels."""
        before, after = [0, 0], [0, 0]
        for axis in (0, 1):
            if padding == "same":
                extent = (size[axis] - 1) * dilation[axis] + 1
                total = max(0, (-(-image[axis] // stride[axis]) - 1) * stride[axis] + extent - image[axis])
                before[axis], after[axis] = total // 2, total - total // 2
            elif padding != "valid":
                before[axis] = after[axis] = padding[axis]
        return cls(image, size, stride, dilation, (before[0], before[1]), (after[0], after[1]))

    @property
    def extent(self) -> Pair:
        """Rows and columns from the first tap to the last, both counted."""
        return (self.size[0] - 1) * self.dilation[0] + 1, (self.size[1] - 1) * self.dilation[1] + 1

    @property
    def places(self) -> Pair:
        """The number of windows vertically and horizontally; below 1 if none fits."""
        counts = [
            (self.image[k] + self.before[k] + self.after[k] - self.extent[k]) // self.stride[k] + 1 for k in (0, 1)
        ]
        return counts[0], counts[1]

    def arithmetic(self, axis: int) -> str:
        """How the number of rows (0) or columns (1) comes about."""
        padded = "".join(f" + {p}" for p in (self.before[axis], self.after[axis]) if p)
        size, step, apart = self.size[axis], self.stride[axis], self.dilation[axis]
        extent = f"({size} - 1) * {apart} - 1" if apart > 1 else str(size)
        body = f"{self.image[axis]}{padded} - {extent}"
        body = f"({body}) // {step}" if step > 1 else body
        return f"{body} + 1 = {self.places[axis]} {_AXES[axis]}"

    @cached_property
    def taps(self) -> Integers:
        """The pixel under each tap, row by row, shape (places, taps); -1 outside of the image."""
        rows, columns = (
            np.arange(self.places[k])[:, None] * self.stride[k]
            + np.arange(self.size[k])[None, :] * self.dilation[k]
            - self.before[k]
            for k in (0, 1)
        )
        inside = (
            ((rows >= 0) & (rows < self.image[0]))[:, None, :, None]
            & ((columns >= 0) & (columns < self.image[1]))[None, :, None, :]
        )  # fmt: skip
        pixels = rows[:, None, :, None] * self.image[1] + columns[None, :, None, :]
        taps: Integers = np.where(inside, pixels, -1).reshape(math.prod(self.places), math.prod(self.size))
        return taps

    def pixels_seen(self, axis: int) -> Integers:
        """How many of its rows (0) or columns (1) each window has on the image, shape (places,)."""
        first = np.arange(self.places[axis])[:, None] * self.stride[axis] - self.before[axis]
        pixels = first + np.arange(self.size[axis])[None, :] * self.dilation[axis]
        counts: Integers = ((pixels >= 0) & (pixels < self.image[axis])).sum(axis=1)
        return counts

    def over_tap(self, axis: int, place: int | str, tap: str) -> str:
        """The row or column under a tap in symbols, for example ``2y+dy-1``."""
        step, apart, before = self.stride[axis], self.dilation[axis], self.before[axis]
        first = place * step - before if isinstance(place, int) else -before
        parts = [] if isinstance(place, int) else [f"{step if step > 1 else ''}{place}"]
        return _add_constant([*parts, f"{apart if apart > 1 else ''}{tap}"], first)

    def tap_over(self, axis: int, pixel: int, place: str) -> str:
        """The tap of the window at a place (a symbol) that covers a pixel, for example ``5-2y``."""
        step, apart, before = self.stride[axis], self.dilation[axis], self.before[axis]
        text = f"{pixel + before}-{step if step > 1 else ''}{place}"
        return f"({text})/{apart}" if apart > 1 else text


def _add_constant(parts: list[str], constant: int) -> str:
    """A sum in symbols with a constant, which is left out where it is 0."""
    text = "+".join(parts)
    return text if constant == 0 else f"{text}{constant:+d}"


class Windowed(LayerSpec):
    """A layer that looks through windows at an image; its kinds say what they make of what they see.

    Parameters
    ----------
    size, stride : int or (rows, columns)
    padding : "same", "valid", int or (rows, columns)
    dilation : int or (rows, columns)
        Distance of neighboring taps.
    channel_dropout : bool
        Whether dropout of what enters drops whole channels.
    settings
        As `LayerSpec` takes them.
    """

    size: Pair | None
    stride: Pair
    padding: str | Pair
    dilation: Pair

    def __init__(
        self, size: Any, stride: Any, padding: Any, dilation: Any = 1, *, channel_dropout: bool = False, **settings: Any
    ) -> None:
        super().__init__(**settings)
        name = type(self).__name__
        if padding not in ("same", "valid"):
            if isinstance(padding, str):
                raise ConfigurationError(
                    f"{name}: padding={padding!r} is not 'same', 'valid' or a number of pixels. Write padding='same' "
                    "to keep the size of the image."
                )
            padding = pair(padding, f"{name}: padding", 0)
        self._set(
            size=None if size is None else pair(size, f"{name}: size"), stride=pair(stride, f"{name}: stride"),
            padding=padding, dilation=pair(dilation, f"{name}: dilation"), channel_dropout=bool(channel_dropout),
        )  # fmt: skip

    # ---- what each kind says ----------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def channels_out(self) -> int:
        """Channels of what leaves."""

    @abstractmethod
    def look(self, seen: Array, weights: Array, biases: Array) -> Array:
        """``z`` (n, places, channels_out) of what the windows see (n, places, taps, channels); 0 outside."""

    @abstractmethod
    def look_back(self, delta: Array, seen: Array, weights: Array) -> tuple[Array, Array, Array]:
        """The gradients with respect to what is seen, weights and biases; shapes as in `look`."""

    @abstractmethod
    def seen_by(self, place: int, channel: int, a: Array | None) -> tuple[Any, Any, Any]:
        """The inputs (of the image) of one number that leaves, their weights and their shares."""

    def outside(self) -> float:
        """The value of the padding around the image."""
        return 0.0

    # ---- geometry ---------------------------------------------------------------------------------------------------

    @cached_property
    def windows(self) -> Windows:
        """The windows on the image that enters."""
        image = (self.shape_in[0], self.shape_in[1])
        return Windows.over(image, self.size or image, self.stride, self.padding, self.dilation)

    @property
    def geometry(self) -> dict[str, Any]:
        """Size, stride and padding of the windows, and what dropout drops."""
        padding = self.padding if isinstance(self.padding, str) else list(self.padding)
        size = {} if self.size is None else {"size": list(self.size), "stride": list(self.stride), "padding": padding}
        return {**size, "channel_dropout": self.channel_dropout}

    @property
    def channels_in(self) -> int:
        """Channels of what enters."""
        return self.shape_in[2]

    @property
    def n_pixels(self) -> int:
        """Numbers of the image that enters, all channels counted."""
        return math.prod(self.shape_in)

    @property
    def shape_out(self) -> Shape:
        """Rows, columns, channels."""
        return (*self.windows.places, self.channels_out)

    @property
    def n_carried_out(self) -> int:  # type: ignore[override]
        """The number of inputs carried past the image; all of them leave the layer."""
        return self.n_carried

    @cached_property
    def neurons(self) -> Integers:
        """The channel of each number of the maps; -1 for copies."""
        channels = np.tile(np.arange(self.channels_out), math.prod(self.windows.places))
        return np.concatenate([channels, np.full(self.n_carried, -1)]).astype(np.intp)

    @property
    def n_neurons(self) -> int:
        """Channels."""
        return self.channels_out

    def _settle(self) -> None:
        """Check that the windows fit the image."""
        name = type(self).__name__
        if len(self.shape_in) != 3:
            raise ShapeError(
                f"{name} looks at an image, but what enters has the shape {shape_text(self.shape_in)}. Give the shape "
                "of the images as input_shape=(rows, columns, channels), such as (28, 28, 1)."
            )
        windows = self.windows
        for axis in (0, 1):
            if windows.places[axis] < 1:
                raise ShapeError(
                    f"{name}: {windows.arithmetic(axis)}: windows of {shape_text(windows.size)} do not fit on an image "
                    f"of {shape_text(windows.image)}. Use a smaller size, or more padding."
                )
            if max(windows.before[axis], windows.after[axis]) >= windows.extent[axis]:
                raise ShapeError(
                    f"{name}: padding={self.padding!r} is not less than the {windows.extent[axis]} {_AXES[axis]} of a "
                    "window, so that some windows would see nothing. Use less padding."
                )
        super()._settle()

    # ---- arithmetic -------------------------------------------------------------------------------------------------

    def seen(self, a: Array) -> Array:
        """The values under each window, shape (n, places, taps, channels)."""
        image = a[:, : self.n_pixels].reshape(len(a), -1, self.channels_in)
        around = np.full((len(a), 1, self.channels_in), self.outside())
        return np.concatenate([image, around], axis=1)[:, self.windows.taps]

    def forward(self, a: Array, weights: Array, biases: Array) -> Array:
        """The outputs of the windows, followed by the inputs that are carried past."""
        rows = a.reshape(-1, self.n_in)
        z = self.look(self.seen(rows), weights, biases).reshape(len(rows), -1)
        return np.concatenate([z, rows[:, self.n_pixels :]], axis=1).reshape(*a.shape[:-1], self.n_out)

    def backward(self, delta: Array, a: Array, weights: Array) -> Backward:
        """Gradients of the inputs, weights and biases; each pixel sums the gradients of the taps that cover it."""
        n, end = len(a), math.prod(self.shape_out)
        through = delta[:, :end].reshape(n, -1, self.channels_out)
        d_seen, d_weights, d_biases = self.look_back(through, self.seen(a), weights)
        image = np.zeros((n, self.n_pixels // self.channels_in + 1, self.channels_in))
        for tap, pixels in enumerate(self.windows.taps.T):  # a tap covers a pixel once; the last place is outside
            image[:, pixels] += d_seen[:, :, tap]
        d_inputs = np.concatenate([image[:, :-1].reshape(n, -1), delta[:, end:]], axis=1)
        return Backward(d_inputs, d_weights, d_biases)

    # ---- links ------------------------------------------------------------------------------------------------------

    def links(self, unit: int, a: Array | None = None) -> Links:
        """The links to the pixels under a number's window, or to the input that is carried past."""
        beside = unit - math.prod(self.shape_out)
        if beside >= 0:
            return Links.of(unit, inputs=self.n_pixels + beside)
        inputs, weights, shares = self.seen_by(*divmod(unit, self.channels_out), a)
        return Links.of(unit, inputs=inputs, weights=weights, shares=shares)

    def links_from(self, i: int, a: Array | None = None) -> Links:
        """The links of an input, found in the windows that cover its pixel."""
        if i >= self.n_pixels:
            return Links.of(math.prod(self.shape_out) + i - self.n_pixels, inputs=i)
        places = np.flatnonzero((self.windows.taps == i // self.channels_in).any(axis=1))
        units = (places[:, None] * self.channels_out + np.arange(self.channels_out)).ravel()
        links = Links.joined(self.links(int(unit), a) for unit in units) if len(units) else self.links(0, a)[:0]
        return links[links.inputs == i]

    @property
    def dropout_groups(self) -> Integers | None:
        """The channels, and each number in addition to the image; None if numbers are dropped individually."""
        if not self.channel_dropout:
            return None
        channels = np.tile(np.arange(self.channels_in), self.n_pixels // self.channels_in)
        return np.concatenate([channels, self.channels_in + np.arange(self.n_carried)]).astype(np.intp)

    def _rule_at(
        self, unit: int, source: int, channel_in: int | str, channel_out: int | str, over: str
    ) -> tuple[Rule, tuple[int | str, ...]] | None:
        """The rule of a unit or an input but for its weight, and the tap; None for what is carried past."""
        windows = self.windows
        if unit >= 0:
            index = self.index_of(unit)
            if len(index) == 1:
                return None
            pixel = [windows.over_tap(axis, index[1 + axis], f"d{'yx'[axis]}") for axis in (0, 1)]
            return Rule(f"{over}dy,dx", index, (channel_in, *pixel)), ("dy", "dx")
        if source >= self.n_pixels:
            return None
        pixel_at, channel = divmod(source, self.channels_in)
        at = divmod(pixel_at, self.shape_in[1])
        tap = tuple(windows.tap_over(axis, at[axis], "yx"[axis]) for axis in (0, 1))
        return Rule(f"{over}y,x", (channel_out, "y", "x"), (channel, *at)), tap

    def _settings(self) -> list[str]:
        """Also what differs in the geometry."""
        settings = super()._settings()
        return settings + (["channel_dropout=True"] if self.channel_dropout else [])


def written(value: Pair | str) -> str:
    """A pair as a user writes it: one number where both are the same."""
    return repr(value) if isinstance(value, str) or value[0] != value[1] else repr(value[0])
