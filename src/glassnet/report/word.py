"""A report as a Word file: headings, paragraphs, tables and figures that coauthors can edit."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from glassnet.errors import MissingDependency
from glassnet.pages import column_texts, number_text
from glassnet.pages.block import VERDICTS
from glassnet.pages.markup import visible
from glassnet.report.document import (
    Blank,
    Block,
    Display,
    Folded,
    Grid,
    Picture,
    Prose,
    Remark,
    Section,
    Steps,
    Verdict,
)
from glassnet.report.drawing import drawn

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell

_STYLE = "Light List Accent 1"
MARK, _FIELD = b"written by glassnet", 0x6E67
_NEEDED = {"docx": "python-docx", "matplotlib": "matplotlib"}
_WIDE = 6
"""Tables with more columns are set in a smaller font."""


def check_word() -> None:
    """Raise `MissingDependency` if python-docx or matplotlib is not installed."""
    missing = [package for module, package in _NEEDED.items() if find_spec(module) is None]
    if missing:
        raise MissingDependency(
            f"A Word file needs {' and '.join(missing)}. Install with: pip install 'glassnet[word]'."
        )


def render_word(title: str, lead: str, sections: Sequence[tuple[int, Section]], footer: str) -> bytes:
    """The whole file.

    Raises
    ------
    MissingDependency
        When python-docx or matplotlib is not installed.
    """
    check_word()
    import docx

    document = docx.Document()
    _prepare(document, title)
    document.add_heading(visible(title), level=0)
    document.add_paragraph(visible(lead), style="Intense Quote")
    captions = _Captions()
    for number, section in sections:
        document.add_heading(visible(f"{number} {section.title}"), level=1)
        if section.opening:
            _add_marked(document.add_paragraph(), section.opening)
        for block in section.blocks:
            _block(document, block, captions)
    document.add_paragraph(visible(footer), style="Caption")
    file = io.BytesIO()
    document.save(file)
    return _seal(file)


def _seal(file: io.BytesIO) -> bytes:
    """The archive with reproducible bits, and with a mark that is lost when somebody edits the file.

    The mark is an extra field of the first part, which readers ignore. It distinguishes our own file from an edited
    one, which must not be overwritten.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(file) as given, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate(given.infolist()):
            own = zipfile.ZipInfo(part.filename, (1980, 1, 1, 0, 0, 0))
            own.compress_type = zipfile.ZIP_DEFLATED
            if not number:
                own.extra = struct.pack("<HH", _FIELD, len(MARK)) + MARK
            archive.writestr(own, given.read(part))
    return packed.getvalue()


class _Captions:
    """The numbers of tables and figures."""

    def __init__(self) -> None:
        self.counts = {"Table": 0, "Figure": 0}

    def add(self, document: Document, kind: str, words: str, *, before: bool) -> None:
        """A caption, numbered; above a table, below a figure."""
        self.counts[kind] += 1
        paragraph = document.add_paragraph(style="Caption")
        paragraph.add_run(f"{kind} {self.counts[kind]}. ").bold = True
        paragraph.add_run(visible(words))
        paragraph.paragraph_format.keep_with_next = before


def _prepare(document: Document, title: str) -> None:
    """Margins, fonts, and the file's properties."""
    from docx.shared import Cm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin = section.bottom_margin = Cm(2.0)
    document.styles["Normal"].font.size = Pt(10)
    document.core_properties.title = visible(title)
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.core_properties.created = document.core_properties.modified = datetime(1980, 1, 1, tzinfo=UTC)


