"""A row, opened: why the network says what it says of it, and what it says of another."""

import re
import time

import pytest

from ward import SETTINGS, patients

pytestmark = pytest.mark.slow


@pytest.fixture
def ward(lab):
    """The studio with a trained network of own rows, and its run."""
    found = lab.page.evaluate(
        """async text => (await fetch("/api/data?name=ward.csv", { method: "POST", body: text,
             headers: { "content-type": "text/csv", "x-glassnet": "1" } })).json()""",
        patients(),
    )
    run = lab.api("/api/runs", {"data": found["summary"]["id"], "columns": {"target": "alive"}, "settings": SETTINGS})
    lab.api(f"/api/runs/{run['id']}/control", {"do": "move", "unit": "epoch", "count": 40})
    lab.page.reload()
    lab.settle()
    return run["id"]


def percent(text):
    """The shares of an answer, as they are shown."""
    return [float(number) for number in re.findall(r"([\d.]+) %", text)]


def test_why_this_patient_and_what_if(lab, ward):
    page = lab.page
    page.get_by_role("button", name="Why this row?").first.click()
    lab.settle()
    own = lab.api(f"/api/runs/{ward}/row", {"row": 0})
    why, parts = page.get_by_role("region", name="The network's answer"), page.locator(".parts table")
    assert page.locator("[data-figure=answer]").inner_text().split() == ["alive", own["predicted"]]
    shown = percent(why.get_by_role("list").inner_text())
    assert shown == pytest.approx([100 * share for share in own["answers"]], abs=0.06)
    for part in own["columns"]:
        text = parts.get_by_role("row", name=re.compile(f"^{part['name']} ")).inner_text().replace("−", "-")
        assert float(text.split()[-1]) == pytest.approx(100 * part["contribution"], abs=0.06)
        assert part["cell"] in text
    assert page.get_by_role("heading", name="The arithmetic of the row in the table").count() == 1

    # Another patient, begun from this one; by keyboard, and within a tenth of a second on a machine at rest.
    lab.button("What if").click()
    lab.settle()
    slider = page.get_by_label("age, slider")
    slider.focus()
    slider.press("ArrowLeft")
    lab.settle()
    answer = why.get_by_role("list")
    before, began = answer.inner_text(), time.monotonic()
    slider.press("PageDown")
    while answer.inner_text() == before and time.monotonic() - began < 5:
        page.wait_for_timeout(10)
    assert time.monotonic() - began < 2.0
    lab.settle()
    age = float(own["columns"][0]["cell"]) - 11
    new = lab.api(f"/api/runs/{ward}/row", {"row": 0, "changes": {"age": age}})
    assert percent(why.get_by_role("list").inner_text()) == pytest.approx([100 * a for a in new["answers"]], abs=0.06)
    assert "1 cell changed" in why.inner_text()
    page.get_by_label("ward", exact=True).select_option("east")
    page.get_by_label("dose", exact=True).fill("99")
    page.get_by_label("dose", exact=True).press("Enter")
    lab.settle()
    assert "3 cells changed" in why.inner_text()
    assert page.get_by_text(re.compile("^outside of what training saw")).count() == 1
    lab.step(name="Step back")  # the run moves; what was typed stays
    assert "3 cells changed" in why.inner_text()
    assert page.get_by_label("ward", exact=True).input_value() == "=east"
    lab.api(f"/api/runs/{ward}/control", {"do": "move", "unit": "epoch", "count": 1})
    lab.settle()
    lab.button("Reset to the row").click()
    lab.settle()
    assert percent(why.get_by_role("list").inner_text()) == shown
    assert page.get_by_label("age", exact=True).input_value() == own["columns"][0]["cell"]

    # The other class, whose parts are the same with the other sign.
    other = next(name for name in ("no", "yes") if name != own["predicted"])
    page.get_by_role("group", name="Class that is explained").get_by_label(other).check(force=True)
    lab.settle()
    text = parts.get_by_role("row", name=re.compile("^age ")).inner_text().replace("−", "-")
    assert float(text.split()[-1]) == pytest.approx(-100 * own["columns"][0]["contribution"], abs=0.06)
    assert lab.problems == []


def test_the_rows_of_a_cell_are_listed_and_one_is_opened(lab, ward):
    page = lab.page
    page.get_by_role("link", name="Compare").click()
    lab.settle()
    counts = lab.api(f"/api/runs/{ward}/evaluation")["parts"][-1]["confusion"]
    cell = page.get_by_role("button", name=re.compile("row.*: truly yes, predicted yes"))
    assert cell.inner_text() == str(counts[1][1])
    cell.focus()
    page.keyboard.press("Enter")
    lab.settle()
    rows = lab.api(f"/api/runs/{ward}/cell?part=test&truth=1&predicted=1")["rows"]
    listed = page.get_by_role("region", name="Rows of the cell").get_by_role("listitem")
    assert [one.split()[:2] for one in listed.all_inner_texts()] == [one["name"].split() for one in rows]

    # A threshold by keyboard: what it finds and misses.
    slider = page.get_by_label("Call yes from a probability of")
    slider.focus()
    page.keyboard.press("Home")
    assert "1 %" in page.get_by_text("Call yes from").inner_text()
    for _ in range(19):
        page.keyboard.press("ArrowRight")
    calls = lab.api(f"/api/runs/{ward}/decisions?part=test")["calls"][19]
    text = page.get_by_role("row", name=re.compile("^Sensitivity")).inner_text()
    found, missed = calls["true_positive"], calls["false_negative"]
    assert f"{found} of {found + missed}" in text
    assert percent(text)[-1] == pytest.approx(100 * found / (found + missed), abs=0.06)
    assert page.get_by_role("img", name=re.compile("^The observed proportion of yes")).is_visible()

    listed.first.get_by_role("button").click()
    lab.settle()
    assert page.get_by_role("heading", name=rows[0]["name"]).is_visible()
    assert page.locator("[data-figure=answer]").inner_text().split() == ["alive", "yes"]
    assert lab.problems == []
