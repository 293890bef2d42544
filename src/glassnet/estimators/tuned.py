"""What a tuning keeps: the best settings, averaged, as a model with the table of what was tried."""

from __future__ import annotations

import time
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from glassnet.estimators.averaged import average
from glassnet.estimators.greedy_ensemble import greedy_ensemble
from glassnet.estimators.halving import Entry, Finalist
from glassnet.estimators.merging import merged
from glassnet.estimators.table_training import Roles, calibration_of, decision_of, history_of
from glassnet.estimators.trials import Trial, Trials

if TYPE_CHECKING:
    from glassnet.estimators.table_estimator import TableEstimator
    from glassnet.estimators.tuning import Search

BY_THE_CLOCK = "time up"
_REASONS = {BY_THE_CLOCK: "time_budget", "interrupted": "interrupted"}
"""How a trial ended -> how the history of its networks says so."""
_MOST_PICKS = 6


def tuned(search: Search, codes: np.ndarray) -> TableEstimator:
    """The estimator that averages the best settings."""
    found = sorted(search.finalists, key=lambda finalist: finalist.entry.number)
    picks, loss = greedy_ensemble(
        [finalist.raw for finalist in found], search.data.targets.astype(np.float64), search.estimator.loss_,
        _MOST_PICKS, search.data.row_weights,
    )  # fmt: skip
    votes = {finalist.entry.number: picks.count(place) for place, finalist in enumerate(found)}
    picked = sorted(
        (finalist for finalist in found if votes[finalist.entry.number]),
        key=lambda finalist: (-votes[finalist.entry.number], finalist.entry.number),
    )
    parts, roles = [], Roles([], [], True)
    for finalist in picked:
        for part, own in _parts(search, finalist, votes[finalist.entry.number], codes):
            parts.append(part)
            roles.trained.extend(own.trained)
            roles.left_out.extend(own.left_out)
    first = parts[0]
    reason = _reason(search, picked, loss)
    if len(parts) == 1:
        first.recipe_ = replace(first.recipe_, reason=reason)
    else:
        whole = _model(search, picked[0].entry)
        average(whole, parts, reason)
        whole._calibration = calibration_of(whole, roles, search.data.X, codes)
        first = whole
    first.decision_ = decision_of(first, roles, search.data.X, codes, search.data.row_weights, search.data.groups)
    first.trials_ = Trials([
        Trial(
            e.number, round_, e.recipe.dense, e.recipe.learning_rate, e.recipe.l2,
            e.recipe.dropout, e.recipe.label_smoothing, e.epochs, e.loss, e.state, votes.get(e.number, 0),
            "" if not e.recipe.hidden else e.recipe.activations[-2].spec,
            str(search.settings(e.number)["embedding"]), e.recipe.optimizer.spec,
        )
        for round_, e in search.entries
    ])  # fmt: skip
    return first


def _reason(search: Search, picked: list[Finalist], loss: float) -> str:
    """What was tried, how it ended, and what was kept, in a sentence."""
    first, several = picked[0].entry.number, len(picked) > 1
    who = f"the mean of {len(picked)} of them" if several else f"trial {first}"
    most = f"; most votes went to trial {first}" if several else ""
    how = {"interrupted": " until it was interrupted", BY_THE_CLOCK: " until its time was up"}.get(search.ended, "")
    return (
        f"tune tried {len(search.entries)} settings in {search.round} round{'s' if search.round > 1 else ''}{how}, and "
        f"{who} lost least on the rows left out ({loss:.4g}){most}"
    )


def _model(search: Search, entry: Entry) -> TableEstimator:
    """An estimator under the settings of a trial, which knows the table and has no networks yet."""
    model = copy(search.estimator)
    model.set_params(**search.settings(entry.number))
    model.scores_ = {}
    model._determinism = "statistical"  # another training would not find them by itself
    return model


def _parts(search: Search, finalist: Finalist, votes: int, codes: np.ndarray) -> list[tuple[TableEstimator, Roles]]:
    """The models of a setting: its networks, each as often as it has votes; of shared bodies one for each."""
    recipe, data = finalist.entry.recipe, search.data
    bodies = [slice(f * recipe.n_networks, (f + 1) * recipe.n_networks) for f in range(data.folds)]
    made = []
    for fold, own in enumerate(bodies if recipe.shared else [slice(None)]):
        folds = [fold] if recipe.shared else list(range(data.folds))
        copies = 1 if recipe.shared else votes
        roles = Roles([data.trained[f] for f in folds] * copies, [data.left_out[f] for f in folds] * copies, True)
        model = _model(search, finalist.entry)
        alone, *arrays = merged(recipe, finalist.weights, finalist.biases, finalist.mixes)
        model.weights_, model.biases_, model.mixes_ = (
            [None if part is None else _repeated(part[own], copies) for part in each] for each in arrays
        )
        model.scales_ = finalist.scales[own] if recipe.shared else None
        model._activations = alone.activations
        told = f"trial {finalist.entry.number} with {votes} vote{'s' if votes > 1 else ''}"
        model.recipe_ = replace(
            alone, reason=told, n_networks=recipe.n_networks if recipe.shared else data.folds * copies,
            given=tuple(search.fixed), class_weights=search.estimator.recipe_.class_weights,
        )  # fmt: skip
        seconds = time.perf_counter() - search.started
        ended = _REASONS.get(finalist.entry.state, "all_epochs")
        model.histories_ = [
            history_of(finalist.result, finalist.places[f], roles, place, recipe, seconds, ended)
            for place, f in enumerate(folds * copies)
        ]
        model._calibration = calibration_of(model, roles, data.X, codes)
        heads = recipe.n_networks if recipe.shared else 1
        made.append((model, Roles(roles.trained * heads, roles.left_out * heads, True)))
    return made * votes if recipe.shared else made


def _repeated(part: np.ndarray, copies: int) -> np.ndarray:
    """Networks, each as often as it votes."""
    return part if copies == 1 else np.concatenate([part] * copies)
