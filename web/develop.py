"""The studio for development: the server, and Vite beside it, so that every edit of the page shows at once.

Open the address that is printed; it goes through Vite. Edits of Python files need Ctrl-C and a new start.
"""

from __future__ import annotations

import subprocess
import sys

from build_page import WEB, tools

PORT, PAGE = 8765, "http://localhost:5173"


def main() -> int:
    """Run both until Ctrl-C."""
    node, _ = tools()
    vite = subprocess.Popen(
        [*node, str(WEB / "node_modules" / "vite" / "bin" / "vite.js"), "--clearScreen", "false"], cwd=WEB
    )
    command = ["-m", "glassnet", "studio", "--no-browser", "--port", str(PORT), "--origin", PAGE]
    server = subprocess.Popen(
        [sys.executable, "-u", *command, "--folder", str(WEB.parent / "build" / "studio")],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        for line in server.stdout:
            print(line.replace(f"http://127.0.0.1:{PORT}", PAGE), end="", flush=True)  # noqa: T201
        return server.wait()
    except KeyboardInterrupt:
        return server.wait(10)
    finally:
        vite.terminate()


if __name__ == "__main__":
    sys.exit(main())
