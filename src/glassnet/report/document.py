"""The content types of lectures and reports; every renderer handles exactly these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from glassnet.pages import Chart
from glassnet.report.formula import Formula
from glassnet.report.lesson import Lesson

Kind = Literal["confirmed", "corrected", "note"]


@dataclass(frozen=True)
class Prose:
    """A paragraph; ``**strong**`` and ```code``` are the only markup, and plain paragraphs have none."""

    words: str
    plain: bool = False


@dataclass(frozen=True)
class Verdict:
    """A table cell that marks a printed figure as confirmed or corrected."""

    kind: Kind


@dataclass(frozen=True)
class Blank:
    """A table cell with what is known and a marked blank for what is still to be written."""

    known: str
    write: str

    @property
    def marked(self) -> str:
        """The blank itself; empty if nothing is left to write."""
        return f"[write: {self.write}]" if self.write else ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.known, self.marked) if part)


Cell = str | int | float | Verdict | Blank


@dataclass(frozen=True)
class Grid:
    """A table: column names, rows of text, numbers, `Verdict` and `Blank` cells, and optionally a summary row."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    digits: int = 4
    foot: Sequence[str] | None = None


@dataclass(frozen=True)
class Display:
    """A formula on its own line, with an introduction."""

    because: str
    formula: Formula


@dataclass(frozen=True)
class Step:
    """One number: its name, its derivation, and its value as text."""

    name: str
    formula: Formula
    result: str


@dataclass(frozen=True)
class Steps:
    """A list of numbers, each with its formula."""

    steps: Sequence[Step]


@dataclass(frozen=True)
class Remark:
    """A highlighted remark."""

    kind: Kind
    title: str
    words: str


@dataclass(frozen=True)
class Panel:
    """A chart with a sentence that summarizes it."""

    chart: Chart
    summary: str
    title: str = ""


@dataclass(frozen=True)
class Picture:
    """One chart, or several side by side."""

    panels: Sequence[Panel]
    title: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Folded:
    """Collapsible blocks; in print they are below their title."""

    title: str
    blocks: Sequence[Block]


Block = Prose | Grid | Display | Steps | Remark | Picture | Folded


@dataclass(frozen=True)
class Section:
    """One section with its content and the code that computed it."""

    title: str
    opening: str
    blocks: Sequence[Block]
    lesson: Lesson | None = None


@dataclass(frozen=True)
class Chapter:
    """A section that is computed on request, with a title that is known in advance."""

    number: int
    title: str
    write: Callable[[], Section] = field(repr=False)
