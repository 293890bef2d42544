"""What a person says of columns beyond their kinds: which texts mean a missing cell, which rows stay together."""

import numpy as np
import pytest
from tests.studio.test_uploads import csv_of


def visits():
    """Forty patients with three visits each; a tenth of the sizes is "n.d.", and -9 stands for no age."""
    draw = np.random.default_rng(1)
    rows = []
    for patient in range(40):
        for visit in range(3):
            size = "n.d." if (patient + visit) % 10 == 0 else f"{draw.normal() + patient % 2:.3f}"
            age = "-9" if patient % 8 == 0 else str(40 + patient % 30)
            rows.append([f"P{patient:02d}", size, age, "ill" if patient % 2 else "well"])
    return csv_of(["patient", "size", "age", "outcome"], rows)


@pytest.fixture
def data(client):
    return client.upload(visits()).json()["summary"]["id"]


def column(understanding, name):
    return next(found for found in understanding["columns"] if found["name"] == name)


def test_further_texts_mean_a_missing_cell_in_the_picture_the_training_and_the_model(client, data, tmp_path):
    plain = client.write(f"/api/data/{data}/columns", {"target": "outcome"})
    assert column(plain, "size")["kind"] != "number"
    assert column(plain, "age")["minimum"] == -9
    choice = {"target": "outcome", "null_strings": ["n.d.", "-9"]}
    found = client.write(f"/api/data/{data}/columns", choice)
    assert (column(found, "size")["kind"], column(found, "size")["missing"]) == ("number", 12)
    assert (column(found, "age")["missing"], column(found, "age")["minimum"]) == (15, 40)
    assert {"size missing", "age missing"} <= set(found["feature_names"])
    assert found["choice"]["null_strings"] == ["n.d.", "-9"]
    run = client.write("/api/runs", {"data": data, "columns": choice, "settings": found["proposal"]})
    client.control(run["id"], do="move", unit="epoch", count=3)
    trace = client.read(f"/api/runs/{run['id']}/trace", row=0)
    assert trace["trace"]["X"][0][run["feature_names"].index("size missing")] > 0
    path = tmp_path / "visits.glassnet"
    path.write_bytes(client.get(f"/api/runs/{run['id']}/export/model").content)
    import glassnet

    model = glassnet.load(path)
    said = [model.predict_proba({"patient": ["P00"], "size": [size], "age": ["50"]})[0, 1] for size in ("n.d.", "NA")]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("texts", "said"),
    [([""], "1 to 200 characters"), (["y" * 201], "1 to 200 characters"), (["a"] * 51, "at most 50")],
)
def test_texts_that_cannot_mean_a_missing_cell_are_refused(client, data, texts, said):
    answer = client.post(f"/api/data/{data}/columns", json={"target": "outcome", "null_strings": texts})
    assert answer.status_code == 400
    assert said in answer.json()["message"]


def test_rows_of_one_patient_stay_in_one_part_and_the_patient_is_no_input(client, data, live):
    choice = {"target": "outcome", "groups": "patient", "null_strings": ["n.d."]}
    found = client.write(f"/api/data/{data}/columns", choice)
    assert column(found, "patient")["role"] == "left_out"
    assert "belong together" in column(found, "patient")["reason"]
    settings = {**found["proposal"], "test_share": 0.25, "validation_share": 0.25}
    run = client.write("/api/runs", {"data": data, "columns": choice, "settings": settings})
    assert not any(name.startswith("patient") for name in run["feature_names"])
    prepared = live.studio.runs.get(run["id"]).run.prepared
    parts = [set(prepared.together.of_row[rows]) for rows in (prepared.train, prepared.validation, prepared.test)]
    assert [len(part) for part in parts] == [20, 10, 10]
    assert len(set.union(*parts)) == 40
    plain = client.write("/api/runs", {"data": data, "columns": {**choice, "groups": None}, "settings": settings})
    intervals = []
    for one in (run["id"], plain["id"]):
        judged = client.read(f"/api/runs/{one}/evaluation")["parts"]
        intervals.append([score["low"] for part in judged if part["part"] == "test" for score in part["scores"]])
    assert intervals[0] != intervals[1]


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"target": "outcome", "groups": "doctor"}, "no column 'doctor'"),
        ({"target": "outcome", "groups": "outcome"}, "is the target"),
        ({"target": "outcome", "groups": "size", "null_strings": ["n.d."]}, "are missing"),
    ],
)
def test_groups_that_cannot_be_are_said_and_nothing_is_proposed(client, data, choice, said):
    found = client.write(f"/api/data/{data}/columns", choice)
    assert said in found["problem"]
    assert found["proposal"] is None
