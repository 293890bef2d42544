"""One layer of a model file: its kind, its size, its activation, and the arrays that belong to it.

The kinds form a closed list: those of dense layers, and the kinds of `glassnet.layers` that look at images, which are
stored as the arguments that make them again. Files with a kind that a glassnet does not know are refused, with the
advice to update.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from glassnet.errors import ConfigurationError, GlassnetError, ModelFileError, ShapeError
from glassnet.files import canonical_json, concepts
from glassnet.formulas import Activation
from glassnet.formulas.whole_number import is_whole
from glassnet.layers import KINDS, NO_ARRAY, Dense, LayerSpec

ARRAYS_OF: dict[str, Mapping[str, Callable[[int, int], tuple[int, ...]]]] = {
    kind: {"weights": lambda n_in, n_out: (n_in, n_out), "biases": lambda _, n_out: (n_out,)}
    for kind in ("dense", "shared", "mixed")
}
ARRAYS_OF["mixed"] = {**ARRAYS_OF["mixed"], "mixes": lambda _, n_out: (n_out,)}
"""Kind of dense layer -> its arrays -> their shape for one member of the population, from `n_in` and `n_out`.

A shared layer is the same in all members, and its arrays are stored once. In a mixed layer each neuron takes a share of
its activation: ``(1 - mix) z + mix f(z)``.
"""
IMAGE_KINDS = tuple(kind for kind in KINDS if kind != "dense")
LARGEST = 2**24
"""The most numbers that a file may say to enter or leave a layer that looks at images."""

_FIELDS: Mapping[str, type | tuple[type, ...]] = {"kind": str, "n_in": int, "n_out": int, "activation": (str, dict)}
_IMAGE_FIELDS: dict[str, type | tuple[type, ...]] = {
    "kind": str, "activation": (str, dict), "geometry": dict, "shape_in": list, "carried": int,
}  # fmt: skip


class Layer(NamedTuple):
    """``a = activation(x W + b)``: sizes, activation (built-in ones as their canonical spec), kind.

    `spec` is the bound record of a layer that looks at images, and None for dense ones.
    """

    n_in: int
    n_out: int
    activation: str | Activation
    kind: str = "dense"
    spec: LayerSpec | None = None

    def to_plain(self) -> dict[str, Any]:
        """The layer in plain JSON types."""
        if self.spec is not None:
            return {**store_spec(self.spec), "shape_in": list(self.spec.shape_in), "carried": self.spec.n_carried}
        activation = concepts.store_activation(self.activation)
        return {"kind": self.kind, "n_in": self.n_in, "n_out": self.n_out, "activation": activation}

    @property
    def mixed(self) -> bool:
        """Whether each of its neurons or channels takes a share of the activation."""
        return self.kind == "mixed" if self.spec is None else self.spec.mixed

    @property
    def arrays(self) -> dict[str, tuple[int, ...]]:
        """The shapes of its weights and biases for one member, and of its mixes if it has any."""
        if self.spec is not None:
            return {**self.spec.arrays, **({"mixes": (self.spec.n_neurons,)} if self.spec.mixed else {})}
        return {what: shape(self.n_in, self.n_out) for what, shape in ARRAYS_OF[self.kind].items()}

    @property
    def stored(self) -> list[str]:
        """The arrays stored in a file: those that are not empty."""
        return [what for what, shape in self.arrays.items() if shape != NO_ARRAY]


def store_spec(layer: LayerSpec) -> dict[str, Any]:
    """Kind, activation and geometry of a layer in plain JSON types; where training starts is not part of it."""
    activation = concepts.store_activation(layer.activation)
    mixed = {"mixed": True} if layer.mixed else {}
    return {"kind": layer.kind, "activation": activation, "geometry": layer.geometry, **mixed}


def load_spec(plain: Mapping[str, Any], what: str, **settings: Any) -> LayerSpec:
    """Rebuild a layer from the plain values of `store_spec`; it must have the geometry that was stored."""
    if plain["kind"] not in KINDS:
        raise ModelFileError(_unknown(plain["kind"], what))
    geometry = plain["geometry"]
    numbers = [n for value in geometry.values() for n in (value if isinstance(value, list) else [value])]
    if not all(type(n) in (int, bool, str) and (type(n) is not int or 0 <= n < LARGEST) for n in numbers):
        raise ModelFileError(f"{what}: its geometry {str(geometry)[:80]} is malformed. The file is damaged.")
    activation = concepts.load_activation(plain["activation"], f"{what}, activation")
    mixed = plain.get("mixed", False)
    if type(mixed) is not bool:
        raise ModelFileError(f"{what}: mixed is {str(mixed)[:40]!r}, not true. The file is damaged.")
    own: dict[str, Any] = {"mixed": True} if mixed else {}
    try:
        layer = KINDS[plain["kind"]](activation=activation, **settings, **geometry, **own)
    except (ConfigurationError, ShapeError, TypeError, ValueError) as error:
        raise ModelFileError(f"{what}: {str(error)[:300]}") from None
    if layer.geometry != geometry:
        raise ModelFileError(f"{what}: its geometry {str(geometry)[:80]} is malformed. The file is damaged.")
    return layer


def checked_layers(given: Iterable[LayerSpec | tuple[Any, ...]]) -> tuple[Layer, ...]:
    """Layers as the user gives them: ``(n_in, n_out, activation)``, a `Layer`, or the record of a network's layer."""
    return tuple(_check_layer(layer, k) for k, layer in enumerate(given))


