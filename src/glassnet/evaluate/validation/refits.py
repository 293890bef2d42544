"""Refits: the whole modeling procedure, repeated on bootstrap samples of the training rows."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, DataError, GlassnetError, TableWarning
from glassnet.estimators.networks.workers import each_of
from glassnet.estimators.sampling.bootstrap import row_counts
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.estimators.tables.models.scores import TargetRows
from glassnet.evaluate.metrics.cases import Cases, Floats, check_weights
from glassnet.evaluate.validation.outcome_cases import cases_of, endpoint_of, threshold_of

REFITS = 200
FEWEST_REFITS = 20
_MANY_ROWS = 10_000
_LARGEST_SEED = 2**31


def affordable_refits(n_rows: int) -> int:
    """The default number of refits: 200, and fewer for long tables, where refits differ less and take longer.

    Examples
    --------
    >>> affordable_refits(569), affordable_refits(20_000), affordable_refits(10**6)
    (200, 100, 20)
    """
    return max(FEWEST_REFITS, min(REFITS, REFITS * _MANY_ROWS // max(n_rows, 1)))


@dataclass(frozen=True, eq=False)
class Refit:
    """One refit.

    Attributes
    ----------
    counts : array of float64, shape (n_rows,)
        The number of times that each row was drawn.
    cases : dict of str to Cases
        The predictions for all rows, by outcome.
    threshold : float or None
        Its own threshold, if the procedure chooses one for this outcome.
    """

    counts: Floats
    cases: dict[str, Cases]
    threshold: float | None = None


class Procedure:
    """A repeatable training procedure: the model's settings and schema, and the training rows.

    Copies of a row that was drawn several times, and rows of a group, stay together when networks leave rows out, as in
    training; otherwise each network would choose its epoch on rows that it has seen.

    Attributes
    ----------
    known : TargetRows
    weights : array of float64, shape (n_rows,)
    groups : Groups or None
        The units of resampling: groups, and copies among the rows.
    """

    def __init__(
        self, model: Any, train: Any, y: Any = None, *, weights: Any = None, groups: Any = None, event: Any = None,
        thresholds: tuple[float, ...] = (), copies: str = "together", horizon: float | None = None,
    ) -> None:  # fmt: skip
        self.model, self.endpoint = model, endpoint_of(model, event, thresholds, horizon)
        self.known: TargetRows = model._target_rows(train, y, weights, groups)
        self.weights = check_weights(self.known.weights, len(self))
        self.groups: Groups | None = self.known.drawn_together(model.schema_, copies)
        if (len(self) if self.groups is None else len(self.groups)) < 3:
            what = "rows" if self.groups is None else "groups of rows"
            raise DataError(f"Refits need at least 3 {what} to draw from; {self.known.table.origin} has fewer.")

    def __len__(self) -> int:
        return len(self.known.truth)

    def cases(self, model: Any) -> dict[str, Cases]:
        """The predictions of a model for all rows, by outcome."""
        return cases_of(model, model._answer(self.known.rows), self.known.truth, self.endpoint)

    def refits(self, count: int, seed: int) -> Iterator[Refit | None]:
        """Generate the refits; None for one that could not be trained on its bootstrap sample.

        Each has its own seed, because the model's seed is also one of many possible ones.

        Raises
        ------
        KeyboardInterrupt
            When Ctrl-C ends the training of a network early, since such a refit does not follow the procedure.
        """
        drawn = [counts for block in row_counts(len(self), count, seed, self.groups) for counts in block]
        first = int(self.model.recipe_.seed)
        yield from each_of(
            self._refit, [(counts, (first + number) % _LARGEST_SEED) for number, counts in enumerate(drawn, start=1)]
        )

    def _refit(self, counts: Floats, seed: int) -> Refit | None:
        """One refit, or None if it could not be trained."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TableWarning)
            model = self._refitted(counts, seed)
            if model is None:
                return None
            cases = self.cases(model)
        return Refit(counts, cases, threshold_of(model, self.endpoint))

    def _refitted(self, counts: Floats, seed: int) -> Any:
        """Run the procedure on the bootstrap sample."""
        rows = np.repeat(np.arange(len(self)), counts.astype(np.int64))
        together = np.arange(len(self)) if self.groups is None else self.groups.of_row
        settings = self.model._stored_parameters() | {"random_state": seed, "verbose": False}
        model = type(self.model)(**settings)
        own = None if self.known.weights is None else self.known.weights[rows]
        try:
            model.fit(
                self.known.table.take(rows), schema=self.model.schema_, weights=own, groups=together[rows],
                copies="apart", progress=lambda _: None,
            )  # fmt: skip
        except ConfigurationError:
            raise
        except GlassnetError:
            return None
        if any(history.stop_reason == "interrupted" for history in model.histories_):
            raise KeyboardInterrupt
        return model
