"""The checkpoint: a training under way, in the same strict container as the model file.

It holds the state of every member between two steps and the identity of the training: a digest of each setting and of
the data. A checkpoint continues only the training that it belongs to; the bits of the end are those of a training
that was never stopped.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import glassnet
from glassnet.atomic import write_atomically
from glassnet.engine import MemberState, Plan, Population
from glassnet.engine.machines.state import CAUSES, STOPS, Counters
from glassnet.errors import ConfigurationError, ModelFileError
from glassnet.files import canonical_json, container
from glassnet.files.checksum import checksums, fingerprint
from glassnet.formulas import Expression
from glassnet.layers import LayerSpec

FORMAT = 1
State = Sequence[tuple[np.ndarray, ...]]
Identity = Mapping[str, str]

_RECORD: dict[str, type | tuple[type, ...]] = {
    "checkpoint": int, "version": str, "identity": dict, "members": int, "sha256": dict,
}  # fmt: skip
_PARTS = ("arrays", "counters", "numbers", "loss_curve", "validation_curve")
_DTYPES = {"counters": "<i8", "numbers": "<f8", "loss_curve": "<f8", "validation_curve": "<f8"}
_N_NUMBERS = 7
_MOST_REASONS = 4


def identity_of(plan: Plan, population: Population, **data: Any) -> dict[str, str]:
    """A digest of each setting of a training and of its data, by name."""
    identity = {f"plan.{field.name}": getattr(plan, field.name) for field in dataclasses.fields(plan)}
    for name in ("layers", "augmentation", "image_shape"):  # checkpoints from before there were any lack them
        if not identity[f"plan.{name}"]:
            del identity[f"plan.{name}"]
    identity |= {
        f"population.{field.name}": getattr(population, field.name) for field in dataclasses.fields(population)
    }
    return {name: _digest(value) for name, value in {**identity, **data}.items()}


def write_checkpoint(path: str | os.PathLike[str], state: State, identity: Identity) -> Path:
    """Write the state of a training in one indivisible step; a kill leaves the old checkpoint or the new one."""
    tensors = {
        f"member_{m}.{part}": array
        for m, member in enumerate(state)
        for part, array in zip(_PARTS, member, strict=True)
        if array.size
    }
    record = {
        "checkpoint": FORMAT, "version": glassnet.__version__, "identity": dict(identity), "members": len(state),
    }  # fmt: skip
    record["sha256"] = checksums(record, container.buffer(tensors))
    return write_atomically(path, container.pack(tensors, canonical_json.canonical(record)))


def read_checkpoint(
    path: str | os.PathLike[str], identity: Identity, rows: Sequence[int], epochs: int
) -> list[MemberState] | None:
    """The state in a checkpoint, checked; None when there is no such file.

    Parameters
    ----------
    path : path
    identity : dict of str to str
        Of the training that wants to go on.
    rows : sequence of int
        How many rows each member trains on.
    epochs : int
        The most that there can be.

    Raises
    ------
    ModelFileError
        When the file is damaged, hostile, or something else.
    ConfigurationError
        When it belongs to a training with other settings or data; the message names them.
    """
    path = Path(path)
    if not path.exists():
        return None
    try:
        tensors, metadata, data = container.read(path)
        record = canonical_json.parse(metadata, f"{path}, description")
        if isinstance(record, dict) and "checkpoint" not in record:
            raise ModelFileError(f"{path} is a model file, not a checkpoint.")
        canonical_json.fields(record, _RECORD, f"{path}, description")
        if record["checkpoint"] != FORMAT:
            raise ModelFileError(f"{path} has the checkpoint format {record['checkpoint']}, not {FORMAT}.")
        sums = record.pop("sha256")
        if sums != checksums(record, data):
            raise ModelFileError(f"{path}: the checksum does not fit the contents.")
        state = _state(record["members"], tensors, path)
        for member, n_rows in zip(state, rows, strict=False):
            if member.position.row > n_rows or member.position.epoch > epochs:
                raise ModelFileError(f"{path}: the training is at a step that it cannot have reached.")
    except ModelFileError as error:
        raise ModelFileError(f"{error} Delete it to start over, or name another checkpoint.") from None
    _check_identity(record["identity"], identity, path)
    return state


def _state(members: int, tensors: dict[str, np.ndarray], path: Path) -> list[MemberState]:
    """The arrays of each member; nothing that the engine could stumble over."""
    if not 1 <= members <= len(tensors) or not all(f"member_{m}.{part}" in tensors
                                                   for m in range(members) for part in _PARTS[:3]):  # fmt: skip
        raise ModelFileError(f"{path} does not hold the state of {members} members.")
    state = []
    for m in range(members):
        member = [
            tensors.pop(f"member_{m}.{part}", np.empty(0, dtype=_DTYPES.get(part, "<f8"))) for part in _PARTS
        ]  # fmt: skip
        arrays, counters, numbers, *curves = member
        sound = (
            arrays.ndim == 2 and arrays.dtype.kind == "f" and bool(np.isfinite(arrays).all())
            and counters.shape == (len(Counters._fields),) and numbers.shape == (_N_NUMBERS,)
            and all(part.dtype == _DTYPES[name] for name, part in zip(_PARTS[1:], member[1:], strict=True))
            and all(curve.ndim == 1 for curve in curves)
            and _possible(Counters(*counters.tolist()))
        )  # fmt: skip
        if not sound:
            raise ModelFileError(f"{path}: the state of member {m} is malformed.")
        state.append(MemberState(*(np.ascontiguousarray(part) for part in member)))
    if tensors:
        raise ModelFileError(f"{path} holds the unknown array {next(iter(tensors))[:40]!r}.")
    return state


def _possible(count: Counters) -> bool:
    """Whether a training can have these counters."""
    known = 0 <= count.stop < len(STOPS) and 0 <= count.cause < len(CAUSES) and -1 <= count.layer < 10**4
    return known and min(count.epoch, count.row, count.step, count.stalled, count.best_epoch) >= 0


def _check_identity(known: dict[str, Any], wanted: Identity, path: Path) -> None:
    """Raise for the checkpoint of another training, and name the differences."""
    differing = sorted(name for name in {*known, *wanted} if known.get(name) != wanted.get(name))
    if differing:
        listed = ", ".join(name.partition(".")[2] or name for name in differing[:_MOST_REASONS])
        more = f" and {len(differing) - _MOST_REASONS} more" if len(differing) > _MOST_REASONS else ""
        raise ConfigurationError(
            f"The checkpoint {path} belongs to another training: it differs in {listed}{more}. Train with the same "
            f"settings and table to continue it; delete it, or name another checkpoint, to start over."
        )


def _digest(value: Any) -> str:
    """A short digest of a setting or an array, the same in every process."""
    if isinstance(value, np.ndarray):
        return fingerprint(value)[:32]
    return hashlib.sha256(canonical_json.canonical(_plain(value)).encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    """A setting in JSON types: records field by field, formulas as text, functions by name."""
    if isinstance(value, Expression):
        return value.source
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, LayerSpec):
        return [repr(value), list(value.shape_in), value.n_carried]
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return fingerprint(value)
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return getattr(value, "__qualname__", None) or repr(value)
