"""The operations of one training step in the order in which they run: where a run can stand inside a step.

For each shown row: inputs, then each layer forward, then its loss; then the loss of the batch; for each shown row the
layers backward; then the gradients, penalties included, and the updates, layer by layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from glassnet.studio.contract.explanation import Operation, Phase

SHOWN_ROWS = 8
"""Rows of a batch that are walked through one by one; the others are computed with them."""
_MOST_NAMES = 64


@lru_cache(maxsize=64)
def timeline(sizes: tuple[int, ...], n_rows: int, *, linked: bool) -> tuple[Operation, ...]:
    """Operations of a step on `n_rows` rows; `linked` when predictions differ from raw predictions."""
    found: list[Operation] = []
    layers, rows = range(1, len(sizes)), range(min(n_rows, SHOWN_ROWS))

    def add(phase: Phase, title: str, names: Sequence[str], layer: int | None = None, row: int | None = None) -> None:
        found.append(Operation(len(found), phase, layer, row, title, list(names[:_MOST_NAMES])))

    for r in rows:
        add("inputs", "inputs", [f"x[{r},{i}]" for i in range(sizes[0])], None, r)
        for k in layers:
            add("forward", f"layer {k}", _both(k, r, sizes[k], "za"), k, r)
        if linked:
            add("forward", "prediction", [f"p[{r},{j}]" for j in range(sizes[-1])], None, r)
        add("loss", "loss of the row", [f"ℓ[{r}]"], None, r)
    add("loss", "loss", ["L"])
    for r in rows:
        for k in reversed(layers):
            add("backward", f"error signal of layer {k}", [f"δ{k}[{r},{j}]" for j in range(sizes[k])], k, r)
    for k in layers:
        add("gradient", f"gradient of layer {k}", [f"dL/d{name}" for name in _parameters(k, sizes)], k)
    for k in layers:
        add("update", f"update of layer {k}", _parameters(k, sizes), k)
    return tuple(found)


def _both(layer: int, row: int, neurons: int, letters: str) -> list[str]:
    """Names per neuron."""
    return [f"{letter}{layer}[{row},{j}]" for j in range(min(neurons, _MOST_NAMES)) for letter in letters]


def _parameters(layer: int, sizes: tuple[int, ...]) -> list[str]:
    """Weights and biases of a layer, the first ones."""
    inputs, neurons = min(sizes[layer - 1], _MOST_NAMES), min(sizes[layer], _MOST_NAMES)
    weights = [f"W{layer}[{i},{j}]" for i in range(inputs) for j in range(neurons)]
    return [*weights, *(f"b{layer}[{j}]" for j in range(neurons))]


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
