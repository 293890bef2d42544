"""A lecture as text for a terminal of at least 60 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from glassnet.pages import column_texts, number_text
from glassnet.pages.block import VERDICTS
from glassnet.pages.markup import visible
from glassnet.report.document import Block, Display, Folded, Grid, Picture, Prose, Remark, Section, Steps, Verdict
from glassnet.report.lesson import heading
from glassnet.report.terminal_chart import chart_lines, side_by_side

Paint = Callable[[str, str], str]
"""Text and one of the styles ``title``, ``strong``, ``quiet``, ``code``, ``confirmed``, ``corrected`` -> "
  "painted text."""

_INDENT = "  "


def plain_paint(text: str, style: str) -> str:  # noqa: ARG001 - a paint takes a style
    """Plain text, for pipes and files."""
    return text


def ansi_paint(text: str, style: str) -> str:
    """Text in the terminal's own colors, which add no information."""
    code = {"title": "1", "strong": "1", "quiet": "2", "confirmed": "32", "corrected": "35", "code": "36"}.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def render_text(sections: Sequence[tuple[int, Section]], *, width: int = 80, paint: Paint = plain_paint) -> str:
    """All sections as text.

    Parameters
    ----------
    sections : sequence of (int, Section)
        With their numbers.
    width : int, default 80
        Columns of the terminal; prose is never wider than 88.
    paint : Paint
        `plain_paint` or `ansi_paint`.
    """
    width = max(60, width)
    return "\n\n\n".join(_section(number, section, width, paint) for number, section in sections) + "\n"


def _section(number: int, section: Section, width: int, paint: Paint) -> str:
    """One section."""
    title = f"{number}  {section.title}"
    parts = [
        f"{paint(title, 'title')}\n{paint('─' * min(width, 88), 'quiet')}",
        _prose(section.opening, width, paint),
    ]
    parts += ["\n".join(_block(block, width, paint)) for block in section.blocks]
    if section.lesson is not None:
        lines = [paint((_INDENT + line).rstrip(), "code") for line in section.lesson.listing.splitlines()]
        head = [paint(line, "quiet") for line in _wrap(heading(section.lesson), min(width, 88), "")]
        parts.append("\n".join([*head, *lines]))
    return "\n\n".join(parts)


def _block(block: Block, width: int, paint: Paint) -> list[str]:
    """The lines of one block."""
    if isinstance(block, Prose):
        return [textwrap.fill(block.words, min(width, 88)) if block.plain else _prose(block.words, width, paint)]
    if isinstance(block, Grid):
        return _grid(block, width, paint)
    if isinstance(block, Display):
        lines = [_prose(block.because, width, paint)] if block.because else []
        return lines + _wrap(block.formula.text, width, _INDENT, _INDENT + "    ")
    if isinstance(block, Steps):
        return _steps(block, width)
    if isinstance(block, Remark):
        bar = paint("▌ ", block.kind)
        words = textwrap.wrap(_strip_markup(block.words), min(width, 88) - 2)
        return [bar + paint(block.title, block.kind if block.kind != "note" else "strong"), *(bar + w for w in words)]
    if isinstance(block, Folded):
        within = [line for each in block.blocks for line in ["", *_block(each, width, paint)]]
        return [paint(block.title, "strong"), *within]
    assert isinstance(block, Picture)
    return _picture(block, width, paint)


def _picture(picture: Picture, width: int, paint: Paint) -> list[str]:
    """Every panel as text, followed by its summary."""
    panels = [(panel.title, panel.chart) for panel in picture.panels]
    lines = [_INDENT + line for line in side_by_side(panels, width - len(_INDENT))]
    if lines:
        return lines + [
            paint(line, "quiet")
            for line in _wrap(_strip_markup(f"{picture.title} {picture.caption}"), min(width, 88), _INDENT)
        ]
    for panel in picture.panels:
        drawn = chart_lines(panel.chart, min(width, 88) - len(_INDENT))
        if panel.title:
            lines.append(_INDENT + paint(panel.title, "strong"))
        lines += [_INDENT + line for line in drawn]
        if not drawn:
            lines += [
                paint(line, "quiet")
                for line in _wrap(f"Figure (on the page): {panel.summary}", min(width, 88), _INDENT)
            ]
    caption = " ".join(part for part in (picture.title, picture.caption or picture.panels[0].summary) if part)
    if any(chart_lines(panel.chart, 80) for panel in picture.panels):
        lines += [paint(line, "quiet") for line in _wrap(_strip_markup(caption), min(width, 88), _INDENT)]
    return lines


