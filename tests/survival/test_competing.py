"""Competing causes: cumulative incidences by hand and against lifelines' numbers, measures, the estimator, its file."""

import runpy
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import glassnet
from glassnet import GlassSurvival
from glassnet.cli.application import app
from glassnet.errors import ConfigurationError, DataError, SchemaError
from glassnet.evaluate import compare, internal_validation, performance, performances_over_time, survival_performance
from glassnet.evaluate.metrics.time_cases import TimeCases
from glassnet.explanation import contributions, explain, importance
from glassnet.report.study import study
from glassnet.survival import Baseline, Competing, Everybodys, Times, aalen_johansen, concordance_of_causes
from glassnet.survival.brier import brier
from glassnet.survival.censoring import Censoring
from glassnet.survival.curves import incidence_draws

LIFELINES = {1: [0.189660049884, 0.344258356069, 0.436798489156], 2: [0.206723455226, 0.373938077007, 0.451804785484]}
QUICK = {"recipe": "lecture", "epochs": 30}


def patients(n=260, seed=0):
    """`size` hastens relapse, `age` death."""
    random = np.random.default_rng(seed)
    size, age = random.normal(size=(2, n)).round(3)
    relapse, death = random.exponential(10 * np.exp(-size)), random.exponential(12 * np.exp(-age))
    lost = random.uniform(1, 30, n)
    months = np.minimum(np.minimum(relapse, death), lost)
    status = np.where(months == lost, "alive", np.where(months == relapse, "relapse", "death"))
    return {"size": size, "age": age, "months": months.round(8), "status": status}


def coded(columns, causes=("death", "relapse")):
    return Times.of(columns["months"], [["alive", *causes].index(each) for each in columns["status"]], causes=True)


@pytest.fixture(scope="module")
def made():
    columns = patients()
    train, test = ({name: values[rows] for name, values in columns.items()} for rows in (slice(170), slice(170, None)))
    return GlassSurvival(**QUICK).fit(train, time="months", event="status"), train, test


def test_incidence_by_hand():
    baselines = (Baseline(np.array([1.0, 3.0]), np.log([0.2, 0.5])), Baseline(np.array([1.0, 2.0]), np.log([0.1, 0.4])))
    found = Competing(np.array([[np.log(2.0), 0.0]]), baselines)
    # hazards of the row: at 1 both, .4 and .1; at 2 the second, .3; at 3 the first, .6
    at_1 = (1 - np.exp(-0.5)) * np.array([0.8, 0.2])
    at_2 = at_1 + np.exp(-0.5) * (1 - np.exp(-0.3)) * np.array([0.0, 1.0])
    at_3 = at_2 + np.exp(-0.8) * (1 - np.exp(-0.6)) * np.array([1.0, 0.0])
    np.testing.assert_allclose(found.incidence(np.array([0.5, 1.0, 2.5, 3.0]))[0], [[0, 0], at_1, at_2, at_3])
    assert found.alive(np.array([3.0]))[0, 0] == pytest.approx(np.exp(-1.4))
    assert found.median()[0] == 2.0  # e^-.5 is above 1/2, e^-.8 below
    first = found.of_cause(1)
    np.testing.assert_allclose(first.alive_at_own(np.array([2.5])), 1 - at_2[0])


def test_one_cause_is_a_survival_curve():
    random = np.random.default_rng(1)
    times, risk = Times.of(random.exponential(size=80), random.uniform(size=80) < 0.7), random.normal(size=80)
    baseline = Baseline.of(times, risk)
    at = np.quantile(times.time, [0.2, 0.6])
    alone = Competing(risk[:, None], (baseline,))
    np.testing.assert_allclose(alone.incidence(at)[:, :, 0], 1 - baseline.alive(risk, at), atol=1e-12)


