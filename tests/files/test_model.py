"""The model file: same model, same bytes; a valid safetensors file; everything else is refused with a reason."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import pickle
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import glassnet
from glassnet.errors import FileError, GlassnetError, ModelFileError
from glassnet.files import ModelFile, canonical_json, container, fingerprint, model, read_model, write_model
from glassnet.formulas import Activation, Expression, Loss, Parameter, activations, losses
from glassnet.tables import Schema, Table

GOLDEN = Path(__file__).parent / "golden"


# ------------------------------------------------------------------ the models of these tests


def table() -> Table:
    """Four patients with numbers, a missing cell and a category."""
    return Table.from_columns({
        "temperature": [36.5, 38.25, None, 37.0], "sex": ["f", "m", "f", "m"], "ill": ["no", "yes", "no", "yes"],
    })  # fmt: skip


def classifier(dtype: str = "float32") -> ModelFile:
    """A small classifier of a table; its weights are exact in both precisions."""
    schema = Schema.infer(table(), target="ill")
    n_in = len(schema.feature_names)
    weights = [
        np.arange(n_in * 3, dtype=dtype).reshape(n_in, 3) / 8 - 0.5,
        np.array([[0.5], [-1.25], [2.0]], dtype=dtype),
    ]
    biases = [np.array([0.25, -0.5, 0.0], dtype=dtype), np.array([-0.125], dtype=dtype)]
    return ModelFile(
        "classification", [(n_in, 3, "leaky_relu(slope=0.25)"), (3, 1, "identity")], "logistic", weights, biases,
        schema=schema.to_dict(), classes=schema.classes,
        recipe={"optimizer": "adam", "learning_rate": 0.001, "epochs": 20, "note": "ü"},
        scores={"test": {"accuracy": 0.75, "interval": [0.5, 1.0]}}, fingerprint="0123456789abcdef" * 4, seed=2**64 - 1,
        version="0.1.0",
    )  # fmt: skip


def custom_activation() -> Activation:
    """An activation that no installation has."""
    return Activation(
        "soft_step", "a smooth step", Expression("z / (width + abs(z))"), Expression("width / (width + abs(z))**2"),
        range=(-1.0, 1.0), gain=1.5, parameters=(Parameter("width", 2.0, "half the step", 0.0, open_low=True),),
        reference="for tests",
    )  # fmt: skip


def custom_loss() -> Loss:
    """A loss that no installation has."""
    return Loss(
        "quartic", "the fourth power", Expression("(f - y)**4 / scale"), Expression("4 * (f - y)**3 / scale"),
        parameters=(Parameter("scale", 3.0, "divisor", 0.0, open_low=True),), kinks=Expression("f - y"),
    )  # fmt: skip


def custom() -> ModelFile:
    """A regressor whose activation and loss are spelled out in the file."""
    return ModelFile(
        "regression", [(2, 2, custom_activation()), (2, 1, "identity")], custom_loss(),
        [np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([[1.0], [-1.0]])], [np.array([0.1, 0.2]), np.array([0.3])],
    )  # fmt: skip


def population() -> ModelFile:
    """Three networks that share their layers, with what prediction intervals need."""
    rng = np.random.default_rng(0)
    return ModelFile(
        "regression", [(2, 3, "tanh"), (3, 1, "identity")], "squared_error",
        [rng.normal(size=(3, 2, 3)).astype("float32"), rng.normal(size=(3, 3, 1)).astype("float32")],
        [rng.normal(size=(3, 3)).astype("float32"), rng.normal(size=(3, 1)).astype("float32")],
        arrays={"interval_residuals": rng.normal(size=5), "interval_left_out": np.eye(3, 5)}, version="0.1.0",
    )  # fmt: skip


# ------------------------------------------------------------------ what the tests share


def equal(a: ModelFile, b: ModelFile) -> bool:
    """Equal in every field, to the bit and the dtype."""
    for field in dataclasses.fields(ModelFile):
        one, two = getattr(a, field.name), getattr(b, field.name)
        if field.name in ("weights", "biases", "arrays"):
            one, two = (list(group.values()) if isinstance(group, dict) else group for group in (one, two))
            same = len(one) == len(two) and all(
                x.shape == y.shape and x.dtype == y.dtype and x.tobytes() == y.tobytes()
                for x, y in zip(one, two, strict=True)
            )
        else:
            same = one == two
        if not same:
            return False
    return True


def refused(path, *parts, error=ModelFileError):
    """Reading fails with a short message that holds all the parts."""
    with pytest.raises(error) as caught:
        read_model(path)
    message = str(caught.value)
    for part in parts:
        assert part in message, message
    assert len(message) < 600
    assert message.count("\n") <= 1


@pytest.fixture
def written(tmp_path):
    return write_model(tmp_path / "model.glassnet", classifier())


# ------------------------------------------------------------------ round trips


@pytest.mark.parametrize("make", [classifier, lambda: classifier("float64"), custom, population])
def test_round_trip(tmp_path, make):
    path = write_model(tmp_path / "m", make())
    again = read_model(path)
    assert equal(again, make())
    assert write_model(tmp_path / "n", again).read_bytes() == path.read_bytes()


def test_same_model_same_bytes():
    one = classifier()
    shuffled = dataclasses.replace(one, recipe=dict(reversed(list(one.recipe.items()))), weights=list(one.weights))
    big_end = [w.astype(w.dtype.newbyteorder(">")) for w in one.weights]
    assert one.to_bytes() == shuffled.to_bytes() == classifier().to_bytes()
    assert np.array_equal(big_end[0], one.weights[0])


def test_the_safetensors_package_reads_our_file(written):
    """The oracle: the format's own reader sees the same numbers and the one metadata key."""
    tensors = safetensors.numpy.load_file(written)
    ours = classifier()
    assert sorted(tensors) == ["layer_0.biases", "layer_0.weights", "layer_1.biases", "layer_1.weights"]
    for k in range(2):
        assert tensors[f"layer_{k}.weights"].tobytes() == ours.weights[k].tobytes()
        assert tensors[f"layer_{k}.biases"].dtype == ours.biases[k].dtype
    with safetensors.safe_open(written, "np") as file:
        assert list(file.metadata()) == ["glassnet"]
        record = json.loads(file.metadata()["glassnet"])
    assert record["format"] == 2
    assert record["classes"] == ["no", "yes"]
    assert file is not None


