"""Networks with a shared body: the engine against the readable ones, and the promises about bits, stops and memory."""

import numpy as np
import pytest
from reference import targets_for

from glassnet.engine import Plan, Population, Training, loss_and_gradients, predict_raw
from glassnet.errors import ConfigurationError, TrainingDiverged
from glassnet.formulas import losses
from glassnet.network import Dense, SharedNetworks

PARAMETRIZATIONS = {
    "scaled": ("scaled", "standard", "standard"),
    "ntk": ("scaled_ntk(scale_rate=6.0)", "ntk(bias_rate=0.1)", "scaled_ntk"),
    "plain": ("standard",) * 3,
}
ACTIVATIONS = ["tanh", "tanh", "identity"]
RNG = np.random.default_rng(5)
X, X_HELD = RNG.normal(size=(70, 5)), RNG.normal(size=(300, 5))


def plan(n_out=1, loss="squared_error", **settings):
    settings = {
        "heads": 5, "scale_start": "random_signs", "parametrization": PARAMETRIZATIONS["scaled"], "initializer": "he",
        "learning_rate": 0.01, "batch_size": 32, "epochs": 4, "monitor": "none", "dtype": "float64", **settings,
    }  # fmt: skip
    return Plan([5, 7, 6, n_out], ["tanh", "tanh", "identity"], loss, **settings)


def trained(wanted, y, seed=3, members=1, **more):
    return Training(wanted, Population(seed=seed, members=members), X, y, **more).run()


@pytest.mark.parametrize(("loss", "n_out"), [("squared_error", 2), ("logistic", 1), ("softmax_cross_entropy", 3)])
@pytest.mark.parametrize("made", list(PARAMETRIZATIONS))
def test_the_engine_trains_what_the_readable_networks_train(loss, n_out, made):
    y = targets_for(losses[loss], RNG, len(X), n_out)
    shared = {"l1": 0.002, "l2": 0.01, "dropout": 0.2}
    optimizer = {"optimizer": "adamw(weight_decay=0.1)", "learning_rate": 0.01, "clip_norm": 0.5}
    rules = {"epochs": 4, "batch_size": 32}
    result = trained(plan(n_out, loss, parametrization=PARAMETRIZATIONS[made], **shared, **optimizer, **rules), y)
    layers = [
        Dense(*sizes, activation, parametrization=record, initializer="he")
        for sizes, activation, record in zip(
            [(5, 7), (7, 6), (6, n_out)], ["tanh", "tanh", "identity"], PARAMETRIZATIONS[made], strict=True
        )
    ]
    networks = SharedNetworks(layers, heads=5, loss=loss, seed=3, **shared)
    curve = networks.fit(X, y, **optimizer, **rules)
    for h in range(5):
        one = networks.network(h)
        for k in range(3):
            np.testing.assert_allclose(result.weights[k][h], one.weights[k], rtol=1e-8, atol=1e-11)
            np.testing.assert_allclose(result.biases[k][h], one.biases[k], rtol=1e-8, atol=1e-11)
        if networks.scales[0] is not None:
            np.testing.assert_allclose(result.scales[0][h], one.scales[0], rtol=1e-8)
    by_epoch = np.array(curve).reshape(4, 3) @ np.array([32, 32, 6]) / 70
    np.testing.assert_allclose(result.loss_curve[0], by_epoch, rtol=1e-9)