def _block(document: Document, block: Block, captions: _Captions) -> None:
    """One block."""
    if isinstance(block, Prose):
        paragraph = document.add_paragraph()
        if block.plain:
            paragraph.add_run(visible(block.words))
        else:
            _add_marked(paragraph, block.words)
    elif isinstance(block, Grid):
        _grid(document, block, captions)
    elif isinstance(block, Display):
        _add_marked(document.add_paragraph(), block.because)
        document.add_paragraph(visible(block.formula.text), style="Quote")
    elif isinstance(block, Steps):
        rows = [[step.name, step.formula.text, step.result] for step in block.steps]
        _grid(document, Grid(["number", "formula", "value"], rows), captions)
    elif isinstance(block, Remark):
        paragraph = document.add_paragraph(style="Intense Quote")
        paragraph.add_run(visible(f"{block.title} ")).bold = True
        _add_marked(paragraph, block.words)
    elif isinstance(block, Folded):
        document.add_heading(visible(block.title), level=3)
        for each in block.blocks:
            _block(document, each, captions)
    else:
        assert isinstance(block, Picture)
        _picture(document, block, captions)


def _add_marked(paragraph: Any, words: str) -> None:
    """Sentences with ``**strong**`` and ```code``` as runs."""
    for index, piece in enumerate(words.split("`")):
        if index % 2:
            paragraph.add_run(visible(piece)).font.name = "Consolas"
            continue
        for k, bit in enumerate(piece.split("**")):
            paragraph.add_run(visible(bit)).bold = bool(k % 2)


def _grid(document: Document, grid: Grid, captions: _Captions) -> None:
    """A table under its caption, with its head repeated on each page."""
    from docx.shared import Pt

    if grid.caption:
        captions.add(document, "Table", grid.caption, before=True)
    columns = [_texts(cells, grid.digits) for cells in zip(*grid.rows, strict=True)]
    rows: list[list[str | Blank]] = [list(row) for row in zip(*columns, strict=True)]
    if grid.foot is not None:
        rows.append(list(grid.foot))
    table = document.add_table(rows=1, cols=len(grid.head), style=_STYLE)
    size = Pt(9 if len(grid.head) <= _WIDE else 7.5)
    for cell, text in zip(table.rows[0].cells, grid.head, strict=True):
        _write(cell, str(text), size, bold=True)
    _repeat(table)
    for number, row in enumerate(rows):
        last = grid.foot is not None and number == len(rows) - 1
        for place, (cell, content) in enumerate(zip(table.add_row().cells, row, strict=True)):
            _write(cell, content, size, bold=last or not place)
    document.add_paragraph()


def _write(cell: _Cell, content: str | Blank, size: Any, *, bold: bool = False) -> None:
    """A cell's text, with a blank highlighted."""
    from docx.enum.text import WD_COLOR_INDEX

    paragraph = cell.paragraphs[0]
    known, marked = (content.known, content.marked) if isinstance(content, Blank) else (content, "")
    run = paragraph.add_run(visible(known + " " * bool(known and marked)))
    run.font.size, run.bold = size, bold
    if marked:
        run = paragraph.add_run(visible(marked))
        run.font.size, run.font.highlight_color = size, WD_COLOR_INDEX.YELLOW


def _repeat(table: Table) -> None:
    """Repeat the head on each page."""
    from docx.oxml import OxmlElement

    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))


def _texts(cells: Sequence[object], digits: int) -> list[str | Blank]:
    """A column of cells, with the same number of decimals for all floats."""
    if cells and all(isinstance(cell, float) for cell in cells):
        return list(column_texts([float(cell) for cell in cells], digits))  # type: ignore[arg-type]
    return [_text(cell, digits) for cell in cells]


def _text(cell: object, digits: int) -> str | Blank:
    """One cell."""
    if isinstance(cell, Blank):
        return cell
    if isinstance(cell, Verdict):
        return VERDICTS[cell.kind]
    return number_text(cell, digits) if isinstance(cell, float) else str(cell)


def _picture(document: Document, picture: Picture, captions: _Captions) -> None:
    """The panels side by side as one image, with their summaries as alternative text."""
    from docx.shared import Cm

    panels = [(panel.title, panel.chart) for panel in picture.panels]
    document.add_picture(io.BytesIO(drawn(panels)), width=Cm(17.0))
    summary = " ".join(panel.summary for panel in picture.panels)
    shape = document.inline_shapes[-1]
    shape._inline.docPr.set("descr", visible(summary))
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    words = " ".join(part for part in (picture.title, picture.caption or summary) if part)
    captions.add(document, "Figure", words, before=False)
