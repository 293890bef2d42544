"""Numbers and dates as people write them: what is recognized in a column, what is asked, what later tables read."""

from __future__ import annotations

import datetime

import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.errors import ConfigurationError, DataError, SchemaError
from glassnet.tables import Declaration, Schema, Table, read_table
from glassnet.tables.notation.date_notation import FORMATS
from glassnet.tables.notation.date_notation import reader as date_reader
from glassnet.tables.notation.missing_word import MISSING_WORDS
from glassnet.tables.notation.notation import Notation, recognized
from glassnet.tables.notation.number_notation import MARKS, TRAITS
from glassnet.tables.notation.number_notation import reader as number_reader

N = 60


def understood(cells, target="y", **options):
    """The schema of a table with one column of these cells, repeated, beside an age and a target."""
    cells = [cells[k % len(cells)] for k in range(N)]
    table = Table.from_columns({
        "x": cells, "age": [30 + k % 7 + 0.5 for k in range(N)], "y": ["no" if k % 3 else "yes" for k in range(N)],
    })  # fmt: skip
    schema = Schema.infer(table, target=target, **options)
    return table, schema, next(column for column in schema.columns if column.name == "x")


def values(table, column):
    """The numbers of the column's cells."""
    return column.numbers(table.column("x"))[0]


# ------------------------------------------------------------------ words for "no value"

WORDS = [
    "nan",
    "NULL",
    "n/a",
    "na",
    "N.A.",
    "NaT",
    "-",
    ".",
    "*",
    r"\N",
    "#N/A",
    "#DIV/0!",
    "<NA>",
    "missing",
    "Unknown",
]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("share", [0.02, 0.2, 0.8])
def test_words_for_no_value_are_missing_in_numbers_and_dates_whatever_their_share(word, share):
    for make in (lambda k: f"{k}.5", lambda k: f"2021-03-{1 + k % 28:02d}", lambda k: f"{1 + k % 28}.03.2021"):
        cells = [word if k < share * N else make(k) for k in range(N)]
        table, schema, column = understood(cells)
        assert column.kind in ("number", "date")
        assert column.missing == sum(cell == word for cell in cells)
        assert f"say {word!r} count as missing" in column.reason
        encoded = schema.encode(table).matrix[:, list(schema.feature_names).index("x missing")]
        assert encoded.sum() == column.missing


@pytest.mark.parametrize("word", ["unknown", "NULL"])
def test_a_word_among_categories_stays_a_category_and_is_asked_about(word):
    _, schema, column = understood(["A", "B", word])
    assert (column.kind, set(column.levels)) == ("category", {"A", "B", word})
    assert [(one.column, one.null) for one in schema.proposals] == [("x", word)]


def test_signs_that_are_answers_stay_answers():
    column = understood(["-", "+"])[2]
    assert (column.kind, set(column.levels)) == ("category", {"-", "+"})


def test_a_word_at_prediction_is_missing_too():
    _, schema, _ = understood(["1.5", "2.5", "4"])
    for word in ("NULL", "n/a"):
        found = schema.encode(Table.from_columns({"x": ["1.5", word], "age": [30, 31]}))
        assert found.matrix[1, 0] == 0
        assert any(f"1 missing cell (row 1), which says {word!r}," in note for note in found.notes)
    with pytest.raises(SchemaError, match=r"'n\.d\.' \(row 1\)"):
        schema.encode(Table.from_columns({"x": ["1.5", "n.d."], "age": [30, 31]}))


def test_a_target_with_words_is_learned_from_the_rows_that_have_one():
    cells = ["-" if k % 7 == 0 else f"{k % 50}.5" for k in range(N)]
    table, schema, column = understood(cells, target="x")
    assert schema.task == "regression"
    rows = schema.rows_with_target(table)
    assert len(rows) == N - column.missing
    assert schema.encode_target(table.take(rows)).tolist() == [float(cells[row]) for row in rows]
    codes = [("NULL", "1", "2")[k % 3] for k in range(N)]
    table, schema, _ = understood(codes, target="x")
    assert schema.classes == ("1", "2")
    assert len(schema.rows_with_target(table)) == sum(code != "NULL" for code in codes)


