"""``glassnet formulas``: every record of every registry can be shown."""

import numpy as np
import pytest

from glassnet.cli.formulas import REGISTRIES
from glassnet.cli.plot import curve, sparkline
from glassnet.formulas import activations

RECORDS = [(plural, name) for plural, registry in REGISTRIES.items() for name in registry]


def test_the_registries_are_all_there():
    assert sorted(REGISTRIES) == ["activations", "initializers", "losses", "optimizers", "penalties", "schedules"]


def test_the_list_names_every_record(glassnet):
    outcome = glassnet("formulas")
    assert outcome.code == 0
    words = outcome.out.split()
    for _, name in RECORDS:
        assert name in words


@pytest.mark.parametrize(("plural", "name"), RECORDS)
def test_every_record_can_be_shown(glassnet, plural, name):
    record, outcome = REGISTRIES[plural][name], glassnet("formulas", name)
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


def test_curve_puts_the_dots_where_the_numbers_are():
    x = np.linspace(0.0, 1.0, 101)
    lines = curve(x, x, width=10, height=5)
    assert len(lines) == 6
    assert len({len(line) for line in lines}) == 1
    assert lines[0].startswith("1 ")
    assert lines[4].startswith("0 ")
    assert ord(lines[0][-1]) - 0x2800 & 0x08  # the dot in the upper right corner
    assert ord(lines[4][2]) - 0x2800 & 0x40  # and the one in the lower left
    assert lines[0][2:10].isspace()


def test_curve_leaves_a_jump_open():
    z = np.linspace(-4.0, 4.0, 401)
    middle = curve(z, activations["relu"].slope(z), width=20, height=9)[4]
    assert set(middle) <= set(" │")


def test_sparkline_spans_its_range():
    assert sparkline([3.0, 2.0, 1.0]) == "█▅▁"
    assert sparkline([1.0, 1.0]) == "▁▁"
    assert sparkline([]) == ""
    assert len(sparkline(range(1000), width=16)) == 16
