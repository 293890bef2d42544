"""Kernels: a formula record split into what is computed once per call and what runs for every element.

A `Kernel` is made from the lowered program of a record. Its scalar part runs in double precision and yields the
`uniforms`; its vector part runs in the working precision. The generator writes a kernel as C++ text, the bytecode
module writes it as numbers for the interpreter, and both execute the same list, so they agree bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from glassnet.formulas import Activation, Expression, Loss, Optimizer, Schedule
from glassnet.formulas.language.lowering import Instruction, Program, lower
from glassnet.formulas.language.syntax import COMPARISONS, FUNCTIONS

_COMPARE = frozenset(COMPARISONS.values())
_COSTLY = frozenset({"/", *FUNCTIONS} - {"abs", "max", "min", "where"})


@dataclass(frozen=True)
class Operation:
    """``register target = name(registers arguments)``."""

    name: str
    target: int
    arguments: tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """A straight line of operations over registers: first the inputs, then the constants, then the rest.

    In a vector part the "constants" are the uniforms of the kernel, numbered like `uniforms`.
    """

    inputs: tuple[str, ...]
    constants: tuple[float, ...]
    operations: tuple[Operation, ...]
    outputs: tuple[int, ...]
    registers: int


@dataclass(frozen=True, eq=False)
class Kernel:
    """The scalar part, whose outputs are the uniforms, and the vector part.

    The builders below cache their results, so kernels are compared by identity.
    """

    scalar: Part
    vector: Part

    @cached_property
    def key(self) -> str:
        """A text that is equal for two kernels if and only if they compute the same."""
        return repr(self)


def build(formulas: Mapping[str, Expression], inputs: Sequence[str], scalars: Sequence[str]) -> Kernel:
    """The kernel of assignments; `inputs` are vectors, `scalars` are uniform, in the order callers pass them."""
    return _built(tuple(formulas.items()), tuple(inputs), tuple(scalars))


@lru_cache(maxsize=512)
def _built(formulas: tuple[tuple[str, Expression], ...], inputs: tuple[str, ...], scalars: tuple[str, ...]) -> Kernel:
    """Do the same as `build`, from hashable arguments."""
    return _split(lower(dict(formulas), uniform=scalars), [name for name, _ in formulas], inputs, scalars)


def activation_value(record: Activation) -> Kernel:
    """``a`` from ``z``."""
    return build({"a": record.value}, ["z"], list(record.values))


def activation_backward(record: Activation) -> Kernel:
    """``delta`` from ``z``, ``a`` and the error signal that arrives from above."""
    slope = Expression(f"upstream * ({record.derivative.source})")
    return build({"delta": slope}, ["z", "a", "upstream"], list(record.values))


def activation_with_slope(record: Activation) -> Kernel | None:
    """``a`` and ``da/dz`` from ``z``; None if they share no function or division, so that nothing is saved.

    The same operations on the same numbers as in the kernels above, so the same bits.
    """
    both = build({"a": record.value, "slope": record.derivative}, ["z"], list(record.values))
    slope = build({"slope": record.derivative}, ["z", "a"], list(record.values))
    spared = _costly(activation_value(record)) + _costly(slope) - _costly(both)
    return both if spared > 0 else None


def _costly(kernel: Kernel) -> int:
    """Operations that take as long as many others."""
    return sum(operation.name in _COSTLY for operation in kernel.vector.operations)


def loss_entry(record: Loss) -> Kernel:
    """The loss of an entry and its slope, from ``f`` and ``y``."""
    assert record.value is not None
    assert record.gradient is not None
    return build({"value": record.value, "gradient": record.gradient}, ["f", "y"], list(record.values))


def optimizer_update(record: Optimizer) -> Kernel:
    """New ``w`` and states from ``w``, ``g`` and the states."""
    formulas = {**record.scalars, **record.updates}
    return _built_update(tuple(formulas.items()), tuple(record.state), tuple(record.values))


@lru_cache(maxsize=128)
def _built_update(
    formulas: tuple[tuple[str, Expression], ...], state: tuple[str, ...], parameters: tuple[str, ...]
) -> Kernel:
    """Do the same as `optimizer_update`, from hashable arguments; a state without an update is unchanged."""
    scalars = ("learning_rate", "step", *parameters)
    program = lower(dict(formulas), uniform=scalars)
    for name in state:
        if name not in dict(formulas):
            program.results[name] = _input(program, name)
    return _split(program, ["w", *state], ("w", "g", *state), scalars)


def schedule_factor(record: Schedule) -> Kernel:
    """The factor on the learning rate; all of it is scalar."""
    return build({"factor": record.factor}, [], ["step", "steps", "samples", *record.values])


def _input(program: Program, name: str) -> int:
    """The position of a vector input, added if the formulas do not mention it."""
    wanted = Instruction("input", name=name)
    if wanted not in program.instructions:
        program.instructions.append(wanted)
    return program.instructions.index(wanted)


def _by_reciprocal(program: Program, outputs: Iterable[str]) -> Program:
    """Write vector / scalar as vector * (1 / scalar): one double division instead of one per element."""
    result = Program(results={})
    place: list[int] = []

    def add(instruction: Instruction) -> int:
        if instruction in result.instructions:
            return result.instructions.index(instruction)
        result.instructions.append(instruction)
        return len(result.instructions) - 1

    for old in program.instructions:
        arguments = tuple(place[a] for a in old.arguments)
        source = result.instructions
        if old.operation == "/" and not old.uniform and source[arguments[1]].uniform:
            one = add(Instruction("constant", value=1.0, uniform=True))
            inverse = add(Instruction("/", (one, arguments[1]), uniform=True))
            place.append(add(Instruction("*", (arguments[0], inverse))))
        else:
            place.append(add(Instruction(old.operation, arguments, old.value, old.name, old.uniform)))
    result.results = {name: place[program.results[name]] for name in outputs}
    return result


def _split(program: Program, outputs: list[str], inputs: tuple[str, ...], scalars: tuple[str, ...]) -> Kernel:
    """Divide a program into its scalar and its vector part."""
    program = _by_reciprocal(program, outputs)
    code = program.instructions
    needed = _needed_positions(program)
    results = [program.results[name] for name in outputs]
    exported = _exported_positions(code, needed, results)
    scalar_part = _part(code, [i for i in needed if code[i].uniform], scalars, exported, ())
    vector = [i for i in needed if not code[i].uniform]
    return Kernel(scalar_part, _part(code, vector, inputs, results, exported))


def _needed_positions(program: Program) -> list[int]:
    """Positions that some result depends on, in order."""
    reached: set[int] = set()
    pending = list(program.results.values())
    while pending:
        position = pending.pop()
        if position not in reached:
            reached.add(position)
            pending.extend(program.instructions[position].arguments)
    return sorted(reached)


def _exported_positions(code: Sequence[Instruction], needed: Sequence[int], results: Sequence[int]) -> tuple[int, ...]:
    """Uniform positions that the vector part reads, in order."""
    exported = {position for position in results if code[position].uniform}
    for position in needed:
        if not code[position].uniform and code[position].operation not in _COMPARE:
            exported.update(a for a in _operands(code, position) if code[a].uniform)
    return tuple(sorted(exported))


def _operands(code: Sequence[Instruction], position: int) -> tuple[int, ...]:
    """The operands of an instruction; a ``where`` reads the two sides of its comparison instead of the comparison."""
    instruction = code[position]
    if instruction.operation != "where":
        return instruction.arguments
    condition, *branches = instruction.arguments
    return (*code[condition].arguments, *branches)


def _part(
    code: Sequence[Instruction], positions: Sequence[int], inputs: tuple[str, ...], results: Sequence[int],
    uniforms: tuple[int, ...],
) -> Part:  # fmt: skip
    """Number the registers of one part: inputs, constants (or uniforms), then one per operation."""
    constants = [i for i in positions if code[i].operation == "constant"]
    register = {position: len(inputs) + k for k, position in enumerate([*uniforms, *constants])}
    next_register = len(inputs) + len(register)
    operations = []
    for position in positions:
        instruction = code[position]
        if instruction.operation == "input":
            register[position] = inputs.index(instruction.name)
        elif instruction.operation not in _COMPARE and instruction.operation != "constant":
            name = instruction.operation
            if name == "where":
                name = "where" + code[instruction.arguments[0]].operation
            arguments = tuple(register[a] for a in _operands(code, position))
            register[position] = next_register
            operations.append(Operation(name, next_register, arguments))
            next_register += 1
    return Part(
        inputs=inputs, constants=tuple(code[i].value for i in constants), operations=tuple(operations),
        outputs=tuple(register[i] for i in results), registers=next_register,
    )  # fmt: skip
