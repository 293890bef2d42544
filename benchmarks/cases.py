"""What is timed: networks, batches and populations, with the bar that each ratio is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from glassnet.formulas import Activation, initializers
from glassnet.formulas.randomness import Purpose, permutation

SEED = 7
LEARNING_RATE = 0.003


@dataclass(frozen=True)
class Case:
    """One row of the table: a network, or a population of equal networks, trained by Adam in float32.

    A network with one output learns by half the mean squared error, one with more outputs by softmax cross-entropy.
    `epochs` is how many orders of the rows are prepared for the peers; they start again from the first after that.
    """

    name: str
    sizes: tuple[int, ...]
    batch: int
    rows: int
    epochs: int = 1
    members: int = 1
    hidden: str | Activation = "relu"
    bars: Mapping[str, float] = field(default_factory=dict)
    share: float | None = None
    """Of the FMA peak: what the products of a step should reach over the time of the whole step."""

    @property
    def steps_per_epoch(self) -> int:
        return -(-self.rows // self.batch)

    @property
    def steps(self) -> int:
        """Optimizer steps of one block, the smallest piece of work that is timed."""
        return self.steps_per_epoch * self.epochs

    @property
    def loss(self) -> str:
        return "squared_error" if self.sizes[-1] == 1 else "softmax_cross_entropy"

    @property
    def flops(self) -> int:
        """Operations of the matrix products in one step of one member: forward, to the weights, to the inputs."""
        products = [2 * self.batch * n_in * n_out for n_in, n_out in pairwise(self.sizes)]
        return 3 * sum(products) - products[0]

    @property
    def weights(self) -> int:
        return sum((n_in + 1) * n_out for n_in, n_out in pairwise(self.sizes))

    def quick(self) -> Case:
        """The same case with little work, to see that everything runs."""
        return replace(self, epochs=1, rows=2 * self.batch, members=min(self.members, 8))


CASES = (
    Case("2-8-1, batch 32", (2, 8, 1), 32, 1024, 32, bars={"scikit-learn": 220, "PyTorch": 450, "JAX": 6}),
    Case("10-32-32-1, batch 32", (10, 32, 32, 1), 32, 1024, 16, bars={"JAX": 2.8}, share=0.60),
    Case("10-32-32-1 with tanh, batch 32", (10, 32, 32, 1), 32, 1024, 16, hidden="tanh"),
    Case("30-64-64-1, batch 128", (30, 64, 64, 1), 128, 2048, 8, bars={"JAX": 1.35}, share=0.80),
    Case("64-256-256-10, batch 128", (64, 256, 256, 10), 128, 2048, 2, bars={"JAX": 1.15}, share=0.85),
    Case("784-512-512-10, batch 128", (784, 512, 512, 10), 128, 1024, 2, bars={"JAX": 1.15}, share=0.85),
    Case("1000 × 10-8-1, batch 32", (10, 8, 1), 32, 256, 4, members=1000, bars={"PyTorch": 8, "JAX": 4.5}),
    Case("100 × 20-64-64-1, batch 32", (20, 64, 64, 1), 32, 256, 4, members=100, bars={"JAX": 1.5},
         share=0.70),
)  # fmt: skip


class Work:
    """The data of a case: rows, targets, starting weights, and the order in which each epoch goes through the rows."""

    def __init__(self, case: Case, *, orders: bool = True) -> None:
        self.case = case
        random = np.random.default_rng(SEED)
        sizes, outputs = case.sizes, case.sizes[-1]
        self.X = random.standard_normal((case.rows, sizes[0])).astype(np.float32)
        score = self.X @ random.standard_normal((sizes[0], outputs)) / np.sqrt(sizes[0])
        score = np.tanh(2.0 * score) + 0.5 * random.standard_normal(score.shape)  # noise keeps the loss above zero
        self.labels = score.argmax(axis=1)
        self.targets = np.eye(outputs, dtype=np.float32)[self.labels] if outputs > 1 else score.astype(np.float32)
        members = np.arange(case.members)
        drawn = [
            initializers["glorot"].draw(n_in, n_out, seed=SEED, member=members, layer=k)
            for k, (n_in, n_out) in enumerate(pairwise(sizes))
        ]
        self.weights = [w.astype(np.float32) for w, _ in drawn]  # (members, n_in, n_out)
        self.biases = [b.astype(np.float32) for _, b in drawn]  # (members, n_out)
        self.order = self._orders() if orders else None

    def _orders(self) -> np.ndarray:
        """Row numbers (steps, members, batch): the engine's own shuffling, so that all see the same batches."""
        case = self.case
        if case.rows % case.batch:
            raise ValueError(f"{case.name}: rows={case.rows} is not a multiple of the batch, as the peers need it.")
        epochs = [
            [
                permutation(SEED, Purpose.SHUFFLE, case.rows, member=member, epoch=epoch)
                for member in range(case.members)
            ]
            for epoch in range(case.epochs)
        ]
        shaped = np.array(epochs).reshape(case.epochs, case.members, case.steps_per_epoch, case.batch)
        return shaped.swapaxes(1, 2).reshape(case.steps, case.members, case.batch).astype(np.int32)
