"""Convolution and pooling in the engine, against the readable network, and the promise of the same bits."""

import copy
import hashlib
import math
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glassnet.engine import Plan, Population, Predictor, Training, _native, loss_and_gradients, predict_raw
from glassnet.engine.checks import memory
from glassnet.engine.native import native_plan, window_numbers
from glassnet.errors import ConfigurationError, ShapeError
from glassnet.formulas import activations, mixed
from glassnet.layers import Convolution, Dense, GlobalMean, MaxPooling, MeanPooling, stacked
from glassnet.network import Network

LENET = [
    Convolution(6, 5, "relu"), MaxPooling(2), Convolution(16, 5, "tanh", padding="valid"), MeanPooling(2),
    Dense(20, "gelu"), Dense(3),
]  # fmt: skip


def data(rng, n, inputs, outputs=3, dtype="float64"):
    X = rng.normal(size=(n, inputs)).astype(dtype)
    return X, np.eye(outputs)[rng.integers(outputs, size=n)]


def close(got, wanted, rel=1e-11):
    scale = max((np.abs(w).max() for w in wanted if w.size), default=0) + 1e-300
    for g, w in zip(got, wanted, strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-9, atol=rel * scale)


numbers = st.integers(1, 3)


@st.composite
def stacks(draw):
    """Some layers behind an image, of any geometry."""
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3)))
    layers, channels = [], shape[2]
    for _ in range(draw(st.integers(1, 3))):
        size, stride = draw(st.tuples(numbers, numbers)), draw(st.tuples(numbers, numbers))
        padding = draw(st.sampled_from(["same", "valid", 1]))
        activation = draw(st.sampled_from(["identity", *sorted(activations)]))
        kind = draw(st.sampled_from(["convolution", "convolution", "depthwise", "max", "mean", "global"]))
        if kind in ("convolution", "depthwise"):
            groups = channels if kind == "depthwise" else 1
            channels = groups * draw(st.integers(1, 4))
            dilation = draw(st.tuples(numbers, numbers))
            layers.append(Convolution(
                channels, size, activation, stride=stride, padding=padding, dilation=dilation, groups=groups,
                parametrization=draw(st.sampled_from(["standard", "ntk"])),
            ))  # fmt: skip
        elif kind == "global":
            layers.append(GlobalMean(activation))
        else:
            pooling = MaxPooling if kind == "max" else MeanPooling
            layers.append(pooling(size, activation, stride=draw(st.sampled_from([None, stride])), padding=padding))
    return shape, draw(st.integers(0, 2)), [*layers, Dense(3)]


@settings(max_examples=60, deadline=None)
@given(stack=stacks(), n=st.sampled_from([1, 2, 6, 7, 17, 40]), seed=st.integers(0, 99))
def test_any_geometry(stack, n, seed):
    shape, beside, layers = stack
    try:
        network = Network(
            layers, input_shape=shape, other_inputs=beside, loss="softmax_cross_entropy", l1=0.01, l2=0.02, seed=seed
        )
    except ShapeError:
        assume(False)
    rng = np.random.default_rng(seed)
    X, y = data(rng, n, math.prod(shape) + beside)
    network.biases = [rng.normal(size=b.shape) for b in network.biases]
    plain = [
        Predictor(network.weights, network.biases, network.activations, layers=network.layers)(x) for x in (X, X[:1])
    ]
    raw = network.forward(X).a[-1]
    assume(np.isfinite(raw).all())
    close([plain[0], plain[1]], [raw, raw[:1]])
    assert plain[0][:1].tobytes() == plain[1].tobytes()
    plan = Plan.of(
        layers, "softmax_cross_entropy", input_shape=shape, other_inputs=beside, l1=0.01, l2=0.02, dtype="float64"
    )
    if not all(layer.plain for layer in network.layers):
        return  # of these, what trains is compared below
    weights = rng.random(n)
    value, *gradients = loss_and_gradients(plan, network.weights, network.biases, X, y, weights)
    wanted = network.gradients(X, y, sample_weight=weights)
    assert value == pytest.approx(network.loss(X, y, sample_weight=weights).total, rel=1e-11)
    close([*gradients[0], *gradients[1]], [*wanted.d_weights, *wanted.d_biases])


