"""A study report of a run's network, made in a thread of its own, which can be asked to stop."""

from __future__ import annotations

import importlib.util
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import glassnet
from glassnet.errors import ConfigurationError, GlassnetError
from glassnet.files import ModelFile, write_model
from glassnet.report.study import Study, study
from glassnet.studio.contract.evaluation import ReportState
from glassnet.studio.run.run import Run
from glassnet.studio.storage.model_file import model_file
from glassnet.tables.door import for_the_page

MOST_REFITS = 500
WORD = all(importlib.util.find_spec(name) for name in ("docx", "matplotlib"))
"""Whether the report can be written for Word."""


class _CanceledError(Exception):
    """A person does not want the report any more."""


class Reporter:
    """Makes one report at a time and says how it goes; `found` is the last one."""

    def __init__(self) -> None:
        self.state = ReportState("none", word=WORD)
        self.found: Study | None = None
        self._lock, self._stop = threading.Lock(), threading.Event()

    def start(self, run: Run, threshold: float | None, refits: int, scratch: Path) -> ReportState:
        """Begin, unless one is under way; files on the way lie in `scratch`.

        Raises
        ------
        ConfigurationError
            When there are no test rows, or there are too many refits.
        """
        prepared = run.prepared
        if not len(prepared.test):
            raise ConfigurationError("There are no test rows. Set a test share, such as 0.2, and train again.")
        if not 0 <= refits <= MOST_REFITS:
            raise ConfigurationError(f"refits={refits} must be a whole number from 0 to {MOST_REFITS}.")
        with self._lock:
            if self.state.status == "running":
                return self.state
            with run.still() as machine:
                step, dtype = machine.step, machine.dtype
                weights, biases = machine.parameters()
            model = model_file(prepared, weights, biases, dtype, threshold)
            self._stop.clear()
            self.state = ReportState("running", step, "the model", word=WORD)
        work = threading.Thread(
            target=self._work, args=(run, model, refits, step, scratch), daemon=True, name="study report"
        )
        work.start()
        return self.state

    def cancel(self) -> ReportState:
        """Stop at the next stage, or between two refits."""
        self._stop.set()
        return self.state

    def _work(self, run: Run, model: ModelFile, refits: int, step: int, scratch: Path) -> None:
        """Make the report, and report any error."""
        prepared = run.prepared

        def doing(what: str) -> None:
            if self._stop.is_set():
                raise _CanceledError
            plain = what.partition("; Ctrl-C")[0]  # here a button ends it
            self.state = ReportState("running", step, plain, word=WORD)

        try:
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                estimator = glassnet.load(write_model(Path(folder) / "network.glassnet", model))
            found = study(
                estimator, prepared.table.take(prepared.test), train=prepared.table.take(prepared.train),
                groups=prepared.groups, refits=refits, seed=prepared.settings.seed, progress=doing,
            )  # fmt: skip
            doing("the page")
            found = replace(found, limits=tuple(map(for_the_page, found.limits)))
            self.found, self.state = found, ReportState("ready", step, word=WORD)
        except _CanceledError:
            self.state = ReportState("canceled", step, word=WORD)
        except GlassnetError as error:
            self.state = ReportState("failed", step, message=for_the_page(str(error)), word=WORD)
        except Exception as error:  # it must not end in silence
            self.state = ReportState("failed", step, message=f"{type(error).__name__}: {error}", word=WORD)
