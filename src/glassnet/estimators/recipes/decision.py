"""`read_recipe`: check the parameters of a table estimator, and decide the automatic ones for the given table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators.networks.image_layers import has_records, layered
from glassnet.estimators.networks.parameters import (
    check_count,
    hidden_layers,
    hidden_sizes,
    layer_activations,
    seed_from,
)
from glassnet.estimators.recipes.embedding import embedding_of
from glassnet.estimators.recipes.preset import AUTO, Problem, choose
from glassnet.estimators.recipes.recipe import DECIDED, NUMBERS, RESAMPLINGS, Recipe
from glassnet.estimators.recipes.training_time import affordable_epochs
from glassnet.formulas import activations, initializers, optimizers, parametrizations, schedules
from glassnet.formulas.augmentation import resolve_augmentations
from glassnet.formulas.optimizer import DECAY
from glassnet.layers import LayerSpec
from glassnet.tables.columns.scales.scaling import SCALINGS


def read_recipe(given: Mapping[str, Any], problem: Problem, owner: str) -> Recipe:
    """Check the parameters of a table estimator and decide the automatic ones; a missing parameter is automatic."""
    chosen, reason = choose(given.get("recipe", AUTO), problem)
    settings = dict(chosen.settings(problem))
    own = tuple(name for name in DECIDED if not _is_auto(given.get(name, AUTO)))
    settings |= {name: given[name] for name in own}
    records: tuple[int | LayerSpec, ...] = ()
    layers: tuple[LayerSpec, ...] = ()
    if has_records(settings["hidden_layer_sizes"]):
        records = tuple(hidden_layers(settings["hidden_layer_sizes"]))
        if problem.image_shape is None:
            raise ConfigurationError(
                f"{owner}: hidden_layer_sizes holds {records[0]!r}, which looks at images, and the table has no column "
                "of them. Give sizes, such as (64, 32), or images."
            )
        each = layer_activations(settings["activation"], len(records))
        beside = problem.n_inputs - math.prod(problem.image_shape)
        layers = layered(records, each, "he", problem.image_shape, beside)
        settings["activation"] = [layer.activation for layer in layers]
        settings["hidden_layer_sizes"] = [layer.n_out for layer in layers]
    elif settings.get("augmentation"):
        settings["augmentation"] = ()
    settings["hidden_layer_sizes"] = hidden_sizes(settings["hidden_layer_sizes"])
    if "n_networks" in own and "resampling" not in own:
        settings["resampling"] = "bootstrap"  # a number of networks is requested for the sake of their spread
    settings = {"n_networks": 1, "resampling": "bootstrap", "dropout": 0.0, "label_smoothing": 0.0, **settings}
    if "embedding" in own:
        spec = settings["embedding"]
        if (
            spec not in ("mixtures", "numbers")
            and "scaling" not in own
            and SCALINGS[settings.get("scaling", "standard")].beside
        ):
            settings["scaling"] = "robust"  # bins are for mixtures
        if spec == "mixtures" and not SCALINGS[_scaling(settings.get("scaling", "standard"), owner)].bins:
            raise ConfigurationError(
                f"{owner}: embedding='mixtures' mixes the bins of each number, and "
                f"scaling={settings.get('scaling', 'standard')!r} makes none. Give scaling='robust_and_bins' with it."
            )
        settings["embedding"] = embedding_of(spec, problem.columns, owner)
    elif settings["n_networks"] == 1 and "scaling" not in own and SCALINGS[settings.get("scaling", "standard")].beside:
        settings |= {"scaling": "robust", "embedding": ()}  # one network is meant to be read, so a number is one input
    settings.setdefault("validation_fraction", given.get("validation_fraction", 0.2))
    if "optimizer" in own and DECAY not in optimizers.resolve(settings["optimizer"]).values:
        settings["decay_schedule"] = "constant"  # there is no decay for the recipe's schedule
    for name, parameter in NUMBERS.items():
        parameter.check(settings[name], owner)
    for name in ("epochs", "patience", "batch_size", "n_networks"):
        check_count(owner, name, settings[name])
    if settings.get("shared"):
        if settings.get("embedding"):
            raise ConfigurationError(
                f"{owner}: the networks of the recipe {chosen.name!r} share a body, which does not support embeddings "
                "yet. Leave embedding= out, or take recipe='realmlp'."
            )
        if "resampling" in own:
            raise ConfigurationError(
                f"{owner}: the networks of the recipe {chosen.name!r} share a body, so all train on the same rows, and "
                f"resampling={settings['resampling']!r} has no meaning. Leave it out."
            )
        settings["resampling"] = "none"
    elif settings["resampling"] not in RESAMPLINGS:
        raise ConfigurationError(
            f"{owner}: unknown resampling {settings['resampling']!r}. "
            f"{nearest(str(settings['resampling']), RESAMPLINGS)}"
        )
    if settings["resampling"] == "folds" and settings["n_networks"] > problem.n_rows:
        raise ConfigurationError(
            f"{owner}: n_networks={settings['n_networks']} folds need as many rows, and there are {problem.n_rows}."
        )
    hidden = settings["hidden_layer_sizes"]
    embedding = settings.get("embedding", ())
    affordable = affordable_epochs(problem, {**settings, "hidden_layer_sizes": records or hidden})
    if affordable < settings["epochs"] and "epochs" not in own:
        reason = f"{reason}; {affordable} of its {settings['epochs']} epochs fit into {problem.time_budget:g} s"
        settings |= {"epochs": affordable, "patience": min(affordable, settings["patience"])}
    return Recipe(
        chosen.name, reason, (*(layer.connections.n_out for layer in embedding), *hidden),
        (*(activations.resolve(layer.activation) for layer in embedding),
         *layer_activations(settings["activation"], len(hidden))),
        optimizers.resolve(settings["optimizer"]), float(settings["learning_rate"]),
        schedules.resolve(settings["schedule"]), int(settings["epochs"]),
        min(int(settings["batch_size"]), problem.n_rows), float(settings["l1"]), float(settings["l2"]),
        int(settings["patience"]), seed_from(given.get("random_state", 0)), int(settings["n_networks"]),
        str(settings["resampling"]), own,
        initializers=tuple(
            initializers.resolve(spec)
            for spec in (
                *(layer.initializer for layer in embedding),
                *_per_layer(settings.get("initializers", ("he", "he", "he")), hidden),
            )
        ),
        parametrization=tuple(
            parametrizations.resolve(spec)
            for spec in (
                *(layer.parametrization for layer in embedding),
                *_per_layer(settings.get("parametrization", ("standard",) * 3), hidden),
            )
        ),
        dropout=float(settings["dropout"]), label_smoothing=float(settings["label_smoothing"]),
        scaling=_scaling(settings.get("scaling", "standard"), owner),
        monitor=settings.get("monitor", "validation_loss"), latest_tie=settings.get("latest_tie", False),
        linear_rival=settings.get("linear_rival", False) and "hidden_layer_sizes" not in own,
        shared=settings.get("shared", False), scale_start=settings.get("scale_start", "ones"),
        clip_norm=settings.get("clip_norm"), embedding=embedding, mixed=settings.get("mixed", False),
        dropout_schedule=schedules.resolve(settings.get("dropout_schedule", "constant")),
        decay_schedule=schedules.resolve(settings.get("decay_schedule", "constant")),
        clamped=settings.get("clamped", False), layers=layers,
        augmentation=resolve_augmentations(settings.get("augmentation"), owner),
        last_epoch=bool(layers) and settings.get("last_epoch", False), summary=chosen.summary,
        ingredients=chosen.ingredients,
        reference=chosen.reference,
    )  # fmt: skip


def check_given(given: Mapping[str, Any], owner: str) -> None:
    """Raise for parameters that no recipe could take, without consulting a preset."""
    own = {name: value for name, value in given.items() if not _is_auto(value)}
    for name, parameter in NUMBERS.items():
        if name in own:
            parameter.check(own[name], owner)
    for name in ("epochs", "patience", "batch_size", "n_networks"):
        if name in own:
            check_count(owner, name, own[name])
    for name, check in (
        ("hidden_layer_sizes", hidden_layers), ("optimizer", optimizers.resolve), ("schedule", schedules.resolve),
        ("scaling", lambda scaling: _scaling(scaling, owner)), ("random_state", seed_from),
        ("embedding", lambda spec: embedding_of(spec, (), owner)),
    ):  # fmt: skip
        if name in own:
            check(own[name])


def _per_layer(three: tuple[Any, Any, Any], hidden: tuple[int, ...]) -> tuple[Any, ...]:
    """One entry per layer, from those for the first, each inner and the last layer; a lone layer is the last."""
    first, inner, last = three
    return (*(first if k == 0 else inner for k in range(len(hidden))), last)


def _scaling(name: Any, owner: str) -> str:
    """The name of a known scaling."""
    if name not in tuple(SCALINGS):
        raise ConfigurationError(f"{owner}: there is no scaling {name!r}. {nearest(str(name), SCALINGS)}")
    return str(name)


def _is_auto(value: Any) -> bool:
    """Whether a parameter is left to the preset."""
    return isinstance(value, str) and value == AUTO
