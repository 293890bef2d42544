"""Schema files: what is written reads back, what a person edits counts, and every slip is named."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet import GlassClassifier, load
from glassnet.errors import ConfigurationError, FileError, GlassnetError, SchemaError
from glassnet.tables import Declaration, Schema, Table, read_table

CSV = (
    "age;ward;dose;nr;smoker;ill\n63;A;0,5;001;no;yes\n41;B;1,5;002;yes;no\n52;C;unbekannt;003;no;no\n"
    "70;A;2,0;004;yes;yes\n33;B;0,1;005;no;no\n49;C;0,7;006;yes;yes\n"
)


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def written(csv, tmp_path, **settings):
    """A schema file as the program writes it, the table, and the schema that it was made from."""
    table = read_table(csv, null_strings=["", "unbekannt"])
    schema = Schema.infer(table, target="ill", **settings)
    path = tmp_path / "p.toml"
    path.write_text(Declaration.of(schema, table).to_toml(schema), encoding="utf-8")
    return path, table, schema


def test_what_was_written_makes_the_same_schema_again(csv, tmp_path):
    path, _, schema = written(csv, tmp_path)
    again = Declaration.read(path)
    table = read_table(csv, **again.reading)
    assert table.row_text(2)["dose"] is None
    fixed = again.schema(table)
    assert fixed.feature_names == schema.feature_names
    assert fixed.classes == schema.classes
    assert fixed.task == schema.task
    assert (fixed.encode(table).matrix == schema.encode(table).matrix).all()
    assert [c.kind for c in fixed.columns] == [c.kind for c in schema.columns]
    assert Declaration.of(fixed, table) == again


def test_the_file_says_what_is_known_as_remarks(csv, tmp_path):
    text = written(csv, tmp_path)[0].read_text(encoding="utf-8")
    assert '# 33 to 70; mean 51.33, standard deviation 12.47\n[columns."age"]\nkind = "integer"' in text
    assert 'decimal = ","' in text
    assert "# kinds: number, integer, date, yes_no, category, image, ordered, left_out" in text


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return Declaration.read(path)


def test_edits_count(csv, tmp_path):
    path, table, _ = written(csv, tmp_path)
    declaration = edit(path, 'levels = ["A", "B", "C"]', 'levels = ["C", "A"]')
    declaration = edit(path, 'kind = "integer"', 'kind = "left_out"')
    declaration = edit(path, 'classes = ["no", "yes"]', 'classes = ["yes", "no"]')
    declaration = edit(path, 'levels = ["no", "yes"]', 'levels = ["yes", "no"]')
    schema = declaration.schema(table)
    assert schema.feature_names == ("ward = C", "ward = A", "ward = (other)", "dose", "dose missing", "smoker = no")
    assert schema.classes == ("yes", "no")
    assert schema.encode(table).matrix[:3, :3].tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert schema.encode_target(table).tolist() == [0, 1, 1, 0, 1, 0]
    assert schema.encode(table).matrix[:2, 5].tolist() == [1, 0]
    # constants are learned anew from other rows, the declared order stays
    assert schema.fit(table.take([1, 2, 3])).feature_names[:2] == ("ward = C", "ward = A")


def test_declared_categories_are_part_of_the_model(csv, tmp_path):
    path, table, _ = written(csv, tmp_path)
    schema = edit(path, 'levels = ["A", "B", "C"]', 'levels = ["C", "A"]').schema(table)
    model = GlassClassifier(epochs=2, recipe="lecture").fit(table, schema=schema)
    again = load(model.save(tmp_path / "m"))
    assert again.schema_ == model.schema_
    assert again.schema_.columns[1].declared
    assert Schema.from_dict(schema.to_dict()) == schema
    for wrong in ("yes", 1, None):
        plain = schema.to_dict()
        plain["columns"][1]["declared"] = wrong
        with pytest.raises(SchemaError, match="declared must be true or false"):
            Schema.from_dict(plain)


def test_columns_that_are_not_named_are_judged(csv, tmp_path):
    declaration = Declaration.parse('[target]\ncolumn = "ill"\n[columns.age]\nkind = "category"\n')
    schema = declaration.schema(read_table(csv))
    assert {c.name: c.kind for c in schema.columns} == {
        "age": "category", "ward": "category", "dose": "text", "nr": "text", "smoker": "yes_no", "ill": "yes_no",
    }  # fmt: skip


def test_arguments_count_more_than_the_file(csv, tmp_path):
    path, table, _ = written(csv, tmp_path)
    declaration = Declaration.read(path)
    assert declaration.schema(table, target="age").task == "regression"
    assert declaration.schema(table, kinds={"ward": "left_out"}).feature_names[1] == "dose"


WRONG = {
    "not TOML": ("[target\n", FileError, "not valid TOML"),
    "unknown section": ("[targets]\n", ConfigurationError, "unknown word 'targets'. Did you mean 'target'?"),
    "unknown word": ('[columns.age]\nkid = "number"', ConfigurationError, "[columns.age] has the unknown word 'kid'"),
    "unknown kind": ('[columns.age]\nkind = "numbr"', ConfigurationError, "Did you mean 'number'?"),
    "number for a text": ("[columns.age]\nkind = 3", ConfigurationError, "kind must be a text in quotes, not 3"),
    "no section": ("columns.age = 3", ConfigurationError, 'such as { kind = "category" }'),
    "levels of a number": ('[columns.age]\nkind = "number"\nlevels = ["1"]', ConfigurationError, "levels need kind"),
    "levels twice": ('[columns.ward]\nkind = "category"\nlevels = ["A", "A"]', ConfigurationError, "repeats"),
    "levels as numbers": ('[columns.ward]\nkind = "category"\nlevels = [1]', ConfigurationError, "texts in quotes"),
    "task": ('[target]\ncolumn = "ill"\ntask = "ranking"', ConfigurationError, "'ranking' is unknown"),
    "null strings": ("[reading]\nnull_strings = [1]", ConfigurationError, "texts in quotes"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_slips_are_named(tmp_path, case):
    text, error, part = WRONG[case]
    path = tmp_path / "s.toml"
    path.write_text(text)
    with pytest.raises(error) as caught:
        Declaration.read(path)
    assert part in str(caught.value)
    assert "s.toml" in str(caught.value)


UNFIT = {
    "column": ('[columns.agee]\nkind = "number"', "Did you mean 'age'?"),
    "kind": ('[columns.ward]\nkind = "number"', "declared number, but 'A' (line 2)"),
    "yes/no": ('[columns.ward]\nkind = "yes_no"', "has 3 different values"),
    "yes/no levels": ('[columns.smoker]\nkind = "yes_no"\nlevels = ["no", "ja"]', "Declare these two, no first"),
    "classes": ('[target]\ncolumn = "ill"\nclasses = ["no", "maybe"]', "is missing from the"),
    "no levels": ('[columns.ward]\nkind = "category"\nlevels = []', "1 to 1000"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNFIT)
def test_what_does_not_fit_the_table_is_named(csv, case):
    text, part = UNFIT[case]
    text = text if "[target]" in text else f'[target]\ncolumn = "ill"\n{text}'
    with pytest.raises(GlassnetError) as caught:
        Declaration.parse(text).schema(read_table(csv))
    assert part in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(FileError, match="glassnet schema TABLE --write"):
        Declaration.read(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'[target]\ncolumn = "gr\xf6\xdfe"')
    with pytest.raises(FileError, match="not UTF-8"):
        Declaration.read(tmp_path / "latin.toml")
    with pytest.raises(FileError, match="Cannot read"):
        Declaration.read(tmp_path)


texts = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=8)


@given(names=st.lists(texts, min_size=1, max_size=4, unique=True), levels=st.lists(texts, min_size=1, unique=True),
       nulls=st.lists(texts, unique=True))  # fmt: skip
def test_any_name_survives(names, levels, nulls):
    """Column names and categories with quotes, brackets, line ends, control characters, any script."""
    declaration = Declaration(
        {"null_strings": nulls, "delimiter": "\t"}, names[0], "classification", tuple(levels),
        dict.fromkeys(names[1:], "category"), {name: tuple(levels) for name in names[1:]},
    )  # fmt: skip
    text = declaration.to_toml()
    assert Declaration.parse(text) == declaration
    assert tomllib.loads(text)


def test_remarks_cannot_break_the_file():
    table = Table.from_columns({"x": ["a\x01\nkind", "b", "a\x01\nkind", "b"], "y": [1.0, 2.0, 3.0, 4.5]})
    schema = Schema.infer(table, target="y")
    again = Declaration.parse(Declaration.of(schema, table).to_toml(schema))
    assert again.schema(table).feature_names == schema.feature_names
