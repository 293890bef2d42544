"""Digits through a network of convolutions: every map, pixel and kernel weight on the page is that of the trace."""

import re

import pytest

pytestmark = pytest.mark.slow

SECONDS = 2


@pytest.fixture
def digits(lab):
    run = lab.begin(data="digit_images")["id"]
    lab.api(f"/api/runs/{run}/control", {"do": "move", "unit": "epoch", "count": 3})
    lab.settle()
    return run


def opened(lab):
    return lab.page.locator(".inspector")


def test_a_kernel_weight_opens_to_its_patches_and_a_pixel_to_its_sum(lab, digits):
    page = lab.page
    assert page.locator("[data-map]").count() == 1 + 8 + 8 + 16 + 16
    page.locator('[data-map="1:2"]').click()
    lab.settle()
    assert "Channel 2 of layer 1" in opened(lab).get_by_role("heading", level=2).inner_text()
    picture = opened(lab).get_by_role("application", name=re.compile("Map of channel 2"))
    picture.click(position={"x": 3.5 * 26, "y": 2.5 * 26})  # column 3 of row 2, of 8 in 208 pixels
    lab.settle()
    found = lab.api(f"/api/runs/{digits}/explain?name=a1[0,2,2,3]&row=0")
    window = opened(lab).get_by_role("region", name="The window behind it")
    assert float(window.locator("[data-number=z]").get_attribute("data-value")) == found["picture"]["total"]
    lab.button("Back", exact=True).click()
    lab.settle()
    kernel = opened(lab).get_by_role("application", name=re.compile("Kernel of channel 2"))
    kernel.focus()  # by keyboard: right and down once, then Enter
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        kernel.press(key)
    lab.settle()
    own = lab.api(f"/api/runs/{digits}/explain?name=W1[2,0,1,1]")
    assert own["check"]["verdict"] == "agrees"
    patches = opened(lab).get_by_role("region", name="The patches that move it most")
    assert patches.locator("figure").count() == len(own["picture"]["patches"]) > 3
    assert own["picture"]["patches"][0]["name"] in patches.locator("figure").first.inner_text()
    assert "agrees" in opened(lab).inner_text()
    value = page.get_by_label(re.compile("Value now"))
    value.fill("0.5")
    value.press("Enter")
    lab.settle()
    maps = lab.api(f"/api/runs/{digits}/frame")["maps"]
    assert maps["layers"][1]["kernels"][2][0][4] == 0.5
    assert lab.problems == []


def test_change_and_slopes_are_drawn_and_a_row_shows_what_counts(lab, digits):
    page = lab.page
    pixels = "canvas => canvas.toDataURL()"
    image = page.locator('[data-map="0:0"] canvas')
    seen = {image.evaluate(pixels)}
    for name in ("change", "slopes", "values"):
        page.locator(".network").get_by_text(name, exact=True).click()
        lab.settle()
        seen.add(image.evaluate(pixels))
    assert len(seen) == 3, "values, change and slopes of the image must differ, and values come back as they were"
    lab.button("Why this row?").click()
    lab.settle()
    own = lab.api(f"/api/runs/{digits}/occlusion?row=0")
    counted = page.get_by_role("region", name="Which parts of the image count")
    assert own["helpful"][0][0] in counted.inner_text()
    assert page.get_by_role("heading", name="What each column adds").is_hidden()
    assert lab.problems == []


FRAMES = """async seconds => {
  const step = document.querySelector("[data-figure=step]");
  let count = 0, last = "";
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    await new Promise(requestAnimationFrame);
    if (step.innerText !== last) count++;
    last = step.innerText;
  }
  return count;
}"""


def test_maps_do_not_slow_the_page(lab):
    """Frames beside those of a table's network, in turn: a machine at rest makes 20 and more, one at work fewer."""
    counts = {"digit_images": 0, "breast_cancer": 0}
    for data in (*counts, *counts):
        run = lab.begin(data=data)
        run = lab.begin(data=data, settings={**run["settings"], "epochs": 100_000})["id"]
        lab.api(f"/api/runs/{run}/control", {"do": "play", "unit": "epoch", "per_second": None})
        counts[data] += lab.page.evaluate(FRAMES, SECONDS)
        lab.api(f"/api/runs/{run}/control", {"do": "pause"})
    assert counts["digit_images"] > 0.35 * counts["breast_cancer"] > 0, counts
    assert lab.problems == []
