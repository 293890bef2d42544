"""Every trap of a table file: what is read, what is refused, and whether the message names line, column and repair."""

from __future__ import annotations

import csv
import io
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.errors import ConfigurationError, FileError, MissingDependency
from glassnet.tables import Table, read_table
from glassnet.tables.reading.csv import layout


@pytest.fixture
def write(tmp_path):
    """Write bytes or text to a file and return its path."""

    def _write(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return _write


def refused(path, *parts, error=FileError, **settings):
    """Reading fails with one or two lines that contain all the parts."""
    with pytest.raises(error) as caught:
        read_table(path, **settings)
    message = str(caught.value)
    for part in parts:
        assert part in message, message
    assert message.count("\n") <= 1
    assert len(message) < 600


def rows(table):
    return [list(table.row_text(i).values()) for i in range(table.n_rows)]


# ------------------------------------------------------------------ what is read


def test_cells_are_text_and_nulls_are_none(write):
    table = read_table(write("age,zip,note\n63,01234,a b\n?,00501,\nNA,99999,None\n"))
    assert table.names == ("age", "zip", "note")
    assert rows(table) == [["63", "01234", "a b"], [None, "00501", None], [None, "99999", None]]
    assert [table.row_name(i) for i in range(3)] == ["line 2", "line 3", "line 4"]


@pytest.mark.parametrize(("delimiter", "word"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(write, delimiter, word, line_end):
    text = line_end.join(delimiter.join(line) for line in [["a", "b", "c"], ["1", "x y", "3"], ["4", "z", ""]])
    for end in ("", line_end, line_end * 3):
        table = read_table(write(text + end))
        assert rows(table) == [["1", "x y", "3"], ["4", "z", None]]
        assert word in table.notes[0]


def test_a_tsv_file_is_split_at_tabs_even_when_commas_abound(write):
    assert read_table(write("a\tb,c,d\n1\t2,3,4\n", "t.tsv")).names == ("a", "b,c,d")


def test_a_mark_is_no_part_of_the_first_name(write):
    assert read_table(write(b"\xef\xbb\xbfage,x\n1,2\n")).names == ("age", "x")


def test_decimal_comma_is_detected_with_semicolons_only(write):
    table = read_table(write("a;b\n1,5;x\n-0,25;y\n3;z\n"))
    assert "decimal comma" in table.notes[0]
    assert table.column("a").numbers()[0].tolist() == [1.5, -0.25, 3.0]
    assert not any(table.column("a").numbers()[1])


def test_mixed_decimal_signs_are_said_aloud(write):
    table = read_table(write("a;b\n1,5;2.5\n1,25;3.5\n"))
    assert any("decimal=','" in note and "'a'" in note and "'b'" in note for note in table.notes)


def test_three_digits_behind_a_decimal_comma_are_said_aloud(write):
    table = read_table(write("amount;b\n1,234;x\n2,345;y\n"))
    assert table.column("amount").numbers()[0].tolist() == [1.234, 2.345]
    assert any("thousands" in note and "'1,234'" in note for note in table.notes)


def test_quoted_cells_with_delimiters_quotes_and_line_breaks(write):
    content = 'name,note\r\n"Doe, Jane","said ""no"""\r\n"two\nlines",x\r\nlast,y\r\n'
    table = read_table(write(content))
    assert rows(table) == [["Doe, Jane", 'said "no"'], ["two\nlines", "x"], ["last", "y"]]
    assert [table.row_name(i) for i in range(3)] == ["line 2", "line 3", "line 5"]


def test_a_stray_quote_inside_a_cell_is_a_character(write):
    assert rows(read_table(write('pipe,n\n5" long,1\n7" long,2\n'))) == [['5" long', "1"], ['7" long', "2"]]


def test_spaces_around_cells_and_names_are_not_part_of_them(write):
    table = read_table(write(" age , sex\n 63 ,f \n\t41,\u00a0m\n"))
    assert table.names == ("age", "sex")
    assert rows(table) == [["63", "f"], ["41", "m"]]
    assert any("' age '" in note for note in table.notes)


def test_unnamed_columns_are_numbered_and_said_aloud(write):
    table = read_table(write(",age,\n0,63,x\n1,41,y\n"))
    assert table.names == ("column_1", "age", "column_3")
    assert sum("no name" in note for note in table.notes) == 2


def test_a_header_of_numbers_is_said_aloud(write):
    assert any("Line 1 looks like a row of data" in note for note in read_table(write("1.5,2\n3,4\n5,6\n")).notes)


def test_blank_lines_between_rows_are_skipped_and_counted(write):
    table = read_table(write("a,b\n1,2\n\n3,4\n  \n5,6\n"))
    assert rows(table) == [["1", "2"], ["3", "4"], ["5", "6"]]
    assert table.row_name(2) == "line 6"
    assert any("2 blank lines" in note for note in table.notes)


def test_blank_lines_of_a_single_column_are_missing_cells(write):
    assert rows(read_table(write("a\n1\n\n3\n\n\n"))) == [["1"], [None], ["3"]]


def test_own_null_strings(write):
    path = write("a,b\n-,NA\n1,n.d.\n")
    assert rows(read_table(path, null_strings=["-", "n.d."])) == [[None, "NA"], ["1", None]]
    refused(path, "list of texts", null_strings="NA", error=ConfigurationError)


def test_unicode_and_right_to_left_names(write):
    table = read_table(write("גיל,名前,ŝtrasse,🙂\n1,二,ß,é\n"))
    assert table.names == ("גיל", "名前", "ŝtrasse", "🙂")
    assert rows(table) == [["1", "二", "ß", "é"]]


@pytest.mark.parametrize("header", ['a"', '"a"', '"a ""b"""', "'a'", '"a'])
def test_quotes_in_the_header(write, header):
    path = write(f"{header},c\n1,2\n3,4\n\n\n")
    if header == '"a':
        refused(path, "header", "quotes")
    else:
        name = next(csv.reader([header]))[0]
        assert read_table(path).names == (name, "c")
        assert rows(read_table(path)) == [["1", "2"], ["3", "4"]]


def test_very_long_cells(write):
    long = "x" * 300_000
    assert read_table(write(f"a,b\n{long},1\n")).column("a").item(0) == long
    assert read_table(write(f'a,b\n"{long}\n",1\n')).column("a").item(0) == long
    assert csv.field_size_limit() < 300_000  # the csv module's own limit is put back


def test_ten_thousand_columns(write):
    names = [f"x{k}" for k in range(10_000)]
    table = read_table(write(",".join(names) + "\n" + ",".join(map(str, range(10_000))) + "\n"))
    assert len(table.names) == 10_000
    assert table.column("x9999").item(0) == "9999"


def test_another_encoding_only_by_choice(write):
    path = write("rôle,ort\n1,père\n".encode("latin-1"))
    refused(path, "line 1", "0xF4", "rôle", "--encoding cp1252", 'encoding="cp125')
    assert rows(read_table(path, encoding="latin-1")) == [["1", "père"]]
    utf16 = write("größe,ort\n1,Köln\n".encode("utf-16"), "excel.txt")
    assert read_table(utf16, encoding="utf-16").names == ("größe", "ort")
    refused(path, "latin-9000", "utf-16", encoding="latin-9000", error=ConfigurationError)
    refused(write("a,b\n1,é\n"), "not ascii", encoding="ascii")


def test_parquet_by_path(tmp_path):
    import polars

    path = tmp_path / "t.parquet"
    polars.DataFrame({"age": [63, None], "sex": ["f", "NA"], "ill": [True, False]}).write_parquet(path)
    table = read_table(path)
    assert rows(table) == [["63", "f", "true"], [None, None, "false"]]
    assert "Parquet" in table.notes[0]
    path.write_bytes(path.read_bytes()[:20])
    refused(path, "Parquet", "Write it again")


# ------------------------------------------------------------------ what is refused


def test_missing_file_names_the_nearest(write, tmp_path):
    write("a\n1\n", "patients.csv")
    refused(tmp_path / "patient.csv", "'patient.csv'", "Did you mean", "patients.csv")
    refused(tmp_path / "none" / "x.csv", "folder", "does not exist")


def test_a_folder_is_no_table(tmp_path):
    refused(tmp_path, "is a folder", "Give the path")


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"   \n", b"\xef\xbb\xbf"])
def test_empty_file(write, content):
    refused(write(content), "is empty", "header line")


@pytest.mark.parametrize("content", ["a,b,c", "a,b,c\n", "a,b,c\r\n\r\n", "a\n"])
def test_header_only(write, content):
    refused(write(content), "no rows below", "column")


@pytest.mark.parametrize("content", ["age,sex,age\n1,f,2\n", " age,sex,age \n1,f,2\n", '"age",sex,age\n1,f,2\n'])
def test_duplicate_headers(write, content):
    refused(write(content), "line 1", "columns 1 and 3", "'age'", "Rename")


def test_an_unnamed_column_may_not_collide_with_a_named_one(write):
    refused(write("column_2,\n1,2\n"), "columns 1 and 2", "'column_2'")


@pytest.mark.parametrize(
    ("content", "line", "found"),
    [
        ("a,b,c\n1,2,3\n4,5\n", 3, 2),
        ("a,b,c\n1,2,3\n4,5,6,7\n8,9\n", 3, 4),
        ("a,b,c\n1,2\n3,4,5,6\n", 2, 2),
        ('a,b,c\n"x\ny",2,3\n4,5\n', 4, 2),
        ("a,b,c\r\n1,2,3\r\n\r\n4,5\r\n", 4, 2),
        ("a,b,c\n" + "1,2,3\n" * 5000 + "1,2\n1,2,3,4\n" + "1,2,3\n" * 5000, 5002, 2),
    ],
)
def test_ragged_rows(write, content, line, found):
    refused(write(content), f"line {line}:", "expected 3 cells", f"found {found}", "delimiter is the comma")


def test_a_quoted_cell_that_never_ends(write):
    refused(write('a,b\n1,2\n3,"x\n5,6\n'), "after line 2", "never ends")
    refused(write('a,b\n1,2\n"x"y,4\n'), "line", "doubled")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04rest", "Excel"), (b"\xd0\xcf\x11\xe0rest", "Excel"), (b"\x1f\x8brest", "gzip"),
        (b"a,b\n1,\x00\n", "NUL byte"), (b"%PDF-1.7", "PDF"), (b"SQLite format 3\x00", "SQLite"),
        (b"ARROW1\0\0", "Feather"),
    ],
)  # fmt: skip
def test_binary_files(write, content, what):
    refused(write(content), what)


