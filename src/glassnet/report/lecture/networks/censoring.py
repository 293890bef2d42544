"""The third patient is still alive: the effect of censoring on the loss, the gradient and the survival curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassnet.pages import Plot, Series, fixed_text, number_text
from glassnet.report.document import Grid, Panel, Picture, Prose, Remark, Section
from glassnet.report.lecture.patients import CASES, names
from glassnet.report.lesson import run
from glassnet.survival import Times, kaplan_meier

_ENDINGS = ("died after 1.0 years", "alive, last seen after 1.0", "alive, last seen after 4.0")


def still_alive() -> Section:
    """The same three patients, but the third was alive when last seen."""
    lesson = run(
        """
def step(y):
    neuron = Dense(1, 1, weights=[[0.5]], biases=[0.0])
    network = Network([neuron], loss="cox", reduction="sum")
    return network.trace(tumor_size, y, learning_rate=0.1)
dead = step([[3.2, 1], [1.9, 1], [1.0, 1]])  # years, 1: died
alive = step([[3.2, 1], [1.9, 1], [1.0, 0]])  # 0: alive when last seen
later = step([[3.2, 1], [1.9, 1], [4.0, 0]])  # and seen once more
[s.loss.total for s in (dead, alive, later)]
[s.parameter("W1[0,0]").gradient for s in (dead, alive, later)]
""",
        names(),
        "tumor_size holds the sizes of the three patients",
    )
    steps = [lesson[name] for name in ("dead", "alive", "later")]
    totals, gradients = lesson.values[0][1], lesson.values[1][1]
    slopes = [
        [case, *(fixed_text(float(step.loss.slopes[row, 0]), 3) for step in steps)]
        for row, case in enumerate(CASES[:3])
    ]
    return Section(
        "The third patient is still alive",
        "In a real study some patients are alive at the end. Their survival is not 1.0 years; it is **at least** that. "
        "A squared error would teach the network that they died on the day they were last seen.",
        [
            Prose(
                "So we ask another question. Whenever a patient dies, look at everybody who could have died that day, "
                "the **risk set**: with what probability would the network have picked the right one? The **share** of "
                "a patient is e to the output f, divided by the sum over the risk set. The loss is the surprise: minus "
                "the logarithm of the share of the patient who died (the partial likelihood of Cox, 1972). Patients "
                "who are alive have no term of their own, but belong to the risk sets as long as they are followed."
            ),
            Grid(
                ["when", "at risk", "share of the patient who died"],
                [list(row) for row in _deaths(steps[0])],
                "If all three died: three deaths, three risk sets.",
            ),
            Prose(
                "The slope of the loss along each patient's f can be read off the shares: **my share in every risk "
                "set that I belong to, minus 1 if I died.** Those who die earlier than predicted are pushed up; "
                "those who are at risk and live are pushed down."
            ),
            Grid(["dL/df", *_ENDINGS], slopes, "The third patient ends in three ways.", digits=3),
            Prose(
                "If the third patient was last seen after 1.0 years, nobody has died by then: the patient belongs to "
                "no risk set and contributes nothing (slope 0). The slope along the weight goes from "
                f"{number_text(gradients[0], 4)} to {number_text(gradients[1], 4)}. If seen alive after 4.0 years, the "
                "patient belongs to both risk sets as a survivor, and the slope becomes "
                f"{number_text(gradients[2], 4)}: now the patient with the largest tumor lives longest."
            ),
            Picture(
                [Panel(_curves(), "Survival curves: a death is a step, and a censored patient is not.")],
                "Kaplan-Meier curves of three patients.",
            ),
            Remark(
                "note",
                "A constant that nobody can know",
                "Adding 1 to every f changes no share, so the bias has the slope 0: the loss orders patients but does "
                "not say when they die. Years come back with the baseline hazard, the rate at which patients with "
                f"f = 0 die. The loss goes from {number_text(totals[0], 4)} to {number_text(totals[1], 4)} and "
                f"{number_text(totals[2], 4)}.",
            ),
        ],
        lesson,
    )


def _deaths(step: Any) -> list[Sequence[Any]]:
    """Time, risk set and share at each death, the first one first."""
    coupled, times = step.loss.coupled, step.y[:, 0]
    return [
        [
            f"{times[row]:.1f} years, {CASES[row]}",
            ", ".join(CASES[other] for other in coupled.at_risk(row)),
            fixed_text(coupled.share(row, row), 3),
        ]
        for row in sorted(range(3), key=lambda row: times[row])
    ]


def _curves() -> Plot:
    """Kaplan-Meier in all three cases."""
    ends = ([1.0, 1], [1.0, 0], [4.0, 0])
    series = []
    for number, (name, end) in enumerate(zip(_ENDINGS, ends, strict=True)):
        curve = kaplan_meier(Times.read([[3.2, 1], [1.9, 1], end]))
        x, y = [0.0], [1.0]
        for time, value in zip(curve.time, curve.value, strict=True):
            x += [float(time), float(time)]
            y += [y[-1], float(value)]
        form = ("line", "dashed", "dotted")[number]
        series.append(Series(name, x, y, form, str(number + 1)))  # type: ignore[arg-type]
    return Plot(series, "years", "survival probability", x_range=(0.0, 4.2), y_range=(0.0, 1.02), height=300.0)
