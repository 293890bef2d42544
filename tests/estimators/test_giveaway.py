"""Columns that give the target away are named; strong but honest columns, and frequent classes, are not accused."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris

from glassnet import GlassClassifier, GlassRegressor
from glassnet.errors import TrapWarning
from glassnet.estimators import split_rows
from glassnet.estimators.sampling.giveaway import find_giveaways, giveaways
from glassnet.estimators.sampling.twins import twins
from glassnet.evaluate import compare
from glassnet.tables import Schema, Table

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
    assert "leave it out (--kind after=left_out)" in said[0]


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


def table_of(**columns):
    table = Table.from_columns(columns)
    schema = Schema.infer(table, "y").without_bins()
    return schema, schema.encode(table).matrix, schema.encode_target(table)


def test_numbers_of_copied_rows_and_of_patients_are_no_copies_of_each_other():
    """They lie in the same rows alike, and say different things."""
    a, b = A[:50].tolist(), B[:50].tolist()
    ward, sex = [f"ward {k % 3}" for k in range(50)], ["f" if k % 3 else "m" for k in range(50)]
    for times in (1, 2, 4):
        schema, X, _ = table_of(a=a * times, b=b * times, ward=ward * times, sex=sex * times, y=[0, 1] * 25 * times)
        assert twins(schema, X) == []
    schema, X, _ = table_of(a=a * 2, b=[1 - 2 * x for x in a] * 2, ward=ward * 2, place=ward * 2, y=[0, 1] * 50)
    assert twins(schema, X) == [("ward", "place"), ("a", "b")]


@pytest.mark.parametrize("n", [80, 300, 3000])
def test_columns_are_found_in_tables_of_any_size(n):
    random = np.random.default_rng(n)
    a, b, c = random.normal(size=(3, n))
    sick = (a + random.normal(size=n) > 0).astype(int)
    score = 3 * a - b
    hidden = random.integers(0, 2, n)
    found = [name for names, _ in find_giveaways(*table_of(a=a, after=sick + random.uniform(-0.4, 0.4, n), y=sick))
             for name in names]  # fmt: skip
    assert found == ["after"]
    ((names, _),) = find_giveaways(*table_of(a=a, c=c, one=hidden, two=hidden ^ sick, y=sick))
    assert set(names) == {"one", "two"}
    ((names, _),) = find_giveaways(*table_of(a=a, b=b, c=c, y=score.tolist()))
    assert set(names) == {"a", "b"}
    assert find_giveaways(*table_of(a=a, b=b, c=c, y=sick)) == []
    many = random.integers(0, 30, n)  # a category of more levels than a small tree has leaves
    told = ["yes" if code * 7 // 3 % 2 else "no" for code in many]
    if n >= 300:
        code = [f"code {number}" for number in many]
        assert [names for names, _ in find_giveaways(*table_of(a=a, code=code, y=told))] == [("code",)]


def test_few_rows_and_times_are_not_examined():
    assert find_giveaways(*table_of(a=[1.0, 2.0, 3.0, 4.0], y=["u", "v", "u", "v"])) == []
    table = Table.from_columns({"a": A.tolist(), "days": (abs(A) + 1).tolist(), "died": [0, 1] * (N // 2)})
    schema = Schema.infer(table, ("days", "died"), "survival")
    X, truth = schema.encode(table).matrix, schema.encode_target(table)
    assert giveaways(schema, (X, truth), (X, truth)) == []


def test_a_fit_in_python_tells():
    frame = {"a": A, "b": B, "after": LEAKS["a number"], "cm": 100 * B, "y": SICK}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        GlassClassifier(recipe="lecture", epochs=1).fit(frame, target="y")
    said = [str(one.message) for one in told if one.category is TrapWarning]
    assert said == [
        "The columns 'b' and 'cm' are copies of each other: leave one out, or their weights share one effect.",
        "The column 'after' alone tells 'y' (accuracy 1.000 on rows set aside). If it is known only after the outcome, "
        "leave it out: scores with it say nothing about new cases.",
    ]
