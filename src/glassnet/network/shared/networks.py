"""Networks with a shared body: many networks in one, each with its own input scales and last layer.

Head ``h`` is an ordinary network: ``W1 = factor * s_h[:, None] * V1``, then layers that all heads share, then a last
layer that is its own. Training makes the mean of the heads' losses small, so the gradient of what they share is the
mean of the heads' gradients, each pulled back to it. The prediction is the mean of theirs (TabM-mini, Gorishniy,
Kotelnikov and Babenko 2025).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import ConfigurationError, TrainingDiverged
from glassnet.formulas import Optimizer, Schedule, head_members, optimizers, schedules, start_scales
from glassnet.formulas.whole_number import check_whole, is_whole
from glassnet.layers import Dense
from glassnet.network.backward import backward
from glassnet.network.course import Course
from glassnet.network.objective import LossValue
from glassnet.network.shapes import Array, as_inputs
from glassnet.network.structure import Network
from glassnet.network.update import Clipping, OptimizerState, Updated, check_learning_rate, clipping, updated

if TYPE_CHECKING:
    from glassnet.network.shared.trace import SharedTrace


@dataclass(frozen=True)
class SharedGradients:
    """The gradients of the mean of the heads' losses, penalties included, one entry per layer.

    Attributes
    ----------
    d_weights : list of array
        Shaped like `SharedNetworks.weights`: of the free weights, where a layer makes its weights from such.
    d_biases, d_scales : list of array (or None)
    of_heads : list of list of array
        For each head, dL/dW of its own loss and its own weights, layer by layer, before anything is pulled back.
    """

    d_weights: list[Array]
    d_biases: list[Array]
    d_scales: list[Array | None]
    of_heads: list[list[Array]]


class SharedNetworks:
    """Networks in readable NumPy that share all layers but the last; the reference for the engine's heads.

    Parameters
    ----------
    layers : sequence of Dense
        Of each network, at least two; the last without an activation. With ``parametrization="scaled"`` (or
        "scaled_ntk") the first layer has one set of trained input scales for each head. Weights that are given to the
        first layer are what these scales multiply.
    heads : int
        How many networks.
    scale_start : {"random_signs", "normal", "ones"}
        Where the scales start.
    seed : int
        Decides the start of everything that is not given.
    **settings
        Loss, reduction, penalties, dropout and label smoothing, as `Network` takes them. The penalties act on each
        number once: on the shared layers, and on the last layers of all heads.

    Attributes
    ----------
    weights, biases : list of array
        Of each layer, shapes (n_in, n_out) and (n_out,); of the last layer (heads, n_in, n_out) and (heads, n_out).
        Free weights, where the layer has a parametrization.
    scales : list of array, or None
        Of the first layer (heads, n_in).
    optimizer_state : OptimizerState or None

    Raises
    ------
    ConfigurationError, ShapeError

    Examples
    --------
    >>> layers = [Dense(2, 8, "tanh", parametrization="scaled"), Dense(8, 1)]
    >>> networks = SharedNetworks(layers, heads=4, seed=1)
    >>> networks.scales[0].tolist()
    [[1.0, 1.0], [1.0, 1.0], [-1.0, -1.0], [1.0, 1.0]]
    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
    >>> history = networks.fit(X, y, optimizer="adam", learning_rate=0.05, epochs=300)
    >>> networks.predict(X).ravel().round(1).tolist()
    [0.0, 1.0, 1.0, 0.0]
    """

    def __init__(
        self, layers: Sequence[Dense], *, heads: int, scale_start: str = "random_signs", seed: int = 0, **settings: Any
    ) -> None:
        self.heads = check_whole("heads", heads)
        self._plain = Network(layers, seed=seed, **settings)
        self.layers, self.objective, self.seed = self._plain.layers, self._plain.objective, self._plain.seed
        if len(self.layers) < 2 or self.layers[-1].activation.name != "identity":
            raise ConfigurationError(
                "Networks with a shared body need at least one hidden layer and a last layer without an activation, "
                'such as [Dense(2, 8, "relu", parametrization="scaled"), Dense(8, 1)].'
            )
        if not all(isinstance(layer, Dense) and layer.connections is None and not layer.mixed for layer in self.layers):
            raise ConfigurationError(
                "Networks with a shared body support Dense layers without connections and mixes only. Leave both out, "
                "or train networks of their own."
            )
        last, members = self.layers[-1], head_members([0], self.heads)[0]
        self.weights: list[Array] = []
        self.biases: list[Array] = []
        self.scales: list[Array | None] = []
        for k, layer in enumerate(self.layers):
            record, scales = layer.parametrization, self._plain.scales[k]
            self.weights.append(record.free_weights(self._plain.weights[k], scales))
            self.biases.append(self._plain.biases[k].copy())
            if scales is not None and k == 0:
                scales = start_scales(scale_start, layer.n_in, seed=self.seed, member=members)
            elif scales is not None and layer is last:
                scales = np.ones((self.heads, layer.n_in))
            self.scales.append(scales)
        w, b = last.initializer.draw(
            last.n_in, last.n_out, seed=self.seed, member=members, layer=len(self.layers) - 1, gain=last.activation.gain
        )
        self.weights[-1] = w if last.weights is None else np.repeat(self.weights[-1][None], self.heads, axis=0)
        self.biases[-1] = b if last.biases is None else np.repeat(self.biases[-1][None], self.heads, axis=0)
        self.optimizer_state: OptimizerState | None = None

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Number of inputs, then of neurons in each layer, of every network."""
        return self._plain.layer_sizes

    @property
    def n_parameters(self) -> int:
        """How many numbers are trained; all networks on their own would have more."""
        return sum(part.size for part in (*self.weights, *self.biases, *self.scales) if part is not None)

    def __repr__(self) -> str:
        return f"SharedNetworks({list(self.layers)}, heads={self.heads})  # {self.n_parameters} parameters"

    def copy(self) -> SharedNetworks:
        """An independent copy."""
        twin = object.__new__(SharedNetworks)
        twin.__dict__.update(self.__dict__)
        twin.weights, twin.biases = [w.copy() for w in self.weights], [b.copy() for b in self.biases]
        twin.scales = [None if s is None else s.copy() for s in self.scales]
        return twin

    def of_head(self, values: Sequence[Array | None], layer: int, head: int) -> Array | None:
        """A view of one head's `weights`, `biases` or `scales` in a layer (layers from 0)."""
        part = values[layer]
        own = layer == len(self.layers) - 1 or (layer == 0 and values is self.scales)
        return part[head] if part is not None and own else part

    def network(self, head: int) -> Network:
        """One head with the body: an ordinary `Network`, to be traced and looked into."""
        if not is_whole(head, 0, self.heads - 1):
            raise ConfigurationError(f"There is no head {head!r}; they are counted from 0 to {self.heads - 1}.")
        twin = self._plain.copy()
        for k, layer in enumerate(self.layers):
            free, biases, scales = (self.of_head(v, k, head) for v in (self.weights, self.biases, self.scales))
            assert free is not None
            assert biases is not None
            weights = free if layer.parametrization.plain else layer.parametrization.make_weights(free, scales)
            twin.weights[k], twin.biases[k] = np.array(weights), biases.copy()
            twin.scales[k] = None if scales is None else scales.copy()
        return twin

    def predict(self, X: ArrayLike) -> Array:
        """The mean of the networks' predictions, shape (n, n_outputs)."""
        inputs = as_inputs(X, self.layer_sizes[0])
        return np.asarray(np.mean([self.network(h).predict(inputs) for h in range(self.heads)], axis=0))

    def loss(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None, *, step: int | None = None
    ) -> LossValue:
        """The mean of the networks' losses on a batch, and the penalties; with the dropout of a `step` (from 0)."""
        return self._objective(self._plain._batch(X, y, sample_weight), step)

    def _objective(self, batch: tuple[Array, Array, Array], step: int | None) -> LossValue:
        """`loss` of a checked batch."""
        parts = [self._pass(h, *batch, step)[0].data for h in range(self.heads)]
        penalty = self.objective.value(np.zeros_like(batch[1]), batch[1], batch[2], self.weights)
        return LossValue(float(np.mean(parts)), penalty.l1, penalty.l2)

    def _pass(self, head: int, X: Array, y: Array, row_weights: Array, step: int | None) -> tuple[LossValue, Any]:
        """One head's loss, without penalties, and its forward pass."""
        net = self.network(head)
        masks = [] if step is None else net.dropout_masks(len(X), step=step, member=head)
        passed = net._forward(X, masks)
        return self.objective.value(passed.raw_prediction, y, row_weights, []), (net, passed)

    def gradients(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None, *, step: int | None = None
    ) -> SharedGradients:
        """The gradients of `loss`: the mean over the heads of each one's, pulled back to what is trained."""
        return self._gradients(self._plain._batch(X, y, sample_weight), step)

    def _gradients(self, batch: tuple[Array, Array, Array], step: int | None) -> SharedGradients:
        """`gradients` on a checked batch."""
        d_weights, d_biases = [np.zeros_like(w) for w in self.weights], [np.zeros_like(b) for b in self.biases]
        d_scales = [None if s is None else np.zeros_like(s) for s in self.scales]
        of_heads = []
        for h in range(self.heads):
            net, passed = self._pass(h, *batch, step)[1]
            gradients = backward(passed, *batch[1:], net.layers, net.weights, self.objective)
            of_heads.append(gradients.data_d_weights)
            for k, layer in enumerate(self.layers):
                free, scales = self.of_head(self.weights, k, h), self.of_head(self.scales, k, h)
                assert free is not None
                slopes, d_scale = layer.parametrization.pull_back(gradients.data_d_weights[k], free, scales)
                own = h if k == len(self.layers) - 1 else ...
                d_weights[k][own] += slopes / self.heads
                d_biases[k][own] += gradients.d_biases[k] / self.heads
                if (total := d_scales[k]) is not None and d_scale is not None:
                    total[h if k == 0 else own] += d_scale / self.heads
        for name in ("l1", "l2"):
            slopes_of = self.objective.penalty_gradients(name, self.weights, batch[2])
            d_weights = [d + p for d, p in zip(d_weights, slopes_of, strict=True)]
        return SharedGradients(d_weights, d_biases, d_scales, of_heads)

    def stepped(
        self, gradients: SharedGradients, state: OptimizerState, learning_rate: float, clip_norm: float | None
    ) -> tuple[Updated, Clipping]:
        """The parameters after one step of the optimizer; nothing is changed in place."""
        d_scales = [s for s in gradients.d_scales if s is not None]
        clip = clipping(gradients.d_weights, [*gradients.d_biases, *d_scales], clip_norm)
        records = [layer.parametrization for layer in self.layers]
        new = updated(
            (self.weights, self.biases, self.scales), (gradients.d_weights, gradients.d_biases, gradients.d_scales),
            state, learning_rate, clip.factor, rates=[record.rates for record in records],
            decays=[record.decays for record in records],
        )  # fmt: skip
        return new, clip

    def state_for(self, optimizer: Optimizer) -> OptimizerState:
        """The state of this optimizer after the last step if it took that step, otherwise a new one."""
        kept = self.optimizer_state
        return kept if kept is not None and kept.optimizer == optimizer else OptimizerState(optimizer)

    def step(
        self, X: ArrayLike, y: ArrayLike, *, learning_rate: float, optimizer: str | Optimizer = "gradient_descent",
        sample_weight: ArrayLike | None = None, clip_norm: float | None = None,
    ) -> LossValue:  # fmt: skip
        """One optimizer step on a batch, in place; returns the objective before it.

        Raises
        ------
        TrainingDiverged
            When the loss, a gradient or a new number is not finite; everything stays as it was.
        """
        batch, rate = self._plain._batch(X, y, sample_weight), check_learning_rate(learning_rate)
        return self._take_step(batch, rate, optimizers.resolve(optimizer), clip_norm)

    def _take_step(
        self, batch: tuple[Array, Array, Array], rate: float, optimizer: Optimizer, clip_norm: float | None
    ) -> LossValue:
        """One step on a checked batch."""
        state = self.state_for(optimizer)
        with np.errstate(over="ignore", invalid="ignore"):  # numbers that are too large are looked for below
            before, gradients = self._objective(batch, state.step), self._gradients(batch, state.step)
            new, _ = self.stepped(gradients, state, rate, clip_norm)
        numbers = (*gradients.d_weights, *gradients.d_biases, *new.weights, *new.biases, *new.scales)
        if not np.isfinite(before.total) or not all(np.isfinite(part).all() for part in numbers if part is not None):
            raise TrainingDiverged(
                f"Training diverged in step {state.step + 1}: the loss is {before.total:g}, or a gradient or a new "
                f"number is not finite (learning rate {rate:g}). The numbers from before this step are kept. Try "
                f"learning_rate={rate / 10:g}."
            )
        self.weights, self.biases, self.scales = new.weights, new.biases, new.scales
        self.optimizer_state = new.state
        return before

    def fit(
        self, X: ArrayLike, y: ArrayLike, *, learning_rate: float, optimizer: str | Optimizer = "gradient_descent",
        epochs: int = 200, batch_size: int | None = None, shuffle: bool = True, schedule: str | Schedule = "constant",
        sample_weight: ArrayLike | None = None, clip_norm: float | None = None,
    ) -> list[float]:  # fmt: skip
        """Train in place; all heads see the same batches. The settings are those of `Network.fit`.

        Returns
        -------
        list of float
            The objective of each step's batch, before the step.
        """
        inputs, targets, row_weights = self._plain._batch(X, y, sample_weight)
        course = Course(len(inputs), batch_size, epochs, shuffle, schedules.resolve(schedule), self.seed)
        chosen, first_rate, losses = optimizers.resolve(optimizer), check_learning_rate(learning_rate), []
        for step in range(course.n_steps):
            rows = course.rows(step)
            batch = inputs[rows], targets[rows], row_weights[rows]
            losses.append(self._take_step(batch, first_rate * course.factor(step), chosen, clip_norm).total)
        return losses

    def trace(self, X: ArrayLike, y: ArrayLike, **settings: Any) -> SharedTrace:
        """Record one training step of all networks; see `glassnet.network.shared.trace.record_shared`."""
        from glassnet.network.shared.trace import record_shared

        return record_shared(self, X, y, **settings)
