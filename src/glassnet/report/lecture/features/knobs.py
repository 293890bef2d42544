"""The laboratory in the lecture: which models still work as the images become harder in one way at a time."""

from __future__ import annotations

import itertools

import numpy as np

from glassnet.pages import Pixels
from glassnet.report.document import Grid, Panel, Picture, Prose, Remark, Section
from glassnet.report.lab_page import knob_plot
from glassnet.report.lesson import run

_TRAIN, _TEST = 100, 300
KINDS = {"features": "models on features", "pixels": "dense models on pixels", "standardized": "convolution"}
"""The inputs of the laboratory's models, and what to call those who take them."""


def two_knobs() -> Section:
    """Models on hand-crafted features and on pixels, as lesions move and as images become noisy."""
    from glassnet.evaluate.lab import MODELS, laboratory
    from glassnet.images import Knobs, phantoms

    lesson = run(
        """
how = dict(values=[0, 0.25, 0.5], train=100, test=300)
results = laboratory(["position", "noise"], **how)
""",
        {"laboratory": laboratory},
        "laboratory draws the phantoms, trains the models, and tests them on other phantoms",
    )
    results = lesson["results"]
    settings = [("as they are", Knobs()), ("position at 0.5", Knobs(position=0.5)), ("noise at 0.5", Knobs(noise=0.5))]
    examples = [
        Panel(Pixels((_halve(phantoms(4, knobs=knobs, seed=0).images[3]) / 255).round(3).tolist()),
              f"A malignant lesion, {title}.", title)
        for title, knobs in settings
    ]  # fmt: skip
    curves = []
    rows = [[kind] for kind in KINDS.values()]
    for knob in ("position", "noise"):
        own = [result for result in results if result.knob == knob]
        curves.append(Panel(knob_plot(own, knob), f"Accuracy as the knob {knob} turns.", knob))
        for value, (row, kind) in itertools.product((0.25, 0.5), zip(rows, KINDS, strict=True)):
            models = {model.name for model in MODELS if model.inputs == kind}
            mean = np.mean([r.accuracy for r in own if r.value == value and r.model in models])
            row.append(f"{100 * mean:.0f} %")
    return Section(
        "Two knobs: position and noise",
        "Digits are small. Here are drawn lesions, benign or malignant, which differ in shape and texture; and one "
        "knob at a time makes them harder to tell apart.",
        [
            Picture(examples, "The same lesion.", "Models see 28 x 28 pixels; here are means over two by two."),
            Prose(
                f"Seven kinds of models learn from {_TRAIN} phantoms at each setting of the knob, and are tested on "
                f"{_TEST} others at the same setting. The features are the 284 that `glassnet features` measures, from "
                "gray values to textures."
            ),
            *(
                Picture([curve], f"Seven models as the knob {curve.title} turns.",
                        f"Vertical lines are 95 % intervals over the {_TEST} test phantoms, for one training.")
                for curve in curves
            ),
            Grid(["accuracy", "position 0.25", "position 0.5", "noise 0.25", "noise 0.5"], rows,
                 "Measured in this run; means over the models of one kind."),
            Remark(
                "note", "What a feature ignores, and what disturbs it",
                "A texture is the same wherever the lesion lies, so whoever measures textures decided that position "
                "does not matter. Nobody decided that for noise: it changes every count of neighboring gray levels. "
                "Each feature is such a decision, made before the first image is seen. `glassnet lab` turns all "
                "knobs, with more phantoms.",
            ),
        ],
        lesson,
    )  # fmt: skip


def _halve(image: np.ndarray) -> np.ndarray:
    """Means of two by two pixels."""
    return np.asarray(image.reshape(len(image) // 2, 2, -1, 2).mean(axis=(1, 3)))
