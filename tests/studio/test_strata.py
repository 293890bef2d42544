"""Strata in the studio, and saved models of times to an event whose training goes on there."""

import csv
import io
import json
import subprocess
import sys

import msgspec
import numpy as np
import pandas as pd
import pytest

import glassnet
from glassnet import GlassSurvival
from glassnet.studio.contract.saved_model import ModelQuestion, SavedModel
from glassnet.survival import concordance_of_causes

DRAWN = np.random.default_rng(4)
N = 150


def study():
    """A study of two centers."""
    size, center = DRAWN.uniform(1, 5, N).round(2), DRAWN.choice(["north", "south"], N)
    event = DRAWN.exponential(20, N) * np.exp(-0.9 * (size - 3)) * np.where(center == "south", 3, 1)
    lost = DRAWN.uniform(5, 60, N)
    died = np.where(event <= lost, "yes", "no")
    months = (np.minimum(event, lost) + 0.01).round(3)
    return pd.DataFrame({"size": size, "center": center, "months": months, "died": died})


FRAME = study()
TEXT = FRAME.to_csv(index=False)
COLUMNS = {"target": "months", "event": "died", "task": "survival", "kinds": {"center": "stratum"}}
AT = [2.0, 20.0]


@pytest.fixture(scope="module")
def trained(live, tmp_path_factory):
    """A run, its model as a file, and what it was prepared from."""
    with live.client() as client:
        data = client.upload(TEXT).json()["summary"]["id"]
        run = client.write("/api/runs", {"data": data, "columns": COLUMNS})["id"]
        client.control(run, do="move", unit="epoch", count=20)
        path = tmp_path_factory.mktemp("strata") / "model.glassnet"
        path.write_bytes(client.get(f"/api/runs/{run}/export/model").content)
    return run, glassnet.load(path), live.studio.runs.get(run).run.preparation


def test_a_column_gets_the_role(client):
    data = client.upload(TEXT).json()["summary"]["id"]
    found = client.write(f"/api/data/{data}/columns", COLUMNS)
    assert found["problem"] == ""
    assert {one["name"]: one["role"] for one in found["columns"]}["center"] == "stratum"
    assert found["feature_names"] == ["size"]
    plain = client.write(f"/api/data/{data}/columns", {"target": "died", "kinds": {"center": "stratum"}})
    assert "which is for a time to an event" in plain["problem"]
    alone = client.write(f"/api/data/{data}/columns", {**COLUMNS, "kinds": {"months": "stratum"}})
    assert "cannot be a target and the stratum" in alone["problem"]
    refused = client.post("/api/runs", json={"data": data, "columns": COLUMNS, "settings": {"loss": "hazard"}})
    assert refused.status_code == 400
    assert "Strata are for the loss 'cox'" in refused.json()["message"]


def test_curves_and_shares_are_those_of_the_stratum(client, trained):
    run, model, preparation = trained
    assert model.strata_ == ("north", "south")
    for place in (int(preparation.test[0]), int(preparation.train[2])):
        row = int(preparation.present[place])
        patient = client.read(f"/api/runs/{run}/survival", row=row)["patient"]
        mine = FRAME.iloc[[row]]
        np.testing.assert_allclose(patient["share"], model.predict_survival(mine, patient["time"])[0], atol=1e-5)
    layer = preparation.truth[preparation.train, 2]
    before = (preparation.truth[preparation.train, 0] <= preparation.truth[place, 0]) & (
        layer == preparation.truth[place, 2]
    )
    assert patient["n_sets"] == int((before & (preparation.truth[preparation.train, 1] > 0)).sum())
    assert patient["slope"] == pytest.approx(patient["all_shares"] - patient["happened"], abs=1e-9)
    judged = client.read(f"/api/runs/{run}/evaluation")
    scores = {score["metric"]: score["value"] for score in judged["parts"][-1]["scores"]}
    test = FRAME.iloc[preparation.present[preparation.test]]
    assert scores["concordance"] == pytest.approx(model.score(test), abs=1e-9)
    truth = preparation.truth[preparation.test]
    assert model.score(test) == pytest.approx(concordance_of_causes(truth, model.predict(test))[0])


