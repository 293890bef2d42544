"""Modules of the page, run by Node: what the page computes, for comparison with Python."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).parents[1] / "web"


class PageCode:
    """A module of the page, bundled, and a program that takes JSON in and gives JSON out."""

    def __init__(self, module, program, folder):
        sys.path.insert(0, str(WEB))
        try:
            build = importlib.import_module("build_page")
        finally:
            sys.path.remove(str(WEB))
        self._node, npm = build.tools()
        build.fetch(npm)
        self._program = folder / "program.js"
        bundler = WEB / "node_modules" / "rolldown" / "bin" / "cli.mjs"
        self._run([bundler, WEB / "src" / module, "--format", "esm", "--file", folder / "module.js"])
        (folder / "package.json").write_text('{"type": "module"}')
        self._program.write_text(
            'import { readFileSync } from "node:fs";\nimport * as page from "./module.js";\n'
            f'const given = JSON.parse(readFileSync(0, "utf8"));\n{program}'
        )

    def _run(self, arguments, text=None):
        done = subprocess.run(
            [*self._node, *arguments], input=text, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def __call__(self, given):
        """What the program writes for this input."""
        return json.loads(self._run([self._program], json.dumps(given)))
