"""The model section: inputs with their constants, coefficients or layers, and a worked example."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.pages.number import short_number
from glassnet.report.document import Block, Folded, Grid, Prose

if TYPE_CHECKING:
    from glassnet.report.study.study import Study

_UNFOLDED = 15


def model(study: Study) -> tuple[str, list[Block]]:
    """Every constant that a reader needs, and a worked example."""
    opening = "Every constant that a reader needs, with one row as a worked example."
    return opening, _weighted_sum(study) if study.written.total is not None else _layers(study)


def _weighted_sum(study: Study) -> list[Block]:
    """A model that can be evaluated on a pocket calculator."""
    written = study.written
    assert written.intercept is not None
    assert written.total is not None
    rows = [
        [name, cell, formula, short_number(value), short_number(own), short_number(value * own)]
        for (name, cell, formula, value), own in zip(written.inputs, written.coefficients, strict=True)
    ]
    head = ["input", "cell", "transformation", "input x", "coefficient b", "b x"]
    foot = ["sum with the intercept", "", "", "", short_number(written.intercept), short_number(written.total)]
    caption = f"{written.row}: the {written.scale} is the intercept and the sum of b x."
    linked: list[Block] = [Prose(written.link, plain=True)] if written.link else []
    answer = Prose(f"The model's prediction: {written.answer}.", plain=True)
    return [Grid(head, rows, caption, foot=foot), *linked, answer]


def _layers(study: Study) -> list[Block]:
    """The inputs, and the output of each network."""
    written = study.written
    rows = [[name, cell, formula, short_number(value)] for name, cell, formula, value in written.inputs]
    head = ["input", "cell", "transformation", "input"]
    inputs: Block = Grid(head, rows, f"The inputs of the network, for {written.row}.")
    if len(rows) > _UNFOLDED:
        inputs = Folded(f"The {len(rows)} inputs of the network, for {written.row}", [inputs])
    several = len(written.networks) > 1
    outputs = [
        [str(k), words, ", ".join(short_number(value) for value in values)]
        for k, (words, values) in enumerate(written.networks, start=1)
    ]
    caption = (
        f"{'Each network' if several else 'The network'}: its layers, and its output for {written.row} before the link."
    )
    how = "The prediction is the mean of the networks' predictions: " if several else "The model's prediction: "
    return [
        inputs,
        Grid(["network", "layers", "raw output"], outputs, caption),
        *([Prose(written.link, plain=True)] if written.link else []),
        Prose(f"{how}{written.answer}.", plain=True),
        Prose(
            "The weights would fill pages. They are in the model file, which glassnet opens down to every sum and "
            "writes as a Python module that predicts with NumPy."
        ),
    ]
