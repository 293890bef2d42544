"""`GlassSurvival` as people use it: frames, arrays, pipelines, files, commands, and everything that can be wrong."""

import pickle
import runpy
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from typer.testing import CliRunner

import glassnet
from glassnet import GlassSurvival
from glassnet.cli.application import app
from glassnet.errors import ConfigurationError, DataError, ModelFileError, SchemaError
from glassnet.evaluate import compare, survival_performance
from glassnet.evaluate.comparison.survival_rivals import CoxRegression
from glassnet.explanation import explain
from glassnet.files import read_model, write_model
from glassnet.report.study import study as study_of
from glassnet.survival import Times, concordance, kaplan_meier
from glassnet.tables import read_table

RNG = np.random.default_rng(5)
N = 240


def study():
    """A study in which size and grade matter, and a third is still alive at the end."""
    size, grade = RNG.uniform(1, 5, N), RNG.choice(["I", "II", "III"], N)
    risk = 0.7 * (size - 3) + 0.6 * (grade == "III")
    event, lost = 20 * RNG.exponential(np.exp(-risk)), RNG.uniform(5, 40, N)
    return pd.DataFrame({
        "size": size.round(2), "grade": grade, "noise": RNG.normal(size=N).round(3),
        "months": np.minimum(event, lost).round(2) + 0.01, "died": np.where(event <= lost, "yes", "no"),
    })  # fmt: skip


FRAME = study()
TRAIN, TEST = FRAME[:180], FRAME[180:]
QUICK = {"recipe": "lecture", "epochs": 30}


@pytest.fixture(scope="module")
def model():
    return GlassSurvival(epochs=20).fit(TRAIN, time="months", event="died")


def test_risks_curves_and_medians_agree(model):
    risk = model.predict(TEST)
    alive = model.predict_survival(TEST, [0.0, 3.0, 10.0, 30.0])
    assert alive.shape == (60, 4)
    assert (alive[:, 0] == 1).all()
    assert (np.diff(alive, axis=1) <= 0).all()
    order = np.argsort(risk)
    assert (np.diff(alive[order, 2]) <= 1e-12).all()  # the higher the risk, the fewer alive
    median = model.predict_median(TEST)
    for row, time in enumerate(median):
        if np.isfinite(time):
            before, at = model.predict_survival(TEST[row : row + 1], [time * (1 - 1e-9), time])[0]
            assert before > 0.5 >= at - 1e-9
    truth = Times.of(TEST["months"], TEST["died"] == "yes")
    assert model.score(TEST) == pytest.approx(concordance(truth, risk)[0])
    assert 0.57 < model.score(TEST) < 0.95
    low, high = model.score_interval(TEST, draws=60)[1:]
    assert low < model.score(TEST) < high
    no_target = TEST[["size", "grade", "noise"]]
    np.testing.assert_array_equal(model.predict(no_target), risk)


def test_the_mean_of_curves_is_what_happened(model):
    alive = model.predict_survival(TRAIN, [5.0, 15.0]).mean(axis=0)
    seen = kaplan_meier(Times.of(TRAIN["months"], TRAIN["died"] == "yes")).at([5.0, 15.0])
    np.testing.assert_allclose(alive, seen, atol=0.06)
    assert 0.2 < model.slope_ <= 2


def test_targets_as_scikit_survival_and_scikit_learn_have_them():
    X = TRAIN[["size", "noise"]]
    truth = (TRAIN["died"] == "yes").to_numpy()
    structured = np.array(list(zip(truth, TRAIN["months"], strict=True)), dtype=[("died", bool), ("months", float)])
    columns = np.column_stack([TRAIN["months"], truth])
    first, second = (GlassSurvival(**QUICK).fit(X, y) for y in (structured, columns))
    np.testing.assert_array_equal(first.predict(X), second.predict(X))
    assert first.score(X, structured) == second.score(X, columns)
    named = GlassSurvival(**QUICK).fit(TRAIN[["size", "noise", "months", "died"]], time="months", event="died")
    np.testing.assert_allclose(named.predict(X), first.predict(X), atol=1e-5)
    pipeline = make_pipeline(StandardScaler(), GlassSurvival(**QUICK)).fit(X.to_numpy(), columns)
    assert pipeline.predict(X.to_numpy()).shape == (180,)
    scores = cross_val_score(GlassSurvival(**QUICK), X.to_numpy(), structured, cv=3)
    assert (scores > 0.5).all()
    assert clone(named).get_params() == named.get_params()
    again = pickle.loads(pickle.dumps(named))
    np.testing.assert_array_equal(again.predict_survival(X, [7.0]), named.predict_survival(X, [7.0]))


