"""A step on Cox's loss, opened: risk sets, shares, and the slope as what a patient reads off them."""

import numpy as np
import pytest

from glassnet import Dense, MLPRegressor, Network
from glassnet.engine import Plan, Population, Training, drive
from glassnet.engine.machines.reference import ReferenceTraining
from glassnet.errors import ConfigurationError
from glassnet.formulas import Loss, losses
from glassnet.formulas.coupled import BatchLoss, Derivation, part
from glassnet.network.trace.equations.quantity import quantity_lines, value_of
from glassnet.network.trace.views.page import trace_page

SIZE, Y = [[0.5], [2.3], [2.9], [1.0]], [[3.2, 1], [1.9, 1], [1.0, 0], [1.9, 1]]


@pytest.fixture
def trace():
    network = Network([Dense(1, 1, weights=[[0.4]], biases=[0.0])], loss="cox", reduction="sum")
    return network.trace(SIZE, Y, learning_rate=0.1, row_names=["Ada", "Bo", "Cy", "Di"])


def test_each_number_opens(trace):
    assert quantity_lines(trace, "risk[1]")[0].numbers == "risk[1] = exp(0.2) + exp(0.92) + exp(0.4) = 5.2225"
    assert quantity_lines(trace, "tied[1]")[0].numbers == "tied[1] = exp(0.92) + exp(0.4) = 4.0011"
    assert "0.5 · exp(0.92) / (5.2225 − 0.5 · 4.0011)" in quantity_lines(trace, "share[1,1]")[0].numbers
    assert quantity_lines(trace, "share[0,1]")[0].symbolic == "0: no longer at risk"
    assert quantity_lines(trace, "δ1[0,0]")[0].numbers == "δ1[0,0] = 1 + 0.30648 + 0.30648 − 1 = 0.61296"
    assert quantity_lines(trace, "ℓ[2]")[0].symbolic == "0: no event, so no term of its own"
    assert sum(value_of(trace, f"share[1,{r}]") for r in range(4)) == pytest.approx(1.0)
    for name in ("risk[2]", "share[2,0]", "tied[9]", "share[1]", "risk1[0]"):  # of no event, of no row, of a layer
        with pytest.raises(ConfigurationError, match="no quantity"):
            value_of(trace, name)


def test_the_slope_is_that_of_a_finite_difference(trace):
    for name in (*trace.parameter_names, "dL/dx[2,0]", "dL/dx[0,0]"):
        assert trace.check(name).agrees, name
    assert trace.check("dL/dx[2,0]").analytic == 0.0  # the censored patient left before the first event


def test_text_and_page_show_the_risk_sets(trace):
    text, page = trace.text(), trace_page(trace)
    assert "time  event  stratum" in text
    assert "(Σ_e share[e,r] − (1 if the event is mine))" in text
    for wanted in ("risk[1]", "share[1,3]", "stratum"):
        assert wanted in text
        assert wanted in page


class _Spread:
    """A toy: the squared distance of each raw prediction from the weighted mean of the batch."""

    def __init__(self, f, y, w):
        self.f, self.w = f, w
        self.apart = f - np.average(f, axis=0, weights=w) - y

    @property
    def row_losses(self):
        return (self.apart**2).sum(axis=1)

    @property
    def slopes(self):
        return 2 * (self.apart - np.average(self.apart, axis=0, weights=self.w))

    def loss_derivation(self, row):

        return Derivation(
            "d ** 2", "d^2", (part("d**2", d=(float(self.apart[row, 0]), "")),), float(self.row_losses[row])
        )

    def slope_derivation(self, row, output):
        total = float(self.slopes[row, output])
        return Derivation("d", "d", (part("s", s=(total, "")),), total)

    def sums_of(self, row):
        return ()

    def sharers_of(self, row):
        return []

    def derivation(self, letter, index):
        return None


def test_another_loss_of_the_whole_batch_is_one_record():
    toy = Loss("spread", "a toy", None, None, batch=BatchLoss(_Spread, ("apart",)), latex_value="d", latex_gradient="d")
    rng = np.random.default_rng(0)
    network = Network([Dense(2, 3, "tanh"), Dense(3, 1)], loss=toy)
    X, y, w = rng.normal(size=(6, 2)), rng.normal(size=6), rng.uniform(0.5, 2, 6)
    trace = network.trace(X, y, learning_rate=0.01, sample_weight=w, check=True)
    assert all(check.agrees for check in trace.checks.values())
    before = network.loss(X, y, w).total
    network.fit(X, y, learning_rate=0.05, epochs=30, sample_weight=w)
    assert network.loss(X, y, w).total < before
    assert "spread" not in losses
    plan = Plan([2, 3, 1], ["tanh", "identity"], toy, dtype="float64", epochs=9, learning_rate=0.05)
    machine = ReferenceTraining(plan, Population(), X, y, w)
    assert drive(machine) == "finished"
    assert machine.result.loss_curve[0][-1] < machine.result.loss_curve[0][0]
    with pytest.raises(ConfigurationError, match="cannot train the loss 'spread': it has no kernel"):
        Training(plan, Population(), X, y)
    with pytest.raises(ConfigurationError, match="cannot train the loss 'spread': it has no kernel"):
        MLPRegressor(loss=toy).fit(X, y)
