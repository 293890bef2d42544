"""The result of a comparison: scores with intervals, and a verdict in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from glassnet.evaluate.comparison.verdict import Difference, short
from glassnet.tables.outcome import Answer


@dataclass(frozen=True)
class Estimate:
    """A score with its bootstrap interval; None if it is not defined."""

    metric: str
    value: float | None
    low: float | None
    high: float | None

    def text(self) -> str:
        """The text for a table, such as ``0.974 [0.939, 1.000]``."""
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
    scores : tuple of Estimate
        The scores; empty if the model was skipped.
    fit_seconds : float or None
    skipped : str
        Why the model was skipped; empty if it was not.
    """

    model: str
    settings: str
    scores: tuple[Estimate, ...]
    fit_seconds: float | None
    skipped: str = ""


@dataclass(frozen=True)
class Comparison:
    """A network and other models on the same split.

    Attributes
    ----------
    task : str
    models : tuple of Row
        The models, with the network first.
    differences : tuple of Difference
        Differences between the network and the best other model, by each metric of the verdict.
    verdict : str
        Which model is better and by how much: by log loss and then accuracy for classes, by R2 for amounts.
    n_train, n_test, n_draws : int
        The numbers of rows and of bootstrap draws.
    coverage : float
        Share of the draws inside an interval.
    notes : tuple of str
        Caveats.
    answers : dict of str to Answer
        The predictions of each model for the test rows, by its name; not stored.
    truth : array or None
        The true codes or numbers of the test rows; not stored.
    judging : array of int or None
        The test rows (among those with a target) used for evaluation; None if all were used. Not stored.
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
        """The predictions of the other models."""
        return {name: answer for name, answer in self.answers.items() if name != self.models[0].model}

    @property
    def difference(self) -> Difference | None:
        """The difference by the first metric, or None if it is undefined."""
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
