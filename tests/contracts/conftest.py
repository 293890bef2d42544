"""The oracle of every formula: the same tree in 50-digit arithmetic."""

from __future__ import annotations

import mpmath
import pytest

from glassnet.formulas.language.syntax import Call, Name, Number

DIGITS = 60
_FUNCTIONS = {
    "exp": mpmath.exp, "expm1": mpmath.expm1, "log": mpmath.log, "log1p": mpmath.log1p,
    "tanh": mpmath.tanh, "erf": mpmath.erf, "sqrt": mpmath.sqrt, "abs": abs, "sin": mpmath.sin, "cos": mpmath.cos,
    "max": max, "min": min, "power": lambda b, p: mpmath.power(b, p),
}  # fmt: skip
_OPERATORS = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "**": lambda a, b: a ** int(b), "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


def exactly(node, values):
    """The value of a tree in mpmath, lazily: only the branch of a ``where`` that is taken is computed."""
    if isinstance(node, Number):
        return mpmath.pi if node.name == "pi" else mpmath.mpf(node.value)
    if isinstance(node, Name):
        return mpmath.mpf(values[node.name])
    if isinstance(node, Call):
        if node.function == "where":
            condition, then, otherwise = node.arguments
            return exactly(then if exactly(condition, values) else otherwise, values)
        return _FUNCTIONS[node.function](*(exactly(argument, values) for argument in node.arguments))
    if node.left is None:
        return -exactly(node.right, values)
    return _OPERATORS[node.operator](exactly(node.left, values), exactly(node.right, values))


@pytest.fixture(scope="session")
def exact():
    """``exact(expression, **values)`` in 60 digits."""
    assert set(_FUNCTIONS) | {"where"} == set(__import__("glassnet.formulas.language.syntax", fromlist=["x"]).FUNCTIONS)

    def evaluate(expression, **values):
        with mpmath.workdps(DIGITS):
            return +exactly(expression.tree, values)

    return evaluate


@pytest.fixture(scope="session")
def exact_slope():
    """``exact_slope(expression, "z", z=1.0)``: the derivative by 60-digit differences."""

    def differentiate(expression, variable, **values):
        with mpmath.workdps(DIGITS):
            point = mpmath.mpf(values[variable])
            return +mpmath.diff(lambda x: exactly(expression.tree, {**values, variable: x}), point)

    return differentiate
