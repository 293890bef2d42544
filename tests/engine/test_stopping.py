"""Early stopping, best epoch, adaptive rates, the guard, interruption, memory, and messages."""

import subprocess
import sys

import numpy as np
import pytest

from glassnet.engine import Plan, Population, Training
from glassnet.engine.checks import memory
from glassnet.errors import ConfigurationError, DataError, ShapeError, TrainingDiverged


def data(n=60, columns=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, columns))
    return X, (X[:, :1] > 0).astype(float)


def judge(values, *, patience, tolerance, higher=False):
    """scikit-learn's rule, written again: the epoch after which training stops, and the best one."""
    best, count, best_epoch = -np.inf, 0, 0
    for epoch, value in enumerate(values if higher else [-v for v in values], start=1):
        count = 0 if value >= best + tolerance else count + 1
        if value > best:
            best, best_epoch = value, epoch
        if count > patience:
            return epoch, best_epoch
    return None, best_epoch


@pytest.mark.parametrize("patience", [1, 3])
def test_a_plateau_of_the_training_loss_stops(patience):
    X, y = data()
    plan = Plan(
        [3, 4, 1],
        ["tanh", "identity"],
        "logistic",
        epochs=500,
        patience=patience,
        tolerance=1e-3,
        learning_rate=0.03,
        batch_size=16,
    )
    result = Training(plan, Population(), X, y).run()
    assert result.stop_reason == ["plateau"]
    end, best = judge(result.loss_curve[0], patience=patience, tolerance=1e-3)
    assert (end, best) == (result.n_epochs[0], result.best_epoch[0])
    assert len(result.loss_curve[0]) == end < 500
    assert result.best_loss[0] == min(result.loss_curve[0])


@pytest.mark.parametrize("monitor", ["validation_loss", "validation_score"])
def test_validation_and_the_best_epoch(monitor):
    X, y = data(80)
    held = data(40, seed=1)
    plan = Plan(
        [3, 30, 1],
        ["tanh", "identity"],
        "logistic",
        epochs=60,
        patience=8,
        monitor=monitor,
        restore_best=True,
        learning_rate=0.1,
        batch_size=8,
        tolerance=0.0,
    )
    result = Training(plan, Population(seed=3), X, y, validation=(*held, None)).run()
    end, best = judge(result.validation_curve[0], patience=8, tolerance=0.0, higher=monitor == "validation_score")
    assert result.best_epoch[0] == best
    assert result.n_epochs[0] == (end or 60)
    assert result.best_loss[0] == result.validation_curve[0][best - 1]
    # The restored weights are those of a training that ends at the best epoch.
    steps = Training(plan, Population(seed=3), X, y, validation=(*held, None))
    steps.advance_steps(10 * best)
    for got, wanted in zip(result.weights, steps.result.weights, strict=True):
        assert got.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("loss", ["logistic", "softmax_cross_entropy", "squared_error", "hinge"])
def test_validation_scores_and_losses_are_right(loss):
    from sklearn.metrics import accuracy_score, r2_score

    from glassnet.engine import predict_raw
    from glassnet.formulas import losses

    rng = np.random.default_rng(2)
    X, held = rng.normal(size=(50, 3)), rng.normal(size=(300, 3))
    w = rng.random(300)
    outputs = 3 if loss == "softmax_cross_entropy" else 1

    def targets(A):
        if outputs == 3:
            return np.eye(3)[np.argmax(A, axis=1)]
        return A[:, :1] if loss == "squared_error" else np.where(A[:, :1] > 0, 1.0, -1.0 if loss == "hinge" else 0.0)

    for monitor in ("validation_score", "validation_loss"):
        plan = Plan(
            [3, 5, outputs],
            ["tanh", "identity"],
            loss,
            epochs=4,
            monitor=monitor,
            dtype="float64",
            batch_size=10,
            learning_rate=0.02,
        )
        result = Training(plan, Population(), X, targets(X), validation=(held, targets(held), w)).run()
        raw = predict_raw([W[0] for W in result.weights], [b[0] for b in result.biases], plan.activations, held)
        if monitor == "validation_loss":
            wanted = np.average(losses[loss].row_losses(raw, targets(held)), weights=w)
        elif loss == "squared_error":
            wanted = r2_score(targets(held), raw, sample_weight=w)
        elif outputs == 3:
            wanted = accuracy_score(targets(held).argmax(1), raw.argmax(1), sample_weight=w)
        else:
            wanted = accuracy_score(targets(held)[:, 0] > 0, raw[:, 0] > 0, sample_weight=w)
        assert result.validation_curve[0][-1] == pytest.approx(wanted, rel=1e-10)


