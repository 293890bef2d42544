"""One model that averages several: networks of different settings and layers, each part a model of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glassnet.estimators.table_estimator import TableEstimator


def average(whole: TableEstimator, parts: Sequence[TableEstimator], reason: str) -> None:
    """Let `whole`, which knows the schema, answer with the mean of all networks of the parts, each counted once."""
    whole.parts_ = tuple(parts)
    for name in ("weights_", "biases_", "mixes_"):
        whole.__dict__.pop(name, None)
    whole.scales_, whole._activations = None, parts[0]._activations
    settings = dict.fromkeys(f"{part.recipe_.reason}: {part.recipe_.in_short()}" for part in parts)
    whole.recipe_ = replace(
        parts[0].recipe_, reason=reason, n_networks=sum(part.recipe_.n_networks for part in parts),
        averaged=tuple(settings),
    )  # fmt: skip
    whole.histories_ = [history for part in parts for history in getattr(part, "histories_", ())]
