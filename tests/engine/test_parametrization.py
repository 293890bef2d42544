"""Weights that are made from trained numbers: the engine against a plain loop in NumPy, and what is frozen or tied."""

import numpy as np
import pytest

from glassnet.engine import Plan, Population, Training, loss_and_gradients
from glassnet.errors import ConfigurationError
from glassnet.formulas import initializers, optimizers

SIZES, ACTIVATIONS = [5, 17, 3, 2], ["tanh", "silu", "identity"]
RNG = np.random.default_rng(2)
X, Y = RNG.normal(size=(50, 5)), RNG.normal(size=(50, 2))


def plan(parametrization, **settings):
    settings = {"dtype": "float64", "epochs": 4, "monitor": "none", "shuffle": False, "learning_rate": 0.01, **settings}
    return Plan(
        SIZES, ACTIVATIONS, "squared_error", initializer="standard_normal", parametrization=parametrization, **settings
    )


def loop(wanted, seed, steps):
    """Full-batch steps on free weights, biases and scales, each as its own parameter with its own rate."""
    trained = []
    for k, record in enumerate(wanted.parametrization):
        free, biases = initializers["standard_normal"].draw(SIZES[k], SIZES[k + 1], seed=seed, layer=k)
        trained.append([free, biases, np.ones(SIZES[k]) if record.has_scales else None])
    states = [[{}, {}, {}] for _ in trained]
    for step in range(1, steps + 1):
        made = [r.make_weights(v, s) for r, (v, _, s) in zip(wanted.parametrization, trained, strict=True)]
        bare = Plan(SIZES, ACTIVATIONS, "squared_error")
        _, d_weights, d_biases = loss_and_gradients(bare, made, [b for _, b, _ in trained], X, Y)
        for k, record in enumerate(wanted.parametrization):
            free, _, scales = trained[k]
            d_free, d_scales = record.pull_back(d_weights[k], free, scales)
            slopes = [d_free + 2 * wanted.l2 * free + wanted.l1 * np.sign(free), d_biases[k], d_scales]
            for i in range(3):
                if trained[k][i] is not None:
                    new = optimizers.resolve(wanted.optimizer).update(
                        {"w": trained[k][i], **states[k][i]}, g=slopes[i], step=step,
                        learning_rate=record.rates[i] * wanted.learning_rate,
                    )  # fmt: skip
                    trained[k][i] = new.pop("w")
                    states[k][i] = new
    return trained


@pytest.mark.parametrize("optimizer", list(optimizers))
@pytest.mark.parametrize(
    "parametrization",
    [
        "ntk", "scaled", "standard(weight_rate=0.5, bias_rate=0.1)",
        ["scaled_ntk(weight_rate=0.7, bias_rate=0.1, scale_rate=6)", "standard", "ntk(bias_rate=0)"],
    ],
    ids=["ntk", "scaled", "rates only", "mixed"],
)  # fmt: skip
def test_the_engine_is_the_plain_loop(parametrization, optimizer):
    wanted = plan(parametrization, optimizer=optimizer, l2=0.01, l1=0.001)
    result = Training(wanted, Population(seed=4), X, Y).run()
    for k, (free, biases, scales) in enumerate(loop(wanted, 4, 4)):
        made = wanted.parametrization[k].make_weights(free, scales)
        np.testing.assert_allclose(result.weights[k][0], made, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(result.biases[k][0], biases, rtol=1e-9, atol=1e-12)
        if scales is None:
            assert result.scales[k].shape == (1, 0)
        else:
            np.testing.assert_allclose(result.scales[k][0], scales, rtol=1e-9)


def test_a_rate_of_zero_keeps_what_it_is_for():
    wanted = plan("scaled(weight_rate=0, bias_rate=0, scale_rate=3)")
    result = Training(wanted, Population(seed=1), X, Y).run()
    for k in range(3):
        free, biases = initializers["standard_normal"].draw(SIZES[k], SIZES[k + 1], seed=1, layer=k)
        np.testing.assert_array_equal(result.biases[k][0], biases)
        np.testing.assert_allclose(result.weights[k][0], result.scales[k][0][:, None] * free, rtol=1e-15)
        assert (result.scales[k][0] != 1).all()


def test_a_standard_parametrization_changes_no_bit():
    one = Training(plan("standard"), Population(seed=1, members=3), X, Y).run()
    other = Training(plan(["standard"] * 3), Population(seed=1, members=3), X, Y).run()
    for mine, theirs in zip([*one.weights, *one.biases], [*other.weights, *other.biases], strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert plan("scaled").n_parameters == plan("standard").n_parameters + sum(SIZES[:-1])


def test_of_equal_epochs_the_first_or_the_latest():
    """Targets that a frozen network meets equally well in every epoch."""
    frozen = "standard(weight_rate=0, bias_rate=0)"
    settings = {"monitor": "validation_loss", "restore_best": True, "patience": 9, "epochs": 5}
    for latest, epoch in ((False, 1), (True, 5)):
        wanted = plan(frozen, latest_tie=latest, **settings)
        result = Training(wanted, Population(seed=1), X, Y, validation=(X, Y, None)).run()
        assert result.best_epoch.tolist() == [epoch]


def test_a_diverging_member_says_so():
    wanted = plan("scaled_ntk(scale_rate=50)", optimizer="gradient_descent", learning_rate=30.0, epochs=50)
    result = Training(wanted, Population(seed=1), X, Y).run(raise_when_all_diverged=False)
    assert result.stop_reason == ["diverged"]
    assert all(np.isfinite(w).all() for w in result.weights)


def test_bad_parametrizations_are_refused():
    with pytest.raises(ConfigurationError, match=r"Unknown parametrization 'nkt'.*'ntk'"):
        plan("nkt")
    with pytest.raises(ConfigurationError, match="2 entries for 3 layers"):
        plan(["ntk", "ntk"])
