"""The same numbers as lifelines and scikit-survival, where these are installed (group ``oracle-survival``)."""

import numpy as np
import pytest

from glassnet.survival.baseline import Baseline
from glassnet.survival.brier import brier, integrated
from glassnet.survival.censoring import Censoring
from glassnet.survival.concordance import concordance, uno_concordance
from glassnet.survival.curves import aalen_johansen, kaplan_meier, nelson_aalen
from glassnet.survival.log_rank import log_rank
from glassnet.survival.times import Times

pytestmark = pytest.mark.filterwarnings("ignore")
RNG = np.random.default_rng(12)
RISK = RNG.normal(size=300)
EVENT, LOST = RNG.exponential(np.exp(-RISK)), RNG.exponential(1.5, 300)
TIMES = Times.of(np.minimum(EVENT, LOST), EVENT <= LOST)
COARSE = Times(np.ceil(4 * TIMES.time), TIMES.event)


def structured(times):
    return np.array(list(zip(times.happened, times.time, strict=True)), dtype=[("event", bool), ("time", float)])


def test_curves():
    lifelines = pytest.importorskip("lifelines")
    for times in (TIMES, COARSE):
        curve, peer = kaplan_meier(times), lifelines.KaplanMeierFitter().fit(times.time, times.event)
        at = np.quantile(times.time, [0.2, 0.5, 0.8])
        np.testing.assert_allclose(curve.at(at), peer.survival_function_at_times(at), atol=1e-12)
        theirs = peer.confidence_interval_survival_function_.iloc[1:].to_numpy()
        inside = (curve.value < 1) & (curve.value > 0)
        np.testing.assert_allclose(np.column_stack([curve.low, curve.high])[inside], theirs[inside], atol=1e-9)
        assert curve.median == peer.median_survival_time_
        hazard = lifelines.NelsonAalenFitter(nelson_aalen_smoothing=False).fit(times.time, times.event)
        np.testing.assert_allclose(nelson_aalen(times).at(at), hazard.cumulative_hazard_at_times(at), atol=1e-12)


def test_competing_causes():
    lifelines = pytest.importorskip("lifelines")
    causes = Times(TIMES.time, TIMES.event * RNG.integers(1, 3, 300))
    for cause in (1, 2):
        mine = aalen_johansen(causes, cause)
        peer = lifelines.AalenJohansenFitter(calculate_variance=True).fit(
            causes.time, causes.event, event_of_interest=cause
        )
        theirs = peer.cumulative_density_.iloc[1:, 0].to_numpy()
        np.testing.assert_allclose(mine.value, theirs, atol=1e-12)
        spread = np.sqrt(np.asarray(peer.variance_).ravel()[1:])
        width = 1.959963984540054 * spread / (mine.value * np.log(mine.value))
        inside = (mine.value > 0) & np.isfinite(width)
        np.testing.assert_allclose(mine.low[inside], (mine.value ** np.exp(-width))[inside], rtol=2e-2)


def test_concordance():
    metrics = pytest.importorskip("sksurv.metrics")
    utils = pytest.importorskip("lifelines.utils")
    for times in (TIMES, COARSE):
        mine = concordance(times, RISK)[0]
        assert mine == pytest.approx(metrics.concordance_index_censored(times.happened, times.time, RISK)[0])
        assert mine == pytest.approx(utils.concordance_index(times.time, -RISK, times.event))
    half = TIMES.take(np.arange(150))
    found = Censoring.of(TIMES, half)
    y = structured(TIMES)
    theirs = metrics.concordance_index_ipcw(y, y[:150], RISK[:150], tau=np.nextafter(found.horizon, 9e9))[0]
    assert uno_concordance(half, RISK[:150], found)[0] == pytest.approx(theirs, abs=1e-9)


def test_brier_scores():
    metrics = pytest.importorskip("sksurv.metrics")
    at = np.quantile(TIMES.time, np.linspace(0.1, 0.8, 20))
    alive = Baseline.of(TIMES, RISK).alive(RISK, at)
    y, found = structured(TIMES), Censoring.of(TIMES)
    mine = brier(TIMES, alive, at, found)
    np.testing.assert_allclose(mine[0], metrics.brier_score(y, y, alive, at)[1], atol=1e-12)
    assert integrated(mine, at)[0] == pytest.approx(metrics.integrated_brier_score(y, y, alive, at))


def test_groups():
    statistics = pytest.importorskip("lifelines.statistics")
    for times in (TIMES, COARSE):
        group = np.digitize(RISK, [-0.4, 0.5])
        mine, peer = log_rank(times, group), statistics.multivariate_logrank_test(times.time, group, times.event)
        assert mine.statistic == pytest.approx(peer.test_statistic)
        assert mine.p == pytest.approx(peer.p_value)


def test_cox_curves():
    lifelines = pytest.importorskip("lifelines")
    data = pytest.importorskip("lifelines.datasets").load_rossi()
    peer = lifelines.CoxPHFitter().fit(data, "week", "arrest")
    times = Times.of(data["week"], data["arrest"])
    risk = peer.predict_log_partial_hazard(data).to_numpy()
    at = np.array([10.0, 30.0, 52.0])
    theirs = peer.predict_survival_function(data.iloc[:5], times=at).to_numpy().T
    np.testing.assert_allclose(Baseline.of(times, risk).alive(risk[:5], at), theirs, atol=1e-9)
