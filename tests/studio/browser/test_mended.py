"""What people stumbled over: each of these failed before."""

import random
import re
import signal

import pytest
from open_lab import Lab, running

from screens import SIZES

pytestmark = pytest.mark.slow

ONE_INPUT = {"target": "survival", "task": "regression", "kinds": {"temperature": "left_out"}}
LAPTOP = {"width": 1280, "height": 640}


def upload(lab, text, name="study.csv"):
    """A table as the page sends it; its id."""
    return lab.page.evaluate(
        """async ([text, name]) => (await (await fetch("/api/data?name=" + name, {
          method: "POST", body: text, headers: { "content-type": "text/csv", "x-glassnet": "1" },
        })).json()).summary.id""",
        [text, name],
    )


def three_classes(lab):
    draw = random.Random(1)
    rows = [
        f"{'ABC'[k % 3]},{k % 3 + draw.gauss(0, 0.5):.3f},{draw.gauss(0, 1):.3f},{draw.gauss(0, 1):.3f}"
        for k in range(150)
    ]
    data = upload(lab, "\n".join(["stage,mean concave points,mean concavity of cells,mean temperature", *rows]))
    run = lab.begin(data=data, columns={"target": "stage"})
    lab.api(f"/api/runs/{run['id']}/control", {"do": "move", "unit": "epoch", "count": 20})
    lab.settle()
    return run


def boxes(lab, selector):
    return [box for box in (one.bounding_box() for one in lab.page.locator(selector).all()) if box]


def apart(a, b):
    return (
        a["x"] + a["width"] <= b["x"] + 0.5 or b["x"] + b["width"] <= a["x"] + 0.5
        or a["y"] + a["height"] <= b["y"] + 0.5 or b["y"] + b["height"] <= a["y"] + 0.5
    )  # fmt: skip


def all_apart(found):
    return all(apart(a, b) for k, a in enumerate(found) for b in found[k + 1 :])


def test_the_response_of_a_neuron_is_the_one_that_the_server_computed(lab):
    run = lab.begin(data="circle")
    lab.api(f"/api/runs/{run['id']}/control", {"do": "move", "unit": "epoch", "count": 40})
    lab.page.locator('[data-unit="1:0"]').click()
    lab.settle()
    card = lab.api(f"/api/runs/{run['id']}/neuron?layer=1&index=0&resolution=32&row=0", None)["response"]
    chart = lab.page.locator("figure", has=lab.page.get_by_role("heading", name="Response"))
    said = chart.locator("svg[role=img]").get_attribute("aria-label")
    low, high = (float(text.replace("−", "-")) for text in re.search(r"between (\S+) and ([^ ]+)\.", said).groups())
    assert low == pytest.approx(min(card["values"]), abs=1e-3)
    assert high == pytest.approx(max(card["values"]), abs=1e-3)
    drawn = {path.get_attribute("class") for path in chart.locator("path[class^=diverging]").all()}
    assert len(drawn) > 2, "one color only"
    chart.get_by_role("button", name="Table").click()
    assert "∞" not in chart.inner_text()


def test_a_rate_goes_on_a_seed_asks_and_the_run_before_comes_back(lab):
    lab.begin(data="lecture", columns=ONE_INPUT)
    page = lab.page
    lab.step(5)
    rate = page.get_by_label("Learning rate")
    rate.fill("0.05")
    rate.press("Enter")
    lab.settle()
    assert (lab.figure("step"), page.get_by_role("dialog").count()) == ("5", 0)
    epochs = page.get_by_label("Epochs")
    epochs.fill("2,000")
    epochs.press("Enter")
    lab.settle()
    assert (lab.figure("step"), epochs.input_value()) == ("5", "2000")
    lab.button("Settings").click()
    seed = page.get_by_label("Seed")
    seed.fill("7")
    seed.press("Enter")
    lab.button("Keep this run").click()
    lab.settle()
    assert (lab.figure("step"), seed.input_value()) == ("5", "0")
    seed.fill("7")
    seed.press("Enter")
    lab.button("Start over").click()
    lab.settle()
    assert (lab.figure("step"), seed.input_value()) == ("0", "7")
    lab.button("Bring it back").click()
    lab.settle()
    assert (lab.figure("step"), page.get_by_label("Seed").input_value(), rate.input_value()) == ("5", "0", "0.05")
    lab.step(name="Step back")
    assert rate.input_value() == "0.1"
    rate.fill("1,000")
    rate.press("Enter")
    assert page.get_by_text("Is this 1000 or 1.000?").is_visible()
    assert lab.problems == []


