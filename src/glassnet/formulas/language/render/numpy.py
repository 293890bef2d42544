"""Evaluation of a formula: the readable reference for every compiled kernel."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import FormulaError
from glassnet.formulas.language.syntax import Call, Name, Node, Number

if TYPE_CHECKING:
    from glassnet.formulas.language import Expression

_erf = np.vectorize(math.erf, otypes=[np.float64])

_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "tanh": np.tanh, "erf": _erf,
    "sqrt": np.sqrt, "abs": np.abs, "sin": np.sin, "cos": np.cos,
    "max": np.maximum, "min": np.minimum, "power": np.power, "where": np.where,
}  # fmt: skip
_OPERATORS: Mapping[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def evaluate(expression: Expression, values: Mapping[str, Any]) -> Any:
    """Evaluate a formula in float64.

    Both branches of a ``where`` are computed, as on the vector units of the engine, so overflow in the branch that
    is not taken is silent here.
    """
    missing = expression.names - values.keys()
    if missing:
        raise FormulaError(f"The formula {expression.source!r} needs a value for {', '.join(sorted(missing))}.")
    arrays = {name: np.asarray(values[name], dtype=np.float64) for name in expression.names}
    with np.errstate(all="ignore"):
        return np.asarray(_evaluate(expression.tree, arrays), dtype=np.float64)


def evaluate_number(expression: Expression, values: Mapping[str, float]) -> float:
    """The same of plain numbers, without the arrays around them, which take longer than the arithmetic.

    Examples
    --------
    >>> from glassnet.formulas.language import Expression
    >>> evaluate_number(Expression("1 / f"), {"f": 4.0}), evaluate_number(Expression("1 / f"), {"f": 0.0})
    (0.25, inf)
    """
    with np.errstate(all="ignore"):
        return float(_evaluate(expression.tree, {name: np.float64(value) for name, value in values.items()}))


def _evaluate(node: Node, values: Mapping[str, Any]) -> Any:
    """The value of one node."""
    if isinstance(node, Number):
        return np.float64(node.value)
    if isinstance(node, Name):
        return values[node.name]
    if isinstance(node, Call):
        return _FUNCTIONS[node.function](*(_evaluate(argument, values) for argument in node.arguments))
    right = _evaluate(node.right, values)
    if node.left is None:
        return -right
    left = _evaluate(node.left, values)
    if node.operator == "**":
        product = left
        for _ in range(int(right) - 1):
            product = product * left
        return product
    return _OPERATORS[node.operator](left, right)
