"""What makes scores too good, or says too little, is said beside them."""

import time

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from glassnet import GlassClassifier, GlassRegressor
from glassnet.estimators import split_rows
from glassnet.estimators.sampling.repeats import repeated
from glassnet.evaluate import compare
from glassnet.evaluate.comparison.caveats import epoch_caveats
from glassnet.images import phantoms
from glassnet.tables import Table

RNG = np.random.default_rng(11)


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def parts(frame, test=0.25, classes=True, groups=None):
    split = split_rows(len(frame), frame["y"] if classes else None, test=test, groups=groups)
    return frame.iloc[split.train], frame.iloc[split.test]


def judged(frame, model=None, rivals=("logistic regression",), **settings):
    train, test = parts(frame, settings.pop("test", 0.25), settings.pop("classes", True))
    model = (model or GlassClassifier(recipe="lecture", epochs=60)).fit(train, target="y")
    return compare(model, train, test, rivals=rivals, draws=200, **settings)


def said(result, *words):
    return [note for note in result.notes if all(word in note for word in words)]


NOISE = pd.DataFrame(RNG.normal(size=(60, 3)).round(2), columns=list("abc")).assign(y=RNG.permutation([0, 1] * 30))


def test_copies_on_both_sides_are_counted_and_the_score_without_them_is_said(rng):
    result = judged(pd.concat([NOISE] * 4 + [pd.DataFrame(rng.normal(size=(20, 3)), columns=list("abc")).assign(y=0)]))
    (note,) = said(result, "are copies of training rows")
    assert "the scores are too good" in note
    assert "the network's accuracy is" in note
    (note,) = said(judged(pd.concat([NOISE] * 4)), "are copies of training rows")
    assert "the scores say nothing about new rows" in note


def test_copies_on_one_side_are_no_fault():
    frame = pd.concat([NOISE] * 4, ignore_index=True)
    train, test = parts(frame, groups=np.arange(240) % 60)
    model = GlassClassifier(recipe="lecture", epochs=30).fit(train, target="y")
    result = compare(model, train, test, rivals=["logistic regression"], draws=200)
    assert not said(result, "copies of training rows")
    apart = compare(model, train, test, rivals=["logistic regression"], draws=200, copies="apart")
    width = [r.models[0].scores[0].high - r.models[0].scores[0].low for r in (result, apart)]
    assert width[0] > 1.3 * width[1]  # 15 different rows say less than 60


def test_rows_alike_by_nature_are_no_fault(rng):
    frame = pd.DataFrame({"a": rng.integers(0, 4, 600), "b": rng.integers(0, 2, 600), "y": rng.integers(0, 2, 600)})
    assert not said(judged(frame), "copies")


def test_a_class_that_is_hardly_predicted_is_said(rng):
    x = rng.normal(size=1200)
    y = np.where(rng.random(1200) < 0.05 / (1 + np.exp(-2 * x)), "yes", "no")
    result = judged(pd.DataFrame({"x": x.round(3), "y": y}), rivals=("baseline", "logistic regression"))
    (note,) = said(result, "The network predicts 'yes' for 0 of 300 test rows")
    assert note.endswith(f"; {(y == 'yes').sum() // 4} are.") or " are." in note
    assert "log loss" not in result.verdict or "By accuracy" in result.verdict
    assert [d.metric for d in result.differences] == ["log loss", "accuracy"]


def test_a_class_of_one_row_gives_no_claim():
    frame = pd.DataFrame({"x": np.arange(120) * 7 % 97, "y": ["a"] * 119 + ["b"]})
    result = judged(frame, rivals=None)
    assert said(result, "The class 'b' has 1 row in all and none in the test set")
    assert result.verdict.startswith(
        "The best model cannot be determined on these 30 test rows: they contain only one class."
    )
    for row in result.models:
        assert row.scores[0].low < 0.95  # 30 of 30 right are compatible with one of twenty wrong


