"""A study report of a run's network, made in a thread of its own, which can be asked to stop."""

from __future__ import annotations

import importlib.util
import tempfile
from dataclasses import replace
from pathlib import Path

import glassnet
from glassnet.errors import ConfigurationError
from glassnet.files import ModelFile, write_model
from glassnet.report.study import Study, study
from glassnet.studio.contract.evaluation import ReportState
from glassnet.studio.job import End, Job
from glassnet.studio.run.run import Run
from glassnet.studio.storage.model_file import model_file
from glassnet.tables.door import for_the_page

MOST_REFITS = 500
WORD = all(importlib.util.find_spec(name) for name in ("docx", "matplotlib"))
"""Whether the report can be written for Word."""


class Reporter:
    """Makes one report at a time and says how it goes; `found` is the last one."""

    def __init__(self) -> None:
        self.state = ReportState("none", word=WORD)
        self.study: Study | None = None
        self._job = Job("study report", "Use fewer rows or fewer refits.")

    def start(self, run: Run, threshold: float | None, refits: int, scratch: Path) -> ReportState:
        """Begin, unless one is under way; files on the way lie in `scratch`.

        Raises
        ------
        ConfigurationError
            When there are no test rows, or there are too many refits.
        """
        preparation = run.preparation
        if not len(preparation.test):
            raise ConfigurationError("There are no test rows. Set a test share, such as 0.2, and train again.")
        if not 0 <= refits <= MOST_REFITS:
            raise ConfigurationError(f"refits={refits} must be a whole number from 0 to {MOST_REFITS}.")
        with self._job.lock:
            if self.state.status == "running":
                return self.state
            with run.still() as machine:
                step, dtype = machine.step, machine.dtype
                weights, biases = machine.parameters()
            model = model_file(preparation, weights, biases, dtype, threshold)
            self.state = ReportState("running", step, "the model", word=WORD)
            self._job.start(lambda: self._work(run, model, refits, step, scratch), self._ended)
        return self.state

    def cancel(self) -> ReportState:
        """Stop at the next stage, or between two refits."""
        self._job.stop()
        return self.state

    def _work(self, run: Run, model: ModelFile, refits: int, step: int, scratch: Path) -> None:
        """Make the report."""
        preparation = run.preparation

        def doing(what: str) -> None:
            self._job.check()
            plain = what.partition("; Ctrl-C")[0]  # here a button ends it
            self.state = ReportState("running", step, plain, word=WORD)

        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            estimator = glassnet.load(write_model(Path(folder) / "network.glassnet", model))
        report = study(
            estimator, preparation.table.take(preparation.test), train=preparation.table.take(preparation.train),
            groups=preparation.groups, refits=refits, seed=preparation.settings.seed, progress=doing,
        )  # fmt: skip
        doing("the page")
        report = replace(report, limits=tuple(map(for_the_page, report.limits)))
        self.study, self.state = report, ReportState("ready", step, word=WORD)

    def _ended(self, status: End, message: str) -> None:
        """Say that there is no report, and why."""
        self.state = ReportState(status, self.state.step, message=message, word=WORD)
