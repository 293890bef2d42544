"""The labels of classes are the user's: every value, type and spelling comes back, by every way in and out."""

import dataclasses
import runpy

import numpy as np
import onnxruntime
import pandas as pd
import polars
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import cross_val_score

import glassnet
from glassnet import GlassClassifier, GlassRegressor, tune
from glassnet.errors import DataError, ModelFileError, SchemaError
from glassnet.files import read_model, write_model
from glassnet.tables import Schema, Table

N = 90
CODES = np.arange(N) % 30 // 10
X = pd.DataFrame({"v": np.arange(N) % 30 / 3, "w": np.random.default_rng(0).normal(size=N)})


def three(*labels):
    return np.array(labels, dtype=object)[CODES]


ORDERED = pd.Categorical(three("low", "mid", "high"), categories=["low", "mid", "high"], ordered=True)
LABELS = {
    "words for missing": three("None", "NA", "ok").astype(str), "empty and ?": three("?", "", "NaN"),
    "digits": three("0", "1", "2").astype(str), "digits as objects": three("10", "9", "1"),
    "one number, three texts": three("1", "1.0", "01").astype(str), "blanks": three(" a", "a", "a ").astype(str),
    "case": three("A", "a", "Ä"), "int8": CODES.astype("int8"), "uint64": CODES.astype("uint64") + 2**60,
    "float64": CODES / 1.0, "float32": (CODES - 1).astype("float32"), "bool": CODES > 0,
    "words of truth": three("true", "false", "True").astype(str), "true as text": (CODES > 0).astype(str),
    "list": CODES.tolist(), "unsorted pair": np.array(["nein", "ja"])[np.minimum(CODES, 1)],
    "categorical": pd.Series(ORDERED, name="v"), "enum": polars.Series("w", three("low", "mid", "high").tolist(),
                                                                      dtype=polars.Enum(["low", "mid", "high"])),
    "string": pd.Series(three("0", "1", "2")).astype("string"), "Int64": pd.Series(CODES).astype("Int64"),
    "boolean": pd.Series(CODES > 1).astype("boolean"),
    "string of any length": three("1", "2", "").astype(np.dtypes.StringDType()),
}  # fmt: skip


def quick(**settings):
    return GlassClassifier(recipe="lecture", epochs=15, **settings)


@pytest.mark.parametrize("case", LABELS)
def test_labels_come_back_as_they_are(case, tmp_path):
    y = LABELS[case]
    expected = np.unique(np.asarray(y, dtype=getattr(getattr(y, "dtype", None), "numpy_dtype", None)))
    model = quick().fit(X, y)
    again = glassnet.load(model.save(tmp_path / "m"))
    for each in (model, again):
        assert each.classes_.tolist() == expected.tolist()
        assert each.classes_.dtype == each.predict(X).dtype == expected.dtype
        assert set(map(type, each.predict(X).tolist())) <= set(map(type, expected.tolist()))
        said = each.predict(X)
        assert np.mean(said == np.asarray(y)) == each.score(X, y) > 0.5
    assert model.save(tmp_path / "m").read_bytes() == again.save(tmp_path / "n").read_bytes()
    place = list(expected).index(np.asarray(y)[0])
    trace = model.trace(X, 0, y=y)
    assert trace.loss.row_losses[0] == pytest.approx(-np.log(model.predict_proba(X)[0][place]), rel=1e-3)


@pytest.mark.parametrize("case", ["words for missing", "digits", "float64", "bool", "categorical"])
def test_tuned_models_keep_labels_too(case, tmp_path):
    y = LABELS[case]
    model = tune(X, y, rounds=1, trials=4, epochs=8, recipe="lecture", progress=False)
    again = glassnet.load(model.save(tmp_path / "m"))
    assert again.classes_.tolist() == model.classes_.tolist() == np.unique(np.asarray(y)).tolist()
    assert again.classes_.dtype == model.classes_.dtype == np.unique(np.asarray(y)).dtype
    assert model.score(X, y) == accuracy_score(np.asarray(y), model.predict(X))


@pytest.mark.parametrize("case", ["digits", "words for missing", "unsorted pair", "categorical"])
def test_scorers_of_scikit_learn(case):
    y = np.asarray(LABELS[case])
    assert (cross_val_score(quick(), X, y, cv=3, scoring="accuracy", error_score="raise") > 0.5).all()
    two = np.where(CODES == 2, y[0], y)
    assert (cross_val_score(quick(), X, two, cv=3, scoring="roc_auc", error_score="raise") > 0.5).all()


def test_ordered_labels_beside_a_table_are_sorted_as_scorers_expect():
    y = pd.Series(pd.Categorical(np.where(CODES > 0, "ill", "well"), categories=["well", "ill"], ordered=True))
    model = quick().fit(X, y)
    assert model.classes_.tolist() == ["ill", "well"]
    assert roc_auc_score(y, model.predict_proba(X)[:, 1]) > 0.9


@pytest.mark.parametrize("make", [pd.DataFrame, lambda columns: polars.DataFrame(columns)], ids=["pandas", "polars"])
def test_ordered_levels_of_a_column_keep_their_order(make):
    levels = ["low", "mid", "high"]
    column = (
        ORDERED if make is pd.DataFrame
        else polars.Series("grade", np.asarray(ORDERED).tolist(), dtype=polars.Enum([*levels, "never"]))
    )  # fmt: skip
    frame = make({"v": X["v"].to_numpy(), "grade": column})
    model = quick().fit(frame, target="grade")
    assert model.classes_.tolist() == levels == list(model.schema_.classes)
    assert (
        tune(frame, target="grade", rounds=1, trials=4, epochs=4, recipe="lecture", progress=False).classes_.tolist()
        == levels
    )