def test_the_predictions_survive(tmp_path):
    again = read_model(write_model(tmp_path / "m", classifier()))
    schema = again.table_schema
    X = schema.encode(table()).matrix
    hidden = X @ classifier().weights[0][0].astype(float) + classifier().biases[0][0]
    hidden = np.where(hidden > 0, hidden, 0.25 * hidden)
    raw = hidden @ classifier().weights[1][0].astype(float) + classifier().biases[1][0]
    assert again.network().predict(X) == pytest.approx(1 / (1 + np.exp(-raw)), rel=1e-14)


def test_formulas_of_others_travel_in_the_file(tmp_path):
    """Written in one process, read in another that has never heard of them; built-in names stay names."""
    path = write_model(tmp_path / "m", custom())
    code = (
        "import sys; from glassnet.files import read_model; from glassnet.formulas import activations\n"
        "m = read_model(sys.argv[1]); assert 'soft_step' not in activations\n"
        "print(m.layers[0][2].apply(3.0).item(), m.layers[0][2].slope(3.0).item(), m.layers[1][2], m.loss.name)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0.6", "0.08", "identity", "quartic"]
    assert b"identity" in path.read_bytes()
    again = read_model(path)
    assert again.layers[0][2] == custom_activation()
    assert again.loss == custom_loss()


def test_members_are_networks_of_their_own(tmp_path):
    again = read_model(write_model(tmp_path / "m", population()))
    assert again.members == 3
    X = np.array([[0.5, -1.0], [2.0, 3.0]])
    for k in range(3):
        own = population()
        expected = (
            np.tanh(X @ own.weights[0][k].astype(float) + own.biases[0][k]) @ own.weights[1][k] + own.biases[1][k]
        )
        assert again.network(k).predict(X) == pytest.approx(expected, rel=1e-12)
    assert again.arrays["interval_left_out"].tolist() == np.eye(3, 5).tolist()


def test_a_registered_activation_is_spelled_out_too(tmp_path):
    activations.register(custom_activation())
    try:
        path = write_model(
            tmp_path / "m", dataclasses.replace(custom(), layers=[(2, 2, "soft_step"), (2, 1, "identity")])
        )
    finally:
        activations.unregister("soft_step")
    assert read_model(path).layers[0][2] == custom_activation()


