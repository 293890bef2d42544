"""Channels in words: what the kernel of a convolution answers to, and the patches of the rows that excite it most.

A kernel is compared with six patterns: level, edge (two directions), spot and line (two directions). Each is a
polynomial of the place in the kernel up to the second degree, orthogonal to those before it, so that their shares of
the kernel's squared size add up to at most 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from glassnet.network.shapes import Array
from glassnet.pages.number import plain_number

if TYPE_CHECKING:
    from glassnet.layers import Convolution

_TOWARDS = ("right", "lower right", "bottom", "lower left", "left", "upper left", "top", "upper right")
_CLEAR = 0.5  # a pattern with this share of the kernel names it alone


def kernel_in_words(kernel: Array, bright: str = "bright", dark: str = "dark") -> str:
    """Describe the pattern that a kernel (rows, columns) responds to, with the share of the kernel that it explains.

    Examples
    --------
    >>> kernel_in_words(np.array([[-1.0, 0.0, 1.0]] * 3))
    'an edge, bright towards the right (100 % of its kernel)'
    >>> kernel_in_words(np.array([[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]]))
    'a bright spot (50 % of its kernel)'
    >>> kernel_in_words(np.ones((5, 5)), "high", "low")
    'high values, whatever their pattern (100 % of its kernel)'
    """
    size = float((kernel**2).sum())
    if size == 0:
        return "nothing: its kernel is 0"
    level, across, down, spot, line, diagonal = _coefficients(kernel)
    shares = {
        "level": level**2, "edge": across**2 + down**2, "spot": spot**2, "line": line**2 + diagonal**2,
    }  # fmt: skip
    name = max(shares, key=lambda pattern: shares[pattern])
    share = shares[name] / size
    if name == "level":
        words = f"{bright if level > 0 else dark} values, whatever their pattern"
    elif name == "edge":
        words = f"an edge, {bright} towards the {_TOWARDS[round(np.arctan2(down, across) / (np.pi / 4)) % 8]}"
    elif name == "spot":
        words = f"a {bright if spot < 0 else dark} spot"
    elif abs(line) >= abs(diagonal):
        words = f"a {bright} {'horizontal' if line > 0 else 'vertical'} line"
    else:
        words = f"a {bright} line from the {'upper left' if diagonal > 0 else 'upper right'} down"
    mostly = "" if share >= _CLEAR - 1e-9 else "a mixed pattern, most like "
    return f"{mostly}{words} ({100 * share:.0f} % of its kernel)"


def _coefficients(kernel: Array) -> list[float]:
    """How much of each pattern is in a kernel; 0 for patterns that its size has no room for."""
    y, x = (np.linspace(-1, 1, n)[:, None] if n > 1 else np.zeros((1, 1)) for n in kernel.shape)
    one = np.ones(kernel.shape)
    x, y = x.T * one, y * one
    patterns = [one, x, y, x**2 + y**2, x**2 - y**2, x * y]
    basis: list[Array] = []
    for pattern in patterns:
        rest = pattern - sum((float((pattern * known).sum()) * known for known in basis), start=np.zeros_like(one))
        size = float(np.sqrt((rest**2).sum()))
        basis.append(rest / size if size > 1e-9 * float(np.sqrt(pattern.size)) else np.zeros_like(one))
    return [float((kernel * known).sum()) for known in basis]


def strongest_patches(
    layer: Convolution, maps: Array, entering: Array, top: int
) -> list[tuple[int, tuple[int, int], float, Array]]:
    """The places at which a map (n, places) is largest, one for each row: row, place, value, patch.

    A patch has the shape (rows, columns, channels); what lies outside of the image is 0.
    """
    best = maps.argmax(axis=1)
    rows = np.argsort(-maps[np.arange(len(maps)), best], kind="stable")[:top]
    seen = layer.seen(entering[rows])
    patches = []
    for k, row in enumerate(rows):
        place = int(best[row])
        patch = seen[k, place].reshape(*layer.windows.size, -1)
        at = divmod(place, layer.windows.places[1])
        patches.append((int(row), at, float(maps[row, place]), patch))
    return patches


def channel_sentence(
    layer: Convolution, number: int, channel: int, kernels: Array, off: float, places: int, best: Sequence[str]
) -> str:
    """A channel in one or two sentences; `kernels` (channels, rows, columns) are its own."""
    sizes = (kernels**2).sum(axis=(1, 2))
    main = int(np.argmax(sizes))
    first = number == 1
    words = kernel_in_words(kernels[main], *(("bright", "dark") if first else ("high", "low")))
    source = "" if len(kernels) == 1 else f" in channel {_entering(layer, channel, main)} of what enters"
    if len(kernels) > 1:
        source += f", which has {100 * sizes[main] / max(float(sizes.sum()), 1e-300):.0f} % of its weights' squares"
    size = " x ".join(map(str, layer.windows.size))
    opening = f"Channel {channel} of layer {number} ({size} kernel, {layer.activation.name})"
    parts = [f"{opening} answers to {words}{source}."]
    if off == 1.0:
        parts.append("It is dead: off at every place of every row, so these rows give it no gradient to learn from.")
    elif off > 0:
        parts.append(f"It is off at {100 * off:.0f} % of {places} places.")
    if best and off < 1.0:
        parts.append(f"Most excited by {', '.join(best)}.")
    return " ".join(parts)


def _entering(layer: Convolution, channel: int, within: int) -> int:
    """The channel that enters, from its count within the group of a channel that leaves."""
    return channel // (layer.channels // layer.groups) * (layer.channels_in // layer.groups) + within


def place_words(row: str, at: tuple[int, int], value: float) -> str:
    """A row and place, with the answer there."""
    return f"{row} at {at[0]},{at[1]} ({plain_number(value, 3)})"
