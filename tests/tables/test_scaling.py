"""Scalings: held against scikit-learn's RobustScaler and hand-worked numbers, through the trace and the file."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import RobustScaler

from glassnet.errors import SchemaError
from glassnet.tables import Schema, Table
from glassnet.tables.columns.scales.scaling import SCALINGS, median_and_spread

FINITE = st.lists(st.floats(-1e150, 1e150), min_size=1, max_size=30)


@given(FINITE)
def test_learned_constants_are_usable(values):
    for scaling in SCALINGS.values():
        center, scale = scaling.learn(np.array(values))
        assert np.isfinite(center)
        assert np.isfinite(scale)
        assert scale > 0


def test_robust_agrees_with_scikit_learn():
    values = np.random.default_rng(0).standard_t(2, 401)
    theirs = RobustScaler().fit(values[:, None])
    assert median_and_spread(values) == pytest.approx((theirs.center_[0], theirs.scale_[0]), rel=1e-12)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([5.0, 5.0, 5.0], (5.0, 1.0)), ([0.0] * 9 + [4.0], (0.0, 2.0)), ([0.0, 0.0], (0.0, 1.0)), ([-3.0], (-3.0, 1.0))],
    ids=["constant", "quartiles meet", "zeros", "one row"],
)
def test_robust_where_the_quartiles_meet(values, expected):
    assert median_and_spread(np.array(values)) == expected


def test_the_clip_is_smooth_and_bounded():
    clip = SCALINGS["robust"].clip
    t = np.linspace(-50, 50, 10_001)
    assert (np.diff(clip(t)) > 0).all()
    assert (np.abs(clip(t)) < 3).all()
    assert clip(1e15) == 3.0
    assert clip(np.array([1.0]))[0] == pytest.approx(1 / np.sqrt(1 + 1 / 9))


def table():
    return Table.from_columns(
        {
            "size": ["1", "2", "3", "4", "100", ""], "sex": ["f", "f", "m", "m", "f", "m"],
            "smoker": ["yes", "no", "yes", "", "no", "no"], "ill": ["yes", "no", "no", "yes", "yes", "no"],
        }
    )  # fmt: skip


def test_a_schema_with_robust_scaling():
    schema = Schema.infer(table(), target="ill").with_scaling("robust").fit(table())
    matrix = schema.encode(table()).matrix
    names = list(schema.feature_names)
    expected = (np.array([1, 2, 3, 4, 100, 3]) - 3) / 2
    assert matrix[:, names.index("size")] == pytest.approx(expected / np.sqrt(1 + (expected / 3) ** 2))
    assert matrix[:, names.index("smoker = yes")] == pytest.approx([1, -1, 1, 2 * 0.4 - 1, -1, -1])
    assert set(matrix[:, names.index("smoker missing")]) == {0, 1}
    assert "median 3, interquartile range 2" in str(schema.describe())
    assert Schema.from_dict(schema.to_dict()) == schema
    for row in range(6):
        steps = schema.inputs_of(table(), row)
        assert [step.value for step in steps] == pytest.approx(matrix[row].tolist())
        for step in steps:  # the arithmetic that is shown gives the number that is shown
            if step.feature == "size":
                shown, t = step.formula.split(" with t = ")
                assert shown == "t / √(1 + (t / 3)²)"
                t = eval(t.split(" = ")[0].replace("−", "-"), {})
                assert t / np.sqrt(1 + (t / 3) ** 2) == pytest.approx(step.value)


def test_plain_schemas_are_stored_as_before():
    schema = Schema.infer(table(), target="ill")
    assert all("scaling" not in column for column in schema.to_dict()["columns"])
    assert Schema.from_dict(schema.to_dict()) == schema


def test_unknown_scalings_are_refused():
    schema = Schema.infer(table(), target="ill")
    with pytest.raises(SchemaError, match=r"no scaling 'robst'.*robust"):
        schema.with_scaling("robst")
    stored = schema.to_dict()
    stored["columns"][0]["scaling"] = "os.system"
    with pytest.raises(SchemaError, match="scaling"):
        Schema.from_dict(stored)
