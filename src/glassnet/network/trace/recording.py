"""Recording: compute one training step with the network's own functions and write all of it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import ConfigurationError, ShapeError
from glassnet.formulas import Optimizer, optimizers
from glassnet.formulas.augmentation import in_words
from glassnet.formulas.language.render.display import format_number
from glassnet.formulas.whole_number import check_whole
from glassnet.layers.place import pixel_names
from glassnet.network.backward import Gradients
from glassnet.network.forward import Forward
from glassnet.network.reparametrization import ParameterUpdate, TrainedArrays, stepped, trained
from glassnet.network.shapes import Array
from glassnet.network.trace.checks import EngineComparison, EngineDifference
from glassnet.network.trace.difference import affordable, check_parameters
from glassnet.network.trace.records import (
    AugmentedImages,
    InputStep,
    LayerBackward,
    LayerForward,
    LossStep,
    PenaltyTerm,
    UpdateStep,
    WeightParts,
)
from glassnet.network.trace.trace import Trace
from glassnet.network.update import KINDS, OptimizerState, check_learning_rate

if TYPE_CHECKING:
    from glassnet.network.structure import Network


def record(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    learning_rate: float,
    optimizer: str | Optimizer = "gradient_descent",
    state: OptimizerState | None = None,
    step: int | None = None,
    epoch: int | None = None,
    sample_weight: ArrayLike | None = None,
    clip_norm: float | None = None,
    seed: int | None = None,
    member: int = 0,
    dropout: float = 1.0,
    decay: float = 1.0,
    feature_names: Sequence[str] | None = None,
    target_names: Sequence[str] | None = None,
    row_names: Sequence[str] | None = None,
    inputs: Sequence[Sequence[InputStep]] | None = None,
    check: bool | None = None,
    engine_values: Mapping[str, Any] | None = None,
    note: str = "",
    version: int | None = None,
    numbers: Sequence[int] | None = None,
) -> Trace:
    """Record one training step; the network does not change.

    Parameters
    ----------
    network : Network
    X : array-like of shape (n, n_in)
    y : array-like of shape (n, n_outputs)
    learning_rate : float
        May be 0, as a schedule may begin or end with it.
    optimizer : str or Optimizer
    state : OptimizerState, optional
        The optimizer's memory; by default the network's own if it belongs to the same optimizer, else empty.
    step : int, optional
        Number of this step (1 for the first). An optimizer with a memory also needs its `state` for a later step.
    epoch : int, optional
        Noted in the trace.
    sample_weight : array-like of shape (n,), optional
    clip_norm : float, optional
        A longer gradient is scaled down to this norm.
    seed, member : int
        With the number of the step they decide what dropout drops, as in `Network.fit`.
    dropout, decay : float
        Factors of this step on the rates of dropout and on the optimizer's weight decay.
    feature_names, target_names, row_names : sequence of str, optional
    inputs : sequence (one per row) of sequence (one per input) of InputStep, optional
        How raw cells became inputs; the plain values when not given.
    check : bool, optional
        Whether to hold every gradient entry against a finite difference now. When not given, if the work is small;
        `Trace.check` computes single ones at any time.
    engine_values : mapping, optional
        The engine's own numbers to compare with: any of ``"raw_prediction"``, ``"prediction"`` (arrays),
        ``"d_weights"``, ``"d_biases"`` (lists of arrays), and ``"dtype"``.
    note : str
        What a reader must know first; written at the top of the trace.
    version : int, optional
        The epoch, counted from 0, in whose versions the network's `augmentation` shows the images; as they are when not
        given.
    numbers : sequence of int, optional
        The numbers of the rows among those that the network trains on, which decide their versions; 0, 1, ... when not
        given.

    Returns
    -------
    Trace

    Raises
    ------
    ConfigurationError, ShapeError, DataError
    """
    batch_X, batch_y, row_weights = network._batch(X, y, sample_weight)
    given_X = batch_X
    numbers = range(len(batch_X)) if numbers is None else numbers
    if version is not None:
        batch_X = network.augmented(batch_X, epoch=version, rows=numbers, seed=seed, member=member)
    rate = check_learning_rate(learning_rate) if learning_rate != 0 else 0.0
    chosen = optimizers.resolve(optimizer)
    state = _state(network, chosen, state, step)
    n_rows, n_in, n_out = len(batch_X), network.layer_sizes[0], network.layer_sizes[-1]
    features = _feature_names(feature_names, network, n_in)
    masks = network.dropout_masks(n_rows, step=state.step, seed=seed, member=member, share=dropout)
    passed = network._forward(batch_X, masks)
    gradients = network._backward(passed, batch_y, row_weights)
    augmented = _augmented_images(network, given_X, version, numbers, network.seed if seed is None else seed, member)
    update, new_loss = _update(network, passed, batch_y, row_weights, gradients, state, rate, clip_norm, decay)
    trace = Trace(
        feature_names=features,
        target_names=_names(target_names, n_out, "y", "target_names"),
        row_names=_names(row_names, n_rows, "row ", "row_names"),
        inputs=_inputs(inputs, given_X if inputs is not None else batch_X, features),
        X=_frozen(batch_X),
        y=_frozen(batch_y),
        forward=_forward(network, passed),
        loss=_loss(network, passed, batch_y, row_weights),
        backward=_backward(network, passed, gradients),
        d_inputs=_frozen(gradients.d_inputs),
        update=update,
        new_loss=new_loss,
        epoch=epoch,
        engine=_compare(engine_values, passed, gradients),
        note=" ".join(part for part in (note, "" if augmented is None else augmented.sentence) if part),
        augmented=augmented,
    )
    if check or (check is None and affordable(trace)):
        return replace(trace, checks=check_parameters(trace, trace.parameter_names))
    return trace


def _augmented_images(
    network: Network, X: Array, version: int | None, numbers: Sequence[int], seed: int, member: int
) -> AugmentedImages | None:
    """The images before they were changed, and how; None where they are as they were."""
    if version is None or not network.augmentation:
        return None
    names = (
        in_words(network.augmentation, seed=seed, row=int(row), epoch=version, member=member) for row in numbers
    )  # fmt: skip
    return AugmentedImages(_frozen(X), version, tuple(map(int, numbers)), tuple(tuple(words) for words in names))


def _frozen(array: Any) -> Array:
    """A read-only float64 copy."""
    copy = np.array(array, dtype=np.float64)
    copy.setflags(write=False)
    return copy


def _names(given: Sequence[str] | None, count: int, prefix: str, what: str) -> tuple[str, ...]:
    """The given names, or the prefix with a number; the prefix alone for a single value."""
    if given is None:
        return (prefix,) if count == 1 and prefix in "xy" else tuple(f"{prefix}{i}" for i in range(count))
    if len(given) != count:
        raise ShapeError(f"{what} has {len(given)} names; {count} are needed: {', '.join(map(str, given))[:80]}.")
    return tuple(str(name) for name in given)


def _feature_names(given: Sequence[str] | None, network: Network, n_in: int) -> tuple[str, ...]:
    """The given names of the inputs; for images without names, the pixels, then the other inputs."""
    first = network.layers[0]
    if given is not None or len(first.shape_in) != 3:
        return _names(given, n_in, "x", "feature_names")
    return pixel_names(first.shape_in, first.n_carried)


def _inputs(
    given: Sequence[Sequence[InputStep]] | None, X: Array, features: tuple[str, ...]
) -> tuple[tuple[InputStep, ...], ...]:
    """The given input steps, checked against what the network sees, or plain ones."""
    if given is None:
        texts = ([format_number(float(value)) for value in row] for row in X)
        return tuple(
            tuple(
                InputStep(name, text, float(value), text) for name, text, value in zip(features, line, row, strict=True)
            )
            for line, row in zip(texts, X, strict=True)
        )
    if len(given) != len(X) or any(len(row) != X.shape[1] for row in given):
        raise ShapeError(f"inputs must hold {X.shape[1]} input steps for each of the {len(X)} rows.")
    values = np.array([[step.value for step in row] for row in given])
    for r, k in np.argwhere(~np.isclose(values, X, rtol=1e-5, atol=1e-6))[:1]:
        raise ConfigurationError(
            f"inputs: row {r}, {given[r][k].feature!r} is stated to become {given[r][k].value!r}, but the network sees "
            f"{float(X[r, k])!r}. Give the steps of the same rows, in the order of the inputs."
        )
    return tuple(tuple(row) for row in given)


def _state(network: Network, optimizer: Optimizer, state: OptimizerState | None, step: int | None) -> OptimizerState:
    """The optimizer state that the step starts from."""
    if state is None and network.optimizer_state is not None and network.optimizer_state.optimizer == optimizer:
        state = network.optimizer_state
        if step is not None and step != state.step + 1:
            state = None
    if state is not None:
        if state.optimizer != optimizer or (step is not None and step != state.step + 1):
            raise ConfigurationError(
                f"The given state is {state.optimizer.spec!r} after {state.step} steps, so the traced step is step "
                f"{state.step + 1} of that optimizer, not step {step} of {optimizer.spec!r}. Leave `step` out."
            )
        return state
    step = 1 if step is None else step
    check_whole("step", step)
    if step > 1 and optimizer.state:
        raise ConfigurationError(
            f"Step {step} of {optimizer.name!r} depends on what the optimizer remembers "
            f"({', '.join(optimizer.state)}). Give that as `state`, or trace step 1."
        )
    return OptimizerState(optimizer, int(step) - 1)


def _forward(network: Network, passed: Forward) -> tuple[LayerForward, ...]:
    """The forward part, layer by layer."""
    return tuple(
        LayerForward(
            layer=k + 1, activation=activation, weights=_frozen(network.weights[k]), biases=_frozen(network.biases[k]),
            arriving=_frozen(passed.entering(k)), z=_frozen(passed.z[k]), a=_frozen(passed.a[k + 1]),
            keep=None if (mask := passed.mask(k)) is None else _frozen(mask),
            mixes=_optional(network.mixes[k]), spec=network.layers[k],
        )
        for k, activation in enumerate(network.activations)
    )  # fmt: skip


def _loss(network: Network, passed: Forward, y: Array, row_weights: Array) -> LossStep:
    """The loss part with each penalty as its own term."""
    objective = network.objective
    penalized = trained(network).weights
    value = objective.value(passed.raw_prediction, y, row_weights, penalized)
    terms = tuple(
        PenaltyTerm(
            name, strength, getattr(value, name),
            tuple(map(_frozen, objective.penalty_gradients(name, penalized, row_weights))),
        )
        for name, strength in objective.strengths(row_weights).items()
    )  # fmt: skip
    with np.errstate(over="ignore", invalid="ignore"):
        targets = objective.targets(y)
        rows = objective.loss.row_losses(passed.raw_prediction, targets, row_weights)
        slopes = objective.loss.raw_gradient(passed.raw_prediction, targets, row_weights)
    return LossStep(
        loss=objective.loss, reduction=objective.reduction, factor=objective.factor(row_weights),
        raw_prediction=_frozen(passed.raw_prediction), prediction=_frozen(passed.prediction), y=_frozen(targets),
        row_losses=_frozen(rows), row_weights=_frozen(row_weights), slopes=_frozen(slopes), data=value.data,
        total=value.total, penalties=terms, label_smoothing=objective.label_smoothing,
    )  # fmt: skip


def _backward(network: Network, passed: Forward, gradients: Gradients) -> tuple[LayerBackward, ...]:
    """The backward part, layer by layer."""
    layers = []
    with np.errstate(over="ignore", invalid="ignore"):
        for k, activation in enumerate(network.activations):
            slope = activation.slope(passed.z[k], passed.a[k + 1]) * np.ones_like(passed.z[k])
            layers.append(LayerBackward(
                layer=k + 1, arriving=_frozen(gradients.d_activations[k]), slope=_frozen(slope),
                delta=_frozen(gradients.delta[k]), d_weights=_frozen(gradients.data_d_weights[k]),
                d_biases=_frozen(gradients.d_biases[k]), penalty_d_weights=_frozen(gradients.penalty_d_weights[k]),
                d_mixes=_optional(gradients.d_mixes[k]),
            ))  # fmt: skip
    return tuple(layers)


def _update(
    network: Network, before: Forward, y: Array, row_weights: Array, gradients: Gradients, state: OptimizerState,
    rate: float, clip_norm: float | None, decay: float,
) -> tuple[UpdateStep, float]:  # fmt: skip
    """The update part, and the objective after it with the same mask of dropout."""
    now = trained(network)
    done = stepped(network, now, gradients, row_weights, state, rate, clip_norm, decay)
    new = done.new
    states = [_states(network, kept) for kept in (state, new.state)]
    step = state.step + 1
    after = network.copy()
    after.mixes = done.mixes
    after.weights, after.biases = done.weights, new.biases
    passed = after._forward(before.a[0], before.masks)
    loss = network.objective.value(passed.raw_prediction, y, row_weights, new.weights).total
    update = UpdateStep(
        optimizer=state.optimizer, step=step, learning_rate=rate, scalars=state.optimizer.scalars_at(step, rate),
        state_before=states[0], state_after=states[1],
        weights=tuple(map(_frozen, done.weights)), biases=tuple(map(_frozen, new.biases)),
        clipping=done.clip, parts=_weight_parts(network, now, done), mixes=tuple(map(_optional, done.mixes)),
        decay=decay,
    )  # fmt: skip
    return update, loss


def _weight_parts(network: Network, now: TrainedArrays, done: ParameterUpdate) -> tuple[WeightParts | None, ...]:
    """For each layer whose weights are made: from what, and what the step did to it."""
    return tuple(
        None if layer.plain else WeightParts(
            parametrization=layer.parametrization, factor=layer.factor,
            free=_frozen(now.weights[k]), scales=_optional(now.scales[k]), d_free=_frozen(done.slopes.weights[k]),
            d_scales=_optional(done.slopes.scales[k]), new_free=_frozen(done.new.weights[k]),
            new_scales=_optional(done.new.scales[k]),
        )
        for k, layer in enumerate(network.layers)
    )  # fmt: skip


def _optional(array: Array | None) -> Array | None:
    """A read-only copy, or None."""
    return None if array is None else _frozen(array)


def _states(network: Network, kept: OptimizerState) -> tuple[dict[str, dict[str, Array]], ...]:
    """The optimizer's memory of every layer; zeros before the first step."""
    now = trained(network)
    every: dict[str, Sequence[Any]] = {kind: getattr(now, kind) for kind in KINDS}
    return tuple(
        {
            kind: {name: _frozen(kept.of(kind, k).get(name, np.zeros_like(values[k]))) for name in kept.optimizer.state}
            for kind, values in every.items()
            if values[k] is not None
        }
        for k in range(len(network.layers))
    )


