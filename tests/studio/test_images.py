"""Images and convolutions in the studio: what it says of a kernel, a pixel and a patch, held against the library."""

import numpy as np
import pytest

import glassnet
from glassnet.explanation import occlusion
from glassnet.studio.data.builtin import BUILT_IN

LENET = {
    "image": [
        {"layer": "convolution", "channels": 4, "size": 3},
        {"layer": "pooling", "take": "max", "size": 2},
        {"layer": "convolution", "channels": 6, "size": 3, "padding": "valid", "activation": "tanh"},
    ],
    "hidden": [{"neurons": 8, "activation": "relu"}],
    "loss": "softmax_cross_entropy", "optimizer": "adam", "learning_rate": 0.003, "batch_size": 32, "epochs": 20,
    "initializer": "he", "test_share": 0.2, "validation_share": 0.15,
}  # fmt: skip


@pytest.fixture(scope="module")
def run(live):
    with live.client() as client:
        found = client.write("/api/runs", {"data": "digit_images", "settings": LENET})["id"]
        client.control(found, do="move", unit="epoch", count=2)
    return found


@pytest.fixture(scope="module")
def network(live, run):
    return live.studio.runs.get(run).run.network()


def prepared_of(live, run):
    return live.studio.runs.get(run).run.preparation


def test_maps_are_the_forward_pass_and_kernels_the_weights(client, live, run, network):
    maps = client.read(f"/api/runs/{run}/frame", row=7)["maps"]
    preparation = prepared_of(live, run)
    passed = network.forward(preparation.X[7:8])
    kinds = [layer["kind"] for layer in maps["layers"]]
    assert kinds == ["image", "convolution", "max pooling", "convolution", "dense", "dense"]
    assert (maps["row"], maps["shown"]) == (7, "values")
    for layer, a in zip(maps["layers"], passed.a, strict=True):
        shape = (layer["rows"], layer["columns"], layer["channels"])
        own = a[0].reshape(shape).transpose(2, 0, 1).reshape(layer["channels"], -1)
        np.testing.assert_allclose(layer["values"], own, rtol=1e-5, atol=1e-9)
        assert layer["largest"] == pytest.approx(np.abs(a).max())
    for k in (1, 3):
        kernels = np.array(maps["layers"][k]["kernels"])
        np.testing.assert_allclose(kernels, network.weights[k - 1].reshape(kernels.shape), rtol=1e-5)
    gray = maps["center"] + maps["scale"] * np.array(maps["layers"][0]["values"][0])
    np.testing.assert_allclose(gray, BUILT_IN["digit_images"].table.column("image").pixels[7].ravel(), atol=1e-4)
    assert sum(maps["answer"]) == pytest.approx(1, abs=1e-5)


def test_changes_are_what_the_next_step_does_and_slopes_those_of_the_loss(client, live, run, network):
    preparation = prepared_of(live, run)
    changes = client.read(f"/api/runs/{run}/frame", row=7, maps="changes")["maps"]
    slopes = client.read(f"/api/runs/{run}/frame", row=7, maps="slopes")["maps"]
    own = network.gradients(preparation.X[7:8], preparation.y[7:8])
    np.testing.assert_allclose(slopes["layers"][0]["values"][0], own.d_inputs[0], rtol=1e-4, atol=1e-9)
    flat = np.array(slopes["layers"][1]["values"])
    np.testing.assert_allclose(flat.T.ravel(), own.d_activations[0][0], rtol=1e-4, atol=1e-9)
    client.control(run, do="move", unit="batch", count=1)
    after = live.studio.runs.get(run).run.network()
    client.control(run, do="move", unit="batch", count=-1)
    kernels = np.array(changes["layers"][1]["kernels"])
    moved = (after.weights[0] - network.weights[0]).reshape(kernels.shape)
    np.testing.assert_allclose(kernels, moved, rtol=1e-2, atol=1e-6)  # the engine steps in single precision


def test_a_pixel_opens_as_its_patch_times_the_kernel(client, run, network, live):
    found = client.read(f"/api/runs/{run}/explain", name="a3[0,2,1,0]", row=7)
    window = found["picture"]
    assert (window["picture"], window["rows"], window["top"], window["left"]) == ("window", 3, 1, 0)
    total = sum(channel["sum"] for channel in window["channels"]) + window["bias"]
    assert total == pytest.approx(window["total"], rel=1e-9)
    assert np.tanh(window["total"]) == pytest.approx(window["value"])
    below = network.forward(prepared_of(live, run).X[7:8]).a[2][0].reshape(4, 4, 4)
    for channel in window["channels"]:
        patch = below[1:4, 0:3, channel["channel"]].ravel()
        np.testing.assert_allclose(channel["patch"], patch, rtol=1e-5)
        assert channel["sum"] == pytest.approx(patch @ network.weights[2][2, channel["channel"]].ravel(), rel=1e-9)
    assert "channel 2 at 1,0" in found["title"]
    pooled = client.read(f"/api/runs/{run}/explain", name="a2[0,1,0,3]", row=7)["picture"]
    patch = pooled["channels"][0]["patch"]
    assert pooled["winner"] == int(np.argmax(patch))
    assert max(patch) == pytest.approx(pooled["value"], rel=1e-5)


