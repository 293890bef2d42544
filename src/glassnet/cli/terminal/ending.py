"""How a command ends: the exit codes, and the two endings that are neither a success nor a user error."""

from __future__ import annotations

DONE = 0
REFUSED = 2
DEFECT = 70
INTERRUPTED = 130
NO_READER = 141

MEANINGS = {
    DONE: "done",
    REFUSED: "refused: something about the command, a file or the machine is wrong; the message says what",
    DEFECT: "a bug in glassnet; the message says how to get a traceback",
    INTERRUPTED: "interrupted by Ctrl-C; the message says what was written",
    NO_READER: "the reader of the output closed the pipe; train and tune still write their model",
}
"""Every exit code and its meaning; the documentation has the same list."""


class Interrupted(Exception):
    """Raised when the user interrupted the command; the message says what was kept."""


class ReaderGone(Exception):
    """Raised when the reader of the output has closed the pipe, as ``head`` does."""
