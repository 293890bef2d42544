"""`GlassSurvival` with the losses that look at intervals of time: curves, files, exports, commands."""

import json
import runpy
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from typer.testing import CliRunner

import glassnet
from glassnet import GlassSurvival
from glassnet.cli.application import app
from glassnet.errors import ConfigurationError, ModelFileError, SchemaError
from glassnet.estimators import open_model
from glassnet.evaluate import compare, survival_performance
from glassnet.explanation import explain
from glassnet.files import read_model, write_model
from glassnet.formulas import losses
from glassnet.images import phantoms
from glassnet.report.study import study as study_report
from glassnet.survival import Intervals, Piecewise, Times, kaplan_meier
from glassnet.tables import Schema

LOSSES = ("hazard", "piecewise_exponential")
INPUTS = ["size", "grade"]
N = 320


def frame_of(seed=3):
    """A study whose two groups have hazards that cross: one dies early or not at all, the other late."""
    drawn = np.random.default_rng(seed)
    size, grade = drawn.uniform(1, 5, N), drawn.choice(["early", "late"], N)
    scale = 20 * np.exp(-0.4 * (size - 3))
    event = np.where(grade == "early", scale * drawn.weibull(0.5, N), scale * drawn.weibull(3.0, N)) + 0.01
    lost = drawn.uniform(5, 60, N)
    months = np.minimum(event, lost).round(2) + 0.01
    kinds = np.where(event > lost, "alive", np.where(drawn.uniform(size=N) < 0.35, "death", "relapse"))
    return pd.DataFrame({
        "size": size.round(2), "grade": grade, "months": months, "died": (event <= lost).astype(int), "status": kinds,
    })  # fmt: skip


FRAME = frame_of()
ONE, SEVERAL = FRAME.drop(columns="status"), FRAME.drop(columns="died")
TRAIN, TEST = slice(0, 240), slice(240, N)


@pytest.fixture(scope="module", params=LOSSES)
def model(request):
    return GlassSurvival(epochs=40, loss=request.param, intervals=6).fit(ONE[TRAIN], time="months", event="died")


@pytest.fixture(scope="module", params=LOSSES)
def competing(request):
    return GlassSurvival(epochs=40, loss=request.param).fit(SEVERAL[TRAIN], time="months", event="status")


def test_curves_fall_and_medians_lie_on_them(model):
    rows = ONE[TEST]
    at = np.linspace(0.0, 100.0, 60)
    alive = model.predict_survival(rows, at)
    assert (alive[:, 0] == 1).all()
    assert (np.diff(alive, axis=1) <= 0).all()
    assert (alive[:, at >= model.intervals_[-1]] == alive[:, [-1]]).all()  # nothing is known beyond the last event
    median = model.predict_median(rows)
    assert np.isfinite(median).any()
    for row, time in enumerate(median):
        if np.isfinite(time):
            assert model.predict_survival(rows[row : row + 1], [time])[0, 0] == pytest.approx(0.5)
        else:
            assert alive[row, -1] > 0.5
    np.testing.assert_allclose(model.predict_incidence(rows, [9.0]), 1 - model.predict_survival(rows, [9.0]))
    assert abs(model.predict(ONE[TRAIN]).mean()) < 1e-9
    assert model.score(rows) > 0.55


def test_curves_may_cross(model):
    """The early group loses more at first, the late group later; one baseline for all could not say so."""
    pair = pd.DataFrame({"size": [3.0, 3.0], "grade": ["early", "late"]})
    alive = model.predict_survival(pair, [4.0, 45.0])
    assert alive[0, 0] < alive[1, 0]
    assert alive[0, 1] > alive[1, 1]


def test_the_mean_of_curves_is_what_happened(model):
    seen = kaplan_meier(Times.of(ONE["months"][TRAIN], ONE["died"][TRAIN])).at([6.0, 12.0, 24.0])
    np.testing.assert_allclose(model.predict_survival(ONE[TRAIN], [6.0, 12.0, 24.0]).mean(axis=0), seen, atol=0.06)
    assert 0.7 < model.hazards_.levels[0] < 1.4


