"""A lecture or a report as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence

from glassnet.pages import (
    Markup,
    Part,
    Working,
    callout,
    code,
    equation,
    figure_of_panels,
    folded,
    formula,
    page,
    paragraph,
    rich,
    steps,
    table,
    tag,
    verdict,
)
from glassnet.pages.markup import Content
from glassnet.report.document import (
    Blank,
    Block,
    Display,
    Folded,
    Grid,
    Picture,
    Prose,
    Remark,
    Section,
    Steps,
    Verdict,
)
from glassnet.report.lesson import heading


def render_page(title: str, lead: str, kicker: str, sections: Sequence[tuple[int, Section]], footer: str) -> str:
    """The whole page."""
    parts = [
        Part(section.title, _body(section), opening=rich(section.opening), mark=str(number))
        for number, section in sections
    ]
    return page(title, parts, lead=rich(lead), kicker=kicker, footer=rich(footer))


def _body(section: Section) -> list[Markup]:
    """The blocks of a section, its code last."""
    blocks = [_block(block) for block in section.blocks]
    if section.lesson is not None:
        blocks.append(code(section.lesson.listing, heading(section.lesson)))
    return blocks


def _block(block: Block) -> Markup:
    """One block."""
    if isinstance(block, Prose):
        return paragraph(block.words if block.plain else rich(block.words))
    if isinstance(block, Grid):
        rows = [[_cell(cell) for cell in row] for row in block.rows]
        return table(
            block.head, rows, caption=block.caption or None, digits=block.digits, foot=block.foot, label=block.caption
        )
    if isinstance(block, Display):
        return equation(block.formula.mathml, rich(block.because))
    if isinstance(block, Steps):
        return steps([Working(step.name, formula(step.formula.mathml), step.result) for step in block.steps])
    if isinstance(block, Remark):
        return callout(block.kind, block.title, rich(block.words))
    if isinstance(block, Folded):
        return folded(block.title, [_block(each) for each in block.blocks])
    assert isinstance(block, Picture)
    panels = [(panel.title, panel.chart, panel.summary) for panel in block.panels]
    return figure_of_panels(panels, title=block.title or None, caption=block.caption or None)


def _cell(cell: object) -> Content:
    """One cell of a table."""
    if isinstance(cell, Verdict):
        return verdict(cell.kind)
    if isinstance(cell, Blank):
        return [f"{cell.known} ", tag("mark", cell.marked)] if cell.write else cell.known
    assert isinstance(cell, (str, int, float))
    return cell
