"""The four journeys of a person who opens the studio."""

import csv
import io
import json
import re
import subprocess

import numpy as np
import page_numbers
import pytest
from open_lab import PYTHON
from sklearn.datasets import load_breast_cancer

from glassnet import Dense, Network

pytestmark = pytest.mark.slow

ONE_INPUT = {"target": "survival", "task": "regression", "kinds": {"temperature": "left_out"}}
SIZE, SURVIVAL = np.array([[0.5], [2.3], [2.9]]), np.array([[3.2], [1.9], [1.0]])


def one_neuron(reduction="half-sum"):
    return Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction=reduction)


def weight(lab, name="W1[0,0]"):
    return page_numbers.read(
        lab.page.locator(f'.drawing [data-number="{name}"], .network [data-number="{name}"]').first.text_content()
    )


def chart(lab, name):
    """Bring a chart, or the table, to the front."""
    lab.page.get_by_role("group", name="Charts that are shown").get_by_role("button", name=name, exact=True).click()
    lab.settle()


def play_to_the_end(lab, seconds=60):
    lab.page.get_by_label("speed").fill("7")
    lab.button("Play").click()
    lab.page.locator(".status", has_text=re.compile("arrived|finished|diverged")).wait_for(timeout=1000 * seconds)
    lab.settle()


def test_first_the_lecture_from_one_neuron_to_the_minimum_and_over_the_edge(lab):
    lab.begin(data="lecture", columns=ONE_INPUT)
    page = lab.page
    assert page.get_by_role("img", name=re.compile("3 rows, and what the network predicts")).is_visible()
    assert page.get_by_role("img", name=re.compile("the minimum is 0.03769 at −0.8718, 3.69")).is_visible()
    assert lab.figure("loss") == "7.2767"

    # Pointing at a number lights where it comes from: the cell, the input of the drawing, the other uses.
    chart(lab, "Table")
    token = page.locator('.operations [data-number="x[0,0]"]').last
    token.hover()
    assert page.locator(".charts td .lit").inner_text() == "0.5"
    assert page.locator(".lit-unit").count() == 1

    # A step back gives the same bits.
    def everything():
        return page.evaluate(
            "[...document.querySelectorAll('[data-value]')].map(e => [e.dataset.number, e.dataset.value])"
        )

    page.mouse.move(0, 0)
    network, losses, seen = one_neuron(), [], []
    for _ in range(5):
        losses.append(network.loss(SIZE, SURVIVAL).total)
        assert page_numbers.agrees(lab.figure("loss"), losses[-1])
        assert (
            float(page.locator('.network [data-number="W1[0,0]"]').get_attribute("data-value"))
            == network.weights[0][0, 0]
        )
        seen.append(everything())
        network.step(SIZE, SURVIVAL, learning_rate=0.1)
        lab.step()
    for before in reversed(seen):
        lab.step(name="Step back")
        assert everything() == before

    # Operation by operation: the arithmetic follows.
    page.get_by_text("operation", exact=True).click()
    lab.step(3)
    assert page.locator(".equation.now").count() >= 1
    assert page.locator("[aria-current=step]").inner_text().endswith("Forward")
    page.get_by_text("step", exact=True).first.click()

    play_to_the_end(lab)
    assert page.locator(".status").inner_text() == "arrived"
    assert page.get_by_text("The loss no longer changes").is_visible()
    chart(lab, "Loss surface")
    assert page.locator('.network [data-number="W1[0,0]"]').text_content() == "−0.872"
    assert page.get_by_role("img", name=re.compile("after .* steps; the minimum")).is_visible()

    # The whole sum: the page says that and why it cannot go well, before and after.
    steps = lab.figure("step")
    lab.button("Settings").click()
    page.get_by_label("Over the rows").select_option("sum")
    assert page.get_by_role("dialog").get_by_text("needs a new start").is_visible()
    assert page.get_by_label("Over the rows").input_value() == "half-sum"
    lab.button("Start over").click()
    lab.settle()
    assert page.get_by_label("Over the rows").input_value() == "sum"
    assert lab.figure("step") == "0"
    assert f"is at step {steps}" in page.locator(".notice.calm").inner_text()
    assert "0.06106" in lab.figure("stability")
    play_to_the_end(lab)
    notice = page.get_by_role("alert")
    assert "diverged" in notice.inner_text()
    assert "0.06106" in notice.inner_text()
    lab.button("Start again with 0.03").click()
    lab.settle()
    assert page.get_by_label("Learning rate").input_value() == "0.03"
    assert page.locator("[role=alert]").count() == 0
    assert lab.problems == []


