"""Formulas with a left-hand side, written the same way in the terminal and on a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from glassnet.formulas import Expression
from glassnet.formulas.language.render.display import MATHML, TEXT, Style, render


@dataclass(frozen=True)
class Written:
    """A formula from the registry or elsewhere, with numbers substituted for some names.

    Parameters
    ----------
    expression : Expression
    numbers : mapping of str to float, optional
        Values of the names, rounded to `digits` for display only.
    digits : int, default 4
    summed : bool, default False
        Put a summation sign in front.

    Examples
    --------
    >>> Written(Expression("2 * (f - y)"), {"f": 0.015, "y": 3.2}).text
    '2 · (0.015 − 3.2)'
    """

    expression: Expression
    numbers: Mapping[str, float] = field(default_factory=dict)
    digits: int = 4
    summed: bool = False

    @property
    def text(self) -> str:
        """Plain text."""
        body = self._render(TEXT)
        return f"Σ {self._in_brackets(body, TEXT)}" if self.summed else body

    @property
    def mathml(self) -> str:
        """A MathML fragment."""
        body = self._render(MATHML)
        return f"<mo>∑</mo>{self._in_brackets(body, MATHML)}" if self.summed else body

    def _render(self, style: Style) -> str:
        """The formula in a style."""
        return render(self.expression, style, {name: plain(v, self.digits) for name, v in self.numbers.items()})

    def _in_brackets(self, body: str, style: Style) -> str:
        """Brackets around a sum, so that the summation sign covers all of it."""
        outermost = getattr(self.expression.tree, "operator", "")
        return style.bracket(body) if outermost in ("+", "-", "neg") else body


@dataclass(frozen=True)
class Formula:
    """``left = part = part ...``.

    Parameters
    ----------
    left : str
        A name such as ``loss``, ``y_1`` or ``dL/dW_1``.
    parts : tuple of Expression, Written or str
        A str is a number that is already formatted.

    Examples
    --------
    >>> Formula("dL/dW_1", (Expression("2 * 3"), "6")).text
    'dL/dW₁ = 2 · 3 = 6'
    """

    left: str
    parts: tuple[Expression | Written | str, ...]

    @property
    def text(self) -> str:
        """One line of plain text."""
        top, bar, bottom = self.left.partition("/")
        left = "/".join(_name(side, TEXT) for side in (top, bottom) if side) if bar else _name(self.left, TEXT)
        return " = ".join([*([left] if self.left else []), *(p if isinstance(p, str) else p.text for p in self.parts)])

    @property
    def mathml(self) -> str:
        """A MathML fragment."""
        top, bar, bottom = self.left.partition("/")
        left = _name(top, MATHML)
        if bar:
            left = MATHML.binary("/", left, _name(bottom, MATHML))
        parts = [f"<mn>{escape(p)}</mn>" if isinstance(p, str) else f"<mrow>{p.mathml}</mrow>" for p in self.parts]
        return "<mo>=</mo>".join([*([left] if self.left else []), *parts])


def plain(value: float, digits: int = 4) -> str:
    """A number in the formula language, rounded for display.

    Examples
    --------
    >>> plain(-17.34718), plain(0.5)
    ('-17.35', '0.5')
    """
    short = f"{float(value):.{digits}g}"
    return repr(float(short)).removesuffix(".0") if "e" in short else short


def sum_of(terms: list[str]) -> Expression:
    """The expression ``term + term + ...`` from terms in the formula language."""
    return Expression(" + ".join(terms))


def _name(name: str, style: Style) -> str:
    """A name with its subscript; ``dW_1`` keeps its d."""
    symbol, _, index = name.partition("_")
    return style.name(symbol, index)