def test_gradients_are_finite_differences():
    rng = np.random.default_rng(4)
    layers = [Convolution(2, (2, 3), "tanh", stride=(2, 1)), MaxPooling(2), MeanPooling(2, "mish"), Dense(2)]
    plan = Plan.of(layers, "squared_error", input_shape=(9, 8, 2), other_inputs=1, dtype="float64")
    weights, biases = ([part[0] for part in parts] for parts in zip(*Population().start(plan), strict=True))
    X, y = rng.normal(size=(5, 145)), rng.normal(size=(5, 2))
    _, d_weights, d_biases = loss_and_gradients(plan, weights, biases, X, y)
    for arrays, slopes in ((weights, d_weights), (biases, d_biases)):
        for array, slope in zip(arrays, slopes, strict=True):
            for place in list(np.ndindex(array.shape))[:9]:
                kept, values = array[place], []
                for move in (1e-6, -1e-6):
                    array[place] = kept + move
                    values.append(loss_and_gradients(plan, weights, biases, X, y)[0])
                array[place] = kept
                assert slope[place] == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("more", [
    {}, {"dropout": [0.2, 0.3, 0.0, 0.1, 0.4, 0.2]}, {"clip_norm": 0.05, "optimizer": "momentum"},
    {"l1": 1e-3, "l2": 1e-2, "penalty_per_row": True, "optimizer": "adamw(weight_decay=0.1)"},
    {"schedule": "cosine", "label_smoothing": 0.1, "optimizer": "rmsprop"},
])  # fmt: skip
def test_training_is_that_of_the_readable_network(more):
    rng = np.random.default_rng(1)
    layers = [
        Convolution(4, 3, "relu", channel_dropout=True), MaxPooling(2, channel_dropout=True),
        Convolution(8, 3, "mish", groups=2, parametrization="ntk"), MeanPooling(2), Dense(7, "tanh"), Dense(3),
    ]  # fmt: skip
    X, y = data(rng, 70, 10 * 9 * 2 + 2)
    of_network = {
        name: more[name] for name in ("l1", "l2", "penalty_per_row", "dropout", "label_smoothing") if name in more
    }
    of_fit = {name: more[name] for name in ("clip_norm", "optimizer", "schedule") if name in more}
    shape = {"input_shape": (10, 9, 2), "other_inputs": 2}
    network = Network(layers, loss="softmax_cross_entropy", seed=5, **shape, **of_network)
    history = network.fit(X, y, learning_rate=0.01, epochs=3, batch_size=33, **{"optimizer": "adam", **of_fit})
    plan = Plan.of(
        layers, "softmax_cross_entropy", **shape, **more, learning_rate=0.01, epochs=3, batch_size=33, dtype="float64",
        monitor="none",
    )  # fmt: skip
    result = Training(plan, Population(seed=5), X, y).run()
    close([w[0] for w in result.weights], network.weights, 1e-9)
    close([b[0] for b in result.biases], network.biases, 1e-9)
    assert result.loss_curve[0][-1] == pytest.approx(history.epoch_losses[-1], rel=1e-9)


