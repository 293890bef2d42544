"""Curves, concordance, Brier score, calibration and log-rank test: numbers worked by hand, and properties."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.errors import DataError, ShapeError
from glassnet.formulas.coupled.partial_likelihood import PartialLikelihood
from glassnet.survival.baseline import Baseline
from glassnet.survival.brier import brier, grid, integrated
from glassnet.survival.calibration import (
    at_horizon,
    distribution_counts,
    distribution_test,
    hazard_slopes,
    observed_over_expected,
)
from glassnet.survival.censoring import MOST_WEIGHT, Censoring
from glassnet.survival.concordance import concordance, concordance_of_rows, uno_concordance
from glassnet.survival.curves import aalen_johansen, kaplan_meier, nelson_aalen, survival_draws
from glassnet.survival.log_rank import log_rank
from glassnet.survival.predicted import Alike, Proportional, Steps
from glassnet.survival.times import Times

# Weeks in remission under 6-mercaptopurine (Freireich et al. 1963); the curve is in every textbook.
DRUG = Times.of(
    [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
    [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
)
PLACEBO = Times.of([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], [1] * 21)


def joined():
    return Times(np.concatenate([DRUG.time, PLACEBO.time]), np.concatenate([DRUG.event, PLACEBO.event]))


def some(seed, n=60, causes=1):
    rng = np.random.default_rng(seed)
    return Times(rng.integers(1, 12, n).astype(float), rng.integers(0, causes + 1, n)), rng


def test_kaplan_meier_of_the_leukemia_trial():
    curve = kaplan_meier(DRUG)
    steps = curve.value[curve.steps].round(4)
    assert steps.tolist() == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert curve.at_risk_at([0, 6, 10, 20, 36]).tolist() == [21, 21, 15, 8, 0]
    assert (curve.median, kaplan_meier(PLACEBO).median) == (23.0, 8.0)
    low, high = curve.interval_at(10.0)  # log-log interval with Greenwood's standard error 0.0963
    assert (float(low), float(high)) == pytest.approx((0.5032, 0.8894), abs=1e-4)


def test_log_rank_of_the_leukemia_trial():
    found = log_rank(joined(), np.repeat([0, 1], 21))
    assert found.observed.tolist() == [9.0, 21.0]
    assert found.expected.round(2).tolist() == [19.25, 10.75]
    assert found.statistic == pytest.approx(16.793, abs=1e-3)
    assert found.p == pytest.approx(4.17e-5, rel=1e-2)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_curves_of_causes_add_up_and_draws_are_repetition(seed):
    times, rng = some(seed, causes=2)
    both = sum(aalen_johansen(times, cause).value for cause in (1, 2))
    np.testing.assert_allclose(1 - both, kaplan_meier(times).value, atol=1e-12)
    counts = rng.integers(0, 3, (1, len(times)))
    repeated = times.take(np.repeat(np.arange(len(times)), counts[0]))
    at = np.array([2.0, 5.5, 9.0])
    wanted = kaplan_meier(repeated).at(at)
    np.testing.assert_allclose(survival_draws(times, counts.astype(float), at)[0], wanted, atol=1e-12)
    risk = rng.integers(0, 5, len(times)).astype(float)
    again = concordance(repeated, np.repeat(risk, counts[0]))
    # a row drawn twice makes a pair of ties with itself, which is not comparable in either
    np.testing.assert_allclose(concordance(times, risk, counts.astype(float)), again, atol=1e-12)


def pairs(times, risk):
    """Harrell's concordance by looking at every pair."""
    right = total = 0.0
    for i in range(len(times)):
        for j in range(len(times)):
            first = times.happened[i] and (
                times.time[i] < times.time[j] or (times.time[i] == times.time[j] and not times.happened[j])
            )
            if first:
                total += 1
                right += 1.0 if risk[i] > risk[j] else 0.5 if risk[i] == risk[j] else 0.0
    return right / total


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_concordance_is_a_share_of_pairs(seed):
    times, rng = some(seed, 25)
    risk = rng.integers(0, 6, 25).astype(float)
    assert concordance(times, risk)[0] == pytest.approx(pairs(times, risk))
    assert concordance(times, -risk)[0] == pytest.approx(1 - pairs(times, risk))


def test_weights_by_hand():
    times = Times.of([1.0, 2.0, 3.0, 4.0, 5.0], [1, 0, 1, 0, 1])
    found = Censoring.of(times)
    assert found.watched.at([0.5, 2.0, 3.5, 4.0, 5.0]).tolist() == [1.0, 0.75, 0.75, 0.375, 0.375]
    # At 3: the event at 1 with weight 1, the one at 3 with 1 / 0.75, and two alive with 1 / 0.75; one lost at 2.
    assert found.weights_at(times, 3.0).round(4).tolist() == [1.0, 0.0, 1.3333, 1.3333, 1.3333]
    said = np.array([[0.2], [0.5], [0.5], [0.9], [0.6]])
    wanted = (0.2**2 + (0.5**2 + 0.1**2 + 0.4**2) / 0.75) / 5
    assert brier(times, said, np.array([3.0]), found)[0, 0] == pytest.approx(wanted)
    # Uno: first events at 1 (weight 1, four pairs), 3 (1 / 0.75**2, two pairs); risks fall from the first on
    risk = np.array([5.0, 1.0, 2.0, 4.0, 1.0])
    assert uno_concordance(times, risk, found)[0] == pytest.approx((4 + 1 / 0.75**2) / (4 + 2 / 0.75**2))


