"""The trace's page: complete, well-formed, and in agreement with the trace to the shown digits."""

import html as html_library
import html.parser
import re

import numpy as np
import pytest

from glassnet import Dense, Network
from glassnet.errors import ConfigurationError
from glassnet.network.trace.records import InputStep
from glassnet.network.trace.views.page import trace_fragment, trace_page

HOSTILE = '<script>alert("x")</script>'
BACKWARDS = "size\u202eevil"
VOID = {"meta", "br", "hr", "img", "wbr", "col"}


def words_of(document):
    """The visible text of a well-formed document; refuses scripts, loads and event handlers."""
    open_elements, words = [], []

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, name, attributes):
            assert name not in ("script", "link", "img", "object")
            for key, value in attributes:
                assert not key.startswith("on")
                assert key not in ("href", "src") or value.startswith("#")
            if name not in VOID:
                open_elements.append(name)

        def handle_endtag(self, name):
            assert open_elements.pop() == name

        def handle_data(self, data):
            if "style" not in open_elements:
                words.append(data)

    reader = Reader()
    reader.feed(document)
    reader.close()
    assert open_elements == []
    return " ".join(" ".join(words).split())


def neuron_trace():
    network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction="sum")
    return network.trace(
        [0.5, 2.3, 2.9], [3.2, 1.9, 1.0], learning_rate=0.1, feature_names=["tumor size"], target_names=["survival"],
        row_names=["case 1", "case 2", "case 3"],
    )  # fmt: skip


def clinical_trace(rows=1, **settings):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(rows, 30)), rng.integers(0, 2, rows)
    names = [f"feature {k}" for k in range(28)] + [HOSTILE, BACKWARDS]
    network = Network([Dense(30, 16, "relu"), Dense(16, 1)], loss="logistic", l2=1e-3, seed=3)
    return network.trace(
        X, y, learning_rate=0.01, optimizer="adam", feature_names=names, target_names=[HOSTILE],
        row_names=[f"patient {BACKWARDS} {k}" for k in range(rows)], **settings,
    )  # fmt: skip


def test_the_lecture_step_by_hand():
    said = words_of(trace_page(neuron_trace()))
    # predictions, row losses, loss, error signals, slopes, new weight and bias, loss after the step
    for number in ("0.015", "0.033", "0.039", "10.144", "3.4857", "0.92352", "14.553", "−6.37", "−3.734", "−1.922",
                   "−17.347", "−12.026", "1.7447", "1.2126", "40.098"):  # fmt: skip
        assert number in said, number
    assert "The loss rises: 14.553 → 40.098" in said
    assert "tumor size → survival" in said


def test_hostile_names_stay_text():
    names = [*map(str, range(28)), HOSTILE, BACKWARDS]
    trace = clinical_trace(inputs=[[
        InputStep(name, HOSTILE, value, f"{HOSTILE} / 2")
        for name, value in zip(names, np.random.default_rng(0).normal(size=30), strict=True)
    ]])  # fmt: skip
    document = trace_page(trace)
    said = words_of(document)
    assert "<script" not in document
    assert "\u202e" not in document
    assert HOSTILE in said
    assert "size⟨U+202E⟩evil" in said


@pytest.mark.parametrize("digits", [3, 5, 9])
def test_no_number_of_a_wide_network_is_dropped(digits):
    trace = clinical_trace()
    document = trace_page(trace, digits=digits)
    said = words_of(document)

    def shown(value):
        from glassnet.pages.number import plain_number as write

        return write(float(value), digits)

    first, last = trace.forward
    for values in (first.z[0], first.a[0], last.z[0], trace.X[0][:, None] * first.weights, trace.backward[0].delta[0]):
        for value in np.ravel(values):
            assert shown(value) in said
    for name in trace.parameter_names:
        step = trace.parameter(name)
        assert f"{name} " in said
        for value in (step.old, step.data_gradient, step.penalty_gradient, step.new):
            assert shown(value) in said
    assert said.count("The 22 others") == 16
    assert said.count("and 22 more, together") == 16


def test_rows_that_are_left_out_are_counted():
    said = words_of(trace_page(clinical_trace(rows=10), rows=3))
    assert "… and 7 more rows" in said
    assert "10 rows" in said


@pytest.mark.parametrize(
    ("layers", "loss", "target"),
    [
        ([Dense(2, 3, "tanh"), Dense(3, 3)], "softmax_cross_entropy", [[0, 1, 0]]),
        ([Dense(2, 1)], "hinge", [[-1]]),
        ([Dense(2, 50, "gelu"), Dense(50, 2)], "huber", [[1.0, 2.0]]),
        ([Dense(2, 2, "relu"), Dense(2, 2, "logistic"), Dense(2, 1)], "poisson", [[3.0]]),
    ],
)
@pytest.mark.parametrize("optimizer", ["gradient_descent", "momentum", "rmsprop", "adamw"])
def test_every_kind_of_network_can_be_told(layers, loss, target, optimizer):
    network = Network(layers, loss=loss, l1=0.01, l2=0.02)
    said = words_of(trace_page(network.trace([[0.3, -0.8]], target, learning_rate=0.05, optimizer=optimizer)))
    for part in ("The step at a glance", "Inputs", "Forward", "Loss", "Backward", "chain rule"):
        assert part in said
    assert "l1 penalty" in said
    assert "l2 penalty" in said
    assert "None" not in said
    assert "differs" not in said


def test_the_notebook_shows_the_page_in_a_frame_of_its_own():
    trace = neuron_trace()
    fragment = trace_fragment(trace)
    assert trace._repr_html_() == fragment
    source = re.fullmatch(r'<iframe srcdoc="([^"]*)" sandbox="" .*></iframe>', fragment, re.DOTALL)
    assert html_library.unescape(source[1]) == trace.html()


def test_settings_are_checked():
    with pytest.raises(ConfigurationError, match="digits=0"):
        trace_page(neuron_trace(), digits=0)
    with pytest.raises(ConfigurationError, match="rows=-1"):
        neuron_trace().html(rows=-1)


def test_ten_thousand_inputs_make_a_page_that_a_browser_can_open_and_that_says_what_it_leaves_out():
    network = Network([Dense(10_000, 8, "relu"), Dense(8, 1)], loss="logistic")
    page = network.trace(np.ones((1, 10_000)), [1.0], learning_rate=0.01).html()
    assert len(page) < 5e6
    assert "The 200 largest of the 9992 others" in page
    assert "All 80008 weights and biases of layer 1: the 5000 steepest; trace.frame() has all" in page
