"""Whatever bytes a file holds: a glassnet error, or a table whose schema and matrix hold together."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from glassnet.errors import GlassnetError
from glassnet.tables import Schema, Table, read_table

quiet = [HealthCheck.function_scoped_fixture]
PIECES = [
    "a", "b", "age", "1", "-2.5", "1e400", "inf", "NA", "", " ", "yes", "no", "0", "007", "2024-01-31", "1,5",
    "1.234,5", "é", "א", "\u2028", "\ufeff", "\x1b[31m", "'", '"', '""', '"x"', '"x,y"', '"x\ny"', "\t", ";", "|", ",",
    ",", ",", "\n", "\n", "\n", "\r\n", "\r", "\n\n", "=1+1", "#",
]  # fmt: skip


def use(path, **chosen):
    """Read, infer, encode; every refusal must be one of ours, every result finite and of the right shape."""
    try:
        table = read_table(path, **chosen)
    except GlassnetError as error:
        return str(error)
    assert table.n_rows >= 1
    assert len({len(cells) for cells in table.columns.values()}) == 1
    assert (np.diff(table.row_numbers) > 0).all()
    for target in (None, table.names[-1]):
        try:
            schema = Schema.infer(table, target=target)
            encoded = schema.encode(table)
        except GlassnetError:
            continue
        assert encoded.matrix.shape == (table.n_rows, len(encoded.feature_names))
        assert np.isfinite(encoded.matrix).all()
        assert Schema.from_dict(schema.to_dict()) == schema
        assert [step.value for step in schema.inputs_of(table, 0)] == encoded.matrix[0].tolist()
    return ""


@settings(max_examples=300, deadline=None, suppress_health_check=quiet)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40))
@example(pieces=['""', "\n", "\ufeff"])  # polars sees no data in it
def test_pieces_of_tables(tmp_path, pieces):
    path = tmp_path / "fuzz.csv"
    path.write_bytes("".join(pieces).encode())
    use(path)


@settings(max_examples=150, deadline=None, suppress_health_check=quiet)
@given(content=st.binary(max_size=200), encoding=st.sampled_from(["utf-8", "latin-1", "utf-16", "cp1252"]))
def test_any_bytes_in_any_encoding(tmp_path, content, encoding):
    path = tmp_path / "fuzz.csv"
    path.write_bytes(content)
    use(path, encoding=encoding)


def test_a_cut_off_parquet_file(tmp_path):
    import polars

    path = tmp_path / "cut.parquet"
    polars.DataFrame({"a": [1, 2, 3], "b": ["x", None, "z"]}).write_parquet(path)
    whole = path.read_bytes()
    for length in range(4, len(whole), 7):
        path.write_bytes(whole[:length])
        assert "Parquet" in use(path)


def test_a_reader_that_panics_is_a_refusal(tmp_path, monkeypatch):
    """Damage in the middle of a Parquet file can make its reader panic, which is no ordinary exception."""
    import polars

    def panic(*_, **__):
        raise polars.exceptions.PanicException("assertion failed")

    monkeypatch.setattr(polars, "scan_parquet", panic)
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1")
    assert "assertion failed" in use(path)


cells = st.one_of(
    st.none(), st.sampled_from(PIECES), st.floats(), st.integers(-(2**70), 2**70), st.booleans(), st.dates()
)


@settings(max_examples=200, deadline=None)
@given(
    train=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=12),
    new=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=5),
)
def test_any_values_at_training_and_at_prediction(train, new):
    try:
        schema = Schema.infer(Table.from_columns({f"c{k}": [row[k] for row in train] for k in range(3)}))
    except GlassnetError:
        return
    table = Table.from_columns({f"c{k}": [row[k] for row in new] for k in range(3)})
    try:
        encoded = schema.encode(table)
    except GlassnetError:
        return
    assert np.isfinite(encoded.matrix).all()
    for row in range(table.n_rows):
        assert [step.value for step in schema.inputs_of(table, row)] == encoded.matrix[row].tolist()
