"""Traces: their seven parts, what they refuse, and their renderers."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet import Dense, Network
from glassnet.errors import ConfigurationError, DataError, ShapeError
from glassnet.formulas import losses, optimizers
from glassnet.network import InputStep, OptimizerState

X = np.array([[0.5, 37.6], [2.3, 39.1], [2.9, 36.2]])
Y = np.array([3.2, 1.9, 1.0])


def make(**settings):
    rng = np.random.default_rng(2)
    layers = [Dense(2, 3, "tanh", weights=0.05 * rng.normal(size=(2, 3)), biases=rng.normal(size=3)), Dense(3, 1)]
    return Network(layers, **settings)


def test_the_seven_parts():
    network = make(l1=0.01, l2=0.02)
    weight = [1.0, 2.0, 0.5]
    trace = network.trace(X, Y, sample_weight=weight, learning_rate=0.1, optimizer="adam")
    passed, gradients, value = network.forward(X), network.gradients(X, Y, weight), network.loss(X, Y, weight)
    assert [step.value for step in trace.inputs[1]] == [2.3, 39.1]
    for k, (forward, backward) in enumerate(zip(trace.forward, trace.backward, strict=True)):
        assert forward.layer == backward.layer == k + 1
        np.testing.assert_array_equal(forward.z, passed.z[k])
        np.testing.assert_array_equal(forward.a, passed.a[k + 1])
        np.testing.assert_array_equal(forward.arriving, passed.a[k])
        np.testing.assert_array_equal(backward.delta, gradients.delta[k])
        np.testing.assert_allclose(backward.delta, backward.arriving * backward.slope, rtol=1e-15)
        np.testing.assert_array_equal(backward.d_weights, gradients.data_d_weights[k])
        np.testing.assert_array_equal(backward.penalty_d_weights, gradients.penalty_d_weights[k])
        np.testing.assert_allclose(
            sum(term.gradients[k] for term in trace.loss.penalties), backward.penalty_d_weights, rtol=1e-14
        )
    assert trace.loss.total == value.total
    assert trace.loss.data == value.data
    assert [(term.name, term.value) for term in trace.loss.penalties] == [("l1", value.l1), ("l2", value.l2)]
    assert trace.loss.data == pytest.approx(trace.loss.factor * float(trace.loss.row_losses @ trace.loss.row_weights))
    assert all(check.agrees for check in trace.checks.values())
    assert len(trace.checks) == network.n_parameters == len(trace.parameter_names)
    network.step(X, Y, sample_weight=weight, learning_rate=0.1, optimizer="adam")
    for k in range(2):
        np.testing.assert_array_equal(trace.update.weights[k], network.weights[k])
        np.testing.assert_array_equal(trace.update.biases[k], network.biases[k])
        for name in ("m", "v"):
            np.testing.assert_array_equal(
                trace.update.state_after[k]["weights"][name], network.optimizer_state.weights[k][name]
            )
            assert (trace.update.state_before[k]["biases"][name] == 0).all()
    assert trace.new_loss == network.loss(X, Y, weight).total
    assert trace.update.scalars == {"correction_1": pytest.approx(0.1), "correction_2": pytest.approx(0.001)}


@pytest.mark.parametrize("name", list(optimizers))
def test_the_trace_of_a_later_step_is_that_step(name):
    network = make(l2=0.1)
    for _ in range(3):
        network.step(X, Y, learning_rate=0.01, optimizer=name)
    trace = network.trace(X, Y, learning_rate=0.02, optimizer=name)
    assert trace.update.step == 4
    network.step(X, Y, learning_rate=0.02, optimizer=name)
    for k in range(2):
        np.testing.assert_array_equal(trace.update.weights[k], network.weights[k])
    replay = make(l2=0.1).trace(X, Y, learning_rate=0.02, optimizer=name, state=network.optimizer_state)
    assert replay.update.step == 5
    assert replay.parameter("W1[0,0]").state_before == trace.parameter("W1[0,0]").state_after


def test_tracing_changes_nothing():
    network = make()
    before = [w.copy() for w in network.weights]
    trace = network.trace(X, Y, learning_rate=0.1, optimizer="momentum")
    assert network.optimizer_state is None
    assert all((a == b).all() for a, b in zip(before, network.weights, strict=True))
    network.weights[0][:] = 0.0
    assert (trace.forward[0].weights == before[0]).all()


def test_records_are_frozen():
    trace = make().trace(X, Y, learning_rate=0.1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace.new_loss = 0.0
    with pytest.raises(ValueError, match="read-only"):
        trace.forward[0].weights[0, 0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        trace.update.weights[0][0, 0] = 1.0


def test_sums_open_every_number():
    trace = make(loss="huber").trace(X, Y, learning_rate=0.1)
    for layer in (1, 2):
        for row in range(3):
            for neuron in range(trace.layer_sizes[layer]):
                for total in (trace.z_sum(layer, row, neuron), trace.delta_sum(layer, row, neuron)):
                    assert total.complete
                    assert sum(term.value for term in total.terms) == pytest.approx(total.total, rel=1e-12, abs=1e-15)
                    for term in total.terms:
                        assert term.value == pytest.approx(np.prod([factor.value for factor in term.factors]))
    for name in trace.parameter_names:
        total = trace.gradient_sum(name)
        assert sum(term.value for term in total.terms) == pytest.approx(total.total, rel=1e-12, abs=1e-15)
    assert [f.name for f in trace.delta_sum(1, 0, 2).terms[0].factors] == ["δ2[0,0]", "W2[2,0]", "tanh'(z1[0,2])"]
    assert trace.z_sum(1, 0, 2).symbolic == "Σ_i x[0,i] · W1[i,2] + b1[2]"
    for bad in ((0, 0, 0), (3, 0, 0), (1, 3, 0), (1, 0, 3), (1, -1, 0)):
        with pytest.raises(ConfigurationError, match="There is no"):
            trace.z_sum(*bad)


def test_checks_on_demand():
    network = make()
    lazy, full = (network.trace(X, Y, learning_rate=0.1, check=check) for check in (False, True))
    assert lazy.checks == {}
    for name in full.parameter_names:
        a, b = lazy.check(name), full.check(name)
        assert (a.width, a.kink) == (b.width, b.kink)
        assert a.numeric == pytest.approx(b.numeric, rel=1e-6, abs=1e-9)


def test_a_check_that_differs_says_so():
    check = make().trace(X, Y, learning_rate=0.1).check("W2[0,0]")
    wrong = dataclasses.replace(check, analytic=check.numeric * 1.01)
    assert wrong.verdict == "differs"
    assert not wrong.agrees
    assert dataclasses.replace(wrong, kink="relu bends").verdict == "not comparable: relu bends"
    assert check.verdict == "agrees"


def test_inputs_told_by_the_caller():
    steps = [[InputStep("size", "0.5", 0.5, "0.5"), InputStep("fever", "37.6", 37.6, "37.6")]]
    trace = make().trace(X[:1], Y[:1], learning_rate=0.1, inputs=steps, feature_names=["size", "fever"])
    assert trace.inputs == (tuple(steps[0]),)
    scaled = [[InputStep("size", "0.5", 0.5, "0.5"), InputStep("fever", "39.2", 37.6, "(39.2 - 1.6) / 1")]]
    text = make().trace(X[:1], Y[:1], learning_rate=0.1, inputs=scaled).text()
    assert "→ (39.2 - 1.6) / 1 =" in text
    wrong = [[steps[0][0], InputStep("fever", "1", 1.0, "1")]]
    with pytest.raises(
        ConfigurationError,
        match=r"row 0, 'fever' is stated to become 1\.0, but the network sees "
        r"37\.6",
    ):
        make().trace(X[:1], Y[:1], learning_rate=0.1, inputs=wrong)
    with pytest.raises(ShapeError, match="2 input steps for each of the 3 rows"):
        make().trace(X, Y, learning_rate=0.1, inputs=steps)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"feature_names": ["a"]}, ShapeError, "feature_names has 1 names; 2 are needed"),
        ({"row_names": ["a"]}, ShapeError, "row_names has 1"),
        ({"learning_rate": -1.0}, ConfigurationError, "learning_rate=-1 is not a positive"),
        ({"learning_rate": "fast"}, ConfigurationError, "learning_rate='fast' is not a number"),
        ({"learning_rate": float("inf")}, ConfigurationError, "learning_rate=inf"),
        ({"optimizer": "adm"}, ConfigurationError, "Did you mean 'adam'"),
        ({"optimizer": "adam", "step": 3}, ConfigurationError, r"depends on what the optimizer remembers \(m, v\)"),
        ({"step": 0}, ConfigurationError, "step=0 must be a whole number of at least 1"),
        ({"state": OptimizerState(optimizers["adam"], 4)}, ConfigurationError, "Leave `step` out"),
        ({"engine_values": {"weights": [1]}}, ConfigurationError, "engine_values has 'weights'"),
        ({"engine_values": {"prediction": [1]}}, ShapeError, "does not have the shapes"),
    ],
)
def test_settings_that_do_not_fit(settings, error, message):
    with pytest.raises(error, match=message):
        make().trace(X, Y, **{"learning_rate": 0.1, **settings})


def test_nan_in_the_data():
    bad = X.copy()
    bad[1, 0] = np.nan
    with pytest.raises(DataError, match=r"X\[1, 0\] is nan"):
        make().trace(bad, Y, learning_rate=0.1)


def test_gradient_descent_at_any_step():
    assert make().trace(X, Y, learning_rate=0.1, step=7, epoch=2).update.step == 7
    assert "Training step 7 of epoch 2" in make().trace(X, Y, learning_rate=0.1, step=7, epoch=2).text()


def test_one_row():
    trace = make().trace(X[:1], Y[:1], learning_rate=0.1)
    assert repr(trace).startswith("Trace(2-3-1, 1 row, step 1 of gradient_descent, loss ")
    assert "on 1 row" in trace.text()
    assert all(check.agrees for check in trace.checks.values())


def test_engine_values():
    network = make()
    passed, gradients = network.forward(X), network.gradients(X, Y)
    engine = {
        "raw_prediction": passed.raw_prediction.astype(np.float32),
        "d_weights": [g.astype(np.float32) for g in gradients.d_weights],
    }
    engine["raw_prediction"][2, 0] += np.float32(0.25)
    trace = network.trace(X, Y, learning_rate=0.1, engine_values=engine)
    assert trace.engine.dtype == "float32"
    assert trace.engine.largest == pytest.approx(0.25, abs=1e-5)
    assert trace.engine.differences[1].largest < 1e-6 * max(1, trace.engine.differences[1].size)
    assert "trained in float32; this trace computes in float64" in trace.text()
    assert trace.to_json()["engine"]["differences"]["raw_prediction"]["largest"] == trace.engine.largest


def only_json_types(value):
    """Whether a value is made of plain JSON types."""
    if isinstance(value, dict):
        return all(type(k) is str and only_json_types(v) for k, v in value.items())
    if isinstance(value, list):
        return all(map(only_json_types, value))
    return value is None or type(value) in (str, int, float, bool)


@pytest.mark.parametrize("loss", list(losses))
def test_json_is_strict_and_whole(loss):
    record = losses[loss]
    n_out = 2 if record.task == "multiclass" else 1
    y = np.eye(2)[[0, 1, 1]] if n_out == 2 else np.ones((3, record.target_width(1)))
    network = Network([Dense(2, 3, "relu"), Dense(3, n_out)], loss=loss, l1=0.1)
    trace = network.trace(X, y, learning_rate=0.1, optimizer="adam")
    document = trace.to_json()
    assert only_json_types(document)
    again = json.loads(json.dumps(document, allow_nan=False))
    assert again == document
    np.testing.assert_array_equal(np.array(document["forward"][0]["z"]), trace.forward[0].z)
    np.testing.assert_array_equal(np.array(document["update"]["weights"][1]), trace.update.weights[1])
    assert set(document["checks"]) == set(trace.parameter_names)
    assert document["loss"]["total"] == trace.loss.total
    assert json.dumps(document) == json.dumps(network.trace(X, y, learning_rate=0.1, optimizer="adam").to_json())


def test_json_holds_the_first_rows_and_the_count():
    network = Network([Dense(1, 1)])
    document = network.trace(np.arange(500.0), np.arange(500.0), learning_rate=1e-6).to_json(rows=10)
    assert (document["n_rows"], document["rows_shown"], len(document["X"]), len(document["inputs"])) == (
        500,
        10,
        10,
        10,
    )
    assert len(network.trace(np.arange(150.0), np.arange(150.0), learning_rate=1e-6).to_json(rows=None)["X"]) == 150


def test_an_overflowing_step_can_still_be_looked_at():
    network = Network([Dense(1, 1, weights=[[1e200]], biases=[0.0])])
    trace = network.trace([1e200, 1.0], [0.0, 0.0], learning_rate=0.1)
    document = trace.to_json()
    json.dumps(document, allow_nan=False)
    assert document["loss"]["total"] == "Infinity"
    assert "inf" in trace.text()
    assert trace.latex()
    assert trace.frame() is not None
    assert str(trace.explain("W1[0,0]"))


def test_levels_that_a_cell_does_not_have_share_a_line():
    levels = [f"ward = {k}" for k in range(9)]
    steps = [InputStep(name, "4", float(k == 4), f"{int(k == 4)} because it is 4") for k, name in enumerate(levels)]
    network = Network([Dense(9, 1)])
    row = [[step.value for step in steps]]
    trace = network.trace(row, [1.0], learning_rate=0.1, feature_names=levels, inputs=[steps])
    for written in (trace.text(width=100), trace.html()):
        assert all(name in written for name in ("ward = 0 and 3 more", "ward = 4", "ward = 5 and 3 more"))
        assert "ward = 7" not in written.partition("because")[2].partition("Forward")[0]
    assert len(trace.inputs[0]) == 9


def test_frame():
    network = make(l1=0.1)
    trace = network.trace(X, Y, learning_rate=0.1, feature_names=["size", "fever"])
    frame = trace.frame()
    assert list(frame.index) == list(trace.parameter_names)
    for name in trace.parameter_names:
        step, row = trace.parameter(name), frame.loc[name]
        assert (row["old"], row["data_gradient"], row["gradient"], row["new"]) == (
            step.old, step.data_gradient, step.gradient, step.new)  # fmt: skip
        assert row["penalty_gradient"] == step.penalty_gradient
        assert row["check"] == trace.checks[name].numeric
        assert (row["layer"], row["neuron"]) == (step.layer, step.index[-1])
    assert frame.loc["W1[1,0]", "from"] == "fever"
    assert frame.loc["b2[0]", "from"] == "bias"
    assert network.trace(X, Y, learning_rate=0.1, check=False).frame()["check"].isna().all()


def test_text_fits_its_width_and_shows_all_parts():
    trace = make(l1=0.01, loss="huber").trace(X, Y, learning_rate=0.1, optimizer="adamw")
    text = trace.text(width=88)
    assert max(map(len, text.splitlines())) <= 100
    for part in ("1  Inputs", "2  Forward", "3  Loss", "4  Backward", "5–7  Penalty, check and update", "l1 penalty"):
        assert part in text
    assert str(trace) == trace.text()
    assert text.count("W1[0,0]") >= 3


def test_text_of_a_large_batch_is_short():
    rng = np.random.default_rng(0)
    network = Network([Dense(20, 30, "relu"), Dense(30, 1)])
    trace = network.trace(rng.normal(size=(2000, 20)), rng.normal(size=2000), learning_rate=0.1)
    text = trace.text(rows=2)
    assert len(text.splitlines()) < 250
    assert "… and 1998 more rows" in text
    assert "… and 26 more neurons" in text


def test_latex_has_every_part_and_escapes_names():
    trace = make(l2=0.1).trace(X, Y, learning_rate=0.1, optimizer="adam", row_names=["a_1", "50 %", "c&d"])
    latex = trace.latex()
    for part in ("Forward, layer 1 (tanh)", "Backward, layer 2", r"\frac{\partial L}{\partial W^{(1)}_{0,0}}"):
        assert part in latex
    assert "gradient\\_descent" in make().trace(X, Y, learning_rate=0.1).latex()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 17))
def test_digits_are_the_readers_choice(digits):
    trace = make().trace(X, Y, learning_rate=0.1, check=False)
    assert trace.text(digits=digits, rows=1)
    assert trace.explain("W1[0,0]", digits=digits).lines[0].arithmetic.digits == digits


@pytest.mark.parametrize("digits", [0, 18, 2.5, "5", True])
def test_digits_out_of_range(digits):
    with pytest.raises(ConfigurationError, match="whole number from 1 to 17"):
        make().trace(X, Y, learning_rate=0.1).explain("W1[0,0]", digits=digits)
