"""Levels that are one but for case or blanks, and levels that have an order."""

import re

import numpy as np
import pandas
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet import GlassClassifier, explain, load
from glassnet.errors import ConfigurationError, SchemaError
from glassnet.tables import Declaration, Schema, Table, read_table
from glassnet.tables.notation.category_notation import folded, merged
from glassnet.tables.notation.cells import ListText, PolarsText

N = 60
GRADES = [["low", "mid", "high"][k % 3] for k in range(N)]
WARDS = [["A ward", "a ward", "A  Ward", "B ward", "b ward "][k % 5] for k in range(N)]
ILL = [["Yes", "yes", "No", "no ", "NO"][k * 7 % 5] for k in range(N)]
MERGED = {"ward": "category:merge", "ill": "category:merge"}


def table():
    return Table.from_columns({"ward": WARDS, "grade": GRADES, "age": list(range(30, 30 + N)), "ill": ILL})


def test_what_differs_by_case_or_blanks_is_asked_about_and_merged_when_accepted():
    schema = Schema.infer(table(), "ill")
    assert len(schema.classes) == 5
    asked = {proposal.column: proposal.kinds for proposal in schema.proposals}
    assert asked == {"ward": ("category:merge",), "ill": ("category:merge",)}
    accepted = Declaration.of(schema, table()).accepting(schema.proposals)
    for declaration in (accepted, Declaration.parse(accepted.to_toml())):
        made = declaration.schema(table())
        assert made.classes == ("NO", "Yes")
        assert made.feature_names[:2] in (("ward = A Ward", "ward = B ward"), ("ward = A ward", "ward = B ward"))
        counts = np.bincount(made.encode_target(table()))
        assert counts.tolist() == [sum(folded(ill) == word for ill in ILL) for word in ("no", "yes")]
    later = Table.from_columns({"ward": ["a WARD", " b  Ward", "c"], "grade": GRADES[:3], "age": [1, 2, 3]})
    block = made.encode(later).matrix[:, :2]
    assert block[:2].tolist() == [[1, 0], [0, 1]]
    assert made.encode(later).notes[0].startswith("Column 'ward': 1 cell with a value that is rare or was not seen")
    assert Schema.from_dict(made.to_dict()) == made


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(" aAbBßΣσς", max_size=4)), min_size=1, max_size=30))
def test_merged_cells_are_one_text_for_each_folded_text_in_both_kinds_of_cells(texts):
    few, many = ListText(tuple(texts)), PolarsText(polars.Series(texts, dtype=polars.String))
    one, other = merged(few), merged(many)
    assert [one.item(k) for k in range(len(texts))] == [other.item(k) for k in range(len(texts))]
    for k, text in enumerate(texts):
        said = one.item(k)
        assert (said is None) == (text is None)
        if text is not None:
            assert folded(said) == folded(text)
            assert said == " ".join(said.split())
            commonest = max((n, other) for other, n in few.level_counts().items() if folded(other) == folded(text))
            assert commonest[0] == max(n for other, n in few.level_counts().items() if other.split() == said.split())


def ordered(kinds=None, frame=None):
    rows = table() if frame is None else Table.from_frame(frame)
    return rows, Schema.infer(rows, kinds=kinds)


@pytest.mark.parametrize("source", ["declared", "pandas", "polars"])
def test_an_order_is_kept_by_the_inputs(source):
    if source == "declared":
        rows, schema = ordered({"grade": "ordered:low<mid<high"})
    else:
        grades = {
            "pandas": lambda: pandas.DataFrame(
                {"grade": pandas.Categorical(GRADES, ["low", "mid", "high"], ordered=True)}
            ),
            "polars": lambda: polars.DataFrame(
                {"grade": polars.Series(GRADES, dtype=polars.Enum(["low", "mid", "high"]))}
            ),
        }[source]()
        rows, schema = ordered(frame=grades)
    column = next(one for one in schema.columns if one.name == "grade")
    assert column.ordered
    assert column.features == ("grade > low", "grade > mid")
    later = Table.from_columns({"grade": ["low", "mid", "high", None, "none"]})
    block, notes = column.encode(later)
    third = pytest.approx([2 / 3, 1 / 3])
    assert block[:3].tolist() == [[0, 0], [1, 0], [1, 1]]
    assert block[3].tolist() == third
    assert block[4].tolist() == third
    assert len(notes) == 2
    assert Schema.from_dict(schema.to_dict()) == schema
    declared = Declaration.parse(Declaration.of(schema, rows).to_toml()).schema(rows)
    assert declared.feature_names == schema.feature_names
    steps = [step.formula for step in column.input_steps(later, 1) + column.input_steps(later, 4)]
    assert steps[0] == "1 because the cell is 'mid'"
    assert "training share above 'low'" in steps[2]


