"""Columns of dates and of decorated numbers, inferred from all their cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from glassnet.errors import DataError
from glassnet.pages.number import short_number
from glassnet.tables.columns.kinds.identity import id_reason
from glassnet.tables.columns.kinds.judgment import Judgment, bad_cells, check_finite, join, quote, whole
from glassnet.tables.columns.kinds.proposal import Proposal
from glassnet.tables.columns.kinds.sentinel import sentinels
from glassnet.tables.notation import notation as notations
from glassnet.tables.notation.cells import FEW_CELLS, Cells, ListText, PolarsText
from glassnet.tables.notation.date_notation import LATEST, years_first
from glassnet.tables.notation.notation import Notation
from glassnet.tables.notation.number_notation import taken_apart
from glassnet.tables.notation.number_text import DATE, LEADING_ZERO, counted, iso_day
from glassnet.tables.table import Table

MOSTLY_NUMBERS = 0.95

_DAYS_IN_DIGITS, _MONTHS_IN_DIGITS, _EXCEL_DAYS = (18000101, 99991231), (180001, 999912), (10000, 80000)
_MINUTES_IN_DIGITS, _SECONDS_IN_DIGITS = (1800_01010000, 9999_12312359), (1800_0101000000, 9999_1231235959)
_SHORT_DAYS = (100101, 991231)
_SECONDS_SINCE_1970 = (100_000_000, 4_200_000_000)  # from 1973 to 2103
_FEWEST_MONTHS = 12
_FAR = 3
_DATE_NAME = re.compile(
    r"(?i)(?:.*[_ .-])?(?:dates?|datum|fecha|dob|birth_?day|date[_ ]of[_ ].*)(?:[_ .-].*)?|.*[a-z]Date"
)


_STAMP_NAME = re.compile(
    r"(?i)(?:.*[_ .-])?(?:time_?stamp|date_?time|epoch|unix[_ ]?time|created|updated|modified|at|ts)"
    r"(?:[_ .-](?:at|on|s|ms))?"
)


def judge_written(table: Table, name: str, cells: Cells, n_present: int, n_bad: int) -> Judgment | None:
    """A column of dates or of decorated numbers; None if it is text."""
    iso = cells.matches(DATE)
    if int(iso.sum()) == n_present:
        values, bad = cells.days()
        if not bad.any():
            return with_sentinels(as_dates(""), values[~np.isnan(values)])
    texts = cells.distinct(~cells.missing)
    decimal = getattr(cells, "decimal", ".")
    manners = notations.recognized(texts, decimal)
    if not manners:
        _check_strays(table, name, cells, n_present, n_bad, iso)
        return None
    if manners[0][0] == "date":
        return _judge_dates(cells, [traits[0] for _, traits in manners])
    return _judge_decorated(table, name, cells, manners[0][1], texts, decimal)


def _judge_dates(cells: Cells, orders: list[str]) -> Judgment:
    """A column of dates that is not in ISO format; an ambiguous order becomes a question."""
    if len(orders) > 1:
        texts = cells.distinct(~cells.missing)
        example = next((text for text in texts if len(set(re.findall(r"\d+", text))) > 2), texts[0])
        either = " or ".join(f"{Notation('date', (order,)).words}" for order in orders)
        kinds = tuple(f"date:{'+'.join(notations.as_written(order, texts))}" for order in orders)
        ask = f"its dates, such as {quote(example)}, can be read as {either}"
        asked = (Proposal(f"{ask}. Which is it?", kinds),)
        return Judgment("text", left_out=f"{ask}; declare it {' or '.join(kinds)}", proposals=asked)
    traits = notations.as_written(orders[0], cells.distinct(~cells.missing))
    notation = Notation("date", traits)
    values = notation.read(cells)[0]
    known = values[~np.isnan(values)]
    judgment = as_dates(notation.text)
    if len(traits) > 1:
        first, last = (iso_day(day)[:4] for day in (known.min(), known.max()))
        ask = f"Its years of two digits are read as {first} to {last}. Is that right?"
        kinds = (f"date:{notation.text}", f"date:{orders[0]}+latest={LATEST}")
        judgment = replace(judgment, proposals=(Proposal(ask, kinds),))
    return with_sentinels(judgment, known)


def _judge_decorated(
    table: Table, name: str, cells: Cells, traits: tuple[str, ...], texts: Sequence[str], decimal: str
) -> Judgment:
    """A column of decorated numbers."""
    manner = Notation("number", traits)
    values = manner.read(cells)[0]
    check_finite(table, name, values)
    known = values[~np.isnan(values)]
    if known.min() == known.max():
        return Judgment("constant", left_out=f"all its cells are {short_number(float(known[0]))}")
    kind = "integer" if whole(known) else "number"
    note, proposals = manner.remark, []
    if "limit" in traits:
        limits = [text for text in texts if (part := taken_apart(text)) is not None and "limit" in part.traits]
        note = f"{note}, in {counted(int((cells.codes(limits) >= 0).sum()), 'cell')} of {len(cells)}"
        rest = tuple(trait for trait in traits if trait != "limit")
        kinds = tuple(f"{kind}:{'+'.join((*rest, how))}" for how in ("limit", "half-limit", "limit-missing"))
        proposals = [
            Proposal("Some cells are limits, as <0.1. Should they count as the limit, half of it, or missing?", kinds)
        ]
    either = notations.other_mark(texts, traits, decimal)
    if either:
        proposals.append(
            Proposal(
                f"Cells such as {quote(_decisive(texts))} are read with {manner.words}. Is that right?",
                (f"{kind}:{'+'.join(traits)}", f"{kind}:{either}"),
            )
        )  # fmt: skip
        note = f"{note}; declare it {kind}:{either} if that is wrong"
    reason = id_reason(name, cells, len(known))
    judgment = Judgment(kind, left_out=reason, note=note, notation=manner.text, proposals=tuple(proposals))
    return judgment if reason else with_sentinels(judgment, known)


def grouped_by_points(kind: str, cells: Cells) -> Judgment | None:
    """Numbers with points that may group thousands, as 1.234 beside 56, with that question; None where they cannot.

    Programs omit trailing zeros of fractions, so not all would have three digits there.
    """
    if not isinstance(cells, (ListText, PolarsText)) or getattr(cells, "decimal", ".") != ".":
        return None
    for rows in (cells.take(range(min(len(cells), FEW_CELLS))), cells):  # the first rows rule out most columns
        if not bool((rows.matches(r"^-?[1-9][0-9]{0,2}(?:\.[0-9]{3})?$|^0$") | rows.missing).all()):
            return None
    with_point = cells.matches(r"^-?[1-9][0-9]{0,2}\.[0-9]{3}$")
    if bool(
        (with_point | cells.missing).all()
    ):  # three digits throughout are those of a balance, unless they reach far
        sizes = np.abs(cells.numbers()[0][with_point])
        if sizes.max() < _FAR * sizes.min() or len(np.unique(sizes)) < _FEWEST_MONTHS:
            return None
    example = next(iter(cells.distinct(with_point)))
    ask = f"Cells such as {quote(example)} are read with a decimal point, but may group thousands. Is that right?"
    kinds = (kind, "integer:thousands-point")
    return Judgment(kind, note=f"declare it {kinds[1]} if points group thousands", proposals=(Proposal(ask, kinds),))


def _decisive(texts: Sequence[str]) -> str:
    """A text with a sign between its digits."""
    return next((text for text in texts if re.search("[0-9][.,][0-9]", text)), texts[0])


def dates_in_digits(name: str, known: np.ndarray, low: float, high: float) -> Judgment | None:
    """Whole numbers that are all days as 20241231, all months as 202412, or, by the name, Excel's days."""
    named = bool(_DATE_NAME.fullmatch(name))
    for notation, (first, last) in (
        ("compact", _DAYS_IN_DIGITS), ("compact", _MINUTES_IN_DIGITS), ("compact", _SECONDS_IN_DIGITS),
        ("compact-month", _MONTHS_IN_DIGITS), ("compact-short", _SHORT_DAYS),
    ):  # fmt: skip
        if not (first <= low and high <= last):
            continue
        distinct = np.unique(known)
        read = Notation("date", (notation,)).reader
        if notation != "compact" and not named and len(distinct) < _FEWEST_MONTHS:
            continue
        texts = [f"{value:.0f}" for value in distinct]
        if all(read(text) is not None for text in texts) and (notation != "compact-short" or years_first(texts)):
            return as_dates(notation)
    if named and _EXCEL_DAYS[0] <= low and high <= _EXCEL_DAYS[1]:
        return as_dates("excel")
    for factor in (1, 1e3, 1e6, 1e9):
        if (named or _STAMP_NAME.fullmatch(name)) and (
            factor * _SECONDS_SINCE_1970[0] <= low and high <= factor * _SECONDS_SINCE_1970[1]
        ):
            return as_dates("unix")
    return None


