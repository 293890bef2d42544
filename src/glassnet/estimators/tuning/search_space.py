"""The settings that `tune` draws for each preset: a documented space; draws depend on seed and number only.

A drawn number has three significant digits, so that what is printed is what was used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.formulas.randomness import Purpose, uniform

_DRAWS = 10  # uniform numbers of a trial


@dataclass(frozen=True)
class Space:
    """The settings that are varied around a preset; all others are those of the preset.

    Attributes
    ----------
    hidden : tuple of tuple of int
        Sizes of the hidden layers, each as likely as any other; those of the preset where there are none.
    learning_rate : (float, float)
        Lowest and highest, evenly on a logarithmic scale.
    l2 : (float, float) or None
        The same; a third of the trials have none, and all where it is None.
    dropout : tuple of float
        Each as likely as any other.
    label_smoothing : tuple of float
        The same, for classes; numbers have none.
    activation, embedding : tuple of str
        The same; none where the preset's is kept.
    weight_decay : (float, float) or None
        The same as `learning_rate`, and none at all in half of the trials; None where the preset's is kept.
    optimizer : str
        The optimizer into which the weight decay is written.
    folds : int
        How many networks, or shared bodies, judge a setting.
    """

    hidden: tuple[tuple[int, ...], ...]
    learning_rate: tuple[float, float]
    l2: tuple[float, float] | None
    dropout: tuple[float, ...]
    label_smoothing: tuple[float, ...]
    activation: tuple[str, ...] = ()
    embedding: tuple[str, ...] = ()
    weight_decay: tuple[float, float] | None = None
    optimizer: str = ""
    folds: int = 8

    def draw(self, number: int, seed: int, task: str) -> dict[str, Any]:
        """The settings of a trial; number 0 is the unchanged preset.

        Examples
        --------
        >>> SPACES["lecture"].draw(0, seed=1, task="regression")
        {}
        >>> sorted(SPACES["lecture"].draw(1, seed=1, task="regression"))
        ['dropout', 'hidden_layer_sizes', 'l2', 'learning_rate']
        """
        if number == 0:
            return {}
        u = uniform(seed, Purpose.SEARCH, _DRAWS, member=number).tolist()
        drawn: dict[str, Any] = {
            **({"hidden_layer_sizes": _one_of(self.hidden, u[0])} if self.hidden else {}),
            "learning_rate": _between(*self.learning_rate, u[1]),
            "dropout": _one_of(SURVIVAL_DROPOUT if task == "survival" else self.dropout, u[4]),
        }
        if self.l2 is not None:
            drawn["l2"] = 0.0 if u[2] < 1 / 3 else _between(*self.l2, u[3])
        for name, choices, drawn_at in (("activation", self.activation, u[6]), ("embedding", self.embedding, u[7])):
            if choices:
                drawn[name] = _one_of(choices, drawn_at)
        if self.weight_decay is not None:
            decay = 0.0 if u[8] < 1 / 2 else _between(*self.weight_decay, u[9])
            drawn["optimizer"] = self.optimizer.format(decay)
        if task == "classification" and self.label_smoothing:
            drawn["label_smoothing"] = _one_of(self.label_smoothing, u[5])
        return drawn


def space_of(preset: str) -> Space:
    """The space around a preset; `ConfigurationError` if it has none."""
    if preset == "images":
        return IMAGES
    if preset not in SPACES:
        raise ConfigurationError(f"The recipe {preset!r} has no search space. Use one of {', '.join(SPACES)}.")
    return SPACES[preset]


def _one_of(choices: tuple[Any, ...], u: float) -> Any:
    return choices[int(u * len(choices))]


def _between(low: float, high: float, u: float) -> float:
    """Evenly on a logarithmic scale."""
    return float(f"{low * np.exp(u * np.log(high / low)):.3g}")


_MADE_WEIGHTS = Space(
    hidden=((64, 64), (128, 128), (64, 64, 64), (256, 256)), learning_rate=(0.01, 0.2), l2=(1e-7, 1e-4),
    dropout=(0.0, 0.0, 0.1, 0.25), label_smoothing=(0.0, 0.0, 0.05, 0.1),
)  # fmt: skip

SPACES: Mapping[str, Space] = {
    # in a third of the settings numbers without their bins, which are better on some small tables
    "committee": replace(_MADE_WEIGHTS, embedding=("auto", "auto", "numbers")),
    "realmlp-s": _MADE_WEIGHTS,
    "lecture": Space(
        hidden=((), (16,), (32,), (64, 64), (128, 128)), learning_rate=(0.001, 0.03), l2=(1e-5, 0.05),
        dropout=(0.0, 0.0, 0.1, 0.25), label_smoothing=(0.0, 0.0, 0.05),
    ),
    # Holzmüller, Grinsztajn and Steinwart 2024, RealMLP-HPO, with the one embedding that there is here
    "realmlp": Space(
        hidden=((256, 256, 256),) * 3 + ((64,) * 5, (512,)), learning_rate=(0.02, 0.3), l2=None,
        dropout=(0.0,) * 3 + (0.15,) * 5 + (0.3,) * 2, label_smoothing=(0.0,) * 3 + (0.1,) * 7,
        activation=("relu", "selu", "mish"),
        embedding=("none", "periodic(frequency=0.05)", "periodic(frequency=0.15)", "periodic(frequency=0.5)"),
        weight_decay=(0.02, 0.02), optimizer="adamw(beta_2=0.95, weight_decay={})", folds=4,
    ),
    # Gorishniy, Kotelnikov and Babenko 2025, TabM-mini, with at most 3 layers of at most 256
    "tabm-mini": Space(
        hidden=((128,), (128, 128), (256, 256), (128, 128, 128), (256, 256, 256)), learning_rate=(0.0001, 0.005),
        l2=None, dropout=(0.0, 0.0, 0.0, 0.1, 0.25, 0.4), label_smoothing=(), weight_decay=(0.0001, 0.1),
        optimizer="adamw(weight_decay={})", folds=4,
    ),
}  # fmt: skip
"""Preset -> space."""
SURVIVAL_DROPOUT = (0.1, 0.2, 0.3, 0.4, 0.5)
"""In place of a space's own for times to an event: few events teach little, and their preset has 0.3."""
IMAGES = Space(
    hidden=(), learning_rate=(0.0005, 0.008), l2=None, dropout=(0.0, 0.2, 0.3, 0.5), label_smoothing=(0.0, 0.0, 0.05),
    weight_decay=(0.001, 0.1), optimizer="adamw(weight_decay={})", folds=3,
)  # fmt: skip
"""The space around the preset for images."""
