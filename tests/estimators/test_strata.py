"""Strata: patients are compared only within theirs, and each has a curve of its own, from the fit to the exports."""

import json
import pickle
import runpy
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from typer.testing import CliRunner

import glassnet
from glassnet import GlassSurvival
from glassnet.cli.application import app
from glassnet.errors import ConfigurationError, DataError, ModelFileError, SchemaError, TableWarning
from glassnet.estimators.sampling.table_split import split_table
from glassnet.evaluate import compare, performances_over_time
from glassnet.evaluate.comparison.survival_rivals import CoxRegression, EverybodysCurve, answer_of_cox, answer_of_curve
from glassnet.explanation import effect, explain
from glassnet.files import read_model, write_model
from glassnet.formulas.coupled.partial_likelihood import PartialLikelihood
from glassnet.survival import Baseline, Competing, Proportional, StratifiedCompeting, Times, concordance, kaplan_meier
from glassnet.tables import Declaration, Schema, Table

RNG = np.random.default_rng(11)
N = 240
QUICK = {"recipe": "lecture", "epochs": 30}
GOLDEN = Path(__file__).parent.parent / "files" / "golden" / "format-2-strata.glassnet"


def study():
    """Three centers whose hazards have different forms; the middle one, coded 2, sees fewer events."""
    size, center = RNG.uniform(1, 5, N), RNG.choice(["north", "south", "west"], N, p=[0.5, 0.3, 0.2])
    base = RNG.exponential(20, N) ** np.where(center == "west", 0.6, 1.0) * np.where(center == "south", 3.0, 1.0)
    event, lost = base * np.exp(-0.8 * (size - 3)), RNG.uniform(5, 60, N)
    return pd.DataFrame({
        "size": size.round(2), "age": RNG.normal(60, 9, N).round(1), "center": center,
        "months": np.minimum(event, lost).round(2) + 0.01, "died": (event <= lost).astype(int),
    })  # fmt: skip


FRAME = study()
NEW = FRAME.drop(columns=["months", "died"])
TWO = FRAME.assign(died=np.where(FRAME["died"] == 0, "alive", RNG.choice(["relapse", "death"], N)))
AT = np.array([0.0, 1.0, 9.0, 40.0])


@pytest.fixture(scope="module")
def model():
    return GlassSurvival(**QUICK).fit(FRAME, time="months", event="died", strata="center")


@pytest.fixture(scope="module")
def competing():
    return GlassSurvival(**QUICK).fit(TWO, time="months", event="died", strata="center")


def test_a_stratum_is_no_input_and_has_a_baseline(model):
    assert model.schema_.feature_names == ("size", "age")
    assert model.strata_ == ("north", "south", "west")
    assert len(model.baselines_) == 3
    risk, alive = model.predict(NEW), model.predict_survival(NEW, AT)
    for layer, name in enumerate(model.strata_):
        rows = np.flatnonzero(NEW["center"] == name)
        own = Proportional(risk[rows], model.baselines_[layer])
        np.testing.assert_array_equal(alive[rows], own.alive(AT))
        np.testing.assert_array_equal(model.predict_median(NEW)[rows], own.median())
        times = Times.of(FRAME["months"][rows], FRAME["died"][rows])
        at = float(np.median(times.time))
        assert float(alive_at(model, rows, at).mean()) == pytest.approx(float(kaplan_meier(times).at(at)), abs=0.12)


def alive_at(model, rows, at):
    return model.predict_survival(NEW.iloc[rows], [at])


def test_a_training_step_is_taken_within_strata(model):
    y = model.outcome_.encode(model.schema_.encode_target(model._read(FRAME)), model.loss_)
    assert y[:, 2].tolist() == [model.strata_.index(name) for name in FRAME["center"]]
    row = int(np.flatnonzero((FRAME["center"] == "west") & (FRAME["died"] == 1))[0])
    said = " ".join(str(model.trace(FRAME, row=row)).split())
    assert "baseline hazard H of the stratum 'west'" in said
    beside = model.trace(FRAME, row=row).y[:, 2]
    assert (beside == 2).sum() > 6  # those of its own stratum come first


