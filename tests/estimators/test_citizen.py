"""The drop-in estimators where tools expect scikit-learn's classes: private names, watched and assigned attributes."""

import inspect
import math

import numpy as np
import onnxruntime
import pytest
import sklearn.neural_network
from skl2onnx import convert_sklearn, update_registered_converter
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from skl2onnx.common.shape_calculator import (
    calculate_linear_classifier_output_shapes,
    calculate_linear_regressor_output_shapes,
)
from skl2onnx.operator_converters.multilayer_perceptron import (
    convert_sklearn_mlp_classifier,
    convert_sklearn_mlp_regressor,
)
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, make_multilabel_classification
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale
from sklearn.utils._param_validation import InvalidParameterError

from glassnet import MLPClassifier, MLPRegressor
from glassnet.errors import ConfigurationError
from glassnet.estimators.networks.parameters import read_settings

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
PAIRS = [(MLPClassifier, sklearn.neural_network.MLPClassifier), (MLPRegressor, sklearn.neural_network.MLPRegressor)]


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return scale(X), y


# --- skl2onnx ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def converters():
    """What someone writes to convert a pipeline with our classes in it."""
    update_registered_converter(
        MLPClassifier, "GlassnetMLPClassifier", calculate_linear_classifier_output_shapes,
        convert_sklearn_mlp_classifier, options={"zipmap": [True, False, "columns"], "nocl": [True, False]},
    )  # fmt: skip
    update_registered_converter(
        MLPRegressor, "GlassnetMLPRegressor", calculate_linear_regressor_output_shapes, convert_sklearn_mlp_regressor
    )


CONVERTED = {
    "two classes": lambda: load_breast_cancer(return_X_y=True),
    "three classes": lambda: load_iris(return_X_y=True),
    "names": lambda: (load_iris().data, load_iris().target_names[load_iris().target]),
    "several labels": lambda: make_multilabel_classification(80, 6, n_classes=3, random_state=0),
    "numbers": lambda: load_diabetes(return_X_y=True),
}