def test_texts_of_digits_in_a_column_of_a_frame_stay_texts_and_in_a_file_are_numbers(tmp_path):
    frame = X.assign(y=three("0", "1", "2"))
    assert quick().fit(frame, target="y").classes_.tolist() == ["0", "1", "2"]
    frame.to_csv(tmp_path / "t.csv", index=False)
    model = quick().fit(tmp_path / "t.csv", target="y")
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.score(X, CODES) == model.score(X, three("0", "1", "2")) > 0.5


def test_a_label_that_training_has_not_seen_is_wrong_in_a_score_and_an_error_in_a_trace():
    y = three("a", "b", "c")
    model = quick().fit(X, y)
    other = np.where(np.arange(N) < 30, "d", y)
    assert model.score(X, other) == accuracy_score(other.astype(str), model.predict(X).astype(str)) < model.score(X, y)
    assert model.score_interval(X, other, draws=50).score == model.score(X, other)
    with pytest.raises(SchemaError, match=r"'d'.*does not know as a class"):
        model.trace(X, 0, y=other)


@pytest.mark.parametrize("kind", [GlassClassifier, GlassRegressor])
@pytest.mark.parametrize("missing", [np.nan, None, pd.NA])
def test_missing_targets_are_refused_beside_a_table_and_counted_in_one(kind, missing):
    y = pd.Series(CODES, dtype=object)
    y[[3, 50]] = missing
    with pytest.raises(DataError, match=r"Input y contains NaN: 2 of 90 targets are missing \(rows 3, 50"):
        kind(epochs=2).fit(X, y)
    with pytest.warns(UserWarning, match="2 of 90 rows have no value in the target 'y', and are left out"):
        model = kind(epochs=2, recipe="lecture").fit(X.assign(y=y), target="y")
    assert model.n_rows_without_target_ == 2
    with pytest.raises(DataError, match="2 of 90 targets are missing"):
        kind(epochs=2).fit(X, y.to_frame())
    if kind is GlassRegressor:
        with pytest.raises(DataError, match="2 of 90 targets are missing"):
            kind(epochs=2).fit(X, pd.to_numeric(y).to_numpy(dtype=float, na_value=np.nan))
    # a trace needs the target of its row alone
    model.trace(X, 4, y=y)
    with pytest.raises(DataError, match="Input y contains NaN"):
        model.trace(X, 3, y=y)


BAD = {
    "mixed": (pd.Series([1, "a"] * 45), "kinds int, str"), "bytes": (np.array([b"a", b"b"] * 45), "label type"),
    "dates": (np.arange(N).astype("M8[D]"), "label type: datetime64"), "amounts": (X["w"], "continuous"),
    "infinite": (np.where(CODES, np.inf, 1.0), "infinity"), "two": (np.ones((N, 2)), r"shape \(90, 2\)"),
    "short": (CODES[:5], r"shape \(5,\)"), "one": (["a"] * N, "one class"),
    "many": (np.arange(N) % 45 * 1000, None),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_label_is_refused(case):
    y, words = BAD[case]
    if words is None:
        assert len(quick().fit(X, y).classes_) == 45
        return
    with pytest.raises(DataError, match=words):
        quick().fit(X, y)


def test_too_many_classes_are_refused_with_the_next_step():
    frame = pd.DataFrame({"v": np.arange(600.0)})
    with pytest.raises(SchemaError, match=r"150 different values.*at most 100.*MLPClassifier"):
        quick().fit(frame, np.arange(600) % 150)


def test_a_schema_decides_the_order_of_the_classes():
    y = three("a", "b", "c")
    schema = Schema.infer(Table.from_frame(X.assign(y=y)), "y", classes=["c", "a", "b"])
    model = quick().fit(X, y, schema=schema)
    assert model.classes_.tolist() == ["c", "a", "b"]
    assert model.score(X, y) == np.mean(model.predict(X) == y) > 0.5
    with pytest.raises(SchemaError, match="'d'"):
        quick().fit(X, np.where(CODES == 0, "d", y), schema=schema)


@pytest.mark.parametrize("said", ["float128", "V10", "object_", ["str"], 7, "int8", "bool"])
def test_a_forged_type_of_labels_is_refused(said, tmp_path):
    model = quick().fit(X, LABELS["digits"])
    path = model.save(tmp_path / "m")
    stored = read_model(path)
    assert stored.fitted["labels"] == "str"
    write_model(path, dataclasses.replace(stored, fitted={**stored.fitted, "labels": said}))
    with pytest.raises(ModelFileError, match="not labels of the type"):
        glassnet.load(path)


@pytest.mark.parametrize("case", LABELS)
def test_exports_answer_with_the_labels(case, tmp_path):
    """Values in Python and ONNX (which has texts, booleans, int64 and doubles), texts in C."""
    model = quick().fit(X, LABELS[case])
    rows, expected = X.iloc[::7], model.predict(X.iloc[::7]).tolist()
    page = runpy.run_path(str(model.export_python(tmp_path / "page.py")))
    assert page["predict"](rows)["label"].tolist() == expected
    session = onnxruntime.InferenceSession(model.export_onnx(tmp_path / "m.onnx"), providers=["CPUExecutionProvider"])
    feed = {name: rows[name].to_numpy(dtype=np.float64)[:, None] for name in X}
    assert session.run(["label"], feed)[0].tolist() == expected
    header = model.export_c(tmp_path / "m.h").read_text()
    listed = header[header.index("labels[") :].partition("};")[0]
    assert listed.count('"') == 2 * len(model.classes_)