@pytest.mark.parametrize("null", ["-200", "-200.0", "-2e2"])
def test_a_null_string_that_is_a_number_means_that_number_however_it_is_written(null, tmp_path):
    path = tmp_path / "t.csv"
    for rows in (30, 3000):
        path.write_text("co,x\n" + "-200,1\n-200.0,2\n2.5,3\n-200.00,4\n3.5,5\n" * (rows // 5))
        table = read_table(path, null_strings=["", null])
        assert int(table.column("co").missing.sum()) == rows * 3 // 5
    semicolons = "co;x\n-200,0;1\n-200;2\n2,5;3\n"
    path.write_text(semicolons)
    assert read_table(path, null_strings=["", null]).column("co").missing.tolist() == [True, True, False]


# ------------------------------------------------------------------ decorated numbers

DECORATED = {
    "thousands": (["1,000", "22,500", "1,234,567.5", "7"], [1000, 22500, 1234567.5, 7]),
    "points and a comma": (["1.000,5", "22.500", "7,25"], [1000.5, 22500, 7.25]),
    "blanks": (["1 000", "22\u00a0500.5", "1\u202f234\u2009567"], [1000, 22500.5, 1234567]),
    "blanks and a comma": (["1 000,5", "22 500", "7"], [1000.5, 22500, 7]),
    "apostrophes": (["1'000", "22’500.5", "7"], [1000, 22500.5, 7]),
    "decimal commas": (["0,5", "1,25", "3"], [0.5, 1.25, 3]),
    "dollars": (["$10.00", "$1,300.50", "-$7"], [10, 1300.5, -7]),
    "euros behind": (["10,50 €", "7 €", "0"], [10.5, 7, 0]),
    "a currency in letters": (["EUR 10", "EUR 7.5", "EUR 3"], [10, 7.5, 3]),
    "percent": (["0.5%", "12 %", "0"], [0.5, 12, 0]),
    "a unit": (["5 mg", "7.5mg", "0.25 mg"], [5, 7.5, 0.25]),
    "a unit with two letters mu": (["5 µg/L", "7 μg/L"], [5, 7]),
    "flags of a laboratory": (["5.1", "7.5 H", "3 L", "9 HH"], [5.1, 7.5, 3, 9]),
    "Arabic digits": (["٢٦", "٣٫٥", "٧"], [26, 3.5, 7]),
    "full-width digits": (["２６", "３．５"], [26, 3.5]),
    "singular and plural": (["1 year", "2 years", "12 years"], [1, 2, 12]),
    "powers in a unit": (["4.5 x10^9/L", "11 x10^9/L"], [4.5, 11]),
    "degrees": (["37.2°C", "38 °C"], [37.2, 38]),
    "K, M and B": (["0K", "1.5M", "22K", "2B", "950"], [0, 1.5e6, 22e3, 2e9, 950]),
    "about": (["~7", "ca. 8", "9"], [7, 8, 9]),
    "parentheses": (["(12.5)", "7", "(3)"], [-12.5, 7, -3]),
    "a typeset minus": (["−1.5", "2.5", "–3"], [-1.5, 2.5, -3]),
    "stars": (["1.5*", "2.5", "3**"], [1.5, 2.5, 3]),
    "a quote mark": (["'0", "'12", "'7"], [0, 12, 7]),
    "fractions": (["0 1/2", "1 1/4", "2½"], [0.5, 1.25, 2.5]),
    "halves": (["1/2", "3/4", "1/8"], [0.5, 0.75, 0.125]),
    "hex": (["0x0", "0x1F", "0xff"], [0, 31, 255]),
    "leading zeros": (["01.5", "10.5", "07.25"], [1.5, 10.5, 7.25]),
    "times of day": (["0:00", "13:11", "7:30 PM"], [0, 791, 1170]),
    "durations": (["1:00:30", "0:30:00", "26:00:00"], [60.5, 30, 1560]),
}


@pytest.mark.parametrize("case", DECORATED)
@pytest.mark.parametrize("many", [False, True])
def test_decorated_numbers_are_read_and_said(case, many, tmp_path):
    cells, wanted = DECORATED[case]
    table, schema, column = understood(cells)
    if many:  # the cells of a long file are another class
        path = tmp_path / "t.csv"
        pandas.DataFrame({"x": cells * 600, "y": ["no", "yes"] * (300 * len(cells))}).to_csv(path, index=False)
        table = read_table(path)
        schema = Schema.infer(table, target="y")
        column = schema.columns[0]
    assert (column.role, column.kind in ("number", "integer")) == ("input", True), column
    assert values(table, column)[: len(cells)].tolist() == wanted
    assert Notation.parse(column.kind, column.notation).words in column.reason
    again = Schema.from_dict(schema.to_dict())
    assert again == schema
    declared = Declaration.parse(Declaration.of(schema, table).to_toml(schema)).schema(table)
    assert np.array_equal(declared.encode(table).matrix, schema.encode(table).matrix)


@pytest.mark.parametrize("case", DECORATED)
def test_a_decorated_target_is_regression(case):
    cells, wanted = DECORATED[case]
    more = [*cells, *(cells[-1] for _ in range(2))]
    table, schema, _ = understood(more, target="x", task="regression")
    assert schema.encode_target(table)[: len(cells)].tolist() == wanted


def test_percentages_as_a_target_are_no_classes():
    _, schema, _ = understood([f"{k}%" for k in range(N)], target="x")
    assert schema.task == "regression"


NOT_NUMBERS = {
    "ranges": ["0-9", "10-19", "20-29"], "ordinals": ["1st", "2nd", "3rd"], "codes": ["01", "02", "10"],
    "several units": ["5 mg", "7 ml", "9 mg"], "several currencies": ["$5", "€7", "$9"],
    "percent here and there": ["5%", "7", "9%"], "income": ["<=50K", ">50K"], "open ends": ["0", "1", "2", "3+"],
    "prefixes": ["P1", "P2", "P3"], "letters": ["12A", "12B", "7A"],
    "houses": ["12", "12A", "7"], "versions": ["1.2.3", "1.2.4", "2.0.0"],
    "pairs": ["120/80", "110/70", "135/85"], "few limits": ["<30", "30", ">30"],
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_NUMBERS)
def test_what_only_looks_like_numbers_stays_text(case):
    column = understood(NOT_NUMBERS[case])[2]
    assert column.kind == "category", column


def test_limits_are_read_as_the_limit_and_the_choice_is_offered():
    cells = ["<0.1", *(f"{k}.5" for k in range(20)), ">100"]
    table, schema, column = understood(cells)
    assert values(table, column)[0] == 0.1
    assert "limits" in column.reason
    offered = next(one for one in schema.proposals if one.column == "x").kinds
    assert offered == ("number:limit", "number:half-limit", "number:limit-missing")
    for kind, low, high in zip(offered, (0.1, 0.05, np.nan), (100, 100, np.nan), strict=True):
        table, schema, column = understood(cells, kinds={"x": kind})
        assert np.array_equal(values(table, column)[[0, 21]], [low, high], equal_nan=True)
        assert (column.missing > 0) == (kind == "number:limit-missing")


def test_pairs_can_be_declared():
    for kind, wanted in (("number:first", [120, 110]), ("number:second", [80, 70])):
        table, schema, column = understood(["120/80", "110/70"], kinds={"x": kind})
        assert values(table, column)[:2].tolist() == wanted
    _, schema, _ = understood([f"{110 + k}/{70 + k}" for k in range(30)])
    assert schema.proposals[0].kinds == ("number:both", "number:first", "number:second")


def test_a_declaration_settles_what_the_column_leaves_open():
    table, _, column = understood(["1,234", "5,678"], kinds={"x": "number"})
    assert values(table, column)[:2].tolist() == [1234, 5678]
    table, _, column = understood(["1,234", "5,678"], kinds={"x": "number:comma"})
    assert values(table, column)[:2].tolist() == [1.234, 5.678]
    table, _, column = understood(["5 mg", "7", "9 mg"], kinds={"x": "number"})
    assert values(table, column)[:3].tolist() == [5, 7, 9]
    for kind, part in (
        ("number:thousand", "Did you mean 'thousands'"), ("category:comma", "unknown word 'comma'"),
            ("yes_no:comma", "only number, integer, date"),
        ("date:dym", "Did you mean"), ("number:comma+point", "names two"), ("number:null=x", "must be a number"),
        ("date:null=x", "must be a day"),
    ):  # fmt: skip
        with pytest.raises(ConfigurationError, match=part):
            understood(["1,234", "5,678"], kinds={"x": kind})
    with pytest.raises(DataError, match=r"declared number, but 'a' \(row 0\)"):
        understood(["a", "1,5"], kinds={"x": "number"})


def test_later_tables_are_read_in_the_same_way_or_refused():
    _, schema, _ = understood(["$1,000", "$2,500", "$900"])
    ages = {"age": [30.5]}
    same = schema.encode(Table.from_columns({"x": ["$1,000"], **ages})).matrix
    for cell in ("1000", "$1000", 1000.0):
        assert np.array_equal(schema.encode(Table.from_columns({"x": [cell], **ages})).matrix, same)
    for cell in ("€1,000", "1.000,5", "$1,00", "1 mg"):
        with pytest.raises(SchemaError, match=r"the currency \$.*row 0"):
            schema.encode(Table.from_columns({"x": [cell], **ages}))


def test_plain_columns_stay_plain():
    _, schema, column = understood(["1.5", "-2", "+3e2", ".5"])
    assert column.notation == ""
    assert "notation" not in schema.to_dict()["columns"][0]


@pytest.mark.parametrize("name", [*MARKS, *TRAITS])
def test_every_trait_reads_its_own_example(name):
    example, wanted = {**{mark.name: (mark.example, 1234.5) for mark in MARKS.values()},
        "minus": ("−7", -7), "plus": ("+7", 7), "quote": ("'7", 7), "parentheses": ("(7)", -7),
        "approximate": ("~7", 7),
        "limit": ("<7", 7), "half-limit": ("<7", 3.5), "limit-missing": ("<7", np.nan), "star": ("7*", 7),
        "percent": ("7%", 7), "scale": ("7K", 7000), "fraction": ("7 1/2", 7.5), "hex": ("0x1F", 31),
        "time": ("7:30", 450), "zeros": ("07.5", 7.5), "first": ("120/80", 120), "second": ("120/80", 80),
            "digits": ("٧", 7), "flag": ("7 H", 7), "minus-behind": ("7-", -7), "power": ("7 x 10^3", 7000),
        "raised": ("7·5", 7.5),
    }[name]  # fmt: skip
    assert np.array_equal(number_reader((name,))(example), wanted, equal_nan=True)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 2)), min_size=3, max_size=30, unique=True))
