"""`Expression`: a formula of the closed language, to be evaluated, compiled and shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from glassnet.errors import FormulaError, nearest
from glassnet.formulas.language.render.display import LATEX, MATHML, TEXT, render
from glassnet.formulas.language.render.numpy import evaluate
from glassnet.formulas.language.syntax import Node, names_in, parse


@dataclass(frozen=True)
class Expression:
    r"""A parsed formula that can be evaluated, compiled and shown.

    Parameters
    ----------
    source : str
        The formula, for example ``"where(z > 0, z, slope * z)"``.

    Raises
    ------
    FormulaError
        When the formula uses anything outside the closed language.

    Examples
    --------
    >>> relu = Expression("max(z, 0)")
    >>> float(relu(z=-2.0)), float(relu(z=3.0))
    (0.0, 3.0)
    >>> relu.text, relu.latex
    ('max(z, 0)', '\\max(z, 0)')
    """

    source: str
    tree: Node = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tree", parse(self.source))

    @property
    def names(self) -> frozenset[str]:
        """The variables and parameters that the formula mentions."""
        return names_in(self.source)

    def __call__(self, **values: Any) -> Any:
        """Evaluate with NumPy arrays or numbers, broadcasting as NumPy does."""
        return evaluate(self, values)

    @property
    def latex(self) -> str:
        """The formula in LaTeX (no surrounding dollars)."""
        return _latex(self.source)

    @property
    def text(self) -> str:
        """The formula in plain Unicode text."""
        return _text(self.source)

    @property
    def mathml(self) -> str:
        """The formula as a MathML fragment, which browsers draw without any script."""
        return render(self, MATHML)

    def check_names(self, allowed: Iterable[str], where: str) -> None:
        """Raise `FormulaError` when the formula mentions a name outside `allowed`."""
        known = set(allowed)
        for name in sorted(self.names - known):
            raise FormulaError(
                f"{where}: the formula {self.source!r} uses the name {name!r}, which has no value there. "
                f"{nearest(name, known)}"
            )


# A trace writes the few rules that it has in every equation.


@lru_cache(maxsize=1024)
def _latex(source: str) -> str:
    """A formula in LaTeX."""
    return render(Expression(source), LATEX)


@lru_cache(maxsize=1024)
def _text(source: str) -> str:
    """A formula in plain text."""
    return render(Expression(source), TEXT)
