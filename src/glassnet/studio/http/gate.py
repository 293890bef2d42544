"""The gate: the one door in front of every route. What is not clearly this page on this machine is turned away.

It looks at the raw request before any route does: the Host (against rebinding), the Origin and Sec-Fetch-Site (against
other pages), the cookie (against other users and programs), and for writes a header that no form can send, the type and
the size of the body. It adds the headers that keep the page from loading or running anything else.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glassnet.studio.contract.message import Problem
from glassnet.studio.http.door import STYLE_HASH, closed, is_page

MOST_UPLOAD_BYTES = 200 * 1024**2
MOST_IMAGE_BYTES = 2 * 1024**3
MOST_JSON_BYTES = 8 * 1024**2
SECONDS_PER_PART = 20.0
"""How long the next part of a request may take."""
_UPLOADS = {
    "/api/data": (b"text/csv", MOST_UPLOAD_BYTES), "/api/images": (b"application/octet-stream", MOST_IMAGE_BYTES)
}  # fmt: skip
WRITE_HEADER = (b"x-glassnet", b"1")
START = "/start"
_SESSION_SECONDS = 30 * 24 * 3600
_HEADERS = (
    (b"content-security-policy",
     b"default-src 'none'; script-src 'self'; style-src 'self' " + STYLE_HASH.encode() + b"; connect-src 'self'; "
     b"img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)  # fmt: skip
_JSON = (b"content-type", b"application/json")
_USED = "This start address has been used, or was never valid. It works once, in the browser that opened it first."


class Refused(Exception):
    """A request that the gate turns away; raised while a body arrives, the application answers it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass
class Pass:
    """The credentials that open the gate: the start token, which works once, and the cookie it is exchanged for.

    Parameters
    ----------
    port : int
        Part of the cookie's name, as cookies do not keep ports apart.
    token, cookie : str
        Drawn when not given.
    """

    port: int
    token: str | None = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def cookie_name(self) -> str:
        """The cookie's name."""
        return f"glassnet_{self.port}"

    def take(self, token: str) -> bool:
        """Whether this is the start token, which from now on opens nothing."""
        good = self.token is not None and secrets.compare_digest(token.encode(), self.token.encode())
        if good:
            self.token = None
        return good

    def opens(self, cookie: str) -> bool:
        """Whether this is the cookie."""
        return secrets.compare_digest(cookie.encode("utf-8", "replace"), self.cookie.encode())


