"""What stood in the way when every finding was walked through once more, on a desk and on a phone."""

import random
import re

import pytest
from open_lab import Lab

pytestmark = pytest.mark.slow

ONE_INPUT = {"target": "survival", "task": "regression", "kinds": {"temperature": "left_out"}}
FIVE = {"target": "survival", "task": "regression", "kinds": {}}
CUT = "[...document.querySelectorAll('.unit.kind-input .name > span')].filter(n => n.scrollWidth > n.clientWidth + 1)"


def wide(lab, *neurons):
    proposal = lab.api("/api/data/breast_cancer/columns", {"target": "diagnosis"})["proposal"]
    hidden = [{"neurons": count, "activation": "relu"} for count in neurons]
    return lab.begin(data="breast_cancer", settings={**proposal, "hidden": hidden})


def test_all_of_a_large_network_fits_and_names_are_whole(lab):
    page = lab.page
    lab.begin(data="breast_cancer")
    assert page.evaluate(f"{CUT}.map(n => n.textContent)") == []
    for neurons in ((200, 200), (60, 120, 40, 60, 12)):
        wide(lab, *neurons)
        lab.button("Show all").click()
        lab.settle()
        for size in ({"width": 1280, "height": 640}, {"width": 1920, "height": 1080}):
            page.set_viewport_size(size)
            page.wait_for_timeout(200)
            room = page.locator(".network .scroll").evaluate(
                "box => [box.scrollWidth - box.clientWidth, box.scrollHeight - box.clientHeight]"
            )
            assert room == [0, 0], f"{neurons} at {size}"
            frame = page.locator(".network .scroll").bounding_box()
            for head in page.locator(".network .head").all():
                box = head.bounding_box()
                assert frame["x"] - 1 <= box["x"]
                assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
        dot = page.locator('[data-unit="1:3"]')
        assert (dot.get_attribute("title"), dot.bounding_box()["width"]) == ("neuron 3", 14)
        page.set_viewport_size({"width": 1280, "height": 800})
        lab.button("Larger").click()
        lab.settle()
        assert page.locator('[data-unit="1:3"]').bounding_box()["width"] < 14, "the drawing with letters, made small"
        lab.button("Show the strongest").click()
        lab.settle()
    assert lab.problems == []


def test_a_count_that_cannot_be_is_said(lab):
    page = lab.page
    lab.begin(data="breast_cancer")
    field = page.get_by_label("Neurons of Layer 1")
    for typed, said in (("many", "not a number"), ("2.5", "whole number"), ("0", "At least 1"), ("9999", "At most")):
        field.fill(typed)
        field.press("Enter")
        assert said in page.locator(".head [role=alert]").inner_text()
        assert field.input_value() == "16"
    field.fill("1,000")
    field.press("Enter")
    lab.settle()
    assert field.input_value() == "1000"
    assert page.locator(".head [role=alert]").count() == 0
    assert lab.problems == []


def test_when_all_steps_are_done_the_way_to_the_loss_can_be_read(lab):
    page = lab.page
    proposal = lab.api("/api/data/five_patients/columns", FIVE)["proposal"]
    run = lab.begin(data="five_patients", columns=FIVE, settings={**proposal, "epochs": 3, "patience": 0})
    lab.move(run, 3)
    page.get_by_text("All steps are done").wait_for()
    lab.settle()
    parts = page.get_by_role("navigation", name="Parts of the step").get_by_role("button")
    assert [re.sub(r"^\d\s*", "", text) for text in parts.all_inner_texts()] == ["Forward", "Loss"]
    shown = page.locator(".operations [data-number]").evaluate_all("all => all.map(one => one.dataset.number)")
    assert {"z1[0,0]", "z1[4,0]", "ℓ[4]", "L"} <= set(shown)
    assert lab.problems == []


