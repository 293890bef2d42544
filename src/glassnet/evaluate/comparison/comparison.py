"""The result of a comparison: who scored what, how sure that is, and what that means in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from glassnet.evaluate.comparison.verdict import Difference, short
from glassnet.tables.outcome import Answer


@dataclass(frozen=True)
class Measured:
    """A score with its bootstrap interval; None where it is not defined."""

    metric: str
    value: float | None
    low: float | None
    high: float | None

    def text(self) -> str:
        """For a table, for example ``0.974 [0.939, 1.000]``."""
        if self.value is None:
            return "not defined"
        interval = "" if self.low is None or self.high is None else f" [{short(self.low)}, {short(self.high)}]"
        return short(self.value) + interval


@dataclass(frozen=True)
class Row:
    """One model of the comparison.

    Attributes
    ----------
    model, settings : str
    scores : tuple of Measured
        Empty when the model was skipped.
    fit_seconds : float or None
    skipped : str
        Why there are no scores; empty when there are.
    """

    model: str
    settings: str
    scores: tuple[Measured, ...]
    fit_seconds: float | None
    skipped: str = ""


@dataclass(frozen=True)
class Comparison:
    """A network and its rivals on the same split.

    Attributes
    ----------
    task : str
    models : tuple of Row
        The network first.
    differences : tuple of Difference
        Between the network and its best rival, by each metric that the verdict is judged by.
    verdict : str
        Who won, and by how much: first by log loss, then by accuracy; by R2 for numbers.
    n_train, n_test, n_draws : int
        Rows, and bootstrap draws.
    coverage : float
        Share of the draws inside an interval.
    notes : tuple of str
        What to bear in mind.
    answers : dict of str to Answer
        What each model said of the test rows, by its name; not part of what is stored.
    truth : array or None
        The codes or numbers of the test rows; not stored, either.
    judging : array of int or None
        Which of the test rows with a target judged; None where all did. Not stored.
    """

    task: str
    models: tuple[Row, ...]
    differences: tuple[Difference, ...]
    verdict: str
    n_train: int
    n_test: int
    n_draws: int
    coverage: float
    notes: tuple[str, ...] = ()
    answers: dict[str, Answer] = field(default_factory=dict, repr=False, compare=False)
    truth: np.ndarray | None = field(default=None, repr=False, compare=False)
    judging: np.ndarray | None = field(default=None, repr=False, compare=False)

    @property
    def of_rivals(self) -> dict[str, Answer]:
        """The answers of the other models."""
        return {name: answer for name, answer in self.answers.items() if name != self.models[0].model}

    @property
    def difference(self) -> Difference | None:
        """The difference by the metric that comes first; None when that cannot be judged."""
        return self.differences[0] if self.differences else None

    @property
    def header(self) -> tuple[str, ...]:
        """Column titles for `rows`."""
        percent = f"{100 * self.coverage:g} %"
        scores = next(row.scores for row in self.models if row.scores)
        return ("model", *(f"{score.metric} [{percent} interval]" for score in scores), "fit seconds", "settings")

    def rows(self) -> list[tuple[str, ...]]:
        """One row of text per model, for a table under `header`."""
        width = len(self.header) - 3
        return [
            (
                row.model,
                *([score.text() for score in row.scores] or ["–"] * width),
                "–" if row.fit_seconds is None else f"{row.fit_seconds:.2f}",
                row.skipped or row.settings,
            )
            for row in self.models
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, for a model file or a report."""
        plain = asdict(replace(self, answers={}, truth=None, judging=None))
        del plain["answers"], plain["truth"], plain["judging"]
        for key in ("models", "differences", "notes"):
            plain[key] = list(plain[key])
        for row in plain["models"]:
            row["scores"] = list(row["scores"])
        return plain
