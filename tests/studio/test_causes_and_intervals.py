"""Losses of intervals, and causes that compete, in the studio: curves, opened numbers, scores, what is taken away."""

import subprocess
import sys

import numpy as np
import pytest

import glassnet
from glassnet.survival import Times, aalen_johansen
from glassnet.tables import read_table

DRAWN = np.random.default_rng(21)
N = 160
KINDS = [("cox", "cause"), ("hazard", "died"), ("hazard", "cause"), ("piecewise_exponential", "died"),
         ("piecewise_exponential", "cause")]  # fmt: skip


def study():
    """A study with two causes, of which size brings one."""
    size, grade = DRAWN.uniform(1, 5, N), DRAWN.choice(["I", "II"], N)
    relapse = 20 * DRAWN.exponential(np.exp(-0.9 * (size - 3)))
    ends = np.stack([relapse, DRAWN.exponential(40, N), DRAWN.uniform(5, 40, N)])
    first = ends.argmin(axis=0)
    months = ends.min(axis=0).round(2) + 0.01
    cause = np.array(["relapse", "death", "alive"])[first]
    rows = zip(size.round(2), grade, months.round(2), np.where(first < 2, "yes", "no"), cause, strict=True)
    return "\n".join(["size,grade,months,died,cause", *(",".join(map(str, row)) for row in rows)])


STUDY = study()


def columns(event):
    other = "died" if event == "cause" else "cause"
    event = "cause=death,relapse" if event == "cause" else event
    return {"target": "months", "event": event, "task": "survival", "kinds": {other: "left_out"}}


@pytest.fixture(scope="module", params=KINDS, ids=" ".join)
def trained(live, request, tmp_path_factory):
    """A run under one loss, with the model that it saves, its table and what it learns from."""
    loss, event = request.param
    path = tmp_path_factory.mktemp("intervals") / "study.csv"
    path.write_text(STUDY)
    with live.client() as client:
        data = client.upload(STUDY).json()["summary"]["id"]
        choice = columns(event)
        proposed = client.write(f"/api/data/{data}/columns", choice)["proposal"]
        settings = {
            **proposed,
            "loss": loss,
            "hidden": [{"neurons": 4, "activation": "tanh"}],
            "validation_share": 0.15,
        }
        run = client.write("/api/runs", {"data": data, "columns": choice, "settings": settings})["id"]
        client.control(run, do="move", unit="epoch", count=15)
        model = path.with_name("model.glassnet")
        model.write_bytes(client.get(f"/api/runs/{run}/export/model").content)
    return run, glassnet.load(model), read_table(path), live.studio.runs.get(run).run.preparation, (loss, event)


def test_the_model_is_one_of_that_loss(trained):
    _, model, _, preparation, (loss, event) = trained
    assert model.get_params()["loss"] == loss
    assert model.loss_.name == loss
    assert model.causes_ == (("death", "relapse") if event == "cause" else ("yes",))
    if loss != "cox":
        np.testing.assert_array_equal(model.intervals_, preparation.schema.outcome.time_intervals.ends)


def test_the_estimator_would_take_the_same_intervals(trained):
    _, _, table, preparation, (loss, event) = trained
    if loss == "cox":
        pytest.skip("Cox has none")
    names = {"died": "died", "cause": "cause=death,relapse"}
    own = glassnet.GlassSurvival(loss=loss, recipe="lecture", epochs=1, validation_fraction=0.0)
    own.fit(table.take(preparation.train), time="months", event=names[event])
    np.testing.assert_array_equal(own.intervals_, preparation.schema.outcome.time_intervals.ends)


def test_curves_are_those_of_the_model(client, trained):
    run, model, table, preparation, (_, event) = trained
    row = int(preparation.present[preparation.test[0]])
    test, one = table.take(preparation.test), table.take([row])
    for cause in range(2 if event == "cause" else 1):
        found = client.read(f"/api/runs/{run}/survival", row=row, cause=cause)
        patient = found["patient"]
        assert found["causes"] == (["death", "relapse"] if event == "cause" else ["died"])
        assert sum(group["n_rows"] for group in found["groups"]) == len(test)
        if event == "died":
            curve = model.predict_survival(one, patient["time"])[0]
            risk = model.predict(one)[0]
        else:
            curve = model.predict_incidence(one, patient["time"])[0][:, cause]
            risk = model.predict(one)[0, cause]
            times = model._target_rows(test, None).truth
            whole = aalen_johansen(Times.of_truth(times), cause + 1)
            np.testing.assert_allclose(found["whole"]["share"], whole.value, atol=1e-12)
            assert found["whole"]["share"] == sorted(found["whole"]["share"])
        np.testing.assert_allclose(patient["share"], curve, atol=1e-5)
        assert patient["risk"] == pytest.approx(risk, abs=1e-5)
        assert -1e-9 <= min(patient["share"]) <= max(patient["share"]) <= 1 + 1e-9
    answer = client.get(f"/api/runs/{run}/survival", params={"cause": 2})
    assert answer.status_code == 400


