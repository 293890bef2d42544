"""`ModelFile`: all that a trained network is, checked; `write_model` and `read_model` move it to disk and back."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import glassnet
from glassnet.errors import ConfigurationError, GlassnetError, ModelFileError
from glassnet.files import concepts, container, plain
from glassnet.files.atomic import write_atomically
from glassnet.formulas import Activation, Loss, losses
from glassnet.tables import Schema

if TYPE_CHECKING:
    from glassnet.network import Network

FORMAT = 1
TASKS = ("regression", "classification", "multilabel")
DETERMINISM = ("bitwise", "statistical")
MOST_LAYERS = 1000

_RECORD: dict[str, type | tuple[type, ...]] = {
    "format": int, "task": str, "layers": list, "loss": (str, dict), "schema": (dict, type(None)), "classes": list,
    "recipe": dict, "scores": dict, "fingerprint": str, "seed": int, "determinism": str, "version": str, "sha256": dict,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class ModelFile:
    """A trained network with everything needed to use it, to state it in a paper, and to train it again.

    Parameters
    ----------
    task : {"regression", "classification", "multilabel"}
    layers : sequence of (int, int, str or Activation)
        ``(n_in, n_out, activation)`` per layer; the output layer included.
    loss : str or Loss
    weights, biases : sequences of arrays
        Shapes (n_in, n_out) and (n_out,); all float32 or all float64, kept as they are.
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

    Raises
    ------
    ModelFileError
        When any part is malformed or does not fit the others.

    Examples
    --------
    >>> model = ModelFile("regression", [(2, 1, "identity")], "squared_error", [np.ones((2, 1))], [np.zeros(1)])
    >>> import tempfile
    >>> path = write_model(Path(tempfile.mkdtemp()) / "line.glassnet", model)
    >>> read_model(path).weights[0].ravel()
    array([1., 1.])
    """

    task: str
    layers: Sequence[tuple[int, int, str | Activation]]
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(_layer(layer, k) for k, layer in enumerate(self.layers)))
        object.__setattr__(self, "weights", tuple(np.asarray(w) for w in self.weights))
        object.__setattr__(self, "biases", tuple(np.asarray(b) for b in self.biases))
        for name in ("recipe", "scores", "schema", "classes"):
            value = getattr(self, name)
            value = list(value) if name == "classes" else value
            object.__setattr__(self, name, None if value is None else _plain(value, name))
        object.__setattr__(self, "classes", tuple(self.classes))
        self._check_words()
        self._check_arrays()
        self._check_outputs()

    def _check_words(self) -> None:
        """Texts and the seed."""
        for name, allowed in (("task", TASKS), ("determinism", DETERMINISM)):
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
        arrays = [*self.weights, *self.biases]
        if {array.dtype for array in arrays} not in ({np.dtype("float32")}, {np.dtype("float64")}):
            raise ModelFileError("The weights and biases must be all float32 or all float64.")
        for k, (n_in, n_out, _) in enumerate(self.layers):
            if k and self.layers[k - 1][1] != n_in:
                raise ModelFileError(f"Layer {k} takes {n_in} inputs, but layer {k - 1} gives {self.layers[k - 1][1]}.")
            for what, array, shape in (
                ("weights", self.weights[k], (n_in, n_out)),
                ("biases", self.biases[k], (n_out,)),
            ):
                if array.shape != shape:
                    raise ModelFileError(
                        f"Layer {k}: the {what} have shape {array.shape}; they must have shape {shape}."
                    )
                if not np.isfinite(array).all():
                    raise ModelFileError(f"Layer {k}: the {what} hold numbers that are not finite.")

    def _check_outputs(self) -> None:
        """Schema, classes and outputs against each other."""
        n_out = self.layers[-1][1]
        try:
            losses.resolve(self.loss)
        except ConfigurationError as error:
            raise ModelFileError(str(error)) from None
        if not all(type(label) in (str, int, float, bool) for label in self.classes):
            raise ModelFileError("A class label must be a text, a number, or true/false.")
        if len(set(map(repr, self.classes))) < len(self.classes):
            raise ModelFileError("A class label occurs twice.")
        wanted = {"regression": (0,), "multilabel": (n_out,), "classification": (n_out, 2) if n_out == 1 else (n_out,)}
        if len(self.classes) not in wanted[self.task] or (self.task == "classification" and len(self.classes) < 2):
            raise ModelFileError(f"A {self.task} network with {n_out} outputs cannot have {len(self.classes)} classes.")
        if self.schema is None:
            return
        try:
            schema = Schema.from_dict(self.schema)
        except GlassnetError as error:
            raise ModelFileError(str(error)) from None
        if len(schema.feature_names) != self.layers[0][0]:
            raise ModelFileError(
                f"The schema makes {len(schema.feature_names)} inputs, but the first layer takes {self.layers[0][0]}."
            )
        if schema.task != self.task or (self.classes and tuple(map(str, self.classes)) != schema.classes):
            raise ModelFileError("The schema and the model disagree about the task or the classes.")

    @property
    def table_schema(self) -> Schema | None:
        """The schema as an object, None for a model that takes a plain matrix."""
        return None if self.schema is None else Schema.from_dict(self.schema)

    def network(self) -> Network:
        """The network in float64, for reading, tracing and predicting."""
        from glassnet.network import Dense, Network

        return Network(
            [
                Dense(n_in, n_out, activation, weights=w.astype(np.float64), biases=b.astype(np.float64))
                for (n_in, n_out, activation), w, b in zip(self.layers, self.weights, self.biases, strict=True)
            ],
            loss=self.loss,
            seed=self.seed,
        )

    def to_bytes(self) -> bytes:
        """The bytes of the model file; equal models give equal bytes."""
        tensors = {}
        for k, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            tensors[f"layer_{k}.weights"], tensors[f"layer_{k}.biases"] = w, b
        layers = [
            {"n_in": n_in, "n_out": n_out, "activation": concepts.store_activation(activation)}
            for n_in, n_out, activation in self.layers
        ]
        record = {
            "format": FORMAT, "task": self.task, "layers": layers, "loss": concepts.store_loss(self.loss),
            "schema": self.schema, "classes": list(self.classes), "recipe": self.recipe, "scores": self.scores,
            "fingerprint": self.fingerprint, "seed": self.seed, "determinism": self.determinism,
            "version": self.version,
        }  # fmt: skip
        record["sha256"] = _checksums(record, container.buffer(tensors))
        return container.pack(tensors, plain.canonical(record))


def fingerprint(*arrays: Any) -> str:
    """The sha256 of arrays (types, shapes and numbers) as 64 hex digits.

    Examples
    --------
    >>> fingerprint(np.zeros(3)) == fingerprint(np.zeros(3)), fingerprint(np.zeros(3)) == fingerprint(np.zeros((3, 1)))
    (True, False)
    """
    digest = hashlib.sha256()
    for array in map(np.asarray, arrays):
        digest.update(f"{array.dtype.newbyteorder('<').str}{array.shape}".encode())
        if array.dtype.kind in "OU":
            digest.update(plain.canonical(array.astype(str).ravel().tolist()).encode())
        else:
            digest.update(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def write_model(path: str | os.PathLike[str], model: ModelFile) -> Path:
    """Write a model file in one indivisible step and return its path; `FileError` when the system refuses."""
    return write_atomically(path, model.to_bytes())


def read_model(path: str | os.PathLike[str]) -> ModelFile:
    """Read a model file, checking everything; nothing in it is imported, evaluated or opened.

    Raises
    ------
    ModelFileError
        When the file is missing, cut off, damaged, hostile, of another program, or newer than this glassnet.
    """
    path = Path(path)
    tensors, metadata, data = container.read(path)
    what = f"{path}, description"
    record = plain.parse(metadata, what)
    if isinstance(record, dict) and type(record.get("format")) is int and record["format"] > FORMAT:
        raise ModelFileError(
            f"{path} has the format {record['format']}, written by glassnet {str(record.get('version'))[:20]!r}; this "
            f"glassnet {glassnet.__version__} reads formats up to {FORMAT}. Update glassnet."
        )
    plain.fields(record, _RECORD, what)
    if record["format"] != FORMAT:
        raise ModelFileError(f"{what}: there is no format {record['format']}. The file is damaged.")
    sums = record.pop("sha256")
    plain.fields(sums, {"record": str, "tensors": str}, f"{what}, sha256")
    if sums != _checksums(record, data) or plain.canonical({**record, "sha256": sums}) != metadata:
        raise ModelFileError(f"{path}: the checksum does not fit the contents. The file is damaged; copy it again.")
    names = [f"layer_{k}.{part}" for k in range(len(record["layers"])) for part in ("weights", "biases")]
    if list(tensors) != names:
        raise ModelFileError(f"{path} holds the arrays {str(list(tensors))[:80]}, which do not fit its layers.")
    try:
        return ModelFile(
            record["task"],
            [_stored_layer(layer, f"{what}, layer {k}") for k, layer in enumerate(record["layers"])],
            concepts.load_loss(record["loss"], f"{what}, loss"),
            [tensors[name] for name in names[::2]],
            [tensors[name] for name in names[1::2]],
            **{key: record[key] for key in _RECORD if key not in ("format", "task", "layers", "loss", "sha256")},
        )
    except ModelFileError as error:
        message = str(error)
        raise ModelFileError(message if message.startswith(str(path)) else f"{path}: {message}") from None


def _checksums(record: Mapping[str, Any], data: bytes) -> dict[str, str]:
    """The sha256 of the description and of the numbers."""
    text = plain.canonical(record).encode("ascii")
    return {"record": hashlib.sha256(text).hexdigest(), "tensors": hashlib.sha256(data).hexdigest()}


def _stored_layer(layer: Any, what: str) -> tuple[int, int, str | Activation]:
    """One layer of the description."""
    plain.fields(layer, {"n_in": int, "n_out": int, "activation": (str, dict)}, what)
    return layer["n_in"], layer["n_out"], concepts.load_activation(layer["activation"], f"{what}, activation")


def _layer(layer: Any, k: int) -> tuple[int, int, str | Activation]:
    """One layer as the user gives it; a built-in activation becomes its canonical spec."""
    try:
        n_in, n_out, activation = layer
        stored = concepts.store_activation(activation)
    except ConfigurationError as error:
        raise ModelFileError(f"Layer {k}: {error}") from None
    except (TypeError, ValueError) as error:
        if isinstance(error, GlassnetError):
            raise
        raise ModelFileError(f"Layer {k} is {layer!r}; it must be (n_in, n_out, activation).") from None
    if not all(isinstance(n, (int, np.integer)) and 1 <= n < 2**31 for n in (n_in, n_out)):
        raise ModelFileError(f"Layer {k} has {n_in!r} inputs and {n_out!r} outputs; both must be whole numbers from 1.")
    return int(n_in), int(n_out), stored if isinstance(stored, str) else activation


def _plain(value: Any, name: str) -> Any:
    """A value as it comes back from JSON; what JSON cannot say is refused."""
    try:
        return plain.parse(plain.canonical(value), f"The model's {name}")
    except (TypeError, ValueError, RecursionError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(
            f"The model's {name} cannot be stored ({error}). Use plain numbers (finite), texts, lists and dicts."
        ) from None
