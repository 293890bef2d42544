"""The registries as trees of plain lists: the same formulas that run here are what runs in the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glassnet.formulas import Parameter, activations, initializers, losses, optimizers, penalties, schedules
from glassnet.formulas.language import Expression
from glassnet.formulas.language.syntax import Call, Name, Node, Number
from glassnet.formulas.loss import links
from glassnet.formulas.randomness import QUANTILE_TABLES
from glassnet.plain import finite
from glassnet.studio.data.preparation.preparation import MOST_EPOCHS

LIMITS = {"layers": 8, "neurons": 64, "parameters": 2_000, "epochs": MOST_EPOCHS}
"""The largest network that a page computes by itself; larger networks belong into the studio."""
_PENALTIES = ("l1", "l2")


def concepts() -> dict[str, Any]:
    """Every formula that a network in the page may use.

    Losses that look at a whole batch are left out: no table of the studio asks for them.
    """
    offered = {name: loss for name, loss in losses.items() if loss.batch is None and loss.task != "survival"}
    return {
        "activations": {
            a.name: {
                "value": _tree(a.value), "derivative": _tree(a.derivative), "range": [finite(end) for end in a.range],
                "lowest": _tree(a.lowest), "kinks": a.kinks, "gain": a.gain, **_parameters(a),
            }
            for a in activations.values()
        },
        "losses": {
            name: {
                "value": _tree(loss.value), "gradient": _tree(loss.gradient), "link": loss.link, "task": loss.task,
                "kinks": _tree(loss.kinks), "low": finite(loss.target_domain[0]),
                "high": finite(loss.target_domain[1]), "open": loss.open_target, **_parameters(loss),
            }
            for name, loss in offered.items()
        },
        "links": {link.name: _tree(link.value) for link in links.values()},
        "optimizers": {
            o.name: {
                "updates": _assignments(o.updates), "scalars": _assignments(o.scalars), "state": o.state,
                **_parameters(o),
            }
            for o in optimizers.values()
        },
        "schedules": {s.name: {"factor": _tree(s.factor), **_parameters(s)} for s in schedules.values()},
        "initializers": {
            i.name: {
                "distribution": i.distribution, "biases_as": i.biases_as, "weights": _tree(i.weights),
                "biases": _tree(i.biases), **_parameters(i),
            }
            for i in initializers.values()
        },
        "penalties": {
            name: {
                "value": _tree(penalties[name].value), "gradient": _tree(penalties[name].gradient),
                "kinks": penalties[name].kinks, **_parameters(penalties[name]),
            }
            for name in _PENALTIES
        },
        "quantile": QUANTILE_TABLES,
        "limits": LIMITS,
    }  # fmt: skip


def _tree(formula: Expression | None) -> Any:
    """A formula: numbers, names, and lists that begin with an operator or a function."""
    return None if formula is None else _plain(formula.tree)


def _plain(node: Node) -> Any:
    """One node of a formula."""
    if isinstance(node, Number):
        return [node.name] if node.name else int(node.value) if node.value.is_integer() else node.value
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Call):
        return [node.function, *map(_plain, node.arguments)]
    return [node.operator, *([] if node.left is None else [_plain(node.left)]), _plain(node.right)]


def _assignments(formulas: Mapping[str, Expression]) -> list[Any]:
    """Named formulas in their order."""
    return [[name, _tree(formula)] for name, formula in formulas.items()]


def _parameters(record: Any) -> dict[str, Any]:
    """The numbers that shape the formulas of a record: name, default, limits, and whether these are excluded."""
    given: tuple[Parameter, ...] = record.parameters
    return {"parameters": [[p.name, p.default, finite(p.low), finite(p.high), p.open_low, p.open_high] for p in given]}
