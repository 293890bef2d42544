"""The container of a model file: the safetensors format with exactly one metadata key, written and read strictly.

Layout: eight bytes with the length of the header, the header (JSON, padded with spaces), the numbers. The header gives
each array's name, type, shape and place; the arrays lie in the order of the layers without a gap. The reader takes
nothing on trust: it looks at the header only after checking its length against the file, and at the numbers only after
checking that names, types, shapes and places leave no byte over.
"""

from __future__ import annotations

import math
import os
import stat
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from glassnet.errors import ModelFileError
from glassnet.files import canonical_json

LARGEST_HEADER = 16 * 1024 * 1024
METADATA_KEY = "glassnet"

_DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8"), "I64": np.dtype("<i8")}
_MAGIC: tuple[tuple[bytes, str], ...] = (
    *((bytes([0x80, protocol]), "a pickle; opening one can run any program hidden in it, so glassnet never does")
      for protocol in range(2, 6)),
    (b"PK\x03\x04", "a zip archive (PyTorch, Keras and NumPy use them)"),
    (b"\x89HDF", "an HDF5 file (older Keras)"),
    (b"\x93NUMPY", "a NumPy array file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x78\x9c", "a compressed joblib file, which is a pickle inside; glassnet never opens one"),
    (b"PAR1", "a Parquet table"),
)  # fmt: skip


def pack(tensors: Mapping[str, np.ndarray], metadata: str) -> bytes:
    """The bytes of a file with these arrays (float32, float64 or int64, kept) in this order and this metadata text."""
    names = {dtype: name for name, dtype in _DTYPES.items()}
    header: dict[str, Any] = {"__metadata__": {METADATA_KEY: metadata}}
    place = 0
    for name, tensor in tensors.items():
        end = place + tensor.nbytes
        dtype = names[tensor.dtype.newbyteorder("<")]
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [place, end]}
        place = end
    text = canonical_json.canonical(header).encode("ascii")
    text += b" " * (-len(text) % 8)
    if len(text) > LARGEST_HEADER:
        raise ModelFileError(
            f"The description of the model takes {len(text)} bytes; the limit is {LARGEST_HEADER}. Store less in its "
            f"recipe and scores, or use fewer columns."
        )
    return struct.pack("<Q", len(text)) + text + buffer(tensors)


def buffer(tensors: Mapping[str, np.ndarray]) -> bytes:
    """The numbers of all arrays in order, little end first."""
    return b"".join(
        np.ascontiguousarray(tensor, dtype=tensor.dtype.newbyteorder("<")).tobytes() for tensor in tensors.values()
    )


def read(path: Path) -> tuple[dict[str, np.ndarray], str, bytes]:
    """The arrays of a file by name, its metadata text, and the bytes of the numbers; all sizes are checked first."""
    try:
        _check_ordinary(path, path.stat())  # some devices act when they are opened
        with open(path, "rb", opener=_open_at_once) as file:
            status = os.fstat(file.fileno())
            _check_ordinary(path, status)
            return _read(file, status.st_size, path)
    except FileNotFoundError:
        raise ModelFileError(f"There is no model file {path}. Check the path.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.") from None


