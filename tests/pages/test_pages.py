"""Pages: numbers, escaping, design tokens, charts, the shell."""

import html.parser
import math
import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.errors import ConfigurationError
from glassnet.pages import (
    Bars,
    Markup,
    NetworkDrawing,
    Part,
    Pixels,
    Plot,
    Series,
    Surface,
    Unit,
    Working,
    callout,
    column_texts,
    figure,
    fixed_text,
    number_text,
    page,
    rich,
    steps,
    table,
    tag,
    text,
    verdict,
)
from glassnet.pages.axis import Axis, spread, tick_texts
from glassnet.pages.surface import even, geometric, isoline, region
from glassnet.pages.tokens import DARK, LIGHT, RAMP_STEPS, contrast, ramp

HOSTILE = '<script>alert("x")</script>\u202e\u0000&\'"'
VOID = {"meta", "br", "hr", "img", "wbr", "col"}


class Balance(html.parser.HTMLParser):
    """Counts elements and refuses any that is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict]] = []

    def handle_starttag(self, name, attributes):
        self.seen.append((name, dict(attributes)))
        if name not in VOID:
            self.open.append(name)

    def handle_endtag(self, name):
        assert self.open, f"</{name}> closes nothing"
        assert self.open.pop() == name

    def handle_startendtag(self, name, attributes):
        self.seen.append((name, dict(attributes)))


def checked(document: str) -> list[tuple[str, dict]]:
    """All elements of a well-formed document that loads and runs nothing."""
    parser = Balance()
    parser.feed(document)
    parser.close()
    assert parser.open == []
    for name, attributes in parser.seen:
        assert name not in ("script", "link", "object", "embed", "base")
        for attribute, value in attributes.items():
            assert not attribute.startswith("on"), attribute
            if attribute in ("href", "src", "action", "xlink:href"):
                assert value.startswith("#"), value
    assert "@import" not in document
    assert "url(" not in document
    return parser.seen


CHARTS = {
    "plot": Plot([Series(HOSTILE, [0, 1, 2], [1.0, math.nan, 3.0], labels=["", HOSTILE]),
                  Series("points", [0.5], [2.0], "points", "ink")], HOSTILE, "loss", rules=[(1.0, "limit")],
                 levels=[(2.0, "smallest")]),
    "log plot": Plot([Series("a", [1, 10, 100], [0.0, 1e-3, 1e5])], "x", "y", log_x=True, log_y=True),
    "surface": Surface(even(-1, 1, 9), even(0, 2, 7), [[a * b for a in range(9)] for b in range(7)], [1, 5, 20], "W",
                       HOSTILE, "loss", [Series("path", [0, 0.5], [0.1, 1.0], "line+points", "ink")], boundary=4.0),
    "bars": Bars(["a", HOSTILE], [-0.87, 0.4], "input", "weight"),
    "all positive bars": Bars(["a"], [0.4], "input", "weight"),
    "small network": NetworkDrawing([[Unit(HOSTILE, 0.5)], [Unit("y", 0.015, 0.01)]], [[[-0.01]]]),
    "wide network": NetworkDrawing([[Unit(f"x{i}") for i in range(30)], [Unit(f"n{j}") for j in range(16)]],
                                   [[[(-1.0) ** (i + j) * i for j in range(16)] for i in range(30)]]),
    "pixels": Pixels([[0, 16], [8, 0]]),
}  # fmt: skip


# ---- numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (0.0, 4, "0"), (-0.0, 4, "0"), (14.553434, 4, "14.55"), (-17.347, 5, "−17.347"), (24302.97, 4, "24303"),
        (0.5, 4, "0.5"), (100.0, 2, "100"), (1234567.8, 3, "1234568"), (12345678.0, 3, "1.23 × 10⁷"),
        (0.0001, 4, "0.0001"), (0.00009, 2, "9 × 10⁻⁵"), (-2.5e-12, 4, "−2.5 × 10⁻¹²"), (9.9999, 3, "10"),
        (math.inf, 4, "∞"), (-math.inf, 4, "−∞"), (math.nan, 4, "not a number"),
    ],
)  # fmt: skip
def test_numbers_are_written_with_significant_digits_and_a_true_minus(value, digits, written):
    assert number_text(value, digits) == written


@settings(deadline=None, max_examples=200)
@given(st.floats(-1e290, 1e290).filter(lambda v: v == 0 or abs(v) > 1e-290), st.integers(1, 14))
def test_a_written_number_reads_back_as_the_rounded_one(value, digits):
    written = number_text(value, digits).replace("−", "-")
    mantissa, _, exponent = written.partition(" × 10")
    plain = exponent.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    read = float(f"{mantissa}e{plain}" if exponent else mantissa)
    assert (
        abs(read - value) <= 0.5000001 * 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
        if value
        else read == 0
    )


def test_columns_share_their_decimals():
    assert column_texts([14.5534, 9.8, 7.4449]) == ["14.55", "9.80", "7.44"]
    assert column_texts([3.2, 1.9, 1.0]) == ["3.2", "1.9", "1.0"]
    assert column_texts([14.55, 24303.0]) == ["14.55", "24303"]
    assert column_texts([0.0, 0.0]) == ["0", "0"]
    assert column_texts([1.0, 569.0]) == ["1", "569"]
    assert fixed_text(-0.0004, 3) == "0.000"


# ---- escaping -------------------------------------------------------------------------------------------------------


def test_text_is_escaped_and_hidden_characters_are_shown():
    written = text(HOSTILE)
    assert "<" not in written
    assert "\u202e" not in written
    assert "⟨U+202E⟩" in written
    assert "⟨U+0000⟩" in written
    assert text(Markup("<b>")) == "<b>"
    assert tag("a", "x", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;">x</a>'
    assert rich("**" + HOSTILE + "**").count("<") == 2


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_charts_are_well_formed_and_have_a_text_alternative(chart):
    document = page("t", [Part("p", figure(chart, "What it shows <b>."))])
    seen = checked(document)
    images = [attributes for name, attributes in seen if name == "svg" and attributes.get("role") == "img"]
    assert [image["aria-label"] for image in images] == ["What it shows <b>."]
    drawn = ElementTree.fromstring(f"<div>{chart.draw('What it shows')}</div>")
    assert drawn.findall(".//{http://www.w3.org/2000/svg}svg") or drawn.findall(".//svg")
    assert "NaN" not in document
    assert "nan " not in document.partition("<figure")[2].partition("<details")[0]
    assert "<details>" in document
    head, rows = chart.rows()
    assert rows
    assert all(len(row) == len(head) for row in rows)


def test_the_page_is_one_file_with_contents_and_anchors():
    parts = [
        Part(f"Part {k} {HOSTILE}", ["words", callout("note", "Title", HOSTILE)], "opening", str(k)) for k in (1, 2, 3)
    ]
    document = page(HOSTILE, parts, lead="lead", kicker="kicker", footer="footer")
    seen = checked(document)
    anchors = {attributes["id"] for name, attributes in seen if name == "section"}
    links = {attributes["href"].removeprefix("#") for name, attributes in seen if name == "a"}
    assert anchors == links
    assert len(anchors) == 3
    assert "default-src 'none'" in document
    assert "prefers-color-scheme:dark" in document
    assert "@media print" in document


def test_tables_scroll_in_their_box_and_align_numbers():
    drawn = table(["name", "value"], [[HOSTILE, 1.5], ["b", 2.25]], caption="Numbers")
    assert drawn.count('class="number"') == 3
    assert 'class="scroll"' in drawn
    assert 'aria-label="Numbers"' in drawn
    assert "1.50" in drawn
    assert "<script>" not in drawn
    assert "not &lt;i&gt;" in steps([Working("not <i>", Markup("<math></math>"), "1")])
    assert "confirmed" in verdict("confirmed")


# ---- design tokens --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_colors_have_the_contrast_they_need(theme):
    words = ("ink", "muted", "accent", "positive", "negative", "confirmed", "corrected", "series-1", "series-2",
             "series-3", "series-4")  # fmt: skip
    for word in words:
        for ground in ("page", "surface", "sunken"):
            assert contrast(theme[word], theme[ground]) >= 4.5, (word, ground)
    for kind in ("confirmed", "corrected"):
        assert contrast(theme[kind], theme[f"{kind}-soft"]) >= 4.5
        assert contrast(theme["ink"], theme[f"{kind}-soft"]) >= 4.5
    assert contrast(theme["line-strong"], theme["surface"]) >= 3
    assert LIGHT.keys() == DARK.keys()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_stand_out_from_every_band_of_a_map(theme):
    for band in ramp(theme).values():
        assert contrast(theme["ink"], band) >= 3
    assert len(ramp(theme)) == 2 * RAMP_STEPS


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_positive_and_negative_differ_for_the_color_blind(theme):
    """Machado's matrices at full severity: the pair stays far apart for red, green and blue blindness."""
    matrices = {
        "protanopia": (
            (0.152286, 1.052583, -0.204868),
            (0.114503, 0.786281, 0.099216),
            (-0.003882, -0.048116, 1.051998),
        ),
        "deuteranopia": (
            (0.367322, 0.860646, -0.227968),
            (0.280085, 0.672501, 0.047413),
            (-0.011820, 0.042940, 0.968881),
        ),
        "tritanopia": (
            (1.255528, -0.076749, -0.178779),
            (-0.078411, 0.930809, 0.147602),
            (0.004733, 0.691367, 0.303900),
        ),
    }  # fmt: skip
    for matrix in matrices.values():
        pair = []
        for name in ("positive", "negative"):
            color = [int(theme[name][i : i + 2], 16) for i in (1, 3, 5)]
            pair.append([sum(m * c for m, c in zip(row, color, strict=True)) for row in matrix])
        assert math.dist(*pair) > 90