def test_the_file_brings_everything_back(model, tmp_path):
    loaded = glassnet.load(model.save(tmp_path / "study.glassnet"))
    assert type(loaded) is GlassSurvival
    np.testing.assert_array_equal(loaded.predict_survival(TEST, [4.0, 9.0]), model.predict_survival(TEST, [4.0, 9.0]))
    assert loaded.score(TEST) == model.score(TEST)
    stored = read_model(tmp_path / "study.glassnet")
    for name, wrong in (("baseline_time", -stored.arrays["baseline_time"]), ("risk_scale", np.ones(3))):
        broken = type(stored)(**{**stored.__dict__, "arrays": {**stored.arrays, name: wrong}})
        write_model(tmp_path / "broken.glassnet", broken)
        with pytest.raises(ModelFileError, match="baseline hazard"):
            glassnet.load(tmp_path / "broken.glassnet")
    few = {name: array for name, array in stored.arrays.items() if name != "risk_scale"}
    write_model(tmp_path / "broken.glassnet", type(stored)(**{**stored.__dict__, "arrays": few}))
    with pytest.raises(ModelFileError, match="no risk_scale"):
        glassnet.load(tmp_path / "broken.glassnet")


def test_the_trace_is_a_step_on_risk_sets(model):
    opened = model.trace(TRAIN, 4, check=True)
    assert opened.n_rows == 12
    assert opened.row_names[0] == "row 4"
    assert all(check.agrees or check.kink for check in opened.checks.values())
    assert "S(" in opened.note
    assert "share[" in opened.text()
    assert "share[" in opened.html()


def test_rivals_measures_and_explanations(model):
    found = compare(model, TRAIN, TEST, draws=60)
    assert [row.model for row in found.models] == ["network", "baseline", "Cox regression", "survival forest"]
    assert [score.metric for score in found.models[0].scores] == ["concordance", "Brier score"]
    assert found.models[1].scores[0].value == 0.5
    assert "Cox regression" in found.verdict or "survival forest" in found.verdict
    truth = Times.of(TEST["months"], TEST["died"] == "yes")
    measured = survival_performance(truth, model.predict_curves(TEST), draws=40)
    assert measured["concordance (Harrell)"].value == found.models[0].scores[0].value
    assert explain(model, TRAIN, 0).one.question.scale == "amount"


def test_cox_regression_is_the_minimum():
    X = np.column_stack([TRAIN["size"], TRAIN["noise"], np.ones(180)])
    y = np.column_stack([TRAIN["months"], TRAIN["died"] == "yes"]).astype(float)
    found = CoxRegression().fit(X, y)
    loss = glassnet.losses["cox"]

    def value(coefficients):
        return float(loss.row_losses((X @ coefficients)[:, None], y).sum())

    best = value(found.coef_)
    for k in range(2):
        for move in (1e-3, -1e-3):
            assert value(found.coef_ + move * np.eye(3)[k]) > best
    assert found.coef_[2] == 0.0


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "study.csv"
    FRAME.to_csv(path, index=False)
    return path


