"""Dates, numbers and words as tables of many countries and programs write them."""

import datetime
import random

import numpy as np
import pytest

from glassnet.errors import ConfigurationError, DataError, SchemaError
from glassnet.tables import Declaration, Table, read_table
from glassnet.tables.notation.cells import ListText
from glassnet.tables.notation.notation import Notation
from glassnet.tables.schema import Schema

_RANDOM = random.Random(0)
DAYS = [datetime.date(2019, 1, 1) + datetime.timedelta(_RANDOM.randrange(1900)) for _ in range(120)]
SINCE = [(day - datetime.date(1970, 1, 1)).days for day in DAYS]
POLISH = (
    *("stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca"),
    *("lipca", "sierpnia", "września", "października", "listopada", "grudnia"),
)
FINNISH = ["tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras", "joulu"]


def named(schema, name):
    """The column of this name."""
    return next(column for column in schema.columns if column.name == name)


def judged(texts, name="seen"):
    """The column that texts make beside two others, and the questions about it."""
    n = len(texts)
    table = Table.from_columns({name: texts, "age": [20 + k * 7 % 60 for k in range(n)], "y": ["a", "b"] * (n // 2)})
    schema = Schema.infer(table, "y")
    return named(schema, name), [one for one in schema.proposals if one.column == name], table


def values(column, table):
    """The numbers that a column's cells are read as."""
    return column.numbers(table.column(column.name))[0].tolist()


@pytest.mark.parametrize(
    "written",
    [
        "%y-%m-%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%Y 12:00 Uhr", "%Y-%d-%m", "%Y-%j", "%Y%m%dT120000", "%Y%m%d120000",
        "%d%m%Y",
        "%d%m%y", "%y%m%d", "%d%b%Y:12:00:00", "%a %b %d 12:00:00 %Y", "%Y年%m月%d日", "%Y. %m. %d.", "%Y–%m–%d",
        "%Y-%m-%d 13:00 CET", "%d %B %Y",
    ],
)  # fmt: skip
def test_dates_of_many_programs(written):
    column, asked, table = judged([day.strftime(written) for day in DAYS])
    assert column.kind == "date"
    assert not asked
    half = 0.5 if "12" in written or "13" in written else 0.0
    assert np.allclose(values(column, table), np.array(SINCE) + half)


@pytest.mark.parametrize(
    "form", ["{day} {polish} {year}", "{day}. {finnish}kuuta {year}", "{year}년 {month}월 {day}일"]
)
def test_dates_in_words_of_many_languages(form):
    texts = [
        form.format(
            day=day.day, month=day.month, year=day.year, polish=POLISH[day.month - 1], finnish=FINNISH[day.month - 1]
        )
        for day in DAYS
    ]  # fmt: skip
    column, _, table = judged(texts)
    assert column.kind == "date"
    assert values(column, table) == SINCE


def test_years_of_two_digits_are_not_in_the_future():
    born = [day.replace(year=1930 + k % 40, day=min(day.day, 28)) for k, day in enumerate(DAYS)]
    column, asked, table = judged([day.strftime("%d/%m/%y") for day in born], "born")
    assert values(column, table) == [(day - datetime.date(1970, 1, 1)).days for day in born]
    assert column.notation == "dmy+latest=2029"
    assert asked[0].kinds == ("date:dmy+latest=2029", "date:dmy+latest=2068")
    assert "1930 to 1969" in asked[0].finding
    as_posix = Notation.parse("date", "dmy+latest=2068")
    assert as_posix.reader("01/02/68") == (datetime.date(2068, 2, 1) - datetime.date(1970, 1, 1)).days
    with pytest.raises(ConfigurationError, match="must be a year"):
        Notation.parse("date", "dmy+latest=soon")
    with pytest.raises(ConfigurationError, match="how days are written"):
        Notation.parse("date", "latest=2029")


@pytest.mark.parametrize("power", [0, 3, 6])
def test_time_stamps_by_their_name(power):
    stamps = [str(86400 * day * 10**power) for day in SINCE]
    column, _, table = judged(stamps, "created_at")
    assert column.kind == "date"
    assert np.allclose(values(column, table), SINCE)
    assert judged(stamps, "amount")[0].kind != "date"


@pytest.mark.parametrize(
    ("odd", "declared", "read"),
    [
        ("43831", "date:dmy+serials", datetime.date(2020, 1, 1)),
        ("2020", "date:dmy+partial", datetime.date(2020, 1, 1)),
        ("UN/03/2020", "date:dmy+partial", datetime.date(2020, 3, 1)),
    ],
)
def test_dates_beside_parts_of_dates_and_numbers_of_days(odd, declared, read):
    texts = [odd if k % 5 == 0 else day.strftime("%d/%m/%Y") for k, day in enumerate(DAYS)]
    column, asked, table = judged(texts)
    assert column.kind != "date"
    assert asked[0].kinds == (declared,)
    fixed = Declaration.of(Schema.infer(table, "y"), table).accepting(asked).schema(table)
    wanted = [(read if k % 5 == 0 else day) - datetime.date(1970, 1, 1) for k, day in enumerate(DAYS)]
    assert values(named(fixed, "seen"), table) == [one.days for one in wanted]


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        ("5 µg/L|7 μg/L|9 ug/L|11 mcg/L", [5, 7, 9, 11]),
        ("5 mmol/l|7 mmol/L", [5, 7]),
        ("1.5 m2|2 m²", [1.5, 2]),
        ("6.5 10^9/L|7 10^9/L", [6.5, 7]),
        ("6.5 ×10³/µL|7 ×10³/µL", [6.5, 7]),
        ("6 x 10^3|7 x 10^4", [6e3, 7e4]),
        ("1'234,5|914,5", [1234.5, 914.5]),
        ("$(5.5)|$7", [-5.5, 7]),
        ("0 days 07:30:00|1 days 00:00:00", [450, 1440]),
        ("PT7H30M|PT45M", [450, 45]),
        ("7h 30m|0h 45m", [450, 45]),
        ("27:30.0|01:15.0", [27.5, 1.25]),
    ],
)
def test_numbers_in_the_manners_of_many_programs(texts, wanted):
    texts = texts.split("|")
    column, _, table = judged([texts[k % len(texts)] for k in range(120)], "dose")
    assert column.kind in ("number", "integer")
    assert np.allclose(values(column, table)[: len(wanted)], wanted)


@pytest.mark.parametrize(("odd", "value"), [("90+", 90), ("below 5", 5), ("over 80", 80), ("unter 5", 5), (">95", 95)])
def test_limits_in_words_and_behind(odd, value):
    column, asked, table = judged([odd if k % 8 == 0 else str(20 + k % 50) for k in range(120)], "size")
    assert column.notation == "limit"
    assert values(column, table)[0] == value
    assert "in 15 cells of 120" in column.reason
    assert asked


def test_titers_are_no_times_and_grades_no_limits():
    assert judged([f"1:{(10, 20, 40)[k % 3]}" for k in range(120)])[0].kind == "category"
    assert judged([("1", "2", "2-", "3+")[k % 4] for k in range(120)])[0].kind == "category"


def test_a_unit_at_some_numbers_is_asked_about():
    column, asked, _ = judged([f"{k % 50}.5" + " mg" * (k % 2) for k in range(120)], "dose")
    assert column.kind not in ("number", "integer")
    assert asked[0].kinds == ("number:unit=mg",)
    few = [f"{k}.5" + " mg" * (k % 50 == 7) for k in range(120)]
    with pytest.raises(DataError, match="declare the column number:unit=mg"):
        judged(few, "dose")


@pytest.mark.parametrize(
    "texts", [[f"{k % 40 + 1}.{100 + k}" for k in range(120)], ["1.234", *map(str, range(1, 120))]]
)
def test_points_that_may_group_thousands_are_asked_about(texts):
    column, asked, table = judged(texts, "cost")
    assert column.kind == "number"
    assert asked[0].kinds == ("number", "integer:thousands-point")
    both = Schema.infer(table, "y", kinds={"cost": "integer:thousands-point"})
    assert values(named(both, "cost"), table)[0] == float(texts[0].replace(".", ""))


@pytest.mark.parametrize("low", [0.5, 1.0])
def test_fractions_do_not_group_thousands(low):
    assert not judged([f"{low + k / 4000:.3f}" for k in range(120)], "gravity")[1]
    assert not judged([f"{k + 1}.{k % 9}" for k in range(120)], "size")[1]


def test_words_for_yes_and_no_in_several_spellings():
    texts = ["Yes", "y", "No", "n", "1", "No"] * 20
    column, asked, table = judged(texts, "smoker")
    assert column.kind == "category"
    assert asked[0].kinds == ("yes_no",)
    fixed = Schema.infer(table, "y", kinds={"smoker": "yes_no"}).fit(table)
    inputs = named(fixed, "smoker").encode(table)[0][:, 0]
    assert np.array_equal(inputs > inputs.mean(), [text in ("Yes", "y", "1") for text in texts])


def test_words_beside_decorated_numbers_are_asked_about():
    _, asked, _ = judged(["ND" if k % 7 == 0 else "<0.1" if k % 5 == 0 else f"{k}.5" for k in range(120)], "crp")
    assert [one.null for one in asked] == ["ND"]
    _, asked, _ = judged(["ND" if k % 7 == 0 else f"{k} mg" for k in range(120)], "crp")
    assert [one.null for one in asked] == ["ND"]


def test_pairs_of_numbers_with_a_unit_and_missing_ones():
    texts = ["-" if k % 9 == 0 else f"{100 + k % 60}/{60 + k % 30} mmHg" for k in range(120)]
    _, asked, table = judged(texts, "bp")
    assert asked[0].kinds == ("number:both", "number:first", "number:second")
    both = Schema.infer(table, "y", kinds={"bp": "number:both"})
    assert values(named(both, "bp (second)"), table)[1:3] == [61, 62]
    assert named(both.fit(table), "bp (first)").missing == 14


def test_numbers_in_several_manners_are_named():
    reason = judged([f"${k}" if k % 2 else f"€{k}" for k in range(120)], "price")[0].reason
    assert "'€0' and '$1', are numbers in several manners" in reason


def test_letters_that_look_alike_are_named():
    _, asked, _ = judged(["café", "cafe\u0301", "tea", "tea"] * 30, "drink")
    assert asked[0].kinds == ("category:merge",)


def test_marks_that_nobody_sees_are_no_part_of_a_cell(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n\ufeff1,x\n2\u200b,\u200fx\n\u20663\u2069,y\n", "utf-8")
    assert [read_table(path).row_text(k) for k in range(3)] == [
        {"a": "1", "b": "x"}, {"a": "2", "b": "x"}, {"a": "3", "b": "y"},
    ]  # fmt: skip


def test_cells_that_a_spreadsheet_is_to_leave_alone(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('a,zip\n1,="007"\n2,"=""012"""\n')
    table = read_table(path)
    assert isinstance(table.column("zip"), ListText)
    assert table.column("zip").values == ("007", "012")
    assert '2 cells such as ="007" read without the sign and the quotes.' in table.notes


def test_files_put_one_behind_the_other(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\ufeffsex,ward\nm,A\nf,B\n\ufeffsex,ward\nf,A\n", "utf-8")
    table = read_table(path)
    assert table.n_rows == 3
    assert table.row_name(2) == "line 5"
    assert "1 row that repeats the header (line 4) skipped." in table.notes
    assert not any("looks like a row" in note for note in table.notes)


def test_utf_32_says_so_by_its_mark(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("a,größe\n1,2\n".encode("utf-32"))
    assert read_table(path).names == ("a", "größe")


def test_names_in_another_case_are_all_named():
    schema = Schema.infer(Table.from_columns({"crp": [1.5, 2, 3.5], "ward": ["a", "b", "a"], "y": [0, 1, 0]}), "y")
    with pytest.raises(SchemaError, match="It has 'CRP', 'Ward': write the names as in training"):
        schema.encode(Table.from_columns({"CRP": [1.5], "Ward": ["a"]}))


BLANKS = [*range(0x2000, 0x200B), 0x20, 0xA0, 0x1680, 0x202F, 0x205F, 0x3000]


@pytest.mark.parametrize("blank", BLANKS, ids=hex)
def test_every_blank_groups_thousands_and_stands_around_cells(blank, tmp_path):
    numbers = [1000 + 37 * k + 0.5 for k in range(60)]
    texts = [f"{number:,.1f}".replace(",", chr(blank)).replace(".", ",") for number in numbers]
    column, _, table = judged(texts, "price")
    assert column.notation == "thousands-space-comma"
    assert values(column, table) == numbers
    rows = "".join(f"{chr(blank)}{'ab'[k % 2]}{chr(blank)};{k}\n" for k in range(20))
    (tmp_path / "t.csv").write_text(f"ward{chr(blank)};x\n{rows}", encoding="utf-8")
    assert set(read_table(tmp_path / "t.csv").column("ward").level_counts()) == {"a", "b"}


def test_raised_decimal_points():
    column, _, table = judged([f"{k % 17}·{k % 10}" for k in range(60)], "dose")
    assert column.notation == "raised"
    assert values(column, table)[:3] == [0.0, 1.1, 2.2]
    column, _, table = judged([f"{k % 9 + 1}·10^{k % 3 + 1}" for k in range(60)], "cells")
    assert values(column, table)[:2] == [10.0, 200.0], "a product"


@pytest.mark.parametrize(("codes", "asked"), [
    ([-9, -99, 999] * 2, "null=-99+null=-9+null=999"), ([-999], "null=-999"), ([9999], "null=9999"),
    ([-8, -9, -99], "null=-99+null=-9+null=-8"), ([-9, -8], None), ([-99, -9, -3], None), ([95], None),
    ([999, 700], None), ([-99, -9], None),
])  # fmt: skip
def test_codes_that_stand_alone_or_together(codes, asked):
    _, questions, _ = judged([*codes, *(14 + k * 7 % 31 for k in range(60 - len(codes)))], "pulse")
    assert [one.kinds for one in questions] == ([(f"integer:{asked}",)] * (asked.count("null")) if asked else [])


@pytest.mark.parametrize(("texts", "said"), [
    (["37°C", "39°C", "97°F", "99°F"], "'°C', '°F'"), (["1 mg", "500 µg", "2 mg"], "'mg', 'µg'"),
    (["3a", "3b", "1a", "2b"], ""), (["1st", "2nd", "3rd"], ""), (["5 mg", "10 mg", "20 mg"], ""), (["1 k", "2 m"], ""),
])  # fmt: skip
def test_few_numbers_with_several_units(texts, said):
    column, _, _ = judged((texts * 30)[:60], "size")
    assert ("bring them to one unit" in column.reason) == bool(said)


def test_levels_with_letters_of_another_script():
    """A Cyrillic letter among Latin ones is one slip of the keyboard; words of Cyrillic are words."""
    column, questions, table = judged(["yes", "\u0443es", "no", "no", "yes"] * 12, "smoker")
    assert "look alike, but have letters of different scripts" in column.reason
    assert questions[0].kinds == ("category:merge",)
    merged = Schema.infer(table, "y", kinds={"smoker": "category:merge"})
    assert set(named(merged, "smoker").levels) == {"yes", "no"}
    column, questions, _ = judged(["да", "нет", "не знаю"] * 20, "smoker")
    assert "look alike" not in column.reason
    assert judged(["A", "\u0410", "B", "\u0412"] * 15, "group")[1][0].kinds == ("category:merge",)


def test_user_missing_codes_of_stata_that_have_labels(tmp_path):
    import pandas as pd
    import pyreadstat

    grade = pd.Series([0.0, 1.0, 2.0, "a", "z"] * 12, dtype=object)
    frame = pd.DataFrame({"grade": grade, "y": ["u", "v"] * 30})
    labels = {0: "mild", 1: "severe", 2: "dead", "a": "refused"}
    pyreadstat.write_dta(
        frame,
        str(tmp_path / "t.dta"),
        missing_user_values={"grade": ["a", "z"]},
        variable_value_labels={"grade": labels},
    )
    table = read_table(tmp_path / "t.dta")
    column = named(Schema.infer(table, "y"), "grade")
    assert (set(column.levels), column.missing) == ({"mild", "severe", "dead"}, 24)


def test_names_in_two_lines_of_which_one_repeats(tmp_path):
    rows = "".join(f"{k},{k % 7},{'ab'[k % 2]}\n" for k in range(30))
    (tmp_path / "t.csv").write_text(f"patient,,y\nage,dose,y\n{rows}", encoding="utf-8")
    assert read_table(tmp_path / "t.csv").names == ("patient age", "patient dose", "y")
