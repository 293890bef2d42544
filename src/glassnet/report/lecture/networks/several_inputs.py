"""Sections 8 and 10: several inputs, and what a neuron gets excited about."""

from __future__ import annotations

import numpy as np

from glassnet.formulas import Expression, activations
from glassnet.pages import NetworkDrawing, Plot, Series, Surface, Unit, number_text
from glassnet.pages.surface import even
from glassnet.report.document import Cell, Display, Grid, Panel, Picture, Prose, Remark, Section, Step, Steps
from glassnet.report.formula import Formula, Written
from glassnet.report.lecture.patients import CASES, FIVE, TEMPERATURE, TUMOR_SIZE, inputs, names
from glassnet.report.lesson import run

FEATURES = ("tumor size", "temperature")
SCALED = Expression("(temperature - 37) / 10")


def two_inputs() -> Section:
    """Tumor size and temperature together, and why inputs are scaled."""
    lesson = run(
        """
temperature = [37.6, 39.1, 36.2]
neuron = Dense(2, 1, weights=[[0.01], [0.01]], biases=[0.01])
raw = np.column_stack([tumor_size, temperature])
network = Network([neuron], reduction="sum")
network.stability(raw, survival).largest_learning_rate
X = np.column_stack([tumor_size, (np.array(temperature) - 37) / 10])
network.stability(X, survival).largest_learning_rate
history = network.fit(X, survival, learning_rate=0.05, epochs=3000)
network.predict(X).ravel()
""",
        names(),
    )
    raw_limit, limit, predictions = (value for _, value in lesson.values)
    network, X = lesson["network"], lesson["X"]
    (w_size, w_temperature), bias = network.weights[0].ravel(), network.biases[0].item()
    formula = Expression("w_1 * x_1 + w_2 * x_2 + b")
    steps = [
        Step(
            case,
            Formula(
                "", (Written(formula, {"w_1": w_size, "x_1": x[0], "w_2": w_temperature, "x_2": x[1], "b": bias}),)
            ),
            number_text(float(f)),
        )
        for case, x, f in zip(CASES, X, predictions, strict=False)
    ]
    scaled = [
        Step(
            f"{case}: {number_text(t)} °C",
            Formula("x_2", (Written(SCALED, {"temperature": t}),)),
            number_text((t - 37) / 10),
        )
        for case, t in zip(CASES, TEMPERATURE[:3], strict=False)
    ]
    sizes, temperatures = even(0.0, 3.4, 35), even(35.5, 40.0, 35)
    heights = [[float(w_size * s + w_temperature * (t - 37) / 10 + bias) for s in sizes] for t in temperatures]
    surface = Surface(
        sizes,
        temperatures,
        heights,
        [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5],
        "tumor size",
        "temperature",
        "survival",
        [Series("patients", TUMOR_SIZE[:3], TEMPERATURE[:3], "points", "ink", labels=CASES[:3])],
        height=400.0,
    )
    return Section(
        "Several inputs",
        "A neuron can listen to more than one thing. Each input gets a weight of its own.",
        [
            Display("Two inputs, two weights, one bias", Formula("f", (formula,))),
            Prose(
                "The temperature is a number near 37, the tumor size a number near 2. To the neuron, large "
                "numbers are loud: "
                f"with the raw temperature the largest stable learning rate would be "
                f"{number_text(raw_limit, 3)}. So we count "
                "the temperature from 37 degrees, in steps of ten:"
            ),
            Steps(scaled),
            Prose(
                f"Now the limit is {number_text(limit, 3)}, {number_text(limit / raw_limit, 2)} times larger, "
                f"and the neuron "
                f"learns in {len(lesson['history'].losses)} steps of 0.05 what it would otherwise never reach."
            ),
            Steps(steps),
            Remark(
                "note",
                "Three numbers, three patients",
                "The neuron now fits all three patients exactly. That is no "
                "wonder: it has three numbers to choose, and only three patients to fit. More patients will tell.",
            ),
            Picture(
                [
                    Panel(
                        surface,
                        "The predicted survival falls with the tumor size and rises slightly with the temperature.",
                    )
                ],
                "What the neuron predicts for every pair of inputs.",
                "The stronger the color, the longer the survival. The bands are "
                "straight: a single linear neuron can only draw straight bands.",
            ),
        ],
        lesson,
    )


