"""An explanation as a page: the prediction, its contributions, what would change it, and similar rows."""

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
        Part("Contributions to the prediction", [_contributions(why)], opening=_against(why)),
        *_image(why),
        *_what_if(why),
        Part("What would change the prediction", _changes(why)),
        Part("Similar rows", [_alike(why)], opening=(
            "The rows most similar to this one, with equal weight for each column. If none is close, few data support "
            "the prediction.")),
        *_whole(why),
    ]  # fmt: skip
    model, row = why.one.question.model, why.one.table
    kicker = f"{row.row_name(0)} of {row.origin}"
    target = " and ".join(model.schema_.targets)
    return page(f"Why this prediction: {target}", parts, lead=why.sentence(), kicker=kicker, contents=False)


def _unit(why: Explanation) -> str:
    """The unit of displayed predictions."""
    return "percent" if why.factor() == 100 else why.label


def _against(why: Explanation) -> str:
    """The comparison of the prediction with the base, and the sum of the contributions."""
    total = float(why.contributions.values[0, :, why.output].sum())
    return (
        f"The mean prediction over {why.background} is {why.written(why.base)}. The contributions of the columns sum "
        f"to {why.written(total, signed=True)}, which gives {why.written(why.answer)}."
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
    """The effects of the parts of the image; nothing for a model without pixels."""
    occlusion = why.occlusion
    if occlusion is None:
        return []
    points = "percentage points" if why.factor() == 100 else "units of the prediction"
    rows = [
        [region.where, f"{word} the prediction", why.written(region.effect, signed=True)]
        for word, regions in (("raises", occlusion.helpful()), ("lowers", occlusion.harmful()))
        for region in regions
    ]
    opening = (
        f"One part of the image at a time is covered with {occlusion.fill}, and the model predicts again; all other "
        f"columns are unchanged. {together(why, occlusion)} The model was never trained on covered images."
    )
    caption = f"The regions that change the prediction most, in {points}; rows and columns are counted from 0."
    blocks = [occlusion_figure(occlusion, why.factor(), points)]
    if rows:
        blocks.append(table(["region", "effect", "by"], rows, caption=caption))
    return [Part("Where in the image", blocks, opening=opening)]


def _what_if(why: Explanation) -> list[Part]:
    """The effects of the columns that contribute most; nothing if there are none."""
    if not why.effects:
        return []
    opening = (
        "The prediction for this row as one column changes while all others are fixed, with the mean over the "
        "background rows. This is what the model would predict, not what would happen to a person."
    )
    panels = [_effect_panel(why, effect) for effect in why.effects]
    caption = (
        "Thick line: this row. Thin line: the mean over the background rows (partial dependence). Dashed line: "
        "accumulated local effects, which use only existing rows. Ticks at the bottom mark rows."
    )
    return [Part("What if one value were different", [figure_of_panels(panels, caption=caption)], opening=opening)]


def _effect_panel(why: Explanation, effect: Effect) -> tuple[str, Chart, str]:
    """One panel: curves for a number, bars for a category."""
    question, factor, k = why.one.question, why.factor(), why.output
    j = question.column(effect.column)
    values = why.rows.some_values(j, 31) if effect.at is not None else list(effect.texts)
    mixed = why.rows.with_values(why.one.matrix, j, why.rows.inputs(j, values))
    own = question.answer(mixed)[:, k] * factor
    if effect.at is None or len(effect.at) < 2:
        names = [f"{text} (now)" if text == why.cell(j) else text for text in effect.texts]
        chart: Chart = Bars(names, own.tolist(), effect.column, _unit(why), digits=3, signed=False)
        return effect.column, chart, f"The prediction with each value of {effect.column}; now {why.cell(j)}."
    at, label = effect.at, effect.column
    rows = why.rows.numbers(j)
    rows = rows[np.isfinite(rows)]
    here = float(why.one.numbers(j)[0])
    local = effect.local
    edges = effect.edges
    shift = 0.0
    if question.columns[j].kind == "date":  # days since 1970 would be meaningless to a reader
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
    return effect.column, chart, f"The prediction for this row, {low:.3g} to {high:.3g}, as {effect.column} changes."


def _changes(why: Explanation) -> list[Markup]:
    """The nearest changes as a table."""
    if why.threshold is None and not why.one.question.has_classes:
        return [paragraph("Give an amount as the threshold to see the nearest change that crosses it.")]
    kept = f" Held fixed: {', '.join(why.keep)}." if why.keep else ""
    if not why.changes:
        return [paragraph(f"No change within the observed values was found that {why.aim}.{kept}")]
    rows = [[*_halves(change_text(why, change)), f"{change.distance:.2f}"] for change in why.changes]
    caption = (
        f"The nearest changes within the observed values, each of which {why.aim}. The distance is in standard "
        f"deviations for numbers; a category counts as 1.{kept}"
    )
    return [table(["change", "new prediction", "distance"], rows, caption=caption)]


def _halves(text_of: str) -> tuple[str, str]:
    """The change and the prediction."""
    change, _, answer = text_of.rpartition(": ")
    return change, answer


def _alike(why: Explanation) -> Markup:
    """The most similar rows."""
    target = " and ".join(why.one.question.model.schema_.targets)
    rows = [[each.row, f"{each.distance:.2f}", why.written(each.answer), each.truth] for each in why.alike]
    return table(["row", "distance", f"prediction ({why.label})", target], rows)


def _whole(why: Explanation) -> list[Part]:
    """Importance of the columns, and interactions; nothing if neither is known."""
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
            f"How much the {importance.measure} {change} when a column's values are shuffled, on "
            f"{importance.n_rows:,} rows of {why.rows.table.origin}; the lines are 95 % intervals. If these are "
            f"training rows, importance also includes what was memorized."
        )
        blocks.append(
            figure(
                chart,
                f"Importance of columns; {importance.names[0]} is the most important.",
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
            "Pairs of columns that interact: how far, on average, their joint effect is from the sum of their separate "
            "effects, and that distance as a fraction of the joint effect (Friedman's H)."
        )
        blocks.append(table(["pair", f"strength ({_unit(why)})", "H"], rows, caption=caption))
    return [Part("The model as a whole", blocks)] if blocks else []
