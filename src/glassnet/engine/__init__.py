"""The engine: the compiled twin of `glassnet.network`, for training populations fast and with the same bits.

`Plan` says what to train, `Population` how the members differ, `Training` runs it; `split` takes a population apart for
other processes and machines; `predict_raw` and `loss_and_gradients` compute without training. The native module behind
them is built from ``native/``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glassnet.engine.machines.data import TrainingData as TrainingData
    from glassnet.engine.machines.loop import drive as drive
    from glassnet.engine.machines.machine import Machine as Machine
    from glassnet.engine.machines.result import Divergence as Divergence
    from glassnet.engine.machines.result import PopulationProgress as PopulationProgress
    from glassnet.engine.machines.result import TrainingResult as TrainingResult
    from glassnet.engine.machines.shards import Shard as Shard
    from glassnet.engine.machines.shards import merge_results as merge_results
    from glassnet.engine.machines.shards import merge_states as merge_states
    from glassnet.engine.machines.shards import split as split
    from glassnet.engine.machines.shards import train_shard as train_shard
    from glassnet.engine.machines.state import MemberState as MemberState
    from glassnet.engine.machines.training import Training as Training
    from glassnet.engine.objective import TrainingObjective as TrainingObjective
    from glassnet.engine.objective import loss_and_gradients as loss_and_gradients
    from glassnet.engine.plan import Plan as Plan
    from glassnet.engine.population import Population as Population
    from glassnet.engine.prediction import Predictor as Predictor
    from glassnet.engine.prediction import predict_raw as predict_raw

# Loaded on first use, so that the generator in this package runs before the native module exists.
_HOMES = {
    "Divergence": "machines.result",
    "Machine": "machines.machine",
    "MemberState": "machines.state",
    "Plan": "plan",
    "Population": "population",
    "PopulationProgress": "machines.result",
    "Predictor": "prediction",
    "Shard": "machines.shards",
    "Training": "machines.training",
    "TrainingData": "machines.data",
    "TrainingObjective": "objective",
    "TrainingResult": "machines.result",
    "drive": "machines.loop",
    "loss_and_gradients": "objective",
    "merge_results": "machines.shards",
    "merge_states": "machines.shards",
    "predict_raw": "prediction",
    "split": "machines.shards",
    "train_shard": "machines.shards",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"glassnet.engine.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'glassnet.engine' has no attribute {name!r}")
