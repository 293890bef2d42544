"""A run: one training under commands, which goes forward and back to exactly the same bits.

The player, or one command, holds the driver for as long as it takes, and is asked to stop when a newer command comes.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import numpy as np

from glassnet.engine import MemberState
from glassnet.errors import ConfigurationError
from glassnet.studio.contract.run import Speed, Unit, WeightEdit
from glassnet.studio.contract.settings import Settings
from glassnet.studio.data.preparation.preparation import Preparation
from glassnet.studio.run.curves import LossCurves
from glassnet.studio.run.driver import Superseded
from glassnet.studio.run.journey import Journey
from glassnet.studio.run.outlook import end_of_patience, has_arrived, runs_away
from glassnet.studio.run.parameter import locate
from glassnet.studio.run.walk import Walk
from glassnet.tables.notation.number_text import counted


class Run(Walk):
    """One training under one set of settings, and what a person can do with it: see `Walk` for its parameters."""

    def begin_again(self, preparation: Preparation) -> None:
        """Start over under other settings, with the same watchers."""
        with self._driver.command(), self._lock:
            generation = self.curves.generation
            self.machine = Journey(preparation)
            self.edits, self.status, self.speed, self.message = [], "paused", None, ""
            self._begin()
            self.curves.generation = generation + 1
            self.revision += 1
        self.tell()

    def take_up(
        self, states: dict[int, MemberState], spacing: int, curves: LossCurves, step: int, operation: int, furthest: int
    ) -> None:
        """Go on where a store says that this run stood."""
        with self._driver.command() as mine, self._lock:
            self.snapshots.states = {**self.snapshots.states, **states}
            self.snapshots.spacing, self.snapshots.unsaved = spacing, set()
            self.curves, self.furthest = curves, furthest
            self.machine.restore(self.snapshots.before(step))
            self._settle_in()
            self._go_to(step, mine)
            self.snapshots.states = {
                s: kept
                for s, kept in self.snapshots.states.items()
                if s % spacing == 0 or s in {edit.step for edit in self.edits}
            }
            self.operation = max(0, min(operation, len(self.operations()) - 1))
            self._rest()

    def change(self, settings: Settings) -> None:
        """Go on under other settings from here; what came after is forgotten."""
        with self._driver.command(), self._lock:
            step = self.step
            self.machine.change(self.machine.before.continued(settings, step))
            self._cut()
            self.status, self.message = "paused", ""
            self._rest()
        self.tell()

    def pause(self) -> None:
        """Stop where it is."""
        with self._driver.command():
            self._rest()
        self.tell()  # the player may have told of its end before it was at rest

    def move(self, unit: Unit, count: int) -> None:
        """Go some units forward or back."""
        with self._driver.command() as mine, suppress(Superseded):
            if self.status == "arrived":
                self.status, self.message = "paused", ""
            self._rest()
            self._move(unit, count, mine)
        self.tell()

    def seek(self, step: int, operation: int = 0) -> None:
        """Go to a step, and an operation in it."""
        with self._driver.command() as mine, suppress(Superseded):
            self._rest()
            self._go_to(step, mine)
            self.operation = max(0, min(operation, len(self.operations()) - 1))
        self.tell()

    def reset(self) -> None:
        """Back to the start, edits forgotten."""
        with self._driver.command() as mine, suppress(Superseded):
            if self.edits:
                with self._lock:
                    self.edits = []
                    generation = self.curves.generation
                    self.machine = self.machine.twin()
                    self._begin()
                    self.curves.generation = generation + 1
            self._go_to(0, mine)
            self.operation = 0
            self._rest()
        self.tell()

    def set_parameter(self, name: str, value: float) -> None:
        """Give one weight or bias a value, now; what came after is forgotten."""
        place = locate(name, self.preparation.layers)
        if not np.isfinite(value) or abs(value) > 1e30:
            raise ConfigurationError(f"{name}={value} must be a finite number of at most 1e30.")
        with self._driver.command(), self._lock:
            step = self.step
            value = self.machine.set_parameter(place.kind, place.layer, place.index, value)
            earlier = [e for e in self.edits if e.step < step or (e.step == step and e.parameter != place.name)]
            self.edits = [*earlier, WeightEdit(step, place.name, value)]
            self.machine.forget_later()
            self._cut()
            self._rest()
        self.tell()

    def play(self, unit: Unit, per_second: float | None) -> None:
        """Go on until paused, superseded, finished or diverged. Returns then: run it in a thread of its own."""
        with self._driver.command() as mine, suppress(Superseded):
            if self.status == "finished" or self.step >= self.course.n_steps:
                self._rest()
                return
            watchful = self.status != "arrived"  # to resume from there is deliberate
            self.status, self.speed, self.message = "playing", Speed(unit, per_second), ""
            self.tell()
            begun, started, done = self.step, time.monotonic(), 0
            while self.status == "playing":
                if per_second is None:
                    self._move(unit, max(1, self._units_per_slice(unit)), mine)
                else:
                    due = int((time.monotonic() - started) * per_second) + 1 - done
                    if due > 0:
                        units = min(due, max(1, self._units_per_slice(unit)))
                        self._move(unit, units, mine)
                        done += units
                    if due > 10 * max(1.0, per_second):  # far behind, as after a sleep: start counting again
                        started, done = time.monotonic(), 0
                    self._driver.wait(started + done / per_second - time.monotonic(), mine)
                if self.status in ("playing", "finished"):
                    self._stop_early(begun, mine)
                if self.status == "playing":
                    self._look_ahead(watchful=watchful)
                self.tell()
        self.tell()

    def _stop_early(self, begun: int, mine: int) -> None:
        """Stop at the end of the epoch in which patience ended, however far a slice of time went beyond it."""
        patience = self.machine.before.settings.patience
        points = [point for point in self.curves.points if point[0] <= self.step]
        ended = end_of_patience(points, self.curves.every, patience, begun)
        if ended is None:
            return
        best, at = ended
        self._go_to(at, mine)
        self.status, self.speed = "arrived", None
        self.message = (
            f"The validation loss has not fallen for {counted(patience, 'epoch')}: it was lowest after epoch "
            f"{self.course.epoch(best - 1) + 1 if best else 0}. Go back to it, or play on."
        )

    def _look_ahead(self, *, watchful: bool) -> None:
        """Stop a run that has arrived, or that runs away: full batches have a loss that tells."""
        if self.course.batches > 1:
            return
        if watchful and has_arrived(self.curves.points):
            self.status, self.speed = "arrived", None
            self.message = "The loss no longer changes: the run has converged. Play on to take more steps."
        elif runs_away(self.curves.points):
            self.status, self.speed = "diverged", None
            verdict = self.stability.verdict if self.stability is not None else "Lower the learning rate."
            self.message = f"The loss has grown a billion times and keeps growing. {verdict}"

    def play_apart(self, unit: Unit, per_second: float | None) -> None:
        """`play` in a thread of its own; returns as soon as it drives."""
        begun = threading.Event()
        ended = self.watch(lambda: begun.set() if self.status != "paused" else None)
        thread = threading.Thread(target=self._play_to_end, args=(unit, per_second, begun), daemon=True, name="player")
        thread.start()
        begun.wait(5.0)
        ended()

    def _play_to_end(self, unit: Unit, per_second: float | None, begun: threading.Event) -> None:
        """Play; what goes wrong is reported on the page, and the run stays where it was."""
        try:
            self.play(unit, per_second)
        except Exception as error:  # a bug of ours must not end in silence
            self.status, self.speed, self.message = "failed", None, f"{type(error).__name__}: {error}"
            self.tell()
            raise
        finally:
            begun.set()

    def stop(self) -> None:
        """End whatever drives, for good."""
        with self._driver.command():
            self._rest()
