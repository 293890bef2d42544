"""An explanation as a page: the answer, figures of what makes it, what would change it, and the rows behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.explanation.effect import Effect
from glassnet.explanation.occlusion_figure import occlusion_figure
from glassnet.explanation.terminal import change_text, together
from glassnet.pages import Bars, Chart, Markup, Part, Plot, Series, figure, figure_of_panels, page, paragraph, table
from glassnet.tables.notation.number_text import iso_day

if TYPE_CHECKING:
    from glassnet.explanation.explanation import Explanation

_BARS, _IMPORTANT, _RUG, _PAIRS = 15, 12, 60, 5


def page_of(why: Explanation) -> str:
    """The whole page."""
    parts = [
        Part("What makes the answer", [_contributions(why)], opening=_against(why)),
        *_image(why),
        *_what_if(why),
        Part("What would change the answer", _changes(why)),
        Part("The rows behind", [_alike(why)], opening=(
            "The rows most like this one, each column counting alike. If none is near, the answer rests on little.")),
        *_whole(why),
    ]  # fmt: skip
    model, row = why.one.question.model, why.one.table
    kicker = f"{row.row_name(0)} of {row.origin}"
    target = " and ".join(model.schema_.targets)
    return page(f"Why this answer: {target}", parts, lead=why.sentence(), kicker=kicker, contents=False)


def _unit(why: Explanation) -> str:
    """The unit of shown answers."""
    return "percent" if why.factor() == 100 else why.label


def _against(why: Explanation) -> str:
    """The comparison of the answer with the base, and the sum of the contributions."""
    total = float(why.contributions.values[0, :, why.output].sum())
    return (
        f"The mean answer over {why.background} is {why.written(why.base)}. The contributions of the columns sum to "
        f"{why.written(total, signed=True)}, which gives {why.written(why.answer)}."
    )


def _contributions(why: Explanation) -> Markup:
    """The contributions as bars."""
    values, errors = (
        part[0, :, why.output] * why.factor() for part in (why.contributions.values, why.contributions.errors)
    )
    columns = list(why.ranked[:_BARS] if len(why.ranked) > _BARS + 1 else why.ranked)
    rest = [j for j in why.ranked if j not in columns]
    names = [f"{why.one.question.names[j]} = {why.cell(j)}" for j in columns]
    heights = [float(values[j]) for j in columns]
    if rest:
        names.append(f"{len(rest)} other columns")
        heights.append(float(values[rest].sum()))
    points = "percentage points" if why.factor() == 100 else "contribution"
    largest = float(errors.max())
    sure = "They are exact." if largest == 0 else f"Their standard errors are at most {largest:.2g}."
    caption = (
        f"Shapley values of the {why.label}, in {points}, against {why.contributions.n_background:,} rows by "
        f"{why.contributions.method}. {sure}"
    )
    summary = f"Bars of contributions; the largest is {names[0]} with {heights[0]:+.3g}."
    return figure(
        Bars(names, heights, "column", points, digits=3, width=640), summary, title="Contributions.", caption=caption
    )


def _image(why: Explanation) -> list[Part]:
    """Where in the image the answer comes from; nothing for a model without pixels."""
    occlusion = why.occlusion
    if occlusion is None:
        return []
    points = "percentage points" if why.factor() == 100 else "units of the answer"
    rows = [
        [region.where, f"{word} the answer", why.written(region.effect, signed=True)]
        for word, regions in (("raises", occlusion.helpful()), ("lowers", occlusion.harmful()))
        for region in regions
    ]
    opening = (
        f"One part of the image at a time is covered by {occlusion.fill}, and the model is asked again; all other "
        f"columns "
        f"stay. {together(why, occlusion)} The model was never trained on covered images."
    )
    caption = f"The regions that move the answer most, in {points}; rows and columns are counted from 0."
    blocks = [occlusion_figure(occlusion, why.factor(), points)]
    if rows:
        blocks.append(table(["region", "what it does", "by"], rows, caption=caption))
    return [Part("Where in the image", blocks, opening=opening)]


def _what_if(why: Explanation) -> list[Part]:
    """How the answer moves with the columns that contribute most; nothing where none has an order."""
    if not why.effects:
        return []
    opening = (
        "The answer for this row as one column changes and all else stays, with the mean over the rows that it is "
        "compared with. This is what the model would say, not what would happen to anybody."
    )
    panels = [_effect_panel(why, effect) for effect in why.effects]
    caption = (
        "Strong: this row. Thin: the mean of the rows compared with (partial dependence). Dashed: accumulated local "
        "effects, which use only rows that exist. Short lines at the bottom mark rows."
    )
    return [Part("What if one value were another", [figure_of_panels(panels, caption=caption)], opening=opening)]


def _effect_panel(why: Explanation, effect: Effect) -> tuple[str, Chart, str]:
    """One panel: curves of a number, bars of a category."""
    question, factor, k = why.one.question, why.factor(), why.output
    j = question.column(effect.column)
    values = why.seen.some_values(j, 31) if effect.at is not None else list(effect.texts)
    mixed = why.seen.with_values(why.one.matrix, j, why.seen.inputs(j, values))
    own = question.answer(mixed)[:, k] * factor
    if effect.at is None or len(effect.at) < 2:
        names = [f"{text} (now)" if text == why.cell(j) else text for text in effect.texts]
        chart: Chart = Bars(names, own.tolist(), effect.column, _unit(why), digits=3, signed=False)
        return effect.column, chart, f"The answer with each value of {effect.column}; now {why.cell(j)}."
    at, label = effect.at, effect.column
    rows = why.seen.numbers(j)
    rows = rows[np.isfinite(rows)]
    here = float(why.one.numbers(j)[0])
    local = effect.local
    edges = effect.edges
    shift = 0.0
    if question.columns[j].kind == "date":  # days would say nothing
        shift = float(at[0])
        label = f"{label}, days from {iso_day(shift)}"
    series = [
        Series("this row", (at - shift).tolist(), own.tolist(), "line", "accent"),
        Series("mean", (at - shift).tolist(), (effect.mean[:, k] * factor).tolist(), "line", "muted"),
    ]
    if local is not None and edges is not None:
        level = float(effect.mean[:, k].mean())
        accumulated = ((local[:, k] + level) * factor).tolist()
        series.append(Series("accumulated local effects", (edges - shift).tolist(), accumulated, "dashed", "2"))
    rules = [] if np.isnan(here) else [(here - shift, "now")]
    rug = (np.quantile(rows, np.linspace(0, 1, _RUG)) - shift).tolist()
    chart = Plot(series, label, _unit(why), rules=rules, rug=rug, width=420, height=280)
    low, high = float(own.min()), float(own.max())
    return effect.column, chart, f"The answer to this row from {low:.3g} to {high:.3g} as {effect.column} changes."


def _changes(why: Explanation) -> list[Markup]:
    """The nearest changes as a table."""
    if why.threshold is None and not why.one.question.has_classes:
        return [paragraph("Give a threshold amount to see the nearest change that crosses it.")]
    kept = f" Kept as in the row: {', '.join(why.keep)}." if why.keep else ""
    if not why.changes:
        return [paragraph(f"No change within the values seen {why.aim}, as far as was tried.{kept}")]
    rows = [[*_split(change_text(why, change)), f"{change.distance:.2f}"] for change in why.changes]
    caption = (
        f"The nearest change within the values seen that {why.aim}. The distance counts numbers in standard "
        f"deviations, and a category as 1.{kept}"
    )
    return [table(["change", "then the answer is", "distance"], rows, caption=caption)]


def _split(text_of: str) -> tuple[str, str]:
    """The change, and the answer."""
    change, _, answer = text_of.rpartition(": ")
    return change, answer


def _alike(why: Explanation) -> Markup:
    """The rows most like this one."""
    target = " and ".join(why.one.question.model.schema_.targets)
    rows = [[each.row, f"{each.distance:.2f}", why.written(each.answer), each.truth] for each in why.alike]
    return table(["row", "distance", f"answer ({why.label})", target], rows)


def _whole(why: Explanation) -> list[Part]:
    """Importance of the columns, and pairs that act together; nothing where neither is known."""
    importance, blocks = why.importance, list[Markup]()
    if importance is not None:
        count = min(_IMPORTANT, len(importance.names))
        ends = list(zip(importance.low[:count].tolist(), importance.high[:count].tolist(), strict=True))
        change = "grows" if importance.measure == "log loss" else "falls"
        chart = Bars(
            list(importance.names[:count]), importance.values[:count].tolist(), "column",
            f"change of the {importance.measure}",
            digits=2, signed=False, ends=ends, width=640,
        )  # fmt: skip
        caption = (
            f"By how much the {importance.measure} {change} when a column's values are given to other rows, on "
            f"{importance.n_rows:,} rows of {why.seen.table.origin}; the lines are 95 % intervals. Rows of the "
            f"training "
            "also count what was memorized."
        )
        blocks.append(
            figure(
                chart,
                f"Importance of columns; {importance.names[0]} leads.",
                title="What the model uses.",
                caption=caption,
            )
        )
    if why.pairs:
        rows = [
            [f"{pair.first} and {pair.second}", f"{pair.strength * why.factor():.3g}", f"{pair.share:.2f}"]
            for pair in why.pairs[:_PAIRS]
        ]
        caption = (
            "Pairs of columns whose joint effect is not the sum of their own: by how much, on average, and as a share "
            "of the joint effect (Friedman's H)."
        )
        blocks.append(table(["pair", f"strength ({_unit(why)})", "H"], rows, caption=caption))
    return [Part("The model as a whole", blocks)] if blocks else []
