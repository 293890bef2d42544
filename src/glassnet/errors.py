"""Every error glassnet raises on purpose.

::

    GlassnetError                     code
    ├── FormulaError                  GN-FORMULA     a formula leaves the closed language
    ├── ConfigurationError            GN-CONFIG      a setting is unknown or out of its domain
    ├── ShapeError                    GN-SHAPE       arrays do not fit the network or each other
    ├── DataError                     GN-DATA        a value in the data cannot be used (row, column, value)
    │   ├── FileError                 GN-FILE        a table file cannot be read or written
    │   └── SchemaError               GN-SCHEMA      a table does not fit the schema the model was trained on
    ├── ModelFileError                GN-MODEL       a model file is damaged, hostile or not ours
    ├── TrainingDiverged              GN-DIVERGED    a loss, gradient or weight stopped being finite
    └── MissingDependency             GN-DEPENDENCY  an optional package is needed (with the command that installs it)

The command line prints the message of any of these on one or two lines and ends with exit code 2.
A message says what is wrong (with its name and value), the rule, and how to repair it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Way:
    """One way to read a file that can be read in several, for a door that lets its user choose with a click.

    Attributes
    ----------
    parameter : {"encoding", "sheet"}
        Of `glassnet.tables.read_table`.
    value : str
    text : str
        What the file holds when it is read so.
    """

    parameter: str
    value: str
    text: str


class GlassnetError(Exception):
    """Base of every deliberate error; `code` is stable across versions."""

    code = "GN"
    ways: tuple[Way, ...] = ()

    def with_ways(self, ways: Iterable[Way]) -> Self:
        """The same error, with the ways that are open."""
        self.ways = tuple(ways)
        return self

    def renamed(self, *names: tuple[str, str]) -> Self:
        """The same error with other names in its message: each pair is an old one and a new one."""
        message = str(self)
        for old, new in names:
            message = message.replace(old, new)
        return type(self)(message).with_ways(self.ways)


class FormulaError(GlassnetError, ValueError):
    """A formula uses something outside the closed formula language."""

    code = "GN-FORMULA"


class ConfigurationError(GlassnetError, ValueError):
    """A setting is unknown or outside its domain."""

    code = "GN-CONFIG"


class ShapeError(GlassnetError, ValueError):
    """Arrays do not fit the network or each other."""

    code = "GN-SHAPE"


class DataError(GlassnetError, ValueError):
    """A value in the data cannot be used; the message names row, column and value."""

    code = "GN-DATA"


class FileError(DataError):
    """A table file cannot be read or written."""

    code = "GN-FILE"


class SchemaError(DataError):
    """A table does not fit the schema that the model was trained on."""

    code = "GN-SCHEMA"


class ModelFileError(GlassnetError, ValueError):
    """A model file is damaged, hostile or not a glassnet model."""

    code = "GN-MODEL"


class TrainingDiverged(GlassnetError, ArithmeticError, ValueError):
    """A loss, gradient or weight stopped being finite; the last good weights are kept.

    `divergence` lists where: one `glassnet.engine.Divergence` for each network that diverged, where that is known.
    """

    code = "GN-DIVERGED"

    def __init__(self, message: str, divergence: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.divergence = tuple(divergence)


class MissingDependency(GlassnetError, ImportError):
    """An optional package is needed; the message holds the command that installs it."""

    code = "GN-DEPENDENCY"


class TableWarning(UserWarning):
    """A table can be used, but its predictions may mislead, for example if a column has only unknown cells."""


class TrapWarning(TableWarning):
    """Scores on a table may be too good, or some of its cells may mean something else, unless a person decides."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A closing hint for an unknown name: the nearest known one, or else all of them."""
    names = sorted(known)
    folded = {known_name.casefold(): known_name for known_name in reversed(names)}
    close = difflib.get_close_matches(name, names, n=1)
    if name.casefold() in folded:
        close = [folded[name.casefold()]]
    elif not close:
        close = [folded[one] for one in difflib.get_close_matches(name.casefold(), folded, n=1)]
    if close:
        return f"Did you mean {close[0]!r}?"
    listed = ", ".join(repr(n) for n in names[:12])
    return f"Known: {listed}{', ...' if len(names) > 12 else ''}."