def test_one_command_answers_on_one_screen(table, tmp_path):
    path = tmp_path / "study.glassnet"
    result = run("train", table, "--target", "months", "--event", "died", "--epochs", "20", "--model", path)
    assert result.exit_code == 0, result.output
    rivals, measures = ("Cox regression", "survival forest"), ("integrated Brier", "D-calibration", "Uno")
    for wanted in (*rivals, "low risk", "at risk", "Log-rank", *measures):
        assert wanted in result.output, wanted
    said = run("predict", path, table)
    assert said.stdout.startswith("row,risk,alive at ")
    assert len(said.stdout.splitlines()) == N + 1
    assert "share[" in run("trace", path, table, "--row", "3").stdout
    assert run("show", path).exit_code == 0


def test_exports_give_risks_and_curves(model, tmp_path):
    risk, alive = model.predict(TEST), model.predict_survival(TEST, [2.0, 9.0])
    rows = {name: TEST[name].tolist() for name in ("size", "grade", "noise")}
    page = runpy.run_path(str(model.export_python(tmp_path / "study.py")))
    np.testing.assert_allclose(page["predict"](rows)["prediction"], risk, atol=1e-5)
    np.testing.assert_allclose(page["survival"](rows, [2.0, 9.0]), alive, atol=1e-5)
    header = model.export_c(tmp_path / "study.h")
    compiler = shutil.which("cc")
    if compiler is not None:
        program = (
            f'#include "{header.name}"\n#include <stdio.h>\nint main(void) {{ printf("%.17g %.17g\\n", '
            "study_alive(0.5, 9.0), study_alive(0.5, 0.0)); return study_self_test(); }\n"
        )
        (tmp_path / "main.c").write_text(program)
        subprocess.run(
            [
                compiler,
                "-std=c99",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-Wno-unused-function",
                "main.c",
                "-o",
                "main",
                "-lm",
            ],
            cwd=tmp_path,
            check=True,
        )
        said = subprocess.run([tmp_path / "main"], capture_output=True, check=True, text=True).stdout.split()
        wanted = model.baseline_.alive(np.array([0.5]), np.array([9.0, 0.0]))[0]
        np.testing.assert_allclose(list(map(float, said)), wanted, rtol=1e-12)


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_onnx_files_give_the_curve(model, tmp_path, precision):
    runtime = pytest.importorskip("onnxruntime")
    path = model.export_onnx(tmp_path / "study.onnx", precision=precision)
    session = runtime.InferenceSession(path)
    assert [output.name for output in session.get_outputs()] == ["prediction", "survival"]
    rows, number = FRAME.iloc[:9], np.dtype(precision)
    fed = {
        name: rows[[name]].to_numpy(number if pd.api.types.is_numeric_dtype(rows[name]) else object)
        for name in (each.name for each in session.get_inputs()) if name != "times"
    }  # fmt: skip
    known = model.baseline_.time
    at = np.array([0.0, known[0], np.nextafter(known[3], 0), known[3], 9.0, 1e6])
    risk, alive = session.run(None, {**fed, "times": at[[0, 1, 3, 4, 5]].astype(number)})
    np.testing.assert_allclose(risk, model.predict(rows), atol=1e-6)
    np.testing.assert_allclose(alive, model.predict_survival(rows, at[[0, 1, 3, 4, 5]]), atol=1e-6)
    if precision == "float64":  # a step is not reached before its time
        (before,) = session.run(["survival"], {**fed, "times": at[[2]]})
        np.testing.assert_allclose(before, model.predict_survival(rows, at[[2]]), atol=1e-6)
    (usual,) = session.run(["survival"], fed)
    np.testing.assert_allclose(usual, model.predict_survival(rows, model.horizons_), atol=1e-6)


BAD = FRAME.assign(
    negative=np.where(np.arange(N) == 3, -2.0, FRAME["months"]), zero=np.where(np.arange(N) == 4, 0.0, FRAME["months"]),
    nobody=0, everybody=1, codes=(FRAME["died"] == "yes") + 1, letters=np.where(FRAME["died"] == "yes", "B", "A"),
    cause=np.where(FRAME["died"] == "yes", 1 + np.arange(N) % 2, 0),
    state=np.where(FRAME["died"] == "yes", "dead", "alive"),
    day=pd.date_range("2020-01-01", periods=N),
)  # fmt: skip


