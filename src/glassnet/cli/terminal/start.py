"""The start time of a command, for time budgets that cover the whole command."""

from __future__ import annotations

from contextvars import ContextVar

STARTED: ContextVar[float] = ContextVar("STARTED")
"""The start of the command by `time.perf_counter`, before anything large is imported."""
