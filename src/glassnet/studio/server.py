"""The server: one address on this machine, one start token, one browser tab, and a clean end."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from glassnet.errors import ConfigurationError
from glassnet.studio.app import application
from glassnet.studio.http.connection import Connection
from glassnet.studio.http.gate import START, Pass
from glassnet.studio.storage.store import Store, Unkept
from glassnet.studio.studio import Studio, default_folder

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Address:
    """Where the server listens."""

    host: str
    port: int

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in (LOOPBACK, "localhost", "::1")

    @property
    def origin(self) -> str:
        """The address that a browser on this machine uses."""
        host = LOOPBACK if self.host in ("0.0.0.0", "::", "localhost") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def hosts(self) -> list[str]:
        """Every Host that a request may name."""
        names = [LOOPBACK, "localhost", "[::1]"]
        if not self.local:
            names += [self.host] if self.host not in ("0.0.0.0", "::") else _own_names()  # noqa: S104
        hosts = [f"{f'[{n}]' if ':' in n and not n.startswith('[') else n}:{self.port}" for n in names]
        return hosts + (names if self.port == 80 else [])


def _own_names() -> list[str]:
    """The names and numbers of this machine, for a server that listens on all of them."""
    names = {socket.gethostname().lower(), socket.getfqdn().lower()}
    with contextlib.suppress(OSError):
        names |= {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)}
    return sorted(names)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; a taken port or a foreign address is a `ConfigurationError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off the delay of small packets only where the protocol is named
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(
        socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1
    )  # connections take it over: a page that is gone is noticed
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        what = f"port {port}" if port else "a port"
        raise ConfigurationError(
            f"The studio cannot listen on {host}, {what} ({error.strerror or error}). Leave --port out to take a free "
            "one, or name another."
        ) from None
    return bound


def listen_again(store: Store, host: str, port: int) -> socket.socket:
    """A bound socket; without a wish the port of the last time if it is free, so that an old tab finds its studio."""
    before = store.setting("port")
    if port == 0 and before is not None:
        with contextlib.suppress(ConfigurationError):
            return listen(host, int(before))
    return listen(host, port)


def returning_pass(store: Store, address: Address) -> Pass:
    """The pass of an address: on the port of the last time the cookie of then, which an open tab still has."""
    cookie = store.setting("cookie") if store.setting("port") == str(address.port) and address.local else None
    entry = Pass(address.port) if cookie is None else Pass(address.port, cookie=cookie)
    with contextlib.suppress(Unkept):
        if cookie is None:
            store.set("cookie", entry.cookie)
            store.set("port", str(address.port))
    return entry


_SWITCH_SECONDS = 0.001
"""Seconds for which a training in Python may hold the interpreter while a page waits; Python's own 5 ms are felt."""


def serve(
    table: Path | None = None, *, folder: Path | None = None, host: str = LOOPBACK, port: int = 0,
    origins: tuple[str, ...] = (), browser: bool = True, say: Callable[[str], None] = print,
) -> None:  # fmt: skip
    """Run the studio until Ctrl-C.

    Parameters
    ----------
    table : path, optional
        A table to open with.
    folder : path, optional
        Where data sets and runs are kept; the user's data folder when not given.
    host, port : str, int
        Where to listen; this machine only and a free port by default.
    origins : tuple of str
        Further pages that may speak to the server: a development server of the page.
    browser : bool
        Open the start address in the user's browser.
    say : callable
        Takes each line for the user.

    Raises
    ------
    ConfigurationError, FileError
    """
    folder = default_folder() if folder is None else folder
    studio, bound = Studio(folder), None
    try:
        bound = listen_again(studio.store, host, port)
        address = Address(host, bound.getsockname()[1])
        if table is not None:
            studio.open_table(table)
    except BaseException:
        if bound is not None:
            bound.close()
        studio.close()
        raise
    entry = returning_pass(studio.store, address)
    app = application(studio, entry, address.hosts, origins)
    start = f"{address.origin}{START}?token={entry.token}"

    def listening() -> None:
        say(f"The studio is at {start}")
        say(f"(this address works once; runs are kept in {studio.folder}; Ctrl-C ends it)")
        if not address.local:
            say(f"It listens on {host}: others in your network who know the address can open it.")

    server = _Server(configuration(app), listening, (lambda: webbrowser.open(start)) if browser else None)
    switching = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[bound])
    finally:
        sys.setswitchinterval(switching)
        studio.close()  # an impatient second Ctrl-C ends the server before it has done so
    for sentence in studio.lost:
        say(sentence)
    say("The studio has ended; its runs are kept." if not studio.lost else "The studio has ended.")


def configuration(app: ASGIApp) -> uvicorn.Config:
    """How the server speaks: no log of addresses, nothing believed of proxies, no endless waiting."""
    return uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, date_header=False, ws="none",
        proxy_headers=False, timeout_graceful_shutdown=1, http=Connection,
        h11_max_incomplete_event_size=64 * 1024,
    )  # fmt: skip


class _Server(uvicorn.Server):
    """A server that tells its address and opens the browser once it listens."""

    def __init__(
        self, config: uvicorn.Config, listening: Callable[[], None], opened: Callable[[], object] | None
    ) -> None:
        super().__init__(config)
        self._listening, self._opened = listening, opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening and say so, then open the browser and fetch what is slow to import, both aside."""
        await super().startup(sockets=sockets)
        self._listening()
        for work in (self._opened, _warm_up):
            if work is not None:
                threading.Thread(target=work, daemon=True).start()


def _warm_up() -> None:
    """Import what the first request would otherwise wait for."""
    import polars  # noqa: F401
    import scipy.stats  # noqa: F401
    import sklearn.datasets  # noqa: F401
