"""Layers that see column by column, carry inputs on and mix their activation: the engine, the network, differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet import Dense, Network
from glassnet.engine import Plan, Population, Predictor, Training, loss_and_gradients
from glassnet.engine.checks import memory
from glassnet.errors import ConfigurationError
from glassnet.formulas import activations, mixed, optimizers

EMBEDDED = [(1, 1, 5, 1)] * 3 + [(2, 0, 0, 2)]
PROJECTED = [(6, 5, 2, 1)] * 3 + [(2, 2, 3, 0)]
LAYERS = {
    "one layer": ([5, 20, 2], ["cosine", "identity"], [EMBEDDED, None], [False, False]),
    "two layers": ([5, 20, 12, 40, 2], ["cosine", "identity", "tanh", "identity"], [EMBEDDED, PROJECTED, None, None],
                   [False, False, True, False]),
    "mixed copies": ([5, 20, 12, 2], ["sine", "silu", "identity"], [EMBEDDED, PROJECTED, None], [True, True, False]),
    "a single output": ([2, 3, 1], ["tanh", "tanh"], [[(1, 1, 1, 1), (1, 1, 1, 0)], None], [True, True]),
}  # fmt: skip


def made(kind, dtype="float64", **settings):
    sizes, names, connections, mixes = LAYERS[kind]
    given = settings.pop("parametrization", ["standard"] * len(names))
    initializer = settings.pop("initializer", "ntk_normal")
    layers = [
        Dense(n_in, n_out, name, initializer=initializer, connections=blocks, mixed=own, parametrization=record)
        for n_in, n_out, name, blocks, own, record in zip(
            sizes, sizes[1:], names, connections, mixes, given, strict=False
        )
    ]
    plan = Plan(
        sizes, names, "squared_error", connections=connections, mixed=mixes, initializer=initializer,
        parametrization=given, dtype=dtype, batch_size=24, epochs=4, monitor="none", learning_rate=0.01, **settings,
    )  # fmt: skip
    penalties = {name: settings[name] for name in ("l1", "l2", "dropout") if name in settings}
    return Network(layers, seed=5, **penalties), plan


def rows(kind, n=61):
    sizes, rng = LAYERS[kind][0], np.random.default_rng(n)
    return rng.normal(size=(n, sizes[0])), rng.normal(size=(n, sizes[-1]))


RATES = "standard(weight_rate=0.5, bias_rate=0.1, mix_rate=2, bias_decay=0)"
SETTINGS = [
    {"optimizer": "adam", "l1": 0.01, "l2": 0.02},
    {"optimizer": "adamw(weight_decay=0.3)", "clip_norm": 0.5, "decay_schedule": "flat_cos"},
    {"optimizer": "momentum", "dropout": 0.3, "dropout_schedule": "cosine"},
]


@pytest.mark.parametrize("rated", [False, True], ids=["one rate", "rates"])
@pytest.mark.parametrize("settings", SETTINGS, ids=lambda s: s["optimizer"].partition("(")[0])
@pytest.mark.parametrize("kind", LAYERS)
def test_engine_and_network_train_alike(kind, settings, rated):
    records = [RATES] * len(LAYERS[kind][1]) if rated else ["frequency", *["standard"] * (len(LAYERS[kind][1]) - 1)]
    network, plan = made(kind, parametrization=records, **settings)
    X, y = rows(kind)
    result = Training(plan, Population(seed=5), X, y).run()
    fit = {name: value for name, value in settings.items() if name not in ("l1", "l2", "dropout")}
    network.fit(X, y, learning_rate=0.01, batch_size=24, epochs=4, **fit)
    for k, layer in enumerate(network.layers):
        np.testing.assert_allclose(result.weights[k][0], network.weights[k], rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(result.biases[k][0], network.biases[k], rtol=1e-8, atol=1e-11)
        if network.mixes[k] is None:
            assert result.mixes[k].shape == (1, 0)
        else:
            np.testing.assert_allclose(result.mixes[k][0], network.mixes[k], rtol=1e-8, atol=1e-11)
        if layer.connections is not None:
            imposed = layer.connections.impose(network.weights[k], network.biases[k])
            np.testing.assert_array_equal(network.weights[k], imposed[0])
            np.testing.assert_array_equal(result.weights[k][0], layer.connections.impose(result.weights[k][0], 0.0)[0])


@pytest.mark.parametrize("kind", LAYERS)
def test_every_gradient_by_finite_differences(kind):
    network, _ = made(kind, l2=0.05)
    X, y = rows(kind, 9)
    rng = np.random.default_rng(3)
    for mixes in network.mixes:
        if mixes is not None:
            mixes[mixes == 1] = rng.normal(0.7, 0.3, int((mixes == 1).sum()))
    gradients = network.gradients(X, y)
    start = {"weights": network.weights, "biases": network.biases, "mixes": network.mixes}
    for kind_of, d in (("weights", gradients.d_weights), ("biases", gradients.d_biases), ("mixes", gradients.d_mixes)):
        for k, layer in enumerate(network.layers):
            if start[kind_of][k] is None or (kind_of == "mixes" and not layer.mixed):
                continue
            held = np.ones_like(start[kind_of][k], dtype=bool)
            if layer.connections is not None:
                held = layer.connections.mask if kind_of == "weights" else layer.connections.trained_neurons
            assert (d[k][~held] == 0).all()
            for index in list(zip(*np.nonzero(held), strict=True))[:40]:
                twins = [network.copy(), network.copy()]
                for twin, by in zip(twins, (1e-6, -1e-6), strict=True):
                    getattr(twin, kind_of)[k][index] += by
                numeric = (twins[0].loss(X, y).total - twins[1].loss(X, y).total) / 2e-6
                analytic = d[k][index]
                if kind_of == "weights" and layer.carries:  # penalties act on what is trained
                    analytic = analytic + 2 * 0.05 * network.weights[k][index]
                assert analytic == pytest.approx(numeric, rel=2e-6, abs=1e-7), (kind_of, k, index)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("kind", LAYERS)
def test_bits_do_not_depend_on_threads_or_company(kind, threads):
    _, plan = made(kind, dtype="float32", optimizer="adam")
    X, y = rows(kind, 300)
    alone = Training(plan, Population(seed=2, members=[4]), X, y, threads=1).run()
    among = Training(plan, Population(seed=2, members=6), X, y, threads=threads).run()
    for parts in ("weights", "biases", "mixes"):
        for mine, theirs in zip(getattr(alone, parts), getattr(among, parts), strict=True):
            np.testing.assert_array_equal(mine[0], theirs[4])


def test_a_stopped_training_goes_on_with_its_mixes():
    _, plan = made("two layers", optimizer="adam")
    X, y = rows("two layers")
    whole, first = Training(plan, Population(seed=5), X, y), Training(plan, Population(seed=5), X, y)
    first.advance_steps(5)
    second = Training(plan, Population(seed=5), X, y)
    second.restore(first.save())
    ends = [whole.run(), second.run()]
    for parts in ("weights", "biases", "mixes"):
        for mine, theirs in zip(*(getattr(end, parts) for end in ends), strict=True):
            np.testing.assert_array_equal(mine, theirs)
    assert (ends[0].mixes[2] != 1).all()


@pytest.mark.parametrize("n", [1, 4, 5, 40])
@pytest.mark.parametrize("kind", LAYERS)
def test_predictions_of_few_and_many_rows(kind, n):
    network, plan = made(kind, optimizer="adam")
    X, y = rows(kind)
    network.fit(X, y, learning_rate=0.01, batch_size=24, epochs=2, optimizer="adam")
    predictor = Predictor(network.weights, network.biases, network.activations)
    np.testing.assert_allclose(predictor(X[:n]), network.predict(X[:n]), rtol=1e-12, atol=1e-13)
    watched = Plan(**{**{f: getattr(plan, f) for f in plan.__dataclass_fields__}, "monitor": "validation_loss"})
    result = Training(watched, Population(seed=5), X, y, validation=(X[:n], y[:n], None)).run()
    records = [
        record if not mixes.size else mixed(record, mixes[0])
        for record, mixes in zip(plan.activations, result.mixes, strict=True)
    ]
    got = Predictor([w[0] for w in result.weights], [b[0] for b in result.biases], records)(X[:n])
    assert result.validation_curve[0][-1] == pytest.approx(((got - y[:n]) ** 2).sum(axis=1).mean(), rel=1e-10)


@pytest.mark.parametrize("name", list(activations))
def test_mixes_with_every_activation(name):
    layers = [Dense(4, 6, name, mixed=True, initializer="lecun"), Dense(6, 1)]
    network = Network(layers, seed=1)
    plan = Plan(
        [4, 6, 1], [name, "identity"], "squared_error", mixed=[True, False], initializer=["lecun", "glorot"],
        dtype="float64", epochs=3, monitor="none", learning_rate=0.05, optimizer="gradient_descent",
    )  # fmt: skip
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(20, 4)), rng.normal(size=(20, 1))
    result = Training(plan, Population(seed=1), X, y).run()
    network.fit(X, y, learning_rate=0.05, epochs=3)
    np.testing.assert_allclose(result.mixes[0][0], network.mixes[0], rtol=1e-9)
    assert (network.mixes[0] != 1).any() or name == "identity"


def test_rows_that_the_initializer_sees():
    """The engine's start is the network's, and each member sees the rows that it trains on."""
    sizes, names, connections, _ = LAYERS["two layers"]
    rng = np.random.default_rng(6)
    X, y = rng.normal(1.0, 2.0, (40, 5)), rng.normal(size=(40, 2))
    start = ["wave(frequency=0.3)", "fan_in", "data_driven", "data_driven"]
    layers = [
        Dense(n_in, n_out, name, initializer=how, connections=blocks, parametrization=record)
        for n_in, n_out, name, how, blocks, record in zip(
            sizes, sizes[1:], names, start, connections, ["frequency", "standard", "scaled_ntk", "ntk"], strict=False
        )
    ]
    network = Network(layers, seed=9).look_at(X)
    plan = Plan(
        sizes, names, "squared_error", initializer=start, connections=connections, epochs=0, dtype="float64",
        parametrization=["frequency", "standard", "scaled_ntk", "ntk"],
    )  # fmt: skip
    result = Training(plan, Population(seed=9), X, y).run()
    for k in range(4):
        np.testing.assert_allclose(result.weights[k][0], network.weights[k], rtol=1e-10)
        np.testing.assert_allclose(result.biases[k][0], network.biases[k], rtol=1e-10, atol=1e-12)
    passed = network.forward(X)
    for k in (2, 3):
        np.testing.assert_allclose(passed.z[k].std(axis=0), 1.0, rtol=1e-10)
    halves = Population(seed=9, members=[0, 0], rows=[np.arange(20), np.arange(20, 40)])
    for m, half in enumerate((X[:20], X[20:])):
        alone = Training(plan, Population(seed=9), half, y[:20]).run()
        among = Training(plan, halves, X, y).run()
        np.testing.assert_array_equal(among.weights[3][m], alone.weights[3][0])
    with pytest.raises(ConfigurationError, match="looks at rows"):
        Population(seed=9).start(plan)


@pytest.mark.parametrize("settings", [*SETTINGS, {"optimizer": "adam", "clip_norm": 0.1, "l1": 0.01, "l2": 0.1}])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_block_is_a_plain_layer_bit_for_bit(dtype, settings):
    """Its rows of weights are looked at one by one; totals take each weight into the same chain as if all were one."""
    sizes = [7, 21, 5, 1]
    X, y = np.random.default_rng(1).normal(size=(2, 50, 7))
    ends = []
    for connections in (None, [[(7, 7, 21, 0)], [(21, 21, 5, 0)], None]):
        plan = Plan(
            sizes, ["tanh", "relu", "identity"], "squared_error", connections=connections, dtype=dtype, batch_size=24,
            epochs=4, monitor="none", learning_rate=0.01, mixed=[True, False, False], **settings,
        )  # fmt: skip
        ends.append(Training(plan, Population(seed=3, members=2), X, y[:, :1]).run())
    for parts in ("weights", "biases", "mixes", "loss_curve"):
        for mine, theirs in zip(*(getattr(end, parts) for end in ends), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_only_the_weights_within_blocks_are_kept():
    plans = [made("two layers", optimizer="adam", restore_best=best)[1] for best in (False, True)]
    X, y = rows("two layers")
    states = [Training(plan, Population(seed=5), X, y).save()[0][0] for plan in plans]
    padded = [15 + 20, 30 + 12 + 6, 12 * 40 + 40 + 40, 80 + 2]  # weights, biases, mixes; each layer in multiples of 16
    assert [state.shape for state in states] == [(n, sum(-(-p // 16) * 16 for p in padded)) for n in (3, 4)]


def test_a_start_that_is_given_keeps_what_is_connected():
    _, plan = made("two layers")
    rng = np.random.default_rng(0)
    given = [
        (rng.normal(size=(n_in, n_out)), rng.normal(size=n_out))
        for n_in, n_out in zip(plan.layer_sizes, plan.layer_sizes[1:], strict=False)
    ]
    X, y = rows("two layers")
    result = Training(
        Plan(**{**{f: getattr(plan, f) for f in plan.__dataclass_fields__}, "epochs": 0}),
        Population(seed=1, initial=given), X, y,
    ).run()  # fmt: skip
    for k, connections in enumerate(plan.layer_connections):
        w, b = given[k] if connections is None else connections.impose(*given[k])
        np.testing.assert_array_equal(result.weights[k][0], w)
        np.testing.assert_array_equal(result.biases[k][0], b)


@pytest.mark.parametrize("l2", [0.0, 0.01])
@pytest.mark.parametrize("kind", [kind for kind in LAYERS if kind != "a single output"])
def test_the_objective_of_connected_layers_without_training(kind, l2):
    _, plan = made(kind)
    plan = Plan(**{**{f: getattr(plan, f) for f in plan.__dataclass_fields__}, "mixed": None, "l2": l2})
    layers = [
        Dense(n_in, n_out, name, connections=blocks, initializer="lecun")
        for n_in, n_out, name, blocks in zip(plan.layer_sizes, plan.layer_sizes[1:], plan.activations,
                                             plan.layer_connections, strict=False)
    ]  # fmt: skip
    network = Network(layers, seed=2, l2=l2)
    X, y = rows(kind)
    objective, d_weights, d_biases = loss_and_gradients(plan, network.weights, network.biases, X, y)
    gradients = network.gradients(X, y)
    assert objective == pytest.approx(network.loss(X, y).total, rel=1e-12)
    for k, layer in enumerate(network.layers):
        wanted = gradients.d_weights[k]
        if layer.carries:  # there the network leaves the penalty, which acts on what is trained, to the step
            wanted = wanted + 2 * l2 * network.weights[k] * layer.connections.mask
        np.testing.assert_allclose(d_weights[k], wanted, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(d_biases[k], gradients.d_biases[k], rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    spans=st.lists(st.tuples(*[st.integers(0, 40)] * 4), min_size=0, max_size=8),
    stray=st.integers(0, 2), few=st.integers(1, 6), seed=st.integers(0, 99),
)  # fmt: skip
def test_blocks_that_a_predictor_finds(spans, stray, few, seed):
    """Zeros outside of blocks are not computed with, and seen again when they change."""
    rng = np.random.default_rng(seed)
    n_in, n_out = sum(s[0] + s[1] for s in spans) + 80, sum(s[2] + s[3] for s in spans) + 80
    w = np.zeros((n_in, n_out))
    row = column = 0
    for tall, empty_rows, wide, empty_columns in spans:
        w[row : row + tall, column : column + wide] = rng.normal(size=(tall, wide)) * (rng.random((tall, wide)) < 0.7)
        row, column = row + tall + empty_rows, column + wide + empty_columns
    for _ in range(stray):
        w[rng.integers(n_in), rng.integers(n_out)] = 1.0
    last, biases = rng.normal(size=(n_out, 2)), [rng.normal(size=n_out), rng.normal(size=2)]
    X = rng.normal(size=(20, n_in))
    predictor = Predictor([w, last], biases, ["identity", "identity"])
    wanted = (X @ w + biases[0]) @ last + biases[1]
    np.testing.assert_allclose(predictor(X), wanted, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(predictor(X[:few]), predictor(X)[:few])
    assert predictor.holds([w, last], biases)
    for place in zip(rng.integers(0, n_in, 5), rng.integers(0, n_out, 5), strict=True):
        before, w[place] = w[place], w[place] + 1.0
        assert not predictor.holds([w, last], biases)
        w[place] = before
    assert predictor.holds([w, last], biases)


def test_a_predictor_sees_mixes_that_changed_in_place():
    mixes = np.array([0.5, 1.0])
    predictor = Predictor([np.eye(2)], [np.zeros(2)], [mixed(activations["tanh"], mixes)])
    assert predictor.holds([np.eye(2)], [np.zeros(2)])
    mixes[0] = 0.25
    assert not predictor.holds([np.eye(2)], [np.zeros(2)])


def test_connected_layers_as_matrices_count_as_memory(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 5e7)
    blocks = [(1, 1, 4, 0)] * 2000
    plan = Plan([2000, 8000, 1], ["tanh", "identity"], "squared_error", connections=[blocks, None])
    with pytest.raises(ConfigurationError, match=r"1 x 16000000 x 4 bytes for layers with connections as matrices"):
        Training(plan, Population(), np.zeros((3, 2000)), np.zeros((3, 1)))


@pytest.mark.parametrize("optimizer", [name for name in optimizers if name != "adamw"])
def test_a_decay_schedule_needs_a_decay(optimizer):
    with pytest.raises(ConfigurationError, match="needs an optimizer with weight_decay"):
        Plan([1, 1], ["identity"], "squared_error", optimizer=optimizer, decay_schedule="flat_cos")


def test_bad_connections_and_mixes_are_refused():
    with pytest.raises(ConfigurationError, match="1 entries for 2 layers"):
        Plan([1, 2, 1], ["tanh", "identity"], "squared_error", connections=[None])
    with pytest.raises(ConfigurationError, match="3 entries for 2 layers"):
        Plan([1, 2, 1], ["tanh", "identity"], "squared_error", mixed=[True] * 3)
    with pytest.raises(ConfigurationError, match="Unknown schedule 'falling'"):
        Plan([1, 1], ["identity"], "squared_error", dropout_schedule="falling")
