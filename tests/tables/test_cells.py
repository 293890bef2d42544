"""The three kinds of cells answer every question alike, and numbers are read as Python reads them."""

from __future__ import annotations

import math

import numpy as np
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.formulas.language.render.display import format_number
from glassnet.pages.number import short_number
from glassnet.tables.notation.cells import MISSING, UNKNOWN, ListText, NumberCells, PolarsText
from glassnet.tables.notation.number_text import (
    DATE,
    LEADING_ZERO,
    THOUSANDS,
    yes_no_order,
)

QUOTED = st.sampled_from([
    "0", "1", "-1", "+5", "007", "1.", ".5", "-.5e-3", "1e5", "1E+05", "1e400", "-1e400", "1e-400", "inf", "-Infinity",
    "NaN", "1_000", "0x1F", "1,5", "1,234", "1.234.567", "1'234", "yes", "", " ", "١٢", "2024-02-29", "2023-02-29",
    "2024-13-01", "2024-01-01T12:00", "2024-01-01 06:00:00Z", "1e", "--1", "1-1", "9007199254740993", "0.1", "1" * 400,
    "00", "0.0", "-0",
])  # fmt: skip
CELL = st.one_of(
    st.none(), QUOTED, st.text(max_size=6), st.floats(allow_nan=False).map(repr), st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
)  # fmt: skip


def same(a, b):
    return np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f")


@settings(max_examples=200, deadline=None)
@given(values=st.lists(CELL, min_size=1, max_size=12), decimal=st.sampled_from([".", ","]), data=st.data())
def test_text_from_a_file_and_text_from_memory_agree(values, decimal, data):
    one = ListText(tuple(values), decimal)
    two = PolarsText(polars.Series(values, dtype=polars.String), decimal)
    assert len(one) == len(two)
    assert [one.item(i) for i in range(len(one))] == [two.item(i) for i in range(len(two))] == values
    assert same(one.missing, two.missing)
    for a, b in zip(one.numbers(), two.numbers(), strict=True):
        assert same(a, b)
    for a, b in zip(one.days(), two.days(), strict=True):
        assert same(a, b)
    for pattern in (DATE, LEADING_ZERO, THOUSANDS):
        assert same(one.matches(pattern), two.matches(pattern))
    assert one.level_counts() == two.level_counts()
    assert list(one.level_counts()) == list(two.level_counts())
    assert one.n_distinct() == two.n_distinct() == len(one.level_counts())
    levels = data.draw(st.lists(st.sampled_from([v for v in values if v is not None] or ["x"]), unique=True))
    assert same(one.codes(levels), two.codes(levels))
    rows = data.draw(st.lists(st.integers(0, len(values) - 1)))
    assert [one.take(rows).item(i) for i in range(len(rows))] == [two.take(rows).item(i) for i in range(len(rows))]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=10))
def test_every_float_is_read_back_exactly(numbers):
    """Shortest, fixed and exponent texts, both decimal signs, both readers; the oracle is Python's float()."""
    texts = [form(x) for x in numbers for form in (repr, "{:.17e}".format, "{:+.20E}".format, format_number)]
    wanted = np.array([float(text) for text in texts])
    for decimal in ".,":
        written = [text.replace(".", decimal) for text in texts]
        for cells in (ListText(tuple(written), decimal), PolarsText(polars.Series(written), decimal)):
            values, bad = cells.numbers()
            assert not bad.any()
            assert same(values, wanted)
    given_numbers = NumberCells(np.array(numbers))
    assert [float(given_numbers.item(i)) for i in range(len(numbers))] == numbers


@pytest.mark.parametrize(
    "text", ["007", "1_000", "0x1F", "١٢", "1e", "nan", "NaN", "", " 1", "1 ", "1,5", "--1", "1\n", "infin"]
)
def test_what_is_no_number(text):
    for cells in (ListText((text,)), PolarsText(polars.Series([text]))):
        values, bad = cells.numbers()
        assert bad.all(), text
        assert np.isnan(values).all()


@pytest.mark.parametrize(("text", "value"), [("1e400", math.inf), ("-1e400", -math.inf), ("inf", math.inf),
                                              ("-INF", -math.inf), ("Infinity", math.inf)])  # fmt: skip
def test_what_is_infinite_is_kept_for_a_clear_refusal(text, value):
    for cells in (ListText((text,)), PolarsText(polars.Series([text]))):
        values, bad = cells.numbers()
        assert values[0] == value
        assert not bad[0]


def test_number_cells_are_texts_too():
    cells = NumberCells(np.array([1.0, np.nan, 2.5, 1.0]))
    assert [cells.item(i) for i in range(4)] == ["1", None, "2.5", "1"]
    assert cells.level_counts() == {"1": 2, "2.5": 1}
    assert cells.codes(["2.5"]).tolist() == [UNKNOWN, MISSING, 0, UNKNOWN]
    assert cells.matches("^[0-9]$").tolist() == [True, False, False, True]
    assert cells.days()[1].tolist() == [True, False, True, True]


def test_dates_count_days():
    values, bad = ListText(
        ("1970-01-02", "1969-12-31", "1970-01-01T12:00", "1970-01-01T01:00+01:00", "2023-02-29")
    ).days()
    assert values[:4].tolist() == [1.0, -1.0, 0.5, 0.0]
    assert bad.tolist() == [False] * 4 + [True]


def test_numbers_for_reading():
    assert short_number(-1234567.0) == "−1.23457e+06"
    assert yes_no_order(["Present", "absent"]) == ("absent", "Present")
    assert yes_no_order(["a", "b"]) is None
    assert yes_no_order(["no"]) is None
