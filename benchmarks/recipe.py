"""A step of the recipe ``realmlp-s`` beside the same step in PyTorch.

Three layers of 256 behind a trained scale for each of 20 inputs; pre-activations divided by the root of the number of
inputs; biases at a tenth of the learning rate, scales at six times it; Adam with decays 0.9 and 0.95. Two classes train
with SELU and smoothed labels, numbers with Mish, as the recipe does. The learning rate is written into the optimizer
before every step, as its schedule needs it, but stays the same here: else a block of steps could not be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from benchmarks.cases import SEED, Case, Work
from benchmarks.measure import Row, training_row
from benchmarks.peers import Glassnet, Torch, Trainer

SIZES = (20, 256, 256, 256, 1)
CASES = tuple(
    Case(f"realmlp-s with {hidden}, batch 256", SIZES, 256, 2048, 2, hidden=hidden) for hidden in ("selu", "mish")
)
RATE, BIAS_RATE, SCALE_RATE, BETAS = 0.01, 0.1, 6.0, (0.9, 0.95)
SMOOTHING = 0.1
REFERENCE = 115
"""Steps a second of the authors' implementation at this size, batch 256, on one core of the kind that the published
table was measured on; it is no part of this run."""


class RecipeWork(Work):
    """Rows and targets as in other cases; free weights and biases from N(0, 1), the last layer zero."""

    def __init__(self, case: Case, *, orders: bool = True) -> None:
        super().__init__(case, orders=orders)
        random = np.random.default_rng(SEED)
        self.weights = [random.standard_normal((1, *pair)).astype(np.float32) for pair in pairwise(case.sizes)]
        self.biases = [random.standard_normal((1, n_out)).astype(np.float32) for n_out in case.sizes[1:]]
        self.weights[-1][:], self.biases[-1][:] = 0.0, 0.0
        self.classes = case.hidden == "selu"
        if self.classes:
            self.targets = (self.targets > 0).astype(np.float32)


class RecipeGlassnet(Glassnet):
    """The engine."""

    def restart(self) -> None:
        from glassnet.engine import Plan, Population, Training

        case, work = self.case, self.work
        assert isinstance(work, RecipeWork)
        ntk = f"ntk(bias_rate={BIAS_RATE})"
        plan = Plan(
            case.sizes, (case.hidden,) * 3 + ("identity",), "logistic" if work.classes else "squared_error",
            optimizer=f"adam(beta_1={BETAS[0]}, beta_2={BETAS[1]})", learning_rate=RATE, batch_size=case.batch,
            label_smoothing=SMOOTHING if work.classes else 0.0, epochs=10**8, monitor="none", dtype="float32",
            parametrization=[f"scaled_ntk(bias_rate={BIAS_RATE}, scale_rate={SCALE_RATE})", ntk, ntk, ntk],
        )  # fmt: skip
        initial = list(zip(work.weights, work.biases, strict=True))
        self.training = Training(plan, Population(seed=SEED, initial=initial), work.X, work.targets, threads=1)


class RecipeTorch(Torch):
    """Eager PyTorch without anything that the step does not need: parameters, products, fused Adam in three groups."""

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        assert isinstance(work, RecipeWork)
        self.y = self.torch.from_numpy(work.targets)
        if work.classes:
            self.y = (1.0 - SMOOTHING) * self.y + SMOOTHING / 2.0

    def restart(self) -> None:
        torch, work = self.torch, self.work
        parameter = torch.nn.Parameter
        self.scales = parameter(torch.ones(self.case.sizes[0]))
        self.weights = [parameter(torch.from_numpy(w[0].copy())) for w in work.weights]
        self.biases = [parameter(torch.from_numpy(b[0].copy())) for b in work.biases]
        self.factors = [n_in**-0.5 for n_in in self.case.sizes[:-1]]
        groups = (([self.scales], SCALE_RATE), (self.weights, 1.0), (self.biases, BIAS_RATE))
        self.rates = [rate for _, rate in groups]
        self.optimizer = torch.optim.Adam([{"params": own} for own, _ in groups], betas=BETAS, fused=True)
        functional = torch.nn.functional
        self.activation = {"selu": functional.selu, "mish": functional.mish}[self.case.hidden]
        self.loss = functional.binary_cross_entropy_with_logits if work.classes else functional.mse_loss

    def _step(self, rows):
        for group, multiple in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = multiple * RATE
        signal, last = self.X[rows] * self.scales, len(self.weights) - 1
        for k, (w, b, factor) in enumerate(zip(self.weights, self.biases, self.factors, strict=True)):
            signal = factor * (signal @ w) + b
            if k < last:
                signal = self.activation(signal)
        loss = self.loss(signal, self.y[rows])
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def step_losses(self) -> np.ndarray:
        return self.torch.stack(self.losses).numpy().reshape(self.case.steps, 1)


def row(case: Case, installed: Sequence[type[Trainer]], *, repeats: int, seconds: float) -> Row:
    """One row of the table; its limit is a sixth of the time that the authors' implementation took."""
    kinds = [RecipeGlassnet, *([RecipeTorch] if Torch in installed else [])]
    note = f"{'-'.join(map(str, SIZES))}; the limit is a sixth of the authors' {1e3 / REFERENCE:.1f} ms"
    return training_row(
        case, kinds, repeats=repeats, seconds=seconds, work=RecipeWork(case), limit=1 / (6 * REFERENCE), note=note
    )
