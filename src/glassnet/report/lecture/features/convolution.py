"""A convolution opened: one kernel of 3 x 3 on one digit, forward, backward and one step, by hand."""

from __future__ import annotations

import numpy as np

from glassnet.formulas import Expression
from glassnet.pages import Pixels, number_text
from glassnet.report.document import Display, Grid, Panel, Picture, Prose, Remark, Section
from glassnet.report.formula import Formula
from glassnet.report.lecture.patients import names
from glassnet.report.lesson import run

KERNEL = ((-0.5, 0.0, 0.5), (-0.5, 0.0, 0.5), (-0.5, 0.0, 0.5))
"""A kernel that responds to edges with a darker left side."""
PLACE = (2, 1)
"""The row and column of the worked-out window."""
WEIGHT = (1, 2)
"""The row and column of the kernel weight in the backward pass."""
WANTED, RATE = 1.0, 0.5


def digit() -> np.ndarray:
    """The first written 0, from 0 (paper) to 1 (ink): shape (8, 8)."""
    from sklearn.datasets import load_digits

    return np.asarray(load_digits().images[0] / 16.0)


def opened() -> Section:
    """One window forward, one weight backward, and the step."""
    from glassnet import Convolution, GlobalMean

    image = digit()
    lesson = run(
        """
start = dict(weights=[[kernel]], biases=[0.0])
layer = Convolution(1, 3, "relu", padding="valid", **start)
layers = [layer, GlobalMean()]
network = Network(layers, input_shape=(8, 8, 1))
passed = network.forward(x)
passed.prediction[0, 0]
gradients = network.gradients(x, y)
gradients.d_weights[0][0, 0].round(3)
trace = network.trace(x, y, learning_rate=0.5)
check = trace.check("W1[0,0,1,2]")
[check.analytic, check.numeric]
loss = network.step(x, y, learning_rate=0.5)
network.loss(x, y).total
""",
        names(Convolution=Convolution, GlobalMean=GlobalMean, kernel=[list(row) for row in KERNEL],
              x=image.reshape(1, 64), y=[[WANTED]]),
        "x is the image as one row of 64 numbers, y the target, kernel the initial 3 x 3 weights",
    )  # fmt: skip
    z = _sums(image, np.array(KERNEL))
    a = np.maximum(z, 0.0)
    f = float(a.mean())
    row, column = PLACE
    patch = image[row : row + 3, column : column + 3]
    products = [
        [f"row {i}", *(f"{_n(KERNEL[i][j])} · {_n(patch[i, j])} = {_n(KERNEL[i][j] * patch[i, j])}" for j in range(3))]
        for i in range(3)
    ]
    alive = z > 0
    seen = np.array([[image[r + WEIGHT[0], c + WEIGHT[1]] for c in range(6)] for r in range(6)])
    total = float(seen[alive].sum())
    slope = 2 * (f - WANTED) / 36 * total
    bias_slope, numeric = 2 * (f - WANTED) / 36 * alive.sum(), float(lesson["check"].numeric)
    kernel, bias = lesson["network"].weights[0][0, 0], float(lesson["network"].biases[0][0])
    before, after = (f - WANTED) ** 2, float(lesson.values[-1][1])
    return Section(
        "A convolution, opened",
        "A convolution is a neuron that looks through a small window, which moves over the image: the same few weights "
        "apply at every place. Every number in it can be worked out on paper.",
        [
            Picture(
                [
                    Panel(Pixels(image.tolist()), "A written 0, eight by eight pixels.", "the image"),
                    Panel(Pixels(KERNEL, signed=True), "A kernel that responds to edges.", "the kernel"),
                    Panel(Pixels(a.tolist()), "The map of the kernel: large at edges.", "the map, after relu"),
                ],
                "8 x 8 pixels, 9 weights, 6 x 6 places.",
                "Without padding a window of 3 fits at 8 − 3 + 1 = 6 places in each direction.",
            ),
            Prose(f"**Forward.** At row {row} and column {column} the window sees nine pixels, each times its weight:"),
            Grid(["kernel · pixel", "column 0", "column 1", "column 2"], products),
            Display(f"z[{row},{column}], their sum", Formula("", (Expression(_sum(patch)), _n(float(z[PLACE]))))),
            Prose(
                f"ReLU keeps values above 0: {int(alive.sum())} of 36 places. The prediction is the mean of the map, "
                f"{_n(f)}; the target is {_n(WANTED)}, so the loss is ({_n(f)} − {_n(WANTED)})² = {_n(before)}."
            ),
            Prose(
                f"**Backward.** The weight in row {WEIGHT[0]} and column {WEIGHT[1]} of the kernel acted at every "
                "place, each time on another pixel, so its slope is a sum over places. A place contributes only if "
                "ReLU let it through, and each place is a 36th of the mean:"
            ),
            Display(
                f"the slope of W[{WEIGHT[0]},{WEIGHT[1]}]",
                Formula("", (Expression(f"2 * ({f:.6g} - {WANTED:g}) / 36 * {total:.6g}"), _n(slope))),
            ),
            Prose(
                f"Here {total:.6g} is the sum of the {int(alive.sum())} pixels that this weight met at those places. A "
                f"finite difference gives {_n(numeric)}, too; the lines below compute both. The bias acts at every "
                f"place with the factor 1, so its slope is the same product with {int(alive.sum())} in place of "
                f"{total:.6g}: {_n(bias_slope)}."
            ),
            Prose(f"**Update.** One step of size {_n(RATE)} against the slope, for the same weight:"),
            Display(
                f"W[{WEIGHT[0]},{WEIGHT[1]}] after the step",
                Formula("", (Expression(f"{KERNEL[WEIGHT[0]][WEIGHT[1]]:g} - {RATE:g} * ({slope:.4g})"),
                             _n(KERNEL[WEIGHT[0]][WEIGHT[1]] - RATE * slope))),
            ),
            Prose("All nine weights move in this way, each by its own sum of pixels, and the loss becomes smaller:"),
            Picture(
                [
                    Panel(Pixels(KERNEL, signed=True), "The kernel before the step.", "the kernel before"),
                    Panel(Pixels(kernel.tolist(), signed=True), "The kernel after the step.", "the kernel after"),
                    Panel(Pixels(_map(image, kernel, bias).tolist()), "The map of the new kernel.", "the new map"),
                ],
                f"The prediction rises from {_n(f)} to {_n(float(_map(image, kernel, bias).mean()))}.",
                "The target is 1, so every weight rises: each of them met ink at the places that count.",
            ),
            Grid(
                ["", "column 0", "column 1", "column 2"],
                [[f"row {i}", *(_n(float(kernel[i, j])) for j in range(3))] for i in range(3)],
                f"The kernel after one step. The loss falls from {_n(before)} to {_n(after)}.",
            ),
            Remark(
                "note", "Nine weights for 36 neurons",
                "A dense layer from 64 pixels to 36 numbers has 2304 weights, each with a pixel of its own. The kernel "
                "has nine. What it learns at one place it knows everywhere, so it depends less on where things are. "
                "`glassnet trace` opens every weight of a trained kernel in this way, on your own images.",
            ),
        ],
        lesson,
    )  # fmt: skip


def _sums(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The sums of the kernel at each of the 6 x 6 places, without bias."""
    return np.array([[(image[r : r + 3, c : c + 3] * kernel).sum() for c in range(6)] for r in range(6)])


def _map(image: np.ndarray, kernel: np.ndarray, bias: float) -> np.ndarray:
    """The map after relu."""
    return np.maximum(_sums(image, kernel) + bias, 0.0)


def _sum(patch: np.ndarray) -> str:
    """The products that are not 0, as a sum."""
    terms = [
        f"({KERNEL[i][j]:g}) * {patch[i, j]:.6g}" for i in range(3) for j in range(3) if KERNEL[i][j] and patch[i, j]
    ]
    return " + ".join(terms)


def _n(value: float) -> str:
    """A number for reading."""
    return number_text(float(value), 4)
