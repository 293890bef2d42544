"""`FittedTable`: the complete state of a trained or loaded table estimator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine import Predictor
from glassnet.estimators.networks.members import activations_of, members_of
from glassnet.estimators.networks.progress import History
from glassnet.estimators.recipes.recipe import Recipe
from glassnet.estimators.training.intervals import Calibration
from glassnet.files.exports.decision import Decision
from glassnet.formulas import Loss
from glassnet.layers import LayerSpec
from glassnet.tables import Schema
from glassnet.tables.outcome import Outcome

if TYPE_CHECKING:
    from glassnet.estimators.training.trials import Trials

Arrays = Sequence[np.ndarray]


@dataclass(frozen=True, eq=False)
class FittedTable:
    """A trained table model, returned by training, tuning and loading, and stored in a model file.

    Before training it has no networks, only the schema of the table and the settings.

    Attributes
    ----------
    schema : Schema
    recipe : Recipe
        As it was decided.
    loss : Loss
    labels : array or None
        For classes: the labels in the order of their codes, with the user's type.
    fingerprint : str
        Of the training rows.
    weights, biases : sequence of array
        Per layer; those of several networks have a leading axis. Empty where `parts` are averaged.
    mixes : sequence of array or None
        Per layer: the shares of the activation that its neurons train.
    scales : array of shape (n_networks, n_inputs), or None
        Of networks that share a body.
    histories : tuple of History
        One per network; empty in a model from a file.
    calibration : Calibration or None
        The residuals behind prediction intervals.
    decision : Decision or None
        The threshold of two classes.
    arrays : dict of str to array
        Further arrays that the predictions of some outcomes need, such as a baseline hazard.
    scores : dict
        The scores and the rows that they are from, in plain JSON types.
    determinism : {"bitwise", "statistical"}
    parts : tuple of FittedTable
        Models of other settings or layers whose mean predicts.
    parameters : dict
        The parameters of the estimator if they differ from its own, as in a part.
    trials : Trials or None
        The trials of a tuning.
    """

    schema: Schema
    recipe: Recipe
    loss: Loss
    labels: np.ndarray | None = None
    fingerprint: str = ""
    weights: Arrays = ()
    biases: Arrays = ()
    mixes: Sequence[np.ndarray | None] = ()
    scales: np.ndarray | None = None
    histories: tuple[History, ...] = ()
    calibration: Calibration | None = None
    decision: Decision | None = None
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    determinism: str = "bitwise"
    parts: tuple[FittedTable, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    trials: Trials | None = None

    @property
    def outcome(self) -> Outcome:
        """The outcome of the target."""
        return self.schema.outcome

    @property
    def trained(self) -> bool:
        """Whether it has networks."""
        return bool(self.parts or len(self.weights))

    def activations_of(self, member: int) -> tuple[Any, ...]:
        """The activations of one network, with the mixes of its neurons if there are any."""
        return activations_of(self.recipe.activations, self.mixes, self.weights, member)

    @property
    def stack(self) -> tuple[LayerSpec, ...]:
        """All layers if some are image layers; otherwise none."""
        return self.recipe.stack(self.biases[-1].shape[-1]) if len(self.biases) else ()

    def raw_of_each(self, X: np.ndarray, threads: int | None = None) -> np.ndarray:
        """Raw predictions of each network, (n_networks, n_rows, n_outputs); in float64 for several."""
        if self.parts:
            return np.concatenate([part.raw_of_each(X, threads) for part in self.parts])
        predictors = self._predictors()
        raw = np.stack([predictor(X, threads) for predictor in predictors])
        return raw if len(predictors) == 1 else raw.astype(np.float64)

    def _predictors(self) -> list[Predictor]:
        """The networks as the engine packs them, kept between calls; packed again if an array was changed in place."""
        known: list[Predictor] = self.__dict__.get("_packed", [])
        packed, layers = [], self.stack
        for m, (w, b) in enumerate(members_of(self.weights, self.biases)):
            activations = self.activations_of(m)
            fresh = m < len(known) and known[m].holds(w, b) and known[m].activations == activations
            packed.append(known[m] if fresh else Predictor(w, b, activations, layers=layers))
        self.__dict__["_packed"] = packed
        return packed

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the packed networks, which are the weights once more."""
        return {name: value for name, value in self.__dict__.items() if name != "_packed"}

    def values(self, raw: np.ndarray) -> np.ndarray:
        """Predictions from raw ones (..., n_rows, n_outputs): numbers in the target's unit, or probabilities."""
        return self.outcome.values(raw, self.loss, clamped=self.recipe.clamped)


def average(parts: Sequence[FittedTable], reason: str) -> FittedTable:
    """One model that predicts the mean of all networks of the parts, each counted once."""
    first = parts[0]
    settings = dict.fromkeys(f"{part.recipe.reason}: {part.recipe.in_short()}" for part in parts)
    recipe = replace(
        first.recipe, reason=reason, n_networks=sum(part.recipe.n_networks for part in parts), averaged=tuple(settings)
    )
    return replace(
        first, recipe=recipe, weights=(), biases=(), mixes=(), scales=None, parts=tuple(parts),
        histories=tuple(history for part in parts for history in part.histories),
    )  # fmt: skip
