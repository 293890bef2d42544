"""Tuning: what is drawn, who is stopped, what is averaged, and that only a counted budget can be repeated."""

import json
import math
import pickle
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

import glassnet
from glassnet import GlassClassifier, GlassRegressor, tune
from glassnet.errors import ConfigurationError, DataError, ModelFileError, SchemaError, TrainingDiverged
from glassnet.estimators.networks.members import average_raw
from glassnet.estimators.recipes.preset import PRESETS
from glassnet.estimators.tuning import halving
from glassnet.estimators.tuning import tune as tuning
from glassnet.estimators.tuning.greedy_ensemble import greedy_ensemble, mean_loss
from glassnet.estimators.tuning.halving import RUNGS
from glassnet.estimators.tuning.search_space import SPACES, space_of
from glassnet.formulas import losses, optimizers

SMALL = {"rounds": 1, "trials": 8, "epochs": 15, "progress": False}


@pytest.fixture(scope="module")
def diabetes():
    return load_diabetes(as_frame=True).frame


@pytest.fixture(scope="module")
def tuned(diabetes):
    return tune(diabetes, target="target", **SMALL)


# ------------------------------------------------------------------ the space


@pytest.mark.parametrize("name", SPACES)
def test_every_draw_lies_in_the_documented_space(name):
    space = SPACES[name]
    assert name in PRESETS
    assert space.draw(0, 3, "classification") == {}
    drawn = [space.draw(number, 3, "classification") for number in range(1, 400)]
    assert {tuple(d["hidden_layer_sizes"]) for d in drawn} == set(space.hidden)
    assert {d["dropout"] for d in drawn} == set(space.dropout)
    for name_, choices in (
        ("label_smoothing", space.label_smoothing), ("activation", space.activation), ("embedding", space.embedding)
    ):  # fmt: skip
        assert {d[name_] for d in drawn if name_ in d} == set(choices)
    rates = np.array([d["learning_rate"] for d in drawn])
    low, high = space.learning_rate
    assert (rates >= low * 0.99).all()
    assert (rates <= high * 1.01).all()
    assert 0.35 < np.mean(rates < math.sqrt(low * high)) < 0.65  # evenly on a logarithmic scale
    if space.l2 is None:
        assert not any("l2" in d for d in drawn)
    else:
        without = np.mean([d["l2"] == 0 for d in drawn])
        assert 0.22 < without < 0.45
        assert all(d["l2"] == 0 or space.l2[0] * 0.99 <= d["l2"] <= space.l2[1] * 1.01 for d in drawn)
    if space.weight_decay is not None:
        decays = np.array([optimizers.resolve(d["optimizer"]).values["weight_decay"] for d in drawn])
        low, high = space.weight_decay
        assert 0.38 < np.mean(decays == 0) < 0.62
        assert ((decays == 0) | ((low * 0.99 <= decays) & (decays <= high * 1.01))).all()
    assert "label_smoothing" not in space.draw(1, 3, "regression")
    assert space.draw(7, 3, "regression") == space.draw(7, 3, "regression") != space.draw(7, 4, "regression")


def test_a_recipe_without_a_space_is_refused():
    with pytest.raises(ConfigurationError, match="The recipe 'none' has no search space"):
        space_of("none")


# ------------------------------------------------------------------ the ensemble


