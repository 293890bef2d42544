"""Whole trainings against the reference loop and against scikit-learn's loss curves."""

import itertools
import warnings

import numpy as np
import pytest
from reference import targets_for, train

from glassnet.engine import Plan, Population, Training
from glassnet.formulas import Activation, Expression, Loss, Optimizer, losses, optimizers, schedules


def start(rng, sizes):
    return [(rng.normal(size=(a, b)) / np.sqrt(a), 0.1 * rng.normal(size=b)) for a, b in itertools.pairwise(sizes)]


def both(plan, rng, n, *, seed=0, weighted=False):
    X = rng.normal(size=(n, plan.layer_sizes[0]))
    y = targets_for(plan.loss_record, rng, n, plan.layer_sizes[-1])
    w = rng.integers(0, 3, size=n) + 0.5 if weighted else None
    layers = start(rng, plan.layer_sizes)
    result = Training(plan, Population(seed=seed, initial=layers), X, y, w).run()
    weights, biases, curve = train(plan, [W for W, _ in layers], [b for _, b in layers], X, y, w, seed=seed)
    return result, weights, biases, curve


def agree(result, weights, biases, curve, rel):
    np.testing.assert_allclose(result.loss_curve[0], curve, rtol=rel, atol=rel)
    for got, wanted in zip([*result.weights, *result.biases], [*weights, *biases], strict=True):
        np.testing.assert_allclose(got[0], wanted, rtol=rel * 10, atol=rel * 10)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", optimizers)
def test_every_optimizer(name, dtype):
    plan = Plan(
        [3, 6, 2],
        ["tanh", "identity"],
        "squared_error",
        optimizer=name,
        learning_rate=0.01,
        epochs=6,
        batch_size=8,
        monitor="none",
        dtype=dtype,
        l1=1e-3,
        l2=1e-2,
    )
    agree(*both(plan, np.random.default_rng(1), 45), rel=1e-10 if dtype == "float64" else 2e-4)


@pytest.mark.parametrize("name", schedules)
def test_every_schedule(name):
    plan = Plan(
        [3, 5, 1],
        ["softplus", "identity"],
        "squared_error",
        schedule=name,
        learning_rate=0.05,
        epochs=5,
        batch_size=7,
        monitor="none",
        dtype="float64",
        optimizer="nesterov",
    )
    agree(*both(plan, np.random.default_rng(2), 30), rel=1e-10)


@pytest.mark.parametrize("name", losses)
def test_every_loss_with_row_weights(name):
    plan = Plan(
        [2, 4, 3],
        ["logistic", "identity"],
        name,
        epochs=5,
        batch_size=10,
        monitor="none",
        dtype="float64",
        learning_rate=0.003,
        penalty_per_row=True,
        l2=0.5,
        reduction="half-mean",
    )
    agree(*both(plan, np.random.default_rng(3), 33, weighted=True), rel=1e-9)


@pytest.mark.parametrize(("n", "batch"), [(1, 1), (5, 2), (31, 16), (700, 300), (600, None)])
def test_batch_sizes(n, batch):
    plan = Plan([4, 17, 1], ["tanh", "identity"], "huber", epochs=4, batch_size=batch, monitor="none", dtype="float64")
    agree(*both(plan, np.random.default_rng(4), n, seed=2**63 + 5), rel=1e-9)


@pytest.mark.parametrize(("narrow", "dtype", "rel"), [(16, "float32", 1e-4), (8, "float64", 1e-9)])
def test_tall_products_beside_wide_layers(narrow, dtype, rel):
    """The gradient of the first layer has more rows than any of the layers that are large enough for packing."""
    plan = Plan(
        [500, narrow, 256, 256, 1], ["tanh"] * 3 + ["identity"], "squared_error", optimizer="sgd", learning_rate=0.02,
        batch_size=512, epochs=2, monitor="none", dtype=dtype,
    )  # fmt: skip
    agree(*both(plan, np.random.default_rng(8), 512), rel)


def test_no_shuffle():
    plan = Plan(
        [2, 3, 1],
        ["tanh", "identity"],
        "logistic",
        epochs=4,
        batch_size=6,
        shuffle=False,
        monitor="none",
        dtype="float64",
    )
    agree(*both(plan, np.random.default_rng(5), 20), rel=1e-10)


def test_run_time_formulas_train():
    bent = Activation("bent", "", Expression("z / (1 + abs(z))"), Expression("1 / (1 + abs(z))**2"))
    quartic = Loss("quartic", "", Expression("(f - y)**4"), Expression("4 * (f - y)**3"))
    signed = Optimizer("signed", "", {"w": Expression("w - learning_rate * g / (abs(g) + 0.1)")})
    plan = Plan(
        [2, 9, 1],
        [bent, "identity"],
        quartic,
        optimizer=signed,
        epochs=5,
        batch_size=8,
        monitor="none",
        dtype="float64",
    )
    agree(*both(plan, np.random.default_rng(6), 40), rel=1e-10)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_loss_curves_of_scikit_learn(solver):
    from sklearn.neural_network import MLPRegressor

    rng = np.random.default_rng(7)
    X = rng.normal(size=(150, 5))
    y = np.sin(X[:, 0]) + 0.1 * X[:, 1]
    # scikit-learn's Adam adds epsilon before the bias correction, ours after it (the paper's first form).
    optimizer = "adam(epsilon=1e-30)" if solver == "adam" else "nesterov"
    plan = Plan(
        [5, 12, 7, 1],
        ["relu", "relu", "identity"],
        "squared_error",
        reduction="half-mean",
        optimizer=optimizer,
        learning_rate=0.01,
        l2=0.005,
        penalty_per_row=True,
        batch_size=32,
        epochs=9,
        shuffle=False,
        monitor="none",
        dtype="float64",
    )
    begin = []

    class Recording(MLPRegressor):
        def _initialize(self, y, layer_units, dtype):
            super()._initialize(y, layer_units, dtype)
            begin[:] = [(W.copy(), b.copy()) for W, b in zip(self.coefs_, self.intercepts_, strict=True)]

    # No constructor arguments: scikit-learn reads parameter names from the signature of the class itself.
    recording = Recording().set_params(
        hidden_layer_sizes=(12, 7), solver=solver, alpha=0.01, batch_size=32, shuffle=False, random_state=0, max_iter=9,
        learning_rate_init=0.01, epsilon=1e-30, tol=0.0, n_iter_no_change=100,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        recording.fit(X, y)
    result = Training(plan, Population(initial=begin), X, y[:, None]).run()
    np.testing.assert_allclose(result.loss_curve[0], recording.loss_curve_, rtol=1e-10)
    for got, wanted in zip(result.weights, recording.coefs_, strict=True):
        np.testing.assert_allclose(got[0], wanted, rtol=1e-7, atol=1e-10)
