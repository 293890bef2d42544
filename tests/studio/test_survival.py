"""Times to an event in the studio: columns, curves of risk groups, the pinned patient, what is taken away."""

import subprocess
import sys

import numpy as np
import pytest

import glassnet
from glassnet.survival import Times, concordance, kaplan_meier
from glassnet.tables import read_table

DRAWN = np.random.default_rng(8)
N = 120


def study():
    """A study in which size matters and some are still alive at the end."""
    size, grade = DRAWN.uniform(1, 5, N), DRAWN.choice(["I", "II"], N)
    event, lost = 20 * DRAWN.exponential(np.exp(-0.9 * (size - 3))), DRAWN.uniform(5, 40, N)
    months, status = np.minimum(event, lost).round(2) + 0.01, np.where(event <= lost, 2, 1)
    rows = zip(size.round(2), grade, months.round(2), np.where(status == 2, "yes", "no"), status, strict=True)
    lines = [",".join(map(str, row)) for row in rows]
    return "\n".join(["size,grade,months,died,status", *lines])


STUDY = study()
COLUMNS = {"target": "months", "event": "died", "task": "survival", "kinds": {"status": "left_out"}}


@pytest.fixture(scope="module")
def trained(live, tmp_path_factory):
    """A run after some epochs, its model as a file, and its rows."""
    path = tmp_path_factory.mktemp("survival") / "study.csv"
    path.write_text(STUDY)
    with live.client() as client:
        data = client.upload(STUDY).json()["summary"]["id"]
        run = client.write("/api/runs", {"data": data, "columns": COLUMNS})["id"]
        client.control(run, do="move", unit="epoch", count=30)
        model = path.with_name("model.glassnet")
        model.write_bytes(client.get(f"/api/runs/{run}/export/model").content)
    return run, glassnet.load(model), read_table(path), live.studio.runs.get(run).run.preparation


def test_two_columns_make_a_time_to_an_event(client):
    data = client.upload(STUDY).json()["summary"]["id"]
    found = client.write(f"/api/data/{data}/columns", COLUMNS)
    assert found["task"] == "survival"
    assert found["problem"] == ""
    assert {column["name"] for column in found["columns"] if column["role"] == "target"} == {"months", "died"}
    assert found["proposal"]["loss"] == "cox"


def test_codes_that_say_nothing_are_asked_about(client):
    data = client.upload(STUDY).json()["summary"]["id"]
    choice = {"target": "months", "event": "status", "kinds": {"died": "left_out"}}
    asked = client.write(f"/api/data/{data}/columns", choice)
    assert "nothing says which of them is the event" in asked["problem"]
    ways = next(column for column in asked["columns"] if column["name"] == "status")["suggestions"]
    assert [way["event"] for way in ways] == ["status=1", "status=2"]
    settled = client.write(f"/api/data/{data}/columns", {**choice, "event": ways[1]["event"]})
    assert settled["problem"] == ""
    assert settled["proposal"] is not None


def test_a_time_beside_an_event_is_proposed_and_accepted_by_a_button(client):
    data = client.upload(STUDY).json()["summary"]["id"]
    plain = client.read(f"/api/data/{data}")["understanding"]
    asked = [column for column in plain["columns"] if any(way["target"] for way in column["suggestions"])]
    assert [column["name"] for column in asked] == ["died"]
    assert "a time to an event" in asked[0]["reason"]
    timed, keep = asked[0]["suggestions"]
    assert (timed["target"], timed["event"], timed["text"]) == ("months", "died", "Predict the time to the event")
    accepted = {"target": timed["target"], "event": timed["event"], "task": "survival"}
    assert client.write(f"/api/data/{data}/columns", accepted)["task"] == "survival"
    kept = client.write(f"/api/data/{data}/columns", {**plain["choice"], "kinds": {"died": keep["kind"]}})
    assert not any(column["name"] == "died" and column["suggestions"] for column in kept["columns"])