def test_outputs_names_and_weights_do_not_lie_on_each_other(lab):
    run = three_classes(lab)
    page = lab.page
    last = len(run["layer_sizes"]) - 1
    for size in (LAPTOP, {"width": 1920, "height": 1080}):
        page.set_viewport_size(size)
        page.wait_for_timeout(300)
        outputs = boxes(lab, f'[data-unit^="{last}:"]')
        assert len(outputs) == 3
        assert all_apart(outputs)
        assert all_apart(boxes(lab, "[data-unit]"))
        assert all_apart(boxes(lab, ".texts text"))
        for unit in page.locator(f'[data-unit^="{last}:"], [data-unit^="1:"]').all():
            box, value = unit.bounding_box(), unit.locator(".value").bounding_box()
            assert box["x"] <= value["x"]
            assert value["x"] + value["width"] <= box["x"] + box["width"] + 0.5
    assert page.get_by_text("its class").count() == 1
    names = [one.inner_text() for one in page.locator('[data-unit^="0:"] .tail').all()]
    assert " points" in names
    assert " cells" in names


def test_a_link_is_as_wide_as_its_weight_unless_asked_otherwise(lab):
    run = lab.begin(data="five_patients")
    lab.api(f"/api/runs/{run['id']}/control", {"do": "set", "parameter": "W1[0,0]", "value": 0.01})
    lab.api(f"/api/runs/{run['id']}/control", {"do": "set", "parameter": "W1[1,0]", "value": 0.02})
    lab.settle()
    width = "() => [...document.querySelectorAll('.link .stroke')].map(one => Number(one.getAttribute('stroke-width')))"
    assert max(lab.page.evaluate(width)) < 2
    lab.button("Width: absolute").click()
    lab.page.wait_for_timeout(200)
    assert max(lab.page.evaluate(width)) > 5
    lab.api(f"/api/runs/{run['id']}/control", {"do": "set", "parameter": "W1[1,0]", "value": 1e29})
    lab.button("Width: relative").click()
    lab.settle()
    small, large = sorted(lab.page.evaluate(width))
    assert small < 1.5 < 5 < large