def test_large_whole_numbers_are_written_with_powers_of_ten(lab):
    run = lab.begin(data="lecture", columns=ONE_INPUT)
    lab.api(f"/api/runs/{run['id']}/control", {"do": "set", "parameter": "W1[0,0]", "value": 1234567890123.0})
    lab.settle()
    written = lab.page.locator(".operations").inner_text()
    assert "1.2346 × 10¹²" in written
    assert not re.search(r"\d{8}", written)


def test_links_and_addresses_lead_to_a_lab(lab):
    page, origin = lab.page, lab.server.origin
    run = lab.begin(data="circle")
    lab.move(run, 2)
    page.goto(origin + "/#/take")
    lab.button("Copy a link").click()
    page.get_by_text("The link is on the clipboard.").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    lab.begin(data="lecture", columns=ONE_INPUT)
    page.evaluate("link => { location.href = link }", link)  # into the tab in which the studio is open
    page.locator("header .data", has_text="Circle").wait_for()
    lab.settle()
    assert int(re.sub(r"\D", "", lab.figure("step"))) == run["position"]["steps"] // run["settings"]["epochs"] * 2
    for short in (link[:-60], origin + "/#lab=nonsense"):
        page.goto("about:blank")
        page.goto(short)
        page.get_by_text("This link holds no lab that can be read").wait_for()
        page.locator("[data-unit]").first.wait_for()
        lab.settle()
        assert page.locator("header .data").inner_text() == "Circle", "the last run is shown"
    page.goto(origin + "/somewhere")
    page.locator("[data-unit]").first.wait_for()
    assert page.url.split("#")[0] == origin + "/"


def test_a_renamed_table_has_its_name_everywhere(lab):
    page = lab.page
    page.goto(lab.server.origin + "/#/data")
    lab.settle()
    rows = "\n".join(["size,ill", *(f"{k % 7},{'yes' if k % 3 else 'no'}" for k in range(40))])
    lab.give("first name.csv", rows.encode())
    lab.button("Use this table").click()
    page.locator("[data-unit]").first.wait_for()
    lab.settle()
    page.goto(lab.server.origin + "/#/data")
    lab.settle()
    lab.button("Rename").first.click()
    page.get_by_label("Name of the table").fill("ward 7")
    page.get_by_label("Name of the table").press("Enter")
    page.get_by_role("heading", level=1, name="ward 7").wait_for()
    assert page.locator("header .data").inner_text() == "ward 7"
    lab.settle()
    assert page.locator("header .data").inner_text() == "ward 7"


def test_dates_on_an_axis_are_years_and_months_inside_of_the_chart(lab):
    page = lab.page
    draw = random.Random(1)
    rows = [
        f"{draw.randint(1, 28):02d}.{draw.randint(1, 12):02d}.{draw.randint(2015, 2022)},{draw.randint(30, 80)},"
        f"{'yes' if draw.random() < 0.5 else 'no'}"
        for _ in range(80)
    ]
    page.goto(lab.server.origin + "/#/data")
    lab.settle()
    lab.give("visits.csv", "\n".join(["seen,age,outcome", *rows]).encode())
    lab.button("Use this table").click()
    page.locator("[data-unit]").first.wait_for()
    lab.settle()
    page.get_by_label("Across").select_option("seen")
    page.get_by_label("Upward").select_option("age")
    lab.settle()
    plot = page.locator(".charts .chart").first.locator("svg[role=img]")
    dates = [tick for tick in plot.locator(".tick").all() if re.fullmatch(r"20\d\d", tick.text_content())]
    assert len(dates) >= 2
    frame = plot.bounding_box()
    assert all(tick.bounding_box()["x"] + tick.bounding_box()["width"] <= frame["x"] + frame["width"] for tick in dates)
    assert lab.problems == []