@pytest.mark.parametrize(("kind", "words"), [
    ("ordered:low<mid", "leaves out 'high'"), ("ordered:", "not an order"), ("ordered:low", "not an order"),
    ("ordered:low<<high", "not an order"), ("ordered:low<low<high", "not an order"),
    ("category:ordered", "without an order"),
    ("category:merged", "Did you mean 'merge'"), ("orderd:low<mid<high", "Did you mean 'ordered'"),
])  # fmt: skip
def test_orders_that_are_none(kind, words):
    with pytest.raises((ConfigurationError, SchemaError), match=words):
        Schema.infer(table(), kinds={"grade": kind})


def test_models_with_both_are_kept_explained_and_exported(tmp_path):
    kinds = {**MERGED, "grade": "ordered:low<mid<high"}
    schema = Schema.infer(table(), "ill", kinds=kinds)
    model = GlassClassifier(hidden_layer_sizes=3, epochs=4).fit(table(), schema=schema)
    assert list(model.classes_) == ["NO", "Yes"]
    again = load(model.save(tmp_path / "m.glassnet"))
    rows = {"ward": ["A WARD", "b ward", None], "grade": ["mid", "high", None], "age": [40, 50, 60]}
    assert np.array_equal(again.predict_proba(rows), model.predict_proba(rows))
    page = {}
    exec(model.export_python(tmp_path / "m.py").read_text(), page)
    said = page["predict"]({name: np.array(cells, dtype=object) for name, cells in rows.items()})
    assert np.allclose(said["probabilities"], model.predict_proba(rows), atol=1e-6)
    why = explain(again, table(), row=4)
    assert why.contributions.values.shape[1] == 3
    assert "grade" in why.text()
    said = [folded(label) for label in again.predict(table())]
    assert model.score(table()) == pytest.approx(np.mean(np.array(said) == [folded(ill) for ill in ILL]))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "cp1250"])
def test_encodings_that_leave_no_doubt_are_read(tmp_path, encoding):
    text = "größe;ort\n" + "\n".join(f"{k},5;{'Köln' if k % 2 else 'Ulm'}" for k in range(60)) + "\n"
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    found = read_table(tmp_path / "t.csv")
    assert found.names == ("größe", "ort")
    assert found.column("ort").level_counts() == {"Köln": 30, "Ulm": 30}
    assert any(note.startswith("Read ") for note in found.notes)
    again = read_table(tmp_path / "t.csv", **found.reading)
    assert again.column("ort").level_counts() == found.column("ort").level_counts()


def test_blanks_that_do_not_break_leave_no_doubt_inside_numbers(tmp_path):
    rows = "".join(f"1\xa0{234 + k},5;{k}\n" for k in range(30))
    (tmp_path / "t.csv").write_bytes(f"prix;a\n{rows}".encode("cp1252"))
    schema = Schema.infer(read_table(tmp_path / "t.csv"))
    assert [column.kind for column in schema.columns] == ["number", "integer"]


@pytest.mark.parametrize(("words", "encoding"), [
    ("пол,да,нет", "cp1251"), ("płeć,męski,żeński", "cp1250"), ("cinsiyet,kadın,erkek", "cp1254"),
    ("性別,男,女", "cp932"), ("性别,男,女", "gb18030"), ("성별,남,여", "cp949"), ("пол,да,нет", "koi8_r"),
    ("φύλο,ναι,όχι", "cp1253"), ("größe,Köln,Ulm", "cp850"), ("größe,Köln,Ulm", "mac_roman"),
    ("rôle,père,mère", "cp1252"), ("Straße,Spaß,Ulm", "mac_roman"), ("пол,м,ж", "cp1251"), ("מין,זכר,נקבה", "cp1255"),
    ("größe,Öl,Ulm", "cp850"), ("pohlaví,muž,žena", "iso8859_2"), ("edad,sí,no", "cp1252"),
])  # fmt: skip
def test_other_encodings_are_advised(tmp_path, words, encoding):
    from glassnet.errors import FileError

    name, *levels = words.split(",")
    rows = "\n".join(f"{levels[k % len(levels)]},{k}" for k in range(20))
    (tmp_path / "t.csv").write_bytes(f"{name},a\n{rows}\n".encode(encoding))
    with pytest.raises(FileError, match="not UTF-8") as refused:
        read_table(tmp_path / "t.csv")
    reads = re.findall(r"--encoding (\S+) \([^)]*\) reads ([^;]*?)(?:; |\. Read the file so)", str(refused.value))
    assert 1 <= len(reads) <= 5
    words = [word for word in (name, *levels) if not word.isascii()]
    assert any(all(repr(word) in words_so for word in words[:3]) for _, words_so in reads), str(refused.value)
    for advised, _ in reads:
        read_table(tmp_path / "t.csv", encoding=advised)
    assert read_table(tmp_path / "t.csv", encoding=encoding).names == (name, "a")


