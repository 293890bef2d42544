"""What is done with runs: named, set side by side, given a threshold, reported on."""

import re
import time

import numpy as np
import pytest

import glassnet
from glassnet.studio.data.builtin import BUILT_IN
from glassnet.studio.scores.evaluation import judged

SETTINGS = {
    "hidden": [{"neurons": 4, "activation": "relu"}], "loss": "logistic", "optimizer": "adam", "learning_rate": 0.01,
    "batch_size": 32, "epochs": 20, "test_share": 0.2, "validation_share": 0.15,
}  # fmt: skip


@pytest.fixture(scope="module")
def pair(live):
    """Two runs of one table that differ in seed and rate."""
    found = []
    with live.client() as client:
        for change in ({"seed": 1}, {"seed": 2, "learning_rate": 0.05}):
            run = client.write("/api/runs", {"data": "breast_cancer", "settings": {**SETTINGS, **change}})["id"]
            client.control(run, do="move", unit="epoch", count=5)
            found.append(run)
    return found


def names(client):
    return {run["id"]: run["name"] for run in client.read("/api/runs")["runs"]}


def test_a_run_is_renamed_and_keeps_its_name(client, live, pair):
    client.write(f"/api/runs/{pair[0]}/rename", {"name": "  with a\nsmall   rate "})
    assert names(client)[pair[0]] == "with a small rate"
    assert client.read(f"/api/runs/{pair[0]}")["name"] == "with a small rate"
    assert live.studio.runs._load(pair[0]).name == "with a small rate"
    client.write(f"/api/runs/{pair[0]}/rename", {"name": "n" * 500})
    assert len(names(client)[pair[0]]) == 100
    assert client.post("/api/runs/nothere/rename", json={"name": "x"}).status_code == 404


def test_no_two_runs_go_by_one_name(client):
    data = client.upload("a,b\n1,2\n3,4\n5,6\n", name="visits.csv").json()["summary"]["id"]
    made = [
        client.write("/api/runs", {"data": data, "name": name}) for name in ("", "", "calm", "calm (2)", "calm", "")
    ]
    shown = [run["name"] or run["data"]["name"] for run in made]
    assert shown == ["visits.csv", "visits.csv (2)", "calm", "calm (2)", "calm (3)", "visits.csv (3)"]
    client.control(made[2]["id"], do="move", unit="epoch", count=1)
    body = {"data": data, "columns": made[2]["columns"], "settings": {**made[2]["settings"], "seed": 9}}
    assert client.write(f"/api/runs/{made[2]['id']}/settings", body)["name"] == "calm (4)"


def test_all_right_of_119_is_no_certainty():
    """A bootstrap of rows that are all right has no spread, so its interval would be 1 to 1."""
    score = judged("accuracy", 1.0, 1.0, 1.0, 119)
    assert 0.96 < score.low < 0.98
    assert score.high == 1


def test_runs_stand_side_by_side_with_their_own_curves_and_scores(client, pair):
    found = client.write("/api/beside", {"runs": pair})["runs"]
    assert [run["id"] for run in found] == pair
    for run, beside in zip(pair, found, strict=True):
        frame = client.read(f"/api/runs/{run}/frame")
        assert beside["epoch"] == list(range(6))
        assert beside["validation"] == frame["curves"]["validation"]
        assert beside["data"] == frame["curves"]["data"]
        assert beside["parts"] == client.read(f"/api/runs/{run}/evaluation")["parts"]
    assert [run["settings"]["learning_rate"] for run in found] == [0.01, 0.05]
    assert client.post("/api/beside", json={"runs": []}).status_code == 400
    assert client.post("/api/beside", json={"runs": pair * 7}).status_code == 400
    assert client.post("/api/beside", json={"runs": ["nothere"]}).status_code == 404


def test_a_threshold_goes_with_the_model_and_the_predictions(client, live, pair, tmp_path):
    run, table = pair[1], BUILT_IN["breast_cancer"].table
    state = client.write(f"/api/runs/{run}/threshold", {"value": 0.15})
    assert state["threshold"] == 0.15
    assert live.studio.runs._load(run).threshold == 0.15
    path = tmp_path / "model.glassnet"
    path.write_bytes(client.get(f"/api/runs/{run}/export/model").content)
    model = glassnet.load(path)
    chance = model.predict_proba(table)
    positive = state["classes"][1]
    assert model.decision_.threshold == 0.15
    called = np.asarray(model.predict(table)) == positive
    assert (called == (chance[:, list(model.classes_).index(positive)] >= 0.15)).all()
    text = client.get(f"/api/runs/{run}/export/predictions").text.splitlines()
    column = text[0].split(",").index("prediction")
    assert [line.split(",")[column] == positive for line in text[1:]] == called.tolist()
    client.write(f"/api/runs/{run}/threshold", {"value": None})
    path.write_bytes(client.get(f"/api/runs/{run}/export/model").content)
    assert glassnet.load(path).decision_ is None
    for value in (0, 1, -0.2, 3):
        assert client.post(f"/api/runs/{run}/threshold", json={"value": value}).status_code == 400
    lecture = client.write("/api/runs", {"data": "lecture"})["id"]
    answer = client.post(f"/api/runs/{lecture}/threshold", json={"value": 0.3})
    assert (answer.status_code, "two classes" in answer.json()["message"]) == (400, True)


def finished(client, run, seconds=240):
    began = time.monotonic()
    while (state := client.read(f"/api/runs/{run}/report"))["status"] == "running":
        assert time.monotonic() - began < seconds
        time.sleep(0.1)
    return state


@pytest.mark.slow
def test_a_report_is_made_stopped_and_taken_away(client, pair):
    run = pair[0]
    answer = client.get(f"/api/runs/{run}/export/report")
    assert (answer.status_code, "no report yet" in answer.json()["message"]) == (400, True)
    client.write(f"/api/runs/{run}/threshold", {"value": 0.2})
    state = client.write(f"/api/runs/{run}/report", {"refits": 0})
    assert (state["status"], state["step"]) == ("running", client.read(f"/api/runs/{run}/frame")["position"]["step"])
    again = client.write(f"/api/runs/{run}/report", {"refits": 5})
    assert again["status"] == "running"
    assert finished(client, run)["status"] == "ready"
    page = client.get(f"/api/runs/{run}/export/report")
    assert page.headers["content-disposition"].startswith("attachment")
    assert page.text.startswith("<!")
    assert "0.2" in page.text
    words = re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", page.text, flags=re.DOTALL)
    assert re.findall(r"\B--[a-z][a-z-]+|glassnet (?:export|train|trace|predict|report)", words) == [], "no commands"
    assert client.get(f"/api/runs/{run}/export/report", params={"format": "exe"}).status_code == 400
    client.write(f"/api/runs/{run}/report", {"refits": 200})
    client.write(f"/api/runs/{run}/report/cancel", {})
    assert finished(client, run)["status"] == "canceled"
    assert client.get(f"/api/runs/{run}/export/report").text == page.text  # the one before is still there


def test_a_report_needs_rows_that_judge(client):
    run = client.write("/api/runs", {"data": "lecture"})["id"]
    answer = client.post(f"/api/runs/{run}/report", json={"refits": 0})
    assert (answer.status_code, "There are no test rows" in answer.json()["message"]) == (400, True)
