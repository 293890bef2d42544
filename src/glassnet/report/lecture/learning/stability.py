"""Sections 5 and 6: a learning rate that is too large, and the absolute error."""

from __future__ import annotations

from glassnet.formulas import Expression, losses
from glassnet.pages import Plot, Series, fixed_text, number_text
from glassnet.pages.plot import Form
from glassnet.report.document import Display, Grid, Panel, Picture, Prose, Remark, Section, Step, Steps
from glassnet.report.formula import Formula, Written, plain, sum_of
from glassnet.report.lecture.learning.neuron import X, Y
from glassnet.report.lecture.patients import CASES, START, names
from glassnet.report.lesson import run


def too_far() -> Section:
    """The divergence with the factor 2, and where stability ends."""
    lesson = run(
        """
start = Dense(1, 1, weights=[[0.01]], biases=[0.01])
whole = Network([start], reduction="sum")
[whole.step(tumor_size, survival, learning_rate=0.1).total for _ in range(6)]
whole.stability(tumor_size, survival).largest_learning_rate
half = Network([start], reduction="half-sum")
half.stability(tumor_size, survival).largest_learning_rate
""",
        names(),
    )
    growing, limit, half_limit = (value for _, value in lesson.values)
    square, single, count = sum(x * x for x in X), sum(X), len(X)
    largest = Expression("p + n + sqrt((p - n)**2 + 4 * q**2)")
    curvature = float(largest(p=square, q=single, n=count))
    parts = {"p": square, "q": single, "n": float(count)}
    steps = [
        Step("sum of squares", Formula("p", (sum_of([f"{plain(x)}**2" for x in X]),)), number_text(square, 5)),
        Step("sum", Formula("q", (sum_of([plain(x) for x in X]),)), number_text(single, 5)),
        Step("steepest curvature", Formula("λ", (largest, Written(largest, parts, 5))), number_text(curvature, 5)),
        Step(
            "largest stable rate",
            Formula("", (Written(Expression("2 / k"), {"k": curvature}, 5),)),
            number_text(2 / curvature),
        ),
    ]
    curves = [
        _curve(0.03, "line", "2"),
        _curve(0.06, "line", "1"),
        _curve(0.0625, "dashed", "4"),
        _curve(0.1, "line+points", "3"),
    ]
    plot = Plot(curves, "step", "sum of squares", log_y=True, y_range=(0.05, 5e5))
    factor = 1 - 0.1 * curvature
    rows = [[str(step), value, value / growing[step - 1] if step else ""] for step, value in enumerate(growing)]
    return Section(
        "A step too far",
        "Why does it matter that the run dropped a factor of 2? Because with it, the same learning rate makes the run "
        "diverge.",
        [
            Prose(
                "Take the slopes of the whole sum of squares, as the slides define them, and keep the learning rate "
                f"{number_text(0.1)}. Each step now jumps across the valley and lands higher on the other side."
            ),
            Grid(
                ["step", "sum of squares", "times the one before"], rows, "With the factor of 2 and learning rate 0.1."
            ),
            Picture(
                [
                    Panel(
                        plot,
                        "With learning rates 0.03 and 0.06 the loss falls; with 0.0625 it slowly grows, with 0.1 "
                        "it explodes.",
                    )
                ],
                "The same start, four learning rates.",
                f"Below {number_text(limit, 3)} the loss falls; above it, the loss grows: slowly at 0.0625, violently "
                "at 0.1.",
            ),
            Prose(
                "How large may a step be? The valley is steepest along one direction. There the slope grows by "
                "λ per unit, "
                "and one step multiplies the distance to the floor by 1 − η · λ. That shrinks only while η is "
                "below 2 / λ."
            ),
            Steps(steps),
            Remark(
                "note",
                f"The limit is {number_text(limit, 3)}",
                f"With the factor of 2, the largest stable learning rate is {number_text(limit, 3)}; 0.1 is above it, "
                f"and each step multiplies the distance by {number_text(factor, 3)}. For half the sum the limit is "
                f"twice as "
                f"large, {number_text(half_limit)}, and 0.1 is safe. So the printed run converges only because "
                f"it lost the factor of 2.",
            ),
        ],
        lesson,
    )


