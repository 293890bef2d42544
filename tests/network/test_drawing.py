"""`show`: the document of the drawing agrees with the trace, and the page stands where its reader is."""

import json
import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from glassnet import Dense, Network
from glassnet.errors import ConfigurationError
from glassnet.formulas import Connections
from glassnet.network.trace.equations.quantity import value_of
from glassnet.network.trace.views import drawing
from glassnet.network.trace.views.card import number_card
from glassnet.network.trace.views.drawing import network_document, trace_document
from glassnet.pages import live

HOSTILE = '</script><script>document.title="taken"</script>'


@pytest.fixture(autouse=True)
def built(monkeypatch):
    """A script and a style in place of those that Node builds."""
    monkeypatch.setattr(live, "_built", lambda build: ("/* script */", "/* style */"))


def small(**settings):
    network = Network([Dense(2, 3, "tanh"), Dense(3, 1)], seed=4, l1=0.01)
    names = {"feature_names": ["size", HOSTILE], "target_names": ["survival"]}
    return network.trace(
        [[0.5, 36.9], [2.3, 38.1]], [3.2, 1.9], learning_rate=0.1, optimizer="adam", **names, **settings
    )


def document_in(page):
    return json.loads(re.search(r'<script type="application/json" id="document">(.*?)</script>', page, re.DOTALL)[1])


def test_every_card_ends_in_the_number_of_the_trace():
    trace = small()
    document = trace_document(trace)
    assert set(trace.parameter_names) <= set(document["cards"])
    seen = 0
    for name, card in document["cards"].items():
        if name[0] in "Wb":
            last = next(line for line in card["lines"] if line["name"] == f"new {name}")
            assert last["value"] == trace.parameter(name).new
            assert card["check"]["verdict"].startswith("agrees")
        else:
            assert card["lines"][-1]["name"] == name or name[0] == "f"  # a raw prediction is the last answer
            assert card["lines"][-1]["value"] == pytest.approx(value_of(trace, name), rel=1e-12), name
        seen += 1
    assert seen == 13 + 1 + 2 * (2 + 3 * 4 + 2 + 1)
    assert document["step"]["forward"][0]["a"] == trace.forward[0].a.tolist()
    assert document["layers"][0]["weights"] == trace.forward[0].weights.tolist()


def columns_and_mixes():
    """A step of a network with embedded columns, inputs that are carried on, and neurons that mix."""
    blocks = [Connections([(1, 1, 2, 1), (1, 0, 0, 1)]), None, None]
    layers = [
        Dense(2, 4, "cosine", connections=blocks[0]), Dense(4, 3, "selu", mixed=True), Dense(3, 1),
    ]  # fmt: skip
    network = Network(layers, seed=4, l2=0.01)
    return network.trace([[0.5, 36.9], [2.3, 38.1]], [3.2, 1.9], learning_rate=0.1, optimizer="adam")


@pytest.mark.parametrize("make", [small, columns_and_mixes])
def test_every_number_that_a_card_leads_to_has_a_card(make):
    """From the cards of the drawing on to all that their lines name: mixes, slopes, sums that arrive, what is fixed."""
    trace = make()
    waiting, seen = list(trace_document(trace)["cards"]), set()
    while waiting:
        name = waiting.pop()
        if name in seen or not re.match(r"(keep|dL/da|[xWbmzafpywδℓ])\d*\[|[a-z_]+'\(|dL/d[Wbm]\d|L$", name):
            continue
        seen.add(name)
        card = number_card(trace, name, digits=5, terms=8)
        assert card["lines"] or card["note"] or name[0] in "yw", name
        assert card["title"]
        assert json.loads(json.dumps(card, allow_nan=False)) == card
        waiting += [token["source"] for line in card["lines"] for token in line["tokens"] if token["source"]]
    kinds = {re.match(r"[^\d\[]+", name)[0] for name in seen}
    assert {"x", "W", "b", "z", "a", "f", "p", "ℓ", "L", "δ"} <= kinds
    if make is columns_and_mixes:
        assert {"m", "dL/da", "dL/dm"} <= kinds
        card = number_card(trace, "m2[0]", digits=5, terms=8)
        assert card["lines"][-1]["value"] == trace.parameter("m2[0]").new
        assert card["title"].startswith("m2[0]: the mix of neuron 0 of layer 2")
        assert card["check"]["verdict"].startswith("agrees")
        fixed = number_card(trace, "W1[1,3]", digits=5, terms=8)
        assert "is not trained" in fixed["title"]
        assert "always 1" in fixed["note"]
    for name in ("W9[0,0]", "m1[99]", "m9[0]", "b1", "dL/da9[0,0]", "m2[0]; drop"):
        with pytest.raises(ConfigurationError, match="There is no"):
            number_card(trace, name, digits=5, terms=8)


