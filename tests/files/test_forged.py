"""Files whose checksums are right and whose contents are not: each leaf of a description takes each wrong value."""

import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest

from glassnet import GlassClassifier, MLPClassifier
from glassnet.engine import Plan, Population, Training
from glassnet.errors import ConfigurationError, ModelFileError
from glassnet.estimators import load
from glassnet.files import canonical_json, container, identity_of, read_checkpoint, read_model, write_checkpoint
from glassnet.files.checksum import checksums
from glassnet.tables import Table

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.glassnet"))
VALUES = [
    None, True, -1, 0, 3, 2**31, 10**19, 0.5, -0.0, 1e308, "", "auto", "x" * 600, "\x1b]0;title\x07", "1e999", [], [1],
    [[]], {}, {"infinite": "-"}, {"pairs": [[[1], 2]]},
]  # fmt: skip


def places(value, path=()):
    """Every place in a JSON value; of long lists the first entries."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, entry in inside:
        yield from places(entry, (*path, key))


def variants(value, start, stride):
    """What may stand in the place of a value: other types, and the value itself a little wrong."""
    yield from VALUES[start % stride :: stride]
    if isinstance(value, list) and value:
        yield from (value[:-1], value + value[-1:], value[::-1])
    elif isinstance(value, dict):
        yield {**value, "unknown": 1}
        if value:
            yield dict(list(value.items())[1:])
    elif isinstance(value, str):
        yield f"{value}x"
    elif type(value) is int:
        yield from (value + 1, float(value))
    elif isinstance(value, float):
        yield from (-value, min(value * 1e300, 1e308))


def forgeries(record, start=0, stride=1):
    """The description with one place changed, for every place and every variant (with a stride, for a part of them)."""
    text = json.dumps(record)
    for count, path in enumerate(places(record), start):
        if path:
            inside = record
            for key in path:
                inside = inside[key]
            for variant in variants(inside, count, stride):
                changed = place = json.loads(text)
                for key in path[:-1]:
                    place = place[key]
                place[path[-1]] = variant
                yield path, variant, changed


def signed(path, tensors, record):
    """Write the file as somebody would who knows the format."""
    record = {**record, "sha256": checksums(record, container.buffer(tensors))}
    path.write_bytes(container.pack(tensors, canonical_json.canonical(record)))


def survey(path, golden, start=0):
    """How many forgeries are refused and how many are another valid model; anything else is an error here."""
    tensors, text, _ = container.read(golden)
    record = json.loads(text)
    del record["sha256"]
    signed(path, tensors, record)
    try:
        load(path)
        door = load
    except ModelFileError:  # a file that no estimator wrote
        read_model(path)
        door = read_model
    refused = read = 0
    for place, variant, changed in forgeries(record, start, stride=3):
        signed(path, tensors, changed)
        answer = reading(door, path)
        assert answer in (None, True), f"{golden.name}: {place} = {str(variant)[:60]!r} gives {answer!r}"
        refused, read = refused + (answer is None), read + (answer is True)
    return refused, read


def reading(door, path):
    """True when the file was read, None when it was refused by name, else the error that should not be."""
    try:
        door(path)
    except ModelFileError as error:
        return None if str(path) in str(error) else error
    except Exception as error:
        if isinstance(error, ConfigurationError) and str(path) in str(error):  # the checkpoint of another training
            return None
        return error
    return True


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_a_forged_model_is_refused_or_read(tmp_path, golden):
    refused, read = survey(tmp_path / "forged.glassnet", golden, GOLDEN.index(golden))
    assert refused > read


def committee(path):
    """Two networks with layers for single columns."""
    rows = np.random.default_rng(0).normal(size=(40, 2))
    columns = {"dose": rows[:, 0].round(2).astype(str).tolist(), "ward": ["ab"[k % 2] for k in range(40)]}
    table = Table.from_columns({**columns, "ill": ["yes" if row[0] > 0 else "no" for row in rows]})
    model = GlassClassifier(n_networks=2, hidden_layer_sizes=(2,), epochs=2, embedding="periodic", recipe="lecture")
    return model.fit(table, target="ill").save(path)


def drop_in(path):
    """A network under scikit-learn's parameters."""
    X = np.random.default_rng(0).normal(size=(20, 2))
    with warnings.catch_warnings(action="ignore"):  # it does not converge in three epochs
        return MLPClassifier((2,), max_iter=3, random_state=0).fit(X, X[:, 0] > 0).save(path)


@pytest.mark.parametrize("make", [committee, drop_in])
def test_a_forged_file_of_an_estimator_is_refused_or_read(tmp_path, make):
    make(tmp_path / "golden.glassnet")
    refused, read = survey(tmp_path / "forged.glassnet", tmp_path / "golden.glassnet")
    assert refused > read > 10


@pytest.fixture
def checkpoint(tmp_path):
    """A checkpoint, and what reads it."""
    X = np.linspace(-1, 1, 24).reshape(12, 2)
    plan = Plan([2, 3, 1], ["relu", "identity"], "squared_error", epochs=9, batch_size=4, monitor="none")
    population = Population(seed=1, members=2)
    training = Training(plan, population, X, X[:, :1])
    training.advance_steps(4)
    identity = identity_of(plan, population)
    path = write_checkpoint(tmp_path / "checkpoint", training.save(), identity)
    return path, lambda path=path: read_checkpoint(path, identity, [12, 12], 9)


def test_a_forged_checkpoint_is_refused_or_read(checkpoint):
    path, read = checkpoint
    assert read() is not None
    tensors, text, _ = container.read(path)
    record = json.loads(text)
    del record["sha256"]
    for place, variant, changed in forgeries(record):
        signed(path, tensors, changed)
        answer = reading(read, path)
        # only the version says nothing about the training
        assert answer is None or (answer is True and place == ("version",)), (place, variant, answer)


@pytest.mark.parametrize("fill", [-1, 10**6, -(2**63), 2**63 - 1, math.nan, math.inf, -1e38])
def test_a_checkpoint_with_forged_numbers_is_refused_or_read(checkpoint, fill):
    path, read = checkpoint
    tensors, text, _ = container.read(path)
    record = json.loads(text)
    del record["sha256"]
    for name, array in tensors.items():
        if array.dtype.kind == "i" and not (isinstance(fill, int)):
            continue
        for k in range(array.size):
            forged = array.copy()
            forged.reshape(-1)[k] = fill
            signed(path, {**tensors, name: forged}, record)
            assert reading(read, path) in (None, True), (name, k)


def test_repeated_keys_are_found_in_linear_time(monkeypatch):
    """Counted in comparisons of keys, not on a clock."""
    n, compared = 3000, 0

    class Key(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other):
            nonlocal compared
            compared += 1
            return str.__eq__(self, other)

    real = json.loads

    def loads(text, *, object_pairs_hook, **rest):
        return real(text, object_pairs_hook=lambda pairs: object_pairs_hook([(Key(k), v) for k, v in pairs]), **rest)

    monkeypatch.setattr(canonical_json.json, "loads", loads)
    text = "{" + ",".join(f'"k{i}":0' for i in range(n)) + f',"k{n - 1}":0' + "}"
    with pytest.raises(ModelFileError, match=f"'k{n - 1}' twice"):
        canonical_json.parse(text, "It")
    assert compared < 20 * n
