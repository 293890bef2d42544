"""`export_c`: a model as one C99 header, with no memory to allocate, no state, and its own test inside.

Everything is ``static``, computed in double precision from the stored weights. ``NAME_predict`` takes a struct with one
member per column of the table (or an array, for a model of a plain matrix).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glassnet.atomic import write_atomically
from glassnet.errors import ConfigurationError
from glassnet.files.blueprint import Blueprint
from glassnet.files.exports.c_images import image_layer
from glassnet.files.exports.c_inputs import input_code
from glassnet.files.exports.c_text import (
    cell_literal,
    comment_text,
    double_literal,
    float_literal,
    lines_of,
    string_literal,
)
from glassnet.files.exports.identifiers import c_identifier, is_c_identifier
from glassnet.files.input_columns import LevelColumn
from glassnet.files.model import ModelFile
from glassnet.formulas.language.render.code import C99, code
from glassnet.layers.place import shape_text

if TYPE_CHECKING:
    from glassnet.network import Network


def export_c(model: ModelFile | Network, path: str | os.PathLike[str], *, name: str | None = None) -> Path:
    """Write a model as a C99 header, and return the path.

    Parameters
    ----------
    model : ModelFile or Network
    path : path
    name : str, optional
        What every identifier begins with; made from the file's name when it is not given.

    Raises
    ------
    ConfigurationError
        When the name is no C identifier.
    FileError
        When the system refuses.
    """
    chosen = c_identifier(Path(path).stem) if name is None else name
    if not is_c_identifier(chosen):
        raise ConfigurationError(f"name={name!r} must be a C identifier, such as 'survival_model'.")
    model = ModelFile.of(model)
    single = model.weights[0].dtype == np.float32
    return write_atomically(path, _Header(Blueprint.of(model), chosen, single=single).text())


class _Header:
    """The text of one header, part by part."""

    def __init__(self, blueprint: Blueprint, name: str, *, single: bool) -> None:
        self.blueprint, self.name, self.single = blueprint, name, single
        self.n_answers = 2 if blueprint.pair and blueprint.probable else blueprint.n_outputs
        # how many networks each layer belongs to
        self.counts = [n for layers, n in zip(blueprint.stacks, blueprint.counts, strict=True) for _ in layers]

    def text(self) -> str:
        """The whole header."""
        name, guard = self.name, f"{self.name.upper()}_H"
        sizes = f"{name}_n_inputs = {len(self.blueprint.input_names)}, {name}_n_answers = {self.n_answers}"
        parts = [
            self._head(), f"#ifndef {guard}\n#define {guard}\n", "#include <math.h>\n#include <string.h>\n",
            f"enum {{ {sizes} }};\n", *input_code(self.blueprint, name), *self._layers(), self._predict(),
            *self._labels(), *self._survival(), self._self_test(), f"#endif /* {guard} */\n",
        ]  # fmt: skip
        return "\n".join(parts)

    def _head(self) -> str:
        """The comment at the top of the header: what it computes and how to call it."""
        blueprint, name = self.blueprint, self.name
        what = f"{blueprint.task} of {blueprint.target}" if blueprint.target else blueprint.task
        labels = "labels" if blueprint.outcome.several else "classes"
        answers = f"the probabilities of the {labels}" if blueprint.probable else "the raw scores"
        if blueprint.numbers:
            answers = "the predicted numbers"
        if blueprint.intervals is not None:
            answers = "the cumulative hazard of each interval of time"
        lines = [
            f"{what}, written by glassnet {blueprint.version}.", "",
            f"int {name}_predict(row, answers) fills answers[{self.n_answers}] with {answers} and returns 0, or the",
            "position (from 1) of an input that is infinite or far outside the computable range.",
            f"int {name}_self_test(void) returns 0 when this compiler and machine compute what glassnet computed.", "",
            'Missing cells: NAN for numbers, NULL or "" for texts. Dates: days since 1970-01-01.',
            "C99, no allocation, no state; link with -lm.",
        ]  # fmt: skip
        return "/* " + "\n".join(f" * {comment_text(line)}".rstrip() for line in lines)[3:] + "\n */"

    def _layers(self) -> list[str]:
        """One function per layer, its weights inside."""
        return [self._layer(k) for k in range(len(self.blueprint.layers))]

    def _layer(self, k: int) -> str:
        """The weights, and ``a = activation(x W + b)``."""
        layer, real = self.blueprint.layers[k], "float" if self.single else "double"
        members, (n_in, n_out) = len(layer.weights), layer.sizes
        own = "member" if members == self.counts[k] else "0 * member"  # shared by all members
        write = float_literal if self.single else double_literal
        weights = lines_of(map(write, layer.weights.ravel()), "    ")
        biases = lines_of(map(write, layer.biases.ravel()), "    ")
        mixes = "" if layer.mixes is None else lines_of(map(write, layer.mixes.ravel()), "    ")
        formula = code(layer.activation.value, C99, layer.values)
        if layer.record is not None:
            arrays = "".join(
                f"  static const {real} {name}[{array.size}] = {{\n{text}}};\n"
                for name, array, text in (
                    ("weights", layer.weights, weights),
                    ("biases", layer.biases, biases),
                    ("mixes", layer.mixes, mixes),
                )
                if array is not None and array.size
            )
            head = f"static inline void {self.name}_layer_{k + 1}(int member, const double *x, double *a) {{\n"
            about = comment_text(f"{layer.record!r} on {shape_text(layer.record.shape_in, layer.record.n_carried)}")
            return f"/* Layer {k + 1}: {about}. */\n{head}{arrays}{image_layer(layer.record, real, formula)}}}\n"
        mix = f"    const double mix = mixes[{own} * {n_out} + j];\n" if mixes else ""
        mixes = f"  static const {real} mixes[{members * n_out}] = {{\n{mixes}}};\n" if mixes else ""
        return (
            f"/* Layer {k + 1}: {n_in} inputs, {n_out} outputs, {comment_text(layer.activation.spec)}. */\n"
            f"static inline void {self.name}_layer_{k + 1}(int member, const double *x, double *a) {{\n"
            f"  static const {real} weights[{members * n_in * n_out}] = {{\n{weights}}};\n"
            f"  static const {real} biases[{members * n_out}] = {{\n{biases}}};\n"
            f"{mixes}"
            f"  const {real} *const w = weights + {own} * {n_in * n_out};\n"
            f"  for (int j = 0; j < {n_out}; ++j) {{\n"
            f"    double z = 0.0;\n"
            f"    for (int i = 0; i < {n_in}; ++i) z += x[i] * w[i * {n_out} + j];\n"
            f"    z += biases[{own} * {n_out} + j];\n"
            f"{mix}    a[j] = {formula};\n"
            f"  }}\n}}\n"
        )

    def _predict(self) -> str:
        """From a row to the answers."""
        blueprint, name, n_out = self.blueprint, self.name, self.blueprint.n_outputs
        row = f"const {name}_row *row" if blueprint.columns else "const double *row"
        stacks = [[layer.sizes[1] for layer in layers] for layers in blueprint.stacks]
        halves = [[width for widths in stacks for width in widths[half::2]] for half in (0, 1)]
        buffers = ", ".join(f"a{half}[{max(widths)}]" for half, widths in enumerate(halves) if widths)
        lines = [
            f"static inline int {name}_predict({row}, double *answers) {{\n",
            f"  double x[{len(blueprint.input_names)}], {buffers};\n",
            f"  const int bad = {name}_inputs(row, x);\n  if (bad) return bad;\n",
            f"  for (int k = 0; k < {self.n_answers}; ++k) answers[k] = 0.0;\n",
        ]  # fmt: skip
        place = 0
        for widths, count in zip(stacks, blueprint.counts, strict=True):
            lines.append(f"  for (int member = 0; member < {count}; ++member) {{\n")
            source = "x"
            for k in range(len(widths)):
                place += 1
                lines.append(f"    {name}_layer_{place}(member, {source}, a{k % 2});\n")
                source = f"a{k % 2}"
            lines += [f"    {line}\n" for line in self._link(source)]
            lines.append("  }\n")
        if blueprint.members > 1:
            lines.append(f"  for (int k = 0; k < {self.n_answers}; ++k) answers[k] /= {blueprint.members}.0;\n")
        if blueprint.intervals is not None:
            lines += blueprint.intervals.c_answer(double_literal)
        elif blueprint.numbers:
            if (blueprint.scale, blueprint.center) != (1.0, 0.0):
                scale, center = blueprint.scale, blueprint.center
                if isinstance(scale, tuple) and isinstance(center, tuple):
                    for called, values in (("scale", scale), ("center", center)):
                        listed = ", ".join(map(double_literal, values))
                        lines.append(f"  static const double {called}[{len(values)}] = {{{listed}}};\n")
                    scaled = "answers[k] * scale[k] + center[k]"
                else:
                    scaled = f"answers[k] * {double_literal(scale)} + {double_literal(center)}"
                lines.append(f"  for (int k = 0; k < {self.n_answers}; ++k) answers[k] = {scaled};\n")
            if blueprint.limits is not None:
                low, high = map(double_literal, blueprint.limits)
                kept = f"fmin(fmax(answers[k], {low}), {high})"
                lines.append(f"  for (int k = 0; k < {self.n_answers}; ++k) answers[k] = {kept};\n")
        elif self.n_answers == 2 and n_out == 1:
            lines.append("  answers[1] = answers[0];\n  answers[0] = 1.0 - answers[1];\n")
        elif blueprint.normalize:
            lines.append(
                f"  double total = 0.0;\n  for (int k = 0; k < {n_out}; ++k) total += answers[k];\n"
                f"  for (int k = 0; k < {n_out}; ++k) answers[k] /= total;\n"
            )
        return "".join([*lines, "  return 0;\n}\n"])

    def _link(self, a: str) -> list[str]:
        """Add a member's predictions to the answers."""
        blueprint, n_out = self.blueprint, self.blueprint.n_outputs
        link = blueprint.link
        if not blueprint.numbers and not blueprint.probable:
            return [f"for (int k = 0; k < {n_out}; ++k) answers[k] += {a}[k];"]
        if link.value is not None:
            return [
                f"for (int k = 0; k < {n_out}; ++k) {{", f"  const double f = {a}[k];",
                f"  answers[k] += {code(link.value, C99)};", "}",
            ]  # fmt: skip
        return [
            f"double largest = {a}[0], total = 0.0;",
            f"for (int k = 1; k < {n_out}; ++k) largest = fmax(largest, {a}[k]);",
            f"for (int k = 0; k < {n_out}; ++k) total += {a}[k] = exp({a}[k] - largest);",
            f"for (int k = 0; k < {n_out}; ++k) answers[k] += {a}[k] / total;",
        ]

    def _labels(self) -> list[str]:
        """The class labels, and which one the answers mean."""
        blueprint, name = self.blueprint, self.name
        if blueprint.numbers or blueprint.outcome.several:
            return []
        labels = lines_of((string_literal(str(label)) for label in blueprint.classes), "    ")
        if self.n_answers == 1:
            body = "  return answers[0] > 0.0;\n"
        elif (decision := blueprint.decision) is not None:
            event, other = decision.event, 1 - decision.event
            body = f"  return answers[{event}] >= {double_literal(decision.threshold)} ? {event} : {other};\n"
        else:
            body = (
                f"  int best = 0;\n  for (int k = 1; k < {self.n_answers}; ++k)\n"
                "    if (answers[k] > answers[best]) best = k;\n  return best;\n"
            )
        return [
            f"/* The position of {comment_text(blueprint.answer_rule)}; and its label as text. */\n"
            f"static inline int {name}_class(const double *answers) {{\n{body}}}\n",
            f"static inline const char *{name}_label(int position) {{\n"
            f"  static const char *const labels[{len(blueprint.classes)}] = {{\n{labels}}};\n"
            f"  return labels[position];\n}}\n",
        ]

    def _survival(self) -> list[str]:
        """The code from a risk to the event-free probability at a time."""
        if self.blueprint.intervals is not None:
            return self.blueprint.intervals.c_functions(self.name, double_literal, lines_of)
        return [] if self.blueprint.baseline is None else self.blueprint.baseline.c_functions(self.name, lines_of)

    def _self_test(self) -> str:
        """A few rows with the answers that glassnet gives."""
        blueprint, name = self.blueprint, self.name
        rows = blueprint.sample_rows()
        answer = blueprint.answer(rows)
        expected = answer.get("hazards", answer.get("prediction", answer.get("probabilities", answer.get("decision"))))
        assert expected is not None
        n = len(expected)
        if blueprint.columns:
            cells = [
                "{" + ", ".join(
                    cell_literal(rows[column.name][row], text=isinstance(column, LevelColumn) and not column.numbers)
                    for column in blueprint.columns
                ) + "}" for row in range(n)
            ]  # fmt: skip
            given, pass_row = f"static const {name}_row rows[{n}]", "&rows[r]"
        else:
            cells = ["{" + ", ".join(map(double_literal, row)) + "}" for row in rows]
            given, pass_row = f"static const {name}_row rows[{n}]", "rows[r]"
        wanted = [lines_of(map(double_literal, row), "").strip() for row in expected]
        listed = ",\n".join(f"    {cell}" for cell in cells)
        answers = ",\n".join(f"    {{{row}}}" for row in wanted)
        return (
            f"/* The number of made-up rows whose answers differ from glassnet's: 0 when all is well. */\n"
            f"static inline int {name}_self_test(void) {{\n"
            f"  {given} = {{\n{listed}}};\n"
            f"  static const double expected[{n}][{self.n_answers}] = {{\n{answers}}};\n"
            f"  int failures = 0;\n"
            f"  for (int r = 0; r < {n}; ++r) {{\n"
            f"    double answers[{self.n_answers}];\n"
            f"    int good = {name}_predict({pass_row}, answers) == 0;\n"
            f"    for (int k = 0; good && k < {self.n_answers}; ++k)\n"
            f"      good = fabs(answers[k] - expected[r][k]) <= 1e-9 * fabs(expected[r][k]) + 1e-12;\n"
            f"    failures += !good;\n  }}\n  return failures;\n}}\n"
        )