def test_a_weight_opens_as_the_patches_that_move_it_and_the_check_agrees(client, run):
    found = client.read(f"/api/runs/{run}/explain", name="W1[1,0,2,0]")
    assert found["check"]["verdict"] == "agrees"
    picture = found["picture"]
    assert (picture["picture"], picture["tap_y"], picture["tap_x"]) == ("patches", 2, 0)
    assert picture["total"] == pytest.approx(found["check"]["analytic"])
    sizes = [abs(patch["product"]) for patch in picture["patches"]]
    assert sizes == sorted(sizes, reverse=True)
    for patch in picture["patches"]:
        assert patch["product"] == pytest.approx(patch["signal"] * patch["pixel"])
        assert patch["patch"][2 * 3 + 0] == pytest.approx(patch["pixel"], rel=1e-5)
        assert patch["name"] == f"image {patch['row']}"
    slope = client.read(f"/api/runs/{run}/explain", name="dL/dx[0,0,3,3]", row=7)
    assert slope["lines"]


def test_the_occlusion_map_is_that_of_the_model_file(client, run, tmp_path):
    path = tmp_path / "digits.glassnet"
    path.write_bytes(client.get(f"/api/runs/{run}/export/model").content)
    model, table = glassnet.load(path), BUILT_IN["digit_images"].table
    found = client.read(f"/api/runs/{run}/occlusion", row=7)
    own = occlusion(model, table, row=7)
    np.testing.assert_allclose(found["values"], own.map.ravel(), atol=1e-9)
    assert found["answer"] == pytest.approx(own.answer)
    assert found["label"] == f"probability of digit = {own.output}"
    assert [where for where, _ in found["helpful"]] == [region.where for region in own.helpful()]
    other = client.read(f"/api/runs/{run}/occlusion", row=7, output="3")
    assert other["label"] == "probability of digit = 3"
    assert client.get(f"/api/runs/{run}/occlusion", params={"row": 7, "output": "x"}).status_code == 400
    lecture = client.write("/api/runs", {"data": "lecture"})["id"]
    assert client.get(f"/api/runs/{lecture}/occlusion", params={"row": 0}).status_code == 400


def test_a_channel_names_its_patches(client, run):
    card = client.read(f"/api/runs/{run}/neuron", layer=1, index=2)
    assert card["neuron"]["sentence"].startswith("Channel 2 of layer 1")
    assert len(card["patches"]) == 3
    assert all(len(patch["pixels"]) == 1 and len(patch["pixels"][0]) == 9 for patch in card["patches"])
    assert client.get(f"/api/runs/{run}/neuron", params={"layer": 2, "index": 0}).status_code == 400


def test_a_kernel_is_set_by_hand_and_the_run_repeats_its_bits(client, live, run):
    client.control(run, do="set", parameter="W1[1,0,2,0]", value=0.25)
    client.control(run, do="move", unit="epoch", count=1)
    before = live.studio.runs.get(run).run.parameters()
    client.control(run, do="move", unit="epoch", count=-2)
    client.control(run, do="move", unit="epoch", count=2)
    after = live.studio.runs.get(run).run.parameters()
    assert all((a == b).all() for parts in zip(before, after, strict=True) for a, b in zip(*parts, strict=True))
    text = client.get(f"/api/runs/{run}/export/script").text
    assert "Plan.of(" in text
    assert "Convolution(6, 3, 'tanh', stride=1, padding='valid', initializer='he')" in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"image": [{"layer": "convolution", "channels": 0}]}, "channels=0 must be a whole number from 1"),
        ({"image": [{"layer": "convolution", "channels": 2, "size": 9, "padding": "valid"}]}, "9"),
        ({"image": [{"layer": "pooling", "size": 99}]}, "size=99 must be a whole number from 1"),
        ({"image": [{"layer": "melting"}]}, "melting"),
    ],
)
def test_layers_that_cannot_be_are_refused_in_words(client, change, words):
    answer = client.post("/api/runs", json={"data": "digit_images", "settings": {**LENET, **change}})
    assert answer.status_code == 400
    assert words in answer.json()["message"]


def test_layers_on_images_need_images(client):
    settings = {**LENET, "loss": "squared_error"}
    answer = client.post("/api/runs", json={"data": "diabetes", "settings": settings})
    assert (answer.status_code, "no input column holds images" in answer.json()["message"]) == (400, True)


def test_dense_neurons_on_pixels_have_pictures_too(client):
    settings = {**LENET, "image": []}
    run = client.write("/api/runs", {"data": "phantoms", "settings": {**settings, "loss": "logistic"}})["id"]
    client.control(run, do="move", unit="epoch", count=1)
    first = client.read(f"/api/runs/{run}/frame", row=0)["maps"]["layers"][1]
    assert (first["kind"], first["kernel_rows"], len(first["kernels"])) == ("dense", 24, 8)
    assert client.read(f"/api/runs/{run}/evaluation")["parts"]
    rows = client.read("/api/data/phantoms/rows", limit=2)
    assert (rows["image"], len(rows["pictures"]), rows["pictures"][0]["rows"]) == ("image", 2, 24)
