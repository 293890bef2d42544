"""A run in memory, with all of its views."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from glassnet.studio.contract.data import ColumnChoice, DataSummary
from glassnet.studio.contract.run import Parts, RunState, RunSummary, Status, TargetUnit
from glassnet.studio.data.preparation.preparation import Preparation
from glassnet.studio.run.run import Run
from glassnet.studio.scores.comparison import Comparer
from glassnet.studio.scores.report import Reporter


@dataclass
class Entry:
    """A run in memory."""

    id: str
    name: str
    created: str
    data: str
    columns: ColumnChoice
    run: Run
    hidden: list[str]
    threshold: float | None = None
    reporter: Reporter = field(default_factory=Reporter)
    comparer: Comparer = field(default_factory=Comparer)
    saved: float = 0.0
    noted: float = 0.0
    ended: Status = "paused"
    save_seconds: float = 0.0
    unkept: str = ""
    """Why the run could not be kept when that was last tried."""
    lock: threading.Lock = field(default_factory=threading.Lock)


def state_of(entry: Entry, data: DataSummary) -> RunState:
    """All about a run that does not change with every step."""
    run = entry.run
    preparation = run.preparation
    sizes = preparation.layer_sizes
    return RunState(
        id=entry.id, revision=run.revision, name=entry.name, created=entry.created,
        data=data, columns=entry.columns, settings=preparation.settings, task=preparation.task,
        classes=list(preparation.classes), feature_names=list(preparation.schema.feature_names),
        target_names=preparation.target_names, target_unit=_target_unit(preparation),
        layer_sizes=list(sizes), activations=list(preparation.activations),
        n_parameters=preparation.n_parameters,
        parts=Parts(
            len(preparation.train), len(preparation.validation), len(preparation.test),
            data.n_rows - len(preparation.present)
        ),
        engine="compiled" if preparation.compiled else "reference", dtype=run.machine.dtype, status=run.status,
        speed=run.speed, position=run.position(), edits=list(run.edits), changes=run.machine.changes,
        stability=run.stability,
        message=run.message, notes=list(preparation.notes), unkept=entry.unkept, hidden=entry.hidden,
        threshold=entry.threshold,
    )  # fmt: skip


def _target_unit(preparation: Preparation) -> TargetUnit | None:
    """How outputs read in the table, where they are scaled."""
    unit = preparation.schema.outcome.unit
    return None if unit == (0.0, 1.0) else TargetUnit(*unit)


def distinct(name: str, data: str, others: Iterable[RunSummary]) -> str:
    """The name of a new run: numbered where another run goes by it; one without a name goes by that of its data.

    Examples
    --------
    >>> distinct("", "Circle", []), distinct("calm", "Circle", [])
    ('', 'calm')
    """
    wanted = name or data
    taken = {one.name or one.data.name for one in others}
    if wanted not in taken:
        return name
    plain = re.sub(r" \(\d+\)$", "", wanted)[:90]
    return next(name_with_number for k in count(2) if (name_with_number := f"{plain} ({k})") not in taken)
