"""The lecture in Firefox: another engine lays out the page, draws it and runs its code."""

import subprocess
from pathlib import Path
from urllib.parse import quote

import numpy as np
import page_numbers
import pytest
from open_lab import PYTHON

from glassnet import Dense, Network
from glassnet.pages import live

pytestmark = pytest.mark.slow

STILL = "() => !document.querySelector('.skeleton, [aria-busy=true], [data-reading]')"
LOSS = "() => Number(document.querySelector('[data-figure=loss]').dataset.value)"
NUMBERS = """selector => [...document.querySelectorAll(`${selector} [data-number]`)]
  .filter(one => one.checkVisibility())
  .map(one => [one.dataset.number, Number(one.dataset.value), one.textContent])"""
SIZES = (1280, 640), (360, 640)
WEIGHT = "W1[0,0]"


@pytest.fixture
def firefox(request):
    """A Firefox of its own for each test, in the color scheme that the test names."""
    pytest.importorskip("websockets", reason="the packages of the tests are not all installed: make test")
    from firefox import FIREFOX, browsing

    if FIREFOX is None:
        pytest.skip("no Firefox on this machine: apt install firefox-esr")
    with browsing(dark=request.param == "dark") as started:
        started.size(*SIZES[0])
        yield started


def wait_for_step(firefox, step):
    text = "document.querySelector('[data-figure=step]')?.innerText.replace(/\\D/g, '')"
    firefox.wait(f"step => {text} === step", str(step))
    firefox.wait(STILL)


def assert_that_it_fits(firefox):
    """Nothing of the page reaches beyond its screen, wide or narrow."""
    for width, height in SIZES:
        firefox.size(width, height)
        firefox.wait("narrow => document.querySelector('.transport')?.matches('.phone') === narrow", width < 500)
        firefox.wait(STILL)
        wide = firefox.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] == wide[1], f"at {width} × {height}"
    firefox.size(*SIZES[0])


def api(firefox, path):
    return firefox.evaluate("async path => (await fetch(path)).json()", path)


@pytest.mark.parametrize("firefox", ["dark"], indirect=True)
def test_the_lecture_in_the_studio(server, firefox):
    firefox.open(server.address)
    wait_for_step(firefox, 0)
    terms = firefox.evaluate(
        "() => [...document.querySelectorAll('.inspector .term')].map(t => [t.textContent, t.clientHeight])"
    )
    assert [text for text, height in terms if height > 34] == [], "a term of a sum is broken"
    assert len(terms) >= 6
    assert firefox.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches")
    assert "One neuron" in firefox.evaluate("() => document.querySelector('.lecture').innerText")
    run = f"/api/runs/{api(firefox, '/api/session')['last_run']}"

    # By keyboard: steps to and fro, each loss that of the server.
    losses = []
    for key, step in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("ArrowRight", 2)):
        firefox.press(key)
        wait_for_step(firefox, step)
        truth = api(firefox, f"{run}/frame")["losses"]["total"]
        firefox.wait(f"loss => ({LOSS})() === loss", truth)
        shown = firefox.evaluate("() => document.querySelector('[data-figure=loss]').innerText")
        assert page_numbers.agrees(shown, truth)
        losses.append(truth)
    assert losses[0] == losses[2] > losses[1] == losses[3]
    firefox.press(" ")
    firefox.wait("() => document.querySelector('.status.playing')")
    firefox.wait("() => Number(document.querySelector('[data-figure=step]').innerText) >= 4")
    firefox.press(" ")
    firefox.wait("() => document.querySelector('.status.paused')")
    step = api(firefox, run)["position"]["step"]
    wait_for_step(firefox, step)

    # A weight by pointer: the chain rule, number by number.
    firefox.click(".network .link .reach")
    firefox.wait("name => document.querySelector('#inspector-title')?.innerText === name", WEIGHT)
    firefox.wait(STILL)
    opened = api(firefox, f"{run}/explain?name={quote(WEIGHT)}&digits=5&terms=8")["lines"]
    assert [line["part"] for line in opened] == ["chain rule", "update"]
    truth = []
    for line in opened:
        truth += [[one["source"], one["value"], one["text"]] for one in line["tokens"] if one["source"]]
        truth.append([line["name"], line["value"], line["result"]])
    assert len(truth) == 14
    assert firefox.evaluate(NUMBERS, ".inspector .equation") == truth

    # Another row: the drawing shows its numbers.
    firefox.click('[aria-label="Charts that are shown"] button', "Table")
    firefox.click(".charts tbody button", "case 2")
    firefox.wait("() => document.querySelector('.charts tr.pinned')?.innerText.includes('case 2')")
    trace = api(firefox, f"{run}/trace")["trace"]
    (layer,), (weights,) = trace["forward"], api(firefox, f"{run}/frame")["layers"]
    firefox.wait("name => document.querySelector(`.network [data-number='${name}']`)", "x[1,0]")
    drawn = firefox.evaluate(NUMBERS, ".network")
    assert all(page_numbers.agrees(text, value) for _, value, text in drawn)
    assert {name: value for name, value, _ in drawn} == {
        WEIGHT: weights["weights"][0][0], "b1[0]": weights["biases"][0],
        "x[1,0]": trace["X"][1][0], "a1[1,0]": layer["a"][1][0],
    }  # fmt: skip
    assert_that_it_fits(firefox)
    assert firefox.problems == []


@pytest.mark.skipif(
    not Path(live.__file__).with_name("lesson").joinpath("lesson.js").exists(),
    reason="the pages are not built: make src/glassnet/studio/static/index.html",
)
@pytest.mark.parametrize("firefox", ["light"], indirect=True)
def test_the_lesson_from_a_file(tmp_path, firefox):
    path = tmp_path / "lesson.html"
    subprocess.run([PYTHON, "-m", "glassnet", "lesson", "--out", path], check=True, capture_output=True)
    firefox.open(path.as_uri())
    wait_for_step(firefox, 0)
    X, y = np.array([[0.5], [2.3], [2.9]]), np.array([[3.2], [1.9], [1.0]])
    network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction="half-sum")
    assert firefox.evaluate(LOSS) == pytest.approx(network.loss(X, y).total, rel=1e-13)
    firefox.press("ArrowRight")
    wait_for_step(firefox, 1)
    network.step(X, y, learning_rate=0.1)
    assert firefox.evaluate(LOSS) == pytest.approx(network.loss(X, y).total, rel=1e-13)
    assert_that_it_fits(firefox)
    assert {url for url in firefox.requests if not url.startswith(("file:", "data:"))} == set()
    assert firefox.problems == []
