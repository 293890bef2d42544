"""The section on how the model uses columns: importance, effects, and interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.explanation import Effect, Occlusion
from glassnet.explanation.occlusion_figure import occlusion_caption, occlusion_panels
from glassnet.explanation.question import on_scale
from glassnet.pages import Bars, Plot, Series, number_text
from glassnet.report.document import Block, Grid, Panel, Picture
from glassnet.tables.outcome import outcomes

if TYPE_CHECKING:
    from glassnet.report.study.study import Study

_IMPORTANT, _PAIRS = 15, 5


def uses(study: Study) -> tuple[str, list[Block]]:
    """On the test rows."""
    importance = study.importance
    count = min(_IMPORTANT, len(importance.names))
    ends = list(zip(importance.low[:count].tolist(), importance.high[:count].tolist(), strict=True))
    change = "grows" if importance.measure == "log loss" else "falls"
    bars = Bars(
        list(importance.names[:count]), importance.values[:count].tolist(), "column",
        f"change of the {importance.measure}", digits=2,
        signed=False, ends=ends, width=640,
    )  # fmt: skip
    caption = f"How much the {importance.measure} {change} when a column's values are shuffled; lines are intervals."
    summary = f"Importance of columns; {importance.names[0]} is the most important."
    blocks: list[Block] = [Picture([Panel(bars, summary)], "Importance.", caption)]
    if study.effects:
        caption = (
            "The prediction as a function of the most important columns: the mean over the test rows (partial "
            "dependence), and accumulated local effects (dashed; for a category, marks), which use only existing rows. "
            "Ticks mark rows."
        )
        blocks.append(Picture([_effect(study, each) for each in study.effects], "Effects.", caption))
    if study.pairs:
        rows = [[f"{p.first} and {p.second}", f"{p.strength:.3g}", f"{p.share:.2f}"] for p in study.pairs[:_PAIRS]]
        caption = (
            "Interactions of the most important columns: how far, on average, the joint effect of two columns is from "
            "the sum of their separate effects, and that distance as a fraction of the joint effect (Friedman's H)."
        )
        blocks.append(Grid(["pair", "strength", "H"], rows, caption))
    blocks += [_example(study, each) for each in study.examples]
    if study.apparent:
        return "On the training rows, which also reflects what was memorized.", blocks
    return "On the test rows.", blocks


def _example(study: Study, occlusion: Occlusion) -> Picture:
    """The parts of one image that affect the prediction."""
    end = "highest" if occlusion is study.examples[0] else "lowest"
    label = on_scale(occlusion.scale, occlusion.output)
    caption = (
        f"The row with the {end} {label}, {occlusion.row}: {number_text(occlusion.answer, 3)}; with everything "
        f"covered with {occlusion.fill} it is {number_text(occlusion.covered, 3)}. "
        f"{occlusion_caption(occlusion, 1.0, 'in ' + label)} Regions "
        "interact, so their effects do not sum to that of covering everything."
    )
    panels = [Panel(chart, summary, title) for title, chart, summary in occlusion_panels(occlusion)]
    return Picture(panels, "Occlusion.", caption)


def _effect(study: Study, effect: Effect) -> Panel:
    """One column's effect on the outcome."""
    k = study.outcome
    label = effect.outputs[k] if study.of_times else on_scale(outcomes[study.task].scales[0], effect.outputs[k])
    mean = effect.mean[:, k]
    summary = f"{label} from {mean.min():.3g} to {mean.max():.3g} as {effect.column} changes."
    if effect.at is None or len(effect.at) < 2:
        return Panel(_levels(effect, k, label), summary, effect.column)
    series = [Series("mean", effect.at.tolist(), mean.tolist(), "line", "accent")]
    if study.of_times and len(effect.outputs) > 1:
        series = [
            Series(name, effect.at.tolist(), own.tolist(), "line", str(j + 1))
            for j, (name, own) in enumerate(zip(effect.outputs, effect.mean.T, strict=True))
        ]
        label = "cumulative incidence"
    elif effect.local is not None and effect.edges is not None:
        local = effect.local[:, k] + float(mean.mean())
        series.append(Series("accumulated local effects", effect.edges.tolist(), local.tolist(), "dashed", "2"))
    # the evaluated values are quantiles of the rows, so they show where rows are
    plot = Plot(series, effect.column, label, rug=effect.at.tolist(), width=420, height=280)
    return Panel(plot, summary, effect.column)


def _levels(effect: Effect, k: int, label: str) -> Bars:
    """The mean for each level, with its local effect as a mark."""
    mean = effect.mean[:, k]
    marks = None
    if effect.local is not None:
        own = effect.counts > 0
        level = float((effect.counts[own] * mean[own]).sum() / effect.counts[own].sum())
        marks = [float(value) for value in effect.local[:, k] + level]
    names = [f"{text} ({count:,.0f})" for text, count in zip(effect.texts, effect.counts, strict=True)]
    return Bars(
        names, mean.tolist(), effect.column, label, digits=3, signed=False, marks=marks,
        mark_label="accumulated local effects",
    )  # fmt: skip
