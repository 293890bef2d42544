"""Shown arithmetic: every line of every explanation, calculated from its shown digits, gives its shown result."""

import itertools
import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet import Dense, Network
from glassnet.errors import ConfigurationError
from glassnet.formulas import REDUCTIONS, activations, losses, optimizers
from glassnet.formulas.language.render.display import MATHML
from glassnet.network.trace.equations.arithmetic import Arithmetic, Piece, product
from glassnet.network.trace.views.sections import backward_sections, forward_sections, loss_section
from glassnet.pages.number import ascii_number


def targets_for(record, rng, n_rows, n_out):
    """Targets in the loss's domain."""
    if record.scope == "batch":
        return np.column_stack([rng.integers(1, 5, n_rows), rng.integers(0, n_out + 1, n_rows),
                                rng.integers(0, 2, n_rows)]).astype(float)  # fmt: skip
    if record.task == "multiclass":
        return np.eye(n_out)[rng.integers(0, n_out, n_rows)]
    low, high = record.target_domain
    if (low, high) == (-1.0, 1.0):
        return rng.choice([-1.0, 1.0], (n_rows, n_out))
    if (low, high) == (0.0, 1.0):
        return rng.choice([0.0, 1.0], (n_rows, n_out))
    return rng.uniform(0.5, 4.0, (n_rows, n_out)) if low == 0.0 else rng.normal(size=(n_rows, n_out))


@st.composite
def traces(draw):
    """A trace of a random network and optimizer, sometimes after some steps."""
    loss = draw(st.sampled_from(list(losses)))
    sizes = draw(st.lists(st.sampled_from([1, 1, 2, 3]), min_size=2, max_size=4))
    if losses[loss].task == "multiclass":
        sizes[-1] = max(2, sizes[-1])
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    scale = draw(st.sampled_from([0.3, 1.0, 3.0]))
    layers = [
        Dense(a, b, draw(st.sampled_from(list(activations))), weights=scale * rng.normal(size=(a, b)),
              biases=rng.normal(size=b))
        for a, b in itertools.pairwise(sizes)
    ]  # fmt: skip
    network = Network(layers, loss=loss, reduction=draw(st.sampled_from(REDUCTIONS)),
                      l1=draw(st.sampled_from([0.0, 0.013])), l2=draw(st.sampled_from([0.0, 0.3])),
                      penalty_per_row=draw(st.booleans()))  # fmt: skip
    n_rows = draw(st.integers(1, 5))
    X, y = rng.normal(size=(n_rows, sizes[0])), targets_for(losses[loss], rng, n_rows, sizes[-1])
    weight = draw(st.sampled_from([None, rng.uniform(0.1, 2.0, n_rows)]))
    optimizer = draw(st.sampled_from(list(optimizers)))
    for _ in range(draw(st.integers(0, 2))):
        network.step(X, y, learning_rate=1e-3, optimizer=optimizer, sample_weight=weight)
    return network.trace(X, y, learning_rate=draw(st.sampled_from([0.1, 0.00123456789])), optimizer=optimizer,
                         sample_weight=weight, check=False)  # fmt: skip


def all_lines(trace, digits, terms=8):
    """Every equation that any renderer would show."""
    for name in trace.parameter_names:
        yield from trace.explain(name, digits=digits, terms=terms).lines
    sections = [
        *forward_sections(trace, digits, 5, 3, terms), loss_section(trace, digits, 5),
        *backward_sections(trace, digits, 5, 3, terms),
    ]  # fmt: skip
    for section in sections:
        yield from section.lines


def size_of(arithmetic):
    """How large the numbers are that the line adds up: what rounding in float64 itself is relative to."""
    outer = abs(arithmetic.numerator / arithmetic.denominator * arithmetic.suffix)
    inside = max((abs(v) for p in arithmetic.pieces for v in p.values.values() if math.isfinite(v)), default=1.0)
    return outer * max(1.0, inside) ** 3


def within_a_calculator(arithmetic, largest):
    """Whether a line is whole, and none of its numbers is so large that products of them leave float64."""
    numbers = [arithmetic.total, *(v for p in arithmetic.pieces for v in p.values.values())]
    return not arithmetic.omitted and all(abs(number) <= largest for number in numbers)


