"""A page on the columns that each classifier uses: families, single columns, and forward selection."""

from __future__ import annotations

from dataclasses import replace

from glassnet.evaluate.usage.feature_use import AreaEstimate, FeatureUse
from glassnet.evaluate.usage.fold import ALIKE
from glassnet.pages import Bars, Part, Plot, Series, figure, figure_of_panels, page, paragraph, table
from glassnet.pages.markup import Content

MOST_SHOWN = 10
_WIDE = 640.0
_STYLES = ("1", "2", "3")


def feature_use_page(use_of: FeatureUse, source: str) -> str:
    """The page.

    Parameters
    ----------
    found : FeatureUse
    source : str
        The name of the data.

    Returns
    -------
    str
        A self-contained HTML document without scripts.
    """
    lead = (
        f"{len(use_of.classifiers)} classifiers, trained and tested on the same rows of {source}: "
        f"{use_of.n_rows} rows in {use_of.folds} folds, {len(use_of.names)} columns, classes "
        f"{', '.join(use_of.classes)}."
    )
    parts = [Part("With all columns", _areas(use_of), mark="1")]
    if use_of.families:
        parts.append(Part("Families of features", _families(use_of), mark=str(len(parts) + 1)))
    parts.append(Part("Single columns", _columns(use_of), mark=str(len(parts) + 1)))
    parts.append(Part("Performance with few columns", _selection(use_of), mark=str(len(parts) + 1)))
    sampled = (
        f" {use_of.n_rows} of {use_of.n_rows_known} rows were sampled." if use_of.n_rows < use_of.n_rows_known else ""
    )
    together = f" Rows with equal {use_of.groups} stay in the same fold." if use_of.groups else ""
    footer = (
        f"Performance is the {use_of.measure}, on rows that the classifier has not seen. Intervals: 95 %, over these "
        f"rows, for the trained classifiers (DeLong et al. 1988).{sampled}{together}"
    )
    return page(
        "Which features each classifier uses", parts, lead=lead, footer=footer, kicker="glassnet features"
    )  # fmt: skip


def in_brief(each: AreaEstimate, digits: int = 3) -> str:
    """A value with its interval."""
    return f"{each.value:.{digits}f} [{each.low:.{digits}f}, {each.high:.{digits}f}]"


def _areas(use_of: FeatureUse) -> list[Content]:
    """The performance of each classifier."""
    rows = [[use.name, in_brief(use.area)] for use in use_of.classifiers]
    return [table(["classifier", use_of.measure], rows, label="areas")]


def _families(use_of: FeatureUse) -> list[Content]:
    """The loss of performance of each classifier without a family."""
    words = paragraph(
        "All features of a family are shuffled together. A family that others can replace costs little, even if it is "
        "informative by itself."
    )
    order = sorted(
        range(len(use_of.families)), key=lambda k: -max(use.families[k].value for use in use_of.classifiers)
    )[:MOST_SHOWN]  # fmt: skip
    names = [use_of.families[k].replace("_", " ") for k in order]
    panels = [
        (use.name, _bars(names, [use.families[k] for k in order], "family", _ends(use_of, families=True)),
         f"Loss of the {use.name} without each family.") for use in use_of.classifiers
    ]  # fmt: skip
    return [words, figure_of_panels(panels, caption=f"Decrease of the {use_of.measure} when a family is shuffled.")]


def _columns(use_of: FeatureUse) -> list[Content]:
    """The columns without which each classifier loses most."""
    words = paragraph(
        "One column at a time is shuffled. Columns with nearly the same information share their importance, so that "
        "each looks less useful than it is."
    )
    figures = []
    for use in use_of.classifiers:
        places = use.strongest(MOST_SHOWN)
        bars = replace(
            _bars([use_of.names[j] for j in places], [use.losses[j] for j in places], "column",
                  _ends(use_of, families=False)),
            width=_WIDE,
        )  # fmt: skip
        figures.append(
            figure(
                bars, f"Decrease of the {use_of.measure} of the {use.name} when a column is shuffled.", title=use.name
            )
        )
    top = [set(use.strongest(MOST_SHOWN)) for use in use_of.classifiers]
    shared = [use_of.names[j] for j in use_of.classifiers[0].strongest(MOST_SHOWN) if all(j in each for each in top)]
    summary = f"Among the top {MOST_SHOWN} of every classifier: {', '.join(shared)}." if shared else (
        f"No column is among the top {MOST_SHOWN} of every classifier."
    )  # fmt: skip
    return [words, *figures, paragraph(summary)]


def _ends(use_of: FeatureUse, *, families: bool) -> tuple[float, float]:
    """The same ends of the axis for all classifiers."""
    parts = [each for use in use_of.classifiers for each in (use.families if families else use.losses)]
    return min((each.low for each in parts), default=0.0), max((each.high for each in parts), default=0.0)


def _bars(names: list[str], values: list[AreaEstimate], what: str, axis: tuple[float, float]) -> Bars:
    """Losses with their intervals."""
    return Bars(
        names, [each.value for each in values], what, "loss", digits=3, signed=False, smallest=min(axis[0], 0.0),
        largest=axis[1] if axis[1] > 0 else 1.0, ends=[(each.low, each.high) for each in values],
    )  # fmt: skip


def _selection(use_of: FeatureUse) -> list[Content]:
    """Forward selection: curves, and the chosen columns."""
    words = paragraph(
        f"For each classifier separately, the column that helps it most is added at each step. Candidates are the "
        f"{use_of.candidates} columns that separate the classes best on the training rows (only one of two with a "
        f"correlation above {ALIKE:g}). The left-out fold is the test set and plays no part in the choice."
    )
    series = []
    for place, (use, style) in enumerate(zip(use_of.classifiers, _STYLES, strict=False)):
        counts = [number + 0.06 * (place - 1) for number in range(1, len(use.steps) + 1)]
        series.append(Series(use.name, counts, [step.area.value for step in use.steps], "line+points", style,
                             shape=place))  # fmt: skip
        series += [Series("", [x, x], [step.area.low, step.area.high], "line", style)
                   for x, step in zip(counts, use.steps, strict=True)]  # fmt: skip
        series.append(Series("", [0.8, len(use.steps) + 0.2], [use.area.value] * 2, "dashed", style))
    plot = Plot(series, "columns", use_of.measure.partition(",")[0])
    caption = f"The {use_of.measure} against the number of columns, with 95 % intervals; dashed: with all columns."
    rows = [
        [use.name, str(number), in_brief(step.area), _columns_by_frequency(step.chosen, use_of.folds)]
        for use in use_of.classifiers for number, step in enumerate(use.steps, 1)
    ]  # fmt: skip
    return [words, figure(plot, caption),
            table(["classifier", "columns", "AUC", "chosen, with the number of folds"], rows,
                  label="forward selection")]  # fmt: skip


def _columns_by_frequency(chosen: tuple[tuple[str, int], ...], folds: int) -> str:
    """The columns that a step added, most frequent first."""
    listed = [f"{name} ({count} of {folds})" for name, count in chosen[:3]]
    return ", ".join(listed) + (f" and {len(chosen) - 3} more" if len(chosen) > 3 else "")
