"""The forest for times to an event: its leaves, its splits, its curves, and its place among the rivals."""

import numpy as np
import pytest

from glassnet import GlassSurvival
from glassnet.evaluate import compare
from glassnet.evaluate.comparison.survival_forest import SurvivalForest, answer_of_forest
from glassnet.evaluate.comparison.survival_rivals import CoxRegression
from glassnet.survival import Times, aalen_johansen, concordance, kaplan_meier, leaves, nelson_aalen
from glassnet.survival.leaves import LeafCurves

RNG = np.random.default_rng(5)
N = 240
X = RNG.normal(size=(N, 3))
DIED, LOST = RNG.exponential(np.exp(-1.5 * X[:, 0])), RNG.exponential(2.0, N)
TIMES = Times.of(np.ceil(20 * np.minimum(DIED, LOST)) / 20, DIED <= LOST)
AT = np.array([2.0, 0.05, 0.5, 0.5, 9.0])


def test_leaves_by_hand():
    times = Times.read([(1.0, 1), (2.0, 0), (3.0, 1), (3.0, 1), (1.0, 0), (2.0, 1), (2.0, 0)])
    found = LeafCurves.of(np.array([0, 0, 0, 0, 2, 2, 2]), times, np.array([1.0, 1.0, 1.0, 2.0, 1.0, 3.0, 1.0]), 4)
    assert found.start.tolist() == [0, 2, 2, 3, 3]
    assert found.time.tolist() == [1.0, 3.0, 2.0]
    np.testing.assert_allclose(found.hazard, [1 / 5, 3 / 3, 3 / 4])
    np.testing.assert_allclose(found.drop, [1 / 5, 4 / 5, 3 / 4])  # 1 -> .8 -> 0; 1 -> .25
    alive = found.alive(np.array([[0, 1], [2, 3], [0, 2]]), np.array([3.0, 1.0, 2.5]))
    np.testing.assert_allclose(alive, [[0.5, 0.9, 0.9], [0.625, 1, 0.625], [0.125, 0.9, 0.525]])
    # at 1 five are left and 1/5 of them go, at 3 all; the times 1, 2.5, 9 are reached by 3, 2, 1 rows of weight 2
    np.testing.assert_allclose(found.expected(np.array([1.0, 2.5, 9.0]), np.full(3, 2.0)), [6 / 5 + 2, 0, 3, 0])


def test_leaves_of_two_trees_are_numbered_through():
    parts = [LeafCurves.of(RNG.integers(0, 5, N), TIMES, np.ones(N), 5) for _ in range(2)]
    both = LeafCurves.joined(parts)
    rows = np.column_stack([np.arange(5), np.arange(5)[::-1]])
    mean = (parts[0].alive(rows[:, :1], AT) + parts[1].alive(rows[:, 1:], AT)) / 2
    np.testing.assert_allclose(both.alive(rows + np.array([0, 5]), AT), mean, atol=1e-15)


def test_one_leaf_is_kaplan_meier_and_nelson_aalen():
    forest = SurvivalForest(1, fewest_rows=N, bootstrap=False).fit(X, TIMES.columns)
    curves = answer_of_forest(forest, X, 0).curves
    np.testing.assert_allclose(curves.alive(AT), np.tile(kaplan_meier(TIMES).at(AT), (N, 1)), atol=1e-12)
    np.testing.assert_allclose(curves.alive_at_own(TIMES.time), kaplan_meier(TIMES).at(TIMES.time), atol=1e-12)
    np.testing.assert_allclose(curves.risk, nelson_aalen(TIMES).at(TIMES.time).sum())


def test_a_split_has_the_largest_likelihood_of_all():
    forest = SurvivalForest(1, fewest_rows=90, bootstrap=False).fit(X[:, :1], TIMES.columns)
    tree = forest.causes_[0].trees[0]
    assert tree.node_count == 3
    expected, order = nelson_aalen(TIMES).at(TIMES.time), np.argsort(X[:, 0])

    def likelihood(rows):
        return TIMES.event[rows].sum() * np.log(TIMES.event[rows].sum() / expected[rows].sum())

    gains = [likelihood(order[:k]) + likelihood(order[k:]) for k in range(90, N - 90 + 1)]
    best = 90 + int(np.argmax(gains))
    assert X[order[best - 1], 0] < tree.threshold[0] < X[order[best], 0]
    curves = answer_of_forest(forest, X[order[[0, -1]], :1], 0).curves
    for row, half in enumerate((order[:best], order[best:])):
        np.testing.assert_allclose(curves.alive(AT)[row], kaplan_meier(TIMES.take(half)).at(AT), atol=1e-12)


def test_who_was_lost_early_is_not_taken_for_an_event():
    rows = np.repeat([[0.0], [1.0]], 60, axis=0)
    times = Times.of(
        np.concatenate([RNG.uniform(0, 1, 60), RNG.uniform(0, 5, 60)]), np.r_[np.arange(60) < 6, [True] * 60]
    )
    risk = SurvivalForest(20).fit(rows, times.columns).predict([[0.0], [1.0]])
    assert risk[1] > 2 * risk[0]


def test_rows_in_blocks_are_the_same(monkeypatch):
    curves = answer_of_forest(SurvivalForest(10).fit(X, TIMES.columns), X, 0).curves
    whole = curves.alive(AT), curves.alive_at_own(TIMES.time)
    np.testing.assert_allclose(whole[0][:, 3], curves.take(np.arange(N)).alive(np.array([0.5]))[:, 0], atol=1e-15)
    monkeypatch.setattr(leaves, "_CHUNK", 500)
    np.testing.assert_array_equal(curves.alive(AT), whole[0])
    np.testing.assert_array_equal(curves.alive_at_own(TIMES.time), whole[1])
    np.testing.assert_array_equal(curves.alive_at_own(TIMES.time), [
        curves.take(np.array([row])).alive(TIMES.time[[row]])[0, 0] for row in range(N)
    ])  # fmt: skip