@pytest.mark.parametrize("name", ["identity", *activations])
def test_channels_mix_every_activation_as_in_the_readable_network(name):
    """A layer in which each channel trains the share of its activation, forward, back, and after some steps."""
    rng = np.random.default_rng(7)
    layers = [
        Convolution(5, (3, 2), name, stride=(1, 2), padding=1, mixed=True), MeanPooling(2),
        Convolution(4, 2, name, groups=1, mixed=True, parametrization="ntk(mix_rate=0.5)"), Dense(3),
    ]  # fmt: skip
    shape = {"input_shape": (6, 7, 2), "other_inputs": 2}
    X, y = data(rng, 70, 86)
    network = Network(layers, loss="softmax_cross_entropy", seed=5, l2=0.01, **shape)
    network.fit(X, y, learning_rate=0.02, epochs=2, batch_size=33, optimizer="adam")
    plan = Plan.of(layers, "softmax_cross_entropy", **shape, learning_rate=0.02, epochs=2, batch_size=33, l2=0.01,
                   dtype="float64", monitor="none", optimizer="adam")  # fmt: skip
    assert plan.n_parameters == sum(layer.n_trained for layer in network.layers)
    result = Training(plan, Population(seed=5), X, y).run()
    close([w[0] for w in result.weights], network.weights, 1e-8)
    close([b[0] for b in result.biases], network.biases, 1e-8)
    assert [m.shape[1] for m in result.mixes] == [5, 0, 4, 0]
    for k in (0, 2):
        close([result.mixes[k][0]], [network.mixes[k]], 1e-8)
    assert name == "identity" or np.abs(network.mixes[0] - 1).max() > 1e-3, "they have been trained"
    of_units = [layer.acting(mixes) for layer, mixes in zip(network.layers, network.mixes, strict=True)]
    of_channels = [mixed(layer.activation, own) if layer.mixed else layer.activation
                   for layer, own in zip(network.layers, network.mixes, strict=True)]  # fmt: skip
    for acting in (of_units, of_channels):
        predictor = Predictor(network.weights, network.biases, acting, layers=network.layers)
        for rows in (1, 5, 70):
            close([predictor(X[:rows])], [network.forward(X[:rows]).raw_prediction])
        again = pickle.loads(pickle.dumps(predictor))
        assert again(X).tobytes() == predictor(X).tobytes()


def test_mixes_that_differ_within_a_channel_are_refused():
    network = Network([Convolution(2, 3, "tanh", mixed=True), Dense(1)], input_shape=(4, 4, 1), seed=1)
    strange = mixed(activations["tanh"], np.linspace(0, 1, 32))
    with pytest.raises(ConfigurationError, match="one mix for each channel"):
        Predictor(network.weights, network.biases, [strange, "identity"], layers=network.layers)
    with pytest.raises(ShapeError, match=r"The mixes of layer 1 have shape \(3,\); they need \(2,\)"):
        Predictor(network.weights, network.biases, [mixed(activations["tanh"], np.ones(3)), "identity"],
                  layers=network.layers)  # fmt: skip


def test_the_first_of_equal_pixels_wins():
    layers = [MaxPooling(2, stride=1), Dense(1)]
    plan = Plan.of(layers, "squared_error", input_shape=(3, 3, 1), dtype="float64")
    deeper = Plan.of([Convolution(1, 1), *layers], "squared_error", input_shape=(3, 3, 1), dtype="float64")
    X = np.array([[1.0, 1, 0, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0]])
    network = Network([Convolution(1, 1), *layers], input_shape=(3, 3, 1), seed=2)
    _, d_weights, _ = loss_and_gradients(deeper, network.weights, network.biases, X, np.ones((2, 1)))
    close(d_weights, network.gradients(X, np.ones((2, 1))).d_weights)
    assert plan.n_parameters == 5


def digest_of(result):
    digest = hashlib.sha256()
    for array in (*result.weights, *result.biases, *result.mixes, *result.loss_curve):
        digest.update(array.tobytes())
    return digest.hexdigest()


def a_plan(dtype="float32", **more):
    given = {
        "epochs": 2,
        "batch_size": 100,
        "dtype": dtype,
        "monitor": "none",
        "dropout": 0.1,
        "clip_norm": 1.0,
        **more,
    }
    return Plan.of(LENET, "softmax_cross_entropy", input_shape=(12, 12, 1), other_inputs=1, **given)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_threads_slices_and_company(dtype):
    X, y = data(np.random.default_rng(0), 150, 145, dtype=dtype)
    plan = a_plan(dtype)
    wanted = Training(plan, Population(seed=3), X, y, threads=1).run()
    for threads in (2, 3, 7):
        assert digest_of(Training(plan, Population(seed=3), X, y, threads=threads).run()) == digest_of(wanted)
    sliced = Training(plan, Population(seed=3), X, y, threads=2)
    sliced.advance_steps(3)
    resumed = Training(plan, Population(seed=3), X, y)
    resumed.restore(sliced.save())
    while not resumed.advance(1e-6):
        pass
    assert digest_of(resumed.result) == digest_of(wanted)
    many = Training(plan, Population(seed=3, members=20), X, y, threads=2).run()
    assert [w[0].tobytes() for w in many.weights] == [w[0].tobytes() for w in wanted.weights]