def test_patients_that_repeat_are_pointed_out(rng):
    patient = np.repeat(np.arange(80), 4)
    ill = rng.permutation(np.arange(80) % 2)[patient]
    age = rng.integers(30, 80, 80)[patient]
    frame = pd.DataFrame({"chart": 1000 + patient, "age": age, "pulse": rng.normal(70, 9, 320).round(1), "y": ill})
    (note,) = said(judged(frame), "like visits of one patient")
    assert "groups='chart', --groups chart" in note
    rows = rng.permutation(320)
    assert said(judged(frame.iloc[rows]), "--groups chart")
    number = GlassRegressor(recipe="lecture", epochs=20)
    dose = frame.assign(y=rng.normal(size=80)[patient] + rng.normal(size=320) / 9)
    assert said(judged(dose, number, ("linear regression",), classes=False), "--groups chart")
    fair = frame.assign(y=rng.integers(0, 2, 320))
    assert not said(judged(fair), "--groups")
    cancer = load_breast_cancer(as_frame=True).frame.rename(columns={"target": "y"})
    assert not said(judged(cancer), "--groups")


def test_values_in_blocks_that_tell_the_target_are_pointed_out(rng):
    route = np.repeat(np.arange(90), 4)
    miles, fare = rng.permutation(np.arange(90) * 11 + 95), rng.normal(200, 50, 90)
    frame = pd.DataFrame({"year": np.arange(360) % 4, "miles": miles[route], "seats": rng.integers(20, 400, 360)})
    frame["y"] = fare[route] + rng.normal(0, 9, 360)
    line = {"model": GlassRegressor(recipe="lecture", epochs=20), "rivals": ("linear regression",), "classes": False}
    (note,) = said(judged(frame, **line), "form blocks")
    assert "groups='miles', --groups miles" in note
    assert not said(judged(frame.iloc[rng.permutation(360)], **line), "form blocks"), "no blocks"
    assert not said(judged(frame.sort_values("miles"), **line), "form blocks"), "sorted by the column"
    assert not said(judged(frame.sort_values("y"), **line), "form blocks"), "sorted by the target"
    assert not said(judged(frame.assign(y=rng.normal(size=360)), **line), "form blocks"), "tells nothing"


TWINS = {
    "the same": lambda x: x,
    "another unit": lambda x: 2.54 * x + 3,
    "other names": lambda x: np.where(x > 0, "high", "low"),
}


@pytest.mark.parametrize("kind", TWINS)
def test_columns_that_are_copies_are_said(kind, rng):
    x = rng.normal(size=120).round(2)
    first = np.where(x > 0, 1, 2) if kind == "other names" else x
    frame = pd.DataFrame({"x": first, "z": rng.normal(size=120), "twin": TWINS[kind](x), "y": rng.integers(0, 2, 120)})
    assert said(judged(frame), "The columns 'x' and 'twin' are copies of each other")
    frame["twin"] = rng.permutation(frame["twin"])
    assert not said(judged(frame), "copies of each other")


def test_two_columns_that_tell_the_target_together_are_named(rng):
    a, b = rng.normal(size=(2, 1200)).round(3)
    frame = pd.DataFrame({"a": a, "b": b, "c": rng.normal(size=1200), "y": (a > b).astype(int)})
    model = GlassClassifier(recipe="lecture", epochs=150)
    assert said(judged(frame, model), "The columns 'a' and 'b' together tell 'y'")


def test_rivals_keep_a_budget(rng):
    frame = pd.DataFrame(rng.normal(size=(30_000, 6)), columns=list("abcdef"))
    frame["y"] = (frame["a"] + rng.normal(size=30_000) > 0).astype(int)
    model = GlassClassifier(recipe="lecture", epochs=1)
    result = judged(frame, model, ("random forest",), time_budget=0.0)
    forest = result.models[1]
    assert forest.settings.endswith(", trained on 2,000 of the 22,500 rows")
    assert said(result, "The random forest was trained on 2,000 of the 22,500 rows: more would take too long")
    again = compare(model, *parts(frame), rivals=["random forest"], draws=50)
    assert ", trained on" not in again.models[1].settings


