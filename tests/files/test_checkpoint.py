"""Checkpoints: kill -9 at any moment and go on to the same bits; every other training and every damage is refused."""

from __future__ import annotations

import struct
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glassnet import GlassClassifier, GlassRegressor, MLPClassifier, MLPRegressor
from glassnet.engine import Plan, Population, Training
from glassnet.errors import ConfigurationError, ModelFileError
from glassnet.files import canonical_json, container, identity_of, read_checkpoint, read_model, write_checkpoint
from glassnet.files.checksum import checksums

rng = np.random.default_rng(3)
TABLE = {"a": rng.normal(size=90), "b": rng.normal(size=90), "y": rng.normal(size=90)}
SETTINGS = {"recipe": "lecture", "epochs": 40, "hidden_layer_sizes": (8,), "random_state": 5, "patience": 100}


class Stop(Exception):
    """What ends a training from inside, as a kill would."""


def stop_after(calls):
    """A progress function that ends the training after so many calls."""
    left = [calls]

    def progress(_):
        left[0] -= 1
        if left[0] < 0:
            raise Stop

    return progress


def same(one, two):
    assert [w.tobytes() for w in one.weights_] == [w.tobytes() for w in two.weights_]
    assert [b.tobytes() for b in one.biases_] == [b.tobytes() for b in two.biases_]
    assert one.history_.training_loss.tolist() == two.history_.training_loss.tolist()
    assert one.history_.validation_loss.tolist() == two.history_.validation_loss.tolist()
    assert one.history_.best_epoch == two.history_.best_epoch


@pytest.fixture
def slices(monkeypatch):
    """Slices of a training so short that tests can stop between them."""
    advance = Training.advance
    monkeypatch.setattr(Training, "advance", lambda self, seconds=0.0: self.advance_steps(3))
    return advance


@pytest.mark.parametrize("networks", [1, 3])
@pytest.mark.parametrize("stops", [[0], [7, 2, 30], [50]])
def test_the_bits_of_the_end_do_not_depend_on_stops(tmp_path, slices, networks, stops):
    settings = {**SETTINGS, "n_networks": networks}
    whole = GlassRegressor(**settings).fit(TABLE, target="y")
    path = tmp_path / "c"
    for calls in stops:
        with pytest.raises(Stop):
            GlassRegressor(**settings).fit(
                TABLE, target="y", checkpoint=path, checkpoint_every=1, progress=stop_after(calls)
            )
    assert path.exists() or stops == [0]
    same(GlassRegressor(**settings).fit(TABLE, target="y", checkpoint=path, checkpoint_every=1), whole)
    # a finished training ends at once, with the same network
    calls = []
    same(GlassRegressor(**settings).fit(TABLE, target="y", checkpoint=path, progress=calls.append), whole)
    assert len(calls) == 1


def test_ctrl_c_leaves_a_checkpoint_to_go_on_from(tmp_path, slices):
    def interrupt(progress):
        if progress.epoch >= 3:
            raise KeyboardInterrupt

    whole = GlassClassifier(**SETTINGS).fit({**TABLE, "y": TABLE["y"] > 0}, target="y")
    path = tmp_path / "c"
    early = GlassClassifier(**SETTINGS).fit(
        {**TABLE, "y": TABLE["y"] > 0}, target="y", checkpoint=path, checkpoint_every=1000, progress=interrupt
    )
    assert early.history_.stop_reason == "interrupted"
    same(GlassClassifier(**SETTINGS).fit({**TABLE, "y": TABLE["y"] > 0}, target="y", checkpoint=path), whole)