def test_what_python_formats_is_read_back(numbers):
    for write in (
        lambda x: f"{x:,.2f}", lambda x: f"{x:,.2f}".replace(",", " "), lambda x: f"{x:,.2f} kg",
        lambda x: f"{x:,.2f}".replace(",", "_").replace(".", ",").replace("_", "."), lambda x: f"{x:,.2f}%",
        lambda x: f"({-x:,.2f})" if x < 0 else f"{x:,.2f}", lambda x: f"{x:.2f}".replace(".", ","),
    ):  # fmt: skip
        cells = [write(x) for x in numbers]
        table = Table.from_columns({"x": cells, "z": list(range(1, 2 * len(cells), 2))})
        column = Schema.infer(table, kinds={"x": "number"}).columns[0]
        assert values(table, column).tolist() == numbers


# ------------------------------------------------------------------ dates

DAYS = [datetime.date(2019, 1, 1) + datetime.timedelta(days=17 * k) for k in range(30)]
WRITTEN = {
    "%d/%m/%Y": "dmy", "%m/%d/%Y": "mdy", "%d.%m.%Y": "dmy", "%d-%m-%Y": "dmy", "%Y/%m/%d": "ymd", "%Y.%m.%d": "ymd",
    "%d/%m/%y": "dmy", "%d-%b-%Y": "words", "%B %d, %Y": "words", "%d %B %Y": "words", "%d%b%Y": "words",
    "%a, %d %b %Y": "words", "%b %d, %Y": "words", "%d %b %y": "words", "%Y%m%d": "compact",
    "%d/%m/%Y %H:%M": "dmy", "%m/%d/%Y %I:%M %p": "mdy", "%d.%m.%Y %H:%M:%S": "dmy", "%Y-%m-%dT%H:%M:%S+00:00": "",
    "%Y-%m-%d": "", "%G-W%V-%u": "week", "%d.%m.%Y, %H:%M": "dmy",
}  # fmt: skip