def excitement() -> Section:
    """Each hidden neuron in words, from its weights and the data."""
    lesson = run(
        """
weights = [[1, 0, 0], [0, -1, 1]]
hidden = Dense(2, 3, "relu", weights=weights, biases=[0, -0.5, 0])
output = Dense(3, 1, weights=[[-0.87], [-1.5], [0.5]], biases=[3.69])
network = Network([hidden, output], reduction="sum")
how = dict(feature_names=features, rows=cases, center=[0, 37], scale=[1, 10])
report = network.neurons(X, **how)
network.forward(X).a[1]
""",
        names(X=inputs(5), cases=list(CASES), features=list(FEATURES)),
        FIVE,
    )
    network, answers, report = lesson["network"], lesson.values[0][1], lesson["report"]
    relu = activations["relu"]
    named = ("size", "cold", "fever")
    rows: list[list[Cell]] = [
        [case, t, *(float(a) for a in row)] for case, t, row in zip(CASES, TEMPERATURE, answers, strict=True)
    ]
    cold = Expression("max(0 * x_1 + (-1) * x_2 + (-0.5), 0)")
    values = {"x_1": 2.8, "x_2": -1.5}
    steps = [Step("cold, case 4", Formula("", (Written(cold, values),)), number_text(float(answers[3, 1])))]
    degrees = even(20.0, 42.0, 89)
    grid = np.column_stack([np.full(len(degrees), 2.3), (np.array(degrees) - 37) / 10])
    responses = network.forward(grid).a[1]
    plot = Plot(
        [
            Series("cold neuron", degrees, responses[:, 1].tolist(), "line", "1"),
            Series("fever neuron", degrees, responses[:, 2].tolist(), "dashed", "3"),
        ],
        "temperature",
        "output of the neuron",
        height=280.0,
    )
    first = network.forward(inputs(5))
    drawing = NetworkDrawing(
        [
            [Unit(name, float(v)) for name, v in zip(FEATURES, inputs(5)[3], strict=True)],
            [Unit(name, float(v), float(b)) for name, v, b in zip(named, answers[3], network.biases[0], strict=True)],
            [Unit("survival", float(first.prediction[3, 0]), float(network.biases[1][0]))],
        ],
        [network.weights[0].tolist(), network.weights[1].tolist()],
    )
    sentences = [neuron.sentence for neuron in report.of(1)]
    return Section(
        "What does a neuron get excited about?",
        "Between the layers we put a bend: the **ReLU** passes positive numbers and turns everything else into "
        "0. Now each neuron can be silent, and it means something when it speaks.",
        [
            Display("The ReLU", Formula("a", (relu.value,))),
            Prose(
                "Here are three neurons, set by hand. One listens to the tumor size, one to cold, one to fever. "
                "The cold "
                "neuron has a negative weight on the temperature: it wakes up below 32 degrees and sleeps above."
            ),
            Picture(
                [
                    Panel(
                        drawing,
                        "Two inputs, three neurons named size, cold and fever, and the predicted survival, with "
                        "the numbers of case 4.",
                    )
                ],
                "Case 4 inside the network.",
                "Temperature 22.0 enters as −1.5. The cold neuron speaks, the fever neuron is silent; dotted "
                "links have the weight 0.",
            ),
            Steps(steps),
            Grid(["case", "temperature", *named], rows, "The output of each neuron."),
            Picture(
                [Panel(plot, "The cold neuron is active only below 32 degrees, the fever neuron only above 37.")],
                "Two neurons, two interests.",
            ),
            Prose("glassnet derives such descriptions from the weights and the data:"),
            *[Remark("note", f"The {name} neuron", sentence) for name, sentence in zip(named, sentences, strict=True)],
        ],
        lesson,
    )
