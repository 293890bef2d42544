"""Draws the pictures of the README from real runs: ``python docs/images/draw.py`` after ``make demo``.

The terminal is drawn by rich from the output of the commands, the page is photographed by the system's Chromium.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "demo-output"
WIDTH = 96


def terminal(name: str, *commands: str) -> None:
    """Run commands in a copy of the demo's folder and draw what they print as ``NAME.svg``."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False, markup=False)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(DEMO, folder, dirs_exist_ok=True)
        for command in commands:
            console.print(Text("$ ", style="dim").append(command, style="not dim bold"))
            done = subprocess.run(
                [sys.executable, "-m", *shlex.split(command)],
                cwd=folder, capture_output=True, encoding="utf-8", check=True,
                env=os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "COLORTERM": "truecolor"},
            )  # fmt: skip
            console.print(Text.from_ansi(done.stdout))
    svg = console.export_svg(title="glassnet")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # nothing is loaded from the network
    (HERE / f"{name}.svg").write_text(svg, encoding="utf-8")


def page(name: str, path: Path, section: str, width: int = 1000, height: int = 760) -> None:
    """Photograph a page from a section on as ``NAME.png``."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": width, "height": height})
        view.goto(path.resolve().as_uri())
        there = "e => window.scrollTo({top: e.getBoundingClientRect().top + window.scrollY, behavior: 'instant'})"
        view.locator(f"[id='{section}']").evaluate(there)
        view.screenshot(path=HERE / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    terminal("train", "glassnet train patients.csv --target diagnosis --hidden 8")
    page("trace", DEMO / "trace.html", "7-the-chain-rule-written-out")
