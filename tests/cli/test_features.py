"""`glassnet features`: from a folder of images to a table that `train` takes as it stands, and one feature opened."""

import csv
import json
import os

import numpy as np
import pytest

from glassnet.images import Knobs, phantoms
from glassnet.images.features import features

Image = pytest.importorskip("PIL.Image")
MADE = phantoms(60, knobs=Knobs(0.5, 1, 0.3, 0.1), seed=6)


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """A folder of phantoms with a sub-folder per class, masks beside it, and what does not belong there."""
    folder = tmp_path_factory.mktemp("images")
    for number, (image, mask, name) in enumerate(zip(MADE.images, MADE.masks, MADE.names, strict=True)):
        for kind, pixels in (("scans", image), ("masks", mask.astype(np.uint8))):
            path = folder / kind / name / f"{number:03d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
    Image.fromarray(MADE.images[0]).save(folder / "scans" / "benign" / "copy.png")
    Image.fromarray(MADE.masks[0].astype(np.uint8)).save(folder / "masks" / "benign" / "copy.png")
    (folder / "scans" / "benign" / "readme.txt").write_text("hello")
    return folder / "scans"


def read(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_folder_becomes_a_table_that_trains(scans, tmp_path, glassnet):
    out = tmp_path / "features.csv"
    done = glassnet("features", scans, "--out", out)
    assert done.code == 0, done.err
    assert "61 images, 284 features" in done.out
    assert "16 bins between the smallest and the largest value" in done.out
    assert "benign (31), malignant (30)" in done.out
    assert "benign/readme.txt: not an image" in done.out
    assert "Identical to an earlier image: 1; nearly so: 0." in " ".join(done.err.split())
    assert f"glassnet train {out} --target label --groups group_id" in done.out
    rows = read(out)
    assert len(rows) == 61
    assert rows[0]["image_id"] == "benign/000.png"
    assert float(rows[0]["intensity_mean [gray value]"]) == pytest.approx(MADE.images[0].mean())
    settings = json.loads((tmp_path / "features.settings.json").read_text("utf-8"))
    assert settings["left out"] == [{"name": "benign/readme.txt", "reason": "not an image"}]
    trained = glassnet("train", out, "--target", "label", "--groups", "group_id", "--epochs", 3, "--recipe", "lecture",
                       "--model", tmp_path / "m.glassnet")  # fmt: skip
    assert trained.code == 0, trained.err
    plain = glassnet("train", out, "--target", "label", "--epochs", 3, "--recipe", "lecture",
                     "--model", tmp_path / "n.glassnet")  # fmt: skip
    assert plain.code == 0, plain.err
    shown = " ".join(plain.out.split())
    assert "'image_id' is left out" in shown
    assert "'group_id' is left out" in shown


def test_with_masks(scans, tmp_path, glassnet):
    out = tmp_path / "f.csv"
    done = glassnet("features", scans, "--mask", scans.parent / "masks", "--bin-width", 20, "--families",
                    "outline,intensity", "--out", out)  # fmt: skip
    assert done.code == 0, done.err
    assert "inside masks" in done.out
    assert "bins of width 20 from the smallest value on" in done.out
    row = next(row for row in read(out) if row["image_id"] == "malignant/001.png")
    assert float(row["outline_area_counted [px²]"]) == MADE.masks[1].sum()
    assert float(row["intensity_mean [gray value]"]) == pytest.approx(MADE.images[1][MADE.masks[1]].mean())


def test_an_archive_and_quiet(tmp_path, glassnet):
    np.savez(tmp_path / "a.npz", train_images=MADE.images[:6], train_labels=MADE.labels[:6],
             test_images=MADE.images[6:9], test_labels=MADE.labels[6:9])  # fmt: skip
    done = glassnet("features", tmp_path / "a.npz", "--part", "test", "--families", "symmetry", "--out",
                    tmp_path / "f.csv", "--quiet")  # fmt: skip
    assert (done.code, done.out.strip(), done.err) == (0, str(tmp_path / "f.csv"), "")
    assert [row["image_id"] for row in read(tmp_path / "f.csv")] == ["test/0", "test/1", "test/2"]
    assert read(tmp_path / "f.csv")[0]["label"] == str(MADE.labels[6])


@pytest.mark.parametrize(
    "name", ["co_occurrence_contrast_2d_averaged", "intensity_median", "blob_count_bright", "histogram_entropy"]
)
def test_one_feature_is_opened(scans, tmp_path, glassnet, name):
    page = tmp_path / "page.html"
    done = glassnet("features", scans, "--open", name, "--image", "malignant/001.png", "--html", page)
    assert done.code == 0, done.err
    value = features[name].compute(MADE.images[1])
    assert f"{value:.10g}" in done.out
    assert features[name].each.source in " ".join(done.out.split())
    html = page.read_text("utf-8")
    assert "Recomputed" in html
    assert "callout confirmed" in html
    assert "<script" not in html
    assert "malignant/001.png" in html


def test_a_name_that_a_spreadsheet_would_run(tmp_path, glassnet):
    (tmp_path / "scans").mkdir()
    Image.fromarray(MADE.images[0]).save(tmp_path / "scans" / "=1+1.png")
    done = glassnet("features", tmp_path / "scans", "--families", "symmetry", "--out", tmp_path / "f.csv")
    assert done.code == 0, done.err
    assert read(tmp_path / "f.csv")[0]["image_id"] == "'=1+1.png"


def test_names_that_are_no_text(tmp_path, glassnet):
    folder = tmp_path / "scans"
    folder.mkdir()
    path = os.fsencode(folder) + b"/bad\xff.png"
    Image.fromarray(MADE.images[0]).save(tmp_path / "a.png")
    with open(path, "wb") as file:
        file.write((tmp_path / "a.png").read_bytes())
    (folder / "line\n\x1b[31m.txt").write_text("x")
    done = glassnet("features", folder, "--families", "symmetry", "--out", tmp_path / "f.csv")
    assert done.code == 0, done.err
    assert "line\\n\\x1b[31m.txt: not an image" in done.out
    assert read(tmp_path / "f.csv")[0]["image_id"] == "bad\\xff.png"
    opened = glassnet("features", folder, "--open", "symmetry_up_down", "--image", "bad\\xff.png")
    assert opened.code == 0, opened.err


def test_the_features_are_listed(glassnet):
    done = glassnet("features")
    assert done.code == 0
    assert "gray_level_dependence" in done.out
    one = glassnet("features", "--families", "co-occurrence,symmetry")
    assert "(i - j) ** 2 * p" in one.out
    assert "symmetry_left_right" in one.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{scans}"], "Add --out"),
        (["{scans}", "--out", "/nowhere/f.csv"], "the folder /nowhere does not exist"),
        (["{scans}/nothing", "--out", "{out}"], "There is no file or folder"),
        (["{scans}", "--out", "{out}", "--families", "color"], "Unknown feature or family"),
        (["{scans}", "--out", "{out}", "--families", "shape"], "Give masks"),
        (["{scans}", "--out", "{out}", "--bins", "8", "--bin-width", "2"], "Give one of the two"),
        (["{scans}", "--out", "{out}", "--bins", "1"], "from 2 to"),
        (["{scans}", "--out", "{out}", "--slices", "some"], "not a choice of slices"),
        (["{scans}", "--out", "{out}", "--mask", "{scans}/nothing"], "There is no mask file or folder"),
        (["{scans}", "--out", "{out}", "--most-pixels", "10"], "No image could be measured"),
        (["{scans}", "--open", "contrast"], "Unknown image feature 'contrast'"),
        (["{scans}", "--open", "intensity_mean", "--image", "benign/000.pgn"], "Did you mean 'benign/000.png'"),
        (["{scans}", "--open", "intensity_mean", "--image", "benign/readme.txt"], "cannot be read: not an image"),
        (["{scans}", "--open", "outline_area"], "Give a mask"),
        (["--families", "nonsense"], "Unknown family 'nonsense'"),
    ],
)
def test_bad_input(scans, tmp_path, glassnet, arguments, words):
    out = tmp_path / "f.csv"
    done = glassnet("features", *(text.format(scans=scans, out=out) for text in arguments))
    assert done.code == 2
    assert words in " ".join(done.err.split())
    assert len(done.err.strip().splitlines()) <= 2
    assert not out.exists()


