"""A run goes forward and back to exactly the same bits, in both machines, edits by hand included."""

import threading
import time

import msgspec
import numpy as np
import pytest

from glassnet.errors import ConfigurationError
from glassnet.studio.contract.settings import HiddenLayer, Settings
from glassnet.studio.data.builtin import BUILT_IN
from glassnet.studio.data.preparation.preparation import prepare
from glassnet.studio.data.understanding import understand
from glassnet.studio.run import walk
from glassnet.studio.run.machine import pack, unpack
from glassnet.studio.run.run import Run

CASES = {
    "one neuron": ("lecture", {}),
    "adam, batches": ("circle", {"hidden": [HiddenLayer(5, "tanh")], "epochs": 20}),
    "cosine, l1": (
        "xor", {"hidden": [HiddenLayer(4)], "epochs": 20, "schedule": "cosine", "l1": 0.01, "validation_share": 0.2},
    ),
    "engine": ("breast_cancer", {"epochs": 20}),
    "engine, odd sizes": (
        "circle", {"engine": "compiled", "optimizer": "nesterov", "hidden": [HiddenLayer(5), HiddenLayer(3)]},
    ),
    "classes": ("digits", {"epochs": 15}),
}  # fmt: skip


def made(case="one neuron", **more):
    name, changes = CASES.get(case, (case, {}))
    one = BUILT_IN[name]
    proposal = understand(name, one.table, one.choice).proposal
    return Run(prepare(one.table, one.choice, msgspec.structs.replace(proposal, **{**changes, **more})))


def bits(run):
    return [array.tobytes() for arrays in run.parameters() for array in arrays]


def all_of(run):
    """Everything that a page shows of a step."""
    network = run.network()
    memory = network.optimizer_state
    kept = [] if memory is None else [m.tobytes() for d in (*memory.weights, *memory.biases) for m in d.values()]
    return bits(run), kept, run.losses(), run.position().step


@pytest.mark.parametrize("case", CASES)
def test_back_is_exactly_where_it_was(case):
    run = made(case)
    batches, places, seen = run.course.batches, [0, 1, 2, 5, 17, 33, 60], {}
    for step in places:
        run.seek(step)
        seen[step] = all_of(run)
        assert run.step == step
    for step in reversed(places):
        run.seek(step)
        assert all_of(run) == seen[step]
    run.seek(17)
    run.move("batch", 3)
    run.move("batch", -3)
    assert all_of(run) == seen[17]
    run.move("epoch", 1)
    assert run.step % batches == 0
    run.seek(33)
    assert all_of(run) == seen[33]
    run.reset()
    assert all_of(run) == seen[0]
    assert len({tuple(b) for b, *_ in seen.values()}) == len(places)


@pytest.mark.parametrize("case", ["one neuron", "adam, batches", "cosine, l1"])
def test_the_readable_machine_is_network_fit(case):
    run, settings = made(case), made(case).preparation.settings
    run.seek(37)
    network = run.preparation.network()
    train = run.preparation.train
    network.fit(
        run.preparation.X[train], run.preparation.y[train], learning_rate=settings.learning_rate, steps=37,
        optimizer=settings.optimizer, epochs=settings.epochs, batch_size=settings.batch_size,
        schedule=settings.schedule,
    )  # fmt: skip
    assert [a.tobytes() for a in (*network.weights, *network.biases)] == bits(run)


@pytest.mark.parametrize("case", CASES)
def test_weights_set_by_hand_stay_in_their_place(case):
    run = made(case)
    last = f"b{len(run.preparation.layer_sizes) - 1}[0]"
    run.seek(5)
    before = bits(run)
    run.set_parameter("W1[0,0]", 0.25)
    run.set_parameter(last, -0.5)
    weights, biases = run.parameters()
    assert (weights[0][0, 0], biases[-1][0]) == (0.25, -0.5)
    here = bits(run)
    assert sum(a != b for a, b in zip(here, before, strict=True)) == 2
    run.move("batch", 9)
    there = bits(run)
    run.seek(2)
    run.seek(14)
    assert bits(run) == there
    run.seek(5)
    assert bits(run) == here
    run.seek(8)
    run.set_parameter("W1[0,0]", 1.0)
    assert [(edit.step, edit.parameter) for edit in run.edits] == [(5, "W1[0,0]"), (5, last), (8, "W1[0,0]")]
    run.seek(3)
    run.set_parameter("W1[0,0]", 2.0)
    assert [edit.step for edit in run.edits] == [3]
    run.reset()
    run.seek(5)
    assert run.edits == []
    assert bits(run) == before


