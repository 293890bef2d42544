"""The application: every endpoint of the contract as a route, the page's files, and the gate around all of it."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from glassnet.errors import ConfigurationError, GlassnetError
from glassnet.studio.api import data, exports, laboratory, models, opened, runs
from glassnet.studio.contract.endpoint import ENDPOINTS, Endpoint
from glassnet.studio.contract.message import OpenWay, Problem
from glassnet.studio.data.header import HEADER_BYTES, check_header
from glassnet.studio.http.door import is_page
from glassnet.studio.http.gate import Gate, Pass, Refused
from glassnet.studio.http.request import Call
from glassnet.studio.storage.shelf import NotFound, clean_name
from glassnet.studio.storage.store import Unkept, private_file
from glassnet.studio.stream import events
from glassnet.studio.studio import Studio
from glassnet.tables.door import for_the_page

STATIC = Path(__file__).with_name("static")
NO_PAGE = (
    "The studio's page has not been built. In a checkout run `make studio`; an installed glassnet brings it along, so "
    "install again: pip install 'glassnet[app]'"
)
_TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2",
    ".woff": "font/woff", ".ttf": "font/ttf", ".json": "application/json", ".webmanifest": "application/manifest+json",
}  # fmt: skip
_MODULES = (data, runs, opened, exports, models, laboratory)
_MOST_QUERY_PARTS = 20
_MOST_WAYS = 12


def application(studio: Studio, entry: Pass, hosts: Iterable[str], origins: Iterable[str] = ()) -> ASGIApp:
    """The whole server as an ASGI application.

    Parameters
    ----------
    studio : Studio
    entry : Pass
    hosts, origins : iterable of str
        See `Gate`.
    """
    special = {"upload": _upload, "upload_images": _upload_images, "stream": _stream}
    routes = [
        Route(e.path, special.get(e.name, _answering)(studio, e), methods=[e.method], name=e.name) for e in ENDPOINTS
    ]
    routes += _pages()

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(studio.close)

    handlers: Any = {Refused: _refuse, ClientDisconnect: _gone, 404: _nothing, 405: _nothing}
    return Gate(Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers), entry, hosts, origins)


def answer_of(name: str) -> Callable[[Studio, Call], Any]:
    """The function that answers an endpoint."""
    function: Callable[[Studio, Call], Any] = next(getattr(m, name) for m in _MODULES if hasattr(m, name))
    return function


def _answering(studio: Studio, e: Endpoint) -> Callable[[Request], Any]:
    """A route that calls its function in a thread, so that nobody waits for it."""
    answer = answer_of(e.name)

    def work(call: Call) -> Response:
        try:
            result = answer(studio, call)
        except Exception as error:
            return refusal(error)
        return result if isinstance(result, Response) else _json(result)

    async def route(request: Request) -> Response:
        body = await request.body() if e.method == "POST" else b""
        try:
            call = _call(request, e, body)
        except GlassnetError as error:
            return refusal(error)
        return await run_in_threadpool(work, call)

    return route


def _upload(studio: Studio, e: Endpoint) -> Callable[[Request], Any]:
    """The route that takes a table: streamed to a private file, then read."""

    async def route(request: Request) -> Response:
        path = studio.shelf.incoming()
        try:
            call = _call(request, e, b"")
            name = clean_name(call.text("name", "table"))
            reading = {key: call.query[key] for key in ("encoding", "sheet") if key in call.query}
            await _receive(request, path, name)

            def work() -> Response:
                return _json(data.described(studio, studio.shelf.add_file(path, name, reading).id))

            return await run_in_threadpool(work)
        except (Refused, ClientDisconnect):
            raise
        except Exception as error:
            return refusal(error)
        finally:
            path.unlink(missing_ok=True)

    return route


def _upload_images(studio: Studio, e: Endpoint) -> Callable[[Request], Any]:
    """The route that takes a file of images: streamed to a private file, which is then read aside."""

    async def route(request: Request) -> Response:
        path = studio.shelf.incoming("npz")
        try:
            name = clean_name(_call(request, e, b"").text("name", "images"))
            await _receive(request, path, name, check=lambda *_: None)
            return _json(await run_in_threadpool(studio.intake.start, path, name))
        except (Refused, ClientDisconnect):
            path.unlink(missing_ok=True)
            raise
        except Exception as error:
            path.unlink(missing_ok=True)
            return refusal(error)

    return route


async def _receive(
    request: Request, path: Path, name: str, check: Callable[[bytes, str], None] = check_header
) -> None:  # fmt: skip
    """Write the body of an upload to a private file; a header with too many columns ends that at once.

    What comes after a failure is taken and dropped: a browser reads no answer before its body is gone.
    """
    head, file, failure = bytearray(), await run_in_threadpool(private_file, path), None
    with file:
        async for part in request.stream():
            if failure is not None:
                continue
            try:
                if len(head) < HEADER_BYTES:
                    head += part[:HEADER_BYTES]
                    check(bytes(head), name)
                await run_in_threadpool(file.write, part)
            except (GlassnetError, OSError) as error:
                failure = error
                await run_in_threadpool(file.truncate, 0)
    if failure is not None:
        raise failure


def _stream(studio: Studio, e: Endpoint) -> Callable[[Request], Any]:
    """The route of the event stream."""

    async def route(request: Request) -> Response:
        try:
            call = _call(request, e, b"")
            entry = await run_in_threadpool(runs.entry_of, studio, call)
            view = call.view()
            view.resolved(entry.run.preparation)
        except Exception as error:
            return refusal(error)
        stream = events(studio, entry, view, pictures=call.text("pictures", "1") == "1")
        return StreamingResponse(stream, media_type="text/event-stream")

    return route


def _call(request: Request, e: Endpoint, body: bytes) -> Call:
    """The request as a call; values that are no UTF-8 are replaced, never guessed."""
    try:
        query = parse_qsl(request.url.query, keep_blank_values=True, max_num_fields=_MOST_QUERY_PARTS)
    except ValueError:
        raise ConfigurationError(f"The query has more than {_MOST_QUERY_PARTS} parts. Leave some out.") from None
    return Call.read(request.path_params, query, e.query, body)


def _json(message: Any) -> Response:
    """A message as JSON."""
    return Response(msgspec.json.encode(message), media_type="application/json")


def refusal(error: Exception) -> Response:
    """The refusal for the page; a bug of ours is named, and its traceback is printed where the studio was started."""
    status = 404 if isinstance(error, NotFound) else 400
    if isinstance(error, Unkept):
        status, problem = 507, Problem(error.code, for_the_page(str(error)))
    elif isinstance(error, GlassnetError):
        ways = [msgspec.convert(way, OpenWay, from_attributes=True) for way in error.ways[:_MOST_WAYS]]
        problem = Problem(error.code, for_the_page(str(error)), ways)
    elif isinstance(error, MemoryError):
        status, problem = 507, Problem("GN-MEMORY", "Not enough memory. Use fewer rows or a smaller network.")
    elif isinstance(error, OSError):
        why = error.strerror or type(error).__name__
        status, problem = 507, Problem("GN-FILE", f"The system refused: {why}. Is the disk full?")
    else:
        traceback.print_exception(error)
        status, problem = 500, Problem("GN-BUG", f"A bug in glassnet: {type(error).__name__}. Please report it.")
    return Response(msgspec.json.encode(problem), status_code=status, media_type="application/json")


def _refuse(_: Request, error: Exception) -> Response:
    """A body that grew too large."""
    assert isinstance(error, Refused)
    problem = Problem("GN-STUDIO", error.message)
    return Response(msgspec.json.encode(problem), status_code=error.status, media_type="application/json")


def _gone(_: Request, __: Exception) -> Response:
    """The page went away in the middle of a body; nobody reads this."""
    return Response(status_code=400)


def _nothing(request: Request, _: Exception) -> Response:
    """An address that is not in the contract; a person who typed it comes to the page."""
    if is_page(request.scope) and "text/html" in request.headers.get("accept", ""):
        return Response(status_code=303, headers={"location": "/"})
    problem = Problem("GN-STUDIO", "There is nothing at this address.")
    return Response(msgspec.json.encode(problem), status_code=404, media_type="application/json")


def _pages() -> list[Route]:
    """The page and its files, found once; nothing outside the list can be asked for."""
    files = {"/" + path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}
    if "/index.html" not in files:
        return [Route("/", lambda _: Response(NO_PAGE, status_code=503, media_type="text/plain"))]
    files["/"] = files["/index.html"]
    return [Route(name, _file(path)) for name, path in files.items() if path.suffix in _TYPES]


def _file(path: Path) -> Callable[[Request], Any]:
    """A route for one file."""

    async def route(_: Request) -> Response:
        return FileResponse(path, media_type=_TYPES[path.suffix])

    return route
