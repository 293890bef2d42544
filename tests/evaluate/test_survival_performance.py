"""The measures of survival predictions together: intervals that hold, groups drawn whole, plain JSON, bad input."""

import json

import numpy as np
import pytest

from glassnet.errors import DataError
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.evaluate import SURVIVAL_MEASURES, survival_performance
from glassnet.survival import Alike, Baseline, Proportional, Times, concordance, kaplan_meier


def study(n=150, seed=0):
    rng = np.random.default_rng(seed)
    risk = rng.normal(size=n)
    event, lost = rng.exponential(np.exp(-risk)), rng.exponential(2.0, n)
    times = Times.of(np.minimum(event, lost), event <= lost)
    return times, Proportional(risk, Baseline.of(times, risk))


def test_everything_has_an_interval_and_becomes_json():
    times, predicted = study()
    found = survival_performance(times, predicted, draws=60)
    assert [m.name for m in found.measures] == [m.name for m in SURVIVAL_MEASURES]
    for measured in (*found.measures, *(m for h in found.horizons for m in (h.ratio, h.brier))):
        assert measured.low < measured.value < measured.high, measured
    assert found["concordance (Harrell)"].value == concordance(times, predicted.risk)[0]
    assert [g.name for g in found.groups] == ["low risk", "middle risk", "high risk"]
    assert found.test.p < 1e-6
    assert len(found.horizons) == 3
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document["weights"]["largest"] >= 1
    assert document["groups"][2]["at_risk"][0] == len(found.groups[2].rows)


def test_the_page_shows_curves_measures_and_calibration():
    page = survival_performance(*study(), draws=20).html()
    for wanted in ("low risk", "at risk", "concordance (Uno)", "Calibration", "Log-rank test", "D-calibration", "<svg"):
        assert wanted in page, wanted
    assert "<script" not in page
    times, _ = study()
    assert "<svg" in survival_performance(times, Alike(kaplan_meier(times), len(times)), draws=10).html()


def test_intervals_cover_the_truth():
    large = survival_performance(*study(5000, 99), draws=2)["concordance (Harrell)"].value
    inside = 0
    for seed in range(15):
        one = survival_performance(*study(120, seed + 1), draws=60)["concordance (Harrell)"]
        inside += one.low <= large <= one.high
    assert inside >= 12


def test_patients_with_several_rows_are_drawn_whole():
    times, predicted = study(100)
    rows = np.repeat(np.arange(100), 3)
    many, said = times.take(rows), Proportional(predicted.risk[rows], predicted.baseline)
    alone = survival_performance(many, said, draws=150)["concordance (Harrell)"]
    together = survival_performance(many, said, draws=150, groups=Groups.of(rows, 300))["concordance (Harrell)"]
    assert together.high - together.low > 1.3 * (alone.high - alone.low)


def test_a_model_that_knows_nothing():
    times, _ = study()
    found = survival_performance(times, Alike(kaplan_meier(times), len(times)), draws=40)
    assert found["concordance (Harrell)"].value == 0.5
    assert len(found.groups) == 1
    assert np.isnan(found.test.p)
    assert "not defined" in found.test.in_words(1)
    assert found.to_dict()["log_rank_p"] is None
    assert found.horizons[1].ratio.value == pytest.approx(1.0)


def test_bad_parts_are_said():
    times, predicted = study(40)
    with pytest.raises(DataError, match="None of the 40 rows has the event"):
        survival_performance(Times(times.time, np.zeros(40, dtype=int)), predicted)
    everybody = survival_performance(Times(times.time, np.ones(40, dtype=int)), predicted, draws=20)
    assert any("nobody is censored" in note for note in everybody.notes)
    short = times.take(times.time < 0.3)
    late = survival_performance(times, predicted, training=short, draws=20)
    assert any("beyond the horizon" in note for note in late.notes)
    ties = survival_performance(Times(np.ceil(times.time), times.event), predicted, draws=20)
    assert any("are ties" in note for note in ties.notes)