def test_without_risks_it_comes_close_to_aalen_and_johansen():
    columns = patients(2000)
    times = coded(columns)
    baselines = tuple(Baseline.of(times.of_cause(k), np.zeros(len(times))) for k in (1, 2))
    at = np.array([2.0, 6.0, 12.0])
    found = Competing(np.zeros((1, 2)), baselines).incidence(at)[0]
    for k in (1, 2):
        np.testing.assert_allclose(found[:, k - 1], aalen_johansen(times, k).at(at), atol=2e-3)
        # AalenJohansenFitter of lifelines 0.30
        np.testing.assert_allclose(aalen_johansen(times, k).at(at), LIFELINES[k], atol=1e-9)
    drawn = np.stack([np.ones(len(times)), np.random.default_rng(0).integers(0, 3, len(times)).astype(float)])
    repeated = times.take(np.repeat(np.arange(len(times)), drawn[1].astype(int)))
    found = incidence_draws(times, drawn, at, 2)
    np.testing.assert_allclose(found[0], aalen_johansen(times, 2).at(at))
    np.testing.assert_allclose(found[1], aalen_johansen(repeated, 2).at(at))


def test_concordance_and_brier_by_hand():
    # causes 1, 2, censored, 1; of cause 1 the second row waits for ever
    times = Times.read([(1.0, 1), (2.0, 2), (3.0, 0), (4.0, 1)], causes=True)
    truth = times.columns
    risks = np.array([[3.0, 0.0], [2.0, 1.0], [1.0, 2.0], [0.0, 3.0]])
    # pairs of cause 1: (1; 2, 3, 4) right, (4; 2) wrong: 3 of 4. Of cause 2: (2; 1) wrong, (2; 3), (2; 4) wrong
    assert concordance_of_causes(truth, risks, causes=[1])[0] == pytest.approx(0.75)
    assert concordance_of_causes(truth, risks, causes=[2])[0] == pytest.approx(1 / 3)
    assert concordance_of_causes(truth, risks)[0] == pytest.approx((0.75 + 1 / 3) / 2)
    everybody = Times.read([(1.0, 1), (2.0, 2), (3.0, 2), (4.0, 1)], causes=True)
    free = np.array([[0.2], [0.6], [0.7], [0.9]])  # by 2.5 the first has cause 1, all others are without it
    score = brier(everybody, free, np.array([2.5]), Censoring.of(everybody), cause=1)
    assert score[0, 0] == pytest.approx(np.mean([0.2**2, 0.4**2, 0.3**2, 0.1**2]))


def test_what_happened_by_a_horizon():
    times = Times.read([(1.0, 1), (2.0, 2), (3.0, 1), (4.0, 0)], causes=True)
    cases = TimeCases.by(times, Everybodys((aalen_johansen(times, 1), aalen_johansen(times, 2)), 4).of_cause(1), 3.0,
                         cause=1)  # fmt: skip
    assert cases.truth.tolist() == [True, False, True, False]
    assert cases.share(np.ones((1, 4)))[0] == pytest.approx(0.5)
    assert cases.prediction.tolist() == [0.5] * 4
    assert cases.known_weights(np.ones((1, 4)))[0].tolist() == [1.0, 1.0, 1.0, 1.0]


def test_each_output_has_learned_its_cause(made):
    model, train, test = made
    assert model.causes_ == ("death", "relapse")
    risk = model.predict(test)
    assert risk.shape == (90, 2)
    assert np.corrcoef(risk[:, 0], test["age"])[0, 1] > 0.6
    assert np.corrcoef(risk[:, 1], test["size"])[0, 1] > 0.6
    incidence = model.predict_incidence(test, [2.0, 8.0])
    assert incidence.shape == (90, 2, 2)
    np.testing.assert_allclose(incidence.sum(axis=2) + model.predict_survival(test, [2.0, 8.0]), 1, atol=1e-12)
    assert (np.diff(incidence, axis=1) >= 0).all()
    assert model.score(test) == pytest.approx(
        (model.score(test, cause="death") + model.score(test, cause="relapse")) / 2
    )
    assert model.score(test, cause="relapse") > 0.6
    low, high = model.score_interval(test, draws=50)[1:]
    assert low < model.score(test) < high
    times = coded(train)
    mean = model.predict_incidence(train, [6.0]).mean(axis=0)[0]
    np.testing.assert_allclose(mean, [aalen_johansen(times, k).at(6.0) for k in (1, 2)], atol=0.05)
    halves = model.predict_median(test)
    reached = np.isfinite(halves)
    assert (model.predict_survival(test, 1e6)[~reached] > 0.5).all()


