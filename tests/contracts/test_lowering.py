"""Lowering: a tiny interpreter of the straight-line program gives what the NumPy renderer gives, for every record."""

import operator

import numpy as np
import pytest

from glassnet.formulas import Expression, activations, losses, optimizers, penalties
from glassnet.formulas.language.lowering import lower
from glassnet.formulas.language.render.numpy import _FUNCTIONS
from glassnet.formulas.randomness import Purpose, normal

BINARY = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "<": operator.lt,
          "<=": operator.le, ">": operator.gt, ">=": operator.ge}  # fmt: skip


def interpret(program, inputs):
    """Run the instructions in order."""
    values = []
    for instruction in program.instructions:
        sources = [values[position] for position in instruction.arguments]
        if instruction.operation == "constant":
            values.append(np.float64(instruction.value))
        elif instruction.operation == "input":
            values.append(np.asarray(inputs[instruction.name], dtype=np.float64))
        elif instruction.operation == "neg":
            values.append(-sources[0])
        else:
            run = BINARY.get(instruction.operation) or _FUNCTIONS[instruction.operation]
            with np.errstate(all="ignore"):
                values.append(run(*sources))
    return {name: values[position] for name, position in program.results.items()}


Z = np.concatenate([normal(31, Purpose.SEARCH, 60), [0.0, 30.0, -30.0]])


def elementwise_formulas():
    """Every elementwise formula of every registry with inputs to run it on."""
    for record in activations.values():
        a = record.apply(Z)
        yield record.name, {"value": record.value, "derivative": record.derivative}, {"z": Z, "a": a, **record.values}
    for record in losses.values():
        if record.elementwise:
            yield (
                record.name,
                {"v": record.value, "g": record.gradient},
                {"f": Z, "y": np.ones_like(Z), **record.values},
            )
    for record in penalties.values():
        yield record.name, {"value": record.value, "slope": record.gradient}, {"w": Z, **record.values}


def test_every_elementwise_formula():
    counted = 0
    for name, formulas, inputs in elementwise_formulas():
        program = lower(formulas, uniform=[key for key, value in inputs.items() if np.ndim(value) == 0])
        got = interpret(program, inputs)
        for key, formula in formulas.items():
            want = formula(**{n: inputs[n] for n in formula.names})
            np.testing.assert_array_equal(np.broadcast_to(got[key], Z.shape), np.broadcast_to(want, Z.shape), name)
            counted += 1
    coupled = sum(not record.elementwise for record in losses.values())
    assert counted == 2 * (len(activations) + len(losses) - coupled + len(penalties))


@pytest.mark.parametrize("name", list(optimizers))
def test_every_optimizer_lowers_as_it_is_written(name):
    record = optimizers[name]
    start = {"w": Z, **{state: np.abs(np.sin(Z)) for state in record.state}}
    scalars = {"learning_rate": 0.1, **record.values, **record.scalars_at(3, 0.1)}
    got = interpret(lower(record.updates, uniform=scalars), {**start, "g": np.cos(Z), **scalars})
    want = record.update(start, g=np.cos(Z), learning_rate=0.1, step=3)
    for key, values in want.items():
        np.testing.assert_array_equal(got[key], values)


def test_common_parts_are_shared_and_constants_folded():
    program = lower({"v": Expression("exp(z) / (1 + exp(z)) + 2 * 3 - 1")})
    operations = [instruction.operation for instruction in program.instructions]
    assert operations.count("exp") == 1
    assert 6.0 in [i.value for i in program.instructions if i.operation == "constant"]


def test_uniform_parts_are_marked():
    program = lower({"m": Expression("beta * m + (1 - beta) * g")}, uniform=["beta"])
    by_name = {i.name: i.uniform for i in program.instructions if i.operation == "input"}
    assert by_name == {"beta": True, "m": False, "g": False}
    assert [i.uniform for i in program.instructions if i.operation == "-"] == [True]
    assert [i.uniform for i in program.instructions if i.operation == "+"] == [False]


def test_arguments_point_backwards():
    for record in activations.values():
        for place, instruction in enumerate(lower({"d": record.derivative}).instructions):
            assert all(position < place for position in instruction.arguments)
