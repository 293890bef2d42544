"""A trace: one training step in which every number can be opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.layers import Dense, Place, sizes_text
from glassnet.layers.place import index_in, number_in
from glassnet.network.shapes import Array
from glassnet.network.trace.checks import EngineComparison, GradientCheck
from glassnet.network.trace.records import (
    LETTERS,
    AugmentedImages,
    InputStep,
    LayerBackward,
    LayerForward,
    LossStep,
    ParameterStep,
    Sum,
    UpdateStep,
    WeightParts,
)

if TYPE_CHECKING:
    from pathlib import Path

    from glassnet.network.trace.views.explain import Explanation


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """One training step: inputs, forward, loss, backward, penalties, check and update.

    Made by `Network.trace`; nothing in it changes afterwards.

    Attributes
    ----------
    feature_names, target_names, row_names : tuple of str
        Names of the network's inputs, of its outputs and of the rows of the batch.
    inputs : tuple (one per row) of tuple (one per input) of InputStep
        How the cells of the table became the inputs.
    X, y : array, shapes (n, n_in) and (n, n_outputs)
        The batch as the network sees it.
    forward : tuple of LayerForward
    loss : LossStep
    backward : tuple of LayerBackward
        In the order of the layers (the computation ran from the last to the first).
    update : UpdateStep
    checks : mapping of str to GradientCheck
        Finite differences by parameter name: all of them for small work, else only those asked for; `check` computes
        any other on demand.
    new_loss : float
        The objective on the same batch after the update.
    epoch : int or None
        When the step belongs to a training, its epoch.
    engine : EngineComparison or None
        For a network trained by the engine, how far its own numbers are from these.
    note : str
        What a reader must know first, such as that this network is one of several.
    augmented : AugmentedImages or None
        Where augmentation changed the images: how they were, and how they were changed; `X` holds what the network saw.
    d_inputs : array, shape (n, n_in)
        The slopes of the loss along the inputs: of images, which pixels would change it.
    """

    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    row_names: tuple[str, ...]
    inputs: tuple[tuple[InputStep, ...], ...]
    X: Array
    y: Array
    forward: tuple[LayerForward, ...]
    loss: LossStep
    backward: tuple[LayerBackward, ...]
    update: UpdateStep
    checks: Mapping[str, GradientCheck] = field(default_factory=dict)
    new_loss: float = float("nan")
    epoch: int | None = None
    engine: EngineComparison | None = None
    note: str = ""
    d_inputs: Array = field(default_factory=lambda: np.zeros((0, 0)))
    augmented: AugmentedImages | None = None

    # ---- what there is ----------------------------------------------------------------------------------------------

    @property
    def n_rows(self) -> int:
        """Rows of the batch."""
        return len(self.X)

    @property
    def target_columns(self) -> tuple[str, ...]:
        """Headings of the columns of `y`: one per output, or those of the loss."""
        batch = self.loss.loss.batch
        return tuple(f"target {name}" for name in self.target_names) if batch is None else batch.targets

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Number of inputs, then of neurons in each layer."""
        return (self.X.shape[1], *(layer.z.shape[1] for layer in self.forward))

    @property
    def is_flat(self) -> bool:
        """Whether all layers are dense and the inputs are no images."""
        return len(self.forward[0].spec.shape_in) == 1 and all(isinstance(f.spec, Dense) for f in self.forward)

    def index_of(self, layer: int, unit: int) -> tuple[int, ...]:
        """The indices of a number that a layer makes (of an input for layer 0)."""
        if layer == 0:
            return index_in(self.forward[0].spec.shape_in, unit)
        return self.forward[layer - 1].spec.index_of(unit)

    def unit_at(self, layer: int, index: tuple[int, ...]) -> int | None:
        """The number of a layer (of the inputs for 0) at indices; None if there is none."""
        if layer == 0:
            first = self.forward[0].spec
            return number_in(first.shape_in, first.n_carried, index)
        return self.forward[layer - 1].spec.unit_at(index) if layer <= len(self.forward) else None

    def unit_name(self, layer: int, unit: int) -> str:
        """A number that a layer makes in words, for example ``neuron 2 of layer 1``."""
        return f"{self.forward[layer - 1].spec.unit_in_words(unit)} of layer {layer}"

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        """Every trained weight, bias and mix by name, layer by layer, weights first."""
        return tuple(self._names())

    def _names(self) -> Iterator[str]:
        """Yield the names in order."""
        for layer in self.forward:
            for kind, letter in LETTERS.items():
                for index in np.argwhere(layer.trained(kind)):
                    yield f"{letter}{layer.layer}[{_join_indices(tuple(index))}]"

    @cached_property
    def parameter_layers(self) -> Array:
        """The layer (from 1) of each of `parameter_names`."""
        counts = [sum(int(layer.trained(kind).sum()) for kind in LETTERS) for layer in self.forward]
        return np.repeat([layer.layer for layer in self.forward], counts)

    def slopes(self, *, data: bool = False) -> Array:
        """The gradient at each of `parameter_names`: of the objective, or of its data part."""
        slopes = []
        for forward, backward in zip(self.forward, self.backward, strict=True):
            for kind in LETTERS:
                if (trained := forward.trained(kind)).any():
                    slope = getattr(backward, f"d_{kind}")
                    whole = slope if data or kind != "weights" else slope + backward.penalty_d_weights
                    slopes.append(np.asarray(whole)[trained])
        return np.concatenate([np.empty(0), *slopes])

    def locate(self, name: str) -> tuple[str, int, tuple[int, ...]]:
        """Turn ``W1[0,2]`` into (``"weights"``, 1, (0, 2)); an unknown name gets the nearest one in its error."""
        place = Place.read(name)
        if place is not None and not place.role and place.letter in LETTERS.values():
            kind = next(kind for kind, letter in LETTERS.items() if letter == place.letter)
            layer, index = place.layer, place.numbers
            if 1 <= layer <= len(self.forward):
                trained = self.forward[layer - 1].trained(kind)
                inside = len(index) == trained.ndim and all(i < n for i, n in zip(index, trained.shape, strict=True))
                if inside and trained[index]:
                    return kind, layer, index
                if inside and trained.any():
                    raise ConfigurationError(
                        f"{name.strip()} is not trained: the connections of layer {layer} leave it out, or carry an "
                        "input on. The trained ones are in `parameter_names`."
                    )
        shapes = ", ".join(
            f"{letter}{f.layer}[{','.join(f'0..{n - 1}' for n in f.trained(kind).shape)}]"
            for f in self.forward
            for kind, letter in LETTERS.items()
            if f.trained(kind).size and (kind != "mixes" or f.mixed)
        )
        alike = [known for known in self.parameter_names[:5000] if known[:1].lower() == str(name).strip()[:1].lower()]
        hint = nearest(str(name), alike)
        raise ConfigurationError(
            f"There is no parameter {name!r} in this network. It has {shapes} (layers from 1, the rest from 0). "
            f"{hint if hint.startswith('Did') else ''}".rstrip()
        )

    # ---- opening a number -------------------------------------------------------------------------------------------

    def parameter(self, name: str) -> ParameterStep:
        """One weight, bias or mix through the whole step."""
        kind, layer, index = self.locate(name)
        forward, backward, update = self.forward[layer - 1], self.backward[layer - 1], self.update
        weight, is_free = kind == "weights", self.weight_parts(layer) is not None
        old, new, slopes = getattr(forward, kind), getattr(update, kind), getattr(backward, f"d_{kind}")
        data = float(slopes[index])
        penalties = (
            {p.name: float(p.gradients[layer - 1][index]) for p in self.loss.penalties}
            if weight and not is_free
            else {}
        )
        together = float(backward.penalty_d_weights[index]) if weight else 0.0
        before, after = (
            {}
            if weight and is_free
            else {name: float(values[index]) for name, values in state[layer - 1][kind].items()}
            for state in (update.state_before, update.state_after)
        )
        return ParameterStep(
            name=str(Place(LETTERS[kind], layer, index)), layer=layer, kind=kind, index=index,
            old=float(old[index]), data_gradient=data, penalty_gradients=penalties, gradient=data + together,
            state_before=before, state_after=after, new=float(new[layer - 1][index]),
        )  # fmt: skip

    def weight_parts(self, layer: int) -> WeightParts | None:
        """The parts of the weights of a layer (from 1); None where the weights themselves are trained."""
        return self.update.parts[layer - 1] if self.update.parts else None

    @property
    def penalized(self) -> list[Array]:
        """The penalized arrays, layer by layer: the weights, or the free weights from which they are computed."""
        parts = [self.weight_parts(layer.layer) for layer in self.forward]
        return [f.weights if m is None else m.free for f, m in zip(self.forward, parts, strict=True)]

    def z_sum(self, layer: int, row: int, neuron: int, *, terms: int | None = None) -> Sum:
        """A pre-activation as a sum of products; see `glassnet.network.trace.sums`."""
        from glassnet.network.trace.sums import z_sum

        return z_sum(self, layer, row, neuron, terms)

    def input_sum(self, row: int, i: int, *, terms: int | None = None) -> Sum:
        """The slope of the loss along one input of one row (both from 0) as a sum of products of named factors."""
        from glassnet.network.trace.sums import input_sum

        return input_sum(self, row, i, terms)

    def delta_sum(self, layer: int, row: int, neuron: int, *, terms: int | None = None) -> Sum:
        """The error signal of one neuron for one row as a sum of products of named factors."""
        from glassnet.network.trace.sums import delta_sum

        return delta_sum(self, layer, row, neuron, terms)

    def gradient_sum(self, name: str, *, terms: int | None = None) -> Sum:
        """The data gradient of one parameter as a sum over the rows of products of named factors."""
        from glassnet.network.trace.sums import gradient_sum

        return gradient_sum(self, name, terms)

    def check(self, name: str) -> GradientCheck:
        """The finite-difference check of one parameter, computed now when it was not recorded.

        ``"dL/dx[0,2]"`` checks the slope of the loss along an input, or along a pixel (``"dL/dx[0,0,3,5]"``).
        """
        place = Place.read(name)
        if place is not None and place.kind == "dL/dx":
            from glassnet.network.trace.difference import check_input
            from glassnet.network.trace.equations.quantity import place_of

            at = place_of(self, name).numbers
            unit = self.unit_at(0, at[1:])
            assert unit is not None
            return check_input(self, at[0], unit)
        kind, layer, index = self.locate(name)
        canonical = str(Place(LETTERS[kind], layer, index))
        if canonical in self.checks:
            return self.checks[canonical]
        from glassnet.network.trace.difference import check_parameters

        return check_parameters(self, [canonical])[canonical]

    def explain(self, name: str, *, digits: int = 5, terms: int = 8) -> Explanation:
        """The chain rule for one parameter, in symbols and with the numbers plugged in.

        Parameters
        ----------
        name : str
            ``"W1[0,2]"``, ``"b1[0]"`` or, of a mixed layer, ``"m1[0]"``.
        digits : int
            Significant digits shown; the arithmetic uses all of them.
        terms : int
            Most terms of a sum that are written out.

        Examples
        --------
        >>> from glassnet import Dense, Network
        >>> network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction="sum")
        >>> trace = network.trace([0.5, 2.3, 2.9], [3.2, 1.9, 1.0], learning_rate=0.1)
        >>> print(trace.explain("W1[0,0]").numbers)
        dL/dW1[0,0] = 2 · [(0.015 − 3.2)·0.5 + (0.033 − 1.9)·2.3 + (0.039 − 1)·2.9] = −17.347
        """
        from glassnet.network.trace.views.explain import explain

        return explain(self, name, digits=digits, terms=terms)

    # ---- renderers --------------------------------------------------------------------------------------------------

    def text(self, *, digits: int = 5, rows: int = 6, width: int = 96) -> str:
        """The whole step as plain text for a terminal."""
        from glassnet.network.trace.views.text import trace_text

        return trace_text(self, digits=digits, rows=rows, width=width)

    def latex(self, *, digits: int = 5, rows: int = 6) -> str:
        """The whole step as LaTeX (needs amsmath)."""
        from glassnet.network.trace.views.latex import trace_latex

        return trace_latex(self, digits=digits, rows=rows)

    def to_json(self, *, rows: int | None = 100) -> dict[str, Any]:
        """The whole step as strict JSON types; the first `rows` rows in full, all rows for None."""
        from glassnet.network.trace.views.json import trace_json

        return trace_json(self, rows=rows)

    def frame(self) -> Any:
        """A pandas data frame with one row per parameter: old, gradients, check and new."""
        from glassnet.network.trace.views.frame import trace_frame

        return trace_frame(self)

    def html(self, **settings: Any) -> str:
        """A stand-alone page that opens anywhere and loads nothing from the network."""
        from glassnet.network.trace.views.page import trace_page

        return trace_page(self, **settings)

    def show(self, path: str | Path | None = None, *, theme: str = "system") -> None:
        """Draw the step: choose a link, a neuron or any number and read where it comes from.

        In a notebook the drawing stands below the cell; from a terminal it opens in the browser. Of a network that is
        not dense throughout, it is the page of `html`, with pictures of kernels, maps and gradients.

        Parameters
        ----------
        path : path, optional
            Write the page there instead: one file that opens anywhere, also without a network.
        theme : {"system", "light", "dark"}

        Raises
        ------
        ConfigurationError
            When the network has more than 20 000 weights and biases, or glassnet was built without its page.
        """
        from glassnet.network.trace.views.drawing import show, show_page, trace_document

        if self.is_flat:
            show(trace_document(self), "One training step", path, theme)
        else:
            show_page(self.html(), "One training step", path)

    def _repr_html_(self) -> str:
        """The trace as notebooks show it."""
        from glassnet.network.trace.views.page import trace_fragment

        return trace_fragment(self)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        sizes = sizes_text([here.spec for here in self.forward])
        rows = f"{self.n_rows} row{'s' if self.n_rows > 1 else ''}"
        return (
            f"Trace({sizes}, {rows}, step {self.update.step} of {self.update.optimizer.name}, "
            f"loss {self.loss.total:.6g} -> {self.new_loss:.6g})"
        )


def _join_indices(index: tuple[int, ...]) -> str:
    """Indices with commas."""
    return ",".join(map(str, index))
