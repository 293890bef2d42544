"""Every state of the page at every size, light and dark: nothing scrolls sideways, nothing is wrong, axe finds nothing.

With ``GLASSNET_PICTURES=docs/images`` in the environment the pictures of the documentation are made anew, and with
``GLASSNET_SCREENSHOTS=FOLDER`` all of them are kept to be looked at.
"""

import os
import re
from pathlib import Path

import pytest
from open_lab import Lab

from screens import SIZES

pytestmark = pytest.mark.slow

AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"
ONE_INPUT = {"target": "survival", "task": "regression", "kinds": {"temperature": "left_out"}}
CLASSES = {"target": "class", "task": "classification", "kinds": {}}


def lecture(lab, **settings):
    proposal = lab.api("/api/data/lecture/columns", ONE_INPUT)["proposal"]
    return lab.begin(data="lecture", columns=ONE_INPUT, settings={**proposal, **settings})


def one_neuron(lab):
    lecture(lab)
    lab.step(12)


def opened_weight(lab):
    lecture(lab)
    lab.step(2)
    lab.page.locator('[data-unit="1:0"]').click()
    lab.settle()
    lab.page.get_by_role("button", name="tumor size", exact=True).click()


def diverged(lab):
    run = lecture(lab, reduction="sum")
    lab.api(f"/api/runs/{run['id']}/control", {"do": "play", "unit": "epoch", "per_second": None})
    lab.page.locator(".status.diverged").wait_for()


def two_inputs(lab):
    run = lab.begin(data="circle", columns=CLASSES)
    lab.api(f"/api/runs/{run['id']}/control", {"do": "move", "unit": "epoch", "count": 60})
    lab.page.locator('[data-unit="1:0"]').click()


def training(lab):
    run = lab.begin(data="spiral", columns=CLASSES)
    lab.api(f"/api/runs/{run['id']}/control", {"do": "play", "unit": "epoch", "per_second": 10})


def many_columns(lab):
    names = [f"marker {k}" for k in range(60)]
    rows = [[*(str((7 * r + 3 * k * k) % 23 / 10) for k in range(60)), "yes" if r % 3 else "no"] for r in range(40)]
    text = "\n".join(",".join(row) for row in [[*names, "answer"], *rows])
    data = upload(lab, text)
    layers = [{"neurons": n, "activation": "relu"} for n in (16, 8, 8, 8)]
    columns = {"target": "answer", "task": "classification", "kinds": {}}
    proposal = lab.api(f"/api/data/{data}/columns", columns)["proposal"]
    lab.begin(data=data, columns=columns, settings={**proposal, "hidden": layers})


def upload(lab, text):
    return lab.page.evaluate(
        """async text => (await (await fetch("/api/data?name=study", {
          method: "POST", body: text, headers: { "content-type": "text/csv", "x-glassnet": "1" },
        })).json()).summary.id""",
        text,
    )


def one_row(lab):
    data = upload(lab, "dose,effect\n1.5,2\n")
    columns = {"target": "effect", "task": "regression", "kinds": {"dose": "number"}}
    found = lab.api(f"/api/data/{data}/columns", columns)
    if found["proposal"]:
        lab.begin(data=data, columns=columns)
    else:
        lab.page.goto(lab.server.origin + "/#/data")
        lab.page.get_by_role("button", name=re.compile("^study")).first.click()


def refused(lab):
    lecture(lab)
    lab.page.get_by_label("Epochs").fill("999999999999")
    lab.page.get_by_label("Epochs").press("Enter")


def disconnected(lab):
    lecture(lab)
    lab.page.context.set_offline(True)
    lab.page.get_by_role("button", name="Step", exact=True).click()
    lab.page.get_by_text("The server does not answer.").wait_for()


def data(lab):
    lab.begin(data="breast_cancer")
    lab.page.goto(lab.server.origin + "/#/data")


def missing_texts(lab):
    rows = [f"P{n // 3},{'n.d.' if n % 7 == 0 else n % 5 + 0.5},{'ill' if n % 2 else 'well'}" for n in range(42)]
    data = upload(lab, "\n".join(["patient,size,outcome", *rows]))
    lab.begin(data=data, columns={"target": "outcome", "null_strings": ["n.d."], "groups": "patient"})
    lab.page.goto(lab.server.origin + "/#/data")
    lab.page.get_by_label("Also missing").fill("never")
    lab.page.get_by_label("Also missing").press("Enter")
    lab.page.get_by_text("No further cell").wait_for()


