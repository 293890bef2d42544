"""A network is drawn in pages and in the studio: what a reader compares is the same in both."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from glassnet.pages import NetworkDrawing, Unit
from glassnet.pages.network_drawing import link_opacity, link_path, link_style, link_width, on_link
from page_code import WEB, PageCode

SIZES = [5, 9, 2]
PROGRAM = """
const links = given.links.map(([weight, share, count, x1, y1, x2, y2, at]) => [
  page.linkStyle(weight), page.linkWidth(share, count), page.linkOpacity(share, count),
  page.linkPath(x1, y1, x2, y2), page.onLink(x1, y1, x2, y2, at), page.linkShare(weight, given.largest),
]);
process.stdout.write(JSON.stringify(links));
"""


@pytest.fixture(scope="module")
def cases():
    rng = np.random.default_rng(5)
    weights = [0.0, 2.5, -2.5, *rng.normal(size=40).clip(-2.5, 2.5)]
    return [
        [float(w), abs(float(w)) / 2.5, count, *rng.uniform(0, 700, 4).tolist(), float(rng.uniform())]
        for w in weights
        for count in (1, 60, 61, 4000)
    ]


def test_links_look_and_run_the_same(cases, tmp_path):
    drawn = PageCode("network/link.ts", PROGRAM, tmp_path)({"links": cases, "largest": 2.5})
    assert len({style for style, *_ in drawn}) == 3
    for (weight, share, count, x1, y1, x2, y2, at), (style, width, opacity, path, point, own_share) in zip(
        cases, drawn, strict=True
    ):
        assert style == link_style(weight)
        assert own_share == share  # of the largest weight between the same two layers
        assert (width, opacity) == pytest.approx((link_width(share, count), link_opacity(share, count)), abs=1e-12)
        numbers, own = (np.array(re.findall(r"[\d.]+", text), float) for text in (path, link_path(x1, y1, x2, y2)))
        assert np.abs(numbers - own).max() < 0.11  # the languages round halves differently
        assert point == pytest.approx(on_link(x1, y1, x2, y2, at))


def test_units_stand_in_the_network_s_order(tmp_path):
    program = """
    const columns = given.map((size, layer) => ({ layer, units: [...Array(size).keys()], size }));
    process.stdout.write(JSON.stringify(page.layout(columns, 900, 500).places));
    """
    places = PageCode("network/layout.ts", program, tmp_path)(SIZES)
    drawing = NetworkDrawing(
        [[Unit(f"unit {layer} {k}") for k in range(size)] for layer, size in enumerate(SIZES)],
        [np.ones(shape).tolist() for shape in pairwise(SIZES)],
    )
    own = re.findall(r"<g><title>unit (\d) (\d)</title><rect x=\"([\d.]+)\" y=\"([\d.]+)\"", drawing.draw("A network."))
    static = sorted((float(x), float(y), int(layer), int(k)) for layer, k, x, y in own)
    live = sorted((place["x"], place["y"], place["layer"], place["unit"]) for column in places for place in column)
    assert [unit[2:] for unit in static] == [unit[2:] for unit in live]
    assert len(static) == sum(SIZES)


def test_signs_have_one_color_and_one_dash():
    page, live = Path(__file__).parents[2] / "src" / "glassnet" / "pages" / "page.css", WEB / "src"
    texts = [path.read_text(encoding="utf-8") for path in (page, live / "page.css", live / "network" / "Links.svelte")]
    for sign in ("positive", "negative"):
        for text in texts[:2]:
            assert re.search(rf"\.s-{sign} \{{\s*--mark: var\(--{sign}\);", text)
    for style in ("dashed", "dotted"):
        static = re.search(rf"\.link\.{style} \{{[^}}]*stroke-dasharray: ([\d. ]+);", texts[0])[1]
        assert re.search(rf"\.{style} \.stroke \{{\s*stroke-dasharray: {static};", texts[2]), style