def test_an_example_of_dates_that_can_be_read_in_two_ways_shows_both(lab):
    page = lab.page
    rows = [
        f"{1 + k % 12:02d}/{1 + (k * k + k // 12) % 12:02d}/2019,{k % 9},{'yes' if k % 3 else 'no'}" for k in range(90)
    ]
    page.goto(lab.server.origin + "/#/data")
    lab.settle()
    lab.give("slashes.csv", "\n".join(["seen,age,outcome", *rows]).encode())
    first, second = re.search(r"such as '(\d\d)/(\d\d)/", page.locator("main").inner_text()).groups()
    assert first != second
    lab.button("Read day, month, year").click()
    lab.settle()
    assert page.get_by_label("Type of seen").input_value() == "date"


def test_a_single_image_is_called_by_its_name(lab):
    page = lab.page
    page.goto(lab.server.origin + "/#/data")
    lab.settle()
    image = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
        "3a7e9b550000000a49444154789c63600000000200015f7dd9c70000000049454e44ae426082"
    )
    lab.give("scan 7.png", image)
    said = page.get_by_role("alert").inner_text()
    assert "scan 7.png" in said
    assert "folder" in said


def test_patience_ends_with_a_way_back(lab):
    page = lab.page
    proposal = lab.api("/api/data/breast_cancer/columns", {"target": "diagnosis"})["proposal"]
    run = lab.begin(data="breast_cancer", settings={**proposal, "patience": 2, "learning_rate": 0.05})
    lab.api(f"/api/runs/{run['id']}/control", {"do": "play", "unit": "epoch", "per_second": None})
    page.get_by_text("The validation loss has not fallen for 2 epochs").wait_for(timeout=60_000)
    lab.settle()
    epoch = re.search(r"lowest after epoch (\d+)", page.locator(".notice").inner_text())[1]
    lab.button("Show that epoch").click()
    lab.settle()
    assert re.search(r"epoch\s+(\d+)", page.locator(".transport").inner_text())[1] == epoch
    assert lab.button("Show that epoch").count() == 0
    assert lab.problems == []


def test_on_a_phone_sheets_scroll_and_tables_are_read(server, browser, key):
    context = browser.new_context(storage_state=key, viewport={"width": 360, "height": 740})
    try:
        lab = Lab(context, server).open()
        page = lab.page
        run = lab.begin(data="breast_cancer")
        lab.move(run, 2)
        for name in ("Numbers", "Charts", "Settings"):
            lab.button(name, exact=True).click()
            lab.settle()
            inside = page.locator(".sheet > .inside")
            heights = inside.evaluate("box => [box.clientHeight, innerHeight]")
            assert heights[0] > 0.25 * heights[1], f"{name} has room"
            bottom = inside.evaluate(
                "box => { for (const one of [box, ...box.querySelectorAll('*')]) one.scrollTop = 1e6;"
                " return box.lastElementChild.getBoundingClientRect().bottom }"
            )
            bar = page.locator(".transport").bounding_box()
            assert bottom <= bar["y"] + 1, f"the end of {name} comes into sight"
            page.keyboard.press("Escape")
        page.goto(lab.server.origin + "/#/compare")
        lab.settle()
        lab.button("Compare now").click()
        page.get_by_text("All trained on the same").wait_for(timeout=120_000)
        lab.button("Train 4 more seeds").click()
        page.locator("label", has_text="seed 4").get_by_text("1 200 steps").wait_for(timeout=60_000)
        lab.settle()
        table = page.locator(".comparison .table-box")
        assert table.evaluate("box => box.scrollWidth - box.clientWidth") == 0
        assert table.get_by_text("AUC").first.is_visible() or table.locator("[data-metric=AUC]").first.is_visible()
        for words in page.get_by_role("region", name="What differs").locator("th").all():
            assert words.bounding_box()["height"] < 60, words.inner_text()
        names = page.locator(".chooser label").all_inner_texts()
        seeds = [int(re.search(r"seed (\d)", name)[1]) for name in names if re.search(r", seed \d ", name)]
        assert seeds == sorted(seeds)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert lab.problems == []
    finally:
        context.close()
