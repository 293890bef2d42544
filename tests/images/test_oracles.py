"""Features against other programs and against loops that anyone can read."""

from itertools import product

import numpy as np
import pytest
from scipy import ndimage

from glassnet.images.features import Discretization, Region, features
from glassnet.images.features.appearance.binary_pattern import patterns
from glassnet.images.phantoms import Knobs, phantoms

MADE = phantoms(4, size=24, knobs=Knobs(0.5, 1, 0.5, 0.1), seed=11)
LEVELS = Discretization(bins=8)
skimage_feature = pytest.importorskip("skimage.feature")
skimage_measure = pytest.importorskip("skimage.measure")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("contrast", "contrast"), ("dissimilarity", "dissimilarity"), ("inverse_difference_moment", "homogeneity"),
        ("energy", "ASM"), ("correlation", "correlation"), ("joint_entropy", "entropy"), ("joint_average", "mean"),
        ("joint_variance", "variance"),
    ],
)  # fmt: skip
def test_co_occurrence(ours, theirs):
    """Per direction; scikit-image counts row then column, angles counterclockwise from right."""
    angles = {"right": 0, "down_right": np.pi / 4, "down": np.pi / 2, "down_left": 3 * np.pi / 4}
    for image in MADE.images:
        levels = Region(image[None], discretization=LEVELS).levels[0, 0]
        counts = skimage_feature.graycomatrix(levels, [1], list(angles.values()), 9, symmetric=True, normed=True)
        expected = skimage_feature.graycoprops(counts, theirs)[0]
        if theirs == "entropy":
            expected = expected / np.log(2)  # theirs is in nats
        for direction, value in zip(angles, expected, strict=True):
            measured = features[f"co_occurrence_{ours}_{direction}"].compute(image, discretization=LEVELS)
            assert measured == pytest.approx(value, rel=1e-9)
        whole = features[f"co_occurrence_{ours}_2d_averaged"].compute(image, discretization=LEVELS)
        assert whole == pytest.approx(expected.mean(), rel=1e-9)


def test_oriented_gradients():
    for image in MADE.images:
        expected = skimage_feature.hog(
            image.astype(float), orientations=9, pixels_per_cell=(6, 6), cells_per_block=(4, 4), block_norm="L2"
        )
        measured = [f.compute(image) for f in features.values() if f.family == "oriented_gradients"]
        np.testing.assert_allclose(measured, expected, rtol=1e-6, atol=1e-9)


def test_binary_patterns():
    for image in np.random.default_rng(0).integers(0, 60_000, size=(3, 15, 17)):
        expected = skimage_feature.local_binary_pattern(image, 8, 1, method="uniform")[1:-1, 1:-1]
        np.testing.assert_array_equal(patterns(image[None].astype(float))[0], expected)


def test_surface():
    """Theirs interpolates in the same places; only bent faces may be cut another way."""
    generator = np.random.default_rng(1)
    for spacing in ((1, 1, 1), (3.0, 1.5, 0.5)):
        mask = ndimage.gaussian_filter(generator.normal(size=(14, 15, 16)), 2) > 0
        corners, faces, *_ = skimage_measure.marching_cubes(
            np.pad(mask, 1).astype(float), 0.5, spacing=spacing, method="lorensen"
        )
        area = skimage_measure.mesh_surface_area(corners, faces)
        measured = features["shape_surface"].compute(mask.astype(float), mask, spacing=spacing)
        assert measured == pytest.approx(area, rel=0.01)
    ball = np.linalg.norm(np.indices((21, 21, 21)) - 10, axis=0) <= 8.2
    volume = features["shape_volume"].compute(ball.astype(float), ball)
    assert volume == pytest.approx(4 / 3 * np.pi * 8.2**3, rel=0.02)
    assert features["shape_sphericity"].compute(ball.astype(float), ball) == pytest.approx(1, abs=0.09)


def test_zones_by_another_labeling():
    for image, mask in zip(MADE.images, MADE.masks, strict=True):
        levels = Region(image[None], mask[None], discretization=LEVELS).levels[0, 0]
        zones = skimage_measure.label(levels, background=0, connectivity=2)
        sizes = np.bincount(zones.ravel())[1:]
        grays = [levels[zones == zone + 1][0] for zone in range(len(sizes))]
        expected = np.mean(sizes.astype(float) ** 2 * np.array(grays, float) ** 2)
        name = "size_zone_large_zone_high_gray_level_emphasis_2d"
        assert features[name].compute(image, mask, discretization=LEVELS) == pytest.approx(expected)


def runs_by_hand(levels, step):
    """(level, length) of every run, walking pixel by pixel."""
    found = []
    height, width = levels.shape
    inside = lambda y, x: 0 <= y < height and 0 <= x < width  # noqa: E731
    for y, x in product(range(height), range(width)):
        before = (y - step[0], x - step[1])
        if levels[y, x] and not (inside(*before) and levels[before] == levels[y, x]):
            length, (a, b) = 0, (y, x)
            while inside(a, b) and levels[a, b] == levels[y, x]:
                length, a, b = length + 1, a + step[0], b + step[1]
            found.append((levels[y, x], length))
    return found


