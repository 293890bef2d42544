"""Ids that name rows, and ids that are categories."""

import numpy as np
import pytest

from glassnet.tables import Schema, Table, read_table
from glassnet.tables.declaration import Declaration

ROWS = 400


def understood(name, values):
    draw = np.random.default_rng(0)
    values = list(values)
    schema = Schema.infer(Table.from_columns({"size": draw.normal(size=len(values)), name: values}))
    return schema.columns[1], schema


def shuffled(levels, rows=ROWS):
    return np.random.default_rng(1).permutation(np.arange(rows) % levels + 1)


@pytest.mark.parametrize("name", ["species_id", "siteId", "hospital_id", "batch id", "lot_ID", "vessel_id", "Ward-ID"])
@pytest.mark.parametrize("levels", [4, 12, 20])
@pytest.mark.parametrize("written", [int, "S{:02d}".format, lambda value: 10**17 + int(value)])
def test_the_id_of_a_thing_that_many_rows_share_is_a_category(name, levels, written):
    column, schema = understood(name, map(written, shuffled(levels)))
    assert (column.kind, column.role) == ("category", "input"), column
    assert len(column.levels) == levels
    if levels > 10:
        (proposal,) = schema.proposals
        assert proposal.kinds == ("category", "left_out")
        assert "left_out" in column.reason


@pytest.mark.parametrize("name", ["ward_no", "site code", "batch.number", "Room-Nr"])
def test_the_number_of_a_thing_is_a_category(name):
    column, _ = understood(name, shuffled(12))
    assert (column.kind, column.role) == ("category", "input")
    assert "its name says number" in column.reason


@pytest.mark.parametrize(
    "name", ["patient_id", "PatientID", "subject id", "mouse_id", "image_id", "user_id", "id", "record_id", "USUBJID"]
)
@pytest.mark.parametrize("values", [np.repeat(np.arange(12), 40), shuffled(12)])
@pytest.mark.parametrize("written", [int, "S{:02d}".format])
def test_the_id_of_one_of_many_stays_out_with_the_option_that_keeps_its_rows_together(name, values, written):
    column, _ = understood(name, map(written, values))
    assert column.role == "left_out"
    assert "groups=" in column.reason


def test_blocks_of_an_unknown_thing_are_visits_and_those_of_a_site_are_not():
    assert understood("vessel_id", np.repeat(np.arange(20), 20))[0].role == "left_out"
    assert understood("site_id", np.repeat(np.arange(20), 20))[0].role == "input"


@pytest.mark.parametrize("values", [range(40), np.arange(40) // 2, shuffled(150), np.arange(12)])
def test_few_rows_for_each_are_no_category(values):
    assert understood("site_id", values)[0].role == "left_out"


@pytest.mark.parametrize("name", ["number_of_wards", "ward_notes", "site_index", "no_of_units", "unit_price"])
def test_amounts_stay_amounts(name):
    assert understood(name, shuffled(12))[0].kind == "integer"


def test_a_file_of_such_ids_and_the_choice_to_leave_them_out(tmp_path):
    path = tmp_path / "t.csv"
    rows = "".join(f"{k / 7:.2f},{code},{'yn'[k % 3 == 0]}\n" for k, code in enumerate(shuffled(48, 2400)))
    path.write_text("size,species_id,y\n" + rows)
    table = read_table(path)
    schema = Schema.infer(table, target="y")
    assert schema.columns[1].kind == "category"
    kept = Declaration.of(schema, table).accepting(schema.proposals).schema(table)
    assert kept.columns[1].kind == "category"
    left = Schema.infer(table, target="y", kinds={"species_id": schema.proposals[0].kinds[1]})
    assert left.columns[1].role == "left_out"
    assert Schema.infer(table, target="y", kinds={"species_id": "integer"}).columns[1].kind == "integer"
