"""Section 4: walking downhill, and what the printed run confirms and mixes up."""

from __future__ import annotations

import numpy as np

from glassnet.formulas import Expression, optimizers
from glassnet.pages import Plot, Series, Surface, number_text
from glassnet.pages.surface import even, geometric
from glassnet.report.document import Display, Grid, Panel, Picture, Prose, Remark, Section, Step, Steps, Verdict
from glassnet.report.formula import Formula, Written
from glassnet.report.lecture.learning.neuron import X, Y
from glassnet.report.lecture.patients import (
    CASES,
    PRINTED_RUN,
    PRINTED_SLIP_BIAS,
    PRINTED_SLIP_WEIGHT,
    agrees,
    names,
    typeset,
)
from glassnet.report.lesson import run

_RATE = 0.1


def the_run() -> Section:
    """The printed run, step by step, to the minimum."""
    lesson = run(
        """
start = Dense(1, 1, weights=[[0.01]], biases=[0.01])
network = Network([start], reduction="half-sum")
how = dict(learning_rate=0.1, epochs=600, record="weights")
history = network.fit(tumor_size, survival, **how)
[network.weights[0].item(), network.biases[0].item()]
2 * network.loss(tumor_size, survival).total
""",
        names(),
    )
    history, network, smallest = lesson["history"], lesson["network"], lesson.values[1][1]
    weights, biases = (np.ravel(values) for values in (history.weights, history.biases))
    losses = 2.0 * np.append(history.losses, history.loss)  # the run halves the sum; the slides print all of it
    update = optimizers["gradient_descent"].updates["w"]
    first = network.copy()
    first.weights, first.biases = history.weights[0], history.biases[0]
    gradients = first.gradients(list(X), list(Y))
    slopes = (gradients.d_weights[0].item(), gradients.d_biases[0].item())
    steps = [
        Step(
            name, Formula(symbol, (Written(update, {"w": old, "learning_rate": _RATE, "g": slope}),)), number_text(new)
        )
        for name, symbol, old, slope, new in (
            ("new weight", "W", weights[0], slopes[0], weights[1]),
            ("new bias", "b", biases[0], slopes[1], biases[1]),
        )
    ]
    table: list[list[str | int | float | Verdict]] = []
    for step, printed in PRINTED_RUN.items():
        true = (weights[step], biases[step], losses[step])
        fine = all(agrees(p, t) for p, t in zip(printed, true, strict=True))
        pairs = [cell for p, t in zip(printed, true, strict=True) for cell in (typeset(p), number_text(t, 5))]
        table.append([str(step), *pairs, Verdict("confirmed" if fine else "corrected")])
    head = ["step", *(f"{name} {kind}" for name in ("W", "b", "loss") for kind in ("printed", "true")), "verdict"]
    return Section(
        "The run to the minimum",
        "Step against the slope, look again, step again. That is **gradient descent**, and it is all that training is.",
        [
            Display("One step, the formula that runs; η is the learning rate, g the slope", Formula("w", (update,))),
            Prose(
                "The slides choose η = 0.1. We take the slopes of **half** the sum of squares here; the reason follows "
                f"below. The slopes at the start are then {number_text(slopes[0])} and {number_text(slopes[1])}."
            ),
            Steps(steps),
            Grid(head, table, "The steps that the slides show; the loss is the sum of squares."),
            *_corrections(weights, biases, losses),
            *_pictures(weights, biases, losses),
            Prose(
                f"After {len(losses) - 1} steps nothing moves anymore: W = {number_text(weights[-1], 5)}, "
                f"b = {number_text(biases[-1], 6)}, and the sum of squares is {number_text(smallest)}. A neuron "
                "with one input has a formula for the best line, and it gives the same numbers:"
            ),
            Steps(_normal_equations()),
        ],
        lesson,
    )


