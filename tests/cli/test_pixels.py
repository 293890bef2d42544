"""A network on the pixels of images by the commands: train with the comparison and its page, predict, trace, export."""

import csv
import io
import shutil
from pathlib import Path

import numpy as np
import pytest

from glassnet import load
from glassnet.images import phantoms

MADE = phantoms(72, seed=6)
FEW = ("--epochs", 2, "--networks", 2, "--resampling", "folds", "--families", "symmetry,intensity")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Phantoms in the layout of MedMNIST."""
    path = tmp_path_factory.mktemp("images") / "scans.npz"
    parts = {"train": slice(0, 44), "val": slice(44, 52), "test": slice(52, 72)}
    arrays = {f"{part}_images": MADE.images[rows] for part, rows in parts.items()}
    np.savez(path, **arrays, **{f"{part}_labels": MADE.labels[rows][:, None] for part, rows in parts.items()})
    return path


@pytest.fixture(scope="module")
def trained(archive, tmp_path_factory):
    """What train printed, the model and the page."""
    from glassnet.cli import main

    folder = tmp_path_factory.mktemp("model")
    words = ["train", archive, "--target", "label", *FEW, "--model", folder / "scans.glassnet"]
    assert main([*map(str, words)]) == 0
    return folder / "scans.glassnet", folder / "scans-images.html"


def test_train_compares_on_the_test_part_of_the_archive(archive, tmp_path, glassnet):
    done = glassnet("train", archive, "--target", "label", *FEW, "--model", tmp_path / "m.glassnet")
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert "72 images: the network looks at their pixels, 28 x 28, gray; the models it is compared with see" in said
    assert "The test part of the archive is the test set" in said
    assert "on 20 test rows" in said
    assert "784 inputs from 1 column: image 1" in said
    for rival in ("random forest on", "SVM on features", "network on features", "logistic regression on"):
        assert rival in said
    assert "m-images.html: the images on which models on learned and hand-crafted features disagree" in said


def test_the_page_shows_who_is_right_on_which_image(trained):
    page = trained[1].read_text("utf-8")
    assert "Where learned and hand-crafted features disagree" in page
    for words in ("network right", "Only the network is right", "Only the features are right", "Both are wrong"):
        assert words in page
    assert "<script" not in page


def test_predict_trace_show_and_export(archive, trained, tmp_path, glassnet):
    model = trained[0]
    predicted = glassnet("predict", model, archive, "--part", "test", "--quiet")
    assert predicted.code == 0, predicted.err
    rows = list(csv.DictReader(io.StringIO(predicted.out)))
    assert [row["image_id"] for row in rows] == [f"test/{k:02d}" for k in range(20)]
    opened = glassnet("trace", model, archive, "--row", 7, "--parameter", "W1[2,0,1,1]")
    assert opened.code == 0, opened.err
    assert "agrees" in opened.out
    page = tmp_path / "row.html"
    assert glassnet("trace", model, archive, "--row", 7, "--html", page).code == 0
    assert "The images." in page.read_text("utf-8")
    shown = " ".join(glassnet("show", model).out.split())
    assert "Convolution(16, 3, 'relu'): 28 x 28 x 1 to 28 x 28 x 16" in shown
    assert "28 x 28 x 1 pixels" in shown
    runtime = pytest.importorskip("onnxruntime")
    out = tmp_path / "scans.onnx"
    exported = glassnet("export", model, "--to", "onnx", "--out", out)
    assert exported.code == 0, exported.err
    session = runtime.InferenceSession(str(out), providers=["CPUExecutionProvider"])
    given = {session.get_inputs()[0].name: MADE.images[52:].astype(np.float32)[..., None]}
    chance = session.run(["probabilities"], given)[0]
    wanted = [[float(row[name]) for name in row if name.startswith("probability")] for row in rows]
    np.testing.assert_allclose(chance, wanted, atol=2e-5)
    for to in ("c", "python"):
        done = glassnet("export", model, "--to", to, "--out", tmp_path / f"scans.{to}")
        assert done.code == 0, done.err


def test_a_schema_file_and_tune(archive, tmp_path, glassnet):
    table = tmp_path / "scans.toml"
    done = glassnet("schema", archive, "--target", "label", "--write", table)
    assert done.code == 0, done.err
    tuned = glassnet("tune", archive, "--target", "label", "--rounds", 1, "--trials", 2, "--threads", 1, "--model",
                     tmp_path / "t.glassnet", "--families", "symmetry", "--budget", 6)  # fmt: skip
    assert tuned.code == 0, tuned.err


def test_a_table_with_a_column_of_paths(tmp_path, glassnet):
    image = pytest.importorskip("PIL.Image")
    lines = ["scan,age,outcome"]
    for k, (pixels, name) in enumerate(zip(MADE.images, MADE.names, strict=True)):
        path = tmp_path / "img" / f"größe {k:02d}.png"
        path.parent.mkdir(exist_ok=True)
        image.fromarray(pixels).save(path)
        lines.append(f"img/größe {k:02d}.png,{40 + k % 7},{name}")
    lines.append("/etc/passwd,50,benign")
    table, model = tmp_path / "patients.csv", tmp_path / "m.glassnet"
    table.write_text("\n".join(lines), "utf-8")
    few = ("--epochs", 2, "--networks", 2, "--resampling", "folds")
    done = glassnet("train", table, "--target", "outcome", *few, "--model", model)
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert "785 inputs from 2 columns: image 1, integer 1" in said
    assert "1 row without a readable image left out: line 74, /etc/passwd: lies outside the folder" in said
    predicted = glassnet("predict", model, table, "--quiet")
    assert predicted.code == 0, predicted.err
    assert len(predicted.out.splitlines()) == 73
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    lost = shutil.copy(table, elsewhere)
    Path(lost).write_text("\n".join(lines[:-1]), "utf-8")
    said = " ".join(glassnet("schema", lost, "--target", "outcome").out.split())
    assert "names images, and none of the first 50 exists, such as img/größe 00.png" in said


@pytest.mark.parametrize(("words", "said"), [
    (("--inputs", "pixel"), "Did you mean 'pixels'?"), (("--size", "big"), "is not an image size"),
    (("--inputs", "features", "--size", "8"), "--size is for networks on pixels"),
    (("--hidden", "8", "--recipe", "images", "--size", "9x0"), "is not an image size"),
])  # fmt: skip
def test_options_that_cannot_be(archive, tmp_path, glassnet, words, said):
    done = glassnet("train", archive, "--target", "label", *words, "--model", tmp_path / "m.glassnet")
    assert done.code == 2
    assert said in " ".join(done.err.split())


def test_volumes_are_for_features(tmp_path, glassnet):
    nibabel = pytest.importorskip("nibabel")
    for k in range(4):
        path = tmp_path / "scans" / "ab"[k % 2] / f"{k}.nii"
        path.parent.mkdir(parents=True, exist_ok=True)
        volume = np.random.default_rng(k).normal(size=(6, 5, 4)).astype(np.float32)
        nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), path)
    model = tmp_path / "m.glassnet"
    done = glassnet("train", tmp_path / "scans", "--target", "label", "--slices", "all", "--model", model)
    assert done.code == 2
    assert "All images are volumes, and networks look at flat images" in " ".join(done.err.split())


def test_images_that_do_not_fit_are_read_in_blocks(archive, trained, tmp_path, glassnet):
    small = tmp_path / "small.glassnet"
    words = ("train", archive, "--target", "label", *FEW, "--model", small, "--memory-limit", "100kB")
    done = glassnet(*words)
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert "72 images would take 0.508 MB of memory, and 0.1 MB may be used" in said
    assert "logistic regression on pixels was skipped: it needs the whole table in memory" in said
    one, other = load(trained[0]), load(small)
    assert [w.tobytes() for w in one.weights_] == [w.tobytes() for w in other.weights_]
    assert one.scores_["test"]["network"] == other.scores_["test"]["network"]
    whole, blocks = (glassnet("predict", small, archive, "--part", "test", *limit)
                     for limit in ((), ("--memory-limit", "20kB")))  # fmt: skip
    assert whole.code == blocks.code == 0, blocks.err
    assert whole.out == blocks.out
    assert glassnet("trace", small, archive, "--row", 60, "--memory-limit", "100kB").code == 0


def test_a_limit_that_is_none_is_refused(archive, glassnet):
    done = glassnet("train", archive, "--target", "label", "--memory-limit", "some")
    assert done.code == 2
    assert "is not an amount of memory" in done.err
