"""Text tables as people have them: what stands around the rows, and how cells are set apart."""

from __future__ import annotations

import pytest

from glassnet.errors import ConfigurationError, FileError, GlassnetError
from glassnet.tables import Declaration, Schema, read_table

N = 30
PLAIN = "age,sex,dose\n" + "".join(f"{30 + k},{'mf'[k % 2]},{k % 5}.5\n" for k in range(N))
ROWS = [["age", "sex", "dose"], *([str(30 + k), "mf"[k % 2], f"{k % 5}.5"] for k in range(N))]


def joined(delimiter, end="\n"):
    """The plain table with another delimiter."""
    return "".join(delimiter.join(row) + end for row in ROWS)


def read(tmp_path, content, name="t.csv", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, **options)


def cells(table):
    return [list(table.row_text(row).values()) for row in range(table.n_rows)]


FIXED = "".join(f"{a:<6}{b:<5}{c:>6}\n" for a, b, c in ROWS)
SAME = {
    "a title": ("Ward report 2021,,\n" + PLAIN, "'Ward report 2021' in line 1"),
    "a title alone": ("Ward report 2021\n\n" + PLAIN, "1 line above the header skipped"),
    "keys and values above": ("Device:,XY\nDate:,2020-01-01\n\n" + PLAIN, "2 lines above the header skipped"),
    "a count below": (PLAIN + "n=30,,\n", "'n=30'"),
    "two titles": ("Report\nof the ward, 2021\n" + PLAIN, "2 lines above the header skipped"),
    "comments": ("# export\n# see codebook, page 3\n" + PLAIN, "2 lines that begin with #"),
    "a comment in the middle": (PLAIN.replace("40,", "# changed device\n40,", 1), "(the first is line 12)"),
    "a header behind #": ("#" + PLAIN, "taken as the header"),
    "units": (PLAIN.replace("\n", "\nyears,,mg/L\n", 1), "units"),
    "units in brackets": (PLAIN.replace("\n", "\n(years),,(mg)\n", 1), "units"),
    "a total": (PLAIN + f"Total,,{sum(k % 5 + 0.5 for k in range(N))}\n", "says 'Total'"),
    "a mean": (PLAIN + f"Mean,,{sum(k % 5 + 0.5 for k in range(N)) / N:.2f}\n", "says 'Mean'"),
    "a note below": (PLAIN + "\nSource: the registry\n", "'Source: the registry'"),
    "notes below": (PLAIN + "Source: the registry,,\nn = thirty patients,,\n", "2 lines below the rows"),
    "empty rows": (PLAIN + ",,\n" * 5, "5 rows without any cell"),
    "empty rows between": (PLAIN.replace("40,", ",,\n40,", 1), "1 row without any cell"),
    "empty rows with spaces": (PLAIN + " , ,\n" * 2, "2 rows without any cell"),
    "sep=": ("sep=;\n" + joined(";"), "Line 1 declares that the semicolon"),
    "blanks": (joined(" "), "runs of blanks"),
    "runs of blanks": ("".join("  ".join(f"{cell:>6}" for cell in row) + "\n" for row in ROWS), "runs of blanks"),
    "fixed widths": (FIXED.replace("m   ", "m x ").replace("f   ", "f x ").replace(" x ", "   "), "blanks"),
    "double tabs": (joined("\t\t"), "Several tabs"),
    "delimiters behind the rows": (PLAIN.replace("\n", ",\n").replace("dose,\n", "dose\n", 1), "ends with a delimiter"),
    "a delimiter behind the header": (PLAIN.replace("\n", ",\n", 1), "header ends with a delimiter"),
    "single quotes": ("".join(",".join(f"'{cell}'" for cell in row) + "\n" for row in ROWS), "single quotes"),
    "blanks behind commas": (joined(', ').replace("m", '"m"').replace("f", '"f"'), ""),
    "a tab file with commas": (PLAIN, "comma"),
    "old line ends": (joined(",", "\r"), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME)
def test_the_same_table_however_it_is_laid_out(case, tmp_path):
    content, said = SAME[case]
    table = read(tmp_path, content, "t.tsv" if case == "a tab file with commas" else "t.csv")
    width = 4 if case == "delimiters behind the rows" else 3
    assert [name for name in table.names if name != "column_4"] == ROWS[0]
    assert [row[:3] for row in cells(table)] == ROWS[1:]
    assert len(table.names) == width
    assert said in " ".join(table.notes), table.notes
    text = content.decode() if isinstance(content, bytes) else content
    lines = text.replace("\r", "\n").split("\n")
    for row in (0, 12, N - 1):  # a row is named by its line in the file, whatever stands above
        assert str(30 + row) in lines[table.row_number(row) - 1]
    again = read_table(tmp_path / ("t.tsv" if case == "a tab file with commas" else "t.csv"), **table.reading)
    assert cells(again) == cells(table)


def test_a_plain_table_is_read_without_a_remark(tmp_path):
    assert read(tmp_path, PLAIN).notes == ("30 rows and 3 columns, read with the delimiter comma.",)


def test_names_in_two_lines_are_joined(tmp_path):
    rows = "".join(f"{k % 7}.5,{k % 3},{100 + k % 9}\n" for k in range(20))
    table = read(tmp_path, "Lab,,Vitals\ncrp,wbc,bp\n" + rows)
    assert table.names == ("Lab crp", "Lab wbc", "Vitals bp")
    assert table.row_name(0) == "line 3"


def test_a_header_without_the_names_of_rows_as_r_writes_it(tmp_path):
    for delimiter in (" ", ",", "\t"):
        rows = "".join(delimiter.join([f'"{k + 1}"', str(30 + k), '"a b"', f"{k % 4}.5"]) + "\n" for k in range(20))
        table = read(tmp_path, delimiter.join(['"age"', '"ward"', '"dose"']) + "\n" + rows)
        assert table.names == ("row_names", "age", "ward", "dose")
        assert cells(table)[3] == ["4", "33", "a b", "3.5"]
        assert Schema.infer(table).columns[0].role == "left_out"


def test_fixed_widths_with_blanks_and_gaps_in_cells(tmp_path):
    lines = ["name      age   dose"]
    lines += [f"{['Ada L', 'Bo', 'Cy Y'][k % 3]:<10}{30 + k:<6}{'' if k % 4 == 0 else f'{k}.5':<5}" for k in range(20)]
    table = read(tmp_path, "\n".join(lines) + "\n", "t.txt")
    assert "fixed widths" in " ".join(table.notes)
    assert cells(table)[:2] == [["Ada L", "30", None], ["Bo", "31", "1.5"]]
    assert cells(read_table(tmp_path / "t.txt", **table.reading)) == cells(table)


def test_quotes_behind_a_backslash(tmp_path):
    table = read(tmp_path, "note,age\n" + "".join(f'"said \\"{k}\\", twice",{30 + k}\n' for k in range(9)))
    assert cells(table)[0] == ['said "0", twice', "30"]
    assert "backslash" in " ".join(table.notes)


HEADERLESS = {
    "numbers and a letter": ["M", "0.400", "5"], "numbers": ["1", "2.5", "7"], "a known category": ["M", "F", "5"],
}  # fmt: skip


@pytest.mark.parametrize("case", HEADERLESS)
def test_a_first_line_that_looks_like_a_row_is_said_and_can_be_declared(case, tmp_path):
    rows = [HEADERLESS[case], *(["MFI"[k % 3], "MFI"[k % 3] if case == "a known category" else f"0.{k}", str(k % 9)]
            for k in range(20))]  # fmt: skip
    if case == "numbers":
        rows = [["1", "2.5", "7"], *([str(k), f"{k}.5", str(k % 9)] for k in range(20))]
    content = "".join(",".join(row) + "\n" for row in rows)
    table = read(tmp_path, content)
    assert any("Line 1 looks like a row of data" in note and "--no-header" in note for note in table.notes)
    bare = read(tmp_path, content, header=False)
    assert bare.names == ("column_1", "column_2", "column_3")
    assert (bare.n_rows, bare.row_name(0), cells(bare)) == (21, "line 1", rows)
    named = read(tmp_path, content, names=["sex", "a", "b"])
    assert (named.names, cells(named)) == (("sex", "a", "b"), rows)
    again = Declaration.parse(Declaration.of(Schema.infer(named), named).to_toml())
    assert cells(read_table(tmp_path / "t.csv", **again.reading)) == rows
    with pytest.raises(ConfigurationError, match="has 3 columns in its first row, but 2 names"):
        read(tmp_path, content, names=["a", "b"])


def test_a_header_of_years_or_of_texts_is_no_row(tmp_path):
    for head in ("land,2019,2020", "a,b,c", "name,1st,2nd"):
        table = read(tmp_path, head + "\n" + "".join(f"x{k},{k}.5,{k}\n" for k in range(9)))
        assert not any("looks like a row" in note for note in table.notes)


def test_a_last_row_that_may_be_a_total_is_kept_and_said(tmp_path):
    table = read(tmp_path, PLAIN + "All,,77\n")
    assert table.n_rows == N + 1
    assert any("says 'All'. If it totals" in note for note in table.notes)


def test_rows_of_missing_cells_are_no_notes(tmp_path):
    content = "ward,age,dose\n" + "".join(f"{'ABC'[k % 3]},{30 + k},{k}.5\n" for k in range(20)) + "A,,\n"
    assert read(tmp_path, content).n_rows == 21


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_read(name, tmp_path):
    content = PLAIN.encode(name)
    found = read(tmp_path, content)
    assert cells(found) == ROWS[1:]
    assert any(f"UTF-16 without a mark ({name})" in note for note in found.notes)
    assert cells(read(tmp_path, content, encoding=name)) == ROWS[1:]


def test_the_code_page_of_windows_is_named(tmp_path):
    content = ("name,age\n" + "Zo\u00eb \u2013 \u201eK\u201c,30\n" * 9).encode("cp1252")
    with pytest.raises(FileError, match="--encoding cp1252"):
        read(tmp_path, content)
    assert read(tmp_path, content, encoding="cp1252").row_text(0)["name"] == "Zo\u00eb \u2013 \u201eK\u201c"


ARFF = """% made by hand
@RELATION patients
@attribute age numeric
@attribute 'marital status' {single,married}
@attribute grade {1,2,3}
@ATTRIBUTE outcome {no,yes}

@DATA
""" + "".join(
    f"{30 + k}, '{['single', 'married'][k % 2]}', {1 + k % 3}, {'?' if k % 7 == 6 else 'no'}\n" for k in range(20)
)


def test_arff(tmp_path):
    table = read(tmp_path, ARFF, "t.arff")
    assert table.names == ("age", "marital status", "grade", "outcome")
    assert cells(table)[0] == ["30", "single", "1", "no"]
    assert cells(table)[6][3] is None
    assert table.row_name(0) == "line 9"
    schema = Schema.infer(table)
    assert [column.kind for column in schema.columns] == ["integer", "category", "category", "category"]


def test_many_columns_are_refused_where_the_memory_is_too_small(tmp_path):
    content = ",".join(f"gene {k}" for k in range(20_000)) + "\n" + ",".join(["1.5"] * 20_000) + "\n"
    assert len(content) * 5 < 20e6
    with pytest.raises(GlassnetError, match=r"takes about .* of memory; the limit is 20 MB"):
        read(tmp_path, content, memory_limit=20e6)


def test_unquoted_decimal_commas_are_no_names_of_rows(tmp_path):
    with pytest.raises(FileError, match="line 2: expected 2 cells as in the header, found 3"):
        read(tmp_path, "age,dose\n" + "".join(f"{63 + k},{k},5\n" for k in range(20)))


def test_points_before_three_digits_beside_decimal_commas_group_thousands(tmp_path):
    table = read(tmp_path, "price;dose\n" + "".join(f"{1 + k}.{200 + k};{k},5\n" for k in range(20)))
    price, dose = (column.numbers(table.column(column.name))[0] for column in Schema.infer(table).columns)
    assert price.tolist() == [1000 * (1 + k) + 200 + k for k in range(20)]
    assert dose.tolist() == [k + 0.5 for k in range(20)]
    assert Schema.infer(table).proposals[0].kinds == ("integer:thousands-point", "integer:point")


@pytest.mark.parametrize("label", ["", "Grand total:", "TOTAL", "Gesamt :"])
def test_totals_in_the_last_row_are_known_by_their_numbers(tmp_path, label):
    rows = "".join(f"S{k % 4},{3 * k % 17},{100 + k}\n" for k in range(60))
    sums = f"{label},{sum(3 * k % 17 for k in range(60))},{sum(100 + k for k in range(60))}\n"
    found = read(tmp_path, ("site,n,cost\n" + rows + sums).encode())
    assert found.n_rows == 60
    assert any("totals the others and is left out" in note for note in found.notes)


def test_a_last_row_with_an_empty_cell_is_a_row(tmp_path):
    rows = "".join(f"S{k % 4},{3 * k % 17},{100 + k}\n" for k in range(60))
    found = read(tmp_path, ("site,n,cost\n" + rows + ",12,130\n").encode())
    assert found.n_rows == 61
    assert not any("last row" in note for note in found.notes)


def test_web_pages_are_named(tmp_path):
    for page in ("<html><table>", "<!DOCTYPE html>\n<html>", '<?xml version="1.0"?>\n<Workbook>', " <table><tr>"):
        with pytest.raises(FileError, match="web page or XML"):
            read(tmp_path, page.encode())