def as_dates(notation: str) -> Judgment:
    """A date column in a notation."""
    remark = Notation.parse("date", notation).remark
    return Judgment("date", note=join(remark, "encoded as days since 1970-01-01"), notation=notation)


def with_sentinels(judgment: Judgment, known: np.ndarray) -> Judgment:
    """The judgment, with questions about its isolated values."""
    lonely = sentinels(known)
    if not lonely:
        return judgment
    as_text = iso_day if judgment.kind == "date" else short_number
    written = [as_text(one.value).replace("−", "-") for one in lonely]
    base = f"{judgment.kind}:{judgment.notation}+" if judgment.notation else f"{judgment.kind}:"
    nulls = "+".join(f"null={text}" for text in written)
    proposals = [
        Proposal(
            f"{text} occurs in {counted(one.count, 'cell')} ({one.count / len(known):.0%}), far from all others "
            f"({as_text(one.low)} to {as_text(one.high)}). Does it mean that the value is missing?",
            kinds=(f"{base}{nulls}",),
        )
        for one, text in zip(lonely, written, strict=True)
    ]  # fmt: skip
    remark = "; ".join(proposal.finding.partition(". ")[0] for proposal in proposals)
    return replace(
        judgment, note=join(judgment.note, f"{remark}; if that means missing, declare it {base}{nulls}"),
        proposals=(*judgment.proposals, *proposals),
    )  # fmt: skip


