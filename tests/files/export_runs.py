"""Runs exported models outside glassnet: ONNX Runtime, a C compiler with every warning and sanitizer, plain NumPy."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from glassnet.files import ModelFile, export_c, export_onnx, export_python
from glassnet.files.exports.c_text import string_literal
from glassnet.files.exports.identifiers import c_identifiers, onnx_names

COMPILER = shutil.which("gcc") or shutil.which("cc")
FLAGS = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run_onnx(model: ModelFile, rows: Any, folder: Path, precision: str = "float64") -> dict[str, np.ndarray]:
    """The outputs for rows: a dict of columns (None: missing) or a matrix."""
    running = session(export_onnx(model, folder / "model.onnx", precision=precision))
    feed, columns = {}, {made: name for name, made in onnx_names(rows).items()} if isinstance(rows, dict) else {}
    for given in running.get_inputs():
        if not isinstance(rows, dict):
            feed["X"] = np.asarray(rows, dtype=precision)
        elif given.type == "tensor(string)":
            feed[given.name] = np.array(
                [["" if cell is None else str(cell)] for cell in rows[columns[given.name]]], dtype=object
            )
        else:
            cells = [[np.nan if cell is None else as_number(cell)] for cell in rows[columns[given.name]]]
            feed[given.name] = np.array(cells, dtype=precision)
    names = [output.name for output in running.get_outputs()]
    return dict(zip(names, running.run(None, feed), strict=True))


def as_number(cell: Any) -> float:
    """A number, or the days since 1970-01-01 of an ISO date."""
    if isinstance(cell, str) and cell.count("-") == 2:
        return float((np.datetime64(cell, "us") - np.datetime64("1970-01-01", "us")) / np.timedelta64(1, "D"))
    return float(cell)


def run_python(model: ModelFile, rows: Any, folder: Path) -> dict[str, np.ndarray]:
    """What ``predict(rows)`` of the exported module gives."""
    path = export_python(model, folder / "exported_model.py")
    assert "glassnet" not in [line.split()[1] for line in path.read_text().splitlines() if line.startswith("import")]
    spec = importlib.util.spec_from_file_location("exported_model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.predict(rows)


def compile_and_run(source: str, folder: Path, *flags: str) -> str:
    """The standard output of a C program; warnings are errors."""
    if COMPILER is None:
        pytest.skip("there is no C compiler here")
    (folder / "main.c").write_text(source)
    command = [COMPILER, *FLAGS, *flags, "main.c", "-o", "main", "-lm"]
    built = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    done = subprocess.run([folder / "main"], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, (done.returncode, done.stdout[-500:], done.stderr[-2000:])
    return done.stdout


def run_c(model: ModelFile, rows: Any, folder: Path, n_answers: int, *flags: str) -> tuple[np.ndarray, list[str]]:
    """Answers (rows, n_answers) and, for classes, labels; the header's own test must pass first."""
    export_c(model, folder / "model.h", name="m")
    schema = model.table_schema
    n = len(rows) if schema is None else len(next(iter(rows.values())))
    if schema is None:
        cells = ["{" + ", ".join(repr(float(value)) for value in row) + "}" for row in rows]
        declaration, argument = f"static const m_row rows[{n}]", "rows[r]"
    else:
        header = (folder / "model.h").read_text()
        fields = c_identifiers(column.name for column in schema.inputs)
        cells = []
        for row in range(n):
            parts = []
            for column in schema.inputs:
                cell, text = rows[column.name][row], f"const char *{fields[column.name]};" in header
                value = (
                    ("NULL" if cell is None else string_literal(str(cell)))
                    if text
                    else ("NAN" if cell is None else repr(as_number(cell)))
                )
                parts.append(f".{fields[column.name]} = {value}")
            cells.append("{" + ", ".join(parts) + "}")
        declaration, argument = f"static const m_row rows[{n}]", "&rows[r]"
    label = 'printf(" %s", m_label(m_class(a)));' if model.task == "classification" else ""
    source = (
        '#include <stdio.h>\n#include "model.h"\n'
        f"{declaration} = {{\n{', '.join(cells)}}};\n"
        "int main(void) {\n  if (m_self_test() != 0) return 3;\n"
        f"  for (int r = 0; r < {n}; ++r) {{\n    double a[m_n_answers];\n"
        f"    if (m_predict({argument}, a) != 0) return 4;\n"
        '    for (int k = 0; k < m_n_answers; ++k) printf("%.17g ", a[k]);\n'
        f"    {label}\n"
        '    printf("\\n");\n  }\n  return 0;\n}\n'
    )
    lines = [line.split() for line in compile_and_run(source, folder, *flags).splitlines()]
    return np.array([[float(part) for part in line[:n_answers]] for line in lines]), [line[-1] for line in lines]
