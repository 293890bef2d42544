"""Patients: the flow of rows, and table one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.report.document import Block, Folded, Grid, Prose
from glassnet.report.study.patients import QUARTILES

if TYPE_CHECKING:
    from glassnet.report.study.study import Study

_UNFOLDED = 20


def patients(study: Study) -> tuple[str, list[Block]]:
    """How rows came into the study, and what they are like."""
    flow = [[what, f"{count:,}"] for what, count in study.flow.steps]
    one = study.table_one
    head = ["column", *(f"{name} ({count:,})" for name, count in one.groups)]
    caption = "Table one: median and quartiles, or counts and shares, of each part and, in the first, each outcome."
    rows = [[name if what == QUARTILES else f"{name} {what}", *texts] for name, what, texts in one.rows]
    columns = [list(each) for each in study.columns]
    learned: Block = Grid(["column", "role", "kind", "learned from the training rows"], columns, "Columns.")
    if len(columns) > _UNFOLDED:
        learned = Folded(f"The {len(columns)} columns, and what was learned of each", [learned])
    return study.flow.how, [
        Grid(["rows", "number"], flow, "Flow of rows."), Grid(head, rows, caption), learned, Prose(missing(study)),
    ]  # fmt: skip


def missing(study: Study) -> str:
    """How missing cells were treated."""
    there = any("missing" in learned for _, role, _, learned in study.columns if role == "input")
    how = (
        "a missing number was replaced by the training mean, a missing category by the shares of its levels, and where "
        "the training rows had missing cells of a column, an input of its own says so"
    )
    if there:
        return f"Missing cells: {how}. Nothing was learned from the test rows."
    return f"The training rows had no missing input. In new rows, {how.partition(', and where')[0]}."
