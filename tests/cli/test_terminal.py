"""Nothing that comes from a file, a table or an argument reaches the terminal as a control sequence."""

import re

import pytest

from glassnet.cli import main
from glassnet.cli.application import app

ESCAPE = "\x1b]0;owned\x07\x9b31m\x7f\u202e"
WARD, TARGET = f"ward{ESCAPE}", f"out{ESCAPE}come"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A table with control sequences in names, cells, labels and its own name, and a model of it."""
    folder = tmp_path_factory.mktemp("hostile")
    table, model = folder / "ta\x1b]0;owned\x07ble.csv", folder / "mo\x1b[31mdel.glassnet"
    rows = [f"{k % 10},a{ESCAPE}{k % 3},{'well' if k % 10 > 4 else 'ill'}{ESCAPE}" for k in range(60)]
    table.write_text("\n".join([f"dose,{WARD},{TARGET}", *rows, ""]), encoding="utf-8")
    words = ["--epochs", "3", "--recipe", "lecture", "--hidden", "2"]
    assert main(["train", str(table), "--target", TARGET, "--model", str(model), "--quiet", *words]) == 0
    return table, model


def lines(table, model, out):
    """Every command in every way in which it prints, by command."""
    target = ["--target", TARGET]
    strange = table.with_name(f"strange{ESCAPE}.csv")
    strange.write_text(table.read_text(encoding="utf-8").replace(",a", ",never seen", 3), encoding="utf-8")
    return [
        ["train", table, *target, "--model", out, "--epochs", 2, "--recipe", "lecture"],
        ["train", table, "--target", f"nowhere{ESCAPE}"],
        ["tune", table, *target, "--model", out, "--rounds", 1, "--trials", 2, "--recipe", "lecture"],
        ["predict", model, strange, "--verbose", "--out", out.with_suffix(".csv")],
        ["predict", model, model], ["predict", table, table],
        ["trace", model, table], ["trace", model, table, "--parameter", "W1[0,0]"],
        ["trace", model, table, "--parameter", f"W{ESCAPE}"],
        ["trace", model, table, "--html", out.with_suffix(".html")],
        ["show", model], ["show", table], ["show", table.with_name(f"none{ESCAPE}")],
        ["export", model, "--to", "python", "--out", out.with_suffix(".py")], ["export", model, "--to", ESCAPE],
        ["schema", table, *target], ["schema", table, "--kind", f"{ESCAPE}=x"],
        ["schema", table, "--write", out.with_suffix(".toml")],
        ["features", "--families", ESCAPE], ["features", table, "--out", out.with_suffix(".csv")],
        ["features", table, "--target", ESCAPE],
        ["lab", "--knob", ESCAPE],
        ["explain", model, table], ["explain", model, table, "--class", ESCAPE],
        ["explain", model, table, "--keep", ESCAPE],
        ["report", model, table, "--train", table, "--draws", 20, "--refits", 2],
        ["report", model, table, "--event", ESCAPE],
        ["lesson", table, "--target", ESCAPE], ["lesson", table, "--out", out.with_suffix(".htm")],
        ["formulas", ESCAPE], ["lecture", "--section", ESCAPE], ["studio", ESCAPE], [ESCAPE], ["show", model, ESCAPE],
    ]  # fmt: skip


def test_every_command_shows_them_as_code_points(glassnet, files, tmp_path):
    ran, shown = set(), 0
    for words in lines(*files, tmp_path / "out.glassnet"):
        outcome = glassnet(*words)
        ran.add(words[0])
        assert outcome.code in (0, 2), outcome
        for text in (outcome.out, outcome.err):
            assert not CONTROL.search(text), (words[0], CONTROL.search(text), text)
            shown += "U+001B" in text
    assert shown > 10
    commands = {info.name or info.callback.__name__ for info in app.registered_commands}
    assert commands <= ran


def test_predictions_for_programs_stay_what_they_are(glassnet, files):
    table, model = files
    assert f"well{ESCAPE}" in glassnet("predict", model, table).out.splitlines()[0]


def test_predictions_for_a_terminal_are_cleaned(process, files):
    table, model = files
    terminal = "import sys\nclass T(type(sys.stdout)):\n    def isatty(self): return True\n" \
        "sys.stdout = T(sys.stdout.detach(), encoding='utf-8')"  # fmt: skip
    outcome = process("predict", model, table, "--quiet", before=terminal)
    assert outcome.code == 0
    assert "U+001B" in outcome.out
    assert not CONTROL.search(outcome.out)


def test_colors_of_our_own_stay(process):
    out = process("lecture", "--section", 1, FORCE_COLOR="1", TERM="xterm-256color").out
    assert "\x1b[" in out
    assert not CONTROL.search(re.sub(r"\x1b\[[0-9;]*m", "", out))