def test_adaptive_divides_the_rate_on_plateaus():
    X, y = data()
    plan = Plan(
        [3, 1], ["identity"], "logistic", epochs=400, schedule="adaptive", patience=2, tolerance=0.5, learning_rate=0.5
    )
    result = Training(plan, Population(), X, y).run()
    assert result.stop_reason == ["plateau"]
    # 0.5 / 5^k is at or below 1e-6 from k = 9; each division follows 3 epochs without improvement, the first one 4.
    assert result.learning_rate[0] == pytest.approx(0.5 / 5**9)
    assert result.n_epochs[0] == 1 + 3 * 10


def test_the_guard_stops_in_that_step_and_keeps_the_last_good_weights():
    X, y = data()
    plan = Plan(
        [3, 4, 1],
        ["relu", "identity"],
        "squared_error",
        optimizer="gradient_descent",
        epochs=50,
        monitor="none",
        batch_size=20,
        learning_rate=1.0,
    )
    rates = np.array([0.01, 1e25, 0.02])
    population = Population(seed=1, members=3, learning_rate=rates)
    result = Training(plan, population, X, y).run()
    assert result.stop_reason == ["all_epochs", "diverged", "all_epochs"]
    why = result.divergence[1]
    assert why.member == 1
    assert why.step == result.n_steps[1] < 10
    assert why.learning_rate == 1e25
    assert why.largest_input == pytest.approx(np.abs(X).max(), rel=0.5)
    assert "stopped being finite in step" in why.message
    assert all(np.isfinite(array).all() for array in (*result.weights, *result.biases))
    calm = Training(plan, Population(seed=1, members=[0, 2], learning_rate=rates[[0, 2]]), X, y).run()
    assert calm.weights[0][1].tobytes() == result.weights[0][2].tobytes()
    replay = Training(plan, Population(seed=1, members=[1], learning_rate=rates[[1]]), X, y)
    replay.advance_steps(why.step)
    assert replay.result.weights[0][0].tobytes() == result.weights[0][1].tobytes()
    with pytest.raises(TrainingDiverged, match="Lower the learning rate"):
        Training(plan, Population(members=2, learning_rate=[1e25, 1e30]), X, y).run()


def test_a_run_can_be_stopped_and_continued():
    X, y = data(200)
    plan = Plan([3, 64, 64, 1], ["tanh", "tanh", "identity"], "logistic", epochs=50_000, monitor="none", batch_size=50)
    training = Training(plan, Population(), X, y)
    seen = []
    result = training.run(progress=lambda p: seen.append(p) or len(seen) < 2)
    assert result.stop_reason == ["running"]
    assert 0 < result.n_steps[0] < 200_000
    assert seen[-1].steps == result.n_steps[0]
    assert training.run().n_epochs[0] == 50_000


def test_zero_epochs_return_the_start():
    X, y = data()
    plan = Plan([3, 1], ["identity"], "logistic", epochs=0)
    result = Training(plan, Population(seed=4), X, y).run()
    assert result.n_epochs[0] == 0
    weights, _ = plan.initializer[0].draw(3, 1, seed=4)
    np.testing.assert_array_equal(result.weights[0][0], weights.astype(np.float32))


def test_too_little_memory_is_refused_with_the_arithmetic(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1e6)
    X, y = data()
    plan = Plan([3, 1000, 1], ["tanh", "identity"], "logistic")
    with pytest.raises(ConfigurationError, match=r"needs .* GiB \(50 members x 5001 weights"):
        Training(plan, Population(members=50), X, y)


MEMORY_OF_ONE_TRAINING = """
from pathlib import Path
import numpy as np
from glassnet.engine import Plan, Population, Training
from glassnet.engine.native import native_plan

resident = lambda: int(Path("/proc/self/statm").read_text().split()[1]) * 4096
sizes = (3, 2000, 200, 1)
plan = Plan(sizes, ["tanh", "tanh", "identity"], "logistic", epochs=1)
zeros = [(np.zeros((n_in, n_out)), np.zeros(n_out)) for n_in, n_out in zip(sizes, sizes[1:])]
X, y = np.zeros((60, 3)), np.zeros((60, 1))
before = resident()
training = Training(plan, Population(members=20, initial=zeros), X, y)
print(resident() - before, training._trainer.bytes_needed(native_plan(plan, 60, 0), 20, 60, 2))
"""


