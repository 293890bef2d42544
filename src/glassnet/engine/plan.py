"""The plan: everything about a training that all members of a population share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

from glassnet.engine.checks.number import LARGEST_LAYER, check_number
from glassnet.errors import ConfigurationError, nearest
from glassnet.formulas import (
    REDUCTIONS,
    Activation,
    Connections,
    Initializer,
    Loss,
    Optimizer,
    Parametrization,
    Registry,
    Schedule,
    activations,
    dropout_rates,
    initializers,
    losses,
    optimizers,
    parametrizations,
    schedules,
    start_scales,
)
from glassnet.formulas.augmentation import ORDER, check_image_shape, resolve_augmentations
from glassnet.formulas.optimizer import DECAY
from glassnet.formulas.parametrization import check_connections, count_trained
from glassnet.formulas.whole_number import check_whole
from glassnet.layers import Dense, LayerSpec, stacked

Monitor = Literal["none", "training_loss", "validation_loss", "validation_score"]
MONITORS: tuple[Monitor, ...] = ("none", "training_loss", "validation_loss", "validation_score")


@dataclass(frozen=True)
class Plan:
    """The plan of a training: its shape, formulas and rules.

    Parameters
    ----------
    layer_sizes : sequence of int
        Number of inputs, of each hidden layer's neurons, and of outputs.
    activations : sequence of str or Activation
        One for each layer after the inputs, the output layer included.
    loss : str or Loss
    reduction : {"mean", "half-mean", "sum", "half-sum"}
    optimizer : str or Optimizer
    learning_rate : float
        Above 0.
    schedule : str or Schedule
    l1, l2 : float
        Strengths of the penalties on the weights.
    dropout : float or sequence of float
        Share of the numbers entering a layer that are set to zero in each step, at or above 0 and below 1; the others
        are divided by 1 - share. One number holds for every layer after the first; a sequence gives one number per
        layer, the first of which acts on the inputs.
    clip_norm : float or None
        Gradients with a longer Euclidean norm over all weights and biases, penalties included, are scaled down to it.
    label_smoothing : float
        Share of each target that is spread evenly over all classes, at or above 0 and below 1; for the losses
        ``logistic`` and ``softmax_cross_entropy``. Validation uses the unsmoothed targets.
    penalty_per_row : bool
        Divide the penalty by the total row weight of the batch (scikit-learn's ``alpha``).
    initializer : str or Initializer, or one per layer
    batch_size : int or None
        Rows per step; None takes all rows.
    epochs : int
    shuffle : bool
        A new order of rows in each epoch.
    monitor : {"training_loss", "validation_loss", "validation_score", "none"}
        The quantity that determines when to stop and which epoch is best. The score is R^2 or accuracy.
    patience : int
        Number of consecutive epochs allowed without an improvement by `tolerance`.
    tolerance : float
    restore_best : bool
        End with the weights of the best epoch.
    latest_tie : bool
        Among equally good epochs, the latest counts as the best instead of the first.
    parametrization : str or Parametrization, or one per layer
        The quantities that training changes in place of the weights; the penalties act on them, too.
    heads : int
        With more than one, networks that share a body: each has scales of the inputs (where the first layer's
        parametrization has some) and a last layer of its own, and all layers between are one. They see the same
        batches, the loss is the mean of theirs, and validation uses the mean of their predictions.
    scale_start : {"ones", "random_signs", "normal"}
        Where the scales of the inputs start.
    connections : list of (Connections, list of blocks, or None), one per layer, optional
        Layers whose neurons see only some inputs; None for those that connect all to all.
    mixed : list of bool, one per layer, optional
        Layers whose neurons train the share of their activation, which starts at 1.
    dropout_schedule, decay_schedule : str or Schedule
        Factors on the rates of dropout and on the optimizer's weight decay over the steps.
    dtype : {"float32", "float64"}
    rows_before : int
        Rows that earlier trainings of these weights have seen; a schedule that counts rows continues there.
    layers : tuple of LayerSpec, optional
        Where some look at images; `of` makes such a plan.
    augmentation : str, Augmentation, or list of them
        How images differ from epoch to epoch, such as ``["shift", "rotation(degrees=5)"]``.
    image_shape : (rows, columns, channels), optional
        The shape of the images at the start of each row, for `augmentation`; by default that of the first layer.

    Raises
    ------
    ConfigurationError
        A setting is unknown or outside its domain.

    Examples
    --------
    >>> plan = Plan([2, 8, 1], ["tanh", "identity"], "squared_error", epochs=5)
    >>> plan.optimizer.name, plan.n_parameters
    ('adam', 33)
    """

    layer_sizes: Sequence[int]
    activations: Sequence[str | Activation]
    loss: str | Loss
    reduction: str = "mean"
    optimizer: str | Optimizer = "adam"
    learning_rate: float = 0.001
    schedule: str | Schedule = "constant"
    l1: float = 0.0
    l2: float = 0.0
    dropout: Any = 0.0
    clip_norm: float | None = None
    label_smoothing: float = 0.0
    penalty_per_row: bool = False
    initializer: str | Initializer | Sequence[str | Initializer] = "glorot"
    batch_size: int | None = None
    epochs: int = 200
    shuffle: bool = True
    monitor: Monitor = "training_loss"
    patience: int = 10
    tolerance: float = 1e-4
    restore_best: bool = False
    latest_tie: bool = False
    parametrization: str | Parametrization | Sequence[str | Parametrization] = "standard"
    heads: int = 1
    scale_start: str = "ones"
    connections: Sequence[Any] | None = None
    mixed: Sequence[bool] | None = None
    dropout_schedule: str | Schedule = "constant"
    decay_schedule: str | Schedule = "constant"
    dtype: Literal["float32", "float64"] = "float32"
    rows_before: int = 0
    layers: tuple[LayerSpec, ...] | None = None
    augmentation: Any = ()
    image_shape: tuple[int, ...] | None = None

    @classmethod
    def of(
        cls, layers: Sequence[LayerSpec], loss: str | Loss, *, input_shape: int | Sequence[int] | None = None,
        other_inputs: int = 0, **settings: Any,
    ) -> Plan:  # fmt: skip
        """The plan of layers of any kind, one behind the other.

        Parameters
        ----------
        layers : sequence of LayerSpec
            Their activations, initializers, parametrizations and connections are those of the plan. Weights that a
            layer was given are not: give `Population` these.
        loss : str or Loss
        input_shape : int or (rows, columns, channels), optional
        other_inputs : int
            Numbers that follow the image in each row, and are carried past it.
        settings
            All others of a plan.

        Raises
        ------
        ConfigurationError, ShapeError

        Examples
        --------
        >>> from glassnet.layers import Convolution, Dense, MaxPooling
        >>> layers = [Convolution(6, 5, "relu"), MaxPooling(2), Dense(10)]
        >>> plan = Plan.of(layers, "softmax_cross_entropy", input_shape=(28, 28, 1), epochs=5)
        >>> plan.layer_sizes, plan.n_parameters
        ((784, 4704, 1176, 10), 11926)
        """
        stack = stacked(layers, input_shape, other_inputs)
        if len(stack[0].shape_in) == 3:
            settings = {"image_shape": stack[0].shape_in, **settings}
        for name in ("initializer", "parametrization", "connections", "mixed", "heads", "scale_start"):
            if name in settings:
                raise ConfigurationError(f"Plan.of: {name} belongs to the layers. Give it to them, or leave it out.")
        return cls(
            (stack[0].n_in, *(layer.n_out for layer in stack)), [layer.activation for layer in stack], loss,
            initializer=[layer.initializer for layer in stack],
            parametrization=[layer.parametrization for layer in stack],
            connections=[getattr(layer, "connections", None) for layer in stack],
            mixed=[layer.mixed for layer in stack], layers=stack, **settings,
        )  # fmt: skip

    def __post_init__(self) -> None:
        for size in self.layer_sizes:
            if isinstance(size, LayerSpec):
                raise ConfigurationError(
                    f"layer_sizes holds {size!r}, but they are numbers. Make a plan of layers by Plan.of([...], loss, "
                    "input_shape=(rows, columns, channels))."
                )
        sizes = tuple(check_whole("layer_sizes", size, 1, LARGEST_LAYER) for size in self.layer_sizes)
        if len(sizes) < 2:
            raise ConfigurationError(
                f"layer_sizes={sizes} needs at least the inputs and the outputs, such as [30, 64, 1]."
            )
        chosen = tuple(activations.resolve(a) for a in self.activations)
        if len(chosen) != len(sizes) - 1:
            raise ConfigurationError(
                f"{len(chosen)} activations were given for {len(sizes) - 1} layers; "
                "give one for each layer after the inputs, the output layer included."
            )
        resolved: dict[str, Any] = {
            "layer_sizes": sizes, "activations": chosen, "loss": losses.resolve(self.loss),
            "optimizer": optimizers.resolve(self.optimizer), "schedule": schedules.resolve(self.schedule),
            "initializer": self._per_layer("initializer", self.initializer, initializers),
            "parametrization": self._per_layer("parametrization", self.parametrization, parametrizations),
            "learning_rate": check_number("learning_rate", self.learning_rate, 0.0, open_low=True),
            "l1": check_number("l1", self.l1, 0.0), "l2": check_number("l2", self.l2, 0.0),
            "tolerance": check_number("tolerance", self.tolerance, 0.0),
            "heads": check_whole("heads", self.heads, 1, LARGEST_LAYER),
            "epochs": check_whole("epochs", self.epochs, 0), "patience": check_whole("patience", self.patience, 0),
            "rows_before": check_whole("rows_before", self.rows_before, 0),
        }  # fmt: skip
        resolved["connections"] = self._connections(sizes, resolved["parametrization"])
        resolved["mixed"] = self._mixed_layers(len(sizes) - 1)
        for name in ("dropout_schedule", "decay_schedule"):
            resolved[name] = schedules.resolve(getattr(self, name))
        if resolved["decay_schedule"].name != "constant" and DECAY not in resolved["optimizer"].values:
            raise ConfigurationError(
                f"decay_schedule={resolved['decay_schedule'].spec!r} needs an optimizer with {DECAY}, such as 'adamw'; "
                f"{resolved['optimizer'].name!r} has none."
            )
        resolved["dropout"] = dropout_rates(self.dropout, len(sizes) - 1)
        resolved["label_smoothing"] = resolved["loss"].check_smoothing(self.label_smoothing)
        if self.clip_norm is not None:
            resolved["clip_norm"] = check_number("clip_norm", self.clip_norm, 0.0, open_low=True)
        if self.batch_size is not None:
            resolved["batch_size"] = check_whole("batch_size", self.batch_size, 1)
        for name, known in (("reduction", REDUCTIONS), ("monitor", MONITORS), ("dtype", ("float32", "float64"))):
            if getattr(self, name) not in known:
                raise ConfigurationError(
                    f"Unknown {name} {getattr(self, name)!r}. {nearest(str(getattr(self, name)), known)}"
                )
        for name, value in resolved.items():
            object.__setattr__(self, name, value)
        self._check_heads()
        self._check_layers()
        self._check_augmentation()
        if self.loss_record.task == "survival" and self.monitor == "validation_score":
            raise ConfigurationError(
                f"monitor='validation_score' has no score for the loss {self.loss_record.name!r}, whose times may be "
                "censored. Use monitor='validation_loss'."
            )

    def _check_heads(self) -> None:
        """Heads need a body below their last layer, and that without an activation."""
        start_scales(self.scale_start, 1, seed=0)
        if self.heads > 1 and (len(self.activations) < 2 or self._last_activation.name != "identity"):
            raise ConfigurationError(
                f"heads={self.heads} networks with a shared body need at least one hidden layer, and 'identity' as the "
                f"activation of the last; these are {tuple(self.layer_sizes)} and {self._last_activation.spec!r}."
            )
        rows = any(initializer.looks_at_rows for initializer in self.initializers)
        if self.heads > 1 and (self.connections is not None or self.mixed is not None or rows):
            raise ConfigurationError(
                f"heads={self.heads} networks with a shared body do not support connections, mixed layers or "
                "initializer that looks at rows yet. Leave these out, or set heads=1 and train several members."
            )

    def _check_augmentation(self) -> None:
        """Only images can be changed, in ways that the engine knows."""
        records = resolve_augmentations(self.augmentation, "Plan")
        object.__setattr__(self, "augmentation", records)
        if not records:
            object.__setattr__(self, "image_shape", None)
            return
        shape = check_image_shape(self.image_shape, self.layer_sizes[0], "Plan")
        object.__setattr__(self, "image_shape", shape)
        strange = [record for record in records if record.name not in ORDER]
        if strange or self.heads > 1:
            what = f"the augmentation {strange[0].spec!r}" if strange else "augmentation of networks that share a body"
            raise ConfigurationError(f"The compiled engine does not support {what}. Train with Network([...]).fit.")

    def _check_layers(self) -> None:
        """Layers are those of the sizes."""
        if self.layers is None:
            return
        object.__setattr__(self, "layers", tuple(self.layers))
        sizes = tuple(self.layer_sizes)
        if sizes != (self.layers[0].n_in, *(layer.n_out for layer in self.layers)):
            raise ConfigurationError(f"layers do not fit layer_sizes={sizes}. Make the plan by Plan.of(layers, ...).")
        if all(isinstance(layer, Dense) for layer in self.layers):
            object.__setattr__(self, "layers", None)

    def windowed(self, layer: int) -> LayerSpec | None:
        """A layer that looks at images; None for one whose weights are a matrix."""
        record = None if self.layers is None else self.layers[layer]
        return None if isinstance(record, Dense) else record

    @property
    def _last_activation(self) -> Activation:
        """The activation of the last layer, resolved."""
        last = self.activations[-1]
        assert isinstance(last, Activation)
        return last

    def _per_layer(self, name: str, given: Any, registry: Registry[Any]) -> tuple[Any, ...]:
        """One record per layer from one for all or one for each."""
        layers = len(self.activations)
        records = tuple(map(registry.resolve, given)) if isinstance(given, (list, tuple)) else ()
        if records and len(records) != layers:
            raise ConfigurationError(f"{name} lists {len(records)} entries for {layers} layers. Give one per layer.")
        return records or (registry.resolve(given),) * layers

    def _connections(self, sizes: Sequence[int], records: Sequence[Parametrization]) -> tuple[Any, ...] | None:
        """The connections of each layer, None where there are none in any."""
        if self.connections is None:
            return None
        given = tuple(self.connections)
        if len(given) != len(sizes) - 1:
            raise ConfigurationError(
                f"connections lists {len(given)} entries for {len(sizes) - 1} layers. Give one per layer, None for all "
                "to all."
            )
        checked = tuple(
            check_connections(each, n_in, n_out, record)
            for each, n_in, n_out, record in zip(given, sizes, sizes[1:], records, strict=False)
        )
        return checked if any(checked) else None

    def _mixed_layers(self, layers: int) -> tuple[bool, ...] | None:
        """Which layers are mixed, None where none is."""
        given = () if self.mixed is None else tuple(map(bool, self.mixed))
        if self.mixed is not None and len(given) != layers:
            raise ConfigurationError(f"mixed lists {len(given)} entries for {layers} layers. Give one per layer.")
        return given if any(given) else None

    @property
    def layer_connections(self) -> tuple[Connections | None, ...]:
        """The connections of each layer, None for all to all."""
        return (None,) * len(self.activations) if self.connections is None else tuple(self.connections)

    @property
    def mixes(self) -> tuple[bool, ...]:
        """Whether each layer trains the mixes of its neurons."""
        return (False,) * len(self.activations) if self.mixed is None else tuple(self.mixed)

    @property
    def loss_record(self) -> Loss:
        """The loss, resolved."""
        assert isinstance(self.loss, Loss)
        return self.loss

    @property
    def initializers(self) -> tuple[Initializer, ...]:
        """The initializer of each layer, resolved."""
        assert isinstance(self.initializer, tuple)
        return self.initializer

    @property
    def parametrizations(self) -> tuple[Parametrization, ...]:
        """The parametrization of each layer, resolved."""
        assert isinstance(self.parametrization, tuple)
        return self.parametrization

    @property
    def n_parameters(self) -> int:
        """How many numbers one member trains: weights, biases, scales and mixes, of all its heads."""
        last, total = len(self.activations) - 1, 0
        layers = zip(pairwise(self.layer_sizes), self.layer_connections, self.parametrizations, self.mixes, strict=True)
        for k, ((n_in, n_out), connected, record, mixed) in enumerate(layers):
            scales = n_in if record.has_scales else 0
            windowed = self.windowed(k)
            if windowed is not None:
                total += windowed.n_trained
                continue
            of_one = count_trained(n_in, n_out, connected, record, mixed) - scales
            total += (self.heads if k == last else 1) * of_one + (self.heads if k in (0, last) else 1) * scales
        return total

    @cached_property
    def kept(self) -> dict[str, Any]:
        """Results that machines will need again, by their names; not part of pickles and copies."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """The state for pickles and copies, without what machines have made of the plan."""
        return {name: value for name, value in self.__dict__.items() if name != "kept"}