PROGRAM = """
import sys
sys.path.insert(0, {path!r})
from test_windows import every_kind
print(every_kind())
"""


def every_kind():
    digest = hashlib.sha256()
    for dtype in ("float32", "float64"):
        for n in (150, 35):
            X, y = data(np.random.default_rng(0), n, 145, dtype=dtype)
            result = Training(a_plan(dtype), Population(seed=3, members=2), X, y).run()
            digest.update(digest_of(result).encode())
            plan = a_plan()
            for rows in (1, 5, 40):
                predictor = Predictor(
                    [w[0] for w in result.weights], [b[0] for b in result.biases], plan.activations, layers=plan.layers
                )
                digest.update(predictor(X[:rows]).tobytes())
        layers = [
            Convolution(6, (3, 2), "gelu", stride=2, groups=3, dilation=(1, 2)), MaxPooling(3, stride=2, padding=1),
            Convolution(33, 3, "mish", channel_dropout=True, mixed=True), GlobalMean("tanh"), Dense(2),
        ]  # fmt: skip
        plan = Plan.of(layers, "huber", input_shape=(11, 8, 3), batch_size=41, epochs=2, dtype=dtype, dropout=0.2)
        X = np.random.default_rng(1).normal(size=(90, 264)).astype(dtype)
        digest.update(digest_of(Training(plan, Population(), X, X[:, :2]).run()).encode())
    return digest.hexdigest()


def test_instruction_sets():
    digests = {}
    for isa in _native.usable_isas():
        program = PROGRAM.format(path=os.path.dirname(__file__))
        done = subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "GLASSNET_ISA": isa}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        digests[isa] = done.stdout.strip()
    assert len(set(digests.values())) == 1, digests


def test_few_rows_and_many_predict_the_same_bits():
    X, y = data(np.random.default_rng(0), 100, 145)
    plan = a_plan()
    result = Training(plan, Population(seed=3), X, y).run()
    weights, biases = [w[0] for w in result.weights], [b[0] for b in result.biases]
    predictor = Predictor(weights, biases, plan.activations, layers=plan.layers, softmax=True)
    together = predictor(X)
    for count in (1, 2, 6, 7, 17):
        assert predictor(X[:count]).tobytes() == together[:count].tobytes()
    for again in (copy.deepcopy(predictor), pickle.loads(pickle.dumps(predictor))):
        assert again(X).tobytes() == together.tobytes()
    assert predict_raw(weights, biases, plan.activations, X, layers=plan.layers).tobytes() == together.tobytes()
    assert predictor.holds([w[0] for w in result.weights], [b[0] for b in result.biases])


def test_a_member_that_diverges_stops_and_says_where():
    X, y = data(np.random.default_rng(0), 100, 145)
    plan = a_plan(clip_norm=None, dropout=0.0, batch_size=20, optimizer="gradient_descent")
    population = Population(members=2, learning_rate=[1e-3, 1e25])
    result = Training(plan, population, X, y, threads=2).run()
    assert result.stop_reason == ["all_epochs", "diverged"]
    assert all(np.isfinite(array).all() for array in (*result.weights, *result.biases))
    assert "stopped being finite in step" in result.divergence[1].message
    alone = Training(plan, Population(learning_rate=[1e25]), X, y, threads=2)
    alone.run(raise_when_all_diverged=False)
    assert alone.result.divergence[0].step == result.divergence[1].step


