"""From a text table as people have it to a regular one: what stands around the rows, and how cells are set apart.

Every function takes the bytes of a file and says in a note what it did. Lines that are no rows become empty, so that
the line numbers in messages stay those of the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from glassnet.tables.notation.missing_word import is_missing_word
from glassnet.tables.notation.number_text import counted, number_pattern
from glassnet.tables.reading.csv_layout import delimiter_name, detect_delimiter, end_of_rows, records_of

BLANKS, FIXED = "blanks", "fixed widths"
"""Layouts in which no single character separates the cells."""
_SAMPLE, _MOST_LINES, _MOST_TITLES, _FEWEST_ROWS = 1 << 16, 200, 20, 3
_NUMBER = re.compile(rf"{number_pattern('.')}|{number_pattern(',')}")
_WORD = re.compile(r'"(?:[^"]|"")*"|\S+')
_WIDE = re.compile(r"[ \t]{2,}")
_LETTERS = re.compile(r"[^\W\d_]")

Record = tuple[int, list[str]]


@dataclass
class Draft:
    """A text table on its way to a regular one.

    Parameters
    ----------
    data : bytes
    delimiter : str
    notes : list of str
    declared : str
        What separates the cells in the file, as it is given to `read_table`.
    emptied : set of int
        Lines that held a remark or units, and are empty now.
    """

    data: bytes
    delimiter: str = ""
    notes: list[str] = field(default_factory=list)
    declared: str = ""
    emptied: set[int] = field(default_factory=set)
    _seen: tuple[bytes, str, list[Record]] | None = field(default=None, repr=False)

    def records(self) -> list[Record]:
        """The first records that have a cell, with the lines on which they start."""
        if self._seen is None or self._seen[0] is not self.data or self._seen[1] != self.delimiter:
            stripped = [
                (line, [cell.strip() for cell in record])
                for line, record in records_of(_head(self.data), self.delimiter)
            ]
            self._seen = (self.data, self.delimiter, [record for record in stripped if any(record[1])])
        return self._seen[2]

    def forget(self) -> None:
        """Let go of what was read of earlier forms of the data."""
        self._seen = None

    def replace_lines(self, texts: dict[int, str]) -> None:
        """Put other texts in place of some of the first lines (counted from 1)."""
        last = max(texts)
        lines = self.data.split(b"\n", last)
        if last > len(lines):
            return
        for line, text in texts.items():
            lines[line - 1] = text.encode("utf-8")
            if not text:
                self.emptied.add(line)
        self.data = b"\n".join(lines)


def regular(data: bytes, delimiter: str | None, *, header: bool = True) -> Draft:
    """The table with one header and nothing but rows below it.

    Parameters
    ----------
    data : bytes
        UTF-8.
    delimiter : str or None
        None to find it out; ``"blanks"`` for runs of blanks, ``"fixed widths"`` for columns that stand below each
        other.
    header : bool
        Whether a line holds the names.
    """
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    draft = Draft(data, delimiter or "")
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):  # its lines cannot be counted
        draft.delimiter = draft.declared = draft.delimiter or detect_delimiter(data)
        return draft
    _take_sep_line(draft)
    _blank_comments(draft)
    _take_rules(draft)
    draft.delimiter = draft.delimiter or detect_delimiter(draft.data)
    apart = draft.delimiter in (BLANKS, FIXED) or (delimiter is None and not _separates(draft))
    if not (apart and _set_apart(draft, delimiter)):
        _unquote(draft)
        if draft.delimiter == "\t":
            _join_tabs(draft)
    draft.declared = draft.declared or draft.delimiter
    _blank_notes_below(draft)
    if header:
        _blank_titles(draft)
        _merge_headers(draft)
        _complete_header(draft)
        _doubt_header(draft)
    draft.forget()
    return draft


def _head(data: bytes) -> str:
    """The first lines of a file as text."""
    sample = data[:_SAMPLE]
    if len(data) > _SAMPLE and b"\n" in sample:
        sample = sample[: sample.rfind(b"\n") + 1]
    return "\n".join(_lines(sample.decode("utf-8", errors="ignore"))[:_MOST_LINES])


def _lines(text: str) -> list[str]:
    """The lines of a text, which other signs than line ends do not break."""
    return text.replace("\r\n", "\n").split("\n")


def _take_sep_line(draft: Draft) -> None:
    """Excel's first line ``sep=;`` names the delimiter."""
    match = re.match(rb'"?sep=(.)"?\r?\n', draft.data)
    if match:
        draft.delimiter = draft.delimiter or match[1].decode("ascii", errors="replace")
        draft.data = b"\n" + draft.data[match.end() :]
        draft.notes.append(f"Line 1 declares that the {delimiter_name(draft.delimiter)} separates the cells.")


