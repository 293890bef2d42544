"""How commands end: exit codes, readers that go away, files on which reading would never end, and no traceback ever."""

import inspect
import json
import os
import socket
import subprocess
import sys
from encodings.aliases import aliases
from typing import get_args

import numpy as np
import pytest
import typer

from glassnet.cli import main
from glassnet.cli.application import app
from glassnet.cli.terminal.ending import MEANINGS

COMMANDS = sorted(info.name or info.callback.__name__ for info in app.registered_commands)
LINES = ["dose,ward,ill", *(f"{k % 10},{'ab'[k % 2]},{'yes' if k % 10 > 4 else 'no'}" for k in range(60))]
STRANGE = [
    "",
    " ",
    "-",
    "--",
    "-1",
    "0",
    "nan",
    "inf",
    "1e999",
    "x" * 5000,
    "a\nb",
    "\ud800",
    "ü",
    "{}",
    "[",
    "%s",
    "9" * 400,
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    table, model = folder / "table.csv", folder / "model.glassnet"
    table.write_text("\n".join([*LINES, ""]))
    words = ["--epochs", "2", "--recipe", "lecture", "--test-share", "0"]
    assert main(["train", str(table), "--target", "ill", "--model", str(model), "--quiet", *words]) == 0
    np.save(folder / "images.npy", np.random.default_rng(0).integers(0, 255, (2, 6, 6)).astype(np.uint8))
    return table, model


def refused(outcome):
    assert outcome.code == 2, outcome
    assert outcome.err.splitlines()[-1]
    assert "Traceback" not in outcome.err
    complaint = [line for line in outcome.err.splitlines() if line.startswith("glassnet: ")]
    assert len(complaint) == 1, outcome.err


def options_of(command):
    """The long options of a command that take a value, from its help."""
    (info,) = (info for info in app.registered_commands if (info.name or info.callback.__name__) == command)
    for name, parameter in inspect.signature(info.callback).parameters.items():
        arguments = get_args(parameter.annotation)
        if isinstance(arguments[1], typer.models.OptionInfo) and arguments[0] is not bool:
            words = [word for word in arguments[1].param_decls or () if word.startswith("--")]
            yield words[0] if words else f"--{name.replace('_', '-')}"


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "studio"])
def test_no_value_of_no_option_ends_in_a_traceback(glassnet, files, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    table, model = files
    images = table.with_name("images.npy")
    reading = {
        "train": [table, "--target", "ill", "--epochs", 1, "--recipe", "lecture", "--test-share", 0],
        "tune": [table, "--target", "ill", "--rounds", 1, "--trials", 2, "--recipe", "lecture", "--threads", 1],
        "explain": [model, table], "report": [model, table, "--train", table, "--draws", 20, "--refits", 2],
        "predict": [model, table], "trace": [model, table], "show": [model], "schema": [table],
        "export": [model, "--to", "python"], "formulas": ["relu"], "lecture": ["--section", 1],
        "lesson": [table],
        "features": [images, "--open", "intensity_mean"], "lab": ["--knob", "noise", "--train", 4, "--test", 4],
    }[command]  # fmt: skip
    for number, option in enumerate(options_of(command)):
        strange = STRANGE if command != "tune" else STRANGE[number % 4 :: 4]  # each takes a second
        if option in ("--epochs", "--patience", "--rounds", "--trials", "--networks", "--threads", "--budget"):
            strange = [value for value in strange if not value.isdigit() or value == "0"]  # a large one is a wish
        for value in strange:
            outcome = glassnet(command, *reading, option, value)
            assert outcome.code in (0, 2), (option, value[:20], outcome)
            if outcome.code:
                refused(outcome)


@pytest.mark.parametrize("command", COMMANDS)
def test_wrong_words_are_refused(glassnet, command):
    refused(glassnet(command, "--no-such-option"))
    if command not in ("features", "formulas", "lab", "lecture", "lesson", "studio"):
        refused(glassnet(command))
    refused(glassnet(command, *"abcdef"))


@pytest.mark.skipif(os.name != "posix", reason="special files of Unix")
@pytest.mark.parametrize("special", ["pipe", "folder", "socket", "device", "link to a pipe", "missing", "impossible"])
def test_what_is_no_file_is_refused_at_once(process, files, tmp_path, special):
    table, model = files
    path = tmp_path / "strange"
    if special.endswith("pipe"):
        os.mkfifo(path)
        if special.startswith("link"):
            (tmp_path / "link").symlink_to(path)
            path = tmp_path / "link"
    elif special == "folder":
        path.mkdir()
    elif special == "socket":
        server = socket.socket(socket.AF_UNIX)
        server.bind(os.fspath(path.relative_to(tmp_path.parent) if len(os.fspath(path)) > 100 else path))
        server.close()
    elif special == "device":
        path = "/dev/zero"
    elif special == "impossible":
        path = "x" * 5000
    lines = [
        ["show", path], ["export", path, "--to", "c"], ["predict", path, table], ["predict", model, path],
        ["trace", path, table], ["trace", model, path], ["train", path, "--target", "ill"],
        ["train", table, "--schema", path], ["tune", path, "--target", "ill"], ["schema", path],
        ["schema", table, "--schema", path], ["studio", path, "--no-browser"],
    ]  # fmt: skip
    code = "import sys, json; from glassnet.cli import main\nfor line in json.loads(sys.argv[1]): print(main(line))"
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps([[str(word) for word in line] for line in lines])],
        capture_output=True, text=True, timeout=120, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.split() == ["2"] * len(lines), done
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2 * len(lines)


ENCODINGS = {
    *aliases, *aliases.values(), "idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem",
    "utf-8-sig", "", " ", "a\0b", "é", "x" * 10_000, "../x", "unicode",
}  # fmt: skip


@pytest.mark.parametrize("names", [sorted(ENCODINGS)[k::8] for k in range(8)], ids=range(8))
def test_every_encoding_reads_or_is_refused(glassnet, files, names):
    for name in names:
        outcome = glassnet("schema", files[0], "--encoding", name)
        assert outcome.code in (0, 2), (name[:50], outcome)
        if outcome.code:
            refused(outcome)


@pytest.mark.skipif(os.name != "posix", reason="pipes of Unix")
@pytest.mark.parametrize("command", ["formulas", "show", "predict", "schema", "trace", "lecture", "--help"])
def test_a_reader_that_goes_away_ends_the_command_in_silence(files, command):
    table, model = files
    words = {"show": [model], "predict": [model, table, "--quiet"], "schema": [table], "trace": [model, table]}
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "glassnet", command, *words.get(command, [])], stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    assert done.returncode == 141
    assert done.stderr == b""


def test_a_defect_is_called_one(glassnet, monkeypatch):
    import glassnet.cli.application as application

    def broken(_):
        raise KeyError("inside")

    monkeypatch.setattr(application, "run", broken)
    outcome = glassnet("formulas")
    assert outcome.code == 70
    assert "bug in glassnet" in outcome.err
    assert "GLASSNET_TRACEBACK=1" in outcome.err
    monkeypatch.setenv("GLASSNET_TRACEBACK", "1")
    with pytest.raises(KeyError):
        main(["formulas"])


def test_the_codes_are_the_documented_ones():
    assert sorted(MEANINGS) == [0, 2, 70, 130, 141]
