"""A table whose rows are encoded once: parts take theirs from the whole, and values compare rows of any table."""

import numpy as np
import pytest

from glassnet.errors import SchemaError
from glassnet.estimators.sampling.copies import find_copies
from glassnet.tables import EncodedTable, Schema, Table

RNG = np.random.default_rng(3)


def table_of(n=60, **more):
    columns = {
        "age": RNG.integers(20, 90, n), "dose": RNG.normal(size=n), "ward": RNG.choice(["n", "s", "e"], n),
        "smoker": RNG.choice(["yes", "no"], n), "y": RNG.choice(["a", "b"], n),
    }  # fmt: skip
    return Table.from_columns({name: list(cells) for name, cells in {**columns, **more}.items()})


@pytest.fixture
def counted(monkeypatch):
    calls, own = [], Schema.encode
    monkeypatch.setattr(Schema, "encode", lambda self, table, *a: (calls.append(table.n_rows), own(self, table, *a))[1])
    return calls


def test_parts_of_parts_take_their_rows_from_what_is_encoded(counted):
    table = table_of()
    schema = Schema.infer(table, "y").with_scaling("robust_and_bins").fit(table)
    whole = EncodedTable(table)
    part = whole.take(np.arange(10, 50))
    assert part.take(np.array([3, 1])).table.n_rows == 2
    matrix = whole.matrix(schema)
    few = part.take(np.arange(40) % 3 == 0).take([2, 0])
    np.testing.assert_array_equal(few.matrix(schema), matrix[[16, 10]])
    plain = schema.without_bins()
    np.testing.assert_array_equal(whole.matrix(plain), plain.encode(table, np.float32).matrix)
    np.testing.assert_array_equal(few.matrix(plain), whole.matrix(plain)[[16, 10]])
    assert counted == [60, 60]  # the second is this test's own
    assert part.take([1, 2]) is part.take(np.array([1, 2]))


def test_another_schema_is_encoded_anew(counted):
    table = table_of()
    first = Schema.infer(table, "y").fit(table)
    second = Schema.infer(table, "y").with_scaling("quantile").fit(table)
    rows = EncodedTable(table)
    for schema in (first, second, first):
        np.testing.assert_array_equal(rows.matrix(schema), schema.encode(table, np.float32).matrix)
    assert len(counted) == 2 + 3


def test_values_compare_rows_before_anything_is_learned_and_across_tables():
    table, other = table_of(80), table_of(30)
    schema = Schema.infer(table, "y")
    rows, others = EncodedTable(table), EncodedTable(other)
    values = rows.values(schema)
    assert values.shape == (80, 4)
    np.testing.assert_array_equal(values[:, 0], table.column("age").numbers()[0])
    learned = schema.with_scaling("robust").fit(table.take(range(40)))
    assert rows.values(learned) is values  # levels and constants that training learns play no part
    both = np.concatenate([values, others.values(schema)])
    wards = [table.column("ward").item(row) for row in range(80)] + [other.column("ward").item(r) for r in range(30)]
    for ward in "nse":
        assert len(set(both[[each == ward for each in wards], 2])) == 1
    assert len(set(both[:, 2])) == 3
    assert find_copies(np.concatenate([values, values[:30]])).alike == 60


def test_ways_of_writing_a_value_are_one_value():
    codes, target = ["1", "1.0", "2", "3", None, "2"] * 4, [0, 1, 0, 1, 0, 1] * 4
    plain = Table.from_columns({"code": codes, "smoker": ["yes", "no"] * 12, "y": target})
    schema = Schema.infer(plain, "y", kinds={"code": "category", "smoker": "yes_no"})
    other = Table.from_columns({"code": codes, "smoker": ["yes", "Yes", "no", "NO", None, "y"] * 4, "y": target})
    code, smoker = EncodedTable(other).values(schema)[:6].T
    assert code[0] == code[1]
    assert code[2] == code[5]
    assert len(set(code[[0, 2, 3]])) == 3
    assert np.isnan(code[4])
    np.testing.assert_array_equal(smoker, [1, 1, 0, 0, np.nan, 1])


def test_images_are_compared_by_their_pixels():
    from glassnet.estimators.tables.input import as_table

    pixels = RNG.integers(0, 256, (6, 8, 8)).astype(np.uint8)
    pixels[4] = pixels[1]
    table = as_table(pixels)
    values = EncodedTable(table).values(Schema.infer(table))
    assert values[4] == values[1]
    assert len(np.unique(values)) == 5


def test_a_cell_that_does_not_fit_is_refused_where_rows_are_compared():
    table = table_of()
    schema = Schema.infer(table, "y")
    with pytest.raises(SchemaError, match="must hold a number in every row"):
        EncodedTable(table_of(age=["old"] * 60)).values(schema)
    with pytest.raises(SchemaError, match="lacks 1 of the 4 columns"):
        EncodedTable(table.select(["age", "dose", "ward", "y"])).values(schema)