@pytest.mark.parametrize("case", CASES)
def test_a_state_survives_as_bytes(case):
    run, other = made(case), made(case)
    run.seek(7)
    state = pack(run.machine.save())
    run.move("batch", 12)
    other.machine.restore(unpack(state))
    assert other.step == 7
    other.move("batch", 12)
    assert bits(other) == bits(run)


def test_states_of_earlier_versions_are_told_apart():
    """The readable network kept its own kind of state once: a number of steps, and arrays as they come."""
    earlier = (np.array(7), np.zeros((1, 1)), np.zeros(1))
    with pytest.raises(ValueError, match="not the state of a training"):
        unpack(pack(earlier))


def test_operations_and_rows_walk_through_steps_and_back():
    run = made("one neuron")
    operations = run.operations()
    phases = [operation.phase for operation in operations]
    assert phases == ["inputs", "forward", "loss"] * 3 + ["loss"] + ["backward"] * 3 + ["gradient", "update"]
    places = []
    for _ in range(2 * len(operations)):
        places.append((run.step, run.operation))
        run.move("operation", 1)
    assert places == [(step, place) for step in (0, 1) for place in range(len(operations))]
    for expected in reversed(places):
        run.move("operation", -1)
        assert (run.step, run.operation) == expected
    run.move("operation", -1)
    assert (run.step, run.operation) == (0, 0)
    rows = []
    for _ in range(8):
        rows.append((run.step, run.operations()[run.operation].row))
        run.move("row", 1)
    assert rows == [(0, 0), (0, 1), (0, 2), (0, None), (0, 0), (0, 1), (0, 2), (0, None)]
    assert (run.step, run.operation) == (1, 0)
    run.move("row", -1)
    assert run.step == 0


def test_play_pause_and_finish():
    run = made("one neuron", epochs=200)
    rings = []
    run.watch(lambda: rings.append(run.step))
    started = time.monotonic()
    run.play_apart("batch", 40)
    while run.step < 10:
        assert run.status == "playing"
        time.sleep(0.01)
    run.pause()
    stood = run.step
    assert 10 <= stood <= 40 * (time.monotonic() - started) + 10
    assert run.status == "paused"
    time.sleep(0.1)
    assert run.step == stood
    run.play("epoch", None)
    assert (run.status, run.step) == ("finished", 200)
    assert len(rings) > 3
    run.play("epoch", None)
    assert run.status == "finished"
    run.move("batch", -1)
    assert (run.status, run.step) == ("paused", 199)


def test_a_newer_command_ends_an_older_one():
    run = made("spiral", epochs=100_000)
    long = threading.Thread(target=run.seek, args=(500_000,))
    long.start()
    while run.step == 0:
        assert long.is_alive()
    run.seek(3)
    long.join(60)
    assert not long.is_alive()
    assert run.step == 3
    assert run.furthest < 500_000  # the older one was not waited for


def test_a_run_that_diverges_says_why_and_can_go_back():
    run = made("one neuron", reduction="sum")
    assert run.stability.diverges
    assert run.stability.largest_learning_rate == pytest.approx(0.0611, abs=1e-4)
    run.play("epoch", None)
    assert run.status == "diverged"
    assert "0.06106" in run.message
    assert all(np.isfinite(a).all() for arrays in run.parameters() for a in arrays)
    run.seek(2)
    assert (run.status, run.message, run.step) == ("paused", "", 2)


def test_an_engine_that_diverges_says_so():
    run = made("breast_cancer", learning_rate=1e30, optimizer="gradient_descent")
    run.play("epoch", None)
    assert run.status == "diverged"
    assert "finite" in run.message
    run.seek(0)
    assert run.status == "paused"


def test_snapshots_stay_few_and_near(monkeypatch):
    run = made("one neuron", epochs=5000)
    run.seek(5000)
    assert len(run.snapshots.states) <= 64
    assert run.snapshots.spacing == 128
    assert len(run.curves.points) <= 4000
    taken, advance = [], run._advance
    monkeypatch.setattr(run, "_advance", lambda end: (taken.append(run.step), advance(end)))
    run.seek(4999)
    assert run.step == 4999
    assert 0 < len(taken) <= run.snapshots.spacing  # from the nearest, not from the beginning


@pytest.mark.parametrize(
    ("name", "value"), [("W1[0,1]", 1.0), ("b2[0]", 1.0), ("W1[0,0]", float("nan")), ("W1[0,0]", 1e31)]
)
def test_impossible_weights_are_refused(name, value):
    run = made()
    with pytest.raises(ConfigurationError, match=r"parameter|finite"):
        run.set_parameter(name, value)


