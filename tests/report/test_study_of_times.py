"""The study report of times to an event: what a reviewer asks, on page, in Word's content and in JSON."""

import json

import numpy as np
import pytest

import glassnet
from glassnet.errors import ConfigurationError
from glassnet.report.study import study
from glassnet.report.study.sections import sections_of
from glassnet.survival import Times, kaplan_meier, log_rank

FEW = {"draws": 40, "refits": 3}


def patients(n=260, seed=5):
    random = np.random.default_rng(seed)
    size, sex = random.uniform(1, 5, n).round(2), random.choice(["f", "m"], n)
    event, lost = random.exponential(60 / size**2), random.uniform(1, 25, n)
    months = np.maximum(np.minimum(event, lost), 0.01).round(3)
    return {"size": size, "sex": sex, "months": months, "died": np.where(event <= lost, "yes", "no")}


def rows_of(columns, rows):
    return {name: values[rows] for name, values in columns.items()}


@pytest.fixture(scope="module")
def made():
    columns = patients()
    train, test = rows_of(columns, slice(0, 160)), rows_of(columns, slice(160, None))
    model = glassnet.GlassSurvival(recipe="lecture", epochs=40).fit(train, time="months", event="died")
    return model, train, test


@pytest.fixture(scope="module")
def report(made):
    model, train, test = made
    return study(
        model, test, train=train, thresholds=[0.3], subgroup_columns=["sex"], horizons=[6.0, 12.0], **FEW
    )  # fmt: skip


def test_every_section_is_there(report):
    titles = [section.title for _, section in sections_of(report)]
    assert titles == [
        "Patients", "The model written out", "Performance", "Internal validation", "Stability", "Subgroups",
        "What the model uses", "Sample size", "TRIPOD+AI", "Limits",
    ]  # fmt: skip


def test_figures_are_those_of_the_rows_that_judge(made, report):
    model, _, test = made
    times = Times.of(test["months"], test["died"] == "yes")
    judged = report.performance.outcomes[0]
    assert judged.outcome == "died by 6"
    assert judged["concordance (Harrell)"].value == pytest.approx(model.score(test))
    risk = model.predict(test)
    place = np.searchsorted(np.quantile(risk, [1 / 3, 2 / 3]), risk)
    assert report.survival[0].test.p == pytest.approx(log_rank(times, place).p)
    high = report.survival[0].groups[-1].curve
    assert high.at(6.0) == pytest.approx(kaplan_meier(times.take(place == 2)).at(6.0))
    assert [horizon.time for horizon in report.survival[0].horizons] == [6.0, 12.0]
    assert report.survival[0].horizons[0].auc.value == pytest.approx(judged["AUC"].value)
    assert report.survival[0].horizons[0].brier.value == pytest.approx(judged["Brier score"].value)
    rivals = report.performance.rivals
    assert set(rivals) == {"baseline", "Cox regression", "survival forest"}
    assert rivals["baseline"][0]["concordance (Harrell)"].value == 0.5


def test_follow_up_by_hand(report):
    train = report.follow_up[0]
    columns = rows_of(patients(), slice(0, 160))
    lost = columns["died"] == "no"
    assert (train.n_rows, train.n_events) == (160, int((~lost).sum()))
    assert train.total == pytest.approx(columns["months"].sum())
    assert train.watched == kaplan_meier(Times.of(columns["months"], lost)).median
    assert report.sample_size.rate == pytest.approx(train.n_events / train.total)
    assert report.sample_size.horizon == 6.0


def test_refits_and_importance(report):
    corrected = report.validation.outcomes[0]["concordance (Harrell)"]
    assert corrected.value == pytest.approx(corrected.apparent - corrected.optimism)
    assert report.importance.names[0] == "size"
    assert report.importance.measure == "concordance"
    assert report.effects[0].outputs == ("probability without died at 6",)
    share = report.effects[0].mean[:, 0]
    assert share[0] > share[-1]  # small tumors live longer


def test_page_and_json(report):
    page = report.html()
    for wanted in (
        "Study report: months to died", "at risk", "Log-rank", "median follow-up", "Calibration at horizons",
        "probability without died at t is exp", "Net benefit", "events per row and unit of time", "threshold 30 %",
    ):  # fmt: skip
        assert wanted in page, wanted
    assert "<script" not in page
    found = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert found["survival"][0]["groups"][0]["at_risk"][0] == len(report.survival[0].groups[0].rows)
    assert found["horizon"] == 6.0
    assert found["follow_up"][0]["part"] == "train"


def test_a_pocket_calculator_repeats_the_written_curve():
    columns = patients(150)
    model = glassnet.GlassSurvival(hidden_layer_sizes=(), n_networks=1).fit(columns, time="months", event="died")
    written = study(model, columns, **FEW).written
    inputs = [value for *_, value in written.inputs]
    risk = written.intercept + float(np.dot(written.coefficients, inputs))
    assert risk == pytest.approx(float(model.predict(rows_of(columns, slice(0, 1)))[0]), abs=1e-5)
    at = model.horizons_[0]
    text = written.link.split(f"H({at:g}) = ")[1].split(",")[0]
    alive = np.exp(-float(text) * np.exp(risk))
    assert alive == pytest.approx(model.predict_survival(rows_of(columns, slice(0, 1)), at)[0, 0], rel=1e-4)


def test_a_model_of_all_rows_has_internal_validation_only():
    columns = patients(150)
    model = glassnet.GlassSurvival(recipe="lecture", epochs=20).fit(columns, time="months", event="died")
    found = study(model, columns, **FEW)
    assert found.apparent
    assert found.comparison is None
    assert "Corrected for optimism by 3 refits" in found.lead
    assert "training, also used as test" in found.html()


def test_horizons_that_cannot_be(made):
    model, _, test = made
    with pytest.raises(ConfigurationError, match="horizon=-1"):
        study(model, test, horizons=[-1.0], draws=20)
    with pytest.raises(ConfigurationError, match="is too late"):
        study(model, test, horizons=[900.0], draws=20)
