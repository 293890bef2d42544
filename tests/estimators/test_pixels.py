"""Networks on the pixels of images: arrays, archives, columns of paths and of arrays, with columns beside them."""

import numpy as np
import pytest

import glassnet
from glassnet import Convolution, GlassClassifier, GlassRegressor, MaxPooling
from glassnet.errors import ConfigurationError, DataError, SchemaError, TableWarning
from glassnet.estimators.recipes.image_preset import AUGMENTATION, hidden_layers
from glassnet.evaluate import compare
from glassnet.images import phantoms
from glassnet.layers import Dense
from glassnet.tables import Schema, Table, read_image_table
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.framing import Framing

MADE = phantoms(60, seed=8)
NAMES = np.array(MADE.names)
FEW = {"epochs": 2, "n_networks": 2, "resampling": "folds"}


@pytest.fixture(scope="module")
def fitted():
    return GlassClassifier(**FEW).fit(MADE.images, NAMES)


@pytest.fixture
def clinic(tmp_path):
    """A table of patients whose scans lie beside it."""
    image = pytest.importorskip("PIL.Image")
    lines = ["scan,age,outcome"]
    for k, (pixels, name) in enumerate(zip(MADE.images, MADE.names, strict=True)):
        path = tmp_path / "img" / f"{k:03d}.png"
        path.parent.mkdir(exist_ok=True)
        image.fromarray(pixels).save(path)
        lines.append(f"img/{k:03d}.png,{30 + k % 40},{name}")
    (tmp_path / "patients.csv").write_text("\n".join(lines))
    return tmp_path / "patients.csv"


def test_the_default_looks_at_pixels_and_says_why(fitted):
    recipe = fitted.recipe_
    assert (recipe.name, recipe.reason) == ("images", "it looks at images")
    assert [layer.kind for layer in recipe.layers][:2] == ["convolution", "max pooling"]
    assert [record.spec for record in recipe.augmentation] == sorted(
        AUGMENTATION, key=[record.spec for record in recipe.augmentation].index
    )
    assert "Convolution(16, 3, 'relu')" in recipe.explain()
    assert fitted.schema_.image_column.shape == (28, 28, 1)
    assert fitted.networks_[0].augmentation == recipe.augmentation


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 9, 1), (8, 8, 1), (28, 28, 3), (64, 48, 1)])
def test_depth_follows_the_size(shape):
    layers = hidden_layers(shape)
    assert isinstance(layers[0], Convolution)
    assert layers[-1] == 64
    left = min(shape[:2]) // 2 ** sum(isinstance(layer, MaxPooling) for layer in layers)
    assert left >= min(4, min(shape[:2])) - (min(shape[:2]) < 8) * 3


def test_it_learns_and_goes_through_a_file(tmp_path):
    made = phantoms(240, seed=3)
    model = GlassClassifier(epochs=20, n_networks=2, resampling="folds").fit(made.images[:200], made.labels[:200])
    assert model.score(made.images[200:], made.labels[200:]) > 0.8
    again = glassnet.load(model.save(tmp_path / "m.glassnet"))
    assert again.predict_proba(made.images).tobytes() == model.predict_proba(made.images).tobytes()
    assert again.schema_ == model.schema_
    assert again.recipe_.augmentation == model.recipe_.augmentation
    assert [repr(layer) for layer in again.recipe_.layers] == [repr(layer) for layer in model.recipe_.layers]


def test_the_trace_opens_a_pixel_and_a_kernel(fitted):
    trace = fitted.trace(MADE.images, 5, y=NAMES)
    step = trace.inputs[0][28 * 3 + 4]
    column = fitted.schema_.image_column
    assert step.feature == "image pixel 3,4"
    assert float(step.raw) == MADE.images[5][3, 4]
    assert step.value == pytest.approx((MADE.images[5][3, 4] - column.center) / column.scale, rel=1e-5)
    assert "agrees" in str(trace.explain("W1[2,0,1,1]"))
    assert "The images." in trace.html()
    seen = fitted.trace(MADE.images, 5, y=NAMES, version=3, numbers=[5])
    assert seen.augmented.words[0][0].startswith("scale")


def test_an_image_and_columns_beside_it_join_in_one_network(clinic):
    model = GlassClassifier(**FEW).fit(clinic, target="outcome")
    assert [column.kind for column in model.schema_.inputs] == ["image", "integer"]
    network = model.networks_[0]
    assert network.layers[0].n_carried == 1
    first = next(layer for layer in network.layers if isinstance(layer, Dense))
    assert first.n_in == np.prod(network.layers[-3].shape_out) + 1
    table = model._read(clinic)
    assert isinstance(table.column("scan"), ImageCells)
    other = {"scan": list(MADE.images), "age": [30 + k % 40 for k in range(60)]}
    assert model.predict_proba(other).tobytes() == model.predict_proba(clinic).tobytes()
    older = {**other, "age": [80] * 60}
    assert not np.array_equal(model.predict_proba(older), model.predict_proba(other))
    page = model.trace(clinic, 3).html()
    assert "The images." in page
    assert "age" in page


