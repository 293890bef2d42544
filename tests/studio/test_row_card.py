"""Why the network says what it says of a row, and of another like it: held against the library's own answers."""

import time

import numpy as np
import pytest

import glassnet
from glassnet.explanation import contributions
from glassnet.tables import read_table
from ward import SETTINGS, WARDS, patients


@pytest.fixture(scope="module")
def trained(live, tmp_path_factory):
    """A run of own rows, its model as a file, and the rows that it learned from."""
    path = tmp_path_factory.mktemp("row") / "patients.csv"
    path.write_text(patients())
    with live.client() as client:
        data = client.upload(path.read_text()).json()["summary"]["id"]
        run = client.write("/api/runs", {"data": data, "columns": {"target": "alive"}, "settings": SETTINGS})["id"]
        client.control(run, do="move", unit="epoch", count=40)
        model = path.with_name("model.glassnet")
        model.write_bytes(client.get(f"/api/runs/{run}/export/model").content)
    return run, glassnet.load(model), read_table(path), live.studio.runs.get(run).run.preparation


def why(client, run, row, **asked):
    return client.write(f"/api/runs/{run}/row", {"row": row, **asked})


def test_a_row_is_the_mean_and_its_contributions_exactly(client, trained):
    run, model, table, preparation = trained
    row = int(preparation.present[preparation.test[0]])
    found = why(client, run, row)
    np.testing.assert_allclose(found["answers"], model.predict_proba(table)[row], atol=1e-6)
    own = contributions(model, table.take([row]), background=table.take(preparation.train), method="exact")
    assert found["output"] == int(own.answers[0].argmax())
    assert found["predicted"] == own.outputs[found["output"]]
    parts = {part["name"]: part["contribution"] for part in found["columns"]}
    assert parts == pytest.approx(dict(zip(own.names, own.values[0, :, found["output"]], strict=True)), abs=1e-6)
    assert found["base"] + sum(parts.values()) == pytest.approx(found["answer"], abs=1e-9)
    assert found["background"] == f"the {len(preparation.train)} training rows"
    assert "32 sets" in found["method"]
    other = why(client, run, row, output=own.outputs[1 - found["output"]])
    assert other["answer"] == pytest.approx(1 - found["answer"], abs=1e-9)


def test_the_form_begins_with_the_row_and_says_what_training_saw(client, trained):
    run, _, table, preparation = trained
    form = client.read(f"/api/runs/{run}/form", row=3)
    controls = {control["name"]: control for control in form["controls"]}
    assert list(controls) == ["age", "dose", "seen", "ward", "smokes"]
    assert [control["kind"] for control in form["controls"]] == ["integer", "number", "date", "level", "level"]
    assert controls["dose"]["own"] is None
    assert controls["age"]["own"] == float(table.column("age").item(3))
    ages = [float(table.column("age").item(int(row))) for row in preparation.train]
    assert (controls["age"]["low"], controls["age"]["high"]) == (min(ages), max(ages))
    assert controls["seen"]["own"] == float(np.datetime64(table.column("seen").item(3)).astype(int))
    assert set(controls["ward"]["levels"]) == set(WARDS)
    assert controls["smokes"]["levels"] == ["no", "yes"]


def test_another_patient_is_what_the_model_says_of_that_row(client, trained):
    run, model, table, _ = trained
    changes = {"age": 88, "dose": 6.25, "seen": 19800, "ward": "east", "smokes": "no"}
    cells = {**changes, "seen": "2024-03-18", "alive": "no"}
    other = glassnet.tables.Table.from_columns({name: [cells[name]] for name in table.names})
    found = why(client, run, 0, changes=changes)
    np.testing.assert_allclose(found["answers"], model.predict_proba(other)[0], atol=1e-6)
    assert {part["name"]: part["cell"] for part in found["columns"]} == {name: str(cells[name]) for name in changes}
    assert all(part["remark"] == "" for part in found["columns"])
    same = {"age": float(table.column("age").item(0)), "ward": table.column("ward").item(0)}
    np.testing.assert_allclose(why(client, run, 0, changes=same)["answers"], why(client, run, 0)["answers"], atol=1e-6)


