"""Sections 7 and 9: two neurons in a row, and linear layers that collapse."""

from __future__ import annotations

from glassnet.formulas import Expression
from glassnet.pages import NetworkDrawing, Unit, number_text
from glassnet.report.document import Display, Grid, Panel, Picture, Prose, Remark, Section, Step, Steps
from glassnet.report.formula import Formula, Written, plain, sum_of
from glassnet.report.lecture.learning.neuron import X, Y
from glassnet.report.lecture.patients import CASES, FIVE, inputs, names
from glassnet.report.lesson import run

_PARAMETERS = ("W_1", "b_1", "W_2", "b_2")


def in_a_row() -> Section:
    """The chain rule through two neurons, with numbers."""
    lesson = run(
        """
first = Dense(1, 1, weights=[[0.5]], biases=[0.1])
second = Dense(1, 1, weights=[[0.8]], biases=[0.2])
network = Network([first, second], reduction="sum")
trace = network.trace(tumor_size, survival, learning_rate=0.01)
numbers = ("W1[0,0]", "b1[0]", "W2[0,0]", "b2[0]")
[trace.parameter(name).gradient for name in numbers]
network.step(tumor_size, survival, learning_rate=0.01).total
network.loss(tumor_size, survival).total
""",
        names(),
    )
    trace = lesson["trace"]
    gradients, before, after = (value for _, value in lesson.values)
    old = [float(layer.weights[0, 0]) if k == 0 else float(layer.biases[0]) for layer in trace.forward for k in (0, 1)]
    new = [
        float(value.ravel()[0])
        for pair in zip(trace.update.weights, trace.update.biases, strict=True)
        for value in pair
    ]
    hidden, out = trace.forward[0].a.ravel(), trace.forward[1].a.ravel()
    errors = [f"({plain(f)} - {plain(y)})" for f, y in zip(out, Y, strict=True)]
    rows = [(case, x, float(h), float(f), y) for case, x, h, f, y in zip(CASES, X, hidden, out, Y, strict=False)]
    bodies = {
        "W_1": [f"{e} * {plain(old[2])} * {plain(x)}" for e, x in zip(errors, X, strict=True)],
        "b_1": [f"{e} * {plain(old[2])}" for e in errors],
        "W_2": [f"{e} * {plain(h)}" for e, h in zip(errors, hidden, strict=True)],
        "b_2": errors,
    }
    steps = [
        Step(
            f"slope along {name}".replace("_", ""),
            Formula(f"dL/d{name}", (Expression(f"2 * ({sum_of(bodies[name]).source})"),)),
            number_text(gradient, 5),
        )
        for name, gradient in zip(_PARAMETERS, gradients, strict=True)
    ]
    changes = [[name.replace("_", ""), a, g, b] for name, a, g, b in zip(_PARAMETERS, old, gradients, new, strict=True)]
    drawing = NetworkDrawing(
        [[Unit("tumor size", X[0])], [Unit("g1", float(hidden[0]), old[1])], [Unit("survival", float(out[0]), old[3])]],
        [[[old[0]]], [[old[2]]]],
    )
    rule = Expression("2 * (g_2 - y) * W_2 * x")
    return Section(
        "Two neurons in a row",
        "Feed the output of one neuron into another. The chain rule gets one link longer, and nothing else changes.",
        [
            Display("The first neuron", Formula("g_1", (Expression("W_1 * x + b_1"),))),
            Display(
                "The second neuron takes the output of the first", Formula("g_2", (Expression("W_2 * g_1 + b_2"),))
            ),
            Picture(
                [Panel(drawing, "Tumor size 0.5 passes through two neurons, one after the other.")],
                "Case 1 passes through.",
            ),
            Grid(["case", "x", "g1", "g2 = prediction", "survival y"], rows),
            Prose(
                "How does the loss change with the **first** weight? The loss depends on g2, g2 on g1 through "
                "W2, and g1 on W1 through x. Multiply the links of the chain:"
            ),
            Display("", Formula("dL/dW_1", (Written(rule, summed=True),))),
            Steps(steps),
            Prose("All four numbers move in the same step, each against its own slope, with learning rate 0.01:"),
            Grid(["number", "old", "slope", "new"], changes, digits=5),
            Remark(
                "note",
                f"The loss falls from {number_text(before)} to {number_text(after)}",
                "Four numbers were changed at once, each knowing only its own slope.",
            ),
        ],
        lesson,
    )


def collapse() -> Section:
    """Linear layers in a row are one linear layer."""
    lesson = run(
        """
weights = [[-1.0, 0.5, 0.2], [0.3, 1.0, -0.4]]
first = Dense(2, 3, weights=weights, biases=[0.1, 0.0, 1.0])
second = Dense(3, 1, weights=[[0.6], [0.8], [-0.5]], biases=[2.0])
deep = Network([first, second])
flat = deep.collapse().network
flat.weights[0].ravel()
flat.biases[0]
abs(deep.predict(X) - flat.predict(X)).max()
""",
        names(X=inputs(5)),
        FIVE,
    )
    deep, flat = lesson["deep"], lesson["flat"]
    difference = lesson.values[2][1]
    outputs = [net.predict(inputs(5)).ravel() for net in (deep, flat)]
    rows = [[case, float(a), float(b)] for case, a, b in zip(CASES, *outputs, strict=True)]
    one, two = deep.weights[0], deep.weights[1][:, 0]
    products = [
        Step(
            f"weight of {name}",
            Formula("", (sum_of([f"{plain(a)} * {plain(b)}" for a, b in zip(row, two, strict=True)]),)),
            number_text(float(merged)),
        )
        for name, row, merged in zip(("tumor size", "temperature"), one, flat.weights[0][:, 0], strict=True)
    ]
    constant = sum_of(
        [*(f"{plain(b)} * {plain(w)}" for b, w in zip(deep.biases[0], two, strict=True)), plain(deep.biases[1][0])]
    )
    products.append(Step("bias", Formula("", (constant,)), number_text(float(flat.biases[0][0]))))
    return Section(
        "Layers that are not deep",
        "Three neurons in front of a fourth sound more powerful than one. Without an activation between the layers, "
        "they are not.",
        [
            Display(
                "Put one linear layer into the next and sort the terms",
                Formula(
                    "", (Expression("W_2 * (W_1 * x + b_1) + b_2"), Expression("W_2 * W_1 * x + (W_2 * b_1 + b_2)"))
                ),
            ),
            Prose(
                "Both sides are the same formula: a number times x plus a number. The second layer adds nothing that a "
                "single neuron could not do. Here are the numbers of a network with three neurons and an output:"
            ),
            Steps(products),
            Grid(["case", "two layers", "one layer"], rows, "The same predictions.", digits=5),
            Remark("note", "glassnet says it in words", deep.collapse().explanation.splitlines()[0]),
            Prose(
                f"The largest difference between the two is {number_text(float(difference), 2)}: rounding, "
                f"nothing else. "
                "What is needed between the layers is a nonlinear **activation**. Sections 10 and 11 use one."
            ),
        ],
        lesson,
    )
