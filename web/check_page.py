"""Checks the page's sources: form (Prettier), slips (ESLint), types (svelte-check): ``python web/check_page.py``."""

from __future__ import annotations

import subprocess

from build_page import WEB, fetch, tools

CHECKS = {
    "prettier/bin/prettier.cjs": ["--check", "--log-level=warn", "."],
    "eslint/bin/eslint.js": ["."],
    "svelte-check/bin/svelte-check": ["--tsconfig", "./tsconfig.json", "--fail-on-warnings", "--output", "human"],
}

if __name__ == "__main__":
    node, npm = tools()
    fetch(npm)
    codes = [
        subprocess.run([*node, str(WEB / "node_modules" / script), *options], cwd=WEB, check=False).returncode
        for script, options in CHECKS.items()
    ]
    raise SystemExit(max(codes))
