"""From a row of the table to the network's inputs, in C99."""

from __future__ import annotations

from glassnet.files.blueprint import Blueprint
from glassnet.files.exports.c_text import absence, comment_text, double_literal, lines_of, string_literal
from glassnet.files.exports.identifiers import c_identifiers
from glassnet.files.input_columns import ImageColumn, LevelColumn, NumberColumn
from glassnet.formulas.language.render.code import C99, code

_COMPARE = """/* Like strcmp, but upper and lower case are the same. */
static inline int NAME_compare(const char *one, const char *two) {
  for (;; ++one, ++two) {
    const int a = *one >= 'A' && *one <= 'Z' ? *one + 32 : *one, b = *two >= 'A' && *two <= 'Z' ? *two + 32 : *two;
    if (a != b || !a) return a - b;
  }
}
"""


def input_code(blueprint: Blueprint, name: str) -> list[str]:
    """The struct of a row, and the function from a row to the network's inputs."""
    fields = c_identifiers(column.name for column in blueprint.columns)
    n_in = len(blueprint.input_names)
    if not blueprint.columns:
        names = comment_text(", ".join(blueprint.input_names))
        return [
            f"/* {names[:2000]} */\ntypedef double {name}_row[{n_in}];\n",
            f"static inline int {name}_inputs(const double *row, double *x) {{\n"
            f"  for (int i = 0; i < {n_in}; ++i) {{\n    if (!(fabs(row[i]) <= 1e300)) return i + 1;\n"
            f"    x[i] = row[i];\n  }}\n  return 0;\n}}\n",
        ]
    members, steps, place = [], [], 0
    for position, column in enumerate(blueprint.columns, start=1):
        field = fields[column.name]
        known = ""
        if isinstance(column, LevelColumn):
            known = ": " + ", ".join(column.levels[:20]) + (", ..." if len(column.levels) > 20 else "")
        if isinstance(column, ImageColumn):
            shape = " x ".join(map(str, column.shape))
            remark = comment_text(f"{column.name} (image, {shape}: row by row, the channels of a pixel together)")
            members.append(f"  double {field}[{column.width}]; /* {remark} */")
            steps.append(_block(column.name, [
                f"for (int i = 0; i < {column.width}; ++i) {{",
                f"  if (!(fabs(row->{field}[i]) <= 1e300)) return {position};",
                f"  to[{place} + i] = (row->{field}[i] - {double_literal(column.center)})"
                f" / {double_literal(column.scale)};", "}",
            ]))  # fmt: skip
            place += column.width
            continue
        text = isinstance(column, LevelColumn) and not column.numbers
        kind = "const char *" if text else "double "
        remark = comment_text(f"{column.name} ({column.kind.replace('_', '/')}{known})")
        members.append(f"  {kind}{field}; /* {remark} */")
        steps.append(_cell(name, column, field, place, position))
        place += column.width
    compare = (
        [_COMPARE.replace("NAME", name)]
        if any(
            isinstance(column, LevelColumn) and column.any_case and not column.numbers for column in blueprint.columns
        )
        else []
    )
    struct = f"typedef struct {name}_row {{\n" + "\n".join(members) + f"\n}} {name}_row;\n"
    inputs = f"static inline int {name}_inputs(const {name}_row *row, double *to) {{\n{''.join(steps)}  return 0;\n}}\n"
    return [struct, *compare, inputs]


def _cell(name: str, column: NumberColumn | LevelColumn, field: str, place: int, position: int) -> str:
    """The statements that turn one cell into inputs."""
    if isinstance(column, NumberColumn):
        lines = [
            f"const double cell = row->{field};", f"const int missing = {absence('cell', column.nulls)};",
            *_season(column, place + len(column.formulas)), *_number(column, position),
        ]  # fmt: skip
        for at, (formula, values) in enumerate(column.formulas, start=place):
            lines.append(f"to[{at}] = {code(formula, C99, values)};")
            lines.append(f"if (!(fabs(to[{at}]) <= 1e15)) return {position};")
        if column.indicator:
            lines.append(f"to[{place + column.width - 1}] = missing;")
        return _block(f"{column.name}", lines)
    n_rows, width = column.table.shape
    rows = ",\n".join("      {" + lines_of(map(double_literal, row), "").strip() + "}" for row in column.table)
    lines = [f"static const double table[{n_rows}][{width}] = {{\n{rows}}};"]
    if column.numbers:
        numbers = lines_of((double_literal(number) for number, _ in column.numbers), "      ")
        lines += [
            f"static const double levels[{len(column.numbers)}] = {{\n{numbers}}};",
            f"int k = {absence(f'row->{field}', column.nulls)} ? 1 : 0;",
            f"for (int i = 0; i < {len(column.numbers)}; ++i)\n      if (row->{field} == levels[i]) k = i + 2;",
        ]
    else:
        known = column.keys_beyond_ascii
        keys = lines_of((string_literal(text) for text, _ in known), "      ")
        rows_of_keys = lines_of((str(row) for _, row in known), "      ")
        n, same = len(known), f"{name}_compare" if column.any_case else "strcmp"
        lines += [
            f"static const char *const keys[{n}] = {{\n{keys}}};",
            f"static const int rows[{n}] = {{\n{rows_of_keys}}};", f"int k = row->{field} ? 0 : 1;",
            f"for (int i = 0; row->{field} && i < {n}; ++i)\n"
            f"      if ({same}(row->{field}, keys[i]) == 0) {{\n        k = rows[i];\n        break;\n      }}",
        ]  # fmt: skip
    lines.append(f"memcpy(to + {place}, table[k], sizeof table[k]);")
    return _block(column.name, lines)


def _season(column: NumberColumn, place: int) -> list[str]:
    """The statements that place a day in the year."""
    if not column.season:
        return []
    inputs = "".join(
        f"      to[{at}] = {code(formula, C99, values)};\n"
        for at, (formula, values) in enumerate(column.season, start=place)
    )
    return [f"{{\n      const double x = missing ? {double_literal(column.replacement)} : cell;\n{inputs}    }}"]


def _number(column: NumberColumn, position: int) -> list[str]:
    """The statements that make the number ``x`` of the formula, on a curve by bisection."""
    filled = f"missing ? {double_literal(column.replacement)} : cell;"
    if column.curve is None:
        infinite = [f"if (isinf(x)) return {position};"] if "low" in column.formulas[0][1] else []  # bins hide it
        return [f"const double x = {filled}", *infinite]
    n = column.curve.shape[1]
    knots, heights = (lines_of(map(double_literal, side), "      ") for side in column.curve)
    return [
        f"static const double knots[{n}] = {{\n{knots}}};", f"static const double heights[{n}] = {{\n{heights}}};",
        f"double x = {filled}", f"int low = 0, high = {n - 1};", f"if (isinf(x)) return {position};",
        "while (high - low > 1) {\n      const int middle = (low + high) / 2;\n"
        "      if (x < knots[middle]) high = middle; else low = middle;\n    }",
        "x = x <= knots[low] ? heights[low] : x >= knots[high] ? heights[high] :\n"
        "        heights[low] + (heights[high] - heights[low]) * ((x - knots[low]) / (knots[high] - knots[low]));",
    ]  # fmt: skip


def _block(title: str, lines: list[str]) -> str:
    """Statements in braces under a remark."""
    return f"  {{ /* {comment_text(title)} */\n" + "".join(f"    {line}\n" for line in lines) + "  }\n"