def _take_rules(draft: Draft) -> None:
    """Rules of dashes below the header and bars at both ends of lines, as Markdown and data bases print tables."""
    if draft.delimiter not in ("", "|") or not re.search(rb"(?m)^[ \t|+:=-]*--[ \t|+:=-]*\r?$", draft.data[:_SAMPLE]):
        return
    lines = draft.data.split(b"\n")
    rules = [k for k, line in enumerate(lines) if b"--" in line and not line.strip(b" \t\r|+:=-")]
    rows = [k for k, line in enumerate(lines) if line.strip() and k not in set(rules)]
    barred = [b"|" in lines[k] for k in rows]
    if not rows or sum(barred) <= len(rows) / 2 or not barred[0]:
        return
    framed = [lines[k].strip() for k in rows if b"|" in lines[k]]
    if all(line[:1] == b"|" == line[-1:] for line in framed):
        for k in rows:
            if lines[k].strip()[:1] == b"|":
                lines[k] = lines[k].strip()[1:-1]
    for k in rules:
        lines[k] = b""
    draft.emptied |= {k + 1 for k in rules}
    draft.data, draft.delimiter = b"\n".join(lines), "|"
    draft.notes.append(f"{counted(len(rules), 'line')} of dashes (the first is line {rules[0] + 1}) skipped.")


def _blank_comments(draft: Draft) -> None:
    """Lines that begin with # and are no rows."""
    if b"#" not in draft.data or not re.search(rb"^#", draft.data, re.MULTILINE):
        return
    lines = draft.data.split(b"\n")
    plain = b"\n".join(line for line in lines[:_MOST_LINES] if not line.startswith(b"#"))
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
    return any(_NUMBER.fullmatch(cell.strip()) for cell in line.decode("utf-8", "ignore").split(delimiter.decode()))


def _separates(draft: Draft) -> bool:
    """Whether the delimiter makes more than one column of most lines."""
    sizes = [len(cells) for _, cells in draft.records()]
    return 2 * sum(size > 1 for size in sizes) >= max(len(sizes), 1)


def _set_apart(draft: Draft, delimiter: str | None) -> bool:
    """Set cells apart that are told from each other by runs of blanks, or stand below each other, if they are."""
    lines = [line for line in _lines(_head(draft.data)) if line.strip()]
    if len(lines) < _FEWEST_ROWS and delimiter is None:
        return False
    if delimiter != FIXED:
        wide = [_WIDE.split(line.strip()) for line in lines]
        if _agree(wide) and len(wide[0]) < len(_words(lines[0])):
            _rewrite(draft, lambda line: _WIDE.split(line.strip()), BLANKS)
            draft.notes[-1] = "The cells are told apart by two blanks or more; single blanks are part of them."
            return True
        split = [_words(line) for line in lines]
        width = Counter(map(len, split)).most_common(1)[0][0]
        fitting = [cells for cells in split if len(cells) == width]
        of_r = len(split[0]) == width - 1 and len(fitting) == len(split) - 1 and width > 2
        numbers = any(all(_NUMBER.fullmatch(cells[k]) or is_missing_word(cells[k]) for cells in fitting[1:])
                      for k in range(width))  # fmt: skip
        if (len(fitting) == len(split) or of_r) and width > 1 and (numbers or delimiter == BLANKS):
            _rewrite(draft, _words, BLANKS)
            return True
    places = _columns_of_blanks(lines)
    if places:
        _rewrite(draft, lambda line: [line[a:b].strip() for a, b in places], FIXED)
    return bool(places)


def _agree(split: Sequence[list[str]]) -> bool:
    """Whether all lines have as many cells, at least two, and some column holds numbers."""
    width = len(split[0])
    return (
        width > 1
        and all(len(cells) == width for cells in split)
        and any(_all_numbers([cells[k] for cells in split[1:]]) for k in range(width))
    )


