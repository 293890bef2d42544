"""Every feature of the registry: opened it re-evaluates to its value; batches, shifts and turns do not change it."""

import re
from pathlib import Path

import ibsi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from glassnet.errors import ConfigurationError, DataError, ShapeError
from glassnet.images.features import Discretization, Opening, Region, choose, families, features, measure
from glassnet.images.phantoms import Knobs, phantoms

MADE = phantoms(6, size=20, knobs=Knobs(0.5, 1, 0.5, 0.1), seed=3)
FLAT = [feature.name for feature in features.values() if feature.suits("2D", masked=True)]
SOLID = [feature.name for feature in features.values() if feature.suits("3D", masked=True)]


def case(name):
    """An image, mask and settings that a feature is for."""
    if features[name].suits("2D", masked=True):
        return MADE.images[1], MADE.masks[1], {"discretization": Discretization(bins=8)}
    image, mask = ibsi.phantom()
    return image, mask, {"spacing": (2, 2, 2), "discretization": Discretization(width=1)}


def test_every_feature_was_looked_at():
    assert len(features) >= 800
    assert len(families()) == 16
    assert set(FLAT) | set(SOLID) == set(features)


@pytest.mark.parametrize("name", features)
def test_opened_it_evaluates_to_its_value(name):
    image, mask, how = case(name)
    feature = features[name]
    value = feature.compute(image, mask, **how)
    opening = feature.open(image, mask, value, **how)
    assert isinstance(opening, Opening)
    np.testing.assert_allclose(opening.value, value, rtol=0, equal_nan=True)
    np.testing.assert_allclose(opening.reevaluated(), value, rtol=1e-9, atol=1e-12, equal_nan=True)
    assert len(opening.terms) == len(opening.group)
    assert all(len(column) == len(opening.terms) for column in opening.columns.values())
    # Every row has pixels behind it, inside the mask where only that is measured, and the map of pixels adds up.
    assert set(opening.members.row) == set(range(len(opening.terms)))
    if feature.mask != "unused" and feature.family != "local_intensity":
        assert opening.mask.reshape(-1)[opening.members.pixel].all()
    totals = [group.total for group in opening.groups]
    if totals:
        np.testing.assert_allclose(opening.heat().sum(), np.mean(totals), rtol=1e-9, atol=1e-9)


def test_the_pixels_behind_a_pair_have_its_levels():
    image, mask, how = case("co_occurrence_contrast_2d_averaged")
    opening = features["co_occurrence_contrast_2d_averaged"].open(image, mask, **how)
    levels = Region(image[None], mask[None], **how).levels[0]
    for row in range(0, len(opening.terms), 7):
        pairs = opening.items(row)
        for pair in pairs:
            assert [levels[tuple(place)] for place in pair] == [opening.columns["i"][row], opening.columns["j"][row]]
        counts = opening.columns["p"][opening.group == opening.group[row]]
        total = sum(len(opening.items(other)) for other in np.flatnonzero(opening.group == opening.group[row]))
        assert len(pairs) == pytest.approx(opening.columns["p"][row] * total)
        assert counts.sum() == pytest.approx(1)


def test_the_pixels_behind_a_run_are_a_run():
    image, mask, how = case("run_length_long_run_emphasis_2d_averaged")
    opening = features["run_length_long_run_emphasis_2d_averaged"].open(image, mask, **how)
    levels = Region(image[None], mask[None], **how).levels[0]
    for row in range(0, len(opening.terms), 5):
        runs = opening.items(row)
        assert len(runs) == opening.columns["c"][row]
        for run in runs:
            assert len(run) == opening.columns["j"][row]
            assert {levels[tuple(place)] for place in run} == {opening.columns["i"][row]}
            assert len(np.unique(np.diff(run, axis=0), axis=0)) <= 1


@pytest.mark.parametrize("masked", [False, True])
def test_a_batch_gives_the_bits_of_its_images_alone(masked):
    chosen = choose("2D", masked=masked, everything=True)
    how = {"chosen": chosen, "discretization": Discretization(width=20)}
    together = measure(MADE.images, MADE.masks if masked else None, **how)
    for number in range(len(MADE.images)):
        part = slice(number, number + 1)
        alone = measure(MADE.images[part], MADE.masks[part] if masked else None, **how)
        np.testing.assert_array_equal(alone[0], together[number])


