"""`occlusion`: which parts of an image an answer rests on, against hand-made networks and by asking `predict`."""

import re
from dataclasses import replace

import numpy as np
import pytest

import glassnet
from glassnet import GlassClassifier, GlassRegressor
from glassnet.errors import ConfigurationError, DataError
from glassnet.explanation import Question, effect, explain, occlusion
from glassnet.images import phantoms

FILLS = ("mean", "local", "blur")

MADE = phantoms(40, seed=8)
IMAGES, NAMES = MADE.images[:, 4:18, 4:18].copy(), np.array(MADE.names)
FEW = {"epochs": 2, "n_networks": 2, "resampling": "folds"}


@pytest.fixture(scope="module")
def convolutions():
    return GlassClassifier(**FEW).fit(IMAGES, NAMES)


@pytest.fixture(scope="module")
def amounts():
    """Color images that are no square, with an amount."""
    color = np.stack([IMAGES, IMAGES // 2, 255 - IMAGES], axis=3)[:, :9]
    return GlassRegressor(**FEW).fit(color, IMAGES.mean((1, 2)) * 3.0), color


@pytest.fixture(scope="module")
def clinic():
    """Images with a column beside them."""
    rows = {"scan": list(IMAGES), "age": [30 + k % 40 for k in range(40)]}
    return GlassClassifier(**FEW).fit({**rows, "outcome": NAMES}, target="outcome"), rows


def handmade(weights):
    """A network without hidden layers that has these weights for the pixels."""
    model = GlassClassifier(recipe="lecture", hidden_layer_sizes=(), epochs=1).fit(IMAGES, NAMES)
    own = model.fitted_
    weights = np.asarray(weights, dtype=own.weights[0].dtype).reshape(own.weights[0].shape)
    return model._part(replace(own, weights=[weights]))


def test_a_network_that_looks_at_one_corner_has_its_whole_map_there():
    weights = np.zeros((14, 14))
    weights[:2, :2] = 1.0
    model = handmade(weights)
    found = occlusion(model, IMAGES, 3, scale="log_odds", output=str(model.classes_[1]))
    own = model.schema_.image_column
    scaled = (IMAGES[3].astype(float) - own.center) / own.scale
    assert found.square == 2
    assert found.effects[0, 0] == pytest.approx(scaled[:2, :2].sum(), rel=1e-4)
    assert not found.effects.ravel()[1:].any()
    assert found.map[:2, :2].any()
    assert not found.map[3:].any()
    assert not found.map[:, 3:].any()
    regions = found.helpful() + found.harmful()
    assert [region.where for region in regions] == ["rows 0 to 1, columns 0 to 1"]
    assert found.total == pytest.approx(found.whole, rel=1e-5)  # a weighted sum is additive


def test_a_constant_network_has_zeros_and_says_so():
    model = handmade(np.zeros((14, 14)))
    found = occlusion(model, IMAGES, 0)
    assert not found.values.any()
    assert not found.effects.any()
    assert found.whole == 0
    assert found.helpful() == found.harmful() == ()
    why = explain(model, IMAGES, 0)
    assert "No region changes the prediction." in why.text()
    assert "no region changes the prediction" in why.html()


def _covered(image, box, fill, center, square):
    """The same by hand, in gray values."""
    top, bottom, left, right = box
    made = image.astype(float)
    if fill == "mean":
        made[top:bottom, left:right] = center
    elif fill == "local":
        made[top:bottom, left:right] = image[top:bottom, left:right].mean(axis=(0, 1))
    else:
        for y in range(top, bottom):
            for x in range(left, right):
                around = image[max(0, y - square) : y + square + 1, max(0, x - square) : x + square + 1]
                made[y, x] = around.mean(axis=(0, 1))
    return made


@pytest.mark.parametrize("fill", FILLS)
def test_the_same_by_asking_predict_for_each_place(convolutions, amounts, fill):
    color_model, color = amounts
    for model, images in ((convolutions, IMAGES), (color_model, color)):
        found = occlusion(model, images, 5, square=3, stride=2, fill=fill)
        center = model.schema_.image_column.center
        boxes = [
            (top, min(top + 3, images.shape[1]), left, left + 3)
            for top in (*range(0, images.shape[1] - 3, 2), images.shape[1] - 3)
            for left in (*range(0, images.shape[2] - 3, 2), images.shape[2] - 3)
        ]
        assert boxes == found.places
        covered = np.stack([_covered(images[5], box, fill, center, 3) for box in boxes])
        if hasattr(model, "classes_"):
            which = list(map(str, model.classes_)).index(found.output)
            answers, own = model.predict_proba(covered)[:, which], model.predict_proba(images[5:6])[0, which]
        else:
            answers, own = model.predict(covered), model.predict(images[5:6])[0]
        assert found.answer == pytest.approx(own, rel=1e-5)
        assert found.values.ravel() == pytest.approx(own - answers, rel=1e-3, abs=1e-5 * max(1, abs(own)))
        assert np.ptp(found.values) > 0


def test_columns_beside_the_image_stay(clinic, monkeypatch):
    model, rows = clinic
    background = []
    monkeypatch.setattr(
        Question, "answer", lambda self, m, ask=Question.answer: background.append(m.copy()) or ask(self, m)
    )
    occlusion(model, rows, 7)
    age = next(j for j, name in enumerate(model.schema_.feature_names) if name == "age")
    together = np.concatenate(background)
    assert len(together) > 100
    assert len(set(together[:, age].tolist())) == 1
    text = explain(model, rows, 7).text()
    assert "Regions of scan (14 x 14 pixels)" in text


def test_regions_are_the_image_and_the_map_has_its_shape(convolutions):
    found = occlusion(convolutions, IMAGES, 1, square=4, stride=3)
    counts = np.zeros((14, 14))
    for region in found.regions:
        counts[region.top : region.bottom + 1, region.left : region.right + 1] += 1
    assert (counts == 1).all()
    assert found.map.shape == found.image.shape == (14, 14)
    assert np.isfinite(found.map).all()
    assert found.image == pytest.approx(IMAGES[1].astype(float), abs=1e-3)
    effects = [region.effect for region in found.regions]
    assert effects == sorted(effects, reverse=True)
    whole = occlusion(convolutions, IMAGES, 1, square=14)
    assert whole.values.shape == whole.effects.shape == (1, 1)
    assert whole.effects[0, 0] == whole.whole


def test_few_places_at_a_time_give_the_same_bits(convolutions, monkeypatch):
    before = occlusion(convolutions, IMAGES, 2)
    monkeypatch.setitem(occlusion.__globals__, "_NUMBERS_AT_ONCE", 14 * 14 * 7)
    after = occlusion(convolutions, IMAGES, 2)
    assert before.values.tobytes() == after.values.tobytes()
    assert before.effects.tobytes() == after.effects.tobytes()


def test_text_and_page_show_the_same_numbers(convolutions):
    why = explain(convolutions, IMAGES, 4)
    found, text, page = why.occlusion, why.text(), why.html()
    assert found.output == why.one.question.outputs[why.output]
    for region in found.helpful() + found.harmful():
        assert region.where in text
        assert region.where in page
        assert why.written(region.effect, signed=True) in text
    assert "Covering everything changes the prediction by" in " ".join(text.split())
    assert len(re.findall(r'<svg[^>]*class="[^"]*raster"', page)) == 3
    assert all(
        re.search(r'aria-label="[^"]{15,}"', svg) for svg in re.findall(r'<svg[^>]*class="[^"]*raster"[^>]*>', page)
    )
    assert max(map(len, text.splitlines()[:20])) <= 78


@pytest.mark.parametrize(
    ("error", "settings", "said"),
    [
        (ConfigurationError, {"square": 15}, "larger than the image"),
        (ConfigurationError, {"square": 0}, "square"),
        (ConfigurationError, {"square": 2.5}, "square"),
        (ConfigurationError, {"square": 3, "stride": 4}, "uncovered"),
        (ConfigurationError, {"stride": 0}, "stride"),
        (ConfigurationError, {"fill": "black"}, "black"),
        (ConfigurationError, {"output": "nobody"}, "no class"),
        (DataError, {"row": 40}, "no row 40"),
    ],
)
def test_bad_wishes_are_refused(convolutions, error, settings, said):
    with pytest.raises(error, match=said):
        occlusion(convolutions, IMAGES, **settings)


def test_models_without_pixels_and_effects_of_images_are_refused(convolutions, clinic):
    columns = {"x": [float(k) for k in range(30)], "y": [k % 2 for k in range(30)]}
    model = glassnet.GlassClassifier(recipe="lecture", epochs=1).fit(columns, target="y")
    with pytest.raises(ConfigurationError, match="sees no pixels"):
        occlusion(model, columns)
    assert explain(model, columns).occlusion is None
    with pytest.raises(ConfigurationError, match="occlusion"):
        effect(convolutions, IMAGES, "image")
    with pytest.raises(ConfigurationError, match="occlusion"):
        effect(*clinic, "scan")


def test_an_image_of_one_pixel_and_one_of_many():
    random = np.random.default_rng(0)
    dots = random.integers(0, 255, (20, 1, 1), dtype=np.uint8)
    model = GlassClassifier(recipe="lecture", hidden_layer_sizes=(), epochs=1).fit(dots, [k % 2 for k in range(20)])
    found = occlusion(model, dots)
    assert found.effects.shape == (1, 1)
    large = random.integers(0, 255, (12, 70, 150), dtype=np.uint8)
    model = GlassClassifier(recipe="lecture", hidden_layer_sizes=(), epochs=1).fit(large, [k % 2 for k in range(12)])
    why = explain(model, large)
    assert why.occlusion.map.shape == model.schema_.image_column.shape[:2]
    assert "<svg" in why.html()


def test_explanations_cover_as_they_are_told():
    made = phantoms(40, seed=3)
    model = GlassClassifier(epochs=1).fit(made.images, list(made.names))
    why = explain(model, made.images, row=7, square=5, fill="blur")
    own = occlusion(model, made.images, 7, square=5, fill="blur")
    np.testing.assert_array_equal(why.occlusion.map, own.map)
    assert (why.occlusion.map != explain(model, made.images, row=7).occlusion.map).any()
    for wrong in ({"square": 400}, {"fill": "blu"}):
        with pytest.raises(ConfigurationError, match=r"larger than the image|Did you mean 'blur'"):
            explain(model, made.images, row=7, **wrong)
