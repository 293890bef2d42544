"""Runs: made, changed, controlled, watched."""

from __future__ import annotations

from contextlib import suppress

from glassnet.errors import ConfigurationError
from glassnet.studio.contract import run as wire
from glassnet.studio.contract.evaluation import (
    ComparisonState,
    ConfusionCell,
    Decisions,
    Evaluation,
    ReportRequest,
    ReportState,
    RunsBeside,
    RunsRequest,
)
from glassnet.studio.contract.state import Lab
from glassnet.studio.contract.views.frame import Frame
from glassnet.studio.contract.views.picture import Points, Surface
from glassnet.studio.entry import Entry
from glassnet.studio.http.request import Call
from glassnet.studio.scores.beside import MOST_BESIDE, run_beside
from glassnet.studio.scores.decisions import cell as rows_of_cell
from glassnet.studio.scores.decisions import decisions as decisions_of
from glassnet.studio.scores.evaluation import evaluate
from glassnet.studio.storage.store import Unkept
from glassnet.studio.studio import Studio
from glassnet.studio.views.frame import Framer
from glassnet.studio.views.paint import points as painted_points
from glassnet.studio.views.surface import surface as drawn_surface


def entry_of(studio: Studio, call: Call) -> Entry:
    """The run of a call."""
    return studio.runs.get(call.path["run"])


def runs(studio: Studio, _: Call) -> wire.Runs:
    """All runs."""
    return wire.Runs(studio.runs.summaries())


def _remember(studio: Studio, entry: Entry) -> wire.RunState:
    """A run that becomes the one to open next time, where that can be written."""
    with suppress(Unkept):
        if studio.store.setting("last_run") != entry.id:
            studio.store.set("last_run", entry.id)
    return studio.runs.state(entry)


def new_run(studio: Studio, call: Call) -> wire.RunState:
    """A new run."""
    wanted: wire.NewRun = call.decode(wire.NewRun)
    return _remember(studio, studio.runs.new(wanted))


def open_lab(studio: Studio, call: Call) -> wire.RunState:
    """A run from a stored lab."""
    try:
        lab: Lab = call.decode(Lab)
    except ConfigurationError:
        raise ConfigurationError(
            "This is not a lab of the studio, or only a part of one, or one of a newer glassnet. Paste the whole link, "
            "or all of the text that “Copy as JSON” gives."
        ) from None
    return _remember(studio, studio.runs.open_lab(lab))


def run(studio: Studio, call: Call) -> wire.RunState:
    """The state of a run."""
    return _remember(studio, entry_of(studio, call))


def change(studio: Studio, call: Call) -> wire.RunState:
    """Restart the run under new settings."""
    wanted: wire.NewRun = call.decode(wire.NewRun)
    return _remember(studio, studio.runs.change(call.path["run"], wanted))


def control(studio: Studio, call: Call) -> wire.RunState:
    """One command."""
    command: wire.Control = call.decode(wire.Control)
    entry = entry_of(studio, call)
    studio.runs.control(entry, command)
    return studio.runs.state(entry)


def rename_run(studio: Studio, call: Call) -> wire.Runs:
    """Another name for a run."""
    wanted: wire.RunName = call.decode(wire.RunName)
    studio.runs.rename(call.path["run"], wanted.name)
    return runs(studio, call)


def threshold(studio: Studio, call: Call) -> wire.RunState:
    """The probability from which rows are called the second class."""
    wanted: wire.Threshold = call.decode(wire.Threshold)
    entry = entry_of(studio, call)
    studio.runs.set_threshold(entry, wanted.value)
    return studio.runs.state(entry)


def beside(studio: Studio, call: Call) -> RunsBeside:
    """Runs side by side."""
    asked: RunsRequest = call.decode(RunsRequest)
    if not 1 <= len(asked.runs) <= MOST_BESIDE:
        raise ConfigurationError(f"1 to {MOST_BESIDE} runs can stand side by side, not {len(asked.runs)}.")
    entries = [studio.runs.get(name) for name in asked.runs]
    return RunsBeside([run_beside(entry.id, entry.name, entry.run) for entry in entries])


def make_report(studio: Studio, call: Call) -> ReportState:
    """Begin a study report."""
    asked: ReportRequest = call.decode(ReportRequest)
    entry = entry_of(studio, call)
    return entry.reporter.start(entry.run, entry.threshold, asked.refits, studio.store.scratch)


def report(studio: Studio, call: Call) -> ReportState:
    """How the report goes."""
    return entry_of(studio, call).reporter.state


def cancel_report(studio: Studio, call: Call) -> ReportState:
    """Stop making the report."""
    return entry_of(studio, call).reporter.cancel()


def remove_run(studio: Studio, call: Call) -> wire.Runs:
    """Remove a run."""
    studio.runs.remove(call.path["run"])
    return runs(studio, call)


def frame(studio: Studio, call: Call) -> Frame:
    """The frame of now."""
    entry = entry_of(studio, call)
    return Framer(entry.run, call.view()).frame(entry.id)


def points(studio: Studio, call: Call) -> Points:
    """The rows behind a picture."""
    return painted_points(entry_of(studio, call).run.preparation, call.view())


def surface(studio: Studio, call: Call) -> Surface:
    """The loss over two parameters."""
    run = entry_of(studio, call).run
    return drawn_surface(run, call.query.get("first"), call.query.get("second"), call.whole("resolution", 48, 8, 120))


def evaluation(studio: Studio, call: Call) -> Evaluation:
    """Scores by part."""
    return evaluate(entry_of(studio, call).run)


def cell(studio: Studio, call: Call) -> ConfusionCell:
    """Rows of one cell of the confusion matrix."""
    truth, predicted = call.whole("truth", 0, 0, 10**6), call.whole("predicted", 0, 0, 10**6)
    return rows_of_cell(entry_of(studio, call).run, call.text("part", "test"), truth, predicted)


def decisions(studio: Studio, call: Call) -> Decisions:
    """Two classes at every threshold."""
    return decisions_of(entry_of(studio, call).run, call.text("part", "test"))


def compare(studio: Studio, call: Call) -> ComparisonState:
    """Train other models to compare with."""
    entry = entry_of(studio, call)
    return entry.comparer.start(entry.run, entry.run.tell, studio.store.scratch)


def comparison(studio: Studio, call: Call) -> ComparisonState:
    """The state of the comparison."""
    return entry_of(studio, call).comparer.state
