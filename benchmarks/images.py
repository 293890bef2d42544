"""Networks that look at images, beside PyTorch in both of its memory layouts, and JAX.

LeNet-5 on digits of 28 x 28 pixels, and three wider convolutions of 3 x 3 with pools on images of 64 x 64. The products
are counted as for dense layers: forward, to the weights, and to the inputs of every layer but the first.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.cases import LEARNING_RATE, SEED, Case, Work
from benchmarks.measure import Row, interleaved, training_row
from benchmarks.peers import Glassnet, Jax, Torch, Trainer
from benchmarks.scaling import Threads
from glassnet.layers import Convolution, Dense, LayerSpec, MaxPooling, stacked

LENET = (
    Convolution(6, 5, "relu"), MaxPooling(2), Convolution(16, 5, "relu", padding="valid"), MaxPooling(2),
    Dense(120, "relu"), Dense(84, "relu"), Dense(10),
)  # fmt: skip
WIDER = (
    Convolution(16, 3, "relu"), MaxPooling(2), Convolution(32, 3, "relu"), MaxPooling(2), Convolution(64, 3, "relu"),
    MaxPooling(2), Dense(64, "relu"), Dense(10),
)  # fmt: skip
ONE_IMAGE = 100e-6
"""Longest time that the prediction of one image by LeNet-5 may take, in seconds."""
GAINS = {1: 1.7, 20: 1.9}
"""Members -> what a second core must bring."""


@dataclass(frozen=True)
class ImageCase(Case):
    """A case whose network is given by its layers, each bound to what enters it."""

    layers: tuple[LayerSpec, ...] = ()

    @property
    def flops(self) -> int:
        products = []
        for layer in self.layers:
            places = int(np.prod(layer.shape_out[:2])) if len(layer.shape_out) == 3 else 1
            products.append(2 * self.batch * places * int(np.prod(layer.arrays["weights"])))
        return 3 * sum(products) - products[0]

    @property
    def weights(self) -> int:
        return sum(layer.n_trained for layer in self.layers)


def case(
    name: str,
    layers: Sequence[LayerSpec],
    shape: tuple[int, int, int],
    batch: int,
    ratio: float = 0.0,
    members: int = 1,
) -> ImageCase:
    """The case of layers on images of a shape; both layouts of the peer are held against one ratio."""
    bound = stacked(layers, shape)
    sizes = (bound[0].n_in, *(layer.n_out for layer in bound))
    bars = {kind.name: ratio for kind in (TorchImages, TorchChannelsLast)} if ratio else {}
    return ImageCase(name, sizes, batch, 4 * batch, members=members, bars=bars, layers=bound)


class ImageWork(Work):
    """Rows and targets as in other cases; the starting weights of layers of any kind."""

    def __init__(self, case: ImageCase, *, orders: bool = True) -> None:
        from glassnet.engine import Population

        self.case: ImageCase = case
        random = np.random.default_rng(SEED)
        self.X = random.random((case.rows, case.sizes[0]), dtype=np.float32)  # shades of gray
        self.labels = random.integers(case.sizes[-1], size=case.rows)
        self.targets = np.eye(case.sizes[-1], dtype=np.float32)[self.labels]
        start = Population(SEED, case.members).start(plan_of(case))
        self.weights, self.biases = [w for w, _ in start], [b for _, b in start]
        self.order = self._orders() if orders else None


def plan_of(case: ImageCase) -> Any:
    """The engine's plan of a case."""
    from glassnet.engine import Plan

    return Plan.of(
        case.layers, "softmax_cross_entropy", learning_rate=LEARNING_RATE, batch_size=case.batch, epochs=10**8,
        monitor="none",
    )  # fmt: skip


class ImageGlassnet(Glassnet):
    """The engine."""

    work: ImageWork

    def restart(self) -> None:
        from glassnet.engine import Population, Training

        work = self.work
        initial = list(zip(work.weights, work.biases, strict=True))
        population = Population(SEED, self.case.members, initial=initial)
        self.training = Training(plan_of(work.case), population, work.X, work.targets, threads=self.threads)