def compare(lab):
    run = lab.begin(data="breast_cancer")
    lab.api(f"/api/runs/{run['id']}/control", {"do": "move", "unit": "epoch", "count": 20})
    lab.page.goto(lab.server.origin + "/#/compare")
    lab.button("Compare now").click()
    lab.button("Compare again").wait_for(timeout=120_000)
    lab.page.get_by_role(
        "button", name=re.compile("truly malignant, predicted benign|truly benign, predicted")
    ).first.click()


def another_patient(lab):
    rows = [f"{20 + 7 * n % 60},{'' if n % 9 == 0 else n % 5 + 0.5},{'no' if n % 3 else 'yes'}" for n in range(60)]
    data = upload(lab, "\n".join(["age,dose in milligrams per day,alive", *rows]))
    lab.begin(data=data, columns={"target": "alive"})
    lab.page.get_by_role("button", name="Why this row?").first.click()
    lab.button("What if").click()
    lab.page.get_by_label("age", exact=True).fill("130")
    lab.page.get_by_label("age", exact=True).press("Enter")


def take_away(lab):
    lecture(lab)
    lab.page.goto(lab.server.origin + "/#/take")


def laboratory(lab):
    models = ["SVM on features", "SVM on pixels", "network on pixels"]
    asked = {"knobs": ["position", "damage"], "models": models, "values": [0, 0.5, 1], "train": 60, "test": 100}
    lab.api("/api/laboratory", asked)
    lab.page.goto(lab.server.origin + "/#/laboratory")
    lab.page.get_by_text("Everything is measured").wait_for(timeout=120_000)


STATES = {
    state.__name__: state
    for state in (
        one_neuron, opened_weight, diverged, two_inputs, training, many_columns, one_row, refused, disconnected, data,
        missing_texts, compare, another_patient, take_away,
        laboratory,
    )
}  # fmt: skip
DOCUMENTED = {"one_neuron", "opened_weight", "two_inputs", "compare"}
NOISE = re.compile("ERR_INTERNET_DISCONNECTED|400")
SCREENS = {**SIZES, "small phone": (360, 640), "zoom of 200 %": (640, 400)}
CUT = """() => [...document.querySelectorAll("button, a, label, p, h1, h2, h3, h4, th, td, legend, summary, dd, li")]
  .filter((element) => {
    const style = getComputedStyle(element);
    const hidden = style.overflowX === "hidden" && style.textOverflow !== "ellipsis";
    const heard = element.closest(".only-heard") || element.querySelector(".only-heard");
    const wide = element.scrollWidth > element.clientWidth + 1;
    return hidden && !heard && element.clientWidth > 1 && element.offsetParent && wide;
  })
  .map((element) => element.textContent.trim().slice(0, 60))"""
"""Texts that their own box cuts off without a sign."""


@pytest.mark.parametrize("state", STATES)
def test_a_state_at_every_size_in_light_and_dark(server, browser, key, tmp_path, state):
    folder = Path(os.environ.get("GLASSNET_SCREENSHOTS", tmp_path))
    context = browser.new_context(storage_state=key, viewport={"width": 1280, "height": 800}, bypass_csp=True)
    try:
        lab = Lab(context, server).open()
        STATES[state](lab)
        if state not in ("training", "disconnected"):
            lab.settle()
        for size, (width, height) in SCREENS.items():
            for scheme in ("light", "dark"):
                lab.page.set_viewport_size({"width": width, "height": height})
                lab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                lab.page.wait_for_timeout(400)
                assert lab.page.evaluate("document.documentElement.scrollWidth") <= width
                assert lab.page.evaluate(CUT) == []
                if lab.page.locator(".laboratory").count() and size in ("desk", "laptop", "wide", "phone"):
                    assert lab.page.evaluate("document.documentElement.scrollHeight") <= height, (
                        "panels scroll, not the page"
                    )
                ground = lab.page.evaluate("getComputedStyle(document.body).backgroundColor")
                brightness = sum(map(int, ground.removeprefix("rgb(").rstrip(")").split(",")))
                assert (brightness > 384) == (scheme == "light")
                lab.page.screenshot(path=folder / f"studio-{state}-{size}-{scheme}.png")
                pictures = os.environ.get("GLASSNET_PICTURES")
                if pictures and state in DOCUMENTED and (size, scheme) == ("desk", "light"):
                    lab.page.screenshot(path=Path(pictures) / f"studio-{state.replace('_', '-')}.png")
                if AXE.exists() and size != "wide":
                    assert serious(lab.page) == []
        assert [problem for problem in lab.problems if not NOISE.search(problem)] == []
    finally:
        context.close()


def serious(page):
    """What axe finds that is serious or critical."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    found = page.evaluate(
        """axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })"""
    )
    return [
        (violation["id"], violation["nodes"][0]["html"][:200], violation["nodes"][0]["failureSummary"][:300])
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical") or violation["id"] == "landmark-unique"
    ]  # fmt: skip