@pytest.mark.parametrize("name", list(activations))
def test_every_activation_travels(tmp_path, name):
    model_file = ModelFile("regression", [(1, 1, name)], "squared_error", [np.ones((1, 1))], [np.zeros(1)])
    assert read_model(write_model(tmp_path / "m", model_file)).layers[0][2] == activations[name].spec


@pytest.mark.parametrize("name", list(losses))
def test_every_loss_travels(tmp_path, name):
    model_file = ModelFile("regression", [(1, 2, "identity")], name, [np.ones((1, 2))], [np.zeros(2)])
    assert read_model(write_model(tmp_path / "m", model_file)).loss in (name, losses[name].spec)


def test_a_loss_in_python_cannot_travel():
    loss = dataclasses.replace(losses["softmax_cross_entropy"], name="own_softmax")
    with pytest.raises(ModelFileError, match="'own_softmax' is written in Python"):
        dataclasses.replace(custom(), loss=loss).to_bytes()


def test_golden_files_load_for_ever(tmp_path):
    """Files of every released format, with the predictions they must give."""
    expected = json.loads((GOLDEN / "expected.json").read_text())
    assert expected
    for name, case in expected.items():
        stored = read_model(GOLDEN / name)
        schema = stored.table_schema
        X = np.array(case["X"]) if schema is None else schema.encode(Table.from_columns(case["table"])).matrix
        members = [stored.network(k).predict(X) for k in range(stored.members)]
        expected_members = np.array(case["predictions"]).reshape(stored.members, len(X), -1)
        assert np.array(members) == pytest.approx(expected_members, rel=1e-12), name
        if "intervals" in case:
            ends = glassnet.load(GOLDEN / name).predict_interval(case["table"], 0.8)
            assert ends == pytest.approx(np.array(case["intervals"]), rel=1e-5), name
        if "labels" in case:
            assert glassnet.load(GOLDEN / name).predict(X).tolist() == case["labels"]
        if "recipe" in case:
            model = glassnet.load(GOLDEN / name)
            said = {key: value for key, value in model.recipe_.settings.items() if key in case["recipe"]}
            assert json.loads(json.dumps(said)) == case["recipe"]
            assert model.classes_.tolist() == case["classes"]
            assert model.save(tmp_path / "again").read_bytes() == (GOLDEN / name).read_bytes()
        assert hashlib.sha256((GOLDEN / name).read_bytes()).hexdigest() == case["sha256"]


def shared(members=4) -> ModelFile:
    """Networks whose middle layer is one."""
    weights = [np.arange(members * 6.0).reshape(members, 2, 3) / 8, np.eye(3)[None] * 0.5, np.ones((members, 3, 1))]
    biases = [np.zeros((members, 3)), np.full((1, 3), 0.25), np.arange(float(members))[:, None]]
    layers = [(2, 3, "tanh"), (3, 3, "relu", "shared"), (3, 1, "identity")]
    return ModelFile("regression", layers, "squared_error", weights, biases)


def test_a_shared_layer_is_stored_once(tmp_path):
    model = shared()
    assert model.members == 4
    assert model.weights[1].shape == (4, 3, 3)
    assert model.biases[1].shape == (4, 3)
    stored = read_model(write_model(tmp_path / "shared.glassnet", model))
    assert stored.to_bytes() == model.to_bytes()
    for k in range(4):
        assert (stored.network(k).predict([[0.5, -1.0]]) == model.network(k).predict([[0.5, -1.0]])).all()
    tensors = container.read(tmp_path / "shared.glassnet")[0]
    assert [len(tensors[f"layer_{k}.weights"]) for k in range(3)] == [4, 1, 4]
    spread = dataclasses.replace(model, weights=[np.array(w) for w in model.weights])  # the same, written out
    assert spread.to_bytes() == model.to_bytes()
    other = [np.array(w) for w in model.weights]
    other[1][2, 0, 0] += 1
    with pytest.raises(ModelFileError, match="Layer 1 is shared, but its weights differ from network to network"):
        dataclasses.replace(model, weights=other)
    with pytest.raises(ModelFileError, match="biases have shape"):
        dataclasses.replace(model, biases=[model.biases[0][:3], *model.biases[1:]])


