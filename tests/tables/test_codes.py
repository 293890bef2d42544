"""Codes for "no value" in questionnaires: 9 beside 0 and 1, words among levels, and in the target."""

from __future__ import annotations

import numpy as np
import pytest

from glassnet import GlassClassifier, load
from glassnet.errors import ConfigurationError
from glassnet.tables import Declaration, Schema, Table
from glassnet.tables.columns.kinds.sentinel import sentinels

N = 90
X = [k % 17 + 0.5 for k in range(N)]


@pytest.mark.parametrize(("codes", "asked"), [
    ((0, 1, 9), [9]), ((1, 2, 9), [9]), ((1, 2, 99), [99]), ((0, 1, -9), [-9]), ((1, 2, -1), [-1]),
    ((0, 1, 8, 9), [8, 9]), ((1, 2, 3, 4, 5, 9), [9]), ((1, 2, 3, 7, 8, 9), [7, 8, 9]), ((1, 2, 3, 4, 999), [999]),
    ((1, 2, 3, -8, -9), [-9, -8]), ((0, 1, 2), []), ((-1, 0, 1), []), ((1, 2, 3, 4, 5, 6, 7), []),
    ((3, 4, 5, 6, 7, 8, 9), []), ((0, 2, 9), []), ((0, 1, 2, 3, 4, 5, 7), []), ((7, 8, 9), []), ((0, 9), []),
    ((1, 2, 3, 5), []),
])  # fmt: skip
def test_codes_beside_few_codes_in_a_row(codes, asked):
    values = np.array([codes[k % len(codes)] for k in range(N)], dtype=float)
    assert sorted(one.value for one in sentinels(values)) == asked


def test_one_large_count_is_no_code():
    children = np.array([0] * 40 + [1] * 30 + [2] * 20 + [9], dtype=float)
    assert sentinels(children) == ()
    assert [one.value for one in sentinels(np.array([0.0, 1] * 40 + [9]))] == [9]


def codes(**columns):
    return Table.from_columns({"x": X, **columns})


def test_a_code_of_the_target_is_asked_about_and_leaves_two_classes():
    table = codes(y=[(0, 1, 9)[k % 3] for k in range(N)])
    schema = Schema.infer(table, target="y")
    assert schema.classes == ("0", "1", "9")
    (proposal,) = schema.proposals
    assert (proposal.column, proposal.kinds) == ("y", ("integer:null=9",))
    accepted = Declaration.of(schema, table).accepting(schema.proposals)
    for declaration in (accepted, Declaration.parse(accepted.to_toml())):
        settled = declaration.schema(table)
        assert settled.classes == ("0", "1")
        assert len(settled.rows_with_target(table)) == 60
        again = Declaration.parse(Declaration.of(settled, table).to_toml()).schema(table)
        assert again.classes == ("0", "1")
        assert Schema.from_dict(settled.to_dict()) == settled


def test_a_level_of_one_column_can_be_declared_missing(tmp_path):
    smoker = [("yes", "no", "unknown")[k % 3] for k in range(N)]
    ward = [("A", "B", "unknown")[k % 3] for k in range(N)]
    y = [("ill", "well", "unknown")[k % 5 % 3] for k in range(N)]
    table = codes(smoker=smoker, ward=ward, y=y)
    kinds = {"smoker": "category:null=unknown", "y": "category:null=unknown"}
    schema = Schema.infer(table, target="y", kinds=kinds)
    found = {column.name: column for column in schema.columns}
    assert (found["smoker"].missing, set(found["smoker"].levels)) == (30, {"yes", "no"})
    assert (found["ward"].missing, set(found["ward"].levels)) == (0, {"A", "B", "unknown"})
    assert schema.classes == ("ill", "well")
    model = GlassClassifier(hidden_layer_sizes=3, epochs=4).fit(table, schema=schema)
    again = load(model.save(tmp_path / "m.glassnet"))
    same = codes(smoker=[None if cell == "unknown" else cell for cell in smoker], ward=ward)
    assert np.array_equal(again.predict_proba(codes(smoker=smoker, ward=ward)), model.predict_proba(same))
    page = {}
    exec(model.export_python(tmp_path / "m.py").read_text(), page)
    rows = {"x": np.array(X), "smoker": np.array(smoker, dtype=object), "ward": np.array(ward, dtype=object)}
    assert np.allclose(page["predict"](rows)["probabilities"], model.predict_proba(same), atol=1e-6)


def test_numbers_that_are_categories_have_missing_codes_too():
    table = codes(grade=[(1, 2, 9)[k % 3] for k in range(N)], y=["a", "b"] * 45)
    column = Schema.infer(table, target="y", kinds={"grade": "category:null=9"}).columns[1]
    assert (column.missing, set(column.levels), column.reason) == (30, {"1", "2"}, "9 counts as missing")
    with pytest.raises(ConfigurationError, match="unknown word 'nul=9'"):
        Schema.infer(table, target="y", kinds={"grade": "category:nul=9"})


def test_a_dash_beside_a_plus_is_a_sign():
    table = codes(test=["+", "-"] * 45, grade=["+", "++", "-"] * 30, other=["a", "b", "-"] * 30, y=["+", "-", "-"] * 30)
    schema = Schema.infer(table, target="y")
    assert [column.reason for column in schema.columns] == ["", "", "", "'-' is a category of its own", ""]
    assert [proposal.column for proposal in schema.proposals] == ["other"]


def test_a_target_is_no_id():
    table = codes(cost=[1000 + 3 * ((7 * k) % N) + k % 2 for k in range(N)])
    assert len({table.column("cost").item(k) for k in range(N)}) == N
    schema = Schema.infer(table, target="cost")
    assert schema.target_column.reason == ""
    assert schema.proposals == ()
    rare = codes(y=[float(10 + k % 30) if k % 9 else 999.0 for k in range(N)])
    assert [proposal.kinds for proposal in Schema.infer(rare, target="y").proposals] == [("integer:null=999",)]
