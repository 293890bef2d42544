"""The course of a training: which rows each step takes and with what learning rate, from the step's number alone.

So a step can be repeated, or traced, without having taken the ones before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas import Schedule, schedules
from glassnet.formulas.randomness import Purpose, check_seed, permutation
from glassnet.formulas.whole_number import check_whole


@dataclass(frozen=True)
class Course:
    """Rows and learning rate of every step.

    Parameters
    ----------
    n_rows : int
        Rows that train.
    batch_size : int or None
        Rows per step; the last batch of an epoch may be shorter. None takes all rows.
    epochs : int
        Passes over the rows that are planned.
    shuffle : bool
        Draw a new order of the rows for each epoch (does nothing with one batch).
    schedule : str or Schedule
        Factor on the learning rate over the steps.
    seed, member : int
        Decide the orders.

    Examples
    --------
    >>> course = Course(5, batch_size=2, epochs=3, shuffle=False)
    >>> course.batches, course.n_steps, course.epoch(4), course.rows(5).tolist()
    (3, 9, 1, [4])
    """

    n_rows: int
    batch_size: int | None = None
    epochs: int = 200
    shuffle: bool = True
    schedule: str | Schedule = "constant"
    seed: int = 0
    member: int = 0

    def __post_init__(self) -> None:
        size = self.n_rows if self.batch_size is None else min(check_whole("batch_size", self.batch_size), self.n_rows)
        for name, value in (
            ("batch_size", size), ("epochs", check_whole("epochs", self.epochs)), ("seed", check_seed(self.seed)),
            ("schedule", schedules.resolve(self.schedule)),
        ):  # fmt: skip
            object.__setattr__(self, name, value)

    @property
    def batches(self) -> int:
        """Steps per epoch."""
        assert self.batch_size is not None
        return -(-self.n_rows // self.batch_size)

    @property
    def n_steps(self) -> int:
        """All planned steps."""
        return self.epochs * self.batches

    def epoch(self, step: int) -> int:
        """The epoch of a step; both count from 0."""
        return step // self.batches

    def size(self, step: int) -> int:
        """How many rows a step has."""
        assert self.batch_size is not None
        return min(self.batch_size, self.n_rows - step % self.batches * self.batch_size)

    def rows(self, step: int) -> NDArray[np.int64]:
        """The rows of a step, in order."""
        assert self.batch_size is not None
        start = step % self.batches * self.batch_size
        shuffled = self.shuffle and self.batch_size < self.n_rows
        order = _order(self.seed, self.n_rows, self.member, self.epoch(step)) if shuffled else np.arange(self.n_rows)
        return order[start : start + self.batch_size]

    def factor(self, step: int, schedule: Schedule | None = None) -> float:
        """The schedule's factor on the learning rate of a step, or the factor of another schedule."""
        chosen = self.schedule if schedule is None else schedule
        assert isinstance(chosen, Schedule)
        samples = self.epoch(step) * self.n_rows
        return chosen.factor_at(step=step, steps=self.n_steps, samples=samples)


@lru_cache(maxsize=4)
def _order(seed: int, n_rows: int, member: int, epoch: int) -> NDArray[np.int64]:
    """The order of the rows in an epoch."""
    return permutation(seed, Purpose.SHUFFLE, n_rows, member=member, epoch=epoch)