@pytest.mark.parametrize("loss", ["squared_error", "logistic", "softmax_cross_entropy"])
def test_greedy_picks_are_those_of_a_plain_search(loss):
    rng = np.random.default_rng(5)
    record = losses[loss]
    k = 3 if loss == "softmax_cross_entropy" else 1
    targets = np.eye(3)[rng.integers(3, size=40)] if k == 3 else rng.integers(2, size=(40, 1)).astype(float)
    models = [2 * targets - 1 + rng.normal(size=(40, k)) * s for s in (1.0, 1.1, 1.2, 3.0)]

    def predicted(picks):
        return np.mean([record.predict(models[p]) for p in picks], axis=0)

    def loss_of(picks):
        said = predicted(picks)
        if loss == "squared_error":
            return np.mean((said - targets) ** 2)
        truth = targets if k == 3 else np.hstack([1 - targets, targets])
        chance = said if k == 3 else np.hstack([1 - said, said])
        return -np.mean(np.log((chance * truth).sum(axis=1)))

    picks, best = [], []  # without the rule about gains: no two losses of this search are that close
    for _ in range(6):
        picks.append(min(range(4), key=lambda p: loss_of([*picks, p])))
        best.append(loss_of(picks))
    found, value = greedy_ensemble(models, targets, record, 6)
    assert found == picks[: int(np.argmin(best)) + 1]
    assert value == pytest.approx(min(best), rel=1e-9)
    assert value <= min(mean_loss(m, targets, record) for m in models)
    together = average_raw(np.stack([models[p] for p in found]), record.link)
    np.testing.assert_allclose(record.predict(together), predicted(found), rtol=1e-9, atol=1e-12)


def test_a_model_is_not_averaged_with_itself():
    rng = np.random.default_rng(0)
    targets = rng.normal(size=(50, 1))
    model = targets + rng.normal(size=(50, 1)) / 3
    for loss in ("squared_error", "logistic"):
        y = targets if loss == "squared_error" else (targets > 0).astype(float)
        assert greedy_ensemble([model], y, losses[loss], 6)[0] == [0]


# ------------------------------------------------------------------ the whole


def test_losers_are_stopped_early_and_the_table_says_everything(tuned):
    trials = tuned.trials_
    assert [trial.number for trial in trials] == list(range(8))
    assert [sum(trial.state == state for trial in trials) for state in ("finished", "stopped")] == [2, 6]
    assert sorted(trial.epochs for trial in trials) == [
        math.ceil(s * 15) for s in sorted([RUNGS[0]] * 4 + [RUNGS[1]] * 2 + [1] * 2)
    ]
    first = [trial for trial in trials if trial.epochs == 3]
    assert max(trial.loss for trial in trials if trial.state == "finished") < max(trial.loss for trial in first)
    assert all(trial.votes == 0 for trial in trials if trial.state != "finished")
    votes = sum(trial.votes for trial in trials)
    assert len(tuned.networks_) == len(tuned.histories_) == 8 * votes == tuned.recipe_.n_networks
    frame = trials.frame()
    assert list(frame["number"]) == list(range(8))
    assert trials[:2].columns["loss"] == [trials[0].loss, trials[1].loss]
    lines = str(trials).splitlines()
    assert len(lines) == 9
    assert max(map(len, lines)) <= 100
    assert lines[1].split()[0] == str(min(trials, key=lambda trial: trial.loss).number)
    assert "tune tried 8 settings in 1 round" in tuned.recipe_.explain()
    assert "linear models" not in tuned.recipe_.explain()


def test_a_counted_budget_gives_the_same_bits_whatever_the_threads(diabetes, tuned):
    for threads in (1, 2):
        again = tune(diabetes, target="target", n_jobs=threads, **SMALL)
        assert again.trials_ == tuned.trials_
        assert again._model_file().to_bytes() == tuned.set_params(n_jobs=threads)._model_file().to_bytes()
    other = tune(diabetes, target="target", random_state=1, **SMALL)
    assert other.trials_ != tuned.trials_


def test_the_first_trial_is_the_preset_and_rungs_cost_no_bit(diabetes):
    alone = tune(diabetes, target="target", rounds=1, trials=1, epochs=15, progress=False)
    settings = {"scaling": "robust_and_bins", "embedding": "mixtures", "hidden_layer_sizes": (64, 64)}  # no rivals
    plain = GlassRegressor(recipe="committee", epochs=15, **settings).fit(diabetes, target="target")
    for one, other in zip(alone.weights_, plain.weights_, strict=True):
        assert one.tobytes() == other.tobytes()
    assert alone.trials_[0].loss == pytest.approx(
        np.average(
            [h.validation_loss.min() for h in plain.histories_], weights=[h.n_validation_rows for h in plain.histories_]
        )
    )