def test_a_mask_of_everything_is_no_mask():
    for feature in choose("2D", masked=False):
        with_mask = feature.compute(MADE.images[0], np.ones_like(MADE.masks[0]))
        assert with_mask == feature.compute(MADE.images[0])


def test_what_lies_around_the_mask_does_not_matter():
    chosen = choose("2D", masked=True)
    image = np.pad(MADE.images[0], ((7, 2), (0, 11)), constant_values=99)
    mask = np.pad(MADE.masks[0], ((7, 2), (0, 11)))
    moved = measure(image[None], mask[None], chosen=chosen)
    np.testing.assert_allclose(moved, measure(MADE.images[:1], MADE.masks[:1], chosen=chosen), rtol=1e-9, atol=1e-9)


TURNING = [
    feature
    for feature in choose("2D", masked=True)
    if feature.family not in ("oriented_gradients", "binary_pattern", "symmetry", "blob")
]
pixels = arrays.arrays(np.uint8, st.tuples(st.integers(3, 9), st.integers(3, 9)), elements=st.integers(0, 7))


@settings(max_examples=25, deadline=None)
@given(pixels)
def test_quarter_turns_change_nothing(image):
    mask = image > 0
    if mask.sum() < 2:
        return
    how = {"chosen": TURNING, "discretization": Discretization(width=1, start=0)}
    upright = measure(image[None], mask[None], **how)
    turned = measure(np.rot90(image)[None], np.rot90(mask)[None], **how)
    np.testing.assert_allclose(turned, upright, rtol=1e-8, atol=1e-8)