def _words(line: str) -> list[str]:
    """The cells between runs of blanks; quotes keep blanks together."""
    return [word[1:-1].replace('""', '"') if word[:1] == '"' else word for word in _WORD.findall(line)]


def _columns_of_blanks(lines: Sequence[str]) -> list[tuple[int, int | None]]:
    """Where columns begin and end, when every line is blank at the same places; else nothing."""
    longest = max(map(len, lines))
    empty = [all(len(line) <= k or line[k] == " " for line in lines) for k in range(longest)]
    starts = [k for k in range(longest) if not empty[k] and (k == 0 or empty[k - 1])]
    ends = [*starts[1:], None]
    if len(starts) < 2 or len(lines) < _FEWEST_ROWS:
        return []
    places = list(zip(starts, ends, strict=True))
    cut = [[line[a:b].strip() for a, b in places] for line in lines]
    regular = sum(sum(map(bool, cells)) > 1 for cells in cut[1:]) * 2 > len(cut)
    numbers = any(_all_numbers([cells[k] for cells in cut[1:]]) for k in range(len(places)))
    return places if all(cut[0]) and regular and numbers else []


def _rewrite(draft: Draft, split: Callable[[str], list[str]], how: str) -> None:
    """Write the table again with tabs between its cells."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    for line in _lines(draft.data.decode("utf-8")):
        cells = split(line) if line.strip() else []
        writer.writerow(cells) if cells else out.write("\n")
    draft.data, draft.delimiter, draft.declared = out.getvalue().encode("utf-8"), "\t", how
    words = "runs of blanks" if how == BLANKS else "their places in the line (fixed widths)"
    draft.notes.append(f"The cells are told apart by {words}.")


def _join_tabs(draft: Draft) -> None:
    """Several tabs in place of one, where each line then has as many cells as the header."""
    if b"\t\t" not in draft.data:
        return
    records = draft.records()
    sizes = {len(cells) for _, cells in records}
    joined = {len([cell for cell in re.split("\t+", line.strip()) if cell]) for line in _lines(_head(draft.data))
              if line.strip()}  # fmt: skip
    no_name = len(sizes) == 1 and any(not any(cells[k] for _, cells in records) for k in range(min(sizes) - 1))
    if len(joined) == 1 and min(joined) > 1 and (len(sizes) > 1 or no_name):
        draft.data = re.sub(rb"\t+", b"\t", draft.data)
        draft.notes.append("Several tabs between two cells count as one.")


def _unquote(draft: Draft) -> None:
    """Single quotes around cells, backslashes before quotes, and blanks before them, as other programs write them."""
    head = _head(draft.data)
    if '\\"' in head and '""' not in head and _is_broken(head, draft.delimiter):
        draft.data = draft.data.replace(b'\\"', b'""')
        draft.notes.append('Quotes inside cells are marked with a backslash (\\"), which is read so.')
    mark = re.escape(draft.delimiter)
    if re.search(rf'{mark} +"', head):
        draft.data = re.sub(rf'({mark}) +"'.encode(), rb'\1"', draft.data)
    cells = [cell for _, record in draft.records()[1:] for cell in record if cell and not _NUMBER.fullmatch(cell)]
    single = [cell for cell in cells if len(cell) > 1 and cell[0] == cell[-1] == "'"]
    broken = [cell for cell in cells if (cell[0] == "'") != (cell[-1] == "'") and draft.delimiter in head]
    if single and '"' not in head and len(single) + len(broken) == len(cells):
        text, out = io.StringIO(draft.data.decode("utf-8"), newline=""), io.StringIO()
        writer = csv.writer(out, delimiter=draft.delimiter, lineterminator="\n")
        reader = csv.reader(text, delimiter=draft.delimiter, quotechar="'", skipinitialspace=True)
        writer.writerows(reader)
        draft.data = out.getvalue().encode("utf-8")
        draft.notes.append("Cells are enclosed in single quotes, which are not part of their values.")


def _is_broken(text: str, delimiter: str) -> bool:
    """Whether the quotes of a text do not pair up as they must, so that cells are torn apart."""
    records = records_of(text, delimiter)
    read = records[-1][0] if records else 0
    return read < text.count("\n") or len({len(record) for _, record in records if record}) > 1


def _usual_width(records: Iterable[Record]) -> int:
    """How many cells most records have."""
    sizes = Counter(len(cells) for _, cells in records).most_common()
    return max((size for size, count in sizes if count == sizes[0][1]), default=0)


def _blank_titles(draft: Draft) -> None:
    """Lines above the header that hold a title or a remark, not names."""
    records = draft.records()
    width = _usual_width(records[1:])
    if width < 2 or len(records) < _FEWEST_ROWS:
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
    return all(cell and not _NUMBER.fullmatch(cell) for cell in cells)


def _merge_headers(draft: Draft) -> None:
    """A second line of names, or a line of units, between the header and the rows."""
    records = draft.records()
    if len(records) < 2 + _FEWEST_ROWS:
        return
    (top, names), (line, second), *rows = records
    width = len(names)
    if len(second) != width or any(len(cells) != width for _, cells in rows[:_FEWEST_ROWS]):
        return
    body = [cells for _, cells in rows if len(cells) == width]
    numeric = [k for k in range(width) if _all_numbers([cells[k] for cells in body])]
    texts = [k for k in range(width) if k not in numeric]
    under = [second[k] for k in numeric]
    if not any(under) or any(_NUMBER.fullmatch(cell) or is_missing_word(cell) for cell in under if cell):
        return
    if not all(under) and len([cell for cell in under if cell]) * 2 < len(under):
        return
    if any(second[k] and second[k] in {cells[k] for cells in body} for k in texts):
        return
    if any(_NUMBER.fullmatch(name) for name in names):
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
        whole.append(f"{above} {below}".strip() if below else above)
    out = io.StringIO()
    csv.writer(out, delimiter=draft.delimiter, lineterminator="").writerow(whole)
    draft.replace_lines({top: "", line: out.getvalue()})
    draft.notes.append(f"The names take two lines, {top} and {line}; they are joined ({whole[0]!r}, ...).")


def _all_numbers(cells: Sequence[str]) -> bool:
    """Whether the present cells are numbers, at least two of them."""
    present = [cell for cell in cells if cell and not is_missing_word(cell)]
    return len(present) > 1 and all(_NUMBER.fullmatch(cell) for cell in present)


def _complete_header(draft: Draft) -> None:
    """A header with one name less than there are cells: a delimiter at the end of rows, or names of rows in front."""
    records = draft.records()
    if len(records) <= _FEWEST_ROWS:
        return
    (line, names), *rows = records
    sizes = {len(cells) for _, cells in rows}
    lines = draft.data[:_SAMPLE].split(b"\n", line)
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
    texts = len(set(cells)) == len(cells) and not any(_NUMBER.fullmatch(cell) for cell in cells)
    return texts or list(cells) in counted_from


def _doubt_header(draft: Draft) -> None:
    """Say so when the header looks like a row."""
    records = draft.records()
    if len(records) < 2:
        return
    (line, names), *rows = records
    body = [cells for _, cells in rows if len(cells) == len(names)]
    numeric = [k for k in range(len(names)) if body and _all_numbers([cells[k] for cells in body])]
    numbers = [k for k in numeric if _NUMBER.fullmatch(names[k])]
    known = [k for k in range(len(names)) if k not in numeric and names[k] in {cells[k] for cells in body}]
    years = numbers and all(re.fullmatch("(?:19|20)[0-9]{2}", names[k]) for k in numbers)
    if len(numbers) < len(numeric) or not (numbers or len(known) > len(names) / 2) or (years and not known):
        return
    signs = [f"{names[k]!r} above numbers" for k in numbers[:2]] + [f"{names[k]!r} as in rows below" for k in known[:1]]
    draft.notes.append(
        f"Line {line} looks like a row of data rather than names ({', '.join(signs)}). If it is one, read the file "
        f"with --no-header, or name the columns with --names (in Python header=False, names=[...])."
    )


def _blank_notes_below(draft: Draft) -> None:
    """Lines below the rows that hold a remark."""
    width = _usual_width(draft.records())
    tail = draft.data[-_SAMPLE // 16 :]
    if width < 2 or b'"' in tail or len(draft.records()) < _FEWEST_ROWS:
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
