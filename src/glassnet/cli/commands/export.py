"""``glassnet export``: a model file as ONNX, C or Python."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.options.destination import EXPORTS, check_destination
from glassnet.cli.options.options import Force, ModelPath, Quiet
from glassnet.cli.terminal import terminal
from glassnet.errors import ConfigurationError, nearest

EXAMPLES = """
Examples:

glassnet export patients.glassnet --to onnx

glassnet export patients.glassnet --to c --out firmware/survival.h

glassnet export patients.glassnet --to python --out survival.py
"""
_ENDINGS = {"onnx": ".onnx", "c": ".h", "python": ".py"}
_ADVICE = {
    "onnx": "Run it with ONNX Runtime in any language; it has one input per column.",
    "c": "Include it and link with -lm; the function ending in _self_test returns 0 on success.",
    "python": "It needs NumPy only: import it and call predict(rows).",
}


def plain_columns(schema: Any) -> list[str]:
    """Advice on columns whose training file wrote numbers or dates in a notation that exports do not read."""
    inputs = () if schema is None else schema.inputs
    written = [column for column in inputs if column.notation and column.manner.written]
    numbers = [repr(column.name) for column in written if column.kind != "date"]
    dates = [repr(column.name) for column in written if column.kind == "date"]
    advice = []
    if numbers:
        advice.append(
            f"{', '.join(numbers)}: pass plain numbers, without the signs and units that the training file has."
        )
    if dates:
        advice.append(f"{', '.join(dates)}: pass days since 1970-01-01 (the Python module also takes 2024-12-31).")
    return advice


def export(
    model: ModelPath,
    to: Annotated[
        str,
        typer.Option("--to", help="onnx, c or python.", show_default=False, autocompletion=lambda: list(_ENDINGS)),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write.", show_default="MODEL with the new ending")
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="The precision of an ONNX file: float64 or float32.", show_default="float64; float32 for images"
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="The prefix of identifiers in a C header.", show_default="the file's name")
    ] = None,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Write a model for other languages and runtimes, with every step from the cells of a row to the prediction.

    Missing cells and unknown categories are treated as glassnet itself treats them.
    """
    from glassnet.files import export_c, export_onnx, export_python, read_model

    if to not in _ENDINGS:
        raise ConfigurationError(f"--to {to!r} is not an export format. {nearest(to, _ENDINGS)}")
    path = Path(model.stem + _ENDINGS[to]) if out is None else out
    check_destination(path, EXPORTS[to], inputs={"model file": model}, force=force)
    contents = read_model(model)
    if to == "onnx":
        export_onnx(contents, path, precision=precision)
    elif to == "c":
        export_c(contents, path, name=name)
    else:
        export_python(contents, path)
    console = terminal.output()
    message = f"Wrote {path} ({terminal.size(path)}). {_ADVICE[to]}"
    console.print(str(path) if quiet else message, soft_wrap=True)
    if not quiet:
        terminal.print_notes(plain_columns(contents.table_schema))
        if contents.table_schema is not None and contents.table_schema.measuring is not None:
            terminal.print_notes([
                "Its inputs are hand-crafted features of images, which the export does not measure; measure them with "
                "glassnet features."
            ])  # fmt: skip
