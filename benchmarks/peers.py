"""The same training in glassnet, scikit-learn, PyTorch and JAX.

Every trainer starts from the same weights, goes through the same batches and computes the loss of every batch. The
peers are given the order of the rows ready made; glassnet shuffles by itself inside the timed steps.
"""

from __future__ import annotations

import importlib.util
import time
from abc import ABC, abstractmethod
from itertools import pairwise

import numpy as np

from benchmarks.cases import LEARNING_RATE, SEED, Work


class Trainer(ABC):
    """Trains the networks of a case; `members` says how many of them, when it is fewer than the case has."""

    name: str
    how: str
    preparation = 0.0
    """Seconds spent before the first step, for example on compilation; reported apart."""

    def __init__(self, work: Work) -> None:
        self.work, self.case, self.members = work, work.case, work.case.members

    @abstractmethod
    def restart(self) -> None:
        """Back to the starting weights, before the first step. Not timed."""

    @abstractmethod
    def advance(self, blocks: int) -> None:
        """`blocks` times `case.steps` more optimizer steps."""

    @abstractmethod
    def step_losses(self) -> np.ndarray:
        """Losses of the block that ran last: (steps, members)."""

    def epoch_losses(self) -> np.ndarray:
        """Mean loss of each epoch of the first block: (epochs, members)."""
        return np.asarray(self.step_losses(), dtype=np.float64).reshape(
            self.case.epochs, self.case.steps_per_epoch, self.members).mean(axis=1)  # fmt: skip


class Glassnet(Trainer):
    """The engine through its public door."""

    name, how = "glassnet", "Training.advance_steps, shuffling included"

    def __init__(self, work: Work, threads: int = 1) -> None:
        super().__init__(work)
        self.threads = threads

    def restart(self) -> None:
        from glassnet.engine import Plan, Population, Training

        case, work = self.case, self.work
        plan = Plan(
            case.sizes, (case.hidden,) * (len(case.sizes) - 2) + ("identity",), case.loss,
            reduction="mean" if case.sizes[-1] > 1 else "half-mean", optimizer="adam", learning_rate=LEARNING_RATE,
            batch_size=case.batch, epochs=10**8, monitor="none", dtype="float32",
        )  # fmt: skip
        initial = list(zip(work.weights, work.biases, strict=True))
        population = Population(seed=SEED, members=np.arange(case.members), initial=initial)
        self.training = Training(plan, population, work.X, work.targets, threads=self.threads)

    def advance(self, blocks: int) -> None:
        self.training.advance_steps(blocks * self.case.steps)

    def step_losses(self) -> np.ndarray:
        raise TypeError("The engine keeps the loss of each epoch; ask for epoch_losses.")

    def epoch_losses(self) -> np.ndarray:
        return np.array([curve[: self.case.epochs] for curve in self.training.result.loss_curve], dtype=np.float64).T


