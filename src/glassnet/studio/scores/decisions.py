"""Decisions on the rows of a part: those of one cell of the confusion matrix, and calls at every threshold."""

from __future__ import annotations

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.estimators.sampling.bootstrap import affordable_draws, row_counts
from glassnet.evaluate.metrics.cases import Cases
from glassnet.evaluate.metrics.clinical_curve import calibration_curve
from glassnet.evaluate.metrics.decisions import counts
from glassnet.plain import finite
from glassnet.studio.contract.data import ExampleImage
from glassnet.studio.contract.evaluation import CalibrationPoint, Calls, ConfusionCell, Decisions, JudgedRow
from glassnet.studio.data.images.example_image import MIDDLE, example_images
from glassnet.studio.data.preparation.preparation import Part, Preparation
from glassnet.studio.run.run import Run
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.outcome import Answer

MOST_ROWS, MOST_PICTURES = 200, 60
_DRAWS, _MOST_DRAWN = 200, 400_000  # draws, and rows times draws
_THRESHOLDS = tuple(k / 100 for k in range(1, 100))


def _rows(preparation: Preparation, part: str) -> tuple[Part, np.ndarray]:
    """A part by its name, and the positions of its rows among those with a target."""
    parts: dict[Part, np.ndarray] = {
        "train": preparation.train, "validation": preparation.validation, "test": preparation.test,
    }  # fmt: skip
    for name, rows in parts.items():
        if name == part and len(rows):
            return name, rows
    held = ", ".join(name for name, rows in parts.items() if len(rows))
    raise ConfigurationError(f"There are no rows in part={part[:40]!r}. This run has {held}.")


def _answer(run: Run, rows: np.ndarray) -> Answer:
    """The network's current answer for rows."""
    with run.still() as machine:
        raw = machine.raw_prediction(run.preparation.X[rows])
    return run.preparation.schema.outcome.answer(raw, run.preparation.loss)


def cell(run: Run, part: str, truth: int, predicted: int) -> ConfusionCell:
    """The rows of one cell of the confusion matrix, those of which the network is surest first."""
    preparation = run.preparation
    n_classes = len(preparation.classes)
    if not (0 <= truth < n_classes and 0 <= predicted < n_classes):
        raise ConfigurationError(f"The classes are numbered 0 to {n_classes - 1}; not {truth} and {predicted}.")
    name, rows = _rows(preparation, part)
    answer = _answer(run, rows)
    inside = np.flatnonzero((preparation.truth[rows] == truth) & (answer.predicted == predicted))
    share = np.ones(len(rows)) if answer.probability is None else answer.probability[:, predicted]
    listed = inside[np.argsort(-share[inside], kind="stable")][:MOST_ROWS]
    own = rows[listed]
    column = preparation.schema.image_column
    images = None if column is None else preparation.table.column(column.name)
    pictures: list[ExampleImage | None] = [None] * len(own)
    if isinstance(images, ImageCells):
        pictures[:MOST_PICTURES] = example_images(images, own[:MOST_PICTURES], MIDDLE)
    return ConfusionCell(name, truth, predicted, len(inside), [
        JudgedRow(int(preparation.present[row]), preparation.table.row_name(int(row)), finite(float(share[k])), picture)
        for k, row, picture in zip(listed, own, pictures, strict=True)
    ])  # fmt: skip


def decisions(run: Run, part: str) -> Decisions:
    """Calls of the second of two classes at every threshold, and the calibration curve; empty without probabilities."""
    preparation = run.preparation
    name, rows = _rows(preparation, part)
    answer = _answer(run, rows)
    probability = None if answer.probability is None else answer.probability[:, -1].astype(np.float64)
    if (
        len(preparation.classes) != 2
        or probability is None
        or preparation.loss.link == "sign"
        or not ((probability >= 0) & (probability <= 1)).all()
    ):
        return Decisions(name, len(rows), 0, [], [])
    cases = Cases.of(preparation.truth[rows], probability, log_odds=answer.margin)
    ones = np.ones((1, len(rows)))
    calls = []
    for threshold in _THRESHOLDS:
        tp, fp, tn, fn = (int(value[0]) for value in counts(cases.at(threshold), ones))
        calls.append(Calls(threshold, tp, fp, tn, fn))
    return Decisions(name, len(rows), int(cases.truth.sum()), calls, _calibration(preparation, rows, cases))


def _calibration(preparation: Preparation, rows: np.ndarray, cases: Cases) -> list[CalibrationPoint]:
    """How often the outcome happens at each predicted probability, with its band; None where a class is missing."""
    together = None if preparation.together is None else preparation.together.take(rows)
    n_draws = affordable_draws(len(rows), max(50, min(_DRAWS, _MOST_DRAWN // len(rows))))
    draws = row_counts(len(rows), n_draws, preparation.settings.seed, together)
    with np.errstate(all="ignore"):
        curve = calibration_curve(cases, np.ones(len(rows)), draws)
    if curve is None:
        return []
    columns = (curve.probability, curve.observed, curve.low, curve.high)
    return [CalibrationPoint(*map(finite, point)) for point in zip(*(c.tolist() for c in columns), strict=True)]