def test_an_interrupt_writes_nothing(scans, tmp_path, glassnet, monkeypatch):
    from glassnet.images import feature_table as module

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("glassnet.images.feature_table", interrupted)
    assert module is not None
    out = tmp_path / "f.csv"
    done = glassnet("features", scans, "--out", out)
    assert done.code == 130
    assert "Nothing was written" in done.err
    assert list(tmp_path.iterdir()) == []


def test_which_features_each_classifier_uses(scans, tmp_path, glassnet):
    quick = ["--folds", 2, "--repeats", 1, "--steps", 1, "--candidates", 2]
    page, out = tmp_path / "which.html", tmp_path / "features.csv"
    only = ["--families", "symmetry,intensity_mean,intensity_variance"]
    done = glassnet("features", scans, *only, "--target", "label", "--out", out, "--html", page, *quick)
    assert done.code == 0, done.err
    shown = " ".join(done.out.split())
    for word in ("61 rows, 4 columns", "forest", "SVM", "network", "symmetry",
                 "lost without", "1 chosen", "chosen (folds)"):  # fmt: skip
        assert word in shown, word
    assert "Which features each classifier uses" in page.read_text("utf-8")
    assert len(read(out)) == 61
    again = glassnet("features", out, "--target", "label", "--groups", "group_id", *quick)
    assert again.code == 0, again.err
    quiet = glassnet("features", out, "--target", "label", "--html", page, *quick, "--quiet")
    assert quiet.out.split() == [str(page)]


@pytest.mark.parametrize(("words", "match"), [
    (["--folds", 3], "--folds has no effect without --target. Add --target label."),
    (["--target", "label", "--open", "symmetry_up_down"], "cannot be combined. Give one of them."),
    (["--target", "nothing"], "nothing"),
])  # fmt: skip
def test_questions_that_cannot_be_asked(scans, glassnet, words, match):
    done = glassnet("features", scans, "--families", "symmetry", *words)
    assert done.code == 2
    assert match in " ".join(done.err.split())


def test_options_of_images_are_refused_for_a_table(tmp_path, glassnet):
    table = tmp_path / "table.csv"
    table.write_text("x,label\n" + "\n".join(f"{k},{'ab'[k % 2]}" for k in range(40)) + "\n", "utf-8")
    done = glassnet("features", table, "--target", "label", "--bins", 8)
    assert done.code == 2
    assert "--bins is for images" in done.err
