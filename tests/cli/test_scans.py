"""A folder of images as the table of `train`, `predict`, `trace`, `show`, `schema`, `tune` and `export`."""

import csv
import shutil
import zipfile

import numpy as np
import pytest

from glassnet.images import Knobs, phantoms
from glassnet.tables import holds_images

Image = pytest.importorskip("PIL.Image")
MADE = phantoms(48, knobs=Knobs(0.5, 1, 0.3, 0.1), seed=6)
CLASSES = {"benign": "gutartig", "malignant": "bösartig"}
FEW = ("--inputs", "features", "--families", "symmetry,intensity", "--epochs", 3, "--recipe", "lecture")


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Phantoms of 24 patients with a sub-folder per class, their masks, and what does not belong there."""
    folder = tmp_path_factory.mktemp("images")
    for number, (image, mask, name) in enumerate(zip(MADE.images, MADE.masks, MADE.names, strict=True)):
        place = f"{CLASSES[name]}/patient{number // 2}_{number:02d}.png"
        save(folder / "scans" / place, image)
        save(folder / "masks" / place, mask.astype(np.uint8))
        save(folder / "flat" / f"{number:02d}.png", image)
    (folder / "scans" / "readme.txt").write_text("hello")
    (folder / "scans" / "gutartig" / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\nxx")
    return folder


@pytest.fixture(scope="module")
def model(folder, tmp_path_factory):
    """A model of a few features, trained by the command."""
    from glassnet.cli import main

    path = tmp_path_factory.mktemp("model") / "scans.glassnet"
    words = ["train", folder / "scans", "--target", "label", "--bins", 8, *FEW, "--model", path, "--quiet"]
    assert main([*map(str, words)]) == 0
    return path


def rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_train_says_what_was_measured_and_keeps_patients_together(folder, tmp_path, glassnet):
    done = glassnet("train", folder / "scans", "--target", "label", *FEW, "--model", tmp_path / "m.glassnet")
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert "48 images (2D), measured by" in said
    assert "hand-crafted features: intensity, symmetry" in said
    assert "see these numbers, not the pixels" in said
    assert "2 files left out; they have no row." in said
    assert "readme.txt: not an image" in said
    assert "gutartig/cut.png: damaged or cut off" in said
    assert "'image_id' is left out: it names the image" in said
    assert "stay together in every split" in said
    assert "label: bösartig 24, gutartig 24" in said
    assert "rows of 19 groups by 'group_id'" in " ".join(done.err.split())
    for rival in ("logistic regression", "random forest", "SVM"):
        assert rival in said
    assert f"glassnet predict {tmp_path / 'm.glassnet'}" in said


def test_a_prediction_is_the_same_wherever_the_images_lie(folder, model, tmp_path, glassnet):
    out = tmp_path / "p.csv"
    done = glassnet("predict", model, folder / "flat", "--out", out)
    assert done.code == 0, done.err
    assert "8 bins between" in done.err  # the setting of training, which nobody has typed again
    flat = rows(out)
    assert [row["image_id"] for row in flat] == [f"{number:02d}.png" for number in range(48)]
    again = glassnet("predict", model, folder / "scans", "--out", out)  # a file of predictions may be written anew
    assert again.code == 0, again.err
    assert "2 files left out; they have no row. gutartig/cut.png: damaged or cut off" in again.err
    by_number = {row["image_id"][-6:]: row["probability of bösartig"] for row in rows(out)}
    assert by_number == {row["image_id"]: row["probability of bösartig"] for row in flat}
    one = glassnet("predict", model, folder / "flat" / "07.png", "--quiet")
    assert one.out.splitlines()[1].split(",")[1] == "07.png"
    assert one.out.splitlines()[1].split(",")[3] == flat[7]["probability of bösartig"]


def test_only_the_features_of_the_model_are_measured(folder, tmp_path, glassnet):
    table, path = tmp_path / "s.toml", tmp_path / "m.glassnet"
    done = glassnet("schema", folder / "scans", "--target", "label", "--inputs", "features",
                    "--families", "symmetry,blob", "--write", table)  # fmt: skip
    assert done.code == 0, done.err
    assert "[images]" in table.read_text("utf-8")
    kept = table.read_text("utf-8").replace('[columns."blob_count_dark"]\nkind = "number"',
                                            '[columns."blob_count_dark"]\nkind = "left_out"')  # fmt: skip
    table.write_text(kept, "utf-8")
    done = glassnet("train", folder / "scans", "--schema", table, "--epochs", 3, "--recipe", "lecture", "--model", path,
                    "--quiet")  # fmt: skip
    assert done.code == 0, done.err
    assert "measured by 3 hand-crafted features" in glassnet("predict", path, folder / "flat").err
    both = glassnet("train", folder / "scans", "--schema", table, "--bins", 8, "--model", tmp_path / "n.glassnet")
    assert both.code == 2
    assert "--bins and" in both.err
    assert "both say how images are measured" in both.err


def test_trace_show_and_export_say_what_they_are_about(folder, model, tmp_path, glassnet):
    opened = glassnet("trace", model, folder / "scans", "--row", 3)
    assert opened.code == 0, opened.err
    assert "Row 3 is image bösartig/patient" in opened.out
    assert "symmetry_left_right" in opened.out
    unlabeled = glassnet("trace", model, folder / "flat", "--row", 3)
    assert unlabeled.code == 2
    assert "holds images without labels. Put the images of each class into a sub-folder" in unlabeled.err
    shown = " ".join(glassnet("show", model).out.split())
    assert "hand-crafted features of 2D images, as a whole" in shown
    assert "8 bins between the smallest and the largest value" in shown
    exported = glassnet("export", model, "--to", "python", "--out", tmp_path / "page.py")
    assert exported.code == 0, exported.err
    assert "inputs are hand-crafted features of images, which the export does not measure" in exported.err


def test_masks_are_needed_again(folder, tmp_path, glassnet):
    path, words = (
        tmp_path / "m.glassnet",
        ("--epochs", 3, "--recipe", "lecture", "--inputs", "features", "--families", "outline"),
    )
    done = glassnet("train", folder / "scans", "--target", "label", "--mask", folder / "masks", *words, "--model", path)
    assert done.code == 0, done.err
    assert "measured inside masks" in done.out
    assert f"--mask {folder / 'masks'}" in done.out.replace("\n", "")
    without = glassnet("predict", path, folder / "scans")
    assert without.code == 2
    assert "were measured inside masks, and none are given" in without.err
    assert glassnet("predict", path, folder / "scans", "--mask", folder / "masks").code == 0
    lost = shutil.copytree(folder / "masks", tmp_path / "masks")
    next((lost / "bösartig").glob("*.png")).unlink()
    some = glassnet("predict", path, folder / "scans", "--mask", lost)
    assert some.code == 0
    assert "it has no mask" in some.err


def test_a_model_without_masks_takes_none(folder, model, glassnet):
    done = glassnet("predict", model, folder / "scans", "--mask", folder / "masks")
    assert done.code == 2
    assert "were measured as a whole, so masks cannot be used" in done.err


def test_tune_takes_a_folder(folder, tmp_path, glassnet):
    done = glassnet("tune", folder / "scans", "--target", "label", "--inputs", "features", "--families", "symmetry",
                    "--rounds", 1, "--trials", 2, "--threads", 1, "--model", tmp_path / "t.glassnet")  # fmt: skip
    assert done.code == 0, done.err
    assert "48 images (2D), measured by 2 hand-crafted features: symmetry" in " ".join(done.out.split())


def test_an_archive_and_its_parts(tmp_path, glassnet):
    path, model = tmp_path / "a.npz", tmp_path / "a.glassnet"
    np.savez(path, train_images=MADE.images[:40], train_labels=MADE.labels[:40], test_images=MADE.images[40:],
             test_labels=MADE.labels[40:])  # fmt: skip
    done = glassnet("train", path, "--target", "label", "--part", "train", *FEW, "--model", model)
    assert done.code == 0, done.err
    assert "40 images (2D)" in done.out
    assert "--part train" in done.out
    predicted = glassnet("predict", model, path, "--part", "test", "--quiet")
    assert [line.split(",")[1] for line in predicted.out.splitlines()[1:]] == [f"test/{k}" for k in range(8)]


def test_a_zip_file_of_images_and_one_of_a_table(folder, model, tmp_path, glassnet):
    shutil.make_archive(str(tmp_path / "scans"), "zip", folder / "scans")
    glassnet("predict", model, folder / "scans", "--out", tmp_path / "a.csv")
    glassnet("predict", model, tmp_path / "scans.zip", "--out", tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    with zipfile.ZipFile(tmp_path / "table.zip", "w") as bundle:
        bundle.writestr("t.csv", "a,b\n1,2\n")
        bundle.writestr("picture.png", b"1")
    assert not holds_images(tmp_path / "table.zip")


def test_images_on_another_scale_are_said(tmp_path, glassnet):
    made = phantoms(6, seed=2)
    for number, (image, name) in enumerate(zip(made.images, made.names, strict=True)):
        path = tmp_path / "mixed" / name / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.astype(np.uint16) * 257 if number == 3 else image).save(path)
    printed = glassnet("schema", tmp_path / "mixed", "--target", "label").out
    assert "1 image: gray values of 16 bits, unlike the others." in " ".join(printed.split())


def test_sizes_and_colors_that_differ_are_said(folder, model, tmp_path, glassnet):
    for number, image in enumerate(MADE.images[:20]):
        save(tmp_path / "scans" / "a" / f"{number}.png", image)
        save(tmp_path / "scans" / "b" / f"{number}.png", np.stack([image[4:] // k for k in (1, 2, 3)], 2))
    done = glassnet("train", tmp_path / "scans", "--target", "label", *FEW, "--model", tmp_path / "m.glassnet")
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert "The images differ in size (24 x 28 to 28 x 28 rows x columns)" in said
    assert "20 images: in color, converted to gray." in said
    small = glassnet("predict", model, tmp_path / "scans")
    assert small.code == 0
    assert "warning: 20 of 40 images are smaller or larger than all training images (28 x 28" in small.err


@pytest.mark.parametrize("names", [("2019", "2020", "2021.5"), ("2024-01-31", "2024-02-29"), ("none", "1", "NA")])
def test_a_folder_is_a_class_whatever_its_name(names, tmp_path, glassnet):
    for number, image in enumerate(MADE.images[:12]):
        save(tmp_path / "scans" / names[number % len(names)] / f"{number}.png", image)
    done = glassnet("train", tmp_path / "scans", "--target", "label", *FEW, "--model", tmp_path / "m.glassnet")
    assert done.code == 0, done.err
    for name in names:
        assert f"{name} {12 // len(names)}" in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("make", "target", "said"),
    [
        (lambda at: None, "label", "There is no image in the set"),
        (lambda at: (at / "a.csv").write_text("a,b\n1,2\n"), "label", "The folder also holds a table; to use it, give"),
        (lambda at: save(at / "1.png", MADE.images[0]), "label", "holds images without labels"),
        (lambda at: [save(at / "ill" / f"{k}.png", MADE.images[k]) for k in range(3)], "label", "only the value 'ill'"),
        (lambda at: [save(at / k / "1.png", MADE.images[0]) for k in "ab"], "lable", "Did you mean 'label'?"),
        (lambda at: [save(at / k / "1.png", MADE.images[0]) for k in "ab"], "group_id", "group_id"),
    ],
)
def test_folders_that_cannot_be_learned_from(make, target, said, tmp_path, glassnet):
    folder = tmp_path / "scans"
    folder.mkdir()
    make(folder)
    done = glassnet("train", folder, "--target", target, "--model", tmp_path / "m.glassnet")
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "m.glassnet").exists()


def test_archives_that_cannot_be_learned_from(tmp_path, glassnet):
    np.savez(tmp_path / "odd.npz", foo=np.zeros(3))
    np.savez(tmp_path / "bare.npz", images=MADE.images[:4])
    for name, said in (("odd", "holds the arrays foo"), ("bare", "holds images without labels")):
        done = glassnet("train", tmp_path / f"{name}.npz", "--target", "label", "--model", tmp_path / "m.glassnet")
        assert done.code == 2
        assert said in done.err


def test_other_classes_predict_and_do_not_trace(model, tmp_path, glassnet):
    save(tmp_path / "scans" / "unknown" / "1.png", MADE.images[0])
    assert glassnet("predict", model, tmp_path / "scans").code == 0
    traced = glassnet("trace", model, tmp_path / "scans")
    assert traced.code == 2
    assert "'unknown' (image unknown/1.png), which the model does not know as a class" in traced.err


def test_options_that_do_not_fit_what_is_read(folder, tmp_path, glassnet):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    table = glassnet("train", tmp_path / "t.csv", "--target", "b", "--bins", 8)
    assert (table.code, "--bins is for images" in table.err) == (2, True)
    images = glassnet("train", folder / "scans", "--target", "label", "--delimiter", ";")
    assert (images.code, "--delimiter is for tables in files" in images.err) == (2, True)


def test_a_model_of_a_table_does_not_measure(folder, tmp_path, glassnet):
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{k},{'xy'[k % 2]}\n" for k in range(20)))
    path = tmp_path / "t.glassnet"
    assert glassnet("train", tmp_path / "t.csv", "--target", "b", "--epochs", 1, "--model", path, "--quiet").code == 0
    done = glassnet("predict", path, folder / "scans")
    assert done.code == 2
    assert "was trained on a table, and does not know how to measure" in done.err
