"""A real server on a real socket, in a thread; and clients that speak to it as a page does, or as an attacker."""

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest
import uvicorn

from glassnet.studio.app import application
from glassnet.studio.http.gate import Pass
from glassnet.studio.server import Address, configuration, listen
from glassnet.studio.studio import Studio


@dataclass
class Live:
    """A running studio."""

    folder: object
    port: int
    entry: Pass
    token: str
    studio: Studio
    server: uvicorn.Server
    thread: threading.Thread = field(repr=False)

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    def client(self, **headers):
        """A client that the gate lets in."""
        cookies = {self.entry.cookie_name: self.entry.cookie}
        return Client(
            base_url=f"http://{self.host}", headers={"X-Glassnet": "1", **headers}, cookies=cookies, timeout=60
        )

    def raw(self, request, *, wait=10.0):
        """Send bytes, return the answer's bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(65536):
                answer += part
            return answer

    def status(self, *lines, body=b""):
        """The status of a request that is given line by line."""
        answer = self.raw("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body)
        return int(answer.split(b" ", 2)[1]) if answer else 0

    def stop(self):
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive()


class Client(httpx.Client):
    """A page's requests, in few words."""

    def read(self, path, **query):
        answer = self.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def write(self, path, body=None):
        answer = self.post(path, json={} if body is None else body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def control(self, run, **command):
        return self.write(f"/api/runs/{run}/control", command)

    def upload(self, text, name="table.csv", **query):
        content = text if isinstance(text, bytes) else text.encode()
        return self.post(
            "/api/data", params={"name": name, **query}, content=content, headers={"content-type": "text/csv"}
        )


def start(folder, origins=()):
    """Start a studio."""
    bound = listen("127.0.0.1", 0)
    address = Address("127.0.0.1", bound.getsockname()[1])
    studio, entry = Studio(folder), Pass(address.port)
    token = entry.token
    app = application(studio, entry, address.hosts, origins)
    server = uvicorn.Server(configuration(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return Live(folder, address.port, entry, token, studio, server, thread)


@pytest.fixture
def studio_in():
    """A studio in a folder, ended as by Ctrl-C."""
    return _studio_in


@contextmanager
def _studio_in(folder):
    running = start(folder)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    running = start(tmp_path_factory.mktemp("studio") / "folder")
    yield running
    running.stop()


@pytest.fixture
def client(live):
    with live.client() as opened:
        yield opened
