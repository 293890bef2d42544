"""Images of different sizes and colors in one array, by rules that are said; nothing is stretched."""

import numpy as np
import pytest

from glassnet.errors import ConfigurationError, DataError
from glassnet.images import image_set, phantoms
from glassnet.images.reading import Picture, Unread

pytest.importorskip("PIL.Image")
MADE = phantoms(4, size=24, seed=8)
RULE = "scaled by one factor until they just fit, then centered on their smallest value"


def picture(name, pixels, **more):
    pixels = np.asarray(pixels)
    return Picture(name, pixels[None, ..., None] if pixels.ndim == 2 else pixels[None], **more)


def test_images_of_one_size_stay_as_they_are():
    made = image_set([picture(str(k), image) for k, image in enumerate(MADE.images)])
    np.testing.assert_array_equal(made.pixels[..., 0], MADE.images)
    assert made.pixels.dtype == np.uint8
    assert made.remarks == {}


def test_the_most_frequent_size_wins_and_proportions_are_kept():
    square = np.zeros((40, 40), np.uint8)
    square[10:30, 10:30] = 200
    wide = np.pad(square, ((0, 0), (20, 20)))  # 40 x 80 with the same square in its middle
    made = image_set([picture("a", square), picture("b", square), picture("c", wide)])
    assert made.pixels.shape == (3, 40, 40, 1)
    marked = made.pixels[2, ..., 0] > 100
    rows, columns = np.flatnonzero(marked.any(1)), np.flatnonzero(marked.any(0))
    assert len(rows) == len(columns) == 10  # half as large, and still a square
    assert made.remarks == {RULE: 1}


def test_scaling_up_and_down_keeps_the_mean():
    image = MADE.images[0]
    for size in ((12, 12), (48, 48)):
        made = image_set([picture("a", image)], size=size)
        assert made.pixels[0].mean() == pytest.approx(image.mean(), abs=1)
    wide = image_set([picture("a", image.astype(np.uint16) * 200)], size=(12, 12))
    assert wide.pixels.dtype == np.uint16


def test_padding_takes_the_largest_rows_and_columns():
    made = image_set([picture("a", np.full((2, 5), 7)), picture("b", np.full((4, 3), 9))], rule="pad")
    assert made.pixels.shape == (2, 4, 5, 1)
    small = image_set([picture("a", [[1, 2], [3, 4]]), picture("b", np.ones((5, 5)))], rule="pad", size=(4, 4))
    np.testing.assert_array_equal(small.pixels[0, ..., 0], [[1, 1, 1, 1], [1, 1, 2, 1], [1, 3, 4, 1], [1, 1, 1, 1]])
    assert small.unread == (Unread("b", "its 5 x 5 pixels do not fit into 4 x 4; the rule is to pad"),)


def test_color_beside_gray():
    color = np.stack([MADE.images[0], MADE.images[1], MADE.images[2]], axis=-1)
    both = [picture("color", color), picture("gray", MADE.images[3])]
    gray = image_set(both)
    assert gray.pixels.shape[3] == 1
    np.testing.assert_allclose(gray.pixels[0, ..., 0], color @ [0.299, 0.587, 0.114])
    assert gray.remarks == {"made gray: red, green and blue weighted .299, .587, .114": 1}
    kept = image_set(both, color="color")
    np.testing.assert_array_equal(kept.pixels[1], np.repeat(MADE.images[3][..., None], 3, axis=2))
    assert image_set(both[:1]).pixels.shape[3] == 3


def test_masks_are_fitted_as_their_images_are():
    mask = MADE.masks[0]
    made = image_set([picture("a", MADE.images[0], mask=mask[None])], size=(48, 60))
    assert made.masks.shape == (1, 48, 60)
    assert made.masks.sum() == pytest.approx(4 * mask.sum(), rel=0.1)
    assert image_set([picture("a", mask, mask=mask[None]), picture("b", mask)]).masks is None


def test_groups_labels_and_what_was_left_out():
    again = MADE.images[0].copy()
    made = image_set([
        picture("a", MADE.images[0], label="ill", identifying=("PatientName",)), picture("b", again, label="well"),
        Unread("c", "not an image"), Picture("d", np.zeros((3, 5, 5, 1))),
    ])  # fmt: skip
    assert made.labels == ("ill", "well")
    assert made.grouping.groups == (1, 1)
    assert [each.name for each in made.unread] == ["c", "d"]
    assert made.identifying == {"PatientName": 1}


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"rule": "stretch"}, ConfigurationError, "rule='stretch'"),
        ({"color": "colr"}, ConfigurationError, "Did you mean 'color'"),
        ({"size": (0, 4)}, ConfigurationError, "two positive whole numbers"),
        ({"memory_limit": 100}, DataError, "the limit is"),
        ({"size": (3, 3), "rule": "pad"}, DataError, "Give a larger size"),
    ],
)
def test_bad_settings(settings, error, words):
    with pytest.raises(error, match=words):
        image_set([picture("a", MADE.images[0])], **settings)
    with pytest.raises(DataError, match="no image in the set"):
        image_set([Unread("a", "not an image")])
