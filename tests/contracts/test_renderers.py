"""The renderers: text reads back to the same value, LaTeX braces balance, MathML is well-formed, names are escaped."""

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.formulas import Expression, activations, initializers, losses, optimizers, penalties, schedules
from glassnet.formulas.language.render.display import LATEX, MATHML, TEXT, render
from glassnet.formulas.language.syntax import FUNCTIONS

GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ρ": "rho", "μ": "mu",
         "η": "learning_rate", "π": "pi"}  # fmt: skip
PYTHON = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "tanh": np.tanh, "sqrt": np.sqrt,
    "sin": np.sin, "cos": np.cos, "max": max, "min": min, "abs": abs, "erf": math.erf, "pi": math.pi,
}  # fmt: skip


def read_back(text):
    """Plain text of a formula as Python source."""
    text = text.replace("·", "*").replace("−", "-").replace("≤", "<=").replace("≥", ">=").replace("^(", "**(")
    for sign, power in zip("²³⁴", "234", strict=True):
        text = text.replace(sign, f"**{power}")
    for digit, plain in zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True):
        text = text.replace(digit, f"_{plain}")
    for letter, name in GREEK.items():
        text = text.replace(letter, name)
    bars = text.count("|")
    assert bars % 2 == 0
    while "|" in text:  # absolute values that hold none: the innermost ones
        shorter = re.sub(r"\|((?:[^|]|(?<=\w)\|)*?)\|", r"abs(\1)", text, count=1)
        assert shorter != text
        text = shorter
    return text


def all_formulas():
    """Every formula of every registry."""
    for record in activations.values():
        yield record.name, record.value
        yield record.name, record.derivative
    for record in losses.values():
        for formula in (record.value, record.gradient, record.kinks):
            if formula is not None:
                yield record.name, formula
    for record in penalties.values():
        yield from ((record.name, f) for f in (record.value, record.gradient, record.l1_share, record.l2_share))
    for record in optimizers.values():
        yield from ((record.name, f) for f in (*record.updates.values(), *record.scalars.values()))
    for record in schedules.values():
        yield record.name, record.factor
    for record in initializers.values():
        yield from ((record.name, f) for f in (record.weights, record.biases))


FORMULAS = list(all_formulas())


def test_every_record_is_here():
    names = {name for name, _ in FORMULAS}
    coupled = {record.name for record in losses.values() if not record.elementwise}
    registered = {n for r in (activations, losses, penalties, optimizers, schedules, initializers) for n in r}
    assert names == registered - coupled


@pytest.mark.parametrize(("name", "formula"), FORMULAS, ids=[f"{n}-{i}" for i, (n, _) in enumerate(FORMULAS)])
def test_text_reads_back_to_the_same_value(name, formula):
    source = read_back(formula.text)
    for shift in (0.13, 0.37, 0.71):
        values = {n: shift + 0.05 * i for i, n in enumerate(sorted(formula.names))}
        for sign in (1, -1):
            if "z" in values or "f" in values or "w" in values:
                key = next(k for k in ("z", "f", "w") if k in values)
                values[key] *= sign
            with np.errstate(all="ignore"):
                got = eval(source, {"__builtins__": {}}, {**PYTHON, **values})
            assert got == pytest.approx(float(formula(**values)), rel=1e-12, abs=1e-300), (source, values)


def check_latex(latex):
    """Braces and ``\\left``/``\\right`` pair up; no raw underscores in words."""
    depth = 0
    for letter in re.sub(r"\\[{}]", "", latex):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        assert depth >= 0
    assert depth == 0
    assert len(re.findall(r"\\left\b", latex)) == len(re.findall(r"\\right\b", latex))
    assert latex.count(r"\begin{cases}") == latex.count(r"\end{cases}")
    assert not re.search(r"[^\x20-\x7e]", latex.replace("…", ""))


def check_mathml(mathml):
    """Well-formed, and only elements of mathematics."""
    tree = ElementTree.fromstring(f"<math>{mathml}</math>")
    allowed = {"math", "mn", "mi", "mo", "mrow", "mfrac", "msup", "msub", "msqrt", "mtable", "mtr", "mtd", "mtext"}
    assert {element.tag for element in tree.iter()} <= allowed
    return tree


def test_latex_and_mathml_of_every_record():
    counted = 0
    for _, formula in FORMULAS:
        check_latex(formula.latex)
        check_mathml(formula.mathml)
        counted += 1
    for record in losses.values():
        if not record.elementwise:
            check_latex(record.latex_value)
            check_latex(record.latex_gradient)
            assert record.text_value
            assert record.text_gradient
    assert counted == len(FORMULAS) > 70


atoms = st.sampled_from(["x", "y", "pi", "0.5", "2", "3"])
ONE = [name for name, count in FUNCTIONS.items() if count == 1 and name not in ("erf",)]


def deeper(inner):
    """One more level of formula."""
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        inner.map(lambda a: f"-({a})"),
        st.tuples(inner, st.sampled_from("234")).map(lambda t: f"({t[0]}) ** {t[1]}"),
        st.tuples(st.sampled_from(ONE), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"power(abs({t[0]}), {t[1]})"),
        st.tuples(inner, st.sampled_from(["<", ">", "<=", ">="]), inner, inner, inner).map(
            lambda t: f"where({t[0]} {t[1]} {t[2]}, {t[3]}, {t[4]})"
        ),
    )


formulas = st.recursive(atoms, deeper, max_leaves=8)


def equal(a, b):
    """Equal up to rounding; anything overflowing or undefined is left out by the caller."""
    return a == b or abs(a - b) <= 1e-6 * max(abs(a), abs(b), 1e-6)


