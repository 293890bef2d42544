"""The machine of a run: a training of the engine, native or readable, that goes forward, back, and is changed by hand.

It goes forward a number of steps, and back by restoring a state that it gave out.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glassnet.engine import MemberState, Population, Training, drive, predict_raw
from glassnet.engine.checks.threads import resolve_threads
from glassnet.engine.machines.layout import Layout
from glassnet.engine.machines.reference import ReferenceTraining
from glassnet.engine.machines.state import STOPS, Counters
from glassnet.errors import TrainingDiverged
from glassnet.formulas import optimizers
from glassnet.network import Network, OptimizerState
from glassnet.network.forward import forward
from glassnet.studio.data.preparation.preparation import Floats, Preparation


class RunMachine:
    """A run under one set of settings; layers count from 0.

    Small runs train in the readable network in float64, large ones by the engine in float32, which leaves a processor
    to the page, whose frames would otherwise wait for it.

    Parameters
    ----------
    preparation : Preparation
    """

    def __init__(self, preparation: Preparation) -> None:
        self.preparation, self.plan = preparation, preparation.plan()
        self._layout = Layout.of(self.plan)
        train, start = preparation.train, None
        if not preparation.compiled:  # what the readable network of the script and of the lesson page starts from
            network = preparation.network()
            start = list(zip(network.weights, network.biases, strict=True))
        elif preparation.settings.start is not None:
            start = [(np.asarray(s.weights), np.asarray(s.biases)) for s in preparation.settings.start]
        population = Population(seed=preparation.settings.seed, initial=start)
        kind = Training if preparation.compiled else ReferenceTraining
        threads = max(1, resolve_threads(None) - 1)
        data = preparation.X[train], preparation.y[train], preparation.given_weights(train)
        self._training = kind(self.plan, population, *data, threads=threads)

    @property
    def dtype(self) -> str:
        """The precision that trains."""
        return self.plan.dtype

    @property
    def step(self) -> int:
        """Steps done."""
        return self._training.progress.steps

    def advance(self, steps: int) -> None:
        """Take steps, the engine's with the interpreter free for others; `TrainingDiverged` at the last good step."""
        drive(self._training, steps=steps)
        why = self._training.result.divergence[0]
        if why is not None:
            what = why.message.partition(": ")[2].capitalize()
            raise TrainingDiverged(why.advice or f"{what} The last good weights are kept. Lower the learning rate.")

    def save(self) -> MemberState:
        """The state, never changed afterwards."""
        return self._training.save()[0]

    def restore(self, state: MemberState) -> None:
        """Go back to a state."""
        self._training.restore([state])

    def carry(self, state: MemberState) -> None:
        """Go on from a state under other settings: from its weights, the optimizer's memory and its step.

        Its epochs are those of an earlier training, for their batches may have been of another size.
        """
        course, step = self.preparation.course, state.step
        epoch, batch = course.epoch(step), course.batch(step)
        assert course.batch_size is not None
        stop = STOPS.index("running" if epoch < course.epochs else "all_epochs")
        count = Counters(epoch, batch * course.batch_size, step, stop=stop)
        self.restore(self.save()._replace(arrays=state.arrays).at(count, earlier=(step - batch, epoch)))

    def parameters(self) -> tuple[list[Floats], list[Floats]]:
        """Weights and biases in float64, never changed afterwards."""
        result = self._training.result
        return [w[0].astype(np.float64) for w in result.weights], [b[0].astype(np.float64) for b in result.biases]

    def set_parameter(self, kind: str, layer: int, index: tuple[int, ...], value: float) -> float:
        """Give one weight or bias a value and go on from there; returns what it became in this machine's precision."""
        state = self.save()
        arrays, count = state.arrays.copy(), state.position
        place = self._layout.place(kind, layer, index)
        arrays[0, place] = value
        if count.epoch < self.plan.epochs:  # what diverged may not do so from here
            count = Counters(*count[:5])
        self.restore(state._replace(arrays=arrays).at(count, state.earlier))
        return float(arrays[0, place])

    def network(self) -> Network:
        """The readable network with the weights and the optimizer's memory of now."""
        network = self.preparation.network()
        network.weights, network.biases = self.parameters()
        optimizer, step = optimizers.resolve(self.preparation.settings.optimizer), self.step
        flat = np.asarray(self.save().arrays, dtype=np.float64)
        memories = dict(zip(optimizer.state, map(self._layout.layers, flat[1:]), strict=False))
        both = [
            tuple({name: layers[k][part] for name, layers in memories.items()} for k in range(len(network.layers)))
            for part in (0, 1)
        ]
        network.optimizer_state = OptimizerState(optimizer, step, *both) if step else None
        return network

    def raw_prediction(self, X: Floats) -> Floats:
        """Raw predictions by the arithmetic that trains, in float64."""
        layers, mixes = self.preparation.layers, self.preparation.mixes
        if not self.preparation.compiled:
            return forward(X, layers, *self.parameters(), self.preparation.loss, mixes=mixes).raw_prediction
        result = self._training.result
        weights, biases = ([array[0] for array in arrays] for arrays in (result.weights, result.biases))
        acting = [layer.acting(mix) for layer, mix in zip(layers, mixes, strict=True)]
        looks = layers if self.preparation.settings.image else ()
        return predict_raw(weights, biases, acting, X, layers=looks).astype(np.float64)


def pack(state: MemberState) -> bytes:
    """A state as bytes that hold no code."""
    file = io.BytesIO()
    np.savez(file, *[np.asarray(array) for array in state], allow_pickle=False)
    return file.getvalue()


def unpack(data: bytes) -> MemberState:
    """The state from bytes; code in them is refused.

    Raises
    ------
    ValueError
        The bytes hold something else, such as the states of readable networks in runs of earlier versions.
    """
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = [file[f"arr_{place}"] for place in range(len(file.files))]
    if [np.ndim(array) for array in arrays] != [2, 1, 1, 1, 1]:
        raise ValueError("these arrays are not the state of a training")
    return MemberState(*arrays)


def size_of(state: Sequence[NDArray[np.generic]]) -> int:
    """Bytes of a state."""
    return sum(np.asarray(array).nbytes for array in state)
