"""A network: layers, one behind the other, and the objective that they are trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from glassnet.errors import ConfigurationError
from glassnet.formulas import Loss, Optimizer, dropout_mask, dropout_rates, losses, optimizers
from glassnet.formulas.augmentation import augmented, check_image_shape, resolve_augmentations
from glassnet.layers import LayerSpec
from glassnet.network.backward import Gradients, backward
from glassnet.network.forward import Forward, forward
from glassnet.network.objective import LossValue, Objective
from glassnet.network.reparametrization import trained
from glassnet.network.shapes import Array, as_row_weights, as_targets
from glassnet.network.stack import LayerStack
from glassnet.network.update import OptimizerState, check_learning_rate

if TYPE_CHECKING:
    from pathlib import Path

    from glassnet.network.collapse import Collapsed
    from glassnet.network.fit import StepHistory
    from glassnet.network.neurons import NeuronReport
    from glassnet.network.stability import Stability
    from glassnet.network.trace.trace import Trace


class Network(LayerStack):
    """A network in NumPy that anyone can read; the reference for the compiled engine.

    A dense layer is ``z_k = a_(k-1) W_k + b_k``, ``a_k = activation_k(z_k)``; ``prediction = link(a_last)``. It
    minimizes ``factor * sum_r w_r loss_r + l1 * sum |W| + l2 * sum W**2`` (biases are not penalized).

    Parameters
    ----------
    layers : sequence of Dense, Convolution, MaxPooling, MeanPooling or GlobalMean
        Sizes that are left out follow from the layer before.
    input_shape : int or tuple of int, optional
        The shape of the inputs: their number, or (rows, columns, channels) of images. `X` stays flat, with the
        channels of a pixel adjacent; images of that shape are flattened.
    other_inputs : int
        Numbers beside each image, such as age and size: they follow after its pixels in `X` and are carried past the
        layers that look at images, into the first dense one.
    loss : str or Loss
        Summed over the outputs of a row. The loss owns the link from raw prediction to prediction.
    reduction : {"sum", "half-sum", "mean", "half-mean"}
        How the losses of the rows become one number.
    l1, l2 : float
        Strengths of the penalties on the weights.
    penalty_per_row : bool
        Divide the penalties by the total row weight of the batch.
    dropout : float or sequence of float
        Share of the numbers entering a layer that are set to zero in a training step: one number for every layer after
        the first, or one per layer, of which the first acts on the inputs. Predictions use all.
    label_smoothing : float
        Share of each target that is spread evenly over all classes.
    augmentation : str, Augmentation, or list of them
        How images differ from epoch to epoch in `fit`, such as ``["shift", "rotation(degrees=5)"]``.
    seed : int
        Decides the start of every weight that is not given, what is dropped, and how images are changed.

    Attributes
    ----------
    weights : list of array, shapes (n_in, n_out)
    biases : list of array, shapes (n_out,)
        Plain arrays; assign to them freely. Those of a convolution have the shapes (channels, channels of a kernel,
        rows, columns) and (channels,); those of a layer that trains nothing are empty.
    scales : list of array, shape (n_in,), or None
        The trained scale of each input of a layer, part of its weights already; None where its parametrization has
        none.
    mixes : list of array, shape (n_out,), or None
        The share of its activation that each neuron takes, for mixed layers and for those that carry inputs on past an
        activation; else None.
    optimizer_state : OptimizerState or None
        What the optimizer of the last `step` remembers.

    Raises
    ------
    ConfigurationError, ShapeError

    Examples
    --------
    >>> from glassnet import Convolution, Dense, MaxPooling
    >>> network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction="sum")
    >>> network
    Network([Dense(1, 1)], loss='squared_error', reduction='sum')  # 2 parameters
    >>> tumor_size, survival = [0.5, 2.3, 2.9], [3.2, 1.9, 1.0]
    >>> network.predict(tumor_size).ravel().round(3).tolist()
    [0.015, 0.033, 0.039]
    >>> round(network.loss(tumor_size, survival).total, 2)
    14.55
    >>> Network([Convolution(4, 3, "relu"), MaxPooling(2), Dense(10)], input_shape=(8, 8, 1), loss="cross_entropy")
    Network([Convolution(4, 3, 'relu'), MaxPooling(2), Dense(64, 10)], input_shape=(8, 8, 1), ...)  # 690 parameters
    """

    def __init__(
        self,
        layers: Sequence[LayerSpec],
        *,
        input_shape: int | Sequence[int] | None = None,
        other_inputs: int = 0,
        loss: str | Loss = "squared_error",
        reduction: str = "mean",
        l1: float = 0.0,
        l2: float = 0.0,
        penalty_per_row: bool = False,
        dropout: float | Sequence[float] = 0.0,
        label_smoothing: float = 0.0,
        augmentation: Any = (),
        seed: int = 0,
    ) -> None:
        super().__init__(layers, input_shape, other_inputs, seed)
        self.augmentation = resolve_augmentations(augmentation, "Network")
        if self.augmentation:
            check_image_shape(self.layers[0].shape_in, self.layers[0].n_in, "Network")
        self.objective = Objective(losses.resolve(loss), reduction, l1, l2, penalty_per_row, label_smoothing)
        self.dropout = dropout_rates(dropout, len(self.layers))
        if self.objective.loss.task == "multiclass" and self.layers[-1].n_out < 2:
            raise ConfigurationError(
                f"The loss {self.objective.loss.name!r} needs one output per class, at least 2, but the last layer has "
                "1 neuron. Use loss='logistic' for a yes/no target."
            )
        self.optimizer_state: OptimizerState | None = None

    def __repr__(self) -> str:
        objective = self.objective
        first = self.layers[0]
        settings = f"input_shape={first.shape_in}, " if len(first.shape_in) > 1 else ""
        settings += f"other_inputs={first.n_carried}, " if first.n_carried else ""
        settings += f"loss={objective.loss.spec!r}, reduction={objective.reduction!r}"
        for name in ("l1", "l2", "label_smoothing"):
            settings += f", {name}={getattr(objective, name):g}" if getattr(objective, name) else ""
        settings += f", dropout={self.dropout}" if any(self.dropout) else ""
        settings += f", augmentation={[record.spec for record in self.augmentation]}" if self.augmentation else ""
        return f"Network({list(self.layers)}, {settings})  # {self.n_parameters} parameters"

    def copy(self) -> Network:
        """An independent copy: same objective, same weights, same optimizer state."""
        twin = Network(
            self.layers, loss=self.objective.loss, reduction=self.objective.reduction, l1=self.objective.l1,
            l2=self.objective.l2, penalty_per_row=self.objective.penalty_per_row, dropout=self.dropout,
            label_smoothing=self.objective.label_smoothing, augmentation=self.augmentation, seed=self.seed,
        )  # fmt: skip
        twin.weights, twin.biases = [w.copy() for w in self.weights], [b.copy() for b in self.biases]
        twin.scales, twin.mixes = (
            [None if values is None else values.copy() for values in each] for each in (self.scales, self.mixes)
        )
        twin.optimizer_state = self.optimizer_state
        return twin

    def dropout_masks(
        self, n_rows: int, *, step: int, seed: int | None = None, member: int = 0, share: float = 1.0
    ) -> list[Array | None]:
        """The dropout mask of the inputs of each layer in a step (counted from 0); empty without dropout.

        `share` multiplies the rates, as a schedule does.
        """
        if not any(self.dropout):
            return []
        seed, masks = self.seed if seed is None else seed, list[Array | None]()
        for k, (rate, layer) in enumerate(zip(self.dropout, self.layers, strict=True)):
            groups = layer.dropout_groups
            if not rate:
                masks.append(None)
                continue
            count = layer.n_in if groups is None else int(groups.max()) + 1
            mask = dropout_mask(rate * share, n_rows, count, seed=seed, member=member, step=step, layer=k)
            masks.append(mask if groups is None else mask[:, groups])
        return masks

    def augmented(
        self, X: ArrayLike, *, epoch: int, rows: Sequence[int] | None = None, seed: int | None = None, member: int = 0
    ) -> Array:
        """The versions of images that the network sees in an epoch (counted from 0) of `fit`.

        `rows` are the numbers of the images among those that it trains on; all in order when not given.
        """
        inputs = self._inputs(X)
        if not self.augmentation:
            return inputs
        rows = range(len(inputs)) if rows is None else [int(row) for row in rows]
        seed = self.seed if seed is None else seed
        return augmented(
            inputs, self.layers[0].shape_in, self.augmentation, seed=seed, rows=rows, epoch=epoch, member=member
        )

    def _batch(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None) -> tuple[Array, Array, Array]:
        """Checked inputs, targets and row weights."""
        self._check_parameters()
        inputs = self._inputs(X)
        outputs, loss = self.layer_sizes[-1], self.objective.loss
        width = loss.target_width(outputs)
        columns = "target columns" if loss.scope == "batch" else "outputs" if width > 1 else "output"
        targets = as_targets(loss.whole_targets(y), len(inputs), width, columns)
        self.objective.check_targets(targets, outputs)
        return inputs, targets, as_row_weights(sample_weight, len(inputs))

    def forward(self, X: ArrayLike) -> Forward:
        """All pre-activations and activations for inputs of shape (n, n_in); see `Forward`."""
        self._check_parameters()
        return self._forward(self._inputs(X))

    def _forward(self, inputs: Array, masks: Sequence[Array | None] = ()) -> Forward:
        """The forward pass on checked inputs, with the dropout of a training step."""
        return forward(inputs, self.layers, self.weights, self.biases, self.objective.loss, masks, self.mixes)

    def predict(self, X: ArrayLike) -> Array:
        """The predictions, shape (n, n_outputs): the link of the loss applied to the raw predictions."""
        return self.forward(X).prediction

    def loss(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> LossValue:
        """The objective on a batch, its penalties as their own terms.

        Parameters
        ----------
        X : array-like of shape (n, n_in)
        y : array-like of shape (n, n_outputs)
            One dimension is enough for one output; one-hot rows for softmax, -1 and 1 for hinge losses, (time, event)
            for ``cox``.
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        LossValue
        """
        inputs, targets, row_weights = self._batch(X, y, sample_weight)
        passed = self.forward(inputs)
        return self.objective.value(passed.raw_prediction, targets, row_weights, trained(self).weights)

    def gradients(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Gradients:
        """The gradients of the objective on a batch by the chain rule; parameters as in `loss`.

        Where a layer makes its weights from others, its `d_weights` hold no penalty: that acts on what is trained.
        """
        inputs, targets, row_weights = self._batch(X, y, sample_weight)
        return self._backward(self.forward(inputs), targets, row_weights)

    def _backward(self, passed: Forward, targets: Array, row_weights: Array) -> Gradients:
        """The gradients after a forward pass."""
        return backward(passed, targets, row_weights, self.layers, self.weights, self.objective, self.mixes)

    def step(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        learning_rate: float,
        optimizer: str | Optimizer = "gradient_descent",
        sample_weight: ArrayLike | None = None,
        clip_norm: float | None = None,
    ) -> LossValue:
        """One optimizer step on a batch, in place; returns the objective before the step.

        The optimizer's state is kept in `optimizer_state`; another optimizer starts with an empty one. A gradient
        longer than `clip_norm` is scaled down to it.

        Raises
        ------
        TrainingDiverged
            When the loss, a gradient or a new weight is not finite; the weights stay as they were.

        Examples
        --------
        >>> from glassnet import Dense
        >>> network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction="half-sum")
        >>> before = network.step([0.5, 2.3, 2.9], [3.2, 1.9, 1.0], learning_rate=0.1)
        >>> network.weights[0].round(2).item(), network.biases[0].round(2).item()
        (0.88, 0.61)
        """
        from glassnet.network.fit import take_step

        batch, rate = self._batch(X, y, sample_weight), check_learning_rate(learning_rate)
        return take_step(self, *batch, learning_rate=rate, optimizer=optimizers.resolve(optimizer), clip_norm=clip_norm)

    def fit(self, X: ArrayLike, y: ArrayLike, **settings: Any) -> StepHistory:
        """Train in place; see `glassnet.network.fit.fit` for the settings.

        Examples
        --------
        >>> from glassnet import Dense
        >>> network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction="half-sum")
        >>> history = network.fit([0.5, 2.3, 2.9], [3.2, 1.9, 1.0], learning_rate=0.1, epochs=2)
        >>> network.weights[0].round(2).item(), network.biases[0].round(2).item()
        (0.19, 0.54)
        """
        from glassnet.network.fit import fit

        return fit(self, X, y, **settings)

    def trace(self, X: ArrayLike, y: ArrayLike, **settings: Any) -> Trace:
        """Record one training step, every number of it; see `glassnet.network.trace.recording.record`.

        The network itself does not change.

        Examples
        --------
        >>> from glassnet import Dense
        >>> network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction="sum")
        >>> trace = network.trace([0.5, 2.3, 2.9], [3.2, 1.9, 1.0], learning_rate=0.1)
        >>> round(trace.parameter("W1[0,0]").gradient, 3)
        -17.347
        """
        from glassnet.network.trace.recording import record

        return record(self, X, y, **settings)

    def show(
        self, X: ArrayLike | None = None, y: ArrayLike | None = None, *, path: str | Path | None = None,
        theme: str = "system", **settings: Any,
    ) -> None:  # fmt: skip
        """Draw the network, in a notebook or the browser; with rows, a step on them in which every number opens.

        Parameters
        ----------
        X, y : array, optional
            Rows of a step; `settings` are those of `trace`.
        path, theme
            As in `Trace.show`.

        Raises
        ------
        ConfigurationError
            When `X` comes without `y`, or as in `Trace.show`.
        """
        from glassnet.network.trace.views.drawing import network_document, show, show_page

        if (X is None) != (y is None):
            raise ConfigurationError(
                "show: X and y belong together. Give both, or neither to draw the weights alone; a file is path=..."
            )
        if (X is None or y is None) and not self.is_dense:
            from glassnet.network.page import network_page

            show_page(network_page(self), "A network", path)
        elif X is None or y is None:
            show(network_document(self), "A network", path, theme)
        else:
            self.trace(X, y, **settings).show(path, theme=theme)

    def collapse(self) -> Collapsed:
        """Merge adjacent layers that have no activation between them; see `glassnet.network.collapse`."""
        from glassnet.network.collapse import collapse

        return collapse(self)

    def stability(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Stability:
        """The largest stable learning rate of gradient descent; see `glassnet.network.stability`."""
        from glassnet.network.stability import stability

        return stability(self, *self._batch(X, y, sample_weight))

    def neurons(self, X: ArrayLike, **settings: Any) -> NeuronReport:
        """Say in words what excites each neuron; see `glassnet.network.neurons.describe`."""
        from glassnet.network.neurons import describe

        return describe(self, X, **settings)
