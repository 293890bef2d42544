"""How a command ends: the exit codes, and the two ends that are neither success nor an error of the user."""

from __future__ import annotations

DONE = 0
REFUSED = 2
DEFECT = 70
INTERRUPTED = 130
NO_READER = 141

MEANINGS = {
    DONE: "done",
    REFUSED: "refused: something about the command, a file or the machine is wrong; the message says what",
    DEFECT: "a defect of glassnet; the message says how to see where",
    INTERRUPTED: "interrupted by Ctrl-C; the message says what was written",
    NO_READER: "the reader of the output closed the pipe; train and tune still write their model",
}
"""Every exit code, and what it says; the documentation holds the same list."""


class Interrupted(Exception):
    """The user ended the command; the message says what is left of its work."""


class ReaderGone(Exception):
    """Whoever read the output went away, as ``head`` does."""
