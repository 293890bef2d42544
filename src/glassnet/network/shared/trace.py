"""The trace of networks with a shared body: one training step of all, in which every number can be opened.

Each head has a `Trace` of its own, of its own loss. What the step changes follows from these: the gradient of a shared
number is the mean over the heads of each head's gradient, times what the head makes of the number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import ConfigurationError
from glassnet.formulas import Optimizer, optimizers
from glassnet.layers import Place
from glassnet.network.shapes import Array
from glassnet.network.trace.checks import GradientCheck
from glassnet.network.trace.difference import WIDTH
from glassnet.network.trace.recording import record
from glassnet.network.trace.records import ParameterStep, PenaltyTerm, UpdateStep
from glassnet.network.trace.trace import Trace
from glassnet.network.update import OptimizerState, check_learning_rate
from glassnet.pages.number import distinct_numbers, plain_number

if TYPE_CHECKING:
    from glassnet.network.shared.networks import SharedGradients, SharedNetworks
    from glassnet.network.trace.views.explain import Explanation

_KINDS = {"V": "weights", "W": "weights", "b": "biases", "s": "scales"}
_EPSILON = float(np.finfo(np.float64).eps)
_LISTED = 8


@dataclass(frozen=True)
class SharedLoss:
    """The mean of the heads' losses, and the penalties, each of which acts once on every number.

    Attributes
    ----------
    of_heads : tuple of float
        Each head's loss on the batch.
    data, total : float
    penalties : tuple of PenaltyTerm
        Only those with a strength.
    """

    of_heads: tuple[float, ...]
    data: float
    total: float
    penalties: tuple[PenaltyTerm, ...]


@dataclass(frozen=True, eq=False, repr=False)
class SharedTrace:
    """One training step of all heads; made by `SharedNetworks.trace`.

    Attributes
    ----------
    before : SharedNetworks
        A copy from before the step.
    networks : tuple of Trace
        Of each head on its own: its forward pass, its loss, its backward pass. Their updates are those that it would
        take alone; what is shared takes the step of all.
    batch : tuple of array
        Inputs, targets and row weights.
    loss : SharedLoss
    gradients : SharedGradients
    update : UpdateStep
        What the optimizer made of the gradients of all; states and new numbers are shaped like those of `before`.
    new_scales : tuple of array or None
    new_loss : float
        The objective on the same batch after the update.
    """

    before: SharedNetworks
    networks: tuple[Trace, ...]
    batch: tuple[Array, Array, Array]
    loss: SharedLoss
    gradients: SharedGradients
    update: UpdateStep
    new_scales: tuple[Array | None, ...]
    new_loss: float

    @property
    def heads(self) -> int:
        """How many networks."""
        return self.before.heads

    def letter(self, layer: int) -> str:
        """``W`` for a layer (from 1) whose weights are trained themselves, else ``V``, its free weights."""
        return "W" if self.before.layers[layer - 1].parametrization.plain else "V"

    @property
    def parameter_names(self) -> Iterator[str]:
        """Every number that is trained, layer by layer: weights, biases, scales."""
        for k in range(len(self.before.layers)):
            parts = zip((self.letter(k + 1), "b", "s"), self._of(k), strict=True)
            for letter, values in parts:
                for index in np.ndindex(values.shape) if values is not None else ():
                    yield f"{letter}{k + 1}[{','.join(map(str, index))}]"

    def _of(self, k: int) -> tuple[Array, Array, Array | None]:
        """Weights, biases and scales of a layer, from 0."""
        return self.before.weights[k], self.before.biases[k], self.before.scales[k]

    def locate(self, name: str) -> tuple[str, int, tuple[int, ...]]:
        """Turn ``s1[3,0]`` into (``"scales"``, 1, (3, 0))."""
        place = Place.read(name)
        if place and not place.role and place.letter in _KINDS and 1 <= place.layer <= len(self.before.layers):
            kind, layer, index = _KINDS[place.letter], place.layer, place.numbers
            values = getattr(self.before, kind)[layer - 1]
            right = place.letter in ("b", "s", self.letter(layer)) and values is not None
            if right and len(index) == values.ndim and all(i < n for i, n in zip(index, values.shape, strict=True)):
                return kind, layer, index
        there = []
        for k in range(len(self.before.layers)):
            for letter, values in zip((self.letter(k + 1), "b", "s"), self._of(k), strict=True):
                if values is not None:
                    there.append(f"{letter}{k + 1}[{','.join(f'0..{n - 1}' for n in values.shape)}]")
        raise ConfigurationError(
            f"There is no parameter {name!r} in these networks. They have {', '.join(there)} (layers from 1, the rest "
            "from 0; what a head has of its own begins with the head)."
        )

    def parameter(self, name: str) -> ParameterStep:
        """One number through the whole step."""
        kind, layer, index = self.locate(name)
        slopes: list[Array | None] = list(getattr(self.gradients, f"d_{kind}"))
        new = self.new_scales if kind == "scales" else getattr(self.update, kind)
        penalties = {p.name: float(p.gradients[layer - 1][index]) for p in self.loss.penalties if kind == "weights"}
        gradient = float(_there(slopes[layer - 1])[index])
        states = (self.update.state_before, self.update.state_after)
        before, after = ({n: float(v[index]) for n, v in state[layer - 1][kind].items()} for state in states)
        return ParameterStep(
            name=_canonical(name), layer=layer, kind=kind, index=index,
            old=float(_there(getattr(self.before, kind)[layer - 1])[index]),
            data_gradient=gradient - sum(penalties.values()), penalty_gradients=penalties, gradient=gradient,
            state_before=before, state_after=after, new=float(_there(new[layer - 1])[index]),
        )  # fmt: skip

    def check(self, name: str) -> GradientCheck:
        """The central finite difference of the objective of all in one number."""
        kind, layer, index = self.locate(name)
        analytic, step = self.parameter(name).gradient, self.update.step - 1
        moved = self.before.copy()
        values = _there(getattr(moved, kind)[layer - 1])
        old = float(values[index])
        width = WIDTH * max(1.0, abs(old))
        ends, patterns = [], []
        for at in (old - width, old + width):
            values[index] = at
            ends.append(moved._objective(self.batch, step).total)
            patterns.append([moved._pass(h, *self.batch, step)[1][1].z for h in range(self.heads)])
        numeric = (ends[1] - ends[0]) / ((old + width) - (old - width))
        largest = max(abs(analytic), abs(numeric))
        size = sum(abs(loss) for loss in self.loss.of_heads) / self.heads + abs(ends[0])
        noise = 64 * _EPSILON * (size + 1.0) / width
        error = abs(analytic - numeric) / largest if largest > 0 else 0.0
        return GradientCheck(_canonical(name), analytic, numeric, width, error, noise, self._bend(patterns))

    def _bend(self, patterns: list[list[list[Array]]]) -> str:
        """The first activation that has a kink between the two ends, in words."""
        for h, (down, up) in enumerate(zip(*patterns, strict=True)):
            for k, (below, above) in enumerate(zip(down, up, strict=True)):
                for kink in self.before.layers[k].activation.kinks:
                    crossed = ((below - kink) * (above - kink) <= 0) & (below != above)
                    if crossed.any():
                        unit = int(np.argwhere(crossed)[0][1])
                        name = self.before.layers[k].activation.name
                        return f"{name} of layer {k + 1}, neuron {unit}, bends at {kink:g} in head {h}"
        return ""

    def explain(self, name: str, *, digits: int = 5, terms: int = 8) -> Explanation:
        """The chain rule for one number, in symbols and with the numbers plugged in.

        Parameters
        ----------
        name : str
            ``"V1[0,2]"``, ``"s1[3,0]"`` (head 3, input 0), ``"W2[1,1]"``, ``"W3[3,1,0]"`` (head 3), ``"b1[2]"``...
        digits : int
            Significant digits shown; the arithmetic uses all of them.
        terms : int
            Most terms of a sum that are written out.
        """
        from glassnet.network.shared.explain import explain_shared

        return explain_shared(self, name, digits=digits, terms=terms)

    def text(self, *, digits: int = 5) -> str:
        """The step of all for a terminal: the heads, their mean, the longest steps, and how to open a number."""
        lines = [
            repr(self)[len("SharedTrace(") : -1],
            "",
            "1  Heads: prediction of the first row, and loss of the batch",
        ]
        for h, (trace, loss) in enumerate(zip(self.networks, self.loss.of_heads, strict=True)):
            if h < _LISTED:
                predictions = ", ".join(plain_number(float(p), digits) for p in trace.loss.prediction[0])
                lines.append(f"   head {h}: {predictions}; loss {plain_number(loss, digits)}")
        if self.heads > _LISTED:
            lines.append(f"   … and {self.heads - _LISTED} more")
        mean = np.mean([trace.loss.prediction[0] for trace in self.networks], axis=0)
        lines += ["", "2  Mean of the heads"]
        lines.append(f"   prediction of the first row: {', '.join(plain_number(float(p), digits) for p in mean)}")
        for p in self.loss.penalties:
            lines.append(f"   {p.name} penalty: {plain_number(p.value, digits)}")
        old, new = distinct_numbers(self.loss.total, self.new_loss, digits)
        lines += [f"   loss: {old} before the step, {new} after it", "", "3  Update: the numbers that change most"]
        for name in self._most_changed():
            step = self.parameter(name)
            old, new = distinct_numbers(step.old, step.new, digits)
            lines.append(f"   {name}: {old} → {new}, gradient {plain_number(step.gradient, digits)}")
        last = len(self.before.layers)
        own = f"{self.letter(last)}{last}[0,0,0] of head 0"
        own = own if self.before.scales[0] is None else f"s1[0,0] and {own}"
        lines += ["", f"Each number opens by its name: {self.letter(1)}1[0,0] of all heads, {own}, and so on."]
        return "\n".join(lines)

    def _most_changed(self) -> list[str]:
        """Of the numbers, those that change most."""
        changes: list[tuple[float, str]] = []
        for k in range(len(self.before.layers)):
            news = (self.update.weights[k], self.update.biases[k], self.new_scales[k])
            for letter, old, new in zip((self.letter(k + 1), "b", "s"), self._of(k), news, strict=True):
                if old is None or new is None:
                    continue
                change = np.abs(new - old)
                for flat in np.argsort(-change, axis=None, kind="stable")[:_LISTED]:
                    index = np.unravel_index(flat, change.shape)
                    changes.append((float(change[index]), f"{letter}{k + 1}[{','.join(map(str, map(int, index)))}]"))
        return [name for _, name in sorted(changes, key=lambda entry: -entry[0])[:_LISTED]]

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        sizes, rows = "-".join(map(str, self.before.layer_sizes)), len(self.batch[0])
        return (
            f"SharedTrace({self.heads} networks {sizes} with a shared body, {rows} row{'s' if rows > 1 else ''}, step "
            f"{self.update.step} of {self.update.optimizer.name}, loss {self.loss.total:.6g} -> {self.new_loss:.6g})"
        )


def _there(values: Array | None) -> Array:
    """An array that `locate` has found."""
    assert values is not None
    return values


def _canonical(name: str) -> str:
    """The name without spaces."""
    return "".join(name.split())


def record_shared(
    networks: SharedNetworks, X: ArrayLike, y: ArrayLike, *, learning_rate: float,
    optimizer: str | Optimizer = "gradient_descent", state: OptimizerState | None = None,
    sample_weight: ArrayLike | None = None, clip_norm: float | None = None,
    feature_names: Sequence[str] | None = None, target_names: Sequence[str] | None = None,
    row_names: Sequence[str] | None = None, inputs: Any = None,
) -> SharedTrace:  # fmt: skip
    """Record one training step of all heads; the networks do not change.

    Parameters
    ----------
    networks : SharedNetworks
    X, y : array-like, shapes (n, n_in) and (n, n_outputs)
    learning_rate : float
    optimizer : str or Optimizer
    state : OptimizerState, optional
        The optimizer's memory; by default the networks' own if it belongs to the same optimizer, else empty.
    sample_weight : array-like of shape (n,), optional
    clip_norm : float, optional
    feature_names, target_names, row_names, inputs
        As `Network.trace` takes them.

    Returns
    -------
    SharedTrace

    Raises
    ------
    ConfigurationError, ShapeError, DataError
    """
    batch, chosen = networks._plain._batch(X, y, sample_weight), optimizers.resolve(optimizer)
    rate = check_learning_rate(learning_rate) if learning_rate != 0 else 0.0
    state = networks.state_for(chosen) if state is None else state
    if state.optimizer != chosen:
        raise ConfigurationError(
            f"The given state is one of {state.optimizer.spec!r}, not of {chosen.spec!r}. Leave one of them out."
        )
    before, after = networks.copy(), networks.copy()
    gradients = networks._gradients(batch, state.step)
    new, clip = networks.stepped(gradients, state, rate, clip_norm)
    after.weights, after.biases, after.scales = new.weights, new.biases, new.scales
    value = networks._objective(batch, state.step)
    named = {"feature_names": feature_names, "target_names": target_names, "row_names": row_names, "inputs": inputs}
    traces = tuple(
        record(
            networks.network(h), batch[0], batch[1], learning_rate=rate, sample_weight=batch[2], step=state.step + 1,
            member=h, check=False, **named,
        )
        for h in range(networks.heads)
    )  # fmt: skip
    objective = networks.objective
    terms = tuple(
        PenaltyTerm(name, strength, getattr(value, name),
                    tuple(objective.penalty_gradients(name, networks.weights, batch[2])))
        for name, strength in objective.strengths(batch[2]).items()
    )  # fmt: skip
    losses = tuple(float(networks._pass(h, *batch, state.step)[0].data) for h in range(networks.heads))
    update = UpdateStep(
        optimizer=chosen, step=state.step + 1, learning_rate=rate, scalars=chosen.scalars_at(state.step + 1, rate),
        state_before=_states(networks, state), state_after=_states(networks, new.state),
        weights=tuple(new.weights), biases=tuple(new.biases), clipping=clip,
    )  # fmt: skip
    return SharedTrace(
        before, traces, batch, SharedLoss(losses, value.data, value.total, terms), gradients, update, tuple(new.scales),
        after._objective(batch, state.step).total,
    )  # fmt: skip


def _states(networks: SharedNetworks, kept: OptimizerState) -> tuple[dict[str, dict[str, Array]], ...]:
    """The optimizer's memory of every layer; zeros before the first step."""
    every: dict[str, Sequence[Any]] = {
        "weights": networks.weights, "biases": networks.biases, "scales": networks.scales,
    }  # fmt: skip
    return tuple(
        {
            kind: {name: kept.of(kind, k).get(name, np.zeros_like(values[k])) for name in kept.optimizer.state}
            for kind, values in every.items()
            if values[k] is not None
        }
        for k in range(len(networks.layers))
    )
