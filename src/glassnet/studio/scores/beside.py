"""Runs side by side: settings, curves over the epochs, and scores."""

from __future__ import annotations

from glassnet.studio.contract.evaluation import RunBeside
from glassnet.studio.run.record import about
from glassnet.studio.run.run import Run
from glassnet.studio.scores.evaluation import evaluate

MOST_BESIDE = 12


def run_beside(name: str, title: str, run: Run) -> RunBeside:
    """One run as it stands, by its id and what it is called."""
    with run.still():
        points, course = list(run.curves.points), run.course
        step, preparation = run.step, run.preparation
    return RunBeside(
        id=name, name=title, about=about(preparation.settings), step=step, settings=preparation.settings,
        n_parameters=preparation.n_parameters, epoch=[course.epoch(at) for at, _ in points],
        data=[losses.data for _, losses in points], validation=[losses.validation for _, losses in points],
        parts=evaluate(run).parts,
    )  # fmt: skip
