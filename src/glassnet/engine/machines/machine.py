"""`Machine`: the interface of everything that trains a population; `glassnet.engine.drive` runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from glassnet.engine.machines.result import PopulationProgress, TrainingResult
from glassnet.engine.machines.state import MemberState
from glassnet.engine.plan import Plan
from glassnet.engine.population import Population


class Machine(Protocol):
    """A training that advances in slices, and can return to any state that it saved.

    `glassnet.engine.Training` is the native one, `ReferenceTraining` (`glassnet.engine.machines.reference`) the
    readable one.
    """

    plan: Plan
    population: Population

    def advance(self, seconds: float) -> bool:
        """Train for about this long; True when every member has finished."""
        ...

    def advance_steps(self, steps: int) -> bool:
        """Exactly this many more steps for every member that still runs; True when every member has finished."""
        ...

    def save(self) -> list[MemberState]:
        """The state of every member, never changed afterwards."""
        ...

    def restore(self, state: Sequence[MemberState]) -> None:
        """Continue where `save` was called."""
        ...

    @property
    def progress(self) -> PopulationProgress:
        """Where the training stands."""
        ...

    @property
    def result(self) -> TrainingResult:
        """Weights and history as they are now."""
        ...

    @property
    def best_result(self) -> TrainingResult:
        """As `result`, with the weights of each member's best epoch where the plan says ``restore_best``."""
        ...
