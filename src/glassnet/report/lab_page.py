"""The results of the lab as a page: a chart for each knob, example phantoms, and all numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from glassnet.evaluate.lab import DAMAGE, MODELS, LabResult, damaged
from glassnet.images import Knobs, phantoms
from glassnet.pages import Part, Plot, Raster, Series, figure, figure_of_panels, page
from glassnet.pages.markup import Content

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
        chart = figure(knob_plot(of_knob, knob), f"Accuracy of {len(MODELS)} models as the knob {knob} turns.")
        examples = _examples(of_knob, knob, base, seed, train)
        parts.append(Part(f"The knob {knob}", [chart, examples], mark=str(number)))
    footer = (
        f"Intervals: 95 %, over the test phantoms, for one training (Wilson 1927). The other knobs are at {base}. "
        f"Seed {seed}. All numbers were measured in this run."
    )
    return page("Which models still work as a knob turns", parts, lead=lead, footer=footer,
                kicker="glassnet lab")  # fmt: skip


def knob_plot(results: Sequence[LabResult], knob: str) -> Plot:
    """Accuracy against a knob, with the intervals as vertical lines; models stand side by side to keep them apart.

    Parameters
    ----------
    results : sequence of LabResult
        Those of one knob.
    knob : str

    Returns
    -------
    Plot

    Examples
    --------
    >>> results = [LabResult("noise", value, model.name, 15, 20) for value in (0.0, 1.0) for model in MODELS]
    >>> [series.name for series in knob_plot(results, "noise").series if series.name][:2]
    ['forest on features', 'SVM on features']
    """
    values = sorted({result.value for result in results})
    step = 0.012 * ((values[-1] - values[0]) or 1.0)
    series, rows = [], []
    for place, model in enumerate(MODELS):
        own = [result for result in results if result.model == model.name]
        xs = [result.value + step * (place - (len(MODELS) - 1) / 2) for result in own]
        style = f"class-{place + 1}"
        series.append(Series(model.name, xs, [result.accuracy for result in own], "line+points", style, shape=place))
        series += [Series("", [x, x], list(r.interval), "line", style) for x, r in zip(xs, own, strict=True)]
        rows.append([model.name, *(_cell(result) for result in sorted(own, key=lambda r: r.value))])
    head = ["model", *(f"{knob} {value:g}" for value in values)]
    return Plot(series, knob, "accuracy", y_range=(0.3, 1.02), levels=[(0.5, "chance")], listed=(head, rows))


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


def _cell(result: LabResult) -> str:
    """An accuracy with its interval."""
    low, high = result.interval
    return f"{result.accuracy:.3f} [{low:.3f}, {high:.3f}]"