@pytest.mark.parametrize("recipe", SPACES)
@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
def test_classes_are_tuned_saved_and_exported(load, recipe, tmp_path):
    frame = load(as_frame=True).frame
    settings = {"recipe": recipe, "rounds": 2, "trials": 3, "epochs": 12, "progress": False}
    if SPACES[recipe].folds == 4:  # small networks in place of wide ones: the same at another price
        settings |= {"epochs": 40, "hidden_layer_sizes": (16,), "learning_rate": 0.01}
    model = tune(frame[::2], target="target", **settings)
    assert isinstance(model, GlassClassifier)
    assert model.score(frame[1::2]) > 0.85
    assert [trial.round for trial in model.trials_] == [1, 1, 1, 2, 2, 2]
    again = glassnet.load(model.save(tmp_path / "m"))
    np.testing.assert_array_equal(again.predict_proba(frame), model.predict_proba(frame))
    assert again.recipe_.n_networks == model.recipe_.n_networks
    assert json.loads(_header(tmp_path / "m.glassnet" if (tmp_path / "m.glassnet").exists() else tmp_path / "m"))
    namespace = {}
    exec(model.export_python(tmp_path / "m.py").read_text(), namespace)
    assert "predict" in namespace
    assert model.trace(frame, 0).note.startswith(f"This is network 1 of {len(model.networks_)}")


@pytest.fixture
def three_votes(diabetes, monkeypatch):
    """Three settings of different layers, the second of which has two votes, whatever their losses."""
    monkeypatch.setattr("glassnet.estimators.tuning.result.greedy_ensemble", lambda raw, *_: ([0, 1, 2, 1], 0.5))
    frame = diabetes.assign(group=np.where(diabetes["bmi"] > 0, "heavy", "light"))
    frame.loc[::7, "age"] = np.nan
    model = tune(frame, target="target", recipe="lecture", rounds=3, trials=1, epochs=6, random_state=9, progress=False)
    return model, frame


def test_networks_of_different_layers_are_averaged(three_votes):
    model, frame = three_votes
    assert len({trial.hidden_layer_sizes for trial in model.trials_}) == 3
    assert [trial.votes for trial in model.trials_] == [1, 2, 1]
    assert [len(part.networks_) for part in model.parts_] == [16, 8, 8]
    assert len(model.networks_) == len(model.histories_) == model.recipe_.n_networks == 32
    each = np.array([part.predict(frame) for part in model.parts_])
    np.testing.assert_allclose(model.predict(frame), np.average(each, axis=0, weights=[2, 1, 1]), rtol=1e-12)
    assert model.get_params()["hidden_layer_sizes"] == model.trials_[1].hidden_layer_sizes
    said = model.recipe_.explain()
    for part in model.parts_:
        assert f"Averaged: {part.recipe_.reason}: {part.recipe_.in_short()}." in said
    low, high = model.predict_interval(frame, 0.8).T
    assert 0.7 < np.mean((low <= frame["target"]) & (frame["target"] <= high)) < 0.95


def test_the_trace_of_a_network_is_that_of_its_own_setting(three_votes):
    model, frame = three_votes
    trace = model.trace(frame, 3, network=20)
    own = model.parts_[1].trace(frame, 3, network=4)
    assert len({part.recipe_.learning_rate for part in model.parts_}) == 3
    assert replace(trace, note="").to_json() == replace(own, note="").to_json()  # rate, penalty, weights, engine
    assert trace.note.startswith("This is network 21 of 32; the mean of all of them predicts ")
    with pytest.raises(ConfigurationError, match="There is no network 32"):
        model.trace(frame, 3, network=32)
    with pytest.raises(AttributeError, match=r"averages networks of 3 settings, which have no weights_ in common"):
        _ = model.weights_