def test_frames_hold_images_too(clinic):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"scan": list(MADE.images), "age": [30 + k % 40 for k in range(60)], "outcome": NAMES})
    model = GlassClassifier(**FEW).fit(frame, target="outcome")
    by_path = GlassClassifier(**FEW).fit(clinic, target="outcome")
    assert model.predict_proba(frame).tobytes() == by_path.predict_proba(clinic).tobytes()
    named = {"scan": MADE.images, "outcome": NAMES.tolist()}
    assert GlassClassifier(**FEW).fit(named, target="outcome").predict(named).shape == (60,)


def test_rows_without_a_readable_image_are_left_out_and_counted(clinic):
    text = clinic.read_text().replace("img/003.png", "img/gone.png").replace("img/007.png", "../secret.png")
    clinic.write_text(text)
    with pytest.warns(
        TableWarning, match="2 rows without a readable image left out: line 5, img/gone.png: there is no"
    ):
        model = GlassClassifier(**FEW).fit(clinic, target="outcome")
    assert model.schema_.n_rows == 58


def test_images_of_another_size_are_brought_to_that_of_training(fitted):
    small = MADE.images[:4, ::2, ::2]
    notes = fitted.schema_.encode(fitted._read(small)).notes
    assert fitted.predict(small).shape == (4,)
    assert fitted._read(small).column("image").pixels.shape == (4, 28, 28, 1)
    assert not notes
    large = GlassClassifier(**FEW).fit(np.kron(MADE.images, np.ones((1, 4, 4), np.uint8)), NAMES)
    assert large.schema_.image_column.shape == (64, 64, 1)


def test_amounts_weights_and_color(tmp_path):
    color = np.stack([MADE.images, MADE.images // 2, 255 - MADE.images], axis=3)
    model = GlassRegressor(**FEW).fit(color, MADE.images.mean((1, 2)), weights=np.arange(60) % 3 + 1.0)
    assert model.schema_.image_column.shape == (28, 28, 3)
    assert np.isfinite(model.predict(color)).all()
    assert model.predict_interval(color, 0.9).shape == (60, 2)


def test_own_layers_and_a_plain_network_on_pixels():
    own = GlassClassifier(hidden_layer_sizes=[Convolution(4, 3, "tanh"), MaxPooling(4), 8], **FEW).fit(
        MADE.images, NAMES
    )
    assert [layer.n_out for layer in own.networks_[0].layers] == [3136, 196, 8, 1]
    plain = GlassClassifier(recipe="lecture", epochs=3).fit(MADE.images, NAMES)
    assert not plain.recipe_.layers
    assert not plain.recipe_.augmentation
    assert plain.networks_[0].is_dense


def test_the_rivals_see_features_and_pixels(tmp_path):
    path = tmp_path / "scans.npz"
    np.savez(path, images=MADE.images, labels=NAMES)
    from glassnet.images import Measuring

    table = read_image_table(path, frame=Framing(), measuring=Measuring(features=("symmetry", "intensity")))
    assert table.crafted.n_rows == 60
    train, test = table.take(range(40)), table.take(range(40, 60))
    model = GlassClassifier(**FEW).fit(train, target="label")
    names = ["logistic regression on pixels", "random forest on features", "network on features"]
    found = compare(model, train, test, rivals=["baseline", *names], draws=50)
    assert [row.model for row in found.models] == ["network", "baseline", *names]
    assert all(row.scores for row in found.models)
    assert set(found.answers) == {row.model for row in found.models}
    assert "answers" not in found.to_dict()
    bare = compare(model, train, replace_crafted(test), rivals=names[1:2], draws=50)
    assert "holds no hand-crafted features" in bare.models[1].skipped


def replace_crafted(table: Table) -> Table:
    """The table without features."""
    import dataclasses

    return dataclasses.replace(table, crafted=None)


PLAIN = {"a": range(20), "b": [*"xy"] * 10}


@pytest.mark.parametrize(("fit", "error", "match"), [
    (lambda: GlassClassifier(recipe="images").fit(PLAIN, target="b"), ConfigurationError,
     "the table has no column of them"),
    (lambda: GlassClassifier(hidden_layer_sizes=[Convolution(2, 3)]).fit(PLAIN, target="b"), ConfigurationError,
     "which looks at images, and the table has no column"),
    (lambda: GlassClassifier(**FEW).fit(MADE.images[:1], NAMES[:1]), DataError, "one row"),
    (lambda: GlassClassifier(**FEW).fit({"scan": [MADE.images[0], None, 3], "b": [1, 2, 1]}, target="b"), DataError,
     "holds arrays of pixels, but row 1 holds"),
])  # fmt: skip
def test_what_is_refused(fit, error, match):
    with pytest.raises(error, match=match):
        fit()


def test_a_table_without_its_images_is_refused(fitted):
    with pytest.raises((SchemaError, DataError)):
        fitted.predict({"image": [1.0, 2.0]})


def test_a_schema_of_images_travels_and_forged_shapes_are_refused(fitted):
    plain = fitted.schema_.to_dict()
    assert Schema.from_dict(plain) == fitted.schema_
    column = next(entry for entry in plain["columns"] if entry["kind"] == "image")
    for shape in ([28, 28], [28, 28, 0], [2**30, 2, 1], "28", [28.0, 28, 1]):
        column["shape"] = shape
        with pytest.raises(SchemaError, match="cannot have the shape"):
            Schema.from_dict(plain)
