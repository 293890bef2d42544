"""The lines around the rows of a text table: comments, titles, names in one line or two, units, and notes below."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from glassnet.tables.notation.missing_word import is_missing_word
from glassnet.tables.notation.number_text import SPACES, counted
from glassnet.tables.reading.csv.cells import BLANKS, FIXED
from glassnet.tables.reading.csv.draft import FEWEST_ROWS, MOST_LINES, NUMBER, SAMPLE, Draft, Record, all_numbers
from glassnet.tables.reading.csv.layout import detect_delimiter, end_of_rows

_MOST_TITLES = 20
_LETTERS = re.compile(r"[^\W\d_]")


def blank_comments(draft: Draft) -> None:
    """Blank out lines that begin with # and are not rows."""
    if b"#" not in draft.data or not re.search(rb"^#", draft.data, re.MULTILINE):
        return
    lines = draft.data.split(b"\n")
    plain = b"\n".join(line for line in lines[:MOST_LINES] if not line.startswith(b"#"))
    delimiter = (draft.delimiter or detect_delimiter(plain)).encode()
    if delimiter.decode() in (BLANKS, FIXED):
        delimiter = b" "
    usual = Counter(line.count(delimiter) for line in plain.split(b"\n") if line.strip()).most_common(1)
    width = usual[0][0] if usual else 0
    marked = [k for k, line in enumerate(lines) if line.startswith(b"#")]
    first_row = next((k for k, line in enumerate(lines) if line.strip() and not line.startswith(b"#")), 0)
    gone = [k for k in marked if lines[k].count(delimiter) != width or not width]
    header = first_row - 1
    if header in marked and header not in gone and _has_number(lines[first_row], delimiter):
        lines[header] = lines[header].lstrip(b"#").lstrip() if lines[header].strip(b"# ") else lines[header]
        draft.notes.append(f"Line {header + 1}, which begins with #, is taken as the header.")
    for k in gone:
        lines[k] = b""
    draft.emptied |= {k + 1 for k in gone}
    if gone:
        draft.notes.append(f"{counted(len(gone), 'line')} that begin with # (the first is line {gone[0] + 1}) skipped.")
    draft.data = b"\n".join(lines)


def _has_number(line: bytes, delimiter: bytes) -> bool:
    """Whether a cell of a line is a number."""
    return any(NUMBER.fullmatch(cell.strip()) for cell in line.decode("utf-8", "ignore").split(delimiter.decode()))


def _usual_width(records: Iterable[Record]) -> int:
    """The most common number of cells per record."""
    sizes = Counter(len(cells) for _, cells in records).most_common()
    return max((size for size, count in sizes if count == sizes[0][1]), default=0)


def blank_titles(draft: Draft) -> None:
    """Blank out lines above the header that hold a title or a remark instead of names."""
    records = draft.records()
    width = _usual_width(records[1:])
    if width < 2 or len(records) < FEWEST_ROWS:
        return
    regular = 2 * sum(len(cells) == width for _, cells in records) > len(records)
    gone: dict[int, str] = {}
    for (line, cells), (_, after) in pairwise(records[:_MOST_TITLES]):
        filled = sum(map(bool, cells))
        alone = filled == 1 and bool(cells[0]) and (width > 2 or len(cells) != width or _is_header(after))
        described = len(cells) < width and bool(cells[0]) and cells[0].endswith(":")
        if not (
            described
            or (alone and len(cells) in (1, width))
            or (1 < len(cells) < width - (not gone and (len(after) >= width or not regular)) and len(after) <= width)
        ):
            break
        gone[line] = ""
    if gone and len(gone) < len(records) - 1:
        first = min(gone)
        title = next(cells[0] for line, cells in records if line == first)[:40]
        draft.notes.append(f"{counted(len(gone), 'line')} above the header skipped ({title!r} in line {first}).")

    header = next((line for line, _ in records if line not in gone or len(gone) >= len(records) - 1), 1)
    if header > 1:  # rows of delimiters above the header too
        draft.replace_lines(dict.fromkeys(range(1, header), ""))


def _is_header(cells: Sequence[str]) -> bool:
    """Whether all cells are texts."""
    return all(cell and not NUMBER.fullmatch(cell) for cell in cells)


def merge_headers(draft: Draft) -> None:
    """Merge a second line of names, or a line of units, into the header."""
    records = draft.records()
    if len(records) < 2 + FEWEST_ROWS:
        return
    (top, names), (line, second), *rows = records
    width = len(names)
    if len(second) != width or any(len(cells) != width for _, cells in rows[:FEWEST_ROWS]):
        return
    body = [cells for _, cells in rows if len(cells) == width]
    numeric = [k for k in range(width) if all_numbers([cells[k] for cells in body])]
    texts = [k for k in range(width) if k not in numeric]
    under = [second[k] for k in numeric]
    if not any(under) or any(NUMBER.fullmatch(cell) or is_missing_word(cell) for cell in under if cell):
        return
    if not all(under) and len([cell for cell in under if cell]) * 2 < len(under):
        return
    if any(second[k] and second[k] in {cells[k] for cells in body} for k in texts):
        return
    if any(NUMBER.fullmatch(name) for name in names):
        return
    present = [name for name in names if name]
    if len(set(present)) == len(present) == width:
        draft.replace_lines({line: ""})
        units = ", ".join(cell for cell in second if cell)[:60]
        draft.notes.append(f"Line {line} ({units}) is taken as units or remarks below the header, and skipped.")
        return
    above = ""
    whole = []
    for name, below in zip(names, second, strict=True):
        above = name or above
        whole.append(above if below in ("", above) else f"{above} {below}".strip())
    out = io.StringIO()
    csv.writer(out, delimiter=draft.delimiter, lineterminator="").writerow(whole)
    draft.replace_lines({top: "", line: out.getvalue()})
    draft.notes.append(f"The names take two lines, {top} and {line}; they are joined ({whole[0]!r}, ...).")