def test_score_is_the_concordance_within_strata(model):
    times = Times(FRAME["months"].to_numpy(), FRAME["died"].to_numpy(), pd.factorize(FRAME["center"])[0])
    assert model.score(FRAME) == pytest.approx(concordance(times, model.predict(FRAME))[0])
    low, high = model.score_interval(FRAME, draws=40)[1:]
    assert low < model.score(FRAME) < high


def test_competing_causes_have_a_baseline_for_each_cause_and_stratum(competing):
    incidence = competing.predict_incidence(NEW, AT)
    assert len(competing.baselines_) == 6
    np.testing.assert_allclose(incidence.sum(axis=2) + competing.predict_survival(NEW, AT), 1.0)
    rows = np.flatnonzero(NEW["center"] == "south")
    own = Competing(competing.predict(NEW)[rows], competing.baselines_[2:4])
    np.testing.assert_array_equal(incidence[rows], own.incidence(AT))
    np.testing.assert_array_equal(competing.predict_median(NEW)[rows], own.median())
    assert 0 < competing.score(TWO, cause="death") < 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_rows_of_strata_keep_their_order(seed, strata):
    rng = np.random.default_rng(seed)
    layer, risks = rng.integers(0, strata, 30), rng.normal(size=(30, 2))
    times = [np.sort(rng.uniform(0, 9, 4)) for _ in range(2 * strata)]
    each = [Baseline(time, np.log(np.cumsum(rng.uniform(0.05, 1, 4)))) for time in times]
    pairs = tuple(zip(each[::2], each[1::2], strict=True))
    whole, order = StratifiedCompeting(risks, layer, pairs), rng.permutation(30)
    np.testing.assert_array_equal(whole.incidence(AT)[order], whole.take(order).incidence(AT))
    for row in range(0, 30, 7):
        alone = Competing(risks[[row]], pairs[layer[row]])
        np.testing.assert_array_equal(whole.incidence(AT)[row], alone.incidence(AT)[0])
        assert whole.of_cause(1).alive_at_own(np.full(30, 5.0))[row] == alone.of_cause(1).alive_at_own(np.array([5.0]))


def test_every_door_gives_the_same_bits(model):
    wanted = model.predict_survival(NEW, AT)
    targets = FRAME[["months", "died"]]
    by_parameter = GlassSurvival(**QUICK, strata="center")
    for fitted in (
        clone(by_parameter).fit(FRAME, time="months", event="died"),
        clone(by_parameter).fit(FRAME, target=("months", "died")),
        clone(by_parameter).fit(NEW, targets),
        GlassSurvival(**QUICK).fit(NEW, targets, strata="center"),
        GlassSurvival(**QUICK).fit(
            FRAME, schema=Schema.infer(Table.from_frame(FRAME), ("months", "died"), "survival",
                                       kinds={"center": "stratum"}),
        ),
        pickle.loads(pickle.dumps(model)),
    ):  # fmt: skip
        np.testing.assert_array_equal(fitted.predict_survival(NEW, AT), wanted)
    found = GridSearchCV(by_parameter, {"epochs": [5, 9]}, cv=2).fit(NEW, targets)
    assert 0.5 < found.best_score_ < 1
    assert found.best_estimator_.strata_ == model.strata_


@pytest.mark.parametrize("kind", ["model", "competing"])
def test_files_bring_it_back_and_damaged_ones_are_refused(kind, request, tmp_path):
    model = request.getfixturevalue(kind)
    loaded = glassnet.load(model.save(tmp_path / "study.glassnet"))
    np.testing.assert_array_equal(loaded.predict_survival(NEW, AT), model.predict_survival(NEW, AT))
    assert loaded.strata_ == model.strata_
    stored = read_model(tmp_path / "study.glassnet")
    steps = stored.arrays["baseline_steps"]
    stored.arrays["baseline_steps"] = np.append(steps[:-2], steps[-2:].sum())  # a stratum too few
    with pytest.raises(ModelFileError, match="damaged"):
        glassnet.load(write_model(tmp_path / "forged.glassnet", stored))


