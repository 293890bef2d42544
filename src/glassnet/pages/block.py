"""The building blocks of a page: tables, steps with their formulas, callouts, figures, code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.pages.chart import Chart
from glassnet.pages.markup import Content, Markup, tag, text
from glassnet.pages.number import column_texts, number_text

VERDICTS = {"confirmed": "✓ confirmed", "corrected": "✎ corrected", "note": "note"}
"""Verdicts of a callout or table cell on a printed figure; word and sign carry the meaning, not the color."""


@dataclass(frozen=True)
class Working:
    """One number with the formula it comes from.

    Parameters
    ----------
    name : Content
        What the number is.
    formula : Content
        The formula with the numbers plugged in; MathML as `Markup`.
    result : str
        The number, already written.
    """

    name: Content
    formula: Content
    result: str


def table(
    head: Sequence[Content], rows: Sequence[Sequence[Content]], *, caption: Content = None, digits: int = 4,
    foot: Sequence[Content] | None = None, label: str = "",
) -> Markup:  # fmt: skip
    r"""A table in a box that scrolls by itself; numbers are right-aligned and written with `digits`.

    A column is numeric when every cell that is not empty, or a dash for what there is not, is a number or reads as one.

    Examples
    --------
    >>> "class=\"number\"" in table(["case", "survival"], [["1", 3.2]])
    True
    """
    numeric = [_numeric([row[i] for row in rows]) for i in range(len(head))]
    top = tag(
        "tr", [tag("th", cell, scope="col", class_="number" if numeric[i] else None) for i, cell in enumerate(head)]
    )
    body = [_row(row, numeric, digits) for row in _align(rows, digits)]
    parts = [tag("caption", caption) if caption else None, tag("thead", top), tag("tbody", body)]
    if foot is not None:
        parts.append(tag("tfoot", _row(foot, numeric, digits)))
    name = label or (caption if isinstance(caption, str) and not isinstance(caption, Markup) else "table")
    return tag("div", tag("table", parts), class_="scroll", role="region", aria_label=name, tabindex="0")


def _row(cells: Sequence[Content], numeric: Sequence[bool], digits: int) -> Markup:
    """One row; the first cell is its heading."""
    written = [number_text(cell, digits) if isinstance(cell, float) else cell for cell in cells]
    return tag(
        "tr",
        [
            tag(
                "th" if i == 0 else "td", cell, scope="row" if i == 0 else None, class_="number" if numeric[i] else None
            )
            for i, cell in enumerate(written)
        ],
    )


def _align(rows: Sequence[Sequence[Content]], digits: int) -> list[list[Content]]:
    """The rows with each column of floats written with one count of decimals."""
    columns: list[list[Content]] = []
    for cells in zip(*rows, strict=True):
        if cells and all(isinstance(cell, float) for cell in cells):
            columns.append(list(column_texts([float(cell) for cell in cells], digits)))
        else:
            columns.append(list(cells))
    return [list(row) for row in zip(*columns, strict=True)]


def _numeric(cells: Sequence[Content]) -> bool:
    """Whether a column holds numbers."""
    kept = [cell for cell in cells if cell is not None and cell not in ("", "–")]
    return bool(kept) and all(
        isinstance(cell, (int, float)) or (isinstance(cell, str) and _reads_as_number(cell)) for cell in kept
    )


def _reads_as_number(cell: str) -> bool:
    """Whether a text is a written number, in our writing or Python's."""
    mantissa = cell.replace("−", "-").replace(" ", "").partition("×")[0].rstrip("%")
    try:
        float(mantissa)
    except ValueError:
        return False
    return True


def steps(workings: Sequence[Working]) -> Markup:
    """Numbers below one another, each with its name and formula."""
    rows = [
        tag(
            "div",
            tag("dt", w.name),
            tag("dd", w.formula, class_="working"),
            tag("dd", w.result, class_="result"),
            class_="step",
        )
        for w in workings
    ]
    return tag("dl", rows, class_="steps")


def formula(mathml: str) -> Markup:
    """A MathML fragment of `glassnet.formulas`, whose texts are escaped, as an element that browsers draw."""
    return tag("math", tag("mrow", Markup(mathml)), displaystyle="true")


def equation(mathml: str, because: Content = None) -> Markup:
    """A displayed formula, with a line that says why."""
    why = tag("span", because, class_="because") if because else None
    return tag("div", why, formula(mathml), class_="equation", role="group", tabindex="0")


def callout(kind: str, title: Content, *body: Content) -> Markup:
    """A remark that stands out: confirmed, corrected or note."""
    return tag("div", tag("b", title), [tag("div", part) for part in body], class_=f"callout {kind}", role="note")


def verdict(kind: str) -> Markup:
    """A short mark for a table cell."""
    return tag("span", VERDICTS[kind], class_=f"verdict {kind}")


def figure(chart: Chart, summary: str, *, title: Content = None, caption: Content = None, digits: int = 6) -> Markup:
    """A chart with its caption and, folded, its numbers."""
    return figure_of_panels([("", chart, summary)], title=title, caption=caption, digits=digits)


def figure_of_panels(
    panels: Sequence[tuple[str, Chart, str]],
    *,
    title: Content = None,
    caption: Content = None,
    digits: int = 6,
    numbers: bool = True,
) -> Markup:
    """Charts side by side, as (title, chart, summary), under one caption; with their `numbers` folded below."""
    drawn = [
        tag("div", tag("div", name, class_="panel-title") if name else None, chart.draw(summary), class_="panel")
        for name, chart, summary in panels
    ]
    body = tag("div", drawn, class_="panels") if len(drawn) > 1 else drawn[0]
    words = [tag("b", title, " ") if title else None, caption or panels[0][2]]
    if not numbers:
        return tag("figure", body, tag("figcaption", words))
    tables = [
        table(*chart.rows(), caption=name or None, digits=digits, label=f"numbers of the figure {name}".strip())
        for name, chart, _ in panels
    ]
    return tag("figure", body, tag("figcaption", words), folded("Numbers of this figure", tables))


def folded(title: Content, *body: Content) -> Markup:
    """Content that the reader unfolds."""
    return tag("details", tag("summary", title), body)


def code(source: str, label: str = "") -> Markup:
    """Source text, scrolling in its box."""
    head = tag("span", label, class_="label") if label else None
    return tag("div", head, tag("pre", tag("code", source), tabindex="0"), class_="code")


def paragraph(content: Content) -> Markup:
    """A paragraph."""
    return tag("p", content)


def rich(words: str) -> Markup:
    """Our own sentences with ``**strong**`` and ```code```; everything else is escaped.

    Examples
    --------
    >>> rich("the **loss** of `fit`")
    'the <strong>loss</strong> of <code>fit</code>'
    """
    parts: list[Content] = []
    for index, piece in enumerate(words.split("`")):
        if index % 2:
            parts.append(tag("code", piece))
        else:
            parts += [tag("strong", bit) if k % 2 else bit for k, bit in enumerate(piece.split("**"))]
    return text(parts)
