"""The script of a run on images repeats it to the bit, in a process of its own, whatever trained and was changed."""

import subprocess
import sys

import pytest

LENET = {
    "image": [
        {"layer": "convolution", "channels": 3, "size": 3},
        {"layer": "pooling", "take": "max", "size": 2},
        {"layer": "convolution", "channels": 4, "size": 3, "stride": 2, "activation": "tanh"},
        {"layer": "pooling", "take": "mean", "size": 2},
    ],
    "hidden": [{"neurons": 6, "activation": "relu"}],
    "loss": "softmax_cross_entropy", "optimizer": "adam", "learning_rate": 0.003, "batch_size": 64, "epochs": 5,
    "initializer": "he", "test_share": 0.2, "validation_share": 0.1,
}  # fmt: skip
DENSE = {**LENET, "image": []}
PHANTOMS = {**LENET, "loss": "logistic", "batch_size": 100}
CASES = {
    "compiled": ("digit_images", None, LENET),
    "reference": ("phantoms", 12, {**PHANTOMS, "engine": "reference"}),
    "smaller images": ("phantoms", 16, PHANTOMS),
    "no convolution": ("digit_images", None, DENSE),
    "no convolution, reference": ("digit_images", 8, {**DENSE, "engine": "reference", "batch_size": 300}),
}


def repeated(client, run, data, folder):
    """What the script prints, next to the file of the images."""
    (folder / "run.py").write_text(client.get(f"/api/runs/{run}/export/script").text)
    (folder / "images.npz").write_bytes(client.get(f"/api/data/{data}/archive").content)
    command = [sys.executable, "run.py", "images.npz"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("case", CASES)
def test_the_script_repeats_the_bits(client, tmp_path, case):
    data, side, settings = CASES[case]
    choice = client.read(f"/api/data/{data}")["understanding"]["choice"]
    body = {"data": data, "columns": {**choice, "image_side": side}, "settings": settings}
    run = client.write("/api/runs", body)["id"]
    client.control(run, do="move", unit="epoch", count=1)
    assert "the same bits as in the studio" in repeated(client, run, data, tmp_path)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_with_changes_on_the_way_and_weights_set_by_hand(client, tmp_path, engine):
    settings = {**PHANTOMS, "engine": engine}
    choice = {**client.read("/api/data/phantoms")["understanding"]["choice"], "image_side": 10}
    run = client.write("/api/runs", {"data": "phantoms", "columns": choice, "settings": settings})["id"]
    client.control(run, do="move", unit="batch", count=2)
    client.control(run, do="set", parameter="W1[1,0,2,0]", value=0.25)
    body = {"data": "phantoms", "columns": choice, "settings": {**settings, "learning_rate": 0.01, "l2": 0.01}}
    assert client.write(f"/api/runs/{run}/settings", body)["id"] == run
    client.control(run, do="move", unit="batch", count=3)
    assert "the same bits as in the studio" in repeated(client, run, "phantoms", tmp_path)


def test_other_images_are_refused(client, tmp_path):
    run = client.write("/api/runs", {"data": "digit_images", "settings": LENET})["id"]
    client.control(run, do="move", unit="batch", count=1)
    (tmp_path / "run.py").write_text(client.get(f"/api/runs/{run}/export/script").text)
    (tmp_path / "other.npz").write_bytes(client.get("/api/data/phantoms/archive").content)
    done = subprocess.run(
        [sys.executable, "run.py", "other.npz"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "Error" in done.stderr.splitlines()[-1]