def test_second_two_inputs_dead_patients_a_relu_and_a_penalty(lab):
    lab.begin(data="lecture", columns=ONE_INPUT)
    page = lab.page

    def turn():
        page.locator(".lecture .button:not(.icon)").click()
        lab.settle()

    turn()
    turn()
    assert page.get_by_role(
        "img", name=re.compile("The prediction of survival over tumor size and temperature")
    ).is_visible()
    turn()
    assert page.locator('[data-unit="0:1"]').is_visible()
    turn()
    play_to_the_end(lab)
    sentences = []
    for neuron in (0, 1):
        page.locator(f'[data-unit="1:{neuron}"]').click()
        lab.settle()
        sentences.append(page.locator(".sentence").inner_text())
    assert all("relu" in sentence and "rows" in sentence for sentence in sentences)
    assert sentences[0] != sentences[1]
    turn()
    play_to_the_end(lab)
    assert page.get_by_text("L1 penalty", exact=True).count() == 1  # the curve of its own
    lab.button("Settings").click()
    lab.settle()
    assert page.get_by_label("L1 penalty", exact=True).input_value() == "0.2"
    page.locator('[data-unit="1:0"]').click()
    lab.settle()
    page.get_by_role("button", name="tumor size", exact=True).click()
    lab.settle()
    assert page.get_by_role("heading", name="The penalty's part").is_visible()
    assert "agrees" in page.locator("section.check").inner_text()

    # A neuron more, an activation, and a weight typed by hand.
    page.get_by_role("button", name="Add a neuron to Layer 1").click()
    page.get_by_label("Do not ask again").check()
    lab.button("Start over").click()
    lab.settle()
    assert page.locator('[data-unit="1:3"]').is_visible()
    page.get_by_label("Activation of Layer 1").select_option("tanh")
    lab.settle()
    page.locator('[data-unit="1:0"]').click()
    lab.settle()
    page.get_by_role("button", name="bias", exact=True).click()
    lab.settle()
    page.get_by_label(re.compile("Value now")).fill("0,5")
    page.get_by_label(re.compile("Value now")).press("Enter")
    lab.settle()
    assert page.locator('.inspector [data-number="b1[0]"]').first.text_content() == "0.5"
    page.get_by_label(re.compile("Value now")).fill("half")
    page.get_by_label(re.compile("Value now")).press("Enter")
    assert page.get_by_text("This is not a number.").is_visible()
    assert lab.problems == []


def study():
    data = load_breast_cancer()
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow([*data.feature_names, "diagnosis"])
    write.writerows([*map(float, row), data.target_names[y]] for row, y in zip(data.data, data.target, strict=True))
    return out.getvalue()


def test_third_an_own_table_of_569_rows_and_four_rivals(lab):
    page = lab.page
    page.goto(lab.server.origin + "/#/data")
    lab.settle()
    page.get_by_label("CSV file").set_input_files(
        {"name": "study.csv", "mimeType": "text/csv", "buffer": study().encode()}
    )
    page.get_by_role("heading", name="study").wait_for()
    lab.settle()
    page.get_by_label("Role of diagnosis").select_option("target")
    lab.settle()
    assert page.get_by_label("Role of diagnosis").input_value() == "target"
    lab.button("Use this table").click()
    page.locator("[data-unit]").first.wait_for()
    lab.settle()
    assert page.locator(".more").first.inner_text().startswith("22 more")
    play_to_the_end(lab, 120)
    page.get_by_placeholder("Find an input").fill("worst radius")
    assert page.get_by_role("status").get_by_text("1 found").is_visible()
    chart(lab, "Table")
    page.get_by_role("button", name="line 7").click()
    page.get_by_role("button", name="Why this row?").click()
    lab.settle()
    assert page.get_by_role("heading", name="Prediction and loss").is_visible()
    page.locator('[data-unit^="1:"]').first.click()
    lab.settle()
    page.get_by_role("button", name="worst radius", exact=True).click()
    lab.settle()
    assert "agrees" in page.locator("section.check").inner_text()
    page.get_by_role("link", name="Compare").click()
    lab.button("Compare now").click()
    lab.button("Compare again").wait_for(timeout=120_000)
    assert page.get_by_role("row", name=re.compile("^random forest")).is_visible()
    assert page.get_by_role("row", name=re.compile("^SVM")).is_visible()
    assert page.get_by_role("row", name=re.compile("^logistic regression")).is_visible()
    assert page.get_by_role("img", name=re.compile("^Sensitivity against 1 − specificity")).is_visible()
    assert lab.problems == []


