"""What people stumbled over on a second walk: kinds of the first faults that nobody had named."""

import io
import re

import openpyxl
import pytest
from playwright.sync_api import TimeoutError

pytestmark = pytest.mark.slow

ONE_INPUT = {"target": "survival", "task": "regression", "kinds": {"temperature": "left_out"}}


def inside(outer, inner, slack=0.5):
    return all(
        outer[at] - slack <= inner[at] and inner[at] + inner[size] <= outer[at] + outer[size] + slack
        for at, size in (("x", "width"), ("y", "height"))
    )


def test_a_run_comes_back_as_it_was_left_and_belongs_to_its_chapter(lab):
    page = lab.page
    page.goto(lab.server.origin + "/#/data")
    lab.settle()
    page.locator("button.set", has_text="Five patients").click()
    lab.settle()
    lab.button("Use this table").click()
    page.locator("[data-unit]").first.wait_for()
    lab.settle()
    assert page.get_by_role("region", name="The lecture").locator("strong").inner_text() == "Two more patients."
    page.get_by_role("group", name="Charts that are shown").get_by_role("button", name="Table").click()
    heads = page.locator(".charts thead th").all_inner_texts()
    assert any("tumor" in head for head in heads)
    assert any("temperature" in head for head in heads)
    page.get_by_label("speed").fill("2")
    page.locator(".transport").get_by_text("row", exact=True).click()
    page.reload()
    lab.settle()
    assert page.get_by_label("speed").input_value() == "2"
    assert page.locator(".transport").get_by_label("row", exact=True).is_checked()
    lab.begin(data="diabetes")
    lab.begin(data="diabetes")
    penalty = page.get_by_label("L2 penalty")
    assert len(penalty.input_value()) <= 7
    assert float(penalty.get_attribute("title")) == pytest.approx(float(penalty.input_value()), rel=1e-3)
    legend = page.locator(".charts .chart").first.locator("li svg")
    assert len({mark.evaluate("mark => mark.outerHTML") for mark in legend.all()}) == 3, "train, validation, test"
    chart = page.locator(".charts .chart").first
    chart.get_by_role("button", name="Table").click()
    assert chart.locator("tbody tr").first.inner_text().startswith("row 0"), "a row has one name on all of the page"
    names = [run["name"] or run["data"]["name"] for run in lab.api("/api/runs")["runs"]]
    assert len(names) == len(set(names))
    assert lab.problems == []


def test_arithmetic_is_written_one_way_and_breaks_between_terms(lab):
    page = lab.page
    run = lab.begin(data="lecture", columns=ONE_INPUT)
    lab.api(f"/api/runs/{run['id']}/control", {"do": "set", "parameter": "W1[0,0]", "value": 3.25e21})
    lab.settle()
    step = page.locator(".operations").inner_text()
    assert "× 10²¹" in step
    assert not re.search(r"\de[−-]?\d", step)
    unit, value = (page.locator(f'[data-unit="1:0"]{part}').bounding_box() for part in ("", " .value"))
    assert inside(unit, value)
    lab.api(f"/api/runs/{run['id']}/control", {"do": "set", "parameter": "W1[0,0]", "value": 0.25})
    lab.settle()
    page.locator('[data-unit="1:0"]').click()
    lab.settle()
    page.get_by_role("button", name="tumor size", exact=True).click()
    lab.settle()
    for width in (1280, 1000, 700, 400):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(150)
        for term in page.locator(".inspector .term").all():
            text, box = term.inner_text(), term.bounding_box()
            assert text.count("(") == text.count(")"), text
            assert box["height"] < 34, f"{text} is broken at {width}"
    page.set_viewport_size({"width": 1280, "height": 800})
    lab.button("Close", exact=True).click()
    page.get_by_text("operation", exact=True).click()
    lab.step(2)
    assert page.locator(".network .lit-unit").count() >= 1
    lab.step(3)  # another row than the pinned one
    assert page.locator('.network .lit-unit [data-unit="1:0"]').count() == 1
    assert lab.problems == []


def test_pointing_at_a_unit_leaves_its_links_and_a_chapter_is_chosen_by_name(lab):
    page = lab.page
    run = lab.begin(data="circle")
    size = run["layer_sizes"]
    page.locator('[data-unit="2:1"]').hover()
    touching = size[1] + size[3]
    page.locator(".link.aside").first.wait_for(state="attached")
    assert page.locator(".link:not(.aside)").count() == touching
    page.mouse.move(0, 0)
    assert page.locator(".link.aside").count() == 0
    scrub = page.locator(".scrub").bounding_box()
    lab.move(run, 30)
    assert page.locator(".scrub").bounding_box() == scrub, "the transport stands still while figures grow"
    lab.begin(data="lecture", columns=ONE_INPUT)
    page.get_by_label("Chapter", exact=True).select_option(label="5. Neurons that bend")
    lab.settle()
    strip = page.get_by_role("region", name="The lecture")
    assert strip.locator("strong").inner_text() == "Neurons that bend."
    assert page.locator('[data-unit="1:1"]').is_visible()
    assert lab.problems == []


