"""Separation of the cells of a text table: delimiters, blanks, fixed widths, dashed rules, and quotes."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence

from glassnet.tables.notation.missing_word import is_missing_word
from glassnet.tables.notation.number_text import counted
from glassnet.tables.reading.csv.draft import FEWEST_ROWS, NUMBER, SAMPLE, Draft, all_numbers, first_lines, lines_of
from glassnet.tables.reading.csv.layout import delimiter_name, records_of

BLANKS, FIXED = "blanks", "fixed widths"
"""Layouts in which no single character separates the cells."""
_WORD = re.compile(r'"(?:[^"]|"")*"|\S+')
_WIDE = re.compile(r"[ \t]{2,}")


def take_sep_line(draft: Draft) -> None:
    """Excel's first line ``sep=;`` names the delimiter."""
    match = re.match(rb'"?sep=(.)"?\r?\n', draft.data)
    if match:
        draft.delimiter = draft.delimiter or match[1].decode("ascii", errors="replace")
        draft.data = b"\n" + draft.data[match.end() :]
        draft.notes.append(f"Line 1 declares that the {delimiter_name(draft.delimiter)} separates the cells.")


def take_rules(draft: Draft) -> None:
    """Remove the dashed rules and outer bars of tables printed by Markdown and databases."""
    if draft.delimiter not in ("", "|") or not re.search(rb"(?m)^[ \t|+:=-]*--[ \t|+:=-]*\r?$", draft.data[:SAMPLE]):
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


def separates(draft: Draft) -> bool:
    """Whether the delimiter makes more than one column of most lines."""
    sizes = [len(cells) for _, cells in draft.records()]
    return 2 * sum(size > 1 for size in sizes) >= max(len(sizes), 1)


def set_apart(draft: Draft, delimiter: str | None) -> bool:
    """Separate cells that are delimited by runs of blanks or aligned in columns."""
    lines = [line for line in lines_of(first_lines(draft.data)) if line.strip()]
    if len(lines) < FEWEST_ROWS and delimiter is None:
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
        numbers = any(all(NUMBER.fullmatch(cells[k]) or is_missing_word(cells[k]) for cells in fitting[1:])
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
        and any(all_numbers([cells[k] for cells in split[1:]]) for k in range(width))
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
    if len(starts) < 2 or len(lines) < FEWEST_ROWS:
        return []
    places = list(zip(starts, ends, strict=True))
    cut = [[line[a:b].strip() for a, b in places] for line in lines]
    regular = sum(sum(map(bool, cells)) > 1 for cells in cut[1:]) * 2 > len(cut)
    numbers = any(all_numbers([cells[k] for cells in cut[1:]]) for k in range(len(places)))
    return places if all(cut[0]) and regular and numbers else []


def _rewrite(draft: Draft, split: Callable[[str], list[str]], how: str) -> None:
    """Write the table again with tabs between its cells."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    for line in lines_of(draft.data.decode("utf-8")):
        cells = split(line) if line.strip() else []
        writer.writerow(cells) if cells else out.write("\n")
    draft.data, draft.delimiter, draft.declared = out.getvalue().encode("utf-8"), "\t", how
    words = "runs of blanks" if how == BLANKS else "their places in the line (fixed widths)"
    draft.notes.append(f"The cells are told apart by {words}.")


def join_tabs(draft: Draft) -> None:
    """Several tabs in place of one, where each line then has as many cells as the header."""
    if b"\t\t" not in draft.data:
        return
    records = draft.records()
    sizes = {len(cells) for _, cells in records}
    filled = [line.strip() for line in lines_of(first_lines(draft.data)) if line.strip()]
    joined = {len([cell for cell in re.split("\t+", line) if cell]) for line in filled}
    no_name = len(sizes) == 1 and any(not any(cells[k] for _, cells in records) for k in range(min(sizes) - 1))
    if len(joined) == 1 and min(joined) > 1 and (len(sizes) > 1 or no_name):
        draft.data = re.sub(rb"\t+", b"\t", draft.data)
        draft.notes.append("Several tabs between two cells count as one.")


def unquote(draft: Draft) -> None:
    """Single quotes around cells, backslashes before quotes, and blanks before them, as other programs write them."""
    head = first_lines(draft.data)
    if '\\"' in head and '""' not in head and _is_broken(head, draft.delimiter):
        draft.data = draft.data.replace(b'\\"', b'""')
        draft.notes.append('Quotes inside cells are marked with a backslash (\\"), which is read so.')
    mark = re.escape(draft.delimiter)
    if re.search(rf'{mark} +"', head):
        draft.data = re.sub(rf'({mark}) +"'.encode(), rb'\1"', draft.data)
    cells = [cell for _, record in draft.records()[1:] for cell in record if cell and not NUMBER.fullmatch(cell)]
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
    """Whether the quotes of a text are unbalanced, which would split cells."""
    records = records_of(text, delimiter)
    read = records[-1][0] if records else 0
    return read < text.count("\n") or len({len(record) for _, record in records if record}) > 1