def test_intervals_hold_about_equally_many_events(model):
    ends, events = model.intervals_, ONE["months"][TRAIN][ONE["died"][TRAIN] == 1]
    assert len(ends) == 6
    counts = np.histogram(events, [0, *ends])[0]
    assert counts.sum() == len(events)
    assert counts.max() - counts.min() <= 2
    assert (
        len(GlassSurvival(loss="hazard", recipe="lecture", epochs=2).fit(ONE, time="months", event="died").intervals_)
        == 10
    )


def test_the_targets_are_those_of_the_trace(model):
    rows = ONE[TEST]
    row = int(np.flatnonzero(rows["died"].to_numpy() == 1)[0])
    opened = model.trace(rows, row, check=True)
    assert opened.n_rows == 1
    assert all(check.agrees or check.kink for check in opened.checks.values())
    assert "S(" in opened.note
    assert opened.target_names[0].startswith("hazard of died until")
    time, ends = float(rows["months"].iloc[row]), model.intervals_
    place = int(np.searchsorted(ends, time))
    assert np.isfinite(opened.loss.total)
    target = model.outcome_.encode(np.array([[time, 1.0]]), model.loss_)[0]
    assert target[place] == (1 if model.loss_.name == "hazard" else pytest.approx(
        -(time - ([0.0, *ends][place])) / (ends[place] - [0.0, *ends][place])
    ))  # fmt: skip
    assert (target[place + 1 :] == (-1 if model.loss_.name == "hazard" else 0)).all()


def test_one_wide_interval_without_inputs_is_the_rate_of_events():
    """A network that cannot tell rows apart learns events over time at risk: the maximum likelihood of a rate."""
    times = Times.of(ONE["months"], ONE["died"])
    intervals = Intervals.of(times, 1)
    target = intervals.exposures(times)
    inside = np.minimum(times.time, intervals.ends[0]).sum() / intervals.ends[0]
    rate = np.log(times.n_events / inside)
    slopes = losses["piecewise_exponential"].raw_gradient(np.full_like(target, rate), target)
    assert slopes.sum() == pytest.approx(0.0, abs=1e-9 * np.abs(slopes).sum())


def test_files_bring_everything_back(model, tmp_path):
    path = model.save(tmp_path / "study.glassnet")
    for loaded in (glassnet.load(path), open_model(path)):
        np.testing.assert_array_equal(loaded.predict_survival(ONE[TEST], [4.0, 9.0]),
                                      model.predict_survival(ONE[TEST], [4.0, 9.0]))  # fmt: skip
        assert loaded.loss == model.loss
        np.testing.assert_array_equal(loaded.predict(ONE[TEST]), model.predict(ONE[TEST]))
    assert clone(glassnet.load(path)).get_params() == model.get_params()
    stored = read_model(path)
    for name, wrong in (("hazard_weights", np.zeros(6)), ("hazard_levels", np.array([-1.0])),
                        ("hazard_centers", np.zeros(3))):  # fmt: skip
        broken = type(stored)(**{**stored.__dict__, "arrays": {**stored.arrays, name: wrong}})
        write_model(tmp_path / "broken.glassnet", broken)
        with pytest.raises(ModelFileError, match="hazards of the model file are damaged"):
            glassnet.load(tmp_path / "broken.glassnet")
    few = {name: array for name, array in stored.arrays.items() if name != "hazard_levels"}
    write_model(tmp_path / "broken.glassnet", type(stored)(**{**stored.__dict__, "arrays": few}))
    with pytest.raises(ModelFileError, match="no hazard_levels"):
        glassnet.load(tmp_path / "broken.glassnet")