@pytest.mark.parametrize("form", WRITTEN)
def test_dates_are_read_as_the_calendar_has_them(form):
    table, schema, column = understood([day.strftime(form) for day in DAYS])
    assert (column.kind, column.notation) == ("date", WRITTEN[form])
    wanted = [(day - datetime.date(1970, 1, 1)).days for day in DAYS]
    assert values(table, column)[: len(DAYS)].tolist() == wanted
    assert Schema.from_dict(schema.to_dict()) == schema


@pytest.mark.parametrize(("cells", "notation", "days"), [
    (["2019-W01", "2020-W41"], "week", [17896, 18540]), (["2019-Q1", "2019-Q4"], "quarter", [17897, 18170]),
    (["Q1 2019", "Q4 2019"], "quarter", [17897, 18170]), (["Jan 2019", "October 2019"], "month", [17897, 18170]),
    (["Jan-19", "Oct-19"], "month", [17897, 18170]), (["01/2019", "10/2019"], "month", [17897, 18170]),
    (["2019-01", "2019-10"], "month", [17897, 18170]), (["1. Mai 2019", "3. Dezember 2019"], "words", [18017, 18233]),
    (["1 août 2019", "3 févr. 2019"], "words", [18109, 17930]), (["1/18/2019", "1/1/2019"], "mdy", [17914, 17897]),
    (["1st Feb 2019", "22nd Mar 2019"], "words", [17928, 17977]),
])  # fmt: skip
def test_weeks_quarters_months_and_words(cells, notation, days):
    table, _, column = understood(cells)
    assert (column.kind, column.notation) == ("date", notation)
    assert values(table, column)[: len(cells)].tolist() == days