def test_fingerprints():
    a = np.arange(6.0).reshape(2, 3)
    assert fingerprint(a) == fingerprint(np.asfortranarray(a)) == fingerprint(a.astype(">f8"))
    others = [a.T, a.ravel(), a + 1, a.astype("float32"), np.array(["a", "b"]), np.array(["ab", ""])]
    assert len({fingerprint(x) for x in [a, *others]}) == 7
    assert len(fingerprint(a, a)) == 64


# ------------------------------------------------------------------ what a model cannot be

W, B = [np.ones((2, 1))], [np.zeros(1)]
WRONG = [
    ({"task": "magic"}, "'magic'"), ({"determinism": "maybe"}, "'maybe'"), ({"fingerprint": "abc"}, "64 hex digits"),
    ({"seed": -1}, "seed -1"), ({"seed": 2**64}, "seed"), ({"seed": 1.0}, "seed 1.0"), ({"version": "../x"}, "version"),
    ({"layers": []}, "1 to 1000 layers"), ({"layers": [(2, 1)]}, "Layer 0"), ({"layers": [(2, 0, "relu")]}, "Layer 0"),
    ({"layers": [(2, 1, "rellu")]}, "Did you mean 'relu'"), ({"layers": [(2, 1.5, "relu")]}, "Layer 0"),
    ({"layers": [(3, 1, "relu")]}, "shape (3, 1)"), ({"layers": [(2, 1, "relu")] * 2}, "one of each"),
    ({"layers": [(2, 1, "relu"), (2, 1, "relu")], "weights": W * 2, "biases": B * 2}, "Layer 1 takes 2"),
    ({"weights": [np.full((2, 1), np.nan)]}, "not finite"), ({"biases": [np.full(1, np.inf)]}, "not finite"),
    ({"weights": [np.ones((2, 1), dtype=int)]}, "float32 or all float64"),
    ({"weights": [np.ones((2, 1), dtype="float32")]}, "all float32 or all float64"),
    ({"classes": ["a", "b"]}, "cannot have 2 classes"), ({"classes": [None]}, "class label"),
    ({"task": "classification", "classes": ["a", "b", "c"]}, "cannot have 3 classes"),
    ({"task": "classification", "classes": ["a"]}, "cannot have 1 classes"),
    ({"task": "classification", "classes": ["a", "a"]}, "occurs twice"),
    ({"recipe": {"x": np.inf}}, "recipe"), ({"recipe": {"x": object()}}, "recipe cannot be stored"),
    ({"scores": {"x": np.arange(3)}}, "scores cannot be stored"), ({"schema": {}}, "lacks 'columns'"),
    ({"estimator": "Spy"}, "'Spy'"), ({"arrays": {"spy": np.ones(3)}}, "'spy'"),
    ({"arrays": {"interval_residuals": np.full(3, np.nan)}}, "not finite"), ({"fitted": {"x": np.inf}}, "fitted"),
    ({"arrays": {"interval_residuals": np.ones(3, dtype=int)}}, "float32 or float64"),
    ({"weights": [np.ones((2, 2, 1))]}, "shape (1,)"), ({"layers": [(2, 1, "relu", "spy")]}, "'spy'"),
    ({"weights": [np.ones((2, 2, 1))], "biases": [np.ones((1, 1))]}, "biases"),
    ({"loss": "squared_eror"}, "Did you mean 'squared_error'"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "part"), WRONG, ids=[str(k) for k in range(len(WRONG))])
def test_a_malformed_model_is_refused(change, part):
    good = {"task": "regression", "layers": [(2, 1, "relu")], "loss": "squared_error", "weights": W, "biases": B}
    ModelFile(**good)
    with pytest.raises(ModelFileError) as caught:
        ModelFile(**{**good, **change})
    assert part in str(caught.value)


def test_schema_and_model_must_agree():
    good = classifier()
    with pytest.raises(ModelFileError, match="schema makes"):
        dataclasses.replace(good, layers=[(1, 1, "relu")], weights=[np.ones((1, 1))], biases=B)
    with pytest.raises(ModelFileError, match="disagree"):
        dataclasses.replace(good, classes=["yes", "no"])