def _check_strays(table: Table, name: str, cells: Cells, n_present: int, n_bad: int, iso: np.ndarray) -> None:
    """Raise for a few texts among many numbers or dates."""
    if n_present - n_bad > MOSTLY_NUMBERS * n_present and not cells.matches(LEADING_ZERO).any():
        raise _stray_cells(table, name, cells.numbers()[1], n_present, "numbers")
    n_dates = int(iso.sum())
    if n_present > n_dates > MOSTLY_NUMBERS * n_present:
        raise _stray_cells(table, name, ~iso & ~cells.missing, n_present, "dates")


class StrayCells(DataError):
    """A few texts stand in a column of numbers or dates; `finding` names them."""

    def __init__(self, message: str, finding: str) -> None:
        super().__init__(message)
        self.finding = finding


def _stray_cells(table: Table, name: str, bad: np.ndarray, n_present: int, what: str) -> StrayCells:
    """The error for a number or date column with a few other texts."""
    row = int(np.flatnonzero(bad)[0])
    places = bad_cells(table, name, bad)
    first = table.column(name).item(row)
    part = taken_apart(first or "") if what == "numbers" else None
    repair = f'add {quote(first)} to the null strings if it means "missing"'
    if part is not None and part.unit:
        repair = f"declare the column number:unit={part.unit} if all are in {part.unit}"
    return StrayCells(
        f"{table.origin}, column {name!r}: {n_present - int(bad.sum())} of {n_present} cells are {what}, but not "
        f"{places}. Correct the cells, {repair}, or declare the column a category.",
        f"column {name!r} {places}",
    )
