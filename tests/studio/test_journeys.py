"""The journeys of a user through the server alone; every number held against the library's own answer."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

import glassnet
from glassnet import Dense, Network
from glassnet.report.lecture.patients import PRINTED_GRADIENTS, PRINTED_RUN, SURVIVAL, TUMOR_SIZE, agrees

X, Y = TUMOR_SIZE[:3], SURVIVAL[:3]


def lecture_network(**settings):
    return Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], **{"reduction": "half-sum", **settings})


@pytest.fixture
def lecture(client):
    return client.write("/api/runs", {"data": "lecture"})


def test_journey_1_opens_with_the_lecture_drawn(client, lecture):
    frame = client.read(f"/api/runs/{lecture['id']}/frame")
    assert (lecture["layer_sizes"], lecture["feature_names"]) == ([1, 1], ["tumor size"])
    assert frame["layers"][0]["weights"] == [[0.01]]
    assert frame["picture"]["kind"] == "curve"
    network = lecture_network()
    at = np.array(frame["picture"]["at"])
    np.testing.assert_allclose(frame["picture"]["values"][0], network.predict(at).ravel(), rtol=1e-5)
    surface = client.read(f"/api/runs/{lecture['id']}/surface")
    assert surface["minimum"][:2] == pytest.approx([-0.87179, 3.68974], abs=1e-5)
    assert 2 * surface["minimum"][2] == pytest.approx(0.07538, abs=1e-5)
    grid = np.array(surface["values"]).reshape(surface["rows"], surface["columns"])
    w = np.linspace(surface["first_low"], surface["first_high"], surface["columns"])
    b = np.linspace(surface["second_low"], surface["second_high"], surface["rows"])
    network.weights[0][0, 0], network.biases[0][0] = w[3], b[7]
    assert grid[7, 3] == pytest.approx(network.loss(X, Y).total, rel=1e-5)
    assert w[0] < -0.872 < w[-1]
    assert b[0] < 3.69 < b[-1]


def test_journey_1_steps_like_the_lecture_and_back(client, lecture):
    run, network, frames = lecture["id"], lecture_network(), [client.read(f"/api/runs/{lecture['id']}/frame")]
    for step in range(1, 21):
        network.step(X, Y, learning_rate=0.1)
        client.control(run, do="move", unit="batch")
        frames.append(client.read(f"/api/runs/{run}/frame"))
        layer = frames[-1]["layers"][0]
        assert (layer["weights"], layer["biases"]) == (network.weights[0].tolist(), network.biases[0].tolist())
        assert frames[-1]["losses"]["total"] == network.loss(X, Y).total
        if step in PRINTED_RUN:
            w, b, loss = PRINTED_RUN[step]
            assert agrees(w, layer["weights"][0][0])
            assert agrees(b, layer["biases"][0])
            assert agrees(loss, 2 * frames[-1]["losses"]["total"])
    for step in range(19, -1, -1):
        client.control(run, do="move", unit="batch", count=-1)
        found = client.read(f"/api/runs/{run}/frame")
        for key in ("layers", "losses", "picture"):
            assert found[key] == frames[step][key], step


def test_journey_1_every_number_is_the_traces(client, lecture):
    run = lecture["id"]
    client.control(run, do="seek", step=4)
    network = lecture_network()
    for _ in range(4):
        network.step(X, Y, learning_rate=0.1)
    trace = network.trace(X, Y, learning_rate=0.1, epoch=4)
    found, whole = client.read(f"/api/runs/{run}/trace"), trace.to_json()
    for key in ("n_rows", "X", "y"):
        assert found["trace"][key] == whole[key], key
    for one, layer in zip(found["trace"]["forward"], whole["forward"], strict=True):
        assert one == {key: layer[key] for key in ("layer", "activation", "z", "a")}
    assert found["trace"]["loss"] == {key: whole["loss"][key] for key in ("loss", "prediction", "row_losses")}
    assert found["rows"] == [0, 1, 2]
    assert found["trace"]["row_names"] == ["case 1", "case 2", "case 3"]
    for name in ("W1[0,0]", "b1[0]"):
        opened, own = client.read(f"/api/runs/{run}/explain", name=name), trace.explain(name)
        assert [line["name"] for line in opened["lines"]] == [line.name for line in own.lines]
        for line, mine in zip(opened["lines"], own.lines, strict=True):
            text = "".join(token["text"] for token in line["tokens"])
            assert text == mine.arithmetic.write()
            assert line["value"] == mine.arithmetic.total
            assert line["result"] == mine.arithmetic.result
    for name, value in (
        ("z1[1,0]", trace.forward[0].z[1, 0]),
        ("ℓ[2]", trace.loss.row_losses[2]),
        ("L", trace.loss.total),
    ):
        lines = client.read(f"/api/runs/{run}/explain", name=name)["lines"]
        assert lines[-1]["value"] == value


def test_journey_1_the_printed_gradients(client, lecture):
    settings = {**lecture["settings"], "reduction": "sum"}
    state = client.write(f"/api/runs/{lecture['id']}/settings", {"data": "lecture", "settings": settings})
    assert state["revision"] == 1
    for name, printed in zip(("W1[0,0]", "b1[0]"), PRINTED_GRADIENTS, strict=True):
        line = client.read(f"/api/runs/{lecture['id']}/explain", name=name)["lines"][0]
        assert agrees(printed, line["value"])
    sources = {token["source"]: token["value"] for token in line["tokens"] if token["source"]}
    assert sources["y[0,0]"] == 3.2
    assert {"f[0,0]", "f[1,0]", "f[2,0]"} <= set(sources)


def test_journey_1_each_operation_makes_the_numbers_it_names(client, lecture):
    run = lecture["id"]
    operations = client.read(f"/api/runs/{run}/operations")["operations"]
    made = set()
    for found in operations:
        one = client.read(f"/api/runs/{run}/operation", index=found["operation"]["index"])
        assert one["lines"] == found["lines"]
        assert found["lines"], found["operation"]
        for line in found["lines"]:
            for token in line["tokens"]:
                if token["source"] and token["source"][0] in "xzaδ":
                    assert token["source"] in made or token["source"].startswith("a1"), (line["name"], token)
            made.add(line["name"])
    assert {"x[0,0]", "z1[2,0]", "ℓ[1]", "L", "δ1[0,0]", "dL/dW1[0,0]", "new W1[0,0]"} <= made


def test_journey_1_the_factor_2_diverges_and_the_page_can_say_why(client, lecture):
    run = lecture["id"]
    settings = {**lecture["settings"], "reduction": "sum"}
    state = client.write(f"/api/runs/{run}/settings", {"data": "lecture", "settings": settings})
    assert state["stability"]["diverges"] is True
    assert state["stability"]["exact"] is True
    assert state["stability"]["largest_learning_rate"] == pytest.approx(0.0611, abs=1e-4)
    losses = []
    for _ in range(6):
        losses.append(client.read(f"/api/runs/{run}/frame")["losses"]["total"])
        client.control(run, do="move", unit="batch")
    assert [f"{loss:.4g}" for loss in losses] == ["14.55", "40.1", "179.9", "910", "4695", "2.43e+04"]
    client.control(run, do="play", unit="epoch")
    state = until(client, run, "diverged")
    assert "0.06106" in state["message"]
    frame = client.read(f"/api/runs/{run}/frame")
    assert frame["status"] == "diverged"
    assert frame["message"] == state["message"]


def until(client, run, *statuses, seconds=60):
    """Wait for a status."""
    deadline = time.monotonic() + seconds
    while True:
        state = client.read(f"/api/runs/{run}")
        if state["status"] in statuses:
            return state
        assert time.monotonic() < deadline, state["status"]
        time.sleep(0.05)


def test_journey_2_temperature_dead_patients_relu_and_l1(client, lecture):
    run = lecture["id"]
    columns = {**lecture["columns"], "kinds": {"tumor size": "number", "temperature": "number"}}
    settings = {**lecture["settings"], "start": None, "scale_inputs": True, "learning_rate": 0.1, "epochs": 3000}
    state = client.write(f"/api/runs/{run}/settings", {"data": "lecture", "columns": columns, "settings": settings})
    assert state["feature_names"] == ["tumor size", "temperature"]
    assert client.read(f"/api/runs/{run}/frame")["picture"]["kind"] == "map"
    settings |= {
        "hidden": [{"neurons": 2, "activation": "relu"}],
        "seed": 3,
        "reduction": "mean",
        "learning_rate": 0.05,
    }
    state = client.write(f"/api/runs/{run}/settings", {"data": "five_patients", "settings": settings})
    assert (state["layer_sizes"], state["parts"]["train"]) == ([2, 2, 1], 5)
    client.control(run, do="seek", step=2000)
    frame = client.read(f"/api/runs/{run}/frame", resolution=20)
    picture = frame["picture"]
    assert (len(picture["values"]), len(picture["neurons"][0]), len(picture["neurons"][0][0])) == (400, 2, 144)
    cards = client.read(f"/api/runs/{run}/neurons")["neurons"]
    assert [(card["layer"], card["index"]) for card in cards] == [(1, 0), (1, 1), (2, 0)]
    assert all("temperature" in card["sentence"] or "tumor size" in card["sentence"] for card in cards[:2])
    card = client.read(f"/api/runs/{run}/neuron", layer=1, index=0)
    assert sum(sum(one["counts"]) for one in card["histograms"]) == 5
    assert len(card["response"]["values"]) == 1600

    settings |= {"l1": 0.2}
    client.write(f"/api/runs/{run}/settings", {"data": "five_patients", "settings": settings})
    client.control(run, do="seek", step=3000)
    frame = client.read(f"/api/runs/{run}/frame")
    losses = frame["losses"]
    weights = np.concatenate([np.ravel(layer["weights"]) for layer in frame["layers"]])
    assert losses["l1"] == pytest.approx(0.2 * np.abs(weights).sum())
    assert losses["total"] == losses["data"] + losses["l1"]
    assert (np.abs(weights) < 0.02).sum() >= 2
    assert frame["curves"]["l1"][-1] == losses["l1"]
    client.control(run, do="move", unit="batch", count=-1)
    opened = client.read(f"/api/runs/{run}/explain", name="W1[0,0]")
    parts = {line["part"]: line for line in opened["lines"]}
    assert parts["penalty"]["name"] == "dl1/dW1[0,0]"
    assert parts["gradient"]["value"] == parts["chain rule"]["value"] + parts["penalty"]["value"]


@pytest.fixture(scope="module")
def patients():
    """A real table of 569 rows and 31 columns with a text target, as a CSV file."""
    raw = load_breast_cancer(as_frame=True)
    frame = raw.frame.drop(columns="target")
    frame["diagnosis"] = [str(raw.target_names[code]) for code in raw.target]
    return frame.to_csv(index=False)


def test_journey_3_a_real_table(client, patients):
    answer = client.upload(patients, name="biopsies.csv")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    understanding, data = found["understanding"], found["summary"]["id"]
    assert (found["summary"]["n_rows"], found["summary"]["n_columns"], found["editable"]) == (569, 31, False)
    assert (understanding["choice"]["target"], understanding["classes"]) == ("diagnosis", ["benign", "malignant"])
    assert len(understanding["proposal"]["hidden"]) == 1
    assert all(column["histogram"] for column in understanding["columns"] if column["role"] == "input")
    other = client.write(f"/api/data/{data}/columns", {"target": "mean radius"})
    assert (other["task"], other["proposal"]["loss"]) == ("regression", "squared_error")
    state = client.write("/api/runs", {"data": data})
    run = state["id"]
    assert state["engine"] == "compiled"
    client.control(run, do="play", unit="epoch")
    until(client, run, "finished")
    scores = client.read(f"/api/runs/{run}/evaluation")
    test = next(part for part in scores["parts"] if part["part"] == "test")
    accuracy = next(score for score in test["scores"] if score["metric"] == "accuracy")
    assert accuracy["value"] > 0.9
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    assert np.trace(test["confusion"]) / test["n_rows"] == accuracy["value"]
    assert test["roc"][0] == [0, 0]
    assert test["roc"][-1] == [1, 1]

    client.write(f"/api/runs/{run}/compare")
    deadline = time.monotonic() + 120
    while (comparison := client.read(f"/api/runs/{run}/comparison"))["status"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert comparison["status"] == "ready", comparison["message"]
    models = {model["model"]: model for model in comparison["models"]}
    assert {"network", "random forest", "SVM", "logistic regression"} <= set(models)
    own = next(score for score in models["network"]["scores"] if score["metric"] == "accuracy")
    assert own["value"] == accuracy["value"]
    assert comparison["n_test"] == test["n_rows"]
    assert comparison["verdict"]

    row = test["rows"][0]
    patient = client.read(f"/api/runs/{run}/trace", row=row)
    assert patient["rows"] == [row]
    assert patient["trace"]["inputs"][0][0]["formula"].startswith("(")
    assert "float32" in patient["trace"]["precision"]
    card = client.read(f"/api/runs/{run}/neuron", layer=1, index=3, x="mean radius", y="mean texture", row=row)
    assert [one["label"] for one in card["histograms"]] == ["benign", "malignant"]
    client.control(run, do="move", unit="batch", count=-1)
    opened = client.read(f"/api/runs/{run}/explain", name="W1[4,2]")
    assert opened["check"]["verdict"].startswith("agrees")


@pytest.mark.parametrize("data", ["lecture", "circle", "breast_cancer", "diabetes"])
def test_journey_4_the_script_repeats_the_run_bit_for_bit(client, tmp_path, data):
    run = client.write("/api/runs", {"data": data})["id"]
    client.control(run, do="seek", step=7)
    client.control(run, do="set", parameter="W1[0,0]", value=0.123)
    client.control(run, do="move", unit="batch", count=15)
    script = tmp_path / "run.py"
    answer = client.get(f"/api/runs/{run}/export/script")
    assert answer.headers["content-disposition"].startswith("attachment;")
    script.write_text(answer.text, encoding="utf-8")
    (tmp_path / "table.csv").write_text(client.get(f"/api/data/{data}/csv").text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "table.csv")], capture_output=True, text=True, cwd=tmp_path,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("the same bits as in the studio"), done.stdout[:200]


def test_journey_4_the_model_predicts_what_the_page_shows(client, tmp_path):
    run = client.write("/api/runs", {"data": "breast_cancer"})["id"]
    client.control(run, do="seek", step=100)
    path = tmp_path / "network.glassnet"
    path.write_bytes(client.get(f"/api/runs/{run}/export/model").content)
    model = glassnet.load(path)
    lines = client.get(f"/api/runs/{run}/export/predictions").text.splitlines()
    (tmp_path / "table.csv").write_text(client.get("/api/data/breast_cancer/csv").text)
    shares = model.predict_proba(tmp_path / "table.csv")[:, 1]
    shown = [float(line.split(",")[-1]) for line in lines[1:]]
    np.testing.assert_allclose(shares, shown, rtol=1e-5, atol=1e-7)


def test_journey_4_the_model_says_how_it_was_trained_whatever_presets_say(client, tmp_path, monkeypatch):
    settings = client.write("/api/data/digits/columns", {"target": "digit"})["proposal"]
    settings |= {
        "reduction": "half-sum",
        "learning_rate": 0.004,
        "initializer": "glorot",
        "epochs": 7,
        "batch_size": 16,
    }
    columns = {"target": "digit", "task": "classification", "kinds": {}}
    run = client.write("/api/runs", {"data": "digits", "columns": columns, "settings": settings})["id"]
    client.control(run, do="seek", step=10)
    path, table = tmp_path / "network.glassnet", tmp_path / "table.csv"
    path.write_bytes(client.get(f"/api/runs/{run}/export/model").content)
    table.write_text(client.get("/api/data/digits/csv").text)

    def gone(*_):
        raise AssertionError("a preset was asked")

    for place in ("decision.choose", "preset.preset", "preset.choose"):
        monkeypatch.setattr(f"glassnet.estimators.recipes.{place}", gone)
    model = glassnet.load(path)
    recipe = model.recipe_
    assert (recipe.learning_rate, recipe.epochs, recipe.batch_size, recipe.reduction) == (0.004, 7, 16, "half-sum")
    assert {each.name for each in recipe.initializers} == {"glorot"}
    trace = model.trace(table, 3)
    assert "learning rate 0.004" in trace.text().replace("\n", " ")
    assert "loss softmax_cross_entropy (half-sum)" in trace.text()
    again = glassnet.load(model.save(tmp_path / "again.glassnet"))
    assert again.recipe_ == recipe
    np.testing.assert_array_equal(again.predict_proba(table), model.predict_proba(table))


@pytest.mark.parametrize("loss", ["poisson", "gamma", "squared_error"])
def test_journey_4_the_model_keeps_the_link_of_its_loss(client, tmp_path, loss):
    rows = "".join(f"{i % 7},{i % 5}.5,{1 + i % 7 * (i % 5)}\n" for i in range(40))
    data = client.upload("size,temp,count\n" + rows).json()["summary"]["id"]
    columns = {"target": "count", "task": "regression", "kinds": {}}
    settings = client.write(f"/api/data/{data}/columns", columns)["proposal"]
    settings = {**settings, "loss": loss, "scale_target": False, "learning_rate": 0.001}
    run = client.write("/api/runs", {"data": data, "columns": columns, "settings": settings})["id"]
    client.control(run, do="seek", step=20)
    (tmp_path / "table.csv").write_text(client.get(f"/api/data/{data}/csv").text)
    path = tmp_path / "network.glassnet"
    path.write_bytes(client.get(f"/api/runs/{run}/export/model").content)
    shown = client.get(f"/api/runs/{run}/export/predictions").text.splitlines()[1:]
    predicted = glassnet.load(path).predict(tmp_path / "table.csv")
    np.testing.assert_allclose(predicted, [float(line.split(",")[-1]) for line in shown], rtol=1e-5)
    assert loss == "squared_error" or (predicted > 0).all()


def test_journey_4_a_lab_opens_elsewhere_at_the_same_bits(client):
    data = client.upload("size,temp,y\n" + "".join(f"{i % 7},{i % 5}.5,{i}\n" for i in range(20))).json()["summary"][
        "id"
    ]
    first = client.write("/api/runs", {"data": data, "name": "my lab"})["id"]
    client.control(first, do="seek", step=9)
    client.control(first, do="set", parameter="W1[1,0]", value=-0.75)
    client.control(first, do="move", unit="batch", count=3)
    client.control(first, do="move", unit="operation", count=2)
    bare = client.read(f"/api/runs/{first}/export/state")
    assert bare["data"]["csv"] is None  # rows leave only when a person says so
    lab = client.read(f"/api/runs/{first}/export/state", table=1)
    assert "7" in lab["data"]["csv"]
    second = client.write("/api/labs", json.loads(json.dumps(lab)))
    assert second["id"] != first
    assert (second["name"], second["position"]["operation"]) == ("my lab (2)", 2)
    assert client.read(f"/api/runs/{second['id']}/frame")["layers"] == client.read(f"/api/runs/{first}/frame")["layers"]
    built_in = client.write("/api/runs", {"data": "xor"})["id"]
    lab = client.read(f"/api/runs/{built_in}/export/state")
    assert (lab["data"]["built_in"], lab["data"]["csv"]) == ("xor", None)
    assert client.post("/api/labs", json={**lab, "format": 2}).status_code == 400


def test_journey_4_the_lesson_stands_alone(client, lecture):
    page = client.get(f"/api/runs/{lecture['id']}/export/step").text
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "<script" not in page
    assert "://" not in page.replace("http://www.w3.org", "")
    assert "tumor size" in page


def test_menus_come_from_the_registries(client):
    from glassnet.formulas import activations, losses, optimizers

    found = client.read("/api/catalog")
    for key, registry in (("activations", activations), ("losses", losses), ("optimizers", optimizers)):
        assert [one["name"] for one in found[key]] == list(registry)
        assert all(one["summary"] and one["formulas"] for one in found[key])
    relu = next(one for one in found["activations"] if one["name"] == "relu")
    assert relu["curve"][0] == [-4.0, 0.0, 0.0]


@pytest.mark.parametrize("data", ["lecture", "five_patients", "circle", "xor", "spiral", "gauss", "diabetes", "digits"])
def test_every_built_in_set_opens_and_trains(client, data):
    described = client.read(f"/api/data/{data}")
    assert described["summary"]["n_rows"] == client.read(f"/api/data/{data}/rows", limit=1)["total"]
    run = client.write("/api/runs", {"data": data})["id"]
    before = client.read(f"/api/runs/{run}/frame")["losses"]["total"]
    client.control(run, do="move", unit="epoch", count=10)
    frame = client.read(f"/api/runs/{run}/frame")
    assert frame["losses"]["total"] < before
    assert frame["picture"] is not None
    assert client.read(f"/api/runs/{run}/points")["points"]
    assert client.read(f"/api/runs/{run}/evaluation")["parts"]


@pytest.mark.parametrize("schedule", ["cosine", "coslog4", "warm_up"])
def test_a_schedule_that_begins_or_ends_with_zero_can_be_opened(client, lecture, schedule):
    run = lecture["id"]
    settings = {**lecture["settings"], "schedule": schedule, "epochs": 5}
    client.write(f"/api/runs/{run}/settings", {"data": "lecture", "settings": settings})
    for step in (0, 5):
        client.control(run, do="seek", step=step)
        old = client.read(f"/api/runs/{run}/frame")["layers"][0]["weights"][0][0]
        new = client.read(f"/api/runs/{run}/explain", name="W1[0,0]")["lines"][-1]["value"]
        at_rest = {0: ("coslog4",), 5: ("coslog4", "cosine")}[step]
        assert (new == old) == (schedule in at_rest)


def test_a_lab_takes_along_only_the_columns_that_are_used_and_its_controls_stay_hidden(client):
    rows = "".join(f"P{i:03},secret {i},{i % 7},{i % 5}.5,{i}\n" for i in range(20))
    data = client.upload("patient,comment,size,temp,y\n" + rows).json()["summary"]["id"]
    columns = {"target": "y", "groups": "patient", "kinds": {"comment": "left_out"}}
    run = client.write("/api/runs", {"data": data, "columns": columns, "hidden": ["data", "take"]})
    client.control(run["id"], do="move", unit="epoch", count=4)
    lab = client.read(f"/api/runs/{run['id']}/export/state", table=1)
    assert lab["data"]["csv"].splitlines()[0] == "patient,size,temp,y"
    assert "secret" not in json.dumps(lab)
    assert lab["hidden"] == ["data", "take"]
    copy = client.write("/api/labs", lab)
    assert copy["hidden"] == ["data", "take"]
    assert copy["data"]["n_columns"] == 4
    frames = [client.read(f"/api/runs/{one}/frame")["layers"] for one in (run["id"], copy["id"])]
    assert frames[0] == frames[1]
    settings = {**copy["settings"], "seed": 9}
    anew = client.write(
        f"/api/runs/{copy['id']}/settings",
        {"data": copy["data"]["id"], "columns": copy["columns"], "settings": settings},
    )
    assert (anew["id"] != copy["id"], anew["hidden"]) == (True, ["data", "take"])


def test_a_lab_without_its_table_opens_where_the_same_file_is_open(client, studio_in, tmp_path):
    text = "size,temp,y\n" + "".join(f"{i % 7},{i % 5}.5,{3 * i}\n" for i in range(20))
    run = client.write("/api/runs", {"data": client.upload(text, "mine.csv").json()["summary"]["id"]})["id"]
    client.control(run, do="move", unit="epoch", count=4)
    lab = client.read(f"/api/runs/{run}/export/state")
    with studio_in(tmp_path / "elsewhere") as live, live.client() as other:
        answer = other.post("/api/labs", json=lab)
        assert (answer.status_code, "does not include its table 'mine.csv'" in answer.json()["message"]) == (400, True)
        other.upload(text.replace("y\n", "y2\n"), "mine.csv")
        assert other.post("/api/labs", json=lab).status_code == 400
        other.upload(text, "the same.csv")
        opened = other.write("/api/labs", lab)
        assert (
            other.read(f"/api/runs/{opened['id']}/frame")["layers"] == client.read(f"/api/runs/{run}/frame")["layers"]
        )


def test_the_response_of_a_neuron_is_its_activation_over_the_view(client):
    """The oracle: the trace of a row that lies on the grid."""
    run = client.write("/api/runs", {"data": "circle"})["id"]
    client.control(run, do="move", unit="epoch", count=20)
    trace = client.read(f"/api/runs/{run}/trace", row=3)["trace"]
    row = client.read("/api/data/circle/rows", offset=3, limit=1)["rows"][0]
    for index in range(3):
        a = trace["forward"][0]["a"][0][index]
        found = client.read(f"/api/runs/{run}/neuron", layer=1, index=index, resolution=120)["response"]
        assert (found["response"], found["columns"] * found["rows"]) == ("map", len(found["values"]))
        place = [round((float(cell) - axis["low"]) / (axis["high"] - axis["low"]) * 119)
                 for cell, axis in zip(row, (found["x"], found["y"]), strict=False)]  # fmt: skip
        assert abs(found["values"][place[1] * 120 + place[0]] - a) < 0.1
        assert max(found["values"]) - min(found["values"]) > 0.1
        line = client.read(f"/api/runs/{run}/neuron", layer=1, index=index, x="x1", row=3)["response"]
        assert (line["response"], len(line["values"])) == ("curve", len(line["at"]))
        near = min(range(len(line["at"])), key=lambda k: abs(line["at"][k] - float(row[0])))
        assert abs(line["values"][near] - a) < 0.1
