"""Pooling: of each window the largest number or the mean, channel by channel; nothing is trained."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ShapeError
from glassnet.formulas import Activation
from glassnet.layers.arrays import Array
from glassnet.layers.spec import Rule
from glassnet.layers.windows import Windowed, written


class _Pooling(Windowed):
    """The base of both kinds of pooling: windows that do not overlap by default, and one channel at a time."""

    def __init__(
        self,
        size: int | tuple[int, int],
        activation: str | Activation = "identity",
        *,
        stride: int | tuple[int, int] | None = None,
        padding: str | int | tuple[int, int] = "valid",
        channel_dropout: bool = False,
    ) -> None:
        super().__init__(
            size, size if stride is None else stride, padding, activation=activation, channel_dropout=channel_dropout
        )

    @property
    def channels_out(self) -> int:
        """As many as enter."""
        return self.channels_in

    def _settle(self) -> None:
        """Check that every window sees a pixel."""
        super()._settle()
        if not all(self.windows.pixels_seen(axis).all() for axis in (0, 1)):
            raise ShapeError(f"{self!r}: some windows lie outside of the image. Use less padding.")

    def _sizes(self) -> list[str]:
        """The size."""
        return [] if self.size is None else [written(self.size)]

    def _settings(self) -> list[str]:
        """Stride and padding where they are not the usual ones."""
        stride = [] if self.stride == (self.size or self.stride) else [f"stride={written(self.stride)}"]
        padding = [] if self.padding == "valid" else [f"padding={written(self.padding)}"]
        return [*super()._settings(), *stride, *padding]


class MaxPooling(_Pooling):
    """Of each window the largest number; where several are equal, the first.

    Rows and columns that no whole window covers are left out.

    Parameters
    ----------
    size : int or (rows, columns)
        Of a window.
    activation : str or Activation
    stride : int or (rows, columns), optional
        From one window to the next; the size of a window when not given, so that they do not overlap.
    padding : "valid", "same", int or (rows, columns)
        What lies outside of the image never wins.
    channel_dropout : bool
        Whether dropout of what enters drops whole channels.

    Raises
    ------
    ConfigurationError, ShapeError

    Examples
    --------
    >>> MaxPooling(2).bound((28, 28, 6)).shape_out
    (14, 14, 6)
    """

    kind: ClassVar[str] = "max pooling"
    selects: ClassVar[bool] = True

    def outside(self) -> float:
        """Smaller than any number."""
        return -np.inf

    def look(self, seen: Array, weights: Array, biases: Array) -> Array:  # noqa: ARG002
        """The largest of each window."""
        return np.asarray(seen.max(axis=2))

    def look_back(self, delta: Array, seen: Array, weights: Array) -> tuple[Array, Array, Array]:
        """All of it goes to the winner."""
        d_seen = np.zeros_like(seen)
        np.put_along_axis(d_seen, seen.argmax(axis=2)[:, :, None], delta[:, :, None], axis=2)
        return d_seen, weights, weights

    def seen_by(self, place: int, channel: int, a: Array | None) -> tuple[Any, Any, Any]:
        """The winner; without a row, all that could win."""
        taps = self.windows.taps[place]
        inputs = taps[taps >= 0] * self.channels_in + channel
        return (inputs if a is None else inputs[np.argmax(a[inputs])]), -1, 1.0

    def bends(self, below: Array, above: Array) -> NDArray[np.bool_]:
        """Where another number wins."""
        winners = [
            self.seen(side.reshape(-1, self.n_in)).argmax(axis=2).reshape(*side.shape[:-1], -1)
            for side in (below, above)
        ]
        changed = winners[0] != winners[1]
        return np.concatenate([changed, np.zeros((*changed.shape[:-1], self.n_carried), dtype=bool)], axis=-1)


class MeanPooling(_Pooling):
    """Of each window the mean of its pixels.

    Parameters
    ----------
    size : int or (rows, columns)
        Of a window.
    activation : str or Activation
    stride : int or (rows, columns), optional
        From one window to the next; the size of a window when not given.
    padding : "valid", "same", int or (rows, columns)
        What lies outside of the image is not counted.
    channel_dropout : bool
        Whether dropout of what enters drops whole channels.

    Raises
    ------
    ConfigurationError, ShapeError

    Examples
    --------
    >>> MeanPooling((2, 4)).bound((28, 28, 6)).shape_out
    (14, 7, 6)
    """

    kind: ClassVar[str] = "mean pooling"

    @property
    def _counts(self) -> Array:
        """How many pixels each window sees, shape (places,)."""
        return np.asarray((self.windows.taps >= 0).sum(axis=1), dtype=np.float64)

    def look(self, seen: Array, weights: Array, biases: Array) -> Array:  # noqa: ARG002
        """The mean of each window; zeros outside of the image add nothing."""
        return np.asarray(seen.sum(axis=2) / self._counts[:, None])

    def look_back(self, delta: Array, seen: Array, weights: Array) -> tuple[Array, Array, Array]:
        """Each pixel gets its share."""
        shares = (delta / self._counts[:, None])[:, :, None]
        return np.broadcast_to(shares, seen.shape), weights, weights

    def seen_by(self, place: int, channel: int, a: Array | None) -> tuple[Any, Any, Any]:  # noqa: ARG002
        """The pixels of the window, with equal shares."""
        taps = self.windows.taps[place]
        inside = taps[taps >= 0]
        return inside * self.channels_in + channel, -1, 1.0 / len(inside)

    def rule(self, *, unit: int = -1, source: int = -1, weight: int = -1) -> Rule | None:  # noqa: ARG002
        """Sums over the window where all windows see equally many pixels."""
        if len(set(self._counts.tolist())) > 1:
            return None
        channel = int(self.neurons[unit]) if unit >= 0 else source % self.channels_in
        rule = self._rule_at(unit, source, channel, channel, "")
        return rule and rule[0]._replace(share=f"1/{int(self._counts[0])}")


class GlobalMean(MeanPooling):
    """The mean of each channel over the whole image: one number for each.

    Parameters
    ----------
    activation : str or Activation
    channel_dropout : bool
        Whether dropout of what enters drops whole channels.

    Examples
    --------
    >>> GlobalMean().bound((7, 7, 6)).shape_out
    (1, 1, 6)
    """

    kind: ClassVar[str] = "global mean"

    def __init__(self, activation: str | Activation = "identity", *, channel_dropout: bool = False) -> None:
        super().__init__(1, activation, channel_dropout=channel_dropout)
        self._set(size=None)
