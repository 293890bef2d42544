"""The page that needs no server, opened from a file as a class opens it: nothing is loaded, everything answers."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from test_screens import AXE, serious

from glassnet import Dense, Network
from glassnet.pages import live
from glassnet.studio.lesson import lecture_page
from screens import SIZES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (Path(live.__file__).parent / "lesson" / "lesson.js").exists(),
        reason="the pages are not built: make src/glassnet/studio/static/index.html",
    ),
]
SIZE, COMPRESSED = 700_000, 310_000
SIZES_OF_A_CLASS = {**SIZES, "projector": (1024, 768)}


class Class:
    """A tab in which a lesson is open."""

    def __init__(self, context, path):
        self.page, self.problems, self.asked = context.new_page(), [], []
        self.page.on("console", lambda message: self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        self.page.locator("[data-figure=loss]").wait_for()
        self.rest()

    def rest(self):
        """Wait until what is shown is that of the last request."""
        self.page.wait_for_function("() => !document.querySelector('.skeleton, [aria-busy=true], [data-reading]')")
        self.page.wait_for_function("() => !document.documentElement.hasAttribute('data-reading')")

    def figure(self, name):
        return self.page.locator(f"[data-figure={name}]").first.inner_text()

    def wait_for_step(self, step):
        self.page.wait_for_function(
            "step => document.querySelector('[data-figure=step]').innerText.replace(/\\D/g, '') === step", arg=str(step)
        )

    def step(self, count):
        for _ in range(count):
            before = int(re.sub(r"\D", "", self.figure("step")))
            self.page.get_by_role("button", name="Step", exact=True).click()
            self.wait_for_step(before + 1)

    def weight(self, name):
        return float(self.page.locator(f'.network [data-number="{name}"]').first.get_attribute("data-value"))


@pytest.fixture(scope="module")
def lecture(tmp_path_factory):
    path = tmp_path_factory.mktemp("lesson") / "lesson.html"
    path.write_text(lecture_page(), encoding="utf-8")
    return path


@pytest.fixture
def pupil(browser, lecture):
    context = browser.new_context(viewport={"width": 1280, "height": 640})
    yield Class(context, lecture)
    context.close()


def test_the_page_is_small_enough_to_be_mailed(lecture):
    import gzip

    assert lecture.stat().st_size < SIZE
    assert len(gzip.compress(lecture.read_bytes())) < COMPRESSED


def test_a_class_walks_through_the_first_chapter(pupil):
    page = pupil.page
    pupil.step(3)
    X, y = np.array([[0.5], [2.3], [2.9]]), np.array([[3.2], [1.9], [1.0]])
    network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction="half-sum")
    network.fit(X, y, learning_rate=0.1, epochs=3)
    assert pupil.weight("W1[0,0]") == pytest.approx(network.weights[0][0, 0], rel=1e-13)
    page.locator(".network .link .reach").first.click(force=True)
    pupil.rest()
    trace = network.trace(X, y, learning_rate=0.1, step=4)
    shown = page.locator(".laboratory").inner_text()
    result = trace.explain("W1[0,0]").lines[0].arithmetic.result
    assert result in shown
    page.get_by_role("slider", name="speed").fill("7")
    page.get_by_role("button", name="Play").click()
    page.locator(".lecture .insight").wait_for()
    assert page.locator(".lecture li.done").count() == 3
    page.get_by_role("button", name="A step too long").click()
    page.get_by_text("2 / 6").wait_for()
    assert pupil.problems == []
    assert {url for url in pupil.asked if not url.startswith("file:")} == set()


def test_all_chapters_and_tables_answer(pupil):
    page = pupil.page
    for chapter in range(2, 7):
        page.locator(".lecture > button.button").first.click()
        page.get_by_text(f"{chapter} / 6").wait_for()
        pupil.rest()
        pupil.step(1)
    for table in ("circle", "xor", "spiral", "gauss", "five_patients"):
        page.get_by_label("Table", exact=True).select_option(table)
        pupil.wait_for_step(0)
        pupil.rest()
        page.get_by_role("button", name="Step", exact=True).click()
        page.wait_for_function("() => document.querySelector('[data-figure=step]').innerText !== '0'")
        page.get_by_text("Why this row?").click()
        page.get_by_text("What each column adds").wait_for()
        page.get_by_role("button", name="What if").click()
        page.get_by_role("slider").last.wait_for()
    assert pupil.problems == []


def test_what_was_done_is_there_after_a_reload_and_can_be_forgotten(pupil):
    pupil.step(4)
    before = pupil.weight("W1[0,0]")
    pupil.page.reload()
    pupil.wait_for_step(4)
    assert pupil.weight("W1[0,0]") == before
    pupil.page.get_by_role("button", name="Start over").click()
    pupil.wait_for_step(0)
    assert pupil.weight("W1[0,0]") == 0.01
    assert pupil.problems == []


def test_a_browser_that_keeps_nothing_still_teaches(browser, lecture):
    context = browser.new_context()
    context.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })")
    pupil = Class(context, lecture)
    pupil.step(2)
    assert pupil.problems == []
    context.close()


def test_damaged_progress_is_forgotten(browser, lecture):
    context = browser.new_context()
    pupil = Class(context, lecture)
    pupil.step(2)
    for damage in ("{", "{}", '{"data": {}}', '{"format": 1, "data": {"built_in": "lecture"}, "settings": {}}', "7"):
        pupil.page.evaluate("text => Object.keys(localStorage).forEach(key => localStorage[key] = text)", damage)
        again = Class(context, lecture)
        assert again.figure("step") == "0", damage
        assert again.problems == []
        again.page.close()
    context.close()


DAMAGES = {
    "a part of the file is missing": (lambda text: text[: len(text) // 2], "cannot be read"),
    "nothing in it": (lambda _: "", "cannot be read"),
    "no table": (lambda _: '{"format": 1, "data": []}', "holds no table"),
    "a cell too many": (lambda text: changed(text, lambda one: one["columns"][0]["values"].append(7.5)), " cells, and"),
    "a text among numbers": (lambda text: changed(text, lambda one: put(one["columns"][0], "n.d.")), "no cell of it"),
    "a target that is missing": (lambda text: changed(text, lambda one: put(one["target"], None)), "no cell of it"),
    "no columns": (lambda text: changed(text, lambda one: one.pop("columns")), "lacks its columns"),
    "one row": (lambda text: changed(text, lambda one: one["target"].update(values=[1.0])), "at least 2"),
}  # fmt: skip


def changed(text, how):
    """The document with its first table changed by hand."""
    document = json.loads(text)
    how(document["data"][0])
    return json.dumps(document)


def put(column, cell):
    column["values"][1] = cell


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_table_is_said_in_place_of_an_empty_page(browser, lecture, tmp_path, what):
    damage, said = DAMAGES[what]
    page_text = lecture.read_text(encoding="utf-8")
    start = page_text.index('id="document">') + len('id="document">')
    end = page_text.index("</script>", start)
    path = tmp_path / "damaged.html"
    path.write_text(page_text[:start] + damage(page_text[start:end]) + page_text[end:], encoding="utf-8")
    context = browser.new_context()
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(path.as_uri())
    assert page.get_by_role("heading", name="This page is damaged").count() == 1
    assert said in page.get_by_role("alert").inner_text()
    assert problems == []
    context.close()


def test_the_page_has_the_faces_of_the_studio(pupil):
    loaded = pupil.page.evaluate(
        "async () => { await document.fonts.ready; return [...document.fonts].filter(f => f.status === 'loaded')"
        ".map(f => f.family.replaceAll('\"', '')) }"
    )
    assert "Inter Variable" in loaded
    assert pupil.page.evaluate("getComputedStyle(document.body).fontFamily").startswith('"Inter Variable"')
    assert pupil.problems == []


def test_by_keyboard(pupil):
    page = pupil.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "To the content"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    pupil.wait_for_step(1)
    page.keyboard.press("ArrowRight")
    pupil.wait_for_step(2)
    page.keyboard.press("ArrowLeft")
    pupil.wait_for_step(1)


@pytest.mark.parametrize("size", SIZES_OF_A_CLASS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_is_in_order(browser, lecture, size, scheme):
    width, height = SIZES_OF_A_CLASS[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
    )
    pupil = Class(context, lecture)
    for table in ("lecture", "spiral"):
        pupil.page.get_by_label("Table", exact=True).select_option(table)
        pupil.rest()
        assert pupil.page.evaluate("document.documentElement.scrollWidth") <= width
        if AXE.exists():
            assert serious(pupil.page) == []
    assert pupil.problems == []
    context.close()


CLINIC = "age,marker,outcome\n" + "".join(
    f"{30 + 11 * k % 47},{k * 7 % 19 / 4},{'ill' if k * k % 3 else 'well'}\n" for k in range(50)
)


def test_a_run_is_taken_along_with_its_table_only_when_that_is_agreed_to(lab, tmp_path):
    page = lab.page
    page.get_by_role("link", name="Data").click()
    opened = page.evaluate(
        """async text => (await (await fetch('/api/data?name=clinic.csv', { method: 'POST', body: text,
             headers: { 'content-type': 'text/csv', 'x-glassnet': '1' } })).json()).summary.id""",
        CLINIC,
    )
    lab.begin(data=opened)
    page.get_by_role("link", name="Network").click()
    lab.step(2)
    loss = page.locator("[data-figure=loss]")
    step, value = lab.figure("step"), loss.get_attribute("data-value")
    page.get_by_role("link", name="Take away").click()
    save = lab.button("Save the lesson")
    assert save.is_disabled()
    page.get_by_role("region", name="A lesson for a class").get_by_label("Include the table").check()
    with page.expect_download() as download:
        save.click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "lesson.html"
    held = json.loads(re.search(r'id="document">(.*?)</script>', path.read_text(encoding="utf-8"))[1])
    assert held["lab"]["data"]["csv"] is None
    assert opened not in path.read_text(encoding="utf-8")
    pupil = Class(page.context, path)
    assert pupil.figure("step") == step
    own = pupil.page.locator("[data-figure=loss]").get_attribute("data-value")
    assert float(own) == pytest.approx(float(value), rel=1e-12)
    assert pupil.problems == []
    answer = lab.page.request.get(lab.server.origin + "/api/runs/none/export/lesson")
    assert answer.status == 404
