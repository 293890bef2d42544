"""A run's network as a model file that `glassnet.load` and ``glassnet predict`` take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassnet.files import ModelFile, fingerprint
from glassnet.studio.preparation import Floats, Prepared


def model_file(prepared: Prepared, weights: Sequence[Floats], biases: Sequence[Floats], dtype: str) -> ModelFile:
    """The network with its schema, as `GlassClassifier` or `GlassRegressor` would have stored it."""
    settings = prepared.settings
    sizes = prepared.layer_sizes
    layers = list(zip(sizes, sizes[1:], prepared.activations, strict=False))
    train = prepared.train
    return ModelFile(
        prepared.task, layers, prepared.loss, [np.asarray(w, dtype=dtype) for w in weights],
        [np.asarray(b, dtype=dtype) for b in biases], schema=prepared.schema.to_dict(), classes=prepared.classes,
        recipe=recipe(prepared), fingerprint=fingerprint(prepared.X[train], prepared.y[train]), seed=settings.seed,
    )  # fmt: skip


def recipe(prepared: Prepared) -> dict[str, object]:
    """The settings under the names of the table estimators."""
    s = prepared.settings
    return {
        "recipe": "lecture",  # the plain one; all that it would decide is given
        "hidden_layer_sizes": [layer.neurons for layer in s.hidden],
        "activation": [layer.activation for layer in s.hidden] or "identity", "optimizer": s.optimizer,
        "learning_rate": s.learning_rate, "schedule": s.schedule, "epochs": s.epochs,
        "batch_size": len(prepared.train) if s.batch_size is None else s.batch_size, "l1": s.l1, "l2": s.l2,
        "validation_fraction": 0.0, "random_state": s.seed,
    }  # fmt: skip
