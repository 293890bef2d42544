"""The menus of the page, made from the registries: nothing else lists what there is to choose."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import glassnet
from glassnet.formulas import REDUCTIONS, activations, initializers, losses, optimizers, penalties, schedules
from glassnet.formulas.language import Expression
from glassnet.studio.contract import catalog as wire
from glassnet.studio.contract.data import DataSummary
from glassnet.tables.columns.kinds.kind import KINDS
from glassnet.tables.outcome import outcomes

_REDUCTION_TEXTS = {
    "sum": "the sum over the rows", "half-sum": "half the sum over the rows", "mean": "the mean over the rows",
    "half-mean": "half the mean over the rows",
}  # fmt: skip


def menus(data_sets: Sequence[DataSummary], limits: wire.Limits) -> wire.Catalog:
    """All menus of the page, for these data sets and limits."""
    asked = {task for kind in outcomes.values() if kind.target_columns for task in kind.loss_tasks}
    known = {name: loss for name, loss in losses.items() if loss.task in asked}
    return wire.Catalog(
        version=glassnet.__version__,
        activations=_concepts(activations, ("value", "derivative")),
        losses=_concepts(known, ("value", "gradient")),
        reductions=[wire.Reduction(name, _REDUCTION_TEXTS[name]) for name in REDUCTIONS],
        optimizers=_concepts(optimizers, ()), schedules=_concepts(schedules, ("factor",)),
        initializers=_concepts(initializers, ("weights", "biases")),
        penalties=_concepts(penalties, ("value", "gradient")),
        kinds=[*KINDS, "left_out"], data_sets=list(data_sets), limits=limits,
    )  # fmt: skip


def _concepts(registry: Mapping[str, Any], formulas: tuple[str, ...]) -> list[wire.Concept]:
    """The records of a registry."""
    return [
        wire.Concept(
            name=record.name, summary=record.summary, reference=record.reference,
            parameters=[_parameter(p) for p in record.parameters],
            formulas=_formulas(record, formulas), task=getattr(record, "task", None),
            link=getattr(record, "link", None), curve=_curve(record) if registry is activations else [],
        )
        for record in registry.values()
    ]  # fmt: skip


def _parameter(p: Any) -> wire.ParameterChoice:
    """A number that shapes a formula."""
    return wire.ParameterChoice(
        p.name, p.default, p.meaning, p.domain, None if math.isinf(p.low) else p.low,
        None if math.isinf(p.high) else p.high, p.open_low, p.open_high,
    )  # fmt: skip


def _formulas(record: Any, names: tuple[str, ...]) -> list[wire.FormulaText]:
    """The formulas of a record; those of an optimizer in their order."""
    expressions: dict[str, Expression | None] = {name: getattr(record, name) for name in names}
    if hasattr(record, "updates"):
        expressions |= {**record.scalars, **record.updates}
    written = [wire.FormulaText(name, f.text, f.latex) for name, f in expressions.items() if f is not None]
    if getattr(record, "latex_value", ""):
        written = [
            wire.FormulaText("value", record.text_value, record.latex_value),
            wire.FormulaText("gradient", record.text_gradient, record.latex_gradient),
        ]
    return written


def _curve(record: Any) -> list[tuple[float, float, float]]:
    """An activation and its slope from -4 to 4."""
    z = np.linspace(-4.0, 4.0, 65)
    a = record.apply(z) * np.ones_like(z)
    slope = record.slope(z, a) * np.ones_like(z)
    return list(zip(z.tolist(), a.tolist(), slope.tolist(), strict=True))
