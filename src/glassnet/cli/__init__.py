"""The command line: one file per command, each of which parses, calls the library and prints.

`main` is the only entry point. It turns every deliberate error into one or two lines and exit code 2. When only the
library is installed, it prints the command that installs what the command line needs.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
import time
import warnings
from collections.abc import Sequence
from typing import Any

from glassnet.cli.terminal import ending
from glassnet.cli.terminal.start import STARTED
from glassnet.errors import GlassnetError

__all__ = ["main"]

INSTALL = "pip install 'glassnet[app]'"
_NEEDED = ("typer", "rich", "polars")
_ALLOCATIONS = 100_000
"""Allocations between garbage collections. Imports create no garbage, and scanning them takes a sixth of the time of a
prediction.
"""
TRACEBACK = "GLASSNET_TRACEBACK"
"""The environment variable that turns on the traceback of an internal error."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, one of `glassnet.cli.terminal.ending.MEANINGS`.

    Parameters
    ----------
    arguments : sequence of str, optional
        The arguments after ``glassnet``; those of the process when omitted.

    Returns
    -------
    int
        The exit code of the process.

    Examples
    --------
    >>> main(["--version"])
    glassnet 0.1.0
    0
    """
    STARTED.set(time.perf_counter())
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        return _complain(
            f"The command line needs {' and '.join(missing)}, not installed here. Install with:\n{INSTALL}"
        )
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without Unicode gets '?' in place of an error
            stream.reconfigure(errors="replace")
    usual = gc.get_threshold()
    gc.set_threshold(_ALLOCATIONS, *usual[1:])
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
    finally:
        gc.set_threshold(*usual)
    return _end(code)


def _run(arguments: list[str]) -> int:
    """Run one command and turn every way in which it can end into an exit code."""
    try:
        from glassnet.cli.application import run

        with warnings.catch_warnings():
            warnings.showwarning = _remark
            return run(arguments)
    except GlassnetError as error:
        return _complain(str(error))
    except (
        BrokenPipeError,
        ending.ReaderGone,
        SystemExit,
    ):  # rich exits when the reader of the help closes the pipe
        return ending.NO_READER
    except (ending.Interrupted, KeyboardInterrupt) as end:
        return _complain(str(end) or "Interrupted.", ending.INTERRUPTED)
    except OSError as error:
        where = f" {error.filename!r}" if error.filename else ""
        return _complain(
            f"The system refused{where}: {error.strerror or error}. Check the path, its permissions and the disk."
        )
    except UnicodeEncodeError as error:  # bytes of another encoding among the arguments
        return _complain(f"{error.object[:60]!r} is not valid Unicode text. Write it in UTF-8.")
    except MemoryError:
        return _complain("Not enough memory. Use fewer rows, fewer columns or smaller hidden layers.")
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        return _complain(
            f"This is a bug in glassnet, not in your input: {type(error).__name__}: {error}\n"
            f"Please report it with the output of the same command under {TRACEBACK}=1.",
            ending.DEFECT,
        )


def _end(code: int) -> int:
    """Flush the streams; a standard output that cannot be written is an error like any other."""
    from glassnet.cli.terminal.terminal import let_go

    failure = let_go(sys.stdout)
    if failure is not None and not code:
        code = (
            ending.NO_READER
            if isinstance(failure, BrokenPipeError)
            else _complain(f"The output could not be written: {failure.strerror}. Free some space, or write elsewhere.")
        )
    let_go(sys.stderr)
    return code


def _remark(message: Warning | str, *_: Any, **__: Any) -> None:
    """Print a warning of the library as a note."""
    from glassnet.cli.terminal.terminal import print_notes

    print_notes([str(message)])


def _complain(message: str, code: int = ending.REFUSED) -> int:
    """Print an error on stderr, in at most two lines, and return its exit code."""
    from glassnet.pages.markup import visible
    from glassnet.tables.door import for_the_command

    first, _, rest = for_the_command(message).partition("\n")
    lines = [f"glassnet: {first}", *([" ".join(rest.split())] if rest.strip() else [])]
    try:
        sys.stderr.write(visible("\n".join(lines)) + "\n")
    except OSError:  # stderr is closed
        return code
    return code
