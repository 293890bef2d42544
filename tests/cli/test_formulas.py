"""``glassnet formulas``: every record of every registry can be shown."""

import re

import pytest

from glassnet.cli.commands.formulas import registries
from glassnet.cli.terminal.sparkline import sparkline
from glassnet.formulas import activations, losses, penalties

RECORDS = [(plural, name) for plural, registry in registries().items() for name in registry]


def test_the_registries_are_all_there():
    known = "activations augmentations initializers losses optimizers parametrizations penalties schedules"
    assert sorted(registries()) == known.split()


def test_the_list_names_every_record(glassnet):
    outcome = glassnet("formulas")
    assert outcome.code == 0
    words = outcome.out.split()
    for _, name in RECORDS:
        assert name in words


@pytest.mark.parametrize(("plural", "name"), RECORDS)
def test_every_record_can_be_shown(glassnet, plural, name):
    record, outcome = registries()[plural][name], glassnet("formulas", name)
    assert outcome.code == 0
    assert record.summary in " ".join(outcome.out.split())
    assert record.reference in outcome.out
    for parameter in record.parameters:
        assert parameter.domain in outcome.out
    formula = getattr(record, "value", None)
    if formula is not None:
        assert formula.text in outcome.out
        assert formula.latex in outcome.out


def test_parameters_in_the_name_reach_the_formula(glassnet):
    outcome = glassnet("formulas", "leaky_relu(slope=0.25)")
    assert "0.25, in [0, 1]" in outcome.out
    outcome = glassnet("formulas", "leaky_relu(slope=7)")
    assert outcome.code == 2
    assert outcome.err == "glassnet: leaky_relu: slope=7 lies outside [0, 1] (slope below zero).\n"


def test_aliases_are_known(glassnet):
    assert "logistic  activation, also sigmoid" in glassnet("formulas", "sigmoid").out


def test_latex_only(glassnet):
    outcome = glassnet("formulas", "relu", "--latex")
    assert outcome.out.splitlines()[:2] == ["% relu: value", r"\max(z, 0)"]


def test_unknown_name_gets_the_nearest(glassnet):
    outcome = glassnet("formulas", "rleu")
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err == "glassnet: No formula is called 'rleu'. Did you mean 'relu'? All names: glassnet formulas\n"


@pytest.mark.parametrize("name", [*activations, *losses, *penalties])
def test_value_and_derivative_are_drawn(glassnet, name):
    drawn = [line for line in glassnet("formulas", name).out.splitlines() if re.search("[│┤].*[│┤]", line)]
    assert len(drawn) >= 10
    assert sum(bool(re.search(r"[\u2801-\u28ff]", line)) for line in drawn) >= 2
    assert max(map(len, drawn)) <= 80


def test_sparkline_spans_its_range():
    assert sparkline([3.0, 2.0, 1.0]) == "█▅▁"
    assert sparkline([1.0, 1.0]) == "▁▁"
    assert sparkline([]) == ""
    assert len(sparkline(range(1000), width=16)) == 16
