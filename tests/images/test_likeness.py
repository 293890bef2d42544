"""Identical and nearly identical images are found, different ones are not; patients in names become groups."""

import io

import numpy as np
import pytest

from glassnet.images.phantoms import Knobs, phantoms
from glassnet.images.reading import Likenesses, Picture, combined, patients

MADE = phantoms(200, size=64, knobs=Knobs(1, 1, 1, 0.05), seed=5).images


def grouped(images):
    likenesses = Likenesses()
    for number, image in enumerate(images):
        likenesses.add(Picture(str(number), np.asarray(image)[None, ..., None]))
    return likenesses.groups()


def test_different_images_are_different():
    groups, copies, near = grouped(MADE)
    assert groups == list(range(len(MADE)))
    assert (copies, near) == (0, 0)


def test_identical_images():
    groups, copies, near = grouped([MADE[0], MADE[1], MADE[0], MADE[1], MADE[1]])
    assert groups == [0, 1, 0, 1, 1]
    assert (copies, near) == (3, 0)


def test_values_that_only_look_equal_in_another_type_are_near():
    groups, copies, near = grouped([MADE[0], MADE[0].astype(np.uint16) * 257])
    assert groups == [0, 0]
    assert (copies, near) == (0, 1)


@pytest.mark.parametrize("change", ["jpeg", "resized", "brighter", "noise"])
def test_changed_copies_are_near(change):
    Image = pytest.importorskip("PIL.Image")
    picture = Image.fromarray(MADE[7])
    if change == "jpeg":
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=80)
        other = np.asarray(Image.open(file))
    elif change == "resized":
        other = np.asarray(picture.resize((96, 96), Image.Resampling.BICUBIC))
    elif change == "brighter":
        other = np.round(MADE[7] * 0.9 + 20)
    else:
        other = MADE[7] + np.random.default_rng(0).normal(0, 2, MADE[7].shape)
    groups, copies, near = grouped([*MADE[:20], other])
    assert groups[-1] == 7, change
    assert (copies, near) == (0, 1)


def test_even_images_are_only_the_same_when_equal():
    black, gray = np.zeros((9, 9), np.uint8), np.full((9, 9), 7, np.uint8)
    assert grouped([black, gray, black]) == ([0, 1, 0], 1, 0)


def test_images_smaller_than_the_copies_they_are_compared_by():
    image = np.arange(12.0).reshape(3, 4)
    assert grouped([image, image.T, image]) == ([0, 1, 0], 1, 0)
    assert grouped([np.array([[1.0, 2.0]]), np.array([[2.0, 1.0]])])[0] == [0, 1]


def test_patients_in_names():
    names = ["ill/person63_bacteria_306.jpeg", "ill/person63_bacteria_307.jpeg", "well/person7_virus_1.jpeg"]
    assert patients(names) == ["63", "63", "7"]
    assert patients(["Patient-007 a.png", "patient 7 b.png"]) == ["7", "7"]
    assert patients(["sub-01_T1.nii.gz", "sub-01_T2.nii.gz"]) == ["1", "1"]
    assert patients(["person1.png", "person2.png"]) is None  # none repeats
    assert patients(["scan1.png", "scan1b.png"]) is None
    assert patients(["person1_a.png", *(f"x{k}.png" for k in range(20)), "person1_b.png"]) is None


def test_groups_that_share_a_member_are_one():
    assert combined([0, 1, 0, 3], ["a", "b", "b", "c"]) == [1, 1, 1, 2]
    assert combined([0, 1, 2], None) == [1, 2, 3]
    assert combined([0, 1, 2], [None, None, None]) == [1, 2, 3]
