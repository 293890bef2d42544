"""Circles of imports at run time, those inside functions counted: a program, and what `test_import_circles` asks.

    python tests/api/import_circles.py

A module depends on the module in which a name that it imports is defined, so a room's ``__init__`` makes no circle by
what it gathers. Imports for type checkers are left out.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"


def modules() -> dict[str, Path]:
    """Every module of the package by its name."""
    found = {}
    for path in sorted((SOURCE / "glassnet").rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


class _Imports(ast.NodeVisitor):
    """The imports of a module, wherever they stand, but for those of type checkers."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []  # module, and the name taken from it

    def visit_If(self, node: ast.If) -> None:
        if "TYPE_CHECKING" not in ast.unparse(node.test):
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.found += [(alias.name, "") for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.found += [(node.module or "", alias.name) for alias in node.names]


def _homes(tree: ast.Module, room: str) -> dict[str, str]:
    """Where the names come from that a room loads on first use: its ``_HOMES``."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_HOMES":
            homes = ast.literal_eval(node.value)
            return {name: home if home.startswith("glassnet") else f"{room}.{home}" for name, home in homes.items()}
    return {}


def graph() -> dict[str, set[str]]:
    """For each module those that it imports."""
    known = modules()
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in known.items()}
    imports, homes = {}, {}
    for name, tree in trees.items():
        visitor = _Imports()
        visitor.visit(tree)
        imports[name] = visitor.found
        homes[name] = _homes(tree, name)

    def home(module: str, name: str) -> str:
        """The module that a name comes from."""
        for _ in range(10):
            if f"{module}.{name}" in known:
                return f"{module}.{name}"
            if name in homes.get(module, {}):
                module = homes[module][name]
                continue
            room = known.get(module)
            if room is None or room.name != "__init__.py":
                return module
            further = next((other for other, taken in imports[module] if taken == name), None)
            if further is None or further not in known:
                return module
            module = further
        return module

    own = {name: [pair for pair in found if pair[0].split(".")[0] == "glassnet"] for name, found in imports.items()}
    return {name: {home(*pair) for pair in pairs} & set(known) - {name} for name, pairs in own.items()}


def circles(links: dict[str, set[str]]) -> list[tuple[str, ...]]:
    """The groups of modules each of which reaches all others of its group, sorted (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[tuple[str, ...]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(links[name]):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            place = stack.index(name)
            if len(stack) - place > 1:
                found.append(tuple(sorted(stack[place:])))
            del stack[place:]

    sys.setrecursionlimit(10_000)
    for name in sorted(links):
        if name not in index:
            visit(name)
    return sorted(found)


if __name__ == "__main__":
    for circle in circles(graph()):
        print(*(name.removeprefix("glassnet.") for name in circle))
