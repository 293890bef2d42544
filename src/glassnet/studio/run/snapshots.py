"""Snapshots: states of a run from which any earlier step is soon reached again, evenly spread and bounded in size."""

from __future__ import annotations

from bisect import bisect_right

from glassnet.engine import MemberState
from glassnet.studio.run.machine import size_of

MOST_SNAPSHOTS = 64
MOST_BYTES = 64 * 1024**2


class Snapshots:
    """States by step. When there are too many, every other one goes and the distance doubles; step 0 always stays."""

    def __init__(self) -> None:
        self.states: dict[int, MemberState] = {}
        self.spacing = 1
        self.unsaved: set[int] = set()

    def add(self, step: int, state: MemberState, *, always: bool = False) -> None:
        """Keep a state if its step is one of those that are kept."""
        if not (always or self.wants(step)):
            return
        self.states[step] = state
        self.unsaved.add(step)
        most = max(4, min(MOST_SNAPSHOTS, MOST_BYTES // max(1, size_of(state))))
        while len(self.states) > most:
            self.spacing *= 2
            kept = {s: state_of_step for s, state_of_step in self.states.items() if s % self.spacing == 0}
            if len(kept) == len(self.states):  # those that were kept for another reason: edits by hand
                kept = dict(sorted(self.states.items())[::2])
            self.states = {0: self.states[0], **kept} if 0 in self.states else kept
        self.unsaved &= self.states.keys()

    def wants(self, step: int) -> bool:
        """Whether a step is one of those that are kept."""
        return step % self.spacing == 0 and step not in self.states

    def before(self, step: int) -> MemberState:
        """The last kept state at or before a step."""
        steps = sorted(self.states)
        return self.states[steps[bisect_right(steps, step) - 1]]

    def cut(self, step: int) -> None:
        """Forget the states after a step."""
        self.states = {s: state for s, state in self.states.items() if s <= step}
        self.unsaved &= self.states.keys()

    def next_stop(self, step: int) -> int:
        """The next step after this one that is kept."""
        return (step // self.spacing + 1) * self.spacing
