"""Times to an event in the browser: columns chosen, a step taken, curves seen, and a share opened by its number."""

import numpy as np
import pytest

from glassnet import GlassSurvival

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


def test_causes_are_accepted_learned_and_opened_interval_by_interval(lab, tmp_path):
    page = lab.page
    size = DRAWN.uniform(1, 5, 120)
    relapse = 20 * DRAWN.exponential(np.exp(-(size - 3)))
    ends = np.stack([relapse, DRAWN.exponential(30, 120), DRAWN.uniform(5, 40, 120)])
    causes = np.array(["relapse", "death", "alive"])[ends.argmin(axis=0)]
    rows = [f"{s:.2f},{m:.2f},{c}" for s, m, c in zip(size, ends.min(axis=0) + 0.01, causes, strict=True)]
    table = tmp_path / "causes.csv"
    table.write_text("\n".join(["size,months,cause", *rows]))
    page.get_by_role("link", name="Data", exact=True).click()
    lab.settle()
    page.locator("input[type=file]").first.set_input_files(table)
    lab.settle()
    for button in ("Predict the time to the event", "Learn all 2 causes together", "Use this table", "Settings"):
        page.get_by_role("button", name=button).first.click()
        lab.settle()
    page.get_by_label("Loss", exact=True).select_option("hazard")
    lab.settle()
    for name, value in (("Intervals of time", "4"), ("Batch size", ""), ("Test share", "0")):
        page.get_by_label(name, exact=True).fill(value)
        page.get_by_label(name, exact=True).press("Enter")
        lab.settle()
    page.get_by_role("button", name="Close the settings").click()
    lab.step(2)
    page.get_by_role("group", name="Cause that is shown").get_by_text("relapse", exact=True).click()
    lab.settle()
    assert page.get_by_text("cumulative incidence of relapse").count() > 0
    run = lab.api("/api/runs", None)["runs"][0]["id"]
    patient = lab.api(f"/api/runs/{run}/survival?row=0&cause=1", None)["patient"]
    table = page.get_by_role("region", name="Intervals of line 2").get_by_role("row")
    assert table.count() == 1 + len(patient["intervals"]) == 5
    for part, row in zip(patient["intervals"], table.all()[1:], strict=True):
        assert part["ending"] in row.inner_text()
        assert f"{part['predicted']:.4f}" in row.inner_text()
    table.nth(1).get_by_role("button").click()
    lab.settle()
    assert page.get_by_role("heading", name=patient["intervals"][0]["opened"]).count() == 1
    assert lab.problems == []


def test_class_weights_are_chosen_in_the_settings(lab):
    page = lab.page
    lab.begin(data="gauss")
    page.get_by_role("button", name="Settings", exact=True).click()
    lab.settle()
    page.get_by_label("Class weights").select_option("by class")
    lab.settle()
    run = lab.api(f"/api/runs/{lab.api('/api/runs', None)['runs'][0]['id']}", None)
    name = f"Weight of {run['classes'][1]}"
    page.get_by_label(name, exact=True).fill("4")
    page.get_by_label(name, exact=True).press("Enter")
    lab.settle()
    changed = lab.api(f"/api/runs/{lab.api('/api/runs', None)['runs'][0]['id']}", None)
    assert changed["settings"]["class_weight"] == {run["classes"][1]: 4.0}
    assert page.get_by_text(f"A row of {run['classes'][0]} counts 1, of {run['classes'][1]} 4.").count() == 1
    lab.step()
    page.get_by_label("Class weights").select_option("balanced")
    lab.settle()
    assert page.get_by_role("dialog").get_by_text("Other class weights need a new start").count() == 1
    page.get_by_role("button", name="Keep this run").click()
    assert lab.problems == []


def test_a_column_becomes_the_stratum_and_a_saved_model_goes_on(lab, table, tmp_path):
    lines = table.read_text().splitlines()
    lines = [f"{line},{'center' if k == 0 else ('north', 'south')[k % 2]}" for k, line in enumerate(lines)]
    table.write_text("\n".join(lines))
    page = lab.page
    page.get_by_role("link", name="Data", exact=True).click()
    lab.settle()
    page.locator("input[type=file]").first.set_input_files(table)
    lab.settle()
    page.get_by_label("Role of months", exact=True).select_option("target")
    lab.settle()
    role = page.get_by_label("Role of center", exact=True)
    assert "stratum" not in role.inner_text()  # amounts have none
    page.get_by_label("Role of status", exact=True).select_option("event")
    lab.settle()
    page.get_by_role("button", name="“2” is the event").click()
    lab.settle()
    page.get_by_label("Role of center", exact=True).select_option("stratum")
    lab.settle()
    assert page.get_by_label("Role of center", exact=True).input_value() == "stratum"
    assert page.get_by_role("rowheader", name="Strata").count() == 1
    page.get_by_role("button", name="Use this table").click()
    lab.settle()
    lab.step(2)
    run = lab.api("/api/runs", None)["runs"][0]["id"]
    assert lab.api(f"/api/runs/{run}/survival?row=0", None)["groups"]
    model = tmp_path / "strata.glassnet"
    fitted = GlassSurvival((3,), recipe="lecture", epochs=5).fit(
        table, time="months", event="status=2", strata="center"
    )
    fitted.save(model)
    page.get_by_role("link", name="Data", exact=True).click()
    lab.settle()
    page.locator("input[type=file]").first.set_input_files(model)
    lab.settle()
    page.get_by_role("button", name="Train on").first.click()
    lab.settle()
    assert page.get_by_role("heading", name="Survival", exact=True).count() == 1
    run = lab.api("/api/runs", None)["runs"][0]["id"]
    shown = lab.api(f"/api/runs/{run}/survival?row=0", None)["patient"]
    assert shown["share"]
    assert lab.problems == []
