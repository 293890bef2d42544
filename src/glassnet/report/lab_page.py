"""The results of the lab as a page: a chart for each knob, example phantoms, and all numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from glassnet.evaluate.lab import DAMAGE, MODELS, LabResult, damaged
from glassnet.images import Knobs, phantoms
from glassnet.pages import Part, Plot, Raster, Series, figure, figure_of_panels, folded, page, table
from glassnet.pages.markup import Content

STYLES = ("1", "2", "positive", "3", "4", "4", "negative")
_EXAMPLES = 2


def lab_page(results: Sequence[LabResult], *, train: int, test: int, straight: bool, base: Knobs, seed: int) -> str:
    """The page for a run of the lab.

    Parameters
    ----------
    results : sequence of LabResult
        The results of `laboratory`.
    train, test, straight, base, seed
        The settings of the run.

    Returns
    -------
    str
        A self-contained HTML document without scripts.
    """
    lead = (
        f"Simulated lesions of two classes, from a generator with four knobs. Each model was trained on {train} "
        f"phantoms {'with all knobs at their defaults' if straight else 'at each setting of the knob'} and tested on "
        f"{test} others {'at each setting of the knob' if straight else 'at the same setting'}."
    )
    parts = []
    for number, knob in enumerate(dict.fromkeys(result.knob for result in results), 1):
        of_knob = [result for result in results if result.knob == knob]
        parts.append(Part(f"The knob {knob}", [_chart(of_knob, knob), _examples(of_knob, knob, base, seed, train),
                                               _numbers(of_knob)], mark=str(number)))  # fmt: skip
    footer = (
        f"Intervals: 95 %, over the test phantoms, for one training (Wilson 1927). The other knobs are at {base}. "
        f"Seed {seed}. All numbers were measured in this run."
    )
    return page("Which models still work as a knob turns", parts, lead=lead, footer=footer,
                kicker="glassnet lab")  # fmt: skip


def _chart(results: Sequence[LabResult], knob: str) -> Content:
    """Accuracy against the knob, with the intervals as vertical lines."""
    series = []
    for place, (model, style) in enumerate(zip(MODELS, STYLES, strict=True)):
        own = [result for result in results if result.model == model.name]
        xs = [result.value for result in own]
        series.append(Series(model.name, xs, [result.accuracy for result in own], "line+points", style, shape=place))
        series += [Series("", [r.value, r.value], list(r.interval), "line", style) for r in own]
    plot = Plot(series, knob, "accuracy", y_range=(0.3, 1.02), levels=[(0.5, "chance")])
    return figure(plot, f"Accuracy of {len(MODELS)} models as the knob {knob} turns.")


def _examples(results: Sequence[LabResult], knob: str, base: Knobs, seed: int, first: int) -> Content:
    """Some test phantoms for the lowest and highest setting of the knob."""
    values = sorted({result.value for result in results})
    panels = []
    for value in dict.fromkeys((values[0], values[-1])):
        turned = base if knob == DAMAGE else replace(base, **{knob: value})
        drawn = phantoms(2 * _EXAMPLES, knobs=turned, seed=seed, first=first)
        drawn = damaged(drawn, value, seed) if knob == DAMAGE else drawn
        rows = [
            [pixel for number in range(kind, 2 * _EXAMPLES, 2) for pixel in [*drawn.images[number][row].tolist(), 0]]
            for kind in (0, 1) for row in range(drawn.images.shape[1])
        ]  # fmt: skip
        panels.append((f"{knob} at {value:g}", Raster(rows), "Benign lesions above, malignant ones below."))
    return figure_of_panels(panels, caption="Test lesions: benign in the top row, malignant in the bottom row.")


def _numbers(results: Sequence[LabResult]) -> Content:
    """All accuracies with their intervals."""
    values = sorted({result.value for result in results})
    rows = []
    for model in MODELS:
        own = {result.value: result for result in results if result.model == model.name}
        rows.append([model.name, *(_cell(own[value]) for value in values)])
    return folded("All numbers", table(["model", *(f"{value:g}" for value in values)], rows, label="accuracies"))


def _cell(result: LabResult) -> str:
    """An accuracy with its interval."""
    low, high = result.interval
    return f"{result.accuracy:.3f} [{low:.3f}, {high:.3f}]"
