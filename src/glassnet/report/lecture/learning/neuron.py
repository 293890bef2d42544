"""Sections 1 to 3: one neuron, its loss, its gradient."""

from __future__ import annotations

from glassnet.formulas import REDUCTIONS, Expression, losses, reduction_factor
from glassnet.pages import NetworkDrawing, Plot, Series, Unit, number_text
from glassnet.pages.surface import even
from glassnet.report.document import Display, Grid, Panel, Picture, Prose, Remark, Section, Step, Steps, Verdict
from glassnet.report.formula import Formula, Written, plain, sum_of
from glassnet.report.lecture.patients import (
    CASES,
    PRINTED_ABSOLUTE,
    PRINTED_GRADIENTS,
    PRINTED_PREDICTIONS,
    PRINTED_SQUARED,
    SURVIVAL,
    TEMPERATURE,
    TUMOR_SIZE,
    agrees,
    names,
    typeset,
)
from glassnet.report.lesson import run

X, Y = TUMOR_SIZE[:3], SURVIVAL[:3]
NEURON = Expression("W * x + b")


def verdict(*pairs: tuple[str, float]) -> Verdict:
    """Confirmed if every printed figure is the true number, rounded."""
    return Verdict("confirmed" if all(agrees(printed, true) for printed, true in pairs) else "corrected")


def one_neuron() -> Section:
    """Three patients, one neuron, three predictions."""
    lesson = run(
        """
tumor_size, survival = [0.5, 2.3, 2.9], [3.2, 1.9, 1.0]
network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])])
network.predict(tumor_size).ravel()
""",
        names(),
    )
    network, predictions = lesson["network"], lesson.values[0][1]
    weight, bias = network.weights[0].item(), network.biases[0].item()
    steps = [
        Step(
            f"prediction of {case}",
            Formula(f"f_{k}", (Written(NEURON, {"W": weight, "x": x, "b": bias}),)),
            number_text(f),
        )
        for k, (case, x, f) in enumerate(zip(CASES, X, predictions, strict=False), start=1)
    ]
    patients = [(str(k), *row) for k, row in enumerate(zip(X, TEMPERATURE, Y, strict=False), start=1)]
    printed = list(zip(PRINTED_PREDICTIONS, predictions, strict=True))
    drawing = NetworkDrawing(
        [[Unit("tumor size", X[0])], [Unit("survival", float(predictions[0]), bias)]], [[[weight]]]
    )
    plot = Plot(
        [
            Series("patients", X, Y, "points", "ink", labels=CASES[:3]),
            Series("prediction of the neuron", [0.0, 3.2], [bias, weight * 3.2 + bias], "line", "1"),
        ],
        "tumor size",
        "survival",
        y_range=(-0.2, 3.7),
    )
    return Section(
        "Three patients and one neuron",
        "A neuron is a very small formula. It takes a number, multiplies it, adds something, and calls the result a "
        "prediction.",
        [
            Grid(["case", "tumor size", "temperature", "survival"], patients, "Three patients."),
            Prose(
                "We want to guess how long a patient **survives** from the size of the tumor. The neuron has two "
                "numbers of its own: a **weight** W that multiplies the input x, and a **bias** b that is added."
            ),
            Display("The prediction f of a neuron", Formula("f", (NEURON,))),
            Prose(
                f"Nobody knows good values yet, so we start anywhere: W = {number_text(weight)} and "
                f"b = {number_text(bias)}. The neuron then predicts:"
            ),
            Steps(steps),
            Remark(
                verdict(*printed).kind,
                "Confirmed: " + ", ".join(PRINTED_PREDICTIONS),
                "The slides print these three predictions, and they are right.",
            ),
            Picture(
                [Panel(drawing, "One input, tumor size 0.5, goes through the weight 0.01 into one neuron.")],
                "Case 1 inside the neuron.",
                "The box is the input, the pill the neuron with its output, and the number on the link the weight.",
            ),
            Picture(
                [Panel(plot, "The neuron predicts almost zero for all three patients, far below their survival.")],
                "Before learning.",
                "The line shows the prediction for every tumor size. It is far from the patients.",
            ),
        ],
        lesson,
    )


