"""Losses that see the whole batch: what they answer, and their numbers as formulas that a trace can write out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from glassnet.formulas.language import Expression


@dataclass(frozen=True)
class Part:
    """A formula with values, and the names of where they come from (empty: from nowhere that has a name)."""

    formula: Expression
    values: dict[str, float]
    sources: dict[str, str] = field(default_factory=dict)


def part(formula: str, **values: tuple[float, str]) -> Part:
    """A `Part` from each name's value and source; names that the formula does not have are left out."""
    expression = Expression(formula)
    kept = {name: value for name, value in values.items() if name in expression.names}
    return Part(expression, {n: v for n, (v, _) in kept.items()}, {n: s for n, (_, s) in kept.items() if s})


@dataclass(frozen=True)
class Derivation:
    """One number, opened: the rule in text and LaTeX, the parts that add up to it, and how many are not written."""

    symbolic: str
    latex: str
    parts: tuple[Part, ...]
    total: float
    omitted: int = 0


class Coupled(Protocol):
    """A batch as its loss sees it: losses of rows, slopes, and both opened."""

    @property
    def row_losses(self) -> Any:
        """The loss of each row, before its weight: shape (n,)."""

    @property
    def slopes(self) -> Any:
        """The slope of the weighted sum of row losses along each raw prediction, over the row's weight: (n, k)."""

    def loss_derivation(self, row: int) -> Derivation:
        """The loss of a row."""

    def slope_derivation(self, row: int, output: int) -> Derivation:
        """The slope along a raw prediction."""

    def sums_of(self, row: int) -> tuple[str, ...]:
        """The letters of the sums that the loss of a row is made of."""

    def sharers_of(self, row: int) -> list[int]:
        """The rows that have a ``share`` in the loss of a row, the largest first."""

    def derivation(self, letter: str, index: tuple[int, ...]) -> Derivation | None:
        """A number specific to this loss, by name; None if there is none."""


@dataclass(frozen=True)
class BatchLoss:
    """The part of a loss's record that only losses of scope batch have.

    Parameters
    ----------
    at : function (f, y, w, **parameters) -> Coupled
        The loss at raw predictions (n, k), targets (n, width) and row weights (n,).
    targets : tuple of str
        Names of the target columns.
    optional : int
        How many of the last target columns may be left out; they are 0 then.
    check : function (y, outputs) -> str
        What is wrong with targets; empty for nothing.
    engine_targets : function (y) -> y
        Targets as the compiled engine takes them.
    """

    at: Callable[..., Coupled]
    targets: tuple[str, ...]
    optional: int = 0
    check: Callable[[Any, int], str] = lambda _y, _outputs: ""
    engine_targets: Callable[[Any], Any] = lambda y: y
