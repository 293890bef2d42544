"""A walk through the steps of a training: forward by taking them, back by a snapshot and replaying from there.

Whoever moves it holds the driver for as long as it takes; `_lock` is held for a few hundredths of a second at a time,
so readers never wait long.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile

from glassnet.errors import TrainingDiverged
from glassnet.network import Network
from glassnet.studio.contract.run import Change, Losses, Position, Speed, Status, Unit, WeightEdit
from glassnet.studio.contract.views.explanation import Operation
from glassnet.studio.data.preparation.preparation import Floats, Preparation
from glassnet.studio.data.preparation.stretch import StretchCourse
from glassnet.studio.run.bell import Bell
from glassnet.studio.run.curves import LossCurves, LossMeter
from glassnet.studio.run.driver import Driver
from glassnet.studio.run.journey import Journey
from glassnet.studio.run.limit import stability_limit
from glassnet.studio.run.parameter import locate
from glassnet.studio.run.snapshots import Snapshots
from glassnet.studio.run.timeline import next_row, timeline

_SLICE_SECONDS = 0.01
"""How long a reader may wait; frames come at the ends of slices, so this also keeps their rate even."""
_LONGEST_FRAME = 0.1
"""Seconds that a training in Python waits for a frame at most."""
_QUICK, _SAY_EVERY = 0.01, 0.03
"""Seconds that losses may take to be computed for every frame, and after which a run that plays says how far it is."""


class Walk:
    """Where one training stands, and how it gets to another step; watched by any number of pages.

    Parameters
    ----------
    preparation : Preparation
    edits : list of WeightEdit
        Weights set by hand, by falling age.
    changes : sequence of Change
        Settings that hold from later steps on.
    """

    def __init__(
        self, preparation: Preparation, edits: list[WeightEdit] | None = None, changes: Sequence[Change] = ()
    ) -> None:
        self.machine = Journey(preparation, changes)
        self.edits = sorted(edits or [], key=lambda edit: edit.step)
        self.revision, self.sequence = 0, 0
        self.status: Status = "paused"
        self.speed: Speed | None = None
        self.message = ""
        self._driver, self._bell = Driver(), Bell()
        self._lock, self._waiting, self._last_report = threading.RLock(), 0, 0.0
        self._frames, self._no_frame = 0, threading.Event()
        self._no_frame.set()
        self._steps_per_second = 50.0
        self._begin()

    def _begin(self) -> None:
        """The start, nothing done."""
        self.curves, self.snapshots, self.operation, self.furthest = LossCurves(), Snapshots(), 0, 0
        self._settle_in()
        self._apply_edits()
        self.snapshots.add(0, self.machine.save(), always=True)
        self._measure()

    def _settle_in(self) -> None:
        """Recompute whatever follows from the current settings."""
        self._measured = self.preparation
        self._meter, self.stability = LossMeter(self.preparation), stability_limit(self.preparation)

    # ---- where it stands --------------------------------------------------------------------------------------------

    @property
    def preparation(self) -> Preparation:
        """The prepared data of the run, with the settings that hold for the next step."""
        return self.machine.preparation

    @property
    def course(self) -> StretchCourse:
        """Rows and learning rate of the steps from here on."""
        return self.preparation.course

    @property
    def moved(self) -> bool:
        """Whether anything has been done that a new start would lose."""
        return max(self.furthest, self.step) > 0 or bool(self.edits)

    @property
    def step(self) -> int:
        """Steps done."""
        return self.machine.step

    @contextmanager
    def still(self) -> Iterator[Journey]:
        """The machine, which does not move meanwhile."""
        self._waiting += 1
        with self._lock:
            self._waiting -= 1
            yield self.machine

    @contextmanager
    def framed(self) -> Iterator[None]:
        """While a frame is made, a training in Python waits; else the interpreter would switch between the two."""
        self._frames += 1
        self._no_frame.clear()
        try:
            yield
        finally:
            self._frames -= 1
            if self._frames == 0:
                self._no_frame.set()

    def operations(self, *, read: bool = False) -> tuple[Operation, ...]:
        """The operations of the step that comes next; when all are done the first, or to `read` all to the loss."""
        rows = self.course.size(min(self.step, self.course.n_steps - 1))
        linked = self.preparation.loss.link != "identity"
        operations = timeline(self.preparation.layers, rows, linked=linked)
        if self.step < self.course.n_steps:
            return operations
        return tuple(takewhile(lambda one: one.phase != "backward", operations)) if read else operations[:1]

    def position(self) -> Position:
        """Where the run stands."""
        with self._lock:
            course, step, operations = self.course, self.step, self.operations()
            operation = min(self.operation, len(operations) - 1)
            return Position(
                step=step, steps=self.machine.steps, epoch=course.epoch(step), epochs=course.epochs,
                batch=course.batch(step), batches=course.batches, operation=operation, operations=len(operations),
                row=operations[operation].row, furthest=max(self.furthest, step),
            )  # fmt: skip

    def losses(self) -> Losses:
        """The losses now; of a run that plays those of the last epoch's end, where they take long to compute."""
        with self._lock:
            last = self.curves.points[-1] if self.curves.points else None
            held = self.status == "playing" and self._meter.seconds > _QUICK
            return last[1] if last is not None and (last[0] == self.step or held) else self._meter(self.machine)

    def network(self) -> Network:
        """The readable network with the weights and the optimizer's memory of now."""
        with self._lock:
            return self.machine.network()

    def parameters(self) -> tuple[list[Floats], list[Floats]]:
        """Weights and biases now."""
        with self._lock:
            return self.machine.parameters()

    # ---- watching ---------------------------------------------------------------------------------------------------

    @property
    def watched(self) -> bool:
        """Whether a page watches; the first watcher is the store's."""
        return len(self._bell) > 1

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call a function after every change, from any thread; returns what ends that."""
        return self._bell.watch(callback)

    def tell(self) -> None:
        """Something changed."""
        self.sequence += 1
        self._last_report = time.monotonic()
        self._bell.ring()

    # ---- moving -----------------------------------------------------------------------------------------------------

    def _move(self, unit: Unit, count: int, mine: int) -> None:
        """Go some units from here."""
        if unit == "epoch":
            self._move_epochs(count, mine)
        elif unit == "batch":
            self._go_to(self.step + count + (1 if count < 0 and self.operation > 0 else 0), mine)
        else:
            for _ in range(abs(count)):
                self._walk(unit, 1 if count > 0 else -1, mine)
                self._driver.check(mine)
            return
        self.operation = 0

    def _move_epochs(self, count: int, mine: int) -> None:
        """Go some epochs forward, or back to where this one and others began, each in the course of its stretch."""
        if count > 0:
            self._go_to(self.course.begin(self.course.epoch(self.step) + count), mine)
            return
        if self.operation > 0 and self.course.batch(self.step) == 0:
            count, self.operation = count + 1, 0
        while count < 0 and self.step > 0:
            before = self.machine.before
            epochs = before.course.epoch(self.step - 1) + 1 + count
            begin = max(before.first_step, before.course.begin(epochs))
            count = count + before.course.epoch(self.step - 1) + 1 - before.course.epoch(begin)
            self._go_to(begin, mine)

    def _walk(self, unit: Unit, direction: int, mine: int) -> None:
        """One operation, or one row, forward or back, into the next step or the one before."""
        operations = self.operations()
        if unit == "operation":
            place: int | None = self.operation + direction
            place = place if place is not None and 0 <= place < len(operations) else None
        else:
            place = next_row(operations, self.operation, direction)
        if place is not None:
            self.operation = place
            self.tell()
            return
        step = self.step + direction
        if not 0 <= step <= self.machine.steps:
            self._settle()
            return
        self._go_to(step, mine)
        last = len(self.operations())
        entered = last - 1 if unit == "operation" else next_row(self.operations(), last, -1)
        self.operation = 0 if direction > 0 else entered or 0

    def _go_to(self, step: int, mine: int) -> None:
        """Have exactly `step` steps done: forward by taking them, back by a snapshot and replaying from there."""
        step = max(0, min(step, self.machine.steps))
        with self._lock:
            if step < self.step:
                self.machine.restore(self.snapshots.before(step))
                self._settle_in()
                self.operation = 0
                if self.status in ("diverged", "finished", "arrived"):
                    self.status, self.message = "paused", ""
        while self.step < step:
            self._driver.check(mine)
            if not self.preparation.compiled:
                self._no_frame.wait(_LONGEST_FRAME)
            if self._waiting > 0:  # a lock is not fair by itself: let those who look go first
                time.sleep(0.0005)
            with self._lock:
                self._advance(step)
            self._measure()  # readers need not wait for it
            if self.status == "diverged":
                return
            if self.status == "playing" and time.monotonic() > self._last_report + _SAY_EVERY:
                self.tell()  # an epoch may take seconds
        self._settle()

    def _settle(self) -> None:
        """Say when all steps are done."""
        if self.step >= self.course.n_steps and self.status != "diverged":
            self.status, self.speed = "finished", None

    def _advance(self, target: int) -> None:
        """Some steps towards the target: to the next epoch's end, snapshot or edit, and not for long."""
        step, course = self.step, self.course
        stops = [target, course.begin(course.epoch(step) + 1), self.snapshots.next_stop(step)]
        stops += [edit.step for edit in self.edits if edit.step > step]
        stops += [change.step for change in self.machine.changes if change.step > step]
        count = max(1, min(min(stops) - step, int(self._steps_per_second * _SLICE_SECONDS)))
        started = time.perf_counter()
        try:
            self.machine.advance(count)
        except TrainingDiverged as error:
            self.status, self.speed = "diverged", None
            self.message = f"{error} {self._why_diverged()}".strip()
        if self._measured is not self.preparation:
            self._settle_in()
        taken, seconds = self.step - step, max(1e-6, time.perf_counter() - started)
        if taken:
            self._steps_per_second = 0.7 * self._steps_per_second + 0.3 * min(1e7, taken / seconds)
        self._apply_edits()
        if self.snapshots.wants(self.step):
            self.snapshots.add(self.step, self.machine.save())
        self.furthest = max(self.furthest, self.step)

    def _why_diverged(self) -> str:
        """The stability limit, where the message of the machine does not name it."""
        limit = self.stability
        return limit.verdict if limit is not None and limit.exact and self.preparation.compiled else ""

    def _apply_edits(self) -> None:
        """The weights that were set by hand at this step."""
        for edit in (edit for edit in self.edits if edit.step == self.step):
            place = locate(edit.parameter, self.preparation.layers)
            self.machine.set_parameter(place.kind, place.layer, place.index, edit.value)

    def _measure(self) -> None:
        """A point of the curves at the start and at each epoch's end."""
        step, course = self.step, self.course
        if course.batch(step) == 0 and not (self.curves.points and self.curves.points[-1][0] >= step):
            losses = self._meter(self.machine)
            with self._lock:
                self.curves.add(step, losses, course.epoch(step))

    def _cut(self) -> None:
        """Forget the steps after the current one, because the past changes here."""
        step = self.step
        self.edits = [edit for edit in self.edits if edit.step <= step]
        self.snapshots.cut(step)
        self.snapshots.add(step, self.machine.save(), always=True)
        self.curves.cut(step - 1)
        self.furthest, self.operation = step, 0
        self._settle_in()
        self._measure()

    def _rest(self) -> None:
        """No longer playing."""
        self.speed = None
        if self.status not in ("diverged", "failed", "arrived"):
            self.status = "finished" if self.step >= self.course.n_steps else "paused"

    def _units_per_slice(self, unit: Unit) -> int:
        """How many units fit into a slice of time."""
        steps = self._steps_per_second * _SLICE_SECONDS
        return 1 if unit in ("operation", "row") else int(steps if unit == "batch" else steps / self.course.batches)
