"""A page with the images on which the network and the best model on hand-crafted features disagree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassnet.evaluate import Comparison
from glassnet.evaluate.comparison.verdict import NETWORK
from glassnet.pages import Part, Raster, figure_of_panels, page, paragraph, table
from glassnet.pages.markup import Content
from glassnet.tables import Table
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.outcome import Answer

MOST_SHOWN, _MOST_PIXELS, _TONES = 12, 32, 24
_GROUPS = (
    ("Only the network is right", True, False), ("Only the features are right", False, True),
    ("Both are wrong", False, False),
)  # fmt: skip


def rival_of(comparison: Comparison) -> str | None:
    """The most accurate model on hand-crafted features, or None."""
    rated = {
        row.model: score.value for row in comparison.models if row.model.endswith(" on features")
        for score in row.scores if score.metric == "accuracy" and score.value is not None
    }  # fmt: skip
    return max(rated, key=lambda name: rated[name], default=None)


def disagreement_page(comparison: Comparison, test: Table, image: str, classes: Sequence[str], source: str) -> str:
    """The page, with counts of who is right and the images.

    Parameters
    ----------
    comparison : Comparison
        A comparison of classifiers.
    test : Table
        Its test rows.
    image : str
        The column of the images.
    classes : sequence of str
    source : str
        The name of the training data.
    """
    rival, truth, cells = rival_of(comparison), comparison.truth, test.column(image)
    assert rival is not None
    assert truth is not None
    assert isinstance(cells, ImageCells)
    answers = {name: comparison.answers[name] for name in (NETWORK, rival)}
    right = {name: answer.predicted == truth for name, answer in answers.items()}
    parts = [Part("How often", _counts(right[NETWORK], right[rival], rival), mark="1")]
    doubt = _doubt(answers[NETWORK].probability, truth)
    for number, (title, network, other) in enumerate(_GROUPS, 2):
        rows = np.flatnonzero((right[NETWORK] == network) & (right[rival] == other))
        rows = rows[np.argsort(-doubt[rows], kind="stable")]
        parts.append(Part(f"{title}: {len(rows)} of {len(truth)} images",
                          _gallery(cells, rows, answers, truth, classes, rival), mark=str(number)))  # fmt: skip
    lead = (
        f"{len(truth)} test images of {source}, which neither model has seen in training. One model uses the pixels, "
        f"the other ({rival}) hand-crafted features of the same images."
    )
    scores = "; ".join(
        f"{row.model}: {', '.join(f'{score.metric} {score.text()}' for score in row.scores)}"
        for row in comparison.models if row.model in (NETWORK, rival)
    )  # fmt: skip
    return page(
        "Where learned and hand-crafted features disagree", parts, lead=lead,
        footer=f"{scores}. Intervals: {100 * comparison.coverage:g} %, over the test images.", kicker="glassnet train",
    )  # fmt: skip


def _doubt(probability: np.ndarray | None, truth: np.ndarray) -> np.ndarray:
    """The network's error: 1 minus the probability of the true class."""
    if probability is None:
        return np.zeros(len(truth))
    return np.asarray(1.0 - probability[np.arange(len(truth)), truth])


def _counts(network: np.ndarray, other: np.ndarray, rival: str) -> Content:
    """A table of which model is right."""
    rows = [
        (name, int((network & own).sum()), int((network & ~own).sum())) if mine else
        (name, int((~network & own).sum()), int((~network & ~own).sum()))
        for name, mine, own in (("network right", True, other), ("network wrong", False, other))
    ]  # fmt: skip
    return table(["", f"{rival} right", f"{rival} wrong"], rows, label="who is right")


def _gallery(
    cells: ImageCells,
    rows: np.ndarray,
    answers_of: dict[str, Answer],
    truth: np.ndarray,
    classes: Sequence[str],
    rival: str,
) -> Content:
    """The images of some rows, with the network's most confident mistakes first."""
    if not len(rows):
        return paragraph("None.")
    answers = [(name, answers_of[key].predicted) for name, key in (("network", NETWORK), (rival, rival))]
    chance = answers_of[NETWORK].probability
    panels = []
    for row in rows[:MOST_SHOWN]:
        mine, other = (classes[said_by[row]] for _, said_by in answers)
        sure = "" if chance is None else f" ({chance[row, answers[0][1][row]]:.0%})"
        title = f"{cells.item(int(row))} is {classes[truth[row]]}: network {mine}{sure}, features {other}"
        panels.append((title, Raster(_gray(cells.pixels[row]), small=True), f"The image {title}."))
    more = f" {len(rows) - MOST_SHOWN} more are not shown." if len(rows) > MOST_SHOWN else ""
    caption = f"Name and class, then the network's prediction and its probability, and the prediction of {rival}.{more}"
    return figure_of_panels(panels, caption=caption, numbers=False)


def _gray(pixels: np.ndarray) -> list[list[float]]:
    """A gray image from 0 to 1 with few tones and pixels, to keep the page small; colors are averaged."""
    gray = pixels.astype(np.float64).mean(axis=2)
    step = -(-max(gray.shape) // _MOST_PIXELS)
    rows, columns = (max(1, size // step) for size in gray.shape)
    if step > 1:
        gray = gray[: rows * step, : columns * step].reshape(rows, step, columns, step).mean(axis=(1, 3))
    low, high = float(gray.min()), float(gray.max())
    return (np.round(_TONES * (gray - low) / ((high - low) or 1.0)) / _TONES).tolist()  # type: ignore[no-any-return]
