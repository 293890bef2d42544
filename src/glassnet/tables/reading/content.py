"""The content of a file of another program: the text of a CSV file, or a data frame; and where it was found."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glassnet.errors import ConfigurationError, Way, nearest
from glassnet.formulas.language.render.display import format_number


@dataclass(frozen=True)
class SourceFile:
    """A file to read.

    Parameters
    ----------
    path : path
        Where it lies.
    name : str
        What messages call it: a file that comes out of an archive lies in a folder that nobody has seen.
    file : str
        The name of the file that a user has, without its folders.
    part : str or None
        The sheet, table, list or file in it that is wanted.
    above : str
        What stands before the name of a part, as the file of an archive does: ``"study.xlsx::"``.
    """

    path: Path
    name: str
    file: str
    part: str | None = None
    above: str = ""

    def choose(self, names: Sequence[str], wanted: str | None, what: str) -> str:
        """The wanted sheet, table or file; without a wish the only one.

        Raises
        ------
        ConfigurationError
            When there are several, or none of that name.
        """
        if wanted is None:
            if len(names) == 1:
                return names[0]
            if not names:
                raise ConfigurationError(f"{self.name} holds no {what} with a table.")
            listed = ", ".join(map(repr, names[:8])) + (", ..." if len(names) > 8 else "")
            raise ConfigurationError(
                f"{self.name} holds {len(names)} {what}s: {listed}. Say which: --sheet {self.above}NAME, or "
                f"{self.file}::{self.above}NAME (in Python sheet={self.above + 'NAME'!r})."
            ).with_ways(Way("sheet", self.above + name, name) for name in names)
        if wanted not in names:
            raise ConfigurationError(f"{self.name} has no {what} {wanted!r}. {nearest(wanted, names)}")
        return wanted


@dataclass(frozen=True)
class Content:
    """The content of a file.

    Parameters
    ----------
    text : bytes
        A CSV file in UTF-8; or, where it is `plain`, a text table as it was found.
    frame : object
        A data frame, where the file has typed columns.
    categories : mapping of str to tuple of str
        Columns that are categories, with their levels where these have an order.
    code_labels : mapping of str to mapping of float to str
        Of columns of numbers: what some of them stand for.
    notes : tuple of str
        What was decided, one sentence each.
    plain : bool
        Whether the text has a delimiter and an encoding that are to be found out.
    format : str
        The format that it was read as.
    inside : str
        Where it was one of the files of an archive, its name there.
    """

    text: bytes = b""
    frame: Any = None
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    code_labels: Mapping[str, Mapping[float, str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    plain: bool = False
    format: str = ""
    inside: str = ""

    @property
    def place(self) -> str:
        """Where in an archive it was, for a sentence."""
        return f", from {self.inside!r} in the archive" if self.inside else ""


def as_csv(rows: Iterable[Iterable[Any]]) -> bytes:
    """Rows of values as CSV text; a line break inside a cell becomes a blank, so that lines are rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow([_text(cell) for cell in row])
    return out.getvalue().encode("utf-8")


def _text(value: Any) -> str:
    """A value as the text of a cell."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value) if isinstance(value, int) else format_number(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return format_number(value / datetime.timedelta(days=1))
    return " ".join(str(value).splitlines())