def test_every_token_that_the_style_uses_exists():
    from glassnet.pages.shell import stylesheet

    css = stylesheet()
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", css)) - {"mark"}
    defined = set(re.findall(r"--([a-z0-9-]+):", css))
    assert used <= defined
    assert css.count("{") == css.count("}")


# ---- axes and maps --------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=200)
@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.booleans())
def test_ticks_are_few_round_and_inside(low, width, log):
    low = abs(low) + 1e-3 if log else low
    axis = Axis(low, low + width, 0, 500, log)
    ticks = axis.ticks(5)
    assert len(ticks) <= 13
    assert ticks == sorted(ticks)
    slack = (1e-2 * low if log else 1e-6 * width) + 1e-9
    assert all(low - slack <= tick <= low + width + (1e-2 * (low + width) if log else slack) for tick in ticks)
    assert len(set(tick_texts(ticks, log=log))) == len(ticks)
    if not log:
        assert len(ticks) >= 2


def test_axes_refuse_what_cannot_be_drawn():
    with pytest.raises(ConfigurationError, match="cannot be drawn"):
        Axis(1.0, 1.0, 0, 1)
    with pytest.raises(ConfigurationError, match="above 0"):
        Axis(0.0, 1.0, 0, 1, log=True)
    assert spread([], margin=0.1)[0] < spread([], margin=0.1)[1]
    assert spread([5.0]) == (2.5, 7.5)


