"""Settings that change on the way: nothing that was learned is lost, and every step keeps its bits."""

import subprocess
import sys

import msgspec
import numpy as np
import pytest

from glassnet import Dense, Network
from glassnet.errors import ConfigurationError
from glassnet.studio.contract.run import Change
from glassnet.studio.contract.settings import HiddenLayer
from glassnet.studio.data.builtin import BUILT_IN
from glassnet.studio.data.preparation.preparation import prepare
from glassnet.studio.data.understanding import understand
from glassnet.studio.run.run import Run
from glassnet.studio.run.script import script
from glassnet.studio.views.surface import surface

CASES = {
    "one neuron": ("lecture", {}),
    "adam, batches": ("circle", {"hidden": [HiddenLayer(5, "tanh")], "epochs": 20}),
    "engine": ("circle", {"hidden": [HiddenLayer(5, "tanh")], "epochs": 20, "engine": "compiled"}),
    "engine, momentum": ("xor", {"hidden": [HiddenLayer(4)], "engine": "compiled", "optimizer": "nesterov"}),
}


def made(case, changes=(), **more):
    name, given = CASES[case]
    one = BUILT_IN[name]
    proposal = understand(name, one.table, one.choice).proposal
    return Run(prepare(one.table, one.choice, msgspec.structs.replace(proposal, **{**given, **more})), None, changes)


def bits(run):
    memory = run.network().optimizer_state
    kept = [] if memory is None else [m.tobytes() for d in (*memory.weights, *memory.biases) for m in d.values()]
    return [array.tobytes() for arrays in run.parameters() for array in arrays] + kept


def given(run, **more):
    return msgspec.structs.replace(run.preparation.settings, **more)


@pytest.mark.parametrize("case", CASES)
def test_a_changed_run_goes_back_and_forth_over_its_changes(case):
    run = made(case)
    seen = {}

    def look(step):
        run.seek(step)
        seen[step] = (bits(run), run.preparation.settings, run.losses(), run.position())

    for step in (0, 5, 17):
        look(step)
    run.change(given(run, learning_rate=0.003, l2=0.05))
    assert run.step == 17
    for step in (17, 18, 40):
        look(step)
    run.change(given(run, l1=0.01, epochs=run.preparation.settings.epochs + 7))
    for step in (40, 41, 66):
        look(step)
    for step in (66, 41, 40, 18, 17, 5, 0, 66, 40, 17, 41, 18):
        run.seek(step)
        now = (bits(run), run.preparation.settings, run.losses())
        assert now == seen[step][:3], step
    again = made(case, run.machine.changes)
    again.seek(66)
    assert bits(again) == seen[66][0]
    surface(run, None, None, 8)


@pytest.mark.parametrize("case", ["one neuron", "adam, batches"])
def test_the_steps_are_those_of_networks_trained_one_after_the_other(case):
    """The oracle: plain networks, the second under the new settings with weights and memory of the first."""
    run = made(case)
    run.seek(10)
    run.change(given(run, learning_rate=0.004, l1=0.02, l2=0.1))
    run.seek(21)
    p = run.machine.start
    X, y = p.X[p.train], p.y[p.train]
    first = p.network()
    fit = {"optimizer": p.settings.optimizer, "batch_size": p.settings.batch_size, "epochs": p.settings.epochs}
    first.fit(X, y, learning_rate=p.settings.learning_rate, steps=10, **fit)
    s = p.settings
    layers = [Dense(a, b, name, initializer=s.initializer)
              for a, b, name in zip(p.layer_sizes, p.layer_sizes[1:], p.activations, strict=False)]  # fmt: skip
    second = Network(layers, loss=s.loss, reduction=s.reduction, l1=0.02, l2=0.1, seed=s.seed)
    second.weights, second.biases, second.optimizer_state = first.weights, first.biases, first.optimizer_state
    second.fit(X, y, learning_rate=0.004, first_step=10, steps=11, **fit)
    assert all(np.array_equal(a, b) for a, b in zip(run.parameters()[0], second.weights, strict=True))


def test_another_batch_size_begins_an_epoch():
    run = made("adam, batches")
    batches = run.course.batches
    run.seek(2 * batches + 1)
    run.change(given(run, batch_size=None))
    place = run.position()
    assert (place.step, place.epoch, place.batch, place.batches) == (2 * batches + 1, 3, 0, 1)
    assert place.steps == place.step + 17
    assert len(run.course.rows(run.step)) == len(run.preparation.train)
    run.move("epoch", 2)
    assert run.step == place.step + 2
    run.move("epoch", -3)
    assert run.step == 2 * batches
    run.move("epoch", -1)
    assert run.step == batches
    run.seek(10**9)
    assert (run.status, run.step) == ("finished", place.steps)


