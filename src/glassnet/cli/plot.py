"""Curves in the terminal: Braille patterns hold 2 x 4 dots in one character."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
_BLANK = 0x2800
_BARS = "▁▂▃▄▅▆▇█"


def curve(x: ArrayLike, y: ArrayLike, *, width: int = 30, height: int = 9) -> list[str]:
    """Draw y over x as text lines: the curve, the axes through zero, and the ends of both ranges.

    Parameters
    ----------
    x, y : array, shape (n,)
        Points in order of x; a point that is not finite leaves a gap.
    width, height : int
        Size of the drawing in characters, without its labels.

    Returns
    -------
    list of str
        `height` lines of the drawing and one line of labels, all equally long.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    shown = np.isfinite(y)
    low, high = float(y[shown].min()), float(y[shown].max())
    if high - low < 1e-12:
        low, high = low - 1.0, high + 1.0
    columns = np.round((x - x[0]) / (x[-1] - x[0]) * (2 * width - 1)).astype(int)
    rows = np.round((high - y[shown]) / (high - low) * (4 * height - 1)).astype(int)
    dots = np.zeros((4 * height, 2 * width), dtype=bool)
    last = None
    for column, row in zip(columns[shown], rows, strict=True):
        near = last is not None and abs(row - last) <= height  # a larger jump is a break, not a line
        for step in range(min(last, row), max(last, row) + 1) if near else (row,):
            dots[step, column] = True
        last = row
    cells = _BLANK + (dots.reshape(height, 4, width, 2) * _DOTS[None, :, None, :]).sum(axis=(1, 3))
    picture = [[chr(cell) if cell != _BLANK else " " for cell in line] for line in cells]
    if low <= 0.0 <= high:
        level = min(height - 1, round(high / (high - low) * (4 * height - 1)) // 4)
        picture[level] = [cell if cell != " " else "─" for cell in picture[level]]
    if x[0] < 0.0 < x[-1]:
        at = round(-x[0] / (x[-1] - x[0]) * (2 * width - 1)) // 2
        for line in picture:
            line[at] = {" ": "│", "─": "┼"}.get(line[at], line[at])
    labels = [f"{high:.3g}", *[""] * (height - 2), f"{low:.3g}"]
    margin = max(map(len, labels))
    lines = [f"{label:>{margin}} " + "".join(line) for label, line in zip(labels, picture, strict=True)]
    left, right = f"{x[0]:g}", f"{x[-1]:g}"
    return [*lines, " " * (margin + 1) + left + right.rjust(width - len(left))]


def sparkline(values: ArrayLike, width: int = 16) -> str:
    """Draw a series in one line of bars, the highest bar for the largest value; long series are thinned out."""
    values = np.asarray(values, dtype=np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return ""
    picked = values[np.unique(np.linspace(0, len(values) - 1, width).round().astype(int))]
    low, high = picked.min(), picked.max()
    levels = np.zeros(len(picked)) if high == low else (picked - low) / (high - low) * (len(_BARS) - 1)
    return "".join(_BARS[round(level)] for level in levels)