def test_the_line_of_a_nul_byte(write):
    refused(write(b"a,b\n1,2\n3,\x004\n"), "line 3")


def test_the_line_of_a_wrong_byte_far_into_the_file(write):
    content = b"a,b\n" + "é,1\n".encode() * 5_000_000 + b"\xe9,2\n"
    refused(write(content), "line 5000002", "0xE9")


def test_wrong_settings(write):
    path = write("a,b\n1,2\n")
    refused(path, "delimiter", error=ConfigurationError, delimiter=",,")
    refused(path, "delimiter", error=ConfigurationError, delimiter='"')
    refused(path, "decimal", error=ConfigurationError, decimal="'")
    refused(path, "both", error=ConfigurationError, decimal=",", delimiter=",")


def test_missing_polars_names_the_command(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    refused(write("a\n1\n"), "pip install 'glassnet[app]'", error=MissingDependency)


def test_unreadable_paths(tmp_path):
    refused("a\0b.csv", "Cannot read")
    refused(tmp_path / ("x" * 300), "Cannot read")


# ------------------------------------------------------------------ round trips

# Python's writer leaves a lone carriage return unquoted, which every reader takes for a line end.
cell = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), max_size=12)


@settings(max_examples=150, deadline=None)
@given(
    data=st.integers(1, 4).flatmap(lambda k: st.lists(st.lists(cell, min_size=k, max_size=k), min_size=1, max_size=8)),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_written_cells_are_read_back(tmp_path_factory, data, delimiter, line_end, quoting):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerow(["n", *(f"c{k}" for k in range(len(data[0])))])  # numbers in front: no row is a remark or a total
    writer.writerows([k, *row] for k, row in enumerate(data))
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes(text.getvalue().encode("utf-8"))
    table = read_table(path, delimiter=delimiter, null_strings=[])
    wanted = [[str(k), *(c.strip(" \t\r\n\u00a0\u202f") for c in row)] for k, row in enumerate(data)]
    assert rows(table) == wanted


def test_the_fast_and_the_careful_reader_agree(write, monkeypatch):
    """The same plain files through both readers, cell by cell."""
    generator = np.random.default_rng(0)
    compared = 0
    for size in (1, 2, 5):
        words = ["", "1", "-2.5e3", "a b", "x;y", '"q, ""r"""', "é", '"plain"', '""']
        lines = [",".join([str(k), *generator.choice(words, size)]) for k in range(300)]
        names = ",".join(f"c{k}" for k in range(size + 1))
        path = write(names + "\n" + "\n".join(lines) + "\n300" + ",end" * size)
        fast = read_table(path, delimiter=",")
        assert fast.numbering is None
        with monkeypatch.context() as patch:
            patch.setattr(layout, "count_plain_rows", lambda *_: 0)
            careful = read_table(path, delimiter=",")
        assert careful.numbering is not None
        assert rows(fast) == rows(careful)
        assert (fast.row_numbers == careful.row_numbers).all()
        compared += fast.n_rows * size
    assert compared == 301 * 8


def test_take_keeps_the_lines_of_the_file(write):
    table = read_table(write("a,b\n1,x\n2,y\n3,z\n")).take([2, 0])
    assert [table.row_name(0), table.row_name(1)] == ["line 4", "line 2"]
    assert rows(table.take(np.array([True, False]))) == [["3", "z"]]
    assert isinstance(table, Table)
