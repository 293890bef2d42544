"""Conversion of a formula to source code, in C99 or NumPy, for the exports.

The text is what a person would write: infix operators with the brackets they need, library functions by their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from glassnet.formulas.language import Expression
from glassnet.formulas.language.syntax import Name, Node, Number, Operation

_PRECEDENCE = {"<": 1, "<=": 1, ">": 1, ">=": 1, "+": 2, "-": 2, "*": 3, "/": 3, "neg": 4}
_ATOM = 9


@dataclass(frozen=True)
class Dialect:
    """How a programming language spells the functions of the formula language; ``{0}`` stands for an argument."""

    functions: Mapping[str, str]
    power: str


C99 = Dialect(
    {
        "exp": "exp({0})", "expm1": "expm1({0})", "log": "log({0})", "log1p": "log1p({0})", "tanh": "tanh({0})",
        "erf": "erf({0})", "sqrt": "sqrt({0})", "abs": "fabs({0})", "sin": "sin({0})", "cos": "cos({0})",
        "max": "fmax({0}, {1})", "min": "fmin({0}, {1})", "power": "pow({0}, {1})", "where": "({0} ? {1} : {2})",
    },
    power="pow({0}, {1})",
)  # fmt: skip
NUMPY = Dialect(
    {
        "exp": "np.exp({0})", "expm1": "np.expm1({0})", "log": "np.log({0})", "log1p": "np.log1p({0})",
        "tanh": "np.tanh({0})", "erf": "erf({0})", "sqrt": "np.sqrt({0})", "abs": "np.abs({0})",
        "sin": "np.sin({0})", "cos": "np.cos({0})", "max": "np.maximum({0}, {1})", "min": "np.minimum({0}, {1})",
        "power": "np.power({0}, {1})", "where": "np.where({0}, {1}, {2})",
    },
    power="({0}) ** {1}",
)  # fmt: skip


def code(expression: Expression, dialect: Dialect, values: Mapping[str, float] | None = None) -> str:
    """The formula as source text; names in `values` become numbers, all others stay names.

    Examples
    --------
    >>> code(Expression("where(z > 0, z, slope * z)"), C99, {"slope": 0.25})
    '(z > 0.0 ? z : 0.25 * z)'
    >>> code(Expression("z / (1 + exp(-z))"), NUMPY)
    'z / (1.0 + np.exp(-z))'
    """
    return _write(expression.tree, dialect, values or {})[0]


def _write(node: Node, dialect: Dialect, values: Mapping[str, float]) -> tuple[str, int]:
    """The text of a node and how tightly it holds together."""
    if isinstance(node, Number):
        return _number(node.value)
    if isinstance(node, Name):
        return _number(values[node.name]) if node.name in values else (node.name, _ATOM)
    if isinstance(node, Operation):
        return _operation(node, dialect, values)
    arguments = [_write(argument, dialect, values)[0] for argument in node.arguments]
    return dialect.functions[node.function].format(*arguments), _ATOM


def _operation(node: Operation, dialect: Dialect, values: Mapping[str, float]) -> tuple[str, int]:
    """An operator between its operands, each in brackets when it would fall apart without."""
    right, tight_right = _write(node.right, dialect, values)
    if node.left is None:
        return f"-{right if tight_right == _ATOM else f'({right})'}", _PRECEDENCE["neg"]
    left, tight_left = _write(node.left, dialect, values)
    if node.operator == "**":
        assert isinstance(node.right, Number)
        whole = f"{node.right.value:g}"
        return dialect.power.format(left, whole), _ATOM if "pow" in dialect.power else 5
    own = _PRECEDENCE[node.operator]
    left = left if tight_left >= own else f"({left})"
    # numbers are not associative: the order of the formula is kept by brackets
    right = right if tight_right > own else f"({right})"
    return f"{left} {node.operator} {right}", own


def _number(value: float) -> tuple[str, int]:
    """A literal that reads back as the same float, always with a point or an exponent."""
    text = repr(float(value))
    return (text, _ATOM) if value >= 0 else (text, _PRECEDENCE["neg"])
