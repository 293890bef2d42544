"""The records of a trace: one training step as frozen data, each number in float64.

Layers are counted from 1 as in formulas (``W1``, ``b1``, ``z1``, ``a1``); rows, inputs and neurons from 0 as in
arrays, so ``W1[0,2]`` is the weight of layer 1 from input 0 to neuron 2. Arrays are read-only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas import Activation, Connections, Loss, Optimizer, Parametrization
from glassnet.formulas.coupled import Coupled
from glassnet.layers import Dense, LayerSpec
from glassnet.network.shapes import Array
from glassnet.network.update import Clipping

LETTERS = {"weights": "W", "biases": "b", "mixes": "m"}
"""The parameters that a step changes, and the letter of their names."""


@dataclass(frozen=True)
class InputStep:
    """How one cell of the table became one input of the network.

    Attributes
    ----------
    feature : str
        Name of the network's input.
    raw : str
        The cell as it is in the table, for example ``"37.6"``.
    value : float
        What the network sees.
    formula : str
        The transformation with its constants, for example ``"(37.6 - 36.9) / 1.2"``; the raw text when there is none.
    """

    feature: str
    raw: str
    value: float
    formula: str


@dataclass(frozen=True, eq=False)
class AugmentedImages:
    """Images as they were before augmentation, shape (n, n_in), and what was drawn for each in the epoch `version`."""

    X: Array
    version: int
    numbers: tuple[int, ...]
    words: tuple[tuple[str, ...], ...]

    @property
    def sentence(self) -> str:
        """Describe the augmented images that the network saw, for the first rows."""
        rows = "; ".join(
            f"image {number}: {', '.join(words)}" for number, words in zip(self.numbers[:3], self.words, strict=False)
        )
        more = f"; and {len(self.numbers) - 3} more" if len(self.numbers) > 3 else ""
        return f"The network saw versions of the images, drawn for epoch {self.version} ({rows}{more})."


@dataclass(frozen=True)
class Factor:
    """One named number in a product, for example ``δ2[0,1]`` = 0.3.

    `expression` is the arithmetic behind the number where it is short, else empty; `kind` is ``"input"``,
    ``"activation"``, ``"dropout"``, ``"weight"``, ``"delta"``, ``"slope"``, ``"loss gradient"``, ``"row weight"`` or
    ``"reduction"``.
    """

    name: str
    value: float
    kind: str
    expression: str = ""


@dataclass(frozen=True)
class Term:
    """A product of named factors; one term of a `Sum`."""

    factors: tuple[Factor, ...]
    value: float


@dataclass(frozen=True)
class Sum:
    """``name = terms[0] + terms[1] + ...``, of which the first are held and all are counted.

    Attributes
    ----------
    name : str
        What is computed, for example ``z1[0,2]`` or ``dL/dW1[0,2]``.
    symbolic : str
        The rule, for example ``Σ_r δ1[r,2] · x[r,0]``.
    terms : tuple of Term
        The first terms in order.
    n_terms : int
        How many terms there are in all.
    total : float
        The exact total of all terms, as the step used it.
    """

    name: str
    symbolic: str
    terms: tuple[Term, ...]
    n_terms: int
    total: float

    @property
    def complete(self) -> bool:
        """Whether every term is held."""
        return len(self.terms) == self.n_terms


@dataclass(frozen=True)
class LayerForward:
    """Forward through layer `layer`: ``z`` as its kind makes it (``a_previous W + b``), then ``a = activation(z)``.

    Attributes
    ----------
    layer : int
        From 1.
    spec : LayerSpec
        What the layer is; `LayerSpec.links` says what its sums add up.
    activation : Activation
        With the mixes of the neurons where there are some.
    weights, biases : array
        Before the update.
    arriving : array, shape (n, n_in)
        ``a_previous``, or the inputs for the first layer, times `keep`.
    z, a : array, shape (n, n_out)
    keep : array, shape (n, n_in), or None
        The dropout mask on what arrives: 0 or ``1 / (1 - rate)``; None without dropout.
    mixes : array, shape (n_neurons,), or None
        The share of its activation that each neuron takes, where the activation does not act as it is.
    """

    layer: int
    spec: LayerSpec
    activation: Activation
    weights: Array
    biases: Array
    arriving: Array
    z: Array
    a: Array
    keep: Array | None = None
    mixes: Array | None = None

    @property
    def connections(self) -> Connections | None:
        """Which inputs each neuron of a dense layer sees; None for all."""
        return self.spec.connections if isinstance(self.spec, Dense) else None

    @property
    def mixed(self) -> bool:
        """Whether the mixes of its neurons are trained."""
        return self.spec.mixed

    def trained(self, kind: str) -> NDArray[np.bool_]:
        """Which weights, biases or mixes a step changes, shaped like them; nothing for mixes that are not trained."""
        return self.spec.trained(kind)

    def place(self, letter: str, row: int | str, unit: int) -> str:
        """The name of a number that the layer makes for a row, such as ``z1[0,2]`` or, in a map, ``z1[0,2,5,3]``."""
        return f"{letter}{self.layer}[{','.join(map(str, (row, *self.spec.index_of(unit))))}]"

    def bias_of(self, unit: int) -> float | None:
        """The bias of a number; None where it has none."""
        neuron = int(self.spec.neurons[unit])
        return float(self.biases[neuron]) if neuron >= 0 and self.biases.size else None

    def weight_name(self, flat: int) -> str:
        """The name of a weight from its flat place."""
        return f"W{self.layer}[{','.join(map(str, self.spec.weight_index(flat)))}]"


@dataclass(frozen=True)
class PenaltyTerm:
    """One penalty as its own term in loss and gradient.

    Attributes
    ----------
    name : str
        Name in the registry of penalties.
    strength : float
        The strength on this batch (divided by the total row weight where the network asks for it).
    value : float
        Its part of the loss, strength included.
    gradients : tuple of array
        Its part of the gradient for each layer's weights, strength included.
    """

    name: str
    strength: float
    value: float
    gradients: tuple[Array, ...]


@dataclass(frozen=True)
class LossStep:
    """From raw predictions to the one number that is minimized: ``total = data + sum of penalties``.

    Attributes
    ----------
    loss : Loss
    reduction : str
    factor : float
        ``data = factor * sum(row_weights * row_losses)``.
    raw_prediction, prediction, y : array, shape (n, n_outputs)
        `y` are the targets that the loss sees, smoothed where there is label smoothing.
    label_smoothing : float
    row_losses, row_weights : array, shape (n,)
    slopes : array, shape (n, n_outputs)
        dL/d(raw prediction) before the reduction and the row's weight.
    data, total : float
    penalties : tuple of PenaltyTerm
        Only those with a strength.
    """

    loss: Loss
    reduction: str
    factor: float
    raw_prediction: Array
    prediction: Array
    y: Array
    row_losses: Array
    row_weights: Array
    slopes: Array
    data: float
    total: float
    penalties: tuple[PenaltyTerm, ...]
    label_smoothing: float = 0.0

    @cached_property
    def coupled(self) -> Coupled | None:
        """The batch as the loss uses it; None if each row has a separate loss."""
        if self.loss.batch is None:
            return None
        return self.loss.coupled(self.raw_prediction, self.y, self.row_weights)


@dataclass(frozen=True)
class LayerBackward:
    """Backward through layer `layer`: ``delta = arriving * slope``, ``dL/dW = a_previous^T delta``.

    Attributes
    ----------
    layer : int
    arriving : array, shape (n, n_out)
        dL/da of this layer: ``delta_next W_next^T`` times the mask of dropout, or dL/d(raw prediction) for the last
        layer.
    slope : array, shape (n, n_out)
        ``activation'(z)``.
    delta : array, shape (n, n_out)
        dL/dz.
    d_weights, d_biases : array
        The data part of the gradient.
    d_mixes : array, shape (n_out,), or None
        Of the mixes, where there are some.
    penalty_d_weights : array
        The part of all penalties together.
    """

    layer: int
    arriving: Array
    slope: Array
    delta: Array
    d_weights: Array
    d_biases: Array
    penalty_d_weights: Array
    d_mixes: Array | None = None


@dataclass(frozen=True)
class WeightParts:
    """The parts of a layer's weights, ``W = factor * s[:, None] * V``, before and after the step.

    Attributes
    ----------
    parametrization : Parametrization
    factor : float
        From the sizes of the layer.
    free, new_free : array, shape (n_in, n_out)
        ``V`` before and after the update.
    d_free : array, shape (n_in, n_out)
        dL/dV, penalties included.
    scales, new_scales, d_scales : array, shape (n_in,), or None
        ``s``, and dL/ds; None for a parametrization without scales.
    """

    parametrization: Parametrization
    factor: float
    free: Array
    scales: Array | None
    d_free: Array
    d_scales: Array | None
    new_free: Array
    new_scales: Array | None


@dataclass(frozen=True)
class UpdateStep:
    """The update of a step by the optimizer.

    Attributes
    ----------
    optimizer : Optimizer
        Its formulas are the ones that ran.
    step : int
        Number of this step, 1 for the first.
    learning_rate : float
    decay : float
        Factor of this step on the optimizer's weight decay.
    scalars : mapping of str to float
        Numbers computed once per step, such as Adam's bias corrections.
    state_before, state_after : tuple (one per layer) of mapping
        ``state[k]["weights"]["m"]`` is the state ``m`` of the weights of layer ``k + 1``; also ``"biases"``.
    weights, biases : tuple of array
        New values of each layer.
    clipping : Clipping
        The norm of the gradient and what it was allowed to be.
    mixes : tuple (one per layer) of array or None
        New mixes of the neurons, where there are some.
    parts : tuple (one per layer) of WeightParts or None
        Where weights are made from other numbers: these numbers. Then the states are theirs, and also of ``"scales"``.
    """

    optimizer: Optimizer
    step: int
    learning_rate: float
    scalars: Mapping[str, float]
    state_before: tuple[Mapping[str, Mapping[str, Array]], ...]
    state_after: tuple[Mapping[str, Mapping[str, Array]], ...]
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    clipping: Clipping
    parts: tuple[WeightParts | None, ...] = ()
    mixes: tuple[Array | None, ...] = ()
    decay: float = 1.0


@dataclass(frozen=True)
class ParameterStep:
    """One weight, bias or mix through the step: old value, gradient in parts, optimizer state, new value.

    Attributes
    ----------
    name : str
        ``W1[0,2]``, ``b1[2]`` or ``m1[2]``.
    layer : int
        From 1.
    kind : {"weights", "biases", "mixes"}
    index : tuple of int
        Position in the array of its kind.
    old, new : float
    data_gradient : float
    penalty_gradients : mapping of str to float
        Penalty name -> its part.
    gradient : float
        Of the objective; the optimizer used it after clipping. Of a weight that is made from other numbers, it is
        pulled back to those.
    state_before, state_after : mapping of str to float
    """

    name: str
    layer: int
    kind: str
    index: tuple[int, ...]
    old: float
    data_gradient: float
    penalty_gradients: Mapping[str, float]
    gradient: float
    state_before: Mapping[str, float]
    state_after: Mapping[str, float]
    new: float

    @property
    def penalty_gradient(self) -> float:
        """All penalties together."""
        return sum(self.penalty_gradients.values())