def test_columns_that_need_a_person_come_first_with_their_buttons_and_tables_can_go(lab):
    page = lab.page
    rows = [f"{'n.d.' if k % 9 == 0 else k % 8 + 0.5},{k % 5},{k % 5},{'ill' if k % 2 else 'well'}" for k in range(63)]
    content = "\n".join(["size,age,same age,outcome", *rows]).encode()
    page.goto(lab.server.origin + "/#/data")
    lab.settle()
    for name in ("visits.csv", "copy of visits.csv"):
        page.get_by_label("CSV file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
        page.get_by_role("heading", name="visits").wait_for()
        lab.settle()
    assert page.locator(".set", has_text="visits").count() == 1
    assert page.get_by_text("things to decide").is_visible()
    first = page.locator("tbody").first
    assert "Needs you" in first.inner_text()
    remark = first.locator(".remark p").first.bounding_box()
    assert remark["width"] > 250
    assert remark["height"] < 60
    page.get_by_role("button", name="means missing").click()
    lab.settle()
    page.get_by_role("button", name="Leave it out (same age)").click()
    lab.settle()
    assert page.get_by_text("to decide").count() == 0
    assert page.get_by_label("Type of size").input_value() == "number"
    lab.button("Rename").click()
    page.get_by_label("Name of the table").fill("Visits of 2024")
    page.get_by_label("Name of the table").press("Enter")
    page.get_by_role("heading", name="Visits of 2024").wait_for()
    lab.button("Use this table").click()
    page.locator("[data-unit]").first.wait_for()
    page.goto(lab.server.origin + "/#/data")
    lab.settle()
    lab.button("Remove", exact=True).click()
    page.get_by_text("and its 1 run").wait_for()
    lab.button("Remove for good").click()
    lab.settle()
    assert page.locator(".set", has_text="Visits").count() == 0
    assert "Visits" not in str(lab.api("/api/session", None)["runs"])
    assert lab.problems == []


def test_hidden_controls_stay_hidden_after_a_reload_and_by_address(lab):
    lab.begin(data="lecture", columns=ONE_INPUT, hidden=["settings", "data", "compare"])
    page = lab.page
    for address in ("/", "/#/data", "/#/compare", "/#/network"):
        page.goto(lab.server.origin + address)
        page.reload()
        lab.settle()
        assert page.get_by_role("link", name="Data", exact=True).count() == 0
        assert page.get_by_label("Learning rate").count() == 0
        assert page.get_by_role("button", name="Play").is_visible()
        assert page.get_by_label("CSV file").count() == 0
    lab.step(2)
    assert lab.problems == []


def test_a_link_takes_rows_along_only_when_asked_and_says_whose(lab):
    three_classes(lab)
    page = lab.page
    page.goto(lab.server.origin + "/#/take")
    lab.settle()
    assert page.get_by_text("No row of study.csv leaves.").is_visible()
    lab.button("Copy a link").click()
    page.get_by_text("The link is on the clipboard.").wait_for()
    bare = page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("region", name="The whole lab").get_by_label("Include the table").check()
    assert page.get_by_text("All 150 rows of study.csv are in the link, with the 4 columns").is_visible()
    lab.button("Copy a link").click()
    page.get_by_text("The link is on the clipboard.").wait_for()
    assert len(page.evaluate("navigator.clipboard.readText()")) > 1.5 * len(bare)
    assert page.get_by_text("Elsewhere it is pasted").is_visible()


def test_a_used_start_address_shows_a_page_that_says_what_to_do(browser, server):
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(server.address + "x")
        assert page.get_by_role("heading", name="This address does not open the studio").is_visible()
        assert page.get_by_text("glassnet studio", exact=True).is_visible()
        assert page.evaluate("getComputedStyle(document.body).maxWidth") == "608px"  # its style is allowed
    finally:
        context.close()


def test_models_are_compared_like_for_like_on_one_axis_and_a_network_has_one_interval(lab):
    run = lab.begin(data="breast_cancer")
    lab.api(f"/api/runs/{run['id']}/control", {"do": "move", "unit": "epoch", "count": 20})
    page = lab.page
    page.goto(lab.server.origin + "/#/compare")
    lab.settle()
    lab.button("Compare now").click()
    page.get_by_text("All trained on the same").wait_for(timeout=120_000)
    assert f"the same {run['parts']['train']} rows" in page.locator(".comparison").inner_text()
    values = [
        float(one.get_attribute("data-value")) for one in page.locator(".comparison td.value:nth-child(3) strong").all()
    ]
    assert values == sorted(values, reverse=True)
    own = page.locator(".comparison .own .value").first.locator("span").inner_text()
    test = page.locator(".part").first.get_by_role("row", name=re.compile("^accuracy"))
    assert own in test.inner_text()
    assert page.locator(".comparison .axis text").count() >= 6


def test_show_all_shows_all_and_counts_are_typed(lab):
    lab.begin(data="breast_cancer")
    page = lab.page
    lab.button("Show all").click()
    lab.settle()
    frame = page.locator(".network .scroll").bounding_box()
    units = boxes(lab, "[data-unit]")
    assert len(units) == 30 + 16 + 1
    assert all(
        frame["y"] - 1 <= unit["y"] and unit["y"] + unit["height"] <= frame["y"] + frame["height"] + 1 for unit in units
    )
    page.get_by_label("Neurons of Layer 1").fill("200")
    page.get_by_label("Neurons of Layer 1").press("Enter")
    lab.settle()
    assert lab.api("/api/runs/" + lab.api("/api/session", None)["last_run"], None)["layer_sizes"] == [30, 200, 1]
    assert page.locator("canvas").count() >= 1
    assert lab.problems == []


def test_keys_play_step_and_close(lab):
    lab.begin(data="lecture", columns=ONE_INPUT)
    page = lab.page
    page.mouse.click(640, 790)
    page.evaluate("document.activeElement?.blur()")
    for key, step in (("ArrowRight", "1"), ("ArrowRight", "2"), ("ArrowLeft", "1")):
        page.keyboard.press(key)
        lab.settle()
        assert lab.figure("step") == step
    page.keyboard.press(" ")
    page.locator(".status.playing").wait_for()
    page.keyboard.press(" ")
    page.locator(".status.paused").wait_for()
    page.locator('[data-unit="1:0"]').click()
    lab.settle()
    assert page.locator("#inspector-title").inner_text().startswith("Output")
    page.evaluate("document.activeElement?.blur()")
    page.keyboard.press("Escape")
    assert "opened" in page.locator("#inspector-title").inner_text()


def test_the_pinned_row_is_the_row_of_every_panel(lab):
    run = lab.begin(data="breast_cancer")
    page = lab.page
    lab.page.get_by_role("group", name="Charts that are shown").get_by_role("button", name="Table").click()
    lab.settle()
    batch = lab.api(f"/api/runs/{run['id']}/trace", None)["rows"]
    row = next(k for k in range(8) if k not in batch)
    assert page.locator(".charts thead th").count() >= 4, "two inputs and the target"
    page.get_by_role("button", name=f"row {row}", exact=True).click()
    lab.settle()
    assert page.get_by_text(f"the pinned row, row {row}, is not among them").is_visible()
    page.locator('[data-unit^="0:"]').first.click()
    lab.settle()
    unit = int(page.locator('[data-unit^="0:"]').first.get_attribute("data-unit").split(":")[1])
    seen = lab.api(f"/api/runs/{run['id']}/trace?row={row}", None)["trace"]["X"][0][unit]
    shown = page.locator(".inspector [data-number]").last.text_content().replace("−", "-")
    assert float(shown) == pytest.approx(seen, rel=1e-3)


def test_a_scaled_target_is_shown_in_its_own_unit(lab):
    run = lab.begin(data="diabetes")
    lab.api(f"/api/runs/{run['id']}/control", {"do": "move", "unit": "epoch", "count": 5})
    lab.settle()
    output = lab.page.locator(f'[data-unit="{len(run["layer_sizes"]) - 1}:0"]')
    assert float(output.locator(".value").text_content()) > 30
    truth = float(lab.api("/api/data/diabetes/rows?limit=1", None)["rows"][0][-1])
    assert output.locator(".wanted").inner_text() == f"target {truth:g}"


def test_on_a_laptop_the_opened_numbers_get_half_of_the_height(lab):
    lab.begin(data="lecture", columns=ONE_INPUT)
    lab.page.set_viewport_size(LAPTOP)
    lab.page.wait_for_timeout(300)
    box = lab.page.locator(".operations").bounding_box()
    assert min(box["y"] + box["height"], LAPTOP["height"]) - box["y"] >= LAPTOP["height"] / 2
    line = lab.page.get_by_role("separator")
    before = lab.page.locator(".inspector").bounding_box()["width"]
    line.focus()
    for _ in range(5):
        lab.page.keyboard.press("ArrowLeft")
    lab.page.wait_for_timeout(200)
    assert lab.page.locator(".inspector").bounding_box()["width"] > before + 80
    lab.page.reload()
    lab.settle()
    assert lab.page.locator(".inspector").bounding_box()["width"] > before + 80


def test_warnings_stand_where_they_belong(lab):
    proposal = lab.api("/api/data/lecture/columns", ONE_INPUT)["proposal"]
    lab.begin(data="lecture", columns=ONE_INPUT, settings={**proposal, "reduction": "sum"})
    assert "0.06106" in lab.figure("stability")
    for place in ("data", "compare", "take"):
        lab.page.goto(lab.server.origin + f"/#/{place}")
        lab.settle()
        assert lab.page.locator("[data-figure=stability]").count() == 0


def test_an_old_tab_goes_on_when_the_studio_is_started_again(browser, tmp_path):
    context = browser.new_context(viewport=dict(zip(("width", "height"), SIZES["desk"], strict=True)))
    try:
        with running(tmp_path / "folder") as first:
            lab = Lab(context, first)
            lab.page.goto(first.address)
            lab.settle()
            lab.begin(data="lecture", columns=ONE_INPUT)
            lab.step(3)
            first.stop(signal.SIGKILL)
            lab.page.get_by_text("The server does not answer.").wait_for()
        with running(tmp_path / "folder") as second:
            assert second.origin == first.origin
            lab.page.get_by_text("The server does not answer.").wait_for(state="detached", timeout=30_000)
            lab.settle()
            lab.step()
            assert lab.figure("step") == "4"
    finally:
        context.close()


def test_a_table_that_is_opened_while_another_is_read_stays_open(lab):
    page = lab.page
    first, later = ("\n".join(["size,age", *(f"{k},{k % n}" for k in range(20))]) for n in (3, 4))
    upload(lab, first, "first.csv")
    lab.open("/#/data")
    page.reload()
    lab.settle()
    held = []
    page.route("**/api/data?name=later.csv", lambda route: held.append(route))
    files = page.get_by_label("CSV file or images")
    with page.expect_request("**/api/data?name=later.csv"):
        files.set_input_files({"name": "later.csv", "mimeType": "text/csv", "buffer": later.encode()})
    page.get_by_role("button", name=re.compile("^first")).click()
    heading = page.get_by_role("heading", level=1)
    page.get_by_role("heading", level=1, name="first.csv").wait_for()
    held[0].continue_()
    page.get_by_role("button", name=re.compile("^later")).wait_for()
    lab.settle()
    assert heading.inner_text() == "first.csv"
