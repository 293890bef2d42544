"""Connections: layers whose neurons see only some of the inputs.

Inputs and neurons fall into consecutive blocks; the neurons of a block see inputs of their own block only. So one layer
holds an embedding of every column of a table, side by side. A block may also carry some of its inputs on: a carried
neuron is an exact copy of one input, with weight 1, without bias and activation, and nothing of it is trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError
from glassnet.formulas.whole_number import is_whole

Array = NDArray[np.float64]


class Block(NamedTuple):
    """One block: its inputs, how many of them (the first) its neurons see, its neurons, and the inputs carried on.

    Attributes
    ----------
    n_in : int
    n_seen : int
        The first inputs of the block, which its neurons see.
    n_neurons : int
        Neurons that are trained.
    n_carried : int
        The last inputs of the block, whose copies follow the neurons.
    """

    n_in: int
    n_seen: int
    n_neurons: int
    n_carried: int = 0

    @property
    def n_out(self) -> int:
        """Neurons that are trained, and copies."""
        return self.n_neurons + self.n_carried


@dataclass(frozen=True)
class Connections:
    """The blocks of a layer.

    Parameters
    ----------
    blocks : sequence of Block, or of (n_in, n_seen, n_neurons, n_carried)

    Examples
    --------
    >>> two = Connections([(1, 1, 2, 1), (1, 0, 0, 1)])  # the second input is carried on only
    >>> two.n_in, two.n_out
    (2, 4)
    >>> two.mask.astype(int).tolist(), two.carried
    ([[1, 1, 0, 0], [0, 0, 0, 0]], ((0, 2), (1, 3)))
    """

    blocks: Sequence[Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", tuple(_block(given) for given in self.blocks))
        if not self.blocks:
            raise ConfigurationError("Connections need at least one block, such as (1, 1, 16, 1).")

    @property
    def n_in(self) -> int:
        """Inputs of all blocks."""
        return sum(block.n_in for block in self.blocks)

    @property
    def n_out(self) -> int:
        """Neurons of all blocks, copies included."""
        return sum(block.n_out for block in self.blocks)

    @property
    def n_weights(self) -> int:
        """Weights that are trained."""
        return sum(block.n_seen * block.n_neurons for block in self.blocks)

    @property
    def n_biases(self) -> int:
        """Biases that are trained."""
        return sum(block.n_neurons for block in self.blocks)

    def places(self) -> Iterator[tuple[Block, int, int]]:
        """Each block with the places of its first input and of its first neuron."""
        inputs = neurons = 0
        for block in self.blocks:
            yield block, inputs, neurons
            inputs, neurons = inputs + block.n_in, neurons + block.n_out

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """Which weights are trained, shape (n_in, n_out)."""
        mask = np.zeros((self.n_in, self.n_out), dtype=bool)
        for block, i, o in self.places():
            mask[i : i + block.n_seen, o : o + block.n_neurons] = True
        return mask

    @cached_property
    def carried(self) -> tuple[tuple[int, int], ...]:
        """Each input that is carried on, with the place of its copy."""
        return tuple(
            (i + block.n_in - block.n_carried + k, o + block.n_neurons + k)
            for block, i, o in self.places()
            for k in range(block.n_carried)
        )

    @cached_property
    def trained_neurons(self) -> NDArray[np.bool_]:
        """Which neurons are not copies, shape (n_out,)."""
        trained = np.ones(self.n_out, dtype=bool)
        trained[[o for _, o in self.carried]] = False
        return trained

    def kept(self, weights: NDArray[Any]) -> NDArray[Any]:
        """The weights that are trained, block by block (..., n_weights), of all of them (..., n_in, n_out)."""
        lead = weights.shape[:-2]
        parts = [
            weights[..., i : i + block.n_seen, o : o + block.n_neurons].reshape(*lead, block.n_seen * block.n_neurons)
            for block, i, o in self.places()
        ]
        return np.concatenate(parts, axis=-1)

    def spread(self, kept: NDArray[Any]) -> NDArray[Any]:
        """All weights (..., n_in, n_out) from those that are trained (..., n_weights), with 0 elsewhere."""
        lead, place = kept.shape[:-1], 0
        weights = np.zeros((*lead, self.n_in, self.n_out), dtype=kept.dtype)
        for block, i, o in self.places():
            own = kept[..., place : place + block.n_seen * block.n_neurons]
            weights[..., i : i + block.n_seen, o : o + block.n_neurons] = own.reshape(
                *lead, block.n_seen, block.n_neurons
            )
            place += block.n_seen * block.n_neurons
        return weights

    def impose(self, weights: Array, biases: Array) -> tuple[Array, Array]:
        """Weights (..., n_in, n_out) and biases (..., n_out) with 0 where nothing is connected, and the copies."""
        weights, biases = weights * self.mask, biases * self.trained_neurons
        for i, o in self.carried:
            weights[..., i, o] = 1.0
        return weights, biases

    def held_back(self, d_weights: Array, d_biases: Array) -> tuple[Array, Array]:
        """A gradient with 0 for all that is not trained."""
        return d_weights * self.mask, d_biases * self.trained_neurons

    def to_plain(self) -> list[list[int]]:
        """The blocks as lists of numbers."""
        return [list(block) for block in self.blocks]

    def __repr__(self) -> str:
        runs: list[list[Any]] = []
        for block in self.blocks:
            if runs and runs[-1][0] == block:
                runs[-1][1] += 1
            else:
                runs.append([block, 1])
        text = " + ".join(f"[{tuple(block)}]" + (f" * {count}" if count > 1 else "") for block, count in runs)
        return f"Connections({text})"


def _block(given: Any) -> Block:
    """A block, checked."""
    try:
        block = Block(*given)
    except TypeError:
        block = Block(0, 0, 0)
    numbers = all(is_whole(n, 0) for n in block)
    if not numbers or block.n_in < 1 or block.n_out < 1 or max(block.n_seen, block.n_carried) > block.n_in:
        raise ConfigurationError(
            f"The block {given!r} must be (inputs, inputs seen, neurons, inputs carried): whole numbers, at least one "
            "input and one neuron or copy, and no more inputs seen or carried than there are, such as (1, 1, 16, 1)."
        )
    if (block.n_seen == 0) != (block.n_neurons == 0):
        raise ConfigurationError(
            f"The block {given!r} has {block.n_neurons} neurons that see {block.n_seen} inputs. Give both or neither."
        )
    return Block(*map(int, block))


def connections_of(given: Any) -> Connections | None:
    """Connections from what the user gave: None (all to all), `Connections`, or blocks."""
    return given if given is None or isinstance(given, Connections) else Connections(given)