@pytest.mark.parametrize("task", CONVERTED)
@pytest.mark.filterwarnings("ignore")
def test_skl2onnx_converts_a_pipeline(task):
    X, y = CONVERTED[task]()
    kind = MLPRegressor if task == "numbers" else MLPClassifier
    model = make_pipeline(StandardScaler(), kind(hidden_layer_sizes=(7, 5), activation="tanh", max_iter=20))
    model.fit(X, y)
    options = {} if task == "numbers" else {"options": {id(model): {"zipmap": False}}}
    # the runtime thresholds several labels in single precision only
    tensor, dtype = (FloatTensorType, np.float32) if task == "several labels" else (DoubleTensorType, np.float64)
    page = convert_sklearn(model, initial_types=[("X", tensor([None, X.shape[1]]))], **options)
    session = onnxruntime.InferenceSession(page.SerializeToString(), providers=["CPUExecutionProvider"])
    given = session.run(None, {"X": X.astype(dtype)})
    if task == "numbers":
        np.testing.assert_allclose(given[0].ravel(), model.predict(X), rtol=1e-6)
    else:
        assert (given[0] == model.predict(X)).all()
        np.testing.assert_allclose(given[1], model.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("y", [[0, 1] * 20, ["a", "b", "c", "a"] * 10, [[0, 1], [1, 1]] * 20])
def test_the_label_binarizer_is_that_of_scikit_learn(y):
    X, y = np.random.default_rng(0).standard_normal((40, 3)), np.array(y)
    ours = MLPClassifier(3, max_iter=1).fit(X, y)
    theirs = sklearn.neural_network.MLPClassifier(3, max_iter=1).fit(X, y)
    mine, expected = ours._label_binarizer, theirs._label_binarizer
    assert (mine.y_type_, mine.sparse_input_) == (expected.y_type_, expected.sparse_input_)
    np.testing.assert_array_equal(mine.classes_, expected.classes_)
    np.testing.assert_array_equal(mine.transform(y), expected.transform(y))
    np.testing.assert_array_equal(mine.inverse_transform(expected.transform(y)), y)
    assert not hasattr(MLPClassifier(), "_label_binarizer")


# --- parameters -------------------------------------------------------------------------------------------------------

VALUES = {
    "alpha": [0, 1.0, -0.1, "a", None, math.inf], "tol": [0.0, -1.0], "learning_rate_init": [0.1, 0.0, -1],
    "momentum": [0.0, 1.0, 1.1], "beta_1": [0.0, 1.0], "beta_2": [0.5, -0.1], "epsilon": [1e-9, 0.0],
    "validation_fraction": [0.0, 0.5, 1.0], "power_t": [0.0, -1.0], "clip_norm": [None, 1.0, 0.0], "l1": [0.1, -0.1],
    "max_iter": [1, 0, 1.5, True, "a"], "max_fun": [1, 0], "n_iter_no_change": [1, math.inf, 0],
    "batch_size": ["auto", 3, 0, "half"], "n_networks": [1, 3, 0], "shuffle": [True, "yes"],
    "warm_start": [False, None], "early_stopping": [True, 2], "nesterovs_momentum": [False, "no"],
    "hidden_layer_sizes": [3, (3, 4), [5], ()],
    "monitor": ["auto", "validation_loss", "weather"], "restore_best": [True, "auto", "never"],
    "dtype": [None, "float32", np.float64, "float16"], "n_jobs": [None, 1, -1, 1.5],
    "callbacks": [None, print, [print], 3],
    "dropout": [0.0, 0.5, 1.0, (0.1, 0.2)], "schedule": [None, "cosine", 3], "solver": ["adam", "lbfgs", "rmsprop", 3],
}  # fmt: skip
"""Their type and domain are what constraints can say; names of formulas are looked up in `fit` only."""


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_constraints_say_what_fit_takes(ours, theirs):
    signature = list(inspect.signature(ours).parameters)
    assert list(ours._parameter_constraints) == signature
    assert set(theirs._parameter_constraints) <= set(signature)
    ours()._validate_params()
    for name, values in VALUES.items():
        for value in values:
            model = ours(**{name: value})
            allowed = True
            try:
                model._validate_params()
            except InvalidParameterError:
                allowed = False
            taken = True
            try:
                read_settings(model)
            except (ConfigurationError, TypeError, AttributeError):
                taken = False
            if taken != allowed:
                # sizes and functions in lists, sums of rates: a constraint looks at the outside only
                assert allowed, (name, value)


def test_every_parameter_of_scikit_learn_may_be_what_it_may_be_there():
    """Values that scikit-learn's own constraints allow, drawn by its own generator, are allowed by ours."""
    from sklearn.utils._param_validation import generate_valid_param, make_constraint

    for ours, theirs in PAIRS:
        for name, listed in theirs._parameter_constraints.items():
            for constraint in map(make_constraint, listed):
                try:
                    value = generate_valid_param(constraint)
                except (NotImplementedError, ValueError):
                    continue
                ours(**{name: value})._validate_params()


# --- attributes -------------------------------------------------------------------------------------------------------


class Watched:
    """How Orange follows a training: `n_iter_` becomes a property that calls back (its widget cancels by raising)."""

    watcher = None

    @property
    def n_iter_(self):
        return self._seen

    @n_iter_.setter
    def n_iter_(self, value):
        self._seen = value
        if self.watcher:
            self.watcher(value)


class Canceled(BaseException):
    pass


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_the_count_of_epochs_can_be_watched(iris, ours, theirs):
    seen = {}
    for kind in (ours, theirs):
        model = type("Watching", (kind, Watched), {"__module__": __name__, "__init__": kind.__init__})(max_iter=30)
        seen[kind] = []
        model.watcher = seen[kind].append
        model.fit(*iris)
        assert model.n_iter_ == 30
    # scikit-learn says 0 twice
    assert seen[ours] == sorted(set(seen[theirs])) == list(range(31))


def test_who_watches_may_end_the_training(iris):
    kind = type("Watching", (MLPClassifier, Watched), {"__module__": __name__, "__init__": MLPClassifier.__init__})
    model = kind(max_iter=10**6, n_iter_no_change=10**6)

    def cancel(epoch):
        if epoch >= 10:
            raise Canceled

    model.watcher = cancel
    with pytest.raises(Canceled):
        model.fit(*iris)
    assert model.predict(iris[0]).shape == (150,)
    assert len(model.loss_curve_) >= 10


@pytest.mark.parametrize("trained", ["float32", "float64"])
@pytest.mark.parametrize("asked", ["float32", "float64", "int64", "list"])
def test_answers_have_the_dtype_of_scikit_learn(iris, trained, asked):
    X, y = iris
    given = X.tolist() if asked == "list" else X.astype(asked)
    for ours, theirs in PAIRS:
        mine, expected = (kind(max_iter=2).fit(X.astype(trained), y) for kind in (ours, theirs))
        names = ["predict"] if ours is MLPRegressor else ["predict", "predict_proba", "predict_log_proba"]
        for name in names:
            assert getattr(mine, name)(given).dtype == getattr(expected, name)(given).dtype
        if ours is MLPClassifier:
            chance = mine.predict_proba(given)
            np.testing.assert_allclose(chance.sum(axis=1), 1.0, rtol=4 * np.finfo(chance.dtype).eps)


def twins(ours, theirs, X, y, **settings):
    """A fitted pair with the same weights, those of scikit-learn's set by hand in ours."""
    settings = {"hidden_layer_sizes": (5,), "solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False,
                "batch_size": len(X), "learning_rate_init": 0.1, "max_iter": 1} | settings  # fmt: skip
    mine, expected = ours(**settings).fit(X, y), theirs(**settings).fit(X, y)
    mine.coefs_, mine.intercepts_ = [w.copy() for w in expected.coefs_], [b.copy() for b in expected.intercepts_]
    return mine, expected


def same_weights(mine, expected):
    for ours, theirs in zip(mine.coefs_ + mine.intercepts_, expected.coefs_ + expected.intercepts_, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_weights_set_by_hand_take_effect(iris, ours, theirs):
    X, y = iris
    mine, expected = twins(ours, theirs, X, y)
    np.testing.assert_allclose(mine.predict(X), expected.predict(X), rtol=1e-9)
    same_weights(mine.partial_fit(X, y), expected.partial_fit(X, y))
    for model in (mine, expected):
        model.coefs_[0][2, 3] = 1.5  # in place
        model.intercepts_[1] = model.intercepts_[1] * 2
    np.testing.assert_allclose(mine.predict(X), expected.predict(X), rtol=1e-9)
    same_weights(mine.partial_fit(X, y), expected.partial_fit(X, y))
    same_weights(mine.set_params(warm_start=True).fit(X, y), expected.set_params(warm_start=True).fit(X, y))


@pytest.mark.parametrize("form", [np.asfortranarray, lambda w: w.astype(np.float32), lambda w: w.tolist()])
def test_weights_set_by_hand_may_have_another_form(iris, form):
    X, y = iris
    model = MLPRegressor(hidden_layer_sizes=4, max_iter=2).fit(X, y)
    expected = model.predict(X)
    model.coefs_ = [form(w) for w in model.coefs_]
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-5)
    model.coefs_ = [form(np.asarray(w) * 0) for w in model.coefs_]
    assert len(set(model.predict(X).tolist())) == 1


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_negative_row_weights_count_as_in_scikit_learn(iris, ours, theirs):
    X, y = iris
    weights = np.where(np.arange(150) % 5 == 0, -0.5, 1.5)
    mine, expected = twins(ours, theirs, X, y, alpha=0.1)
    for _ in range(3):
        same_weights(mine.partial_fit(X, y, sample_weight=weights), expected.partial_fit(X, y, sample_weight=weights))
    assert mine.loss_ == pytest.approx(expected.loss_)
    for model in (mine, expected):
        model.set_params(warm_start=True).fit(X, y, sample_weight=weights)
    same_weights(mine, expected)
    with pytest.raises(ConfigurationError, match="sum must be positive"):
        mine.fit(X, y, sample_weight=-weights)


def test_everything_public_can_be_read_before_and_after_fit(iris):
    for estimator in (MLPClassifier(3, max_iter=2), MLPRegressor(hidden_layer_sizes=3, max_iter=2)):
        for model in (estimator, estimator.fit(*iris), estimator.partial_fit(*iris)):
            for name in dir(model):
                getattr(model, name, None)
            assert model._repr_html_()