def test_a_test_part_that_lasts_longer_does_not_crash():
    training = Times.of(np.arange(1.0, 51), [1, 0] * 25)
    judged = Times.of(np.arange(1.0, 201, 4), [1] * 50)
    found = Censoring.of(training, judged)
    assert found.horizon <= 50
    assert found.largest_weight <= MOST_WEIGHT
    assert found.beyond == int((judged.time > found.horizon).sum()) > 30
    assert "beyond the horizon" in found.note
    horizons = np.array([10.0, 40.0, 150.0])
    scores = brier(judged, np.full((50, 3), 0.5), horizons, found)
    assert np.isfinite(scores[0]).tolist() == [True, bool(found.horizon >= 40), False]
    assert np.isfinite(integrated(scores, horizons)).all()
    assert np.isfinite(uno_concordance(judged, -judged.time, found)).all()
    assert grid(judged, found).max() <= found.horizon


def test_right_curves_are_calibrated_and_wrong_ones_are_not():
    rng = np.random.default_rng(4)
    risk = rng.normal(size=2000)
    event, lost = rng.exponential(np.exp(-risk)), rng.exponential(2.0, 2000)
    times = Times.of(np.minimum(event, lost), event <= lost)
    right = Proportional(risk, Baseline(np.linspace(0.001, 20, 20000), np.log(np.linspace(0.001, 20, 20000))))
    wrong = Proportional(risk + 0.7, right.baseline)
    one = np.ones((1, 2000))
    for predicted, good in ((right, True), (wrong, False)):
        assert (distribution_test(times, predicted.alive_at_own(times.time)) > 0.01) == good
        ratio = observed_over_expected(times, predicted.alive(np.array([0.7]))[:, 0], 0.7, one)[0]
        assert (abs(ratio - 1) < 0.08) == good
        groups = at_horizon(times, predicted.alive(np.array([0.7]))[:, 0], 0.7)
        assert [g.rows for g in groups] == [400] * 5
        inside = sum(g.low <= g.predicted <= g.high for g in groups)
        assert (inside >= 4) == good
    counts = distribution_counts(times, right.alive_at_own(times.time))
    np.testing.assert_allclose(counts.sum(axis=1), 1.0)
    assert brier(times, right.alive(np.array([0.7])), np.array([0.7]), Censoring.of(times))[0, 0] < 0.2


def test_groups_without_an_event_keep_an_interval():
    times = Times.of(np.r_[np.full(20, 5.0), np.arange(1.0, 21) / 10], np.r_[np.zeros(20), np.ones(20)])
    low, high = at_horizon(times, np.r_[np.full(20, 0.9), np.full(20, 0.1)], 3.0, groups=2)
    assert (low.observed, low.low) == (0.0, 0.0)
    assert low.high == pytest.approx(1 - 0.025 ** (1 / 20))
    assert (high.observed, high.high) == (1.0, 1.0)
    assert high.low == pytest.approx(0.025 ** (1 / 20))


def test_baseline_gives_the_curve_of_everybody():
    times, _ = some(7)
    alike = Baseline.of(times, np.zeros(len(times)))
    np.testing.assert_allclose(alike.at(np.array([3.0, 8.0])), nelson_aalen(times).at([3.0, 8.0]))
    shifted = Baseline.of(times, np.full(len(times), 900.0))  # only differences of risks have a meaning
    at = np.array([3.0, 8.0])
    np.testing.assert_allclose(shifted.alive(np.array([900.0]), at)[0], alike.alive(np.zeros(1), at)[0])
    risk = np.array([-1.0, 0.0, 2.0])
    medians = alike.median(risk)
    for r, median in zip(risk, medians, strict=True):
        assert alike.alive(np.array([r]), np.array([median]))[0, 0] <= 0.5 or np.isinf(median)
    assert (np.diff(medians) <= 0).all()


def test_forms_of_prediction_agree():
    times, _ = some(8)
    curve = kaplan_meier(times)
    alike = Alike(curve, len(times))
    steps = Steps(alike.risk, curve.time, np.tile(curve.value, (len(times), 1)))
    at = np.array([0.5, 3.0, 4.5, 99.0])
    np.testing.assert_array_equal(alike.alive(at), steps.alive(at))
    np.testing.assert_array_equal(alike.alive_at_own(times.time), steps.alive_at_own(times.time))