def test_rivals_have_the_class_weights_of_the_network(rng):
    frame = pd.DataFrame({"x": rng.normal(size=120), "y": rng.integers(0, 2, 120)})
    weighted = GlassClassifier(recipe="lecture", epochs=5, class_weight="balanced")
    assert said(judged(frame, weighted), "except the baseline, were trained with the network's class weights")
    assert not said(judged(frame), "class weights")


def test_class_weights_move_the_rivals_as_they_move_the_network(rng):
    frame = pd.DataFrame({"x": rng.normal(size=400)})
    frame["y"] = (frame["x"] + rng.normal(size=400) > 1.8).astype(int)
    train, test = parts(frame)
    models = [
        GlassClassifier(recipe="lecture", epochs=5, class_weight=weight).fit(train, target="y")
        for weight in (None, "balanced")
    ]
    results = [compare(model, train, test, rivals=["baseline", "logistic regression"], draws=50) for model in models]
    baseline, linear = (
        [next(s.value for s in result.models[k].scores if s.metric == "log loss") for result in results] for k in (1, 2)
    )
    assert baseline[0] == baseline[1]
    assert linear[1] > linear[0] + 0.1  # probabilities of a table in which the classes are alike
    reference = LogisticRegression(C=1.0, max_iter=2000)
    schema = models[1].schema_
    inputs, codes = schema.encode(Table.from_frame(train)).matrix, train["y"].to_numpy()
    reference.fit(inputs, codes, np.array(models[1].recipe_.class_weights)[codes])
    by_hand = log_loss(test["y"], reference.predict_proba(schema.encode(Table.from_frame(test)).matrix))
    assert linear[1] == pytest.approx(by_hand)


def test_a_training_that_was_still_getting_better_is_said(rng):
    frame = pd.DataFrame({"x": rng.normal(size=200)})
    frame["y"] = (frame["x"] > 0).astype(int)
    short = GlassClassifier(hidden_layer_sizes=4, epochs=2, n_networks=1, learning_rate=1e-3)
    assert said(judged(frame, short), "The best epoch is the last one, so more may help: epochs=4, --epochs 4.")
    several = GlassClassifier(hidden_layer_sizes=4, epochs=2, n_networks=3, learning_rate=1e-3)
    assert said(judged(frame, several), "of 3 networks, so more may help")
    long = GlassClassifier(hidden_layer_sizes=4, epochs=400, n_networks=1, learning_rate=0.5, patience=10)
    assert not said(judged(frame, long), "more may help")


def test_a_recipe_that_keeps_its_last_epoch_does_not_say_that_it_was_chosen():
    made = phantoms(48, seed=1)
    model = GlassClassifier(epochs=1, n_networks=1).fit(made.images[:36], np.array(made.names[:36]))
    assert model.recipe_.last_epoch
    assert epoch_caveats(model) == []


def test_columns_that_do_not_repeat_cost_next_to_nothing():
    rng = np.random.default_rng(0)
    table = Table.from_columns({f"x{k}": rng.normal(size=100_000) for k in range(8)})
    started = time.process_time()
    assert repeated(table, list(table.names), rng.integers(0, 2, 100_000)) is None
    assert time.process_time() - started < 2.0  # when each number was written as a text, 6 s


def test_long_ids_are_told_apart():
    patient = np.repeat(np.arange(20), 4)
    ids = [str(1_234_567_890_123_456_780 + number) for number in patient]
    table = Table.from_columns({"chart": ids, "age": 30 + patient % 7, "pulse": np.arange(80) * 7 % 50})
    assert repeated(table, ["chart", "age", "pulse"], patient % 3 % 2) == ("chart", "age")
