"""Code that is both shown and run: the printed lines of a section are the ones that computed its numbers."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.pages import number_text

_WIDEST = 78


@dataclass(frozen=True)
class Lesson:
    r"""A few lines of Python with their results.

    Parameters
    ----------
    source : str
        Statements, and expressions whose value is shown next to them.
    names : mapping of str to object
        Every name after the run.
    values : tuple of (str, object)
        Each bare expression with its value, in order.
    listing : str
        The source with the values as comments.
    note : str
        An explanation of names that the lines use but do not define.

    Examples
    --------
    >>> lesson = run("a = 2\na + 1.5", {})
    >>> print(lesson.listing)
    a = 2
    a + 1.5  # 3.5
    """

    source: str
    names: Mapping[str, Any] = field(repr=False)
    values: tuple[tuple[str, Any], ...] = ()
    listing: str = ""
    note: str = ""

    def __getitem__(self, name: str) -> Any:
        """The value of a name after the run."""
        return self.names[name]


def run(source: str, given: Mapping[str, Any], note: str = "") -> Lesson:
    """Run lines of this package's own lecture and keep their results.

    Parameters
    ----------
    source : str
        Written in the lecture's modules; never anything from a file or a user.
    given : mapping of str to object
        Names that the lines may use.
    note : str, optional
        An explanation of these names.
    """
    source = "\n".join(line.rstrip() for line in source.strip("\n").splitlines())
    names: dict[str, Any] = dict(given)
    values: list[tuple[str, Any]] = []
    lines = source.splitlines()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Expr):
            compiled = compile(ast.Expression(statement.value), "<lecture>", "eval")
            value = eval(compiled, names)  # noqa: S307 - our own constant text, so that the shown code is what ran
            values.append((ast.unparse(statement.value), value))
            last = (statement.end_lineno or statement.lineno) - 1
            lines[last] = _with_result(lines[last], value)
        else:
            compiled = compile(ast.Module([statement], []), "<lecture>", "exec")
            exec(compiled, names)  # noqa: S102 - our own constant text, so that the shown code is what ran
    names.pop("__builtins__", None)
    return Lesson(source, names, tuple(values), "\n".join(lines), note)


def heading(lesson: Lesson) -> str:
    """The heading above the lines."""
    return "The lines that computed this section" + (f"; {lesson.note}" if lesson.note else "")


def _with_result(line: str, value: Any) -> str:
    """A line with its result as a comment, placed below if it would be too long."""
    written = show(value)
    if written is None:
        return line
    beside = f"{line}  # {written}"
    return (
        beside
        if len(beside) <= _WIDEST and "\n" not in written
        else line + "".join(f"\n# {w}" for w in written.splitlines())
    )


def show(value: Any, digits: int = 5) -> str | None:
    """A readable result: rounded numbers, arrays as nested lists, and nothing for None."""
    if value is None:
        return None
    if isinstance(value, (float, np.floating)):
        return number_text(float(value), digits)
    if isinstance(value, np.ndarray):
        return show(value.tolist(), digits)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(show(entry, digits) or "" for entry in value) + "]"
    return str(value)