class TorchImages(Torch):
    """Eager PyTorch, images channel by channel."""

    name, how = "PyTorch, channels first", "eager, fused Adam, contiguous tensors"
    layout = "contiguous_format"
    work: ImageWork

    def restart(self) -> None:
        torch, work = self.torch, self.work
        nn, parts, shape = torch.nn, [], work.case.layers[0].shape_in
        for layer, w, b in zip(work.case.layers, work.weights, work.biases, strict=True):
            if isinstance(layer, Convolution):
                part = nn.Conv2d(layer.channels_in, layer.channels, layer.size, padding=layer.windows.before)
                part.weight.data = torch.from_numpy(w[0].copy())
            elif isinstance(layer, Dense):
                if len(shape) == 3:
                    parts.append(nn.Flatten())
                    w = w.reshape(1, *shape, -1).transpose(0, 3, 1, 2, 4).reshape(w.shape)  # it flattens channels first
                part = nn.Linear(*w.shape[1:])
                part.weight.data = torch.from_numpy(w[0].T.copy())
            else:
                part = nn.MaxPool2d(layer.windows.size)
            if b.size:
                part.bias.data = torch.from_numpy(b[0].copy())
            parts.append(part)
            if layer.activation.name == "relu":
                parts.append(nn.ReLU())
            shape = layer.shape_out
        layout = getattr(torch, self.layout)
        self.model = nn.Sequential(*parts).to(memory_format=layout)
        rows, columns, channels = work.case.layers[0].shape_in
        images = torch.from_numpy(work.X.reshape(-1, rows, columns, channels)).permute(0, 3, 1, 2)
        self.X = images.contiguous(memory_format=layout)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE, fused=True)


class TorchChannelsLast(TorchImages):
    """Eager PyTorch, the channels of a pixel side by side."""

    name, how = "PyTorch, channels last", "eager, fused Adam, channels-last tensors"
    layout = "channels_last"


class JaxImages(Jax):
    """JAX, the channels of a pixel side by side."""

    def raw(self, parameters, signal):
        jax, layers = self.jax, self.work.case.layers
        for layer, (w, b) in zip(layers, parameters, strict=True):
            if isinstance(layer, Dense):
                signal = signal.reshape(len(signal), -1) @ w + b
            elif isinstance(layer, Convolution):
                image = signal.reshape(-1, *layer.shape_in)
                pads = list(zip(layer.windows.before, layer.windows.after, strict=True))
                signal = b + jax.lax.conv_general_dilated(
                    image, w, layer.windows.stride, pads, dimension_numbers=("NHWC", "OIHW", "NHWC")
                )
            else:
                window = (1, *layer.windows.size, 1)
                image = signal.reshape(-1, *layer.shape_in)
                signal = jax.lax.reduce_window(image, -jax.numpy.inf, jax.lax.max, window, window, "VALID")
            signal = jax.nn.relu(signal) if layer.activation.name == "relu" else signal
        return signal


CASES = (
    case("LeNet-5 on 28 × 28, batch 128", LENET, (28, 28, 1), 128, 3.0),
    case("16-32-64 of 3 × 3 on 64 × 64, batch 64", WIDER, (64, 64, 1), 64, 1.4),
)


def row(case: ImageCase, installed: Sequence[type[Trainer]], *, repeats: int, seconds: float) -> Row:
    """One row of the table."""
    kinds = [ImageGlassnet, *([TorchImages, TorchChannelsLast] if Torch in installed else [])]
    kinds += [JaxImages] if Jax in installed else []
    return training_row(case, kinds, repeats=repeats, seconds=seconds, work=ImageWork(case))


def one_image(*, repeats: int, seconds: float) -> Row:
    """The prediction of one image by LeNet-5."""
    from glassnet.engine import Predictor

    work = ImageWork(CASES[0], orders=False)
    predictor = Predictor(
        [w[0] for w in work.weights], [b[0] for b in work.biases], [layer.activation for layer in CASES[0].layers],
        layers=CASES[0].layers,
    )  # fmt: skip
    image = work.X[:1].copy()

    def predict(count: int) -> None:
        for _ in range(count):
            predictor.fast(image)

    timings = interleaved({"glassnet": predict}, repeats=repeats, seconds=seconds)
    return Row("LeNet-5, predict one image", "call", timings, limit=ONE_IMAGE, note="Predictor.fast")


def threads(counts: Sequence[int], *, repeats: int, seconds: float, quick: bool = False) -> list[Threads]:
    """Wall time of LeNet-5 with one thread and more: one network, and twenty that train together."""
    measured = []
    for members, gain in GAINS.items():
        name = CASES[0].name if members == 1 else f"{members} × {CASES[0].name}"
        trained = case(name, LENET, (28, 28, 1), 128, members=min(members, 2) if quick else members)
        runs = {count: ImageGlassnet(ImageWork(trained, orders=False), threads=count) for count in counts}
        timings = interleaved(
            {str(count): runs[count].advance for count in counts}, repeats=repeats, seconds=seconds,
            clock=time.perf_counter, before={str(count): runs[count].restart for count in counts},
        )  # fmt: skip
        each = trained.steps * trained.members
        measured.append(Threads(name, {count: min(timings[str(count)]) / each for count in counts}, gain))
    return measured