KILLED = """
import os, random, signal, sys
import numpy as np
from glassnet import GlassRegressor, MLPClassifier
import glassnet.engine.machines.training

path, kind = sys.argv[1], sys.argv[3]
rng = np.random.default_rng(1)
table = {"a": rng.normal(size=400), "b": rng.normal(size=400)}
table["y"] = table["a"] * table["b"]
shared = dict(hidden_layer_sizes=(16, 16), random_state=1, n_networks=2)


def fit(**saving):
    if kind == "table":
        return GlassRegressor(recipe="lecture", epochs=60, patience=100, **shared).fit(table, target="y", **saving)
    X, weights = np.column_stack([table["a"], table["b"]]), 0.5 + np.arange(400) % 3
    network = MLPClassifier(max_iter=400, early_stopping=True, n_iter_no_change=400, dropout=0.1, **shared)
    return network.fit(X, table["y"] > 0, weights, **saving)


advance = glassnet.engine.machines.training.Training.advance
glassnet.engine.machines.training.Training.advance = lambda self, seconds=0.0: advance(self, 0.0)


def dies_at(moment):
    # the process kills itself before its next slice, write, sync or rename, once it has done so many of them
    left = [moment]

    def counted(call):
        def counting(*arguments, **named):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)
        return counting

    for name in ("write", "fsync", "replace", "rename"):
        setattr(os, name, counted(getattr(os, name)))
    training = glassnet.engine.machines.training.Training
    training.advance = counted(training.advance)


moments = random.Random(0)
for _ in range(int(sys.argv[2])):
    moment = moments.randint(4, 40)
    child = os.fork()
    if child == 0:
        dies_at(moment)
        fit(checkpoint=path, checkpoint_every=1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    print(int(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL), end=" ")
fit(checkpoint=path, checkpoint_every=1).save(path + ".model")
fit().save(path + ".whole")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
@pytest.mark.parametrize("kind", ["table", "drop-in"])
def test_twenty_kills_change_no_bit(tmp_path, kind):
    """kill -9 at 20 random moments, while writing among them; the file at the end is the same to the byte."""
    path = tmp_path / "c"
    command = [sys.executable, "-W", "ignore", "-c", KILLED, str(path), "20", kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1"] * 20
    assert (tmp_path / "c.model").read_bytes() == (tmp_path / "c.whole").read_bytes()


# ------------------------------------------------------------------ the drop-in estimators

X, Y = np.column_stack([TABLE["a"], TABLE["b"]]), TABLE["y"]
PLAIN = {"hidden_layer_sizes": (8,), "max_iter": 30, "random_state": 5, "n_iter_no_change": 100, "batch_size": 16}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def same_drop_in(one, two):
    for name in ("coefs_", "intercepts_"):
        assert [w.tobytes() for w in getattr(one, name)] == [w.tobytes() for w in getattr(two, name)]
    for name in ("loss_curve_", "validation_scores_", "n_iter_", "t_", "best_loss_", "learning_rate_", "stop_reason_"):
        assert getattr(one, name) == getattr(two, name), name


@pytest.mark.parametrize(("kind", "y", "settings"), [
    (MLPRegressor, Y, {}), (MLPRegressor, Y, {"n_networks": 3, "solver": "sgd", "learning_rate": "adaptive"}),
    (MLPClassifier, Y > 0, {"early_stopping": True, "dropout": 0.2}),
    (MLPClassifier, np.digitize(Y, [-0.5, 0.5]), {"dtype": "float32", "learning_rate": "invscaling", "solver": "sgd"}),
], ids=["plain", "three", "stopping", "classes"])  # fmt: skip
def test_drop_in_estimators_end_with_the_same_bits(tmp_path, slices, kind, y, settings):
    settings, weights, path = {**PLAIN, **settings}, np.arange(len(y)) % 4, tmp_path / "c"
    whole = kind(**settings).fit(X, y, weights)
    for epochs in (2, 5, 1, 9):
        with pytest.raises(Stop):
            kind(**settings, callbacks=stop_after(epochs)).fit(X, y, weights, checkpoint=path, checkpoint_every=1)
        assert path.exists()
    same_drop_in(kind(**settings).fit(X, y, weights, checkpoint=path, checkpoint_every=1), whole)
    same_drop_in(kind(**settings).fit(X, y, weights, checkpoint=path), whole)  # a finished one ends at once


def test_a_second_fit_with_warm_start_has_its_own_checkpoint(tmp_path):
    twice = MLPRegressor(**PLAIN, warm_start=True).fit(X, Y).fit(X, Y, checkpoint=tmp_path / "c")
    again = MLPRegressor(**PLAIN, warm_start=True).fit(X, Y)
    with pytest.raises(ConfigurationError, match=r"differs in .*initial"):
        MLPRegressor(**PLAIN).fit(X, Y, checkpoint=tmp_path / "c")
    same_drop_in(again.fit(X, Y, checkpoint=tmp_path / "c"), twice)


def test_what_a_callback_ended_ends_there_again(tmp_path):
    settings = {**PLAIN, "callbacks": lambda progress: progress.epoch < 7}
    first = MLPRegressor(**settings).fit(X, Y, checkpoint=tmp_path / "c", checkpoint_every=1)
    assert (first.n_iter_, first.stop_reason_) == (7, "callback")
    same_drop_in(MLPRegressor(**settings).fit(X, Y, checkpoint=tmp_path / "c", checkpoint_every=1), first)


def test_checkpoints_of_drop_in_estimators_that_cannot_be(tmp_path):
    path = tmp_path / "c"
    with pytest.raises(ConfigurationError, match="solver='lbfgs' does not use checkpoint"):
        MLPRegressor(solver="lbfgs").fit(X, Y, checkpoint=path)
    MLPRegressor(**PLAIN).fit(X, Y, checkpoint=path)
    for other in ((X + 1, Y), (X, Y + 1), (X, Y, np.ones(len(Y)))):
        with pytest.raises(ConfigurationError, match="differs in table"):
            MLPRegressor(**PLAIN).fit(*other, checkpoint=path)
    with pytest.raises(ConfigurationError, match="differs in l2"):
        MLPRegressor(**PLAIN, alpha=0.5).fit(X, Y, checkpoint=path)
    with pytest.raises(ConfigurationError, match="checkpoint_every=0"):
        MLPRegressor(**PLAIN).fit(X, Y, checkpoint=path, checkpoint_every=0)


# ------------------------------------------------------------------ refusals


@pytest.fixture
def stopped(tmp_path, slices):
    path = tmp_path / "c"
    with pytest.raises(Stop):
        GlassRegressor(**SETTINGS).fit(TABLE, target="y", checkpoint=path, checkpoint_every=1, progress=stop_after(9))
    return path


@pytest.mark.parametrize(("change", "part"), [
    ({"learning_rate": 0.001}, "learning_rate"), ({"epochs": 41}, "epochs"), ({"activation": "tanh"}, "activations"),
    ({"random_state": 6}, "seed"), ({"hidden_layer_sizes": (9,)}, "layer_sizes"), ({"n_networks": 2}, "members"),
])  # fmt: skip
def test_a_checkpoint_of_other_settings_is_refused(stopped, change, part):
    before = stopped.read_bytes()
    with pytest.raises(ConfigurationError, match=f"another training: it differs in .*{part}"):
        GlassRegressor(**{**SETTINGS, **change}).fit(TABLE, target="y", checkpoint=stopped)
    assert stopped.read_bytes() == before


def test_a_checkpoint_of_another_table_is_refused(stopped):
    with pytest.raises(ConfigurationError, match=r"differs in table\. "):
        GlassRegressor(**SETTINGS).fit({**TABLE, "a": TABLE["a"] + 1e-3 * TABLE["b"]}, target="y", checkpoint=stopped)


def test_checkpoints_and_models_are_told_apart(stopped, tmp_path):
    with pytest.raises(ModelFileError, match="is a checkpoint of a training under way, not a model"):
        read_model(stopped)
    model = GlassRegressor(**SETTINGS).fit(TABLE, target="y").save(tmp_path / "m")
    with pytest.raises(ModelFileError, match="is a model file, not a checkpoint"):
        GlassRegressor(**SETTINGS).fit(TABLE, target="y", checkpoint=model)
    with pytest.raises(ConfigurationError, match="checkpoint_every=0"):
        GlassRegressor(**SETTINGS).fit(TABLE, target="y", checkpoint=tmp_path / "x", checkpoint_every=0)


def small():
    """A training of two members, a few steps in, and its identity."""
    plan = Plan([2, 3, 1], ["relu", "identity"], "squared_error", epochs=9, batch_size=4, monitor="none")
    population = Population(seed=1, members=2)
    X = np.arange(24.0).reshape(12, 2) / 24
    training = Training(plan, population, X, X[:, :1])
    training.advance_steps(4)
    return training, identity_of(plan, population, X=X)


def read(path, identity):
    return read_checkpoint(path, identity, [12, 12], 9)


def test_the_file_gives_back_the_state(tmp_path):
    training, identity = small()
    path = write_checkpoint(tmp_path / "c", training.save(), identity)
    again = read(path, identity)
    for one, two in zip(training.save(), again, strict=True):
        assert all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in zip(one, two, strict=True))
    assert write_checkpoint(tmp_path / "d", again, identity).read_bytes() == path.read_bytes()
    assert read(tmp_path / "none", identity) is None


def test_identities_are_the_same_in_every_process():
    code = (
        "from glassnet.engine import Plan, Population; from glassnet.files import identity_of; import numpy as np\n"
        "p = Plan([2, 3, 2], ['gelu', 'identity'], 'softmax_cross_entropy', schedule='cosine')\n"
        "print(identity_of(p, Population(seed=4, members=2, row_weights=np.ones((2, 5))), X=np.ones(3)))"
    )
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(2)}
    assert len(runs) == 1
    assert "plan.schedule" in runs.pop()


def forged(change, tensors=None):
    """A checkpoint with a changed state and a fitting checksum, as a careful attacker would write it."""
    training, identity = small()
    state = [tuple(part.copy() for part in member) for member in training.save()]
    change(state)
    names = ("arrays", "counters", "numbers", "loss_curve", "validation_curve")
    held = {f"member_{m}.{n}": p for m, s in enumerate(state) for n, p in zip(names, s, strict=True) if p.size}
    held.update(tensors or {})
    record = {"checkpoint": 1, "version": "0.1.0", "identity": dict(identity), "members": len(state)}
    record["sha256"] = checksums(record, container.buffer(held))
    return container.pack(held, canonical_json.canonical(record)), identity


def counter(position, value):
    def change(state):
        state[0][1][position] = value

    return change


FORGED = {
    "stop": counter(5, 99), "stop negative": counter(5, -1), "cause": counter(6, 4), "layer": counter(7, 10**6),
    "epoch": counter(0, -3), "late epoch": counter(0, 10), "position": counter(1, 13), "best": counter(4, -2**60),
    "weights": lambda state: state[1][0].fill(np.nan),
    "counters": lambda state: state.__setitem__(0, (state[0][0], state[0][1][:5], *state[0][2:])),
    "numbers": lambda state: state.__setitem__(0, (*state[0][:2], state[0][2][:1], *state[0][3:])),
    "float counters": lambda state: state.__setitem__(0, (state[0][0], state[0][1].astype(float), *state[0][2:])),
    "flat weights": lambda state: state.__setitem__(0, (state[0][0].ravel(), *state[0][1:])),
    "nothing": lambda state: state.__setitem__(0, (np.empty(0), *state[0][1:])),
}  # fmt: skip


@pytest.mark.parametrize("case", FORGED)
def test_forged_states_never_reach_the_engine(tmp_path, case):
    data, identity = forged(FORGED[case])
    (tmp_path / "c").write_bytes(data)
    with pytest.raises(ModelFileError, match="Delete it to start over"):
        read(tmp_path / "c", identity)


def test_unknown_arrays_are_refused(tmp_path):
    data, identity = forged(lambda state: None, {"spy": np.ones(2)})
    (tmp_path / "c").write_bytes(data)
    with pytest.raises(ModelFileError, match="'spy'"):
        read(tmp_path / "c", identity)
    good, identity = forged(lambda state: None)
    (tmp_path / "c").write_bytes(good)
    assert len(read(tmp_path / "c", identity)) == 2


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_checkpoints_are_refused(tmp_path, data):
    raw, identity = forged(lambda state: None)
    raw = bytearray(raw)
    place = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        del raw[place:]
    else:
        raw[place] ^= 1 << data.draw(st.integers(0, 7))
    (tmp_path / "c").write_bytes(raw)
    with pytest.raises((ModelFileError, ConfigurationError)):
        read(tmp_path / "c", identity)


def test_a_cut_header_is_refused(tmp_path):
    raw, identity = forged(lambda state: None)
    (tmp_path / "c").write_bytes(struct.pack("<Q", 10**6) + raw[8:])
    with pytest.raises(ModelFileError):
        read(tmp_path / "c", identity)
