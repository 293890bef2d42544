"""Table estimators among scikit-learn's tools: names of columns, keywords, weights, attributes that can be asked."""

import inspect

import numpy as np
import pandas as pd
import polars
import pyarrow
import pytest
import sklearn
from scipy.sparse import random_array
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor, BaggingClassifier, StackingClassifier
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score, cross_validate
from sklearn.utils.estimator_checks import check_dataframe_column_names_consistency

import glassnet
from glassnet import GlassClassifier, GlassRegressor, MLPClassifier, MLPRegressor
from glassnet.errors import ConfigurationError, DataError, SchemaError
from glassnet.estimators.recipes.preset import PRESETS

N = 120
rng = np.random.default_rng(5)
X = pd.DataFrame({"a": rng.normal(size=N), "b": rng.normal(size=N), "ward": rng.choice(["u", "v"], N)})
AMOUNT = (2 * X["a"] + (X["ward"] == "u")).to_numpy()
LABEL = np.where(AMOUNT > 0.5, "yes", "NA")
WEIGHTS = rng.uniform(0.5, 2, N)


def classifier(**settings):
    return GlassClassifier(**{"recipe": "lecture", "epochs": 15, **settings})


def regressor(**settings):
    return GlassRegressor(**{"recipe": "lecture", "epochs": 15, **settings})


# ------------------------------------------------------------------ attributes