@pytest.mark.parametrize(
    ("time", "event", "message"),
    [
        ("negative", "died", r"'negative' must be above 0, but has .*-2.*\(row 3\).*end date"),
        ("zero", "died", r"'zero' must be above 0.*\(row 4\).*0\.5 days"),
        ("months", "nobody", "'nobody' never happened"),
        ("months", "codes", r"event='status=2'"),
        ("months", "letters", r"nothing says which.*event='letters=B'"),
        ("months", "cause=9", r"has no cell '9'"),
        ("months", "nothing", "no column 'nothing'"),
        ("day", "died", "holds dates, and a time to an event is a duration"),
        ("months", "size", "must hold the event"),
    ],
)
def test_bad_columns_are_named_with_a_repair(time, event, message):
    with pytest.raises(SchemaError, match=message):
        GlassSurvival(**QUICK).fit(BAD, time=time, event=event)


@pytest.mark.parametrize("event", ["everybody", "codes=2", "letters=B", "state", "cause=1"])
def test_events_in_other_words(event):
    found = GlassSurvival(**QUICK).fit(BAD[["size", "months", event.partition("=")[0]]], time="months", event=event)
    happened = found.schema_.encode_target(read_back(BAD))[:, 1]
    wanted = {"everybody": np.ones(N), "cause=1": BAD["cause"] == 1}.get(event, BAD["died"] == "yes")
    np.testing.assert_array_equal(happened, wanted)


def read_back(frame):
    from glassnet.tables import Table

    return Table.from_frame(frame)


def test_other_bad_input(table):
    quick = GlassSurvival(**QUICK)
    with pytest.raises(ConfigurationError, match="belong together"):
        quick.fit(FRAME, time="months")
    with pytest.raises(ConfigurationError, match="not several"):
        quick.fit(FRAME, FRAME["months"], time="months", event="died")
    with pytest.raises(DataError, match="1 sample"):
        quick.fit(FRAME[:1], time="months", event="died")
    with pytest.raises(ConfigurationError, match="finite numbers"):
        quick.fit(FRAME, time="months", event="died").predict_survival(FRAME, [np.nan])
    missing = FRAME.assign(died=FRAME["died"].where(np.arange(N) > 2))
    with pytest.warns(UserWarning, match="3 of 240 rows have no value"):
        assert quick.fit(missing, time="months", event="died").n_rows_without_target_ == 3
    assert "--target the time column" in str(run("train", table, "--event", "died").exception)
    with pytest.raises(ConfigurationError, match="2 target columns"):
        quick.fit(FRAME, target="months")


def test_tune_averages_settings_and_settles_their_curves(table, tmp_path):
    asked = {"task": "survival", "recipe": "lecture", "rounds": 1, "trials": 4, "progress": False, "epochs": 30}
    found = glassnet.tune(table, target=("months", "died"), **asked)
    assert len(found.trials_) == 4
    assert found.score(table) > 0.6
    times = Times.of(FRAME["months"], FRAME["died"] == "yes")
    at = found.horizons_[1]
    assert found.predict_survival(table, at).mean() == pytest.approx(kaplan_meier(times).at(at), abs=0.05)
    again = glassnet.tune(table, target=("months", "died"), **asked)
    np.testing.assert_array_equal(again.predict_survival(table, [at]), found.predict_survival(table, [at]))
    found.save(tmp_path / "t.glassnet")
    stored = glassnet.load(tmp_path / "t.glassnet")
    np.testing.assert_array_equal(stored.predict_survival(table, [at]), found.predict_survival(table, [at]))
    np.testing.assert_array_equal(stored.predict(table), found.predict(table))


