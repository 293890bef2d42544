"""`Layered`: support for hidden layers given as records, such as convolutions, in the drop-in estimators."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ConfigurationError, ShapeError
from glassnet.estimators.networks.image_layers import has_records, read_shape
from glassnet.estimators.networks.members import member_count, members_of
from glassnet.formulas import Loss

if TYPE_CHECKING:
    from glassnet.estimators.networks.parameters import Settings
    from glassnet.layers import LayerSpec


class Layered:
    """The part that depends on layers given as records: the shape of the images, and the initial weights."""

    coefs_: list[np.ndarray]
    intercepts_: list[np.ndarray]
    hidden_layer_sizes: Any
    input_shape: Any
    augmentation: Any
    n_networks: int
    _activations: tuple[Any, ...]
    _loss: Loss
    _seed: int
    _stack: tuple[LayerSpec, ...] | None = None
    """All layers, where some were given as records; None where all are dense layers of some sizes."""

    @abstractmethod
    def _set_weights(self, weights: Any, biases: Any, dtype: np.dtype) -> None:
        """Store weights and biases that come with a leading axis of networks."""

    @abstractmethod
    def _begin(self, n_layers: int, settings: Settings, *, validated: bool) -> None:
        """Start an empty record of the training."""

    @abstractmethod
    def _keep_on(self, dtype: np.dtype) -> None:
        """Continue from the current weights, in the given precision."""

    def _learn_shape(self, X: Any) -> None:
        """Learn the shape of the images, if hidden layers are given as records."""
        owner, self._stack = type(self).__name__, None
        self.__dict__.pop("input_shape_", None)
        if has_records(self.hidden_layer_sizes):
            self.input_shape_ = read_shape(self.input_shape, X, owner)
        elif self.augmentation:
            raise ConfigurationError(
                f"{owner}: augmentation={self.augmentation!r} changes images, and hidden_layer_sizes holds no layer "
                "that looks at them. Give one, such as Convolution(8, 3, 'relu'), or leave it out."
            )
        elif self.input_shape is not None:
            raise ConfigurationError(
                f"{owner}: input_shape={self.input_shape!r} is for layers that look at images, and hidden_layer_sizes "
                f"holds none. Give some, such as [Convolution(8, 3, 'relu'), MaxPooling(2), 32], or leave it out."
            )

    def _start_stack(
        self, stack: tuple[LayerSpec, ...], settings: Settings, dtype: np.dtype, *, first: bool, validated: bool
    ) -> None:
        """Do the same as `_start` or `_continue`, for layers of any kind."""
        self._activations = tuple(layer.activation for layer in stack)
        shapes = [layer.arrays["weights"] for layer in stack]
        if not first:
            one = members_of(self.coefs_, self.intercepts_)[0][0]
            if [w.shape for w in one] != shapes or member_count(self.coefs_) != self.n_networks:
                have = f"{member_count(self.coefs_)} networks with weights of shapes {[w.shape for w in one]}"
                raise ShapeError(
                    f"Fitted were {have}, but the parameters and y ask for {self.n_networks} with {shapes}. Set "
                    "warm_start=False to start over."
                )
            self._keep_on(dtype)
            return
        from glassnet.engine import Plan, Population

        self._stack = stack
        plan = Plan.of(stack, self._loss, dtype=str(dtype))
        weights, biases = zip(*Population(self._seed, self.n_networks).start(plan), strict=True)
        self._set_weights(weights, biases, dtype)
        self._begin(len(stack) + 1, settings, validated=validated)
