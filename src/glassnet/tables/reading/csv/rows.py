"""Rows of a text table that are not data (empty rows, repeated headers, totals), and protected cells."""

from __future__ import annotations

import codecs
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.tables.notation.number_text import SPACES, counted, number_pattern
from glassnet.tables.reading.csv.layout import Header

_FEWEST_SUMMED = 4
_PROTECTED = r'^\s*="([^"]*)"\s*$'
_TOTAL = re.compile(
    r"(?i)(?:(?:grand |sub-?)?totals?|sum|summe|gesamt|insgesamt|total general|mean|average|avg\.?|mittelwert|median"
    r"|all|overall|count|n|min(?:imum)?|max(?:imum)?|std(?:\. ?dev\.?)?)\s*:?"
)
_SUMMARIES = (np.sum, np.mean, np.median, len, np.std, np.min, np.max)


def without_empty(
    polars: Any, frame: Any, numbering: NDArray[np.int64] | None, header: Header, notes: list[str]
) -> tuple[Any, NDArray[np.int64] | None]:  # fmt: skip
    """The rows with at least one cell; spreadsheets leave rows of delimiters below a table."""
    if len(header.names) < 2:
        return frame, numbering
    kept = frame.select(polars.any_horizontal(polars.all().fill_null("").str.strip_chars(SPACES) != "")).to_series()
    n_empty = int((~kept).sum())
    if not n_empty:
        return frame, numbering
    lines = np.arange(frame.height) + header.line + 1 if numbering is None else numbering
    notes.append(f"{counted(n_empty, 'row')} without any cell skipped.")
    return frame.filter(kept), lines[kept.to_numpy()]


def repeats_header(data: bytes, header: Header) -> bool:
    """Whether the header is repeated further down, as in concatenated files."""
    line = data[: header.body].rstrip(b"\r\n").rsplit(b"\n", 1)[-1]
    marks = (b"\n", b"\n" + codecs.BOM_UTF8)
    return len(header.names) > 1 and any(data.find(mark + line, header.body - 1) >= 0 for mark in marks)


def without_headers(
    polars: Any, frame: Any, numbering: NDArray[np.int64] | None, header: Header, notes: list[str]
) -> tuple[Any, NDArray[np.int64] | None]:  # fmt: skip
    """The rows without those that repeat the header."""
    same = [
        polars.col(name).fill_null("").str.strip_chars(SPACES) == title
        for name, title in zip(frame.columns, header.names, strict=True)
    ]
    kept = ~frame.select(polars.all_horizontal(same)).to_series()
    lines = np.arange(frame.height) + header.line + 1 if numbering is None else numbering
    repeated = lines[~kept.to_numpy()]
    if not len(repeated):
        return frame, numbering
    first = f"line {repeated[0]}" if len(repeated) == 1 else f"the first is line {repeated[0]}"
    notes.append(
        f"{counted(len(repeated), 'row')} that repeat{'s' * (len(repeated) == 1)} the header ({first}) skipped."
    )
    return frame.filter(kept), lines[kept.to_numpy()]


def without_totals(
    polars: Any, frame: Any, numbering: NDArray[np.int64] | None, notes: list[str]
) -> tuple[Any, NDArray[np.int64] | None]:  # fmt: skip
    """The rows without a last one that adds up the others, where its numbers prove it; what only looks so is said."""
    last = [str(cell or "").strip() for cell in frame.row(-1)]
    label = next((cell for cell in last if cell), "")
    if frame.height >= _FEWEST_SUMMED and _sums_without_label(polars, frame, last):
        line = frame.height + 1 if numbering is None else int(numbering[-1])
        notes.append(f"The last row (line {line}), which has no label, totals the others and is left out.")
        return frame[:-1], None if numbering is None else numbering[:-1]
    if frame.height < _FEWEST_SUMMED or not _TOTAL.fullmatch(label) or _is_level(polars, frame, label):
        return frame, numbering
    line = frame.height + 1 if numbering is None else int(numbering[-1])
    for name, cell in zip(frame.columns, last, strict=True):
        number = _as_number(cell)
        if number is None or cell == label:
            continue
        above = frame[name][:-1].str.strip_chars(SPACES).str.replace(",", ".", literal=True)
        values = above.cast(polars.Float64, strict=False).drop_nulls().to_numpy()
        if len(values) and any(np.isclose(number, of(values), rtol=1e-3, atol=0.006) for of in _SUMMARIES):
            notes.append(f"The last row (line {line}), which says {label!r}, totals the others and is left out.")
            return frame[:-1], None if numbering is None else numbering[:-1]
    notes.append(f"The last row (line {line}) says {label!r}. If it totals the others, remove it from the file.")
    return frame, numbering


def _sums_without_label(polars: Any, frame: Any, last: list[str]) -> bool:
    """Whether a last row has numbers alone, each the sum of a column, beside cells that are empty in no other row."""
    empty = [name for name, cell in zip(frame.columns, last, strict=True) if not cell]
    if not empty or not all((frame[name][:-1].fill_null("").str.strip_chars(SPACES) != "").all() for name in empty):
        return False
    sums = []
    for name, cell in zip(frame.columns, last, strict=True):
        if not cell:
            continue
        number = _as_number(cell)
        above = frame[name][:-1].str.strip_chars(SPACES).str.replace(",", ".", literal=True)
        values = above.cast(polars.Float64, strict=False).drop_nulls().to_numpy()
        if number is None or len(values) < _FEWEST_SUMMED - 1:
            return False
        sums.append(np.isclose(number, np.sum(values), rtol=1e-6, atol=0.006) and abs(number) > np.abs(values).max())
    return bool(sums) and all(sums)


def _is_level(polars: Any, frame: Any, label: str) -> bool:
    """Whether a text also occurs in rows above, as the level of a column would."""
    return bool(frame[:-1].select(polars.any_horizontal(polars.all().str.strip_chars(SPACES) == label).any()).item())


def _as_number(cell: str) -> float | None:
    """A cell as a number, with a point or a comma."""
    plain = cell.replace(",", ".")
    return float(plain) if re.match(number_pattern("."), plain) else None


def unprotected(polars: Any, frame: Any, notes: list[str]) -> Any:
    """The frame with 007 for ="007", as programs write cells that a spreadsheet is to leave as they are."""
    cells = polars.all()
    protected = frame.select(cells.str.contains(_PROTECTED).sum()).sum_horizontal().item()
    if protected:
        notes.append(f'{counted(protected, "cell")} such as ="007" read without the sign and the quotes.')
        frame = frame.select(cells.str.replace(_PROTECTED, "$1"))
    return frame
