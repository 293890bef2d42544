"""`Measuring`: what is stored of how images were measured, and what it refuses."""

import dataclasses

import numpy as np
import pytest

from glassnet.errors import ConfigurationError, DataError, SchemaError
from glassnet.images import Measuring, feature_table, phantoms
from glassnet.images.features import Discretization
from glassnet.images.reading.archive import from_arrays
from glassnet.tables import Schema, read_image_table
from glassnet.tables.image_table import ImagePlace, measuring_of

MADE = phantoms(12, seed=4)


def measured(**asked):
    how = Measuring(**{"features": ("symmetry", "intensity"), **asked})
    return how.settled(feature_table(from_arrays(MADE.images), measuring=how))


@pytest.fixture
def archive(tmp_path):
    np.savez(tmp_path / "a.npz", train_images=MADE.images[:8], train_labels=MADE.names[:8],
             test_images=MADE.images[8:], test_labels=MADE.names[8:])  # fmt: skip
    return tmp_path / "a.npz"


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"discretization": Discretization(bins=7)}, {"discretization": Discretization(width=12.5, start=3.0)},
        {"slices": "3 central", "window": True, "mask_value": 2},
    ],
)  # fmt: skip
def test_settings_survive_a_file(asked):
    how = measured(**asked)
    assert Measuring.from_dict(how.to_dict()) == how
    assert how.smallest == how.largest == MADE.images.shape[1:]


@pytest.mark.parametrize(
    "change",
    [
        {"dimensions": "4D"}, {"length_unit": "in"}, {"masked": 1}, {"bins": 1}, {"bins": True}, {"width": 3.0},
        {"features": []}, {"features": ["a", "a"]}, {"features": [1]}, {"smallest": [28]}, {"largest": [28, 0]},
        {"largest": [28, True]}, {"start": float("inf")}, {"slices": None}, {"more": 1},
    ],
)  # fmt: skip
def test_a_strangers_settings_are_refused(change):
    with pytest.raises(ConfigurationError):
        Measuring.from_dict({**measured().to_dict(), **change})


@pytest.mark.parametrize("name", sorted(measured().to_dict().keys() - {"bins"}))
def test_settings_that_lack_a_part_are_refused(name):
    plain = measured().to_dict()
    del plain[name]
    with pytest.raises(ConfigurationError, match=f"lack '{name}'"):
        Measuring.from_dict(plain)


def test_settings_that_are_no_object():
    with pytest.raises(ConfigurationError, match="must be an object"):
        Measuring.from_dict([1])


def test_other_formulas_are_refused(archive):
    """A digest that is not that of the formulas here comes from a version that measured otherwise."""
    changed = dataclasses.replace(measured(), rules="0" * 16)
    with pytest.raises(DataError, match="by formulas that this version of glassnet has changed"):
        read_image_table(archive, measuring=changed)
    with pytest.raises(DataError, match="'sharpness', which this version of glassnet does not know"):
        read_image_table(archive, measuring=dataclasses.replace(measured(), features=("sharpness",)))


def test_a_schema_measures_what_it_uses_as_it_did(archive):
    asked = Measuring(features=("symmetry", "intensity"), discretization=Discretization(bins=8))
    table = read_image_table(archive, measuring=asked, place=ImagePlace(parts=("train",)))
    schema = Schema.infer(table, "label").leave_out("intensity_mean [gray value]", "a test leaves it out")
    assert Schema.from_dict(schema.to_dict()).measuring == schema.measuring
    again = measuring_of(schema, archive)
    assert "intensity_mean" not in again.features
    assert {name.partition(" ")[0] for name in schema.feature_names} <= set(again.features)
    new = read_image_table(archive, measuring=again, place=ImagePlace(parts=("train",)))
    assert (schema.encode(new).matrix == schema.encode(table).matrix).all()


def test_the_schema_of_other_tables_says_nothing_of_images(archive):
    from glassnet.tables import Table

    plain = Schema.infer(Table.from_columns({"a": [1, 2, 3, 4], "b": [*"xyxy"]}), "b").to_dict()
    assert "measuring" not in plain
    assert Schema.from_dict(plain).measuring is None


def test_a_table_that_was_measured_otherwise_is_refused(archive):
    schema = Schema.infer(read_image_table(archive), "label")
    other = read_image_table(archive, measuring=Measuring(discretization=Discretization(bins=32)))
    with pytest.raises(SchemaError, match=r"gray levels: 32 bins .*, not 16 bins"):
        schema.encode(other)


def test_images_of_other_dimensions_are_named():
    volumes = [dataclasses.replace(each, pixels=np.repeat(each.pixels, 3, 0)) for each in from_arrays(MADE.images[:2])]
    table = feature_table([*from_arrays(MADE.images[:2]), *volumes], measuring=measured())
    assert [each.reason for each in table.unread] == ["it is 3D, the training images are 2D"] * 2


def test_pixels_are_forgotten_once_they_are_measured():
    """A view of a few pixels would keep all of them in memory."""
    import gc
    import weakref

    pictures = from_arrays(MADE.images.copy())
    alive = []

    def given():
        for picture in pictures:
            own = dataclasses.replace(picture, pixels=picture.pixels.copy())
            alive.append(weakref.ref(own.pixels))
            yield own
            del own

    table = feature_table(given(), only=["symmetry"])
    gc.collect()
    assert len(table.names) == len(alive)
    assert not any(reference() is not None for reference in alive)
