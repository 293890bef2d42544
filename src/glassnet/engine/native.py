"""A plan as the native module takes it: shape, formulas and rules."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from glassnet.engine import _native
from glassnet.engine.kernels.bytecode import formula
from glassnet.engine.kernels.kernel import (
    activation_backward,
    activation_value,
    activation_with_slope,
    loss_entry,
    optimizer_update,
    schedule_factor,
)
from glassnet.engine.plan import MONITORS, Plan
from glassnet.errors import ConfigurationError
from glassnet.formulas import Activation, Connections, Loss, Optimizer, Schedule, activations
from glassnet.formulas.augmentation import strengths
from glassnet.formulas.optimizer import DECAY
from glassnet.layers import Convolution, GlobalMean, LayerSpec, MaxPooling, MeanPooling
from glassnet.layers.windows import Windowed

_SCORES = {"regression": 0, "multiclass": 1, "binary": 2, "survival": 0}  # the last has none, and no plan requests it
_LINKS = {"identity": 0, "logistic": 1, "softmax": 2, "exp": 3}


def native_parts(plan: Plan) -> tuple[Any, Any, Any]:
    """Shape and formulas, optimizer, and schedule of a plan; made once for each plan."""
    if "native" not in plan.kept:
        plan.kept["native"] = _parts_of(plan)
    parts: tuple[Any, Any, Any] = plan.kept["native"]
    return parts


def _parts_of(plan: Plan) -> tuple[Any, Any, Any]:
    """The same, made."""
    network = native_network(
        plan.layer_sizes, plan.activations, plan.loss_record, plan.parametrizations, plan.layer_connections, plan.mixes,
        plan.heads, [plan.windowed(k) for k in range(len(plan.activations))],
    )  # fmt: skip
    optimizer, schedule = plan.optimizer, plan.schedule
    assert isinstance(optimizer, Optimizer)
    assert isinstance(schedule, Schedule)
    return (
        network,
        formula("optimizer", optimizer_update(optimizer), optimizer.values, f"optimizer {optimizer.name!r}"),
        formula("schedule", schedule_factor(schedule), schedule.values, f"schedule {schedule.name!r}"),
    )


def native_plan(plan: Plan, rows: int, seed: int) -> Any:
    """All of a plan, for a number of rows."""
    optimizer, schedule = plan.optimizer, plan.schedule
    assert isinstance(optimizer, Optimizer)
    assert isinstance(schedule, Schedule)
    native = _native.Plan(*native_parts(plan))
    native.n_states = len(optimizer.state)
    native.half, native.mean = plan.reduction.startswith("half"), plan.reduction.endswith("mean")
    native.penalty_per_row, native.shuffle, native.restore_best = plan.penalty_per_row, plan.shuffle, plan.restore_best
    native.batch_size = rows if plan.batch_size is None else min(plan.batch_size, rows)
    native.epochs, native.patience, native.tolerance = plan.epochs, plan.patience, plan.tolerance
    native.plateau_divisor, native.smallest_rate = schedule.plateau_divisor, schedule.smallest_rate
    native.schedule_by_epoch, native.rows_before = "samples" in schedule.factor.names, plan.rows_before
    native.monitor, native.score = MONITORS.index(plan.monitor), _SCORES[plan.loss_record.task]
    native.link = _LINKS.get(plan.loss_record.link, 0)
    native.latest_tie = plan.latest_tie
    native.clip_norm = plan.clip_norm or 0.0
    native.decay_place = list(optimizer.values).index(DECAY) if DECAY in optimizer.values else -1
    for name in ("dropout_schedule", "decay_schedule"):
        record = getattr(plan, name)
        if record.name != "constant":
            setattr(native, name, formula("schedule", schedule_factor(record), record.values, f"{name} {record.name}"))
            native.schedule_by_epoch |= "samples" in record.factor.names
    native.seed = seed
    if plan.augmentation:
        native.set_augmentation(strengths(plan.augmentation), plan.image_shape or ())
    return native


def native_network(
    sizes: Sequence[int], layer_activations: Sequence[Any], loss: Loss, parametrization: Sequence[Any] = (),
    connections: Sequence[Connections | None] = (), mixed: Sequence[bool] = (), heads: int = 1,
    windowed: Sequence[LayerSpec | None] = (),
) -> Any:  # fmt: skip
    """Shape and formulas as the native module takes them; activations are names or records."""
    records = _after_pools([activations.resolve(a) for a in layer_activations], windowed, mixed)
    entry = None
    if not loss.elementwise and not loss.kernel:
        raise ConfigurationError(
            f"The compiled engine cannot train the loss {loss.name!r}: it has no kernel. Give the loss as value and "
            "gradient formulas, or train with Network([...]).fit."
        )
    if loss.elementwise:
        entry = formula("loss", loss_entry(loss), loss.values, f"loss {loss.name!r}")
    arguments: dict[str, Any] = {}
    connections = connections or (None,) * len(records)
    if not all(record.plain for record in parametrization):
        arguments["factors"] = [
            record.factor(n_in, n_out, connected) if layer is None else layer.factor
            for record, n_in, n_out, connected, layer in zip(
                parametrization, sizes, sizes[1:], connections, windowed or (None,) * len(records), strict=False
            )
        ]
        arguments["scaled"] = [int(record.has_scales) for record in parametrization]
        arguments["rates"] = [rate for record in parametrization for rate in record.rates]
        arguments["decays"] = [decay for record in parametrization for decay in record.decays]
    if any(connections):
        arguments["blocks"] = [[] if connected is None else connected.to_plain() for connected in connections]
    if any(layer is not None for layer in windowed):
        arguments["windows"] = [
            [] if layer is None else window_numbers(layer, record)
            for layer, record in zip(windowed, records, strict=True)
        ]
    if any(mixed):
        arguments["mixed"] = list(map(int, mixed))
    return _native.Network(
        sizes=list(sizes),
        with_slope=list(map(_with_slope, records)),
        value=[formula("activation_value", activation_value(r), r.values, f"activation {r.name!r}") for r in records],
        backward=[
            formula("activation_backward", activation_backward(r), r.values, f"activation {r.name!r}") for r in records
        ],
        loss=entry,
        kernel=loss.kernel,
        efron=loss.values.get("efron", 1.0),
        targets=loss.target_width(sizes[-1]) if loss.scope == "batch" else 0,
        heads=heads,
        **arguments,
    )


_LOOKS = {Convolution.kind: 0, MaxPooling.kind: 1, MeanPooling.kind: 2, GlobalMean.kind: 2}


def window_numbers(layer: LayerSpec, activation: Activation) -> list[int]:
    """An image layer, with the activation that follows it, in the numbers of the native record."""
    if not isinstance(layer, Windowed) or layer.kind not in _LOOKS:
        raise ConfigurationError(f"The compiled engine does not know {layer!r}. Train with Network([...]).fit.")
    windows = layer.windows
    return [
        _LOOKS[layer.kind], *windows.image, layer.channels_in, *windows.places, layer.channels_out, *windows.size,
        *windows.stride, *windows.before, *windows.dilation, getattr(layer, "groups", 1), layer.n_carried,
        int(layer.channel_dropout), int(activation.name == "identity"),
    ]  # fmt: skip


def _after_pools(
    records: list[Activation], windowed: Sequence[LayerSpec | None], mixed: Sequence[bool]
) -> list[Activation]:
    """Apply relu after max pooling instead of before it, where possible: a quarter of the work.

    Both give the same bits. relu keeps positive numbers and their order, so the same number wins; if none is positive,
    the winner has zero gradient, whichever it is.
    """
    records = list(records)
    for k, (below, layer) in enumerate(pairwise(windowed)):
        pooled = isinstance(below, Convolution) and isinstance(layer, MaxPooling) and not any(mixed[k : k + 2])
        if pooled and records[k].name == "relu" and records[k + 1].name == "identity":
            records[k], records[k + 1] = records[k + 1], records[k]
    return records


def _with_slope(record: Activation) -> Any:
    """The formula of an activation and its slope in one pass, if that is worthwhile and not too long for the engine."""
    both = activation_with_slope(record)
    if both is None:
        return None
    try:
        return formula("activation_with_slope", both, record.values, f"activation {record.name!r}")
    except ConfigurationError:  # too long as one; its value and its slope are checked apart
        return None
