"""The population: the members that train together, and how each differs from the others."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.engine.checks import memory
from glassnet.engine.checks.arrays import check_finite, check_not_lost, check_total
from glassnet.engine.checks.number import LARGEST_POPULATION, check_number
from glassnet.engine.plan import Plan
from glassnet.engine.prediction import Predictor
from glassnet.errors import ConfigurationError, ShapeError
from glassnet.formulas import Activation, activations, dropout_rates, head_members, mixed, start_scales
from glassnet.formulas.randomness import check_seed
from glassnet.formulas.whole_number import check_whole, is_whole
from glassnet.layers import LayerSpec

Layers = Sequence[tuple[Any, Any]]
MOST_ROWS_SEEN = 10_000
"""Rows, evenly spaced, that an initializer looks at; their number changes what they tell by little."""


@dataclass(frozen=True)
class Population:
    """Members share data and plan and differ in their random numbers, row weights and strengths.

    Parameters
    ----------
    seed : int
        0 to 2**64 - 1. A member's random numbers depend on the seed and on its id only, so a member trained alone
        and among others ends with the same bits.
    members : int or array of int, shape (members,)
        How many, or their ids (0 to 2**32 - 1).
    learning_rate, l1, l2, label_smoothing : array of float, shape (members,), optional
        Instead of the plan's.
    dropout : array of float, shape (members,) or (members, layers), optional
        Instead of the plan's, with the same meaning for each member.
    row_weights : array of float, shape (members, n), optional
        Weight of each row for each member, such as bootstrap counts. Multiplies the sample weights.
    rows : sequence of arrays of int, one per member, optional
        The rows that each member trains on, such as all but its fold; a row may occur several times, as in a bootstrap.
    validation_rows : sequence of arrays of int, one per member, optional
        The rows of the validation data that each member is judged by, such as its fold; all when not given.
    initial : list of (weights, biases), optional
        Per layer, shapes (members, n_in, n_out) and (members, n_out), or without the leading axis for one start
        shared by all; free weights, where the layer has a parametrization.

    Examples
    --------
    >>> Population(seed=1, members=3).ids.tolist()
    [0, 1, 2]
    """

    seed: int = 0
    members: Any = 1
    learning_rate: Any = None
    l1: Any = None
    l2: Any = None
    dropout: Any = None
    label_smoothing: Any = None
    row_weights: Any = None
    rows: Any = None
    validation_rows: Any = None
    initial: Layers | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", check_seed(self.seed))
        if is_whole(self.members):
            count = check_whole("members", self.members, 1, LARGEST_POPULATION)
            memory.check_members(count)
            ids = np.arange(count, dtype=np.uint32)
        else:
            ids = np.asarray(self.members)
        if ids.ndim != 1 or len(ids) == 0 or ids.dtype.kind not in "iu" or ids.min() < 0 or ids.max() >= 2**32:
            raise ConfigurationError(
                f"members={self.members!r} must be a positive number of members or their ids from 0 to 2**32 - 1."
            )
        object.__setattr__(self, "members", ids.astype(np.uint32))

    def take(self, places: Sequence[int] | NDArray[Any], plan: Plan) -> Population:
        """Some of the members, with the same bits as among all.

        Parameters
        ----------
        places : array of int
            Where they stand in this population, in any order.
        plan : Plan
            It says whether an array of `initial` has an axis of members.

        Examples
        --------
        >>> plan = Plan([1, 1], ["identity"], "squared_error")
        >>> Population(members=[4, 7, 9], l2=[0.0, 0.1, 0.2]).take([2, 0], plan).l2.tolist()
        [0.2, 0.0]
        """
        places = np.asarray(places, dtype=np.int64)
        changed: dict[str, Any] = {"members": self.ids[places]}
        for name in (
            "learning_rate",
            "l1",
            "l2",
            "label_smoothing",
            "dropout",
            "row_weights",
            "rows",
            "validation_rows",
        ):
            given = getattr(self, name)
            if given is not None and len(given) != len(self.ids):
                raise ShapeError(f"{name} has {len(given)} entries; a population of {len(self.ids)} needs as many.")
            if isinstance(given, np.ndarray):
                changed[name] = given[places]
            elif given is not None:
                own = [given[place] for place in places]
                changed[name] = own if name in ("dropout", "rows", "validation_rows") else np.asarray(own)
        if self.initial is not None:
            changed["initial"] = self._initial_of(places, plan, self.initial)
        return replace(self, **changed)

    def _initial_of(self, places: NDArray[np.int64], plan: Plan, initial: Layers) -> Layers:
        """The start of some members; arrays without an axis of members, or with one of length 1, are for all."""
        layers = []
        for k, parts in enumerate(initial):
            windowed = plan.windowed(k)
            axes = (2, 1) if windowed is None else tuple(len(windowed.arrays[name]) for name in ("weights", "biases"))
            heads = plan.heads if k + 1 == len(plan.activations) else 1
            networks = (places[:, None] * heads + np.arange(heads)).ravel()
            own = [
                array[networks] if array.ndim > axis and len(array) > 1 else array
                for array, axis in zip(map(np.asarray, parts), axes, strict=True)
            ]
            layers.append((own[0], own[1]))
        return layers

    @property
    def ids(self) -> NDArray[np.uint32]:
        """The id of each member."""
        ids: NDArray[np.uint32] = self.members
        return ids

    def per_member(self, name: str, shared: float, low: float = 0.0) -> list[float]:
        """A strength for each member: the own ones, else the plan's."""
        given = getattr(self, name)
        if given is None:
            return [shared] * len(self.ids)
        values = np.asarray(given, dtype=np.float64)
        if values.shape != (len(self.ids),):
            raise ShapeError(
                f"{name} has shape {values.shape}; a population of {len(self.ids)} needs ({len(self.ids)},)."
            )
        return [
            check_number(f"{name}[{i}]", float(v), low, open_low=name == "learning_rate") for i, v in enumerate(values)
        ]

    def dropout_rates(self, plan: Plan) -> list[tuple[float, ...]]:
        """The rates of each member; an empty list when nothing is dropped."""
        layers = len(plan.activations)
        if self.dropout is None:
            return [plan.dropout] * len(self.ids) if any(plan.dropout) else []
        given = list(self.dropout)
        if len(given) != len(self.ids):
            raise ShapeError(f"dropout has {len(given)} entries; a population of {len(self.ids)} needs as many.")
        rates = [dropout_rates(rate, layers, f"dropout[{i}]") for i, rate in enumerate(given)]
        return rates if any(map(any, rates)) else []

    def smoothing(self, plan: Plan) -> list[float]:
        """The label smoothing of each member."""
        values = self.per_member("label_smoothing", plan.label_smoothing)
        return [plan.loss_record.check_smoothing(value) for value in values]

    def row_lists(self, n: int, name: str = "rows") -> list[NDArray[np.int32]]:
        """The ``rows`` or ``validation_rows`` of each member among n; an empty list when all take all rows."""
        given = getattr(self, name)
        if given is None:
            return []
        if len(given) != len(self.ids):
            raise ShapeError(f"{name} has {len(given)} entries; a population of {len(self.ids)} needs as many.")
        lists: list[NDArray[np.int32]] = []
        copies: dict[int, NDArray[np.int32]] = {}  # members that were given the same array share its copy
        for i, rows in enumerate(given):
            if id(rows) in copies:
                lists.append(copies[id(rows)])
                continue
            chosen = np.asarray(rows)
            if chosen.dtype == bool:
                chosen = np.flatnonzero(chosen) if chosen.shape == (n,) else chosen
            if chosen.ndim != 1 or len(chosen) == 0 or chosen.dtype.kind not in "iu":
                raise ConfigurationError(
                    f"{name}[{i}] must be a list of row numbers, or {n} truth values, with at least one row chosen."
                )
            if chosen.min() < 0 or chosen.max() >= n:
                raise ConfigurationError(
                    f"{name}[{i}] has the row {chosen[(chosen < 0) | (chosen >= n)][0]}; rows go from 0 to {n - 1}."
                )
            # The engine reads these rows until the training ends, and looks at them only now: so it has its own.
            copies[id(rows)] = np.array(chosen, dtype=np.int32)
            lists.append(copies[id(rows)])
        return lists

    def weigh_rows(self, n: int, sample_weight: NDArray[Any] | None, dtype: Any) -> NDArray[Any] | None:
        """Row weights: None, shape (n,) shared by all, or shape (members, n)."""
        if self.row_weights is None:
            return sample_weight
        own = np.asarray(self.row_weights, dtype=np.float64)
        if own.shape != (len(self.ids), n):
            raise ShapeError(f"row_weights has shape {own.shape}; it needs (members, rows) = ({len(self.ids)}, {n}).")
        if not np.isfinite(own).all() or (own < 0).any():
            raise ConfigurationError("row_weights must be finite and not negative.")
        if sample_weight is not None:
            own = own * sample_weight
        with np.errstate(over="ignore"):
            result = np.ascontiguousarray(own, dtype=dtype)
        check_finite("row_weights", result)
        for i, weights in enumerate(result):
            check_total(f"row_weights[{i}]", own[i], weights)
        return result

    def head_ids(self, plan: Plan) -> NDArray[Any]:
        """Whose random numbers the scales and the last layer take, shape (members * heads,); the ids without heads."""
        return head_members(self.ids, plan.heads).ravel() if plan.heads > 1 else self.ids

    def first_scales(self, plan: Plan) -> NDArray[Any]:
        """Where the scales of the inputs start, shape (members * heads, n_in), in the plan's precision."""
        drawn = start_scales(plan.scale_start, plan.layer_sizes[0], seed=self.seed, member=self.head_ids(plan))
        return np.ascontiguousarray(drawn, dtype=plan.dtype)

    def start(self, plan: Plan, X: NDArray[Any] | None = None) -> list[tuple[NDArray[Any], NDArray[Any]]]:
        """First weights (members, n_in, n_out) and biases (members, n_out) of each layer, in the plan's precision.

        Free weights, where the layer has a parametrization; of heads the last layer has a leading axis of members times
        heads. A layer with connections has only the weights that are trained, shape (members, n_weights).
        Initializers that look at rows see those of ``X`` that the member trains on, at most `MOST_ROWS_SEEN`.
        """
        if self.initial is not None and len(self.initial) != len(plan.activations):
            raise ShapeError(f"initial has {len(self.initial)} layers; the plan has {len(plan.activations)}.")
        layers = self._draw_start(plan, X) if self.initial is None else self._given_start(plan, self.initial)
        return [
            (np.ascontiguousarray(weights, dtype=plan.dtype), np.ascontiguousarray(biases, dtype=plan.dtype))
            for weights, biases in layers
        ]

    def _given_start(self, plan: Plan, initial: Layers) -> Layers:
        """The start that was given, one for each member, and without what is not trained."""
        layers = []
        for k, (connections, parts) in enumerate(zip(plan.layer_connections, initial, strict=True)):
            windowed = plan.windowed(k)
            shape: tuple[int, ...] = (plan.layer_sizes[k], plan.layer_sizes[k + 1])
            wide = shape[1:]
            if windowed is not None:
                shape, wide = windowed.arrays["weights"], windowed.arrays["biases"]
            weights, biases = (np.asarray(array, dtype=np.float64) for array in parts)
            for name, array in ((f"initial[{k}] weights", weights), (f"initial[{k}] biases", biases)):
                with np.errstate(over="ignore"):
                    converted = array.astype(plan.dtype)
                check_finite(name, converted)
                check_not_lost(name, array, converted)
            count = len(self.ids) if k + 1 < len(plan.activations) else len(self.head_ids(plan))
            try:
                weights = np.broadcast_to(weights, (count, *shape))
                biases = np.broadcast_to(biases, (count, *wide))
            except ValueError:
                raise ShapeError(
                    f"initial[{k}] has shapes {weights.shape} and {biases.shape}; "
                    f"it needs {(count, *shape)} and {(count, *wide)}, or the same without the members."
                ) from None
            if connections is not None:
                weights, biases = connections.kept(weights), biases * connections.trained_neurons
            layers.append((weights, biases))
        return layers

    def _draw_start(self, plan: Plan, X: NDArray[Any] | None) -> Layers:
        """The initial parameters of all members; initializers that look at rows then adjust those of each member."""
        layers: list[tuple[Any, Any]] = []
        for k, (initializer, activation) in enumerate(zip(plan.initializers, plan.activations, strict=True)):
            assert isinstance(activation, Activation)
            connections, windowed = plan.layer_connections[k], plan.windowed(k)
            if windowed is not None:
                shapes = windowed.arrays
                layers.append(initializer.draw_shaped(
                    shapes["weights"], shapes["biases"], *windowed.fans, seed=self.seed, layer=k, gain=activation.gain,
                    member=self.ids,
                ))  # fmt: skip
                continue
            draw = initializer.draw if connections is None else initializer.draw_kept
            layers.append(draw(
                plan.layer_sizes[k], plan.layer_sizes[k + 1], seed=self.seed, layer=k, gain=activation.gain,
                member=self.ids if k + 1 < len(plan.activations) else self.head_ids(plan), connections=connections,
            ))  # fmt: skip
        if any(initializer.looks_at_rows for initializer in plan.initializers):
            if X is None:
                raise ConfigurationError("An initializer of the plan looks at rows. Give the training rows.")
            for m in range(len(self.ids)):
                own = np.arange(len(X)) if self.rows is None else np.unique(self.row_lists(len(X))[m])
                seen = own[:: max(1, -(-len(own) // MOST_ROWS_SEEN))]
                settle(plan, layers, m, int(self.ids[m]), self.seed, X[seen])
        return layers


def settle(plan: Plan, layers: list[tuple[Any, Any]], m: int, member: int, seed: int, X: NDArray[Any]) -> None:
    """Let the initializers of one member see rows, layer by layer, in place; float64, the engine's own sums."""
    a = np.ascontiguousarray(X, dtype=np.float64)
    last = max(k for k, each in enumerate(plan.initializers) if each.looks_at_rows)
    for k in range(last + 1):
        initializer, record, connections = plan.initializers[k], plan.parametrizations[k], plan.layer_connections[k]
        free, biases = layers[k][0][m], layers[k][1][m]
        windowed = plan.windowed(k)
        if windowed is not None:
            free, biases, a = _settle_windows(windowed, free, biases, a, seed, k, initializer.looks_at_rows)
            layers[k][0][m], layers[k][1][m] = free, biases
            continue
        factor = record.factor(plan.layer_sizes[k], plan.layer_sizes[k + 1], connections)
        weights = record.make_weights(free, None, factor)
        if initializer.looks_at_rows:
            z = Predictor([weights], [np.zeros(len(biases))], ["identity"], connections=[connections])(a)
            if connections is None:
                free, biases = initializer.settle(free, z, seed=seed, member=member, layer=k)
            else:
                free, biases = initializer.settle(connections.spread(free), z, seed=seed, member=member, layer=k)
                free, biases = connections.kept(free), biases * connections.trained_neurons
            layers[k][0][m], layers[k][1][m] = free, biases
            weights = record.make_weights(free, None, factor)
        activation = plan.activations[k]
        if connections is not None and connections.carried:
            activation = mixed(activations.resolve(activation), connections.trained_neurons.astype(float))
        if k < last:
            a = Predictor([weights], [biases], [activation], connections=[connections])(a)


def _settle_windows(
    layer: LayerSpec, free: NDArray[Any], biases: NDArray[Any], a: NDArray[Any], seed: int, k: int, looks: bool
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """The same for a layer that looks at images: free weights and biases, and what leaves the layer."""
    if looks:
        plain = copy.copy(layer)
        plain.__dict__["activation"] = activations["identity"]
        z = Predictor([layer.make_weights(free)], [np.zeros_like(biases)], ["identity"], layers=[plain])(a)
        free, biases = layer.settled(free, z, seed=seed, layer=k)
    return free, biases, Predictor([layer.make_weights(free)], [biases], [layer.activation], layers=[layer])(a)