def _corrections(weights: np.ndarray, biases: np.ndarray, losses: np.ndarray) -> list[Remark]:
    """Remarks on mistakes of the printed run."""
    whole = 2.0 * (weights[0] - weights[1]) / _RATE
    doubled = weights[0] - _RATE * whole
    true = [number_text(weights[1] * x + biases[1]) for x in X]
    slip = [number_text(float(PRINTED_SLIP_WEIGHT) * x + biases[1]) for x in X]
    only = [str(step) for step, b in enumerate(biases) if agrees(PRINTED_SLIP_BIAS, b)]
    return [
        Remark(
            "corrected",
            "Corrected: the run has lost a factor of 2",
            f"The slides say that the slope along W is {number_text(-abs(whole), 5)}. A step of 0.1 against it "
            f"would give "
            f"W = {number_text(weights[0])} + 0.1 · {number_text(abs(whole), 5)} = {number_text(doubled)}, not "
            f"0.88. The printed run "
            "drops the factor of 2: it walks down **half** the sum of squares. Read that way, every figure in the "
            "table above is confirmed. Section 5 shows what happens with the factor of 2.",
        ),
        Remark(
            "corrected",
            f"Corrected: a line that multiplies by {PRINTED_SLIP_WEIGHT}",
            f"After step 1 the weight is {number_text(weights[1])}, but one line of the slides multiplies by "
            f"{PRINTED_SLIP_WEIGHT}. With the true weight the predictions are {', '.join(true)}; with "
            f"{PRINTED_SLIP_WEIGHT} they would be {', '.join(slip)}.",
        ),
        Remark(
            "corrected",
            f"Corrected: b = {PRINTED_SLIP_BIAS} beside the wrong losses",
            f"The bias {PRINTED_SLIP_BIAS} belongs to step {' and '.join(only)} and the loss {number_text(losses[1])} "
            f"only. At step 2 the bias is {number_text(biases[2])} (loss {number_text(losses[2])}), at step 3 it is "
            f"{number_text(biases[3])} (loss {number_text(losses[3])}).",
        ),
    ]


def _pictures(weights: np.ndarray, biases: np.ndarray, losses: np.ndarray) -> list[Picture]:
    """The lines, the loss curve and the landscape with the path."""
    w_grid, b_grid = even(-1.8, 1.8, 61), even(-0.6, 5.0, 61)
    heights = [[sum((w * x + b - y) ** 2 for x, y in zip(X, Y, strict=True)) for w in w_grid] for b in b_grid]
    landscape = Surface(
        w_grid,
        b_grid,
        heights,
        geometric(0.3, 60.0, 8),
        "weight W",
        "bias b",
        "loss",
        [
            Series("the path of the run", weights[:120].tolist(), biases[:120].tolist(), "line", "ink"),
            Series("start and first steps", weights[:13].tolist(), biases[:13].tolist(), "points", "ink"),
            Series("minimum", [weights[-1]], [biases[-1]], "points", "3", shape=2),
        ],
    )
    ends = [0.0, 3.3]
    drawn_steps = (0, 1, 3, 12, 20, len(weights) - 1)
    styles = ("muted", "4", "3", "2", "1", "ink")
    lines = Plot(
        [
            Series("patients", X, Y, "points", "ink", labels=CASES[:3]),
            *(
                Series(
                    f"step {k}",
                    ends,
                    [weights[k] * x + biases[k] for x in ends],
                    "dashed" if n < 5 else "line",
                    styles[n],
                    labels=("", f"step {k}"),
                )
                for n, k in enumerate(drawn_steps)
            ),
        ],
        "tumor size",
        "survival",
        x_range=(-0.1, 3.9),
        y_range=(-0.3, 4.1),
    )
    steps = list(range(81))
    curve = Plot(
        [Series("sum of squares", steps, losses[:81].tolist(), "line", "1")],
        "step",
        "sum of squares",
        log_y=True,
        levels=[(float(losses[-1]), f"smallest possible: {number_text(losses[-1])}")],
        height=300.0,
    )
    return [
        Picture(
            [
                Panel(
                    landscape,
                    "The loss over weight and bias is a long, tilted valley. The path first zigzags across "
                    "it, then walks along its floor to the minimum.",
                )
            ],
            "The landscape.",
            "Each point of the map is a neuron; the stronger the color, the larger its loss. The path zigzags across "
            "the valley, then follows its floor.",
        ),
        Picture(
            [Panel(curve, "The loss falls fast at first and then ever more slowly towards its smallest value.")],
            "The loss, step by step.",
        ),
        Picture(
            [Panel(lines, "From step to step the line turns until it runs through the middle of the three patients.")],
            "The neuron's predictions on the way.",
        ),
    ]


def _normal_equations() -> list[Step]:
    """The minimum from its own formula, not from the run; m and n are the means of x and y."""
    m, n = sum(X) / len(X), sum(Y) / len(Y)
    above = sum((x - m) * (y - n) for x, y in zip(X, Y, strict=True))
    below = sum((x - m) ** 2 for x in X)
    best = above / below
    ratio, rest = Expression("p / q"), Expression("n - W * m")
    together, alone = Expression("(x - m) * (y - n)"), Expression("(x - m)**2")
    return [
        Step("means of x and y", Formula("", ()), f"m = {number_text(m, 5)}, n = {number_text(n, 5)}"),
        Step("together", Formula("p", (Written(together, summed=True),)), number_text(above, 5)),
        Step("alone", Formula("q", (Written(alone, summed=True),)), number_text(below, 5)),
        Step("best weight", Formula("W", (ratio, Written(ratio, {"p": above, "q": below}, 5))), number_text(best, 5)),
        Step(
            "best bias",
            Formula("b", (rest, Written(rest, {"n": n, "W": best, "m": m}, 5))),
            number_text(n - best * m, 6),
        ),
    ]
