"""Section 12: L1 selects, L2 spreads."""

from __future__ import annotations

import numpy as np

from glassnet.formulas import Expression, penalties
from glassnet.pages import Bars, Plot, Series, number_text
from glassnet.report.document import Cell, Display, Grid, Panel, Picture, Prose, Remark, Section, Step, Steps
from glassnet.report.formula import Formula, Written, plain, sum_of
from glassnet.report.lecture.patients import SURVIVAL, inputs, names
from glassnet.report.lesson import run

FEATURES = ("size, first reader", "size, second reader", "temperature", "bed number")
SECOND_READER = (0.6, 2.2, 3.0, 2.7, 2.2)
BEDS = (4, 7, 3, 6, 5)
_STRENGTHS = (0.03, 0.1, 0.3, 1.0)
_SHOWN = 0.3


def four_inputs() -> np.ndarray:
    """The five patients with a second measurement of the size and a useless column: shape (5, 4)."""
    known = inputs(5)
    return np.column_stack([known[:, 0], SECOND_READER, known[:, 1], np.array(BEDS) / 10.0])


def two_penalties() -> Section:
    """The effect of the two penalties on four weights."""
    lesson = run(
        """
how = dict(learning_rate=0.01, epochs=600)
how |= dict(optimizer="nesterov", schedule="cosine")
neuron = Dense(4, 1, initializer="constant")
sparse = Network([neuron], reduction="sum", l1=0.3)
history = sparse.fit(X, y, **how)
sparse.weights[0].ravel().round(3)
spread = Network([neuron], reduction="sum", l2=0.3)
history = spread.fit(X, y, **how)
spread.weights[0].ravel().round(3)
""",
        names(X=four_inputs(), y=list(SURVIVAL)),
        "X holds the four inputs of the five patients, y their survival",
    )
    X, y = four_inputs(), list(SURVIVAL)
    sparse, spread = lesson["sparse"], lesson["spread"]
    losses = [net.loss(X, y) for net in (sparse, spread)]
    terms = [
        (name, value.data, value.l1 + value.l2, value.total) for name, value in zip(("L1", "L2"), losses, strict=True)
    ]
    weights = [net.weights[0].ravel() for net in (sparse, spread)]
    rows: list[list[Cell]] = [[name, *(_settle(w[k]) for w in weights)] for k, name in enumerate(FEATURES)]
    gradients = [net.gradients(X, y) for net in (sparse, spread)]
    own = [
        (name, float(gradients[0].penalty_d_weights[0][k, 0]), float(gradients[1].penalty_d_weights[0][k, 0]))
        for k, name in enumerate(FEATURES)
    ]
    paths = {name: _path(name) for name in ("l1", "l2")}
    plots = [
        Plot(
            [
                Series(feature, _STRENGTHS, [_settle(w[k]) for w in paths[name]], "line+points", str(k + 1), shape=k)
                for k, feature in enumerate(FEATURES)
            ],
            "strength μ",
            "weight",
            log_x=True,
            y_range=(-1.1, 1.2),
            width=420.0,
            height=330.0,
        )
        for name in ("l1", "l2")
    ]
    bars = [Bars(FEATURES, [_settle(v) for v in w], "input", "weight", 3, largest=1.1, width=400.0) for w in weights]
    penalty_steps = [
        Step(
            "L1 penalty",
            Formula("", (Expression(f"{_SHOWN} * ({sum_of([plain(abs(_settle(v))) for v in weights[0]]).source})"),)),
            number_text(losses[0].l1, 4),
        ),
        Step(
            "L2 penalty",
            Formula(
                "",
                (Expression(f"{_SHOWN} * ({sum_of([f'{plain(abs(_settle(v)))}**2' for v in weights[1]]).source})"),),
            ),
            number_text(losses[1].l2, 4),
        ),
    ]
    both = abs(weights[1][0] - weights[1][1])
    return Section(
        "Two ways to keep weights small",
        "With many inputs a neuron can fit by chance. A **penalty** makes every weight cost something, so that it must "
        "earn its place.",
        [
            Prose(
                "We give the neuron four inputs: the tumor size, the same size measured by a second reader, the "
                "temperature, "
                "and the number of the bed, which means nothing. Then we add one of two costs to the sum of squares:"
            ),
            Display("L1 adds μ times the absolute weights", Formula("loss", (Expression("S + mu * T"),))),
            Display("what T adds up, for L1", Formula("T", (Written(penalties["l1"].value, summed=True),))),
            Display("what T adds up, for L2", Formula("T", (Written(penalties["l2"].value, summed=True),))),
            Picture(
                [
                    Panel(bars[0], "With L1 two weights are zero.", f"L1, μ = {_SHOWN}"),
                    Panel(bars[1], "With L2 the two readers share the work.", f"L2, μ = {_SHOWN}"),
                ],
                "The four weights.",
                "L1 keeps one reader and drops the other and the bed. L2 lets both readers share.",
            ),
            Grid(
                ["input", "with L1", "with L2"],
                rows,
                "Weights that fluctuate around zero by less than 0.002 are shown as 0.",
                3,
            ),
            Remark(
                "note",
                "L1 selects, L2 spreads",
                "L1 charges the same price for every unit of a weight, so a weight that helps little goes all the way "
                "to zero. L2 charges "
                "little for small weights and much for large ones, so two half weights are cheaper than one whole: the "
                f"readers end only {number_text(both, 2)} apart.",
            ),
            Picture(
                [
                    Panel(
                        plots[0],
                        "With rising L1 strength, the weights of one reader and of the bed go to zero and stay there.",
                        "L1",
                    ),
                    Panel(
                        plots[1], "With rising L2 strength, the weights of the two readers meet and all shrink.", "L2"
                    ),
                ],
                "The weights as the strength grows.",
                "L1: one reader and the bed go to zero and stay there. L2: the two readers meet, and all "
                "weights shrink.",
            ),
            Prose("The penalty is its own term in the loss, and its own term in the gradient:"),
            Steps(penalty_steps),
            Grid(["penalty", "sum of squares", "penalty term", "total"], terms, "The loss in its parts.", digits=4),
            Grid(
                ["input", "slope from L1", "slope from L2"],
                own,
                "What the penalty adds to each slope: L1 a fixed push (back and forth at zero), L2 one that grows "
                "with the weight.",
                digits=3,
            ),
        ],
        lesson,
    )


def _path(name: str) -> list[np.ndarray]:
    """The weights for each strength, with each run starting where the previous one ended."""
    given = names()
    weights: list[np.ndarray] = []
    start = np.zeros((4, 1)), np.zeros(1)
    for strength in _STRENGTHS:
        network = given["Network"](
            [given["Dense"](4, 1, weights=start[0], biases=start[1])], reduction="sum", **{name: strength}
        )
        network.fit(
            four_inputs(), list(SURVIVAL), learning_rate=0.01, optimizer="nesterov", epochs=600, schedule="cosine"
        )
        start = network.weights[0], network.biases[0]
        weights.append(network.weights[0].ravel())
    return weights


def _settle(weight: float, noise: float = 2e-3) -> float:
    """A weight, or zero if it only fluctuates around zero, as it does in subgradient steps under L1."""
    return 0.0 if abs(weight) < noise else float(weight)
