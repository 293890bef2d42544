"""The typer application: every command under its name, and the options that come before a command."""

from __future__ import annotations

import warnings
from typing import Annotated, Any

import typer

import glassnet
from glassnet.cli.commands import (
    explain,
    export,
    features,
    formulas,
    lab,
    lecture,
    lesson,
    predict,
    report,
    schema,
    show,
    studio,
    trace,
    train,
    tune,
)
from glassnet.cli.options.options import command
from glassnet.errors import ConfigurationError, TableWarning

app = typer.Typer(
    name="glassnet",
    help="Neural networks that you can see through, for tables and images.",
    epilog="Start with: glassnet train TABLE.csv --target COLUMN",
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=train.EXAMPLES)(command(train.train))
app.command(epilog=tune.EXAMPLES)(command(tune.tune))
app.command(epilog=predict.EXAMPLES)(command(predict.predict))
app.command(epilog=trace.EXAMPLES)(command(trace.trace))
app.command(epilog=explain.EXAMPLES)(command(explain.explain))
app.command(epilog=report.EXAMPLES)(command(report.report))
app.command(epilog=show.EXAMPLES)(command(show.show))
app.command(epilog=export.EXAMPLES)(command(export.export))
app.command(epilog=schema.EXAMPLES)(command(schema.schema))
app.command(epilog=formulas.EXAMPLES)(command(formulas.formulas))
app.command(epilog=features.EXAMPLES)(command(features.features))
app.command(epilog=lab.EXAMPLES)(command(lab.lab))
app.command(epilog=studio.EXAMPLES)(command(studio.studio))
app.command(epilog=lecture.EXAMPLES)(command(lecture.lecture))
app.command(epilog=lesson.EXAMPLES)(command(lesson.lesson))


def run(arguments: list[str]) -> int:
    """Run the application on the arguments and return the exit code."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TableWarning)  # the commands print it among their notes
            code = typer.main.get_command(app).main(
                arguments or ["--help"], prog_name="glassnet", standalone_mode=False
            )
    except Exception as error:
        if hasattr(error, "format_message"):  # typer's own: an option or argument that is wrong
            raise ConfigurationError(_usage(error)) from None
        raise
    return code if isinstance(code, int) else 0


def _usage(error: Any) -> str:
    """The message about invalid arguments, with the command that shows the help."""
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else "glassnet"
    return f"{error.format_message().strip()}\nSee {where} --help."


def _print_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f"glassnet {glassnet.__version__}")
        raise typer.Exit


@app.callback()
def _above_all_commands(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Neural networks that you can see through, for tables and images."""