@settings(max_examples=400, deadline=None)
@given(formulas, st.floats(-2, 2), st.floats(-2, 2))
def test_random_formulas_read_back_from_their_text(source, x, y):
    formula = Expression(source)
    check_latex(formula.latex)
    check_mathml(formula.mathml)
    if "|" in formula.text:  # nested bars cannot be read by a simple reader
        return
    values = {"x": x, "y": y}
    want = float(formula(**{n: values[n] for n in formula.names}))
    if not (math.isfinite(want) and abs(want) < 1e12):
        return
    with np.errstate(all="ignore"):
        try:
            got = eval(read_back(formula.text), {"__builtins__": {}},
                       {**PYTHON, "x": np.float64(x), "y": np.float64(y)})  # fmt: skip
        except (ZeroDivisionError, OverflowError):
            return
    if math.isfinite(float(got)):
        again = float(formula(**{n: values[n] * (1 + 1e-12) for n in formula.names}))
        assert equal(got, want) or not equal(again, want), (source, formula.text, got, want)


@settings(max_examples=200, deadline=None)
@given(formulas, st.floats(-3, 3), st.floats(-3, 3))
def test_plugged_numbers_read_back(source, x, y):
    formula = Expression(source)
    names = {n: repr(v) for n, v in {"x": x, "y": y}.items() if n in formula.names}
    for style, check in ((LATEX, check_latex), (MATHML, check_mathml)):
        check(render(formula, style, names))
    text = render(formula, TEXT, names)
    if "|" in text:
        return
    want = float(formula(**{n: float(v) for n, v in names.items()}))
    if not (math.isfinite(want) and abs(want) < 1e12):
        return
    with np.errstate(all="ignore"):
        try:
            got = eval(read_back(text), {"__builtins__": {}}, PYTHON)
        except (ZeroDivisionError, OverflowError, TypeError):
            return
    if not isinstance(got, complex) and math.isfinite(float(got)):
        shaken = {n: float(v) * (1 + 1e-12) + 1e-300 for n, v in names.items()}
        assert equal(got, want) or not equal(float(formula(**shaken)), want), (source, text, got, want)


INNER = ["{a}", "2", "-{a}", "{a} + {b}", "{a} - {b}", "{a} * {b}", "{a} / {b}", "{a}**3", "exp({a})", "max({a}, {b})",
         "where({a} > {b}, {a}, {b})", "where({a} < {b}, 2, where({b} > 0, {a}, 3))"]  # fmt: skip
OUTER = ["({0}) + ({1})", "({0}) - ({1})", "({0}) * ({1})", "({0}) / ({1})", "-({0})", "({0})**2", "exp({0})",
         "power(({0})**2, {1})", "where({0} >= {1}, {1}, {0})", "where({0} < 1, {1}, {1})",
         "min({0}, {1})"]  # fmt: skip


@pytest.mark.parametrize("outer", OUTER)
def test_every_pair_of_constructs_reads_back(outer):
    counted = 0
    for first in INNER:
        for second in INNER:
            source = outer.format(first.format(a="x", b="y"), second.format(a="u", b="v"))
            formula = Expression(source)
            values = {n: v for n, v in {"x": 0.7, "y": -1.3, "u": -0.6, "v": 1.9}.items() if n in formula.names}
            plugged = render(formula, TEXT, {n: repr(v) for n, v in values.items()})
            want = float(formula(**values))
            for text in (formula.text, plugged):
                got = eval(read_back(text), {"__builtins__": {}}, {**PYTHON, **values})
                assert got == pytest.approx(want, rel=1e-12), (source, text)
            check_latex(formula.latex)
            check_mathml(formula.mathml)
            counted += 1
    assert counted == len(INNER) ** 2


HOSTILE = ["<script>alert(1)</script>", "a&b", '"><img src=x>', "']]>", "1 < 2", "&lt;", "temperature", "e", "1e", "-"]


@pytest.mark.parametrize("written", HOSTILE)
def test_hostile_names_are_escaped(written):
    formula = Expression("2 * z + exp(z)")
    mathml = render(formula, MATHML, {"z": written})
    tree = check_mathml(mathml)
    shown = [element.text for element in tree.iter("mn") if element.text not in ("2", None)]
    assert shown == [written.replace("-", "−")] * 2
    render(formula, LATEX, {"z": written})
    assert written.replace("-", "−") in render(formula, TEXT, {"z": written})


def test_numbers_in_latex():
    assert render(Expression("z"), LATEX, {"z": "-1.5e-7"}) == r"-1.5 \cdot 10^{-7}"
    assert render(Expression("2 * z"), LATEX, {"z": "-0.5"}) == r"2 \, \left(-0.5\right)"
    assert render(Expression("z"), TEXT, {"z": "-0.5"}) == "−0.5"


def test_a_choice_inside_a_choice_is_bracketed():
    text = Expression("where(x > 0, where(y > 0, 1, 2), 3)").text
    assert eval(read_back(text), {}, {"x": -1.0, "y": 1.0}) == 3
    assert eval(read_back(text), {}, {"x": 1.0, "y": -1.0}) == 2


def test_a_choice_in_the_else_of_a_choice_is_one_more_branch():
    sign = Expression("where(f > y, 1, where(f < y, -1, 0))")
    assert render(sign, TEXT) == "1 if f > y else −1 if f < y else 0"
    assert render(sign, LATEX) == (
        r"\begin{cases}1 & \text{if } f > y \\ -1 & \text{if } f < y \\ 0 & \text{otherwise}\end{cases}"
    )
    assert render(sign, MATHML).count("<mtr>") == 3
