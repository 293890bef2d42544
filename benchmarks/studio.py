"""How many frames a second the studio shows while it trains, and what one frame costs.

``.venv/bin/python -m benchmarks.studio [ROWS] [CASE ...]`` starts the studio, opens it in the system's Chromium, plays
as fast as it goes and reports, for 100 000 rows with the predictions of all rows and with the decision map, for the
widest and deepest network that is drawn, in parts and with every unit, for a table so small that each frame holds the
whole opened step, and for LeNet-5 on digits and on 5 000 images of 28 x 28:

* frames a second that reached the page, and how often the page drew;
* milliseconds of the processor per drawing in the page's main thread, and in its longest task, as Chromium counts them;
* milliseconds of the processor per drawing in the whole browser: all its processes, painting and composing included;
* milliseconds of the processor per frame in the server: all its threads but the one that trains, everything that the
  page asks for included.

Time on the processor does not grow with the load of the machine, as frames a second do. Nothing here is asserted.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

WEB = Path(__file__).resolve().parents[1] / "web"
PAGE = WEB.parent / "src" / "glassnet" / "studio" / "static" / "index.html"
SECONDS = 6.0
ROWS = 100_000
TRAINING = {"epochs": 1_000_000, "learning_rate": 0.001}
"""A run that does not end while it is watched."""


@dataclass(frozen=True)
class Case:
    """What is trained and looked at."""

    rows: int
    columns: int
    hidden: tuple[int, ...]
    batch_size: int
    view: tuple[str, str] | None = None
    side: int = 0
    """Rows and columns of images; 0 for a table of numbers."""
    shown: bool = False
    """Whether every unit is drawn."""


LENET = [
    {"layer": "convolution", "channels": 6, "size": 5}, {"layer": "pooling", "take": "max", "size": 2},
    {"layer": "convolution", "channels": 16, "size": 5}, {"layer": "pooling", "take": "max", "size": 2},
]  # fmt: skip
CASES = {
    "all rows": Case(ROWS, 10, (16, 8), 256),
    "the map": Case(ROWS, 10, (16, 8), 256, ("size", "age")),
    "60 columns": Case(2000, 60, (32, 32, 32, 32), 32),
    "show all": Case(2000, 60, (32, 32, 32, 32), 32, shown=True),
    "3 rows": Case(3, 2, (2,), 3),
    "digits": Case(1797, 0, (120, 84), 32, side=8),
    "images": Case(5000, 0, (120, 84), 64, side=28),
}
CATEGORIES = ["toplevel", "devtools.timeline"]
CALL = """async ([path, body]) => (await (await fetch(path, body && {
  method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", "x-glassnet": "1" },
})).json())"""
LISTEN = """() => {
  window.frames_come = 0;
  window.EventSource = class extends EventSource {
    constructor(...how) {
      super(...how);
      this.addEventListener("frame", () => (window.frames_come += 1));
    }
  };
}"""
"""Frames are counted in the page: DevTools would read each of them a second time."""
WATCH = """() => {
  window.drawn = window.frames_come = 0;
  const figure = document.querySelector("[data-figure=step]");
  const all = { subtree: true, characterData: true, childList: true };
  new MutationObserver(() => (window.drawn += 1)).observe(figure, all);
}"""


def newer_source(page: Path, web: Path) -> Path | None:
    """A source of the page that is newer than the page that was built; a page that is not there is older than all."""
    built = page.stat().st_mtime if page.exists() else 0.0
    sources = [web / "index.html", *(path for path in (web / "src").rglob("*") if path.is_file())]
    newest = max(sources, key=lambda path: path.stat().st_mtime)
    return newest if newest.stat().st_mtime > built else None


def table(rows: int, columns: int) -> str:
    """A table of numbers and an answer that two of them decide."""
    draw = np.random.default_rng(0)
    X = draw.normal(size=(rows, columns)).round(3)
    answer = np.where(np.sin(2 * X[:, 0]) + X[:, 1] > 0.3 * draw.normal(size=rows), "yes", "no")
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(["size", "age", *(f"marker {k}" for k in range(3, columns + 1)), "answer"])
    write.writerows([*row, said] for row, said in zip(X.tolist(), answer, strict=True))
    return out.getvalue()


def images(case: Case, path: Path) -> None:
    """Images of ten classes as an archive: scikit-learn's digits, or blobs of different places and sizes."""
    if case.side == 8:
        from sklearn.datasets import load_digits

        digits = load_digits()
        np.savez(path, images=digits.images.astype(np.uint8), labels=digits.target)
        return
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 10, case.rows)
    y, x = np.mgrid[: case.side, : case.side] / case.side
    angle, width = 2 * np.pi * labels / 10, 0.05 + 0.1 * draw.random(case.rows)
    far = np.hypot(*(grid - 0.5 - 0.3 * turn(angle)[:, None, None] for grid, turn in ((y, np.sin), (x, np.cos))))
    pixels = 200 * np.exp(-((far / width[:, None, None]) ** 2)) + 40 * draw.random(far.shape)
    np.savez(path, images=pixels.astype(np.uint8), labels=labels)


def threads(process: int) -> dict[str, float]:
    """Milliseconds that each thread of a process has had the processor."""
    tick, found = os.sysconf("SC_CLK_TCK"), {}
    for place in Path(f"/proc/{process}/task").iterdir():
        fields = (place / "stat").read_text().rpartition(")")[2].split()
        found[place.name] = 1000 * (int(fields[11]) + int(fields[12])) / tick
    return found


