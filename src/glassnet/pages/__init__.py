"""The parts of every page of glassnet: design tokens, a page shell, blocks, and charts drawn as SVG.

Pages are single HTML files that load nothing and run no script. `tokens` holds every color and size, `markup` makes
sure that data stays text, `number` writes numbers, `shell` and `block` build the page, and `plot`, `surface`, `bars`
and `network_drawing` draw.
"""

from glassnet.pages.bars import Bars
from glassnet.pages.block import (
    Working,
    callout,
    code,
    equation,
    figure,
    figure_of_panels,
    folded,
    formula,
    paragraph,
    rich,
    steps,
    table,
    verdict,
)  # fmt: skip
from glassnet.pages.chart import Chart
from glassnet.pages.markup import Markup, tag, text
from glassnet.pages.network_drawing import NetworkDrawing, Unit
from glassnet.pages.number import column_texts, fixed_text, number_text
from glassnet.pages.pixels import Pixels
from glassnet.pages.plot import Plot, Series
from glassnet.pages.raster import Raster
from glassnet.pages.shell import Part, page
from glassnet.pages.surface import Surface

__all__ = [
    "Bars", "Chart", "Markup", "NetworkDrawing", "Part", "Pixels", "Plot", "Raster", "Series", "Surface", "Unit",
    "Working", "callout", "code", "column_texts", "equation", "figure", "figure_of_panels", "fixed_text", "folded",
    "formula", "number_text", "page", "paragraph", "rich", "steps", "table", "tag", "text", "verdict",
]  # fmt: skip
