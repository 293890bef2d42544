"""A set of images becomes a table; what could not be measured is named."""

import gc
import json

import numpy as np
import pytest

from glassnet.errors import DataError
from glassnet.images import Knobs, feature_table, phantoms
from glassnet.images.features import Discretization, features
from glassnet.images.features.measure import choose, measure
from glassnet.images.features.region import Region
from glassnet.images.features.rows import Rows
from glassnet.images.reading import Picture, Unread

MADE = phantoms(8, size=20, knobs=Knobs(0.5, 1, 0.5, 0.1), seed=4)


def pictures(count=8, *, masks=False, **more):
    for number in range(count):
        mask = MADE.masks[number][None] if masks else None
        pixels = MADE.images[number][None, ..., None]
        yield Picture(f"{number}.png", pixels, MADE.names[number], mask=mask, **more)


def test_values_are_those_of_each_image_alone():
    table = feature_table(pictures(), discretization=Discretization(bins=12))
    assert table.header[:3] == ["image_id", "label", "intensity_mean [gray value]"]
    for number in (0, 7):
        for place in range(0, len(table.features), 17):
            feature = table.features[place]
            alone = feature.compute(MADE.images[number], discretization=Discretization(bins=12))
            np.testing.assert_array_equal(table.values[number, place], alone)
    rows = list(table.rows())
    assert [row[:2] for row in rows[:2]] == [["0.png", "benign"], ["1.png", "malignant"]]
    assert all(len(row) == len(table.header) for row in rows)


def test_images_of_different_sizes_keep_their_order_and_are_not_stretched():
    small = [Picture(f"s{k}", MADE.images[k][None, :15, :11, None]) for k in range(3)]
    mixed = [p for pair in zip(pictures(3), small, strict=True) for p in pair]
    table = feature_table(mixed, only=["intensity", "co_occurrence"])
    assert table.names == ("0.png", "s0", "1.png", "s1", "2.png", "s2")
    for number in range(3):
        assert table.values[2 * number + 1, 0] == MADE.images[number][:15, :11].mean()


def test_units_are_millimeters_only_where_the_spacing_is_known():
    flat = feature_table(pictures(masks=True), only=["outline"])
    spaced = feature_table(pictures(masks=True, spacing=(1.0, 0.5, 0.5)), only=["outline"])
    assert "outline_area [px²]" in flat.header
    assert "outline_area [mm²]" in spaced.header
    place = [feature.name for feature in flat.features].index("outline_area")
    np.testing.assert_allclose(spaced.values[:, place], flat.values[:, place] / 4)


def test_what_does_not_fit_is_left_out_with_its_reason():
    odd = [
        Picture("volume", np.zeros((3, 9, 9, 1))),
        Picture("broken", np.full((1, 20, 20, 1), np.nan)),
        Unread("notes.txt", "not an image"),
    ]
    table = feature_table([*pictures(2), *odd, *pictures(1)], only=["intensity"])
    assert table.names == ("0.png", "1.png", "0.png")
    assert {each.name: each.reason for each in table.unread} == {
        "volume": "it is 3D, the first image 2D",
        "broken": "An image has values that are not finite. Leave the image out, or mask them.",
        "notes.txt": "not an image",
    }
    assert table.grouping.copies == 1
    assert table.grouping.groups == (1, 2, 1)


def test_a_mask_without_spacing_among_others_with_it():
    known = list(pictures(1, masks=True, spacing=(1.0, 1.0, 1.0)))
    table = feature_table([*known, *pictures(1, masks=True)], only=["outline"])
    assert len(table.names) == 1
    assert "spacing" in table.unread[0].reason


def test_nothing_to_measure():
    with pytest.raises(DataError, match="No image could be measured"):
        feature_table([])
    with pytest.raises(DataError, match="Files left out: 2, most often because: not an image"):
        feature_table([Unread("a", "not an image"), Unread("b", "not an image")])


def test_cells_without_a_value_are_empty():
    even = Picture("even", np.full((1, 20, 20, 1), 7, np.uint8))
    table = feature_table([*pictures(1), even], only=["intensity"])
    place = table.header.index("intensity_skewness")
    assert list(table.rows())[1][place] == ""
    assert table.undefined() == {"intensity_skewness": 1, "intensity_kurtosis": 1}


def test_groups_join_patients_and_copies():
    three = list(pictures(3))
    named = [Picture(name, p.pixels) for name, p in zip(("person1_a", "person1_b", "person2_a"), three, strict=True)]
    table = feature_table(named, only=["symmetry"])
    assert table.grouping.groups == (1, 1, 2)
    assert table.grouping.by_patient == "file names"
    copy = Picture("person3_a", three[2].pixels)
    assert feature_table([*named, copy], only=["symmetry"]).grouping.groups == (1, 1, 2, 2)
    header = [Picture(p.name, p.pixels, group=g) for p, g in zip(three, ("x", "y", "x"), strict=True)]
    by_header = feature_table(header, only=["symmetry"])
    assert (by_header.grouping.groups, by_header.grouping.by_patient) == ((1, 2, 1), "DICOM headers")
    assert feature_table(three, only=["symmetry"]).grouping.groups is None


def test_settings_say_how_to_measure_the_same_again():
    table = feature_table(pictures(2, identifying=("PatientName",), remarks=("turned",)), only=["co_occurrence"])
    settings = json.loads(json.dumps(table.settings()))
    assert settings["discretization"]["bins"] == 16
    assert settings["identifying header fields"] == {"PatientName": 2}
    assert settings["remarks"] == {"turned": 2}
    for entry, feature in zip(settings["features"], table.features, strict=True):
        assert features[entry["name"]] is feature
        assert entry["each"] == feature.each.source


def test_progress_counts_every_file():
    seen = []
    feature_table([*pictures(3), Unread("x", "not an image")], only=["symmetry"], progress=seen.append)
    assert seen == [1, 2, 3, 4]


def test_measuring_leaves_nothing_to_the_collector_of_garbage():
    """Large images would fill the memory before it runs: a region and its rows must not hold each other."""
    images = np.arange(2 * 24 * 24, dtype=np.uint8).reshape(2, 24, 24)
    masks = np.ones(images.shape, bool)
    gc.collect()
    gc.disable()
    try:
        for mask in (None, masks):
            measure(images, mask, chosen=choose("2D", masked=mask is not None))
        left = [each for each in gc.get_objects() if isinstance(each, (Region, Rows))]
    finally:
        gc.enable()
    assert left == []
