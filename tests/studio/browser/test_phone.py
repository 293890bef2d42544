"""On a phone: play, step and the scrubber on the page, the rest in sheets that open, close and hand the focus back."""

from itertools import pairwise

import pytest
from open_lab import Lab
from test_screens import serious

pytestmark = pytest.mark.slow


@pytest.fixture
def phone(server, browser, key):
    context = browser.new_context(storage_state=key, viewport={"width": 390, "height": 844}, bypass_csp=True)
    try:
        lab = Lab(context, server).open()
        lab.begin(data="lecture")
        yield lab
    finally:
        context.close()


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim()")


def test_sheets_open_close_and_hand_the_focus_back(phone):
    page = phone.page
    assert page.get_by_role("dialog").count() == 0
    for name in ("Play", "Step", "Step back"):
        box = phone.button(name, exact=True).bounding_box()
        assert box["y"] + box["height"] <= 844, f"{name} is below the screen"
    for name, inside in (("Numbers", "Forward"), ("Charts", "Fit"), ("Settings", "Learning rate")):
        opener = phone.button(name, exact=True)
        opener.focus()
        page.keyboard.press("Enter")
        sheet = page.get_by_role("dialog", name=name)
        sheet.get_by_text(inside).first.wait_for()
        assert opener.get_attribute("aria-expanded") == "true"
        assert page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
        box, drawing = sheet.bounding_box(), page.locator('[data-unit="1:0"]').bounding_box()
        assert drawing["y"] < box["y"], "the drawing is still in sight"
        page.keyboard.press("Escape")
        sheet.wait_for(state="detached")
        assert focused(page) == name
    assert phone.problems == []


def test_a_network_of_two_hidden_layers_is_in_sight_from_end_to_end(phone):
    page = phone.page
    for size in ({"width": 390, "height": 844}, {"width": 360, "height": 640}):
        page.set_viewport_size(size)
        run = phone.begin(data="circle")
        assert len(run["layer_sizes"]) == 4
        page.wait_for_timeout(200)
        for unit in page.locator("[data-unit]").all():
            box = unit.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= size["width"]
        heads = [box for box in (one.bounding_box() for one in page.locator(".head select").all()) if box]
        assert all(left["x"] + left["width"] <= right["x"] for left, right in pairwise(heads))


def test_a_number_is_read_while_the_run_steps(phone):
    page = phone.page
    page.locator('[data-unit="1:0"]').click()
    sheet = page.get_by_role("dialog", name="Numbers")
    sheet.get_by_role("button", name="tumor size", exact=True).click()
    sheet.get_by_text("Chain rule", exact=True).wait_for()
    before = sheet.locator("[data-value]").first.get_attribute("data-value")
    phone.step(3)
    assert phone.figure("step") == "3"
    assert sheet.locator("[data-value]").first.get_attribute("data-value") != before
    assert serious(page) == []
    phone.button("Tall", exact=True).click()
    assert sheet.bounding_box()["height"] > 500
    phone.button("Close Numbers").click()
    sheet.wait_for(state="detached")
    assert phone.problems == []


def test_the_lesson_folds_and_ticks_while_folded(phone):
    page = phone.page
    fold = page.get_by_role("button", name="One neuron")
    words = page.get_by_text("A weight, a bias, three patients.")
    assert words.is_visible()
    fold.click()
    assert not words.is_visible()
    phone.step(1)
    page.get_by_text("1 of 3 done").wait_for()
    fold.click()
    assert words.is_visible()
