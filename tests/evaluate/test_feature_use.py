"""Which columns each classifier uses: on tables of which that is known."""

from dataclasses import replace

import numpy as np
import pytest

from glassnet.errors import ConfigurationError, DataError
from glassnet.evaluate.usage.feature_use import FeatureUse, feature_use
from glassnet.images import phantoms
from glassnet.images.measuring import Measuring
from glassnet.report.feature_use_page import feature_use_page
from glassnet.tables import Table
from glassnet.tables.image_table import table_of_arrays

RNG = np.random.default_rng(2)
N = 160
QUICK = {"folds": 3, "repeats": 1, "steps": 2, "candidates": 4}


@pytest.fixture(scope="module")
def known():
    """One column tells the class by its sign, one by its size, one is noise, one is a copy of the first."""
    codes = np.arange(N) % 2
    sign = RNG.normal(size=N) + 2.0 * codes
    size = np.where(codes == 1, 2.5, 0.5) * RNG.choice([-1.0, 1.0], N) + 0.9 * RNG.normal(size=N)
    table = {"sign": sign, "size": size, "noise": RNG.normal(size=N), "copy": sign + 1e-9,
             "ward": RNG.permutation(["a", "b"] * (N // 2)), "label": np.where(codes == 1, "ill", "well")}  # fmt: skip
    return {name: list(column) for name, column in table.items()}


@pytest.fixture(scope="module")
def found(known) -> FeatureUse:
    return feature_use(known, target="label", **QUICK)


def test_what_tells_the_class_is_used_and_noise_is_not(found):
    assert found.names == ("sign", "size", "noise", "copy", "ward")
    assert found.classes == ("ill", "well")
    for use in found.classifiers:
        size, noise = use.losses[1], use.losses[2]
        assert size.low > 0.02, use
        assert abs(noise.value) < size.low, use
        assert {name for step in use.steps for name, _ in step.chosen} <= {"size", "sign", "copy"}
        assert use.steps[1].area.value > max(0.9, use.steps[0].area.value + 0.02), "the two say different things"
        assert use.steps[1].area.low < use.steps[1].area.value < use.steps[1].area.high <= 1


def test_a_near_copy_is_no_second_candidate(found):
    chosen = {name for use in found.classifiers for step in use.steps for name, _ in step.chosen}
    assert not {"sign", "copy"} <= chosen


def test_a_copy_stands_in_for_a_column(known, found):
    alone = feature_use({name: column for name, column in known.items() if name != "copy"}, target="label", **QUICK)
    for lonely, use in zip(alone.classifiers, found.classifiers, strict=True):
        assert lonely.losses[0].value > use.losses[0].value + 0.02, use.name


def test_the_same_seed_gives_the_same_answer(known, found):
    assert feature_use(known, target="label", **QUICK) == found


def test_shuffled_labels_give_chance(known):
    luck = feature_use({**known, "label": list(RNG.permutation(known["label"]))}, target="label", **QUICK)
    for use in luck.classifiers:
        assert use.area.low - 0.1 < 0.5 < use.area.high + 0.1
        assert use.steps[1].area.low - 0.1 < 0.5 < use.steps[1].area.high + 0.1, "the fold left out has no part in it"


def test_groups_stay_together(known):
    patients = np.arange(N) // 4
    asked = feature_use({**known, "patient": [f"p{k}" for k in patients]}, target="label", groups="patient", **QUICK)
    assert asked.groups == "patient"
    assert "patient" not in asked.names


def test_three_classes():
    codes = np.arange(120) % 3
    table = {"x": list(codes + 0.2 * RNG.normal(size=120)), "noise": list(RNG.normal(size=120)),
             "label": [f"class {k}" for k in codes]}  # fmt: skip
    asked = feature_use(table, target="label", **QUICK)
    assert "mean over the classes" in asked.measure
    assert all(use.losses[0].low > 0.1 for use in asked.classifiers)


def test_images_have_families_and_a_page():
    made = phantoms(60, seed=3)
    table = table_of_arrays(made.images, Measuring(features=("symmetry", "intensity")))
    table = replace(table, columns={**table.columns, **Table.from_columns({"label": list(made.names)}).columns})
    asked = feature_use(table, target="label", **QUICK)
    assert asked.families == ("intensity", "symmetry")
    assert all(len(use.families) == 2 for use in asked.classifiers)
    page = feature_use_page(asked, "<scans>/")
    assert "&lt;scans&gt;/" in page
    assert "<script" not in page
    for word in ("Families of features", "Single columns", "Performance with few columns", "network"):
        assert word in page, word


@pytest.mark.parametrize(("change", "settings", "match"), [
    ({"label": [float(k) for k in RNG.normal(size=N)]}, {}, "holds amounts, but only classifiers are compared"),
    ({"label": ["ill"] * 2 + ["well"] * (N - 2)}, {}, "has 2 rows, too few for 3 folds"),
    ({}, {"folds": 1}, "leaves no rows for testing"),
    ({}, {"steps": 0}, "steps=0 must be a whole number of at least 1"),
])  # fmt: skip
def test_what_cannot_be_asked(known, change, settings, match):
    with pytest.raises((ConfigurationError, DataError), match=match):
        feature_use({**known, **change}, target="label", **{**QUICK, **settings})


def test_images_themselves_are_refused():
    made = phantoms(20, seed=3)
    with pytest.raises(ConfigurationError, match=r"on their hand-crafted features\. Measure them"):
        feature_use({"image": made.images, "label": list(made.names)}, target="label", **QUICK)


def test_progress_ends_where_it_says(known):
    seen = []
    feature_use(known, target="label", **QUICK, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (27, 27)
    assert [done for done, _ in seen] == list(range(1, 28))
