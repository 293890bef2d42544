import inspect
import math

import numpy as np
import pytest
import sklearn.neural_network as theirs

from glassnet import MLPClassifier, MLPRegressor, activations, optimizers, schedules
from glassnet.errors import ConfigurationError
from glassnet.estimators.networks.parameters import NUMBERS, read_settings, seed_from, thread_count

BOTH = pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])


@BOTH
def test_scikit_learns_parameters_come_first_with_its_defaults(Estimator):
    ours = list(inspect.signature(Estimator).parameters.values())
    expected = list(inspect.signature(getattr(theirs, Estimator.__name__)).parameters.values())
    assert [(p.name, p.default, p.kind) for p in ours[: len(expected)]] == [
        (p.name, p.default, p.kind) for p in expected
    ]


BAD = {
    "hidden_layer_sizes": [0, (3, -1), (3, 2.5), "many"],
    "activation": ["rellu", ["relu", "tanh"], "leaky_relu(slope=3)"],
    "solver": ["adm", "newton"],
    "batch_size": [0, 2.5, "all"],
    "learning_rate": ["falling"],
    "schedule": ["cosin"],
    "max_iter": [0, -1, 2.5, None],
    "max_fun": [0],
    "n_iter_no_change": [0, -math.inf],
    "shuffle": ["yes", 1],
    "warm_start": [None],
    "early_stopping": ["no"],
    "nesterovs_momentum": [0],
    "random_state": [-1, 2**64, "seed"],
    "dtype": ["float16", int],
    "n_jobs": [0, "two"],
    **{name: [parameter.low - 1, math.nan, math.inf, "small", None] for name, parameter in NUMBERS.items()},
    "momentum": [-0.1, 1.1],
    "beta_1": [1.0],
    "dropout": [1.0, -0.1, (0.1,), "half"],
    "clip_norm": [0.0, -1.0, math.nan, "small"],
    "n_networks": [0, 1.5, None],
    "monitor": ["loss", None],
    "restore_best": ["yes", None],
    "callbacks": ["print", [1]],
}


@BOTH
@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_bad_values_are_refused_by_name(Estimator, name, value):
    if name not in inspect.signature(Estimator).parameters:
        pytest.skip(f"{Estimator.__name__} has no {name}")
    X, y = np.arange(8.0).reshape(4, 2), [0, 1, 0, 1]
    with pytest.raises((ValueError, TypeError)) as caught:
        Estimator(**{name: value}).fit(X, y)
    if name != "random_state":
        assert isinstance(caught.value, ConfigurationError)
    if not isinstance(value, str):
        assert name in str(caught.value) or name.split("_")[0] in str(caught.value)


def test_settings_resolve_to_records():
    model = MLPRegressor(
        hidden_layer_sizes=(4, 3), activation=["gelu", "leaky_relu(slope=0.2)"], solver="rmsprop", epsilon=1e-5,
        schedule="cosine",
    )  # fmt: skip
    settings = read_settings(model)
    assert settings.hidden == (4, 3)
    assert [record.name for record in settings.activations] == ["gelu", "leaky_relu", "identity"]
    assert settings.optimizer.values == {"rho": 0.9, "epsilon": 1e-5}
    assert settings.schedule is schedules["cosine"]


@pytest.mark.parametrize("name", activations)
def test_every_registered_activation_trains(name):
    X = np.linspace(-1, 1, 30).reshape(-1, 1)
    model = MLPRegressor(activation=name, solver="lbfgs", hidden_layer_sizes=5, random_state=0, max_iter=2000)
    assert model.fit(X, X.ravel()).score(X, X.ravel()) > 0.9


@pytest.mark.parametrize("name", optimizers)
def test_every_registered_optimizer_trains(name):
    X = np.linspace(-1, 1, 60).reshape(-1, 1)
    model = MLPRegressor(
        solver=name, hidden_layer_sizes=8, random_state=0, max_iter=300, n_iter_no_change=300, learning_rate_init=0.05,
        schedule="cosine",
    )  # fmt: skip
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model.fit(X, X.ravel())
    assert model.score(X, X.ravel()) > 0.9


def test_plain_gradient_descent_is_not_scikit_learns_sgd():
    assert read_settings(MLPRegressor(solver="sgd")).optimizer.name == "nesterov"
    assert read_settings(MLPRegressor(solver="sgd", nesterovs_momentum=False)).optimizer.name == "momentum"
    assert read_settings(MLPRegressor(solver="gradient_descent")).optimizer.name == "gradient_descent"
    assert read_settings(MLPRegressor(solver="adamw(beta_1=0.5)", beta_1=0.7)).optimizer.values["beta_1"] == 0.5
    assert read_settings(MLPRegressor(solver="adamw", beta_1=0.7)).optimizer.values["beta_1"] == 0.7


def test_learning_rate_speaks_to_sgd_alone_and_schedule_to_all():
    assert read_settings(MLPRegressor(solver="adam", learning_rate="invscaling")).schedule.name == "constant"
    falling = read_settings(MLPRegressor(solver="sgd", learning_rate="invscaling", power_t=0.25)).schedule
    assert falling.name == "inverse_scaling"
    assert falling.values == {"power_t": 0.25}
    assert read_settings(MLPRegressor(solver="adam", schedule="inverse_scaling(power_t=1)")).schedule.values == {
        "power_t": 1.0
    }


def test_seed_from_every_kind_of_random_state():
    assert seed_from(2**64 - 1) == 2**64 - 1
    assert seed_from(np.random.RandomState(3)) == seed_from(np.random.RandomState(3)) > 2**32
    np.random.seed(5)  # noqa: NPY002 - None means NumPy's own generator, as in scikit-learn
    first = seed_from(None)
    np.random.seed(5)  # noqa: NPY002
    assert seed_from(None) == first != seed_from(None)


def test_thread_count():
    assert thread_count(None) == 1
    assert thread_count(3) == 3
    assert thread_count(-1) >= 1
    assert thread_count(-10_000) == 1
