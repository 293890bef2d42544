"""Every kind of layer: its links are its arithmetic, its gradients are those of finite differences."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glassnet.errors import ShapeError
from glassnet.layers import KINDS, NO_WEIGHT, Convolution, Dense, GlobalMean, LayerSpec, Links, MaxPooling, MeanPooling

_sizes = st.integers(1, 4)
_pairs = st.one_of(_sizes, st.tuples(_sizes, _sizes))
_edges = st.integers(0, 2)
_padding = st.one_of(st.sampled_from(["same", "valid"]), _edges, st.tuples(_edges, _edges))
_images = st.tuples(st.integers(1, 7), st.integers(1, 7), st.sampled_from([1, 2, 4]))


_EVERY_KIND = tuple(sorted(KINDS))


@st.composite
def layers(draw, kinds=()):
    """A layer of some kinds, bound to a small odd image or row."""
    kind, shape, beside = draw(st.sampled_from(kinds or sorted(KINDS))), draw(_images), draw(st.sampled_from([0, 0, 3]))
    if kind == "dense":
        if draw(st.booleans()):
            return Dense(4, 5, connections=[(1, 1, 2, 1), (3, 2, 1, 1)])
        return Dense(draw(st.integers(1, 5))).bound(shape, beside)
    if kind == "convolution":
        groups = draw(st.sampled_from([g for g in (1, 2, 4) if shape[2] % g == 0]))
        layer = Convolution(
            groups * draw(st.integers(1, 2)), draw(_pairs), stride=draw(_pairs), padding=draw(_padding),
            dilation=draw(st.one_of(st.just(1), st.integers(1, 3))), groups=groups,
        )  # fmt: skip
    elif kind == "global mean":
        layer = GlobalMean()
    else:
        pooling = MaxPooling if kind == "max pooling" else MeanPooling
        layer = pooling(draw(_pairs), stride=draw(st.one_of(st.none(), _pairs)), padding=draw(_padding))
    try:
        return layer.bound(shape, beside)
    except ShapeError:
        assume(False)


def drawn(layer, rows, seed=0):
    """Rows that enter, and weights and biases."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(rows, layer.n_in))
    w, b = (rng.normal(size=layer.arrays[name]) for name in ("weights", "biases"))
    return a, *layer.impose(w, b)


