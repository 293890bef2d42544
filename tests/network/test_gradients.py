"""Gradients: against 50-digit arithmetic written out by hand, finite differences, and repeated rows."""

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glassnet import Dense, Network
from glassnet.formulas import REDUCTIONS, activations, losses


def test_two_layers_against_fifty_digits():
    """2-3-1, tanh then logistic loss, l1, l2 and row weights, everything written out."""
    rng = np.random.default_rng(5)
    W1, b1, W2, b2 = rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=(3, 1)), rng.normal(size=1)
    X, y, weight = rng.normal(size=(4, 2)), np.array([0.0, 1.0, 1.0, 0.0]), np.array([1.0, 2.0, 0.5, 0.0])
    l1, l2 = 0.03, 0.07
    network = Network([Dense(2, 3, "tanh", weights=W1, biases=b1), Dense(3, 1, weights=W2, biases=b2)], loss="logistic",
                      reduction="half-mean", l1=l1, l2=l2, penalty_per_row=True)  # fmt: skip
    with mpmath.workdps(50):
        exact = lambda a: [[mpmath.mpf(float(v)) for v in row] for row in np.atleast_2d(a)]  # noqa: E731
        A, B, C, D = exact(W1), exact(b1)[0], exact(W2), exact(b2)[0]
        total_weight = mpmath.mpf("3.5")
        factor = mpmath.mpf("0.5") / total_weight
        dA = [[mpmath.mpf(0)] * 3 for _ in range(2)]
        dB, dC, dD, loss = [mpmath.mpf(0)] * 3, [mpmath.mpf(0)] * 3, mpmath.mpf(0), mpmath.mpf(0)
        for row, target, w in zip(exact(X), exact(y)[0], exact(weight)[0], strict=True):
            hidden = [mpmath.tanh(row[0] * A[0][j] + row[1] * A[1][j] + B[j]) for j in range(3)]
            f = sum(hidden[j] * C[j][0] for j in range(3)) + D[0]
            probability = 1 / (1 + mpmath.exp(-f))
            loss -= factor * w * (target * mpmath.log(probability) + (1 - target) * mpmath.log(1 - probability))
            error = factor * w * (probability - target)
            dD += error
            for j in range(3):
                dC[j] += error * hidden[j]
                back = error * C[j][0] * (1 - hidden[j] ** 2)
                dB[j] += back
                for i in range(2):
                    dA[i][j] += back * row[i]
        for i in range(2):
            for j in range(3):
                dA[i][j] += (l1 * mpmath.sign(A[i][j]) + 2 * l2 * A[i][j]) / total_weight
        for j in range(3):
            dC[j] += (l1 * mpmath.sign(C[j][0]) + 2 * l2 * C[j][0]) / total_weight
        every = [v for row in A for v in row] + [row[0] for row in C]
        loss += (l1 * sum(abs(v) for v in every) + l2 * sum(v * v for v in every)) / total_weight
    gradients = network.gradients(X, y, weight)
    np.testing.assert_allclose(gradients.d_weights[0], np.array(dA, dtype=float), rtol=1e-13)
    np.testing.assert_allclose(gradients.d_biases[0], np.array(dB, dtype=float), rtol=1e-13)
    np.testing.assert_allclose(gradients.d_weights[1].ravel(), np.array(dC, dtype=float), rtol=1e-13)
    assert gradients.d_biases[1].item() == pytest.approx(float(dD), rel=1e-13)
    assert network.loss(X, y, weight).total == pytest.approx(float(loss), rel=1e-14)


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
def cases(draw):
    """A random network with data."""
    loss = draw(st.sampled_from(list(losses)))
    sizes = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    if losses[loss].task == "multiclass":
        sizes[-1] = max(2, sizes[-1])
    chosen = [draw(st.sampled_from(list(activations))) for _ in sizes[1:]]
    chosen[-1] = draw(st.sampled_from(["identity", "identity", "tanh"]))
    seed, n_rows = draw(st.integers(0, 2**32)), draw(st.integers(1, 6))
    rng = np.random.default_rng(seed)
    layers = [
        Dense(a, b, activation, weights=rng.normal(size=(a, b)), biases=rng.normal(size=b))
        for a, b, activation in zip(sizes, sizes[1:], chosen, strict=False)
    ]
    network = Network(
        layers, loss=loss, reduction=draw(st.sampled_from(REDUCTIONS)), l1=draw(st.sampled_from([0.0, 0.1])),
        l2=draw(st.sampled_from([0.0, 0.3])), penalty_per_row=draw(st.booleans()),
    )  # fmt: skip
    weight = draw(st.sampled_from([None, "random", "zeros"]))
    row_weights = None if weight is None else rng.uniform(0.1, 2.0, n_rows)
    if weight == "zeros" and n_rows > 1:
        row_weights[0] = 0.0
    X = rng.normal(size=(n_rows, sizes[0]))
    return network, X, targets_for(losses[loss], rng, n_rows, sizes[-1]), row_weights


