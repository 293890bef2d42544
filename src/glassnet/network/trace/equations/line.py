"""`Line`: one equation of a trace as ``name = rule = numbers = result``, ready for any output language."""

from __future__ import annotations

from dataclasses import dataclass

from glassnet.formulas.language import Expression
from glassnet.formulas.language.render.display import LATEX, TEXT, render
from glassnet.network.trace.equations.arithmetic import Arithmetic
from glassnet.network.trace.equations.symbols import latex_name, wrapped


@dataclass(frozen=True)
class Line:
    """One shown equation: ``name = symbolic = numbers = result``.

    Attributes
    ----------
    part : str
        ``"chain rule"``, ``"where"``, ``"penalty"``, ``"gradient"``, ``"update"``.
    name : str
        The left side.
    symbolic, symbolic_latex : str
        The rule.
    arithmetic : Arithmetic
        The numbers.
    """

    part: str
    name: str
    symbolic: str
    symbolic_latex: str
    arithmetic: Arithmetic

    @property
    def label(self) -> str:
        """The left side as text, indices written as such."""
        return render(Expression(self.name), TEXT) if self.name.isidentifier() else self.name

    @property
    def right_side(self) -> str:
        """The numbers and the result, for example ``0.5 · 2 = 1``."""
        written, result = self.arithmetic.write(TEXT), self.arithmetic.result
        return written if written == result else f"{written} = {result}"

    @property
    def numbers(self) -> str:
        """The equation with numbers, for example ``g = 0.5 · 2 = 1``."""
        return f"{self.label} = {self.right_side}"

    def text(self, width: int = 96, indent: str = "    ", *, rule: bool = True) -> list[str]:
        """The rule, and the numbers under it at the same equal sign."""
        under = indent + " " * len(self.label) + "   "
        if not (self.symbolic and rule):
            return wrapped(self.numbers, width, indent, under)
        return [
            *wrapped(f"{self.label} = {self.symbolic}", width, indent, under),
            *wrapped(f" = {self.right_side}", width, under[:-3], under),
        ]

    @property
    def latex(self) -> str:
        """The whole equation in LaTeX, aligned at the equal signs."""
        result = self.arithmetic.result.replace("−", "-")
        mantissa, mark, exponent = result.partition("e")
        result = rf"{mantissa} \cdot 10^{{{exponent}}}" if mark else result
        parts = [f"{latex_name(self.name)} &= {self.symbolic_latex}", f"&= {self.arithmetic.write(LATEX)}"]
        if parts[1] != f"&= {result}":
            parts.append(f"&= {result}")
        return " \\\\\n".join(parts)
