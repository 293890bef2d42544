"""Writes the types of the compiled module, read from the module itself: ``python native/stub.py``.

nanobind knows the names, arguments and types; contents of tuples and lists it does not. A test holds the written file
against the module.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

STUB = Path(__file__).parents[1] / "src/glassnet/engine/_native.pyi"


def stub() -> str:
    """The text of the file."""
    from nanobind.stubgen import StubGen

    import glassnet.engine._native as native

    generator = StubGen(native)
    generator.put(native)
    text = generator.get()
    text = re.sub(r"Annotated\[(NDArray\[numpy\.\w+\]), dict\([^()]*\)\]", r"\1", text)
    text = re.sub(r"\b(tuple)\b(?!\[)", r"tuple[Any, ...]", text)
    text = re.sub(r"(?<=-> )dict\b(?!\[)", "dict[str, Any]", text)
    text = re.sub(r"(?<=[ :])list\b(?!\[)", "list[Any]", text)
    return text.replace("from typing import Annotated, overload", "from typing import Any, overload")


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
    for command in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, str(STUB)], check=False)  # noqa: S603
