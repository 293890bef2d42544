"""One printed table of scores: of the trained network on each part of its table, of other models on the test rows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from glassnet.cli.summary.stored_scores import intervals_that_fit, texts_of
from glassnet.cli.summary.survival import stored_measures, survival_of
from glassnet.cli.terminal import terminal
from glassnet.estimators import TableEstimator
from glassnet.evaluate import Comparison, SurvivalPerformance, ThresholdEffect, compare, threshold_effect
from glassnet.evaluate.comparison.compare import own_scores
from glassnet.tables import EncodedTable
from glassnet.tables.door import for_the_command

_SECONDS = 9  # columns of the terminal
_MOST_ROWS, _FEWEST_ROWS, _ROWS_PER_SECOND = 50_000, 5_000, 1_000
_MOST_DRAWN, _FEWEST_DRAWS = 2**23, 40
"""Limits on rows, and on rows times draws, for scores on rows seen in training: they matter little and may be slow."""


@dataclass(frozen=True)
class Scores:
    """The comparison on the test rows, and the network's scores on the rows it has seen, by part.

    Parameters
    ----------
    comparison : Comparison
    seen : mapping of str to (int, int, tuple of Estimate)
        For ``"training"`` and ``"validation"``, if there are such rows: their number, the number on which the network
        was scored, and its scores.
    called : ThresholdEffect or None
        The effect of the network's threshold on the test rows.
    survival : tuple of SurvivalPerformance
        For times to an event: curves, calibration and notes.
    """

    comparison: Comparison
    seen: dict[str, tuple[int, int, tuple[Any, ...]]]
    called: ThresholdEffect | None = None
    survival: tuple[SurvivalPerformance, ...] = ()

    @classmethod
    def of(
        cls, estimator: TableEstimator, train: EncodedTable, test: EncodedTable, threads: int,
        progress: Callable[[str], object],
        weights: str | None = None, groups: str | None = None, memory_limit: float | None = None,
        time_budget: float | None = None,
    ) -> Self:  # fmt: skip
        """Train the compared models and score all of them, within the time budget."""
        started = time.perf_counter()
        chose = np.zeros(len(estimator._target_rows(train, None, weights).truth), dtype=bool)
        if len(estimator.histories_) == 1:  # otherwise each row trains some of several networks
            chose[estimator.history_.validation_rows] = True
        seen, most, until = {}, _MOST_ROWS, math.inf
        if time_budget is not None:
            most, until = int(min(most, max(_FEWEST_ROWS, _ROWS_PER_SECOND * time_budget))), started
        for part, rows in (("training", np.flatnonzero(~chose)), ("validation", np.flatnonzero(chose))):
            if len(rows):
                draws = max(_FEWEST_DRAWS, min(1000, _MOST_DRAWN // len(rows)))
                seen[part] = len(rows), *own_scores(
                    estimator, train, rows, weights=weights, groups=groups, seed=estimator.random_state, draws=draws,
                    most_rows=most, until=until,
                )  # fmt: skip
        seed = estimator.random_state
        left = None if time_budget is None else max(time_budget - (time.perf_counter() - started), 0.0)
        compared = compare(
            estimator, train, test, weights=weights, groups=groups, seed=seed, n_jobs=threads,
            progress=progress, memory_limit=memory_limit, time_budget=left,
        )  # fmt: skip
        decided = None
        if estimator.decision_ is not None:
            draws = max(_FEWEST_DRAWS, min(1000, _MOST_DRAWN // test.n_rows))
            decided = threshold_effect(estimator, test, weights=weights, groups=groups, seed=seed, draws=draws)
        return cls(compared, seen, decided, survival_of(estimator, compared, test, groups))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types for the model file, without timings, so that the same training gives the same file."""
        plain = {part: {"rows": count, **_plain(scores)} for part, (_, count, scores) in self.seen.items()}
        tested = {row.model: _plain(row.scores) for row in self.comparison.models if row.scores}
        return {**plain, "test": {"rows": self.comparison.n_test, **tested}, "verdict": self.comparison.verdict,
                **({} if self.called is None else {"called": self.called.to_dict()}),
                **({"survival": stored_measures(self.survival)} if self.survival else {})}  # fmt: skip

    def print(self, console: Console) -> None:
        """Print the table, the verdict in one sentence, and the notes."""
        comparison = self.comparison
        remark = f"with {100 * comparison.coverage:g} % intervals from {comparison.n_draws} bootstrap draws"
        console.print(terminal.title("Scores", remark))
        grid = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
        metrics = [heading.partition(" [")[0] for heading in comparison.header[1:-2]]
        rows = [(f"  {row.model}", row.scores) for row in comparison.models]
        saw = {f"  {_row_count(n, judged)} {part}": seen for part, (n, judged, seen) in self.seen.items()}
        rows += [("on training data", ()), *saw.items()]
        intervals = intervals_that_fit(console.width, metrics, rows)
        timed = intervals == len(metrics) == intervals_that_fit(console.width - _SECONDS, metrics, rows)
        for heading in ("", *metrics, *(["seconds"] if timed else [])):
            grid.add_column(heading, no_wrap=True, justify="right" if heading == "seconds" else "left")
        grid.add_row(f"on {comparison.n_test} test rows", style="dim")
        for row in comparison.models:
            scores = texts_of(row.scores, intervals) or ["–"] * len(metrics)
            seconds = "–" if row.fit_seconds is None else f"{row.fit_seconds:.2f}"
            texts = [f"  {row.model}", *scores, *([seconds] if timed else [])]
            grid.add_row(*texts, style="bold" if row is comparison.models[0] else "")
        if self.seen:
            grid.add_row("on training data", style="dim")
        for name, seen in saw.items():
            grid.add_row(name, *texts_of(seen, intervals))
        console.print(Padding(grid, (0, 0, 0, 2), expand=False))
        console.print()
        console.print(Text(comparison.verdict, style="bold"))
        skipped = (f"The {row.model} was {row.skipped}." for row in comparison.models if row.skipped)
        for note in (*skipped, *comparison.notes):
            console.print(Text(for_the_command(note), style="dim"))
        console.print()


def _row_count(rows: int, judged: int) -> str:
    """The number of rows, and of those on which the scores are based."""
    return str(rows) if judged == rows else f"{judged} of {rows}"


def _plain(scores: tuple[Any, ...]) -> dict[str, list[float | None]]:
    """Metric -> value and interval."""
    return {score.metric: [score.value, score.low, score.high] for score in scores}
