"""What was learned is never lost: interrupts at counted moments, readers that go away, disks that fill up."""

import os
import re
import signal
import subprocess
import sys

import pytest

from glassnet.cli import main
from glassnet.estimators import load
from glassnet.files import read_model

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and devices of Unix")
LINES = ["dose,age,ill", *(f"{k % 10},{k % 7},{'yes' if k % 10 > 4 else 'no'}" for k in range(60))]
TRAIN = ["--epochs", "40", "--patience", "40", "--recipe", "lecture", "--hidden", "4"]

# Ctrl-C is sent by the process to itself at the nth call of one of its own functions: no clock is involved.
AT = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
def interrupt_at(owner, name, *counts):
    real, calls = getattr(owner, name), [0]
    def counted(*arguments, **rest):
        calls[0] += 1
        if calls[0] in counts:
            os.kill(os.getpid(), signal.SIGINT)
        return real(*arguments, **rest)
    setattr(owner, name, counted)
from glassnet.engine import Training
Training.advance = lambda self, seconds=0.0: self.advance_steps(4)  # many short slices
"""
SLICES = "interrupt_at(Training, 'advance_steps', {})"
MOMENTS = {
    "the third slice": SLICES.format(3),
    "hammering": SLICES.format("*range(3, 100)"),
    "after the training": "import glassnet.estimators.training.training as t; interrupt_at(t, 'history_of', 1)",
    "while it is stored": "import glassnet.files.model as m; interrupt_at(m, 'write_atomically', 1)",
}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("\n".join([*LINES, ""]))
    return path


def command(table, model, *more):
    return ["train", table, "--target", "ill", "--model", model, *TRAIN, *more]


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_interrupt_of_the_training_leaves_a_model_and_says_so(process, table, tmp_path, moment):
    model = tmp_path / "model.glassnet"
    outcome = process(*command(table, model), before=AT + MOMENTS[moment])
    assert outcome.code == 130, outcome
    assert outcome.err.splitlines()[-1] == (
        f"glassnet: The training was interrupted. The best network so far is in {model}."
    )
    assert load(model).predict({"dose": [1.0, 9.0], "age": [3, 3]}).tolist()
    assert load(model).scores_, "the comparison is made all the same"


def test_an_interrupt_before_the_first_epoch_leaves_nothing_and_says_so(process, table, tmp_path):
    model = tmp_path / "model.glassnet"
    early = "import glassnet.estimators.training.training as t; interrupt_at(t, '_roles', 1)"
    outcome = process(*command(table, model), before=AT + early)
    assert outcome.code == 130
    assert "before the end of the first epoch" in outcome.err
    assert "Traceback" not in outcome.err
    assert not model.exists()


def test_an_interrupt_of_the_comparison_leaves_the_model_without_scores(process, table, tmp_path):
    model = tmp_path / "model.glassnet"
    rivals = "import glassnet.evaluate.comparison.rivals as r\nimport glassnet.cli.summary.judgment as j\n"
    rivals += "interrupt_at(j, 'judge', 1)\n"
    rivals += "import glassnet.cli.commands.train as t; t.judge = j.judge"
    outcome = process(*command(table, model), before=AT + rivals)
    assert outcome.code == 130
    assert f"The network is in {model}, without scores" in outcome.err
    assert load(model).scores_ == {}
    whole = tmp_path / "whole.glassnet"
    assert main([str(word) for word in command(table, whole, "--quiet")]) == 0
    assert [w.tobytes() for w in load(whole).weights_] == [w.tobytes() for w in load(model).weights_]


@pytest.mark.parametrize("moment", ["_tick", "tuned", "judge"])
def test_an_interrupt_of_a_tuning_leaves_a_model_and_says_so(process, table, tmp_path, moment):
    model = tmp_path / "model.glassnet"
    before = {
        "_tick": "from glassnet.estimators.tuning.tune import Search; interrupt_at(Search, '_tick', 2)",
        "tuned": "import glassnet.estimators.tuning.tune as t; interrupt_at(t, 'tuned', 1)",
        "judge": "import glassnet.cli.commands.tune as t; interrupt_at(t, 'judge', 1)",
    }[moment]
    outcome = process(
        "tune", table, "--target", "ill", "--rounds", 1, "--trials", 2, "--recipe", "lecture", "--threads", 1,
        "--model", model, before=AT + before,
    )  # fmt: skip
    assert outcome.code == 130, outcome
    assert str(model) in outcome.err.splitlines()[-1]
    assert load(model).predict({"dose": [1.0, 9.0], "age": [3, 3]}).tolist()


def test_a_signal_from_outside_in_the_training_leaves_a_model(table, tmp_path):
    model, seen = tmp_path / "model.glassnet", b""
    slow = "from glassnet.cli.terminal import progress; progress._SECONDS_BETWEEN_LINES = -1.0"
    words = command(table, model, "--epochs", "100000000", "--patience", "100000000")
    code = f"{AT}{slow}\nimport sys; from glassnet.cli import main; sys.exit(main())"
    running = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    while not re.search(rb"epoch 2 of", seen):
        part = running.stderr.readline()
        assert part, seen
        seen += part
    running.send_signal(signal.SIGINT)
    _, rest = running.communicate(timeout=100)
    assert running.returncode == 130
    assert b"The best network so far is in" in rest
    assert read_model(model).determinism == "statistical"


@pytest.mark.parametrize("verb", ["train", "tune"])
@pytest.mark.parametrize("streams", ["stdout", "both"])
def test_a_reader_that_goes_away_does_not_cost_the_model(table, tmp_path, verb, streams):
    model = tmp_path / "model.glassnet"
    more = {"train": TRAIN, "tune": ["--rounds", "1", "--trials", "2", "--recipe", "lecture"]}[verb]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "glassnet", verb, table, "--target", "ill", "--model", model, *more],
        stdout=write, stderr=write if streams == "both" else subprocess.PIPE,
    )  # fmt: skip
    os.close(write)
    assert done.returncode == 141
    assert b"Traceback" not in (done.stderr or b"")
    assert b"rror" not in (done.stderr or b"")
    assert load(model).scores_


@pytest.mark.skipif(sys.platform != "linux", reason="needs a device that is always full")
@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_a_full_output_device_does_not_cost_the_model(table, tmp_path, quiet):
    model = tmp_path / "model.glassnet"
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "glassnet", *map(str, command(table, model, *quiet))],
            stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert done.returncode == 2
    assert f"could not be printed: No space left on device. The network is in {model}." in done.stderr
    assert "Traceback" not in done.stderr
    assert load(model).scores_


def test_a_disk_that_fills_up_under_the_checkpoint_costs_the_checkpoint_only(process, table, tmp_path):
    model, checkpoint = tmp_path / "model.glassnet", tmp_path / "checkpoint"
    full = """
