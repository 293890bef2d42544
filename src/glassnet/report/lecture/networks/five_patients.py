"""Section 11: two cold patients arrive, and only a nonlinear neuron can fit them."""

from __future__ import annotations

import numpy as np

from glassnet.formulas import activations
from glassnet.pages import Plot, Series, fixed_text, number_text
from glassnet.pages.surface import even
from glassnet.report.document import Cell, Display, Grid, Panel, Picture, Prose, Remark, Section
from glassnet.report.formula import Formula
from glassnet.report.lecture.patients import CASES, FIVE, SURVIVAL, TEMPERATURE, TUMOR_SIZE, inputs, names
from glassnet.report.lesson import run


def five_patients() -> Section:
    """Five patients with and without a neuron for the cold ones."""
    lesson = run(
        """
neuron = Dense(2, 1, initializer="constant")
how = dict(learning_rate=0.02, optimizer="nesterov", epochs=600)
three = Network([neuron], reduction="sum")
history = three.fit(X[:3], y[:3], **how)
three.loss(X, y).total
five = Network([neuron], reduction="sum")
five.fit(X, y, **how).loss

weights = [[1, 0, 0], [0, -1, 1]]
hidden = Dense(2, 3, "relu", weights=weights, biases=[0, -0.5, 0])
output = Dense(3, 1, weights=[[-0.87], [-1.5], [0.5]], biases=[3.69])
bent = Network([hidden, output], reduction="sum")
bent.loss(X, y).total
how = dict(learning_rate=0.005, optimizer="nesterov", epochs=500)
bent.fit(X, y, **how).loss
""",
        names(X=inputs(5), y=list(SURVIVAL)),
        FIVE,
    )
    given = names()
    network, dense = given["Network"], given["Dense"]
    X, y = inputs(5), list(SURVIVAL)
    five_loss, linear_loss, bent_start, bent_loss = (value for _, value in lesson.values)
    before, linear, bent, how = (lesson[name] for name in ("three", "five", "bent", "how"))
    deep = network(
        [dense(2, 3, weights=bent.layers[0].weights, biases=bent.layers[0].biases), bent.layers[1]], reduction="sum"
    )
    deep_loss = deep.fit(X, y, **how).loss
    smooth = network(
        [
            dense(2, 3, "logistic", weights=[[1, 0, 0], [0, -4, 4]], biases=[-2, -3, -0.5]),
            dense(3, 1, weights=[[-2], [-1.5], [0.5]], biases=[3.2]),
        ],
        reduction="sum",
    )
    smooth_loss = smooth.fit(X, y, **how).loss
    rows: list[list[Cell]] = [
        [case, t, truth, *(fixed_text(net.predict(X)[k, 0], 3) for net in (before, linear, bent))]
        for k, (case, t, truth) in enumerate(zip(CASES, TEMPERATURE, y, strict=True))
    ]
    compared: list[list[str | float]] = [
        ["one neuron, no bend", "none", linear_loss],
        ["three neurons in front, no bend", "none", deep_loss],
        ["three neurons in front, ReLU", "relu", bent_loss],
        ["three neurons in front, sigmoid", "logistic", smooth_loss],
    ]
    answers = bent.forward(X).a[1]
    spoken: list[list[Cell]] = [
        [case, t, *(fixed_text(a, 3) for a in row)] for case, t, row in zip(CASES, TEMPERATURE, answers, strict=True)
    ]
    degrees = even(20.0, 41.0, 85)
    grid = np.column_stack([np.full(len(degrees), 2.3), (np.array(degrees) - 37) / 10])
    plot = Plot(
        [
            Series("straight", degrees, linear.predict(grid).ravel().tolist(), "dashed", "3"),
            Series("with ReLU neurons", degrees, bent.predict(grid).ravel().tolist(), "line", "1"),
            Series(
                "patients (any tumor size)", TEMPERATURE, y, "points", "ink", labels=(*CASES[:3], "", "cases 4 and 5")
            ),
        ],
        "temperature, with the tumor size held at 2.3",
        "survival",
    )
    return Section(
        "Five patients",
        "Two more patients are brought in, cold and dead on arrival. The neuron that was perfect for three is "
        "wrong for five.",
        [
            Grid(
                ["case", "tumor size", "temperature", "survival"],
                [[str(k), *row] for k, row in enumerate(zip(TUMOR_SIZE, TEMPERATURE, SURVIVAL, strict=True), start=1)],
            ),
            Prose(
                f"The neuron of section 8 has never seen a cold patient. On all five its sum of squares is "
                f"{number_text(five_loss, 3)}. Trained on all five, it gets down to "
                f"{number_text(linear_loss, 3)} and no further: "
                "it can only tilt. To push the cold patients down it must also change its predictions for fever."
            ),
            Grid(
                [
                    "case",
                    "temperature",
                    "survival",
                    "neuron trained on three",
                    "trained on all five",
                    "with ReLU neurons",
                ],
                rows,
                "Predictions. A straight neuron even predicts a negative survival.",
                digits=4,
            ),
            Prose(
                "Now put the three ReLU neurons of section 10 in front and train all of it. "
                f"The sum of squares falls from {number_text(bent_start, 3)} to {number_text(bent_loss, 2)}. "
                f"The same works with "
                "the sigmoid, a softer switch:"
            ),
            Display("The sigmoid", Formula("a", (activations["logistic"].value,))),
            Grid(
                ["network", "activation", "sum of squares"],
                compared,
                "More neurons alone do not help; a bend does.",
                digits=3,
            ),
            Picture(
                [
                    Panel(
                        plot,
                        "The straight prediction rises evenly with the temperature; the bent one is low in the "
                        "cold and changes its slope in between.",
                    )
                ],
                "Survival over temperature.",
                "Both lines hold the tumor size at 2.3; the patients have their own sizes.",
            ),
            Grid(
                ["case", "temperature", "size", "cold", "fever"],
                spoken,
                "The outputs of the three ReLU neurons after training: one responds to cold and ignores fever, one "
                "does the reverse.",
                digits=3,
            ),
            Remark(
                "note",
                "Why the bend matters",
                "Without it, a neuron that goes down in the cold must go up in the warm by "
                "the same slope. With it, a neuron can be silent on one side. One neuron can then care about fever and "
                "ignore cold, and another the reverse.",
            ),
        ],
        lesson,
    )
