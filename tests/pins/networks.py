"""The networks, populations and traces whose bits are pinned; run this file to write `pins.json` anew."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

import numpy as np

from glassnet import Dense, Network
from glassnet.engine import Plan, Population, Training
from glassnet.network import SharedNetworks

PINS = Path(__file__).with_name("pins.json")
RNG = np.random.default_rng(3)
X = RNG.normal(size=(9, 3))
Y = RNG.normal(size=(9, 2))
CLASSES = np.eye(3)[RNG.integers(3, size=9)]
WEIGHT = RNG.random(9)
BLOCKS = [(1, 1, 3, 1), (1, 1, 2, 1), (1, 0, 0, 1)]
NARROWER = [(4, 3, 2, 1), (3, 2, 1, 1), (1, 1, 1, 0)]


def digest(*parts) -> str:
    """The sha256 of arrays and texts."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part.encode() if isinstance(part, str) else np.ascontiguousarray(part).tobytes())
    return found.hexdigest()


def arithmetic() -> str:
    """The bits of what NumPy and its BLAS compute here; they differ between processors and versions."""
    rng = np.random.default_rng(0)
    found = []
    for size in (1, 3, 9, 17, 64):
        a, b = rng.normal(size=(9, size)), rng.normal(size=(size, 7))
        found += [a @ b, a.T @ a, a.sum(axis=0), np.exp(a), np.tanh(a), np.cos(a), np.log1p(np.abs(a)), a.std(axis=0)]
    return digest(*found)


def _dense(activation="tanh", **more):
    return lambda: [Dense(3, 5, activation, **more), Dense(5, 4, activation, **more), Dense(4, 2)]


def _columns():
    return [
        Dense(3, 8, "cosine", connections=BLOCKS, parametrization="frequency(bias_decay=0)"),
        Dense(8, 6, connections=NARROWER, initializer="fan_in"),
        Dense(6, 4, "selu", mixed=True, parametrization="scaled_ntk(mix_rate=0.1)", initializer="data_driven"),
        Dense(4, 2, initializer="fan_in"),
    ]


NETWORKS = {
    "one neuron": (lambda: [Dense(3, 2)], {"reduction": "half-sum"}, {}),
    "relu": (_dense("relu", initializer="he"), {"l1": 0.01, "l2": 0.02}, {"optimizer": "adam"}),
    "gelu": (_dense("gelu"), {"loss": "huber"}, {"optimizer": "adamw(weight_decay=0.1)", "clip_norm": 0.5}),
    "dropout": (_dense("leaky_relu"), {"dropout": [0.1, 0.3, 0.2], "l2": 0.1}, {"optimizer": "adam"}),
    "ntk": (_dense(parametrization="ntk", initializer="standard_normal"), {"l2": 0.1, "penalty_per_row": True}, {}),
    "scaled": (_dense(parametrization="scaled(scale_rate=3)"), {"l1": 0.01}, {"optimizer": "adam"}),
    "scaled_ntk": (_dense("elu", parametrization="scaled_ntk(bias_rate=0.1)"), {}, {"optimizer": "momentum"}),
    "mixed": (_dense("selu", mixed=True), {"dropout": 0.2}, {"optimizer": "adam"}),
    "columns": (_columns, {"l2": 0.03}, {"optimizer": "adamw(weight_decay=0.2)", "clip_norm": 2.0}),
    "columns, dropout": (_columns, {"dropout": 0.25}, {"optimizer": "adam"}),
    "softmax": (
        lambda: [Dense(3, 4, "logistic"), Dense(4, 3)], {"loss": "softmax_cross_entropy", "label_smoothing": 0.1}, {},
    ),
    "one path": (lambda: [Dense(3, 1, "tanh"), Dense(1, 1, "softplus"), Dense(1, 2)], {"l2": 0.1}, {}),
}  # fmt: skip


def network(name):
    """A network of the list, its fit settings and its targets."""
    layers, settings, training = NETWORKS[name]
    net = Network(layers(), seed=11, **settings).look_at(X)
    return net, {"learning_rate": 0.05, **training}, CLASSES if name == "softmax" else Y


