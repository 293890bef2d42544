"""Formula -> straight-line program: the one form that both the C++ text and the run-time interpreter are made from.

Every distinct sub-expression becomes one instruction (common ones are shared, constants are folded). Sub-expressions
that are the same for all elements, such as ``1 - beta_1``, are computed once per call in double precision; the rest
runs on vectors of the working precision. Because compiled and interpreted kernels execute this same list in this same
order, they agree bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from glassnet.formulas.language import Expression
from glassnet.formulas.language.syntax import Call, Name, Node, Number, Operation

_FOLD: Mapping[str, Callable[..., float]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "neg": lambda a: -a, "sqrt": math.sqrt,
}  # fmt: skip


@dataclass(frozen=True)
class Instruction:
    """``result = operation(arguments)``; arguments are positions of earlier instructions.

    `operation` is ``constant`` (uses `value`), ``input`` (uses `name`), an operator of the language, ``neg``, or a
    function name. `uniform` says that the result is the same for all elements (scalar, double precision).
    """

    operation: str
    arguments: tuple[int, ...] = ()
    value: float = 0.0
    name: str = ""
    uniform: bool = False


@dataclass
class Program:
    """Instructions in order, and for each result name the position that holds it."""

    instructions: list[Instruction] = field(default_factory=list)
    results: dict[str, int] = field(default_factory=dict)


def lower(formulas: Mapping[str, Expression], uniform: Iterable[str] = ()) -> Program:
    """Lower assignments ``name = formula``, in order, to one program.

    A later formula that mentions an earlier result name reads that new result, so an optimizer's update list lowers
    as it is written. Names in `uniform` are scalars.
    """
    program = Program()
    positions: dict[Instruction, int] = {}
    scalars = frozenset(uniform)

    def add(instruction: Instruction) -> int:
        if instruction not in positions:
            positions[instruction] = len(program.instructions)
            program.instructions.append(instruction)
        return positions[instruction]

    def visit(node: Node) -> int:
        if isinstance(node, Number):
            return add(Instruction("constant", value=node.value, uniform=True))
        if isinstance(node, Name):
            if node.name in program.results:
                return program.results[node.name]
            return add(Instruction("input", name=node.name, uniform=node.name in scalars))
        if isinstance(node, Operation) and node.operator == "**":
            assert node.left is not None
            assert isinstance(node.right, Number)
            base = visit(node.left)
            product = base
            for _ in range(int(node.right.value) - 1):
                product = emit("*", (product, base))
            return product
        if isinstance(node, Operation):
            parts = [node.right] if node.left is None else [node.left, node.right]
            return emit(node.operator, tuple(visit(part) for part in parts))
        assert isinstance(node, Call)
        return emit(node.function, tuple(visit(argument) for argument in node.arguments))

    def emit(operation: str, arguments: tuple[int, ...]) -> int:
        sources = [program.instructions[position] for position in arguments]
        if operation in _FOLD and all(source.operation == "constant" for source in sources):
            value = float(_FOLD[operation](*(source.value for source in sources)))
            return add(Instruction("constant", value=value, uniform=True))
        return add(Instruction(operation, arguments, uniform=all(source.uniform for source in sources)))

    for name, formula in formulas.items():
        program.results[name] = visit(formula.tree)
    return program
