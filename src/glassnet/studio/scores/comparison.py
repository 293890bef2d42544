"""The comparison of a run's network with other models on the same rows, in a thread of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import glassnet
from glassnet.errors import ConfigurationError
from glassnet.evaluate import compare
from glassnet.evaluate.comparison.comparison import Comparison, Estimate
from glassnet.files import write_model
from glassnet.studio.contract.evaluation import ComparisonState, Difference, ModelScore, Score
from glassnet.studio.data.images.crafted import wants_features, with_features
from glassnet.studio.job import End, Job
from glassnet.studio.run.run import Run
from glassnet.studio.scores.evaluation import draws_for, judged
from glassnet.studio.storage.model_file import model_file
from glassnet.tables.door import for_the_page


class Comparer:
    """Runs one comparison at a time and says how it goes."""

    def __init__(self) -> None:
        self.state = ComparisonState("none")
        self._job = Job("comparison", "Use fewer rows.")

    def start(self, run: Run, tell: Callable[[], None], scratch: Path) -> ComparisonState:
        """Begin, unless one is under way; files on the way lie in `scratch`."""
        preparation = run.preparation
        if not len(preparation.test):
            raise ConfigurationError("There are no test rows. Set a test share, such as 0.2, and train again.")
        with self._job.lock:
            if self.state.status == "running":
                return self.state
            with run.still() as machine:
                step = machine.step
                weights, biases = machine.parameters()
            model = model_file(preparation, weights, biases, run.machine.dtype)
            self.state = ComparisonState("running", step, "network")

            def failed(_: End, message: str) -> None:
                self.state = ComparisonState("failed", step, message=message)
                tell()

            self._job.start(lambda: self._work(run, model, step, tell, scratch), failed)
        return self.state

    def _work(
        self, run: Run, model: glassnet.files.ModelFile, step: int, tell: Callable[[], None], scratch: Path
    ) -> None:
        """Train the rivals."""
        preparation = run.preparation

        def doing(rival: str) -> None:
            self.state = ComparisonState("running", step, rival)
            tell()

        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            estimator = glassnet.load(write_model(Path(folder) / "network.glassnet", model))
        if wants_features(preparation.table):
            doing("hand-crafted features")
        table = with_features(preparation.table)
        comparison = compare(  # like for like: the rows that the network learned from, and its own intervals
            estimator, table.take(preparation.train), table.take(preparation.test), progress=doing,
            groups=preparation.groups, seed=preparation.settings.seed, draws=draws_for(len(preparation.test)),
        )  # fmt: skip
        self.state = _state(comparison, step)
        tell()


def scores_of(scores: tuple[Estimate, ...], n_test: int) -> list[Score]:
    """Scores as the page takes them."""
    return [judged(score.metric, score.value, score.low, score.high, n_test) for score in scores]


def _state(comparison: Comparison, step: int) -> ComparisonState:
    """The result as the page takes it."""
    models = [
        ModelScore(row.model, row.settings, scores_of(row.scores, comparison.n_test), row.fit_seconds, row.skipped)
        for row in comparison.models
    ]
    d = comparison.difference
    difference = None if d is None else Difference(d.better, d.other, d.metric, d.value, d.low, d.high, d.clear)
    return ComparisonState(
        status="ready", step=step, models=models, difference=difference, verdict=comparison.verdict,
        n_train=comparison.n_train,
        n_test=comparison.n_test, coverage=comparison.coverage, notes=[for_the_page(note) for note in comparison.notes],
    )  # fmt: skip
