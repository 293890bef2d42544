"""The patients section: the flow of rows, and Table 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.report.document import Block, Folded, Grid, Prose
from glassnet.report.study.patients import QUARTILES, missing_cells

if TYPE_CHECKING:
    from glassnet.report.study.study import Study

_UNFOLDED = 20


def patients(study: Study) -> tuple[str, list[Block]]:
    """The flow of rows into the study, and their characteristics."""
    flow = [[what, f"{count:,}"] for what, count in study.flow.steps]
    one = study.table_one
    head = ["column", *(f"{name} ({count:,})" for name, count in one.groups)]
    caption = "Table 1: median [quartiles], or count (percentage), for each part and, in the first, for each outcome."
    if study.of_times or study.of_amounts:
        caption = "Table 1: median [quartiles], or count (percentage), for each part."
    rows = [[name if what == QUARTILES else f"{name} {what}", *texts] for name, what, texts in one.rows]
    columns = [list(each) for each in study.columns]
    learned: Block = Grid(["column", "role", "kind", "learned from the training rows"], columns, "Columns.")
    if len(columns) > _UNFOLDED:
        learned = Folded(f"The {len(columns)} columns, and what was learned about each", [learned])
    return study.flow.how, [
        Grid(["rows", "number"], flow, "Flow of rows."), *_follow_up(study), Grid(head, rows, caption), learned,
        Prose(missing_cells(study.columns)),
    ]  # fmt: skip


def _follow_up(study: Study) -> list[Block]:
    """The follow-up of the rows; empty for targets that are not times."""
    if not study.follow_up:
        return []
    head = ["part", "rows", "events", "median follow-up", "total time", "median time to the event"]
    rows = [
        [each.part, f"{each.n_rows:,}", f"{each.n_events:,}", _time(each.watched), f"{each.total:,.6g}",
         _time(each.median)]
        for each in study.follow_up
    ]  # fmt: skip
    caption = (
        "Follow-up, in the unit of the table. Its median is estimated by the reverse Kaplan-Meier method, in which "
        "events are censored (Schemper and Smith 1996)."
    )
    return [Grid(head, rows, caption)]


def _time(time: float) -> str:
    """A time that may not have been reached."""
    return f"{time:g}" if np.isfinite(time) else "not reached"