def test_everything_else_of_a_run_answers(client, trained):
    run, model, preparation = trained
    row = int(preparation.present[preparation.test[0]])
    assert client.write(f"/api/runs/{run}/row", {"row": row})["answer"] == pytest.approx(
        model.predict(FRAME.iloc[[row]])[0], abs=1e-5
    )
    client.read(f"/api/runs/{run}/frame", x="size")
    assert client.read(f"/api/runs/{run}/trace", row=row)
    for path in ("script", "step", "state", "predictions"):
        answer = client.get(f"/api/runs/{run}/export/{path}")
        assert answer.status_code == 200, answer.text
    header = client.get(f"/api/runs/{run}/export/predictions").text.splitlines()[0]
    assert "alive at" in header


def test_the_script_repeats_the_run(client, trained, tmp_path):
    script = tmp_path / "run.py"
    script.write_text(client.get(f"/api/runs/{trained[0]}/export/script").text)
    (tmp_path / "study.csv").write_text(TEXT)
    done = subprocess.run([sys.executable, str(script), "study.csv"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "the same bits as in the studio" in done.stdout


def _plain(message):
    return json.loads(msgspec.json.encode(message))


def opened(client, model, path, data):
    """The card of a saved model, and the predictions that it writes."""
    saved = SavedModel("model.glassnet", model.save(path).read_bytes())
    card = client.post("/api/models", json=_plain(saved))
    said = client.post("/api/models/predictions", json=_plain(ModelQuestion(saved, data)))
    assert card.status_code == said.status_code == 200, (card.text, said.text)
    return card.json(), list(csv.DictReader(io.StringIO(said.text)))


@pytest.mark.parametrize("settings", [{"strata": "center"}, {"loss": "hazard", "intervals": 4}, {}])
def test_a_saved_model_goes_on(client, tmp_path, settings):
    data = client.upload(TEXT).json()["summary"]["id"]
    model = GlassSurvival((4,), recipe="lecture", epochs=15, **settings).fit(FRAME, time="months", event="died")
    card, rows = opened(client, model, tmp_path / "model.glassnet", data)
    assert (card["problem"], card["task"]) == ("", "survival")
    assert float(rows[3]["risk"]) == pytest.approx(model.predict(FRAME)[3])
    assert {name for name in rows[0] if name.startswith("alive at")}
    run = client.write("/api/runs", {"data": data, "columns": card["columns"], "settings": card["settings"]})
    row = 7
    patient = client.read(f"/api/runs/{run['id']}/survival", row=row)["patient"]
    assert patient["ending"]
    again = client.write(f"/api/runs/{run['id']}/row", {"row": row})["answer"]
    assert np.isfinite(again)
    first = client.get(f"/api/runs/{run['id']}/export/model").content
    (tmp_path / "first.glassnet").write_bytes(first)
    started = glassnet.load(tmp_path / "first.glassnet")
    for mine, theirs in zip(started.weights_, model.weights_, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)
    client.control(run["id"], do="move", unit="epoch", count=2)
    assert client.read(f"/api/runs/{run['id']}/survival", row=row)["patient"]["risk"] != patient["risk"]


def test_causes_of_a_saved_model_go_on(client, tmp_path):
    several = FRAME.assign(died=np.where(FRAME["died"] == "no", "no", DRAWN.choice(["relapse", "death"], N)))
    data = client.upload(several.to_csv(index=False)).json()["summary"]["id"]
    model = GlassSurvival((3,), recipe="lecture", epochs=5, strata="center").fit(several, time="months", event="died")
    card, rows = opened(client, model, tmp_path / "model.glassnet", data)
    assert card["problem"] == ""
    assert float(rows[0]["risk of relapse"]) == pytest.approx(model.predict(several)[0, 1])
    run = client.write("/api/runs", {"data": data, "columns": card["columns"], "settings": card["settings"]})
    found = client.read(f"/api/runs/{run['id']}/survival", row=1, cause=1)
    assert found["causes"] == ["death", "relapse"]


def test_a_time_between_two_dates_does_not_go_on(client, tmp_path):
    dated = FRAME.drop(columns="months").assign(
        enrolled="2020-01-01", last=(pd.Timestamp("2020-01-01") + pd.to_timedelta(FRAME["months"] * 30, "D")).dt.date
    )
    dated.loc[0, "enrolled"] = "2019-12-31"
    data = client.upload(dated.to_csv(index=False)).json()["summary"]["id"]
    model = GlassSurvival((3,), recipe="lecture", epochs=3).fit(dated, time=("enrolled", "last"), event="died")
    card, _ = opened(client, model, tmp_path / "model.glassnet", data)
    assert "between two dates" in card["problem"]
