"""Writes the licenses of what is compiled into the engine besides our own code: ``python native/licenses.py FOLDER``.

nanobind is in every module that it makes, and robin_map in nanobind; the text of the latter stands in its headers.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import distribution
from pathlib import Path


def nanobind() -> str:
    """The license text of nanobind, as its distribution brings it."""
    files = [file for file in distribution("nanobind").files or () if re.search("licen[cs]e", file.name, re.IGNORECASE)]
    if not files:
        raise SystemExit("glassnet: the nanobind installed here brings no text of its license.")
    return f"nanobind {distribution('nanobind').version}\n\n{Path(str(files[0].locate())).read_text(encoding='utf-8')}"


def robin_map() -> str:
    """The license text at the head of robin_map's first header."""
    files = [file for file in distribution("nanobind").files or () if file.name == "robin_hash.h"]
    head = Path(str(files[0].locate())).read_text(encoding="utf-8").partition("*/")[0] if files else ""
    if "MIT License" not in head:
        raise SystemExit("glassnet: the robin_map inside nanobind brings no text of its license.")
    lines = [line.strip().removeprefix("/**").removeprefix("*").removeprefix(" ") for line in head.splitlines()]
    return "robin_map\n\n" + "\n".join(lines).strip() + "\n"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for text in (nanobind, robin_map):
        (folder / f"{text.__name__}.txt").write_text(text(), encoding="utf-8")
