"""One layer of a model file: its kind, its size, its activation, and the arrays that belong to it.

The kinds form a closed list. A new kind of layer is one entry of `ARRAYS_OF`, which names its arrays and gives their
shapes; files that use it are refused, with the advice to update, by every glassnet that does not know the kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import ConfigurationError, GlassnetError, ModelFileError
from glassnet.files import concepts, plain
from glassnet.formulas import Activation
from glassnet.layers import dense_only

ARRAYS_OF: dict[str, Mapping[str, Callable[[int, int], tuple[int, ...]]]] = {
    kind: {"weights": lambda n_in, n_out: (n_in, n_out), "biases": lambda _, n_out: (n_out,)}
    for kind in ("dense", "shared", "mixed")
}
ARRAYS_OF["mixed"] = {**ARRAYS_OF["mixed"], "mixes": lambda _, n_out: (n_out,)}
"""Kind of layer -> its arrays -> their shape for one member of the population, from `n_in` and `n_out`.

A shared layer is the same in all members, and its arrays are stored once. In a mixed layer each neuron takes a share of
its activation: ``(1 - mix) z + mix f(z)``.
"""

_FIELDS: Mapping[str, type | tuple[type, ...]] = {"kind": str, "n_in": int, "n_out": int, "activation": (str, dict)}


class Layer(NamedTuple):
    """``a = activation(x W + b)``: sizes, activation (built-in ones as their canonical spec), kind."""

    n_in: int
    n_out: int
    activation: str | Activation
    kind: str = "dense"

    def to_plain(self) -> dict[str, Any]:
        """The layer in plain JSON types."""
        activation = concepts.store_activation(self.activation)
        return {"kind": self.kind, "n_in": self.n_in, "n_out": self.n_out, "activation": activation}


def checked_layer(given: Any, k: int) -> Layer:
    """A layer as the user gives it: ``(n_in, n_out, activation)`` or a `Layer`."""
    dense_only("The model file", [given])
    try:
        layer = Layer(*given)
        stored = concepts.store_activation(layer.activation)
    except ConfigurationError as error:
        raise ModelFileError(f"Layer {k}: {error}") from None
    except (TypeError, ValueError) as error:
        if isinstance(error, GlassnetError):
            raise
        raise ModelFileError(f"Layer {k} is {given!r}; it must be (n_in, n_out, activation).") from None
    n_in, n_out = layer.n_in, layer.n_out
    if not all(isinstance(n, (int, np.integer)) and 1 <= n < 2**31 for n in (n_in, n_out)):
        raise ModelFileError(f"Layer {k} has {n_in!r} inputs and {n_out!r} outputs; both must be whole numbers from 1.")
    if layer.kind not in ARRAYS_OF:
        raise ModelFileError(f"Layer {k}: the kind {str(layer.kind)[:40]!r} is not one of {', '.join(ARRAYS_OF)}.")
    return Layer(int(n_in), int(n_out), stored if isinstance(stored, str) else layer.activation, layer.kind)


def layer_from_plain(stored: Any, what: str) -> Layer:
    """One layer of a file's description, checked."""
    plain.fields(stored, _FIELDS, what)
    if stored["kind"] not in ARRAYS_OF:
        raise ModelFileError(
            f"{what}: there is no kind of layer {stored['kind'][:40]!r}; this glassnet knows {', '.join(ARRAYS_OF)}. "
            f"Update glassnet if a newer one wrote the file."
        )
    activation = concepts.load_activation(stored["activation"], f"{what}, activation")
    return Layer(stored["n_in"], stored["n_out"], activation, stored["kind"])


def array_names(layers: Sequence[Layer]) -> list[str]:
    """The names of all arrays of the layers, in the order of the file."""
    return [f"layer_{k}.{part}" for k, layer in enumerate(layers) for part in ARRAYS_OF[layer.kind]]
