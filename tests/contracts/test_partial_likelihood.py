"""Cox's partial likelihood: figures that others published, definitions written out term by term, and its limits."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet import Dense, Network
from glassnet.errors import ConfigurationError
from glassnet.formulas import losses
from glassnet.formulas.coupled.partial_likelihood import PartialLikelihood, ranked

# Freireich et al. 1963: weeks in remission under 6-mercaptopurine and placebo; + is censored.
DRUG = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def leukemia():
    """Treated or not, and (time, event)."""
    drug, placebo = DRUG.split(), PLACEBO.split()
    cells = [*drug, *placebo]
    y = np.array([[float(cell.rstrip("+")), float(not cell.endswith("+"))] for cell in cells])
    return np.array([[1.0]] * len(drug) + [[0.0]] * len(placebo)), y


def batches():
    """Random batches with ties, strata, weights of 0, two causes."""
    return st.tuples(
        st.integers(0, 2**32 - 1), st.integers(1, 12), st.sampled_from([1, 2]), st.sampled_from([0.0, 0.5, 1.0])
    )


def batch(seed, n, outputs, scale=1.0):
    rng = np.random.default_rng(seed)
    y = np.column_stack([rng.integers(1, 5, n), rng.integers(0, outputs + 1, n), rng.integers(0, 2, n)]).astype(float)
    w = np.where(rng.uniform(size=n) < 0.2, 0.0, rng.uniform(0.2, 2.0, n))
    return scale * rng.normal(size=(n, outputs)), y, w


def written_out(f, y, w, efron):
    """The weighted sum of row losses by the definition, with loops over all pairs."""
    total = 0.0
    for output in range(f.shape[1]):
        for i in range(len(y)):
            if y[i, 1] != output + 1 or w[i] == 0:
                continue
            risk = sum(
                w[j] * math.exp(f[j, output]) for j in range(len(y)) if y[j, 2] == y[i, 2] and y[j, 0] >= y[i, 0]
            )
            tied = [j for j in range(len(y)) if (y[j] == y[i]).all() and w[j] > 0]
            gone = sum(w[j] * math.exp(f[j, output]) for j in tied)
            logs = [math.log(risk - efron * k / len(tied) * gone) for k in range(len(tied))]
            total += w[i] * (sum(logs) / len(tied) - f[i, output])
    return total


@settings(max_examples=80, deadline=None)
@given(batches())
def test_losses_slopes_and_shares_are_those_of_the_definition(case):
    seed, n, outputs, efron = case
    f, y, w = batch(seed, n, outputs)
    found = PartialLikelihood(f, y, w, efron)
    assert w @ found.row_losses == pytest.approx(written_out(f, y, w, efron), rel=1e-12, abs=1e-12)
    width = 1e-6
    for r in range(n):
        for k in range(outputs):
            up, down = f.copy(), f.copy()
            up[r, k] += width
            down[r, k] -= width
            slope = (written_out(up, y, w, efron) - written_out(down, y, w, efron)) / (2 * width)
            assert w[r] * found.slopes[r, k] == pytest.approx(slope, abs=1e-8)
            mine = sum(
                w[e] * found.share(e, r) for e in range(n) if found.output_of(e) == k
            ) - (found.output_of(r) == k)  # fmt: skip
            assert w[r] == 0 or found.slopes[r, k] == pytest.approx(mine, abs=1e-12)
    for e in range(n):
        if found.output_of(e) >= 0:
            assert sum(w[r] * found.share(e, r) for r in range(n)) == pytest.approx(1.0)


def test_the_coefficient_of_the_leukemia_trial():
    X, y = leukemia()
    for spec, coefficient, likelihood in (("cox", -1.572125, -85.008419), ("cox(efron=0)", -1.509191, -86.379622)):
        network = Network([Dense(1, 1, weights=[[0.0]], biases=[0.0])], loss=spec, reduction="sum")
        for _ in range(30):  # Newton's method on one number
            slope = network.gradients(X, y).d_weights[0].item()
            near = Network([Dense(1, 1, weights=network.weights[0] + 1e-5, biases=[0.0])], loss=spec, reduction="sum")
            network.weights[0] -= slope / ((near.gradients(X, y).d_weights[0].item() - slope) / 1e-5)
        assert network.weights[0].item() == pytest.approx(coefficient, abs=1e-5)
        assert network.loss(X, y).total == pytest.approx(-likelihood, abs=1e-5)


def test_nothing_is_lost_in_raw_predictions_of_any_size():
    y = np.array([[1.0, 1, 0], [2.0, 1, 0], [3.0, 1, 0], [4.0, 0, 0]])
    for f in ([0.0, -800.0, -1600.0, -1700.0], [-1700.0, 900.0, 0.0, -300.0]):
        found = PartialLikelihood(np.array(f)[:, None], y, np.ones(4))
        assert np.isfinite(found.row_losses).all()
        assert np.isfinite(found.slopes).all()
        assert found.slopes.sum() == pytest.approx(0.0, abs=1e-12)


def test_the_order_of_rows_and_a_constant_change_nothing():
    f, y, w = batch(3, 5, 1)
    first = PartialLikelihood(f, y, w)
    for order in permutations(range(5)):
        rows = list(order)
        again = PartialLikelihood(f[rows] + 7.5, y[rows], w[rows])
        np.testing.assert_allclose(again.slopes, first.slopes[rows], atol=1e-12)
        np.testing.assert_allclose(again.row_losses, first.row_losses[rows], atol=1e-12)


def test_strata_are_batches_of_their_own():
    f, y, w = batch(5, 12, 1)
    whole = PartialLikelihood(f, y, w)
    for stratum in (0.0, 1.0):
        rows = y[:, 2] == stratum
        alone = PartialLikelihood(f[rows], y[rows], w[rows])
        np.testing.assert_allclose(whole.slopes[rows], alone.slopes, atol=1e-13)


def test_ranks_keep_the_loss():
    _, y, _ = batch(6, 12, 1)
    y[:, 0] *= 1e9 + 1 / 3
    groups = ranked(y)[:, 0]
    for i in range(12):
        for j in range(12):
            if y[i, 2] == y[j, 2]:
                assert (groups[i] < groups[j]) == (y[i, 0] > y[j, 0])
                assert (groups[i] == groups[j]) == (y[i, 0] == y[j, 0])


@pytest.mark.parametrize(
    ("row", "message"),
    [([0.0, 1, 0], r"y\[1, 0\] is 0, and must be a time above 0"), ([2.0, 2, 0], r"y\[1, 1\] is 2.*0 for censored, 1"),
     ([2.0, 0.5, 0], r"y\[1, 1\] is 0\.5"),
     ([2.0, 1, 0.5], r"y\[1, 2\] is 0\.5.*stratum"), ([-1.0, 1, 0], r"y\[1, 0\] is -1")],
)  # fmt: skip
def test_bad_targets_are_named(row, message):
    with pytest.raises(ConfigurationError, match=message):
        losses["cox"].check_targets(np.array([[1.0, 1, 0], row]), 1)


def test_hazards_have_no_slope_where_nobody_is_at_risk():
    y, f = np.array([[0.0, 1.0, -1.0]]), np.array([[0.3, -0.2, 5.0]])
    assert losses["hazard"].raw_gradient(f, y)[0, 2] == 0.0
    assert losses["hazard"].row_losses(f, y)[0] == pytest.approx(math.log1p(math.exp(0.3)) + math.log1p(math.exp(0.2)))
    rates = losses["piecewise_exponential"]
    exposure = np.array([[2.0, -0.5, 0.0]])  # two years survived, then the event after half a year
    np.testing.assert_allclose(rates.raw_gradient(f, exposure), [[2 * math.exp(0.3), 0.5 * math.exp(-0.2) - 1, 0.0]])
