"""Arguments and options that several commands share, and the reading of a table under them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.errors import ConfigurationError

_READING = "Reading the table"

TablePath = Annotated[
    Path, typer.Argument(help="A CSV, TSV or Parquet file with a header.", metavar="TABLE", show_default=False)
]
ModelPath = Annotated[Path, typer.Argument(help="A model file written by train.", metavar="MODEL", show_default=False)]
Task = Annotated[
    str | None,
    typer.Option(
        "--task", help="classification or regression, when the guess is wrong.", show_default=False,
        autocompletion=lambda: ["classification", "regression"],
    ),
]  # fmt: skip
Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--kind", metavar="COLUMN=KIND", help="Declare a column: number, integer, date, yes_no, category or left_out.",
        rich_help_panel=_READING, show_default=False,
    ),
]  # fmt: skip
SchemaFile = Annotated[
    Path | None,
    typer.Option(
        "--schema", metavar="FILE.toml", help="What a person has fixed about the table; the schema command writes one.",
        rich_help_panel=_READING, show_default=False,
    ),
]  # fmt: skip
Nulls = Annotated[
    list[str] | None,
    typer.Option(
        "--null", metavar="TEXT", help="A further text that means a missing cell.", rich_help_panel=_READING,
        show_default=False,
    ),
]  # fmt: skip
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", help="What separates the cells.", rich_help_panel=_READING, show_default="detected"),
]
Decimal = Annotated[
    str | None,
    typer.Option("--decimal", help="The decimal sign.", rich_help_panel=_READING, show_default="detected"),
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="The encoding.", rich_help_panel=_READING, show_default="utf-8")
]


def read(
    path: Path, delimiter: str | None, decimal: str | None, encoding: str | None, null: list[str] | None = None,
    fixed: Any = None,
) -> Any:  # fmt: skip
    """The table of a path, read as a declaration says where the options say nothing."""
    from glassnet.tables import NULL_STRINGS, read_table

    separator = "\t" if delimiter in ("\\t", "tab") else delimiter
    given = {"delimiter": separator, "decimal": decimal, "encoding": encoding}
    settings = {} if fixed is None else dict(fixed.reading)
    settings |= {name: value for name, value in given.items() if value is not None}
    settings["null_strings"] = (*settings.get("null_strings", NULL_STRINGS), *(null or ()))
    return read_table(path, **settings)


def declared(path: Path | None) -> Any:
    """The declaration in a schema file; an empty one without a file."""
    from glassnet.tables import Declaration

    return Declaration() if path is None else Declaration.read(path)


def as_kinds(declared: list[str] | None) -> dict[str, str]:
    """``COLUMN=KIND`` texts as a mapping."""
    kinds = {}
    for text in declared or ():
        name, equals, kind = text.rpartition("=")
        if not equals:
            raise ConfigurationError(
                f"--kind {text!r} has no '='. Write COLUMN=KIND, for example --kind ward=category."
            )
        kinds[name] = kind
    return kinds