@settings(max_examples=25, deadline=None)
@given(pixels, st.integers(-50, 50))
def test_a_constant_added_moves_no_texture(image, constant):
    chosen = [feature for feature in choose("2D", masked=False) if feature.family not in ("intensity",)]
    moved = measure(image[None] + float(constant), chosen=chosen)
    np.testing.assert_allclose(moved, measure(image[None], chosen=chosen), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("shape", [(9, 9), (1, 9), (2, 2), (1, 1)])
def test_a_constant_image_has_values_or_none_but_no_error(shape):
    chosen = choose("2D", masked=False, everything=True)
    values = measure(np.full((1, *shape), 5.0), chosen=chosen)[0]
    named = {feature.name: value for feature, value in zip(chosen, values, strict=True)}
    assert not np.isinf(values).any()
    assert named["intensity_mean"] == 5
    assert named["intensity_variance"] == 0
    assert np.isnan(named["intensity_skewness"])
    assert named["histogram_entropy"] == 0
    assert named["blob_count_bright"] == 0


def test_a_mask_of_one_pixel():
    mask = np.zeros((9, 9), bool)
    mask[4, 4] = True
    image = np.arange(81.0).reshape(9, 9)
    assert features["outline_area_counted"].compute(image, mask) == 1
    assert features["outline_perimeter"].compute(image, mask) == pytest.approx(4 * np.sqrt(0.5))
    assert features["outline_major_axis"].compute(image, mask) == 0
    assert features["size_zone_zone_percentage_2d"].compute(image, mask) == 1
    assert np.isnan(features["co_occurrence_contrast_2d_averaged"].compute(image, mask))
    values = measure(image[None], mask[None], chosen=choose("2D", masked=True))
    assert not np.isinf(values).any()


def test_a_mask_of_one_voxel():
    mask = np.zeros((3, 3, 3), bool)
    mask[1, 1, 1] = True
    image = np.arange(27.0).reshape(3, 3, 3)
    assert features["shape_volume_counted"].compute(image, mask, spacing=(1, 2, 3)) == 6
    assert features["shape_volume"].compute(image, mask) == pytest.approx(1 / 6)  # an octahedron of half diagonals .5
    values = measure(image[None], mask[None], chosen=choose("3D", masked=True))
    assert not np.isinf(values).any()


def test_known_shapes():
    square = np.zeros((10, 10), bool)
    square[2:8, 3:9] = True
    image = np.ones((10, 10))
    assert features["outline_area_counted"].compute(image, square) == 36
    assert features["outline_perimeter"].compute(image, square) == pytest.approx(4 * 5 + 4 * np.sqrt(0.5))
    assert features["outline_solidity"].compute(image, square) == pytest.approx(1)
    assert features["outline_elongation"].compute(image, square) == pytest.approx(1)
    y, x = np.indices((60, 60)) - 29.5
    disk = np.hypot(x, y) < 25
    assert features["outline_compactness"].compute(np.ones((60, 60)), disk) == pytest.approx(1, abs=0.12)
    assert features["outline_diameter"].compute(np.ones((60, 60)), disk) == pytest.approx(50, abs=1)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Region(np.ones((1, 3, 3)), np.zeros((1, 3, 3))), DataError, "mask of image 0 is empty"),
        (lambda: Region(np.ones((1, 3, 3)), np.ones((1, 3, 4))), ShapeError, "must be equal"),
        (lambda: Region(np.full((1, 3, 3), np.nan)), DataError, "not finite"),
        (lambda: Region(np.ones((3, 3))), ShapeError, r"shape \(3, 3\)"),
        (lambda: Region([[["a"]]]), ShapeError, "arrays of numbers"),
        (lambda: Region(np.ones((1, 3, 3)), spacing=(1, 0, 1)), ShapeError, "three positive numbers"),
        (lambda: Discretization(), ConfigurationError, "Give one of the two"),
        (lambda: Discretization(bins=8, width=2), ConfigurationError, "Give one of the two"),
        (lambda: Discretization(bins=1), ConfigurationError, "from 2 to"),
        (lambda: Discretization(width=-1), ConfigurationError, "not a positive number"),
        (lambda: Discretization(bins=8, start=3), ConfigurationError, "needs a bin width"),
        (lambda: Region(np.array([[[0, 1e6]]]), discretization=Discretization(width=1)).levels, DataError,
         "Give a larger bin width"),
        (lambda: Region(np.array([[[0, 9]]]), discretization=Discretization(width=1, start=5)).levels, DataError,
         "lies below the start"),
        (lambda: features["shape_volume"].compute(np.ones((3, 3))), ConfigurationError, "is for 3D images"),
        (lambda: features["outline_area"].compute(np.ones((3, 3))), ConfigurationError, "Give a mask"),
        (lambda: features["local_intensity_local_peak"].compute(np.ones((3, 3, 3)), np.ones((3, 3, 3))),
         ConfigurationError, "Give the spacing"),
        (lambda: features["intensity_mean"].open([[1, 2]], value=7), ConfigurationError, "not 7"),
        (lambda: features["intensity_meen"], ConfigurationError, "Did you mean 'intensity_mean'"),
        (lambda: choose("2D", masked=False, only=["shape"]), ConfigurationError, "Give masks"),
        (lambda: choose("2D", masked=False, only=["textur"]), ConfigurationError, "Unknown feature or family"),
    ],
)  # fmt: skip
def test_bad_input(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_the_default_sets_hold_no_feature_of_another_kind():
    flat = choose("2D", masked=False)
    assert {feature.mask for feature in flat} == {"optional", "unused"}
    assert len(flat) == 284
    assert {feature.family for feature in choose("2D", masked=True)} >= {"outline", "distance_zone"}
    assert "shape" in {feature.family for feature in choose("3D", masked=True)}
    assert not any(name.endswith("2d_averaged") for name in (f.name for f in choose("3D", masked=True)))


def test_the_price_of_a_feature():
    """The record of the contributing guide is measured, opened and listed, with nothing else written."""
    guide = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"<!-- recipe: image_feature -->\n```python\n(.*?)```", guide, re.DOTALL)
    before = set(features)
    exec(compile(recipe, "recipe of an image feature", "exec"), {})
    (name,) = set(features) - before
    try:
        image = MADE.images[0]
        assert features[name].compute(image) == pytest.approx(np.log1p(image.astype(float)).mean())
        assert features[name].open(image).reevaluated() == pytest.approx(features[name].compute(image))
        assert name in [feature.name for feature in choose("2D", masked=False)]
    finally:
        features.unregister(name)


def test_what_is_not_finite_outside_the_mask_does_not_matter():
    image, mask = ibsi.phantom()
    how = {"spacing": (2, 2, 2), "discretization": Discretization(width=1)}
    chosen = [feature for feature in choose("3D", masked=True) if feature.family != "local_intensity"]
    expected = measure(image[None], mask[None], chosen=chosen, **how)
    holes = np.where(mask, image.astype(float), np.nan)
    np.testing.assert_array_equal(measure(holes[None], mask[None], chosen=chosen, **how), expected)
    peak = features["local_intensity_global_peak"].compute(holes, mask, **how)
    assert 2 < peak < 4
