"""The promise: no thread count, grouping, slicing or instruction set changes a bit of any weight."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import targets_for

from glassnet.engine import Plan, Population, Predictor, Training, _native, predict_raw
from glassnet.errors import ConfigurationError
from glassnet.formulas import activations, losses, optimizers


def fingerprint(result, member=None):
    digest = hashlib.sha256()
    for array in (*result.weights, *result.biases):
        digest.update((array if member is None else array[member]).tobytes())
    for curve in result.loss_curve if member is None else [result.loss_curve[member]]:
        digest.update(curve.tobytes())
    return digest.hexdigest()


def problem(seed, sizes, n, loss="squared_error"):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, sizes[0])), targets_for(losses[loss], rng, n, sizes[-1]), rng


shapes = st.tuples(
    st.sampled_from([1, 2, 3, 16, 17]),
    st.lists(st.sampled_from([1, 3, 8, 16, 17, 40]), max_size=2),
    st.sampled_from([1, 2, 3, 18]),
).map(lambda t: [t[0], *t[1], t[2]])


@settings(max_examples=25, deadline=None)
@given(
    sizes=shapes,
    n=st.sampled_from([1, 5, 33, 300]),
    batch=st.sampled_from([None, 1, 7, 32, 257]),
    seed=st.integers(0, 2**64 - 1),
    activation=st.sampled_from(sorted(activations)),
    optimizer=st.sampled_from(sorted(optimizers)),
    loss=st.sampled_from(["squared_error", "logistic", "huber"]),
    dtype=st.sampled_from(["float32", "float64"]),
    members=st.integers(1, 37),
    own_rows=st.sampled_from(["", "weights", "lists"]),
    dropout=st.booleans(),
    clip_norm=st.sampled_from([None, 0.1]),
    l1=st.sampled_from([0.0, 0.01]),
    parametrization=st.sampled_from(["standard", "standard", "ntk", "scaled_ntk(bias_rate=0.1, scale_rate=6)"]),
    schedule=st.sampled_from(["constant", "cosine"]),
)
def test_threads_grouping_and_slices(
    sizes, n, batch, seed, activation, optimizer, loss, dtype, members, own_rows, dropout, clip_norm, l1,
    parametrization, schedule,
):  # fmt: skip
    X, y, rng = problem(seed % 1000, sizes, n, loss)
    plan = Plan(
        sizes, [activation] * (len(sizes) - 2) + ["identity"], loss, optimizer=optimizer, epochs=3, batch_size=batch,
        dtype=dtype, monitor="training_loss", l1=l1, l2=0.01, learning_rate=0.003, clip_norm=clip_norm,
        label_smoothing=0.1 if loss == "logistic" else 0.0, parametrization=parametrization, schedule=schedule,
    )  # fmt: skip
    own = {"learning_rate": rng.uniform(0.001, 0.01, members)}
    if own_rows == "weights":
        own["row_weights"] = rng.integers(0, 3, size=(members, n)).astype(float)
    if own_rows == "lists":
        own["rows"] = [rng.integers(n, size=max(1, n - i % 2)) for i in range(members)]
    if dropout:
        own["dropout"] = rng.uniform(0, 0.6, (members, len(sizes) - 1)) * rng.integers(2, size=(members, 1))
    population = Population(seed=seed, members=members, **own)
    wanted = fingerprint(Training(plan, population, X, y, threads=1).run(raise_when_all_diverged=False))
    for threads in (2, 3, 8, 17):
        result = Training(plan, population, X, y, threads=threads).run(raise_when_all_diverged=False)
        assert fingerprint(result) == wanted
    sliced = Training(plan, population, X, y, threads=2)
    for steps in (1, 2, 5, 1):
        sliced.advance_steps(steps)
    resumed = Training(plan, population, X, y, threads=3)
    resumed.restore(sliced.save())
    while not resumed.advance(1e-6):
        pass
    assert fingerprint(resumed.result) == wanted
    for member in {0, members // 2, members - 1}:
        alone = Population(
            seed=seed, members=[member], **{name: values[member : member + 1] for name, values in own.items()}
        )
        assert fingerprint(Training(plan, alone, X, y).run(raise_when_all_diverged=False)) == fingerprint(
            result, member
        )


def test_a_schedule_follows_the_rows_of_each_member():
    """Members on more and on fewer rows take turns on one thread; each has its own number of steps ahead."""
    X, y, _ = problem(5, [3, 6, 1], 33)
    rows = [np.arange(33), np.arange(32), np.arange(33), np.arange(20)]
    plan = Plan([3, 6, 1], ["tanh", "identity"], "squared_error", schedule="cosine", batch_size=32, epochs=8)
    together = Training(plan, Population(seed=1, members=4, rows=rows), X, y, threads=1)
    while not together.advance_steps(1):
        pass
    for member in range(4):
        alone = Population(seed=1, members=[member], rows=rows[member : member + 1])
        assert fingerprint(Training(plan, alone, X, y).run()) == fingerprint(together.result, member)


PROGRAM = """
import sys
sys.path.insert(0, {path!r})
from test_same_bits import every_regime
print(every_regime())
"""


def every_regime():
    """One digest over trainings of many shapes: tiny, odd, wide, populations, every activation and optimizer."""
    digest = hashlib.sha256()
    names = sorted(activations)
    cases = [
        ([2, 8, 1], 50, 32, 1),
        ([10, 32, 32, 1], 70, 32, 1),
        ([30, 64, 64, 3], 300, 128, 2),
        ([5, 3], 20, 7, 33),
        ([10, 8, 1], 40, 16, 19),
        ([3, 17, 5, 2], 290, None, 5),
        ([65, 130, 70, 10], 150, 128, 1),
    ]
    for number, (sizes, n, batch, members) in enumerate(cases):
        for dtype in ("float32", "float64"):
            loss = "softmax_cross_entropy" if sizes[-1] == 3 else "squared_error"
            X, y, _ = problem(number, sizes, n, loss)
            for k in range(3):
                acts = [names[(number + 3 * k + i) % len(names)] for i in range(len(sizes) - 2)] + ["identity"]
                plan = Plan(
                    sizes,
                    acts,
                    loss,
                    optimizer=sorted(optimizers)[(number + k) % len(optimizers)],
                    epochs=2,
                    batch_size=batch,
                    dtype=dtype,
                    monitor="none",
                    l2=0.001,
                    schedule="cosine",
                    dropout=0.3 if k == 1 else 0.0,
                    clip_norm=0.5 if k == 2 else None,
                    label_smoothing=0.1 if loss == "softmax_cross_entropy" else 0.0,
                    parametrization="standard" if (number + k) % 3 else "scaled_ntk(bias_rate=0.1, scale_rate=6)",
                )
                result = Training(plan, Population(seed=number, members=members), X, y).run(
                    raise_when_all_diverged=False
                )
                digest.update(fingerprint(result).encode())
                raw = predict_raw([w[0] for w in result.weights], [b[0] for b in result.biases], acts, X[:9])
                digest.update(raw.tobytes())
    for dtype, rate in (
        ("float32", 1.0),
        ("float64", 0.5),
    ):  # layers that see column by column, mixes, schedules, a start from the rows
        plan = Plan(
            [3, 15, 7, 1], ["cosine", "selu", "identity"], "squared_error", optimizer="adamw(weight_decay=0.1)",
            connections=[[(1, 1, 4, 1)] * 3, None, None], mixed=[False, True, False], dropout=0.2, epochs=3,
            decay_schedule="flat_cos", dropout_schedule="cosine", batch_size=32, monitor="none", dtype=dtype,
            initializer=["wave", "data_driven", "data_driven"], parametrization=f"standard(mix_rate={rate})",
        )  # fmt: skip
        X, y, _ = problem(3, [3, 15, 7, 1], 101, "squared_error")
        result = Training(plan, Population(seed=5, members=2), X, y).run()
        for array in (*result.weights, *result.biases, *result.mixes):
            digest.update(array.tobytes())
    return digest.hexdigest()


def test_instruction_sets():
    digests = {}
    for isa in _native.usable_isas():
        program = PROGRAM.format(path=os.path.dirname(__file__))
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "GLASSNET_ISA": isa},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        digests[isa] = done.stdout.strip()
    assert len(set(digests.values())) == 1, digests
    assert "portable" in digests


def test_an_instruction_set_that_is_not_there_is_named():
    done = subprocess.run(
        [sys.executable, "-c", "from glassnet.engine import _native; _native.isa()"],
        env={**os.environ, "GLASSNET_ISA": "abacus"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "GLASSNET_ISA=abacus cannot run on this machine" in done.stderr


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_predictions_do_not_depend_on_threads_or_company(threads):
    rng = np.random.default_rng(0)
    weights, biases = [rng.normal(size=(7, 20)), rng.normal(size=(20, 3))], [rng.normal(size=20), rng.normal(size=3)]
    X = rng.normal(size=(5000, 7))
    wanted = predict_raw(weights, biases, ["gelu", "identity"], X, threads=1)
    assert predict_raw(weights, biases, ["gelu", "identity"], X, threads=threads).tobytes() == wanted.tobytes()
    for row in (0, 17, 4999):
        assert predict_raw(weights, biases, ["gelu", "identity"], X[row : row + 1]).tobytes() == wanted[row].tobytes()


def test_after_a_fork():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 1))
    plan = Plan([3, 4, 1], ["tanh", "identity"], "squared_error", epochs=3)

    def bits():
        return fingerprint(Training(plan, Population(members=4), X, y, threads=2).run())

    wanted = bits()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, bits().encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    assert os.read(reader, 100).decode() == wanted


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("settings", [
    {}, {"l1": 1e-4, "l2": 1e-3}, {"clip_norm": 0.01}, {"parametrization": "scaled_ntk(bias_rate=0.1, scale_rate=6)"},
])  # fmt: skip
def test_threads_inside_a_wide_network(dtype, settings):
    sizes = [170, 300, 150, 3]  # wide enough for threads to share products and updates
    X, y, _ = problem(11, sizes, 230, "softmax_cross_entropy")
    plan = Plan(
        sizes, ["tanh", "relu", "identity"], "softmax_cross_entropy", epochs=2, batch_size=100, dtype=dtype, **settings
    )
    digests = {fingerprint(Training(plan, Population(seed=5), X, y, threads=t).run()) for t in (1, 2, 3, 8, 17)}
    assert len(digests) == 1


def test_members_with_rates_of_their_own_share_lanes():
    X, y, rng = problem(12, [6, 9, 2], 90)
    rates, row_weights = rng.uniform(1e-3, 1e-2, 21), rng.integers(0, 3, size=(21, 90)).astype(float)
    plan = Plan(
        [6, 9, 2], ["tanh", "identity"], "huber", epochs=60, batch_size=16, patience=1, tolerance=5e-3,
        restore_best=True, schedule="adaptive",
    )  # fmt: skip
    together = Training(plan, Population(seed=9, members=21, learning_rate=rates, row_weights=row_weights), X, y).run()
    assert len(set(together.n_epochs.tolist())) > 3
    for member in range(0, 21, 4):
        population = Population(
            seed=9, members=[member], learning_rate=rates[[member]], row_weights=row_weights[[member]]
        )
        alone = Training(plan, population, X, y).run()
        assert fingerprint(alone) == fingerprint(together, member)
        assert (alone.n_epochs[0], alone.learning_rate[0]) == (
            together.n_epochs[member],
            together.learning_rate[member],
        )


def test_rows_alone_and_together_predict_the_same_bits():
    rng = np.random.default_rng(3)
    for dtype in (np.float32, np.float64):
        weights = [rng.normal(size=(30, 100)).astype(dtype), rng.normal(size=(100, 2)).astype(dtype)]
        biases = [rng.normal(size=100).astype(dtype), rng.normal(size=2).astype(dtype)]
        predictor = Predictor(weights, biases, ["relu", "identity"])
        X = rng.normal(size=(50, 30)).astype(dtype)
        together = predictor(X)
        for count in (1, 2, 5, 6, 7, 16, 17):
            assert predictor.fast(X[:count]).tobytes() == together[:count].tobytes()


def test_a_saved_training_continues_elsewhere():
    X, y, _ = problem(13, [4, 7, 1], 60)
    held = (X[:20], y[:20], None)
    plan = Plan(
        [4, 7, 1], ["gelu", "identity"], "squared_error", epochs=12, batch_size=16, monitor="validation_score",
        restore_best=True, schedule="cosine",
    )  # fmt: skip
    population = Population(seed=2, members=5)
    wanted = Training(plan, population, X, y, validation=held).run()
    for steps in (1, 7, 30):
        first = Training(plan, population, X, y, validation=held)
        first.advance_steps(steps)
        second = Training(plan, population, X, y, validation=held, threads=1)
        second.restore(first.save())
        result = second.run()
        assert fingerprint(result) == fingerprint(wanted)
        assert result.best_epoch.tolist() == wanted.best_epoch.tolist()
    other = Training(plan, Population(members=2), X, y, validation=held)
    with pytest.raises(ConfigurationError, match="5 members, the population 2"):
        other.restore(first.save())
    wider = Training(Plan([4, 8, 1], ["gelu", "identity"], "squared_error"), population, X, y)
    with pytest.raises(ConfigurationError, match="another plan"):
        wider.restore(first.save())