@settings(max_examples=150, deadline=None)
@given(cases())
def test_every_gradient_entry_against_a_central_difference(case):
    network, X, y, weight = case
    trace = network.trace(X, y, sample_weight=weight, learning_rate=0.1, check=True)
    assert len(trace.checks) == network.n_parameters
    for check in trace.checks.values():
        if not check.kink:
            size = max(abs(check.analytic), abs(check.numeric))
            assert abs(check.analytic - check.numeric) <= 2e-5 * size + check.noise + 1e-9, check


@settings(max_examples=60, deadline=None)
@given(cases())
def test_the_check_itself_against_a_plain_difference(case):
    """The vectorized differences move one parameter as a plain loop would."""
    network, X, y, weight = case
    trace = network.trace(X, y, sample_weight=weight, learning_rate=0.1, check=True)
    for name in trace.parameter_names[:: max(1, network.n_parameters // 4)]:
        kind, layer, index = trace.locate(name)
        check, sides = trace.checks[name], []
        for sign in (1, -1):
            moved = network.copy()
            getattr(moved, kind)[layer - 1][index] += sign * check.width
            sides.append(moved.loss(X, y, weight).total)
        plain = (sides[0] - sides[1]) / (2 * check.width)
        allowed = 1e-5 * abs(plain) + 1e-14 * (abs(sides[0]) + abs(sides[1])) / check.width + 10 * check.noise
        assert abs(plain - check.numeric) <= allowed, check


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 2**32))
def test_row_weights_are_repetition(case, seed):
    network, X, y, _ = case
    assume("efron=1" not in repr(network))  # there, rows that repeat are ties, which share their risk set
    counts = np.random.default_rng(seed).integers(0, 4, len(X))
    counts[0] = max(counts[0], 1)
    weighted, repeated = network.gradients(X, y, counts), network.gradients(
        np.repeat(X, counts, axis=0), np.repeat(y, counts, axis=0))  # fmt: skip
    for name in ("d_weights", "d_biases"):
        for a, b in zip(getattr(weighted, name), getattr(repeated, name), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)
    one = network.loss(X, y, counts).total
    assert one == pytest.approx(network.loss(np.repeat(X, counts, axis=0), np.repeat(y, counts, axis=0)).total)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_parts_add_up(case):
    network, X, y, weight = case
    gradients, value = network.gradients(X, y, weight), network.loss(X, y, weight)
    for total, data, penalty in zip(
        gradients.d_weights, gradients.data_d_weights, gradients.penalty_d_weights, strict=True
    ):
        np.testing.assert_array_equal(total, data + penalty)
    assert value.total == value.data + value.l1 + value.l2
    rows = [network.loss(X[[r]], y[[r]]).data for r in range(len(X))]
    weights = np.ones(len(X)) if weight is None else weight
    share = network.objective.factor(weights) / network.objective.factor(np.ones(1))
    assert value.data == pytest.approx(share * float(weights @ rows), rel=1e-10, abs=1e-12)


def test_multi_output_loss_is_the_sum_over_outputs():
    rng = np.random.default_rng(3)
    W, b, X, y = rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    both = Network([Dense(3, 2, weights=W, biases=b)])
    single = [Network([Dense(3, 1, weights=W[:, [k]], biases=b[[k]])]) for k in range(2)]
    assert both.loss(X, y).total == pytest.approx(sum(n.loss(X, y[:, k]).total for k, n in enumerate(single)))
    for k, network in enumerate(single):
        np.testing.assert_allclose(
            both.gradients(X, y).d_weights[0][:, [k]], network.gradients(X, y[:, k]).d_weights[0], rtol=1e-12
        )


def test_kinks_are_named():
    relu = Network([Dense(1, 1, "relu", weights=[[1.0]], biases=[-2.0])])
    check = relu.trace([2.0], [1.0], learning_rate=0.1).check("W1[0,0]")
    assert check.kink == "relu of layer 1, neuron 0, bends at 0 (row 0)"
    assert "not comparable" in check.verdict or check.agrees
    absolute = Network([Dense(1, 1, weights=[[1.0]], biases=[0.0])], loss="absolute_error")
    assert "absolute_error bends" in absolute.trace([2.0], [2.0], learning_rate=0.1).check("b1[0]").kink
    lasso = Network([Dense(1, 1, weights=[[0.0]], biases=[0.0])], l1=0.1)
    assert "l1 penalty bends at 0" in lasso.trace([2.0], [1.0], learning_rate=0.1).check("W1[0,0]").kink
    assert lasso.trace([2.0], [1.0], learning_rate=0.1).check("b1[0]").kink == ""