def test_the_curve_of_a_neuron_of_one_input_and_its_number_beside_a_thumbnail(lab):
    page = lab.page
    proposal = lab.api("/api/data/lecture/columns", ONE_INPUT)["proposal"]
    hidden = {"hidden": [{"neurons": 3, "activation": "tanh"}], "start": None, "seed": 4}
    run = lab.begin(data="lecture", columns=ONE_INPUT, settings={**proposal, **hidden})
    for value in (0.00135, -0.98765, 12345.678, -1e-5):
        lab.api(f"/api/runs/{run['id']}/control", {"do": "set", "parameter": "b1[0]", "value": value})
        lab.settle()
        assert inside(*(page.locator(f'[data-unit="1:0"]{part}').bounding_box() for part in ("", " .value")))
    lab.api(f"/api/runs/{run['id']}/control", {"do": "set", "parameter": "b1[0]", "value": 0.3})
    page.locator('[data-unit="1:0"]').click()
    lab.settle()
    card = lab.api(f"/api/runs/{run['id']}/neuron?layer=1&index=0&resolution=32&row=0")["response"]
    chart = page.locator("figure", has=page.get_by_role("heading", name="Response"))
    chart.get_by_role("button", name="Table").click()
    shown = [float(text.replace("−", "-")) for text in chart.locator("tbody td:last-child").all_inner_texts()]
    held = card["neurons"][0][0] if card.get("neurons") else card["values"]
    held = held[0] if isinstance(held[0], list) else held
    assert (min(shown), max(shown)) == pytest.approx((min(held), max(held)), abs=1e-3)
    assert lab.problems == []


def test_a_file_that_can_be_read_in_several_ways_is_read_by_a_click(lab):
    page = lab.page
    page.goto(lab.server.origin + "/#/data")
    lab.settle()
    rows = "\n".join(
        ["имя;возраст;диагноз", *(f"Пётр{k};{20 + k % 40};{'здоров' if k % 2 else 'болен'}" for k in range(40))]
    )
    lab.give("ward.csv", rows.encode("koi8-r"))
    said = page.locator(".drop").inner_text()
    assert "is not UTF-8" in said
    assert "--" not in said
    assert "Python" not in said
    page.locator(".drop").get_by_role("button", name=re.compile("имя, возраст, диагноз")).click()
    page.get_by_role("heading", level=1, name="ward").wait_for()
    lab.settle()
    assert page.get_by_label("Role of возраст").is_visible()
    assert page.locator(".drop [role=alert]").count() == 0
    book = openpyxl.Workbook()
    book.active.title = "patients"
    for sheet, word in ((book.active, "age"), (book.create_sheet("visits"), "dose")):
        for row in ([word, "ill"], *([k, "yes" if k % 2 else "no"] for k in range(20))):
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    lab.give("study.xlsx", content.getvalue())
    page.locator(".drop").get_by_role("button", name="visits", exact=True).click()
    page.get_by_label("Role of dose").wait_for()
    lab.give("scan.csv", b"\x89PNG\r\n\x1a\n" + b"0" * 100)
    assert "is a PNG image" in page.get_by_role("alert").inner_text()
    lab.give("scan.png", b"\x89PNG\r\n\x1a\n" + b"0" * 100)
    assert "tmp" not in page.get_by_role("alert").inner_text()
    page.goto(lab.server.origin + "/#/take")
    lab.settle()
    for text in ("[1, 2]", '"x"', "{", '{"format": 1}', '{"data": {"name": 1}}', '{"format": 9, "data": 1}'):
        page.get_by_label(re.compile("A link of the studio")).fill(text)
        lab.button("Open", exact=True).click()
        page.get_by_role("alert").wait_for()
        lab.settle()
        assert page.get_by_role("alert").count() == 1
        assert re.search("neither a link|not a lab", page.get_by_role("alert").inner_text())