def test_values_that_training_never_saw_are_said(client, trained):
    run, *_ = trained
    found = why(client, run, 0, changes={"age": 140, "ward": "moon", "smokes": None, "dose": None})
    remarks = {part["name"]: part["remark"] for part in found["columns"]}
    assert remarks["age"].startswith("outside of what training saw, ")
    assert "not a level" in remarks["ward"]
    assert "never missing" in remarks["smokes"]
    assert remarks["dose"] == ""


@pytest.mark.parametrize(("asked", "said"), [
    ({"row": 10**6}, "not in the table"), ({"row": 0, "changes": {"agee": 1}}, "age"),
    ({"row": 0, "changes": {"age": "old"}}, "takes a number"),
    ({"row": 0, "changes": {"ward": 3}}, "takes one of its levels"),
    ({"row": 0, "changes": {"age": 1e300}}, "is far too large"), ({"row": 0, "output": "maybe"}, "no class"),
    ({"row": 0, "changes": {"age": [1]}}, "cannot be read"), ({"rows": 0}, "cannot be read"),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_words(client, trained, asked, said):
    answer = client.post(f"/api/runs/{trained[0]}/row", json=asked)
    assert 400 <= answer.status_code < 500
    assert said in answer.json()["message"]


def test_amounts_are_told_in_the_targets_unit(client):
    run = client.write("/api/runs", {"data": "lecture"})["id"]
    for _ in range(3):
        client.control(run, do="move", unit="batch")
    found = why(client, run, 1)
    picture = client.read(f"/api/runs/{run}/frame")["layers"][0]
    size = float(found["columns"][0]["cell"])
    assert found["answers"] == pytest.approx([picture["weights"][0][0] * size + picture["biases"][0]], abs=1e-6)
    assert (found["predicted"], found["truth"]) == ("", "1.9")
    assert found["base"] + found["columns"][0]["contribution"] == pytest.approx(found["answer"], abs=1e-9)


def test_answers_without_limit_are_said(client):
    settings = {"hidden": [{"neurons": 1, "activation": "identity"}] * 10}
    run = client.write("/api/runs", {"data": "lecture", "settings": settings})["id"]
    for layer in range(1, 12):
        client.control(run, do="set", parameter=f"W{layer}[0,0]", value=1e30)
    answer = client.post(f"/api/runs/{run}/row", json={"row": 2})
    assert answer.status_code == 400
    assert "is not finite" in answer.json()["message"]


def test_many_columns_are_answered_fast_with_their_error(client):
    draw = np.random.default_rng(1)
    cells = draw.normal(size=(300, 40)).round(3)
    lines = [",".join([*(f"x{k}" for k in range(40)), "y"])]
    lines += [",".join([*map(str, row), str(round(float(row[:3].sum()), 3))]) for row in cells]
    data = client.upload("\n".join(lines) + "\n", "wide.csv").json()["summary"]["id"]
    settings = {"hidden": [{"neurons": 60}, {"neurons": 60}], "learning_rate": 0.01, "optimizer": "adam", "epochs": 3}
    run = client.write("/api/runs", {"data": data, "columns": {"target": "y"}, "settings": settings})["id"]
    client.control(run, do="move", unit="epoch", count=3)
    why(client, run, 0)
    began = time.process_time()  # what this process computed, whatever else the machine does
    found = why(client, run, 0, changes={"x0": 2.5})
    assert time.process_time() - began < 1.0  # a tenth of it
    assert "sampling" in found["method"]
    assert max(part["error"] for part in found["columns"]) > 0
    total = found["base"] + sum(part["contribution"] for part in found["columns"])
    assert total == pytest.approx(found["answer"], abs=1e-6)
