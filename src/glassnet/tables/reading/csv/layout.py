"""The layout of a CSV text: its delimiter, its header, and whether each line has as many cells as the header.

`count_plain_rows` recognizes files whose lines a fast reader cannot misread; everything else is read record by record
with Python's `csv` module by `read_records`, which knows on which line each record starts.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glassnet.errors import ConfigurationError, FileError

DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", "^": "caret", ":": "colon", "~": "tilde"}
_SAMPLE = 1 << 16
_BLOCK = 1 << 23
_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
"""Characters without width, which programs leave in names."""
_RARE_DELIMITERS = ("^", "\x1f", "\x01", "~", ":", "!")
"""Separators that count where nothing ordinary does, and each of the first lines has one equally often."""
_FEWEST_LINES = 3


@dataclass(frozen=True)
class Header:
    """The column names, where the first row of cells starts in the bytes, and notes about repaired names."""

    names: tuple[str, ...]
    body: int
    line: int
    notes: tuple[str, ...]


def delimiter_name(delimiter: str) -> str:
    """The delimiter in words."""
    return _NAMES.get(delimiter, repr(delimiter))


@contextmanager
def _long_cells() -> Iterator[None]:
    """Lift the csv module's limit on the length of a cell."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _records(text: io.TextIOBase | io.StringIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it starts."""
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    line = 1
    for record in reader:
        yield line, record
        line = reader.line_num + 1