@settings(max_examples=120, deadline=None)
@given(layers(), st.sampled_from([1, 3]))
def test_the_links_are_the_arithmetic(layer, rows):
    a, w, b = drawn(layer, rows)
    z = layer.forward(a, w, b)
    assert z.shape == (rows, layer.n_out)
    for row in range(rows):
        for unit in range(layer.n_out):
            links = layer.links(unit, a[row])
            assert (links.units == unit).all()
            neuron = layer.neurons[unit]
            bias = b[neuron] if b.size and neuron >= 0 else 0.0
            total = (a[row, links.inputs] * links.factors(w)).sum() + bias
            assert z[row, unit] == pytest.approx(total, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(a[0] @ layer.matrix(w, a[0]), z[0] - layer.forward(0 * a[:1], 0 * w, b)[0], atol=1e-11)


@settings(max_examples=120, deadline=None)
@given(layers())
def test_links_found_the_other_way_round_are_the_same_links(layer):
    a, w, _ = drawn(layer, 1)
    everything = Links.joined(layer.links(unit, a[0]) for unit in range(layer.n_out))

    def told(links):
        return sorted(zip(links.units, links.inputs, links.weights, links.shares, strict=True))

    for i in range(layer.n_in):
        assert told(layer.links_from(i, a[0])) == told(everything[everything.inputs == i])
    for weight in range(w.size):
        assert told(layer.links_through(weight, a[0])) == told(everything[everything.weights == weight])
    assert ((everything.weights == NO_WEIGHT) | (everything.weights < w.size)).all()
    for unit in range(layer.n_out):
        assert layer.unit_at(layer.index_of(unit)) == unit


@settings(max_examples=100, deadline=None)
@given(layers(), st.sampled_from([1, 2]))
def test_gradients_are_those_of_finite_differences(layer, rows):
    a, w, b = drawn(layer, rows)
    delta = np.random.default_rng(1).normal(size=(rows, layer.n_out))
    found = layer.backward(delta, a, w)
    for k, (array, slopes) in enumerate(zip((a, w, b), found, strict=True)):
        assert slopes.shape == array.shape
        trained = np.ones(array.shape, bool) if k == 0 else layer.trained("weights" if k == 1 else "biases")
        for index in np.argwhere(trained)[:: max(1, array.size // 25)]:
            place, old, ends = tuple(index), array[tuple(index)], []
            for moved in (old + 1e-6, old - 1e-6):
                array[place] = moved
                ends.append((layer.forward(a, w, b) * delta).sum())
            array[place] = old
            assert slopes[place] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6, abs=1e-7)
        assert not slopes[~trained].any()


@settings(max_examples=60, deadline=None)
@given(layers())
def test_any_leading_axes(layer):
    a, w, b = drawn(layer, 6)
    stacked = layer.forward(a.reshape(3, 2, -1), w, b)
    np.testing.assert_allclose(stacked.reshape(6, -1), layer.forward(a, w, b), rtol=1e-13, atol=1e-13)


def convolved(layer, image, w, b):
    """The textbook's loops over one image (rows, columns, channels)."""
    (sy, sx), (dy, dx), before = layer.stride, layer.dilation, layer.windows.before
    out = np.zeros(layer.shape_out)
    per, own = layer.channels_in // layer.groups, layer.channels // layer.groups
    for y, x, o in np.ndindex(out.shape):
        out[y, x, o] = b[o]
        for c, i, j in np.ndindex(w.shape[1:]):
            r, s = y * sy + i * dy - before[0], x * sx + j * dx - before[1]
            if 0 <= r < image.shape[0] and 0 <= s < image.shape[1]:
                out[y, x, o] += w[o, c, i, j] * image[r, s, o // own * per + c]
    return out


@settings(max_examples=60, deadline=None)
@given(layers(["convolution"]))
def test_convolution_and_its_gradient_by_loops(layer):
    a, w, b = drawn(layer, 2)
    delta = np.random.default_rng(2).normal(size=(2, layer.n_out))
    end, pixels = int(np.prod(layer.shape_out)), layer.n_pixels
    d_w, d_a = np.zeros_like(w), np.zeros_like(a)
    per, own, before = layer.channels_in // layer.groups, layer.channels // layer.groups, layer.windows.before
    for row in range(2):
        image = a[row, :pixels].reshape(layer.shape_in)
        z = layer.forward(a[row : row + 1], w, b)[0]
        np.testing.assert_allclose(z[:end].reshape(layer.shape_out), convolved(layer, image, w, b), atol=1e-12)
        np.testing.assert_array_equal(z[end:], a[row, pixels:])
        through = delta[row, :end].reshape(layer.shape_out)
        d_image = d_a[row, :pixels].reshape(layer.shape_in)
        d_a[row, pixels:] = delta[row, end:]
        for y, x, o in np.ndindex(through.shape):
            for c, i, j in np.ndindex(w.shape[1:]):
                r = y * layer.stride[0] + i * layer.dilation[0] - before[0]
                s = x * layer.stride[1] + j * layer.dilation[1] - before[1]
                if 0 <= r < image.shape[0] and 0 <= s < image.shape[1]:
                    d_w[o, c, i, j] += through[y, x, o] * image[r, s, o // own * per + c]
                    d_image[r, s, o // own * per + c] += through[y, x, o] * w[o, c, i, j]
    found = layer.backward(delta, a, w)
    np.testing.assert_allclose(found.d_weights, d_w, atol=1e-12)
    np.testing.assert_allclose(found.d_inputs, d_a, atol=1e-12)
    np.testing.assert_allclose(found.d_biases, delta[:, :end].reshape(-1, layer.channels).sum(axis=0), atol=1e-12)


def onnx_run(node, layer, a, *weights):
    """What ONNX Runtime makes of the image part of rows."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    h, w, c = layer.shape_in
    names = ["x", *(f"p{i}" for i in range(len(weights)))]
    graph = helper.make_graph(
        [helper.make_node(node.pop("op"), names, ["y"], **node)], "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [len(a), c, h, w])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", "c", "h", "w"])],
        [numpy_helper.from_array(p.astype(np.float32), name) for p, name in zip(weights, names[1:], strict=True)],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    images = a[:, : layer.n_pixels].reshape(-1, h, w, c).transpose(0, 3, 1, 2).astype(np.float32)
    return session.run(None, {"x": images})[0].transpose(0, 2, 3, 1).reshape(len(a), -1)


@settings(max_examples=40, deadline=None)
@given(layers(sorted(set(KINDS) - {"dense"})))
def test_onnx_runtime_agrees(layer):
    a, w, b = drawn(layer, 2)
    z = layer.forward(a, w, b)[:, : int(np.prod(layer.shape_out))]
    windows = layer.windows
    pads = [*windows.before, *windows.after]
    node = {"kernel_shape": list(windows.size), "strides": list(windows.stride), "pads": pads}
    if isinstance(layer, Convolution):
        node |= {"op": "Conv", "dilations": list(layer.dilation), "group": layer.groups}
        theirs = onnx_run(node, layer, a, w, b)
    elif isinstance(layer, GlobalMean):
        theirs = onnx_run({"op": "GlobalAveragePool"}, layer, a)
    else:
        theirs = onnx_run({"op": "MaxPool" if layer.selects else "AveragePool", **node}, layer, a)
    np.testing.assert_allclose(z, theirs, rtol=1e-4, atol=1e-4)


def test_the_first_of_equal_numbers_wins():
    layer = MaxPooling(2).bound((2, 2, 1))
    a = np.array([[1.0, 3.0, 3.0, 2.0]])
    assert layer.links(0, a[0]).inputs.tolist() == [1]
    assert layer.backward(np.ones((1, 1)), a, np.zeros(0)).d_inputs.tolist() == [[0, 1, 0, 0]]


def test_a_kind_that_says_only_what_it_must_has_the_rest_from_its_links():
    class Reversed(LayerSpec):
        kind = "reversed"

        @property
        def shape_out(self):
            return self.shape_in

        def forward(self, a, weights, biases):
            return a[..., ::-1]

        def backward(self, delta, a, weights):
            from glassnet.layers import Backward

            return Backward(delta[:, ::-1], weights, weights)

        def links(self, unit, a=None):
            return Links.of(unit, inputs=self.n_in - 1 - unit)

    layer = Reversed().bound((3,))
    assert layer.links_from(0).units.tolist() == [2]
    np.testing.assert_array_equal(layer.matrix(np.zeros(0)), np.eye(3)[::-1])
