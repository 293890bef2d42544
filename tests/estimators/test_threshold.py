"""The decision threshold: chosen on rows that networks left out, stored, and used wherever a class is said."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.metrics import f1_score

from glassnet import GlassClassifier, load, tune
from glassnet.errors import ConfigurationError, DataError, ModelFileError
from glassnet.estimators.tables.classes.aim import AIMS, best_threshold
from glassnet.estimators.tables.classes.threshold import read_threshold
from glassnet.evaluate import choose_threshold
from glassnet.files.exports.decision import NAME, Decision

rng = np.random.default_rng(3)
N = 240
X = rng.normal(size=(N, 3))
Y = np.array(["ill", "well"])[(rng.random(N) > 1 / (1 + np.exp(2 - 1.5 * X[:, 0]))).astype(int)]
QUICK = {"hidden_layer_sizes": 4, "epochs": 8, "activation": "tanh"}


@pytest.mark.parametrize("changed", [
    {}, {"n_networks": 4, "resampling": "folds"}, {"n_networks": 6, "resampling": "bootstrap"},
    {"recipe": "tabm-mini", "n_networks": 4},
])  # fmt: skip
def test_it_is_chosen_on_the_rows_that_networks_left_out(changed):
    options = {"n_networks": 1, **QUICK, **changed} if "recipe" not in changed else {"epochs": 8, **changed}
    model = GlassClassifier(threshold="sensitivity=0.9", event="ill", **options).fit(X, Y)
    rows = np.unique(np.concatenate([history.validation_rows for history in model.histories_]))
    decision = model.decision_
    assert decision.n_rows == len(rows)
    assert decision.event == 0
    if "recipe" not in changed and model.recipe_.n_networks > 1:
        networks, seen = model.networks_, np.zeros((model.recipe_.n_networks, N), dtype=bool)
        for k, history in enumerate(model.histories_):
            seen[k, history.validation_rows] = True
        matrix = model._matrix(model._read(X))
        each = np.array([network.predict(matrix.astype(float)).ravel() for network in networks])
        said = 1 - (each * seen).sum(axis=0)[rows] / seen.sum(axis=0)[rows]
    else:
        said = model.predict_proba(X)[rows, 0]
    by_hand = choose_threshold(Y[rows] == "ill", said, "sensitivity(at_least=0.9)")
    assert decision.threshold == pytest.approx(by_hand.threshold, rel=1e-4)
    assert decision.sensitivity == pytest.approx(by_hand.sensitivity)
    assert decision.sensitivity >= 0.9


def test_probabilities_stay_and_classes_follow_the_threshold():
    plain, model = (GlassClassifier(threshold=t, **QUICK).fit(X, Y) for t in (None, 0.8))
    assert np.array_equal(plain.predict_proba(X), model.predict_proba(X))
    assert plain.decision_ is None
    assert model.decision_ == Decision(0.8, 1)
    said = np.where(model.predict_proba(X)[:, 1] >= 0.8, "well", "ill")
    assert np.array_equal(model.predict(X), said)
    assert (said != plain.predict(X)).any()
    assert model.score(X, Y) == pytest.approx(np.mean(said == Y))
    other = plain.with_threshold(0.8)
    assert np.array_equal(other.predict(X), said)
    assert plain.decision_ is None
    assert np.array_equal(other.with_threshold(None).predict(X), plain.predict(X))
    first = plain.with_threshold(0.3, event="ill")
    assert np.array_equal(first.predict(X) == "ill", plain.predict_proba(X)[:, 0] >= 0.3)
    assert first.with_threshold(0.4).decision_ == Decision(0.4, 0)  # the event stays that of the model


def test_class_weights_do_not_count_where_the_threshold_is_chosen():
    """The rows that choose are what they are: a cost is taken at their own share of outcomes."""
    model = GlassClassifier(threshold="cost=3", event="ill", class_weight="balanced", n_networks=1, **QUICK).fit(X, Y)
    rows = model.history_.validation_rows
    by_hand = choose_threshold(Y[rows] == "ill", model.predict_proba(X)[rows, 0], "cost(missed_case=3)")
    assert model.decision_.threshold == pytest.approx(by_hand.threshold, rel=1e-6)


def test_row_weights_do_count():
    weights = np.where(np.arange(N) % 3 == 0, 5.0, 0.5)
    model = GlassClassifier(threshold="youden", n_networks=1, **QUICK).fit(X, Y, sample_weight=weights)
    rows = model.history_.validation_rows
    by_hand = choose_threshold(Y[rows] == "well", model.predict_proba(X)[rows, 1], "youden", weights=weights[rows])
    assert model.decision_.threshold == pytest.approx(by_hand.threshold, rel=1e-6)


@pytest.mark.parametrize("threshold", [0.25, "youden", "specificity=0.8"])
def test_files_hold_it(tmp_path, threshold):
    model = GlassClassifier(threshold=threshold, event="ill", **QUICK).fit(X, Y)
    again = load(model.save(tmp_path / "m.glassnet"))
    assert again.decision_ == model.decision_
    assert again.threshold == threshold
    assert again.event == "ill"
    assert np.array_equal(again.predict(X), model.predict(X))
    twin = clone(again).fit(X, Y)
    assert twin.decision_ == model.decision_


def test_files_without_one_say_nothing_of_it(tmp_path):
    model = GlassClassifier(**QUICK).fit(X, Y)
    stored = model._model_file()
    assert NAME not in stored.fitted
    assert not {"threshold", "event"} & set(stored.recipe)
    assert load(model.save(tmp_path / "m.glassnet")).decision_ is None


def test_several_parts_choose_together(tmp_path):
    model = tune(X, Y, rounds=1, trials=4, epochs=6, progress=False, threshold="sensitivity=0.9", event="ill", n_jobs=1)
    assert model.decision_.n_rows == N
    assert model.decision_.sensitivity >= 0.9
    again = load(model.save(tmp_path / "m.glassnet"))
    assert again.decision_ == model.decision_
    assert all(part.decision_ is None for part in again.parts_)
    assert np.array_equal(again.predict(X), model.predict(X))


@pytest.mark.parametrize(("threshold", "event", "words"), [
    (0.0, None, "above 0 and below 1"), (1, None, "above 0 and below 1"), (True, None, "above 0 and below 1"),
    (float("nan"), None, "above 0 and below 1"), ("2", None, "above 0 and below 1"), ([0.3], None, "above 0"),
    ("yuden", None, "Did you mean 'youden'"), ("sensitivity=2", None, "outside"), ("cost=much", None, "aim"),
    ("sensitivity(atleast=1)", None, "at_least"), (0.2, "ills", "Did you mean 'ill'"), (None, "ill", "threshold, too"),
])  # fmt: skip
def test_bad_thresholds_are_refused_before_training(threshold, event, words):
    with pytest.raises(ConfigurationError, match=words):
        GlassClassifier(threshold=threshold, event=event, epochs=10**6).fit(X, Y)


def test_more_classes_than_two_have_no_threshold():
    three = np.array(["a", "b", "c"])[np.arange(N) % 3]
    with pytest.raises(ConfigurationError, match="3, of which the most probable is predicted"):
        GlassClassifier(threshold="youden", **QUICK).fit(X, three)
    with pytest.raises(ConfigurationError, match="two classes"):
        GlassClassifier(**QUICK).fit(X, three).with_threshold(0.3)


def test_without_rows_to_choose_on():
    for changed, n in (({}, 12), ({"validation_fraction": 0.0, "n_networks": 1}, N)):
        with pytest.raises(DataError, match="left out of the training"):
            GlassClassifier(threshold="youden", **QUICK, **changed).fit(X[:n], Y[:n])
        GlassClassifier(threshold=0.4, **QUICK, **changed).fit(X[:n], Y[:n])


def test_an_aim_is_chosen_in_training_only():
    model = GlassClassifier(**QUICK).fit(X, Y)
    with pytest.raises(ConfigurationError, match="choose_threshold"):
        model.with_threshold("youden")


@pytest.mark.parametrize("plain", [
    {}, [], {"threshold": 0.2}, {"threshold": -0.1}, {"threshold": 2.0}, {"threshold": "0.2"}, {"event": 2},
    {"event": True}, {"aim": None}, {"n_rows": -1}, {"sensitivity": 7.0}, {"aim": "youden", "sensitivity": None},
])  # fmt: skip
def test_forged_decisions_are_refused(plain):
    whole = {**Decision(0.3, 1).to_plain(), **plain} if plain and plain != {"threshold": 0.2} else plain
    with pytest.raises(ModelFileError):
        Decision.of({NAME: whole}, 2)
    with pytest.raises(ModelFileError):
        Decision.of({NAME: Decision(0.3, 1).to_plain()}, 3)


def test_short_aims():
    assert read_threshold("cost=7", "it").spec == "cost(missed_case=7.0)"
    assert read_threshold("specificity = 0.8", "it").spec == "specificity(at_least=0.8)"
    assert read_threshold(AIMS["f1"], "it") is AIMS["f1"]
    assert read_threshold(np.float32(0.5), "it") == 0.5


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 30), st.integers(0, 10**6))
def test_f1_is_the_largest_there_is(n, seed):
    drawn = np.random.default_rng(seed)
    truth, said = drawn.random(n) < 0.4, drawn.random(n).round(1)
    truth[0], truth[1] = True, False
    chosen = best_threshold(AIMS["f1"], truth, said, np.ones(n), draws=20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reached = f1_score(truth, said >= chosen.threshold)
        best = max(f1_score(truth, said >= cut) for cut in np.unique(said))
    assert reached == pytest.approx(best)
