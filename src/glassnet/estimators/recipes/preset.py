"""Presets: named ways to build and train a network for a table, each with its source and its ingredients.

A preset turns the facts about a table (`Problem`) into settings. Settings that the user gives take precedence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators.recipes.embedding import ColumnInputs, periodic_embedding, points_and_mixtures
from glassnet.estimators.recipes.image_preset import FOLDS, VIEWS, image_settings
from glassnet.estimators.recipes.training_time import affordable_epochs, seconds_per_epoch

AUTO = "auto"
FEWEST_ROWS_FOR_A_COMMITTEE = 40
FEWEST_EPOCHS_OF_A_COMMITTEE = 16


@dataclass(frozen=True)
class Problem:
    """The facts on which a preset may depend: the task, and the size of the table.

    Attributes
    ----------
    task : {"classification", "regression"}
    n_rows : int
        Rows with a target.
    n_inputs : int
        Inputs of the network.
    time_budget : float or None
        Seconds that the training may take.
    threads : int
    columns : tuple of ColumnInputs
        The inputs of each column; empty if they do not matter.
    image_shape : tuple of int or None
        Of a table with a column of images: their rows, columns and channels, which are the first inputs.
    """

    task: str
    n_rows: int
    n_inputs: int
    time_budget: float | None = None
    threads: int = 1
    columns: tuple[ColumnInputs, ...] = ()
    image_shape: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Preset:
    """One preset.

    Attributes
    ----------
    name, summary : str
    ingredients : tuple of str
        What it is made of, one short sentence each.
    settings : function
        ``settings(problem)`` gives the value of every automatic parameter.
    reference : str
    """

    name: str
    summary: str
    ingredients: tuple[str, ...]
    settings: Callable[[Problem], Mapping[str, Any]]
    reference: str = ""


def preset(name: object) -> Preset:
    """The preset of a name; for an unknown name, `ConfigurationError` suggests the nearest one.

    Examples
    --------
    >>> preset("lecture").summary
    'a plain network: one or two layers, an L2 penalty, the best epoch kept'
    """
    if name == IMAGES.name:
        return IMAGES
    if not isinstance(name, str) or name not in PRESETS:
        raise ConfigurationError(f"Unknown recipe {name!r}. {nearest(str(name), [AUTO, *PRESETS, IMAGES.name])}")
    return PRESETS[name]


def choose(name: object, problem: Problem) -> tuple[Preset, str]:
    """The preset for a problem and the reason; a name other than "auto" is used as given."""
    if name == IMAGES.name and problem.image_shape is None:
        raise ConfigurationError(
            "The recipe 'images' looks at images, and the table has no column of them. Take another recipe, or give a "
            "folder of images, arrays, or a column of paths."
        )
    if name != AUTO:
        return preset(name), "you asked for it"
    if problem.image_shape is not None:
        return IMAGES, "it looks at images"
    if problem.n_rows < FEWEST_ROWS_FOR_A_COMMITTEE:
        return preset("lecture"), f"{problem.n_rows} rows are too few to be divided among networks"
    committee = preset("committee")
    if affordable_epochs(problem, committee.settings(problem)) < FEWEST_EPOCHS_OF_A_COMMITTEE:
        return preset("lecture"), (
            f"{problem.time_budget:g} s are too short for several networks on {problem.n_rows} rows "
            f"with {problem.n_inputs} inputs"
        )
    if problem.task == "survival":
        return committee, (
            f"{problem.n_rows} rows are enough for several networks, whose mean rank on fourteen tables was better "
            "than those of Cox regression and forests"
        )
    return committee, (
        f"its mean rank was the best on the tables by which the default was chosen, and {problem.n_rows} rows "
        "are enough for several networks"
    )


# most rows for which these hidden layers are taken; wider tables of examples can feed wider layers
_HIDDEN_BY_ROWS = ((1_000, (32,)), (20_000, (64, 64)))
_HIDDEN_BEYOND = (128, 128)


def _lecture(problem: Problem) -> dict[str, Any]:
    """One hidden layer of 32 was as good as anything larger below a thousand rows of scikit-learn's tables."""
    n_rows = problem.n_rows
    return {
        "hidden_layer_sizes": next((sizes for most, sizes in _HIDDEN_BY_ROWS if n_rows <= most), _HIDDEN_BEYOND),
        "activation": "relu", "optimizer": "adam", "learning_rate": 0.006, "schedule": "constant", "epochs": 200,
        # about 16 steps per epoch on small tables, never more than 256 rows at once
        "batch_size": int(min(256, max(8, 2 ** round(np.log2(max(n_rows, 1) / 16)), 1))),
        "l1": 0.0, "l2": min(0.015, 6.0 / n_rows), "patience": 20,
    }  # fmt: skip


