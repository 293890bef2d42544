"""The closed formula language: what a formula may say, and the tree it becomes.

A formula is one line of Python syntax over numbers, names, ``+ - * /``, powers with a small whole exponent,
comparisons, ``pi`` and the functions in `FUNCTIONS`. It is parsed with `ast`, checked node by node, and turned into
a tree of four node kinds; nothing is ever handed to ``eval``. Renderers (NumPy, C++, LaTeX, MathML, text) read the
tree, so the formula on the screen is the formula that ran.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from glassnet.errors import FormulaError, nearest

FUNCTIONS: Mapping[str, int] = {
    "exp": 1, "expm1": 1, "log": 1, "log1p": 1, "tanh": 1, "erf": 1, "sqrt": 1, "abs": 1, "sin": 1, "cos": 1,
    "max": 2, "min": 2, "power": 2, "where": 3,
}  # fmt: skip
"""Function name -> number of arguments. ``power(b, p)`` is ``exp(p * log(b))`` for ``b >= 0``."""

OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
LARGEST_EXPONENT = 4
LARGEST_NUMBER = sys.float_info.max
DEEPEST = 120
"""Most levels of a tree; a deeper one could exhaust the stack of whoever walks it."""


@dataclass(frozen=True)
class Number:
    """A literal; ``pi`` keeps its name for display."""

    value: float
    name: str = ""


@dataclass(frozen=True)
class Name:
    """A variable or a parameter."""

    name: str


@dataclass(frozen=True)
class Operation:
    """``left operator right``; the operator is one of ``+ - * / ** < <= > >=``, or ``neg`` with only a right side."""

    operator: str
    left: Node | None
    right: Node


@dataclass(frozen=True)
class Call:
    """A function of `FUNCTIONS` applied to its arguments."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Name | Operation | Call


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    if isinstance(node, Operation):
        return (node.right,) if node.left is None else (node.left, node.right)
    return node.arguments if isinstance(node, Call) else ()


def walk(node: Node) -> Iterable[Node]:
    """Yield the node and everything below it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def parse(source: str) -> Node:
    """Parse a formula into its tree; anything outside the language is a `FormulaError`."""
    if not isinstance(source, str) or not source.strip():
        raise FormulaError(f"A formula is a non-empty text such as 'max(z, 0)', not {source!r}.")
    if len(source) > 2000:
        raise FormulaError(f"The formula has {len(source)} characters; the limit is 2000. Split it or simplify it.")
    return _parse_cached(source)


@lru_cache(maxsize=4096)
def _parse_cached(source: str) -> Node:
    """`parse` of a text of bearable length, once for each text: a trace writes the same few rules again and again."""
    try:
        tree = _convert(ast.parse(source.strip(), mode="eval").body, source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, FormulaError):
            raise
        raise FormulaError(f"The formula {source!r} is not a valid expression: {error}.") from None
    depth, level = 0, [tree]
    while level:
        depth, level = depth + 1, [child for node in level for child in children(node)]
    if depth > DEEPEST:
        raise FormulaError(f"The formula nests {depth} levels deep; the limit is {DEEPEST}. Split it or simplify it.")
    return tree


@lru_cache(maxsize=4096)
def names_in(source: str) -> frozenset[str]:
    """The names in a text that can be parsed, once for each text: records check theirs whenever they are made."""
    return frozenset(node.name for node in walk(_parse_cached(source)) if isinstance(node, Name))


def _convert(node: ast.AST, source: str) -> Node:
    """Turn one checked `ast` node into ours."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        if not -LARGEST_NUMBER <= node.value <= LARGEST_NUMBER:
            raise FormulaError(f"The formula {source!r} holds a number that is too large for a float.")
        return Number(float(node.value))
    if isinstance(node, ast.Name):
        return Number(3.141592653589793, "pi") if node.id == "pi" else Name(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return Operation("neg", None, _convert(node.operand, source))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return Operation("**", _convert(node.left, source), _exponent(node.right, source))
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return Operation(OPERATORS[type(node.op)], _convert(node.left, source), _convert(node.right, source))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _call(node, source)
    raise FormulaError(
        f"The formula {source!r} uses {ast.unparse(node)!r}, which the formula language does not have. "
        f"It has numbers, names, + - * /, whole powers up to {LARGEST_EXPONENT}, < <= > >= as where()'s condition, "
        f"and the functions {', '.join(FUNCTIONS)}."
    )


def _exponent(node: ast.AST, source: str) -> Number:
    """The exponent of ``**``: a whole literal, so that it unrolls into products."""
    if isinstance(node, ast.Constant) and type(node.value) is int and 2 <= node.value <= LARGEST_EXPONENT:
        return Number(float(node.value))
    raise FormulaError(
        f"The formula {source!r} has the exponent {ast.unparse(node)!r}; ** takes a whole number from 2 to "
        f"{LARGEST_EXPONENT}. Write power(base, exponent) for anything else."
    )


def _call(node: ast.Call, source: str) -> Call:
    """A function call with the right number of arguments, its condition a comparison."""
    assert isinstance(node.func, ast.Name)
    function = node.func.id
    if function not in FUNCTIONS:
        raise FormulaError(f"The formula {source!r} calls {function!r}, which the language does not have. "
                           f"{nearest(function, FUNCTIONS)}")  # fmt: skip
    if len(node.args) != FUNCTIONS[function]:
        raise FormulaError(
            f"The formula {source!r} gives {function}() {len(node.args)} arguments; it takes {FUNCTIONS[function]}."
        )
    if function == "where":
        return Call(function, (_condition(node.args[0], source), *(_convert(part, source) for part in node.args[1:])))
    return Call(function, tuple(_convert(argument, source) for argument in node.args))


def _condition(node: ast.AST, source: str) -> Operation:
    """The first argument of ``where``: one comparison."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        left, right = _convert(node.left, source), _convert(node.comparators[0], source)
        return Operation(COMPARISONS[type(node.ops[0])], left, right)
    raise FormulaError(f"In {source!r}, the first argument of where() must be one comparison, such as z > 0.")
