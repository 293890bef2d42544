"""The typer application: every command under its name, and what stands above them."""

from __future__ import annotations

import warnings
from typing import Annotated

import typer

import glassnet
from glassnet.cli import export, formulas, lecture, predict, schema, show, studio, trace, train, tune
from glassnet.cli.options import with_options
from glassnet.errors import TableWarning

app = typer.Typer(
    name="glassnet",
    help="Neural networks for tables that you can see through.",
    epilog="Start with: glassnet train TABLE.csv --target COLUMN",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=train.EXAMPLES)(with_options(train.train))
app.command(epilog=tune.EXAMPLES)(with_options(tune.tune))
app.command(epilog=predict.EXAMPLES)(with_options(predict.predict))
app.command(epilog=trace.EXAMPLES)(with_options(trace.trace))
app.command(epilog=show.EXAMPLES)(show.show)
app.command(epilog=export.EXAMPLES)(export.export)
app.command(epilog=schema.EXAMPLES)(with_options(schema.schema))
app.command(epilog=formulas.EXAMPLES)(formulas.formulas)
app.command(epilog=studio.EXAMPLES)(studio.studio)
app.command(epilog=lecture.EXAMPLES)(lecture.lecture)


def run(arguments: list[str]) -> int:
    """Run the application on the arguments and return the exit code."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TableWarning)  # the commands print it among their notes
            typer.main.get_command(app).main(arguments, prog_name="glassnet")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


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
    """Neural networks for tables that you can see through."""
