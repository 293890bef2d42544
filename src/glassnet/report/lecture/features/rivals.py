"""Forests and support vector machines, and images as a source of hand-crafted features."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.pages import Bars, Pixels, number_text
from glassnet.report.document import Grid, Panel, Picture, Prose, Remark, Section
from glassnet.report.lecture.patients import names
from glassnet.report.lesson import run

CRAFTED = (
    "ink",
    "ink in the upper half",
    "ink in the left half",
    "ink in the middle",
    "left-right symmetry",
    "up-down symmetry",
    "strokes per row",
    "strokes per column",
    "width",
    "height",
    "center, across",
    "center, down",
)
"""Measurements of each image of a digit, such as a person might think of."""


def rivals() -> Section:
    """A real clinical table: forest, support vector machine and network on the same split."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    lesson = run(
        """
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC
forest = RandomForestClassifier(n_estimators=100, random_state=0).fit(X, y)
machine = SVC().fit(X, y)
layers = [Dense(30, 8, "relu"), Dense(8, 1)]
network = Network(layers, loss="logistic", l2=0.003)
how = dict(learning_rate=0.01, optimizer="adam", epochs=20, batch_size=32)
history = network.fit(X, y, **how)
""",
        names() | _split(data.data, 1 - data.target),
        "X and y are three quarters of the patients, standardized",
    )
    y_test = lesson["y_test"]
    answers = {
        "always the majority": np.full(len(y_test), round(float(np.mean(lesson["y"])))),
        "random forest": lesson["forest"].predict(lesson["X_test"]),
        "support vector machine": lesson["machine"].predict(lesson["X_test"]),
        "network (30-8-1)": (lesson["network"].predict(lesson["X_test"]).ravel() > 0.5).astype(int),
    }
    right = {name: int((answer == y_test).sum()) for name, answer in answers.items()}
    rows = _scores(right, len(y_test))
    best, worst = max(list(right.values())[1:]), min(list(right.values())[1:])
    return Section(
        "The rivals: forests and support vector machines",
        "A network is not the only way to learn from a table. An honest lecture compares it with the others.",
        [
            Prose(
                f"Here is a real table: {len(data.target)} patients with a lump in the breast, "
                f"{data.data.shape[1]} numbers "
                "each, and the question whether the lump is malignant. The numbers were measured by people and "
                "programs on microscope images of cell nuclei: radius, texture, smoothness. Such inputs are called "
                "**hand-crafted features**."
            ),
            Prose(
                "A **random forest** asks many short lists of yes-or-no questions and lets them vote. A "
                "**support vector machine** "
                "looks for the border with the widest margin; its loss is the hinge of section 13. All three "
                f"are trained on {len(lesson['y'])} patients and tested on {len(y_test)} others."
            ),
            Grid(["model", "right", "of", "accuracy"], rows, "The same split for all."),
            Picture(
                [
                    Panel(
                        _bars(right, len(y_test)),
                        "Forest, support vector machine and network are close to each other and "
                        "far above the majority.",
                    )
                ],
                "Accuracy on patients that no model has seen.",
            ),
            Remark(
                "note",
                "Who wins?",
                f"The best and the worst of the three differ by {best - worst} of {len(y_test)} patients. "
                "With other test patients the order could change, so nobody should declare a winner here. "
                "`glassnet train` prints this comparison for your own table, with intervals.",
            ),
        ],
        lesson,
    )


