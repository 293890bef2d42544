"""What a table asks of a person: the list, and what accepting it does."""

from __future__ import annotations

import numpy as np
import pytest

from glassnet.errors import DataError, SchemaError, nearest
from glassnet.tables import Declaration, Schema, Table

N = 60


def table():
    """A table with something to decide in each column."""
    return Table.from_columns({
        "bmi": ["999" if k % 10 == 0 else str(20 + k % 17) for k in range(N)],
        "seen": [f"0{1 + k % 9}/0{1 + k % 7}/2019" for k in range(N)],
        "lab": ["<0.1" if k % 7 == 0 else f"{k}.5" for k in range(N)],
        "price": [f"{1 + k % 9},{100 + k}" for k in range(N)],
        "ward": [["A", "B", "unknown"][k % 3] for k in range(N)],
        "age": [30.5 + k % 7 for k in range(N)], "y": ["no" if k % 3 else "yes" for k in range(N)],
    })  # fmt: skip


def test_accepting_all_proposals_leaves_nothing_to_decide():
    asked = Schema.infer(table(), target="y")
    assert [one.column for one in asked.proposals] == ["bmi", "seen", "lab", "price", "ward"]
    assert all(one.finding.endswith("?") for one in asked.proposals)
    fixed = Declaration.of(asked, table()).accepting(asked.proposals)
    again = Declaration.parse(fixed.to_toml())
    schema = again.schema(table().with_null_strings(again.reading["null_strings"]))
    assert schema.proposals == ()
    kinds = {column.name: column.declaration for column in schema.inputs}
    assert kinds == {
        "bmi": "integer:null=999", "seen": "date:dmy", "lab": "number:limit", "price": "integer:thousands",
        "ward": "category", "age": "number",
    }  # fmt: skip
    assert [column.missing for column in schema.inputs] == [6, 0, 0, 0, 20, 0]


def test_each_option_is_accepted_in_python():
    for proposal in Schema.infer(table(), target="y").proposals:
        for kind in proposal.kinds:
            Schema.infer(table(), target="y", kinds={proposal.column: kind})
        assert proposal.options


def test_proposals_are_no_part_of_a_stored_schema():
    schema = Schema.infer(table(), target="y")
    again = Schema.from_dict(schema.to_dict())
    assert again == schema
    assert again.proposals == ()


def test_several_lonely_values_are_one_proposal():
    cells = [*(20 + k % 17 for k in range(40)), *[999] * 10, *[-9] * 10]
    schema = Schema.infer(Table.from_columns({"x": cells, "z": np.arange(60) * 0.5}))
    assert schema.proposals[0].kinds[0] in ("integer:null=999+null=-9", "integer:null=-9+null=999")
    accepted = Schema.infer(Table.from_columns({"x": cells, "z": np.arange(60) * 0.5}), kinds={
        "x": schema.proposals[0].kinds[0]
    })  # fmt: skip
    assert accepted.columns[0].missing == 20


def test_stray_cells_of_all_columns_are_named_at_once():
    cells = [f"{k}.5" for k in range(N)]
    columns = {name: [*cells[:row], word, *cells[row + 1 :]] for name, row, word in
               (("a", 3, "n.d."), ("b", 5, "x"), ("c", 7, "y?"))}  # fmt: skip
    with pytest.raises(DataError) as caught:
        Schema.infer(Table.from_columns(columns))
    for part in ("column 'a'", "'n.d.' (row 3)", "column 'b' 'x' (row 5)", "column 'c' 'y?' (row 7)"):
        assert part in str(caught.value)


def test_a_mistyped_name_is_found_whatever_its_case():
    schema = Schema.infer(Table.from_columns({"crp": [1.5, 2.5, 4], "Ward": ["A", "B", "A"]}))
    with pytest.raises(SchemaError, match=r"'crp', 'Ward'\. It has 'CRP', 'WARD': write the names as in training"):
        schema.encode(Table.from_columns({"CRP": [1.5], "WARD": ["A"]}))
    assert nearest("WARDS", ["ward", "age"]) == "Did you mean 'ward'?"