def how_wrong() -> Section:
    """The loss: absolute and squared, summed, halved and averaged."""
    lesson = run(
        """
start = Dense(1, 1, weights=[[0.01]], biases=[0.01])
network = Network([start], loss="squared_error", reduction="sum")
network.loss(tumor_size, survival).total
absolute = Network([start], loss="absolute_error", reduction="sum")
absolute.loss(tumor_size, survival).total
""",
        names(),
    )
    network, (squared, summed) = lesson["network"], (value for _, value in lesson.values)
    predictions = network.predict(list(X)).ravel()
    square, distance = losses["squared_error"].value, losses["absolute_error"].value
    assert square is not None
    assert distance is not None
    rows = [
        (case, float(f), y, float(distance(f=f, y=y)), float(square(f=f, y=y)))
        for case, f, y in zip(CASES, predictions, Y, strict=False)
    ]
    steps = [
        Step(case, Formula("", (Written(square, {"f": row[1], "y": row[2]}),)), number_text(row[4]))
        for case, row in zip(CASES, rows, strict=False)
    ]
    total = Formula("loss", (Written(square, summed=True), sum_of([plain(row[4]) for row in rows])))
    reductions = [
        (name, f"{number_text(reduction_factor(name, len(X)))} · Σ", reduction_factor(name, len(X)) * squared)
        for name in REDUCTIONS
    ]
    mean = next(row[2] for row in reductions if row[0] == "mean")
    return Section(
        "How wrong is it?",
        "To improve, the neuron needs one number that says how wrong it is: the **loss**.",
        [
            Prose(
                "For each patient we compare the prediction f with the true value y. Two ways are common: the distance "
                "between them, or the distance squared. Squaring makes one large mistake worse than two small ones."
            ),
            Grid(["case", "prediction f", "survival y", "|f − y|", "(f − y)²"], rows, digits=4),
            Display("The squared error of one patient, the very formula that runs", Formula("", (square,))),
            Steps([*steps, Step("all three", total, number_text(squared))]),
            Remark(
                verdict((PRINTED_ABSOLUTE, summed), (PRINTED_SQUARED, squared)).kind,
                f"Confirmed: {PRINTED_ABSOLUTE} and {PRINTED_SQUARED}",
                f"The distances add up to {number_text(summed)}, the squares to {number_text(squared)}. "
                "Both are printed on the slides.",
            ),
            Remark(
                "corrected",
                "Corrected: this is a sum, not a mean",
                f"The slides call {PRINTED_SQUARED} the mean squared error. It is the sum over three patients; "
                f"the mean is "
                f"{number_text(squared)} / {len(X)} = {number_text(mean)}. The difference matters as soon as a "
                "learning rate is chosen, as sections 4 and 5 show.",
            ),
            Grid(
                ["reduction", "rule", "loss at the start"],
                reductions,
                "The same mistakes, added up in four ways. `reduction=` chooses one.",
                digits=5,
            ),
        ],
        lesson,
    )


def which_way() -> Section:
    """The gradient by hand and by finite difference."""
    lesson = run(
        """
start = Dense(1, 1, weights=[[0.01]], biases=[0.01])
network = Network([start], reduction="sum")
gradients = network.gradients(tumor_size, survival)
gradients.d_weights[0].item()
gradients.d_biases[0].item()
""",
        names(),
    )
    network, (d_weight, d_bias) = lesson["network"], (value for _, value in lesson.values)
    gradient = losses["squared_error"].gradient
    assert gradient is not None
    predictions = network.predict(list(X)).ravel()
    chain = Expression(f"{gradient.source} * x")
    weight_terms = [f"{plain(f)} - {plain(y)}" for f, y in zip(predictions, Y, strict=True)]
    with_x = sum_of([f"({term}) * {plain(x)}" for term, x in zip(weight_terms, X, strict=True)])
    without = sum_of([f"({term})" for term in weight_terms])
    steps = [
        Step("slope along W", Formula("dL/dW", (Expression(f"2 * ({with_x.source})"),)), number_text(d_weight, 5)),
        Step("slope along b", Formula("dL/db", (Expression(f"2 * ({without.source})"),)), number_text(d_bias, 5)),
    ]
    numeric = _finite_difference(network)
    start = network.loss(list(X), list(Y)).total
    bias = network.biases[0].item()
    best = sum(x * (y - bias) for x, y in zip(X, Y, strict=True)) / sum(x * x for x in X)
    weights = even(-1.2, 3.2, 45)
    curve = [_loss_at(network, w) for w in weights]
    tangent = [start + d_weight * (w - network.weights[0].item()) for w in weights]
    plot = Plot(
        [
            Series("loss", weights, curve, "line", "1"),
            Series("its slope at the start", weights, tangent, "dashed", "3"),
            Series("start", [network.weights[0].item()], [start], "points", "ink"),
        ],
        "weight W (bias 0.01)",
        "loss",
        y_range=(0.0, 40.0),
    )
    return Section(
        "Which way is down?",
        "The **gradient** says how the loss changes when the weight or the bias grows a little.",
        [
            Prose(
                "Take the chain rule one link at a time. How does the loss change with the prediction? That is "
                "2 · (f − y). How does the prediction change with W? By x, because W is multiplied by x. Multiply the "
                "two, and add up over the patients."
            ),
            Display("For the weight", Formula("dL/dW", (Written(chain, summed=True),))),
            Display(
                "For the bias, which is multiplied by nothing", Formula("dL/db", (Written(gradient, summed=True),))
            ),
            Steps(steps),
            Remark(
                verdict(*zip(PRINTED_GRADIENTS, (d_weight, d_bias), strict=True)).kind,
                "Confirmed: " + " and ".join(typeset(p) for p in PRINTED_GRADIENTS),
                "Both slopes are negative: the loss falls when W and b grow. So they must grow.",
            ),
            Prose(
                "Can we trust the chain rule? Nudge the weight by a hair to both sides and look at the loss: the "
                f"slope between the two is {number_text(numeric, 8)}, the chain rule says {number_text(d_weight, 8)}."
            ),
            Picture(
                [Panel(plot, "The loss is a parabola in the weight; at the start it falls steeply to the right.")],
                "The loss over the weight.",
                f"With the bias held at 0.01, a larger weight is better, up to {number_text(best, 3)}.",
            ),
        ],
        lesson,
    )


def _loss_at(network: object, weight: float) -> float:
    """The loss with another weight."""
    import numpy as np

    from glassnet.network import Network

    assert isinstance(network, Network)
    other = network.copy()
    other.weights[0] = np.array([[weight]])
    return other.loss(list(X), list(Y)).total


def _finite_difference(network: object, width: float = 1e-4) -> float:
    """The slope of the loss along the weight, from two nearby losses."""
    from glassnet.network import Network

    assert isinstance(network, Network)
    weight = network.weights[0].item()
    return (_loss_at(network, weight + width) - _loss_at(network, weight - width)) / (2 * width)
