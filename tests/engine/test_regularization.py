"""Dropout, clipping, label smoothing and rows of one's own: the engine against `Network.fit`, in every regime."""

import numpy as np
import pytest
from reference import targets_for

from glassnet import Dense, Network
from glassnet.engine import Plan, Population, Training
from glassnet.errors import ConfigurationError, ShapeError
from glassnet.formulas import losses

SIZES = {"one network": [5, 9, 7, 3], "wide": [70, 130, 90, 3], "population": [5, 9, 7, 3]}
MEMBERS = {"one network": 1, "wide": 1, "population": 19}


def problem(sizes, n, loss, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, sizes[0])), targets_for(losses[loss], rng, n, sizes[-1]), rng


def reference(plan, start, place, X, y, **settings):
    """The network of one member, trained by the readable loop."""
    layers = [
        Dense(*w[place].shape, activation, weights=w[place], biases=b[place])
        for (w, b), activation in zip(start, plan.activations, strict=True)
    ]
    network = Network(
        layers, loss=plan.loss, reduction=plan.reduction, l1=plan.l1, l2=plan.l2,
        dropout=settings.pop("dropout", plan.dropout),
        label_smoothing=settings.pop("label_smoothing", plan.label_smoothing),
    )  # fmt: skip
    settings = {"learning_rate": plan.learning_rate, "clip_norm": plan.clip_norm, **settings}
    history = network.fit(X, y, optimizer=plan.optimizer, epochs=plan.epochs, batch_size=plan.batch_size, **settings)
    return network, history