class ScikitLearn(Trainer):
    """The body of the loop in `_fit_stochastic`: select rows, `_backprop`, `update_params`.

    Input checks, epoch bookkeeping and stopping rules of `fit` are left out, in scikit-learn's favor. Of a population
    the first member is timed, because scikit-learn trains one network at a time.
    """

    name, how = "scikit-learn", "_backprop and update_params, without the checks of fit"

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self.members = 1

    def restart(self) -> None:
        from sklearn.neural_network import MLPClassifier, MLPRegressor
        from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

        case, work = self.case, self.work
        settings = {
            "hidden_layer_sizes": case.sizes[1:-1], "activation": case.hidden, "alpha": 0.0,
            "learning_rate_init": LEARNING_RATE, "batch_size": case.batch,
        }  # fmt: skip
        if case.loss == "squared_error":
            self.model = MLPRegressor(**settings).partial_fit(work.X[: case.batch], work.targets[: case.batch, 0])
            self.y = work.targets
        else:
            classes = np.arange(case.sizes[-1])
            self.model = MLPClassifier(**settings)
            self.model.partial_fit(work.X[: case.batch], work.labels[: case.batch], classes=classes)
            self.y = self.model._label_binarizer.transform(work.labels).astype(bool)
        self.model.coefs_ = [w[0].copy() for w in work.weights]
        self.model.intercepts_ = [b[0].copy() for b in work.biases]
        self.parameters = self.model.coefs_ + self.model.intercepts_
        self.model._optimizer = AdamOptimizer(self.parameters, LEARNING_RATE)
        self.rows = work.order[:, 0].astype(np.int64)

    def advance(self, blocks: int) -> None:
        from sklearn.utils import _safe_indexing

        model, X, y, parameters, sizes = self.model, self.work.X, self.y, self.parameters, self.case.sizes
        activations, deltas = [X] + [None] * (len(sizes) - 1), [None] * (len(sizes) - 1)
        weight_gradients = [np.empty(pair, np.float32) for pair in pairwise(sizes)]
        bias_gradients = [np.empty(n_out, np.float32) for n_out in sizes[1:]]
        for _ in range(blocks):
            self.losses = []
            for rows in self.rows:
                activations[0] = _safe_indexing(X, rows)
                loss, weight_gradients, bias_gradients = model._backprop(
                    activations[0], y[rows], None, activations, deltas, weight_gradients, bias_gradients
                )
                self.losses.append(loss)
                model._optimizer.update_params(parameters, weight_gradients + bias_gradients)

    def step_losses(self) -> np.ndarray:
        return np.array(self.losses)[:, None]


