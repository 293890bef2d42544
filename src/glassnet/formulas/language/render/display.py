"""Formula -> what a person reads: plain text, LaTeX and MathML, from one walk over the tree.

A style says how to write each construct; the walk decides where brackets are needed. Names can be replaced by
numbers, which is how a trace plugs the values of a step into the very formula that ran.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Protocol, cast

from glassnet.formulas.language.syntax import Call, Name, Node, Number, Operation

if TYPE_CHECKING:
    from glassnet.formulas.language import Expression

_SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "rho": "ρ", "mu": "μ", "learning_rate": "η",
    "pi": "π",
}  # fmt: skip
_LATEX = {"α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon", "ρ": r"\rho",
          "μ": r"\mu", "η": r"\eta", "π": r"\pi"}  # fmt: skip
_SCIENTIFIC = re.compile(r"(-?[0-9.]+)e([-+]?[0-9]+)")
_LOOSE, _COMPARE, _SUM, _PRODUCT, _POWER, _ATOM = range(6)
_PRECEDENCE = {"<": _COMPARE, "<=": _COMPARE, ">": _COMPARE, ">=": _COMPARE, "+": _SUM, "-": _SUM, "neg": _SUM,
               "*": _PRODUCT, "/": _PRODUCT, "**": _POWER}  # fmt: skip


class Style(Protocol):
    """How one output language writes each construct; every method gets parts that are already written."""

    fraction: bool  # the division is drawn with a bar, so that its parts need no brackets

    def number(self, text: str) -> str: ...
    def name(self, symbol: str, index: str) -> str: ...
    def binary(self, operator: str, left: str, right: str) -> str: ...
    def negative(self, operand: str) -> str: ...
    def power(self, base: str, exponent: str) -> str: ...
    def bracket(self, inner: str) -> str: ...
    def call(self, function: str, arguments: list[str]) -> str: ...
    def cases(self, branches: list[tuple[str, str]], otherwise: str) -> str: ...


def render(
    expression: Expression, style: Style, names: Mapping[str, str] | None = None, own_name: str | None = None
) -> str:
    """Write a formula in a style.

    Parameters
    ----------
    expression : Expression
    style : Style
        `TEXT`, `LATEX` or `MATHML`.
    names : mapping of str to str, optional
        What to write in place of a name, for example ``{"z": "-0.58"}``; negative numbers get their brackets.
    own_name : str, optional
        Prepend ``own_name =``.

    Examples
    --------
    >>> from glassnet.formulas.language import Expression
    >>> render(Expression("2 * (f - y)"), TEXT, {"f": "0.015", "y": "3.2"})
    '2 · (0.015 − 3.2)'
    """
    body = _write(expression.tree, style, dict(names or {}), _LOOSE)
    return body if own_name is None else style.binary("=", style.name(*_symbol(own_name)), body)


def format_number(value: float) -> str:
    """The shortest text that reads back as the same float, whole numbers without a point.

    Examples
    --------
    >>> format_number(63.0), format_number(0.1), format_number(1e300)
    ('63', '0.1', '1e+300')
    """
    value = float(value)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def _symbol(name: str) -> tuple[str, str]:
    """Split ``beta_1`` into its symbol and index."""
    if name in _SYMBOLS:
        return _SYMBOLS[name], ""
    head, _, index = name.rpartition("_")
    if head and (index.isdigit() or head in _SYMBOLS):
        return _SYMBOLS.get(head, head), index
    return name, ""


def _write(node: Node, style: Style, names: Mapping[str, str], outer: int) -> str:
    """Write one node, in brackets when it binds more loosely than its surroundings `outer` ask for."""
    text, precedence = _write_bare(node, style, names)
    return style.bracket(text) if precedence < outer else text


def _write_bare(node: Node, style: Style, names: Mapping[str, str]) -> tuple[str, int]:
    """Write one node without brackets and say how tightly it binds."""
    if isinstance(node, Number):
        return (style.name("π", "") if node.name else style.number(format_number(node.value))), _ATOM
    if isinstance(node, Name):
        if node.name not in names:
            return style.name(*_symbol(node.name)), _ATOM
        plugged = names[node.name].replace("-", "−")
        return style.number(plugged), _LOOSE if plugged.startswith("−") else _ATOM
    if isinstance(node, Operation):
        return _write_operation(node, style, names)
    if node.function == "where":
        return _write_cases(node, style, names), _LOOSE
    if node.function == "power":
        base = _write(node.arguments[0], style, names, _ATOM)
        return style.power(base, _write(node.arguments[1], style, names, _LOOSE)), _POWER
    arguments = [_write(argument, style, names, _LOOSE) for argument in node.arguments]
    precedence = _POWER if node.function == "exp" else _ATOM
    return style.call(node.function, arguments), precedence


def _write_cases(node: Call, style: Style, names: Mapping[str, str]) -> str:
    """Write a choice; one in the else of another becomes a further branch of it."""
    branches, rest = [], cast(Node, node)
    while isinstance(rest, Call) and rest.function == "where":
        condition, then, rest = rest.arguments
        # text: x if a else y, x in brackets if needed
        written = _write(then, style, names, _LOOSE if style.fraction else _COMPARE)
        branches.append((_write(condition, style, names, _LOOSE), written))
    return style.cases(branches, _write(rest, style, names, _LOOSE))


def _write_operation(node: Operation, style: Style, names: Mapping[str, str]) -> tuple[str, int]:
    """Write an operator with its operands."""
    own = _PRECEDENCE[node.operator]
    if node.left is None:
        return style.negative(_write(node.right, style, names, _PRODUCT)), own
    if node.operator == "**":
        return style.power(_write(node.left, style, names, _ATOM), _write(node.right, style, names, _LOOSE)), own
    if node.operator == "/" and style.fraction:
        parts = (_write(part, style, names, _LOOSE) for part in (node.left, node.right))
        return style.binary("/", *parts), own
    tighter = own + 1 if node.operator in "-/" or own == _COMPARE else own
    left = _write(node.left, style, names, own if own != _COMPARE else _SUM)
    right = _write(node.right, style, names, tighter)
    negative_right = isinstance(node.right, Operation) and node.right.operator == "neg" and own == _SUM
    return style.binary(node.operator, left, style.bracket(right) if negative_right else right), own


class TextStyle:
    """Plain Unicode text for terminals and notebooks."""

    fraction = False
    _operators: Mapping[str, str] = {"*": "·", "-": "−", "<=": "≤", ">=": "≥"}

    def number(self, text: str) -> str:
        return text

    def name(self, symbol: str, index: str) -> str:
        return symbol + index.translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))

    def binary(self, operator: str, left: str, right: str) -> str:
        return f"{left} {self._operators.get(operator, operator)} {right}"

    def negative(self, operand: str) -> str:
        return f"−{operand}"

    def power(self, base: str, exponent: str) -> str:
        return base + (exponent.translate(str.maketrans("234", "²³⁴")) if exponent in "234" else f"^({exponent})")

    def bracket(self, inner: str) -> str:
        return f"({inner})"

    def call(self, function: str, arguments: list[str]) -> str:
        return f"|{arguments[0]}|" if function == "abs" else f"{function}({', '.join(arguments)})"

    def cases(self, branches: list[tuple[str, str]], otherwise: str) -> str:
        return " else ".join([*(f"{then} if {condition}" for condition, then in branches), otherwise])


class LatexStyle:
    """LaTeX mathematics."""

    fraction = True
    _operators: Mapping[str, str] = {"<=": r"\le", ">=": r"\ge"}

    def number(self, text: str) -> str:
        text = text.replace("−", "-")
        scientific = _SCIENTIFIC.fullmatch(text)
        return rf"{scientific[1]} \cdot 10^{{{int(scientific[2])}}}" if scientific else text

    def name(self, symbol: str, index: str) -> str:
        written = _LATEX.get(symbol, symbol)
        if len(symbol) > 1 and symbol not in _LATEX:
            words = symbol.replace("_", r"\ ")
            written = rf"\mathrm{{{words}}}"
        return f"{written}_{{{index}}}" if index else written

    def binary(self, operator: str, left: str, right: str) -> str:
        if operator == "/":
            return rf"\frac{{{left}}}{{{right}}}"
        if operator == "*":
            return rf"{left} \cdot {right}" if right[0] in "-0123456789" else rf"{left} \, {right}"
        return f"{left} {self._operators.get(operator, operator)} {right}"

    def negative(self, operand: str) -> str:
        return f"-{operand}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def bracket(self, inner: str) -> str:
        return rf"\left({inner}\right)"

    def call(self, function: str, arguments: list[str]) -> str:
        if function == "abs":
            return rf"\left|{arguments[0]}\right|"
        if function == "sqrt":
            return rf"\sqrt{{{arguments[0]}}}"
        if function == "exp":
            return f"e^{{{arguments[0]}}}"
        if function in ("expm1", "log1p", "erf"):
            return rf"\operatorname{{{function}}}({arguments[0]})"
        return rf"\{function}({', '.join(arguments)})"

    def cases(self, branches: list[tuple[str, str]], otherwise: str) -> str:
        rows = [rf"{then} & \text{{if }} {condition}" for condition, then in branches]
        lines = r" \\ ".join([*rows, rf"{otherwise} & \text{{otherwise}}"])
        return rf"\begin{{cases}}{lines}\end{{cases}}"


class MathmlStyle:
    """MathML Core fragments; every text is escaped."""

    fraction = True
    _operators: Mapping[str, str] = {"*": "·", "-": "−", "<=": "≤", ">=": "≥", "<": "&lt;", ">": "&gt;"}

    def number(self, text: str) -> str:
        return f"<mn>{escape(text)}</mn>"

    def name(self, symbol: str, index: str) -> str:
        written = f"<mi>{escape(symbol.replace('_', ' '))}</mi>"
        return f"<msub>{written}<mn>{escape(index)}</mn></msub>" if index else written

    def binary(self, operator: str, left: str, right: str) -> str:
        if operator == "/":
            return f"<mfrac><mrow>{left}</mrow><mrow>{right}</mrow></mfrac>"
        return f"{left}<mo>{self._operators.get(operator, operator)}</mo>{right}"

    def negative(self, operand: str) -> str:
        return f"<mrow><mo>−</mo>{operand}</mrow>"

    def power(self, base: str, exponent: str) -> str:
        return f"<msup><mrow>{base}</mrow><mrow>{exponent}</mrow></msup>"

    def bracket(self, inner: str) -> str:
        return f"<mrow><mo>(</mo>{inner}<mo>)</mo></mrow>"

    def call(self, function: str, arguments: list[str]) -> str:
        if function == "abs":
            return f"<mrow><mo>|</mo>{arguments[0]}<mo>|</mo></mrow>"
        if function == "sqrt":
            return f"<msqrt><mrow>{arguments[0]}</mrow></msqrt>"
        if function == "exp":
            return f"<msup><mi>e</mi><mrow>{arguments[0]}</mrow></msup>"
        return f"<mrow><mi>{function}</mi><mo>(</mo>{'<mo>,</mo>'.join(arguments)}<mo>)</mo></mrow>"

    def cases(self, branches: list[tuple[str, str]], otherwise: str) -> str:
        conditions = [(then, f"<mtext>if&#160;</mtext>{condition}") for condition, then in branches]
        rows = "".join(
            f'<mtr><mtd style="text-align:left">{value}</mtd><mtd style="text-align:left">{when}</mtd></mtr>'
            for value, when in (*conditions, (otherwise, "<mtext>otherwise</mtext>"))
        )
        return f"<mrow><mo>{{</mo><mtable>{rows}</mtable></mrow>"


TEXT: Style = TextStyle()
LATEX: Style = LatexStyle()
MATHML: Style = MathmlStyle()
