"""`performance`: the measures of a trained model with intervals, for two and more classes and for amounts."""

import json

import numpy as np
import pytest
from sklearn import metrics as reference

import glassnet
from glassnet.errors import ConfigurationError
from glassnet.evaluate import MEASURES, performance

N = 240


def table(kinds=2, seed=0):
    """Patients with one strong and one weak input, twice each, and an outcome."""
    random = np.random.default_rng(seed)
    patient = np.arange(N) // 2
    strong = random.normal(0, 1, N // 2)[patient] + random.normal(0, 0.3, N)
    level = strong + random.normal(0, 0.9, N)
    columns = {"strong": strong, "weak": random.normal(0, 1, N), "patient": [f"p{p}" for p in patient]}
    if kinds == 0:
        return columns | {"y": 20 + 5 * level}
    names = ["sick", "well"] if kinds == 2 else ["a", "b", "c"]
    cuts = [0.0] if kinds == 2 else [-0.5, 0.5]
    return columns | {"y": [names[int(np.searchsorted(cuts, each))] for each in level]}


@pytest.fixture(scope="module")
def models():
    made = {}
    for kinds in (0, 2, 3):
        maker = glassnet.GlassRegressor if kinds == 0 else glassnet.GlassClassifier
        model = maker(recipe="lecture", epochs=60)
        made[kinds] = model.fit(table(kinds), target="y", groups="patient")
    return made


def test_two_classes_have_one_event_and_either_can_be_it(models):
    rows = table(2, seed=1)
    well, sick = (performance(models[2], rows, event=event, draws=200).outcomes[0] for event in (None, "sick"))
    assert (well.outcome, sick.outcome) == ("well", "sick")
    assert well["AUC"].value == pytest.approx(sick["AUC"].value)
    assert well["Brier score"].value == pytest.approx(sick["Brier score"].value)
    assert well["calibration intercept"].value == pytest.approx(-sick["calibration intercept"].value, abs=1e-6)
    truth, chance = np.array(rows["y"]) == "sick", models[2].predict_proba(rows)[:, 0]
    assert sick["AUC"].value == pytest.approx(reference.roc_auc_score(truth, chance))
    assert sick.n_with == truth.sum()
    for measured in sick.measured:
        assert measured.low <= measured.value <= measured.high, measured


def test_groups_are_drawn_whole_and_weights_count(models):
    rows = table(2, seed=2)
    alone, together = (performance(models[2], rows, groups=groups, draws=400) for groups in (None, "patient"))
    assert (alone.n_drawn, together.n_drawn) == (N, N // 2)
    width = [part.outcomes[0]["Brier score"].high - part.outcomes[0]["Brier score"].low for part in (alone, together)]
    assert width[1] > width[0], "visits of one patient say less than as many patients"
    weights = np.r_[np.full(N // 2, 2.0), np.zeros(N // 2)]
    half = {name: values[: N // 2] for name, values in rows.items()}
    weighed = performance(models[2], rows, weights=weights, draws=200)
    plain = performance(models[2], half, draws=200)
    for one, other in zip(weighed.outcomes[0].measured, plain.outcomes[0].measured, strict=True):
        counted = other.value * (np.sqrt(2) if one.metric == "Spiegelhalter z" else 1)  # it counts rows
        assert one.value == pytest.approx(counted, rel=1e-6, abs=1e-8), one.metric


def test_thresholds_have_their_own_measures(models):
    rows = table(2, seed=3)
    judged = performance(models[2], rows, event="sick", thresholds=[0.2, 0.5], draws=200).outcomes[0]
    truth, chance = np.array(rows["y"]) == "sick", models[2].predict_proba(rows)[:, 0]
    for threshold, measured in judged.at_thresholds.items():
        by_name = {each.metric: each.value for each in measured}
        assert by_name["sensitivity"] == pytest.approx(reference.recall_score(truth, chance >= threshold))
        place = round(100 * threshold) - 1
        assert by_name["net benefit"] == pytest.approx(judged.decision.model[place])
    assert list(judged.at_thresholds) == [0.2, 0.5]


def test_several_classes_are_judged_each_and_on_average(models):
    rows = table(3, seed=4)
    result = performance(models[3], rows, draws=200)
    assert [judged.outcome for judged in result.outcomes] == ["a", "b", "c", "mean of the classes"]
    chance, said = models[3].predict_proba(rows), models[3].predict(rows)
    expected = {
        "AUC": reference.roc_auc_score(rows["y"], chance, multi_class="ovr", average="macro"),
        "F1": reference.f1_score(rows["y"], said, average="macro"),
        "sensitivity": reference.recall_score(rows["y"], said, average="macro"),
        "positive predictive value": reference.precision_score(rows["y"], said, average="macro"),
    }
    for name, value in expected.items():
        measured = result.outcomes[-1][name]
        assert measured.value == pytest.approx(value), name
        assert measured.low < measured.value < measured.high
        assert np.mean([judged[name].value for judged in result.outcomes[:-1]]) == pytest.approx(value)
    assert {row[0] for row in result.rows()} == {
        m.name for m in MEASURES.values() if m.needs in ("decision", "probability")
    }


def test_amounts(models):
    rows = table(0, seed=5)
    judged = performance(models[0], rows, draws=200).outcomes[0]
    said = models[0].predict(rows)
    assert judged["MAE"].value == pytest.approx(reference.mean_absolute_error(rows["y"], said))
    slope, intercept = np.polyfit(said, rows["y"], 1)
    assert judged["slope of y on f"].value == pytest.approx(slope, rel=1e-6)
    assert judged["intercept of y on f"].value == pytest.approx(intercept, rel=1e-5)


def test_a_loaded_model_has_the_same_figures_and_they_are_plain_json(models, tmp_path):
    models[2].save(tmp_path / "m.glassnet")
    rows = table(2, seed=6)
    own, loaded = (
        performance(m, rows, draws=200).to_dict() for m in (models[2], glassnet.load(tmp_path / "m.glassnet"))
    )
    assert own == loaded
    assert json.loads(json.dumps(own, allow_nan=False)) == own


def test_rows_of_one_class_leave_undefined_what_is(models):
    rows = table(2, seed=7)
    sick = np.array(rows["y"]) == "sick"
    only = {name: np.array(values)[sick] for name, values in rows.items()}
    judged = performance(models[2], only, event="sick", thresholds=[0.01], draws=200).outcomes[0]
    assert judged["AUC"].value is None
    assert judged["AUC"].text() == "not defined"
    assert judged.calibration is None
    found = {each.metric: each for each in judged.at_thresholds[0.01]}
    assert found["sensitivity"].value == found["sensitivity"].high == 1
    assert found["sensitivity"].low < 1, "Wilson's interval has a width"


def test_no_interval_rests_on_the_draws_that_happen_to_have_a_value(models):
    rows = table(2, seed=1)
    chance = models[2].predict_proba(rows)[:, 0]
    order = np.argsort(-chance)
    labels = np.where(np.arange(N) < N // 2, "sick", "well")
    labels[[N // 2 - 1, N // 2]] = labels[[N // 2, N // 2 - 1]]  # two neighbors keep the classes from being separated
    placed = np.empty(N, dtype=object)
    placed[order] = labels
    judged = performance(models[2], rows | {"y": placed.tolist()}, event="sick", draws=300).outcomes[0]
    slope = judged["calibration slope"]
    assert slope.value > 1
    assert slope.low is None
    assert slope.high is None, "in a tenth of the draws the classes are separated, and the slope is without end"
    assert judged["Brier score"].low is not None


@pytest.mark.parametrize(
    ("kinds", "settings", "said"),
    [
        (2, {"event": "sic"}, "sick"),
        (3, {"event": "a"}, "two classes"),
        (3, {"thresholds": [0.5]}, "two classes"),
        (2, {"thresholds": [1.0]}, "above 0 and below 1"),
        (2, {"coverage": 1.0}, "coverage"),
        (2, {"copies": "apar"}, "copies"),
        (2, {"seed": -1}, "seed"),
    ],
)
def test_bad_wishes_are_refused(models, kinds, settings, said):
    with pytest.raises(ConfigurationError, match=said):
        performance(models[kinds], table(kinds), draws=50, **settings)


def test_an_unknown_measure_is_refused(models):
    judged = performance(models[2], table(2), draws=50).outcomes[0]
    with pytest.raises(ConfigurationError, match="AUC"):
        judged["AUCC"]


def test_a_model_without_a_table_is_refused():
    with pytest.raises(ConfigurationError, match="MLPClassifier does not know the columns"):
        performance(glassnet.MLPClassifier(), table(2))