@pytest.mark.parametrize(("changed", "said"), [
    ({"event": "months"}, "cannot be the time and the event"),
    ({"event": "nothing"}, "nothing"),
    ({"target": "grade"}, "holds no numbers"),
])  # fmt: skip
def test_columns_that_cannot_be_that_are_refused_in_words(client, changed, said):
    data = client.upload(STUDY).json()["summary"]["id"]
    found = client.write(f"/api/data/{data}/columns", {**COLUMNS, **changed})
    assert said in found["problem"]
    assert found["proposal"] is None


@pytest.mark.parametrize(("settings", "said"), [
    ({"loss": "cox", "intervals": 5}, "has no intervals of time"),
    ({"loss": "hazard", "intervals": 0}, "1 to 100 intervals"),
    ({"loss": "hazard", "intervals": 101}, "1 to 100 intervals"),
    ({"loss": "squared_error"}, "the target asks for survival"),
])  # fmt: skip
def test_settings_that_cannot_be_for_a_time_are_refused_in_words(client, settings, said):
    data = client.upload(STUDY).json()["summary"]["id"]
    answer = client.post("/api/runs", json={"data": data, "columns": COLUMNS, "settings": settings})
    assert answer.status_code == 400
    assert said in answer.json()["message"]


def test_causes_that_compete_are_a_decision(client):
    text = STUDY.replace(",yes,2", ",relapse,2", 20).replace("died", "cause")
    data = client.upload(text).json()["summary"]["id"]
    choice = {"target": "months", "event": "cause", "kinds": {"status": "left_out"}}
    found = client.write(f"/api/data/{data}/columns", choice)
    column = next(one for one in found["columns"] if one["name"] == "cause")
    assert column["reason"] == "2 causes compete: 'relapse', 'yes'"
    assert [way["event"] for way in column["suggestions"]] == ["cause=relapse,yes", "cause=relapse", "cause=yes"]
    assert found["proposal"] is not None
    for way in column["suggestions"]:
        settled = client.write(f"/api/data/{data}/columns", {**choice, "event": way["event"]})
        assert settled["problem"] == ""
        assert not next(one for one in settled["columns"] if one["name"] == "cause")["suggestions"]


def test_curves_are_those_of_the_model(client, trained):
    run, model, table, preparation = trained
    row = int(preparation.present[preparation.test[0]])
    found = client.read(f"/api/runs/{run}/survival", row=row)
    assert found["part"] == "test"
    test = table.take(preparation.test)
    times = Times(preparation.truth[preparation.test, 0], preparation.truth[preparation.test, 1].astype(int))
    whole = kaplan_meier(times)
    np.testing.assert_allclose(found["whole"]["share"], whole.value, atol=1e-12)
    assert found["whole"]["at_risk"][0] == len(times)
    assert sum(group["n_rows"] for group in found["groups"]) == len(times)
    assert found["concordance"] == pytest.approx(concordance(times, model.predict(test))[0], abs=1e-9)
    patient = found["patient"]
    np.testing.assert_allclose(
        patient["share"], model.predict_survival(table.take([row]), patient["time"])[0], atol=1e-5
    )
    assert patient["risk"] == pytest.approx(model.predict(table.take([row]))[0], abs=1e-5)
    assert patient["slope"] is None  # a row of the test pulls at nothing


def test_shares_of_a_patient_add_up_to_its_slope(client, trained):
    run, _, _, preparation = trained
    row = int(preparation.present[preparation.train[3]])
    patient = client.read(f"/api/runs/{run}/survival", row=row)["patient"]
    assert patient["n_sets"] >= len(patient["shares"]) > 0
    assert all(0 < share["share"] <= 1 for share in patient["shares"])
    ties = len(np.unique(preparation.truth[:, 0])) < len(preparation.truth)
    wanted = patient["all_shares"] - patient["happened"]
    assert patient["slope"] == pytest.approx(wanted, abs=0.05 if ties else 1e-9)


