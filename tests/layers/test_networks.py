"""Networks that look at images: gradients, training, carried inputs, dropout, traces, and what is refused."""

import json
import pickle

import numpy as np
import pytest
from sklearn.datasets import load_digits

from glassnet import Convolution, Dense, GlobalMean, MaxPooling, MeanPooling, Network
from glassnet.errors import ConfigurationError, DataError, ShapeError
from glassnet.estimators.networks.parameters import hidden_sizes
from glassnet.formulas import dropout_mask
from glassnet.network import SharedNetworks
from glassnet.network.trace.equations.quantity import quantity_lines, value_of

RNG = np.random.default_rng(5)
X = RNG.normal(size=(4, 6 * 5 * 2 + 3))
Y = RNG.normal(size=(4, 2))
WEIGHT = RNG.random(4)


def network(**settings):
    """Every kind of layer, with numbers beside the image, mixes and a parametrization."""
    layers = [
        Convolution(4, (3, 2), "tanh", padding=1, parametrization="ntk(bias_rate=0.5)", mixed=True),
        MaxPooling(2, stride=(2, 1), padding="same"),
        Convolution(4, 3, "selu", dilation=2, groups=2, channel_dropout=True),
        MeanPooling((1, 2), "softplus"),
        Dense(5, "gelu"),
        Dense(2),
    ]
    net = Network(layers, input_shape=(6, 5, 2), other_inputs=3, seed=3, **settings)
    net.mixes[0] = np.array([1.0, 0.3, 0.8, 1.1])
    return net


