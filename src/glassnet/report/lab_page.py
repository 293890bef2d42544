"""The results of the lab as a page: a chart for each knob, example phantoms, and all numbers."""

from __future__ import annotations

from collections.abc import Sequence

from glassnet.evaluate.lab import MODELS, LabResult, turned
from glassnet.images import Knobs
from glassnet.pages import Part, Plot, Raster, Series, figure, figure_of_panels, page, paragraph
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
    parts = []
    for number, knob in enumerate(dict.fromkeys(result.knob for result in results), 1):
        of_knob = [result for result in results if result.knob == knob]
        chart = figure(knob_plot(of_knob, knob), f"Accuracy of {_models(of_knob)} as the knob {knob} turns.")
        examples = _examples(of_knob, knob, base, seed, train)
        conclusion = paragraph(finding(of_knob, knob))
        parts.append(Part(f"The knob {knob}", [conclusion, chart, examples], mark=str(number)))
    footer = f"The other knobs are at {base}. Seed {seed}. All numbers were measured in this run."
    lead = how_measured(train=train, test=test, straight=straight)
    return page("Which models still work as a knob turns", parts, lead=lead, footer=footer,
                kicker="glassnet lab")  # fmt: skip


def how_measured(*, train: int, test: int, straight: bool) -> str:
    """The meaning of the accuracies, in words.

    Parameters
    ----------
    train, test, straight
        The settings of the run.

    Returns
    -------
    str

    Examples
    --------
    >>> how_measured(train=300, test=500, straight=False)[-86:]
    'Intervals: 95 %, over the test phantoms, for one training of each model (Wilson 1927).'
    """
    return (
        f"Simulated lesions of two classes, from a generator with knobs. Each model was trained on {train} "
        f"phantoms {'with all knobs at their defaults' if straight else 'at each setting of the knob'} and tested on "
        f"{test} others {'at each setting of the knob' if straight else 'at the same setting'}; damage is of test "
        "phantoms only. Intervals: 95 %, over the test phantoms, for one training of each model (Wilson 1927)."
    )


def finding(results: Sequence[LabResult], knob: str) -> str:
    """Which model lost most as a knob turned and which was the most accurate at the end, as measured.

    Parameters
    ----------
    results : sequence of LabResult
        Those of one knob.
    knob : str

    Returns
    -------
    str

    Examples
    --------
    >>> counts = {(0.0, "forest on features"): 95, (1.0, "forest on features"): 90,
    ...           (0.0, "SVM on pixels"): 90, (1.0, "SVM on pixels"): 55}
    >>> results = [LabResult("noise", value, model, correct, 100) for (value, model), correct in counts.items()]
    >>> print(finding(results, "noise"))
    From noise 0 to 1, SVM on pixels lost most: 0.900 to 0.550. At 1, forest on features is the most accurate:
    0.900 [0.826, 0.945].
    """
    low, high = min(result.value for result in results), max(result.value for result in results)
    first = {result.model: result.accuracy for result in results if result.value == low}
    last = {result.model: result for result in results if result.value == high}
    best = max(last.values(), key=lambda result: result.accuracy)
    worst = max(last, key=lambda model: first[model] - last[model].accuracy)
    if low == high:
        turn = f"At {knob} {high:g}, "
    elif first[worst] > last[worst].accuracy:
        lost = f"{worst} lost {'most' if len(last) > 1 else 'accuracy'}"
        turn = (
            f"From {knob} {low:g} to {high:g}, {lost}: {first[worst]:.3f} to {last[worst].accuracy:.3f}. At {high:g}, "
        )
    else:
        turn = f"From {knob} {low:g} to {high:g}, no model lost accuracy. At {high:g}, "
    if len(last) == 1:
        return f"{turn}its accuracy is {_cell(best)}." if low < high else f"{turn}{best.model} has {_cell(best)}."
    text = f"{turn}{best.model} is the most accurate: {_cell(best)}."
    rivals = sum(one is not best and one.interval[1] >= best.interval[0] for one in last.values())
    others = f"those of {rivals} other models" if rivals > 1 else "that of one other model"
    return f"{text} Its interval overlaps with {others}." if rivals else text


def _models(results: Sequence[LabResult]) -> str:
    """How many models there are, with the noun."""
    count = len({result.model for result in results})
    return f"{count} model{'s' * (count > 1)}"


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
        if not own:
            continue
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
        drawn = turned(base, knob, value).draw(2 * _EXAMPLES, seed, first)
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