def test_averages_of_settings_are_judged_fold_by_fold(table):
    from glassnet.estimators.tuning.greedy_ensemble import mean_loss
    from glassnet.formulas import losses

    random = np.random.default_rng(0)
    raw = random.normal(size=(60, 1))
    y = np.column_stack([random.exponential(size=60), random.uniform(size=60) < 0.7, np.arange(60) % 3])
    whole = mean_loss(raw, y, losses["cox"])
    moved = raw + 5.0 * (np.arange(60) % 3)[:, None]  # a constant of each fold changes nothing
    assert mean_loss(moved, y, losses["cox"]) == pytest.approx(whole)
    each = [mean_loss(raw[k::3], y[k::3], losses["cox"]) for k in range(3)]
    assert whole == pytest.approx(np.mean(each))


def test_the_tune_command(table, tmp_path):
    done = run("tune", table, "--target", "months", "--event", "died", "--recipe", "lecture", "--rounds", 1,
               "--trials", 2, "--model", tmp_path / "t.glassnet", "--threads", 1)  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "concordance" in done.output


def test_read_table_and_paths(table):
    found = GlassSurvival(**QUICK).fit(table, time="months", event="died")
    np.testing.assert_array_equal(found.predict(table), found.predict(read_table(table)))


def dated(n=120):
    """Dates of enrollment and of the last look, and the days between them."""
    random = np.random.default_rng(2)
    size = random.uniform(1, 5, n)
    event, lost = random.exponential(4000 / size**2), random.uniform(50, 1500, n)
    days = np.ceil(np.minimum(event, lost))
    enrolled = pd.Timestamp("2012-03-01") + pd.to_timedelta(random.integers(0, 900, n), unit="D")
    return pd.DataFrame({
        "size": size, "last_seen": enrolled + pd.to_timedelta(days, unit="D"), "enrolled": enrolled,
        "died": (event <= lost).astype(int), "days": days,
    })  # fmt: skip


def test_two_dates_are_a_time_in_days(tmp_path):
    frame = dated()
    with_dates = frame.drop(columns="days")
    by_days = GlassSurvival(**QUICK).fit(frame[["size", "days", "died"]], time="days", event="died")
    for time in (("enrolled", "last_seen"), ["last_seen", "enrolled"]):
        found = GlassSurvival(**QUICK).fit(with_dates, time=time, event="died")
        np.testing.assert_array_equal(found.predict(frame), by_days.predict(frame))
        assert found.horizons_ == by_days.horizons_
        assert found.score(with_dates) == by_days.score(frame)
    found.save(tmp_path / "d.glassnet")
    again = glassnet.load(tmp_path / "d.glassnet")
    assert again.score(with_dates) == found.score(with_dates)
    np.testing.assert_array_equal(again.predict({"size": [2.0]}), found.predict({"size": [2.0]}))
    with_dates.to_csv(tmp_path / "d.csv", index=False)
    done = run("train", tmp_path / "d.csv", "--target", "enrolled", "--target", "last_seen", "--event", "died",
               "--recipe", "lecture", "--epochs", 5, "--model", tmp_path / "e.glassnet")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "in days" in done.output


def test_dates_that_are_no_time():
    frame = dated().drop(columns="days")
    wrong = frame.copy()
    wrong.loc[3, "last_seen"] = pd.Timestamp("2001-01-01")
    with pytest.raises(SchemaError, match=r"'enrolled' lies before 'last_seen' in most rows, but not in row 3"):
        GlassSurvival(**QUICK).fit(wrong, time=("enrolled", "last_seen"), event="died")
    same = frame.assign(last_seen=frame["enrolled"].where(frame.index == 5, frame["last_seen"]))
    with pytest.raises(SchemaError, match=r"must be a number above 0, but has .*row 5"):
        GlassSurvival(**QUICK).fit(same, time=("enrolled", "last_seen"), event="died")
    with pytest.raises(SchemaError, match=r"time=\('enrolled', 'last_seen'\)"):
        GlassSurvival(**QUICK).fit(frame, time="enrolled", event="died")


