"""The Firefox of the system, over WebDriver BiDi: Playwright drives only one that it patched itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from websockets.sync.client import ClientConnection, connect

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
KEYS = {"ArrowLeft": "\ue012", "ArrowRight": "\ue014"}
PATIENCE = 90

WAIT = """(test, told, seconds) => new Promise((done, failed) => {
  const end = performance.now() + 1000 * seconds;
  const look = () => {
    const found = test(told);
    if (found) done(found);
    else if (performance.now() < end) setTimeout(look, 20);
    else failed(new Error(`not within ${seconds} s: ${test} of ${JSON.stringify(told)}`));
  };
  look();
})"""
SEEN = """([selector, text]) => {
  const found = [...document.querySelectorAll(selector)]
    .find(one => one.checkVisibility() && (text === null || one.textContent.trim() === text));
  found?.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  return found;
}"""


@contextmanager
def browsing(*, dark: bool = False):
    """A headless Firefox with a fresh profile; with the block, every process and file of it ends."""
    scheme = f'user_pref("layout.css.prefers-color-scheme.content-override", {0 if dark else 1});\n'
    with TemporaryDirectory(ignore_cleanup_errors=True) as home:
        profile, output = Path(home, "profile"), Path(home, "output")
        profile.mkdir()
        (profile / "user.js").write_text(scheme, encoding="utf-8")
        command = [FIREFOX, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        with output.open("w") as file:
            pipes = {"stdout": file, "stderr": subprocess.STDOUT}
            process = subprocess.Popen(command, **pipes, env={**os.environ, "HOME": home}, start_new_session=True)
        try:
            with connect(_address(process, output), max_size=None, ping_interval=None, proxy=None) as socket:
                yield Firefox(socket)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its processes are many
            process.wait(20)


def _address(process: subprocess.Popen, output: Path) -> str:
    """Where the browser says that it listens."""
    end = time.monotonic() + PATIENCE
    while not (found := re.search(r"BiDi listening on (ws://\S+)\n", said := output.read_text(errors="replace"))):
        assert process.poll() is None, f"Firefox ended:\n{said}"
        assert time.monotonic() < end, f"Firefox does not listen:\n{said}"
        time.sleep(0.02)
    return f"{found[1]}/session"


class Firefox:
    """The tab of a Firefox; what its page logs and asks for is kept."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.asked, self.problems, self.requests = socket, 0, [], []
        self.ask("session.new", capabilities={})
        self.tab = self.ask("browsingContext.getTree")["contexts"][0]["context"]
        self.ask("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])

    def ask(self, method: str, **parameters: object) -> dict:
        """The answer to a command; what happens meanwhile is noted."""
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "method": method, "params": parameters}))
        while True:
            told = json.loads(self.socket.recv(timeout=2 * PATIENCE))
            if told.get("id") == self.asked:
                assert told["type"] == "success", f"{method}: {told['error']}: {told['message']}"
                return told["result"]
            if told.get("method") == "log.entryAdded":
                self.problems.append(told["params"]["text"])
            elif told.get("method") == "network.beforeRequestSent":
                self.requests.append(told["params"]["request"]["url"])

    def _call(self, function: str, *given: object) -> dict:
        answer = self.ask(
            "script.callFunction", functionDeclaration=function, target={"context": self.tab}, awaitPromise=True,
            arguments=[{"type": "string", "value": json.dumps(one)} for one in given],
        )  # fmt: skip
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return answer["result"]

    def evaluate(self, function: str, argument: object = None) -> object:
        """What the function gives for the argument in the page, as Playwright's page gives it."""
        answer = self._call(f"async told => JSON.stringify((await ({function})(JSON.parse(told))) ?? null)", argument)
        return json.loads(answer["value"])

    def wait(self, test: str, argument: object = None) -> None:
        """Wait until the test holds in the page."""
        self._call(f"async told => {{ await ({WAIT})({test}, JSON.parse(told), {PATIENCE}) }}", argument)

    def open(self, address: str) -> None:
        self.ask("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def size(self, width: int, height: int) -> None:
        self.ask("browsingContext.setViewport", context=self.tab, viewport={"width": width, "height": height})
        self.wait("size => innerWidth === size[0] && innerHeight === size[1]", [width, height])

    def click(self, selector: str, text: str | None = None) -> None:
        """Click the middle of the first element that is seen and has the text, with a pointer."""
        found = self._call(f"async told => await ({WAIT})({SEEN}, JSON.parse(told), {PATIENCE})", [selector, text])
        origin = {"type": "element", "element": {"sharedId": found["sharedId"]}}
        moves = [{"type": "pointerMove", "x": 0, "y": 0, "origin": origin}]
        presses = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self._act({"type": "pointer", "id": "mouse", "actions": moves + presses})

    def press(self, key: str) -> None:
        strokes = [{"type": kind, "value": KEYS.get(key, key)} for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": strokes})

    def _act(self, source: dict) -> None:
        self.ask("input.performActions", context=self.tab, actions=[source])
