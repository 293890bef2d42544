"""The charts, as SVG files that stand alone: the speed-ups for the README, and one scaling curve each."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.report import duration, times
from benchmarks.scaling import Curve
from glassnet.pages import Markup, Plot, Series, tag, text
from glassnet.pages.axis import Axis
from glassnet.pages.chart import dot, line, svg, words
from glassnet.pages.tokens import css_variables

STYLE = """
text { font: 13px var(--font); fill: var(--ink); font-variant-numeric: tabular-nums; }
.title { font-size: 15px; font-weight: 650; }
.tick, .axis-label { fill: var(--muted); font-size: 12px; }
.paper { fill: var(--surface); }
.grid { stroke: var(--line); } .base { stroke: var(--line-strong); }
.curve { fill: none; stroke: var(--mark); stroke-width: 2.25; stroke-linejoin: round; }
.dot { fill: var(--mark); stroke: var(--surface); stroke-width: 1.5; }
.value { font-size: 12px; font-weight: 600; }
.s-1 { --mark: var(--series-1); } .s-2 { --mark: var(--series-2); } .s-3 { --mark: var(--series-3); }
"""
PEERS = ("scikit-learn", "PyTorch", "JAX")


def speed(report: dict) -> str:
    """How many times longer each peer takes, one line per case, from the JSON of a run."""
    rows = [row for row in report["rows"] if row["ratios"] and not row["case"].startswith("predict")]
    left, right, row_height, top = 250.0, 36.0, 38.0, 78.0
    width, height = 860.0, top + row_height * len(rows) + 62
    largest = max(ratio["median"] for row in rows for ratio in row["ratios"].values())
    smallest = min(ratio["median"] for row in rows for ratio in row["ratios"].values())
    axis = Axis(min(0.8, smallest / 1.3), max(10.0, 1.5 * largest), left, width - right, log=True)
    bottom = top + row_height * len(rows)
    parts = [words(16, 26, "How many times longer the others take for the same training", "title")]
    for index, peer in enumerate(PEERS):
        at = left + 130 * index
        parts += [dot(at, 50, f"s-{index + 1}", shape=index), words(at + 11, 50, peer, dy="0.34em")]
    for tick in [value for power in range(-1, 4) for value in (10.0**power, 3 * 10.0**power)]:
        if axis.low <= tick <= axis.high:
            style = "base" if tick == 1 else "grid"
            parts.append(line(axis(tick), top - 10, axis(tick), bottom, style))
            parts.append(words(axis(tick), bottom + 18, f"{tick:g} ×", "tick", anchor="middle"))
    for number, row in enumerate(rows):
        middle = top + row_height * (number + 0.5)
        parts.append(words(left - 24, middle + 5, row["case"], anchor="end", dy="0.34em"))
        placed = sorted((axis(row["ratios"][peer]["median"]), peer) for peer in PEERS if peer in row["ratios"])
        for (at, peer), label_at in zip(placed, _apart([at for at, _ in placed]), strict=True):
            written, index = times(row["ratios"][peer]["median"]), PEERS.index(peer)
            title = f"{row['case']}: {peer} takes {written} times as long"
            parts.append(dot(at, middle + 5, f"s-{index + 1}", shape=index, title=title))
            parts.append(words(label_at, middle - 6, written, "value", anchor="middle"))
    machine = report["machine"]
    source = f"{machine['processor']}, one core, float32, Adam; {report['date'][:10]}"
    parts.append(words(width - right, height - 12, source, "tick", anchor="end"))
    summary = "Time of scikit-learn, PyTorch and JAX as a multiple of glassnet's, for " + "; ".join(
        f"{row['case']}: " + ", ".join(f"{peer} {times(ratio['median'])}" for peer, ratio in row["ratios"].items())
        for row in rows
    )
    return _alone(parts, width, height, summary)


def scaling(curve: Curve) -> str:
    """Time of a step over one quantity, both on logarithmic axes."""
    microseconds = [value * 1e6 for value in curve.seconds]
    plot = Plot([Series(curve.title, curve.x, microseconds, "line+points")], curve.name, "µs per step of one network",
                log_x=curve.x[-1] > 20, log_y=True)  # fmt: skip
    summary = (
        f"{curve.title}: from {duration(curve.seconds[0])} at {curve.name} {curve.x[0]} to "
        f"{duration(curve.seconds[-1])} at {curve.x[-1]}"
    )
    title = words(plot.width - 18, 15, curve.title, "tick", anchor="end")
    return _alone([Markup(_inner(plot.draw(summary))), title], plot.width, plot.height, summary)


def _apart(places: Sequence[float], room: float = 40.0) -> list[float]:
    """Places from left to right, moved so far that each label has room.

    >>> _apart([0.0, 10.0, 200.0])
    [-15.0, 25.0, 200.0]
    """
    moved = list(places)
    for index in range(1, len(moved)):
        lack = room - (moved[index] - moved[index - 1])
        if lack > 0:
            moved[index] += lack / 2
            moved[:index] = [place - lack / 2 for place in moved[:index]]
    return moved


def _inner(drawn: str) -> str:
    """What is inside an SVG element."""
    return drawn[drawn.index(">") + 1 : drawn.rindex("</svg>")]


def _alone(parts: Sequence[Markup], width: float, height: float, summary: str) -> str:
    """A picture that needs no page: with its own style and paper."""
    style = tag("style", Markup(css_variables() + STYLE))
    paper = tag("rect", width=f"{width:g}", height=f"{height:g}", rx=8, class_="paper")
    drawn = svg([style, paper, text(parts)], width, height, summary)
    return drawn.replace("<svg ", f'<svg width="{width:g}" height="{height:g}" ', 1) + "\n"
