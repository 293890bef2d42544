"""The section before images: a model can only be as good as its inputs."""

from __future__ import annotations

import numpy as np

from glassnet.pages import Plot, Series, number_text
from glassnet.report.document import Grid, Panel, Picture, Prose, Remark, Section
from glassnet.report.lecture.patients import names
from glassnet.report.lesson import run

_CELLS = 160


def cells() -> tuple[np.ndarray, np.ndarray]:
    """Places of cells on a slide, and which are ill: those close to the middle."""
    draw = np.random.default_rng(4)
    places = draw.uniform(-1, 1, (_CELLS, 2)).round(2)
    return places, (places**2).sum(axis=1) < 0.5


def right_z() -> Section:
    """One neuron fails on two inputs, succeeds on one number computed from them, and a hidden layer learns its own."""
    X, ill = cells()
    lesson = run(
        """
how = dict(learning_rate=0.05, optimizer="adam", epochs=300)
straight = Network([Dense(2, 1)], loss="logistic")
history = straight.fit(X, ill, **how)
z = (X ** 2).sum(axis=1, keepdims=True)
told = Network([Dense(1, 1)], loss="logistic")
history = told.fit(z, ill, **how)
layers = [Dense(2, 6, "tanh"), Dense(6, 1)]
learned = Network(layers, loss="logistic", seed=1)
history = learned.fit(X, ill, **how)
""",
        names(X=X, ill=ill.astype(float)),
        "X holds the places of the cells, across and down, ill is 1 for ill ones",
    )
    right = {
        "one neuron on x1 and x2": _right(lesson["straight"], X, ill),
        "one neuron on z = x1² + x2²": _right(lesson["told"], lesson["z"], ill),
        "six hidden neurons on x1 and x2": _right(lesson["learned"], X, ill),
    }
    most = max(int(ill.sum()), int((~ill).sum()))
    series = [
        Series("ill", X[ill, 0].tolist(), X[ill, 1].tolist(), "points", "negative"),
        Series("healthy", X[~ill, 0].tolist(), X[~ill, 1].tolist(), "points", "4", shape=1),
    ]
    weight, bias = float(lesson["told"].weights[0][0, 0]), float(lesson["told"].biases[0][0])
    border = number_text(-bias / weight, 3)
    return Section(
        "You just need the right z",
        "A neuron draws a straight border. Whether that is enough depends on its inputs.",
        [
            Picture(
                [Panel(Plot(series, "x1", "x2", width=420.0, height=380.0), "The ill cells lie close to the middle.")],
                f"{_CELLS} cells on a slide.",
            ),
            Prose(
                "No straight line separates the ill cells from the healthy ones. But somebody who looks at the slide "
                "may say: what counts is the **distance from the middle**. That is one number, z = x1² + x2², and on "
                "it one neuron is enough."
            ),
            Grid(
                ["model", "right", "of"], [[name, n, _CELLS] for name, n in right.items()],
                f"On the training cells; always predicting the more frequent class is right for {most}.",
            ),
            Prose(
                f"The neuron on z has the weight {number_text(weight, 3)} and the bias {number_text(bias, 3)}, so it "
                f"predicts ill if z is below {border}. The circle was drawn at 0.5."
            ),
            Remark(
                "note", "Two ways to the right z",
                "A person can make z: a **hand-crafted feature**. Or a hidden layer can learn numbers that serve as "
                "well. Everything in the next sections is about these two ways, and about their price.",
            ),
        ],
        lesson,
    )  # fmt: skip


def _right(network: object, X: np.ndarray, ill: np.ndarray) -> int:
    """The number of cells that a network classifies correctly."""
    return int(((network.predict(X).ravel() > 0.5) == ill).sum())  # type: ignore[attr-defined]
