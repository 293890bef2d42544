"""Runs by name side by side, the best epoch, the threshold that is kept, charts as files, the report's button."""

import re
import xml.etree.ElementTree as ET

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def grown(lab, request):
    """Two runs; the open one has learned too long."""
    first = lab.begin(data="breast_cancer")
    long = {**first["settings"], "l2": 0, "learning_rate": 0.05, "epochs": 150}
    other = lab.begin(
        data="breast_cancer", settings={**long, "learning_rate": 0.01, "seed": 3}, name=request.node.name[:8]
    )["id"]
    lab.api(f"/api/runs/{other}/control", {"do": "move", "unit": "epoch", "count": 8})
    run = lab.begin(data="breast_cancer", settings=long, name="fast")["id"]
    lab.api(f"/api/runs/{run}/control", {"do": "move", "unit": "epoch", "count": 90})
    lab.settle()
    return run, other


def test_rising_a_loss_that_rises_is_said_and_its_best_epoch_is_a_click_away(lab, grown):
    run, _ = grown
    curves = lab.api(f"/api/runs/{run}/frame")["curves"]
    best = min(range(len(curves["validation"])), key=lambda k: curves["validation"][k])
    sentence = lab.page.locator(".charts .rising")
    assert f"rises since epoch {best}:" in sentence.inner_text()
    sentence.get_by_role("button", name="Go back to it").click()
    lab.settle()
    assert lab.api(f"/api/runs/{run}/frame")["position"]["step"] == curves["step"][best]
    assert lab.problems == []


def test_beside_runs_threshold_that_is_kept_and_a_chart_as_a_file(lab, grown, tmp_path):
    run, other = grown
    page = lab.page
    page.goto(lab.server.origin + "/#/take")
    lab.settle()
    page.get_by_role("button", name="Rename test_bes").click()
    page.get_by_label("New name").fill("a calm one")
    lab.button("Save", exact=True).click()
    lab.settle()
    assert page.get_by_role("button", name="a calm one", exact=True).count() == 1
    page.goto(lab.server.origin + "/#/compare")
    lab.settle()
    page.get_by_role("checkbox", name=re.compile("a calm one")).check()
    lab.settle()
    table = page.get_by_role("region", name="What differs")
    lines = {
        row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in table.locator("tbody tr").all()
    }
    assert lines["learning rate"] == ["0.05", "0.01"]
    assert lines["seed"] == ["0", "3"]
    assert "optimizer" not in lines, "what is the same is not shown"
    found = lab.api("/api/beside", {"runs": [run, other]})["runs"]
    accuracy = [next(part for part in one["parts"] if part["part"] == "test")["scores"][0]["value"] for one in found]
    shown = [float(text.split()[0]) for text in lines["accuracy, test"]]
    assert shown == pytest.approx(accuracy, abs=5e-4)

    page.get_by_role("slider").fill("30")
    lab.button("Keep 30 % with the model").click()
    lab.settle()
    assert lab.api(f"/api/runs/{run}")["threshold"] == 0.3
    page.reload()
    lab.settle()
    assert page.get_by_role("slider").input_value() == "30"
    chart = page.locator("figure.chart", has=page.get_by_role("heading", name="Decision curve"))
    for name, begins in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        chart.locator("summary").click()
        with page.expect_download() as download:
            chart.get_by_role("button", name=name).click()
        path = tmp_path / f"chart.{name.lower()}"
        download.value.save_as(path)
        assert path.read_bytes().startswith(begins)
    picture = ET.parse(tmp_path / "chart.svg").getroot()
    curves = [path for path in picture.iter("{http://www.w3.org/2000/svg}path") if path.get("stroke-width") == "2.25px"]
    assert len(curves) == 6, "three curves, and their lines in the legend"
    assert all(path.get("stroke").startswith("rgb") and not path.get("class") for path in curves)
    chart.locator("summary").click()
    chart.get_by_role("button", name="Copy CSV").click()
    assert page.evaluate("navigator.clipboard.readText()").startswith(
        '"threshold","network","call all","call none"\n0.05,'
    )
    page.goto(lab.server.origin + "/#/take")
    lab.settle()
    lab.button("Make the report").click()
    page.get_by_text(re.compile("^Now:")).wait_for()
    lab.button("Stop", exact=True).click()
    page.get_by_text("Stopped.").wait_for(timeout=60_000)
    assert lab.problems == []


def test_folds_are_trained_beside_the_run_and_drawn_as_thin_lines(lab):
    first = lab.begin(data="breast_cancer")
    settings = {**first["settings"], "epochs": 6}
    run = lab.begin(data="breast_cancer", settings=settings, name="whole")["id"]
    lab.api(f"/api/runs/{run}/control", {"do": "move", "unit": "epoch", "count": 6})
    page = lab.page
    page.goto(lab.server.origin + "/#/compare")
    lab.settle()
    lab.button("Train 5 folds").click()
    page.get_by_role("checkbox", name=re.compile("whole, fold 5 of 5")).wait_for()
    chart = page.locator("figure.chart", has=page.get_by_role("heading", name="Loss by epoch"))
    chart.locator("path.thin").nth(4).wait_for()
    assert chart.locator("path.curve").count() == 6
    assert chart.locator("path.thin").count() == 5
    table = page.get_by_role("region", name="What differs")
    folds = table.locator("tr", has=page.get_by_role("rowheader", name="fold", exact=True))
    assert folds.locator("td").all_inner_texts() == ["0", *map(str, range(5))]
    for one in lab.api("/api/runs")["runs"]:
        if "fold" in one["name"]:
            assert lab.api(f"/api/runs/{one['id']}")["parts"]["test"] == first["parts"]["test"]
    assert lab.problems == []