def test_writing_fails_loudly_and_changes_nothing(tmp_path, written):
    before = written.read_bytes()
    with pytest.raises(FileError, match="does not exist"):
        write_model(tmp_path / "none" / "m", classifier())
    with pytest.raises(ModelFileError, match="limit"):
        write_model(written, dataclasses.replace(classifier(), recipe={"x": "y" * container.LARGEST_HEADER}))
    assert written.read_bytes() == before


# ------------------------------------------------------------------ what a file cannot be


def test_other_files_are_named(tmp_path):
    class Evil:
        def __reduce__(self):
            return (exec, ("raise SystemExit('a pickle was opened')",))

    cases = {
        "missing": (None, "no model file"), "empty": (b"", "too few"), "short": (b"abc", "too few"),
        "csv": (b"age,sex\n63,f\n41,m\n", "a text file"), "zip": (b"PK\x03\x04" + b"x" * 50, "zip"),
        "hdf": (b"\x89HDF\r\n\x1a\n" + b"x" * 50, "HDF5"), "npy": (b"\x93NUMPY" + b"x" * 50, "NumPy"),
        "parquet": (b"PAR1" + b"x" * 50, "Parquet"), "text": (b"{}" * 50, "a text file"),
    }  # fmt: skip
    for protocol in range(2, 6):
        cases[f"pickle{protocol}"] = (pickle.dumps(Evil(), protocol=protocol), "pickle")
    npz = io.BytesIO()
    np.savez(npz, a=np.zeros(3))
    cases["npz"] = (npz.getvalue(), "zip")
    for name, (content, part) in cases.items():
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        refused(path, name, part)
    refused(tmp_path, "folder")
    other = tmp_path / "other.safetensors"
    safetensors.numpy.save_file({"a": np.zeros(3)}, other)
    refused(other, "no metadata")
    safetensors.numpy.save_file({"a": np.zeros(3)}, other, metadata={"format": "pt"})
    refused(other, "another program")


def test_a_pipe_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match="not an ordinary file"):
        read_model("/dev/zero")


def rebuild(record=None, header=None, tensors=None, sign=True):
    """A model file with changed parts; `sign` makes the checksums fit, as a careful attacker would."""
    raw = classifier().to_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    parsed, data = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    inner = json.loads(parsed["__metadata__"]["glassnet"])
    if tensors is not None:
        data = tensors(bytearray(data))
    if record is not None:
        changed = record(inner)
        inner = inner if changed is None else changed
    if sign and isinstance(inner, dict):
        inner.pop("sha256", None)
        inner["sha256"] = model.checksums(inner, bytes(data))
    parsed["__metadata__"]["glassnet"] = canonical_json.canonical(inner)
    if header is not None:
        changed = header(parsed)
        parsed = parsed if changed is None else changed
    text = parsed if isinstance(parsed, bytes) else json.dumps(parsed).encode()
    return struct.pack("<Q", len(text)) + text + bytes(data)


def test_rebuilding_without_a_change_is_valid(tmp_path):
    (tmp_path / "m").write_bytes(rebuild())
    assert equal(read_model(tmp_path / "m"), classifier())


def update(**values):
    return lambda record: record.update(values)


def drop(*keys):
    return lambda record: [record.pop(key) for key in keys] and None


def layer(**values):
    return lambda record: record["layers"][0].update(values)


def array(**values):
    return lambda header: header["layer_0.weights"].update(values)


CUSTOM = {
    "name": "mine", "summary": "", "value": "z", "derivative": "1", "low": None, "high": None, "kinks": [], "gain": 1.0,
    "parameters": [], "reference": "",
}  # fmt: skip
PARAMETER = {
    "name": "p",
    "default": 1.0,
    "meaning": "",
    "low": 0.0,
    "high": None,
    "open_low": False,
    "open_high": False,
}


def parameters(*entries):
    return layer(activation={**CUSTOM, "parameters": list(entries)})


