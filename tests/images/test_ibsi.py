"""Every feature that IBSI defines gives the reference value on IBSI's digital phantom."""

import ibsi
import numpy as np
import pytest

from glassnet.images.features import Discretization, Region, features

REFERENCE = ibsi.reference()
BY_TAG = {feature.tag: feature for feature in features.values() if feature.tag}
WITHOUT_REFERENCE = {
    "morph_vol_dens_ombb", "morph_area_dens_ombb", "morph_vol_dens_mvee", "morph_area_dens_mvee", "ivh_auc",
}  # fmt: skip


@pytest.fixture(scope="module")
def region():
    image, mask = ibsi.phantom()
    return Region(image[None], mask[None], spacing=(2, 2, 2), discretization=Discretization(width=1))


def rounding(value):
    """Half a unit of the third significant digit, in which IBSI writes its values."""
    return 0.5 * 10.0 ** (np.floor(np.log10(abs(value))) - 2) if value else 0.0005


def test_all_rows_with_a_value_are_measured():
    assert len(REFERENCE) == 487
    assert {tag for tag, row in REFERENCE.items() if row is None} == WITHOUT_REFERENCE
    assert REFERENCE.keys() - BY_TAG.keys() == WITHOUT_REFERENCE
    assert BY_TAG.keys() <= REFERENCE.keys()


@pytest.mark.parametrize("tag", [tag for tag, row in REFERENCE.items() if row is not None])
def test_reference_value(tag, region):
    value, tolerance = REFERENCE[tag]
    measured = float(BY_TAG[tag].values(region)[0])
    assert abs(measured - value) <= max(tolerance, rounding(value)) * (1 + 1e-6), f"{measured} is not {value}"


def test_codes_are_those_of_one_feature():
    codes = {}
    for feature in BY_TAG.values():
        assert len(feature.code) == 4
        codes.setdefault(feature.code, set()).add((feature.each.source, feature.whole.source, feature.family))
    shared = {code for code, formulas in codes.items() if len(formulas) > 1}
    assert shared == {"BC2M", "GBPN"}  # one code for every height of the intensity-volume histogram