def _unstyled(page):
    """A page without its style sheet."""
    return re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def pinned_network(name):
    """Weights after seven steps, and everything that two traces write: of the first step and of a later one."""
    net, training, targets = network(name)
    told = []
    for epochs, rows in ((2, None), (5, 4)):
        trace = net.trace(X, targets, sample_weight=WEIGHT, **training)
        told += [
            trace.text(),
            trace.latex(),
            json.dumps(trace.to_json()),
            _unstyled(trace.html()),
            trace.frame().to_csv(),
        ]
        told += [part for p in trace.parameter_names[::3] for part in (trace.explain(p).text(), trace.explain(p).latex)]
        net.fit(X, targets, sample_weight=WEIGHT, epochs=epochs, batch_size=rows, **training)
    told += [net.neurons(X).text, str(net.collapse()), repr(net)]
    values = [part for parts in (net.weights, net.biases, net.scales, net.mixes) for part in parts if part is not None]
    return values, told


def _shared():
    layers = [Dense(3, 5, "tanh", parametrization="scaled_ntk"), Dense(5, 4, "relu"), Dense(4, 2)]
    return SharedNetworks(layers, heads=3, seed=2, dropout=0.2, l2=0.1)


def pinned_shared():
    """The same for networks with a shared body."""
    nets = _shared()
    nets.fit(X, Y, learning_rate=0.05, optimizer="adam", epochs=5, batch_size=4)
    trace = nets.trace(X, Y, learning_rate=0.05, optimizer="adam")
    told = [trace.text(), *(trace.explain(name).text() for name in list(trace.parameter_names)[::5])]
    return [part for parts in (nets.weights, nets.biases, nets.scales) for part in parts if part is not None], told


PLANS = {
    "dense": ([3, 17, 2], ["tanh", "identity"], {}),
    "relu, penalties": ([3, 8, 5, 2], ["relu", "gelu", "identity"], {"l1": 0.01, "l2": 0.02, "clip_norm": 0.5}),
    "dropout": ([3, 8, 5, 2], ["selu", "relu", "identity"], {"dropout": [0.1, 0.2, 0.3], "dtype": "float64"}),
    "parametrized": (
        [3, 8, 5, 2], ["tanh", "mish", "identity"],
        {"parametrization": ["scaled_ntk(scale_rate=6)", "ntk", "standard"], "schedule": "cosine"},
    ),
    "heads": ([3, 8, 2], ["relu", "identity"], {"heads": 3, "parametrization": ["scaled", "standard"],
                                               "scale_start": "random_signs"}),
    "columns": (
        [3, 8, 6, 4, 2], ["cosine", "identity", "selu", "identity"],
        {"connections": [BLOCKS, NARROWER, None, None], "mixed": [False, False, True, False], "optimizer": "adamw",
         "parametrization": ["frequency", "standard", "scaled_ntk", "standard"]},
    ),
}  # fmt: skip


def pinned_plan(name):
    """Weights of a small population that the engine trains."""
    sizes, records, settings = PLANS[name]
    plan = Plan(sizes, records, "squared_error", **{"epochs": 4, "batch_size": 4, "learning_rate": 0.02, **settings})
    result = Training(plan, Population(seed=5, members=3), X, Y).run()
    return [*result.weights, *result.biases, *result.loss_curve], []


CASES = {
    **{f"network, {name}": (pinned_network, name) for name in NETWORKS},
    "shared": (pinned_shared,),
    **{f"engine, {name}": (pinned_plan, name) for name in PLANS},
}


def pin(case) -> dict:
    """What is pinned of one case: the bits of its numbers, of its texts, and roughly the numbers themselves."""
    make, *name = CASES[case]
    values, told = make(*name)
    rough = [float(f"{float(np.sum(np.abs(value))):.6g}") for value in values]
    return {"numbers": digest(*values), "texts": digest(*told), "sizes": rough}


if __name__ == "__main__":
    pins = {"arithmetic": arithmetic(), **{case: pin(case) for case in CASES}}
    PINS.write_text(json.dumps(pins, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(CASES)} pins\n")