def images() -> Section:
    """Images of digits, as crafted features and as raw pixels."""
    from sklearn.datasets import load_digits

    data = load_digits()
    crafted = np.array([craft(image) for image in data.images])
    lesson = run(
        """
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC
forest = RandomForestClassifier(n_estimators=100, random_state=0).fit(X, y)
machine = SVC().fit(X, y)
layers = [Dense(12, 24, "relu"), Dense(24, 10)]
network = Network(layers, loss="softmax_cross_entropy")
how = dict(learning_rate=0.01, optimizer="adam", epochs=40, batch_size=64)
history = network.fit(X, np.eye(10)[y], **how)
""",
        names() | _split(crafted, data.target),
        "X and y are three quarters of the images, standardized",
    )
    y_test = lesson["y_test"]
    right = {
        "random forest": int((lesson["forest"].predict(lesson["X_test"]) == y_test).sum()),
        "support vector machine": int((lesson["machine"].predict(lesson["X_test"]) == y_test).sum()),
        "network (12-24-10)": int((lesson["network"].predict(lesson["X_test"]).argmax(axis=1) == y_test).sum()),
    }
    raw = _split(data.data, data.target)
    given = names()
    pixels = given["Network"]([given["Dense"](64, 24, "relu"), given["Dense"](24, 10)], loss="softmax_cross_entropy")
    pixels.fit(raw["X"], np.eye(10)[raw["y"]], learning_rate=0.01, optimizer="adam", epochs=40, batch_size=64)
    right["network on the 64 pixels"] = int((pixels.predict(raw["X_test"]).argmax(axis=1) == raw["y_test"]).sum())
    first = [int(np.flatnonzero(data.target == digit)[0]) for digit in (0, 1, 4, 8)]
    measured = [[name, *(number_text(float(crafted[k][n]), 3) for k in first)] for n, name in enumerate(CRAFTED)]
    panels = [
        Panel(Pixels(data.images[k].tolist()), f"An image of the digit {data.target[k]}.", f"digit {data.target[k]}")
        for k in first
    ]
    gain = right["network on the 64 pixels"] - right["network (12-24-10)"]
    return Section(
        "Images as a source of features",
        "An image is a table too: one number per pixel. Before networks learned from pixels, people measured "
        "things on the image "
        "and gave those to a forest or a support vector machine.",
        [
            Picture(panels, "Four of 1797 written digits.", "Each image has 8 by 8 pixels from 0 (paper) to 16 (ink)."),
            Prose("We measure twelve simple things on each image, as a person might think of them:"),
            Grid(["feature", *(f"digit {data.target[k]}" for k in first)], measured, digits=3),
            Prose(f"Three models are trained on {len(lesson['y'])} images and tested on {len(y_test)} others:"),
            Grid(
                ["model", "right", "of", "accuracy"],
                _scores(right, len(y_test)),
                "Ten digits; guessing would be right in 10 %.",
            ),
            Picture(
                [
                    Panel(
                        _bars(right, len(y_test)),
                        "On hand-crafted features all models are close; the network on raw pixels is best.",
                    )
                ],
                "Hand-crafted features against raw pixels.",
            ),
            Remark(
                "note",
                "What the features cost",
                f"The same network with the 64 raw pixels gets {gain} more digits right. "
                "Twelve numbers cannot hold everything in an image. Hand-crafted features can be understood and need "
                "few examples; learned ones keep what nobody thought of measuring.",
            ),
        ],
        lesson,
    )


def craft(image: np.ndarray) -> list[float]:
    """Twelve simple measurements of an image of 8 by 8 pixels from 0 to 16; see `CRAFTED`."""
    ink = np.asarray(image, dtype=np.float64) / 16.0
    total = ink.sum() or 1.0
    dark = ink > 0.5
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    return [
        float(total),
        float(ink[:4].sum() / total),
        float(ink[:, :4].sum() / total),
        float(ink[2:6, 2:6].sum() / total),
        float(1 - np.abs(ink - ink[:, ::-1]).mean()),
        float(1 - np.abs(ink - ink[::-1]).mean()),
        _strokes(dark),
        _strokes(dark.T),
        float(np.ptp(columns) + 1) if len(columns) else 0.0,
        float(np.ptp(rows) + 1) if len(rows) else 0.0,
        float((ink.sum(axis=0) * np.arange(8)).sum() / total),
        float((ink.sum(axis=1) * np.arange(8)).sum() / total),
    ]


def _strokes(dark: np.ndarray) -> float:
    """The mean number of separate runs of ink in a line of pixels."""
    runs = [sum(1 for ink, _ in itertools.groupby(line) if ink) for line in dark.tolist()]
    return sum(runs) / len(runs)


def _split(X: Any, y: Any) -> dict[str, Any]:
    """Three quarters for training and one quarter for the test, with inputs scaled by the former."""
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)
    scaler = StandardScaler().fit(X_train)
    return {"X": scaler.transform(X_train), "y": y_train, "X_test": scaler.transform(X_test), "y_test": y_test}


def _scores(right: dict[str, int], count: int) -> list[Sequence[str | int | float]]:
    """Rows of a score table."""
    return [[name, n, count, f"{100 * n / count:.1f} %"] for name, n in right.items()]


def _bars(right: dict[str, int], count: int) -> Bars:
    """Accuracies as bars."""
    return Bars(
        list(right),
        [100 * n / count for n in right.values()],
        "model",
        "accuracy in %",
        3,
        signed=False,
        largest=100.0,
        width=560.0,
    )