def test_the_memory_estimate_is_near_the_truth():
    # A process of its own has no freed memory to hand out again. Resident memory now, not its peak: a process
    # inherits the peak of the one that started it.
    command = [sys.executable, "-c", MEMORY_OF_ONE_TRAINING]
    grown, needed = map(float, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    assert 0.7 * needed < grown < 1.5 * needed


BAD = [
    ({"layer_sizes": [3]}, "at least the inputs"),
    ({"layer_sizes": [3, 0, 1]}, "layer_sizes"),
    ({"activations": ["tanh"]}, "activations were given"),
    ({"activations": ["tanhh", "identity"]}, "Did you mean 'tanh'"),
    ({"loss": "squared_eror"}, "squared_error"),
    ({"reduction": "average"}, "reduction"),
    ({"monitor": "loss"}, "monitor"),
    ({"learning_rate": 0.0}, "learning_rate"),
    ({"l2": -1.0}, "l2"),
    ({"epochs": 1.5}, "epochs"),
    ({"batch_size": 0}, "batch_size"),
    ({"dtype": "float16"}, "dtype"),
    ({"tolerance": float("nan")}, "tolerance"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_plans(change, message):
    good = {"layer_sizes": [3, 4, 1], "activations": ["tanh", "identity"], "loss": "logistic"}
    with pytest.raises(ConfigurationError, match=message):
        Plan(**{**good, **change})


def test_bad_data():
    X, y = data()
    plan = Plan([3, 1], ["identity"], "logistic")
    with pytest.raises(ShapeError, match=r"the plan needs \(rows, 3\)"):
        Training(plan, Population(), X[:, :2], y)
    with pytest.raises(ShapeError, match="but there are 60 rows"):
        Training(plan, Population(), X, y[:9])
    bad = X.copy()
    bad[4, 2] = np.nan
    with pytest.raises(DataError, match=r"X\[4, 2\] is nan"):
        Training(plan, Population(), bad, y)
    with pytest.raises(ConfigurationError, match="targets in"):
        Training(plan, Population(), X, y + 3)
    with pytest.raises(ConfigurationError, match="must not be negative"):
        Training(plan, Population(), X, y, -np.ones(60))
    with pytest.raises(ConfigurationError, match="validation"):
        Training(Plan([3, 1], ["identity"], "logistic", monitor="validation_loss"), Population(), X, y)
    with pytest.raises(ShapeError, match="row_weights"):
        Training(plan, Population(row_weights=np.ones((2, 60))), X, y)
    with pytest.raises(ConfigurationError, match="members"):
        Population(members=0)
    with pytest.raises(ConfigurationError, match="threads"):
        Training(plan, Population(), X, y, threads=0)


@pytest.mark.parametrize(("loss", "monitor"), [
    ("squared_error", "validation_loss"), ("squared_error", "validation_score"),
    ("logistic", "validation_loss"), ("logistic", "validation_score"),
])  # fmt: skip
@pytest.mark.parametrize(("hidden", "heads"), [(8, 1), (40, 1), (8, 3)])
def test_rows_that_judge_a_member_count_as_weights_of_zero_and_one(loss, monitor, hidden, heads):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5))
    y = X[:, :1] - X[:, 1:2] ** 2
    y = y if loss == "squared_error" else (y > 0).astype(float)
    held = [rng.choice(300, size, replace=False) for size in (1, 5, 37, 299)]
    weights = np.array([np.isin(np.arange(300), rows) for rows in held], dtype=float)
    plan = Plan(
        (5, hidden, 1), ("tanh", "identity"), loss, epochs=4, batch_size=64, monitor=monitor, restore_best=True,
        dtype="float64", heads=heads,
    )  # fmt: skip
    own = Training(plan, Population(0, 4, validation_rows=held), X, y, validation=(X, y, None)).run()
    weighed = Training(plan, Population(0, 4), X, y, validation=(X, y, weights)).run()
    for one, other in zip(own.validation_curve, weighed.validation_curve, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)  # sums over other blocks of rows
    assert own.best_epoch.tolist() == weighed.best_epoch.tolist()


def test_rows_that_judge_must_be_rows_of_the_validation_data():
    plan = Plan((1, 1), ("identity",), "squared_error", monitor="validation_loss")
    X = np.arange(6.0)[:, None]

    def train(rows, **data):
        return Training(plan, Population(0, 2, validation_rows=rows), X, X, **data)

    held = {"validation": (X[:3], X[:3], None)}
    with pytest.raises(ConfigurationError, match=r"validation_rows\[1\] has the row 3; rows go from 0 to 2"):
        train([[0], [3]], **held)
    with pytest.raises(ShapeError, match="validation_rows has 1 entries; a population of 2"):
        train([[0]], **held)
    with pytest.raises(ConfigurationError, match="validation_rows needs validation="):
        train([[0], [1]])