def test_the_gradients_are_those_of_finite_differences():
    net = network(l1=0.01, l2=0.02)
    found = net.gradients(X, Y, WEIGHT)
    for values, slopes in ((net.weights, found.d_weights), (net.biases, found.d_biases), (net.mixes, found.d_mixes)):
        for k, (array, slope) in enumerate(zip(values, slopes, strict=True)):
            if array is None or (values is net.weights and k == 0):  # its penalty acts on the free weights
                continue
            assert slope.shape == array.shape
            for index in list(np.ndindex(array.shape))[:: max(1, array.size // 12)]:
                old, ends = array[index], []
                for moved in (old + 1e-6, old - 1e-6):
                    array[index] = moved
                    ends.append(net.loss(X, Y, WEIGHT).total)
                array[index] = old
                assert slope[index] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=2e-5, abs=1e-8), (k, index)
    inputs = X.copy()
    for index in [(0, 0), (1, 17), (2, 59), (3, 61), (0, 62)]:
        ends = []
        for moved in (X[index] + 1e-6, X[index] - 1e-6):
            inputs[index] = moved
            ends.append(net.loss(inputs, Y, WEIGHT).total)
        inputs[index] = X[index]
        assert found.d_inputs[index] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("settings", [{}, {"dropout": 0.2}], ids=["plain", "dropout"])
def test_every_parameter_opens_and_agrees_with_its_finite_difference(settings):
    net = network(**settings)
    trace = net.trace(X, Y, learning_rate=0.1, optimizer="adamw(weight_decay=0.1)", sample_weight=WEIGHT, check=True)
    assert len(trace.parameter_names) == net.n_parameters == len(trace.frame())
    assert len(trace.checks) == net.n_parameters
    for name, check in trace.checks.items():
        assert check.agrees or check.kink, (name, check)
    for name in trace.parameter_names[::7]:
        total = trace.gradient_sum(name) if not name.startswith("m") else None
        if total is not None:
            assert sum(term.value for term in total.terms) == pytest.approx(total.total, rel=1e-9, abs=1e-14)
        explained, step = trace.explain(name), trace.parameter(name)
        assert name in explained.text()
        assert explained.latex
        new = {line.name: line.arithmetic.total for line in explained.lines}[f"new {name}"]
        assert new == pytest.approx(step.new, rel=1e-10, abs=1e-14)
    net.step(X, Y, learning_rate=0.1, optimizer="adamw(weight_decay=0.1)", sample_weight=WEIGHT)
    for k in range(6):
        np.testing.assert_array_equal(trace.update.weights[k], net.weights[k])
    np.testing.assert_array_equal(trace.update.mixes[0], net.mixes[0])


def test_every_sum_adds_up_and_every_name_has_its_value():
    net = network(dropout=0.2)
    trace = net.trace(X, Y, learning_rate=0.1, check=False)
    for layer, size in enumerate(trace.layer_sizes[1:], start=1):
        forward, backward = trace.forward[layer - 1], trace.backward[layer - 1]
        for unit in range(0, size, max(1, size // 9)):
            for found in (trace.z_sum(layer, 1, unit), trace.delta_sum(layer, 1, unit)):
                assert sum(term.value for term in found.terms) == pytest.approx(found.total, rel=1e-9, abs=1e-13)
                assert value_of(trace, found.name) == found.total
                for term in found.terms:
                    for factor in term.factors:
                        if factor.kind in ("weight", "input", "activation", "dropout", "delta", "slope", "bias"):
                            assert value_of(trace, factor.name) == factor.value, factor.name
            assert value_of(trace, forward.place("z", 1, unit)) == forward.z[1, unit]
            assert value_of(trace, forward.place("δ", 1, unit)) == backward.delta[1, unit]
            for letter in "zaδ":
                (line,) = quantity_lines(trace, forward.place(letter, 1, unit), terms=1000)
                written = sum(piece.evaluated(17) for piece in line.arithmetic.pieces) * line.arithmetic.suffix
                written *= line.arithmetic.numerator / line.arithmetic.denominator
                assert written == pytest.approx(line.arithmetic.total, rel=1e-8, abs=1e-12)
    for i in range(0, 63, 7):
        found = trace.input_sum(2, i)
        assert sum(term.value for term in found.terms) == pytest.approx(found.total, rel=1e-9, abs=1e-13)
        assert value_of(trace, found.name) == found.total == trace.d_inputs[2, i]
    assert value_of(trace, "x[2,1,5,4]") == X[2, :60].reshape(6, 5, 2)[5, 4, 1]
    assert value_of(trace, "x[2,1]") == X[2, 61]
    for name in ("x[2,2,0,0]", "x[2,3]", "z1[0,3]", "z1[0,0,0]", "W1[0,0]", "dL/dx[9,0,0,0]", "z9[0,0,0,0]"):
        with pytest.raises(ConfigurationError, match=r"no (quantity|parameter)"):
            value_of(trace, name)


@pytest.mark.parametrize("settings", [{}, {"dropout": [0.2, 0.2, 0.2, 0.2, 0.2, 0.2]}], ids=["plain", "dropout"])
def test_the_slope_of_every_pixel_agrees_with_its_finite_difference(settings):
    trace = network(**settings).trace(X, Y, learning_rate=0.1, sample_weight=WEIGHT, check=False)
    for name in [f"dL/dx[1,{c},{y},{x}]" for c in range(2) for y in range(6) for x in range(5)] + ["dL/dx[3,2]"]:
        check = trace.check(name)
        assert check.parameter == name
        assert check.agrees or check.kink, check
        assert check.analytic == value_of(trace, name)


def test_all_renderers_show_it():
    trace = network().trace(X, Y, learning_rate=0.1)
    text = trace.text()
    assert "a network 6 x 5 x 2 and 3 beside → 6 x 6 x 4 and 3 beside" in text.replace("\n", " ")
    assert "wins" in text
    assert "which pixels would change the loss" in text
    told = json.loads(json.dumps(trace.to_json(), allow_nan=False))
    assert [layer["kind"] for layer in told["layers"]][:2] == ["convolution", "max pooling"]
    assert np.shape(told["d_inputs"]) == X.shape
    page = trace.html()
    assert "The patches that move" in page
    assert "<script" not in page
    assert r"\max\left(" in trace.latex()


def test_max_pooling_names_its_winner():
    net = Network([MaxPooling(2), Dense(1, weights=[[1.0]], biases=[0.0])], input_shape=(2, 2, 1))
    trace = net.trace([[1.0, 7.0, 3.0, 2.0]], [0.0], learning_rate=0.1)
    (line,) = quantity_lines(trace, "z1[0,0,0,0]")
    assert "x[0,0,0,1] = 7" in line.symbolic
    assert line.symbolic.endswith("x[0,0,0,1] wins")
    assert trace.d_inputs.tolist() == [[0.0, 14.0, 0.0, 0.0]]


def test_the_carried_numbers_are_copies_until_the_dense_layer():
    net = network()
    passed = net.forward(X)
    for k in range(1, 5):
        np.testing.assert_array_equal(passed.a[k][:, -3:], X[:, -3:])
    assert net.layers[4].n_in == int(np.prod(net.layers[3].shape_out)) + 3


def test_dropout_of_channels_drops_whole_maps():
    net = network(dropout=[0.0, 0.0, 0.5, 0.0, 0.0, 0.0])
    mask = net.dropout_masks(4, step=2)[2]
    shape = net.layers[2].shape_in
    maps = mask[:, : int(np.prod(shape))].reshape(4, -1, shape[2])
    assert (maps == maps[:, :1]).all()
    assert {0.0, 2.0} == set(np.unique(mask))
    drawn = dropout_mask(0.5, 4, shape[2] + 3, seed=3, member=0, step=2, layer=2)
    np.testing.assert_array_equal(maps[:, 0], drawn[:, : shape[2]])
    np.testing.assert_array_equal(mask[:, -3:], drawn[:, -3:])


def test_it_learns_the_digits():
    digits = load_digits()
    images, y = digits.images / 16, np.eye(10)[digits.target]
    layers = [Convolution(6, 3, "relu"), MaxPooling(2), Dense(10)]
    net = Network(layers, input_shape=(8, 8, 1), loss="cross_entropy", seed=1)
    net.fit(images[:1200], y[:1200], learning_rate=0.01, optimizer="adam", batch_size=50, epochs=4)
    right = net.predict(images[1200:].reshape(-1, 64)).argmax(axis=1) == digits.target[1200:]
    assert right.mean() > 0.88
    report = net.neurons(images[:100])
    assert [len(report.of(layer)) for layer in (1, 2, 3)] == [6, 0, 10]
    assert "3 x 3 kernel, relu) answers to" in report.text
    patch = report.of(1)[0].patches[0]
    assert patch.pixels.shape == (3, 3, 1)
    seen = (patch.pixels[:, :, 0] * net.weights[0][0, 0]).sum() + net.biases[0][0]
    assert patch.value == pytest.approx(max(seen, 0.0))


def test_initializers_go_by_the_inputs_of_a_kernel():
    net = Network([Convolution(64, 5, initializer="he")], input_shape=(9, 9, 4), seed=1)
    assert net.weights[0].std() == pytest.approx(1 / np.sqrt(4 * 25), rel=0.05)
    net = Network([Convolution(64, 5, initializer="glorot", groups=2)], input_shape=(9, 9, 4), seed=1)
    assert np.abs(net.weights[0]).max() == pytest.approx(np.sqrt(6 / (2 * 25 + 32 * 25)), rel=0.01)
    net = Network([Convolution(8, 3, parametrization="ntk")], input_shape=(9, 9, 4))
    assert net.layers[0].factor == pytest.approx(1 / 6)
    rows = RNG.normal(size=(50, 81))
    net = Network([Convolution(8, 3, initializer="data_driven")], input_shape=(9, 9, 1), seed=2).look_at(rows)
    np.testing.assert_allclose(net.forward(rows).z[0].reshape(-1, 8).std(axis=0), 1.0, rtol=1e-10)


def test_how_it_looks_and_its_copy():
    net = network()
    assert "Convolution(4, (3, 2), 'tanh', padding=1, parametrization='ntk(bias_rate=0.5)', mixed=True)" in repr(net)
    assert "MaxPooling(2, stride=(2, 1), padding='same')" in repr(net)
    assert "input_shape=(6, 5, 2), other_inputs=3" in repr(net)
    twin = net.copy()
    np.testing.assert_array_equal(twin.predict(X), net.predict(X))
    assert twin.layers[0].shape_in == (6, 5, 2)
    np.testing.assert_allclose(net.collapse().network.predict(X), net.predict(X))
    with pytest.raises(AttributeError, match="not changed in place"):
        net.layers[0].channels = 5


@pytest.mark.parametrize("kind", ["show", "trace"])
def test_show_writes_a_page(kind, tmp_path):
    path = tmp_path / "page.html"
    if kind == "show":
        network().show(path=path)
    else:
        network().show(X, Y, learning_rate=0.1, path=path)
    assert "W1[0,0]" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Network([Convolution(4, 5, padding="valid")], input_shape=(3, 28, 1)), ShapeError,
         r"3 - 5 \+ 1 = -1 rows"),
        (lambda: Network([Convolution(6, 5, padding="valid"), Dense(100, 10)], input_shape=(28, 28, 1)), ShapeError,
         r"24 x 24 x 6 = 3456 numbers leave layer 1 \(28 - 5 \+ 1 = 24 rows.*Write Dense\(3456, 10"),
        (lambda: Network([Convolution(6, 5, stride=2, padding=1), Dense(1, 10)], input_shape=(28, 28, 1)), ShapeError,
         r"\(28 \+ 1 \+ 1 - 5\) // 2 \+ 1 = 13 rows"),
        (lambda: Network([Convolution(6, 3)]), ConfigurationError, r"does not say.*input_shape=\(rows, columns"),
        (lambda: Network([Dense(3)]), ConfigurationError, r"input_shape=a number, or write Dense\(n_in, 3\)"),
        (lambda: Network([Convolution(6, 3)], input_shape=64), ShapeError, "looks at an image, but what enters has"),
        (lambda: Network([Dense(4), Convolution(6, 3)], input_shape=4), ShapeError, "looks at an image"),
        (lambda: Network([Dense(4)], input_shape=(8, 8)), ConfigurationError, r"input_shape=\(8, 8\) must be"),
        (lambda: Network([Dense(4)], input_shape=(8, 0, 1)), ConfigurationError, "input_shape=0 must be a whole"),
        (lambda: Network([Dense(3, 4)], input_shape=5), ShapeError, "input_shape makes 5 inputs"),
        (lambda: Network([Dense(3)], input_shape=5, other_inputs=-1), ConfigurationError, "other_inputs=-1"),
        (lambda: Convolution(0, 3), ConfigurationError, "channels=0 must be a whole number"),
        (lambda: Convolution(3, 3, groups=2), ConfigurationError, r"groups=2.*channels=4"),
        (lambda: Network([Convolution(4, 3, groups=2)], input_shape=(8, 8, 3)), ShapeError, "3 channels enter"),
        (lambda: Convolution(4, (1, 2, 3)), ConfigurationError, "size=.1, 2, 3. must be one whole number, or two"),
        (lambda: Convolution(4, 3, padding="full"), ConfigurationError, "padding='full' is not 'same', 'valid'"),
        (lambda: Convolution(4, 3, padding=-1), ConfigurationError, "padding=-1"),
        (lambda: Network([Convolution(4, 3, padding=3)], input_shape=(8, 8, 1)), ShapeError, "Use less padding"),
        (lambda: Convolution(4, 3, stride=0), ConfigurationError, "stride=0"),
        (lambda: Convolution(4, 3, parametrization="scaled").bound((8, 8, 1)), ConfigurationError, "'ntk'"),
        (lambda: Convolution(1, 3, weights=np.ones((3, 3))).bound((8, 8, 1)), ShapeError, r"needs \(1, 1, 3, 3\)"),
        (lambda: Convolution(1, 3, biases=[np.nan]).bound((8, 8, 1)), DataError, "not finite"),
        (lambda: MaxPooling(9).bound((8, 8, 1)), ShapeError, r"\(8 - 9\) // 9 \+ 1 = 0 rows"),
        (lambda: SharedNetworks([Convolution(4, 3), Dense(64, 1)], heads=2, input_shape=(4, 4, 1)),
         ConfigurationError, "support Dense layers"),
        (lambda: Network([GlobalMean(), Dense(2)], input_shape=(8, 8, 1)).predict(np.ones((2, 8, 7))), ShapeError,
         "X has shape"),
    ],
)  # fmt: skip
def test_what_does_not_fit_says_why_and_how_to_repair_it(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    "ask",
    [
        lambda path: hidden_sizes((Convolution(4, 3), 8)),  # as the estimators of tables read them
    ],
)
def test_what_computes_with_matrices_alone_refuses_it_and_says_what_to_do(ask, tmp_path):
    with pytest.raises(ConfigurationError, match=r"supports dense layers only.*Convolution.*fit\(X, y.*MLPClassifier"):
        ask(tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_a_network_is_kept_with_pickle():
    net = network()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(net)).predict(X), net.predict(X))


