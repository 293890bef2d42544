"""One connection of a browser; one that asks nothing, or only half of something, is closed after a while."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS_PER_REQUEST = 20.0
"""How long the head of a request may take, from the connection or from its first byte."""


class Connection(H11Protocol):
    """uvicorn's connection with a limit that it lacks: whoever opens many and says nothing would take them all."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Somebody connected and has to ask something."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Part of a request came."""
        before = self.cycle
        super().data_received(data)
        half = self.cycle is None or (self.cycle is before and self.cycle.response_complete)
        if not half:
            self._end_wait()
        elif self._timer is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._end_wait()
        super().connection_lost(exc)

    def _wait(self) -> None:
        """Close unless the head of a request is there in time."""
        self._timer = self.loop.call_later(SECONDS_PER_REQUEST, self.transport.close)

    def _end_wait(self) -> None:
        """The head is there."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