def _compare(given: Mapping[str, Any] | None, passed: Forward, gradients: Gradients) -> EngineComparison | None:
    """The largest differences to the engine's numbers."""
    if given is None:
        return None
    own: dict[str, list[Array]] = {
        "raw_prediction": [passed.raw_prediction], "prediction": [passed.prediction],
        "d_weights": gradients.d_weights, "d_biases": gradients.d_biases,
    }  # fmt: skip
    differences, dtype = [], str(given.get("dtype", ""))
    for quantity, values in given.items():
        if quantity == "dtype":
            continue
        if quantity not in own:
            raise ConfigurationError(f"engine_values has {quantity!r}; it may have {', '.join(own)} and dtype.")
        theirs = [np.asarray(v) for v in (values if isinstance(values, (list, tuple)) else [values])]
        if [v.shape for v in theirs] != [o.shape for o in own[quantity]]:
            raise ShapeError(f"engine_values[{quantity!r}] does not have the shapes of this network and batch.")
        dtype = dtype or str(theirs[0].dtype)
        pairs = list(zip(own[quantity], theirs, strict=True))
        differences.append(EngineDifference(
            quantity, max(float(np.abs(o - v.astype(np.float64)).max()) for o, v in pairs),
            max(float(np.abs(o).max()) for o in own[quantity]),
        ))  # fmt: skip
    return EngineComparison(dtype or "float32", tuple(differences))