def test_a_model_of_different_layers_is_saved_to_the_bit(three_votes, tmp_path):
    model, frame = three_votes
    again = glassnet.load(model.save(tmp_path / "m.glassnet"))
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))
    np.testing.assert_array_equal(again.predict_interval(frame, 0.8), model.predict_interval(frame, 0.8))
    assert again.recipe_.averaged == model.recipe_.averaged
    assert again.recipe_.reason == model.recipe_.reason
    assert again.save(tmp_path / "n.glassnet").read_bytes() == (tmp_path / "m.glassnet").read_bytes()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(frame), model.predict(frame))
    assert json.loads(_header(tmp_path / "m.glassnet"))["__metadata__"]
    again.fit(frame, target="target")
    assert not again.parts_
    assert len(again.networks_) == 8


def test_a_model_of_different_layers_is_exported(three_votes, tmp_path):
    model, frame = three_votes
    rows = {name: frame[name].tolist() for name in frame.columns if name != "target"}
    namespace = {}
    exec(model.export_python(tmp_path / "m.py").read_text(), namespace)
    np.testing.assert_allclose(namespace["predict"](rows)["prediction"], model.predict(frame), rtol=2e-5)
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(model.export_onnx(tmp_path / "m.onnx"))
    fed = {name: frame[[name]].to_numpy(dtype=object if name == "group" else np.float64) for name in rows}
    np.testing.assert_allclose(session.run(None, fed)[0], model.predict(frame), rtol=2e-5)
    program = tmp_path / "m.c"
    program.write_text(f'#include "{model.export_c(tmp_path / "m.h")}"\nint main(void) {{ return m_self_test(); }}\n')
    compiler = shutil.which("cc") or pytest.skip("there is no C compiler")
    subprocess.run([compiler, "-std=c99", program, "-o", tmp_path / "m", "-lm"], check=True)
    subprocess.run([tmp_path / "m"], check=True)


@pytest.mark.parametrize("damage", ["members", "layers", "arrays"])
def test_damaged_parts_are_refused(three_votes, tmp_path, damage):
    stored = three_votes[0]._model_file()
    part = stored.further[0]
    if damage == "members":
        with pytest.raises(ModelFileError, match="has parts itself"):
            replace(stored, further=[replace(part, further=[part])])
    elif damage == "layers":
        other = replace(stored, task="regression", schema=None, fitted={}, further=())
        with pytest.raises(ModelFileError, match="another task, loss, schema"):
            replace(stored, further=[other])
    else:
        path = tmp_path / "m.glassnet"
        path.write_bytes(stored.to_bytes().replace(b"part_1.layer_0.weights", b"part_9.layer_0.weights"))
        with pytest.raises(ModelFileError):
            glassnet.load(path)


def test_bodies_are_parts_of_their_own(diabetes, tmp_path):
    model = tune(
        diabetes[:120],
        target="target",
        recipe="tabm-mini",
        rounds=1,
        trials=1,
        epochs=3,
        hidden_layer_sizes=(8,),
        progress=False,
    )
    assert len(model.parts_) == 4
    assert all(part.recipe_.shared for part in model.parts_)
    assert len(model.networks_) == 64
    assert model.trace(diabetes, 0, network=20).note.endswith("mean of the gradients of all.")
    assert "Networks 17 to 32 share" in model.trace(diabetes, 0, network=20).note
    with pytest.raises(ConfigurationError, match="averages 4 bodies"):
        model.trace(diabetes, 0, network="all")
    assert model.parts_[1].trace(diabetes, 0, network="all") is not None
    again = glassnet.load(model.save(tmp_path / "m.glassnet"))
    np.testing.assert_array_equal(again.predict(diabetes), model.predict(diabetes))
    np.testing.assert_array_equal(again.parts_[3].predict(diabetes), model.parts_[3].predict(diabetes))
    # a fold's body is that of its rows alone: nothing of the others enters it
    left_out = model.histories_[0].validation_rows
    assert set(left_out).isdisjoint(model.histories_[1].validation_rows)


