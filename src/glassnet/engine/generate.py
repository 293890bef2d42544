"""Generator of the C++ header of every registered formula: ``python -m glassnet.engine.generate OUTPUT``.

CMake runs this when the engine is built. Each kernel becomes a struct of templates over the vector type ``V``; each
concept becomes a table of its kernels. `Kernel.key` is included, so that at run time a record finds its compiled
kernel by what it computes, not by its name.
"""

from __future__ import annotations

import sys
from pathlib import Path

from glassnet.engine.kernels.kernel import (
    Kernel,
    Part,
    activation_backward,
    activation_value,
    activation_with_slope,
    loss_entry,
    optimizer_update,
    schedule_factor,
)
from glassnet.formulas import activations, losses, optimizers, schedules

_INFIX = {"+": "+", "-": "-", "*": "*", "/": "/"}


def main(arguments: list[str]) -> int:
    """Write the header to the path given as the only argument."""
    if len(arguments) != 1:
        sys.stderr.write("Usage: python -m glassnet.engine.generate OUTPUT\n")
        return 2
    target = Path(arguments[0])
    target.parent.mkdir(parents=True, exist_ok=True)
    text = header()
    if not target.exists() or target.read_text() != text:
        target.write_text(text)
    return 0


def header() -> str:
    """The whole header."""
    tables = {
        "activation_value": [activation_value(r) for r in activations.values()],
        "activation_backward": [activation_backward(r) for r in activations.values()],
        "activation_with_slope": [both for r in activations.values() if (both := activation_with_slope(r)) is not None],
        "loss": [loss_entry(r) for r in losses.values() if r.elementwise],
        "optimizer": [optimizer_update(r) for r in optimizers.values()],
        "schedule": [schedule_factor(r) for r in schedules.values()],
    }
    lines = ["// Written by glassnet.engine.generate from the formula records. Do not edit.", "#pragma once", ""]
    for concept, kernels in tables.items():
        for number, kernel in enumerate(kernels):
            lines += _kernel(f"{concept}_{number}", kernel)
        lines.append(f"#define GLASSNET_{concept.upper()}_KERNELS(X) "
                     + " ".join(f"X({concept}_{number})" for number in range(len(kernels))) + "\n")  # fmt: skip
    return "\n".join(lines)


def _kernel(name: str, kernel: Kernel) -> list[str]:
    """One kernel as a struct."""
    scalar, vector = kernel.scalar, kernel.vector
    return [
        f"struct {name} {{",
        f"  static constexpr const char* key = {_literal(kernel.key)};",
        f"  static constexpr int inputs = {len(vector.inputs)}, uniforms = {len(scalar.outputs)}, "
        f"outputs = {len(vector.outputs)};",
        f"  static constexpr int scalar_inputs = {len(scalar.inputs)};",
        "  template <class V> static void scalars([[maybe_unused]] const V* in, [[maybe_unused]] V* out) {",
        *_body(scalar, [f"V({constant!r})" for constant in scalar.constants]),
        "  }",
        "  template <class V>",
        "  static inline void run([[maybe_unused]] const V* in, [[maybe_unused]] const V* u, V* out) {",
        *_body(vector, [f"u[{i}]" for i in range(len(scalar.outputs))] if vector.outputs else []),
        "  }",
        "};",
        "",
    ]


def _body(part: Part, constants: list[str]) -> list[str]:
    """The statements of one part."""
    known = [f"in[{position}]" for position in range(len(part.inputs))] + constants
    lines = [f"    [[maybe_unused]] const V r{position} = {text};" for position, text in enumerate(known)]
    for operation in part.operations:
        arguments = [f"r{a}" for a in operation.arguments]
        if operation.name in _INFIX:
            value = f" {_INFIX[operation.name]} ".join(arguments)
        elif operation.name == "neg":
            value = f"-{arguments[0]}"
        elif operation.name.startswith("where"):
            left, right, yes, no = arguments
            value = f"select({left} {operation.name[5:]} {right}, {yes}, {no})"
        else:
            value = f"f_{operation.name}({', '.join(arguments)})"
        lines.append(f"    const V r{operation.target} = {value};")
    lines += [f"    out[{i}] = r{register};" for i, register in enumerate(part.outputs)]
    return lines


def _literal(text: str) -> str:
    """A C++ string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
