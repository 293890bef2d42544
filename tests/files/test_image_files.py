"""Networks that look at images in files and exports: every kind and geometry, held against the NumPy network."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet import Convolution, Dense, GlassClassifier, GlobalMean, MaxPooling, MeanPooling, Network, load
from glassnet.errors import ConfigurationError, ModelFileError, ShapeError
from glassnet.files import ModelFile, export_c, export_onnx, export_python, read_model, write_model
from glassnet.files.layer import layer_from_plain
from glassnet.formulas import Activation, Expression
from glassnet.images import phantoms
from glassnet.layers import KINDS

spec = importlib.util.spec_from_file_location("export_runs", Path(__file__).with_name("export_runs.py"))
runs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(runs)

SHAPE, BESIDE = (7, 6, 2), 3
rng = np.random.default_rng(3)
X = rng.normal(size=(9, 7 * 6 * 2 + BESIDE)).astype(np.float32).astype(float)
STACKS = {
    "lenet": [Convolution(4, 3, "relu"), MaxPooling(2), Dense(5, "tanh"), Dense(3)],
    "geometry": [Convolution(4, (2, 3), "gelu", stride=(2, 1), padding=(1, 0), groups=2),
                 Convolution(3, 2, "tanh", dilation=2, padding="valid"), Dense(3)],
    "pooling": [MaxPooling((3, 2), stride=2, padding=1), Convolution(2, 1), MeanPooling(3, "relu", stride=1, padding=1),
                Dense(3)],
    "mixed": [Convolution(4, 3, "silu", stride=2, mixed=True), Convolution(3, 2, "leaky_relu(slope=0.2)", mixed=True),
              MaxPooling(2), Dense(4, "tanh", mixed=True), Dense(3)],
    "global": [Convolution(5, 3, "softplus", padding="same", stride=2), GlobalMean("tanh"), Dense(3)],
}  # fmt: skip


def network(name, loss="softmax_cross_entropy", seed=4):
    made = Network(STACKS[name], input_shape=SHAPE, other_inputs=BESIDE, loss=loss, seed=seed)
    draw = np.random.default_rng(seed)
    return made.with_mixes(  # as after some training
        draw.uniform(0.2, 1.1, layer.n_neurons) if layer.mixed else own
        for layer, own in zip(made.layers, made.mixes, strict=True)
    )


def test_every_kind_is_in_a_stack():
    assert {layer.kind for stack in STACKS.values() for layer in stack} == set(KINDS)


@pytest.mark.parametrize("name", STACKS)
def test_files_and_exports_compute_what_the_network_computes(tmp_path, name):
    net = network(name)
    expected = net.predict(X)
    model = read_model(write_model(tmp_path / "model.glassnet", ModelFile.of(net)))
    assert model.network().predict(X).tobytes() == expected.tobytes()
    assert [repr(layer) for layer in model.network().layers] == [repr(layer) for layer in net.layers]
    assert model.to_bytes() == (tmp_path / "model.glassnet").read_bytes()
    assert np.abs(runs.run_python(model, X, tmp_path)["probabilities"] - expected).max() < 1e-13
    assert np.abs(runs.run_c(model, X, tmp_path, 3, *runs.SANITIZERS)[0] - expected).max() < 1e-13
    assert np.abs(runs.run_onnx(model, X, tmp_path, "float32")["probabilities"] - expected).max() < 1e-5


def test_several_networks_with_mixes_of_channels(tmp_path):
    nets = [network("mixed", loss="squared_error", seed=seed) for seed in range(3)]
    arrays = {
        name: [None if parts[0] is None else np.stack(parts)
               for parts in zip(*(getattr(net, name) for net in nets), strict=True)]
        for name in ("weights", "biases", "mixes")
    }  # fmt: skip
    model = ModelFile("regression", nets[0].layers, "squared_error", **arrays)
    again = read_model(write_model(tmp_path / "model.glassnet", model))
    assert again.network(2).predict(X).tobytes() == nets[2].predict(X).tobytes()
    expected = np.mean([net.predict(X) for net in nets], axis=0)
    for made in (runs.run_python(again, X, tmp_path), runs.run_onnx(again, X, tmp_path, "float32")):
        assert np.abs(made["prediction"] - expected).max() < 1e-5
    assert np.abs(np.reshape(runs.run_c(again, X, tmp_path, 3, *runs.SANITIZERS)[0], (9, 3)) - expected).max() < 1e-13


def test_a_model_of_a_table_keeps_mixes_of_channels(tmp_path):
    made = phantoms(40, seed=3)
    layers = [Convolution(3, 3, "relu", mixed=True), MaxPooling(7), 4]
    model = GlassClassifier(hidden_layer_sizes=layers, epochs=2, n_networks=2, random_state=1)
    model.fit(made.images, np.array(made.names), progress=lambda _: None)
    model.save(tmp_path / "model.glassnet")
    again = load(tmp_path / "model.glassnet")
    assert again.predict_proba(made.images).tobytes() == model.predict_proba(made.images).tobytes()
    assert again.mixes_[0].shape == (2, 3)
    assert np.abs(again.mixes_[0] - 1).max() > 1e-4
    assert "Σ_r,y,x dL/da1[r,0,y,x]" in again.trace(made.images, 3, y=made.names).explain("m1[0]").symbolic


def test_only_mixes_of_channels_need_the_newest_format(tmp_path):
    for name, number in (("lenet", 4), ("mixed", 5)):
        write_model(tmp_path / name, ModelFile.of(network(name)))
        assert f'\\"format\\":{number}'.encode() in (tmp_path / name).read_bytes()


@pytest.mark.parametrize("n_out", [1, 2])
def test_several_networks_predict_together(tmp_path, n_out):
    nets = [Network([*STACKS["lenet"][:3], Dense(n_out)], input_shape=SHAPE, other_inputs=BESIDE, seed=s)
            for s in range(3)]  # fmt: skip
    weights, biases = (
        [np.stack(parts) for parts in zip(*(getattr(net, name) for net in nets), strict=True)]
        for name in ("weights", "biases")
    )
    model = ModelFile("regression", nets[0].layers, "squared_error", weights, biases)
    again = read_model(write_model(tmp_path / "model.glassnet", model))
    expected = np.mean([net.predict(X) for net in nets], axis=0).reshape(len(X), -1)
    for held in (model, again):
        for made in (runs.run_python(held, X, tmp_path), runs.run_onnx(held, X, tmp_path, "float32")):
            assert np.abs(made["prediction"].reshape(len(X), -1) - expected).max() < 1e-5
        made = runs.run_c(held, X, tmp_path, n_out, *runs.SANITIZERS)[0]
        assert np.abs(np.reshape(made, (len(X), -1)) - expected).max() < 1e-13


def test_own_activations_travel(tmp_path):
    own = Activation(
        "softsign_of_files", "between -1 and 1", Expression("z / (1 + abs(z))"), Expression("1 / (1 + abs(z))**2")
    )
    net = Network([Convolution(2, 3, own), Dense(1)], input_shape=(5, 5, 1), seed=1)
    again = read_model(write_model(tmp_path / "model.glassnet", ModelFile.of(net))).network()
    assert again.predict(X[:, :25]).tobytes() == net.predict(X[:, :25]).tobytes()


def test_a_bare_network_is_exported_by_itself(tmp_path):
    net = network("lenet")
    for write in (export_onnx, export_c, export_python):
        assert write(net, tmp_path / "model").stat().st_size > 1000


def test_double_precision_that_no_runtime_has_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"single precision only. Use precision='float32'"):
        export_onnx(network("lenet"), tmp_path / "model.onnx", precision="float64")


@pytest.mark.parametrize(("layers", "match"), [
    ([Convolution(2, 3), Dense(1, connections=[(98, 98, 1, 0)])], "do not support blocks of connections"),
])  # fmt: skip
def test_what_files_cannot_say(layers, match):
    with pytest.raises(ModelFileError, match=match):
        ModelFile.of(Network(layers, input_shape=(7, 7, 1)))


STORED = ModelFile.of(network("geometry")).layers[0].to_plain()
SHAPES = st.lists(st.one_of(st.integers(-2, 9), st.just(2**24), st.text(max_size=2)), min_size=2, max_size=4)
VALUES = st.one_of(
    st.integers(-2, 9), st.integers(2**23, 2**64), st.booleans(), st.text(max_size=4), st.none(), st.floats(), SHAPES
)


@settings(deadline=None, max_examples=150)
@given(field=st.sampled_from([*STORED, *STORED["geometry"], "unknown"]), value=VALUES)
def test_a_forged_layer_is_refused_or_read(field, value):
    forged = {**STORED, "geometry": dict(STORED["geometry"])}
    (forged if field in STORED else forged["geometry"])[field] = value
    try:
        layer = layer_from_plain(forged, "layer 0")
    except ModelFileError:
        return
    assert layer.to_plain() == forged
    assert layer.n_out <= 2**24


def test_layers_without_a_shape_are_refused():
    with pytest.raises(ModelFileError, match=r"does not belong to a network yet. Take it from network.layers"):
        ModelFile("regression", [Convolution(2, 3)], "squared_error", [np.ones((2, 1, 3, 3))], [np.zeros(2)])
    with pytest.raises((ModelFileError, ShapeError), match="shape"):
        ModelFile("regression", network("lenet").layers, "squared_error", [np.ones((2, 1))] * 4, [np.zeros(2)] * 4)


def test_a_table_with_images_beside_a_column_of_numbers(tmp_path):
    from glassnet import GlassClassifier
    from glassnet.files.blueprint import Blueprint
    from glassnet.images import phantoms

    made = phantoms(48, size=12, seed=2)
    rows = {"scan": made.images.astype(np.float32)[..., None], "age": [30.0 + k % 9 for k in range(48)]}
    fitted = GlassClassifier(epochs=2, n_networks=2, resampling="folds").fit({**rows, "y": made.names}, target="y")
    model = read_model(fitted.save(tmp_path / "model.glassnet"))
    expected = fitted.predict_proba(rows)
    np.testing.assert_allclose(Blueprint.of(model).answer(rows)["probabilities"], expected, atol=1e-5)
    np.testing.assert_allclose(runs.run_python(model, rows, tmp_path)["probabilities"], expected, atol=1e-5)
    session = runs.session(export_onnx(model, tmp_path / "model.onnx"))
    assert [(each.name, each.shape[1:]) for each in session.get_inputs()] == [("scan", [12, 12, 1]), ("age", [1])]
    given = {"scan": rows["scan"], "age": np.array(rows["age"], dtype=np.float32)[:, None]}
    np.testing.assert_allclose(session.run(["probabilities"], given)[0], expected, atol=1e-5)
    export_c(model, tmp_path / "model.h", name="scans")
    program = '#include <stdio.h>\n#include "model.h"\nint main(void) { printf("%d", scans_self_test()); return 0; }\n'
    assert runs.compile_and_run(program, tmp_path, *runs.SANITIZERS) == "0"
