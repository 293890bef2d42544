"""A reader of shown arithmetic: what a person with a calculator would do."""

from __future__ import annotations

import math
import re

import pytest


def _exp(x):
    """A calculator shows infinity, not an error."""
    return math.exp(x) if x < 709 else math.inf


_NAMES = {
    "exp": _exp, "expm1": math.expm1, "log": math.log, "log1p": math.log1p, "tanh": math.tanh, "erf": math.erf,
    "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos, "max": max, "min": min, "abs": abs, "pi": math.pi,
}  # fmt: skip


def calculate(written):
    """The value of an expression as it is shown, from its shown digits."""
    text = written.replace("·", "*").replace("−", "-").replace("^(", "**(").replace("[", "(").replace("]", ")")
    text = text.replace("π", "pi")
    for sign, power in zip("²³⁴", "234", strict=True):
        text = text.replace(sign, f"**{power}")
    while "|" in text:
        shorter = re.sub(r"\|([^|]*)\|", r"abs(\1)", text, count=1)
        assert shorter != text
        text = shorter
    try:
        return float(eval(text, {"__builtins__": {}}, _NAMES))
    except OverflowError:
        return math.inf


@pytest.fixture(scope="session")
def calculator():
    """``calculator("2 · (0.5 − 1)")`` is -1.0."""
    return calculate