def test_a_stored_model_gives_these_curves_for_ever():
    expected = json.loads(GOLDEN.with_suffix(".json").read_text())
    model = glassnet.load(GOLDEN)
    assert list(model.strata_) == expected["strata"]
    np.testing.assert_allclose(
        model.predict_survival(expected["rows"], expected["times"]), expected["alive"], rtol=1e-6
    )


def test_a_file_with_strata_of_another_task_is_refused(model, tmp_path):
    plain = model.schema_.to_dict()
    for broken in (
        {**plain, "columns": [{**each, "levels": each["levels"][:1]} if each["name"] == "center" else each
                              for each in plain["columns"]]},
        {**plain, "columns": [{**each, "role": "stratum"} if each["name"] == "age" else each
                              for each in plain["columns"]]},
    ):  # fmt: skip
        with pytest.raises(SchemaError, match="columns of strata"):
            Schema.from_dict(broken)


@pytest.mark.parametrize("coded", [False, True])
@pytest.mark.parametrize("kind", ["one", "several"])
def test_exports_give_curves_of_strata(kind, coded, tmp_path):
    table = FRAME if kind == "one" else TWO
    if coded:
        table = table.assign(center=table["center"].map({"north": 1, "south": 2, "west": 30}))
    model = GlassSurvival(recipe="lecture", epochs=8).fit(table, time="months", event="died", strata="center")
    rows = table[["size", "age", "center"]][:9]
    wanted = model.predict_survival(rows, AT) if kind == "one" else model.predict_incidence(rows, AT)
    page = runpy.run_path(str(model.export_python(tmp_path / "study.py")))
    curve = page["survival" if kind == "one" else "incidence"]
    np.testing.assert_allclose(curve(rows.to_dict("list"), AT), wanted, atol=1e-6)
    with pytest.raises(ValueError, match="row 1 is of no known stratum"):
        curve({**rows.to_dict("list"), "center": [rows["center"][0], "mars", *rows["center"][2:]]}, AT)
    said = page["predict"](rows.to_dict("list"))["prediction"].reshape(len(rows), -1)
    compiled_curves(model, rows, said, wanted, kind, tmp_path)
    onnx_curves(model, rows, wanted, tmp_path)


def compiled_curves(model, rows, said, wanted, kind, folder):
    """The header compiles and gives the same curves, and none for an unknown stratum."""
    compiler = shutil.which("cc")
    header = model.export_c(folder / "study.h")
    if compiler is None:
        return
    lines = []
    for cell, risks in zip([*rows["center"], "mars"], [*said, said[0]], strict=True):
        for at in AT:
            of = f'study_stratum("{cell}"), {float(at)!r}'
            if kind == "one":
                lines.append(f'printf("%.17g\\n", study_alive({float(risks[0])!r}, {of}));')
            else:
                own = ", ".join(repr(float(risk)) for risk in risks)
                lines.append(
                    f"{{ const double r[] = {{{own}}}; double s[2]; study_incidence(r, {of}, s); "
                    'printf("%.17g %.17g\\n", s[0], s[1]); }'
                )
    body = " ".join([*lines, "return study_self_test();"])
    program = f'#include "{header.name}"\n#include <stdio.h>\nint main(void) {{ {body} }}\n'
    (folder / "main.c").write_text(program)
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function"]
    subprocess.run([compiler, *flags, "main.c", "-o", "main", "-lm"], cwd=folder, check=True)
    out = subprocess.run([folder / "main"], capture_output=True, check=True, text=True).stdout.split()
    numbers = np.array(out, dtype=float).reshape(len(rows) + 1, *wanted.shape[1:])
    np.testing.assert_allclose(numbers[:-1], wanted, atol=1e-6)
    assert np.isnan(numbers[-1]).all()


