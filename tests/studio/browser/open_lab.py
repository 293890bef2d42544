"""A studio as a person starts it, and a tab of a browser in which it is open."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from glassnet import studio

PYTHON = os.environ.get("GLASSNET_PYTHON", sys.executable)
"""The Python whose glassnet is tried: not that of the tests when a wheel was installed elsewhere."""
PAGE = Path(studio.__file__).parent / "static" / "index.html"


def built() -> bool:
    """Whether the studio has its page; one that is installed has it, or the journeys must fail."""
    return sys.executable != PYTHON or PAGE.exists()


class Server:
    """``glassnet studio`` as a person starts it, in a folder of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [PYTHON, "-m", "glassnet", "studio", "--no-browser", "--folder", str(folder), *arguments]
        told = {**os.environ, "PYTHONUNBUFFERED": "1"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(command, **pipes, text=True, env=told, cwd=folder.parent)
        self.output = ""
        for line in self.process.stdout:
            self.output += line
            found = re.search(r"http://\S+", line)
            if found:
                self.address = found[0].rstrip(".")
                return
        raise AssertionError(f"the studio did not start:\n{self.output}")

    @property
    def origin(self) -> str:
        return re.match(r"http://[^/]+", self.address)[0]

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(20)
        self.process.stdout.close()


@contextmanager
def running(folder: Path, *arguments: str):
    server = Server(folder, *arguments)
    try:
        yield server
    finally:
        server.stop()


class Lab:
    """A tab of the browser in which the studio is open."""

    def __init__(self, context, server: Server) -> None:
        self.server, self.page, self.problems = server, context.new_page(), []
        self.waiting: set[str] = set()
        self.page.on("console", lambda message: self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: "/stream" in request.url or self.waiting.add(request.url))
        self.page.on("requestfinished", lambda request: self.waiting.discard(request.url))
        self.page.on("requestfailed", lambda request: self.waiting.discard(request.url))

    def open(self, address: str = "/") -> Lab:
        self.page.goto(self.server.origin + address)
        self.settle()
        return self

    def move(self, run: dict, count: int, unit: str = "epoch") -> None:
        """Move a run, and wait for the page."""
        self.api(f"/api/runs/{run['id']}/control", {"do": "move", "unit": unit, "count": count})
        self.settle()

    def give(self, name: str, content: bytes) -> None:
        """Give the Data page a file."""
        self.page.get_by_label("CSV file").set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        )
        self.page.wait_for_timeout(100)
        self.settle()

    def settle(self) -> None:
        """Wait until the page asks nothing of the server any more (the stream stays open) and all is drawn."""
        calm, deadline = 0, time.monotonic() + 60
        while calm < 5:
            self.page.wait_for_timeout(60)
            still = not self.waiting and self.page.locator(".skeleton, [aria-busy=true], [data-reading]").count() == 0
            calm = calm + 1 if still else 0
            assert time.monotonic() < deadline, f"the page does not come to rest: {self.waiting}"

    def api(self, path: str, body: object = None) -> object:
        """Ask the server as the page does."""
        return self.page.evaluate(
            """async ([path, body]) => {
              const post = { method: "POST", body: JSON.stringify(body),
                             headers: { "content-type": "application/json", "x-glassnet": "1" } };
              const response = await fetch(path, body === null ? {} : post);
              const answer = await response.json();
              if (!response.ok) throw new Error(JSON.stringify(answer));
              return answer;
            }""",
            [path, body],
        )

    def begin(self, **run: object) -> dict:
        """A new run, shown on the page."""
        state = self.api("/api/runs", run)
        self.page.reload()
        self.settle()
        return state

    def step(self, count: int = 1, name: str = "Step") -> None:
        for _ in range(count):
            self.page.get_by_role("button", name=name, exact=True).click()
            self.settle()

    def button(self, name: str, *, exact: bool = False):
        return self.page.get_by_role("button", name=name, exact=exact)

    def figure(self, name: str) -> str:
        return self.page.locator(f"[data-figure={name}]").first.inner_text()