def test_an_image_and_columns_in_one_network(tmp_path):
    random = np.random.default_rng(0)
    n = 260
    spot, age = random.uniform(size=n), random.normal(60, 8, n)
    images = random.uniform(0, 60, (n, 10, 10))
    images[:, 3:7, 3:7] += 150 * spot[:, None, None]  # the brighter, the sooner
    event, lost = random.exponential(10 * np.exp(-4 * spot - 0.05 * (age - 60))), random.uniform(1, 20, n)
    frame = pd.DataFrame({
        "scan": list(images.astype(np.uint8)), "age": age, "months": np.minimum(event, lost),
        "died": (event <= lost).astype(int),
    })  # fmt: skip
    train, test = frame.iloc[:180], frame.iloc[180:]
    found = GlassSurvival(epochs=12, n_networks=2).fit(train, time="months", event="died")
    assert np.corrcoef(found.predict(test), spot[180:])[0, 1] > 0.8
    why = explain(found, test, row=0, horizon=5.0)
    assert why.one.question.names[why.ranked[0]] == "scan"
    assert why.occlusion is not None
    found.save(tmp_path / "i.glassnet")
    stored = glassnet.load(tmp_path / "i.glassnet")
    np.testing.assert_array_equal(stored.predict_survival(test, [5.0]), found.predict_survival(test, [5.0]))


def test_times_and_events_beside_a_table_are_scored_whatever_their_form_and_order(model):
    """The model learned 'months' and 'died' (yes, no) from a frame; arrays and other orders mean the same."""
    rows, died = TEST.drop(columns=["months", "died"]), (TEST["died"] == "yes").to_numpy()
    months, wanted = TEST["months"].to_numpy(), model.score(TEST)
    structured = np.array(list(zip(died, months, strict=True)), dtype=[("event", bool), ("time", float)])
    for y in (
        structured, structured[["time", "event"]], np.column_stack([months, died]), TEST[["months", "died"]],
        TEST[["died", "months"]], {"died": TEST["died"], "months": months},
    ):  # fmt: skip
        assert model.score(rows, y) == wanted
    with pytest.raises(DataError, match="not an event code"):
        model.score(rows, np.column_stack([months, 2 * died]))


def test_one_column_cannot_be_both_and_times_must_be_numbers(model):
    with pytest.raises(ConfigurationError, match="both name the column 'months'"):
        GlassSurvival().fit(TRAIN, time="months", event="months")
    with pytest.raises(ConfigurationError, match="finite numbers"):
        model.predict_survival(TEST, "late")
    with pytest.raises(ConfigurationError, match="progress=False must be a function"):
        GlassSurvival(epochs=1).fit(TRAIN, time="months", event="died", progress=False)


def test_rows_without_a_time_or_an_event_are_said_to_lack_one_of_them():
    holes = {name: TRAIN[name].mask(np.arange(180) == row) for name, row in (("died", 3), ("months", 7))}
    with pytest.warns(UserWarning, match="2 of 180 rows have no value in the target 'months' or 'died'"):
        GlassSurvival(recipe="lecture", epochs=1).fit(TRAIN.assign(**holes), time="months", event="died")


def test_rows_that_cannot_be_compared_have_no_score(model):
    alive, dead = (TEST[TEST["died"] == word].reset_index(drop=True) for word in ("no", "yes"))
    for score in (model.score, model.score_interval):
        with pytest.raises(DataError, match="because none has the event 'died', so there is no concordance"):
            score(alive)
        with pytest.raises(DataError, match="No two of 1 rows can be compared, because none is known to have 'died'"):
            score(dead[:1])
    with pytest.raises(DataError, match="none has the event"):
        study_of(model, alive)


def test_a_cause_that_nobody_had_has_no_score():
    several = TRAIN.assign(died=np.where(TRAIN["died"] == "no", "no", RNG.choice(["relapse", "death"], len(TRAIN))))
    model = GlassSurvival(**QUICK).fit(several, time="months", event="died")
    relapsed = several[several["died"] != "death"]
    assert 0 < model.score(relapsed, cause="relapse") < 1
    with pytest.raises(DataError, match=r"none has the event 'death'.*score\(rows, cause=...\)"):
        model.score(relapsed)
    with pytest.raises(DataError, match="none has the event 'death'"):
        model.score(relapsed, cause="death")
