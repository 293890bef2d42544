"""A run's network as a model file that `glassnet.load` and ``glassnet predict`` take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassnet.estimators.networks.serialization import stored_recipe
from glassnet.estimators.recipes.recipe import Recipe
from glassnet.estimators.recipes.record import NAME, recipe_to_plain
from glassnet.files import Layer, ModelFile, fingerprint
from glassnet.files.exports.decision import NAME as DECISION
from glassnet.files.exports.decision import Decision
from glassnet.formulas import initializers, optimizers, parametrizations, schedules
from glassnet.layers import Dense
from glassnet.studio.data.preparation.layer_stack import image_records
from glassnet.studio.data.preparation.preparation import Floats, Preparation
from glassnet.studio.data.preparation.timed import hazards_now
from glassnet.tables.outcome import TimeToEvent


def model_file(
    preparation: Preparation,
    weights: Sequence[Floats],
    biases: Sequence[Floats],
    dtype: str,
    threshold: float | None = None,
) -> ModelFile:
    """The network with its schema and its settings, as a table estimator would have stored it.

    A `threshold` is the probability from which on a row is called the second of two classes.
    """
    settings = preparation.settings
    layers = [
        Layer(layer.n_in, layer.n_out, layer.activation) if isinstance(layer, Dense) else layer
        for layer in preparation.layers
    ]
    train, hazards = preparation.train, hazards_now(preparation, weights, biases)
    return ModelFile(
        preparation.task, layers, preparation.loss,  # type: ignore[arg-type]
        [np.asarray(w, dtype=dtype) for w in weights],
        [np.asarray(b, dtype=dtype) for b in biases], schema=preparation.schema.to_dict(), classes=preparation.classes,
        arrays={} if hazards is None else dict(hazards.arrays),
        recipe=parameters(preparation), seed=settings.seed,
        fingerprint=fingerprint(preparation.X[train], preparation.y[train]),
        fitted={
            NAME: recipe_to_plain(recipe(preparation)),
            **({} if threshold is None else {DECISION: Decision(threshold, 1).to_plain()}),
        },
    )  # fmt: skip


def parameters(preparation: Preparation) -> dict[str, object]:
    """The settings under the names of the table estimators, to train another network like this one."""
    s = preparation.settings
    given: dict[str, object] = {
        "recipe": "lecture",  # the plain one; all that it would decide is given
        "hidden_layer_sizes": [layer.neurons for layer in s.hidden],
        "activation": [layer.activation for layer in s.hidden] or "identity", "optimizer": s.optimizer,
        "learning_rate": s.learning_rate, "schedule": s.schedule, "epochs": s.epochs,
        "batch_size": _batch_size(preparation), "l1": s.l1, "l2": s.l2, "validation_fraction": 0.0,
        "random_state": s.seed, **({} if s.class_weight is None else {"class_weight": s.class_weight}),
    }  # fmt: skip
    if isinstance(preparation.schema.outcome, TimeToEvent):
        given |= {} if s.loss == "cox" else {"loss": s.loss}  # what is usual is not stored
        given |= {} if s.intervals is None else {"intervals": s.intervals}
    if s.image:
        given["hidden_layer_sizes"] = [*image_records(s), *(layer.neurons for layer in s.hidden)]
        given["activation"] = [layer.activation.spec for layer in preparation.layers[:-1]]
    return stored_recipe(given, s.seed)


def recipe(preparation: Preparation) -> Recipe:
    """How this network was trained; no preset has a say in it."""
    s, n_layers = preparation.settings, len(preparation.activations)
    return Recipe(
        "lecture", "it was trained in the studio", tuple(layer.n_out for layer in preparation.layers[:-1]),
        tuple(layer.activation for layer in preparation.layers), optimizers.resolve(s.optimizer),
        s.learning_rate, schedules.resolve(s.schedule), s.epochs, _batch_size(preparation), s.l1, s.l2, s.epochs,
        s.seed,
        initializers=(initializers.resolve(s.initializer),) * n_layers,
        parametrization=(parametrizations["standard"],) * n_layers, reduction=s.reduction,
        scaling="standard" if s.scale_inputs else "none", summary="one network with the settings of the studio",
        layers=preparation.layers[:-1] if s.image else (), class_weights=preparation.class_weights,
    )  # fmt: skip


def _batch_size(preparation: Preparation) -> int:
    """Rows per step; all where the settings do not say it."""
    size = preparation.settings.batch_size
    return len(preparation.train) if size is None else size
