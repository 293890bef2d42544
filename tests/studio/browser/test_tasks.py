"""The lecture's tasks tick themselves, and what one has seen is said once all are done."""

import pytest

pytestmark = pytest.mark.slow


def ticked(lab):
    return [
        item.inner_text().split("\n")[-1]
        for item in lab.page.get_by_role("list", name="Tasks").locator("li.done").all()
    ]


def test_tasks_tick_themselves_and_stay_ticked(lab):
    page = lab.page
    run = lab.begin(data="lecture")["id"]
    strip = page.get_by_role("region", name="The lecture")
    assert ticked(lab) == []
    lab.step()
    assert len(ticked(lab)) == 1
    page.locator('.network [data-number="W1[0,0]"]').wait_for()
    page.locator(".network .link .reach").first.click(force=True)
    lab.settle()
    assert len(ticked(lab)) == 2
    assert "slopes died together" not in strip.inner_text()
    lab.api(f"/api/runs/{run}/control", {"do": "move", "unit": "epoch", "count": 900})
    lab.settle()
    assert lab.api(f"/api/runs/{run}/frame")["losses"]["total"] < 0.04
    assert len(ticked(lab)) == 3
    assert "slopes died together" in strip.inner_text()
    lab.api(f"/api/runs/{run}/control", {"do": "reset"})
    lab.settle()
    assert len(ticked(lab)) == 3, "what was done stays done"

    strip.get_by_role("button", name="A step too long").click()
    lab.settle()
    assert ticked(lab) == []
    lab.step(3)
    assert len(ticked(lab)) == 1
    run = lab.api("/api/session")["last_run"]
    lab.api(f"/api/runs/{run}/control", {"do": "move", "unit": "epoch", "count": 120})
    lab.settle()
    assert len(ticked(lab)) == 2, "it has diverged"
    assert lab.problems == []