def test_weights_count_like_copies():
    weights = RNG.integers(0, 3, N)
    copies = np.repeat(np.arange(N), weights)
    answers = [
        answer_of_forest(SurvivalForest(1, fewest_rows=N, bootstrap=False).fit(*given), X[:1], 0).curves
        for given in ((X, TIMES.columns, weights), (X[copies], TIMES.take(copies).columns))
    ]
    np.testing.assert_allclose(answers[0].alive(AT), answers[1].alive(AT), atol=1e-12)
    np.testing.assert_allclose(answers[0].risk, answers[1].risk)


def test_draws_without_an_event():
    few = np.zeros(N, dtype=int)
    few[7] = 1
    forest = SurvivalForest(40).fit(X, Times(TIMES.time, few).columns)
    alive = answer_of_forest(forest, X, 0).curves.alive(np.array([100.0]))
    assert (alive <= 1).all()
    assert (alive < 1).any()


def test_seeds_and_threads_of_a_forest():
    first, threads, other = (
        SurvivalForest(15, random_state=seed, n_jobs=jobs).fit(X, TIMES.columns).predict(X)
        for seed, jobs in ((0, None), (0, 2), (1, None))
    )
    np.testing.assert_array_equal(first, threads)
    assert not np.array_equal(first, other)


def test_competing_causes_in_one_leaf_are_aalen_johansen():
    times = Times(np.arange(1.0, N + 1), RNG.integers(0, 3, N))
    forest = SurvivalForest(1, fewest_rows=N, bootstrap=False).fit(X, times.columns)
    curves = answer_of_forest(forest, X[:2], 0).curves
    at = np.array([0.5, 30.0, 200.0])
    for cause in (1, 2):
        np.testing.assert_allclose(
            curves.incidence(at)[1, :, cause - 1], aalen_johansen(times, cause).at(at), atol=1e-12
        )
        np.testing.assert_allclose(curves.of_cause(cause).alive(at), 1 - curves.incidence(at)[:, :, cause - 1])
    np.testing.assert_allclose(curves.alive(at)[0], kaplan_meier(times).at(at), atol=1e-12)
    assert curves.median().tolist() == [kaplan_meier(times).median] * 2


def test_competing_causes_are_told_apart(monkeypatch):
    times = [RNG.exponential(np.exp(-2 * X[:, 0])), RNG.exponential(np.exp(2 * X[:, 1])), RNG.exponential(3.0, N)]
    seen = Times(np.min(times, axis=0), np.array([1, 2, 0])[np.argmin(times, axis=0)])
    answer = answer_of_forest(SurvivalForest(60).fit(X, seen.columns), X, 0)
    assert answer.predicted.shape == (N, 2)
    assert concordance(seen.of_cause(1), answer.predicted[:, 0])[0] > 0.8
    assert concordance(seen.of_cause(2), answer.predicted[:, 1])[0] > 0.8
    incidence = answer.curves.incidence(AT)
    np.testing.assert_allclose(incidence.sum(axis=2) + answer.curves.alive(AT), 1, atol=1e-12)
    monkeypatch.setattr(leaves, "_CHUNK", 500)
    np.testing.assert_allclose(answer.curves.take(np.array([3])).incidence(AT), incidence[3:4], atol=1e-15)


def test_a_risk_that_is_low_in_the_middle_is_seen():
    times = Times.of(RNG.exponential(np.exp(-3 * np.abs(X[:, 0]))), RNG.uniform(size=N) < 0.8)
    half = np.arange(N) < N // 2
    forest = SurvivalForest(100).fit(X[half], times.take(half).columns).predict(X[~half])
    line = X[~half] @ CoxRegression().fit(X[half], times.take(half).columns).coef_
    scores = [concordance(times.take(~half), risk)[0] for risk in (forest, line)]
    assert scores[0] > 0.68
    assert scores[0] > scores[1] + 0.1


def test_as_good_as_the_forest_of_scikit_survival():
    ensemble = pytest.importorskip("sksurv.ensemble")
    half = np.arange(N) < N // 2
    y = np.array(list(zip(TIMES.happened, TIMES.time, strict=True)), dtype=[("event", bool), ("time", float)])
    theirs = ensemble.RandomSurvivalForest(100, min_samples_leaf=5, random_state=0).fit(X[half], y[half])
    ours = SurvivalForest(100).fit(X[half], TIMES.take(half).columns)
    scores = [concordance(TIMES.take(~half), model.predict(X[~half]))[0] for model in (ours, theirs)]
    assert scores[0] > scores[1] - 0.02


def test_the_forest_is_a_rival_within_a_budget_and_a_limit_of_memory():
    n = 2600  # more rows than a rival is tried on
    size = RNG.normal(size=n)
    died, lost = RNG.exponential(np.exp(-size)), RNG.exponential(1.0, n)
    study = {"size": size, "months": np.minimum(died, lost), "died": (died <= lost).astype(int)}
    train, test = ({name: cells[part] for name, cells in study.items()} for part in (slice(2300), slice(2300, n)))
    model = GlassSurvival(recipe="lecture", epochs=2).fit(train, time="months", event="died")
    timely = compare(model, train, test, draws=40, time_budget=30.0)
    assert [row.model for row in timely.models] == ["network", "baseline", "Cox regression", "survival forest"]
    assert all(row.scores for row in timely.models)
    short = compare(model, train, test, draws=40, memory_limit=1e6, rivals=["survival forest"])
    assert "limit" in short.models[1].skipped
