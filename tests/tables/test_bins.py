"""Piecewise-linear encoding: held against the paper's rule written case by case, NumPy's quantiles and the trace."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet import GlassClassifier, load
from glassnet.errors import DataError, SchemaError
from glassnet.pages.number import short_number
from glassnet.tables import Schema, Table
from glassnet.tables.columns.scales.bins import MOST_BINS, bin_edges, bin_names, bin_text, in_bins
from glassnet.tables.notation.number_text import iso_day

NUMBERS = st.lists(st.floats(-1e150, 1e150), min_size=1, max_size=80)


def share(x, low, high):
    """One input, case by case."""
    if x <= low:
        return 0.0
    return 1.0 if x >= high else (x - low) / (high - low)


@given(NUMBERS, st.floats(-1e150, 1e150))
def test_the_rule_case_by_case(numbers, further):
    edges = bin_edges(np.array(numbers))[0]
    assert len(edges) <= max(2, len(numbers) // 10 + 1)
    assert (np.diff(edges) > 0).all()
    values = np.array([*numbers, further])
    made = in_bins(values, edges)
    expected = [[share(x, *ends) for ends in pairwise(edges)] for x in values]
    assert made == pytest.approx(np.array(expected), abs=1e-12)
    assert (np.diff(made, axis=1) <= 0).all()  # no bin is entered before the one in front of it is full


def test_edges_are_the_quantiles_of_numpy():
    values = np.random.default_rng(1).standard_t(2, 3001)
    assert bin_edges(values)[0] == pytest.approx(np.quantile(values, np.linspace(0, 1, MOST_BINS + 1)))
    assert bin_edges(values, np.full(3001, 0.3))[0] == pytest.approx(bin_edges(values)[0])
    times = np.where(values > 0.5, 3, 1)
    repeated = bin_edges(np.repeat(values, times))[0]
    inner = slice(1, -1)  # the outermost numbers are far apart
    assert bin_edges(values, times / 7)[0][inner] == pytest.approx(repeated[inner], abs=0.05)
    ties = np.repeat([1.0, 2.0, 7.0], [500, 401, 100])
    assert set(bin_edges(ties)[0]) == {1.0, 2.0, 7.0}


@pytest.mark.parametrize(
    ("values", "edges"),
    [([7.0], (7, 8)), ([5.0] * 40, (5, 6)), ([1e300] * 3, (1e300, 1e300 + 1e294)), ([0.0, 4.0], (0, 4))],
    ids=["one row", "constant", "huge", "two"],
)
def test_small_columns(values, edges):
    assert bin_edges(np.array(values))[0] == pytest.approx(edges, rel=1e-12)


def test_names_tell_edges_apart():
    assert bin_names("age", (20.0, 35.5, 60.0), short_number) == ["age 20 to 35.5", "age 35.5 to 60"]
    close = bin_names("x", (1234567.0, 1234567.25, 1234567.5), short_number)
    assert close == ["x 1234567 to 1234567.25", "x 1234567.25 to 1234567.5"]
    days = bin_names("day", (19723.0, 19723.25, 19723.5), lambda value, _: iso_day(value))
    assert len(set(days)) == 2


def table():
    rows = np.random.default_rng(7)
    age = rows.integers(18, 90, 60).tolist()
    return Table.from_columns(
        {
            "age": ["" if k % 20 == 0 else str(value) for k, value in enumerate(age)],
            "day": [iso_day(19000.0 + 5 * k) for k in range(60)],
            "smoker": ["yes" if k % 3 else "no" for k in range(60)],
            "ill": ["yes" if value > 50 else "no" for value in age],
        }
    )


def test_a_schema_with_bins():
    schema = Schema.infer(table(), target="ill").with_scaling("piecewise_linear").fit(table())
    matrix = schema.encode(table()).matrix
    age = schema.columns[0]
    assert len(age.features) == len(age.knots) == 6  # five bins, and whether the cell is missing
    assert age.features[0] == f"age {short_number(age.knots[0], 4)} to {short_number(age.knots[1], 4)}"
    assert "5 bins between quantiles" in str(schema)
    assert Schema.from_dict(schema.to_dict()) == schema
    assert matrix.shape[1] == len(schema.feature_names)
    assert matrix[0, :6] == pytest.approx([*in_bins(np.array([age.center]), age.knots)[0], 1])
    rows = Table.from_columns({"age": ["17", "", "44", "300"], "day": ["2022-01-09", "", "2022-05-05", "2030-01-01"],
                               "smoker": ["no"] * 4})  # fmt: skip
    found = schema.encode(rows)
    assert any("outside the training range" in note for note in found.notes)
    for row in range(4):
        steps = schema.inputs_of(rows, row)
        assert [step.value for step in steps] == pytest.approx(found.matrix[row].tolist())
        for step in steps:  # the arithmetic that is shown gives the number that is shown
            if " to " in step.feature:
                shown = step.formula.split(",")[0].split(" because")[0].replace("−", "-")
                assert eval(shown, {}) == pytest.approx(step.value, abs=1e-5)
    assert "the training median in place of the missing cell" in schema.inputs_of(rows, 1)[0].formula
    with pytest.raises(DataError, match="infinite"):
        schema.encode(Table.from_columns({"age": ["inf"], "day": ["2022-01-09"], "smoker": ["no"]}))
    with pytest.raises(SchemaError, match="not learned yet"):
        schema.with_scaling("standard").with_scaling("piecewise_linear").encode(table())


def test_the_arithmetic_of_negative_edges():
    assert bin_text(-1.0, 0, (-2.0, 0.0)) == "(−1 − (−2)) / (0 − (−2))"


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"knots": [1.0]}, "two different edges"), ({"knots": [], "knot_inputs": []}, "cannot have 0 knots"),
     ({"knots": [1.0, 1.0]}, "different"), ({"knot_inputs": [0.0] * 6}, "no such inputs"),
     ({"knots": [3.0, 2.0]}, "must increase")],
)  # fmt: skip
def test_bins_of_strangers_are_checked(changed, message):
    stored = Schema.infer(table(), target="ill").with_scaling("piecewise_linear").fit(table()).to_dict()
    stored["columns"][0] |= changed
    with pytest.raises(SchemaError, match=message):
        Schema.from_dict(stored)


@pytest.mark.parametrize("recipe", ["lecture", "committee", "realmlp", "tabm-mini"])
def test_estimators_keep_their_bins_in_the_file(tmp_path, recipe):
    model = GlassClassifier(recipe=recipe, scaling="piecewise_linear", epochs=2).fit(table(), target="ill")
    assert model.schema_.columns[0].scaling == model.recipe_.scaling == "piecewise_linear"
    again = load(model.save(tmp_path / "m"))
    assert np.array_equal(again.predict_proba(table()), model.predict_proba(table()))
    assert again.schema_ == model.schema_