@pytest.mark.parametrize("sign", ["/", "-", " "])
def test_an_order_that_the_column_does_not_decide_is_asked_for(sign):
    cells = [f"0{1 + k % 9}{sign}0{1 + k % 7}{sign}2019" for k in range(30)]
    table, schema, column = understood(cells)
    assert column.role == "left_out"
    assert schema.proposals[0].kinds == ("date:dmy", "date:mdy")
    with pytest.raises(DataError, match=r"more than one order\. Declare it date:dmy or date:mdy"):
        understood(cells, kinds={"x": "date"})
    for kind, first in (("date:dmy", "%d"), ("date:mdy", "%m")):
        second = "%m" if first == "%d" else "%d"
        table, _, column = understood(cells, kinds={"x": kind})
        wanted = [
            (datetime.datetime.strptime(cell, f"{first}{sign}{second}{sign}%Y") - datetime.datetime(1970, 1, 1)).days
            for cell in cells
        ]
        assert values(table, column)[: len(cells)].tolist() == wanted


def test_time_zones_and_halves_of_the_day():
    read = date_reader("ymd")
    assert read("1970-01-02T01:00:00+02:00") == 23 / 24
    assert read("1970-01-01 12:30:00Z") == 12.5 / 24
    half = date_reader("mdy")
    assert half("1/1/1970 12:00 AM") == 0
    assert half("1/1/1970 1:30 pm") == 13.5 / 24
    assert half("1/1/1970 13:30 pm") is None


def test_days_that_do_not_exist_are_no_dates():
    for name, text in (("dmy", "31/02/2019"), ("mdy", "02/30/2019"), ("week", "2019-W54"), ("compact", "20190230")):
        assert date_reader(name)(text) is None
    assert [name for name in FORMATS if date_reader(name)("hello") is not None] == []


def test_numbers_of_days_need_a_name_or_a_declaration():
    serials = [f"{43466 + 17 * k}" for k in range(30)]
    assert understood(serials)[2].kind == "integer"
    table, _, column = understood(serials, kinds={"x": "date:excel"})
    assert values(table, column)[0] == 17897
    named = Table.from_columns({"date of visit": serials, "z": [k % 4 for k in range(30)]})
    assert Schema.infer(named).columns[0].notation == "excel"
    table, _, column = understood(["1546300800", "1546387200"], kinds={"x": "date:unix"})
    assert values(table, column)[:2].tolist() == [17897, 17898]


