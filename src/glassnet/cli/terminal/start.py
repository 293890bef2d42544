"""When the user began to wait: before anything large is imported."""

from __future__ import annotations

from contextvars import ContextVar

STARTED: ContextVar[float] = ContextVar("STARTED")
"""By `time.perf_counter`; `glassnet.cli.main` sets it."""