def browsing() -> float:
    """Milliseconds that the processes of the browser have had the processor: those below this one with its name."""
    tick, parents, spent = os.sysconf("SC_CLK_TCK"), dict[int, int](), dict[int, float]()
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # a process that has just ended
            name, _, rest = place.read_text().partition("(")[2].rpartition(")")
            fields, process = rest.split(), int(place.parent.name)
            parents[process] = int(fields[1])
            spent[process] = 1000 * (int(fields[11]) + int(fields[12])) / tick if "chrom" in name else 0.0
    below = {os.getpid()}
    while more := {process for process, parent in parents.items() if parent in below} - below:
        below |= more
    return sum(spent.get(process, 0.0) for process in below)


def tasks(trace: Path) -> list[float]:
    """Milliseconds of the processor of every task of the page's main thread."""
    events = json.loads(trace.read_bytes())["traceEvents"]
    main = {
        (event["pid"], event["tid"]) for event in events
        if event.get("name") == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }  # fmt: skip
    return [
        event["tdur"] / 1000 for event in events
        if event["name"].endswith("RunTask") and "tdur" in event and (event["pid"], event["tid"]) in main
    ]  # fmt: skip


def watch(page: Any, process: int, run: str, folder: Path) -> dict[str, float]:
    """What happens in `SECONDS` of a playing run."""
    page.evaluate(CALL, [f"/api/runs/{run}/control", {"do": "play", "unit": "epoch", "per_second": None}])
    page.wait_for_timeout(2000)
    page.context.browser.start_tracing(page=page, path=folder / "trace.json", categories=CATEGORIES)
    page.evaluate(WATCH)
    before, drew, started = threads(process), browsing(), time.monotonic()
    page.wait_for_timeout(1000 * SECONDS)
    after, drew, seconds = threads(process), browsing() - drew, time.monotonic() - started
    come, drawn = (max(1, count) for count in page.evaluate("[window.frames_come, window.drawn]"))
    page.context.browser.stop_tracing()
    page.evaluate(CALL, [f"/api/runs/{run}/control", {"do": "pause"}])
    spent = sorted(after[name] - before.get(name, 0.0) for name in after)
    busy = tasks(folder / "trace.json")
    return {
        "frames": come / seconds, "drawn": drawn / seconds, "server": sum(spent[:-1]) / come,
        "browser": drew / drawn, "page": sum(busy) / drawn, "longest": max(busy),
        "over": sum(task > 50 for task in busy),
    }  # fmt: skip


def measure(case: Case, folder: Path) -> dict[str, float]:
    """Start, open, play, watch."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    path = folder / ("study.npz" if case.side else "study.csv")
    if case.side:
        images(case, path)
    else:
        path.write_text(table(case.rows, case.columns), encoding="utf-8")
    server = subprocess.Popen(
        [sys.executable, "-m", "glassnet", "studio", str(path), "--no-browser", "--folder", str(folder / "studio")],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert server.stdout is not None
        address = re.search(r"http://\S+", server.stdout.readline())[0]  # type: ignore[index]
        with sync_playwright() as engine:
            browser = engine.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.add_init_script(f"({LISTEN})()")
            page.goto(address)
            page.locator("[data-unit], [data-map]").first.wait_for()
            run = page.evaluate(CALL, ["/api/session", None])["last_run"]
            state = page.evaluate(CALL, [f"/api/runs/{run}", None])
            hidden = [{"neurons": neurons, "activation": "relu"} for neurons in case.hidden]
            settings = {**state["settings"], **TRAINING, "hidden": hidden, "batch_size": case.batch_size}
            if case.side:
                settings |= {"image": LENET}
            if case.rows < 10:
                settings |= {"test_share": 0.0, "validation_share": 0.0}
            new = {"data": state["data"]["id"], "columns": state["columns"], "settings": settings}
            page.evaluate(CALL, [f"/api/runs/{run}/settings", new])
            if case.shown:
                page.get_by_role("button", name="Show all").click()
            if case.view:
                page.get_by_label("Across").select_option(case.view[0])
                page.get_by_label("Upward").select_option(case.view[1])
            page.wait_for_timeout(500)
            page.locator("html:not([data-reading])").wait_for(timeout=60_000)  # what was opened before is read
            found = watch(page, server.pid, run, folder)
            browser.close()
    finally:
        server.terminate()
        server.wait(20)
    return found


def main() -> None:
    """Measure and print."""
    newer = newer_source(PAGE, WEB)
    if newer is not None:
        raise SystemExit(
            f"The page that would be measured is older than {newer.relative_to(WEB.parent)}. Build it first: "
            "python web/build_page.py"
        )
    rows = next((int(word) for word in sys.argv[1:] if word.isdecimal()), ROWS)
    wanted = [word for word in sys.argv[1:] if word in CASES] or list(CASES)
    print(f"{os.cpu_count()} processors")
    for name in wanted:
        case = CASES[name]
        with tempfile.TemporaryDirectory() as place:
            one = measure(replace(case, rows=rows) if case.rows == ROWS else case, Path(place))
        print(
            f"{name:10} {one['frames']:5.1f} frames/s, drawn {one['drawn']:.1f} times/s; processor: server "
            f"{one['server']:.1f} ms per frame, browser {one['browser']:.1f} ms per drawing, of these the page "
            f"{one['page']:.1f} ms; "
            f"longest task {one['longest']:.0f} ms, {one['over']:.0f} over 50 ms; load {os.getloadavg()[0]:.1f}"
        )


if __name__ == "__main__":
    main()