@pytest.mark.parametrize("case", CASES)
def test_more_epochs_after_the_end_go_on(case):
    run = made(case, epochs=3)
    run.seek(10**9)
    assert run.status == "finished"
    end, before = run.step, bits(run)
    run.change(given(run, epochs=5))
    assert (run.status, run.step, bits(run)) == ("paused", end, before)
    run.seek(10**9)
    whole = made(case, epochs=5)
    whole.seek(10**9)
    assert (run.step, bits(run)) == (whole.step, bits(whole))
    points = [(step, losses.data) for step, losses in run.curves.points]
    assert points == [(step, losses.data) for step, losses in whole.curves.points]


def test_a_lower_rate_goes_on_after_a_divergence():
    run = made("one neuron", reduction="sum")
    run.seek(10**9)
    assert run.status == "diverged"
    run.seek(20)
    before = run.losses().total
    run.change(given(run, learning_rate=0.01))
    assert run.status == "paused"
    run.seek(900)
    assert (run.status, run.step) == ("paused", 900)
    assert run.losses().total < before


@pytest.mark.parametrize("case", CASES)
def test_settings_change_at_the_end_of_a_run(case):
    """All epochs are done; other settings are taken, and with more epochs the run goes on."""
    run = made(case, epochs=2)
    run.seek(10**9)
    end, before = run.step, bits(run)
    run.change(given(run, learning_rate=0.003))
    assert (run.step, bits(run)) == (end, before)
    run.change(given(run, epochs=3))
    run.seek(10**9)
    assert run.step > end
    assert bits(run) != before


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_a_weight_set_by_hand_goes_on_after_a_divergence(engine):
    run = made("one neuron", reduction="sum", learning_rate=1e200, engine=engine)
    run.seek(10**9)
    assert run.status == "diverged"
    run.change(given(run, learning_rate=0.001))
    run.set_parameter("W1[0,0]", 0.5)
    run.set_parameter("b1[0]", 0.0)
    step = run.step
    run.seek(step + 20)
    assert (run.status, run.step) == ("paused", step + 20)


def test_a_weight_set_by_hand_before_a_change_forgets_the_change():
    run = made("one neuron")
    run.seek(10)
    run.change(given(run, learning_rate=0.01))
    run.seek(4)
    run.set_parameter("W1[0,0]", 0.5)
    assert run.machine.changes == []
    run.seek(12)
    assert run.preparation.settings.learning_rate == 0.1
    run.change(given(run, learning_rate=0.02))
    run.change(given(run, learning_rate=0.03))
    assert [(change.step, change.settings.learning_rate) for change in run.machine.changes] == [(12, 0.03)]
    run.reset()
    run.seek(13)
    assert run.preparation.settings.learning_rate == 0.03


@pytest.mark.parametrize(
    ("more", "says"),
    [({"seed": 7}, "new start"), ({"hidden": []}, "new start"), ({"optimizer": "sgd"}, "new start"),
     ({"epochs": 1}, "epochs=1"), ({"learning_rate": -1.0}, "learning_rate"), ({"l2": -1.0}, "l2"),
     ({"epochs": 10**9}, "epochs")],
)  # fmt: skip
def test_what_cannot_go_on_is_refused_and_nothing_is_lost(more, says):
    run = made("adam, batches")
    run.seek(30)
    before = bits(run)
    with pytest.raises(ConfigurationError, match=says):
        run.change(given(run, **more))
    assert (run.step, bits(run), run.machine.changes) == (30, before, [])
    run.seek(31)


def test_forged_changes_are_refused():
    settings = made("one neuron").preparation.settings
    for changes in ([Change(0, settings)], [Change(-3, settings)], [Change(2, settings), Change(2, settings)]):
        with pytest.raises(ConfigurationError, match="steps"):
            made("one neuron", changes)


@pytest.mark.parametrize("case", CASES)
def test_the_script_repeats_a_changed_run(case, tmp_path):
    run = made(case)
    run.seek(9)
    run.change(given(run, learning_rate=0.003, l1=0.01))
    run.seek(20)
    run.set_parameter("b1[0]", 0.25)
    run.change(given(run, **({"batch_size": 60} if case == "adam, batches" else {"l2": 0.2})))
    run.seek(33)
    (tmp_path / "script.py").write_text(script(run, "table"))
    table = tmp_path / "table.csv"
    one = BUILT_IN[CASES[case][0]]
    rows = [",".join(one.table.names)] + [
        ",".join(str(one.table.columns[name].item(row)) for name in one.table.names) for row in range(one.table.n_rows)
    ]
    table.write_text("\n".join(rows))
    ended = subprocess.run(
        [sys.executable, "script.py", str(table)], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert "the same bits as in the studio" in ended.stdout, ended.stdout + ended.stderr