def _steps(block: Steps, width: int) -> list[str]:
    """Name and formula, with the result at the end of the formula."""
    names = min(26, max(len(step.name) for step in block.steps))
    lines: list[str] = []
    for step in block.steps:
        text = " = ".join(part for part in (step.formula.text, step.result) if part)
        first = f"{_INDENT}{step.name:<{names}}  "
        if len(first) > names + 4:
            lines.append(first.rstrip())
            first = " " * (names + 4)
        lines += _wrap(text, width, first, " " * (names + 6))
    return lines


def _grid(grid: Grid, width: int, paint: Paint) -> list[str]:
    """A table with aligned columns; text columns wrap if the table would be too wide."""
    columns: list[list[str]] = []
    numeric: list[bool] = []
    for cells in zip(*grid.rows, strict=True):
        if all(isinstance(cell, float) for cell in cells):
            written = column_texts([float(cell) for cell in cells if isinstance(cell, float)], grid.digits)
        else:
            written = [_cell(cell, grid.digits) for cell in cells]
        columns.append(written)
        numeric.append(all(isinstance(c, (int, float)) or _looks_numeric(str(c)) for c in cells if c != ""))
    if grid.foot is not None:
        for column, cell in zip(columns, grid.foot, strict=True):
            column.append(cell)
    widths = [max(len(head), *map(len, column)) for head, column in zip(grid.head, columns, strict=True)]
    _narrow(widths, [max(map(len, column)) for column in columns], numeric, width - len(_INDENT))
    lines = [paint(line, "quiet") for line in _wrap(grid.caption, min(width, 88), _INDENT)] if grid.caption else []
    lines += [paint(line, "strong") for line in _row(list(grid.head), widths, numeric)]
    lines.append(_INDENT + paint("  ".join("─" * w for w in widths), "quiet"))
    for index, row in enumerate(zip(*columns, strict=True)):
        if index == len(grid.rows):
            lines.append(_INDENT + paint("  ".join("─" * w for w in widths), "quiet"))
            lines += _row(list(row), widths, numeric)
            continue
        kinds = [cell.kind for cell in grid.rows[index] if isinstance(cell, Verdict)]
        for line in _row(list(row), widths, numeric):
            lines.append(paint(line, kinds[0]) if kinds and kinds[0] == "corrected" else line)
    return lines


def _narrow(widths: list[int], contents: Sequence[int], numeric: Sequence[bool], room: int) -> None:
    """Reduce the widths of columns that can wrap, widest first, until the table fits."""
    least = [max(content, 8) if n else 14 for content, n in zip(contents, numeric, strict=True)]
    while sum(widths) + 2 * (len(widths) - 1) > room:
        spare = [width - low for width, low in zip(widths, least, strict=True)]
        if max(spare) <= 0:
            return
        widths[max(range(len(widths)), key=lambda k: (spare[k] > 0, widths[k]))] -= 1


def _row(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> list[str]:
    """One row, in several lines if a cell wraps."""
    wrapped = [textwrap.wrap(cell, w) or [""] for cell, w in zip(cells, widths, strict=True)]
    lines = []
    for k in range(max(map(len, wrapped))):
        parts = [cell[k] if k < len(cell) else "" for cell in wrapped]
        aligned = [p.rjust(w) if n else p.ljust(w) for p, w, n in zip(parts, widths, numeric, strict=True)]
        lines.append((_INDENT + "  ".join(aligned)).rstrip())
    return lines


def _cell(cell: object, digits: int) -> str:
    """One cell as text."""
    if isinstance(cell, Verdict):
        return VERDICTS[cell.kind]
    return number_text(cell, digits) if isinstance(cell, float) else visible(str(cell))


def _looks_numeric(cell: str) -> bool:
    """Whether a written cell is a number."""
    return cell.replace("−", "").replace(".", "").replace("%", "").replace(" ", "").isdigit()


def _prose(words: str, width: int, paint: Paint) -> str:
    """A paragraph, wrapped."""
    del paint  # marks inside a wrapped paragraph would break its width
    return textwrap.fill(_strip_markup(words), min(width, 88))


def _strip_markup(words: str) -> str:
    """Sentences without their markup."""
    return words.replace("**", "").replace("`", "")


def _wrap(words: str, width: int, first: str, rest: str | None = None) -> list[str]:
    """Indented lines of text."""
    return textwrap.wrap(
        words,
        width,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
