"""Every trap that readers of tables are known for, each met with a refusal or a note that anyone understands."""

from __future__ import annotations

import numpy as np
import pytest

from glassnet.errors import GlassnetError
from glassnet.tables import Schema, read_table

ROWS = "".join(f"{2 * k},{k % 5}.5,{'ABC'[k % 3]},{k % 2}\n" for k in range(300))
HEAD = "number,dose,ward,y\n"


def understood(tmp_path, content, **settings):
    """The schema and everything that was said about a file."""
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    table = read_table(path, **settings)
    schema = Schema.infer(table, target="y")
    return table, schema, " ".join([*table.notes, *(f"{c.name}: {c.reason}" for c in schema.columns)])


REFUSED = {
    "a late stray text": (HEAD + ROWS + "n.d.,1.5,A,0\n", ["line 302", "'n.d.'", "null strings", "declare the column"]),
    "too large for a float": (HEAD + ROWS + "1,1e400,A,0\n", ["line 302", "'dose'", "'1e400'", "leave it empty"]),
    "infinity in words": (HEAD + ROWS + "1,inf,A,0\n", ["line 302", "infinite"]),
    "another encoding": (HEAD.encode() + ROWS.encode() + b"1,1.5,p\xe8re,0\n", ["line 302", "0xE8", "cp1252", "père"]),
    "a name twice": ("dose,dose,ward,y\n" + ROWS, ["columns 1 and 2", "same name 'dose'", "Rename"]),
    "a cell too many": (HEAD + ROWS + "1,1.5,A,0,9\n", ["line 302", "expected 4 cells", "found 5", "double quotes"]),
    "a cell too few": (HEAD + ROWS + "1,1.5,A\n", ["line 302", "found 3", "Empty cells must keep"]),
    "a quote that never ends": (HEAD + ROWS + '1,1.5,"A,0\n', ["never ends"]),
    "a binary file": (b"PK\x03\x04" + b"x" * 99, ["Excel", "CSV UTF-8"]),
    "a NUL byte": (HEAD.encode() + ROWS.encode() + b"1,1.5,\x00,0\n", ["line 302", "binary"]),
    "no rows": (HEAD, ["no rows below"]),
    "an empty file": ("", ["is empty"]),
}  # fmt: skip


@pytest.mark.parametrize("trap", REFUSED)
def test_traps_that_are_refused(tmp_path, trap):
    content, parts = REFUSED[trap]
    with pytest.raises(GlassnetError) as caught:
        understood(tmp_path, content)
    for part in parts:
        assert part in str(caught.value), str(caught.value)
    assert not any(word in str(caught.value) for word in ("dtype", "ndarray", "Traceback", "codec"))


def test_a_null_string_does_not_turn_numbers_into_text(tmp_path):
    for word in ("NA", "N/A", "NaN", "null", "None", "?", ""):
        table, schema, _ = understood(tmp_path, HEAD + ROWS + f"1,{word},A,0\n")
        column = schema.columns[1]
        assert (column.kind, column.missing) == ("number", 1), word
        assert table.row_text(300)["dose"] is None


def test_other_null_strings_are_a_choice(tmp_path):
    _, schema, _ = understood(tmp_path, HEAD + ROWS + "1,unknown,A,0\n", null_strings=["", "unknown"])
    assert schema.columns[1].missing == 1


def test_zip_codes_stay_text(tmp_path):
    rows = "".join(f"0{k % 7}123,{k % 2}\n" for k in range(60))
    _, schema, said = understood(tmp_path, "zip,y\n" + rows)
    assert schema.columns[0].kind == "category"
    assert "digits with a leading zero are text" in said
    assert "zip = 00123" in schema.feature_names


def test_ids_are_left_out_and_it_is_said(tmp_path):
    rows = "".join(f"P{k:04d},{k % 9},{k % 2}\n" for k in range(60))
    _, schema, said = understood(tmp_path, "patient,dose,y\n" + rows)
    assert schema.columns[0].role == "left_out"
    assert "free text or an id, with 60 different texts in 60 rows" in said


def test_decimal_commas_and_semicolons_are_recognized_and_said(tmp_path):
    table, schema, said = understood(tmp_path, "dose;y\n" + "".join(f"{k % 9},5;{k % 2}\n" for k in range(60)))
    assert schema.columns[0].kind == "number"
    assert "delimiter semicolon and decimal commas" in said
    assert table.column("dose").numbers()[0][1] == 1.5


def test_thousands_separators_are_read_and_the_other_reading_is_offered(tmp_path):
    rows = "".join(f'"{1 + k % 9},234",{k % 2}\n' for k in range(60))
    table, schema, said = understood(tmp_path, "price,y\n" + rows)
    assert (schema.columns[0].kind, schema.columns[0].maximum) == ("integer", 9234)
    assert "commas that group thousands" in said
    assert schema.proposals[0].kinds == ("integer:thousands", "integer:comma")
    other = Schema.infer(table, target="y", kinds={"price": "number:comma"})
    assert other.columns[0].maximum == 9.234


def test_marks_and_line_ends_of_other_systems(tmp_path):
    plain = understood(tmp_path, HEAD + ROWS)
    for content in (
        b"\xef\xbb\xbf" + (HEAD + ROWS).encode(), (HEAD + ROWS).replace("\n", "\r\n").encode(), (HEAD + ROWS).strip(),
    ):  # fmt: skip
        other = understood(tmp_path, content)
        assert other[1] == plain[1]
        assert np.array_equal(other[1].encode(other[0]).matrix, plain[1].encode(plain[0]).matrix)


def test_a_header_that_looks_like_data_is_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("1,2.5\n3,4.5\n5,6.5\n")
    assert "Line 1 looks like a row of data" in " ".join(read_table(path).notes)


def test_at_predict_everything_odd_is_counted(tmp_path):
    _, schema, _ = understood(tmp_path, HEAD + ROWS)
    path = tmp_path / "new.csv"
    path.write_text("ward,dose,number,extra,y\nA,99,3,x,0\nZ,1.5,,x,1\n")
    notes = " ".join(schema.encode(read_table(path)).notes)
    for part in ("1 column not in the training table, ignored: 'extra'", "outside the training range", "(line 2)",
                 "not seen in training: 'Z' (line 3)", "1 missing cell (line 3)"):  # fmt: skip
        assert part in notes, notes
    path.write_text("ward,dos,number\nA,99,3\n")
    with pytest.raises(GlassnetError, match=r"lacks 1 of the 3 columns.*: 'dose'.*Did you mean 'dos'"):
        schema.encode(read_table(path))
