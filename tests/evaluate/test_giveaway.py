"""Columns that give the target away are named; strong but honest columns, and frequent classes, are not accused."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris

from glassnet import GlassClassifier, GlassRegressor
from glassnet.estimators import split_rows
from glassnet.evaluate import compare

rng = np.random.default_rng(5)
N = 300
A, B = rng.normal(size=(2, N)).round(3)
SICK = (A + rng.normal(size=N) > 0).astype(int)
COST = (3 * A - B + rng.normal(size=N)).round(2)


def notes(frame, kind=GlassClassifier):
    """What the comparison says about columns."""
    split = split_rows(N, test=0.3)
    train, test = (
        {name: np.asarray(cells)[rows] for name, cells in frame.items()} for rows in (split.train, split.test)
    )
    model = kind(recipe="lecture", epochs=120).fit(train, target="y")
    rival = "logistic regression" if kind is GlassClassifier else "linear regression"
    return [note for note in compare(model, train, test, rivals=[rival]).notes if "alone" in note]


LEAKS = {
    "a number": np.where(SICK, 38.0, 36.0) + rng.uniform(-0.9, 0.9, N).round(2),
    "an interval": np.where(SICK, 0.0, np.where(rng.random(N) < 0.5, -3.0, 3.0)) + rng.uniform(-1, 1, N).round(2),
    "a category": np.where(SICK, np.array(["dead", "worse"])[rng.integers(0, 2, N)], "well"),
    "a missing cell": np.where(SICK, "", "seen"),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_column_that_tells_the_class_is_named(leak):
    said = notes({"a": A, "b": B, "after": LEAKS[leak], "y": SICK})
    assert len(said) == 1
    assert "The column 'after' alone tells 'y' (accuracy 1.000 on the test rows)" in said[0]
    assert "declare it left_out" in said[0]


def test_the_target_in_another_unit_is_named():
    said = notes({"a": A, "b": B, "euros": (0.92 * COST + 7).round(1), "y": COST}, GlassRegressor)
    assert "The column 'euros' alone tells 'y' (R2 1.000" in said[0]


def test_several_columns():
    said = notes({"one": SICK * 2.5 + 0.1, "a": A, "two": np.where(SICK, "p", "q"), "y": SICK})
    assert "Some columns alone tell 'y' on the test rows: 'one' (accuracy 1.000), 'two' (accuracy 1.000)" in said[0]


def test_good_columns_and_frequent_classes_are_not_accused():
    rare = np.zeros(N, dtype=int)
    rare[:3] = 1
    assert notes({"a": A, "b": B, "y": rare}) == []
    assert notes({"a": A, "b": B, "y": SICK}) == []
    assert notes({"a": A, "b": B, "y": (2 * A - B).round(6)}, GlassRegressor) == []  # both columns are needed


@pytest.mark.parametrize("load", [load_breast_cancer, load_iris])
def test_real_studies_are_not_accused(load):
    frame = load(as_frame=True).frame
    split = split_rows(len(frame), frame["target"], test=0.3)
    train, test = frame.iloc[split.train], frame.iloc[split.test]
    model = GlassClassifier().fit(train, target="target")
    assert not [note for note in compare(model, train, test).notes if "alone" in note]
