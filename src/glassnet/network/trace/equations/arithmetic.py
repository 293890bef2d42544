"""Arithmetic that is shown: formulas with the numbers of a step plugged in.

A shown number is the true one rounded to the reader's digits; the result beside it is computed from the full numbers.
Where rounding would make the shown line give another result than the one shown (a difference of two close numbers),
the line takes more digits, up to all of them, until it agrees. Of a ``where`` only the branch that ran is shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.formulas.language import Expression
from glassnet.formulas.language.render.display import LATEX, MATHML, TEXT, Style, format_number, render
from glassnet.formulas.language.render.numpy import evaluate, evaluate_number
from glassnet.formulas.language.syntax import Call, Name, Node, Number, Operation
from glassnet.formulas.whole_number import check_whole
from glassnet.pages.number import ascii_number, plain_number

MOST_DIGITS = 17
_MARK = "\ue000"  # private characters that follow a written number and say which one it is
_MARKED = re.compile(r"([−-]?(?:[0-9.]+(?:e[−-]?[0-9]+)?|inf|nan))\ue000(.)")
_OPEN = {id(TEXT): "[", id(LATEX): r"\left[", id(MATHML): "<mo>[</mo>"}
_CLOSE = {id(TEXT): "]", id(LATEX): r"\right]", id(MATHML): "<mo>]</mo>"}
_DOTS = {id(TEXT): "…", id(LATEX): r"\cdots", id(MATHML): "<mo>…</mo>"}


def setting(value: float, digits: int = 5) -> str:
    """A hyperparameter: exact where it is short, else to at least 12 digits."""
    if not math.isfinite(value):
        return str(value)
    exact = format_number(value)
    return exact if len(exact) <= 14 and "e" not in exact else ascii_number(value, max(12, digits))


@dataclass(frozen=True)
class Token:
    """A part of written arithmetic: text, or a number with its exact value and the name of where it comes from."""

    text: str
    value: float | None = None
    source: str = ""


@dataclass(frozen=True)
class Piece:
    """A formula with values; `settings` names the values that are hyperparameters and stay exact.

    `sources` says where values come from, for example ``{"f": "f[0,0]"}``.
    """

    formula: Expression
    values: Mapping[str, float]
    settings: frozenset[str] = frozenset()
    sources: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def resolved(self) -> Expression:
        """The formula with every ``where`` replaced by its branch that ran."""
        if "where" not in self.formula.source:
            return self.formula
        return Expression(_source(_resolve(self.formula.tree, self.values)))

    @cached_property
    def _names_by_digits(self) -> dict[int, dict[str, str]]:
        """The texts by their digits: an equation is checked, then written in several styles."""
        return {}

    def names(self, digits: int) -> Mapping[str, str]:
        """The text to write for each name."""
        if digits not in self._names_by_digits:
            self._names_by_digits[digits] = {
                name: setting(value, digits) if name in self.settings else ascii_number(value, digits)
                for name, value in self.values.items()
            }
        return self._names_by_digits[digits]

    def evaluated(self, digits: int) -> float:
        """The value that the written digits give."""
        return evaluate_number(self.resolved, {name: float(text) for name, text in self.names(digits).items()})


@dataclass(frozen=True)
class Arithmetic:
    """``numerator / denominator · [piece + piece + … ] · suffix = total``.

    Attributes
    ----------
    pieces : tuple of Piece
        The terms that are written.
    total : float
        The exact result over all terms.
    omitted : int
        Terms that are counted in `total` and not written.
    numerator, denominator, suffix : float
        Factors outside the sum; a 1 is not written.
    digits : int
        Significant digits asked for.
    suffix_source : str
        Name of where the suffix comes from.
    """

    pieces: tuple[Piece, ...]
    total: float
    omitted: int = 0
    numerator: float = 1.0
    denominator: float = 1.0
    suffix: float = 1.0
    digits: int = 5
    suffix_source: str = ""
    _used: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_whole("digits", self.digits, 1, MOST_DIGITS)
        object.__setattr__(self, "_used", self._enough_digits())

    def evaluated(self, digits: int) -> float:
        """The value of the sum as written: with its rounded digits, without the omitted terms."""
        inner = sum(piece.evaluated(digits) for piece in self.pieces)
        outer = float(setting(self.numerator, digits)) / float(setting(self.denominator, digits))
        return outer * inner * float(ascii_number(self.suffix, digits))

    def _enough_digits(self) -> int:
        """The fewest digits, at least those asked for, with which the written line gives the written result."""
        exact = self.total if not self.omitted else self.evaluated(MOST_DIGITS)
        if not math.isfinite(exact):
            return self.digits
        unit = 0.0 if exact == 0 else 10.0 ** (math.floor(math.log10(abs(exact))) - self.digits + 1)
        for digits in range(self.digits, MOST_DIGITS):
            if abs(self.evaluated(digits) - exact) <= unit:
                return digits
        return max(self.digits, MOST_DIGITS)

    @property
    def result(self) -> str:
        """The total as shown, with a real minus sign."""
        return plain_number(self.total, self.digits)

    def write(self, style: Style = TEXT) -> str:
        """The arithmetic in a style, without its result."""
        return self._write(style, _Plain())

    def tokens(self) -> tuple[Token, ...]:
        """The arithmetic in plain text, each number with its exact value and its source.

        Examples
        --------
        >>> for token in Arithmetic((product(2.0, 0.5, sources=["W1[0,0]", "x[0,0]"]),), 1.0).tokens():
        ...     print(repr(token.text), token.source)
        '2' W1[0,0]
        ' · '
        '0.5' x[0,0]
        """
        marks, tokens, end = _Marks(), [], 0
        text = self._write(TEXT, marks)
        for match in _MARKED.finditer(text):
            value, source = marks.numbers[ord(match[2]) - ord(_MARK) - 1]
            foreign = match[1].startswith("−") and not value < 0  # the minus of the formula, not of the number
            start = match.start() + foreign
            if start > end:
                tokens.append(Token(text[end:start]))
            tokens.append(Token(match[1][foreign:], value, source))
            end = match.end()
        return (*tokens, Token(text[end:])) if text[end:] else tuple(tokens)

    def _write(self, style: Style, marks: _Plain) -> str:
        """The arithmetic in a style, its numbers marked."""
        one, terms = len(self.pieces) == 1 and not self.omitted, []
        prefix = self._prefix(style, marks)
        bare = one and not prefix and self.suffix == 1.0
        for piece in self.pieces:
            expression = piece.resolved
            names = {
                name: marks(text, piece.values[name], piece.sources.get(name, ""))
                for name, text in piece.names(self._used).items()
            }
            text = render(expression, style, names)
            tree = expression.tree
            negative = isinstance(tree, Name) and piece.values[tree.name] < 0  # a bare number such as −0.3
            if not bare and (_is_sum(tree, text) or (negative and (style is MATHML or (one and prefix)))):
                text = style.bracket(text)
            terms.append(text if bare or style is not TEXT else text.replace(" · ", "·"))
        body = _join_terms(terms, style)
        if self.omitted:
            count = {id(TEXT): f" ({self.omitted} more)"}.get(id(style), "")
            body += f"{'<mo>+</mo>' if style is MATHML else ' + '}{_DOTS[id(style)]}{count}"
        if (prefix or self.suffix != 1.0) and not one:
            body = f"{_OPEN[id(style)]}{body}{_CLOSE[id(style)]}"
        dot = {id(TEXT): " · ", id(LATEX): r" \cdot "}.get(id(style), "<mo>·</mo>")
        parts = [part for part in (prefix, body) if part]
        if self.suffix != 1.0:
            suffix = marks(ascii_number(self.suffix, self._used), self.suffix, self.suffix_source)
            parts.append(render(Expression("s"), style, {"s": suffix}))
            if self.suffix < 0:
                parts[-1] = style.bracket(parts[-1])
        return dot.join(parts)

    def prefix(self, style: Style) -> str:
        """The factor before the sum; empty for 1."""
        return self._prefix(style, _Plain())

    def _prefix(self, style: Style, marks: _Plain) -> str:
        """The factor before the sum, its numbers marked."""
        if self.denominator == self.numerator == 1.0:
            return ""
        formula = Expression("n" if self.denominator == 1.0 else "n / d")
        parts = {"n": self.numerator, "d": self.denominator}
        names = {name: marks(setting(value, self._used), value, "reduction") for name, value in parts.items()}
        return render(formula, style, names)


class _Plain:
    """Numbers are written as they are."""

    def __call__(self, text: str, value: float, source: str) -> str:  # noqa: ARG002 - for those that mark
        """How a number is written."""
        return text


class _Marks(_Plain):
    """Each written number is followed by a mark."""

    def __init__(self) -> None:
        self.numbers: list[tuple[float, str]] = []

    def __call__(self, text: str, value: float, source: str) -> str:
        """The number and its mark; a step number may be a raised digit, which a mark would break."""
        if source == "step":
            return text
        self.numbers.append((float(value), source))
        return f"{text}{_MARK}{chr(ord(_MARK) + len(self.numbers))}"


def _is_sum(tree: Node, text: str) -> bool:
    """Whether a term needs parentheses next to others: a sum, or a negated product."""
    if isinstance(tree, Operation):
        return tree.operator in ("+", "-", "neg")
    return isinstance(tree, Number) and text.startswith(("-", "−"))


def _join_terms(terms: list[str], style: Style) -> str:
    """The terms with plus signs; a bare negative number gets a minus instead."""
    if style is MATHML:
        return "<mo>+</mo>".join(terms)
    minus = "−" if style is TEXT else "-"
    text = terms[0] if terms else "0"
    for term in terms[1:]:
        text += f" {minus} {term[len(minus) :]}" if term.startswith(minus) else f" + {term}"
    return text


def product(*factors: float, sources: Sequence[str] = ()) -> Piece:
    """A plain product of numbers, with the names of their sources."""
    names = [f"s{i}" for i in range(len(factors))]
    values = dict(zip(names, map(float, factors), strict=True))
    return Piece(Expression(" * ".join(names)), values, sources=dict(zip(names, sources, strict=False)))


def with_factors(piece: Piece, factors: list[float], sources: Sequence[str] = ()) -> Piece:
    """A piece times further numbers; the brackets come from the renderer."""
    if not factors:
        return piece
    names = [f"s{i}" for i in range(len(factors))]
    source = f"({_source(piece.resolved.tree)}) * " + " * ".join(names)
    return Piece(
        Expression(source), {**piece.values, **dict(zip(names, map(float, factors), strict=True))}, piece.settings,
        {**piece.sources, **dict(zip(names, sources, strict=False))},
    )  # fmt: skip


def split_constant(formula: Expression) -> tuple[float, Expression]:
    """Take a leading literal factor out of a formula: ``2 * (f - y)`` -> 2 and ``f - y``."""
    tree = formula.tree
    if isinstance(tree, Operation) and tree.operator == "*" and isinstance(tree.left, Number) and not tree.left.name:
        return tree.left.value, Expression(_source(tree.right))
    return 1.0, formula


def _resolve(node: Node, values: Mapping[str, float]) -> Node:
    """Replace each ``where`` by the branch that its condition takes."""
    if isinstance(node, Operation):
        left = None if node.left is None else _resolve(node.left, values)
        return Operation(node.operator, left, _resolve(node.right, values))
    if isinstance(node, Call) and node.function == "where":
        condition = node.arguments[0]
        assert isinstance(condition, Operation)
        assert condition.left is not None
        sides: list[Any] = [evaluate(Expression(_source(side)), values) for side in (condition.left, condition.right)]
        taken = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[condition.operator](*sides)
        return _resolve(node.arguments[1 if bool(taken) else 2], values)
    if isinstance(node, Call):
        return Call(node.function, tuple(_resolve(argument, values) for argument in node.arguments))
    return node


def _source(node: Node) -> str:
    """A tree as the text that parses back to it."""
    if isinstance(node, Number):
        return node.name or repr(node.value)
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Call):
        return f"{node.function}({', '.join(_source(argument) for argument in node.arguments)})"
    if node.left is None:
        return f"(-{_source(node.right)})"
    right = (
        str(int(node.right.value)) if node.operator == "**" and isinstance(node.right, Number) else _source(node.right)
    )
    return f"({_source(node.left)} {node.operator} {right})"
