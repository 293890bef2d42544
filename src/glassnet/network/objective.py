"""The objective that a network minimizes: the reduced loss of the rows plus the penalties on the weights.

``L = factor * sum_r w_r loss_r + l1 * sum |W| + l2 * sum W**2`` with the factor of the reduction; with
`penalty_per_row` the penalties are divided by the total row weight of the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.formulas import REDUCTIONS, Loss, Parameter, penalties, reduction_factor
from glassnet.formulas.loss import links
from glassnet.network.shapes import Array

_STRENGTHS = tuple(Parameter(name, 0.0, penalties[name].summary, low=0.0) for name in ("l1", "l2"))


@dataclass(frozen=True)
class LossValue:
    """The parts of the objective at one place; ``total = data + l1 + l2``.

    Attributes
    ----------
    data : float
        The loss of the rows, reduced.
    l1, l2 : float
        The penalty terms, their strengths included.
    """

    data: float
    l1: float
    l2: float

    @property
    def total(self) -> float:
        """The value that training minimizes."""
        return self.data + self.l1 + self.l2


@dataclass(frozen=True)
class Objective:
    """The loss record, the reduction, the penalty strengths and the label smoothing of a network."""

    loss: Loss
    reduction: str = "mean"
    l1: float = 0.0
    l2: float = 0.0
    penalty_per_row: bool = False
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "label_smoothing", self.loss.check_smoothing(self.label_smoothing))
        reduction_factor(self.reduction, 1.0)  # raises for an unknown name
        for strength in _STRENGTHS:
            strength.check(getattr(self, strength.name), "Network")

    def factor(self, row_weights: Array) -> float:
        """The factor on the weighted sum of row losses."""
        return reduction_factor(self.reduction, float(row_weights.sum()))

    def strengths(self, row_weights: Array) -> dict[str, float]:
        """Penalty name -> strength on this batch, only those that are not zero."""
        total = float(row_weights.sum()) if self.penalty_per_row else 1.0
        share = 1.0 / total if total > 0 else 0.0
        return {s.name: getattr(self, s.name) * share for s in _STRENGTHS if getattr(self, s.name)}

    def targets(self, y: Array) -> Array:
        """The targets (n, k) that the loss sees: smoothed where the network asks for it."""
        return np.asarray(self.loss.smoothed(y, self.label_smoothing)) if self.label_smoothing else y

    def value(self, raw_prediction: Array, y: Array, row_weights: Array, weights: Sequence[Array]) -> LossValue:
        """The objective from raw predictions (n, k), targets (n, k), row weights (n,) and all weight matrices."""
        with np.errstate(over="ignore", invalid="ignore"):  # the caller looks whether the loss is finite
            rows = self.loss.row_losses(raw_prediction, self.targets(y), row_weights)
            data = self.factor(row_weights) * float((row_weights * rows).sum())
            terms = {
                name: strength * sum(float(penalties[name].apply(w).sum()) for w in weights)
                for name, strength in self.strengths(row_weights).items()
            }
        return LossValue(data, terms.get("l1", 0.0), terms.get("l2", 0.0))

    def raw_gradient(self, raw_prediction: Array, y: Array, row_weights: Array) -> Array:
        """dL/d(raw prediction) of shape (n, k), with the reduction and the row weights in it."""
        with np.errstate(over="ignore", invalid="ignore"):
            slopes = self.loss.raw_gradient(raw_prediction, self.targets(y), row_weights)
            return np.asarray(self.factor(row_weights) * row_weights[:, None] * slopes, dtype=np.float64)

    def penalty_gradients(self, name: str, weights: Sequence[Array], row_weights: Array) -> list[Array]:
        """The gradient of one penalty term with respect to each weight matrix; zeros when it is not in use."""
        strength = self.strengths(row_weights).get(name, 0.0)
        return [strength * np.asarray(penalties[name].slope(w), dtype=np.float64) for w in weights]

    def check_targets(self, y: Array, outputs: int = 1) -> None:
        """Raise for targets for which the loss has no meaning."""
        self.loss.check_targets(y, outputs)
        if self.loss.task == "multiclass" and not np.allclose(y.sum(axis=1), 1.0):
            row = int(np.argmax(~np.isclose(y.sum(axis=1), 1.0)))
            raise ConfigurationError(
                f"The loss {self.loss.name!r} needs one-hot targets (or class shares) whose rows sum to 1, but row "
                f"{row} sums to {y[row].sum():g}. Write one column per class, 1 for the row's class and 0 elsewhere."
            )
        if links[self.loss.link].name == "sign" and not (np.abs(y) == 1).all():
            row, column = (int(i) for i in np.argwhere(np.abs(y) != 1)[0])
            raise ConfigurationError(
                f"The loss {self.loss.name!r} needs the targets -1 and 1, but y[{row}, {column}] is {y[row, column]:g}."
                " Write 2 * y - 1 for targets 0 and 1."
            )


__all__ = ["REDUCTIONS", "LossValue", "Objective"]