def test_what_pulls_at_a_patient_opens_as_arithmetic(client, trained, live):
    run, _, _, preparation, (loss, event) = trained
    own = live.studio.runs.get(run).run
    place = int(preparation.train[own.course.rows(own.step)[0]])
    row = int(preparation.present[place])
    patient = client.read(f"/api/runs/{run}/survival", row=row, cause=int(event == "cause"))["patient"]
    if loss == "cox":
        assert patient["intervals"] == []
        code = preparation.truth[place, 1]
        assert patient["slope"] == pytest.approx(patient["all_shares"] - (code == 2), abs=0.05)
        return
    assert patient["shares"] == []
    assert patient["slope"] is None
    y = preparation.y[place].reshape(-1, len(patient["intervals"]))[int(event == "cause")]
    for k, part in enumerate(patient["intervals"]):
        opened = client.read(f"/api/runs/{run}/explain", name=part["opened"])
        assert opened["lines"][-1]["value"] == pytest.approx(part["predicted"], rel=1e-5)
        if loss == "hazard":
            assert part["slope"] == pytest.approx(0.0 if y[k] < 0 else part["predicted"] - y[k], abs=1e-12)
        else:
            assert part["slope"] == pytest.approx(abs(y[k]) * part["predicted"] - (y[k] < 0), abs=1e-12)
    endings = [part["ending"] for part in patient["intervals"]]
    assert endings == sorted(endings, key=["without the event", "event", "not at risk"].index)
    assert client.read(f"/api/runs/{run}/explain", name="dL/dW1[0,0]")["lines"]


def test_everything_else_answers(client, trained):
    run, model, table, preparation, (_, event) = trained
    assert client.read(f"/api/runs/{run}/frame")["picture"]["kind"] == "predictions"
    assert client.read(f"/api/runs/{run}/frame", x="size")["picture"]["kind"] == "curve"
    test = table.take(preparation.test)
    scores = {one["metric"]: one["value"] for one in client.read(f"/api/runs/{run}/evaluation")["parts"][-1]["scores"]}
    assert scores["concordance"] == pytest.approx(model.score(test), abs=1e-9)
    row = int(preparation.present[preparation.test[0]])
    why = client.write(f"/api/runs/{run}/row", {"row": row})
    assert np.ravel(why["answers"]) == pytest.approx(np.ravel(model.predict(table.take([row]))), abs=1e-5)
    if event == "cause":
        other = client.write(f"/api/runs/{run}/row", {"row": row, "output": "relapse"})
        assert (other["output"], other["label"]) == (1, "risk (log hazard of relapse)")
    for path in ("operations", "neurons", "neuron", "surface", "form"):
        query = {"first": "W1[0,0]", "second": "b1[0]"} if path == "surface" else {}
        client.read(f"/api/runs/{run}/{path}", **query)
    lines = client.get(f"/api/runs/{run}/export/predictions").text.splitlines()
    assert len(lines) == N + 1
    assert lines[0].split(",")[5:] == ["part", *model._prediction_columns(test)]
    for path in ("step", "state"):
        assert client.get(f"/api/runs/{run}/export/{path}").status_code == 200


def test_the_script_repeats_the_run(client, trained, tmp_path):
    script = tmp_path / "run.py"
    script.write_text(client.get(f"/api/runs/{trained[0]}/export/script").text)
    (tmp_path / "study.csv").write_text(STUDY)
    done = subprocess.run([sys.executable, str(script), "study.csv"], cwd=tmp_path, capture_output=True, text=True)
    assert "the same bits as in the studio" in done.stdout, done.stdout + done.stderr


def test_other_models_stand_beside(client, trained):
    client.write(f"/api/runs/{trained[0]}/compare")
    state = {"status": "running"}
    while state["status"] == "running":
        state = client.read(f"/api/runs/{trained[0]}/comparison")
    assert state["status"] == "ready", state
    assert [model["model"] for model in state["models"]] == ["network", "baseline", "Cox regression", "survival forest"]


def test_the_study_report_is_made(client, trained):
    run, _, _, _, (_, event) = trained
    client.write(f"/api/runs/{run}/report", {"refits": 0})
    state = {"status": "running"}
    while state["status"] == "running":
        state = client.read(f"/api/runs/{run}/report")
    assert state["status"] == "ready", state
    page = client.get(f"/api/runs/{run}/export/report", params={"format": "html"}).text
    for name in ("death", "relapse") if event == "cause" else ("died",):
        assert f"{name} by " in page
