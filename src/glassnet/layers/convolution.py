"""Convolution: one small kernel of weights for each channel, the same at every place of the image.

``z[o,y,x] = sum over c, dy, dx of W[o,c,dy,dx] * a[c, y*stride + dy*dilation - padding, ...] + b[o]``: as the field
has it, the kernel is not turned around (LeCun et al. 1998). In NumPy the patches under the windows are the rows of a
matrix, so that one product with the kernels does it all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import ConfigurationError, ShapeError
from glassnet.formulas import Activation, Initializer, Parametrization
from glassnet.formulas.whole_number import check_whole
from glassnet.layers.arrays import Array
from glassnet.layers.links import Links
from glassnet.layers.spec import Rule, Shape
from glassnet.layers.windows import Windowed, written


class Convolution(Windowed):
    """Channels, each of which looks for one small pattern everywhere in the image.

    Parameters
    ----------
    channels : int
        How many patterns, and so how many feature maps leave.
    size : int or (rows, columns)
        Of a kernel.
    activation : str or Activation
    stride : int or (rows, columns)
        From one window to the next.
    padding : "same", "valid", int or (rows, columns)
        Zeros around the image: as many as keep its size (over the stride), none, or this many on each side.
    dilation : int or (rows, columns)
        From one tap of a kernel to the next.
    groups : int
        The channels that enter and leave fall into this many groups, each of which sees only its own; as many
        groups as channels that enter make a depthwise convolution.
    initializer : str or Initializer
        A kernel has ``channels_in / groups * rows * columns`` inputs.
    weights : array-like of shape (channels, channels_in / groups, rows, columns), optional
    biases : array-like of shape (channels,), optional
    parametrization : str or Parametrization
        One without scales of inputs, such as ``"ntk"``.
    mixed : bool
        Whether each channel trains the share of its activation.
    channel_dropout : bool
        Whether dropout of what enters drops whole channels.

    Raises
    ------
    ConfigurationError, ShapeError, DataError

    Examples
    --------
    >>> Convolution(6, 5, "relu", padding="valid")
    Convolution(6, 5, 'relu', padding='valid')
    >>> Convolution(6, 5, padding="valid").bound((28, 28, 1)).shape_out
    (24, 24, 6)
    """

    kind: ClassVar[str] = "convolution"
    channels: int
    groups: int

    def __init__(
        self,
        channels: int,
        size: int | tuple[int, int],
        activation: str | Activation = "identity",
        *,
        stride: int | tuple[int, int] = 1,
        padding: str | int | tuple[int, int] = "same",
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        initializer: str | Initializer = "he",
        weights: ArrayLike | None = None,
        biases: ArrayLike | None = None,
        parametrization: str | Parametrization = "standard",
        mixed: bool = False,
        channel_dropout: bool = False,
    ) -> None:
        super().__init__(
            size, stride, padding, dilation, activation=activation, initializer=initializer, weights=weights,
            biases=biases, parametrization=parametrization, mixed=mixed, channel_dropout=channel_dropout,
        )  # fmt: skip
        channels, groups = (
            check_whole(f"Convolution: {name}", value) for name, value in (("channels", channels), ("groups", groups))
        )
        if channels % groups:
            raise ConfigurationError(
                f"Convolution: channels={channels} cannot be divided into groups={groups}. Use a multiple of {groups}, "
                f"such as channels={-(-channels // groups) * groups}."
            )
        self._set(channels=channels, groups=groups)

    @property
    def channels_out(self) -> int:
        """One feature map for each kernel."""
        return self.channels

    @property
    def arrays(self) -> dict[str, Shape]:
        """``W[o,c,dy,dx]``, where ``c`` counts within the group, and ``b[o]``."""
        kernel = (self.channels_in // self.groups, *self.windows.size)
        return {"weights": (self.channels, *kernel), "biases": (self.channels,)}

    @property
    def geometry(self) -> dict[str, Any]:
        """Also channels, dilation and groups."""
        return {
            "channels": self.channels, **super().geometry, "dilation": list(self.dilation), "groups": self.groups,
        }  # fmt: skip

    @property
    def fans(self) -> tuple[int, int]:
        """The inputs of a kernel, and the windows and channels that a pixel reaches."""
        taps = self.windows.size[0] * self.windows.size[1]
        return self.channels_in // self.groups * taps, self.channels // self.groups * taps

    def _settle(self) -> None:
        """Check that the channels that enter can be divided into the groups."""
        if len(self.shape_in) == 3 and self.channels_in % self.groups:
            raise ShapeError(
                f"Convolution: {self.channels_in} channels enter, which cannot be divided into groups={self.groups}. "
                f"Use a number of groups that divides {self.channels_in}."
            )
        super()._settle()

    def _rule_of(self, kind: str) -> str:
        """Describe the shape that an array given by the user must have."""
        return "(channels, channels that a kernel sees, rows, columns)" if kind == "weights" else "one per channel"

    def _parts(self) -> Iterator[tuple[slice, slice]]:
        """For each group: the channels that enter, and those that leave."""
        wide, narrow = self.channels_in // self.groups, self.channels // self.groups
        for g in range(self.groups):
            yield slice(g * wide, (g + 1) * wide), slice(g * narrow, (g + 1) * narrow)

    def look(self, seen: Array, weights: Array, biases: Array) -> Array:
        """Patches times kernels: each patch is a row (channels x taps), each kernel a column."""
        n, places = seen.shape[:2]
        z = np.empty((n, places, self.channels))
        for entering, leaving in self._parts():
            patches = seen[..., entering].transpose(0, 1, 3, 2).reshape(n * places, -1)
            kernels = weights[leaving].reshape(-1, patches.shape[1])
            z[..., leaving] = (patches @ kernels.T).reshape(n, places, -1)
        return z + biases

    def look_back(self, delta: Array, seen: Array, weights: Array) -> tuple[Array, Array, Array]:
        """``dL/dW`` is the sum over rows and places of delta times the patch; a tap gets delta times its weight."""
        n, places, taps, _ = seen.shape
        d_seen, d_weights = np.empty_like(seen), np.empty(self.arrays["weights"])
        for entering, leaving in self._parts():
            patches = seen[..., entering].transpose(0, 1, 3, 2).reshape(n * places, -1)
            kernels = weights[leaving].reshape(-1, patches.shape[1])
            through = delta[..., leaving].reshape(n * places, -1)
            d_weights[leaving] = (through.T @ patches).reshape(d_weights[leaving].shape)
            d_seen[..., entering] = (through @ kernels).reshape(n, places, -1, taps).transpose(0, 1, 3, 2)
        return d_seen, d_weights, delta.sum(axis=(0, 1))

    def seen_by(self, place: int, channel: int, a: Array | None) -> tuple[Any, Any, Any]:  # noqa: ARG002
        """The pixels under the kernel, channel by channel, each with its weight."""
        width, taps = self.channels_in // self.groups, self.windows.taps[place]
        first = channel // (self.channels // self.groups) * width
        inside = np.flatnonzero(taps >= 0)
        within = np.arange(width)[:, None]
        inputs = taps[inside] * self.channels_in + first + within
        weights = (channel * width + within) * len(taps) + inside
        return inputs.ravel(), weights.ravel(), 1.0

    def links_through(self, weight: int, a: Array | None = None) -> Links:  # noqa: ARG002
        """Every place at which the tap of the weight lies on the image."""
        width, taps = self.channels_in // self.groups, self.windows.taps
        kernel, tap = divmod(weight, taps.shape[1])
        channel, within = divmod(kernel, width)
        places = np.flatnonzero(taps[:, tap] >= 0)
        inputs = taps[places, tap] * self.channels_in + channel // (self.channels // self.groups) * width + within
        return Links.of(places * self.channels + channel, inputs=inputs, weights=weight)

    def rule(self, *, unit: int = -1, source: int = -1, weight: int = -1) -> Rule | None:
        """``W[o,c,dy,dx]`` leads from what lies under its tap to each place of its map."""
        width = self.channels_in // self.groups
        if weight >= 0:
            channel, within, *tap = self.weight_index(weight)
            first = channel // (self.channels // self.groups) * width
            pixel = [
                _shift_symbol(self.windows.over_tap(k, "yx"[k], "@"), tap[k], self.windows.dilation[k]) for k in (0, 1)
            ]
            return Rule("y,x", (channel, "y", "x"), (first + within, *pixel), (channel, within, *tap))
        several = width > 1
        if unit >= 0:
            channel = int(self.neurons[unit])
            first = channel // (self.channels // self.groups) * width
            entering: int | str = first if not several else f"c+{first}" if first else "c"
            rule = self._rule_at(unit, -1, entering, channel, "c," if several else "")
            return rule and rule[0]._replace(weight=(channel, "c" if several else 0, *rule[1]))
        rule = self._rule_at(-1, source, 0, "o", "o,")
        return rule and rule[0]._replace(weight=("o", source % self.channels_in % width, *rule[1]))

    def settled(self, free: Array, z: Array, *, seed: int, layer: int) -> tuple[Array, Array]:
        """As for neurons, of which each place of the map is one more row."""
        rows = z[:, self.neurons >= 0].reshape(-1, self.channels)
        columns, biases = self.initializer.settle(free.reshape(self.channels, -1).T, rows, seed=seed, layer=layer)
        return np.ascontiguousarray(columns.T).reshape(free.shape), biases

    def _sizes(self) -> list[str]:
        """Channels and size."""
        assert self.size is not None
        return [str(self.channels), written(self.size)]

    def _settings(self) -> list[str]:
        """The geometry before the rest."""
        activation, *others = super()._settings() if self.activation.spec != "identity" else ["", *super()._settings()]
        geometry = [
            f"{name}={written(value)}"
            for name, value, usual in (
                ("stride", self.stride, (1, 1)), ("padding", self.padding, "same"), ("dilation", self.dilation, (1, 1)),
            )
            if value != usual
        ]  # fmt: skip
        geometry += [f"groups={self.groups}"] if self.groups > 1 else []
        return [*([activation] if activation else []), *geometry, *others]


def _shift_symbol(text: str, tap: int, apart: int) -> str:
    """A row or column in symbols with the number of a tap in place of ``@``."""
    head, _, constant = text.partition(f"+{apart if apart > 1 else ''}@")
    total = tap * apart + int(constant or 0)
    return f"{head}{total:+d}" if total else head