def test_dates_come_from_data_frames_whatever_the_file_of_training_wrote():
    _, schema, _ = understood([day.strftime("%d/%m/%Y") for day in DAYS])
    text = schema.encode(Table.from_columns({"x": ["31/12/2019"], "age": [30.5]})).matrix
    for cell in ("2019-12-31", datetime.date(2019, 12, 31), np.datetime64("2019-12-31")):
        assert np.array_equal(schema.encode(Table.from_columns({"x": np.array([cell]), "age": [30.5]})).matrix, text)
    with pytest.raises(SchemaError, match="day, month, year"):
        schema.encode(Table.from_columns({"x": ["12/31/2019"], "age": [30.5]}))


def test_a_few_other_texts_among_dates_are_refused_with_their_places():
    cells = [f"2021-03-{1 + k % 28:02d}" for k in range(N)]
    cells[7] = "soon"
    with pytest.raises(DataError, match=r"59 of 60 cells are dates, but not 'soon' \(row 7\)"):
        understood(cells)


# ------------------------------------------------------------------ numbers that stand for something else


@pytest.mark.parametrize(("cells", "kind"), [
    ([*(f"{20 + k % 17}" for k in range(50)), *["999"] * 10], "integer:null=999"),
    ([*(f"{k % 17}.5" for k in range(50)), *["-200"] * 10], "number:null=-200"),
    ([*(f"{k % 24}" for k in range(50)), *["-9"] * 10], "integer:null=-9"),
    ([*(f"{80 + k % 45}" for k in range(50)), *["0"] * 10], "integer:null=0"),
    ([*(f"{18 + k % 50}" for k in range(50)), *["99"] * 10], "integer:null=99"),
    ([*(f"2019-03-{1 + k % 28:02d}" for k in range(50)), *["9999-12-31"] * 10], "date:null=9999-12-31"),
    ([*(f"{1 + k % 28}.03.2019" for k in range(50)), *["01.01.1900"] * 10], "date:dmy+null=1900-01-01"),
    ([*(f"${k % 28}.50" for k in range(50)), *["$-999"] * 10], "number:currency=$+null=-999"),
])  # fmt: skip
def test_lonely_values_are_said_and_the_option_makes_them_missing(cells, kind):
    _, schema, column = understood(cells)
    assert column.missing == 0
    assert "10 cells (17%), far from all others" in column.reason
    assert [one.kinds for one in schema.proposals] == [(kind,)]
    table, schema, column = understood(cells, kinds={"x": kind})
    assert column.missing == 10
    assert np.isnan(values(table, column)[50:]).all()
    again = Schema.from_dict(schema.to_dict())
    assert np.array_equal(again.encode(table).matrix, schema.encode(table).matrix)


@pytest.mark.parametrize("draw", [
    lambda r: r.normal(size=500), lambda r: r.poisson(2, 500), lambda r: np.round(r.exponential(10, 500)),
    lambda r: r.integers(0, 2, 500) * r.integers(1, 4, 500), lambda r: np.round(r.normal(10, 10, 500)),
    lambda r: r.integers(1, 6, 500), lambda r: np.where(r.random(500) < 0.3, 0, r.exponential(1, 500)),
])  # fmt: skip
@pytest.mark.parametrize("seed", range(5))
def test_ordinary_columns_have_no_lonely_values(draw, seed):
    from glassnet.tables.columns.kinds.sentinel import sentinels

    assert sentinels(np.asarray(draw(np.random.default_rng(seed)), dtype=float)) == ()


# ------------------------------------------------------------------ robustness


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=10))
def test_any_texts_can_be_asked(texts):
    for kind, traits in recognized(texts, "."):
        read = Notation(kind, traits).reader
        assert all(read(text) is not None for text in texts)


def test_null_words_are_lower_case_and_no_numbers():
    assert all(word == word.lower() for word in MISSING_WORDS)
    assert all(number_reader(())(word) is None for word in MISSING_WORDS - {"nan"})
