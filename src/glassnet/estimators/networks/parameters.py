"""Constructor parameters of the drop-in estimators, checked and translated to the records of `formulas`."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators.networks.image_layers import has_records
from glassnet.formulas import (
    Activation,
    Initializer,
    Optimizer,
    Parameter,
    Schedule,
    activations,
    initializers,
    optimizers,
    schedules,
)
from glassnet.formulas.dropout import dropout_rates
from glassnet.formulas.randomness import check_seed
from glassnet.formulas.whole_number import check_whole, is_whole
from glassnet.layers import LayerSpec, dense_only

NUMBERS: Mapping[str, Parameter] = {
    parameter.name: parameter
    for parameter in (
        Parameter("alpha", 1e-4, "strength of the L2 penalty", 0.0),
        Parameter("l1", 0.0, "strength of the L1 penalty", 0.0),
        Parameter("learning_rate_init", 1e-3, "first step size", 0.0, open_low=True),
        Parameter("power_t", 0.5, "exponent of inverse scaling", 0.0),
        Parameter("tol", 1e-4, "smallest improvement that counts", 0.0),
        Parameter("momentum", 0.9, "share of the last step that is kept", 0.0, 1.0),
        Parameter("validation_fraction", 0.1, "share of the rows set aside", 0.0, 1.0, open_high=True),
        Parameter("beta_1", 0.9, "decay rate of the mean gradient", 0.0, 1.0, open_high=True),
        Parameter("beta_2", 0.999, "decay rate of the mean squared gradient", 0.0, 1.0, open_high=True),
        Parameter("epsilon", 1e-8, "smallest divisor", 0.0, open_low=True),
        Parameter("label_smoothing", 0.0, "share of each target given to all classes", 0.0, 1.0, open_high=True),
        Parameter("clip_norm", 1.0, "largest length of a gradient", 0.0, open_low=True),
    )
}
OPTIONAL = ("clip_norm",)  # None switches them off
# whole numbers, and the one value that each may have instead of a whole number
COUNTS = {"max_iter": None, "max_fun": None, "n_iter_no_change": math.inf, "batch_size": "auto", "n_networks": None}
SWITCHES = ("shuffle", "warm_start", "nesterovs_momentum", "early_stopping")
DTYPES = ("float32", "float64")
AUTO = "auto"
MONITORS = (AUTO, "training_loss", "validation_loss", "validation_score")
LBFGS = "lbfgs"


@dataclass(frozen=True)
class Settings:
    """The constructor parameters, checked and resolved into records.

    Attributes
    ----------
    hidden : tuple of int or LayerSpec
        Neurons of each hidden layer, or its record.
    activations : tuple of Activation
        One per layer; the last one is the identity, because the loss owns the link.
    optimizer : Optimizer or None
        None stands for L-BFGS.
    schedule : Schedule
    initializer : Initializer
    dropout : tuple of float
        For the inputs of each layer.
    """

    hidden: tuple[int | LayerSpec, ...]
    activations: tuple[Activation, ...]
    optimizer: Optimizer | None
    schedule: Schedule
    initializer: Initializer
    dropout: tuple[float, ...]


_TRANSLATED = (
    *(name for name in NUMBERS), *COUNTS, *SWITCHES, "dtype", "monitor", "restore_best", "n_jobs", "hidden_layer_sizes",
    "activation", "solver", "learning_rate", "schedule", "dropout",
)  # fmt: skip
_known: dict[Hashable, Settings] = {}


def read_settings(estimator: Any) -> Settings:
    """Check every parameter of an estimator and translate them; `ConfigurationError` names the first bad one.

    Parameters are read only once, since `partial_fit` is called for every batch.
    """
    read_callbacks(estimator.callbacks, type(estimator).__name__)
    given = vars(estimator)
    written = tuple(registry.changes for registry in (activations, optimizers, schedules, initializers))
    key: tuple[Any, ...] = (type(estimator), written, *(_exact(given.get(name)) for name in _TRANSLATED))
    try:
        if (known := _known.get(key)) is not None:
            return known
    except TypeError:  # an array of sizes, for example, can be changed in place
        return _read_settings(estimator)
    if len(_known) >= 64:
        _known.clear()
    _known[key] = _read_settings(estimator)
    return _known[key]


def _exact(value: Any) -> Hashable:
    """A key for a value, in which 1, 1.0 and True differ."""
    if isinstance(value, (list, tuple)):
        return (type(value), *map(_exact, value))
    return (type(value), value)


def _read_settings(estimator: Any) -> Settings:
    """Read the settings as in `read_settings`, without the cache."""
    owner = type(estimator).__name__
    given = vars(estimator)
    for name, parameter in NUMBERS.items():
        if name in given and not (given[name] is None and name in OPTIONAL):
            parameter.check(given[name], owner)
    for name, otherwise in COUNTS.items():
        check_count(owner, name, given[name], otherwise=otherwise)
    for name in SWITCHES:
        if not isinstance(given[name], (bool, np.bool_)):
            raise ConfigurationError(f"{owner}: {name}={given[name]!r} is neither True nor False.")
    if given["dtype"] is not None and str(given["dtype"]) not in DTYPES:
        raise ConfigurationError(
            f"{owner}: dtype={given['dtype']!r} is unknown. Choose 'float32', 'float64', or None to follow X."
        )
    if given["monitor"] not in MONITORS:
        raise ConfigurationError(
            f"{owner}: unknown monitor {given['monitor']!r}. {nearest(str(given['monitor']), MONITORS)}"
        )
    if not isinstance(given["restore_best"], (bool, np.bool_)) and given["restore_best"] != AUTO:
        raise ConfigurationError(
            f"{owner}: restore_best={given['restore_best']!r} must be True, False, or 'auto' "
            "(when validation rows choose the epoch)."
        )
    thread_count(given["n_jobs"], owner)
    hidden = hidden_layers(estimator.hidden_layer_sizes)
    per_layer = layer_activations(estimator.activation, len(hidden))
    # scikit-learn starts logistic networks from a narrower range
    narrow = hidden and all(record.name == "logistic" for record in per_layer[:-1])
    initializer = initializers["glorot"]
    return Settings(
        hidden,
        per_layer,
        _optimizer_record(given),
        schedule_record(given),
        initializer.with_parameters(factor=2.0) if narrow else initializer,
        _dropout(given, len(per_layer), owner),
    )


def _dropout(given: Mapping[str, Any], n_layers: int, owner: str) -> tuple[float, ...]:
    """The dropout rate for the inputs of each layer; L-BFGS has none, since its steps are not random."""
    rates = dropout_rates(given["dropout"], n_layers, f"{owner}: dropout")
    for name, on in (("dropout", any(rates)), ("clip_norm", given["clip_norm"] is not None)):
        if on and given["solver"] == LBFGS:
            raise ConfigurationError(
                f"{owner}: {name}={given[name]!r} has no meaning for solver='lbfgs'. Use another solver, or leave "
                "it out."
            )
    return rates


def read_callbacks(given: Any, owner: str = "callbacks") -> tuple[Callable[[Any], Any], ...]:
    """The functions to call after each epoch: one, several, or None."""
    listed = () if given is None else (given,) if callable(given) else given
    if not isinstance(listed, (list, tuple)) or not all(callable(each) for each in listed):
        raise ConfigurationError(
            f"{owner}: callbacks={given!r} must be a function of one argument (a Progress), or a list of them."
        )
    return tuple(listed)


def thread_count(n_jobs: Any, owner: str = "n_jobs") -> int | None:
    """The number of engine threads: None means one, as in scikit-learn; negative numbers count from the end."""
    if n_jobs is None:
        return 1
    if not is_whole(n_jobs) or n_jobs == 0:
        raise ConfigurationError(
            f"{owner}: n_jobs={n_jobs!r} must be None, a positive number of threads, or -1 for all."
        )
    if n_jobs > 0:
        return int(n_jobs)
    from joblib import cpu_count

    return max(1, int(cpu_count()) + 1 + int(n_jobs))


def seed_from(random_state: Any) -> int:
    """A 64-bit seed: a whole number is the seed; otherwise it is drawn from the generator (None: NumPy's)."""
    if is_whole(random_state, -math.inf, math.inf):  # `check_seed` has limits of its own
        try:
            return check_seed(random_state)
        except ConfigurationError as error:
            raise ConfigurationError(f"random_state: {error}") from None
    from sklearn.utils import check_random_state

    try:
        generator = check_random_state(random_state)
    except ValueError:
        raise ConfigurationError(
            f"random_state={str(random_state)[:60]!r} must be a whole number, a numpy RandomState, or None."
        ) from None
    high, low = generator.randint(0, 2**32, size=2, dtype=np.uint64)
    return (int(high) << 32) | int(low)


def check_count(owner: str, name: str, value: Any, *, otherwise: Any = None) -> None:
    """A whole number of at least 1, or the one other value that has a meaning."""
    if otherwise is not None and isinstance(value, type(otherwise)) and value == otherwise:
        return
    check_whole(f"{owner}: {name}", value, also=otherwise)


def hidden_sizes(sizes: Any) -> tuple[int, ...]:
    """`hidden_layer_sizes` as a tuple; a single number stands for one hidden layer."""
    listed = list(sizes) if hasattr(sizes, "__iter__") and not isinstance(sizes, str) else [sizes]
    dense_only("hidden_layer_sizes", listed)
    for size in listed:
        if not is_whole(size):
            raise ConfigurationError(f"hidden_layer_sizes must hold whole numbers, got {size!r}.")
    if any(size <= 0 for size in listed):
        raise ConfigurationError(f"hidden_layer_sizes must be > 0, got {listed}.")
    return tuple(int(size) for size in listed)


def hidden_layers(sizes: Any) -> tuple[int | LayerSpec, ...]:
    """`hidden_layer_sizes` as a tuple of sizes and of layer records."""
    if not has_records(sizes):
        return hidden_sizes(sizes)
    return tuple(each if isinstance(each, LayerSpec) else hidden_sizes(each)[0] for each in sizes)


def layer_activations(given: Any, n_hidden: int) -> tuple[Activation, ...]:
    """One record per hidden layer, from one activation or a list of them, and the identity of the last layer."""
    last = activations["identity"]
    if not isinstance(given, (list, tuple)):
        return (*[activations.resolve(given)] * n_hidden, last)
    if len(given) != n_hidden:
        raise ConfigurationError(
            f"activation lists {len(given)} names for {n_hidden} hidden layers. Give one per hidden layer, or one name."
        )
    return (*(activations.resolve(spec) for spec in given), last)


def _optimizer_record(given: Mapping[str, Any]) -> Optimizer | None:
    """The optimizer of a `solver`; for a name alone, momentum, beta_1, ... come from the parameters of those names."""
    solver = given["solver"]
    if solver == LBFGS:
        return None
    if solver == "sgd":
        solver = "nesterov" if given["nesterovs_momentum"] else "momentum"
    elif isinstance(solver, str) and solver.split("(")[0].strip() not in optimizers:
        raise ConfigurationError(f"Unknown solver {solver!r}. {nearest(solver, [LBFGS, 'sgd', *optimizers])}")
    record = optimizers.resolve(solver)
    if isinstance(solver, str) and "(" not in solver:
        shared = {name: float(given[name]) for name in record.values if name in NUMBERS}
        record = record.with_parameters(**shared)
    return record


def schedule_record(given: Mapping[str, Any]) -> Schedule:
    """The `schedule` if given; otherwise `learning_rate`, which (as in scikit-learn) only solver 'sgd' uses."""
    named = schedules.resolve(given["learning_rate"] if given["schedule"] is None else given["schedule"])
    if given["schedule"] is None and given["solver"] != "sgd":
        return schedules["constant"]
    explicit = given["schedule"] is not None and (not isinstance(given["schedule"], str) or "(" in given["schedule"])
    if "power_t" in named.values and not explicit:
        return named.with_parameters(power_t=float(given["power_t"]))
    return named
