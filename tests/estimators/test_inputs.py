"""The same rows in any form that a user may bring: the drop-in estimators answer with the same bits."""

import copy
import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import csc_array, csr_array, csr_matrix
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

from glassnet import MLPClassifier, MLPRegressor
from glassnet.estimators.networks import clean

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
NAMES = ["length", "width", "petal length", "petal width"]
X, Y = load_iris(return_X_y=True)
X = scale(X)


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def every_second(array):
    return np.repeat(np.repeat(array, 2, axis=0), 2, axis=1)[::2, ::2]


def columns_apart(array):
    frame = pd.DataFrame({NAMES[0]: array[:, 0]})
    for k, name in enumerate(NAMES[1:], 1):
        frame[name] = array[:, k]
    return frame


FORMS = {
    "C order": lambda a: a.copy(),
    "Fortran order": np.asfortranarray,
    "strided": every_second,
    "read-only": read_only,
    "big-endian": lambda a: a.astype(">f8"),
    "list": lambda a: a.tolist(),
    "tuple of lists": lambda a: tuple(a.tolist()),
    "list of arrays": list,
    "object": lambda a: a.astype(object),
    "csr matrix": csr_matrix,
    "csr array": csr_array,
    "csc array": csc_array,
    "pandas": lambda a: pd.DataFrame(a, columns=NAMES),
    "pandas, a block per column": columns_apart,
    "pandas, nullable": lambda a: pd.DataFrame(a, columns=NAMES).convert_dtypes(),
    "pandas, Arrow": lambda a: pd.DataFrame(a, columns=NAMES).astype("double[pyarrow]"),
    "pandas, numbered columns": pd.DataFrame,
    "pandas, sparse": lambda a: pd.DataFrame(a, columns=NAMES).astype(pd.SparseDtype(float, 0.0)),
    "polars": lambda a: pl.DataFrame(a, schema=NAMES),
    "Arrow": lambda a: pa.table(dict(zip(NAMES, a.T, strict=True))),
}
TARGETS = {
    "array": lambda y: y, "list": lambda y: y.tolist(), "Series": pd.Series, "object": lambda y: y.astype(object),
    "column": lambda y: y[:, None], "polars": lambda y: pl.Series(y), "read-only": read_only,
    "nullable": lambda y: pd.Series(y).convert_dtypes(),
}  # fmt: skip
ESTIMATORS = {
    "classifier": lambda: MLPClassifier(5, max_iter=8, random_state=3),
    "regressor": lambda: MLPRegressor(hidden_layer_sizes=5, max_iter=8, random_state=3),
    "lbfgs": lambda: MLPClassifier(5, solver="lbfgs", max_iter=8, random_state=3),
}


def answers(model, given):
    return model.predict_proba(given) if hasattr(model, "predict_proba") else model.predict(given)


def same_fit(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_,
                                                    strict=True))  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_any_form_of_the_rows_gives_the_same_bits(kind, form, tmp_path):
    expected = ESTIMATORS[kind]().fit(X, Y)
    given = FORMS[form](X)
    model = ESTIMATORS[kind]().fit(given, Y)
    assert same_fit(model, expected)
    for _ in range(2):  # the second time may take a shorter way
        np.testing.assert_array_equal(answers(model, given), answers(expected, X))
    assert answers(model, given).dtype == np.float64
    if model.solver != "lbfgs":
        classes = {"classes": [0, 1, 2]} if kind == "classifier" else {}
        np.testing.assert_array_equal(
            answers(model.partial_fit(given, Y, **classes), given), answers(expected.partial_fit(X, Y), X)
        )


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_a_memory_map_gives_the_same_bits(kind, tmp_path):
    np.save(tmp_path / "rows.npy", X)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert same_fit(ESTIMATORS[kind]().fit(mapped, Y), ESTIMATORS[kind]().fit(X, Y))


