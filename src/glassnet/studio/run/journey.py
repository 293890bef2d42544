"""A journey: the machine of a run whose settings change on the way; each stretch of steps has a machine of its own."""

from __future__ import annotations

from collections.abc import Sequence

from glassnet.engine import MemberState
from glassnet.network import Network
from glassnet.studio.contract.run import Change
from glassnet.studio.data.preparation.preparation import Floats, Preparation
from glassnet.studio.data.preparation.stretch import check_changes
from glassnet.studio.run.machine import RunMachine


class Journey:
    """The machine of a whole run, in stretches: a step beyond the end of one is taken under the settings of the next.

    Parameters
    ----------
    preparation : Preparation
        The settings of the start.
    changes : sequence of Change
        Later ones.
    """

    def __init__(self, preparation: Preparation, changes: Sequence[Change] = ()) -> None:
        self._stretches, self._here = [preparation], 0
        for change in check_changes(changes):
            self._stretches.append(self._stretches[-1].continued(change.settings, change.step))
        self._machine = RunMachine(preparation)

    @property
    def dtype(self) -> str:
        """The precision that trains."""
        return self._machine.dtype

    @property
    def step(self) -> int:
        """Steps done."""
        return self._machine.step

    @property
    def start(self) -> Preparation:
        """The preparation that the run began with."""
        return self._stretches[0]

    @property
    def preparation(self) -> Preparation:
        """The preparation that holds for the next step."""
        return self._stretches[self._here]

    @property
    def before(self) -> Preparation:
        """The preparation that held for the last step."""
        at_start = self._here > 0 and self.step == self.preparation.first_step
        return self._stretches[self._here - 1] if at_start else self.preparation

    @property
    def changes(self) -> list[Change]:
        """Every change of settings."""
        return [Change(one.first_step, one.settings) for one in self._stretches[1:]]

    @property
    def steps(self) -> int:
        """Steps planned in all."""
        return self._stretches[-1].course.n_steps

    def change(self, preparation: Preparation) -> None:
        """From here on other settings; what was to change later is forgotten."""
        self.forget_later()
        if self.preparation.first_step == self.step:
            del self._stretches[self._here]
            self._here -= 1
        self._stretches.append(preparation)
        self._enter(self._here + 1)

    def forget_later(self) -> None:
        """Forget the changes that lie ahead."""
        del self._stretches[self._here + 1 :]

    def advance(self, steps: int) -> None:
        """Take steps, each under the settings that hold for it."""
        goal = self.step + steps
        while self.step < goal:
            following = self._stretches[self._here + 1 : self._here + 2]
            stop = min([goal, *(one.first_step for one in following)])
            if stop > self.step:
                self._machine.advance(stop - self.step)
            if following and self.step == following[0].first_step:
                self._enter(self._here + 1)

    def restore(self, state: MemberState) -> None:
        """Go back, or on, to a state and the settings that hold there."""
        here = max(k for k, one in enumerate(self._stretches) if one.first_step <= state.step)
        if here != self._here:
            self._here, self._machine = here, RunMachine(self._stretches[here])
        self._machine.restore(state)

    def _enter(self, stretch: int) -> None:
        """Go on under the settings of a stretch."""
        state = self._machine.save()
        self._here, self._machine = stretch, RunMachine(self._stretches[stretch])
        self._machine.carry(state)

    def twin(self) -> Journey:
        """The same journey at its start."""
        return Journey(self.start, self.changes)

    def save(self) -> MemberState:
        """The state, never changed afterwards."""
        return self._machine.save()

    def parameters(self) -> tuple[list[Floats], list[Floats]]:
        """Weights and biases in float64."""
        return self._machine.parameters()

    def set_parameter(self, kind: str, layer: int, index: tuple[int, ...], value: float) -> float:
        """Give one weight or bias a value."""
        return self._machine.set_parameter(kind, layer, index, value)

    def network(self) -> Network:
        """The readable network as it is now."""
        return self._machine.network()

    def raw_prediction(self, X: Floats) -> Floats:
        """Raw predictions by the arithmetic that trains."""
        return self._machine.raw_prediction(X)
