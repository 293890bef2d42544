import numpy as np
import pytest

from glassnet import GlassClassifier
from glassnet.estimators.sampling.bootstrap import affordable_draws
from glassnet.evaluate import interval, row_counts


def test_every_draw_takes_as_many_rows_as_there_are():
    counts = np.concatenate(list(row_counts(37, 50, seed=1)))
    assert counts.shape == (50, 37)
    np.testing.assert_array_equal(counts.sum(axis=1), 37)
    assert counts.mean(axis=0).std() < 0.3


def test_draws_do_not_depend_on_how_many_there_are_or_on_blocks():
    long = np.concatenate(list(row_counts(500_000, 6, seed=2)))
    short = np.concatenate(list(row_counts(500_000, 2, seed=2)))
    np.testing.assert_array_equal(long[:2], short)
    assert len(list(row_counts(500_000, 6, seed=2))) > 1


def test_the_draws_of_a_seed_never_change():
    np.testing.assert_array_equal(next(row_counts(6, 2, seed=3)), GOLDEN)


GOLDEN = [[2, 1, 0, 0, 0, 3], [1, 1, 1, 0, 3, 0]]


@pytest.mark.parametrize("p", [0.5, 0.9])
def test_intervals_cover_the_truth_as_often_as_they_say(p):
    """90 % intervals for a share, over 300 made-up test parts of 150 rows, hold the true share in 85 to 94 %."""
    rng = np.random.default_rng(0)
    counts = np.concatenate(list(row_counts(150, 400, seed=0)))
    hits = 0
    for _ in range(300):
        correct = (rng.random(150) < p).astype(float)
        low, high = interval(counts @ correct / 150, 0.9)
        hits += low <= p <= high
    assert 0.85 <= hits / 300 <= 0.94


def test_undefined_draws_are_left_out():
    assert interval(np.array([np.nan, 1.0, 2.0, 3.0]), 0.5) == (1.5, 2.5)
    assert interval(np.array([np.nan]), 0.5) is None


def test_long_tables_get_fewer_draws():
    assert affordable_draws(100, 1000) == 1000
    assert affordable_draws(1_000_000, 1000) == 200
    assert affordable_draws(1_000_000, 50) == 50


def test_an_accuracy_of_one_keeps_a_width():
    """119 of 119 right is compatible with 3 % wrong (Wilson), and five groups say less than fifty rows."""
    X = np.arange(100.0)[:, None]
    y = (X[:, 0] > 49).astype(int)
    model = GlassClassifier(recipe="lecture", epochs=300).fit(X, y)
    sure = np.r_[0:40, 60:100]
    score, low, high = model.score_interval(X[sure], y[sure])
    assert (score, high) == (1.0, 1.0)
    assert low == pytest.approx(80 / (80 + 1.959963984540054**2))
    grouped = model.score_interval(X[sure], y[sure], groups=np.arange(80) // 16)
    assert grouped.low == pytest.approx(5 / (5 + 1.959963984540054**2))