def test_the_third_patient_still_alive(client):
    """The journey of the lecture: the shares that the page opens are the numbers of the step that comes next."""
    run = client.write("/api/runs", {"data": "still_alive"})["id"]
    found = client.read(f"/api/runs/{run}/survival", row=2)
    assert found["part"] == "train"
    patient = found["patient"]
    assert patient["happened"] is False
    assert len(patient["shares"]) == 2  # at risk when each of the others died
    assert patient["slope"] == pytest.approx(patient["all_shares"])
    for share in patient["shares"]:
        opened = client.read(f"/api/runs/{run}/explain", name=share["opened"])
        assert f"{share['share']:.5g}"[:6] in str(opened["lines"]).replace("\u2212", "-")
    assert client.read(f"/api/runs/{run}/explain", name="dL/dW1[0,0]")["lines"]
    client.control(run, do="move", unit="epoch", count=25)
    later = client.read(f"/api/runs/{run}/survival", row=2)["patient"]
    assert later["risk"] != patient["risk"]
    beside = client.read(f"/api/runs/{run}/trace", row=2)
    assert beside["rows"] == [2, 0, 1]  # a risk set of one would say nothing


def test_everything_else_of_a_run_answers(client, trained):
    run, model, table, preparation = trained
    frame = client.read(f"/api/runs/{run}/frame")
    assert frame["picture"]["kind"] == "predictions"
    assert client.read(f"/api/runs/{run}/frame", x="size")["picture"]["kind"] == "curve"
    assert client.read(f"/api/runs/{run}/points", x="size")["points"]
    judged = client.read(f"/api/runs/{run}/evaluation")
    scores = {score["metric"]: score for score in judged["parts"][-1]["scores"]}
    test = table.take(preparation.test)
    assert scores["concordance"]["value"] == pytest.approx(model.score(test), abs=1e-9)
    assert scores["Brier score"]["value"] > 0
    row = int(preparation.present[preparation.test[0]])
    why = client.write(f"/api/runs/{run}/row", {"row": row})
    assert why["answer"] == pytest.approx(model.predict(table.take([row]))[0], abs=1e-5)
    assert why["truth"].count(", ") == 1
    for path in ("operations", "neurons", "neuron", "surface", "form"):
        query = {"first": "W1[0,0]", "second": "b1[0]"} if path == "surface" else {}
        client.read(f"/api/runs/{run}/{path}", **query)
    lines = client.get(f"/api/runs/{run}/export/predictions").text.splitlines()
    assert len(lines) == N + 1
    refused = client.get(f"/api/runs/{run}/export/lesson", params={"table": 1})
    assert refused.status_code == 400
    assert "Use the studio itself" in refused.text
    for path in ("script", "step", "state"):
        answer = client.get(f"/api/runs/{run}/export/{path}")
        assert answer.status_code == 200, answer.text
    assert client.read(f"/api/runs/{run}")["task"] == "survival"


def test_other_models_stand_beside(client, trained):
    run = trained[0]
    client.write(f"/api/runs/{run}/compare")
    for _ in range(400):
        state = client.read(f"/api/runs/{run}/comparison")
        if state["status"] != "running":
            break
    assert state["status"] == "ready", state
    assert [model["model"] for model in state["models"]] == ["network", "baseline", "Cox regression", "survival forest"]


def test_the_script_repeats_the_run(client, trained, tmp_path):
    script = tmp_path / "run.py"
    script.write_text(client.get(f"/api/runs/{trained[0]}/export/script").text)
    (tmp_path / "study.csv").write_text(STUDY)
    done = subprocess.run([sys.executable, str(script), "study.csv"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "the same bits as in the studio" in done.stdout


def test_a_run_of_amounts_has_no_curves(client):
    run = client.write("/api/runs", {"data": "lecture"})["id"]
    answer = client.get(f"/api/runs/{run}/survival")
    assert answer.status_code == 400
    assert "predicts no time to an event" in answer.text