def agree(result, member, network, history):
    np.testing.assert_allclose(result.loss_curve[member], history.epoch_losses, rtol=1e-9)
    for got, wanted in zip([*result.weights, *result.biases], [*network.weights, *network.biases], strict=True):
        np.testing.assert_allclose(got[member], wanted, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("settings", [
    {"dropout": 0.4}, {"dropout": (0.2, 0.0, 0.5)}, {"clip_norm": 0.3}, {"label_smoothing": 0.2},
    {"dropout": 0.1, "clip_norm": 0.5, "label_smoothing": 0.1, "l1": 0.01, "l2": 0.01},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("regime", SIZES)
@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "logistic"])
def test_engine_and_network_train_alike(settings, regime, loss):
    sizes, members = SIZES[regime], MEMBERS[regime]
    X, y, _ = problem(sizes, 37, loss)
    plan = Plan(
        sizes, ["tanh", "gelu", "identity"], loss, batch_size=10, epochs=3, monitor="none", dtype="float64",
        learning_rate=0.02, **settings,
    )  # fmt: skip
    population = Population(seed=2**40 + 3, members=members)
    start = population.start(plan)
    result = Training(plan, population, X, y).run()
    for member in {0, members - 1}:
        agree(result, member, *reference(plan, start, member, X, y, seed=population.seed, member=member))


def test_blocks_of_rows_continue_the_mask():
    X, y, _ = problem([4, 6, 1], 700, "squared_error")
    plan = Plan(
        [4, 6, 1], ["tanh", "identity"], "squared_error", batch_size=600, epochs=2, monitor="none", dtype="float64",
        dropout=(0.3, 0.3),
    )  # fmt: skip
    population = Population(seed=5)
    start = population.start(plan)
    agree(Training(plan, population, X, y).run(), 0, *reference(plan, start, 0, X, y, seed=5))


@pytest.mark.parametrize("members", [3, 21])
def test_each_member_has_its_own(members):
    X, y, rng = problem([4, 6, 5, 2], 50, "softmax_cross_entropy")
    plan = Plan(
        [4, 6, 5, 2], ["tanh", "tanh", "identity"], "softmax_cross_entropy", batch_size=8, epochs=3, monitor="none",
        dtype="float64",
    )  # fmt: skip
    rates, dropout, smoothing = (rng.uniform(0.001, 0.3, members) for _ in range(3))
    dropout[1] = 0.0
    rows = [rng.integers(50, size=50 - i % 3) for i in range(members)]
    population = Population(
        seed=7, members=members, learning_rate=rates, dropout=dropout, label_smoothing=smoothing, rows=rows
    )
    start = population.start(plan)
    result = Training(plan, population, X, y).run()
    for member in range(0, members, max(1, members // 4)):
        own = reference(
            plan, start, member, X[rows[member]], y[rows[member]], seed=7, member=member, learning_rate=rates[member],
            dropout=dropout[member], label_smoothing=smoothing[member],
        )  # fmt: skip
        agree(result, member, *own)


def test_rates_per_layer_and_member():
    X, y, _ = problem([3, 5, 1], 30, "squared_error")
    plan = Plan([3, 5, 1], ["tanh", "identity"], "squared_error", epochs=2, monitor="none", dtype="float64")
    dropout = np.array([[0.5, 0.0], [0.0, 0.5], [0.25, 0.25]])
    population = Population(seed=1, members=3, dropout=dropout)
    start = population.start(plan)
    result = Training(plan, population, X, y).run()
    for member in range(3):
        agree(result, member, *reference(plan, start, member, X, y, seed=1, member=member, dropout=dropout[member]))


def test_rows_without_shuffling_come_in_the_given_order():
    X, y, _ = problem([3, 1], 6, "squared_error")
    plan = Plan(
        [3, 1], ["identity"], "squared_error", epochs=2, batch_size=2, shuffle=False, monitor="none", dtype="float64",
        optimizer="gradient_descent",
    )  # fmt: skip
    rows = [[5, 0, 0, 3]]
    population = Population(rows=rows)
    start = population.start(plan)
    wanted = reference(plan, start, 0, X[rows[0]], y[rows[0]], shuffle=False)
    agree(Training(plan, population, X, y).run(), 0, *wanted)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("members", [1, 17])
def test_clipping_bounds_the_step_even_where_squares_overflow(dtype, members):
    big = 1e25 if dtype == "float32" else 1e200
    plan = Plan(
        [2, 1], ["identity"], "absolute_error", reduction="sum", optimizer="gradient_descent", learning_rate=1.0,
        epochs=1, monitor="none", dtype=dtype, clip_norm=0.5,
    )  # fmt: skip
    start = [(np.zeros((2, 1)), np.zeros(1))]
    X, y = [[3 * big, 4 * big]], [[1.0]]
    result = Training(plan, Population(members=members, initial=start), X, y).run()
    np.testing.assert_allclose(result.weights[0][:, :, 0], np.tile([0.3, 0.4], (members, 1)), rtol=1e-6)


def test_a_gradient_that_is_not_finite_is_not_hidden_by_clipping():
    plan = Plan([1, 1], ["identity"], "absolute_error", reduction="sum", epochs=2, monitor="none", clip_norm=1.0)
    for members in (1, 17):
        population = Population(members=members, initial=[(np.zeros((1, 1)), np.zeros(1))])
        result = Training(plan, population, [[3e38], [3e38]], [1.0, 1.0]).run(raise_when_all_diverged=False)
        assert {why.cause for why in result.divergence} == {"gradient"}


def test_dropout_leaves_validation_alone():
    X, y, _ = problem([3, 8, 1], 40, "squared_error")
    still = {"learning_rate": 1e-30, "epochs": 2, "monitor": "validation_loss", "dtype": "float64"}
    held = (X, y, None)
    for members in (1, 20):
        curves = [
            Training(
                Plan([3, 8, 1], ["tanh", "identity"], "squared_error", dropout=rate, **still),
                Population(members=members), X, y, validation=held,
            ).run()
            for rate in (0.0, 0.5)
        ]  # fmt: skip
        np.testing.assert_array_equal(curves[0].validation_curve, curves[1].validation_curve)
        assert not np.allclose(curves[0].loss_curve, curves[1].loss_curve)


def test_validation_rows_of_ones_own():
    X, y, rng = problem([3, 4, 1], 30, "squared_error")
    folds = rng.integers(0, 2, size=(18, 30)).astype(float)
    plan = Plan([3, 4, 1], ["tanh", "identity"], "squared_error", epochs=2, monitor="validation_loss", dtype="float64")
    result = Training(plan, Population(members=18), X, y, validation=(X, y, folds)).run()
    for member in (0, 11):
        alone = Training(plan, Population(members=[member]), X, y, validation=(X, y, folds[member])).run()
        np.testing.assert_array_equal(alone.validation_curve[0], result.validation_curve[member])
    with pytest.raises(ShapeError, match=r"one weight per row"):
        Training(plan, Population(members=18), X, y, validation=(X, y, folds[:3]))


def test_what_cannot_be():
    def plan(**settings):
        return Plan([2, 3, 1], ["tanh", "identity"], settings.pop("loss", "logistic"), **settings)

    for bad in (1.0, -0.1, np.nan, "much", True):
        with pytest.raises(ConfigurationError, match=r"dropout=.* must be a number at or above 0 and below 1"):
            plan(dropout=bad)
        with pytest.raises(ConfigurationError, match=r"label_smoothing=.* must be a number"):
            plan(label_smoothing=bad)
    with pytest.raises(ConfigurationError, match="3 rates for 2 layers"):
        plan(dropout=[0.1, 0.1, 0.1])
    with pytest.raises(ConfigurationError, match="has no meaning for the loss 'hinge'"):
        plan(loss="hinge", label_smoothing=0.1)
    with pytest.raises(ConfigurationError, match="clip_norm=0"):
        plan(clip_norm=0)
    with pytest.raises(ConfigurationError, match="clip_norm=-1"):
        Network([Dense(1, 1)]).step([1.0], [2.0], learning_rate=0.1, clip_norm=-1)
    X, y = np.zeros((4, 2)), np.zeros((4, 1))
    for rows, words in (
        ([[0]], "rows has 1 entries; a population of 2"), ([[0], []], r"rows\[1\] must be a list"),
        ([[0], [4]], r"rows\[1\] has the row 4; rows go from 0 to 3"), ([[0], [0.5]], r"rows\[1\] must be a list"),
    ):  # fmt: skip
        with pytest.raises((ConfigurationError, ShapeError), match=words):
            Training(plan(), Population(members=2, rows=rows), X, y)
    with pytest.raises(ShapeError, match="dropout has 3 entries"):
        Training(plan(), Population(members=2, dropout=[0.1, 0.2, 0.3]), X, y)
    with pytest.raises(ConfigurationError, match=r"dropout\[1\]"):
        Training(plan(), Population(members=2, dropout=[0.1, 1.5]), X, y)


def test_truth_values_choose_rows():
    X, y, _ = problem([2, 1], 9, "squared_error")
    plan = Plan([2, 1], ["identity"], "squared_error", epochs=2)
    chosen = np.arange(9) % 3 > 0
    by_truth = Training(plan, Population(rows=[chosen]), X, y).run()
    by_number = Training(plan, Population(rows=[np.flatnonzero(chosen)]), X, y).run()
    np.testing.assert_array_equal(by_truth.weights[0], by_number.weights[0])


@pytest.mark.parametrize("reduction", ["mean", "half-sum"])
@pytest.mark.parametrize("members", [1, 21])
def test_batches_without_weight_are_steps_without_a_slope(reduction, members):
    X, y, _ = problem([4, 6, 1], 12, "squared_error")
    row_weight = np.repeat([1.0, 0.0, 2.0, 0.0], 3)
    plan = Plan(
        [4, 6, 1], ["tanh", "identity"], "squared_error", reduction=reduction, batch_size=3, epochs=3, shuffle=False,
        monitor="none", dtype="float64", l2=0.01,
    )  # fmt: skip
    population = Population(seed=5, members=members)
    start = population.start(plan)
    result = Training(plan, population, X, y, sample_weight=row_weight).run()
    agree(result, 0, *reference(plan, start, 0, X, y, seed=5, shuffle=False, sample_weight=row_weight))
