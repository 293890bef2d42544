"""No module imports itself in a circle at run time: imports inside functions count, those for type checkers do not."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src"
PACKAGE = "glassnet"
KNOWN: tuple[tuple[str, ...], ...] = ()
"""Circles that wait to be cut; this list may only become shorter."""


def modules(sources: Path, package: str) -> dict[str, Path]:
    """Dotted name -> file, of every module of a package."""
    names = {}
    for path in sorted((sources / package).rglob("*.py")):
        parts = path.relative_to(sources).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


def run_time(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements below a node that a running program may come to."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child
        elif isinstance(child, ast.If) and _for_type_checkers(child.test):
            for other in child.orelse:
                yield from run_time(ast.Module([other], []))
        else:
            yield from run_time(child)


def _for_type_checkers(test: ast.expr) -> bool:
    """Whether a condition is ``TYPE_CHECKING``."""
    return (test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")) == "TYPE_CHECKING"


def imports(sources: Path, package: str) -> dict[str, set[str]]:
    """Module -> the modules of the package that it names in import statements.

    Python also runs the packages above each of them (their ``__init__.py``), which re-export what lies below; these do
    not count, for no name is taken from them.
    """
    known = modules(sources, package)
    graph: dict[str, set[str]] = {}
    for name, path in known.items():
        graph[name] = set()
        for statement in run_time(ast.parse(path.read_text("utf-8"))):
            if isinstance(statement, ast.Import):
                graph[name] |= {alias.name for alias in statement.names}
            elif statement.level == 0 and statement.module is not None:
                whole = [f"{statement.module}.{alias.name}" for alias in statement.names]
                graph[name] |= {each if each in known else statement.module for each in whole}
        graph[name] = (graph[name] & known.keys()) - {name}
    return graph


def circles(graph: dict[str, set[str]]) -> list[tuple[str, ...]]:
    """The groups of modules of which each comes to each other (strongly connected components; Tarjan 1972)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    groups: list[tuple[str, ...]] = []

    def visit(name: str) -> None:
        number[name] = lowest[name] = len(number)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in number:
                visit(other)
            if other in stack:
                lowest[name] = min(lowest[name], lowest[other])
        if lowest[name] == number[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                groups.append(tuple(sorted(group)))

    for name in sorted(graph):
        if name not in number:
            visit(name)
    return sorted(groups)


def main() -> int:
    """Print the circles that should not be there and return the exit code."""
    graph = imports(SOURCES, PACKAGE)
    there = circles(graph)
    new, gone = [each for each in there if each not in KNOWN], [each for each in KNOWN if each not in there]
    for circle in new:
        sys.stdout.write("a circle of imports at run time; cut one of these arrows:\n")
        for name in circle:
            sys.stdout.write(f"  {name} -> {', '.join(sorted(graph[name] & set(circle)))}\n")
    for circle in gone:
        sys.stdout.write(f"this circle is no more; take it from KNOWN: {', '.join(circle)}\n")
    sys.stdout.write(f"{len(graph)} modules, {len(there)} circles of imports at run time ({len(KNOWN)} known)\n")
    return int(bool(new or gone))


if __name__ == "__main__":
    sys.exit(main())