import glassnet.files.checkpoint as c
from glassnet.errors import FileError
def refuse(path, data):
    raise FileError(f"Cannot write {path}: No space left on device.")
c.write_atomically = refuse
"""
    outcome = process(*command(table, model, "--checkpoint", checkpoint, "--checkpoint-every", 1), before=AT + full)
    assert outcome.code == 0, outcome
    assert outcome.err.count("continues without this checkpoint") == 1
    assert "No space left on device" in outcome.err
    assert not checkpoint.exists()
    plain = tmp_path / "plain.glassnet"
    assert main([str(word) for word in command(table, plain, "--quiet")]) == 0
    assert model.read_bytes() == plain.read_bytes()


def test_the_checkpoint_goes_only_when_the_model_is_there(process, table, tmp_path):
    model, checkpoint = tmp_path / "model.glassnet", tmp_path / "checkpoint"
    refuse = """
import glassnet.files.model as m
from glassnet.errors import FileError
def refuse(path, data):
    raise FileError(f"Cannot write {path}: No space left on device.")
m.write_atomically = refuse
"""
    words = command(table, model, "--checkpoint", checkpoint)
    assert process(*words, before=AT + refuse).code == 2
    assert checkpoint.exists()
    again = process(*words)
    assert again.code == 0
    assert "Resuming from the checkpoint" in again.err
    assert not checkpoint.exists()