def onnx_curves(model, rows, wanted, folder):
    """ONNX gives the same curves, and none for an unknown stratum."""
    runtime = pytest.importorskip("onnxruntime")
    for precision in ("float64", "float32"):
        session = runtime.InferenceSession(model.export_onnx(folder / "study.onnx", precision=precision))
        fed = {"center": rows[["center"]].astype(str).to_numpy(object).copy(), "times": AT.astype(precision)}
        fed |= {name: rows[[name]].to_numpy(precision) for name in ("size", "age")}
        np.testing.assert_allclose(session.run(None, fed)[1], wanted, atol=1e-5)
        fed["center"][0, 0] = "mars"
        assert np.isnan(session.run(None, fed)[1][0]).all()


ROSSI = {"fin": -0.38015410, "age": -0.05821348, "race": 0.30656945, "mar": -0.45387163, "paro": -0.08273891,
         "prio": 0.09074364}  # fmt: skip
"""Of lifelines 0.30.3: CoxPHFitter().fit(rossi, "week", "arrest", strata=["wexp"])."""


def test_stratified_cox_regression_is_that_of_lifelines():
    rossi = pytest.importorskip("lifelines.datasets").load_rossi()
    X = np.column_stack([rossi[name] for name in ROSSI])
    y = np.column_stack([rossi["week"], rossi["arrest"], rossi["wexp"]]).astype(float)
    inputs = np.column_stack([X, y[:, 2]])
    cox = CoxRegression().fit(inputs, y)
    np.testing.assert_allclose(cox.coef_, list(ROSSI.values()), atol=1e-6)
    risk = X @ cox.coef_
    loss = PartialLikelihood(risk[:, None], y, np.ones(len(y))).row_losses.sum()
    assert -loss == pytest.approx(-580.8857465, abs=1e-6)
    assert concordance(Times.of_truth(y), risk)[0] == pytest.approx(0.6124492234, abs=1e-9)
    curves = answer_of_cox(cox, inputs[:3], 0).curves
    theirs = [[0.962840, 0.844342, 0.722609], [0.904241, 0.637783, 0.421639], [0.917679, 0.697782, 0.426266]]
    np.testing.assert_allclose(curves.alive(np.array([10.0, 30.0, 52.0])), theirs, atol=2e-6)


def test_stratified_cox_regression_with_ties_is_that_of_lifelines():
    rng, n = np.random.default_rng(7), 150
    X = np.column_stack([rng.normal(size=n), rng.integers(0, 2, n)])
    strata, time, died = rng.integers(0, 3, n), np.ceil(rng.exponential(8, n)), rng.integers(0, 2, n)
    y = np.column_stack([time, died, strata]).astype(float)
    cox = CoxRegression().fit(np.column_stack([X, strata]), y)  # lifelines: CoxPHFitter().fit(..., strata=["s"])
    np.testing.assert_allclose(cox.coef_, [0.1521284300, -0.1250543046], atol=1e-6)
    curves = answer_of_cox(cox, np.column_stack([X, strata])[:2], 0).curves
    np.testing.assert_allclose(
        curves.alive(np.array([2.0, 8.0])).T, [[0.922493, 0.919054], [0.726565, 0.715898]], atol=2e-6
    )
    assert concordance(Times.of_truth(y), X @ cox.coef_)[0] == pytest.approx(0.5456193353, abs=1e-9)


