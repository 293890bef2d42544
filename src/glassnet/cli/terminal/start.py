"""When a command began, for time budgets that hold for all of it."""

from __future__ import annotations

from contextvars import ContextVar

STARTED: ContextVar[float] = ContextVar("STARTED")
"""The start of the command by `time.perf_counter`, before anything large is imported."""
