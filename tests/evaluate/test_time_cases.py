"""Times to an event as cases of a horizon: against numbers of scikit-survival, lifelines and dcurves, and by hand."""

import numpy as np
import pytest

from evaluate.test_measures import drawn_times, value_of
from glassnet.errors import ConfigurationError, DataError
from glassnet.evaluate import MEASURES, Cases, internal_validation, performance, subgroups
from glassnet.evaluate.metrics.measure import BY_A_HORIZON, measures_of
from glassnet.evaluate.metrics.time_cases import TimeCases
from glassnet.survival import Alike, Baseline, Proportional, Times, kaplan_meier

AUC_EARLY, AUC_LATE, SLOPE = 0.852849180662, 0.875145108358, 0.82005198  # scikit-survival 0.28, lifelines 0.30
DCURVES_MODEL = [0.436564551449, 0.347253977152, 0.288600066972]  # dcurves 1.1.7
DCURVES_ALL = [0.392662862168, 0.190217149558, -0.214674275663]


def study(n=200, seed=3):
    """Untied times of which a part is censored, and a risk that says something of them."""
    random = np.random.default_rng(seed)
    risk = np.round(random.normal(size=n), 6)
    event, lost = random.exponential(np.exp(-risk)), random.exponential(2.0, n)
    return Times.of(np.round(np.minimum(event, lost), 6), event <= lost), 1.4 * risk


def by(times, risk, horizon):
    return TimeCases.by(times, Proportional(risk, Baseline.of(times, risk)), horizon)


def test_the_numbers_of_peers():
    times, risk = study()
    for horizon, auc in ((0.4, AUC_EARLY), (1.2, AUC_LATE)):
        assert value_of("AUC", by(times, risk, horizon)) == pytest.approx(auc, abs=1e-9)
    assert value_of("slope of the log hazard", by(times, risk, 1.2)) == pytest.approx(SLOPE, abs=1e-5)


class Said:
    """Probabilities of the event as they were said, at any time."""

    def __init__(self, probability):
        self.probability = self.risk = probability

    def alive(self, times):
        return np.tile(1 - self.probability[:, None], (1, len(times)))


def test_net_benefit_is_that_of_dcurves():
    times, risk = study()
    said = np.round(1 / (1 + np.exp(-risk)), 6)
    cases = TimeCases.by(times, Said(said), 0.8)
    model, treat_all = cases.net_benefits(np.ones((1, len(times))), np.array([0.2, 0.4, 0.6]))
    np.testing.assert_allclose(model[0], DCURVES_MODEL, atol=1e-12)
    np.testing.assert_allclose(treat_all[0], DCURVES_ALL, atol=1e-12)
    for threshold, value in zip((0.2, 0.4, 0.6), DCURVES_MODEL, strict=True):
        assert value_of("net benefit", cases.at(threshold)) == pytest.approx(value, abs=1e-12)


def test_nobody_lost_is_an_outcome_that_happens_or_not():
    random = np.random.default_rng(0)
    times = Times.of(random.exponential(size=150), np.ones(150))
    said = random.uniform(0.05, 0.95, 150)
    ours, plain = TimeCases.by(times, Said(said), 0.7).at(0.5), Cases.of(times.time <= 0.7, said, threshold=0.5)
    for name in (*BY_A_HORIZON, "sensitivity", "specificity", "positive predictive value", "F1", "net benefit"):
        assert value_of(name, ours) == pytest.approx(value_of(name, plain), rel=1e-9), name
    np.testing.assert_allclose(
        ours.net_benefits(np.ones((1, 150)), np.array([0.3, 0.6])),
        plain.net_benefits(np.ones((1, 150)), np.array([0.3, 0.6])), atol=1e-12,
    )  # fmt: skip


def test_cells_by_hand():
    # called: events at 1 and 3 of 3 watched, one lost at 2: 1 - 2/3 * 0 = 1 by 3; others: one event of 2 by 3
    times = Times.read([(1.0, 1), (2.0, 0), (3.0, 1), (2.0, 1), (5.0, 0)])
    cases = TimeCases.by(times, Said(np.array([0.9, 0.8, 0.7, 0.1, 0.2])), 3.0).at(0.5)
    tp, fp, tn, fn = (float(cell[0]) for cell in cases.cells(np.ones((1, 5))))
    assert (tp, fp, tn, fn) == pytest.approx((3.0, 0.0, 1.0, 1.0))