def complete_header(draft: Draft) -> None:
    """A header with one name less than there are cells: a delimiter at the end of rows, or names of rows in front."""
    records = draft.records()
    if len(records) <= FEWEST_ROWS:
        return
    (line, names), *rows = records
    sizes = {len(cells) for _, cells in rows}
    lines = draft.data[:SAMPLE].split(b"\n", line)
    if line >= len(lines):
        return
    text = lines[line - 1].decode("utf-8").rstrip("\r")
    if sizes == {len(names) + 1}:
        if not any(cells[-1] for _, cells in rows):
            draft.replace_lines({line: text + draft.delimiter})
            draft.notes.append("Each row ends with a delimiter that the header lacks; nothing follows it.")
        elif _name_rows([cells[0] for _, cells in rows]):
            draft.replace_lines({line: f"row_names{draft.delimiter}{text}"})
            draft.notes.append("The header lacks a name for the first cell of each row; it is called 'row_names'.")
    elif sizes == {len(names) - 1} and len(names) > 2 and not names[-1] and text.endswith(draft.delimiter):
        draft.replace_lines({line: text[: -len(draft.delimiter)]})
        draft.notes.append("The header ends with a delimiter that the rows lack.")


def _name_rows(cells: Sequence[str]) -> bool:
    """Whether cells count rows, or are texts no two of which are alike; else a cell may hold the delimiter (1,5)."""
    counted_from = [[str(k + start) for k in range(len(cells))] for start in (0, 1)]
    texts = len(set(cells)) == len(cells) and not any(NUMBER.fullmatch(cell) for cell in cells)
    return texts or list(cells) in counted_from


def doubt_header(draft: Draft) -> None:
    """Add a note if the header looks like a row."""
    records = draft.records()
    if len(records) < 2:
        return
    (line, names), *rows = records
    body = [cells for _, cells in rows if len(cells) == len(names) and [cell.strip(SPACES) for cell in cells] != names]
    numeric = [k for k in range(len(names)) if body and all_numbers([cells[k] for cells in body])]
    numbers = [k for k in numeric if NUMBER.fullmatch(names[k])]
    known = [k for k in range(len(names)) if k not in numeric and names[k] in {cells[k] for cells in body}]
    years = numbers and all(re.fullmatch("(?:19|20)[0-9]{2}", names[k]) for k in numbers)
    if len(numbers) < len(numeric) or not (numbers or len(known) > len(names) / 2) or (years and not known):
        return
    signs = [f"{names[k]!r} above numbers" for k in numbers[:2]] + [f"{names[k]!r} as in rows below" for k in known[:1]]
    draft.notes.append(
        f"Line {line} looks like a row of data rather than names ({', '.join(signs)}). If it is one, read the file "
        f"with --no-header, or name the columns with --names (in Python header=False, names=[...])."
    )


def blank_notes_below(draft: Draft) -> None:
    """Blank out lines below the rows that hold a remark."""
    width = _usual_width(draft.records())
    tail = draft.data[-SAMPLE // 16 :]
    if width < 2 or b'"' in tail or len(draft.records()) < FEWEST_ROWS:
        return
    cut, notes = len(draft.data), []
    while True:
        end = end_of_rows(draft.data, cut)
        start = draft.data.rfind(b"\n", 0, end) + 1
        cells = draft.data[start:end].decode("utf-8", "ignore").split(draft.delimiter)
        filled = [cell.strip() for cell in cells if cell.strip()]
        short = len(cells) < width or (width > 2 and len(filled) == 1 and bool(cells[0].strip()))
        remark = len(filled) == 1 and _LETTERS.search(filled[0]) and not is_missing_word(filled[0])
        if start == 0 or not short or not (remark or not filled) or (len(cells) > 1 and _is_row_name(draft, filled)):
            break
        notes += [filled[0]] if filled else []
        cut = start
    if notes:
        draft.data = draft.data[:cut]
        draft.notes.append(f"{counted(len(notes), 'line')} below the rows skipped ({notes[-1][:40]!r}).")


def _is_row_name(draft: Draft, filled: list[str]) -> bool:
    """Whether the only cell of a line occurs in rows as well, so that the line is a row of missing cells."""
    return sum(cells[0] == filled[0] for _, cells in draft.records() if filled) > 1
