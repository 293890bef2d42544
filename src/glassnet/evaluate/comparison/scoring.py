"""`Scoring`: the test rows of a comparison and bootstrap draws of them; `Drawn`: the scores of several models."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.estimators.sampling.bootstrap import affordable_draws, interval, row_counts, wilson
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.evaluate.comparison.comparison import Estimate
from glassnet.evaluate.comparison.rivals import BASELINE
from glassnet.evaluate.comparison.verdict import NETWORK, Difference, Evidence
from glassnet.evaluate.metrics.metric import Metric
from glassnet.tables.outcome import Answer

FEWEST_TIMELY_DRAWS = 40
"""The number of draws that are made even when time is up, since fewer do not give an interval."""


@dataclass(frozen=True)
class Scoring:
    """The test rows, and how they are resampled.

    Attributes
    ----------
    metrics : sequence of Metric
    truth : array of shape (n,)
    weights : array of shape (n,) or None
    groups : Groups or None
        Groups that are resampled as a whole.
    draws, seed : int
        Bootstrap draws, reduced for very many rows, and their seed.
    coverage : float
        Share of the draws inside an interval.
    until : float
        The time, by `time.perf_counter`, after which at most `FEWEST_TIMELY_DRAWS` draws are made.
    """

    metrics: Sequence[Metric]
    truth: np.ndarray
    weights: np.ndarray | None
    groups: Groups | None
    draws: int
    seed: int
    coverage: float
    until: float = math.inf

    def plain(self, answer: Answer) -> dict[str, float]:
        """The scores of one model on the rows."""
        once = np.ones((1, len(self.truth))) if self.weights is None else self.weights[None]
        return {m.name: float(m.measure(self.truth, answer, once)[0]) for m in self.metrics}

    def measure(self, answers: Mapping[str, Answer]) -> Drawn:
        """Each model's scores on the rows, and on every bootstrap draw of them."""
        plain = {name: self.plain(answer) for name, answer in answers.items()}
        blocks: dict[str, dict[str, list[np.ndarray]]] = {name: {m.name: [] for m in self.metrics} for name in answers}
        n_draws = 0
        for drawn_rows in row_counts(
            len(self.truth), affordable_draws(len(self.truth), self.draws), self.seed, self.groups
        ):
            counts = drawn_rows if self.weights is None else drawn_rows * self.weights
            for name, answer in answers.items():
                for m in self.metrics:
                    blocks[name][m.name].append(m.measure(self.truth, answer, counts))
            n_draws += len(drawn_rows)
            if n_draws >= FEWEST_TIMELY_DRAWS and time.perf_counter() > self.until:
                break
        drawn = {
            name: {key: np.concatenate(parts) for key, parts in by_metric.items()} for name, by_metric in blocks.items()
        }
        return Drawn(self, plain, drawn, n_draws)


@dataclass(frozen=True)
class Drawn:
    """Scores of several models on the same rows and draws.

    Attributes
    ----------
    scoring : Scoring
    plain : dict of str to dict of str to float
        The scores by model and metric.
    drawn : dict of str to dict of str to array
        The same for each draw.
    n_draws : int
    """

    scoring: Scoring
    plain: dict[str, dict[str, float]]
    drawn: dict[str, dict[str, np.ndarray]]
    n_draws: int

    def scores(self, model: str) -> tuple[Estimate, ...]:
        """One model's scores with their intervals; empty for a model that was not scored."""
        if model not in self.plain:
            return ()
        scoring, scores = self.scoring, []
        for m in scoring.metrics:
            value, ends = self.plain[model][m.name], interval(self.drawn[model][m.name], scoring.coverage)
            if not np.isfinite(value):
                scores.append(Estimate(m.name, None, None, None))
                continue
            if m.share_of is not None and ends == (value, value) and value in (0.0, 1.0):
                rows, groups = m.share_of(scoring.truth), scoring.groups
                count = len(rows) if groups is None else len(np.unique(groups.of_row[rows]))
                ends = wilson(value, count, scoring.coverage)
            scores.append(Estimate(m.name, value, *(ends or (None, None))))
        return tuple(scores)

    def judged(self, metric: Metric) -> Evidence:
        """The network against the best other model by one metric, and the better of the two against the baseline."""
        sign = 1.0 if metric.larger_is_better else -1.0
        scores = {name: float(each[metric.name]) for name, each in self.plain.items()}
        value = {name: sign * score for name, score in scores.items() if np.isfinite(score)}
        rivals = [name for name in value if name not in (NETWORK, BASELINE)] or [n for n in value if n == BASELINE]
        if not rivals or NETWORK not in value:
            return Evidence(metric, scores, None)
        best = max(rivals, key=lambda name: value[name])

        def between(first: str, second: str) -> Difference | None:
            better, other = (first, second) if value[first] >= value[second] else (second, first)
            draws = self.drawn[better][metric.name] - self.drawn[other][metric.name]
            ends = interval(sign * draws, self.scoring.coverage)
            return None if ends is None else Difference(better, other, metric.name, value[better] - value[other], *ends)

        difference = between(NETWORK, best)
        if difference is None or BASELINE not in value or best == BASELINE:
            return Evidence(metric, scores, difference)
        above = between(difference.better, BASELINE)
        if above is not None and above.better == BASELINE:  # the baseline is best of all
            above = Difference(difference.better, BASELINE, metric.name, -above.value, -above.high, -above.low)
        return Evidence(metric, scores, difference, above)
