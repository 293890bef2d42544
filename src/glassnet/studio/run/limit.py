"""The stability limit of a run: the largest learning rate with which gradient descent does not diverge."""

from __future__ import annotations

from glassnet.studio.contract.run import StabilityLimit
from glassnet.studio.data.preparation.preparation import Preparation

_MOST_PARAMETERS = 60


def stability_limit(preparation: Preparation) -> StabilityLimit | None:
    """The stability limit of gradient descent at the start, where it is cheap and means something."""
    settings = preparation.settings
    if settings.optimizer.partition("(")[0] not in ("gradient_descent", "sgd") or preparation.compiled:
        return None
    network = preparation.network()
    if network.n_parameters > _MOST_PARAMETERS:
        return None
    train = preparation.train
    stability = network.stability(preparation.X[train], preparation.y[train], preparation.given_weights(train))
    return StabilityLimit(
        stability.largest_learning_rate, stability.exact, stability.explanation,
        stability.verdict(settings.learning_rate),
        stability.diverges(settings.learning_rate),
    )  # fmt: skip