def test_embeddings_and_weight_decay_are_drawn_and_shown(diabetes):
    model = tune(
        diabetes[:100],
        target="target",
        recipe="realmlp",
        rounds=1,
        trials=5,
        epochs=2,
        hidden_layer_sizes=(8,),
        random_state=3,
        progress=False,
    )
    trials = model.trials_
    assert len({trial.embedding for trial in trials}) > 2
    assert {trial.weight_decay for trial in trials} == {0.0, 0.02}
    heading = str(trials).splitlines()[0].split()
    assert heading[:2] == ["trial", "hidden"]
    assert "embed" in heading
    assert "l2" not in heading  # the same in all
    refitted = GlassRegressor(**model.get_params()).fit(diabetes[:100], target="target")
    assert bool(refitted.recipe_.embedding) == (model.get_params()["embedding"] != "none")


@pytest.mark.parametrize("spec", ["waves", "periodic(frequency=0)", "periodic(frequency=..)", "periodic(size=1)", 3])
def test_unknown_embeddings_are_refused(diabetes, spec):
    with pytest.raises(ConfigurationError, match=r"embedding=.* is unknown|Cannot read the embedding"):
        GlassRegressor(embedding=spec).fit(diabetes, target="target")
    with pytest.raises(ConfigurationError, match="does not support embeddings yet"):
        GlassRegressor(recipe="tabm-mini", embedding="periodic").fit(diabetes, target="target")


def _header(path):
    data = path.read_bytes()
    return data[8 : 8 + int.from_bytes(data[:8], "little")]


def test_intervals_and_parameters_of_a_tuned_regression(diabetes, tuned):
    low, high = tuned.predict_interval(diabetes).T
    assert 0.85 < np.mean((low <= diabetes["target"]) & (diabetes["target"] <= high)) <= 1.0
    best = max(tuned.trials_, key=lambda trial: (trial.votes, -trial.number))
    assert tuned.recipe_.learning_rate == best.learning_rate
    assert tuned.recipe_.hidden == best.hidden_layer_sizes
    refitted = GlassRegressor(**tuned.get_params()).fit(diabetes, target="target")
    assert refitted.recipe_.learning_rate == best.learning_rate
    assert len(refitted.networks_) == 8


def test_weights_of_rows_count_in_training_and_judgment(diabetes):
    rng = np.random.default_rng(0)
    weights = rng.choice([1.0, 3.0], len(diabetes))
    model = tune(diabetes.assign(weight=weights), target="target", weights="weight", **SMALL)
    assert "weight" not in model.schema_.feature_names
    best = min(model.trials_, key=lambda trial: trial.loss)
    assert math.isfinite(best.loss)
    plain = tune(diabetes, target="target", **SMALL)
    assert [trial.loss for trial in plain.trials_] != [trial.loss for trial in model.trials_]
    alike = tune(diabetes, target="target", weights=np.full(len(diabetes), 2.0), **SMALL)
    assert alike.trials_ == plain.trials_


def test_tuning_is_no_worse_than_the_preset(diabetes):
    """On rows that played no part in it; a wide margin, as the table is small and noisy."""
    train, test = diabetes[::2], diabetes[1::2]
    plain = GlassRegressor(recipe="committee").fit(train, target="target").score(test)
    assert tune(train, target="target", rounds=1, trials=6, progress=False).score(test) > plain - 0.05


# ------------------------------------------------------------------ budgets and interruptions


@pytest.fixture
def clock(monkeypatch):
    """A clock of our own, which moves on with each look at it."""
    now = [50.0]

    def look():
        now[0] += 0.01
        return now[0]

    monkeypatch.setattr(tuning, "time", SimpleNamespace(perf_counter=look))
    return now


def test_the_budget_ends_rounds_and_keeps_what_there_is(diabetes, clock):
    model = tune(diabetes, target="target", budget="1 s", trials=3, epochs=15, progress=False)
    assert clock[0] - 50.0 < 1.2
    states = {trial.state for trial in model.trials_}
    assert "finished" in states
    assert len({trial.round for trial in model.trials_}) > 1
    short = tune(diabetes, target="target", budget=1e-3, trials=4, epochs=15, progress=False)
    assert {trial.state for trial in short.trials_} == {"time up"}
    assert all(history.stop_reason == "time_budget" for history in short.histories_)
    assert short.score(diabetes) > -1