def test_a_start_that_looks_at_rows():
    rng = np.random.default_rng(3)
    layers = [Convolution(3, 3, "selu", initializer="data_driven"), Dense(2, initializer="data_driven")]
    X = rng.normal(size=(40, 49))
    plan = Plan.of(layers, "squared_error", input_shape=(7, 7, 1), dtype="float64")
    network = Network(layers, input_shape=(7, 7, 1), seed=7).look_at(X)
    for (weights, biases), w, b in zip(Population(seed=7).start(plan, X), network.weights, network.biases, strict=True):
        np.testing.assert_allclose(weights[0], w, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(biases[0], b, rtol=1e-9, atol=1e-12)


def test_weights_that_are_given():
    X, y = data(np.random.default_rng(0), 20, 145)
    plan, network = a_plan(epochs=0), Network(LENET, input_shape=(12, 12, 1), other_inputs=1, seed=1)
    initial = list(zip(network.weights, network.biases, strict=True))
    result = Training(plan, Population(members=2, initial=initial), X, y).run()
    for k, (w, b) in enumerate(initial):
        assert (result.weights[k][1] == w.astype("float32")).all(), k
        assert (result.biases[k][0] == b.astype("float32")).all(), k
    initial[0] = (np.zeros((6, 1, 5, 4)), initial[0][1])
    with pytest.raises(ShapeError, match=r"initial\[0\] has shapes .* it needs \(2, 6, 1, 5, 5\) and \(2, 6\)"):
        Training(plan, Population(members=2, initial=initial), X, y)


def test_what_the_engine_refuses(monkeypatch):
    with pytest.raises(ConfigurationError, match=r"layer_sizes holds Convolution\(4, 3\).* by Plan\.of"):
        Plan([64, Convolution(4, 3), 1], ["relu", "identity"], "squared_error")
    with pytest.raises(ConfigurationError, match=r"Plan\.of: initializer belongs to the layers"):
        Plan.of(LENET, "huber", input_shape=(12, 12, 1), initializer="he")
    with pytest.raises(ShapeError, match="do not fit on an image"):
        Plan.of([Convolution(2, 9, padding="valid"), Dense(1)], "huber", input_shape=(5, 5, 1))
    network = Network(LENET, input_shape=(12, 12, 1))
    with pytest.raises(ShapeError, match=r"weights\[0\] and biases\[0\] have shapes"):
        Predictor(network.weights[::-1], network.biases, network.activations, layers=network.layers)
    monkeypatch.setattr(memory, "available_bytes", lambda: 2.0**28)
    large = Plan.of([Convolution(64, 3), Dense(1)], "huber", input_shape=(512, 512, 3), batch_size=32)
    with pytest.raises(ConfigurationError, match=r"The training needs .* GiB .* are available"):
        Training(large, Population(), np.zeros((2, 512 * 512 * 3), dtype="float32"), np.zeros((2, 1)))


@pytest.mark.parametrize("shape", [(12, 12, 1), (40, 40, 1)])
def test_memory_is_what_was_said(shape):
    """What is asked for before covers what is taken: the scratch of each thread and the arrays of each member."""
    layers = [Convolution(8, 3, "relu"), MaxPooling(2), Dense(2)]
    plan = Plan.of(layers, "huber", input_shape=shape, batch_size=128)
    one, two = (_native.TrainerSingle.bytes_needed(native_plan(plan, 128, 0), 1, 128, threads) for threads in (1, 2))
    least = sum(plan.layer_sizes) * 2 * 32 * 4  # z and a of a block
    assert least < one < 20 * least + 40 * plan.n_parameters
    assert one < two < 2.1 * one


def test_ctrl_c_in_the_middle_of_a_step():
    """A step of many blocks ends between them, and has then not happened."""
    program = """
import os, signal, threading, numpy as np
from glassnet.engine import Plan, Population, Training
from glassnet.layers import Convolution, Dense
plan = Plan.of([Convolution(16, 5, "relu"), Convolution(16, 5, "relu"), Dense(1)], "huber", input_shape=(32, 32, 1))
X = np.ones((3000, 1024), dtype="float32")
training = Training(plan, Population(), X, X[:, :1], threads=2)
before = training.result.weights[0].tobytes()
threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    training.advance_steps(50)
except KeyboardInterrupt:
    steps, same = training.result.n_steps[0], training.result.weights[0].tobytes() == before
    print(steps < 50, same or steps > 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=100)
    assert done.stdout.strip() == "True True", done.stderr


def native_windows(**changes):
    """A native network of one convolution and a dense layer, some numbers of the geometry changed."""
    plan = Plan.of([Convolution(2, 3), Dense(1)], "huber", input_shape=(5, 5, 1))
    value = window_numbers(plan.layers[0], plan.layers[0].activation)
    for place, number in changes.items():
        value[int(place[1:])] = number
    from glassnet.engine.kernels.bytecode import formula
    from glassnet.engine.kernels.kernel import activation_backward, activation_value

    identity = activations["identity"]
    formulas = {
        "value": [formula("activation_value", activation_value(identity), {}, "")] * 2,
        "backward": [formula("activation_backward", activation_backward(identity), {}, "")] * 2,
    }
    return _native.Network(sizes=list(plan.layer_sizes), loss=None, kernel="softmax", windows=[value, []], **formulas)


@pytest.mark.parametrize(("place", "number"), [
    (0, 3), (0, 1), (0, -1), (1, 6), (1, 0), (2, 2**40), (3, 0), (3, 2), (4, 6), (4, -5), (6, 3), (6, 2**62), (7, 0),
    (7, -3), (8, 2**62), (9, 0), (10, -1), (11, -1), (12, 2**62), (13, 0), (14, -2**62), (15, 0), (15, 2), (16, 1),
    (16, -1), (16, 2**62),
])  # fmt: skip
def test_geometry_is_never_trusted(place, number):
    assert native_windows() is not None
    with pytest.raises(ValueError, match="windows"):
        native_windows(**{f"n{place}": number})


def test_layer_sizes_follow():
    plan = a_plan()
    assert [n for _, n in pairwise(plan.layer_sizes)] == [865, 217, 65, 17, 20, 3]


RELU_BY_HAND = replace(activations["relu"], name="relu_by_hand")  # the engine has no rule for this name


@st.composite
def pooled(draw):
    """A convolution with relu below a pool of any geometry, which may tile the image or not."""
    shape = draw(st.tuples(st.integers(2, 9), st.integers(2, 9), st.integers(1, 2)))
    size = draw(st.tuples(numbers, numbers))
    stride = draw(st.sampled_from([None, size, (1, 1), (2, 2)]))
    layers = [
        Convolution(draw(st.integers(1, 5)), draw(numbers), "relu", channel_dropout=draw(st.booleans())),
        MaxPooling(size, stride=stride, padding=draw(st.sampled_from(["same", "valid"]))),
        Convolution(draw(st.integers(1, 5)), 2, "relu"), MaxPooling(2, padding="same"), Dense(3),
    ]  # fmt: skip
    return shape, draw(st.integers(0, 2)), layers


@settings(max_examples=60, deadline=None)
@given(case=pooled(), rows=st.integers(1, 70), dtype=st.sampled_from(["float32", "float64"]), drops=st.booleans())
def test_relu_behind_a_pool_gives_the_bits_of_relu_before_it(case, rows, dtype, drops):
    shape, others, layers = case
    rng = np.random.default_rng(rows)
    try:
        bound = stacked(layers, shape, others)
    except (ShapeError, ConfigurationError):
        assume(False)
    by_hand = []
    for layer in layers:
        other = copy.copy(layer)
        if layer.activation.name == "relu":
            other.__dict__["activation"] = RELU_BY_HAND
        by_hand.append(other)
    X, y = data(rng, rows, bound[0].n_in, dtype=dtype)
    trained = []
    for each in (bound, stacked(by_hand, shape, others)):
        plan = Plan.of(
            each, "softmax_cross_entropy", optimizer="adam", learning_rate=0.05, batch_size=32, epochs=3,
            monitor="none", dropout=0.3 if drops else 0.0, dtype=dtype,
        )  # fmt: skip
        training = Training(plan, Population(5, 2), X, y, threads=2)
        training.run()
        result = training.result
        arrays = [*result.weights, *result.biases]
        few = predict_raw(
            [w[0] for w in result.weights], [b[0] for b in result.biases], plan.activations, X[:3], layers=each
        )
        trained.append([np.asarray(array) + 0.0 for array in (*arrays, few)])  # + 0.0: zeros of either sign are alike
    assert all(np.array_equal(one, other) for one, other in zip(*trained, strict=True))