HOSTILE = {
    "newer format": ({"record": update(format=6, version="9.9")}, "Update glassnet"),
    "format 0": ({"record": update(format=0)}, "no format 0"),
    "format text": ({"record": update(format="1")}, "format: must be int"),
    "format true": ({"record": update(format=True)}, "format: must be int"),
    "unknown field": ({"record": update(run="rm")}, "unknown field 'run'"),
    "missing field": ({"record": drop("seed")}, "lacks the field 'seed'"),
    "list": ({"record": lambda record: [record]}, "must be an object"),
    "unsigned change": ({"record": update(seed=3), "sign": False}, "checksum"),
    "unsigned numbers": ({"tensors": lambda data: data[:-1] + b"\x00", "sign": False}, "checksum"),
    "no layers": ({"record": update(layers=[])}, "0 layers"),
    "many layers": ({"record": update(layers=[{}] * 1001)}, "1001 layers"),
    "more layers": ({"record": lambda record: record["layers"].append(record["layers"][1])}, "do not fit its layers"),
    "layer list": ({"record": update(layers=[1, 2])}, "must be an object"),
    "layer field": ({"record": layer(extra=1)}, "unknown field"),
    "layer kind": ({"record": layer(kind="spy")}, "Update glassnet"),
    "layer kind list": ({"record": layer(kind=[])}, "kind: must be str"),
    "layer without kind": ({"record": lambda record: record["layers"][0].pop("kind") and None}, "lacks the field"),
    "members": ({"record": update(members=2)}, "declares 2 members"),
    "members text": ({"record": update(members="2")}, "must be int"),
    "estimator": ({"record": update(estimator="os.system")}, "'os.system'"),
    "arrays": ({"record": update(arrays=["spy"])}, "do not fit"),
    "arrays number": ({"record": update(arrays=[[1]])}, "without a name"),
    "layer size": ({"record": layer(n_in=2)}, "shape"),
    "huge layer": ({"record": layer(n_in=2**40)}, "whole numbers"),
    "negative layer": ({"record": layer(n_in=-1)}, "whole numbers"),
    "activation unknown": ({"record": layer(activation="os_system")}, "Unknown activation"),
    "activation code": ({"record": layer(activation="relu(x=__import__('os').system('true'))")}, "Cannot read"),
    "activation alias": ({"record": layer(activation="sigmoid")}, "canonical"),
    "activation odd": ({"record": layer(activation="leaky_relu(slope=1)")}, "canonical"),
    "activation out of domain": ({"record": layer(activation="leaky_relu(slope=7.0)")}, "outside"),
    "activation huge number": ({"record": layer(activation=f"leaky_relu(slope={'9' * 400})")}, "activation"),
    "activation long": ({"record": layer(activation="(" * 10**5)}, "too long"),
    "formula calls": ({"record": layer(activation={**CUSTOM, "value": "__import__('os')"})}, "does not have"),
    "formula attribute": ({"record": layer(activation={**CUSTOM, "value": "z.__class__"})}, "does not have"),
    "formula unknown name": ({"record": layer(activation={**CUSTOM, "value": "q"})}, "'q'"),
    "formula deep": ({"record": layer(activation={**CUSTOM, "value": "-" * 900 + "z"})}, "activation"),
    "formula brackets": ({"record": layer(activation={**CUSTOM, "value": "(" * 900 + "z" + ")" * 900})}, "activation"),
    "formula long": ({"record": layer(activation={**CUSTOM, "value": "z" + "+z" * 10**4})}, "2000"),
    "formula number": ({"record": layer(activation={**CUSTOM, "value": 3})}, "must be str"),
    "formula under a built-in name": ({"record": layer(activation={**CUSTOM, "name": "relu"})}, "built-in formula"),
    "formula name": ({"record": layer(activation={**CUSTOM, "name": "../x"})}, "lower-case"),
    "kinks": ({"record": layer(activation={**CUSTOM, "kinks": ["a"]})}, "kink"),
    "parameter named z": ({"record": parameters({**PARAMETER, "name": "z"})}, "'z'"),
    "parameter keyword": ({"record": parameters({**PARAMETER, "name": "if"})}, "'if'"),
    "parameter twice": ({"record": parameters(PARAMETER, PARAMETER)}, "twice"),
    "parameter outside": ({"record": parameters({**PARAMETER, "default": -1.0})}, "outside"),
    "loss": ({"record": update(loss="zero")}, "Unknown loss"),
    "loss object": ({"record": update(loss={})}, "lacks the field"),
    "classes": ({"record": update(classes=["yes", "no"])}, "disagree"),
    "class label": ({"record": update(classes=[["no"], "yes"])}, "class label"),
    "schema": ({"record": lambda record: record["schema"]["columns"][0].update(kind="spy")}, "'spy'"),
    "schema removed": ({"record": lambda record: record["schema"].pop("columns") and None}, "lacks 'columns'"),
    "deep": ({"record": update(recipe={"a": json.loads("[" * 40 + "]" * 40)})}, "deep"),
    "nan weight": ({"tensors": lambda data: struct.pack("<f", np.nan) + data[4:]}, "not finite"),
    "infinite weight": ({"tensors": lambda data: struct.pack("<f", np.inf) + data[4:]}, "not finite"),
    "more bytes": ({"tensors": lambda data: data + b"\0"}, "declares"),
    "fewer bytes": ({"tensors": lambda data: data[:-1]}, "declares"),
    "two metadata keys": ({"header": lambda header: header["__metadata__"].update(x="y")}, "unknown field 'x'"),
    "metadata number": ({"header": lambda header: header["__metadata__"].update(glassnet=1)}, "must be str"),
    "metadata list": ({"header": lambda header: header.update(__metadata__=[])}, "no metadata"),
    "no metadata": ({"header": drop("__metadata__")}, "no metadata"),
    "header list": ({"header": lambda header: [header]}, "no metadata"),
    "dtype": ({"header": array(dtype="F16")}, "'F16'"),
    "dtype number": ({"header": array(dtype=3)}, "must be str"),
    "wrong dtype": ({"header": array(dtype="F64")}, "does not fill"),
    "shape": ({"header": array(shape=[4, 4])}, "does not fill"),
    "flat shape": ({"header": array(shape=[12])}, "shape"),
    "empty shape": ({"header": array(shape=[])}, "shape"),
    "zero shape": ({"header": array(shape=[0, 3])}, "shape"),
    "negative shape": ({"header": array(shape=[-3, -4])}, "shape"),
    "huge shape": ({"header": array(shape=[2**39, 2**39])}, "does not fill"),
    "float shape": ({"header": array(shape=[4.0, 3.0])}, "shape"),
    "true shape": ({"header": array(shape=[True, 12])}, "shape"),
    "offsets": ({"header": array(data_offsets=[4, 52])}, "starts at"),
    "offsets backwards": ({"header": array(data_offsets=[48, 0])}, "does not fill"),
    "offsets negative": ({"header": array(data_offsets=[-48, 0])}, "positions"),
    "offsets huge": ({"header": array(data_offsets=[0, 2**63])}, "positions"),
    "offsets three": ({"header": array(data_offsets=[0, 1, 2])}, "positions"),
    "overlap": ({"header": lambda h: h["layer_0.weights"].update(shape=[1, 3], data_offsets=[48, 60])}, "starts at"),
    "array field": ({"header": array(extra=1)}, "unknown field"),
    "array missing": ({"header": drop("layer_1.biases")}, "declares"),
    "array renamed": ({"header": lambda h: h.update({"x": h.pop("layer_1.biases")})}, "do not fit its layers"),
    "duplicate key": ({"header": lambda h: json.dumps(h).encode()[:-1] + b', "__metadata__": {}}'}, "twice"),
    "nan in header": ({"header": lambda h: json.dumps(h).encode()[:-1] + b', "x": NaN}'}, "NaN"),
    "overflow in header": ({"header": lambda h: json.dumps(h).encode()[:-1] + b', "x": 1e999}'}, "1e999"),
    "long number": ({"header": lambda h: json.dumps(h).encode()[:-1] + b', "x": ' + b"9" * 9999 + b"}"}, "9999 digits"),
    "deep header": ({"header": lambda h: b"[" * 10**5 + b"]" * 10**5}, "deep"),
    "surrogate": ({"header": lambda h: json.dumps(h).encode()[:-1] + b', "\\ud800": {}}'}, "Unicode"),
    "latin-1 header": ({"header": lambda h: json.dumps(h).encode()[:-1] + b', "\xe9": {}}'}, "UTF-8"),
    "half a header": ({"header": lambda h: json.dumps(h).encode()[:50]}, "JSON"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused(tmp_path, case):
    change, part = HOSTILE[case]
    path = tmp_path / "model.glassnet"
    path.write_bytes(rebuild(**change))
    refused(path, str(path), part)


@pytest.mark.parametrize("length", [0, 1, 2**63, 2**64 - 1, container.LARGEST_HEADER + 1, 10**9])
def test_the_announced_header_length_is_checked_first(tmp_path, written, length):
    raw = written.read_bytes()
    written.write_bytes(struct.pack("<Q", length) + raw[8:])
    refused(written, f"a header of {length} bytes", "cut off")


def test_a_header_over_the_limit_is_refused_even_when_the_file_is_long_enough(tmp_path):
    path = tmp_path / "m"
    size = container.LARGEST_HEADER + 8
    path.write_bytes(struct.pack("<Q", size) + b" " * size)
    refused(path, "not a glassnet model")


# ------------------------------------------------------------------ fuzzing


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_are_refused_or_harmless(tmp_path, data):
    """Flip, cut, insert, repeat: a `ModelFileError`, or the identical model."""
    raw = bytearray(data.draw(st.sampled_from([classifier, custom, population]))().to_bytes())
    whole = bytes(raw)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, max(len(raw) - 1, 0)))
        action = data.draw(st.sampled_from(["flip", "set", "cut", "drop", "insert", "repeat", "swap"]))
        if action == "flip" and raw:
            raw[place] ^= 1 << data.draw(st.integers(0, 7))
        elif action == "set" and raw:
            raw[place] = data.draw(st.sampled_from(b'\x00\xff{}[]",:0129.-eE \\'))
        elif action == "cut":
            del raw[place:]
        elif action == "drop":
            del raw[place : place + data.draw(st.integers(1, 40))]
        elif action == "insert":
            raw[place:place] = data.draw(st.binary(min_size=1, max_size=20))
        elif action == "repeat":
            raw[place:place] = raw[place : place + 30]
        else:
            other = data.draw(st.integers(0, max(len(raw) - 1, 0)))
            raw[place : place + 8], raw[other : other + 8] = raw[other : other + 8], raw[place : place + 8]
    path = tmp_path / "fuzzed"
    path.write_bytes(raw)
    try:
        again = read_model(path)
    except ModelFileError:
        return
    assert any(equal(again, make()) for make in (classifier, custom, population))
    assert len(raw) == len(whole)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
              st.text(max_size=6),
              st.sampled_from(["relu", "leaky_relu(slope=0.5)", "squared_error", "z", "max(z, 0)", "classification"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


def places(value, path=()):
    """Every place in a JSON value."""
    found = [path]
    if isinstance(value, dict):
        found += [p for key, entry in value.items() for p in places(entry, (*path, key))]
    elif isinstance(value, list):
        found += [p for k, entry in enumerate(value) for p in places(entry, (*path, k))]
    return found


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_anywhere_under_a_valid_checksum(tmp_path, data):
    """An attacker who signs: whatever stands anywhere, the answer is a glassnet error or a model that works."""
    source = data.draw(st.sampled_from([classifier, custom, population]))

    def change(record):
        record.pop("sha256")
        place = data.draw(st.sampled_from(places(record)[1:]))
        inside = record
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = data.draw(json_values)

    raw = source().to_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header, numbers = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    record = json.loads(header["__metadata__"]["glassnet"])
    change(record)
    record["sha256"] = model.checksums(record, numbers)
    header["__metadata__"]["glassnet"] = canonical_json.canonical(record)
    text = canonical_json.canonical(header).encode()
    path = tmp_path / "signed"
    path.write_bytes(struct.pack("<Q", len(text)) + text + numbers)
    try:
        again = read_model(path)
        with np.errstate(all="ignore"):
            again.network().predict(np.zeros((2, again.layers[0][0])))
        assert again.to_bytes()
    except GlassnetError:
        pass


def test_nothing_named_in_a_file_is_opened_or_imported(written):
    """Python's own audit hook sees every open and import while a model is read."""
    code = (
        "import sys\n"
        "from glassnet.files import read_model\n"
        "import glassnet.network\n"
        "read_model(sys.argv[1])\n"
        "seen = []\n"
        "sys.addaudithook(lambda event, arguments: seen.append((event, arguments)) if event in "
        "('open', 'import', 'exec', 'compile', 'subprocess.Popen', 'os.system', 'socket.connect') else None)\n"
        "read_model(sys.argv[1])\n"
        "print([event for event, arguments in seen if arguments[0] != sys.argv[1] and event != 'compile'])\n"
        "print(len(seen))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(written)], capture_output=True, text=True, check=True)
    events, number = done.stdout.splitlines()
    assert events == "[]"
    assert int(number) >= 1