def test_a_short_budget_plans_fewer_settings_and_epochs(diabetes):
    told = []
    model = tune(diabetes, target="target", budget=0.05, progress=told.append)
    assert len(model.trials_) < 12
    assert model.recipe_.epochs < 128
    assert told[-1].tried == len(model.trials_)
    assert told[-1].budget == pytest.approx(0.05, rel=0.1)


def test_ctrl_c_keeps_the_best_so_far(diabetes):
    def interrupt(progress):
        if progress.round == 2:
            raise KeyboardInterrupt

    model = tune(diabetes, target="target", **SMALL | {"rounds": 3, "progress": interrupt})
    assert {trial.round for trial in model.trials_} == {1, 2}
    assert {trial.state for trial in model.trials_ if trial.round == 2} == {"interrupted"}
    assert sum(trial.votes for trial in model.trials_ if trial.round == 1) > 0


def test_ctrl_c_between_two_trainings_keeps_them_too(diabetes, monkeypatch):
    race, calls = tuning.race, []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return race(*arguments)

    monkeypatch.setattr(tuning, "race", interrupted)
    model = tune(diabetes, target="target", **SMALL | {"rounds": 3})
    assert {trial.state for trial in model.trials_ if trial.round == 2} == {"interrupted"}
    assert sum(trial.votes for trial in model.trials_ if trial.round == 1) > 0


def test_ctrl_c_before_the_first_epoch_is_an_interrupt(diabetes, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(halving, "_run_to", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tune(diabetes, target="target", **SMALL)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="interrupts are sent otherwise there")
def test_the_command_can_be_interrupted(diabetes, tmp_path):
    diabetes.to_csv(tmp_path / "t.csv", index=False)
    model = tmp_path / "m.glassnet"
    words = ["tune", str(tmp_path / "t.csv"), "--target", "target", "--rounds", "100000", "--model", str(model)]
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import glassnet.cli; sys.exit(glassnet.cli.main(sys.argv[1:]))"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    started = ""
    while "tuning:" not in started:  # the first line that says how it goes
        line = running.stderr.readline()
        assert line, started
        started += line
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=200)
    assert running.returncode == 130, err
    assert "The best so far is in" in err
    assert "interrupted" in out
    assert "Traceback" not in err
    assert glassnet.load(model).recipe_.n_networks >= 8


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"budget": "soon"}, ConfigurationError, "budget='soon' is not a duration"),
        ({"budget": 0}, ConfigurationError, "budget=0 is not a duration"),
        ({"budget": "-3 s"}, ConfigurationError, "is not a duration"),
        ({"rounds": 0}, ConfigurationError, "rounds"),
        ({"trials": 1.5}, ConfigurationError, "trials"),
        ({"recipe": "realmlp-x"}, ConfigurationError, "Unknown recipe 'realmlp-x'"),
        ({"n_networks": 3}, ConfigurationError, "tune cannot fix n_networks"),
        ({"lerning_rate": 3}, ConfigurationError, "tune cannot fix lerning_rate"),
        ({"target": "targt"}, SchemaError, "no column 'targt'"),
    ],
)
def test_what_cannot_be_tuned_is_refused(diabetes, settings, error, words):
    with pytest.raises(error, match=words):
        tune(diabetes, **{"target": "target", **SMALL, **settings})


def test_small_tables_and_divergence_are_refused(diabetes):
    with pytest.raises(DataError, match="19 rows with a target; tune needs at least 20"):
        tune(diabetes[:19], target="target", **SMALL)
    few = tune(diabetes[:20], target="target", **SMALL)
    assert few.predict(diabetes[:2]).shape == (2,)
    with pytest.raises(TrainingDiverged, match="All 8 settings diverged"):
        tune(diabetes, target="target", **SMALL, learning_rate=1e30, optimizer="gradient_descent")