def test_no_other_cause_is_the_model_as_it_was():
    columns = patients(150)
    columns["status"] = np.where(columns["status"] == "death", "alive", columns["status"])
    both = GlassSurvival(**QUICK).fit(columns, time="months", event="status=relapse")
    assert both.predict(columns).shape == (150,)
    np.testing.assert_array_equal(both.predict_incidence(columns, 5.0), 1 - both.predict_survival(columns, 5.0))


def test_file_and_schema_keep_the_causes(made, tmp_path):
    model, _, test = made
    model.save(tmp_path / "m.glassnet")
    again = glassnet.load(tmp_path / "m.glassnet")
    assert again.causes_ == model.causes_
    np.testing.assert_array_equal(again.predict_incidence(test, [3.0]), model.predict_incidence(test, [3.0]))


def test_exports_give_the_incidence_of_each_cause(made, tmp_path):
    model, _, test = made
    rows, at = {name: test[name][:6] for name in ("size", "age")}, np.array([0.5, 4.0, 9.0, 1e6])
    at[1] = model.baselines_[0].time[5]
    wanted, risks = model.predict_incidence(rows, at), model.predict(rows)
    page = runpy.run_path(str(model.export_python(tmp_path / "m.py")))
    np.testing.assert_allclose(page["predict"](rows)["prediction"], risks, atol=1e-5)
    np.testing.assert_allclose(page["incidence"](rows, at), wanted, atol=1e-5)
    header = model.export_c(tmp_path / "m.h")
    if compiler := shutil.which("cc") or shutil.which("gcc"):
        lines = [f"m_incidence((double[]){{{', '.join(map(repr, own.tolist()))}}}, {t!r}, s); "
                 'printf("%.17g %.17g\\n", s[0], s[1]);' for own in risks for t in at.tolist()]  # fmt: skip
        main = f'#include <stdio.h>\n#include "{header.name}"\nint main(void) {{ double s[2]; {" ".join(lines)} '
        (tmp_path / "main.c").write_text(main + "return m_self_test(); }")
        subprocess.run([compiler, "-std=c99", "main.c", "-o", "main", "-lm"], cwd=tmp_path, check=True)
        said = subprocess.run([tmp_path / "main"], capture_output=True, check=True, text=True).stdout.split()
        np.testing.assert_allclose(np.array(said, dtype=float).reshape(6, 4, 2), wanted, atol=1e-9)
    session = pytest.importorskip("onnxruntime").InferenceSession(model.export_onnx(tmp_path / "m.onnx"))
    fed = {name: values[:, None].astype(np.float64) for name, values in rows.items()}
    found = dict(zip((o.name for o in session.get_outputs()), session.run(None, {**fed, "times": at}), strict=True))
    np.testing.assert_allclose(found["prediction"], risks, atol=1e-5)
    np.testing.assert_allclose(found["incidence"], wanted, atol=1e-5)


def test_measures_rivals_and_refits(made):
    model, train, test = made
    found = performance(model, test, draws=30, horizon=5.0)
    assert [each.outcome for each in found.outcomes] == ["death by 5", "relapse by 5"]
    assert found.outcomes[1]["concordance (Harrell)"].value == pytest.approx(model.score(test, cause="relapse"))
    compared = compare(model, train, test, draws=30)
    assert [row.model for row in compared.models] == ["network", "baseline", "Cox regression", "survival forest"]
    assert compared.models[1].scores[0].value == 0.5
    assert compared.models[2].scores[0].value > 0.6
    refitted = internal_validation(model, train, refits=2, horizon=5.0)
    assert [each.outcome for each in refitted.outcomes] == ["death by 5", "relapse by 5"]
    over = performances_over_time(model, coded(test), model.predict_curves(test), draws=20)
    assert [each.event for each in over] == ["death", "relapse"]
    high = over[1].groups[-1]
    assert high.curve.at(6.0) == pytest.approx(aalen_johansen(coded(test).take(high.rows), 2).at(6.0))
    assert "cumulative incidence of relapse" in over[1].html()
    with pytest.raises(ConfigurationError, match=r"curves\.of_cause\(1\), cause=1"):
        survival_performance(coded(test), model.predict_curves(test))
    with pytest.raises(DataError, match="has cure"):
        survival_performance(coded(test), model.predict_curves(test).of_cause(1), cause=7, event="cure")


