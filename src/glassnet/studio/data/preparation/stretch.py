"""Stretches: a run whose settings change on the way, without losing a step of what it has learned.

A new learning rate, more epochs, other penalties or another batch size hold from the step at which they are given. Each
stretch of steps has its own settings, and going back over its beginning brings the old ones back, so a run stays the
same bits however often it is walked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError
from glassnet.formulas import Schedule
from glassnet.network.course import Course
from glassnet.studio.contract.run import Change
from glassnet.studio.contract.settings import Settings

CONTINUED = ("learning_rate", "epochs", "l1", "l2", "patience")
"""Settings that may change on the way whatever trains; the batch size does so in the readable network."""
MOST_CHANGES = 200


@dataclass(frozen=True)
class StretchCourse(Course):
    """The course of one stretch: `offset` is how many steps of its own numbering lie before the run's step 0.

    Examples
    --------
    >>> course = StretchCourse(6, batch_size=2, epochs=5, offset=2)  # two epochs of 2 steps before: 6 rows by 3
    >>> course.epoch(4), course.batch(4), course.n_steps
    (2, 0, 13)
    """

    offset: int = 0

    @cached_property
    def _own(self) -> Course:
        """The course in its own numbering."""
        return Course(self.n_rows, self.batch_size, self.epochs, self.shuffle, self.schedule, self.seed, self.member)

    @property
    def n_steps(self) -> int:
        """All planned steps, in the run's numbering."""
        return self._own.n_steps - self.offset

    def epoch(self, step: int) -> int:
        """The epoch of a step of the run."""
        return self._own.epoch(step + self.offset)

    def batch(self, step: int) -> int:
        """The place of a step in its epoch."""
        return (step + self.offset) % self.batches

    def begin(self, epoch: int) -> int:
        """The step of the run with which an epoch begins."""
        return epoch * self.batches - self.offset

    def size(self, step: int) -> int:
        """How many rows a step of the run has."""
        return self._own.size(step + self.offset)

    def rows(self, step: int) -> NDArray[np.int64]:
        """The rows of a step of the run."""
        return self._own.rows(step + self.offset)

    def factor(self, step: int, schedule: Schedule | None = None) -> float:
        """The schedule's factor on the learning rate of a step of the run."""
        return self._own.factor(step + self.offset, schedule)


def continues(before: Settings, after: Settings, *, compiled: bool) -> bool:
    """Whether a run can go on under other settings from where it stands."""
    plain = after.schedule.partition("(")[0] == "constant"
    free = (*CONTINUED, "batch_size") if plain and not compiled else CONTINUED
    kept = {name: getattr(before, name) for name in free}
    return msgspec.structs.replace(after, **kept) == before


def offset_after(course: StretchCourse, step: int, batch_size: int | None) -> int:
    """How a course with another batch size is numbered from a step on: it begins an epoch."""
    size = course.n_rows if batch_size is None else min(batch_size, course.n_rows)
    if size == course.batch_size:
        return course.offset
    epoch = course.epoch(step) + (1 if course.batch(step) else 0)
    return epoch * -(-course.n_rows // size) - step


def check_changes(changes: Sequence[Change]) -> list[Change]:
    """Changes in the order of their steps, each step once."""
    if len(changes) > MOST_CHANGES:
        raise ConfigurationError(
            f"The settings changed {len(changes)} times; a run takes at most {MOST_CHANGES} changes. Restart it."
        )
    ordered = sorted(changes, key=lambda change: change.step)
    if any(change.step < 1 for change in ordered) or len({change.step for change in ordered}) < len(ordered):
        raise ConfigurationError("Changes of settings belong to different steps, 1 or later.")
    return ordered
