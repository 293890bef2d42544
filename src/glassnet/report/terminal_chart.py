"""Charts as text, with Braille dots for lines, letters for points and line ends, and blocks for bars."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from glassnet.pages import Bars, Chart, NetworkDrawing, Pixels, Plot, number_text
from glassnet.pages.axis import Axis, tick_texts

_BLANK = 0x2800
_DOT = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_MARKS = "●■◆▲"


def chart_lines(chart: Chart, width: int) -> list[str]:
    """The lines of a chart in at most `width` columns; empty for kinds that only a page can show."""
    if isinstance(chart, Plot):
        return _plot_lines(chart, min(width, 76), 13)
    if isinstance(chart, Bars):
        return _bar_lines(chart, width)
    if isinstance(chart, NetworkDrawing):
        return _network_lines(chart, width)
    return []


def side_by_side(panels: Sequence[tuple[str, Chart]], room: int = 80) -> list[str]:
    """Small images, as many side by side as fit, each under its title; empty if the panels are not small images."""
    if not all(isinstance(chart, Pixels) for _, chart in panels):
        return []
    images = [
        [title, *(_shades(row, _strongest(chart)) for row in chart.values)]
        for title, chart in panels
        if isinstance(chart, Pixels)
    ]
    width = max(len(line) for image in images for line in image) + 3
    beside = max(1, (room + 3) // width)
    return [
        "".join(line.ljust(width) for line in lines).rstrip()
        for first in range(0, len(images), beside)
        for lines in itertools.zip_longest(*images[first : first + beside], fillvalue="")
    ]


def _strongest(chart: Pixels) -> float:
    """The value that is drawn at full strength."""
    return chart.scale or max((abs(value) for row in chart.values for value in row), default=1.0) or 1.0


def _shades(row: Sequence[float], strongest: float) -> str:
    """One row of pixels, two characters each; negative ones as one or two minus signs."""
    parts = (round(4 * value / strongest) for value in row)
    return "".join("  ░░▒▒▓▓██"[2 * part :][:2] if part >= 0 else "− " if part > -3 else "−−" for part in parts)


def _plot_lines(plot: Plot, width: int, height: int) -> list[str]:
    """Lines and points over two axes, with a legend if there are several series."""
    x_range, y_range = plot.ranges()
    axis = Axis(*y_range, 0, 1, plot.log_y)
    margin = max(map(len, tick_texts(axis.ticks(4), log=plot.log_y)), default=1)
    columns = width - margin - 2
    x = Axis(*x_range, 0, 2 * columns - 1, plot.log_x)
    y = Axis(*y_range, 4 * height - 1, 0, plot.log_y)
    dots = [[0] * columns for _ in range(height)]
    over: dict[tuple[int, int], str] = {}
    several = len([s for s in plot.series if s.name]) > 1
    key: list[str] = []
    for series in plot.series:
        letter = _MARKS[series.shape % len(_MARKS)] if series.form == "points" else chr(ord("A") + len(key))
        places = [
            (x(a), y(b))
            for a, b in zip(series.x, series.y, strict=True)
            if math.isfinite(a) and math.isfinite(b) and (b > 0 or not plot.log_y)
        ]
        if series.form == "dots":
            for px, py in places:
                _stroke(dots, px, py, px, py)
        elif series.form != "points":
            for (x1, y1), (x2, y2) in itertools.pairwise(places):
                _stroke(dots, x1, y1, x2, y2)
        inside = [(round(px) // 2, round(py) // 4) for px, py in places]
        inside = [(c, r) for c, r in inside if 0 <= c < columns and 0 <= r < height]
        if series.form == "points":
            over |= dict.fromkeys(inside, letter)
        elif several and inside and series.name:
            over[_free(over, inside)] = letter
        if several and series.name:
            key.append(f"{letter} {series.name}")
    levels = y.ticks(4)
    labels = {round(y(tick)) // 4: text for tick, text in zip(levels, tick_texts(levels, log=plot.log_y), strict=True)}
    rows = []
    for r in range(height):
        drawn = "".join(over.get((c, r)) or (chr(_BLANK + dots[r][c]) if dots[r][c] else " ") for c in range(columns))
        rows.append(f"{labels.get(r, ''):>{margin}} {'┤' if r in labels else '│'}{drawn.rstrip()}")
    line, bottom = ["─"] * columns, [" "] * (columns + 8)
    ticks = x.ticks(6)
    for tick, written in zip(ticks, tick_texts(ticks, log=plot.log_x), strict=True):
        column = round(x(tick)) // 2
        line[min(column, columns - 1)] = "┬"
        start = max(0, column - len(written) // 2)
        bottom[start : start + len(written)] = written
    scale = " (logarithmic)" if plot.log_y else ""
    name = plot.x_label + (" (logarithmic)" if plot.log_x else "")
    return [
        f"{'':>{margin}} {plot.y_label}{scale}",
        *rows,
        f"{'':>{margin}} └{''.join(line)}",
        f"{'':>{margin}}  {''.join(bottom).rstrip()}",
        f"{'':>{margin}}  {name:>{columns}}",
        *_key_lines(key, margin, width),
    ]


def _free(over: dict[tuple[int, int], str], inside: list[tuple[int, int]]) -> tuple[int, int]:
    """A place for a line's letter: its end, or the nearest free place before it."""
    return next((place for place in reversed(inside) if place not in over), inside[-1])


