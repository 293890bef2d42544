"""Embeddings: layers before the dense ones, in which every column of a table becomes several numbers of its own.

A number becomes a few mixtures of periodic functions of it, or of its bins, in addition to the number itself; a
category of many levels becomes a point in a small space. Everything else is passed on unchanged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from glassnet.engine.checks.memory import SHARE, available_bytes
from glassnet.errors import ConfigurationError
from glassnet.formulas import Block, Connections
from glassnet.formulas.registry import parse_spec
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.kinds.kind import NUMERIC

WAVES, MIXTURES, POINT, MOST_LEVELS = 16, 3, 8, 9
MIXED = 8
MOST_ONE_HOT = 16
"""Inputs that a category may make before the committee gives its levels points."""
FREQUENCY = 0.1
_POINT_RATE = 0.02
_WHOLE = Block(1, 0, 0, 1)


@dataclass(frozen=True)
class ColumnInputs:
    """The inputs made from one column.

    Attributes
    ----------
    number : bool
        Whether the first is the number itself.
    n_inputs : int
    n_bins : int
        How many of them are bins; these come first.
    category : bool
        Whether they are the levels of a category.
    """

    number: bool
    n_inputs: int
    n_bins: int = 0
    category: bool = False

    @classmethod
    def of(cls, column: ColumnSchema) -> Self:
        """The inputs of a column with known constants."""
        number = column.kind in NUMERIC and not column.how.bins
        return cls(number, len(column.features), column.n_bins, column.kind == "category")


@dataclass(frozen=True)
class EmbeddingLayer:
    """One layer of an embedding, in the terms of `glassnet.engine.Plan`.

    A linear layer can be `merged`: once trained, it is multiplied into the next layer.
    """

    connections: Connections
    activation: str
    initializer: str
    parametrization: str
    merged: bool = False


def embedding_of(spec: Any, columns: Sequence[ColumnInputs], owner: str) -> tuple[EmbeddingLayer, ...]:
    """The layers of an embedding given by name.

    "none", "mixtures" (of the bins of a number), "numbers" (which leaves its bins out), "periodic" or
    "periodic(frequency=0.5)". With the second and the third, categories of many levels become points.

    Examples
    --------
    >>> embedding_of("none", [ColumnInputs(True, 1)], "it")
    ()
    >>> embedding_of("periodic(frequency=0.5)", [ColumnInputs(True, 1)], "it")[0].initializer
    'wave(frequency=0.5)'
    """
    name, values = parse_spec(str(spec), "embedding")
    if name == "none" and not values:
        return ()
    if name == "mixtures" and not values:
        return points_and_mixtures(columns)
    if name == "numbers" and not values:
        return points_and_mixtures(columns, 0)
    frequency = values.pop("frequency", FREQUENCY)
    if name != "periodic" or values or not (isinstance(frequency, (int, float)) and 0.0 < frequency < math.inf):
        raise ConfigurationError(
            f"{owner}: embedding={spec!r} is unknown. Take 'none', 'mixtures', 'numbers', 'periodic', or "
            "'periodic(frequency=0.5)' with a size of the frequencies above 0."
        )
    return periodic_embedding(columns, frequency)


def periodic_embedding(columns: Sequence[ColumnInputs], frequency: float = FREQUENCY) -> tuple[EmbeddingLayer, ...]:
    """The embedding of RealMLP: 16 waves of each number, 3 mixtures of these and the number; 8 numbers per category.

    Categories with at most 9 inputs, yes/no columns and missing indicators are unchanged. Waves and mixtures train at
    a tenth of the learning rate. Frequencies start as normal random numbers with standard deviation `frequency`.

    Examples
    --------
    >>> layers = periodic_embedding([ColumnInputs(True, 1), ColumnInputs(False, 3)])
    >>> [(layer.connections.n_in, layer.connections.n_out) for layer in layers]
    [(4, 20), (20, 7)]
    """
    layers, widths = [], [column.n_inputs for column in columns]
    large = [not column.number and column.n_inputs > MOST_LEVELS for column in columns]
    if any(large):
        blocks = [Block(n, n, POINT) if big else _carry(n) for n, big in zip(widths, large, strict=True)]
        layers.append(EmbeddingLayer(
            Connections(blocks), "identity", "embedding", "standard(bias_rate=0.0, bias_decay=0.0)"
        ))  # fmt: skip
        widths = [block.n_out for block in blocks]
    if any(column.number for column in columns):
        waves, mixtures = [], []
        for column, n in zip(columns, widths, strict=True):
            waves.append(Block(n, 1, WAVES, n) if column.number else _carry(n))
            mixtures.append(Block(WAVES + n, WAVES, MIXTURES, n) if column.number else _carry(n))
        slow = "weight_rate=0.1, bias_rate=0.1"
        layers.append(
            EmbeddingLayer(Connections(waves), "cosine", f"wave(frequency={frequency:g})", f"frequency({slow})")
        )
        layers.append(EmbeddingLayer(Connections(mixtures), "identity", "fan_in", f"standard({slow})"))
    return tuple(layers)


def points_and_mixtures(columns: Sequence[ColumnInputs], most: int = MIXED) -> tuple[EmbeddingLayer, ...]:
    """Points for the levels of categories, then mixtures of the bins of numbers; a layer without any is omitted.

    Examples
    --------
    >>> layers = points_and_mixtures([ColumnInputs(False, 21, 20), ColumnInputs(False, 300, category=True)])
    >>> [(layer.connections.n_in, layer.connections.n_out) for layer in layers]
    [(321, 29), (29, 17)]
    """
    points = points_of_levels(columns)
    if points:
        columns = [replace(column, n_inputs=POINT) if _many_levels(column) else column for column in columns]
    return (*points, *mixtures_of_bins(columns, most))


def points_of_levels(columns: Sequence[ColumnInputs]) -> tuple[EmbeddingLayer, ...]:
    """A point of eight trained numbers for each level of a large category; no layer without such a category.

    Points start close together and train at a fiftieth of the learning rate, so a level of few rows stays near the
    others: it takes many rows to set it apart. Other columns are passed on.

    Examples
    --------
    >>> layer, = points_of_levels([ColumnInputs(True, 1), ColumnInputs(False, 300, category=True)])
    >>> layer.connections.n_in, layer.connections.n_out
    (301, 9)
    """
    many = [_many_levels(column) for column in columns]
    if not any(many):
        return ()
    blocks = [Block(c.n_inputs, c.n_inputs, POINT) if big else _carry(c.n_inputs)
              for c, big in zip(columns, many, strict=True)]  # fmt: skip
    slow = f"standard(weight_rate={_POINT_RATE:g}, bias_rate={_POINT_RATE:g})"
    return (EmbeddingLayer(Connections(blocks), "identity", "fan_in", slow, merged=True),)


def _many_levels(column: ColumnInputs) -> bool:
    """Whether the levels of a column become points."""
    return column.category and column.n_inputs > MOST_ONE_HOT


def mixtures_of_bins(columns: Sequence[ColumnInputs], most: int = MIXED) -> tuple[EmbeddingLayer, ...]:
    """Eight trained mixtures of the bins of each number, at a tenth of the learning rate; no layer without bins.

    With zero mixtures the bins are left out: the final weights of these inputs are 0.

    Examples
    --------
    >>> layer, = mixtures_of_bins([ColumnInputs(False, 21, 20), ColumnInputs(False, 3)])
    >>> layer.connections.n_in, layer.connections.n_out
    (24, 12)
    """
    if not any(column.n_bins for column in columns):
        return ()
    blocks = [Block(c.n_inputs, c.n_bins if most else 0, min(most, c.n_bins), c.n_inputs - c.n_bins) for c in columns]
    slow = "standard(weight_rate=0.1, bias_rate=0.1)"
    return (EmbeddingLayer(Connections(blocks), "identity", "fan_in", slow, merged=True),)


def check_embedding(layers: Sequence[EmbeddingLayer], recipe: str) -> None:
    """Raise for an embedding whose layers, as float32 weight matrices, do not fit into memory."""
    sizes = [(layer.connections.n_in, layer.connections.n_out) for layer in layers]
    needed, limit = 4 * sum(n_in * n_out for n_in, n_out in sizes), available_bytes()
    if needed > SHARE * limit:
        listed = " + ".join(f"{n_in} x {n_out}" for n_in, n_out in sizes)
        raise ConfigurationError(
            f"The recipe {recipe!r} embeds {sizes[0][0]} inputs: the weights of its first layers, mostly 0, are "
            f"{listed} numbers of 4 bytes, {needed / 2**30:.2f} GiB, but {limit / 2**30:.2f} GiB are available. "
            "Leave columns out, or choose recipe='realmlp-s', which embeds nothing."
        )


def _carry(n: int) -> Block:
    """Inputs that are passed on unchanged."""
    return _WHOLE._replace(n_in=n, n_carried=n)