def _check_ordinary(path: Path, status: os.stat_result) -> None:
    """Raise for folders, pipes, sockets and devices, from which reading might never end."""
    if stat.S_ISDIR(status.st_mode):
        raise ModelFileError(f"{path} is a folder. Give the path of a model file in it.")
    if not stat.S_ISREG(status.st_mode):
        raise ModelFileError(f"{path} is not an ordinary file. Give the path of a model file.")


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for a writer, should a pipe have taken the place of the file."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _read(file: BinaryIO, size: int, path: Path) -> tuple[dict[str, np.ndarray], str, bytes]:
    """Header first, then the numbers."""
    start = file.read(8)
    for magic, what in _MAGIC:
        if start.startswith(magic) and not _plausible(start, size):
            raise ModelFileError(f"{path} is {what}. It is not a glassnet model; write one with save().")
    if len(start) < 8:
        raise ModelFileError(f"{path} has {size} bytes, too few for a model file. It is damaged or not a model.")
    if start.isascii() and start.decode("ascii").replace("\n", " ").replace("\r", " ").replace("\t", " ").isprintable():
        raise ModelFileError(f"{path} is a text file, not a glassnet model. Give the file that training wrote.")
    if not _plausible(start, size):
        raise ModelFileError(
            f"{path} is not a glassnet model, or it is cut off: its first bytes declare a header of "
            f"{struct.unpack('<Q', start)[0]} bytes, the file has {size}. Copy it again."
        )
    length = struct.unpack("<Q", start)[0]
    raw = file.read(length)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ModelFileError(f"{path}: the header is not UTF-8 text. The file is damaged or not a model.") from None
    header = canonical_json.parse(text, f"{path}, header")
    metadata, places = _check_header(header, path)
    expected = 8 + length + (places[-1][3] if places else 0)
    if size != expected:
        raise ModelFileError(
            f"{path} has {size} bytes, but its header declares {expected}. It is cut off or damaged; copy it again."
        )
    data = file.read()
    if len(data) != expected - 8 - length:
        raise ModelFileError(f"{path} changed while it was read. Read it again.")
    tensors = {
        name: np.frombuffer(data, dtype=dtype, count=math.prod(shape), offset=begin).reshape(shape)
        for name, dtype, shape, _, begin in places
    }
    return tensors, metadata, data


def _plausible(start: bytes, size: int) -> bool:
    """Whether the announced header fits the file and the limit."""
    return len(start) == 8 and 2 <= struct.unpack("<Q", start)[0] <= min(LARGEST_HEADER, size - 8)


def _check_header(header: Any, path: Path) -> tuple[str, list[tuple[str, np.dtype[Any], tuple[int, ...], int, int]]]:
    """The metadata text, and (name, dtype, shape, end, begin) of each array in the order of the file."""
    if not isinstance(header, dict) or not isinstance(header.get("__metadata__"), dict):
        raise ModelFileError(f"{path} is not a glassnet model: its header has no metadata.")
    metadata = header.pop("__metadata__")
    if METADATA_KEY not in metadata:
        raise ModelFileError(f"{path} is a safetensors file of another program, not a glassnet model.")
    canonical_json.fields(metadata, {METADATA_KEY: str}, f"{path}, metadata")
    places: list[tuple[str, np.dtype[Any], tuple[int, ...], int, int]] = []
    for name, entry in header.items():
        what = f"{path}, array {name[:40]!r}"
        canonical_json.fields(entry, {"dtype": str, "shape": list, "data_offsets": list}, what)
        shape, offsets = entry["shape"], entry["data_offsets"]
        if entry["dtype"] not in _DTYPES:
            raise ModelFileError(f"{what}: the type {entry['dtype'][:20]!r} is not one of {', '.join(_DTYPES)}.")
        if not (1 <= len(shape) <= 5 and all(type(n) is int and 1 <= n < 2**40 for n in shape)):
            raise ModelFileError(f"{what}: the shape {str(shape)[:40]} is not that of weights or biases.")
        if not (len(offsets) == 2 and all(type(n) is int and 0 <= n < 2**62 for n in offsets)):
            raise ModelFileError(f"{what}: the place {str(offsets)[:40]} is not a pair of positions.")
        dtype = _DTYPES[entry["dtype"]]
        if offsets[1] - offsets[0] != math.prod(shape) * dtype.itemsize:
            raise ModelFileError(f"{what}: the shape {shape} does not fill its place {offsets}. The file is damaged.")
        places.append((name, dtype, tuple(shape), offsets[1], offsets[0]))
    places.sort(key=lambda place: place[4])
    end = 0
    for name, _, _, stop, begin in places:
        if begin != end:
            raise ModelFileError(
                f"{path}, array {name[:40]!r}: it starts at {begin}, not at {end}. The file is damaged."
            )
        end = stop
    return metadata[METADATA_KEY], places