class Torch(Trainer):
    """Eager PyTorch: `nn.Sequential` and fused Adam; a population is one batched product per layer."""

    name, how = "PyTorch", "eager, fused Adam; populations by baddbmm"

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        case = self.case
        self.population = case.members > 1
        self.X = torch.from_numpy(work.X)
        self.y = torch.from_numpy(work.targets if case.loss == "squared_error" else work.labels)
        order = work.order if self.population else work.order[:, 0]
        self.rows = list(torch.from_numpy(order.astype(np.int64)))

    def restart(self) -> None:
        torch, work = self.torch, self.work
        activation = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}[self.case.hidden]()
        if self.population:
            self.weights = [torch.nn.Parameter(torch.from_numpy(w.copy())) for w in work.weights]
            self.biases = [torch.nn.Parameter(torch.from_numpy(b[:, None, :].copy())) for b in work.biases]
            self.activation, parameters = activation, [*self.weights, *self.biases]
        else:
            layers = []
            for w, b in zip(work.weights, work.biases, strict=True):
                layer = torch.nn.Linear(*w.shape[1:])
                layer.weight.data = torch.from_numpy(w[0].T.copy())
                layer.bias.data = torch.from_numpy(b[0].copy())
                layers += [layer, activation]
            self.model = torch.nn.Sequential(*layers[:-1])
            parameters = self.model.parameters()
        # Squared error is not halved here, which would cost PyTorch an operation: the gradient is twice as large, and
        # with twice the epsilon Adam takes exactly the same step.
        epsilon = 2e-8 if self.case.loss == "squared_error" else 1e-8
        self.optimizer = torch.optim.Adam(parameters, lr=LEARNING_RATE, eps=epsilon, fused=True)

    def advance(self, blocks: int) -> None:
        step = self._population_step if self.population else self._step
        for _ in range(blocks):
            self.losses = [step(rows) for rows in self.rows]

    def _step(self, rows):
        functional = self.torch.nn.functional
        output, y = self.model(self.X[rows]), self.y[rows]
        loss = (functional.mse_loss if self.case.loss == "squared_error" else functional.cross_entropy)(output, y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def _population_step(self, rows):
        last = len(self.weights) - 1
        signal = self.X[rows]
        for k, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            signal = self.torch.baddbmm(b, signal, w)
            if k < last:
                signal = self.activation(signal)
        losses = (signal - self.y[rows]).square().mean(dim=(1, 2))
        self.optimizer.zero_grad()
        losses.sum().backward()
        self.optimizer.step()
        return losses.detach()

    def step_losses(self) -> np.ndarray:
        losses = self.torch.stack(self.losses).numpy().reshape(self.case.steps, self.members)
        return losses / 2 if self.case.loss == "squared_error" else losses


class Jax(Trainer):
    """JAX, compiled as a whole: `lax.scan` over the steps of a block, `vmap` over the members."""

    name, how = "JAX", "jit of lax.scan over a block of steps, vmap over members; compilation apart"

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        import jax
        import jax.numpy as jnp

        self.jax, case = jax, self.case
        X, y = jnp.asarray(work.X), jnp.asarray(work.targets)

        def loss_of(parameters, rows):
            output = self.raw(parameters, X[rows])
            if case.loss == "squared_error":
                return 0.5 * jnp.mean((output - y[rows]) ** 2)
            return -jnp.mean(jnp.sum(y[rows] * jax.nn.log_softmax(output), axis=1))

        def adam(w, m, v, g, step):
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            change = (m / (1 - 0.9**step)) / (jnp.sqrt(v / (1 - 0.999**step)) + 1e-8)
            return w - LEARNING_RATE * change, m, v

        gradients = jax.value_and_grad(loss_of)
        if case.members > 1:
            gradients = jax.vmap(gradients)

        def step(state, rows):
            parameters, means, squares, count = state
            losses, slopes = gradients(parameters, rows)
            leaves = [jax.tree.leaves(tree) for tree in (parameters, means, squares, slopes)]
            updated = [adam(*four, count + 1) for four in zip(*leaves, strict=True)]
            shape = jax.tree.structure(parameters)
            return (*(jax.tree.unflatten(shape, part) for part in zip(*updated, strict=True)), count + 1), losses

        self.order = jnp.asarray(work.order if case.members > 1 else work.order[:, 0])
        self.restart()
        started = time.perf_counter()
        self.block = jax.jit(lambda state, order: jax.lax.scan(step, state, order), donate_argnums=0).lower(
            self.state, self.order).compile()  # fmt: skip
        self.preparation = time.perf_counter() - started

    def raw(self, parameters, signal):
        """The raw predictions of one member."""
        activation = {"relu": self.jax.nn.relu, "tanh": self.jax.numpy.tanh}[self.case.hidden]
        for w, b in parameters[:-1]:
            signal = activation(signal @ w + b)
        return signal @ parameters[-1][0] + parameters[-1][1]

    def restart(self) -> None:
        first = slice(None) if self.case.members > 1 else 0
        put = self.jax.numpy.array  # copies: the compiled block takes over its inputs
        parameters = [(put(w[first]), put(b[first])) for w, b in zip(self.work.weights, self.work.biases, strict=True)]
        zeros = [self.jax.tree.map(self.jax.numpy.zeros_like, parameters) for _ in range(2)]
        self.state = self.jax.block_until_ready((parameters, *zeros, put(0.0)))

    def advance(self, blocks: int) -> None:
        for _ in range(blocks):
            self.state, self.losses = self.block(self.state, self.order)
        self.jax.block_until_ready(self.state)

    def step_losses(self) -> np.ndarray:
        return np.asarray(self.losses).reshape(self.case.steps, self.members)


TRAINERS: tuple[type[Trainer], ...] = (Glassnet, ScikitLearn, Torch, Jax)
MODULES = {"glassnet": "glassnet", "scikit-learn": "sklearn", "PyTorch": "torch", "JAX": "jax"}


def available() -> tuple[list[type[Trainer]], list[str]]:
    """The trainers whose package is installed, and the names of the ones that are missing."""
    found = [trainer for trainer in TRAINERS if importlib.util.find_spec(MODULES[trainer.name])]
    return found, [trainer.name for trainer in TRAINERS if trainer not in found]