def test_a_schema_whose_intervals_do_not_fit_is_refused(model, tmp_path):
    plain = model.schema_.to_dict()
    assert Schema.from_dict(json.loads(json.dumps(plain))) == model.schema_
    time = next(column for column in plain["columns"] if column["name"] == "months")
    for wrong in ([-1.0, 2.0], [2.0, 2.0], [3.0, 2.0], ["a"]):
        time["intervals"] = wrong
        with pytest.raises(SchemaError):
            Schema.from_dict(plain)
    time["intervals"] = [2.0, 4.0]
    stored = read_model(model.save(tmp_path / "m.glassnet"))
    write_model(tmp_path / "broken.glassnet", type(stored)(**{**stored.__dict__, "schema": plain}))
    with pytest.raises(ModelFileError, match="do not fit together"):
        glassnet.load(tmp_path / "broken.glassnet")


def compiled(header, tmp_path, body):
    """What a program around an exported header prints."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    (tmp_path / "main.c").write_text(f'#include "{header.name}"\n#include <stdio.h>\nint main(void) {{\n{body}\n}}\n')
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function"]
    subprocess.run([compiler, *flags, "main.c", "-o", "main", "-lm"], cwd=tmp_path, check=True)
    said = subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True).stdout
    return [float(number) for number in said.split()]


def columns(rows):
    return {name: rows[name].tolist() for name in INPUTS}


def test_exports_give_risks_and_curves(model, tmp_path):
    rows, at = ONE[TEST], [0.0, 2.0, 9.0, 1e4]
    page = runpy.run_path(str(model.export_python(tmp_path / "study.py")))
    np.testing.assert_allclose(page["predict"](columns(rows))["prediction"], model.predict(rows), atol=1e-5)
    np.testing.assert_allclose(page["survival"](columns(rows), at), model.predict_survival(rows, at), atol=1e-5)
    first = rows[:1]
    header = model.export_c(tmp_path / "study.h")
    found = compiled(header, tmp_path, f"""
  study_row row = {{{float(first["size"].iloc[0])!r}, "{first["grade"].iloc[0]}"}};
  double hazards[study_n_answers];
  if (study_self_test() || study_predict(&row, hazards)) return 1;
  printf("%.17g %.17g %.17g\\n", study_risk(hazards), study_alive(hazards, 9.0), study_alive(hazards, 0.0));
  return 0;""")  # fmt: skip
    np.testing.assert_allclose(
        found, [model.predict(first)[0], *model.predict_survival(first, [9.0, 0.0])[0]], atol=1e-5
    )


def test_exports_of_causes_give_incidences(competing, tmp_path):
    rows, at = SEVERAL[TEST], [0.0, 2.0, 9.0, 1e4]
    page = runpy.run_path(str(competing.export_python(tmp_path / "study.py")))
    np.testing.assert_allclose(page["incidence"](columns(rows), at), competing.predict_incidence(rows, at), atol=1e-5)
    np.testing.assert_allclose(page["predict"](columns(rows))["prediction"], competing.predict(rows), atol=1e-5)
    first = rows[:1]
    header = competing.export_c(tmp_path / "study.h")
    found = compiled(header, tmp_path, f"""
  study_row row = {{{float(first["size"].iloc[0])!r}, "{first["grade"].iloc[0]}"}};
  double hazards[study_n_answers], shares[2];
  if (study_self_test() || study_predict(&row, hazards)) return 1;
  study_incidence(hazards, 9.0, shares);
  printf("%.17g %.17g %.17g %.17g %.17g\\n", study_risk(hazards, 0), study_risk(hazards, 1), shares[0], shares[1],
         study_alive(hazards, 9.0));
  return 0;""")  # fmt: skip
    wanted = [*competing.predict(first)[0], *competing.predict_incidence(first, [9.0])[0, 0],
              competing.predict_survival(first, [9.0])[0, 0]]  # fmt: skip
    np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_onnx_files_give_the_curve(model, precision, tmp_path):
    check_onnx(model, precision, tmp_path, several=False)


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_onnx_files_give_incidences(competing, precision, tmp_path):
    check_onnx(competing, precision, tmp_path, several=True)


def check_onnx(trained, precision, tmp_path, *, several):
    """Hold an exported file against the model."""
    runtime = pytest.importorskip("onnxruntime")
    rows, at = FRAME[TEST], np.array([0.0, 2.0, 9.0, 1e4])
    session = runtime.InferenceSession(trained.export_onnx(tmp_path / "study.onnx", precision=precision))
    fed = {
        name: rows[[name]].to_numpy(precision if pd.api.types.is_numeric_dtype(rows[name]) else object)
        for name in INPUTS
    }  # fmt: skip
    risk, curves = session.run(None, {**fed, "times": at.astype(precision)})
    np.testing.assert_allclose(risk, trained.predict(rows), atol=2e-5)
    wanted = trained.predict_incidence(rows, at) if several else trained.predict_survival(rows, at)
    np.testing.assert_allclose(curves, wanted, atol=2e-5)
    (usual,) = session.run(["incidence" if several else "survival"], fed)
    assert usual.shape[1] == 3


def test_causes_share_what_is_left(competing):
    rows, at = SEVERAL[TEST], np.linspace(0, 60, 20)
    incidence, alive = competing.predict_incidence(rows, at), competing.predict_survival(rows, at)
    np.testing.assert_allclose(incidence.sum(axis=2) + alive, 1, atol=1e-12)
    assert (np.diff(incidence, axis=1) >= -1e-12).all()
    assert competing.predict(rows).shape == (80, 2)
    assert competing.causes_ == ("death", "relapse")
    assert competing.score(SEVERAL[TEST], cause="relapse") > 0.5
    opened = competing.trace(SEVERAL[TEST], 0, check=True)
    assert all(check.agrees or check.kink for check in opened.checks.values())
    assert "cumulative incidences" in opened.note
    one = competing.predict_curves(rows).of_cause(1)
    np.testing.assert_allclose(one.alive(at), 1 - incidence[:, :, 0])
    median = competing.predict_median(rows)
    for row in np.flatnonzero(np.isfinite(median))[:5]:
        assert competing.predict_survival(rows[row : row + 1], [median[row]])[0, 0] == pytest.approx(0.5)


def test_comparison_measures_and_explanations(model):
    found = compare(model, ONE[TRAIN], ONE[TEST], draws=40)
    assert [row.model for row in found.models] == ["network", "baseline", "Cox regression", "survival forest"]
    truth = Times.of(ONE["months"][TEST], ONE["died"][TEST])
    measured = survival_performance(truth, model.predict_curves(ONE[TEST]), draws=40)
    assert 0 < measured["integrated Brier score"].value < 0.25
    assert explain(model, ONE[TRAIN], 0).answer == pytest.approx(model.predict(ONE[:1])[0], abs=1e-6)
    by = explain(model, ONE[TRAIN], 0, horizon=12.0)
    alive = model.predict_survival(ONE[:1], [12.0])[0, 0]
    assert float(np.ravel(by.contributions.answers)[0]) == pytest.approx(alive, abs=1e-6)


def test_weights_are_copies_of_rows():
    """A row of weight 2 counts like two rows in the center, the level and what weighs the hazards."""
    quick = {"recipe": "lecture", "epochs": 4, "validation_fraction": 0.0, "loss": "piecewise_exponential"}
    weights = np.where(np.arange(N) % 3 == 0, 2.0, 1.0)
    weighed = GlassSurvival(**quick).fit(ONE, time="months", event="died", weights=weights)
    twice = GlassSurvival(**quick).fit(ONE.loc[np.repeat(np.arange(N), weights.astype(int))].reset_index(drop=True),
                                       time="months", event="died", copies="apart")  # fmt: skip
    np.testing.assert_allclose(
        weighed.fitted_.arrays["hazard_weights"].sum(), twice.fitted_.arrays["hazard_weights"].sum(), rtol=0.02
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_tune_averages_settings(loss, tmp_path):
    tuned = glassnet.tune(
        ONE, target=("months", "died"), task="survival", rounds=1, trials=3, epochs=8, recipe="lecture", progress=False,
        loss=loss,
    )  # fmt: skip
    assert tuned.loss_.name == loss
    assert (np.diff(tuned.predict_survival(ONE, [2.0, 20.0]), axis=1) <= 0).all()
    again = glassnet.load(tuned.save(tmp_path / "tuned.glassnet"))
    np.testing.assert_array_equal(again.predict_survival(ONE, [7.0]), tuned.predict_survival(ONE, [7.0]))


def test_the_report_writes_the_model_out(model):
    found = study_report(model, ONE, draws=40, refits=0)
    text = found.html()
    assert "for each interval of time" in text
    assert "risk" in text


@pytest.mark.parametrize(("settings", "message"), [
    ({"loss": "squared_error"}, "is for regression, and the target asks for survival"),
    ({"loss": "cux"}, "Did you mean"),
    ({"intervals": 5}, "compares patients at each event"),
    ({"loss": "hazard", "intervals": 0}, "intervals"),
    ({"loss": "hazard", "intervals": 2.5}, "intervals"),
])  # fmt: skip
def test_a_loss_that_does_not_fit_is_refused(settings, message):
    with pytest.raises(ConfigurationError, match=message):
        GlassSurvival(**settings).fit(ONE, time="months", event="died")


def test_few_events_make_few_intervals():
    few = ONE.assign(died=(np.arange(N) < 2).astype(int))
    model = GlassSurvival(recipe="lecture", epochs=3, loss="hazard").fit(few, time="months", event="died")
    assert len(model.intervals_) == 2
    assert np.isfinite(model.predict(few)).all()
    same = ONE.assign(months=7.0, died=1)
    alike = GlassSurvival(recipe="lecture", epochs=3, loss="hazard").fit(same, time="months", event="died")
    assert alike.intervals_.tolist() == [7.0]


def test_attributes_of_another_loss_say_so(model):
    with pytest.raises(AttributeError, match="hazard of its own"):
        _ = model.baseline_
    cox = GlassSurvival(recipe="lecture", epochs=2).fit(ONE, time="months", event="died")
    with pytest.raises(AttributeError, match="proportional"):
        _ = cox.intervals_
    assert isinstance(model.predict_curves(ONE[TEST]), Piecewise)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_commands(loss, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ONE.to_csv("study.csv", index=False)
    call = CliRunner().invoke
    done = call(app, ["train", "study.csv", "--target", "months", "--event", "died", "--loss", loss, "--intervals", "5",
                      "--epochs", "10"])  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "Cox regression" in done.output
    for command in (["predict", "study.glassnet", "study.csv"], ["trace", "study.glassnet", "study.csv", "--row", "1"],
                    ["show", "study.glassnet"], ["explain", "study.glassnet", "study.csv", "--row", "1"],
                    ["explain", "study.glassnet", "study.csv", "--row", "1", "--horizon", "12"]):  # fmt: skip
        done = call(app, command)
        assert done.exit_code == 0, (command, done.output)
    assert loss in call(app, ["show", "study.glassnet"]).output
    wrong = call(app, ["train", "study.csv", "--target", "grade", "--loss", loss, "--force"])
    assert isinstance(wrong.exception, ConfigurationError)
    assert "--loss is for a time to an event" in str(wrong.exception)


@pytest.mark.parametrize("loss", ["cox", *LOSSES])
def test_images_and_columns_in_one_network(loss, tmp_path):
    made = phantoms(60, size=12)
    kind = np.array(made.names) == made.names[0]
    drawn = np.random.default_rng(0)
    event, lost = 20 * drawn.exponential(np.exp(-1.2 * kind)), drawn.uniform(5, 40, 60)
    frame = pd.DataFrame({
        "scan": list(made.images.astype(np.float32)), "age": drawn.uniform(40, 80, 60).round(1),
        "months": np.minimum(event, lost) + 0.01, "died": (event <= lost).astype(int),
    })  # fmt: skip
    model = GlassSurvival(loss=loss, epochs=2).fit(frame[:45], time="months", event="died")
    assert model.recipe_.name == "images"
    alive = model.predict_survival(frame[45:], [5.0, 10.0])
    assert ((alive >= 0) & (alive <= 1)).all()
    again = glassnet.load(model.save(tmp_path / "scans.glassnet"))
    np.testing.assert_array_equal(again.predict_survival(frame[45:], [5.0, 10.0]), alive)
