"""Images in place of a table: folders, archives and arrays for `GlassClassifier`, `GlassRegressor` and `tune`."""

import numpy as np
import pytest

import glassnet
from glassnet import GlassClassifier, GlassRegressor
from glassnet.errors import ConfigurationError, DataError, ShapeError, TableWarning
from glassnet.images import phantoms

MADE = phantoms(40, seed=8)
FEW = {"recipe": "lecture", "epochs": 5}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("images") / "a.npz"
    np.savez(path, images=MADE.images, labels=MADE.names)
    return path


def test_a_model_on_an_archive_goes_through_a_file(archive, tmp_path):
    model = GlassClassifier(**FEW).fit(archive, target="label")
    assert list(model.classes_) == ["benign", "malignant"]
    restored = glassnet.load(model.save(tmp_path / "m.glassnet"))
    assert (restored.predict_proba(archive) == model.predict_proba(archive)).all()
    assert restored.schema_ == model.schema_
    assert model.score(archive) == np.mean(model.predict(archive) == np.array(MADE.names))


def test_an_array_of_images_is_measured(archive):
    model = GlassClassifier(**FEW).fit(MADE.images, np.array(MADE.names))
    assert np.allclose(model.predict_proba(MADE.images[:7]), model.predict_proba(archive)[:7])
    assert model.predict(MADE.images[:1, :, :, None]).shape == (1,)
    with pytest.raises(DataError, match="features"):
        model.predict(MADE.images[0])


def test_amounts_are_learned_from_images():
    model = GlassRegressor(**FEW).fit(MADE.images, MADE.images.mean((1, 2)) + 0.5)
    assert model.predict(MADE.images).shape == (40,)


def test_the_label_is_no_input_beside_other_targets(archive):
    model = GlassClassifier(**FEW).fit(archive, np.array(["a", "b"] * 20))
    assert {"image_id", "label"}.isdisjoint(column.name for column in model.schema_.inputs)


def test_patients_are_groups_without_being_asked(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for number, (pixels, name) in enumerate(zip(MADE.images, MADE.names, strict=True)):
        path = tmp_path / "scans" / name / f"patient{number // 4}_{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.fromarray(pixels).save(path)
    (tmp_path / "scans" / "notes.txt").write_text("x")
    folds = GlassClassifier(**FEW, n_networks=11, resampling="folds")
    with (
        pytest.warns(TableWarning, match="1 file left out; they have no row. notes.txt: not an image."),
        pytest.raises(ConfigurationError, match="10 groups"),
    ):
        folds.fit(tmp_path / "scans", target="label")
    with pytest.warns(TableWarning, match="left out"):
        folds.fit(tmp_path / "scans", target="label", groups=np.arange(40))


@pytest.mark.parametrize("wrong", [MADE.images[:, :, :, None].repeat(2, 3), MADE.images[:, :0]])
def test_arrays_that_are_no_images(wrong):
    with pytest.raises((ShapeError, DataError)):
        GlassClassifier(**FEW).fit(wrong, np.array(MADE.names))


def test_a_model_of_a_table_refuses_images(archive):
    model = GlassClassifier(**FEW).fit({"a": range(10), "b": [*"xy"] * 5}, target="b")
    for images in (archive, MADE.images):
        with pytest.raises(ConfigurationError, match="does not know how to measure"):
            model.predict(images)
