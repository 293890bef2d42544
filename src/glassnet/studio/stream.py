"""The event stream of one page: at most 30 frames a second, always the latest, late ones left out.

The run never waits for a page: it only rings a bell, and the stream looks at the run when it is ready for it. A page
that is slow, stuck or gone costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool

from glassnet.errors import GlassnetError
from glassnet.studio.entry import Entry
from glassnet.studio.studio import Studio
from glassnet.studio.views.frame import Framer
from glassnet.studio.views.view import View

SECONDS_PER_FRAME = 0.033
_HEARTBEAT = 10.0
_SHARE = 0.5
"""The time between two frames, in times of a frame, for a training in Python, which has waited for the frame."""


async def events(studio: Studio, entry: Entry, view: View, *, pictures: bool) -> AsyncIterator[bytes]:
    """The events of a run until the page goes away."""
    loop, bell = asyncio.get_running_loop(), asyncio.Event()

    def ring() -> None:
        try:
            loop.call_soon_threadsafe(bell.set)
        except RuntimeError:  # the server has stopped
            end()

    end = entry.run.watch(ring)
    sent = _PageState()
    framer = Framer(entry.run, view, pictures=pictures)
    yield b"retry: 1000\n\n"
    try:
        while True:
            bell.clear()
            started = loop.time()
            with entry.run.framed():  # not while the page takes it
                news = [event(*each) for each in await run_in_threadpool(_news, studio, entry, framer, sent)]
            taken = loop.time() - started
            for each in news:
                yield each
            try:
                await asyncio.wait_for(bell.wait(), _HEARTBEAT)
            except TimeoutError:
                yield b": still here\n\n"
            least = 0.0 if entry.run.preparation.compiled else _SHARE * taken
            await asyncio.sleep(max(least, started + SECONDS_PER_FRAME - loop.time()))
    finally:
        end()


class _PageState:
    """The versions that the page has already received."""

    def __init__(self) -> None:
        self.state: Any = None
        self.comparison: Any = None
        self.revision = self.sequence = -1


def _news(studio: Studio, entry: Entry, framer: Framer, sent: _PageState) -> list[tuple[str, Any]]:
    """Every event that the page has not seen, the frame always."""
    run, news = entry.run, list[tuple[str, Any]]()
    key = (run.revision, run.status, run.speed, tuple(run.edits), run.message, entry.unkept, run.preparation.settings)
    if key != sent.state:
        sent.state = key
        news.append(("state", studio.runs.state(entry)))
    known, sent.comparison = sent.comparison, entry.comparer.state
    if sent.comparison is not known and not (known is None and sent.comparison.status == "none"):
        news.append(("comparison", sent.comparison))
    if run.revision != sent.revision:
        sent.revision = run.revision
        framer.begin_again()
    if run.sequence == sent.sequence:  # only a heartbeat
        return news
    sent.sequence = run.sequence
    try:
        news.append(("frame", framer.frame(entry.id)))
    except GlassnetError:  # the columns of the view are gone with the old settings
        framer.view = View()
        news.append(("frame", framer.frame(entry.id)))
    return news


def event(name: str, message: Any) -> bytes:
    """One event; JSON has no line breaks."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(message) + b"\n\n"
