"""A stack: layers one behind the other, each bound to the shape of what the one before it makes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from glassnet.errors import ConfigurationError, ShapeError
from glassnet.formulas.whole_number import check_whole
from glassnet.layers.dense import Dense
from glassnet.layers.place import shape_text
from glassnet.layers.spec import LayerSpec, Shape


def stacked(
    layers: Sequence[LayerSpec], input_shape: int | Sequence[int] | None = None, other_inputs: int = 0
) -> tuple[LayerSpec, ...]:
    """Layers one behind the other, each bound to the shape of what enters it."""
    given = tuple(layers)
    if not given or not all(isinstance(layer, LayerSpec) for layer in given):
        raise ConfigurationError(
            "A Network needs a list of at least one Dense (or other) layer, such as [Dense(2, 1)]."
        )
    carried = check_whole("Network: other_inputs", other_inputs, 0)
    shape = _shape(input_shape, given[0])
    if input_shape is None and not carried:
        carried = given[0].n_carried
    stack: list[LayerSpec] = []
    for k, layer in enumerate(given):
        size = math.prod(shape) + carried
        if isinstance(layer, Dense) and layer.n_in not in (None, size):
            raise ShapeError(_misfit(stack, layer, shape, carried, size))
        stack.append(layer.bound(shape, carried))
        shape, carried = stack[k].shape_out, stack[k].n_carried_out
    return tuple(stack)


def sizes_text(layers: Sequence[LayerSpec]) -> str:
    """The sizes of all layers in a few words, with the shapes of maps where there are some.

    Examples
    --------
    >>> from glassnet.layers import Convolution, MaxPooling
    >>> sizes_text(stacked([Dense(3, 8), Dense(8, 1)]))
    '3-8-1'
    >>> sizes_text(stacked([Convolution(4, 3), MaxPooling(2), Dense(1)], (8, 8, 1)))
    '8 x 8 x 1 → 8 x 8 x 4 → 4 x 4 x 4 → 1'
    """
    ends = [(layers[0].shape_in, layers[0].n_carried), *((layer.shape_out, layer.n_carried_out) for layer in layers)]
    if all(len(shape) == 1 for shape, _ in ends):
        return "-".join(str(math.prod(shape) + carried) for shape, carried in ends)
    return " → ".join(shape_text(*end) for end in ends)


def dense_only(who: str, given: Iterable[object]) -> None:
    """Raise for layers that are not dense, for code that computes with matrices only."""
    for layer in given:
        if isinstance(layer, LayerSpec) and not isinstance(layer, Dense):
            raise ConfigurationError(
                f"{who} supports dense layers only, not yet {layer!r}. Train the network with Network([...]).fit(X, y, "
                "learning_rate=...), or give the layers to MLPClassifier or MLPRegressor."
            )


def _shape(given: int | Sequence[int] | None, first: LayerSpec) -> Shape:
    """The shape of the inputs: as the user says, or as the first layer does."""
    if given is None:
        if not first.shape_in:
            wanted = "(rows, columns, channels), such as (28, 28, 1)" if not isinstance(first, Dense) else "a number"
            raise ConfigurationError(
                f"The first layer, {first!r}, does not say how many inputs it has. Give input_shape={wanted}"
                + (f", or write Dense(n_in, {first.n_out})." if isinstance(first, Dense) else ".")
            )
        return first.shape_in
    sizes = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if len(sizes) not in (1, 3):
        raise ConfigurationError(
            f"Network: input_shape={given!r} must be a number of inputs, or (rows, columns, channels) of images, such "
            "as (28, 28, 1)."
        )
    return tuple(check_whole("Network: a size in input_shape", size) for size in sizes)


def _misfit(before: Sequence[LayerSpec], layer: Dense, shape: Shape, carried: int, size: int) -> str:
    """Why a dense layer does not fit what enters it."""
    k = len(before) + 1
    here = f"layer {k} takes {layer.n_in} inputs. Write Dense({size}, {layer.n_out}, ...) for layer {k}."
    if not before:
        return f"input_shape makes {size} inputs ({shape_text(shape, carried)}), but {here}"
    if len(shape) == 1:
        return f"Layer {k - 1} has {size} neurons, but {here}"
    windows = getattr(before[-1], "windows", None)
    how = "" if windows is None else f" ({windows.arithmetic(0)}, {windows.arithmetic(1)}, {shape[2]} channels)"
    return f"{shape_text(shape, carried)} = {size} numbers leave layer {k - 1}{how}, but {here}"
