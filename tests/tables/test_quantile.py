"""Normal quantiles: held against scikit-learn's QuantileTransformer, SciPy and hand-worked numbers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.preprocessing import QuantileTransformer

from glassnet.errors import DataError, SchemaError
from glassnet.tables import Schema, Table
from glassnet.tables.columns.scales.quantile import MOST_KNOTS, curve_text, normal_knots, on_curve
from glassnet.tables.columns.scales.scaling import SCALINGS

NUMBERS = st.lists(st.floats(-1e150, 1e150), min_size=1, max_size=40)


def exact(values, weights):
    """The normal quantile of every number, by counting pair by pair."""
    below = ((values[None] < values[:, None]) * weights).sum(axis=1)
    alike = ((values[None] == values[:, None]) * weights).sum(axis=1)
    return norm.ppf((below + alike / 2) / weights.sum())


def test_agrees_with_scikit_learn_at_every_number():
    """Theirs counts the places between n numbers, ours the numbers: p = (places + 1/2) / n; ties lie in the middle."""
    inner = np.random.default_rng(3).integers(-20, 20, 400) ** 3 / 7.0
    values = np.concatenate([[-1e5], inner, [1e5]])  # theirs keeps no ties at the ends
    n = len(values)
    transformer = QuantileTransformer(n_quantiles=n, output_distribution="uniform").fit(values[:, None])
    assert transformer.quantiles_[:, 0] == pytest.approx(np.sort(values))
    transformer.quantiles_ = np.sort(values)[:, None]  # without the rounding that parts ties
    theirs = transformer.transform(values[:, None])[:, 0]
    ours = on_curve(values, *normal_knots(values))
    assert norm.cdf(ours) == pytest.approx((theirs * (n - 1) + 0.5) / n, abs=1e-9)


@given(NUMBERS)
def test_every_distinct_number_is_a_knot_while_there_are_few(numbers):
    values = np.array(numbers)
    knots, inputs = normal_knots(values)
    assert knots == tuple(np.unique(values).tolist())
    assert on_curve(values, knots, inputs) == pytest.approx(exact(values, np.ones(len(values))), abs=1e-12)
    assert on_curve(np.array([-1e300, 1e300]), knots, inputs).tolist() == [inputs[0], inputs[-1]]


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 5)), min_size=1, max_size=40))
def test_a_weight_is_so_many_rows(pairs):
    values, times = (np.array(side) for side in zip(*pairs, strict=True))
    times[0] += 1
    knots, inputs = normal_knots(values.astype(float), times / 7)
    again, expected = normal_knots(np.repeat(values, times).astype(float))
    assert knots == again
    assert inputs == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("shape", ["smooth", "heavy", "half of them alike"])
def test_many_numbers_have_a_thousand_knots_at_most_and_stay_close(shape):
    values = np.random.default_rng(5).standard_t(1 if shape == "heavy" else 30, 6000)
    if shape == "half of them alike":
        values[::2] = 0.25
    knots, inputs = normal_knots(values)
    assert 200 < len(knots) <= MOST_KNOTS
    assert (np.diff(knots) > 0).all()
    assert (np.diff(inputs) > 0).all()
    apart = (inputs[-1] - inputs[0]) / (MOST_KNOTS // 2 - 1)
    off = np.abs(on_curve(values, knots, inputs) - exact(values, np.ones(len(values))))
    assert off.max() <= apart * (1 + 1e-6)


@pytest.mark.parametrize(
    ("values", "knots", "inputs"),
    [
        ([7.0], (7.0,), [0]), ([5.0] * 4, (5.0,), [0]), ([0.0, 1.0], (0.0, 1.0), [-0.67449, 0.67449]),
        ([0.0, 0.0, 0.0, 8.0], (0.0, 8.0), [-0.31864, 1.15035]),
    ],
    ids=["one row", "constant", "two", "ties at the end"],
)  # fmt: skip
def test_small_columns(values, knots, inputs):
    found = normal_knots(np.array(values))
    assert found[0] == knots
    assert found[1] == pytest.approx(inputs, abs=1e-5)


def test_the_formula_of_a_number_has_its_two_knots():
    knots, inputs = (1.0, 4.0, 9.0), (-0.5, 0.25, 1.25)
    assert curve_text(2.0, knots, inputs) == "−0.5 + (0.25 − (−0.5)) · (2 − 1) / (4 − 1)"
    assert curve_text(4.0, knots, inputs) == "0.25, the normal quantile of 4 among the training cells"
    assert curve_text(10.0, knots, inputs) == "1.25, the normal quantile of the largest training cell, 9"
    assert curve_text(-10.0, knots, inputs) == "−0.5, the normal quantile of the smallest training cell, 1"


def table():
    return Table.from_columns(
        {
            "größe": ["1", "2", "2", "4", "1e6", ""], "same": ["3"] * 4 + ["3", "4"],
            "day": ["2024-01-01", "2024-02-01", "2024-03-01", "", "2024-05-01", "2024-06-01"],
            "smoker": ["yes", "no", "yes", "", "no", "no"], "ill": ["yes", "no", "no", "yes", "yes", "no"],
        }
    )  # fmt: skip


KINDS = {"same": "number", "größe": "number"}


def test_a_schema_whose_numbers_are_normal_quantiles():
    schema = Schema.infer(table(), target="ill", kinds=KINDS).with_scaling("quantile").fit(table())
    matrix = schema.encode(table()).matrix
    names = list(schema.feature_names)
    sizes = norm.ppf(np.array([0.1, 0.4, 0.4, 0.7, 0.9, 0.4]))
    assert matrix[:, names.index("größe")] == pytest.approx(sizes)
    assert matrix[:, names.index("same")] == pytest.approx(norm.ppf(np.array([5 / 12] * 5 + [11 / 12])))
    assert matrix[:, names.index("smoker = yes")] == pytest.approx([1, 0, 1, 0.4, 0, 0])
    assert "normal quantiles through 4 knots" in str(schema)
    assert Schema.from_dict(schema.to_dict()) == schema
    rows = Table.from_columns({
        "größe": ["3", "1e9", "-5", "2"], "same": ["3.5", "3", "4", ""],
        "day": ["2024-01-11", "", "2030-01-01", "2024-04-01"],
        "smoker": ["no"] * 4,
    })  # fmt: skip
    found = schema.encode(rows)
    assert any("outside the training range" in note for note in found.notes)
    for row in range(4):
        steps = schema.inputs_of(rows, row)
        assert [step.value for step in steps] == pytest.approx(found.matrix[row].tolist())
        for step in steps:  # the arithmetic that is shown gives the number that is shown
            if step.feature in ("größe", "same", "day"):
                shown = step.formula.split(",")[0].replace("−", "-").replace("·", "*")
                assert eval(shown, {}) == pytest.approx(step.value, abs=2e-5)
    assert "the training median in place of the missing cell" in schema.inputs_of(rows, 3)[names.index("same")].formula


def test_a_column_without_any_number_and_other_scalings_afterwards():
    empty = Table.from_columns({"a": ["", "", ""], "b": ["1", "2", "3"], "y": ["1", "5", "6"]})
    schema = Schema.infer(table(), target="ill", kinds=KINDS).with_scaling("quantile").fit(table())
    plain = schema.with_scaling("standard")
    assert not any(column.knots for column in plain.columns)
    assert all("knots" not in column for column in plain.to_dict()["columns"])
    column = replace(schema.columns[0], name="a").fit(empty.column("a"))
    assert (column.knots, column.knot_inputs) == ((0.0,), (0.0,))
    assert column.encode(empty.select(["a"]))[0].tolist() == [[0, 1]] * 3


def test_infinite_cells_and_unlearned_schemas_are_refused():
    schema = Schema.infer(table(), target="ill", kinds=KINDS).with_scaling("quantile")
    with pytest.raises(SchemaError, match=r"column 'größe' is not learned yet. Call fit"):
        schema.encode(table())
    cells = {name: ["1"] for name in ("größe", "same")} | {"day": ["2024-01-01"], "smoker": ["no"]}
    with pytest.raises(DataError, match="infinite"):
        schema.fit(table()).encode(Table.from_columns({**cells, "same": ["inf"]}))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"knots": [1.0, 1.0, 4.0, 1e6]}, "different knots"), ({"knots": [4.0, 1.0, 2.0, 1e6]}, "must increase"),
        ({"knots": [1.0]}, "one input at each"), ({"knots": [], "knot_inputs": []}, "cannot have 0 knots"),
        ({"knots": "os.system"}, "must be a list"), ({"knot_inputs": [0.0, 1.0, 2.0, float("nan")]}, "finite"),
        ({"knots": [0.0] * (MOST_KNOTS + 1)}, "at most"), ({"scaling": "standard"}, "cannot have 4 knots"),
    ],
)  # fmt: skip
def test_curves_of_strangers_are_checked(changed, message):
    schema = Schema.infer(table(), target="ill", kinds=KINDS).with_scaling("quantile").fit(table())
    stored = schema.to_dict()
    stored["columns"][0] |= changed
    with pytest.raises(SchemaError, match=message):
        Schema.from_dict(stored)


def test_the_record():
    assert SCALINGS["quantile"].curve is normal_knots
    assert not SCALINGS["quantile"].straight
    assert SCALINGS["standard"].straight