def _curve(rate: float, form: Form, style: str) -> Series:
    """The sum of squares before each step of a run with this learning rate."""
    given = names()
    network = given["Network"]([given["Dense"](1, 1, weights=[[START]], biases=[START])], reduction="sum")
    trail = [network.step(list(X), list(Y), learning_rate=rate).total for _ in range(25 if rate < 0.1 else 9)]
    return Series(f"η = {number_text(rate)}", list(range(len(trail))), trail, form, style)


def other_loss() -> Section:
    """The absolute error: its gradient counts signs, its best line passes through patients."""
    lesson = run(
        """
start = Dense(1, 1, weights=[[0.01]], biases=[0.01])
absolute = Network([start], loss="absolute_error", reduction="sum")
absolute.gradients(tumor_size, survival).d_weights[0].item()
how = dict(learning_rate=0.05, epochs=800, schedule="cosine")
history = absolute.fit(tumor_size, survival, **how)
[absolute.weights[0].item(), absolute.biases[0].item()]
absolute.loss(tumor_size, survival).total
""",
        names(),
    )
    network = lesson["absolute"]
    slope, (weight, bias), smallest = (value for _, value in lesson.values)
    given = names()
    squared = given["Network"]([given["Dense"](1, 1, weights=[[START]], biases=[START])], reduction="half-sum")
    squared.fit(list(X), list(Y), learning_rate=0.1, epochs=600)
    record = losses["absolute_error"]
    assert record.value is not None
    assert record.gradient is not None
    predictions = [network.predict(list(X)).ravel(), squared.predict(list(X)).ravel()]
    rows = [
        [case, y, float(a), fixed_text(abs(float(a) - y), 3), float(s), fixed_text(abs(float(s) - y), 3)]
        for case, y, a, s in zip(CASES, Y, *predictions, strict=False)
    ]
    ends = [0.0, 3.3]
    plot = Plot(
        [
            Series("patients", X, Y, "points", "ink", labels=CASES[:3]),
            Series("smallest distances", ends, [weight * x + bias for x in ends], "line", "1"),
            Series(
                "smallest squares",
                ends,
                [squared.weights[0].item() * x + squared.biases[0].item() for x in ends],
                "dashed",
                "2",
            ),
        ],
        "tumor size",
        "survival",
    )
    off = max(rows, key=lambda row: float(str(row[3])))
    terms = sum_of([f"-{plain(x)}" for x in X])
    return Section(
        "Another loss, another line",
        "The loss decides what the neuron cares about. With the **absolute error** each patient pulls with the same "
        "force, near or far.",
        [
            Display("The absolute error of one patient and its slope", Formula("", (record.value,))),
            Display("", Formula("dL/df", (record.gradient,))),
            Prose(
                "The slope is only a sign: −1 below the truth, 1 above it. At the start all three predictions "
                "are too low, so the slope along W is minus the sum of the sizes:"
            ),
            Steps([Step("slope along W", Formula("dL/dW", (terms,)), number_text(slope))]),
            Prose(
                "Because the slope does not shrink near the minimum, the learning rate has to: here it follows half a "
                "cosine wave down to zero."
            ),
            Picture(
                [
                    Panel(
                        plot,
                        "The line with the smallest distances passes through cases 1 and 3; the line with the "
                        "smallest squares passes between all three.",
                    )
                ],
                "Two losses, two lines.",
            ),
            Grid(["case", "survival", "distance line", "off by", "square line", "off by "], rows, digits=3),
            Prose(
                f"The smallest sum of distances is {number_text(smallest, 3)}: the line runs through two patients and "
                f"leaves {off[0]} alone, off by {number_text(float(str(off[3])), 3)}. Squares spread the error; "
                "distances ignore the odd one out. That is why the absolute error shrugs off outliers."
            ),
        ],
        lesson,
    )
