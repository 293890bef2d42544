"""Outcomes: one record per kind of target, which owns everything that depends on the kind."""

from glassnet.tables.outcome.amount import Amount
from glassnet.tables.outcome.answer import Answer
from glassnet.tables.outcome.classes import Classes
from glassnet.tables.outcome.labels import Labels
from glassnet.tables.outcome.outcome import Outcome, TableOutcome, outcome_named, outcomes, tasks
from glassnet.tables.outcome.time_to_event import TimeToEvent

for kind in (Classes(), Amount(), Labels(), TimeToEvent()):
    outcomes.register(kind)

__all__ = [
    "Amount", "Answer", "Classes", "Labels", "Outcome", "TableOutcome", "TimeToEvent", "outcome_named", "outcomes",
    "tasks",
]  # fmt: skip
