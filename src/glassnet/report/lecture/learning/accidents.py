"""Two accidents of many inputs: a damaged pixel, and a rare name."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.pages import Pixels, Plot, Series, number_text
from glassnet.report.document import Grid, Panel, Picture, Prose, Remark, Section
from glassnet.report.lecture.patients import names
from glassnet.report.lesson import run

_FEW = 60
_PEOPLE, _OTHERS, _NAMES = 80, 400, 60
_SETTLED = 0.02
"""Weights that fluctuate around zero by less than this count as zero."""


def damaged_pixel() -> Section:
    """The effect of a stuck detector pixel on networks with and without an L2 penalty."""
    from sklearn.datasets import load_digits

    data = load_digits()
    kept = (data.target == 3) | (data.target == 8)
    X, y = data.data[kept] / 16.0, (data.target[kept] == 8).astype(float)
    lesson = run(
        """
how = dict(learning_rate=0.05, optimizer="adam", epochs=300)
neuron = Dense(64, 1, initializer="constant")
free = Network([neuron], loss="logistic")
history = free.fit(X, y, **how)
held = Network([neuron], loss="logistic", l2=0.02)
history = held.fit(X, y, **how)
abs(free.weights[0]).max()
abs(held.weights[0]).max()
""",
        names(X=X[:_FEW], y=y[:_FEW]),
        f"X holds the 64 pixels of {_FEW} images of a 3 or an 8, from 0 to 1; y is 1 for an 8",
    )
    rest, wanted = X[_FEW:], y[_FEW:]
    rows: list[list[str | int]] = []
    panels = []
    lost: list[float] = []
    for name, network in (("without a penalty", lesson["free"]), ("with L2", lesson["held"])):
        weights = network.weights[0].ravel()
        whole = _right(network, rest, wanted)
        stuck = [_right(network, _saturate(rest, pixel), wanted) for pixel in range(64)]
        lost += [whole - sum(stuck) / 64, whole - min(stuck)]
        worst = int(np.argmin(stuck))
        rows.append([name, whole, f"{sum(stuck) / 64:.1f}", min(stuck), f"{worst // 8}, {worst % 8}", len(wanted)])
        panels.append(
            Panel(Pixels(weights.reshape(8, 8).tolist(), signed=True), f"The 64 weights {name}.", name)
        )  # fmt: skip
    costs = [number_text(each, 2) for each in lost]
    on_average = "less" if lost[2] < lost[0] else "no less"
    at_worst = "less, too" if lost[3] < lost[1] else "no less"
    return Section(
        "L2 and the damaged pixel",
        "A detector ages, and one of its pixels gets stuck at one value. The network was trained before that happened.",
        [
            Prose(
                f"Two networks of one neuron learn to tell a written 3 from an 8, from {_FEW} images and 64 pixels. "
                "There are more weights than images, so a network can rely on pixels that separate them by chance."
            ),
            Picture(panels, "The weights, at the places of their pixels.", "Hue shows the sign, intensity the size."),
            Prose(
                f"Now one pixel is stuck at full ink in all {len(wanted)} images that neither network has seen. We try "
                "this for each of the 64 pixels in turn:"
            ),
            Grid(
                ["network", "right, none stuck", "one stuck, mean", "worst case", "worst row, column", "of"], rows
            ),
            Remark(
                "note", "What L2 protects against, and what it does not",
                f"With the penalty the largest weight is {number_text(lesson.values[1][1], 3)} instead of "
                f"{number_text(lesson.values[0][1], 3)}, and uninformative pixels have weights close to 0. So a stuck "
                f"pixel costs {on_average} on average: {costs[2]} answers against {costs[0]}. In the worst case it "
                f"costs {at_worst} ({costs[3]} against {costs[1]}), because both networks need the important pixels. "
                "`glassnet lab --knob damage` repeats "
                "this with a black square, for seven kinds of models.",
            ),
        ],
        lesson,
    )  # fmt: skip


def _right(network: Any, images: np.ndarray, wanted: np.ndarray) -> int:
    """The number of images that a network classifies correctly."""
    return int(((network.predict(images).ravel() > 0.5) == wanted).sum())


def _saturate(images: np.ndarray, pixel: int) -> np.ndarray:
    """The images with one pixel set to full ink."""
    stuck = images.copy()
    stuck[:, pixel] = 1.0
    return stuck


def rare_name() -> Section:
    """One-hot encoded names predict a profession on the training rows, and nowhere else."""
    (X, y), (others, truth) = _people(0, _PEOPLE), _people(1, _OTHERS)
    lesson = run(
        """
how = dict(learning_rate=0.05, optimizer="adam", epochs=400)
neuron = Dense(61, 1, initializer="constant")
greedy = Network([neuron], loss="logistic")
history = greedy.fit(X, y, **how)
sparse = Network([neuron], loss="logistic", l1=0.02)
history = sparse.fit(X, y, **how)
""",
        names(X=X, y=y),
        f"X holds the age in decades from 40 on, and for each of {_NAMES} names whether the person has it",
    )
    rows: list[list[str | int]] = []
    curves: list[Series] = []
    for name, style, network in (("without a penalty", "2", lesson["greedy"]), ("with L1", "1", lesson["sparse"])):
        weights = network.weights[0].ravel()
        used = int((np.abs(weights[1:]) > _SETTLED).sum())
        seen, new = (
            f"{100 * np.mean((network.predict(rows_).ravel() > 0.5) == answers):.0f} %"
            for rows_, answers in ((X, y), (others, truth))
        )
        rows.append([name, number_text(float(weights[0]), 3), used, seen, new])
        order = np.argsort(-weights[1:])
        curves.append(
            Series(name, range(1, _NAMES + 1), weights[1:][order].tolist(), "points", style, shape=len(curves))
        )
    alone = f"{100 * np.mean((others[:, 0] > 0) == truth):.0f} %"
    return Section(
        "The rare name",
        "With many inputs something always fits by chance. If one person of a rare name in the table is a doctor, the "
        "network takes everybody of that name for a doctor.",
        [
            Prose(
                f"There are {_PEOPLE} people, with their age, and their first name as {_NAMES} inputs that are 0 or 1. "
                "In these simulated data, age is related to being a doctor, and the name is not."
            ),
            Grid(
                ["network", "weight of age", "names in use", "right on training rows", f"on {_OTHERS} others"],
                rows, f"For people whom no network has seen, age alone (40 or older) is right for {alone}.",
            ),
            Picture(
                [Panel(Plot(curves, "names, the largest weight first", "weight"), "The weights of the names.")],
                "What the networks made of the names.",
                f"No name means anything here. Used are {rows[0][2]} of {_NAMES} without a penalty, and {rows[1][2]} "
                "with L1.",
            ),
            Remark(
                "note", "L1 removes them",
                "An L1 penalty charges each weight by its size, and a name that helps with only one row is not worth "
                "its price. What is left is age. The same happens with ids, rooms and dates of visits in real tables; "
                "`glassnet schema` reports columns that look like that.",
            ),
        ],
        lesson,
    )  # fmt: skip


def _people(number: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Random ages and names, and who is a doctor, which depends only on age."""
    draw = np.random.default_rng((11, number))
    age = draw.normal(0.0, 1.0, count).round(1)
    named: Any = np.eye(_NAMES)[draw.integers(_NAMES, size=count)]
    doctor = draw.random(count) < 1 / (1 + np.exp(-1.5 * age))
    return np.column_stack([age, named]), doctor.astype(float)
