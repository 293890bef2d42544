"""The page of an opened feature: its numbers are those of the opening, large and deep images are cut and said so."""

import numpy as np
import pytest

from glassnet.images import phantoms
from glassnet.images.features import features
from glassnet.pages import Raster
from glassnet.report.feature_page import SIDE, feature_page

MADE = phantoms(2, size=24, seed=9)
FAMILIES = {feature.family: feature.name for feature in reversed(list(features.values()))}


def opened(name):
    feature = features[name]
    if feature.suits("2D", masked=True):
        return feature.open(MADE.images[1], MADE.masks[1])
    volume = np.stack([MADE.images[1]] * 3)
    return feature.open(volume, np.stack([MADE.masks[1]] * 3), spacing=(2, 1, 1))


@pytest.mark.parametrize("name", FAMILIES.values(), ids=FAMILIES)
def test_a_page_of_every_family(name):
    opening = opened(name)
    page = feature_page(opening, "<scan>.png", ("turned as its EXIF data say",))
    assert "callout confirmed" in page
    assert "callout corrected" not in page
    assert "&lt;scan&gt;.png" in page
    assert "turned as its EXIF data say" in page
    assert "<script" not in page
    assert page.count("<svg") == 2


def test_large_images_are_drawn_by_blocks_and_said_so():
    generator = np.random.default_rng(0)
    page = feature_page(features["intensity_mean"].open(generator.normal(size=(500, 300))), "large")
    assert "Each square is the mean of 6 x 6 pixels" in page
    assert page.count("<rect") <= 2 * (SIDE * SIDE + 1)


def test_around_a_small_mask_only_that_is_drawn():
    image, mask = np.arange(10_000.0).reshape(100, 100), np.zeros((100, 100), bool)
    mask[50:60, 30:34] = True
    page = feature_page(features["intensity_mean"].open(image, mask), "small")
    assert "rows 44 to 65, columns 24 to 39" in page


def test_rasters():
    gray = Raster([[0.0, 0.0, 5.0], [10.0, 10.0, 10.0]]).draw("x")
    assert gray.count("<rect") == 4  # three runs of one tone, and the frame
    assert "#000000" in gray
    assert "#ffffff" in gray
    signed = Raster([[-1.0, 0.0, 1.0]], signed=True).draw("x")
    assert [f"diverging-{k}" in signed for k in (0, 4, 8)] == [True] * 3
    assert "#808080" in Raster([[3.0, 3.0]]).draw("even")
    outlined = Raster([[1.0, 2.0]], outlined=[[True, False]]).draw("x")
    assert outlined.count("L") == 4  # the four sides of one pixel
    assert Raster([[1.0, 2.0]]).rows() == (["row", "0", "1"], [["0", 1.0, 2.0]])
