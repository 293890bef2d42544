"""Checksums of a model file or checkpoint, and the fingerprint of the data that a model was trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.files import canonical_json


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
            digest.update(canonical_json.canonical(array.astype(str).ravel().tolist()).encode())
        else:
            plain_bytes = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            digest.update(plain_bytes.reshape(-1).view(np.uint8).data)  # no copy: the matrix may be large
    return digest.hexdigest()


def checksums(record: Mapping[str, Any], data: bytes) -> dict[str, str]:
    """The sha256 of the description and of the numbers."""
    text = canonical_json.canonical(record).encode("ascii")
    return {"record": hashlib.sha256(text).hexdigest(), "tensors": hashlib.sha256(data).hexdigest()}
