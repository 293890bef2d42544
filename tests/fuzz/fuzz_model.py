"""A fuzz target for the readers of model files and checkpoints: ``make fuzz``.

Atheris mutates bytes and watches which branches of the readers they reach. Whatever it feeds, the answer must be a
glassnet error or a model that works; anything else is a finding, which atheris prints and keeps. Half of the inputs are
files whose checksums are made to fit, as a careful attacker would, so that the checks behind them are reached as well.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import sys
import tempfile
import types
from pathlib import Path

import atheris
import numpy as np

import glassnet
from glassnet.errors import GlassnetError
from glassnet.files import canonical_json, checkpoint, concepts, container, layer, model, read_checkpoint, read_model
from glassnet.formulas import language, registry
from glassnet.tables import store

SEEDS = Path(__file__).parents[1] / "files" / "golden"
PATH = Path(tempfile.mkdtemp(prefix="glassnet-fuzz-")) / "fuzzed"


def signed(raw: bytes) -> bytes:
    """The same file with checksums that fit its contents, where it has the form of a file at all."""
    try:
        length = struct.unpack("<Q", raw[:8])[0]
        header, numbers = json.loads(raw[8 : 8 + length]), raw[8 + length :]
        record = json.loads(header["__metadata__"][container.METADATA_KEY])
        record.pop("sha256", None)
        record["sha256"] = model.checksums(record, numbers)
        header["__metadata__"][container.METADATA_KEY] = canonical_json.canonical(record)
        text = canonical_json.canonical(header).encode()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error, MemoryError):
        return raw
    return struct.pack("<Q", len(text)) + text + numbers


def one_input(data: bytes) -> None:
    """Read one file, and use what was read."""
    if not data:
        return
    PATH.write_bytes(signed(data[1:]) if data[0] % 2 else data[1:])
    with np.errstate(all="ignore"):
        with contextlib.suppress(GlassnetError):
            found = read_model(PATH)
            assert found.to_bytes()
            found.network().predict(np.zeros((2, found.layers[0].n_in)))
        with contextlib.suppress(GlassnetError):
            glassnet.load(PATH)
        with contextlib.suppress(GlassnetError):
            read_checkpoint(PATH, {}, [10], 10)


def instrument() -> None:
    """Let atheris watch the branches of the readers; the finder of editable installations defeats its import hook."""
    for module in (checkpoint, concepts, container, layer, model, canonical_json, language, registry, store):
        for function in vars(module).values():
            if isinstance(function, types.FunctionType) and function.__module__ == module.__name__:
                atheris.instrument_func(function)  # changes the function's own code, wherever it was imported to
    atheris.instrument_func(model.ModelFile.__post_init__)


def main() -> None:
    """Start from the golden files; further arguments go to libFuzzer, such as ``-max_total_time=60``."""
    instrument()
    corpus = PATH.parent / "corpus"
    corpus.mkdir()
    for path in SEEDS.glob("*.glassnet"):
        for first in (b"\0", b"\1"):
            (corpus / f"{path.stem}-{first[0]}").write_bytes(first + path.read_bytes())
    os.chdir(PATH.parent)  # where findings are kept
    atheris.Setup([sys.argv[0], "-max_len=20000", "-timeout=20", *sys.argv[1:], str(corpus)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
