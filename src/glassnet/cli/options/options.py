"""Arguments and options that several commands share, and reading a table with them."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from glassnet.cli.options.imaging import ImageMeasuring, ImageSource, measuring_bar, option_given, refuse_for_tables
from glassnet.cli.options.workers import WorkerOptions
from glassnet.cli.terminal.ending import Interrupted, ReaderGone
from glassnet.errors import ConfigurationError, FileError, nearest

if TYPE_CHECKING:
    from glassnet.images import Measuring
    from glassnet.tables import Declaration, Schema, Table
    from glassnet.tables.framing import Framing

_READING = "Reading the table"


def _tasks() -> list[str]:
    """The values of --task, for shell completion."""
    from glassnet.tables.outcome import tasks

    return list(tasks())


TablePath = Annotated[
    Path,
    typer.Argument(
        help="A table (CSV, Parquet, Excel and others), or images: a folder with a sub-folder per class, or .npz.",
        metavar="TABLE",
        show_default=False,
    ),
]
NewModel = Annotated[
    Path | None,
    typer.Option("--model", "-m", help="The model file to write.", show_default="TABLE with the ending .glassnet"),
]
Weights = Annotated[
    str | None,
    typer.Option("--weights", help="A column with the weight of each row; not an input.", show_default=False),
]
Groups = Annotated[
    str | None,
    typer.Option(
        "--groups", help="A column whose equal cells mark rows that belong together, such as one patient's; not "
                         "an input.",
        show_default=False,
    ),
]  # fmt: skip
ModelPath = Annotated[Path, typer.Argument(help="A model file written by train.", metavar="MODEL", show_default=False)]
Target = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        "-t",
        show_default=False,
        help="The column to predict, unless a schema file names it; repeat the option for tasks that take several.",
    ),
]
Task = Annotated[
    str | None,
    typer.Option(
        "--task", help="classification or regression, if the inferred task is wrong.", show_default=False,
        autocompletion=_tasks,
    ),
]  # fmt: skip
Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--kind", metavar="COLUMN=KIND",
        help="Declare a column: number, integer, date, yes_no, category, left_out, stratum; also date:dmy, "
        "category:merge, ordered:low<mid<high and so on.",
        rich_help_panel=_READING, show_default=False,
    ),
]  # fmt: skip
SchemaFile = Annotated[
    Path | None,
    typer.Option(
        "--schema", metavar="FILE.toml", help="A schema file with declarations about the table; the schema command "
                                              "writes one.",
        rich_help_panel=_READING, show_default=False,
    ),
]  # fmt: skip
Nulls = Annotated[
    list[str] | None,
    typer.Option(
        "--null", metavar="TEXT", help="Another text that means a missing cell.", rich_help_panel=_READING,
        show_default=False,
    ),
]  # fmt: skip
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", help="The delimiter between cells.", rich_help_panel=_READING, show_default="detected"),
]
Decimal = Annotated[
    str | None,
    typer.Option("--decimal", help="The decimal sign.", rich_help_panel=_READING, show_default="detected"),
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="The encoding.", rich_help_panel=_READING, show_default="utf-8")
]
NoHeader = Annotated[
    bool,
    typer.Option(
        "--no-header", help="The file has no header; columns are named column_1, column_2, ...",
        rich_help_panel=_READING,
    ),
]  # fmt: skip
Names = Annotated[
    str | None,
    typer.Option(
        "--names", metavar="A,B,...", help="The names of the columns of a file without a header.",
        rich_help_panel=_READING, show_default=False,
    ),
]  # fmt: skip
Sheet = Annotated[
    str | None,
    typer.Option(
        "--sheet", metavar="NAME",
        help="The sheet of a spreadsheet (or a range such as Sheet1!A3:D20), the table of a database, the list in a "
        "JSON file, or the file in an archive.",
        rich_help_panel=_READING, show_default=False,
    ),
]  # fmt: skip


PIXELS, FEATURES = "pixels", "features"
Inputs = Annotated[
    str,
    typer.Option(
        "--inputs", help="The inputs from images: pixels, or hand-crafted features.",
        rich_help_panel="Reading images", autocompletion=lambda: [PIXELS, FEATURES],
    ),
]  # fmt: skip
Size = Annotated[
    str | None,
    typer.Option(
        "--size", metavar="ROWSxCOLUMNS", help="The size to which images are scaled for a network on pixels.",
        rich_help_panel="Reading images", show_default="the most frequent size, at most 64",
    ),
]  # fmt: skip
Force = Annotated[
    bool, typer.Option("--force", help="Overwrite an existing file, whatever it holds, but never an input.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the path of the output.")]
MemoryLimit = Annotated[
    str | None,
    typer.Option(
        "--memory-limit", metavar="SIZE",
        help="The memory for the table, such as 500MB or 2GB; larger Parquet files and image sets are streamed.",
        rich_help_panel=_READING, show_default="half of the free memory",
    ),
]  # fmt: skip


def limit_bytes(text: str | None) -> float | None:
    """The memory limit in bytes, or None if none was given."""
    from glassnet.estimators.tables.input import memory_bytes

    return None if text is None else memory_bytes(text)


def ordinary(path: Path) -> Path:
    """The path of a file to read; pipes and devices are refused, because reading them might never end."""
    try:
        special = path.exists() and not path.is_file() and not path.is_dir()
    except (OSError, ValueError) as error:
        raise FileError(f"Cannot read {str(path)[:200]}: {getattr(error, 'strerror', None) or error}.") from None
    if special:
        raise FileError(f"{path} is a pipe, socket or device, not a file. Write its contents to a file first.")
    return path


@dataclass(frozen=True)
class Reading(ImageSource):
    """The options of every command that reads a table, or images as one."""

    null: Nulls = None
    delimiter: Delimiter = None
    decimal: Decimal = None
    encoding: Encoding = None
    memory_limit: MemoryLimit = None
    no_header: NoHeader = False
    names: Names = None
    sheet: Sheet = None

    @property
    def limit(self) -> float | None:
        """The memory limit in bytes, or None if none was given."""
        return limit_bytes(self.memory_limit)

    def table(
        self, path: Path, settings: Mapping[str, Any] | None = None, measuring: Measuring | None = None,
        frame: Framing | None = None, *, schema: Schema | None = None, kinds: Mapping[str, str] | None = None,
    ) -> Table:  # fmt: skip
        """Read the table at a path with the options; settings of `read_table` apply where no option was given.

        Images, and columns of paths to images, become a table with framed or measured images, as requested.
        """
        from glassnet.estimators.tables.input import table_of_path
        from glassnet.tables import NULL_STRINGS, holds_images, read_image_table
        from glassnet.tables.columns.images.image_column import with_images

        if holds_images(path):
            if option := option_given(dataclasses.replace(self, memory_limit=None), Reading, besides=ImageSource):
                raise ConfigurationError(f"{option} is for tables in files, and {path} holds images. Omit it.")
            with measuring_bar(path) as progress:
                return read_image_table(
                    path, measuring=measuring, frame=frame, place=self.place, progress=progress,
                    memory_limit=self.limit,
                )  # fmt: skip
        refuse_for_tables(self, path)
        separator = "\t" if self.delimiter in ("\\t", "tab") else self.delimiter
        given = {"delimiter": separator, "decimal": self.decimal, "encoding": self.encoding}
        given["sheet"] = self.sheet
        chosen = dict(settings or {}) | {name: value for name, value in given.items() if value is not None}
        if self.no_header:
            chosen["header"] = False
        if self.names is not None:
            chosen["names"] = [name.strip() for name in self.names.split(",")]
        chosen["null_strings"] = (*chosen.get("null_strings", NULL_STRINGS), *(self.null or ()))
        return with_images(
            table_of_path(ordinary(path), self.memory_limit, **chosen), path.parent, schema=schema, kinds=kinds,
            memory_limit=self.limit,
        )  # fmt: skip

    def table_for(self, model: Any, path: Path) -> Table:
        """Read the table at a path; texts that meant a missing value in training mean it again."""
        from glassnet.tables import holds_images
        from glassnet.tables.image_table import treatment_of

        measuring, frame = treatment_of(model.schema_, path) if holds_images(path) else (None, None)
        nulls = {"null_strings": model.schema_.null_strings}
        return self.table(path, nulls, measuring, frame, schema=model.schema_)


@dataclass(frozen=True)
class Understanding(Reading, ImageMeasuring):
    """The options of every command that infers the schema of a table."""

    target: Target = None
    task: Task = None
    kind: Kinds = None
    schema_file: SchemaFile = None
    inputs: Inputs = PIXELS
    size: Size = None

    @property
    def frame(self) -> Framing | None:
        """How images are framed for the network; None if it uses hand-crafted features."""
        from glassnet.tables.framing import Framing

        if self.inputs not in (PIXELS, FEATURES):
            raise ConfigurationError(f"--inputs {self.inputs!r} is unknown. {nearest(self.inputs, (PIXELS, FEATURES))}")
        if self.inputs == FEATURES:
            if self.size is not None:
                raise ConfigurationError("--size is for networks on pixels. Omit it, or omit --inputs features.")
            return None
        return Framing(None if self.size is None else _size(self.size))

    @cached_property
    def declaration(self) -> Declaration:
        """The declaration in the schema file, or an empty one if there is no file."""
        from glassnet.tables import Declaration

        return Declaration() if self.schema_file is None else Declaration.read(ordinary(self.schema_file))

    def understood(self, path: Path) -> tuple[Table, Schema]:
        """The table at a path and its schema."""
        measuring = self.declaration.measuring
        if measuring is not None and (option := option_given(self, ImageMeasuring)):
            raise ConfigurationError(
                f"{option} and {self.schema_file} both say how images are measured. Omit {option}, or remove the "
                "section [images] from the file."
            )
        frame = None if measuring is not None and self.inputs == PIXELS else self.frame
        kinds = as_kinds(self.kind)
        table = self.table(path, self.declaration.reading, measuring or self.measuring, frame, kinds=kinds)
        return table, self.declaration.schema(
            table, target=tuple(self.target or ()) or None, task=self.task, kinds=kinds
        )


def _size(text: str) -> tuple[int, int]:
    """The rows and columns in ``64x48``; a single number stands for both."""
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.strip().isdigit() and 0 < int(part) <= 4096 for part in parts):
        raise ConfigurationError(
            f"--size {text[:40]!r} is not an image size. Write rows and columns such as 64x48, or 64."
        )
    return int(parts[0]), int(parts[-1])


def command(function: Callable[..., None]) -> Callable[..., None]:
    """A command for typer in which each field of a dataclass of options is an option of its own.

    An interrupt and a closed output pipe are raised as exceptions of our own, which typer passes on.
    """
    hints = get_type_hints(function, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if isinstance(hint, type) and dataclasses.is_dataclass(hint)}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(function).parameters.values():
        hint = groups.get(parameter.name)
        if hint is None:
            parameters.append(parameter.replace(annotation=hints[parameter.name]))
            continue
        own = get_type_hints(hint, include_extras=True)
        parameters += [
            inspect.Parameter(field.name, parameter.kind, default=field.default, annotation=own[field.name])
            for field in dataclasses.fields(hint)
        ]

    def run(**given: Any) -> None:
        options = {
            name: hint(**{field.name: given.pop(field.name) for field in dataclasses.fields(hint)})
            for name, hint in groups.items()
        }
        try:
            with contextlib.ExitStack() as stack:
                for group in options.values():
                    if isinstance(group, WorkerOptions):
                        stack.enter_context(group.around())
                function(**given, **options)
        except BrokenPipeError:
            raise ReaderGone from None
        except KeyboardInterrupt:
            raise Interrupted("Interrupted.") from None

    parameters.sort(key=lambda parameter: parameter.default is not inspect.Parameter.empty)
    run.__name__, run.__doc__ = function.__name__, function.__doc__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def as_kinds(declared: list[str] | None) -> dict[str, str]:
    """The mapping in ``COLUMN=KIND`` texts."""
    kinds = {}
    for text in declared or ():
        name, equals, kind = _split_kind(text)
        if not equals:
            raise ConfigurationError(
                f"--kind {text!r} has no '='. Write COLUMN=KIND, for example --kind ward=category."
            )
        kinds[name] = kind
    return kinds


def _split_kind(text: str) -> tuple[str, str, str]:
    """The two parts of ``COLUMN=KIND``; both may contain further equals signs, as in ``a=b=number:null=0``."""
    from glassnet.tables.declaration import CHOICES

    for place in [place for place, letter in enumerate(text) if letter == "="]:
        if text[place + 1 :].partition(":")[0] in CHOICES:
            return text[:place], "=", text[place + 1 :]
    return text.rpartition("=")
