"""Caveats for readers of scores: copies, groups, rare classes, few rows, differences in training rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassnet.estimators import TableEstimator
from glassnet.estimators.sampling.copies import Copies
from glassnet.evaluate.comparison.comparison import Estimate
from glassnet.evaluate.metrics.metric import Metric
from glassnet.tables import Table
from glassnet.tables.outcome import Answer

SMALL_TEST = 30
_MOST_CLASSES = 12
_MOST_NAMED = 3


def group_caveats(train: Table, test: Table, groups: str | None) -> list[str]:
    """Notes on resampling by groups, and on groups with both training and test rows."""
    if groups is None:
        return []
    known, judged = (set(table.column(groups).level_counts()) for table in (train, test))
    notes = [f"The intervals are from resampling {len(judged)} groups of {groups!r}, not rows."]
    if both := len(known & judged):
        notes.append(
            f"{both} of these groups also have training rows, so the scores say little about new groups. Split the "
            "rows by groups."
        )
    return notes


def copy_caveats(
    copies: Copies, n_train: int, truth: np.ndarray, answer: Answer, metric: Metric, score: float
) -> list[str]:
    """A note on test rows that are copies of training rows, with the score without them.

    `copies` are those of the training rows followed by the test rows.
    """
    if not copies.copied:
        return []
    seen = np.isin(copies.groups.of_row[n_train:], copies.groups.of_row[:n_train])
    if not seen.any():
        return []
    start = f"{int(seen.sum()):,} of the {len(truth):,} test rows are copies of training rows, so"
    if seen.all():
        return [f"{start} the scores say nothing about new rows. Split the rows so that copies stay on one side."]
    others = (~seen).astype(np.float64)[None]
    alone = float(metric.measure(truth, answer, others)[0])
    return [
        f"{start} the scores are too good: on the {int((~seen).sum()):,} others the network's {metric.name} is "
        f"{alone:.3f}, not {score:.3f}. Split the rows so that copies stay on one side."
    ]


def class_caveats(
    classes: Sequence[str], train_y: np.ndarray, truth: np.ndarray, predicted: np.ndarray, scores: Sequence[Estimate]
) -> list[str]:
    """Notes on classes with too few rows to evaluate, and on classes that the network hardly ever predicts.

    `scores` are the network's.
    """
    if not 1 < len(classes) <= _MOST_CLASSES:
        return []
    trained, true, predicted_counts = (
        np.bincount(codes, minlength=len(classes)) for codes in (train_y, truth, predicted)
    )
    auc = next((score for score in scores if score.metric == "AUC" and score.low is not None), None)
    notes = []
    for label, n_trained, n_true, n_predicted in zip(classes, trained, true, predicted_counts, strict=True):
        total = n_trained + n_true
        if n_true == 0:
            rows = "no row" if total == 0 else "1 row" if total == 1 else f"{total} rows"
            notes.append(
                f"The class {label!r} has {rows} in all and none in the test set, so the scores say nothing about it."
            )
        elif n_predicted < n_true / 2:
            note = (
                f"The network predicts {label!r} for {n_predicted:,} of {len(truth):,} test rows; "
                f"{n_true:,} {'is' if n_true == 1 else 'are'}."
            )
            if auc is not None and auc.value is not None and auc.low is not None and auc.low > 0.5:
                note += (
                    f" It ranks the rows better than chance (AUC {auc.value:.3f}), so a threshold below one half would "
                    "find more of them: threshold='youden', --threshold youden."
                )
            notes.append(note)
    return notes[:_MOST_NAMED]


def threshold_caveats(model: TableEstimator) -> list[str]:
    """A note that the threshold does not affect the comparison of models."""
    if model.decision_ is None:
        return []
    rule = model.decision_.rule([str(label) for label in model.schema_.classes])
    return [
        f"The network's threshold ({rule}) does not affect these scores: their accuracies use the most probable class."
    ]


def epoch_caveats(model: TableEstimator) -> list[str]:
    """A note that most networks were still improving when their training ended."""
    histories = getattr(model, "histories_", [])  # a model from a file has none
    watched = [history for history in histories if history.n_validation_rows]
    cut = ("all_epochs", "time_budget")
    late = [each for each in watched if each.stop_reason in cut and each.best_epoch >= each.epochs_done]
    kept_anyway = model.recipe_.last_epoch  # which says nothing of the loss
    if not model.recipe_.hidden or kept_anyway or not late or 2 * len(late) < len(watched):
        return []
    who = "" if len(watched) == 1 else f" for {len(late)} of {len(watched)} networks"
    if late[0].stop_reason == "time_budget" or model.time_budget is not None:
        more = "a longer --time-budget (in Python time_budget=...)"
    else:
        epochs = 2 * model.recipe_.epochs
        more = f"epochs={epochs}, --epochs {epochs}"
    return [f"The best epoch is the last one{who}, so more may help: {more}."]


def size_caveats(
    metrics: Sequence[Metric],
    plain: dict[str, float],
    model: TableEstimator,
    n_train: int,
    n_test: int,
    *,
    sampled: bool,
) -> list[str]:
    """Notes on undefined scores, few test rows, and a network trained on fewer rows than the other models."""
    notes = [
        m.undefined[0].upper() + m.undefined[1:] + "."
        for m in metrics
        if m.undefined and not np.isfinite(plain[m.name])
    ]
    if n_test < SMALL_TEST:
        notes.append(f"With only {n_test} test rows, every score is uncertain, and so are the intervals.")
    if model.recipe_.class_weights:
        notes.append("The other models, except the baseline, were trained with the network's class weights.")
    history = getattr(model, "history_", None)
    if history is not None and history.n_validation_rows and len(model.histories_) == 1:
        notes.append(
            f"The network was trained on {history.n_training_rows} of the {n_train} training rows, and "
            + ("watched" if model.recipe_.last_epoch else "its epoch was chosen")
            + f" on the other {history.n_validation_rows}"
            + ("." if sampled else "; the other models were trained on all of them.")
        )
    return notes