def test_one_curve_for_all_gains_nothing():
    times, _ = study()
    cases = TimeCases.by(times, Alike(kaplan_meier(times), len(times)), 0.8)
    assert value_of("scaled integrated Brier score", cases) == pytest.approx(0.0, abs=1e-9)
    assert value_of("scaled Brier score", cases) == pytest.approx(0.0, abs=1e-9)
    assert value_of("concordance (Harrell)", cases) == 0.5
    assert np.isnan(value_of("slope of the log hazard", cases))


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_risks_that_are_spread_show_in_the_slope(factor):
    cases = drawn_times()
    spread = Proportional(factor * cases.predicted.risk, cases.predicted.baseline)
    twin = TimeCases.by(cases.times, spread, cases.horizon)
    name = "slope of the log hazard"
    assert value_of(name, twin) == pytest.approx(value_of(name, cases) / factor, rel=1e-6)


def test_a_perfect_order_has_no_slope():
    times = Times.of(np.arange(1.0, 9.0), np.ones(8))
    assert np.isnan(value_of("slope of the log hazard", TimeCases.by(times, Said(np.linspace(0.9, 0.1, 8)), 4.0)))


def test_measures_of_times_come_with_those_of_the_horizon():
    names = [measure.name for measure in measures_of(drawn_times())]
    assert names == [*(name for name, m in MEASURES.items() if m.needs == "time"), *BY_A_HORIZON]


@pytest.fixture(scope="module")
def fitted():
    from glassnet import GlassSurvival

    random = np.random.default_rng(1)
    size, sex = random.uniform(1, 5, 240), random.choice(["f", "m"], 240)
    event, lost = random.exponential(60 / size**2), random.exponential(20, 240)
    frame = {"size": size, "sex": sex, "months": np.minimum(event, lost), "died": (event <= lost).astype(int)}
    part = {name: values[:160] for name, values in frame.items()}
    model = GlassSurvival(recipe="lecture", epochs=30).fit(part, time="months", event="died")
    return model, part, {name: values[160:] for name, values in frame.items()}


def test_a_trained_model_is_measured(fitted):
    model, _, test = fitted
    found = performance(model, test, thresholds=[0.4], horizon=4.0, draws=60)
    judged = found.outcomes[0]
    assert judged.outcome == "died by 4"
    times = Times.of(test["months"], test["died"])
    assert judged["AUC"].value == pytest.approx(value_of("AUC", TimeCases.by(times, model.predict_curves(test), 4.0)))
    assert judged["concordance (Harrell)"].value == pytest.approx(model.score(test))
    assert found.rows()[0][0] == "concordance (Harrell)"
    assert [m.metric for m in judged.at_thresholds[0.4]][-1] == "net benefit"
    assert judged.calibration is not None
    assert judged.decision is not None
    parts = subgroups(model, test, ["sex"], draws=40, horizon=4.0)
    assert [part.level for part in parts] == ["f", "m"]
    assert sum(part.n_rows for part in parts) == 80


def test_refits_correct_the_measures(fitted):
    model, train, _ = fitted
    found = internal_validation(model, train, refits=4, horizon=4.0)
    harrell = found.outcomes[0]["concordance (Harrell)"]
    assert harrell.value == pytest.approx(harrell.apparent - harrell.optimism)
    assert harrell.plus is not None
    assert found.outcomes[0].instability.prediction.shape == (160,)
    assert found.outcomes[0].instability.calibration is not None
    again = internal_validation(model, train, refits=4, horizon=4.0)
    assert again.outcomes[0]["AUC"] == found.outcomes[0]["AUC"]


def test_a_horizon_that_cannot_be(fitted):
    model, _, test = fitted
    with pytest.raises(ConfigurationError, match="is too late: beyond"):
        performance(model, test, horizon=1e6)
    with pytest.raises(ConfigurationError, match="above 0"):
        performance(model, test, horizon=-1.0)
    with pytest.raises(ConfigurationError, match="for two classes"):
        performance(model, test, event="died")
    alive = {**test, "died": np.zeros(80, dtype=int)}
    with pytest.raises(DataError, match="No two of 80 rows can be compared"):
        performance(model, alive)


def test_other_targets_have_no_horizon():
    from glassnet import GlassRegressor

    frame = {"x": np.arange(30.0), "y": np.arange(30.0) % 7}
    model = GlassRegressor(recipe="lecture", epochs=2).fit(frame, target="y")
    with pytest.raises(ConfigurationError, match=r"horizon=3\.0 is for times to an event"):
        performance(model, frame, horizon=3.0)
