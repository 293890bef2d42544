"""Pages in a real browser: nothing is loaded, nothing scrolls sideways, no error, light and dark, desk and phone."""

import pytest

from glassnet import Dense, Network
from glassnet.report import lecture
from screens import SIZES


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    network = Network([Dense(30, 16, "relu"), Dense(16, 1)], loss="logistic")
    trace = network.trace([[0.1 * k for k in range(30)]], [1], learning_rate=0.01, optimizer="adam")
    chosen = [found for number in (1, 4, 7, 12) for found in lecture.sections(number)]
    pages = {"lecture": lecture.page(chosen), "trace": trace.html()}
    for name, content in pages.items():
        (folder / f"{name}.html").write_text(content, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in pages}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["lecture", "trace"])
def test_a_page_fits_loads_nothing_and_has_no_errors(browser, documents, name, size, scheme):
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    try:
        requests, errors = [], []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(documents[name])
        assert requests == [documents[name]]
        assert errors == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        brightness = sum(map(int, ground.removeprefix("rgb(").rstrip(")").split(",")))
        assert (brightness > 384) == (scheme == "light")
        for details in page.query_selector_all("details"):
            details.evaluate("element => element.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        page.close()