def records_of(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """The records of a text with the lines on which they start, up to where quotes do not pair up."""
    records: list[tuple[int, list[str]]] = []
    try:
        with _long_cells():
            records.extend(_records(io.StringIO(text, newline=""), delimiter))
    except csv.Error:
        pass
    return records


def detect_delimiter(data: bytes) -> str:
    r"""The delimiter under which most of the first records have as many cells as the header, at least two.

    Examples
    --------
    >>> detect_delimiter(b"age;dose\n63;0,5\n41;1,5\n")
    ';'
    """
    sample = data[:_SAMPLE]
    if len(data) > _SAMPLE and b"\n" in sample:
        sample = sample[: sample.rfind(b"\n") + 1]
    text = sample.decode("utf-8", errors="ignore")
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        sizes = [len(record) for _, record in records_of(text, delimiter) if record]  # it may end inside a quoted cell
        usual = _usual(sizes)
        if usual > 1:
            score = (sum(size == usual for size in sizes) / len(sizes), usual)
            if score > best_score:
                best, best_score = delimiter, score
    return best if best_score > (0.0, 0) else _rare_delimiter(text) or best


def _rare_delimiter(text: str) -> str:
    r"""A character that occurs equally often in each of the first lines, including the header; empty for none.

    Examples
    --------
    >>> _rare_delimiter("age^dose\n63^5\n41^7\n"), _rare_delimiter("time\n7:30\n8:15\n")
    ('^', '')
    """
    lines = [line for line in text.split("\n") if line.strip()]
    for sign in _RARE_DELIMITERS:
        counts = {line.count(sign) for line in lines}
        if len(lines) >= _FEWEST_LINES and len(counts) == 1 and 0 not in counts:
            return sign
    return ""


def _usual(sizes: list[int]) -> int:
    """The header's number of cells where half of the records have it, else that of most of them."""
    if sizes and 2 * sizes.count(sizes[0]) >= len(sizes):
        return sizes[0]
    return max(sizes, key=sizes.count, default=0)


def check_delimiter(delimiter: str) -> str:
    """Raise an error for anything but one ordinary character."""
    if not (isinstance(delimiter, str) and len(delimiter) == 1 and delimiter.isascii() and delimiter not in '"\n\r\0'):
        raise ConfigurationError(
            f"The delimiter {delimiter!r} cannot be used; it must be one character such as ',' ';' '\\t' or '|'."
        )
    return delimiter


def read_header(data: bytes, delimiter: str, path: Path) -> Header:
    """The header record, its names checked; a repeated name is a `FileError`."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    with _long_cells():
        try:
            line, record = next((line, record) for line, record in _records(text, delimiter) if record)
        except StopIteration:
            raise FileError(f"{path} has no header. The first line must hold the column names.") from None
        except csv.Error as error:
            raise FileError(f"{path}: the header cannot be read ({error}). Check the quotes in its names.") from None
    above = len(data) - len(data.lstrip(b"\n"))  # lines above the header are empty by now
    one_line = line == above + 1 and not any("\n" in name or "\r" in name for name in record)
    body = (data.find(b"\n", above) + 1 or -1) if one_line else -1
    return _check_header(record, line, body, path)


def named_columns(data: bytes, delimiter: str, names: tuple[str, ...], path: Path) -> Header:
    """The header of a file without one: given names, or column_1, column_2 and so on."""
    text = data[: _SAMPLE * 16].decode("utf-8", errors="ignore")
    width = next((len(record) for _, record in records_of(text, delimiter) if record), 0)
    if names and len(names) != width:
        raise ConfigurationError(f"{path} has {width} columns in its first row, but {len(names)} names are given.")
    if len(set(names)) < len(names):
        raise ConfigurationError("The names repeat one. Give each column a name of its own.")
    return Header(names or tuple(f"column_{k + 1}" for k in range(width)), 0, 0, ())


def _check_header(record: list[str], line: int, body: int, path: Path) -> Header:
    """Names with the spaces straightened, unnamed columns numbered, repeated names refused."""
    notes: list[str] = []
    names: list[str] = []
    seen: dict[str, int] = {}
    for position, raw in enumerate(record, start=1):
        name = " ".join(_UNSEEN.sub("", raw).split())
        if not name:
            name = f"column_{position}"
            notes.append(f"Column {position} has no name in the header; it is called {name!r} here.")
        elif name != raw:
            notes.append(f"The name {raw!r} is read as {name!r}.")
        if name in seen:
            raise FileError(
                f"{path}, line {line}: the columns {seen[name]} and {position} have the same name {name!r}. "
                f"Rename one of them in the header; if there is no header, read the file with --no-header (in Python "
                f"header=False)."
            )
        seen[name] = position
        names.append(name)
    return Header(tuple(names), body, line, tuple(notes))


def count_plain_rows(data: bytes, start: int, end: int, n_columns: int, delimiter: str) -> int:
    """The number of rows in ``data[start:end]`` when their layout is beyond doubt, else 0.

    Beyond doubt means: every line has the header's number of cells, quotes only wrap whole cells, and no cell
    contains a line break. Works block by block, so memory stays small.
    """
    if start < 0 or start >= end or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")):
        return 0
    mark = delimiter.encode()
    other = bytes(set(range(256)) - {10, mark[0]})
    line = mark * (n_columns - 1) + b"\n"
    rows = 0
    while start < end:
        stop = data.find(b"\n", min(start + _BLOCK, end), end) + 1 or end
        block = data[start:stop]
        if not block.endswith(b"\n"):
            block += b"\n"
        layout = _layout_with_quotes(block, mark) if b'"' in block else block.translate(None, other)
        if not layout or layout != line * (len(layout) // len(line)):
            return 0
        rows += len(layout) // len(line)
        start = stop
    return rows


def end_of_rows(data: bytes, end: int | None = None) -> int:
    """The position after the last character that is not a line end, before `end` if given."""
    end = len(data) if end is None else end
    while end and data[end - 1] in b"\r\n":
        end -= 1
    return end


def _layout_with_quotes(block: bytes, mark: bytes) -> bytes:
    """The delimiters and line ends outside quoted cells; empty when a quote does not wrap a whole cell of one line.

    Odd quotes open and even ones close; a doubled quote inside a cell closes and opens again at once.
    """
    characters = np.frombuffer(block, dtype=np.uint8)
    quotes = np.flatnonzero(characters == ord('"'))
    opens, closes = quotes[::2], quotes[1::2]
    if len(opens) != len(closes):
        return b""
    before = characters[opens[opens > 0] - 1]
    after = characters[closes + 1]  # the block ends with a line end, so there is always one character more
    if not np.isin(before, [mark[0], 10, ord('"')]).all() or not np.isin(after, [mark[0], 10, 13, ord('"')]).all():
        return b""
    special = np.flatnonzero((characters == mark[0]) | (characters == 10))
    inside = np.searchsorted(quotes, special) % 2 == 1
    if (characters[special[inside]] == 10).any():
        return b""
    return bytes(characters[special[~inside]])


def read_records(
    data: bytes, header: Header, delimiter: str, path: Path
) -> tuple[list[list[str]], list[int], list[int]]:
    """All rows, the line on which each starts, and the blank lines between them, which are skipped.

    Raises
    ------
    FileError
        When a row has another number of cells than the header, or a quoted cell never ends.
    """
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    rows: list[list[str]] = []
    lines: list[int] = []
    blank: list[int] = []
    expected = len(header.names)
    line = 0
    with _long_cells():
        records = _records(text, delimiter)
        try:
            for line, record in records:
                if line <= header.line:
                    continue
                empty = not record or (len(record) == 1 and not record[0].strip())
                if empty and expected > 1:
                    blank.append(line)
                    continue
                if not record:
                    record = [""]
                if len(record) != expected:
                    raise FileError(_ragged_message(record, line, expected, delimiter, path))
                rows.append(record)
                lines.append(line)
        except csv.Error as error:
            raise FileError(_broken_quotes(line, error, path)) from None
    while lines and expected == 1 and rows[-1] == [""] and not data.rstrip(b"\r\n").endswith(b'""'):
        rows.pop()
        lines.pop()
    return rows, lines, [number for number in blank if lines and number < lines[-1]]


def _ragged_message(record: list[str], line: int, expected: int, delimiter: str, path: Path) -> str:
    """The message for a row with the wrong number of cells."""
    line_text = delimiter.join(record)
    line_text = line_text if len(line_text) <= 60 else line_text[:57] + "..."
    repair = (
        f"A cell that contains a {delimiter_name(delimiter)} must be enclosed in double quotes."
        if len(record) > expected
        else "Empty cells must keep their delimiters."
    )
    return (
        f"{path}, line {line}: expected {expected} cells as in the header, found {len(record)} ({line_text!r}; the "
        f"delimiter is the {delimiter_name(delimiter)}). {repair}"
    )


def _broken_quotes(line: int, error: csv.Error, path: Path) -> str:
    """The message for quotes that do not pair up."""
    if "unexpected end" in str(error):
        return f'{path}: a quoted cell that starts after line {line} never ends. Close it, or double the quote: "".'
    return f'{path}, after line {line}: {error}. A quote inside a quoted cell must be doubled: "".'