def test_curves_of_everybody_are_those_of_each_stratum():
    y = np.column_stack([FRAME["months"], FRAME["died"], pd.factorize(FRAME["center"], sort=True)[0]]).astype(float)
    inputs = np.column_stack([FRAME["size"], y[:, 2]])
    curve = answer_of_curve(EverybodysCurve().fit(inputs, y), inputs, 0).curves
    for layer in range(3):
        rows = y[:, 2] == layer
        own = kaplan_meier(Times.of_truth(y[rows, :2]))
        np.testing.assert_allclose(curve.alive(AT)[rows], np.tile(own.at(AT), (rows.sum(), 1)))
    later = np.column_stack([FRAME["size"], np.full(N, 7.0)])  # a stratum that no training row has
    assert np.isfinite(answer_of_curve(EverybodysCurve().fit(inputs, y), later, 0).curves.alive(AT)).all()


@pytest.mark.parametrize("kind", ["model", "competing"])
def test_comparison_and_measures_keep_to_strata(kind, request):
    model, table = request.getfixturevalue(kind), FRAME if kind == "model" else TWO
    found = compare(model, table[:180], table[180:], draws=30)
    assert [row.model for row in found.models] == ["network", "baseline", "Cox regression", "survival forest"]
    assert found.models[1].scores[0].value == 0.5
    known = model._target_rows(table[180:], None)
    each = performances_over_time(model, Times.of_truth(known.truth), found.answers["network"].curves, draws=30)
    for one in each:
        assert any("only with those of the same stratum" in note for note in one.notes)


def test_explanations_are_those_of_the_row_s_stratum(model):
    found = explain(model, FRAME, row=4, horizon=9.0)
    assert found.answer == pytest.approx(model.predict_survival(NEW, [9.0])[4, 0], abs=1e-6)
    assert f"(center {FRAME['center'][4]})" in found.sentence()
    assert set(found.one.question.names) == {"size", "age"}
    with pytest.raises(ConfigurationError, match="Each stratum by 'center' has a curve of its own"):
        effect(model, FRAME, "size", horizon=9.0)


def test_splits_and_folds_hold_every_stratum():
    table = Table.from_frame(FRAME)
    schema = Schema.infer(table, ("months", "died"), "survival", kinds={"center": "stratum"})
    split = split_table(table, schema, None, None, 0.2, 0)
    shares = FRAME["center"].iloc[split.test].value_counts(normalize=True)
    whole = FRAME["center"].value_counts(normalize=True)
    assert abs(shares - whole).max() < 0.03


def test_a_declaration_keeps_the_stratum():
    table = Table.from_frame(FRAME)
    declared = Declaration.parse(
        '[target]\ncolumn = ["months", "died"]\ntask = "survival"\n[columns.center]\nkind = "stratum"\n'
    )
    schema = declared.schema(table)
    assert schema.outcome.strata_names == ("north", "south", "west")
    again = Declaration.parse(Declaration.of(schema, table).to_toml(schema)).schema(table)
    assert again == schema


BAD = FRAME.assign(everywhere="A", many=np.arange(N), decimals=np.arange(N) % 30 + 0.5, alone=np.arange(N) % 190)


@pytest.mark.parametrize(
    ("strata", "settings", "message"),
    [
        ("everywhere", {}, "'everywhere' has only 'A', so there is nothing to keep apart"),
        ("many", {}, "'many' has 240 different cells.*Name a column of few groups"),
        ("decimals", {}, "'decimals' has 30 different cells"),
        ("died", {}, "'died' cannot be a target and the stratum"),
        ("months", {}, "'months' cannot be a target and the stratum"),
        ("nothing", {}, "no column 'nothing'"),
        ("center", {"loss": "hazard"}, "strata are for the loss 'cox'"),
        ("center", {"loss": "piecewise_exponential"}, "strata are for the loss 'cox'"),
    ],
)
def test_bad_strata_are_named_with_a_repair(strata, settings, message):
    with pytest.raises((SchemaError, ConfigurationError), match=message):
        GlassSurvival(**QUICK, **settings).fit(BAD, time="months", event="died", strata=strata)