def test_cox_regression_of_each_cause_is_that_of_the_cause_alone(made):
    from glassnet.evaluate.comparison.survival_rivals import CoxRegression

    columns = patients(200)
    X, times = np.column_stack([columns["size"], columns["age"]]), coded(columns)
    both = CoxRegression().fit(X, times.columns)
    for k in (1, 2):
        alone = CoxRegression().fit(X, times.of_cause(k).columns)
        np.testing.assert_allclose(both.coef_[:, k - 1], alone.coef_, atol=1e-5)


def test_explanations_name_the_cause(made):
    model, train, test = made
    share = contributions(model, test, background=train, horizon=5.0)
    assert share.outputs == ("cumulative incidence of death by 5", "cumulative incidence of relapse by 5")
    np.testing.assert_allclose(share.answers, model.predict_incidence(test, 5.0)[:, 0], atol=1e-9)
    why = explain(model, test, row=1, output="relapse", horizon=5.0)
    assert why.sentence().startswith("The cumulative incidence of relapse by 5 is")
    assert explain(model, test, row=1, output="relapse").answer == pytest.approx(model.predict(test)[1, 1])
    with pytest.raises(ConfigurationError, match="Did you mean 'relapse'"):
        explain(model, test, row=1, output="relaps")
    assert set(importance(model, test).names) == {"size", "age"}
    assert "cumulative incidences" in model.trace(test).text()


def test_the_report_has_both_causes(made):
    model, train, test = made
    page = study(model, test, train=train, draws=30, refits=2, horizons=[5.0]).html()
    for wanted in ("Risk groups, death", "Risk groups, relapse", "relapse by 5", "Cumulative incidences", "of death"):
        assert wanted in page, wanted


@pytest.mark.parametrize(
    ("cells", "event", "causes"),
    [
        (["0", "1", "2"], "status", ("1", "2")),
        (["0", "1", "2"], "status=2", ("2",)),
        (["0", "1", "2"], "status=2,1", ("2", "1")),
        (["1", "2", "3"], "status=2,3", ("2", "3")),
        (["alive", "relapse", "death"], "status", ("death", "relapse")),
        (["censored", "relapse", "death", "other"], "status=relapse,death", ("relapse", "death")),
    ],
)
def test_which_cells_are_causes(cells, event, causes):
    columns = patients(90)
    columns["status"] = np.random.default_rng(0).choice(cells, 90)
    assert GlassSurvival(**QUICK).fit(columns, time="months", event=event).causes_ == causes


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("status=2,9", "no cell '9'"),
        ("status=2,2", "names a cause twice"),
        ("status", "status=2,3' that 2 and 3 are causes that compete"),
    ],
)
def test_causes_that_cannot_be(event, said):
    columns = patients(60)
    columns["status"] = np.random.default_rng(0).choice(["1", "2", "3"], 60)
    with pytest.raises(SchemaError, match=said):
        GlassSurvival(**QUICK).fit(columns, time="months", event=event)


def test_the_commands(tmp_path):
    pd.DataFrame(patients(160)).to_csv(tmp_path / "s.csv", index=False)
    run = CliRunner().invoke

    def glass(*words):
        return run(app, [str(word) for word in words], catch_exceptions=False)

    model = tmp_path / "s.glassnet"
    done = glass("train", tmp_path / "s.csv", "--target", "months", "--event", "status", "--recipe", "lecture",
                 "--epochs", 20, "--model", model)  # fmt: skip
    assert done.exit_code == 0, done.output
    for wanted in ("2 causes compete", "Cause: death", "Cause: relapse", "cumulative incidence of relapse"):
        assert wanted in done.output, wanted
    said = glass("predict", model, tmp_path / "s.csv")
    assert "risk of death,risk of relapse,death by" in said.stdout
    shown = glass("show", model)
    assert shown.exit_code == 0, shown.output
    why = glass("explain", model, tmp_path / "s.csv", "--row", 2, "--class", "relapse", "--horizon", 5)
    assert "The cumulative incidence of relapse by 5 is" in why.output
