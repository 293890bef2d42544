"""Areas under ROC curves and their intervals, against counting pairs, DeLong's formula written out, and drawing."""

import numpy as np
import pytest

from glassnet.estimators.sampling.row_groups import Groups
from glassnet.evaluate.area import Area

RNG = np.random.default_rng(5)


def pairs(scores, positive):
    up, down = scores[positive], scores[~positive]
    return np.mean((up[:, None] > down) + 0.5 * (up[:, None] == down))


@pytest.mark.parametrize("ties", [False, True])
def test_values_count_pairs_and_variances_are_delongs(ties):
    codes = (RNG.random(60) < 0.4).astype(int)
    scores = RNG.normal(size=(3, 60)) + codes
    scores = np.round(scores) if ties else scores
    area, positive = Area.of(scores, codes), codes == 1
    for k in range(3):
        assert area.values[k] == pytest.approx(pairs(scores[k], positive), abs=1e-12)
        above = np.array([pairs(np.r_[s, scores[k][~positive]], np.arange(1 + (~positive).sum()) == 0)
                          for s in scores[k][positive]])  # fmt: skip
        below = np.array([pairs(np.r_[s, scores[k][positive]], np.arange(1 + positive.sum()) != 0)
                          for s in scores[k][~positive]])  # fmt: skip
        half = 1.959963984540054 * np.sqrt(above.var() / len(above) + below.var() / len(below))
        low, high = area.ends()[k]
        assert (high - low) / 2 == pytest.approx(half, rel=1e-9)
        assert (high + low) / 2 == pytest.approx(area.values[k], rel=1e-9)


def test_intervals_hold_what_drawing_again_gives():
    seen = []
    for _ in range(400):
        codes = np.r_[np.zeros(40, int), np.ones(40, int)]
        area = Area.of((RNG.normal(size=80) + codes)[None], codes)
        low, high = area.ends()[0]
        seen.append(low <= 0.7602499389 <= high)  # the normal distribution at the root of one half
    assert 0.91 <= np.mean(seen) <= 0.98


def test_copies_of_a_row_count_once_as_a_group():
    codes = np.arange(40) % 2
    scores = RNG.normal(size=40) + codes
    once = Area.of(scores[None], codes).ends()[0]
    twice = Area.of(np.repeat(scores, 2)[None], np.repeat(codes, 2))
    assert twice.ends(Groups.of(np.repeat(np.arange(40), 2), 80))[0] == pytest.approx(once)
    narrow = twice.ends()[0]
    assert narrow[1] - narrow[0] == pytest.approx((once[1] - once[0]) / np.sqrt(2))


def test_several_classes_are_the_mean_over_each_against_the_others():
    codes = np.arange(45) % 3
    scores = RNG.normal(size=(1, 45, 3)) + np.eye(3)[codes]
    area = Area.of(scores, codes)
    each = [Area.of(scores[:, :, k], (codes == k).astype(int)) for k in range(3)]
    assert area.values[0] == pytest.approx(np.mean([part.values[0] for part in each]))
    assert area.influence == pytest.approx(np.mean([part.influence for part in each], axis=0))
    assert np.abs(area.influence.sum()) < 1e-12


def test_folds_and_differences():
    codes = np.arange(20) % 2
    one, other = (Area.of(RNG.normal(size=(1, 10)) + codes[:10], codes[:10]) for _ in range(2))
    rows = [np.arange(10), np.arange(10, 20)]
    whole = Area.over_folds([one, other], rows, 20)
    assert whole.values[0] == pytest.approx((one.values[0] + other.values[0]) / 2)
    assert whole.influence[0] == pytest.approx(np.r_[one.influence[0], other.influence[0]] / 2)
    assert one.less(one).ends()[0].tolist() == [0, 0]