def _check_layer(given: LayerSpec | tuple[Any, ...], k: int) -> Layer:
    """One layer."""
    if isinstance(given, LayerSpec):
        given = _of_record(given, k)
    try:
        layer = Layer(*given)
        record = concepts.store_activation(layer.activation)
    except ConfigurationError as error:
        raise ModelFileError(f"Layer {k}: {error}") from None
    except (TypeError, ValueError) as error:
        if isinstance(error, GlassnetError):
            raise
        raise ModelFileError(f"Layer {k} is {given!r}; it must be (n_in, n_out, activation).") from None
    n_in, n_out = layer.n_in, layer.n_out
    if not all(is_whole(n, 1, 2**31 - 1) for n in (n_in, n_out)):
        raise ModelFileError(f"Layer {k} has {n_in!r} inputs and {n_out!r} outputs; both must be whole numbers from 1.")
    if layer.kind not in (ARRAYS_OF if layer.spec is None else IMAGE_KINDS):
        raise ModelFileError(
            f"Layer {k}: the kind {str(layer.kind)[:40]!r} is not one of {', '.join(ARRAYS_OF)}, nor a record of "
            f"{', '.join(IMAGE_KINDS)}."
        )
    return Layer(int(n_in), int(n_out), record if isinstance(record, str) else layer.activation, *layer[3:])


def _of_record(layer: LayerSpec, k: int) -> Layer:
    """The layer of a file from the record of a layer in a network."""
    if layer.n_in is None:
        raise ModelFileError(f"Layer {k}, {layer!r}, does not belong to a network yet. Take it from network.layers.")
    if isinstance(layer, Dense):
        return Layer(layer.n_in, layer.n_out, layer.activation, "mixed" if layer.mixed else "dense")
    return Layer(layer.n_in, layer.n_out, layer.activation, layer.kind, layer)


def layer_from_plain(plain: Any, what: str) -> Layer:
    """One layer of a file's description, checked."""
    if isinstance(plain, dict) and plain.get("kind") in IMAGE_KINDS:
        return _image_layer(plain, what)
    canonical_json.fields(plain, _FIELDS, what)
    if plain["kind"] not in ARRAYS_OF:
        raise ModelFileError(_unknown(plain["kind"], what))
    activation = concepts.load_activation(plain["activation"], f"{what}, activation")
    return Layer(plain["n_in"], plain["n_out"], activation, plain["kind"])


def _image_layer(plain: Any, what: str) -> Layer:
    """Read one image layer."""
    canonical_json.fields(plain, _IMAGE_FIELDS | ({"mixed": bool} if "mixed" in plain else {}), what)
    shape, carried = plain["shape_in"], plain["carried"]
    sound = len(shape) == 3 and all(type(n) is int and 1 <= n < LARGEST for n in shape) and carried >= 0
    if not sound or shape[0] * shape[1] * shape[2] + carried > LARGEST:
        raise ModelFileError(f"{what}: images of shape {str(shape)[:40]} and {carried} other inputs are not valid.")
    try:
        layer = load_spec(plain, what).bound(tuple(shape), carried)
    except (ConfigurationError, ShapeError) as error:
        raise ModelFileError(f"{what}: {str(error)[:300]}") from None
    if layer.n_out > LARGEST:
        raise ModelFileError(f"{what}: {layer.n_out} numbers would leave it; a file may say {LARGEST}.")
    activation = concepts.load_activation(plain["activation"], f"{what}, activation")
    return Layer(layer.n_in, layer.n_out, activation, layer.kind, layer)


def _unknown(kind: str, what: str) -> str:
    """Words for a kind of layer that this glassnet does not know."""
    return (
        f"{what}: there is no kind of layer {kind[:40]!r}; this glassnet knows "
        f"{', '.join(dict.fromkeys((*ARRAYS_OF, *IMAGE_KINDS)))}. Update glassnet if a newer one wrote the file."
    )


def array_names(layers: Sequence[Layer]) -> list[str]:
    """The names of all arrays of the layers, in the order of the file."""
    return [f"layer_{k}.{part}" for k, layer in enumerate(layers) for part in layer.stored]