def _stroke(dots: list[list[int]], x1: float, y1: float, x2: float, y2: float) -> None:
    """Set the dots of a straight line that are inside the picture."""
    count = math.ceil(max(abs(x2 - x1), abs(y2 - y1), 1))
    if count > 20000:
        return
    for k in range(count + 1):
        column, row = round(x1 + (x2 - x1) * k / count), round(y1 + (y2 - y1) * k / count)
        if 0 <= row < 4 * len(dots) and 0 <= column < 2 * len(dots[0]):
            dots[row // 4][column // 2] |= _DOT[row % 4][column % 2]


def _key_lines(key: list[str], margin: int, width: int) -> list[str]:
    """The names of the series, in as many lines as necessary."""
    lines: list[str] = []
    for entry in key:
        if lines and len(lines[-1]) + len(entry) + 3 <= width:
            lines[-1] += f"   {entry}"
        else:
            lines.append(f"{'':>{margin}}  {entry}")
    return lines


def _bar_lines(bars: Bars, width: int) -> list[str]:
    """One line per bar, to both sides of zero."""
    names = max(len(name) for name in bars.names)
    largest = bars.largest or max(abs(v) for v in bars.values) or 1.0
    negative = bars.signed and any(v < 0 for v in bars.values)
    room = max(6, min(24, (width - names - 14) // (2 if negative else 1)))
    lines = []
    for name, value in zip(bars.names, bars.values, strict=True):
        length = min(room, round(abs(value) / largest * room))
        left = ("░" * length).rjust(room) if value < 0 else " " * room
        right = "█" * length if value >= 0 else ""
        lines.append(f"{name:>{names}} {left if negative else ''}│{right} {number_text(value, bars.digits)}")
    return lines


def _network_lines(drawing: NetworkDrawing, width: int) -> list[str]:
    """The sum of each neuron for the drawn row, one line per neuron; nothing for wide networks."""
    lines = []
    for k, matrix in enumerate(drawing.weights):
        for j, unit in enumerate(drawing.layers[k + 1]):
            products = [
                f"{number_text(row[j], drawing.digits)} · {source.name}"
                for source, row in zip(drawing.layers[k], matrix, strict=True)
            ]
            bias = [] if unit.bias is None else [number_text(unit.bias, drawing.digits)]
            value = "" if unit.value is None else f" → {number_text(unit.value, drawing.digits)}"
            lines.append(f"{unit.name}: " + " + ".join(products + bias).replace("+ −", "− ") + value)
    return lines if all(len(line) <= width for line in lines) else []