def test_a_level_in_the_last_row_is_no_total(tmp_path):
    (tmp_path / "t.csv").write_text("flag,a\n" + "".join(f"{'YN'[k % 2]},{k}\n" for k in range(20)))
    assert not any("last row" in note for note in read_table(tmp_path / "t.csv").notes)


def test_two_numbers_in_a_cell_become_two_columns(tmp_path):
    cells = [f"{110 + k % 40}/{70 + k % 13}" if k % 9 else None for k in range(80)]
    rows = Table.from_columns({"bp": cells, "age": list(range(80)), "y": ["yes", "no"] * 40})
    asked = Schema.infer(rows, "y")
    (proposal,) = asked.proposals
    assert proposal.kinds[0] == "number:both"
    declared = Declaration.parse(Declaration.of(asked, rows).accepting(asked.proposals).to_toml())
    schema = declared.schema(rows)
    assert {"bp (first)", "bp (second)"} <= {column.name for column in schema.inputs}
    assert Declaration.parse(Declaration.of(schema, rows).to_toml()).schema(rows) == schema
    assert Schema.from_dict(schema.to_dict()) == schema
    first = next(column for column in schema.inputs if column.name == "bp (first)")
    assert (first.minimum, first.maximum, first.missing) == (110, 149, 9)
    model = GlassClassifier(hidden_layer_sizes=3, epochs=3, n_networks=1).fit(rows, schema=schema)
    again = load(model.save(tmp_path / "m.glassnet"))
    later = {"bp": ["120/80", None, "131 / 75"], "age": [4, 5, 6]}
    apart = {"bp (first)": [120, None, 131], "bp (second)": [80, None, 75], "age": [4, 5, 6], "bp": [None] * 3}
    assert np.array_equal(again.predict_proba(later), again.predict_proba(apart))
    assert "bp (second)" in explain(again, rows, row=1).text()
    with pytest.raises(SchemaError, match="must hold a number"):
        again.predict({"bp": ["high"], "age": [4]})
    page = {}
    exec(again.export_python(tmp_path / "m.py").read_text(), page)
    said = page["predict"]({name: np.array(values, dtype=float) for name, values in apart.items() if name != "bp"})
    assert np.allclose(said["probabilities"], again.predict_proba(later), atol=1e-6)


def asked(cells):
    """What is said of a column of such cells, and what is asked."""
    n = len(cells)
    schema = Schema.infer(
        Table.from_columns({"x": cells, "age": [k % 13 for k in range(n)], "y": ["yes", "no"] * (n // 2)})
    )
    column = schema.columns[0]
    return column, [(proposal.kinds, proposal.null) for proposal in schema.proposals]


def test_words_among_numbers_and_dates_are_asked_about():
    column, proposals = asked(["n.d." if k % 5 == 0 else str(k * 1.5) for k in range(60)])
    assert proposals == [(("number",), "n.d.")]
    column, proposals = asked(["3+" if k % 5 == 0 else str(k % 3) for k in range(60)])
    assert (column.kind, proposals) == ("category", [])
    days = [f"2020-01-{1 + k % 28:02d}" for k in range(60)]
    column, proposals = asked(["0000-00-00" if k % 8 == 0 else day for k, day in enumerate(days)])
    assert (column.kind, column.missing, proposals) == ("date", 8, [])
    column, proposals = asked(["never" if k % 8 == 0 else day for k, day in enumerate(days)])
    assert "most cells are dates" in column.reason
    assert proposals == [(("date",), "never")]
    column, proposals = asked([f"{13 + k % 15}/{1 + k % 12:02d}/2020" if k % 8 else "2020-01-05" for k in range(60)])
    assert proposals == [(("date:dmy",), "")]


def test_an_accepted_word_makes_the_column_one_of_numbers():
    cells = ["n.d." if k % 5 == 0 else str(k * 1.5) for k in range(60)]
    rows = Table.from_columns({"x": cells, "age": list(range(60)), "y": ["yes", "no"] * 30})
    schema = Schema.infer(rows, "y")
    made = Declaration.parse(Declaration.of(schema, rows).accepting(schema.proposals).to_toml())
    column = made.schema(rows.with_null_strings(made.reading["null_strings"])).columns[0]
    assert (column.kind, column.missing, column.role) == ("number", 12, "input")


def test_a_column_that_counts_the_rows_down_is_left_out():
    column, _ = asked([str(60 - k) for k in range(60)])
    assert column.role == "left_out"
