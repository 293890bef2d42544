"""The laboratory in the browser: started with few phantoms, its curves seen, stopped, taken away; by keyboard, too."""

import csv
import io
import re

import pytest

pytestmark = pytest.mark.slow

MARKS = "figure svg[role=img] path.dot"


@pytest.fixture
def laboratory(lab):
    lab.page.get_by_role("navigation").get_by_text("Data", exact=True).click()
    lab.settle()
    lab.page.get_by_role("link", name="Laboratory").click()
    lab.settle()
    return lab


def choose(lab, group, *names):
    """Only these of a group of boxes."""
    for box in lab.page.get_by_role("group", name=group).get_by_role("checkbox").all():
        box.set_checked(box.locator("xpath=..").inner_text().strip() in names)


def fill(lab, label, text):
    lab.page.get_by_label(label).fill(str(text))
    lab.page.get_by_label(label).press("Enter")


def quick(lab, train=40, test=60):
    choose(lab, "Knobs", "noise", "damage")
    choose(lab, "Models", "SVM on features", "SVM on pixels")
    fill(lab, "Values from 0 to 1", "1 0")
    fill(lab, "Training phantoms", train)
    fill(lab, "Test phantoms", test)
    lab.settle()


def panel(lab, knob):
    return lab.page.get_by_role("region", name=knob, exact=True)


def saved(lab, name):
    with lab.page.expect_download() as waiting:
        lab.page.get_by_role("link", name=name, exact=True).click()
    return waiting.value.path().read_text(encoding="utf-8")


def test_curves_are_measured_and_taken_away(laboratory):
    lab, page = laboratory, laboratory.page
    quick(lab)
    assert page.get_by_label("Values from 0 to 1").input_value() == "0, 1"
    assert page.get_by_role("region").filter(has_text=re.compile("at 1")).count() == 2
    assert panel(lab, "damage").get_by_role("img", name="Image at damage 1").count() == 4
    page.get_by_role("button", name="Start", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_text("Everything is measured").wait_for(timeout=120_000)
    lab.settle()
    state = lab.api("/api/laboratory")
    for curves in state["curves"]:
        one = panel(lab, curves["knob"])
        assert one.locator(MARKS).count() == 4
        assert curves["finding"] in one.inner_text()
        one.get_by_role("button", name="Table").click()
        cells = one.locator("table tbody tr").all_inner_texts()
        assert len(cells) == 4
        one.get_by_role("button", name="Chart").click()
    assert page.get_by_text(state["about"]).count() == 1
    rows = list(csv.DictReader(io.StringIO(saved(lab, "CSV"))))
    measured = [one for curves in state["curves"] for one in curves["results"]]
    assert [float(row["accuracy"]) for row in rows] == [one["accuracy"] for one in measured]
    assert "The knob damage" in saved(lab, "Page")
    page.reload()
    lab.settle()
    assert panel(lab, "noise").locator(MARKS).count() == 4, "it is still there after a reload"
    fill(lab, "Seed", 1)
    page.get_by_text("others than those of the curves").wait_for()
    assert lab.problems == []


def test_it_is_stopped_and_what_cannot_be_is_said(laboratory):
    lab, page = laboratory, laboratory.page
    quick(lab, train=2000, test=5000)
    choose(lab, "Models", "SVM on pixels", "forest on features", "convolution on pixels")
    fill(lab, "Values from 0 to 1", "0, 2")
    page.get_by_text("Write numbers from 0 to 1").wait_for()
    fill(lab, "Values from 0 to 1", "0; 0.5; 1")
    fill(lab, "Test phantoms", 3)
    page.get_by_text("At least 20.").wait_for()
    fill(lab, "Test phantoms", 5000)
    choose(lab, "Knobs")
    page.get_by_text("Choose a knob.").wait_for()
    choose(lab, "Knobs", "noise")
    lab.settle()
    page.get_by_role("button", name=re.compile("^Start")).click()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("Stopped; what was measured stays.").wait_for(timeout=120_000)
    state = lab.api("/api/laboratory")
    assert (state["status"], state["total"]) == ("canceled", 9)
    assert state["done"] < 9
    assert page.get_by_role("link", name="CSV").count() == 0
    assert lab.problems == []