def test_the_border_of_a_map_lies_where_the_height_is():
    grid = even(0.0, 10.0, 11)
    heights = [grid for _ in grid]
    for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", isoline(heights, grid, grid, 3.7)):
        assert float(x) == pytest.approx(3.7, abs=0.051)
        assert 0 <= float(y) <= 10
    area = 0.0
    for polygon in region(heights, grid, grid, 3.7).split("Z")[:-1]:
        corners = [tuple(map(float, pair.split())) for pair in polygon.lstrip("M").split("L")]
        area += abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, corners[1:] + corners[:1], strict=True))) / 2
    assert area == pytest.approx(63.0, rel=1e-6)
    assert geometric(1, 8, 4) == pytest.approx([1, 2, 4, 8])


def test_charts_refuse_numbers_that_do_not_fit():
    with pytest.raises(ConfigurationError, match="rows of"):
        Surface([0, 1], [0, 1], [[0, 1]], [0.5], "x", "y", "z")
    with pytest.raises(ConfigurationError, match="levels"):
        Surface([0, 1], [0, 1], [[0, 1], [1, 2]], [], "x", "y", "z")
    with pytest.raises(ConfigurationError, match="weights of shapes"):
        NetworkDrawing([[Unit("a")], [Unit("b")]], [[[1.0, 2.0]]])


def test_the_sign_of_a_link_is_said_by_dash_and_color():
    drawn = NetworkDrawing([[Unit("a")], [Unit("b"), Unit("c"), Unit("d")]], [[[-2.0, 1.0, 0.0]]]).draw("x")
    links = re.findall(r'<path[^>]*class="(link[^"]*)"[^>]*stroke-width="([\d.]+)"', drawn)
    assert sorted(style for style, _ in links) == ["link s-muted dotted", "link s-negative dashed", "link s-positive"]
    widths = dict(links)
    assert float(widths["link s-negative dashed"]) > float(widths["link s-positive"])
    assert "−2" in drawn


@pytest.mark.parametrize(("ys", "anchor"), [([0.9, 0.7, 0.5], "start"), ([0.5, 0.7, 0.9], "end"), ([], "end")])
def test_the_name_of_a_level_stands_where_no_curve_is(ys, anchor):
    curves = [Series("a", [0.0, 1.0, 2.0][: len(ys)], ys), Series("gaps", [0.0, 2.0], [math.nan, math.nan])]
    drawn = Plot(curves, "x", "y", x_range=(0.0, 2.0), y_range=(0.4, 1.0), levels=[(0.5, "chance")]).draw("One line.")
    (name,) = re.findall(r"<text([^>]*)>chance", str(drawn))
    assert f'text-anchor="{anchor}"' in name