@pytest.mark.parametrize("form", TARGETS)
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_any_form_of_the_targets_gives_the_same_bits(kind, form):
    if form == "object" and kind != "regressor":
        pytest.skip("scikit-learn knows no labels that are numbers in an array of objects")
    expected = ESTIMATORS[kind]().fit(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a column is taken for a vector, with scikit-learn's warning
        model = ESTIMATORS[kind]().fit(X, TARGETS[form](Y))
    assert same_fit(model, expected)
    if kind == "classifier":
        np.testing.assert_array_equal(model.predict(X).astype(int), expected.predict(X))


@pytest.mark.parametrize("kind", [str, object, "U", "category"])
def test_texts_of_any_type_are_labels(kind):
    names = np.array(["setosa", "versicolor", "virginica"])[Y]
    given = pd.Series(names).astype(kind) if kind in (str, "category") else names.astype(kind)
    model = MLPClassifier(5, max_iter=8, random_state=3).fit(X, given)
    assert model.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    expected = ESTIMATORS["classifier"]().fit(X, Y)
    assert same_fit(model, expected)
    assert same_fit(model.partial_fit(X, given), expected.partial_fit(X, Y))
    with pytest.raises(ValueError, match="classes not in"):
        model.partial_fit(X[:1], np.array(["rosa"]))


@pytest.mark.parametrize("way", ["pickle", "deepcopy", "joblib", "copy"])
@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_copies_go_on_as_the_original_does(kind, half, way, tmp_path):
    """Fitted, or half fitted: after two calls of partial_fit, with the optimizer's memory."""
    frame = pd.DataFrame(X, columns=NAMES)
    more = {"classes": [0, 1, 2]} if kind == "classifier" else {}
    model = ESTIMATORS[kind]()
    if half:
        model.partial_fit(frame, Y, **more).partial_fit(frame, Y)
    else:
        model.fit(frame, Y)
    expected = model.predict(frame)
    if way == "joblib":
        joblib.dump(model, tmp_path / "model")
        again = joblib.load(tmp_path / "model")
    else:
        again = {"pickle": lambda m: pickle.loads(pickle.dumps(m)), "deepcopy": copy.deepcopy, "copy": copy.copy}[way](
            model
        )
    np.testing.assert_array_equal(again.predict(frame), expected)
    if way == "copy":  # a shallow copy shares the curves; what it goes on from must not move with the original
        curve = list(model.loss_curve_)
        model.partial_fit(frame, Y)
        again.loss_curve_ = curve
    else:
        model.partial_fit(frame, Y)
    again.partial_fit(frame, Y)
    assert same_fit(again, model)
    assert not hasattr(clone(again), "coefs_")


def test_clean_inputs_take_the_short_way_and_no_others():
    for form in ("C order", "Fortran order", "strided", "read-only", "list"):
        np.testing.assert_array_equal(clean.clean_matrix(FORMS[form](X)), X)
    for form in ("big-endian", "tuple of lists", "object", "csr array", "pandas", "polars", "Arrow"):
        assert clean.clean_matrix(FORMS[form](X)) is None
    assert clean.clean_matrix([[1, 2], [3]]) is None
    for bad in (np.nan, np.inf, -np.inf):
        spoiled = X.copy()
        spoiled[3, 1] = bad
        assert clean.clean_matrix(spoiled) is None
        assert clean.clean_matrix(np.tile(spoiled, (50, 1))) is None
        assert clean.clean_targets(spoiled[:, 1], 150, numeric=True) is None
    assert clean.plain_frame(FORMS["pandas"](X)) is not None
    assert clean.plain_frame(FORMS["pandas, a block per column"](X)) is not None
    for form in ("pandas, nullable", "pandas, Arrow", "pandas, numbered columns", "pandas, sparse"):
        assert clean.plain_frame(FORMS[form](X)) is None


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool", "float32", "Int64", "boolean"])
def test_frames_with_columns_of_other_kinds(dtype):
    frame = pd.DataFrame(X, columns=NAMES)
    frame["width"] = (frame["width"] > 0).astype(dtype)
    array = frame.to_numpy(dtype=np.float64)
    model, expected = ESTIMATORS["classifier"]().fit(frame, Y), ESTIMATORS["classifier"]().fit(array, Y)
    assert same_fit(model, expected)
    for rows in (slice(None), slice(7, 8)):
        for _ in range(2):
            np.testing.assert_array_equal(model.predict_proba(frame[rows]), expected.predict_proba(array[rows]))


def test_a_frame_that_is_partly_sparse_trains_with_a_warning():
    frame = pd.DataFrame(X, columns=NAMES)
    frame["width"] = frame["width"].astype(pd.SparseDtype(float, 0.0))
    with pytest.warns(UserWarning, match="sparse columns found"):
        model = ESTIMATORS["classifier"]().fit(frame, Y)
    assert same_fit(model, ESTIMATORS["classifier"]().fit(X, Y))


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_names_and_values_of_a_frame_are_looked_at_in_every_call(library):
    frame = FORMS[library](X)
    model = MLPClassifier(4, max_iter=3, random_state=0).fit(frame, Y)
    expected = model.predict(frame)
    np.testing.assert_array_equal(model.predict(frame[:1]), expected[:1])
    table = FORMS["pandas"](X)
    to_library = (lambda t: t) if library == "pandas" else pl.from_pandas
    with pytest.raises(ValueError, match="feature names"):
        model.predict(to_library(table.rename(columns={"width": "depth"})))
    with pytest.raises(ValueError, match="same order"):
        model.predict(to_library(table[NAMES[::-1]]))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(to_library(table[NAMES[:3]]))
    with pytest.raises(ValueError, match="feature names"):
        model.partial_fit(to_library(table.rename(columns={"width": "depth"})), Y)
    with pytest.raises(ValueError, match="NaN"):
        model.predict(to_library(table.where(table > -1, np.nan)))
    with pytest.raises(ValueError, match="infinity"):
        model.predict(to_library(table.where(table > -1, np.inf)))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        np.testing.assert_array_equal(model.predict(X), expected)
    np.testing.assert_array_equal(model.predict(frame), expected)
    renamed = to_library(table.rename(columns={"width": "depth"}))
    model.fit(renamed, Y)
    np.testing.assert_array_equal(model.predict(renamed), expected)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame)
    model.fit(X, Y)
    assert not hasattr(model, "feature_names_in_")
    with pytest.warns(UserWarning, match="was fitted without feature names"):
        model.predict(frame)