@pytest.mark.parametrize("kind", [GlassClassifier, GlassRegressor, MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("recipe", ["unfitted", "auto", *PRESETS, "loaded", "averaged"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_every_attribute_can_be_asked_for(kind, recipe, tmp_path):
    """As notebooks, `inspect`, dask and skl2onnx do: what is not there is an AttributeError, never another one."""
    table = kind in (GlassClassifier, GlassRegressor)
    known = recipe in ("auto", *PRESETS)
    if not table and recipe in (*PRESETS, "averaged"):
        pytest.skip("has no recipes")
    y = LABEL if "Classifier" in kind.__name__ else AMOUNT
    rows = X if table else X[["a", "b"]]
    few = {"epochs": 2} if table else {"max_iter": 2}
    model = kind(**few, **({"recipe": recipe} if table and known else {}))
    if recipe == "averaged":
        task = "classification" if kind is GlassClassifier else "regression"
        model = glassnet.tune(rows, y, task=task, rounds=1, trials=4, epochs=4, recipe="tabm-mini", progress=False)
    elif recipe != "unfitted":
        model.fit(rows, y)
    if recipe == "loaded":
        model = glassnet.load(model.save(tmp_path / "m"))
    names = dir(model)
    assert "fit" in names
    assert "get_params" in names
    for name in {*names, "shared_networks_", "network_", "networks_", "history_", "weights_", "classes_", "nothing_"}:
        getattr(model, name, None)
    inspect.getmembers(model)
    assert kind.__name__ in repr(model)
    assert kind.__name__ in model._repr_html_()
    assert kind.__name__ in model._repr_mimebundle_()["text/plain"]
    with pytest.raises(AttributeError, match="nothing_"):
        _ = model.nothing_


def test_why_there_are_no_shared_networks_is_said():
    model = classifier(n_networks=3).fit(X, LABEL)
    with pytest.raises(AttributeError, match=r"'lecture' share no body\. Open one of them: networks_\[0\]"):
        _ = model.shared_networks_
    with pytest.raises(ConfigurationError, match=r"share no body"):
        model.trace(X, 0, y=LABEL, network="all")


# ------------------------------------------------------------------ keywords and weights


@pytest.mark.parametrize(("make", "y"), [(classifier, LABEL), (regressor, AMOUNT)])
def test_keywords_are_those_of_scikit_learn(make, y):
    model = make().fit(X=X, y=y, sample_weight=None)
    assert model.score(X=X, y=y, sample_weight=None) == model.score(X, y) > 0.5
    assert model.predict(X=X).shape == (N,)
    for name in ("fit", "predict", "score", "predict_proba", "decision_function", "trace", "score_interval"):
        method = getattr(model, name, None)
        assert method is None or next(iter(inspect.signature(method).parameters)) == "X"
    weighed = make().fit(X, y, WEIGHTS)
    assert weighed.predict(X).tolist() == make().fit(X, y, weights=WEIGHTS).predict(X).tolist()
    named = make().fit(X.assign(how_much=WEIGHTS), y, sample_weight="how_much")
    assert named.predict(X.assign(how_much=0.0)).tolist() == weighed.predict(X).tolist()
    assert "how_much" not in named.schema_.feature_names
    assert weighed.score(X, y, sample_weight=WEIGHTS) == weighed.score(X, y, weights=WEIGHTS)
    for call in (model.score, make().fit):
        with pytest.raises(ConfigurationError, match="sample_weight and weights are the same thing"):
            call(X, y, sample_weight=WEIGHTS, weights=WEIGHTS)
    with pytest.raises(DataError, match="is not a weight"):
        make().fit(X, y, sample_weight=-WEIGHTS)


@pytest.mark.parametrize("tool", [
    lambda: AdaBoostClassifier(classifier(), n_estimators=2).fit(X, LABEL).score(X, LABEL),
    lambda: AdaBoostRegressor(regressor(), n_estimators=2).fit(X[["a", "b"]], AMOUNT).score(X[["a", "b"]], AMOUNT),
    lambda: BaggingClassifier(classifier(), n_estimators=2).fit(X[["a", "b"]], LABEL).score(X[["a", "b"]], LABEL),
    lambda: StackingClassifier([("g", classifier())], cv=2).fit(X, LABEL).score(X, LABEL),
    lambda: CalibratedClassifierCV(classifier(), cv=2).fit(X, LABEL, sample_weight=WEIGHTS).score(X, LABEL),
    lambda: GridSearchCV(classifier(), {"l2": [0.0, 0.01]}, cv=2, scoring="roc_auc").fit(X, LABEL).best_score_,
    lambda: permutation_importance(classifier().fit(X, LABEL), X, LABEL, n_repeats=2, sample_weight=WEIGHTS,
                                   random_state=0).importances_mean[0] * 5,
    lambda: np.ptp(partial_dependence(regressor().fit(X, AMOUNT), X, ["a"], grid_resolution=4)["average"]),
    lambda: cross_val_score(classifier(), X, np.where(AMOUNT > 1.5, "most", LABEL), cv=2, scoring="roc_auc_ovr").min(),
    lambda: np.exp(cross_val_score(classifier(), X, LABEL, cv=2, scoring="neg_log_loss").min()),
])  # fmt: skip
def test_tools_of_scikit_learn(tool):
    assert tool() > 0.6


def test_weights_and_groups_are_routed():
    with sklearn.config_context(enable_metadata_routing=True):
        model = classifier().set_fit_request(sample_weight=True, groups=True).set_score_request(sample_weight=True)
        params = {"sample_weight": WEIGHTS, "groups": np.arange(N) // 3}
        found = cross_validate(
            model, X, LABEL, params=params, cv=GroupKFold(3), return_estimator=True, return_indices=True
        )
        rows, aside = found["indices"]["train"][0], found["indices"]["test"][0]
        alone = classifier().fit(X.iloc[rows], LABEL[rows], WEIGHTS[rows], groups=params["groups"][rows])
        assert found["estimator"][0].predict(X).tolist() == alone.predict(X).tolist()
        expected = accuracy_score(LABEL[aside], alone.predict(X.iloc[aside]), sample_weight=WEIGHTS[aside])
        assert found["test_score"][0] == pytest.approx(expected)


# ------------------------------------------------------------------ names of columns


@pytest.mark.parametrize("make", [classifier, regressor])
def test_scikit_learns_check_of_names(make):
    check_dataframe_column_names_consistency(type(make()).__name__, make())


@pytest.mark.parametrize("make", [
    lambda: X, lambda: polars.DataFrame(X.to_dict("list")), lambda: pyarrow.table(X.to_dict("list")),
    lambda: X.to_dict("list"), lambda: glassnet.tables.Table.from_frame(X),
], ids=["pandas", "polars", "pyarrow", "dict", "Table"])  # fmt: skip
def test_names_are_remembered_and_an_array_is_matched_by_position(make, tmp_path):
    model = classifier().fit(make(), LABEL)
    assert model.feature_names_in_.tolist() == ["a", "b", "ward"]
    assert model.feature_names_in_.dtype == object
    assert model.n_features_in_ == 3
    loaded = glassnet.load(model.save(tmp_path / "m"))
    assert loaded.feature_names_in_.tolist() == ["a", "b", "ward"]
    expected = model.predict_proba(X)
    for each in (model, loaded):
        np.testing.assert_array_equal(each.predict_proba(make()), expected)
        for rows in (X.to_numpy(), X.to_numpy().tolist()):
            with pytest.warns(UserWarning, match="X does not have valid feature names, but GlassClassifier was fitted"):
                np.testing.assert_array_equal(each.predict_proba(rows), expected)
    with pytest.raises(DataError, match="X has 2 features, but GlassClassifier is expecting 3"):
        model.predict(X[["a", "b"]].to_numpy())


def test_a_frame_is_matched_by_position_where_training_saw_an_array(tmp_path):
    model = regressor().fit(X[["a", "b"]].to_numpy(), AMOUNT)
    assert not hasattr(model, "feature_names_in_")
    loaded = glassnet.load(model.save(tmp_path / "m"))
    assert not hasattr(loaded, "feature_names_in_")
    expected = model.predict(X[["a", "b"]].to_numpy())
    for each in (model, loaded):
        with pytest.warns(UserWarning, match="X has feature names, but GlassRegressor was fitted without"):
            np.testing.assert_array_equal(each.predict(X[["a", "b"]]), expected)
        named = X[["b", "a"]].rename(columns={"a": "x1", "b": "x2"})
        np.testing.assert_array_equal(each.predict(named), expected)
    model.fit(X, AMOUNT)
    assert model.feature_names_in_.tolist() == ["a", "b", "ward"]
    assert not hasattr(model.fit(X[["a", "b"]].to_numpy(), AMOUNT), "feature_names_in_")


def test_order_counts_where_scikit_learn_counts_it_and_names_everywhere_else():
    turned = X[["ward", "b", "a"]]
    model = classifier().fit(X, LABEL)
    with pytest.raises(SchemaError, match="same order as they were in fit"):
        model.predict(turned)
    with pytest.raises(SchemaError, match=r"yet now missing:\n- ward"):
        model.predict(X[["a", "b"]])
    expected = model.predict(X)
    assert model.predict(turned.assign(more=1)).tolist() == expected.tolist()
    assert model.predict(turned.to_dict("list")).tolist() == expected.tolist()
    whole = classifier().fit(X.assign(y=np.where(AMOUNT > 0.5, "yes", "no")), target="y")
    assert whole.predict(turned).tolist() == whole.predict(X).tolist()


@pytest.mark.parametrize(("columns", "name", "target"), [
    (["a", "b"], None, "target"), (["target", "b"], None, "y"), (["target", "y"], None, "target_2"),
    (["a", "b"], "a", "target"), (["target", "a"], "a", "y"), (["a", "b"], "outcome", "outcome"),
    (["a", "b"], 3, "3"), (["a", "b"], "", "target"), (["a", "b"], ("two", "parts"), "target"),
])  # fmt: skip
@pytest.mark.parametrize("make", [classifier, regressor])
def test_a_target_beside_the_table_takes_no_column_away(make, columns, name, target, tmp_path):
    frame = X[["a", "b"]].set_axis(columns, axis=1)
    y = pd.Series(LABEL if make is classifier else AMOUNT, name=name)
    model = make().fit(frame, y)
    assert model.schema_.target == target
    assert model.schema_.feature_names == tuple(columns)
    loaded = glassnet.load(model.save(tmp_path / "m"))
    assert loaded.score(frame, y) == model.score(frame, y) > 0.5
    assert model.trace(frame, 0, y=y).row_names == loaded.trace(frame, 0, y=y).row_names


def test_a_column_that_is_y_itself_is_refused():
    with pytest.raises(ConfigurationError, match="already has a column 'a', and y is that column"):
        regressor().fit(X, X["a"])
    with pytest.raises(ConfigurationError, match="already has a column 'ward', and y is that column"):
        classifier().fit(X, X["ward"])


# ------------------------------------------------------------------ what is no table of numbers and texts


@pytest.mark.parametrize(("column", "kind"), [
    (pd.period_range("2020", periods=N, freq="D"), "date"), (pd.to_timedelta(np.arange(N), unit="h"), "number"),
    (pd.cut(X["a"], 3), "category"),
])  # fmt: skip
def test_periods_durations_and_intervals_are_dates_days_and_categories(column, kind):
    frame = X.assign(more=column)
    model = regressor().fit(frame, AMOUNT)
    assert next(each for each in model.schema_.inputs if each.name == "more").kind == kind
    assert np.isfinite(model.predict(frame)).all()


def test_cells_of_other_types_are_refused():
    with pytest.raises(DataError, match="column 'more': 1j is a complex"):
        regressor().fit(X.assign(more=pd.Series([1j] * N, dtype=object)), AMOUNT)


def test_sparse_inputs():
    sparse = random_array((20, 4), density=0.5, rng=np.random.default_rng(0))
    with pytest.raises(DataError, match=r"X\.toarray\(\), or MLPClassifier and MLPRegressor"):
        regressor().fit(sparse, np.arange(20.0))
    frame = pd.DataFrame.sparse.from_spmatrix(sparse)
    dense = pd.DataFrame(sparse.toarray())
    expected = regressor().fit(dense, np.arange(20.0)).predict(dense)
    assert regressor().fit(frame, np.arange(20.0)).predict(frame).tolist() == expected.tolist()


@pytest.mark.parametrize("make", [
    lambda ids: pd.DataFrame({**X.to_dict("list"), "id": ids}),
    lambda ids: pd.DataFrame({**X.to_dict("list"), "id": pd.array(ids, dtype="Int64")}),
    lambda ids: polars.DataFrame({**X.to_dict("list"), "id": ids}), lambda ids: {**X.to_dict("list"), "id": ids},
], ids=["pandas", "nullable", "polars", "dict"])  # fmt: skip
def test_groups_of_nineteen_digits_are_told_apart(make):
    ids = [1234567890123456700 + k // 4 for k in range(N)]
    frame = make(ids)
    by_name = regressor().fit(frame, AMOUNT, groups="id")
    by_rank = regressor().fit(frame, AMOUNT, groups=np.arange(N) // 4)
    beside = regressor().fit(X, AMOUNT, groups=ids)
    aside = [model.history_.validation_rows.tolist() for model in (by_name, by_rank, beside)]
    assert aside[0] == aside[1] == aside[2]