def test_targets_are_read_as_people_have_them():
    structured = np.array([(True, 3.0), (False, 5.0)], dtype=[("cens", bool), ("time", float)])
    for y in (
        structured,
        [[3.0, 1], [5.0, 0]],
        (np.array([3.0, 5.0]), np.array([True, False])),
        np.array([["3", "1"], ["5", "0"]]),
    ):
        read = Times.read(y)
        assert (read.time.tolist(), read.event.tolist()) == ([3.0, 5.0], [1, 0])


@pytest.mark.parametrize(
    ("time", "event", "message"),
    [
        ([3.0, -1.0, -2.0], [1, 1, 1], r"time is negative in 2 of 3 rows \(1, 2; the first is -1\)"),
        ([3.0, 0.0], [1, 1], r"time is 0.*\(1;.*0\.5 days"),
        ([3.0, math.nan], [1, 1], "missing or not finite"),
        ([3.0, 1.0], [1, math.nan], "event is missing"),
        ([3.0, 1.0], [1, 2], r"not an event code; the codes are 0 \(censored\) and 1"),
        ([3.0, 1.0], ["dead", "alive"], r"event is text \(alive, dead\).*y\.map\(\{'alive': 0, 'dead': 1\}\)"),
        (["long", 1.0], [1, 0], "time cannot be read as numbers"),
        ([], [], "no row"),
        ([1.0], [1, 0], "1 times and 2 events"),
    ],
)
def test_bad_targets_are_named_with_a_repair(time, event, message):
    with pytest.raises((DataError, ShapeError), match=message):
        Times.of(time, event)
    if len(event) == 2 and event[-1] == 2:
        assert Times.of(time, event, causes=True).causes == 2


STRATA = np.array([0, 1, 2])


def stratified(seed):
    """Coarse times of three strata, and risks; and the parts of each stratum."""
    times, rng = some(seed)
    layer = rng.integers(0, 3, len(times))
    whole = Times(times.time, times.event, layer)
    return whole, rng.integers(0, 4, len(times)).astype(float), [np.flatnonzero(layer == k) for k in STRATA]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_only_patients_of_one_stratum_are_compared(seed):
    whole, risk, parts = stratified(seed)
    right = pairs = 0.0
    for rows in parts:
        for i in rows[whole.happened[rows]]:
            later = [j for j in rows if whole.time[j] > whole.time[i] or (
                whole.time[j] == whole.time[i] and not whole.happened[j]
            )]  # fmt: skip
            pairs += len(later)
            right += sum(1.0 if risk[i] > risk[j] else 0.5 * (risk[i] == risk[j]) for j in later)
    assert concordance(whole, risk)[0] == pytest.approx(right / pairs)
    row_right, row_pairs = concordance_of_rows(whole, risk)
    assert row_right.sum() / row_pairs.sum() == pytest.approx(right / pairs)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_log_rank_test_sums_over_strata(seed):
    whole, risk, parts = stratified(seed)
    group = (risk > 1).astype(int)
    found = log_rank(whole, group)
    apart = spread = 0.0
    for rows in parts:
        for time in np.unique(whole.time[rows]):
            there = rows[whole.time[rows] >= time]
            dead, mine = there[(whole.time[there] == time) & whole.happened[there]], there[group[there] == 1]
            n, d, m = len(there), len(dead), len(mine)
            apart += group[dead].sum() - d * m / n
            spread += d * (m / n) * (1 - m / n) * (n - d) / max(n - 1, 1)
    assert found.statistic == pytest.approx(apart**2 / spread)
    one = Times(whole.time, whole.event, np.full(len(whole), 7))
    alone = log_rank(Times(whole.time, whole.event), group)
    assert log_rank(one, group).p == pytest.approx(alone.p)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_slope_of_hazards_is_the_maximum_over_strata(seed):
    whole, risk, _ = stratified(seed)
    slope = hazard_slopes(whole, risk, np.ones((1, len(whole))))[0]
    y = np.column_stack([whole.time, whole.happened, whole.layers])

    def loss(b):
        return PartialLikelihood(b * risk[:, None], y, np.ones(len(whole)), efron=0.0).row_losses.sum()

    if np.isfinite(slope):
        assert loss(slope) <= min(loss(slope - 1e-4), loss(slope + 1e-4)) + 1e-9


@pytest.mark.parametrize(
    ("times", "group"),
    [
        (Times.of([1.0, 2.0], [1, 1]), [0, 0]),  # one group
        (Times.of([1.0, 2.0], [0, 0]), [0, 1]),  # no event
        (Times.of([1.0, 2.0], [0, 1]), [0, 1]),  # the others are gone when it happens
    ],
)
def test_the_log_rank_test_is_not_defined_where_nothing_is_compared(times, group):
    found = log_rank(times, np.array(group))
    assert math.isnan(found.p)
    assert "not defined" in found.in_words(2)


def test_a_group_without_rows_is_no_group():
    times = Times.of([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1])
    assert log_rank(times, np.array([0, 0, 2, 2])).p == pytest.approx(log_rank(times, np.array([0, 0, 1, 1])).p)
