"""Conversion of a kernel for the native module: the number of a compiled loop, and code for the interpreter.

A record whose kernel was compiled into the engine runs compiled; any other (registered or made at run time) runs
interpreted, with the same bits.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from glassnet.engine import _native
from glassnet.engine.kernels.kernel import Kernel, Part
from glassnet.errors import ConfigurationError

_OPCODES = {name: number for number, name in enumerate(_native.opcodes())}
_REGISTERS = 256


@lru_cache(maxsize=8)
def _kernel_numbers(concept: str) -> dict[str, int]:
    """Kernel key -> number in the compiled table."""
    return {key: number for number, key in enumerate(_native.keys(concept))}


def formula(concept: str, kernel: Kernel, parameters: dict[str, float], owner: str, *, interpret: bool = False) -> Any:
    """The native formula of a kernel.

    Parameters
    ----------
    concept : {"activation_value", "activation_backward", "activation_with_slope", "loss", "optimizer", "schedule"}
    kernel : Kernel
    parameters : dict of str to float
        Values of the record's parameters, in order.
    owner : str
        Its owner, for messages.
    interpret : bool
        Interpret even when a compiled loop exists; for tests.
    """
    number = -1 if interpret else _kernel_numbers(concept).get(kernel.key, -1)
    vector, scalar_words, vector_words = _encode(kernel)
    scalar = kernel.scalar
    uniforms = max(len(scalar.outputs), len(scalar.inputs), len(scalar.constants))
    operands = max(len(vector.inputs), len(vector.outputs))
    registers = max(vector.registers + len(vector.outputs), scalar.registers + len(scalar.outputs))
    if uniforms > _native.most_uniforms or operands > _native.most_operands or registers > _REGISTERS:
        raise ConfigurationError(
            f"{owner} is too long for the engine: it needs {registers} registers (at most {_REGISTERS}), {uniforms} "
            f"constants (at most {_native.most_uniforms}) and {operands} arrays (at most {_native.most_operands}). "
            "Simplify its formula."
        )
    return _native.Formula(
        compiled=number, scalar_inputs=len(scalar.inputs), scalar_registers=scalar.registers,
        scalar_words=scalar_words, scalar_results=list(scalar.outputs), scalar_constants=list(scalar.constants),
        parameters=[float(value) for value in parameters.values()],
        vector_inputs=len(vector.inputs), vector_uniforms=len(kernel.scalar.outputs),
        vector_registers=vector.registers, vector_words=vector_words, vector_results=list(vector.outputs),
    )  # fmt: skip


@lru_cache(maxsize=512)
def _encode(kernel: Kernel) -> tuple[Part, list[int], list[int]]:
    """The vector part with few registers, and the words of both parts."""
    vector = _allocate(kernel.vector, len(kernel.scalar.outputs))
    return vector, _words(kernel.scalar), _words(vector)


def _words(part: Part) -> list[int]:
    """Six numbers per operation: operation, target, four arguments (missing ones repeat the first)."""
    words: list[int] = []
    for operation in part.operations:
        arguments = [*operation.arguments, *([operation.arguments[0]] * (4 - len(operation.arguments)))]
        words += [_OPCODES[operation.name], operation.target, *arguments]
    return words


def _allocate(part: Part, uniforms: int) -> Part:
    """Reuse the registers of values that are no longer read, so that a block stays in the L1 cache."""
    fixed = len(part.inputs) + uniforms
    last_read = {a: time for time, operation in enumerate(part.operations) for a in operation.arguments}
    last_read |= dict.fromkeys(part.outputs, len(part.operations))
    place = {register: register for register in range(fixed)}
    free: list[int] = []
    used = fixed
    operations = []
    for time, operation in enumerate(part.operations):
        arguments = tuple(place[a] for a in operation.arguments)
        finished = sorted(r for r in set(operation.arguments) if r >= fixed and last_read[r] == time)
        free.extend(place[register] for register in finished)
        if free:
            target = free.pop()
        else:
            target, used = used, used + 1
        place[operation.target] = target
        operations.append(replace(operation, target=target, arguments=arguments))
    return replace(part, operations=tuple(operations), outputs=tuple(place[o] for o in part.outputs), registers=used)