def test_strata_have_no_second_use_and_no_other_task():
    for use in ("weights", "groups"):
        with pytest.raises(SchemaError, match="'center' holds the strata, and can have no other use"):
            GlassSurvival(**QUICK).fit(FRAME, time="months", event="died", strata="center", **{use: "center"})
    table = Table.from_frame(FRAME)
    for target, kinds in (("died", {"center": "stratum"}), (None, {"center": "stratum"})):
        with pytest.raises(ConfigurationError, match="'center' is declared a stratum, which is for a time to an event"):
            Schema.infer(table, target, kinds=kinds)
    with pytest.raises(ConfigurationError, match="one column of strata, not 2"):
        Schema.infer(table, ("months", "died"), "survival", kinds={"center": "stratum", "size": "stratum"})
    with pytest.raises(SchemaError, match="no column to learn from"):
        GlassSurvival().fit(FRAME[["center", "months", "died"]], time="months", event="died", strata="center")


def test_strata_that_teach_nothing_are_said():
    alone = FRAME.assign(center=np.where(np.arange(N) == 0, "alone", FRAME["center"]), died=1)
    with pytest.warns(TableWarning, match="The stratum 'alone' has a single training row"):
        GlassSurvival(**QUICK).fit(alone, time="months", event="died", strata="center")
    quiet = FRAME.assign(died=np.where(FRAME["center"] == "west", 0, FRAME["died"]))
    with pytest.warns(TableWarning, match="The stratum 'west' has no event in the training rows, so its curve stays"):
        model = GlassSurvival(**QUICK).fit(quiet, time="months", event="died", strata="center")
    assert (model.predict_survival(NEW[NEW["center"] == "west"], AT) == 1).all()
    with pytest.raises(DataError, match="No stratum by 'many' has an event and a second row"):
        GlassSurvival(**QUICK).fit(BAD[:190], time="months", event="died", strata="many")


def test_rows_without_a_known_stratum_have_a_risk_and_no_curve(model):
    for other, message in (("mars", "a stratum that training did not have.*'mars'"), (None, "has no value")):
        rows = NEW[:3].assign(center=[other, *NEW["center"][1:3]])
        np.testing.assert_array_equal(model.predict(rows), model.predict(NEW[:3]))
        with pytest.raises(SchemaError, match=f"'center' {message if other is None else 'has ' + message}"):
            model.predict_survival(rows, AT)
    with pytest.raises(SchemaError, match="lacks the column 'center' of strata"):
        model.predict_median(NEW[:3].drop(columns="center"))
    missing = FRAME.assign(center=[None, *FRAME["center"][1:]])
    with pytest.warns(UserWarning, match="1 of 240 rows have no value in the target 'months' or 'died' or 'center'"):
        GlassSurvival(**QUICK).fit(missing, time="months", event="died", strata="center")


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_commands(tmp_path):
    table, path = tmp_path / "study.csv", tmp_path / "study.glassnet"
    FRAME.to_csv(table, index=False)
    target = ("--target", "months", "--event", "died")
    said = run("train", table, *target, "--strata", "center", "--epochs", "10", "--model", path)
    assert said.exit_code == 0, said.output
    assert "rows are compared within 3 strata by 'center'" in said.output
    assert run("predict", path, table).stdout.startswith("row,risk,alive at ")
    assert "baseline hazard H of the stratum" in " ".join(run("trace", path, table, "--row", "2").stdout.split())
    assert run("explain", path, table, "--row", "2", "--horizon", "9").exit_code == 0
    assert "center  stratum" in run("schema", table, *target, "--kind", "center=stratum").output
    refused = run("train", table, "--target", "died", "--strata", "center", "--model", tmp_path / "x.glassnet")
    assert refused.exit_code != 0


def test_tune_keeps_to_strata():
    tuned = glassnet.tune(
        FRAME, target=("months", "died"), task="survival", strata="center", recipe="lecture", rounds=1, trials=3,
        n_jobs=1, progress=lambda _: None,
    )  # fmt: skip
    assert tuned.strata_ == ("north", "south", "west")
    assert tuned.predict_survival(NEW, AT).shape == (N, 4)
