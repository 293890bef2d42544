"""Times to an event in the browser: columns chosen, a step taken, curves seen, and a share opened by its number."""

import numpy as np
import pytest

DRAWN = np.random.default_rng(2)


@pytest.fixture
def table(tmp_path):
    size = DRAWN.uniform(1, 5, 90)
    event, lost = 20 * DRAWN.exponential(np.exp(-(size - 3))), DRAWN.uniform(5, 40, 90)
    months = np.minimum(event, lost).round(2) + 0.01
    rows = [f"{s:.2f},{m:.2f},{int(e <= c) + 1}" for s, m, e, c in zip(size, months, event, lost, strict=True)]
    path = tmp_path / "study.csv"
    path.write_text("\n".join(["size,months,status", *rows]))
    return path


def test_from_a_table_to_curves_of_risk_groups(lab, table):
    page = lab.page
    page.get_by_role("link", name="Data", exact=True).click()
    lab.settle()
    page.locator("input[type=file]").first.set_input_files(table)
    lab.settle()
    page.get_by_label("Role of months", exact=True).select_option("target")
    lab.settle()
    page.get_by_label("Role of status", exact=True).select_option("event")
    lab.settle()
    assert page.get_by_text("nothing says which of them is the event").count() > 0
    page.get_by_role("button", name="“2” is the event").click()
    lab.settle()
    page.get_by_role("button", name="Use this table").click()
    lab.settle()
    lab.step(2)
    chart = page.get_by_role("heading", name="Survival", exact=True)
    assert chart.count() == 1
    run = lab.api("/api/runs", None)["runs"][0]["id"]
    found = lab.api(f"/api/runs/{run}/survival?row=0", None)
    assert [group["name"] for group in found["groups"]] == ["low risk", "middle risk", "high risk"]
    for group in found["groups"]:
        row = page.get_by_role("row", name=group["name"])
        assert row.inner_text().split()[2] == str(group["at_risk"][0])
    assert lab.problems == []


def test_the_third_patient_is_opened_down_to_a_share(lab):
    page = lab.page
    lab.begin(data="still_alive")
    page.get_by_role("button", name="Table", exact=True).first.click()
    lab.settle()
    page.get_by_role("button", name="case 3").first.click()
    lab.settle()
    page.get_by_role("button", name="Fit", exact=True).click()
    lab.settle()
    sets = page.get_by_role("region", name="Risk sets of case 3")
    assert "no event, last seen at 4" in sets.inner_text()
    run = lab.api("/api/runs", None)["runs"][0]["id"]
    first = lab.api(f"/api/runs/{run}/survival?row=2", None)["patient"]["shares"][0]
    sets.get_by_role("button").first.click()
    lab.settle()
    assert page.get_by_role("heading", name=first["opened"]).count() == 1
    assert f"{first['share']:.5f}" in page.locator("main").inner_text()
    assert page.get_by_role("listitem").filter(has_text="Open a share of the third patient").count() == 1
    assert lab.problems == []
