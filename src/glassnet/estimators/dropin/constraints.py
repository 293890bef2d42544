"""Valid values of each parameter of the drop-in estimators, in the form that scikit-learn's classes use."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, Options, StrOptions

from glassnet.estimators.networks.parameters import AUTO, COUNTS, DTYPES, MONITORS, NUMBERS, OPTIONAL, SWITCHES
from glassnet.formulas import Activation, Augmentation, Loss, Optimizer, Parameter, Schedule

_CLOSED = {(False, False): "both", (True, False): "right", (False, True): "left", (True, True): "neither"}
_OTHERS: Mapping[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [str, Activation, list, tuple],
    "input_shape": [list, tuple, None],
    "augmentation": [str, Augmentation, list, tuple, None],
    "solver": [str, Optimizer],
    "learning_rate": [str, Schedule],
    "schedule": [str, Schedule, None],
    "loss": [str, Loss],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
    "dtype": [StrOptions(set(DTYPES)), Options(object, {np.dtype(name) for name in DTYPES}), type, None],
    "dropout": ["array-like", Interval(Real, 0, 1, closed="left")],
    "monitor": [StrOptions(set(MONITORS))],
    "restore_best": ["boolean", StrOptions({AUTO})],
    "n_jobs": [Integral, None],
    "callbacks": [callable, list, tuple, None],
    "class_weight": [StrOptions({"balanced"}), dict, None],
}


def constraints(init: Callable[..., None]) -> dict[str, list[Any]]:
    """The constraints on the parameters of a constructor, by name, in its order."""
    return {name: _constraint(name) for name in list(inspect.signature(init).parameters)[1:]}


def _constraint(name: str) -> list[Any]:
    """The constraints on one parameter, any one of which must hold."""
    if name in NUMBERS:
        return [_interval(NUMBERS[name]), *([None] if name in OPTIONAL else [])]
    if name in COUNTS:
        other = COUNTS[name]
        also = [] if other is None else [StrOptions({other}) if isinstance(other, str) else Options(Real, {other})]
        return [Interval(Integral, 1, None, closed="left"), *also]
    return ["boolean"] if name in SWITCHES else _OTHERS[name]


def _interval(parameter: Parameter) -> Interval:
    """The domain of a number; infinite ends are open."""
    low, high = (None if np.isinf(end) else end for end in (parameter.low, parameter.high))
    closed = _CLOSED[parameter.open_low and low is not None, parameter.open_high or high is None]
    return Interval(Real, low, high, closed=closed)
