"""Phantoms are a function of seed, number and knobs; the classes differ, and the knobs do what they say."""

import numpy as np
import pytest

from glassnet.errors import ConfigurationError
from glassnet.images import Knobs, phantoms
from glassnet.images.features import choose, features, measure

KNOBS = ("position", "orientation", "appearance", "noise")


def centers(masks):
    return np.array([np.argwhere(mask).mean(0) for mask in masks])


def test_the_same_phantoms_in_any_number_and_order():
    knobs = Knobs(0.3, 0.6, 0.9, 0.2)
    made = phantoms(9, knobs=knobs, seed=2**64 - 1)
    for first in (0, 4, 8):
        again = phantoms(9 - first, knobs=knobs, seed=2**64 - 1, first=first)
        np.testing.assert_array_equal(again.images, made.images[first:])
        np.testing.assert_array_equal(again.masks, made.masks[first:])
    assert (phantoms(9, knobs=knobs, seed=1).images != made.images).any()


def test_no_two_phantoms_are_equal():
    made = phantoms(300, knobs=Knobs(noise=0))
    assert len(np.unique(made.images.reshape(300, -1), axis=0)) == 300
    assert made.labels.tolist() == [0, 1] * 150
    assert made.names[:2] == ["benign", "malignant"]


@pytest.mark.parametrize("knob", KNOBS)
def test_a_knob_at_zero_and_at_one(knob):
    plain = phantoms(40, size=32, knobs=Knobs(0, 0, 0, 0), seed=1)
    turned = phantoms(40, size=32, knobs=Knobs(**{**dict.fromkeys(KNOBS, 0.0), knob: 1.0}), seed=1)
    assert (plain.images != turned.images).any(axis=(1, 2)).all()
    moved = np.linalg.norm(centers(turned.masks) - centers(plain.masks), axis=1)
    benign = plain.labels == 0
    if knob == "position":
        assert moved.max() > 4
        assert np.abs(centers(turned.masks) - 15.5).max() < 32 / 4 + 2
    if knob == "orientation":
        axes = [features["outline_elongation"].compute(image, mask)
                for image, mask in zip(turned.images[benign], turned.masks[benign], strict=True)]  # fmt: skip
        assert np.ptp([mask.any(1).sum() for mask in turned.masks[benign]]) > 0
        assert np.std(axes) < 0.05  # turned, not stretched
    if knob == "appearance":
        inside = [image[mask].mean() - image[~mask].mean()
                  for image, mask in zip(turned.images, turned.masks, strict=True)]  # fmt: skip
        assert min(inside) < 0 < max(inside)
        assert np.std(turned.masks.sum((1, 2))[benign]) > np.std(plain.masks.sum((1, 2))[benign])
    if knob == "noise":
        np.testing.assert_array_equal(turned.masks, plain.masks)
        assert np.std(turned.images - plain.images.astype(float)) > 50


def test_the_classes_differ_in_shape_and_texture_and_not_in_brightness():
    made = phantoms(200, size=32, seed=3)
    names = ["outline_solidity", "co_occurrence_contrast_2d_averaged", "intensity_mean"]
    chosen = [feature for feature in choose("2D", masked=True) if feature.name in names]
    values = dict(zip((f.name for f in chosen), measure(made.images, made.masks, chosen=chosen).T, strict=True))

    def apart(name):
        """The share of pairs that the feature puts in the right order (AUC), whatever the direction."""
        ill, well = values[name][made.labels == 1], values[name][made.labels == 0]
        share = (ill[:, None] > well[None]).mean()
        return max(share, 1 - share)

    assert apart("outline_solidity") > 0.95
    assert apart("co_occurrence_contrast_2d_averaged") > 0.8
    assert apart("intensity_mean") < 0.75


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"count": 0}, "count=0"), ({"count": 1.5}, "count=1.5"), ({"count": 2, "size": 4}, "size=4"),
        ({"count": 2, "seed": -1}, "seed=-1"), ({"count": 2, "first": -3}, "first=-3"),
    ],
)  # fmt: skip
def test_bad_settings(settings, words):
    with pytest.raises(ConfigurationError, match=words):
        phantoms(**settings)


@pytest.mark.parametrize("value", [-0.1, 1.1, "much", True, float("nan")])
def test_bad_knobs(value):
    with pytest.raises(ConfigurationError, match="The knob position"):
        Knobs(position=value)
