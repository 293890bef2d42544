import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, log_loss, r2_score, roc_auc_score, root_mean_squared_error

from glassnet.evaluate import METRICS, Answer, metrics_for
from glassnet.tables.outcome import outcomes

ORACLES = {
    "accuracy": lambda truth, answer, weights: accuracy_score(truth, answer.predicted, sample_weight=weights),
    "AUC": lambda truth, answer, weights: roc_auc_score(truth, answer.margin, sample_weight=weights),
    "log loss": lambda truth, answer, weights: log_loss(truth, answer.probability, sample_weight=weights),
    "R2": lambda truth, answer, weights: r2_score(truth, answer.predicted, sample_weight=weights),
    "RMSE": lambda truth, answer, weights: root_mean_squared_error(truth, answer.predicted, sample_weight=weights),
}


def test_every_metric_has_an_oracle():
    others = outcomes["survival"].metrics  # their oracles are in test_survival_performance.py
    assert {*ORACLES, *others} == set(METRICS)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.integers(0, 10_000), st.sampled_from(sorted(ORACLES)), st.booleans())
def test_metrics_agree_with_scikit_learn(n, seed, name, ties):
    rng = np.random.default_rng(seed)
    metric = METRICS[name]
    if name in outcomes["classification"].metrics:
        truth = np.r_[0, 1, rng.integers(0, 2, n)]
        margin = rng.integers(0, 4, n + 2).astype(float) if ties else rng.normal(size=n + 2)
        chance = np.clip(margin / 3, 0, 1)
        answer = Answer((margin > 1).astype(int), margin, np.stack([1 - chance, chance], axis=1))
    else:
        truth = 1e6 * (name == "R2") + rng.normal(size=n + 2)
        answer = Answer(truth + rng.normal(size=n + 2))
    weights = rng.integers(0, 4, (3, n + 2)).astype(float)
    weights[:, :3] += 1  # rows of both classes in every draw
    values = metric.measure(truth, answer, weights)
    for value, row in zip(values, weights, strict=True):
        assert value == pytest.approx(ORACLES[name](truth, answer, row), rel=1e-6)


def test_undefined_scores_are_not_numbers():
    ones = np.ones((2, 3))
    assert np.isnan(METRICS["AUC"].measure(np.ones(3, int), Answer(np.ones(3, int), np.arange(3.0)), ones)).all()
    assert np.isnan(METRICS["log loss"].measure(np.ones(3, int), Answer(np.ones(3, int)), ones)).all()
    assert np.isnan(METRICS["R2"].measure(np.full(3, 7.7), Answer(np.arange(3.0)), ones)).all()


def test_auc_is_for_two_classes():
    assert [metric.name for metric in metrics_for("classification", 2)] == ["accuracy", "AUC", "log loss"]
    assert [metric.name for metric in metrics_for("classification", 3)] == ["accuracy", "log loss"]
    assert [metric.name for metric in metrics_for("regression", 0)] == ["R2", "RMSE"]
