import importlib
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from glassnet import GlassClassifier, GlassRegressor
from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators import split_rows
from glassnet.evaluate import RIVALS, Difference, compare, metrics_for
from glassnet.evaluate.comparison.verdict import Evidence, verdict
from glassnet.tables import Table


def parts(frame, by_class=True, test=0.25, seed=0):
    split = split_rows(len(frame), frame["target"] if by_class else None, test=test, seed=seed)
    return frame.iloc[split.train], frame.iloc[split.test]


@pytest.fixture(scope="module")
def cancer():
    train, test = parts(load_breast_cancer(as_frame=True).frame)
    model = GlassClassifier(recipe="lecture").fit(train, target="target")
    return model, train, test, compare(model, train, test, draws=300)


def test_scores_are_those_of_the_models_on_the_test_rows(cancer):
    model, train, test, result = cancer
    network = result.models[0]
    assert network.model == "network"
    truth = test["target"].to_numpy()
    assert network.scores[0].value == pytest.approx(accuracy_score(truth, model.predict(test)))
    assert network.scores[1].value == pytest.approx(roc_auc_score(truth, model.predict_proba(test)[:, 1]))
    assert [row.model for row in result.models] == [
        "network", "baseline", "logistic regression", "random forest", "SVM",
    ]  # fmt: skip
    assert result.models[1].scores[0].value == pytest.approx(max(np.mean(truth), 1 - np.mean(truth)), abs=1e-12)
    assert network.scores[2].value == pytest.approx(log_loss(truth, model.predict_proba(test)))
    assert [score.metric for row in result.models for score in row.scores if score.value is None] == ["log loss"]  # SVM
    for row in result.models:
        for score in (score for score in row.scores if score.value is not None):
            assert score.low <= score.value <= score.high
    assert (result.n_train, result.n_test, result.n_draws) == (len(train), len(test), 300)


def test_regression_rivals_see_the_networks_own_inputs():
    train, test = parts(load_diabetes(as_frame=True).frame, by_class=False)
    model = GlassRegressor(recipe="lecture").fit(train, target="target")
    result = compare(model, train, test, draws=200)
    X, X_test = (model.schema_.encode(Table.from_frame(part)).matrix for part in (train, test))
    linear = next(row for row in result.models if row.model == "linear regression")
    expected = LinearRegression().fit(X, train["target"]).score(X_test, test["target"])
    assert linear.scores[0].value == pytest.approx(expected)
    assert [score.metric for score in linear.scores] == ["R2", "RMSE"]


def test_the_difference_is_drawn_in_pairs():
    train, test = parts(load_diabetes(as_frame=True).frame, by_class=False)
    result = compare(GlassRegressor(recipe="lecture").fit(train, target="target"), train, test, draws=300)
    scores = {row.model: row.scores[0] for row in result.models}
    difference = result.difference
    assert "network" in (difference.better, difference.other)
    assert difference.value == pytest.approx(scores[difference.better].value - scores[difference.other].value)
    assert difference.value >= 0
    assert difference.low <= difference.value <= difference.high
    # pairing makes the interval narrower than the two scores' own
    assert difference.high - difference.low < sum(
        scores[name].high - scores[name].low for name in (difference.better, difference.other)
    )


def test_same_seed_same_comparison_and_plain_rows(cancer):
    model, train, test, result = cancer
    again = compare(model, train, test, draws=300, n_jobs=2)
    assert [row.scores for row in again.models] == [row.scores for row in result.models]
    assert again.verdict == result.verdict
    forest = [compare(model, train, test, draws=300, seed=seed, rivals=["random forest"]) for seed in (1, 2)]
    assert forest[0].models[1].scores != forest[1].models[1].scores
    assert all(len(row) == len(result.header) == 6 for row in result.rows())
    assert json.loads(json.dumps(result.to_dict())) == result.to_dict()


def test_many_classes_and_chosen_rivals():
    train, test = parts(load_wine(as_frame=True).frame)
    told = []
    model = GlassClassifier(recipe="lecture").fit(train, target="target")
    result = compare(model, train, test, rivals=["logistic regression", "baseline"], progress=told.append)
    assert told == ["baseline", "logistic regression"]
    assert [score.metric for score in result.models[0].scores] == ["accuracy", "log loss"]
    assert result.header[1] == "accuracy [95 % interval]"
    alone = compare(model, train, test, rivals=[])
    assert alone.difference is None
    assert "no other model was trained" in alone.verdict
    with pytest.raises(ConfigurationError, match="Did you mean 'random forest'"):
        compare(model, train, test, rivals=["random forst"])


def test_a_test_part_with_one_class_is_said():
    frame = load_breast_cancer(as_frame=True).frame
    train, test = parts(frame)
    model = GlassClassifier(recipe="lecture").fit(train, target="target")
    result = compare(model, train, test[test["target"] == 1].head(12), draws=100)
    assert result.models[0].scores[1].value is None
    assert result.models[0].scores[1].text() == "not defined"
    assert any("only one class" in note for note in result.notes)
    assert any("12 test rows" in note for note in result.notes)
    assert result.difference is None
    assert result.verdict == "The best model cannot be determined on these 12 test rows: they contain only one class."


def test_one_test_row_of_a_regression_is_said():
    train, test = parts(load_diabetes(as_frame=True).frame, by_class=False)
    model = GlassRegressor(recipe="lecture").fit(train, target="target")
    result = compare(model, train, test.head(1), draws=50)
    assert result.difference is None
    assert result.verdict == (
        "The best model cannot be determined on these 1 test rows: the test rows all have the same target, so R2 is "
        "not "
        "defined."
    )