def test_a_network_that_trains_nothing_can_be_looked_at():
    net = Network([MaxPooling(2), GlobalMean()], input_shape=(4, 4, 1))
    rows = RNG.normal(size=(2, 16))
    assert net.n_parameters == 0
    net.step(rows, [0.0, 1.0], learning_rate=0.1)
    trace = net.trace(rows, [0.0, 1.0], learning_rate=0.1)
    assert trace.checks == {}
    assert "This network trains nothing" in trace.text()
    assert "Feature maps" in trace.html()
    assert trace.check("dL/dx[0,0,1,1]").agrees


def test_layers_are_equal_when_they_compute_the_same():
    alike = Convolution(4, 3, "relu", stride=2), Convolution(4, (3, 3), "relu", stride=(2, 2), weights=None)
    assert alike[0] == alike[1]
    assert len({*alike, Convolution(4, 3, "relu"), Convolution(4, 3, stride=2), MaxPooling(4), MeanPooling(4)}) == 5
    assert alike[0].bound((8, 8, 1)) != alike[0]
    assert alike[0].bound((8, 8, 1)) == alike[1].bound((8, 8, 1)) != alike[0].bound((8, 8, 1), 2)
    assert Convolution(4, 3, initializer="glorot") != Convolution(4, 3)
    assert Dense(2, 3) == Dense(2, 3) != Dense(2, 3, connections=[(2, 1, 3)])


