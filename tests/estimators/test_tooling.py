"""The drop-in estimators inside scikit-learn's tools."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import BaggingRegressor
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from glassnet import MLPClassifier, MLPRegressor
from glassnet.formulas import activations

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def iris():
    return load_iris(return_X_y=True, as_frame=True)


def classifier(**settings):
    return MLPClassifier(**{"hidden_layer_sizes": 8, "solver": "lbfgs", "random_state": 0} | settings)


def test_pipeline_and_cross_validation(iris):
    X, y = iris
    model = make_pipeline(StandardScaler(), classifier())
    assert cross_val_score(model, X, y).mean() > 0.93
    assert cross_val_predict(model, X, y, method="predict_proba").shape == (150, 3)


def test_grid_search_over_our_own_settings(iris):
    X, y = iris
    grid = {"activation": ["tanh", "gelu"], "alpha": [0.01, 0.1]}
    search = GridSearchCV(classifier(), grid, cv=3).fit(X, y)
    assert search.best_score_ > 0.9
    assert len(search.cv_results_["params"]) == 4


def test_joblib_threads_and_processes_give_the_same_bits(iris):
    X, y = iris
    scores = []
    for backend in ("sequential", "threading", "loky"):
        with joblib.parallel_config(backend, n_jobs=2):
            scores.append(cross_val_predict(classifier(max_iter=30), X, y, cv=3, method="predict_proba"))
    assert all(np.array_equal(scores[0], other) for other in scores[1:])


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_clone_and_pickle(iris, solver):
    X, y = iris
    model = classifier(solver=solver, max_iter=20, activation=activations["leaky_relu"].with_parameters(slope=0.3)).fit(
        X, y
    )
    again = clone(model)
    assert again.get_params() == model.get_params()
    assert not hasattr(again, "coefs_")
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))
    if solver != "lbfgs":
        for each in (model, copy):
            each.partial_fit(X, y)
        np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))


def test_column_names_are_remembered_and_enforced(iris):
    X, y = iris
    model = classifier().fit(X, y)
    assert list(model.feature_names_in_) == list(X.columns)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(X[X.columns[::-1]])
    assert model.trace(X, y, rows=0).feature_names == tuple(X.columns)


def test_pandas_output_of_a_transforming_pipeline(iris):
    X, y = iris
    model = make_pipeline(StandardScaler(), classifier()).set_output(transform="pandas").fit(X, y)
    assert list(model[-1].feature_names_in_) == list(X.columns)


def test_sparse_inputs_give_the_bits_of_dense_ones(iris):
    X, y = iris
    dense, sparse = classifier().fit(X.to_numpy(), y), classifier().fit(csr_array(X.to_numpy()), y)
    for a, b in zip(dense.coefs_, sparse.coefs_, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(sparse.predict(csr_array(X.to_numpy())), dense.predict(X.to_numpy()))


def test_calibration_and_bagging(iris):
    X, y = iris
    assert CalibratedClassifierCV(classifier(), cv=3).fit(X, y).predict_proba(X).shape == (150, 3)
    X, y = load_diabetes(return_X_y=True)
    bag = BaggingRegressor(MLPRegressor(solver="lbfgs", hidden_layer_sizes=3, max_iter=50), 3, random_state=0)
    assert bag.fit(StandardScaler().fit_transform(X), y / 100).predict(X).shape == (442,)


def test_series_targets_and_integer_columns():
    frame = pd.DataFrame({"a": [1, 2, 3, 4] * 5, "b": [0.5, 1.5, 2.5, 3.5] * 5})
    model = classifier().fit(frame, pd.Series(["x", "y", "x", "y"] * 5, name="label"))
    assert set(model.predict(frame)) == {"x", "y"}


def test_row_weights_are_routed_through_pipelines_and_searches(iris):
    import sklearn

    X, y = iris
    weights = np.where(y == 1, 5.0, 0.2)
    with sklearn.config_context(enable_metadata_routing=True):
        model = classifier(max_iter=40).set_fit_request(sample_weight=True, validation_data=False)
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
        scorer = make_scorer(accuracy_score).set_score_request(sample_weight=False)
        search = GridSearchCV(pipeline, {"mlpclassifier__alpha": [0.01]}, cv=2, scoring=scorer)
        routed = search.fit(X, y, sample_weight=weights).best_estimator_
    by_hand = classifier(max_iter=40, alpha=0.01).fit(StandardScaler().fit_transform(X), y, sample_weight=weights)
    np.testing.assert_array_equal(routed[-1].coefs_[0], by_hand.coefs_[0])
    unweighted = classifier(max_iter=40, alpha=0.01).fit(StandardScaler().fit_transform(X), y)
    assert not np.array_equal(unweighted.coefs_[0], by_hand.coefs_[0])


def test_row_weights_and_validation_rows_reach_a_pipelines_last_step(iris):
    X, y = iris
    scaled = StandardScaler().fit(X)
    pipeline = make_pipeline(StandardScaler(), classifier(solver="adam", max_iter=30))
    held = (scaled.transform(X)[::3], y[::3])
    pipeline.fit(X, y, mlpclassifier__sample_weight=np.ones(150), mlpclassifier__validation_data=held)
    assert len(pipeline[-1].validation_scores_) == pipeline[-1].n_iter_


@pytest.mark.parametrize("Estimator", ["GlassClassifier", "GlassRegressor"])
def test_table_estimators_work_in_scikit_learns_tools(Estimator):
    import glassnet

    frame = load_iris(as_frame=True).frame
    X, y = (
        frame.drop(columns="target"),
        frame["target"] if Estimator == "GlassClassifier" else (frame.iloc[:, 0] * 2.0).rename("twice"),
    )
    X = X.assign(kind=np.where(frame["target"] == 0, "small", "large"))
    model = getattr(glassnet, Estimator)(recipe="lecture", epochs=20, n_networks=2)
    assert cross_val_predict(model, X, y, cv=3).shape == (150,)
    search = GridSearchCV(model, {"l2": [0.001, 0.01]}, cv=2, n_jobs=2).fit(X, y)
    assert search.best_score_ > 0.8
    copy = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(copy.predict(X), search.predict(X))
    assert clone(model).get_params() == model.get_params()
    if Estimator == "GlassClassifier":
        assert CalibratedClassifierCV(model, cv=2).fit(X, y).predict_proba(X).shape == (150, 3)