def check_line(line, digits, calculator):
    """One line against a calculator; says whether it was a full calculation."""
    arithmetic = line.arithmetic
    if not within_a_calculator(arithmetic, 1e12):
        return False
    total = arithmetic.total
    shown = float(arithmetic.result.replace("−", "-"))
    unit = 10.0 ** (math.floor(math.log10(abs(total))) - arithmetic.digits + 1) if total else 0.0
    assert abs(shown - total) <= 0.5000001 * unit, line.numbers
    value = calculator(arithmetic.write())
    assert abs(value - shown) <= 1.6 * unit + 4e-15 * size_of(arithmetic), line.numbers
    return True


@settings(max_examples=60, deadline=None)
@given(traces(), st.integers(2, 8))
def test_shown_digits_give_the_shown_result(calculator, trace, digits):
    checked = sum(check_line(line, digits, calculator) for line in all_lines(trace, digits))
    assert checked >= 1 or not math.isfinite(trace.loss.total)


@settings(max_examples=30, deadline=None)
@given(traces())
def test_all_digits_give_the_exact_result(calculator, trace):
    for line in all_lines(trace, 17):
        arithmetic = line.arithmetic
        if not within_a_calculator(arithmetic, 1e75):
            continue
        value = calculator(arithmetic.write())
        assert abs(value - arithmetic.total) <= 1e-12 * abs(arithmetic.total) + 4e-15 * size_of(arithmetic), (
            line.numbers
        )


@settings(max_examples=25, deadline=None)
@given(traces())
def test_results_are_the_numbers_of_the_step(trace):
    """The totals that are shown are the very numbers that the network computed."""
    for name in trace.parameter_names:
        step, explanation = trace.parameter(name), trace.explain(name)
        assert explanation.lines[0].arithmetic.total == step.data_gradient
        assert explanation.lines[-1].arithmetic.total == step.new
        penalties = [line.arithmetic.total for line in explanation.lines if line.part == "penalty"]
        assert penalties == list(step.penalty_gradients.values())
        for line in explanation.lines:
            if line.name.startswith("new ") and line.name[4:] in step.state_after:
                assert line.arithmetic.total == step.state_after[line.name[4:]]
            if line.name in trace.update.scalars:
                assert line.arithmetic.total == trace.update.scalars[line.name]


def test_close_numbers_take_more_digits_until_the_line_holds(calculator):
    line = Arithmetic(
        (Piece(product(1.0, 1.0).formula.__class__("a - b"), {"a": 1.000001234, "b": 1.0}),), 1.234e-6, digits=4
    )
    assert line.write() == "1.000001234 − 1"
    assert line.result == "1.234e−6"
    assert calculator(line.write()) == pytest.approx(1.234e-6, rel=1e-3)


@pytest.mark.parametrize(
    ("value", "digits", "want"),
    [(0.0, 5, "0"), (-0.0, 5, "0"), (1.0, 5, "1"), (-17.347, 5, "-17.347"), (123456.7, 5, "123457"),
     (0.1 + 0.2, 5, "0.3"),
     (0.1 + 0.2, 17, "0.30000000000000004"), (1.5e-7, 5, "1.5e-7"), (2e15, 3, "2e15"), (float("inf"), 5, "inf"),
     (float("nan"), 5, "nan"), (99999.99, 4, "100000")],
)  # fmt: skip
def test_numbers(value, digits, want):
    assert ascii_number(value, digits) == want


def lecture(**settings):
    network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction="sum", **settings)
    return network.trace([0.5, 2.3, 2.9], [3.2, 1.9, 1.0], learning_rate=0.1, feature_names=["tumor size"])


def test_the_whole_explanation_reads_well():
    assert (
        lecture(l1=0.1).explain("W1[0,0]").text()
        == """\
W1[0,0]: the weight from tumor size to neuron 0 of layer 1 (identity, the output)

  chain rule (f: raw prediction, y: target)
    dL/dW1[0,0] = 2 · Σ_r (f − y) · x[r,0]
                = 2 · [(0.015 − 3.2)·0.5 + (0.033 − 1.9)·2.3 + (0.039 − 1)·2.9] = −17.347

  penalty
    dl1/dW1[0,0] = l1 · (1 if w > 0 else −1 if w < 0 else 0)
                 = 0.1 · 1 = 0.1

  gradient
    g = dL/dW1[0,0] + dl1/dW1[0,0]
      = −17.347 + 0.1 = −17.247

  update
    new W1[0,0] = w − η · g
                = 0.01 − 0.1 · (−17.247) = 1.7347

  check
    (L(w + h) − L(w − h)) / 2h = −17.247 with h = 2.1e−6; relative error 1.1e−11: agrees"""
    )