@pytest.mark.parametrize(
    ("loss", "n_out"),
    [("squared_error", 2), ("logistic", 2), ("softmax_cross_entropy", 3), ("poisson", 1), ("hinge", 1)],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_validation_looks_at_the_mean_of_the_predictions(loss, n_out, dtype):
    record = losses[loss]
    (y, y_held), weight = (targets_for(record, RNG, n, n_out) for n in (70, 300)), RNG.random(300)
    held = (X_HELD, y_held, weight)
    settings = {"dtype": dtype, "scale_start": "normal"}
    by_loss = trained(plan(n_out, loss, monitor="validation_loss", **settings), y, validation=held)
    by_score = trained(plan(n_out, loss, monitor="validation_score", **settings), y, validation=held)
    raw = np.stack([
        predict_raw([w[h] for w in by_loss.weights], [b[h] for b in by_loss.biases], ACTIVATIONS, X_HELD)
        for h in range(5)
    ]).astype(float)  # fmt: skip
    prediction = np.mean(raw, axis=0) if record.link == "sign" else np.mean(record.predict(raw), axis=0)
    if record.link == "logistic":
        rows = -(y_held * np.log(prediction) + (1 - y_held) * np.log1p(-prediction)).sum(axis=1)
    elif record.link == "softmax":
        rows = -(y_held * np.log(prediction)).sum(axis=1)
    else:
        rows = record.row_losses(np.log(prediction) if record.link == "exp" else prediction, y_held)
    exact = 1e-12 if dtype == "float64" else 1e-5
    assert by_loss.validation_curve[0][-1] == pytest.approx(weight @ rows / weight.sum(), rel=exact)
    if record.task == "regression":
        mean = prediction if record.link == "identity" else np.log(prediction)  # the score looks at raw predictions
        spread = y_held - weight @ y_held / weight.sum()
        score = np.mean(1 - weight @ (y_held - mean) ** 2 / (weight @ spread**2))
    elif record.task == "multiclass":
        score = weight @ (prediction.argmax(axis=1) == y_held.argmax(axis=1)) / weight.sum()
    else:
        yes = prediction > (0 if record.link == "sign" else 0.5)
        score = weight @ (yes == (y_held > 0)).all(axis=1) / weight.sum()
    assert by_score.validation_curve[0][-1] == pytest.approx(score, rel=exact)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_neither_threads_nor_company_nor_slices_change_a_bit(dtype):
    y = targets_for(losses["logistic"], RNG, len(X), 1)
    held = (X_HELD, targets_for(losses["logistic"], RNG, 300, 1), None)
    wanted = plan(1, "logistic", dtype=dtype, dropout=0.1, monitor="validation_loss", heads=7, clip_norm=0.1)
    alone = trained(wanted, y, validation=held, threads=1)
    for threads, members in ((2, 1), (3, 1), (16, 1), (2, [0, 9]), (3, [4, 0])):
        other = trained(wanted, y, members=members, validation=held, threads=threads)
        place = list(np.atleast_1d(members) if members != 1 else [0]).index(0)
        for k in range(3):
            np.testing.assert_array_equal(other.weights[k][7 * place : 7 * place + 7], alone.weights[k])
        np.testing.assert_array_equal(other.validation_curve[place], alone.validation_curve[0])
    stopped = Training(wanted, Population(seed=3), X, y, validation=held)
    stopped.advance_steps(4)
    resumed = Training(wanted, Population(seed=3), X, y, validation=held)
    resumed.restore(stopped.save())
    np.testing.assert_array_equal(resumed.run().weights[2], alone.weights[2])


def test_the_body_is_one_and_the_heads_differ():
    result = trained(plan(2), RNG.normal(size=(70, 2)), members=[0, 3])
    assert [w.shape for w in result.weights] == [(10, 5, 7), (10, 7, 6), (10, 6, 2)]
    assert result.scales[0].shape == (10, 5)
    free = result.weights[0] / result.scales[0][:, :, None]
    np.testing.assert_allclose(free[:5], np.broadcast_to(free[:1], (5, 5, 7)), rtol=1e-9)
    np.testing.assert_array_equal(result.weights[1][0], result.weights[1][4])
    assert not np.array_equal(result.weights[1][0], result.weights[1][5])  # another member has another body
    assert len({row.tobytes() for row in result.scales[0]}) == 10
    assert len({head.tobytes() for head in result.weights[2]}) == 10
    assert len(result.loss_curve) == 2


def test_a_single_head_is_the_network_that_it_was():
    y = RNG.normal(size=(70, 2))
    one = trained(plan(2, heads=1, scale_start="ones"), y)
    bare = Plan(
        [5, 7, 6, 2], ["tanh", "tanh", "identity"], "squared_error", parametrization=PARAMETRIZATIONS["scaled"],
        initializer="he", learning_rate=0.01, batch_size=32, epochs=4, monitor="none", dtype="float64",
    )  # fmt: skip
    other = trained(bare, y)
    for k in range(3):
        np.testing.assert_array_equal(one.weights[k], other.weights[k])


def test_scales_of_a_lone_network_may_start_elsewhere():
    start = trained(plan(1, heads=1, epochs=0), RNG.normal(size=(70, 1)))
    assert set(np.unique(start.scales[0])) == {-1.0, 1.0}


def test_the_best_epoch_and_the_stop_are_those_of_all():
    y, held = RNG.normal(size=(70, 1)), (X_HELD, RNG.normal(size=(300, 1)), None)
    wanted = plan(
        1, monitor="validation_loss", restore_best=True, patience=2, epochs=60, learning_rate=0.05, tolerance=0.0
    )
    result = trained(wanted, y, validation=held)
    curve = result.validation_curve[0]
    assert result.stop_reason == ["plateau"]
    assert result.best_epoch[0] == 1 + int(np.argmin(curve)) < len(curve)
    early = trained(plan(1, monitor="none", epochs=60, learning_rate=0.05), y)
    assert not np.array_equal(early.weights[2], result.weights[2])
    raw = np.mean([
        predict_raw([w[h] for w in result.weights], [b[h] for b in result.biases], ["tanh", "tanh", "identity"], X_HELD)
        for h in range(5)
    ], axis=0)  # fmt: skip
    assert np.mean((raw - held[1]) ** 2) == pytest.approx(curve.min(), rel=1e-12)


def test_what_goes_wrong_is_said():
    y = RNG.normal(size=(70, 1))
    with pytest.raises(TrainingDiverged, match=r"layer \d"):
        trained(plan(1, learning_rate=1e200, optimizer="gradient_descent", epochs=50), y)
    with pytest.raises(ConfigurationError, match="at least one hidden layer"):
        Plan([5, 1], ["identity"], "squared_error", heads=3)
    with pytest.raises(ConfigurationError, match="'identity' as the activation of the last"):
        Plan([5, 4, 1], ["relu", "relu"], "squared_error", heads=3)
    with pytest.raises(ConfigurationError, match=r"heads=.* must be a whole number"):
        plan(1, heads=0)
    with pytest.raises(ConfigurationError, match="Did you mean 'random_signs'"):
        plan(1, scale_start="random_sign")
    with pytest.raises(ConfigurationError, match="looks at one network"):
        loss_and_gradients(plan(1), [np.zeros((5, 1))], [np.zeros(1)], X, y)
    with pytest.raises(ConfigurationError, match=r"must stay below 2\*\*32"):
        trained(plan(1), y, members=[2**32 - 1])
    with pytest.raises(ConfigurationError, match="GiB"):
        trained(
            Plan([5, 4096, 4096, 4096], ["relu", "relu", "identity"], "squared_error", heads=10_000),
            np.zeros((70, 4096)),
        )


def test_parameters_are_counted():
    assert plan(2).n_parameters == 5 * 7 + 7 + 5 * 5 + 7 * 6 + 6 + 5 * (6 * 2 + 2)
    assert plan(2).n_parameters == SharedNetworks(
        [Dense(5, 7, "tanh", parametrization="scaled"), Dense(7, 6, "tanh"), Dense(6, 2)], heads=5
    ).n_parameters  # fmt: skip
