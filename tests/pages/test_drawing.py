"""The drawing that stands alone, in a frame as in a notebook: it answers, loads nothing, and its numbers are true."""

import os
import re
from pathlib import Path

import pytest

from glassnet import Dense, Network
from glassnet.network.trace.views.drawing import trace_document
from glassnet.pages import live

HOSTILE = "<script>document.title='taken'</script>"
DRAWING = live.resources.files("glassnet.pages").joinpath("drawing").joinpath("drawing.js")
pytestmark = pytest.mark.skipif(not DRAWING.is_file(), reason="the drawing is not built: python web/build_page.py")


@pytest.fixture
def shown(browser, tmp_path, request):
    scheme, theme, width, second = request.param
    network = Network([Dense(2, 3, "tanh"), Dense(3, 1)], seed=4, l1=0.01)
    trace = network.trace(
        [[0.5, -0.4], [2.3, 1.1]], [3.2, 1.9], learning_rate=0.1, optimizer="adam",
        feature_names=["tumor size", second], target_names=["survival"], row_names=["case 1", "case 2"],
    )  # fmt: skip
    page = live.live_page("One step", trace_document(trace), theme=theme)
    frame = live.framed(page, "One step", height="36rem", scripts=True)
    place = tmp_path / "notebook.html"
    place.write_text(f"<!DOCTYPE html><title>A notebook</title><body><div>{frame}</div>", encoding="utf-8")
    tab = browser.new_page(viewport={"width": width, "height": 700}, color_scheme=scheme)
    tab.problems, tab.requests = [], []
    tab.on("console", lambda message: tab.problems.append(message.text))
    tab.on("pageerror", lambda error: tab.problems.append(str(error)))
    tab.on("request", lambda asked: tab.requests.append(asked.url))
    tab.goto(place.as_uri())
    yield tab, tab.frame_locator("iframe"), trace, place.as_uri()
    tab.close()


@pytest.mark.parametrize("shown", [("light", "system", 980, "temperature")], indirect=True)
def test_a_neuron_a_weight_and_a_row_are_opened(shown):
    tab, inside, trace, address = shown
    inside.locator('[data-unit="1:1"]').click()
    heading = inside.locator("#opened-title")
    assert heading.inner_text() == "Neuron 1 of layer 1"
    inside.get_by_role("button", name="tumor size", exact=True).last.click()
    assert inside.get_by_text("Check by a finite difference").is_visible()
    if "GLASSNET_PICTURES" in os.environ:  # the picture of the documentation
        tab.locator("iframe").screenshot(path=Path(os.environ["GLASSNET_PICTURES"]) / "show-step.png")
    written = inside.locator('.card [data-number="new W1[0,1]"], .card [data-number="W1[0,1]"]')
    values = [float(one.get_attribute("data-value")) for one in written.all()]
    step = trace.parameter("W1[0,1]")
    assert step.old in values
    assert step.new in values
    inside.locator(".card .number-token.opens").first.click()
    assert inside.get_by_role("button", name="Back", exact=True).is_visible()
    inside.get_by_role("button", name="Back", exact=True).click()
    assert heading.inner_text().replace("\n", "") == "W1[0,1]"
    inside.locator('[data-unit="1:0"]').focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    assert heading.inner_text() == "Output survival"
    inside.get_by_label("Row", exact=True).select_option("case 2")
    unit = inside.locator('[data-unit="2:0"] .value')
    assert float(unit.get_attribute("data-value")) == trace.loss.prediction[1, 0]
    assert tab.title() == "A notebook"
    assert [url for url in tab.requests if url not in (address, "about:srcdoc")] == []
    assert tab.problems == []


@pytest.mark.parametrize(
    ("shown", "dark"),
    [
        (("light", "system", 980, HOSTILE), False),
        (("dark", "system", 400, HOSTILE), True),
        (("light", "dark", 400, HOSTILE), True),
    ],
    indirect=["shown"],
)
def test_it_is_light_or_dark_and_fits(shown, dark):
    tab, inside, _, _ = shown
    inside.locator("[data-unit]").first.wait_for()
    ground = inside.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 384) == dark
    assert inside.get_by_title(HOSTILE, exact=True).inner_text() == HOSTILE
    assert tab.title() == "A notebook"
    assert inside.locator("html").evaluate("html => html.scrollWidth <= html.clientWidth")
    assert tab.problems == []