class Gate:
    """An ASGI application around another one, which it protects.

    Parameters
    ----------
    app : ASGI application
    entry : Pass
    hosts : iterable of str
        Every Host value that is accepted, port included; anything else is refused.
    origins : iterable of str
        Further origins that may speak to the server, for development.
    """

    def __init__(self, app: ASGIApp, entry: Pass, hosts: Iterable[str], origins: Iterable[str] = ()) -> None:
        self.app, self.entry = app, entry
        self.hosts = frozenset(host.lower().encode("ascii") for host in hosts)
        self.origins = frozenset([b"http://" + host for host in self.hosts] + [o.encode("ascii") for o in origins])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # the studio speaks no other protocol
            await send({"type": "websocket.close", "code": 1008})
            return
        guarded = _with_headers(scope, send)
        try:
            self._check_source(scope)
            if scope["path"] == START and scope["method"] == "GET":
                await self._start(scope, guarded)
                return
            self._check_cookie(scope)
            limit = _check_write(scope)
        except Refused as refused:
            if is_page(scope) and refused.status == 403:
                page = (b"content-type", b"text/html; charset=utf-8")
                await _answer(guarded, refused.status, closed(refused.message), page)
            else:
                await _answer(guarded, refused.status, _problem(refused.message))
            return
        await self.app(scope, _Counted(receive, limit), guarded)

    def _check_source(self, scope: Scope) -> None:
        """The Host exactly once and known; an Origin at most once and known; no request from another site."""
        hosts = _values(scope, b"host")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            raise Refused(421, "This server answers to its own address only. Use the address that it printed.")
        origins = _values(scope, b"origin")
        if origins and (len(origins) > 1 or origins[0] not in self.origins):
            raise Refused(403, "Other pages may not call the studio.")
        sites = _values(scope, b"sec-fetch-site")
        allowed = (b"same-origin",) if scope["method"] == "POST" else (b"same-origin", b"none")
        if sites and (len(sites) > 1 or sites[0] not in allowed):
            raise Refused(403, "Other pages may not call the studio.")

    def _check_cookie(self, scope: Scope) -> None:
        """Raise for a request without a cookie, saying where to get one."""
        if not self._has_cookie(scope):
            raise Refused(403, "Open the studio with the address that it printed when it started.")

    def _has_cookie(self, scope: Scope) -> bool:
        """Exactly one cookie of our name, with the right value."""
        named = [
            value
            for line in _values(scope, b"cookie")
            for name, _, value in [part.strip().partition("=") for part in line.decode("latin-1").split(";")]
            if name == self.entry.cookie_name
        ]
        return len(named) == 1 and self.entry.opens(named[0])

    async def _start(self, scope: Scope, send: Send) -> None:
        """Exchange the start token for the cookie, and go to a clean address; who has the cookie already may go on."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if len(given) != 1 or not self.entry.take(given[0]):
            if not self._has_cookie(scope):
                raise Refused(403, _USED)
            await _answer(send, 303, b"", _JSON, (b"location", b"/"))
            return
        cookie = f"{self.entry.cookie_name}={self.entry.cookie}; Path=/; Max-Age={_SESSION_SECONDS}; HttpOnly; "
        cookie += "SameSite=Strict"
        await _answer(send, 303, b"", _JSON, (b"location", b"/"), (b"set-cookie", cookie.encode()))


class _Counted:
    """A request's body, refused when it grows beyond its limit, whatever its header said."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self.receive, self.limit, self.seen, self.whole = receive, limit, 0, False

    async def __call__(self) -> Message:
        """The next part of the body; one that does not come for a while is no longer waited for."""
        try:
            message = await asyncio.wait_for(self.receive(), None if self.whole else SECONDS_PER_PART)
        except TimeoutError:
            raise Refused(408, f"The request stalled for {SECONDS_PER_PART:g} seconds.") from None
        if message["type"] == "http.request":
            self.seen += len(message.get("body", b""))
            self.whole = not message.get("more_body", False)
            if self.seen > self.limit:
                raise Refused(413, _too_large(self.limit))
        return message


def _check_write(scope: Scope) -> int:
    """The method, and for a write its header and type; returns how many bytes its body may have."""
    if scope["method"] in ("GET", "HEAD"):
        return 0
    if scope["method"] != "POST":
        raise Refused(405, f"The method {scope['method'][:20]} is not supported here.")
    if _values(scope, WRITE_HEADER[0]) != [WRITE_HEADER[1]]:
        raise Refused(403, "A write needs the header X-Glassnet: 1.")
    types = [value.partition(b";")[0].strip().lower() for value in _values(scope, b"content-type")]
    wanted, limit = _UPLOADS.get(scope["path"], (b"application/json", MOST_JSON_BYTES))
    if types != [wanted]:
        raise Refused(415, f"This write needs the content type {wanted.decode()}.")
    lengths = _values(scope, b"content-length")
    if lengths and (len(lengths) > 1 or not lengths[0].isdigit() or len(lengths[0]) > 15 or int(lengths[0]) > limit):
        raise Refused(413, _too_large(limit))
    return limit


def _too_large(limit: int) -> str:
    """The message about a request body that is too large."""
    return f"The studio accepts at most {limit // 1024**2} MB at once. Use fewer rows, or the command line."


def _values(scope: Scope, name: bytes) -> list[bytes]:
    """Every value of a raw header."""
    return [value for key, value in scope["headers"] if key.lower() == name]


def _problem(message: str) -> bytes:
    """A refusal as the page reads it."""
    return msgspec.json.encode(Problem("GN-STUDIO", message))


async def _answer(
    send: Send, status: int, body: bytes, kind: tuple[bytes, bytes] = _JSON, *headers: tuple[bytes, bytes]
) -> None:
    """A whole answer."""
    given = [kind, (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body})


def _with_headers(scope: Scope, send: Send) -> Send:
    """A `send` that adds the safety headers to every answer; only files with a hash in their name are kept."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = scope["path"].startswith("/assets/") and message["status"] == 200
            cache = b"private, max-age=31536000, immutable" if kept else b"no-store"
            ours = [*_HEADERS, (b"cache-control", cache)]
            names = {name for name, _ in ours}
            theirs: Any = [(name, value) for name, value in message["headers"] if name.lower() not in names]
            message = {**message, "headers": [*theirs, *ours]}
        await send(message)

    return guarded