def test_a_single_path_is_written_out_to_the_loss():
    network = Network([Dense(1, 1, "logistic", weights=[[0.5]], biases=[0.1]), Dense(1, 1, "tanh", weights=[[2.0]],
                       biases=[-1.0])], loss="absolute_error", reduction="mean")  # fmt: skip
    explanation = network.trace([0.5, 2.0], [1.0, -1.0], learning_rate=0.1).explain("W1[0,0]")
    assert explanation.symbolic == (
        "dL/dW1[0,0] = 1 / 2 · Σ_r (1 if f > y else −1 if f < y else 0) · tanh'(z2[r,0]) · W2[0,0] · "
        "logistic'(z1[r,0]) · x[r,0]"
    )
    assert {line.name for line in explanation.lines if line.part == "where"} == {"tanh'(z2[0,0])", "logistic'(z1[0,0])"}


def test_branching_paths_open_the_error_signals():
    network = Network([Dense(2, 3, "tanh"), Dense(3, 2)], seed=1)
    explanation = network.trace([[0.5, 1.0]], [[1.0, 2.0]], learning_rate=0.1).explain("W1[1,2]")
    assert explanation.symbolic == "dL/dW1[1,2] = Σ_r δ1[r,2] · x[r,1]"
    names = [line.name for line in explanation.lines if line.part == "where"]
    assert names == ["δ1[0,2]", "tanh'(z1[0,2])", "δ2[0,0]", "δ2[0,1]"]
    assert explanation.title == "W1[1,2]: the weight from x1 to neuron 2 of layer 1 (tanh)"


def test_large_batches_show_the_first_terms_the_count_and_the_exact_total():
    rng = np.random.default_rng(0)
    network = Network([Dense(1, 1, weights=[[0.3]], biases=[0.1])])
    X, y = rng.normal(size=1000), rng.normal(size=1000)
    trace = network.trace(X, y, learning_rate=0.1)
    explanation = trace.explain("W1[0,0]", terms=3)
    assert "+ … (997 more)] = " in explanation.numbers
    assert explanation.lines[0].arithmetic.total == network.gradients(X, y).d_weights[0].item()
    total = trace.gradient_sum("W1[0,0]", terms=3)
    assert (len(total.terms), total.n_terms, total.complete) == (3, 1000, False)


def test_latex_of_an_explanation():
    latex = lecture().explain("W1[0,0]").latex
    assert r"\frac{\partial L}{\partial W^{(1)}_{0,0}} &= 2 \sum_r \left(f - y\right) \, x_{r,0}" in latex
    assert r"&= 2 \cdot \left[\left(0.015 - 3.2\right) \cdot 0.5 + " in latex
    assert latex.startswith(r"\begin{align*}")
    assert latex.endswith(r"\end{align*}")


@settings(max_examples=25, deadline=None)
@given(traces())
def test_mathml_is_well_formed(trace):
    for line in all_lines(trace, 5, terms=2):
        ElementTree.fromstring(f"<math>{line.arithmetic.write(MATHML)}</math>")


@settings(max_examples=25, deadline=None)
@given(traces())
def test_latex_is_balanced(trace):
    for latex in (trace.latex(rows=2), trace.explain(trace.parameter_names[0]).latex):
        bare = re.sub(r"\\[{}]", "", latex)
        assert bare.count("{") == bare.count("}")
        assert latex.count(r"\begin{") == latex.count(r"\end{")
        assert len(re.findall(r"\\left\b", latex)) == len(re.findall(r"\\right\b", latex))
        assert "−" not in latex


@pytest.mark.parametrize(
    ("name", "hint"),
    [("W1[0,3]", "Did you mean 'W1[0,"), ("W3[0,0]", "W1[0..1,0..2]"), ("w1[0,0]", "Did you mean 'W1[0,0]'?"),
     ("b1[0,0]", "Did you mean 'b1[0]'?"), ("W1[0]", "Did you mean"), ("W0[0,0]", "layers from 1"), ("", "There is no"),
     ("W1[-1,0]", "There is no parameter"), (None, "There is no parameter None"),
     ("W1[0,0]; import os", "There is no")],
)  # fmt: skip
def test_names_that_are_not_there(name, hint):
    trace = Network([Dense(2, 3), Dense(3, 1)]).trace([[1.0, 2.0]], [1.0], learning_rate=0.1)
    for ask in (trace.explain, trace.parameter, trace.check, trace.gradient_sum):
        with pytest.raises(ConfigurationError) as caught:
            ask(name)
        assert hint in str(caught.value)


def test_spaces_in_a_name_are_fine():
    trace = lecture()
    assert trace.parameter(" W1[0, 0] ") == trace.parameter("W1[0,0]")