def test_no_part_of_the_data_is_judged_and_trained():
    preparation = made("cosine, l1").preparation
    rows = np.concatenate([preparation.train, preparation.validation, preparation.test])
    assert sorted(rows.tolist()) == list(range(300))
    assert {preparation.parts[row] for row in preparation.test} == {"test"}
    column = preparation.schema.inputs[0]
    known = preparation.table.column(column.name).numbers()[0][preparation.train]
    assert column.center == pytest.approx(known.mean())


def test_settings_of_a_proposal_can_be_sent_back():
    for name, one in BUILT_IN.items():
        proposal = understand(name, one.table, one.choice).proposal
        assert msgspec.json.decode(msgspec.json.encode(proposal), type=Settings) == proposal


def until_rest(run):
    run.play("epoch", None)
    return run.status


def test_a_run_that_plays_says_when_it_has_arrived_and_goes_on_when_asked():
    run = made("one neuron", epochs=100_000)
    assert until_rest(run) == "arrived"
    assert "no longer changes" in run.message
    X, y = run.preparation.X[run.preparation.train], run.preparation.y[run.preparation.train]
    best = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0].ravel()
    assert [run.parameters()[0][0][0, 0], run.parameters()[1][0][0]] == pytest.approx(best, abs=1e-3)
    step = run.step
    assert step < 10_000
    run.move("batch", 1)
    assert (run.status, run.step) == ("paused", step + 1)
    run.seek(step)
    assert until_rest(run) == "arrived"
    threading.Timer(0.3, run.pause).start()
    run.play("epoch", 100.0)
    assert run.step > step


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_a_run_stops_where_the_validation_loss_stays_above_its_lowest(engine):
    overfits = {"engine": engine, "epochs": 60, "learning_rate": 0.03, "l2": 0.0, "validation_share": 0.3}
    whole = made("breast_cancer", **overfits)
    assert until_rest(whole) == "finished"
    losses = [each.validation for _, each in whole.curves.points]
    patience = 4
    best = next(k for k in range(60) if min(losses[k + 1 : k + 1 + patience]) >= min(losses[: k + 1]) == losses[k])
    run = made("breast_cancer", **overfits, patience=patience)
    for _ in range(2):
        assert until_rest(run) == "arrived"
        assert run.position().epoch == best + patience, "at the end of that epoch, however fast it plays"
        assert run.message.startswith("The validation loss has not fallen for 4 epochs: it was lowest after epoch")
        assert f"epoch {best}." in run.message
        stopped = bits(run)
        whole.seek(run.step)
        assert bits(whole) == stopped
        run.seek(2)
    run.seek(whole.step)
    run.play("epoch", None)
    assert run.position().epoch > best + patience, "played on"
    run.seek(0)
    run.change(msgspec.structs.replace(run.machine.before.settings, patience=0))
    assert until_rest(run) == "finished"


def test_patience_that_is_no_number_of_epochs_is_refused():
    with pytest.raises(ConfigurationError, match="patience=-1 must be a whole number from 0"):
        made(patience=-1)


def test_a_run_that_runs_away_stops_long_before_numbers_end():
    run = made("one neuron", reduction="sum")
    assert until_rest(run) == "diverged"
    assert "billion" in run.message
    assert run.losses().total < 1e100
    run.seek(3)
    assert (run.status, run.message) == ("paused", "")


def test_batches_are_not_taken_for_an_arrival():
    run = made("adam, batches", epochs=12, learning_rate=1e-12)
    assert until_rest(run) == "finished"


def test_a_training_in_python_waits_while_a_frame_is_made(monkeypatch):
    monkeypatch.setattr(walk, "_LONGEST_FRAME", 60.0)
    run, asked = made("one neuron", epochs=1_000_000), threading.Event()
    free = run._no_frame
    wait = free.wait
    monkeypatch.setattr(free, "wait", lambda seconds: (asked.set(), wait(seconds)))
    moved = threading.Event()
    run.watch(lambda: moved.set() if run.step else None)
    with run.framed(), run.framed():
        run.play_apart("batch", None)
        assert asked.wait(30)
        assert run.step == 0
    assert moved.wait(30)
    run.stop()


def test_a_training_in_the_engine_goes_on_while_a_frame_is_made(monkeypatch):
    monkeypatch.setattr(walk, "_LONGEST_FRAME", 60.0)
    run = made("engine")
    with run.framed():
        run.move("batch", 3)
    assert run.step == 3
