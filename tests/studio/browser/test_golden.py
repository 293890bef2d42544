"""Each number in the page equals the Python trace, made here anew by the library, to the digits that are shown."""

import numpy as np
import page_numbers
import pytest

from glassnet import Dense, Network

pytestmark = pytest.mark.slow

ONE_INPUT = {"target": "survival", "kinds": {"temperature": "left_out"}}
TWO_INPUTS = {"target": "survival", "kinds": {}}
CASES = {
    "one neuron": ("lecture", ONE_INPUT, {}),
    "one neuron, the sum, absolute error": (
        "lecture", ONE_INPUT, {"loss": "absolute_error", "reduction": "sum", "learning_rate": 0.01},
    ),
    "two inputs, two neurons, momentum, penalties": (
        "five_patients", TWO_INPUTS,
        {"hidden": [{"neurons": 2, "activation": "tanh"}], "optimizer": "momentum", "learning_rate": 0.01, "l1": 0.01,
         "l2": 0.02, "seed": 3},
    ),
    "three layers, Adam": (
        "five_patients", TWO_INPUTS,
        {"hidden": [{"neurons": 3, "activation": "gelu"}, {"neurons": 2, "activation": "logistic"}],
         "optimizer": "adam", "learning_rate": 0.01, "reduction": "mean", "seed": 5},
    ),
    "classes": (
        "xor", {"target": "class", "kinds": {}},
        {"hidden": [{"neurons": 3, "activation": "relu"}], "batch_size": 4, "learning_rate": 0.05, "seed": 2},
    ),
}  # fmt: skip


def table(lab, run):
    """The inputs as the network sees them, and the targets, from the cells alone."""
    found = lab.api(f"/api/data/{run['data']['id']}/rows?offset=0&limit=500")
    columns = dict(zip(found["column_names"], zip(*found["rows"], strict=True), strict=True))
    X = np.array([[float(cell) for cell in columns[name]] for name in run["feature_names"]]).T
    if run["settings"]["scale_inputs"]:
        X = (X - X.mean(axis=0)) / X.std(axis=0)
    target = columns[run["columns"]["target"]]
    y = [[float(run["classes"].index(cell))] if run["classes"] else [float(cell)] for cell in target]
    return X, np.array(y)


@pytest.mark.parametrize("name", CASES)
def test_every_number_on_the_page_is_the_number_of_the_trace(lab, name):
    data, chosen, own = CASES[name]
    columns = {"task": None, **chosen}
    proposal = lab.api(f"/api/data/{data}/columns", columns)["proposal"]
    settings = {**proposal, "test_share": 0.0, "validation_share": 0.0, "engine": "reference", **own}
    run = lab.begin(data=data, columns=columns, settings=settings)
    address = f"/api/runs/{run['id']}"
    X, y = table(lab, run)
    start = lab.api(f"{address}/frame")["layers"]
    sizes = run["layer_sizes"]
    network = Network(
        [Dense(m, n, activation, weights=layer["weights"], biases=layer["biases"])
         for m, n, activation, layer in zip(sizes, sizes[1:], run["activations"], start, strict=False)],
        loss=settings["loss"], reduction=settings["reduction"], l1=settings["l1"], l2=settings["l2"],
    )  # fmt: skip
    how = {"learning_rate": settings["learning_rate"], "optimizer": settings["optimizer"]}
    lab.page.get_by_text("step", exact=True).first.click()
    seen, unknown = 0, set()
    for step in range(4):
        rows = lab.api(f"{address}/trace?rows=20")["rows"]
        trace = network.trace(X[rows], y[rows], **how)
        assert page_numbers.agrees(lab.figure("loss"), network.loss(X, y).total)
        for part in (None, "W1[0,0]", f"b{len(sizes) - 1}[0]"):
            if part:
                kind, layer = part[0], int(part[1])
                if kind == "W":
                    lab.page.locator(f'[data-unit="{layer}:0"]').click()
                    lab.settle()
                    lab.page.get_by_role("button", name=run["feature_names"][0], exact=True).click()
                else:
                    lab.page.locator(f'[data-unit="{layer}:0"]').click()
                    lab.settle()
                    lab.page.get_by_role("button", name="bias", exact=True).click()
                lab.settle()
            for number, text, before, owner in page_numbers.shown(lab.page):
                if number == "reduction":
                    assert any(page_numbers.agrees(text, one) for one in page_numbers.reductions(trace)), text
                    continue
                truth = page_numbers.value_of(trace, number, owner or part)
                if truth is None:
                    unknown.add(number)
                    continue
                seen += 1
                assert page_numbers.agrees(text, truth, before), (name, step, part, number, text, truth)
            if part:
                lab.button("Close").click()
        network.step(X[rows], y[rows], **how)
        lab.step()
    assert lab.problems == []
    assert seen > 150
    assert unknown == set()