def test_a_large_step_holds_some_rows_and_the_largest_weights():
    rows = np.linspace(-1, 1, 40 * 60).reshape(60, 40)
    network = Network([Dense(40, 30, "relu"), Dense(30, 1)], seed=1)
    trace = network.trace(rows, rows[:, 0], learning_rate=0.1, check=False)
    document = trace_document(trace)
    parameters = [name for name in document["cards"] if name[0] in "Wb"]
    assert len(document["row_names"]) == 1
    assert len(parameters) == 100
    assert len(json.dumps(document)) < 1_500_000
    sizes = sorted((abs(v) for w in (*network.weights, *network.biases) for v in w.ravel()), reverse=True)
    assert min(abs(value_of(trace, name)) for name in parameters) >= sizes[100]


def test_what_cannot_be_drawn_is_said(tmp_path):
    large = Network([Dense(200, 100), Dense(100, 1)])
    with pytest.raises(ConfigurationError, match=r"20,201 weights and biases; a drawing holds at most 20,000"):
        large.show(path=tmp_path / "page.html")
    with pytest.raises(ConfigurationError, match="X and y belong together"):
        Network([Dense(1, 1)]).show([[1.0]])
    with pytest.raises(ConfigurationError, match=r"theme='blue' must be one of system, light, dark"):
        small().show(tmp_path / "page.html", theme="blue")
    assert not (tmp_path / "page.html").exists()


def test_without_its_page_glassnet_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.undo()
    live._built.cache_clear()
    monkeypatch.setattr(live.resources, "files", lambda package: tmp_path)
    with pytest.raises(ConfigurationError, match="built without its pages"):
        live.live_page("title", {})


def test_data_cannot_leave_its_place_in_the_page(tmp_path):
    small().show(tmp_path / "page.html", theme="dark")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("<script") == 2
    assert 'data-theme="dark"' in page
    assert "default-src 'none'" in page
    assert document_in(page)["feature_names"] == ["size", HOSTILE]


def test_a_network_alone_shows_its_weights(tmp_path):
    network = Network([Dense(3, 2), Dense(2, 1)], seed=2)
    network.show(path=tmp_path / "page.html")
    document = document_in((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert document == network_document(network)
    assert document["step"] is None
    assert document["sizes"] == [3, 2, 1]


def test_in_a_terminal_it_opens_in_the_browser(monkeypatch, capsys):
    opened = []
    monkeypatch.setattr(drawing.webbrowser, "open", opened.append)
    Network([Dense(1, 1)]).show([[0.5], [2.3]], [3.2, 1.9], learning_rate=0.1)
    printed = capsys.readouterr().out.strip()
    assert printed.endswith("drawing.html")
    assert opened == [Path(printed).as_uri()]


def test_in_a_notebook_it_stands_below_the_cell(monkeypatch):
    displayed = []
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    display = types.ModuleType("IPython.display")
    display.display = lambda bundle, raw: displayed.append((bundle, raw))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    small().show()
    ((bundle, raw),) = displayed
    assert raw
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/html"].startswith("<iframe ")
    assert 'sandbox="allow-scripts"' in bundle["text/html"]
    ipython.get_ipython = lambda: None  # IPython is loaded, but no notebook runs: a terminal
    assert drawing._notebook_display() is None
