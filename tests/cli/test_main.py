"""The door: version, help, completion, missing packages, and terminals of all kinds."""

import inspect
import re
import subprocess
import sys

import pytest
import typer

import glassnet as package
from glassnet import GlassClassifier
from glassnet.cli.application import app
from glassnet.tables.columns.scales.scaling import SCALINGS

COMMANDS = [info.name or info.callback.__name__ for info in app.registered_commands]


def test_version(glassnet):
    outcome = glassnet("--version")
    assert (outcome.code, outcome.out) == (0, f"glassnet {package.__version__}\n")


def test_help_lists_every_command(glassnet):
    outcome = glassnet("--help")
    assert outcome.code == 0
    assert len(COMMANDS) >= 1
    for command in COMMANDS:
        assert re.search(rf"\b{command}\b", outcome.out), command


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_examples_and_fits(glassnet, command):
    outcome = glassnet(command, "--help")
    assert outcome.code == 0
    assert f"glassnet {command}" in outcome.out.partition("Examples:")[2]
    assert max(map(len, outcome.out.splitlines())) <= 80


RENAMED = {
    "hidden": "hidden_layer_sizes", "validation_share": "validation_fraction", "seed": "random_state",
    "networks": "n_networks",
}  # fmt: skip
SAID = {"threshold": "the most probable class", "event": "the second of two classes"}  # what None means


def test_the_help_names_every_scaling():
    (option,) = (o for o in typer.main.get_command(app).commands["train"].params if o.name == "scaling")
    assert all(name in option.help for name in SCALINGS)


def test_defaults_in_the_help_are_those_of_the_estimators():
    estimator = inspect.signature(GlassClassifier).parameters
    compared = set()
    for option in typer.main.get_command(app).commands["train"].params:
        name = RENAMED.get(option.name, option.name)
        if name in estimator and option.name != "threads":
            shown = option.show_default if isinstance(option.show_default, str) else str(option.default)
            assert shown == SAID.get(name, str(estimator[name].default)), option.name
            compared.add(name)
    assert compared == set(estimator) - {"n_jobs", "verbose"}


def test_unknown_command_is_a_short_error(process):
    outcome = process("trian")
    assert outcome.code == 2
    assert "trian" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("name", ["typer", "rich", "polars"])
def test_missing_package_names_the_command_that_installs_it(process, name):
    outcome = process("--version", before=f"import sys; sys.modules[{name!r}] = None")
    assert outcome.code == 2
    assert outcome.out == ""
    assert name in outcome.err.splitlines()[0]
    assert outcome.err.splitlines()[1:] == ["pip install 'glassnet[app]'"]


def test_module_runs_as_a_program():
    done = subprocess.run([sys.executable, "-m", "glassnet", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"glassnet {package.__version__}\n"


def test_completion_offers_commands_and_names(process):
    offered = process(_GLASSNET_COMPLETE="complete_bash", COMP_WORDS="glassnet fo", COMP_CWORD="1")
    assert offered.out.split() == ["formulas"]
    offered = process(_GLASSNET_COMPLETE="complete_bash", COMP_WORDS="glassnet formulas leaky", COMP_CWORD="2")
    assert offered.out.split() == ["leaky_relu"]


def test_colors_only_where_they_are_wanted(process):
    assert "\x1b[" not in process("formulas", "relu").out
    assert "\x1b[" in process("formulas", "relu", FORCE_COLOR="1").out
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", process("formulas", "relu", FORCE_COLOR="1", NO_COLOR="1").out)


def test_a_terminal_without_unicode_gets_no_error(process):
    outcome = process("formulas", "quantile", PYTHONIOENCODING="ascii")
    assert outcome.code == 0
    assert "quantile" in outcome.out


def test_a_reader_that_goes_away_gets_no_traceback():
    code = "import sys; from glassnet.cli import main; sys.exit(main(['formulas', '--latex']))"
    writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    writer.stdout.close()
    writer.wait(timeout=60)
    complaint = writer.stderr.read()
    writer.stderr.close()
    assert b"Traceback" not in complaint
