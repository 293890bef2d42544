"""Section 13: classes with the same network: the sign, the sigmoid, the softmax."""

from __future__ import annotations

import numpy as np

from glassnet.formulas import activations, losses
from glassnet.pages import Plot, Series, Surface, fixed_text, number_text
from glassnet.pages.surface import even
from glassnet.report.document import Display, Grid, Panel, Picture, Prose, Remark, Section
from glassnet.report.formula import Formula
from glassnet.report.lecture.patients import CASES, FIVE, SURVIVAL, TEMPERATURE, TUMOR_SIZE, inputs, names
from glassnet.report.lesson import run

_CLASSES = ("dead on arrival", "up to two years", "longer")


def classes() -> Section:
    """Yes or no, how likely, and which of three."""
    three = np.eye(3)[[0 if y == 0 else 1 if y <= 2 else 2 for y in SURVIVAL]]
    lesson = run(
        """
neuron = Dense(2, 1, initializer="constant")
how = dict(learning_rate=0.2, epochs=1500, schedule="cosine")
margin = Network([neuron], loss="hinge", l2=0.01)
margin.fit(X, [1, 1, 1, -1, -1], **how).loss
chance = Network([neuron], loss="logistic", l2=0.01)
chance.fit(X, [1, 1, 1, 0, 0], **how).loss
three = Network([Dense(2, 3)], loss="softmax_cross_entropy", l2=0.001)
three.fit(X, y3, **how).loss
""",
        names(X=inputs(5), y3=three),
        f"{FIVE}; y3 has one column per class",
    )
    X = inputs(5)
    margin, chance, softmax = lesson["margin"], lesson["chance"], lesson["three"]
    hinge, logistic = losses["hinge"], losses["logistic"]
    assert hinge.value is not None
    assert logistic.value is not None
    rows = [
        [case, truth, raw, answer, probability]
        for case, truth, raw, answer, probability in zip(
            CASES,
            ["alive" if y > 0 else "dead" for y in SURVIVAL],
            margin.forward(X).raw_prediction.ravel().tolist(),
            [f"{'+' if v > 0 else '−'}1" for v in margin.predict(X).ravel()],
            chance.predict(X).ravel().tolist(),
            strict=True,
        )
    ]
    shares = [
        [case, *(fixed_text(float(p), 3) for p in row), _CLASSES[int(np.argmax(row))]]
        for case, row in zip(CASES, softmax.predict(X), strict=True)
    ]
    f = even(-4.0, 4.0, 81)
    curves = Plot(
        [
            Series("hinge", f, [float(hinge.value(f=v, y=1.0)) for v in f], "line", "1"),
            Series("logistic", f, [float(logistic.value(f=v, y=1.0)) for v in f], "dashed", "2"),
            Series("squared error", f, [(v - 1.0) ** 2 for v in f], "dotted", "4"),
        ],
        "raw prediction f of a living patient",
        "loss",
        y_range=(-0.1, 5.0),
        height=300.0,
    )
    sizes, degrees = even(0.0, 3.4, 41), even(20.0, 42.0, 41)
    grid = np.array([[s, (t - 37) / 10] for t in degrees for s in sizes])
    chances = chance.predict(grid).reshape(len(degrees), len(sizes)).tolist()
    alive = [k for k, y in enumerate(SURVIVAL) if y > 0]
    dead = [k for k, y in enumerate(SURVIVAL) if y == 0]
    surface = Surface(
        sizes,
        degrees,
        chances,
        [0.02, 0.1, 0.25, 0.4, 0.6, 0.75, 0.9, 0.98],
        "tumor size",
        "temperature",
        "probability",
        [
            Series("alive", [TUMOR_SIZE[k] for k in alive], [TEMPERATURE[k] for k in alive], "points", "ink"),
            Series(
                "dead on arrival",
                [TUMOR_SIZE[k] for k in dead],
                [TEMPERATURE[k] for k in dead],
                "points",
                "ink",
                shape=1,
            ),
        ],
        boundary=0.5,
        diverging=True,
        height=400.0,
    )
    (w_size, w_temperature), b = chance.weights[0].ravel(), chance.biases[0][0]
    border = 37.0 - 10.0 * (w_size * 2.3 + b) / w_temperature
    return Section(
        "Yes or no, with the same network",
        "So far the neuron predicted a number: **regression**. To predict a class, keep the network and change what is "
        "done with its output f.",
        [
            Prose(
                "The hard way is the **sign**: positive means alive, negative means dead. The sign has no slope "
                "to walk down, "
                "so the neuron learns with the **hinge** loss: no cost once f is on the right side of 0 by a "
                "margin of 1."
            ),
            Display("The hinge loss, with y = 1 or −1", Formula("", (hinge.value,))),
            Prose(
                "The soft way is the **sigmoid**: it turns f into a probability between 0 and 1. Its loss is "
                "the cross-entropy, which measures the surprise at what happened."
            ),
            Display("The sigmoid; its z is the raw prediction f", Formula("p", (activations["logistic"].value,))),
            Display("The logistic loss, with y = 1 or 0", Formula("", (logistic.value,))),
            Picture(
                [
                    Panel(
                        curves,
                        "The hinge falls straight to zero at f = 1 and stays; the logistic loss approaches zero "
                        "smoothly; the squared error punishes even predictions that are too far on the right side.",
                    )
                ],
                "Three losses for a living patient.",
            ),
            Grid(["case", "truth", "f (hinge)", "sign of f", "probability (sigmoid)"], rows, digits=3),
            Picture(
                [
                    Panel(
                        surface,
                        "The probability of being alive rises with the temperature; for a tumor of size 2.3 it "
                        f"passes one half at {border:.1f} degrees.",
                    )
                ],
                "The probability of being alive.",
                "Blue: probably alive, orange: probably dead. The line is the border at 0.5.",
            ),
            Prose(
                "For more than two classes the last layer gets one neuron per class, and the **softmax** turns "
                "their outputs into probabilities that add up to 1:"
            ),
            Grid(["case", *_CLASSES, "answer"], shares, digits=3),
            Remark(
                "note",
                "One network, three tasks",
                "Regression, yes or no, and several classes differ in the last formula and "
                f"in the loss. Everything before it, and the whole of backpropagation, stays the same. "
                f"The softmax network ends with a loss of {number_text(lesson.values[2][1], 3)}.",
            ),
        ],
        lesson,
    )
