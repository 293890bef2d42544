"""Each written number knows its source, and the source holds the very number that was written."""

import numpy as np
import pytest

from glassnet import Dense, Network
from glassnet.errors import ConfigurationError
from glassnet.network.trace.equations.quantity import quantity_lines, value_of

RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(5, 3))
ONE_HOT = np.eye(3)[[0, 1, 2, 0, 1]]
CASES = {
    "one neuron": ([Dense(3, 1)], X[:, :1] * 2, {"reduction": "sum"}, "gradient_descent"),
    "deep": ([Dense(3, 4, "tanh"), Dense(4, 1, "relu")], X[:, :1], {"l1": 0.1, "l2": 0.2}, "momentum"),
    "classes": ([Dense(3, 4, "gelu"), Dense(4, 3)], ONE_HOT, {"loss": "softmax_cross_entropy", "l2": 0.1}, "adam"),
    "yes or no": ([Dense(3, 2, "sigmoid"), Dense(2, 1)], (X[:, :1] > 0) * 1.0, {"loss": "logistic"}, "rmsprop"),
    "counts": ([Dense(3, 1)], np.abs(X[:, :1]).round(), {"loss": "poisson", "reduction": "half-mean"}, "nesterov"),
}


def traced(case):
    layers, y, objective, optimizer = CASES[case]
    network = Network(layers, seed=2, **objective)
    for _ in range(3):
        network.step(X, y, learning_rate=0.05, optimizer=optimizer)
    return network.trace(X, y, learning_rate=0.05, optimizer=optimizer)


def lines_of(trace):
    """Every equation that can be opened."""
    sizes = trace.layer_sizes[1:]
    names = [
        f"{letter}{k}[{r},{j}]" for k, n in enumerate(sizes, 1) for letter in "zaδ" for r in (0, 4) for j in range(n)
    ]
    names += [f"{letter}[{r},{j}]" for letter in "fp" for r in (0, 4) for j in range(sizes[-1])] + ["ℓ[0]", "ℓ[4]", "L"]
    for name in names:
        yield from quantity_lines(trace, name, terms=3)
    for name in trace.parameter_names:
        yield from trace.explain(name, terms=3).lines


@pytest.mark.parametrize("case", CASES)
def test_tokens_are_the_written_line(case):
    for line in lines_of(traced(case)):
        assert "".join(token.text for token in line.arithmetic.tokens()) == line.arithmetic.write()


@pytest.mark.parametrize("case", CASES)
def test_sources_hold_the_written_numbers(case):
    trace, looked_up = traced(case), 0
    made = {line.name: line.arithmetic.total for line in lines_of(trace)}
    for line in lines_of(trace):
        for token in line.arithmetic.tokens():
            if token.value is None:
                continue
            digits = line.arithmetic._used
            read = float(token.text.replace("−", "-"))
            assert read == pytest.approx(abs(token.value) if read > 0 else token.value, rel=10.0 ** (1 - digits))
            assert read < 0 or token.value >= 0 or "− " + token.text in line.arithmetic.write()
            if "[" in token.source or token.source == "L":
                value = made[token.source] if token.source.startswith(("new", "dl")) else value_of(trace, token.source)
                assert value == token.value, (line.name, token)
                looked_up += 1
    assert looked_up > 30


@pytest.mark.parametrize("case", CASES)
def test_lines_end_in_the_quantity_they_are_named_for(case):
    trace = traced(case)
    for line in lines_of(trace):
        if line.name[0] in "zafpδℓL" and line.part != "gradient":
            assert line.arithmetic.total == value_of(trace, line.name)


@pytest.mark.parametrize(
    "name",
    ["z9[0,0]", "x[0,99]", "x[0]", "z1[0,0", "W1[0,0]; drop", "q[0,0]", "", "δ0[0,0]", "f1[0,0]", "relu'(z1[0])",
     "x[99999999999999999999999,0]", "z99999999999[0,0]"],
)  # fmt: skip
def test_unknown_names_are_refused(name):
    with pytest.raises(ConfigurationError, match="There is no quantity"):
        value_of(traced("deep"), name)


def test_inputs_and_targets_have_no_equation():
    assert quantity_lines(traced("deep"), "x[0,0]") == quantity_lines(traced("deep"), "y[1,0]") == ()