def test_codes_that_may_mean_missing_are_settled_by_a_click(lab):
    page = lab.page
    page.goto(lab.server.origin + "/#/data")
    lab.settle()
    rows = [f"{30 + k % 50},{(0, 1, 9)[k % 3]},{0 if k % 9 == 0 else 70 + k % 60},{'ill' if k % 4 else 'well'}"
            for k in range(120)]  # fmt: skip
    lab.give("ward.csv", "\n".join(["age,smoker,glucose,outcome", *rows]).encode())
    waiting = page.locator(".waiting")
    assert waiting.inner_text() == "2 things to decide"
    page.get_by_role("button", name="9 means missing (smoker)").click()
    lab.settle()
    assert waiting.inner_text() == "1 thing to decide"
    smoker = page.get_by_role("row").filter(has=page.get_by_label("Role of smoker")).locator("td.number")
    assert smoker.inner_text() == "40"
    page.get_by_role("button", name="Keep it as it is (glucose)").click()
    lab.settle()
    assert waiting.count() == 0
    lab.button("Use this table").click()
    page.locator("[data-unit]").first.wait_for()
    lab.settle()
    names = lab.api("/api/runs/" + lab.api("/api/session")["last_run"])["feature_names"]
    assert "glucose" in names
    assert lab.problems == []


RUNNING = '{"status":"running","step":1,"doing":"a forest of yesterday"}'


def holding(page, path):
    """Questions that are posted to a path, which wait."""
    held = []

    def hold(route):
        (held.append(route) if route.request.method == "POST" else route.continue_())

    page.route(re.compile(f"/{path}$"), hold)
    return held


def test_an_answer_that_comes_late_is_not_shown_for_another_run(lab):
    """The comparison and the report of one run are begun, and while the answer is on its way another run comes back."""
    page = lab.page
    run = lab.begin(data="breast_cancer")
    lab.move(run, 3)
    lab.button("Settings").click()
    for place, path, begin in (
        ("compare", "compare", "Compare now"),
        ("take", "report", "Make the report"),
    ):
        page.goto(lab.server.origin + "/#/network")
        lab.settle()
        seed = page.get_by_label("Seed")
        seed.fill(str(int(seed.input_value()) + 1))
        seed.press("Enter")
        lab.button("Start over").click()
        lab.settle()
        lab.step()
        page.goto(lab.server.origin + f"/#/{place}")
        lab.settle()
        held = holding(page, path)
        lab.button(begin).click()
        while not held:
            page.wait_for_timeout(20)
        lab.button("Bring it back").click()
        page.locator(".notice", has_text="A new start").wait_for(state="detached")
        page.wait_for_timeout(900)  # the stream of that run has said what it had to say
        held[0].fulfill(status=200, content_type="application/json", body=RUNNING)
        with pytest.raises(TimeoutError):  # not even for a moment
            page.get_by_text("a forest of yesterday").wait_for(timeout=900)
        lab.settle()
        assert lab.button(begin).count() == 1
        page.unroute(re.compile(f"/{path}$"))
    assert lab.problems == []


def test_every_setting_of_the_drawer_goes_on_or_asks(lab):
    page = lab.page
    run = lab.begin(data="circle")
    lab.move(run, 4)
    step = lab.figure("step")
    lab.button("Settings").click()
    drawer = page.get_by_role("complementary", name="Settings")
    asked, went_on = [], []

    def settle_on(name):
        lab.settle()
        dialog = page.get_by_role("dialog")
        if dialog.count():
            asked.append(name)
            lab.button("Keep this run").click()
            lab.settle()
        else:
            went_on.append(name)
        assert lab.figure("step") == step, name

    assert page.locator(".quick input").count() == drawer.locator(".quick input").count() == 3
    for field in drawer.locator("input[type=text]").all():
        name, before = field.evaluate("input => input.labels[0].textContent"), field.input_value()
        field.fill("30" if name in ("Batch size", "Epochs", "Seed") else "0.05")
        field.press("Enter")
        settle_on(name)
        assert (field.input_value() == before) == (name in asked), name
    for menu in drawer.locator("select").all():
        name, before = menu.evaluate("menu => menu.labels[0].textContent"), menu.input_value()
        other = menu.evaluate("menu => [...menu.options].map(one => one.value).find(value => value !== menu.value)")
        menu.select_option(other)
        settle_on(name)
        assert menu.input_value() == before
    for box in drawer.locator("input[type=checkbox]").all():
        box.click()
        settle_on(box.evaluate("box => box.labels[0].textContent"))
    for name in ("Add a layer", "Add a neuron to Layer 1", "Remove Layer 1"):
        lab.button(name).click()
        settle_on(name)
    page.get_by_label("Activation of Layer 1").select_option("relu")
    settle_on("activation")
    assert {"Learning rate", "Epochs", "L1 penalty", "L2 penalty"} <= set(went_on)
    assert {"Seed", "Loss", "Optimizer", "Scale the inputs", "Test share", "Add a layer", "activation"} <= set(asked)
    assert lab.problems == []