def test_runs_by_hand():
    for image, mask in zip(MADE.images, MADE.masks, strict=True):
        levels = Region(image[None], mask[None], discretization=LEVELS).levels[0, 0]
        values = []
        for step in ((0, 1), (1, 1), (1, 0), (1, -1)):
            runs = np.array(runs_by_hand(levels, step), float)
            values.append(np.mean(runs[:, 1] ** 2 / runs[:, 0] ** 2))
        name = "run_length_long_run_low_gray_level_emphasis_2d_averaged"
        measured = features[name].compute(image, mask, discretization=LEVELS)
        assert measured == pytest.approx(np.mean(values))


def test_neighborhoods_by_hand():
    image, mask = MADE.images[1], MADE.masks[1]
    levels = Region(image[None], mask[None], discretization=LEVELS).levels[0, 0].astype(int)
    s, n, dependence = np.zeros(9), np.zeros(9), []
    for y, x in np.argwhere(mask):
        around = [
            levels[y + dy, x + dx]
            for dy, dx in product((-1, 0, 1), repeat=2)
            if (dy or dx) and 0 <= y + dy < 24 and 0 <= x + dx < 24 and mask[y + dy, x + dx]
        ]
        dependence.append(1 + sum(level == levels[y, x] for level in around))
        if around:
            n[levels[y, x]] += 1
            s[levels[y, x]] += abs(levels[y, x] - np.mean(around))
    p = n / n.sum()
    pairs = [(i, j) for i in range(9) for j in range(9) if p[i] and p[j]]
    busyness = (p * s).sum() / sum(abs(i * p[i] - j * p[j]) for i, j in pairs)
    complexity = sum(abs(i - j) * (p[i] * s[i] + p[j] * s[j]) / (p[i] + p[j]) for i, j in pairs) / n.sum()
    for name, expected in (
        ("gray_tone_difference_coarseness_2d", 1 / (p * s).sum()),
        ("gray_tone_difference_busyness_2d", busyness),
        ("gray_tone_difference_complexity_2d", complexity),
        ("gray_level_dependence_high_dependence_emphasis_2d", np.mean(np.square(dependence))),
    ):
        assert features[name].compute(image, mask, discretization=LEVELS) == pytest.approx(expected), name


def test_likeness_of_near_pixels_by_all_pairs():
    image, mask = MADE.images[0].astype(float), MADE.masks[0]
    place, x = np.argwhere(mask), image[mask]
    away = np.linalg.norm(place[:, None] - place[None], axis=-1)
    weight = np.divide(1, away, out=np.zeros_like(away), where=away > 0)
    z = x - x.mean()
    moran = len(x) / weight.sum() * (weight * np.outer(z, z)).sum() / (z**2).sum()
    geary = (len(x) - 1) / (2 * weight.sum()) * (weight * (x[:, None] - x[None]) ** 2).sum() / (z**2).sum()
    assert features["outline_moran"].compute(image, mask) == pytest.approx(moran)
    assert features["outline_geary"].compute(image, mask) == pytest.approx(geary)


def test_statistics_by_numpy_and_scipy():
    stats = pytest.importorskip("scipy.stats")
    for image, mask in zip(MADE.images, MADE.masks, strict=True):
        x = image[mask].astype(float)
        for name, expected in (
            ("mean", x.mean()), ("variance", x.var()), ("skewness", stats.skew(x)), ("kurtosis", stats.kurtosis(x)),
            ("median", np.median(x)), ("percentile_10", np.percentile(x, 10)), ("maximum", x.max()),
            ("percentile_90", np.percentile(x, 90)), ("minimum", x.min()), ("interquartile_range", stats.iqr(x)),
            ("mean_absolute_deviation", np.mean(np.abs(x - x.mean()))), ("energy", (x**2).sum()),
        ):  # fmt: skip
            assert features[f"intensity_{name}"].compute(image, mask) == pytest.approx(expected), name


def test_symmetry_and_blobs():
    y, x = np.indices((40, 40))
    image = np.zeros((40, 40))
    for row, column in ((8, 8), (8, 30), (28, 12)):
        image += np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * 2.0**2))
    assert features["blob_count_bright"].compute(image) == 3
    assert features["blob_count_dark"].compute(1 - image) == 3
    opening = features["blob_count_bright"].open(image)
    assert {tuple(map(int, opening.pixels(row)[0])) for row in range(3)} == {(0, 8, 8), (0, 8, 30), (0, 28, 12)}
    generator = np.random.default_rng(2)
    half = generator.normal(size=(10, 5))
    mirrored = np.concatenate([half, half[:, ::-1]], axis=1)
    assert features["symmetry_left_right"].compute(mirrored) == pytest.approx(1)
    expected = np.corrcoef(mirrored.ravel(), mirrored[::-1].ravel())[0, 1]
    assert features["symmetry_up_down"].compute(mirrored) == pytest.approx(expected)
