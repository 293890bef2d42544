"""Class weights in the studio: loss, step, script, file and comparison are those of the estimator."""

import subprocess
import sys

import numpy as np
import pytest

import glassnet
from glassnet.files import fingerprint
from glassnet.network.trace.views.card import number_card

ROWS = 90
DRAWN = np.random.default_rng(11)
SIZES = DRAWN.normal(size=ROWS).round(3)
ILL = np.where(SIZES + DRAWN.normal(size=ROWS) > 1.2, "ill", "well")
TABLE = "\n".join(
    ["size,age,outcome", *(f"{s},{40 + k % 31},{y}" for k, (s, y) in enumerate(zip(SIZES, ILL, strict=True)))]
)
COLUMNS = {"target": "outcome"}
PLAIN = {"hidden": [{"neurons": 3, "activation": "tanh"}], "loss": "logistic", "learning_rate": 0.1, "epochs": 20,
         "batch_size": 16, "seed": 4}  # fmt: skip
BY_CLASS = {"ill": 3.0, "well": 0.5}


@pytest.fixture
def data(client):
    return client.upload(TABLE).json()["summary"]["id"]


def begin(client, data, **settings):
    return client.write("/api/runs", {"data": data, "columns": COLUMNS, "settings": {**PLAIN, **settings}})


def prepared_of(live, run):
    return live.studio.runs.get(run["id"]).run.preparation


@pytest.mark.parametrize("given", ["balanced", BY_CLASS])
def test_the_engine_learns_what_the_estimator_learns(client, live, data, given, tmp_path):
    """One network of the same settings on the same rows, in Python and in the studio: the same bits."""
    run = begin(client, data, class_weight=given, engine="compiled", initializer="he")
    client.control(run["id"], do="move", unit="epoch", count=20)
    machine = live.studio.runs.get(run["id"]).run.machine
    own = fingerprint(*[a.astype(np.float32) for part in machine.parameters() for a in part])
    path = tmp_path / "t.csv"
    path.write_text(TABLE)
    model = glassnet.GlassClassifier(
        recipe="lecture", hidden_layer_sizes=(3,), activation="tanh", optimizer="gradient_descent", learning_rate=0.1,
        schedule="constant", epochs=20, batch_size=16, l1=0.0, l2=0.0, validation_fraction=0.0, random_state=4,
        patience=20, class_weight=given,
    ).fit(path, target="outcome")  # fmt: skip
    assert model.recipe_.class_weights == prepared_of(live, run).class_weights
    assert fingerprint(*model.weights_, *model.biases_) == own
    unweighted = begin(client, data, engine="compiled", initializer="he")
    client.control(unweighted["id"], do="move", unit="epoch", count=20)
    plain = live.studio.runs.get(unweighted["id"]).run.machine.parameters()
    assert not np.allclose(plain[0][0], machine.parameters()[0][0])


@pytest.mark.parametrize("given", ["balanced", BY_CLASS])
def test_loss_and_opened_numbers_weigh_the_rows(client, live, data, given):
    run = begin(client, data, class_weight=given, engine="reference", batch_size=None)
    preparation = prepared_of(live, run)
    of_row = np.array(preparation.class_weights)[preparation.truth[preparation.train]]
    network = preparation.network()
    X, y = preparation.X[preparation.train], preparation.y[preparation.train]
    frame = client.read(f"/api/runs/{run['id']}/frame")
    assert frame["losses"]["data"] == pytest.approx(network.loss(X, y, of_row).total, rel=1e-14)
    opened = client.read(f"/api/runs/{run['id']}/explain", name="dL/dW1[0,0]", digits=17, terms=100)
    trace = network.trace(X, y, sample_weight=of_row, learning_rate=0.1)
    plain = network.trace(X, y, learning_rate=0.1)
    weighed, unweighed = (number_card(one, "dL/dW1[0,0]", digits=17, terms=100)["lines"] for one in (trace, plain))
    assert opened["lines"] == weighed != unweighed
    assert any(note.startswith("A row of ill counts") for note in run["notes"])
    client.control(run["id"], do="move", unit="batch", count=1)
    network.fit(X, y, sample_weight=of_row, learning_rate=0.1, steps=1, epochs=20)
    machine = live.studio.runs.get(run["id"]).run.machine
    assert fingerprint(*machine.parameters()[0]) == fingerprint(*network.weights)


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_the_script_repeats_the_run_and_the_file_knows_the_weights(client, data, engine, tmp_path):
    run = begin(client, data, class_weight=BY_CLASS, engine=engine, test_share=0.2)
    client.control(run["id"], do="move", unit="epoch", count=3)
    script = tmp_path / "run.py"
    script.write_text(client.get(f"/api/runs/{run['id']}/export/script").text)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert "the same bits as in the studio" in done.stdout, done.stdout + done.stderr
    path = tmp_path / "m.glassnet"
    path.write_bytes(client.get(f"/api/runs/{run['id']}/export/model").content)
    model = glassnet.load(path)
    assert (model.class_weight, model.recipe_.class_weights) == (BY_CLASS, (3.0, 0.5))
    client.write(f"/api/runs/{run['id']}/compare")
    state = {"status": "running"}
    while state["status"] == "running":
        state = client.read(f"/api/runs/{run['id']}/comparison")
    assert state["status"] == "ready", state
    assert any("class weights" in note for note in state["notes"])


def test_other_weights_ask_for_a_new_start(client, data):
    run = begin(client, data)
    client.control(run["id"], do="move", unit="epoch", count=2)
    wanted = {"data": data, "columns": COLUMNS, "settings": {**PLAIN, "class_weight": "balanced"}}
    changed = client.write(f"/api/runs/{run['id']}/settings", wanted)
    assert changed["id"] != run["id"]
    assert changed["position"]["step"] == 0


@pytest.mark.parametrize(("given", "said"), [
    ({"sick": 2.0}, "'sick' is not a class"), ({"ill": 0.0}, "above 0"), ({"ill": -1.0}, "above 0"),
])  # fmt: skip
def test_weights_that_cannot_be_are_refused_in_words(client, data, given, said):
    settings = {**PLAIN, "class_weight": given}
    answer = client.post("/api/runs", json={"data": data, "columns": COLUMNS, "settings": settings})
    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert "class_weight" not in answer.json()["message"]


def test_amounts_have_no_classes_to_weigh(client):
    answer = client.post("/api/runs", json={"data": "lecture", "settings": {"class_weight": "balanced"}})
    assert answer.status_code == 400
    assert "Class weights are for classes" in answer.json()["message"]


def test_a_page_without_a_server_says_that_it_cannot_weigh(client, data):
    run = begin(client, data, class_weight="balanced")
    answer = client.get(f"/api/runs/{run['id']}/export/lesson", params={"table": 1})
    assert answer.status_code == 400
    assert "count alike" in answer.json()["message"]
