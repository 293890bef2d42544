"""The command line: one file per command, each of which parses, calls the library and prints.

`main` is the only door. It turns every deliberate error into one or two lines and exit code 2, and says which
command installs what the command line needs when only the library is installed.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence

from glassnet.errors import GlassnetError

__all__ = ["main"]

INSTALL = "pip install 'glassnet[app]'"
_NEEDED = ("typer", "rich", "polars")
_FAILED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 2 bad input, 130 interrupted.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows ``glassnet``; taken from the process when left out.

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
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        return _complain(
            f"The command line needs {' and '.join(missing)}, not installed here. Install with:\n{INSTALL}"
        )
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without Unicode gets '?' in place of an error
            stream.reconfigure(errors="replace")
    from glassnet.cli.application import run

    try:
        return run(sys.argv[1:] if arguments is None else list(arguments))
    except GlassnetError as error:
        return _complain(str(error))
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as error:
        where = f" {error.filename!r}" if error.filename else ""
        return _complain(
            f"The system refused{where}: {error.strerror or error}. Check the path, its rights and the disk."
        )
    except MemoryError:
        return _complain("Not enough memory. Use fewer rows, fewer columns or smaller hidden layers.")


def _complain(message: str) -> int:
    """Say what is wrong on stderr, in at most two lines, and return the exit code for it."""
    first, _, rest = message.partition("\n")
    lines = [f"glassnet: {first}", *([" ".join(rest.split())] if rest.strip() else [])]
    sys.stderr.write("\n".join(lines) + "\n")
    return _FAILED