def test_tiny_tables_and_missing_targets():
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6, 7, 8], "target": ["a", "a", "a", "b", "b", "b", None, "b"]})
    model = GlassClassifier(recipe="lecture").fit(frame.head(6), target="target")
    result = compare(model, frame.head(6), frame.tail(2), draws=50)
    assert result.n_test == 1
    with pytest.raises(DataError, match="nothing to score"):
        compare(model, frame.head(6), frame.iloc[[6]])


def test_a_training_part_with_one_class_skips_the_rivals():
    frame = load_breast_cancer(as_frame=True).frame
    model = GlassClassifier(recipe="lecture").fit(frame, target="target")
    result = compare(model, frame[frame["target"] == 0], frame.head(50), draws=50)
    skipped = {row.model: row.skipped for row in result.models if row.skipped}
    assert set(skipped) == {"logistic regression", "random forest", "SVM"}
    assert result.rows()[2][1] == "–"


def test_the_svm_is_skipped_on_long_tables(monkeypatch):
    module = importlib.import_module("glassnet.evaluate.comparison.compare")
    short = [r if r.most_rows is None else type(r)(r.name, r.settings, r.task, r.make, 100) for r in RIVALS]
    monkeypatch.setattr(module, "rivals_for", lambda task, **_: [r for r in short if r.task == task])
    train, test = parts(load_wine(as_frame=True).frame)
    result = compare(GlassClassifier(recipe="lecture").fit(train, target="target"), train, test, draws=50)
    assert result.models[-1].skipped == "skipped: more than 100 training rows would take too long"


def test_a_loaded_model_can_be_compared(cancer, tmp_path):
    import glassnet

    model, train, test, result = cancer
    loaded = glassnet.load(model.save(tmp_path / "m.glassnet"))
    again = compare(loaded, train, test, draws=300, rivals=["logistic regression"])
    assert again.models[0].scores == result.models[0].scores
    assert again.models[0].fit_seconds is None


def test_arrays_with_targets_beside_them():
    data = load_wine()
    X, y = data.data, data.target
    model = GlassClassifier(recipe="lecture").fit(X[::2], y[::2])
    result = compare(model, X[::2], X[1::2], y_train=y[::2], y_test=y[1::2], draws=50, rivals=["baseline"])
    assert result.models[0].scores[0].value == pytest.approx(np.mean(model.predict(X[1::2]) == y[1::2]))


ACCURACY, R2 = metrics_for("classification", 2)[0], metrics_for("regression", 0)[0]
SENTENCES = [
    (
        ACCURACY, {"network": 0.974, "SVM": 0.953}, Difference("network", "SVM", "accuracy", 0.021, 0.004, 0.039), None,
        "The network scores best: accuracy 0.974, 2.1 accuracy points better than the SVM (95 % interval 0.4 to 3.9).",
    ),
    (
        ACCURACY, {"network": 0.95, "SVM": 0.953}, Difference("SVM", "network", "accuracy", 0.003, -0.018, 0.024), None,
        "The network and the SVM cannot be told apart on these 114 test rows: the SVM is better by 0.3 accuracy "
        "points, 95 % interval -1.8 to 2.4.",
    ),
    (
        ACCURACY, {"network": 0.95, "SVM": 0.95}, Difference("network", "SVM", "accuracy", 0.0, -0.018, 0.02), None,
        "The network and the SVM cannot be told apart on these 114 test rows: their scores are equal, 95 % interval "
        "-1.8 to 2.0.",
    ),
    (
        ACCURACY, {"network": 0.95, "SVM": 0.95}, Difference("network", "SVM", "accuracy", 0.0, 0.0, 0.0), None,
        "The network and the SVM cannot be told apart on these 114 test rows: their scores are equal, in every draw.",
    ),
    (
        R2, {"network": 0.01, "SVM": 0.02}, Difference("SVM", "network", "R2", 0.01, -0.1, 0.1),
        Difference("SVM", "baseline", "R2", 0.02, -0.1, 0.2),
        "The network and the SVM cannot be told apart on these 114 test rows: the SVM is better by 0.010 R2, 95 % "
        "interval -0.100 to 0.100; neither is clearly better than the baseline.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("metric", "scores", "difference", "above", "sentence"), SENTENCES)
def test_the_verdict_in_words(metric, scores, difference, above, sentence):
    assert verdict([Evidence(metric, scores, difference, above)], 114, 0.95) == sentence


def test_noise_is_not_called_a_victory():
    """On targets that nothing can predict, the verdict never claims a clear winner over the baseline."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=160), "b": rng.normal(size=160), "target": rng.normal(size=160)})
    train, test = parts(frame, by_class=False, test=0.4)
    result = compare(GlassRegressor(recipe="lecture").fit(train, target="target"), train, test, draws=300)
    assert "neither is clearly better than the baseline" in result.verdict


def test_a_perfect_score_is_not_taken_for_certainty(cancer):
    *_, result = cancer
    perfect = [row.scores[0] for row in result.models if row.scores[0].value == 1.0]
    assert perfect, "the table or the seed changed; choose another"
    for score in perfect:
        exact = proportion_of(result.n_test)
        assert score.low == pytest.approx(exact)
        assert score.high == 1.0


def proportion_of(n):
    """The lower end of Wilson's interval of n of n, at 95 %."""
    z2 = 1.959963984540054**2
    return n / (n + z2)


def test_trees_of_long_tables_see_a_sample_of_the_rows():
    from glassnet.evaluate.comparison.rivals import MOST_TREE_ROWS, Setup

    for rival in RIVALS:
        if rival.name == "random forest":
            assert rival.make(Setup(0, None, MOST_TREE_ROWS)).max_samples is None
            assert rival.make(Setup(0, None, MOST_TREE_ROWS + 1)).max_samples == MOST_TREE_ROWS