def test_a_dense_layer_may_look_at_an_image(tmp_path):
    net = Network([Dense(3, "tanh"), Dense(1)], input_shape=(3, 3, 2), other_inputs=1, seed=1)
    flat = Network([Dense(19, 3, "tanh"), Dense(3, 1)], seed=1)
    rows = RNG.normal(size=(2, 19))
    np.testing.assert_array_equal(net.predict(rows), flat.predict(rows))
    trace = net.trace(rows, [0.0, 1.0], learning_rate=0.1)
    assert all(check.agrees for check in trace.checks.values())
    assert value_of(trace, "x[1,1,2,0]") == rows[1].tolist()[2 * 6 + 1]
    assert "pixel 0,1 of channel 0" in trace.explain("W1[2,0]").title
    trace.show(path=tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size > 10_000


def test_a_choice_that_flips_inside_the_difference_is_named():
    net = Network(
        [Convolution(1, 1, weights=np.ones((1, 1, 1, 1))), MaxPooling((1, 2)), Dense(1)], input_shape=(1, 2, 1)
    )
    trace = net.trace([[1.0, -1.0]], [3.0], learning_rate=0.1)
    assert trace.check("W1[0,0,0,0]").agrees
    trace = net.trace([[1e-9, -1e-9]], [3.0], learning_rate=0.1)
    net.weights[0][:] = 1e-9
    trace = net.trace([[1.0, -1.0]], [3.0], learning_rate=0.1)
    assert "another number wins the max pooling at 0,0,0 of layer 2" in trace.check("W1[0,0,0,0]").kink