def _realmlp_s(problem: Problem) -> dict[str, Any]:
    """The simple variant of RealMLP, as its authors tuned it on 118 tables."""
    classes, amounts = problem.task == "classification", problem.task not in ("classification", "survival")
    return {
        "hidden_layer_sizes": (256, 256, 256), "activation": "mish" if amounts else "selu",
        "optimizer": "adam(beta_2=0.95)", "learning_rate": 0.07 if amounts else 0.04, "schedule": "coslog4",
        "epochs": 256, "batch_size": 256, "l1": 0.0, "l2": 0.0, "patience": 256,
        "initializers": ("standard_normal", "standard_normal", "constant"),
        "parametrization": ("scaled_ntk(bias_rate=0.1, scale_rate=6.0)", "ntk(bias_rate=0.1)", "ntk(bias_rate=0.1)"),
        "label_smoothing": 0.1 if classes else 0.0, "scaling": "robust",
        "monitor": "validation_score" if classes else "validation_loss", "latest_tie": True,
    }  # fmt: skip


def _realmlp(problem: Problem) -> dict[str, Any]:
    """The full RealMLP, as its authors tuned it on 118 tables."""
    classes = problem.task == "classification"
    rates = "bias_rate=0.1, mix_rate=0.1, bias_decay=0.0"
    return {
        **_realmlp_s(problem), "optimizer": "adamw(beta_2=0.95, weight_decay=0.02)",
        "learning_rate": 0.04 if classes else 0.2, "initializers": ("data_driven",) * 3,
        "parametrization": (f"scaled_ntk({rates}, scale_rate=6.0)", f"ntk({rates})", f"ntk({rates})"),
        "embedding": periodic_embedding(problem.columns), "mixed": True, "dropout": 0.15,
        "dropout_schedule": "flat_cos", "decay_schedule": "flat_cos", "clamped": not classes,
    }  # fmt: skip


_COMMITTEE = 8
_SURVIVAL_DROPOUT = 0.3  # few events carry little information, and the order of risks is learned from pairs
_FEW_ROWS, _EPOCHS_OF_FEW, _EPOCHS = 2_000, 128, 64
_MANY_ROWS = 8_000  # beyond, an epoch has so many steps that fewer epochs suffice
_COMMITTEE_SECONDS = 60.0  # estimated for all networks on one thread; the same on wide tables


_DROPOUT = 0.1  # after bins, which are many inputs
_MOST_BINNED = 50  # numeric columns; the inputs of more would make files and traces too long
_MOST_BINNED_CELLS = 5_000_000  # inputs that take a gigabyte


def _committee(problem: Problem) -> dict[str, Any]:
    """RealMLP-TD-S made small and cheap enough to be trained eight times: two layers of 64, half the epochs."""
    survival = problem.task == "survival"  # few events carry little information: no bins
    embedding = points_and_mixtures(problem.columns)
    bins = any(column.n_bins for column in problem.columns)
    shape = {"hidden_layer_sizes": (64, 64), "batch_size": 256, "n_networks": _COMMITTEE, "embedding": embedding}
    numbers = sum(column.number or column.n_bins > 0 for column in problem.columns)
    binned = not survival and numbers <= _MOST_BINNED and numbers * problem.n_rows <= _MOST_BINNED_CELLS
    most = _COMMITTEE_SECONDS / seconds_per_epoch(replace(problem, threads=1), shape)
    own = _EPOCHS_OF_FEW if survival or problem.n_rows <= _FEW_ROWS else _EPOCHS
    fewer = min(1.0, math.sqrt(_MANY_ROWS / problem.n_rows))
    epochs = int(max(FEWEST_EPOCHS_OF_A_COMMITTEE, min(fewer * own, most)))
    return {
        **_realmlp_s(problem), "hidden_layer_sizes": (64, 64), "epochs": epochs, "patience": epochs,
        "label_smoothing": 0.0, "monitor": "validation_loss", "n_networks": _COMMITTEE, "resampling": "folds",
        "linear_rival": True, "scaling": "robust_and_bins" if binned else "robust", "embedding": embedding,
        "dropout": _SURVIVAL_DROPOUT if survival else _DROPOUT if bins else 0.0,
    }  # fmt: skip


_HEADS = 16
_ROWS_OF_LARGE_BODY = 20_000


def _tabm_mini(problem: Problem) -> dict[str, Any]:
    """TabM-mini with the settings that its authors recommend, and a body small enough for a laptop."""
    n_rows = problem.n_rows
    return {
        "hidden_layer_sizes": (256, 256) if n_rows > _ROWS_OF_LARGE_BODY else (128, 128),
        "activation": "relu", "optimizer": "adamw(weight_decay=0.0003)", "learning_rate": 0.002,
        "schedule": "constant", "epochs": 400, "patience": 16, "l1": 0.0, "l2": 0.0,
        "batch_size": int(min(256, max(32, 2 ** round(np.log2(max(n_rows, 1) / 16))))),
        "initializers": ("fan_in",) * 3, "parametrization": ("scaled", "standard", "standard"),
        "n_networks": _HEADS, "shared": True, "scale_start": "random_signs", "dropout": 0.1, "clip_norm": 1.0,
        "scaling": "robust",
    }  # fmt: skip