def test_fourth_everything_is_taken_away_and_opened_again(lab, tmp_path):
    lab.begin(data="lecture", columns=ONE_INPUT)
    page = lab.page
    lab.step(3)
    last = page.locator('.network [data-number="W1[0,0]"]').get_attribute("data-value")
    page.get_by_role("link", name="Take away").click()
    files = {}
    for title in ("Model file", "Python script", "Step", "Predictions"):
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Download {title}").click()
        files[title] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[title])

    script = subprocess.run([PYTHON, files["Python script"]], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert script.returncode == 0, script.stderr
    shown = subprocess.run(
        [PYTHON, "-m", "glassnet", "show", files["Model file"]], cwd=tmp_path, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    lesson = files["Step"].read_text(encoding="utf-8")
    assert "<html" in lesson
    assert 'src="http' not in lesson

    page.get_by_text("Hide controls from those who open it").click()
    page.get_by_label("All settings").check()
    page.get_by_label("Data page").check()
    lab.button("Copy a link").click()
    page.get_by_text("The link is on the clipboard.").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    other = page.context.new_page()
    other.goto(link)
    other.locator('.network [data-number="W1[0,0]"]').wait_for()
    assert other.locator('.network [data-number="W1[0,0]"]').get_attribute("data-value") == last
    assert other.locator("[data-figure=step]").inner_text() == "3"
    assert other.get_by_role("link", name="Data").count() == 0
    assert other.get_by_label("Learning rate").count() == 0
    other.close()

    lab.button("Copy as JSON").click()
    page.get_by_text("The lab is on the clipboard.").wait_for()
    stored = page.evaluate("navigator.clipboard.readText()")
    assert json.loads(stored)["settings"]["reduction"] == "half-sum"
    page.get_by_label(re.compile("A link of the studio")).fill(stored)
    lab.button("Open", exact=True).click()
    page.locator('.network [data-number="W1[0,0]"]').wait_for()
    assert page.locator('.network [data-number="W1[0,0]"]').get_attribute("data-value") == last
    page.goto(lab.server.origin + "/#/take")
    page.get_by_label(re.compile("A link of the studio")).fill("nonsense")
    lab.button("Open", exact=True).click()
    assert page.get_by_text("This is neither a link of the studio nor the JSON of a lab.").is_visible()
    assert lab.problems == []


def test_ten_classes_are_drawn_mapped_and_judged(lab):
    run = lab.begin(data="digits")
    page = lab.page
    lab.api(f"/api/runs/{run['id']}/control", {"do": "move", "unit": "epoch", "count": 4})
    lab.settle()
    outputs = len(run["layer_sizes"]) - 1
    units = page.locator(f'[data-unit^="{outputs}:"] .value')
    assert units.count() == 10
    trace = lab.api(f"/api/runs/{run['id']}/trace?row=0")["trace"]
    shown = [float(unit.get_attribute("data-value")) for unit in units.all()]
    assert shown == trace["loss"]["prediction"][0]
    assert abs(sum(shown) - 1) < 1e-12
    assert page.get_by_role("img", name=re.compile("predicted probability of each row's true class")).is_visible()

    chart(lab, "Table")
    page.locator(".charts tbody button").nth(6).click()
    page.get_by_label("Across").select_option("pixel_3_5")
    page.get_by_label("Upward").select_option("pixel_5_2")
    page.get_by_role("img", name=re.compile("predicts over pixel_3_5 and pixel_5_2: 0 or 1 or")).wait_for()
    lab.settle()
    winners = lab.api(f"/api/runs/{run['id']}/frame?x=pixel_3_5&y=pixel_5_2&row=6&resolution=48")["picture"]["winners"]
    assert page.locator(".winner").count() == len(set(winners)) > 1
    page.locator("path.inside").first.wait_for(state="attached")  # the rows come with an answer of their own
    widths = "[...document.querySelectorAll('path.inside')].map(path => parseFloat(getComputedStyle(path).strokeWidth))"
    assert min(page.evaluate(widths)) > 1.7, "a mark cannot be seen"
    legend = page.locator(".charts .chart").first.locator("li")
    assert legend.count() == 10
    assert len({mark.evaluate("mark => mark.querySelector('svg').outerHTML") for mark in legend.all()}) == 10

    page.goto(lab.server.origin + "/#/compare")
    page.get_by_role("heading", name="Confusion").wait_for()
    assert page.get_by_role("region", name="Confusion").locator("tbody tr").count() == 10
    assert lab.problems == []
