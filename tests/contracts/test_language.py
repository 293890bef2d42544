"""The closed language: what it takes, what it refuses, and that no text does anything else."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from glassnet.errors import FormulaError
from glassnet.formulas import Expression
from glassnet.formulas.language.syntax import COMPARISONS, FUNCTIONS, Call, Name, Number, Operation, walk

REFUSED = [
    "", "   ", "\n", "z.real", "z.__class__", "().__class__.__bases__", "__import__('os')", "open('f')", "eval('1')",
    "exec('1')", "lambda z: z", "[z]", "{z}", "{z: 1}", "(z, z)", "z[0]", "'z'", "b'z'", "f'{z}'", "1j", "True", "None",
    "...", "z if z > 0 else 0", "z and 1", "not z", "~z", "+z", "z % 2", "z // 2", "z @ z", "z << 1", "z | 1", "z == 1",
    "z != 1", "1 < z < 2", "z > 0", "z is z", "z in z", "(z := 1)", "z; z", "z = 1", "import os", "yield z", "await z",
    "*z", "f(*z)", "max(z, key=z)", "max(*z, 1)", "exp(z, z)", "exp()", "max(z)", "where(z, 1, 2)",
    "where(1, z > 0, 2)", "where(z > 0, z > 1, 2)", "max(z > 0, 1)", "exp(z < 1)", "unknown(z)", "exp(z)(z)",
    "z ** z", "z ** 0", "z ** 1", "z ** 5", "z ** -1", "z ** 2.0", "z ** 0.5", "2 ** 10 ** 10", "z ** True",
    "9" * 400, "1e999", "-1e999", "z +", "(z", "z)", "é(z)", "z\x00", "\ud800", "z" * 2001, "# z", "print(z)",
    "globals()", "exp.__call__(z)", "[z for z in z]", "(z for z in z)",
]  # fmt: skip


@pytest.mark.parametrize("source", REFUSED)
def test_outside_the_language(source):
    with pytest.raises(FormulaError):
        Expression(source)


@pytest.mark.parametrize("source", [None, 1, 2.5, b"z", ["z"], object])
def test_not_a_text(source):
    with pytest.raises(FormulaError, match="non-empty text"):
        Expression(source)


@pytest.mark.parametrize(
    "source",
    ["(" * 300 + "z" + ")" * 300, "-" * 1500 + "z", "exp(" * 300 + "z" + ")" * 300, "z" + "+z" * 900, "-(" * 400 + "z"
     + ")" * 400],
)  # fmt: skip
def test_deep_nesting_is_refused_or_works(source):
    try:
        expression = Expression(source)
    except FormulaError:
        return
    assert np.isfinite(expression(z=0.0)) or expression(z=0.0) == np.inf
    assert expression.text
    assert expression.latex
    assert expression.mathml


def test_the_message_says_what_and_how():
    with pytest.raises(FormulaError, match=r"calls 'tan', which the language does not have\. Did you mean 'tanh'"):
        Expression("tan(z)")
    with pytest.raises(FormulaError, match=r"exponent '0\.5'.*power\(base, exponent\)"):
        Expression("z ** 0.5")
    with pytest.raises(FormulaError, match="needs a value for y"):
        Expression("f - y")(f=1.0)


def check_tree(node):
    """Every node is one of the four kinds, with lawful content."""
    for part in walk(node):
        assert type(part) in (Number, Name, Operation, Call)
        if isinstance(part, Number):
            assert math.isfinite(part.value)
        if isinstance(part, Call):
            assert len(part.arguments) == FUNCTIONS[part.function]
        if isinstance(part, Operation):
            assert part.operator in {"+", "-", "*", "/", "**", "neg", *COMPARISONS.values()}


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60))
@example("0x1F + z")
@example("1_000 * z")
@example("z\n")
@example("1if z<0else 2")
def test_any_text_is_refused_or_becomes_a_tree(source):
    try:
        expression = Expression(source)
    except FormulaError:
        return
    check_tree(expression.tree)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(
    ["z", "1", "0.5", "+", "-", "*", "/", "**", "2", "(", ")", ",", "exp", "where", "max", "<", ">=", ".", "[", "]",
     "lambda", ":", "'", "if", "else", "=", "__class__", "\\", "e9", "j", "pi", " ", "not", "@"],
), max_size=25))  # fmt: skip
def test_any_arrangement_of_tokens_is_refused_or_becomes_a_tree(tokens):
    for source in ("".join(tokens), " ".join(tokens)):
        try:
            expression = Expression(source)
        except FormulaError:
            continue
        check_tree(expression.tree)


def test_values_of_every_function():
    z = 0.3
    expected = {
        "exp(z)": math.exp(z), "expm1(z)": math.expm1(z), "log(z)": math.log(z), "log1p(z)": math.log1p(z),
        "tanh(z)": math.tanh(z), "erf(z)": math.erf(z), "sqrt(z)": math.sqrt(z), "abs(-z)": z, "sin(z)": math.sin(z),
        "cos(z)": math.cos(z), "max(z, 1)": 1.0, "min(z, 1)": z, "power(z, 1.5)": z**1.5, "where(z > 0, 1, 2)": 1.0,
    }  # fmt: skip
    assert {Expression(source).tree.function for source in expected} == set(FUNCTIONS)
    for source, want in expected.items():
        assert Expression(source)(z=z) == pytest.approx(want, rel=1e-15)
    for operator, want in (("<", 2.0), ("<=", 1.0), (">", 2.0), (">=", 1.0)):
        assert Expression(f"where(z {operator} 0.3, 1, 2)")(z=0.3) == want
    assert Expression("pi")() == math.pi
    assert Expression("-z**2")(z=3.0) == -9.0


def test_names():
    assert Expression("max(z, 0) * slope + pi").names == {"z", "slope"}
    assert Expression("2") == Expression("2") != Expression("2.0")
