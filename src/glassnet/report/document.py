"""The kinds of content that a lecture and a report are made of; every renderer knows all of them and no other."""

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
    """A paragraph; ``**strong**`` and ```code``` are the only marks in it, and there are none where it is plain."""

    words: str
    plain: bool = False


@dataclass(frozen=True)
class Judged:
    """A table cell that says whether a printed figure is confirmed or corrected."""

    kind: Kind


@dataclass(frozen=True)
class Blank:
    """A table cell with what is known and, marked, what is still to be written."""

    known: str
    write: str

    @property
    def marked(self) -> str:
        """The blank itself; empty when nothing is to be written."""
        return f"[write: {self.write}]" if self.write else ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.known, self.marked) if part)


Cell = str | int | float | Judged | Blank


@dataclass(frozen=True)
class Grid:
    """A table: column names, rows of texts, numbers, `Judged` and `Blank`, and perhaps a last row that sums up."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    digits: int = 4
    foot: Sequence[str] | None = None


@dataclass(frozen=True)
class Display:
    """A formula on a line of its own, with a few words before it."""

    because: str
    formula: Formula


@dataclass(frozen=True)
class Step:
    """One number: its name, how it comes about, its written value."""

    name: str
    formula: Formula
    result: str


@dataclass(frozen=True)
class Steps:
    """Numbers below one another, each with its formula."""

    steps: Sequence[Step]


@dataclass(frozen=True)
class Remark:
    """Something that stands out."""

    kind: Kind
    title: str
    words: str


@dataclass(frozen=True)
class Panel:
    """A chart with the sentence that says what it shows."""

    chart: Chart
    summary: str
    title: str = ""


@dataclass(frozen=True)
class Picture:
    """One chart, or a few side by side."""

    panels: Sequence[Panel]
    title: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Folded:
    """Blocks that a reader unfolds; on paper they stand below their title."""

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
    """A section that is written when somebody asks for it: its title is known before its numbers are computed."""

    number: int
    title: str
    write: Callable[[], Section] = field(repr=False)
