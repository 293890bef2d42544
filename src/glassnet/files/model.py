"""`ModelFile`: all that a trained network is, checked; `write_model` moves it to disk, `read_model` back."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import glassnet
from glassnet.atomic import write_atomically
from glassnet.errors import ConfigurationError, GlassnetError, ModelFileError
from glassnet.files import canonical_json, concepts, container
from glassnet.files import further_networks as parts
from glassnet.files.checksum import checksums
from glassnet.files.layer import Layer, checked_layers
from glassnet.formulas import Loss, losses
from glassnet.layers import Dense, LayerSpec
from glassnet.tables import Schema
from glassnet.tables.outcome import outcomes

if TYPE_CHECKING:
    from glassnet.network import Network

FORMAT, FORMAT_OF_PARTS, FORMAT_OF_IMAGES, FORMAT_OF_CHANNEL_MIXES = 2, 3, 4, 5
DROP_IN = ("MLPClassifier", "MLPRegressor")
"""Which estimators of a plain matrix write files, beside those of the tables that outcomes name."""
ARRAYS = (
    "all_left_out", "all_residuals", "baseline_log_hazard", "baseline_steps", "baseline_time",
    "hazard_centers", "hazard_levels", "hazard_weights", "input_scales", "interval_left_out", "interval_residuals",
    "risk_scale",
)  # fmt: skip
"""Names that `ModelFile.arrays` may have."""
DETERMINISM = ("bitwise", "statistical")
MOST_LAYERS = 1000


@dataclass(frozen=True, eq=False)
class ModelFile:
    """A trained network with everything needed to use it, to state it in a paper, and to train it again.

    Parameters
    ----------
    task : {"regression", "classification", "multilabel"}
    layers : sequence of Layer
        ``(n_in, n_out, activation)`` per layer, as a `Layer` or a plain tuple; the output layer included. A layer that
        all members share has the kind "shared" as its fourth entry, and is stored once. Those that look at images are
        the records of `Network.layers`.
    loss : str or Loss
    weights, biases : sequences of arrays
        Shapes (members, n_in, n_out) and (members, n_out), or those of `LayerSpec.arrays` behind the members; the
        leading axis left out for a single network; all float32 or all float64, kept as they are.
    schema : dict, optional
        What `glassnet.tables.Schema.to_dict` gives; None for a model that takes a plain matrix.
    classes : sequence of str, int, float or bool
        Class labels in the order of their codes; empty for regression.
    recipe, scores : dict
        Plain JSON values: how the network was trained, and how well it did.
    fingerprint : str
        sha256 of the training data as 64 hex digits, or empty; see `fingerprint`.
    seed : int
    determinism : {"bitwise", "statistical"}
        Whether training again with the seed gives the same bits.
    version : str
        The glassnet that wrote the file.
    estimator : {"GlassClassifier", "GlassRegressor", "MLPClassifier", "MLPRegressor", None}
        What reads the file back; None for a bare network.
    arrays : mapping of str to array
        Further numbers of the model, under names of `ARRAYS`: float32 or float64, finite, one to three axes.
    fitted : dict
        Plain JSON values that the estimator learned beside its weights.
    mixes : sequence of (array or None)
        One per layer, shape (members, n_out) where the layer is "mixed", else None; all None when left out.
    further : sequence of ModelFile
        Networks with layers of their own that predict together with these: the same task, schema and outputs.

    Attributes
    ----------
    members : int
        How many networks have these layers.

    Raises
    ------
    ModelFileError
        When any part is malformed or does not fit the others.

    Examples
    --------
    >>> from glassnet.files import read_model
    >>> model = ModelFile("regression", [(2, 1, "identity")], "squared_error", [np.ones((2, 1))], [np.zeros(1)])
    >>> import tempfile
    >>> path = write_model(Path(tempfile.mkdtemp()) / "line.glassnet", model)
    >>> read_model(path).weights[0].ravel()
    array([1., 1.])
    """

    task: str
    layers: Sequence[Layer]
    loss: str | Loss
    weights: Sequence[np.ndarray]
    biases: Sequence[np.ndarray]
    schema: Mapping[str, Any] | None = None
    classes: Sequence[Any] = ()
    recipe: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    seed: int = 0
    determinism: str = "bitwise"
    version: str = glassnet.__version__
    estimator: str | None = None
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    fitted: Mapping[str, Any] = field(default_factory=dict)
    mixes: Sequence[np.ndarray | None] = ()
    further: Sequence[ModelFile] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", checked_layers(self.layers))
        for name in ("weights", "biases"):
            given = list(getattr(self, name))
            shapes = [layer.arrays[name] for layer in self.layers[: len(given)]]
            axes = [len(shape) for shape in shapes] + [1] * (len(given) - len(shapes))
            arrays = [_with_members(array, n) for array, n in zip(given, axes, strict=True)]
            object.__setattr__(self, name, tuple(_spread(self.layers, arrays, name)))
        mixes = tuple(None if m is None else _with_members(m, 1) for m in self.mixes)
        if all(m is None for m in mixes):
            mixes = (None,) * len(self.layers)
        object.__setattr__(self, "mixes", mixes)
        object.__setattr__(self, "arrays", {name: np.asarray(self.arrays[name]) for name in sorted(self.arrays)})
        for name in ("recipe", "scores", "fitted", "schema", "classes"):
            value = getattr(self, name)
            value = list(value) if name == "classes" else value
            object.__setattr__(self, name, None if value is None else _plain(value, name))
        object.__setattr__(self, "classes", tuple(self.classes))
        self._check_words()
        self._check_arrays()
        self._check_outputs()
        object.__setattr__(self, "further", tuple(self.further))
        parts.check_further(self)

    def _check_words(self) -> None:
        """Texts and the seed."""
        for name, allowed in (("task", tuple(outcomes)), ("determinism", DETERMINISM)):
            if getattr(self, name) not in allowed:
                raise ModelFileError(f"The {name} {getattr(self, name)!r} must be one of {', '.join(allowed)}.")
        if not (isinstance(self.fingerprint, str) and re.fullmatch(r"([0-9a-f]{64})?", self.fingerprint)):
            raise ModelFileError(f"The fingerprint {self.fingerprint!r} must be 64 hex digits, or empty.")
        if type(self.seed) is not int or not 0 <= self.seed < 2**64:
            raise ModelFileError(f"The seed {self.seed!r} must be a whole number from 0 to 2**64 - 1.")
        if not (isinstance(self.version, str) and re.fullmatch(r"[0-9A-Za-z.+!-]{1,40}", self.version)):
            raise ModelFileError(
                f"The version {self.version!r} must be a version number such as {glassnet.__version__}."
            )

    def _check_arrays(self) -> None:
        """Weights and biases against the layers, and the layers against each other."""
        if not 1 <= len(self.layers) <= MOST_LAYERS:
            raise ModelFileError(f"A model has 1 to {MOST_LAYERS} layers, not {len(self.layers)}.")
        if not len(self.layers) == len(self.weights) == len(self.biases):
            raise ModelFileError(
                f"There are {len(self.layers)} layers, {len(self.weights)} weight matrices and {len(self.biases)} bias "
                f"vectors; there must be one of each per layer."
            )
        if [mixes is not None for mixes in self.mixes] != [layer.mixed for layer in self.layers]:
            raise ModelFileError("The mixed layers, and only these, must have mixes.")
        arrays = [*self.weights, *self.biases, *(mixes for mixes in self.mixes if mixes is not None)]
        if {array.dtype for array in arrays} not in ({np.dtype("float32")}, {np.dtype("float64")}):
            raise ModelFileError("The weights and biases must be all float32 or all float64.")
        for k, layer in enumerate(self.layers):
            if k and self.layers[k - 1].n_out != layer.n_in:
                raise ModelFileError(
                    f"Layer {k} takes {layer.n_in} inputs, but layer {k - 1} gives {self.layers[k - 1].n_out}."
                )
            for what, of_one in layer.arrays.items():
                array = getattr(self, what)[k]
                shape = (self.members, *of_one)
                if array.shape != shape:
                    given, wanted = (array.shape[1:], shape[1:]) if len(array) == 1 else (array.shape, shape)
                    raise ModelFileError(f"Layer {k}: the {what} have shape {given}; they must have shape {wanted}.")
                if not np.isfinite(array).all():
                    raise ModelFileError(f"Layer {k}: the {what} hold numbers that are not finite.")
        for name, array in self.arrays.items():
            if name not in ARRAYS:
                raise ModelFileError(f"A model has no array {str(name)[:40]!r}; it must be one of {', '.join(ARRAYS)}.")
            if array.dtype not in (np.dtype("float32"), np.dtype("float64")) or not 1 <= array.ndim <= 3:
                raise ModelFileError(f"The array {name!r} must hold float32 or float64 on one to three axes.")
            if not array.size or not np.isfinite(array).all():
                raise ModelFileError(f"The array {name!r} is empty, or holds numbers that are not finite.")

    def _check_outputs(self) -> None:
        """Schema, classes and outputs against each other."""
        n_out = self.layers[-1].n_out
        known = (*(kind.estimator for kind in outcomes.values() if kind.estimator), *DROP_IN)
        if self.estimator is not None and self.estimator not in known:
            raise ModelFileError(f"The estimator {self.estimator!r} must be one of {', '.join(known)}, or None.")
        try:
            losses.resolve(self.loss)
        except ConfigurationError as error:
            raise ModelFileError(str(error)) from None
        if not all(type(label) in (str, int, float, bool) for label in self.classes):
            raise ModelFileError("A class label must be a text, a number, or true/false.")
        if len(set(map(repr, self.classes))) < len(self.classes):
            raise ModelFileError("A class label occurs twice.")
        if not replace(outcomes[self.task], classes=tuple(self.classes)).fits(n_out):
            raise ModelFileError(f"A {self.task} network with {n_out} outputs cannot have {len(self.classes)} classes.")
        if self.schema is None:
            return
        try:
            schema = Schema.from_dict(self.schema)
        except GlassnetError as error:
            raise ModelFileError(str(error)) from None
        if len(schema.feature_names) != self.layers[0].n_in:
            raise ModelFileError(
                f"The schema makes {len(schema.feature_names)} inputs, but the first layer takes {self.layers[0].n_in}."
            )
        if schema.task != self.task or (self.classes and tuple(map(_cell_text, self.classes)) != schema.classes):
            raise ModelFileError("The schema and the model disagree about the task or the classes.")

    @property
    def table_schema(self) -> Schema | None:
        """The schema as an object, None for a model that takes a plain matrix."""
        return None if self.schema is None else Schema.from_dict(self.schema)

    @property
    def members(self) -> int:
        """How many networks have these layers."""
        return len(self.weights[0])

    def network(self, member: int = 0) -> Network:
        """One network in float64, for reading, tracing and predicting."""
        from glassnet.network import Network

        own = [None if mixes is None else mixes[member].astype(float) for mixes in self.mixes]
        network = Network(self.records, loss=self.loss, seed=self.seed).with_mixes(own)
        network.weights, network.biases = (
            [part[member].astype(float) for part in parts] for parts in (self.weights, self.biases)
        )
        return network

    @property
    def records(self) -> list[LayerSpec]:
        """The layers as `glassnet.Network` takes them."""
        return [
            Dense(layer.n_in, layer.n_out, layer.activation, mixed=layer.kind == "mixed")
            if layer.spec is None else layer.spec for layer in self.layers
        ]  # fmt: skip

    @property
    def looks_at_images(self) -> bool:
        """Whether there are image layers."""
        return any(layer.spec is not None for part in (self, *self.further) for layer in part.layers)

    @classmethod
    def of(cls, network: Network | ModelFile, *, dtype: str = "float64", **described: Any) -> ModelFile:
        """The model file of a bare network; a model file is returned unchanged.

        `described` are further arguments, such as the `classes`, which are numbered when they are not given.

        Examples
        --------
        >>> from glassnet import Dense, MaxPooling, Network
        >>> model = ModelFile.of(Network([MaxPooling(2), Dense(1)], input_shape=(4, 4, 1)))
        >>> [layer.kind for layer in model.layers]
        ['max pooling', 'dense']
        """
        if isinstance(network, ModelFile):
            return network
        loss, n_out = network.objective.loss, network.layers[-1].n_out
        task = "regression" if loss.task == "regression" else "classification"
        classes = () if task == "regression" else range(max(2, n_out))
        weights, biases = (
            [np.asarray(part, dtype=dtype) for part in kind] for kind in (network.weights, network.biases)
        )
        mixes = [
            None if own is None or not layer.mixed else np.asarray(own, dtype=dtype)
            for own, layer in zip(network.mixes, network.layers, strict=True)
        ]
        blocks = next((layer for layer in network.layers if getattr(layer, "connections", None) is not None), None)
        if blocks is not None:
            raise ModelFileError(
                f"Model files do not support blocks of connections, which {blocks!r} has. Keep it with pickle."
            )
        return cls(
            layers=checked_layers(network.layers), weights=weights, biases=biases, mixes=mixes,
            **{"task": task, "loss": loss, "seed": network.seed, "classes": classes, **described},
        )  # fmt: skip

    @property
    def _format(self) -> int:
        """The oldest format that can say what this model is."""
        if any(layer.spec is not None and layer.mixed for part in (self, *self.further) for layer in part.layers):
            return FORMAT_OF_CHANNEL_MIXES
        return FORMAT_OF_IMAGES if self.looks_at_images else FORMAT_OF_PARTS if self.further else FORMAT

    def to_bytes(self) -> bytes:
        """The bytes of the model file; equal models give equal bytes."""
        tensors = parts.tensors_of(self)
        record = {
            "format": self._format, "task": self.task,
            "layers": [layer.to_plain() for layer in self.layers],
            "loss": concepts.store_loss(self.loss), "schema": self.schema, "classes": list(self.classes),
            "recipe": self.recipe, "scores": self.scores, "fingerprint": self.fingerprint, "seed": self.seed,
            "determinism": self.determinism, "version": self.version, "estimator": self.estimator,
            "members": self.members, "arrays": list(self.arrays), "fitted": self.fitted,
        }  # fmt: skip
        if self._format >= FORMAT_OF_PARTS:
            record["further"] = [parts.to_plain(part) for part in self.further]
        record["sha256"] = checksums(record, container.buffer(tensors))
        return container.pack(tensors, canonical_json.canonical(record))


def write_model(path: str | os.PathLike[str], model: ModelFile) -> Path:
    """Write a model file in one indivisible step and return its path; `FileError` when the system refuses."""
    return write_atomically(path, model.to_bytes())


def _cell_text(label: Any) -> str:
    """A class label as a cell of a table."""
    return str(label).lower() if isinstance(label, bool) else str(label)


def _with_members(array: Any, axes: int) -> np.ndarray:
    """An array with the leading axis of the members, which may be left out for a single network."""
    given = np.asarray(array)
    return given[None] if given.ndim == axes else given


def _spread(layers: Sequence[Layer], arrays: list[np.ndarray], name: str) -> list[np.ndarray]:
    """The arrays of shared layers, stored once, with the members' axis of the others, as views."""
    members = max(map(len, arrays), default=1)
    for k, (layer, array) in enumerate(zip(layers, arrays, strict=False)):
        if layer.kind == "shared" and array.ndim:
            if not all(np.array_equal(own, array[0]) for own in array[1:] if array.strides[0]):
                raise ModelFileError(f"Layer {k} is shared, but its {name} differ from network to network.")
            arrays[k] = np.broadcast_to(array[:1], (members, *array.shape[1:]))
    return arrays


def _plain(value: Any, name: str) -> Any:
    """A value after a round trip through JSON; raises for a value that JSON cannot represent."""
    try:
        return canonical_json.parse(canonical_json.canonical(value), f"The model's {name}")
    except (TypeError, ValueError, RecursionError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(
            f"The model's {name} cannot be stored ({error}). Use plain numbers (finite), texts, lists and dicts."
        ) from None
