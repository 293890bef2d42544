"""The rows that judge: samples of very many, draws that end with the time, areas under the curve by counts."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from glassnet.estimators import GlassClassifier
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.estimators.sampling.subsample import subsample
from glassnet.evaluate import compare, row_counts
from glassnet.evaluate.comparison import compare as module
from glassnet.evaluate.comparison.scoring import FEWEST_TIMELY_DRAWS, Scoring
from glassnet.evaluate.metrics.metric import METRICS, metrics_for
from glassnet.formulas.randomness import Purpose, words
from glassnet.tables.outcome import Answer


@settings(max_examples=150, deadline=None)
@given(n=st.integers(1, 40), levels=st.integers(1, 40), seed=st.integers(0, 10_000), whole=st.booleans())
def test_the_area_under_the_curve_is_that_of_repeated_rows(n, levels, seed, whole):
    rng = np.random.default_rng(seed)
    margin, truth = rng.integers(0, levels, n) / 3.0, rng.integers(0, 2, n)
    weights = rng.integers(0, 4, (3, n)).astype(float)
    weights = weights if whole else weights * rng.uniform(0.1, 2, n)
    found = METRICS["AUC"].measure(truth, Answer(truth, margin), weights)
    for value, own in zip(found, weights, strict=True):
        kept = own > 0
        if len(set(truth[kept])) < 2:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(roc_auc_score(truth[kept], margin[kept], sample_weight=own[kept]), abs=1e-12)


@pytest.mark.parametrize("n_rows", [1, 7, 1000])
def test_draws_are_those_of_the_readable_generator(n_rows):
    blocks = np.concatenate(list(row_counts(n_rows, 5, 2**63)))
    for member, counts in enumerate(blocks):
        drawn = words(2**63, Purpose.BOOTSTRAP, n_rows, member=member).astype(np.uint64)
        rows = ((drawn * np.uint64(n_rows)) >> np.uint64(32)).astype(np.int64)
        np.testing.assert_array_equal(counts, np.bincount(rows, minlength=n_rows))


def test_a_sample_takes_whole_groups_and_no_row_twice():
    groups = Groups.of(np.arange(100) // 7, 100)
    chosen = subsample(100, 30, 5, groups)
    assert 20 < len(chosen) <= 30
    assert set(np.bincount(groups.of_row[chosen], minlength=len(groups))) <= {0, 7, 2}
    assert len(np.unique(subsample(1000, 400, 5))) == 400
    assert subsample(30, 30, 5) is None


def test_draws_end_when_time_is_up():
    rng = np.random.default_rng(2)
    truth, margin = rng.integers(0, 2, 30_000), rng.normal(size=30_000)
    probability = 1 / (1 + np.exp(-margin))
    answer = Answer((margin > 0).astype(int), margin, np.stack([1 - probability, probability], axis=1))
    given = (metrics_for("classification", 2), truth, None, None, 200, 1, 0.95)
    late = Scoring(*given, until=time.perf_counter()).measure({"network": answer})
    whole = Scoring(*given).measure({"network": answer})
    assert FEWEST_TIMELY_DRAWS <= late.n_draws < FEWEST_TIMELY_DRAWS + 20 < whole.n_draws == 200
    for name, values in late.drawn["network"].items():
        np.testing.assert_array_equal(values, whole.drawn["network"][name][: late.n_draws])


def test_with_a_budget_some_of_very_many_rows_judge_and_that_is_said(monkeypatch):
    monkeypatch.setattr(module, "_FEWEST_JUDGED_ROWS", 500)
    monkeypatch.setattr(module, "_JUDGED_PER_SECOND", 1)
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(rng.normal(size=(3000, 3)), columns=list("abc"))
    frame["visit"] = np.arange(3000) // 3
    frame["y"] = (frame["a"] + rng.normal(size=3000) > 0).astype(int)
    train, test = frame[:1500], frame[1500:]
    model = GlassClassifier(recipe="lecture", epochs=3).fit(train, target="y", groups="visit")
    found = compare(model, train, test, rivals=["baseline"], time_budget=0.0, groups="visit")
    assert found.n_test == len(found.truth) == len(found.judging)
    assert 490 < found.n_test <= 500
    np.testing.assert_array_equal(found.truth, test["y"].to_numpy()[found.judging])
    visits = test["visit"].to_numpy()[found.judging]
    assert (np.unique(visits, return_counts=True)[1] == 3).all()
    sampled = f"evaluated on {found.n_test:,} of the 1,500 test rows, sampled at random"
    assert any(sampled in note for note in found.notes)
    assert "judging" not in found.to_dict()
    everything = compare(model, train, test, rivals=["baseline"], draws=50)
    assert everything.n_test == 1500
    assert everything.judging is None
