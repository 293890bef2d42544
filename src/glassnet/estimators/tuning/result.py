"""The result of a tuning: the best settings, averaged, as a model with the table of trials."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from glassnet.estimators.training.fitted_table import FittedTable, average
from glassnet.estimators.training.merging import merged
from glassnet.estimators.training.training import Roles, calibration_of, history_of
from glassnet.estimators.training.trials import Trial, Trials
from glassnet.estimators.tuning.greedy_ensemble import greedy_ensemble
from glassnet.estimators.tuning.halving import Finalist

if TYPE_CHECKING:
    from glassnet.estimators.tuning.tune import Search

BY_THE_CLOCK = "time up"
_REASONS = {BY_THE_CLOCK: "time_budget", "interrupted": "interrupted"}
"""How a trial ended -> how the history of its networks says so."""
_MOST_PICKS = 6


def tuned(search: Search, codes: np.ndarray) -> FittedTable:
    """The model that averages the best settings."""
    finalists = sorted(search.finalists, key=lambda finalist: finalist.entry.number)
    picks, loss = greedy_ensemble(
        [finalist.raw for finalist in finalists], _judging(search), search.estimator.loss_, _MOST_PICKS,
        search.data.row_weights,
    )  # fmt: skip
    votes = {finalist.entry.number: picks.count(place) for place, finalist in enumerate(finalists)}
    picked = sorted(
        (finalist for finalist in finalists if votes[finalist.entry.number]),
        key=lambda finalist: (-votes[finalist.entry.number], finalist.entry.number),
    )
    parts, roles = list[FittedTable](), Roles([], [], True)
    for finalist in picked:
        for part, own in _parts(search, finalist, votes[finalist.entry.number], codes):
            parts.append(part)
            roles.trained.extend(own.trained)
            roles.left_out.extend(own.left_out)
    reason, data, wish = _reason(search, picked, loss), search.data, search.estimator._wish
    if len(parts) == 1:
        fitted = replace(parts[0], recipe=replace(parts[0].recipe, reason=reason))
    else:
        fitted = average(parts, reason)
        # what answers need beside the networks is one thing for all of them, and each part's file holds it
        arrays = search.estimator._settle(fitted, roles, data.X, codes, data.row_weights)
        fitted = average([replace(part, arrays=arrays) for part in parts], reason)
        fitted = replace(fitted, calibration=calibration_of(fitted, roles, data.X, codes, data.threads))
    decision = None
    if wish is not None:
        decision = wish.decision(fitted, roles, data.X, codes, data.row_weights, data.groups, data.threads)
    trials = Trials([
        Trial(
            e.number, round_, e.recipe.dense, e.recipe.learning_rate, e.recipe.l2,
            e.recipe.dropout, e.recipe.label_smoothing, e.epochs, e.loss, e.state, votes.get(e.number, 0),
            "" if not e.recipe.hidden else e.recipe.activations[-2].spec,
            str(search.settings(e.number)["embedding"]), e.recipe.optimizer.spec,
        )
        for round_, e in search.entries
    ])  # fmt: skip
    return replace(fitted, decision=decision, trials=trials)


def _judging(search: Search) -> np.ndarray:
    """The targets that judge averages of settings.

    Where the loss compares rows, those of a fold are compared with each other alone: the networks of another fold have
    a constant of their own.
    """
    data = search.data
    targets: np.ndarray = data.targets.astype(np.float64)
    if search.estimator.loss_.scope != "batch":
        return targets
    stratum = np.zeros(len(targets))
    for fold, rows in enumerate(data.left_out):
        stratum[rows] = fold
    return np.column_stack([targets[:, :2], stratum])


def _reason(search: Search, picked: list[Finalist], loss: float) -> str:
    """Describe in a sentence what was tried, how the search ended, and what was kept."""
    first, several = picked[0].entry.number, len(picked) > 1
    who = f"the mean of {len(picked)} of them" if several else f"trial {first}"
    most = f"; most votes went to trial {first}" if several else ""
    how = {"interrupted": " until it was interrupted", BY_THE_CLOCK: " until its time was up"}.get(search.ended, "")
    return (
        f"tune tried {len(search.entries)} settings in {search.round} round{'s' if search.round > 1 else ''}{how}, and "
        f"{who} had the smallest loss on left-out rows ({loss:.4g}){most}"
    )


def _parts(search: Search, finalist: Finalist, votes: int, codes: np.ndarray) -> list[tuple[FittedTable, Roles]]:
    """The models of a setting: its networks, each as often as it has votes; of shared bodies one for each."""
    recipe, data, known = finalist.entry.recipe, search.data, search.estimator.fitted_
    bodies = [slice(f * recipe.n_networks, (f + 1) * recipe.n_networks) for f in range(data.folds)]
    models = []
    for fold, own in enumerate(bodies if recipe.shared else [slice(None)]):
        folds = [fold] if recipe.shared else list(range(data.folds))
        copies = 1 if recipe.shared else votes
        roles = Roles([data.trained[f] for f in folds] * copies, [data.left_out[f] for f in folds] * copies, True)
        alone, *layers, mixes = merged(recipe, finalist.weights, finalist.biases, finalist.mixes)
        weights, biases = ([_repeat(part[own], copies) for part in each] for each in layers)
        mixes = [None if part is None else _repeat(part[own], copies) for part in mixes]
        reason = f"trial {finalist.entry.number} with {votes} vote{'s' if votes > 1 else ''}"
        seconds = time.perf_counter() - search.started
        ended = _REASONS.get(finalist.entry.state, "all_epochs")
        model = replace(
            known, weights=weights, biases=biases, mixes=mixes, parameters=search.settings(finalist.entry.number),
            scales=finalist.scales[own] if recipe.shared else None,
            recipe=replace(
                alone, reason=reason, n_networks=recipe.n_networks if recipe.shared else data.folds * copies,
                given=tuple(search.fixed), class_weights=known.recipe.class_weights,
            ),
            histories=tuple(
                history_of(finalist.result, finalist.places[f], roles, place, recipe, seconds, ended)
                for place, f in enumerate(folds * copies)
            ),
            determinism="statistical",  # another training would not find them by itself
        )  # fmt: skip
        arrays = search.estimator._settle(model, roles, data.X, codes, data.row_weights)
        model = replace(model, calibration=calibration_of(model, roles, data.X, codes, data.threads), arrays=arrays)
        heads = recipe.n_networks if recipe.shared else 1
        models.append((model, Roles(roles.trained * heads, roles.left_out * heads, True)))
    return models * votes if recipe.shared else models


def _repeat(part: np.ndarray, copies: int) -> np.ndarray:
    """Networks, each as often as it votes."""
    return part if copies == 1 else np.concatenate([part] * copies)
