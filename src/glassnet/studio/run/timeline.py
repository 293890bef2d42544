"""The operations of one training step in the order in which they run: where a run can stand inside a step.

For each shown row: inputs, then each layer forward, then its loss; then the loss of the batch; for each shown row the
layers backward; then the gradients, penalties included, and the updates, layer by layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

import numpy as np

from glassnet.layers import LayerSpec
from glassnet.layers.place import index_in
from glassnet.studio.contract.views.explanation import Operation, Phase

SHOWN_ROWS = 8
"""Rows of a batch that are walked through one by one; the others are computed with them."""
_MOST_NAMES = 64


@lru_cache(maxsize=64)
def timeline(specs: tuple[LayerSpec, ...], n_rows: int, *, linked: bool) -> tuple[Operation, ...]:
    """Operations of a step on `n_rows` rows; `linked` when predictions differ from raw predictions."""
    operations: list[Operation] = []
    layers, rows = range(1, len(specs) + 1), range(min(n_rows, SHOWN_ROWS))
    trained = [k for k in layers if specs[k - 1].n_trained]

    def add(phase: Phase, title: str, names: Sequence[str], layer: int | None = None, row: int | None = None) -> None:
        operations.append(Operation(len(operations), phase, layer, row, title, list(names[:_MOST_NAMES])))

    for r in rows:
        add(
            "inputs",
            "inputs",
            [_number_name("x", r, index_in(specs[0].shape_in, i)) for i in _first(specs[0].n_in)],
            None,
            r,
        )
        for k in layers:
            add("forward", f"layer {k}", _units(specs[k - 1], (f"z{k}", f"a{k}"), r), k, r)
        if linked:
            add("forward", "prediction", [f"p[{r},{j}]" for j in range(specs[-1].n_out)], None, r)
        add("loss", "loss of the row", [f"ℓ[{r}]"], None, r)
    add("loss", "loss", ["L"])
    for r in rows:
        for k in reversed(layers):
            add("backward", f"error signal of layer {k}", _units(specs[k - 1], (f"δ{k}",), r), k, r)
    for k in trained:
        add("gradient", f"gradient of layer {k}", [f"dL/d{name}" for name in _parameters(k, specs[k - 1])], k)
    for k in trained:
        add("update", f"update of layer {k}", _parameters(k, specs[k - 1]), k)
    return tuple(operations)


def _first(count: int) -> range:
    """The first of this many."""
    return range(min(count, _MOST_NAMES))


def _number_name(letter: str, row: int, index: Sequence[int]) -> str:
    """The name of a number of a row."""
    return f"{letter}[{','.join(map(str, (row, *index)))}]"


def _units(spec: LayerSpec, letters: Sequence[str], row: int) -> list[str]:
    """Names per number that leaves a layer."""
    return [_number_name(letter, row, spec.index_of(j)) for j in _first(spec.n_out) for letter in letters]


def _parameters(layer: int, spec: LayerSpec) -> list[str]:
    """Weights and biases of a layer, the first ones."""
    weights = islice(np.ndindex(*spec.arrays["weights"]), _MOST_NAMES)
    return [
        *(f"W{layer}[{','.join(map(str, index))}]" for index in weights),
        *(f"b{layer}[{j}]" for j in _first(spec.arrays["biases"][0])),
    ]


def next_row(operations: Sequence[Operation], index: int, direction: int) -> int | None:
    """The operation at which the next (or the previous) row begins; None beyond the step.

    Going back inside a row leads to its own beginning first.
    """

    def starts(place: int) -> bool:
        return place == 0 or (operations[place - 1].row, operations[place - 1].phase == "backward") != (
            operations[place].row, operations[place].phase == "backward"
        )  # fmt: skip

    places = range(index + 1, len(operations)) if direction > 0 else range(index - 1, -1, -1)
    return next((place for place in places if starts(place)), None)
