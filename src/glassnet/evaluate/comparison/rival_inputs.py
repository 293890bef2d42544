"""Inputs of models compared with a network on images: those of the network, or hand-crafted features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glassnet.tables import Schema, Table

if TYPE_CHECKING:
    from glassnet.estimators import TableEstimator

INPUTS, CRAFTED = "inputs", "crafted"
NO_FEATURES = "skipped: the table holds no hand-crafted features of the images"


@dataclass(frozen=True)
class Sight:
    """The training and test inputs of a model; None if there are no such inputs."""

    train: np.ndarray
    test: np.ndarray


def sights(
    model: TableEstimator, train: Table, test: Table, inputs: tuple[np.ndarray, np.ndarray], *, crafted: bool
) -> dict[str, Sight]:
    """The inputs of the network or, with `crafted`, the features of the images and the other columns.

    If there are strata, their numbers are the last column.
    """
    strata = [model.schema_.strata_of(table) for table in (train, test)]
    inputs = tuple(  # type: ignore[assignment]
        own if layer is None else np.column_stack([own, layer]) for own, layer in zip(inputs, strata, strict=True)
    )
    views = {INPUTS: Sight(*inputs)}
    image = model.schema_.image_column
    if not crafted or image is None or train.crafted is None or test.crafted is None:
        return views
    schema = Schema.infer(train.crafted)
    beside = len(image.features)
    views[CRAFTED] = Sight(*(
        np.hstack([schema.encode(table.crafted).matrix, own[:, beside:]])
        for table, own in zip((train, test), inputs, strict=True) if table.crafted is not None
    ))  # fmt: skip
    return views