PRESETS: dict[str, Preset] = {
    recipe.name: recipe
    for recipe in (
        Preset(
            "lecture", "a plain network: one or two layers, an L2 penalty, the best epoch kept",
            ("numbers standardized, categories one-hot", "relu", "Adam at a constant learning rate of 0.006",
             "an L2 penalty of 6 / rows, at most 0.015", "20 epochs without improvement end the training"),
            _lecture, "He et al. 2015; Kingma and Ba 2015",
        ),
        Preset(
            "realmlp-s", "three wide layers with free weights of size 1, a scale for each input, a long wavy schedule",
            ("numbers: minus the median, divided by the interquartile range, smoothly clipped at 3; yes/no as 1 and -1",
             "z = x W / sqrt(inputs) + b from weights and biases of size 1, the last layer from 0",
             "a trained scale for each input, at 6 times the learning rate; biases at a tenth of it",
             "selu for classes, mish for numbers; labels smoothed by 0.1",
             "Adam (0.9, 0.95) for 256 epochs on four cosine waves that grow longer",
             "the epoch with the best score on the rows set aside, the latest of equals"),
            _realmlp_s, "Holzmüller, Grinsztajn and Steinwart 2024, RealMLP-TD-S",
        ),
        Preset(
            "realmlp", "realmlp-s behind embeddings of the columns, with dropout, weight decay, a start from the rows",
            ("numbers as in realmlp-s, then cos(2 pi w x + b) for 16 w of size 0.1, 3 mixtures of these, and x itself; "
             "w, b and mixtures are trained at a tenth of the learning rate",
             "categories with more than 9 inputs: 8 trained numbers for each level; others one-hot",
             "each neuron starts with variance 1 on the training rows, its bias at a random mean of 5 of them",
             "each neuron trains the share of selu (classes) or mish (numbers) that it takes, at a tenth of the rate",
             "dropout 0.15 and weight decay 0.02 (not of biases), constant for one half, then along a cosine to 0",
             "learning rate 0.04 for classes, 0.2 for numbers, whose predictions stay within those of the table",
             "all else as in realmlp-s"),
            _realmlp, "Holzmüller, Grinsztajn and Steinwart 2024, RealMLP-TD",
        ),
        Preset(
            "committee", "eight small networks in the manner of realmlp-s, each judged by the fold that it leaves out",
            ("numbers as in realmlp-s, and up to 48 bins of each beside it, where there are at most 50 columns and "
             "five million cells of them",
             "of the bins of each number 8 mixtures, trained at a tenth of the rate, and multiplied into the first "
             "layer when all is trained",
             "scales, rates, optimizer and schedule as in realmlp-s; dropout 0.1 behind bins",
             "categories with more than 16 inputs: a point of 8 trained numbers for each level, at a fiftieth of the "
             "rate, multiplied into the first layer in the same way",
             "two layers of 64; 128 epochs, 64 on more than 2000 rows, fewer on more than 8000 and on wide tables; "
             "labels as they are",
             "eight networks: each leaves out another eighth of the rows, whose loss chooses its epoch",
             "the answer is the mean of their answers"),
            _committee,
            "Holzmüller, Grinsztajn and Steinwart 2024; Gorishniy, Rubachev and Babenko 2022; Hansen and Salamon 1990",
        ),
        Preset(
            "tabm-mini", "sixteen networks in one: a shared body, for each its own scales of the inputs and last layer",
            ("numbers: minus the median, divided by the interquartile range, smoothly clipped at 3; no embeddings",
             "each network multiplies every input by a number of its own, at first 1 or -1 by chance",
             "relu; weights and biases start uniform within one over the root of the number of inputs",
             "the loss is the mean of the networks' losses on the same batches",
             "AdamW at a constant 0.002, weight decay 0.0003, dropout 0.1, gradients no longer than 1",
             "16 epochs without a smaller loss of their mean answer on the rows set aside end the training"),
            _tabm_mini, "Gorishniy, Kotelnikov and Babenko 2025, TabM-mini without embeddings",
        ),
    )
}  # fmt: skip
"""Name -> preset, the plain one first."""

IMAGES = Preset(
    "images", "small convolutions that see another version of each image in each epoch",
    ("convolutions of 3 x 3 with 16, 32, 64 and 64 channels, each with relu and a pooling of 2 x 2 while 4 "
     "rows are left; then 64 neurons; columns beside the image join these",
     "versions: turned by up to 10 degrees, 12 % larger or smaller, moved by up to a tenth, brighter or "
     "darker, with more or less contrast",
     "AdamW (0.01) from 0.004 along half a cosine to 0; dropout 0.3 before the dense layers",
     f"about {VIEWS:,} images seen in all epochs",
     f"{FOLDS} networks (fewer where that would take long), each of which leaves out a part of the rows and "
     "ends with its last epoch: versions keep it from learning by heart"),
    image_settings, "LeCun et al. 1998; Simard, Steinkraus and Platt 2003",
)  # fmt: skip
"""The preset for tables with a column of images; the others make networks without convolutions of such."""
