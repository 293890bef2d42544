"""Machines: what takes the steps of a run. The readable network for small work, the engine for large.

Both go forward a number of steps, and back by restoring a state that they gave out; a state is a tuple of arrays.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glassnet.engine import Population, Training, drive, predict_raw
from glassnet.engine.checks.threads import resolve_threads
from glassnet.engine.machines.layout import Layout
from glassnet.errors import TrainingDiverged
from glassnet.formulas import optimizers
from glassnet.network import Network, OptimizerState
from glassnet.network.fit import take_step
from glassnet.studio.data.preparation import Floats, Prepared

State = tuple[NDArray[np.generic], ...]


class Machine(Protocol):
    """The interface of the machine that a run trains on; layers count from 0."""

    @property
    def dtype(self) -> str:
        """The precision that trains."""
        ...

    @property
    def step(self) -> int:
        """Steps done."""
        ...

    def advance(self, steps: int) -> None:
        """Take steps; `TrainingDiverged` leaves the machine at the last good step."""
        ...

    def save(self) -> State:
        """The state, never changed afterwards."""
        ...

    def restore(self, state: State) -> None:
        """Go back to a state."""
        ...

    def parameters(self) -> tuple[list[Floats], list[Floats]]:
        """Weights and biases in float64, never changed afterwards."""
        ...

    def set_parameter(self, kind: str, layer: int, index: tuple[int, ...], value: float) -> float:
        """Give one weight or bias a value; returns what it became in this machine's precision."""
        ...

    def network(self) -> Network:
        """The readable network with the weights and optimizer state of now."""
        ...

    def raw_prediction(self, X: Floats) -> Floats:
        """Raw predictions by the arithmetic that trains, in float64."""
        ...


class Stage(Machine, Protocol):
    """A machine under one set of settings."""

    def carry(self, state: State) -> None:
        """Go on from a state that a machine with other settings has saved."""
        ...


class ReferenceMachine:
    """The readable NumPy network in float64."""

    dtype = "float64"

    def __init__(self, prepared: Prepared) -> None:
        self.prepared, self.step = prepared, 0
        self._network = prepared.network()
        self._optimizer = optimizers.resolve(prepared.settings.optimizer)
        train = prepared.train
        self._X, self._y, self._weights = prepared.X[train], prepared.y[train], prepared.row_weights[train]

    def advance(self, steps: int) -> None:
        """Take steps as `Network.fit` does."""
        course, rate = self.prepared.course, self.prepared.settings.learning_rate
        for _ in range(steps):
            rows = course.rows(self.step)
            take_step(
                self._network, self._X[rows], self._y[rows], self._weights[rows],
                learning_rate=rate * course.factor(self.step), optimizer=self._optimizer,
            )  # fmt: skip
            self.step += 1

    def save(self) -> State:
        """Step, weights, biases, and the optimizer's memory when there is one; steps make new arrays, so no copies."""
        network, kept = self._network, self._network.optimizer_state
        arrays: list[NDArray[np.generic]] = [np.array(self.step), *network.weights, *network.biases]
        if kept is not None and kept.weights:
            for name in self._optimizer.state:
                arrays += [memory[name] for memory in (*kept.weights, *kept.biases)]
        return tuple(arrays)

    def restore(self, state: State) -> None:
        """Take over a state."""
        count = len(self._network.layers)
        arrays = [np.asarray(array, dtype=np.float64) for array in state[1:]]
        self.step = int(state[0])
        self._network.weights, self._network.biases = list(arrays[:count]), list(arrays[count : 2 * count])
        memories = arrays[2 * count :]
        names = tuple(enumerate(self._optimizer.state)) if memories else ()
        both = [
            tuple({name: memories[2 * count * p + start + k] for p, name in names} for k in range(count))
            for start in (0, count)
        ]
        self._network.optimizer_state = OptimizerState(self._optimizer, self.step, *both) if self.step else None

    def parameters(self) -> tuple[list[Floats], list[Floats]]:
        """The network's own arrays; a step makes new ones."""
        return list(self._network.weights), list(self._network.biases)

    def set_parameter(self, kind: str, layer: int, index: tuple[int, ...], value: float) -> float:
        """Put a new array in place of the old one."""
        arrays: list[Floats] = getattr(self._network, kind)
        changed = arrays[layer].copy()
        changed[index] = value
        arrays[layer] = changed
        return value

    def network(self) -> Network:
        """A copy."""
        return self._network.copy()

    def raw_prediction(self, X: Floats) -> Floats:
        """The forward pass."""
        return self._network.forward(X).raw_prediction

    def carry(self, state: State) -> None:
        """The same numbers; the settings are those of this machine."""
        self.restore(state)


class CompiledMachine:
    """The engine in float32. It leaves a processor to the page, whose frames would otherwise wait for it."""

    dtype = "float32"

    def __init__(self, prepared: Prepared, threads: int | None = None) -> None:
        self.prepared, self.plan = prepared, prepared.plan()
        self._layout = Layout.of(self.plan)
        train, start = prepared.train, None
        if prepared.settings.start is not None:
            start = [(np.asarray(s.weights), np.asarray(s.biases)) for s in prepared.settings.start]
        population = Population(seed=prepared.settings.seed, initial=start)
        threads = max(1, resolve_threads(None) - 1) if threads is None else threads
        data = prepared.X[train], prepared.y[train], prepared.given_weights(train)
        self._training = Training(self.plan, population, *data, threads=threads)

    @property
    def step(self) -> int:
        """Steps done."""
        return self._training.progress.steps

    def advance(self, steps: int) -> None:
        """Take steps with the interpreter free for others."""
        drive(self._training, steps=steps)
        why = self._training.result.divergence[0]
        if why is not None:
            what = why.message.partition(": ")[2].capitalize()
            raise TrainingDiverged(f"{what} The last good weights are kept. Lower the learning rate.")

    def save(self) -> State:
        """The state from which the engine can resume here."""
        return tuple(self._training.save()[0])

    def restore(self, state: State) -> None:
        """Take over a state."""
        self._training.restore([state])

    def parameters(self) -> tuple[list[Floats], list[Floats]]:
        """Copies in float64."""
        result = self._training.result
        return [w[0].astype(np.float64) for w in result.weights], [b[0].astype(np.float64) for b in result.biases]

    def set_parameter(self, kind: str, layer: int, index: tuple[int, ...], value: float) -> float:
        """Change one number of the saved state and go on from that."""
        state = list(self.save())
        flat = np.array(state[0])
        place = self._layout.place(kind, layer, index)
        flat[0, place] = value
        self.restore((flat, *state[1:]))
        return float(flat[0, place])

    def network(self) -> Network:
        """The readable network with the engine's numbers, its optimizer's memory included."""
        network = self.prepared.network()
        network.weights, network.biases = self.parameters()
        optimizer, step = optimizers.resolve(self.prepared.settings.optimizer), self.step
        flat = np.asarray(self.save()[0], dtype=np.float64)
        memories = dict(zip(optimizer.state, map(self._layout.layers, flat[1:]), strict=False))
        both = [
            tuple({name: layers[k][part] for name, layers in memories.items()} for k in range(len(network.layers)))
            for part in (0, 1)
        ]
        network.optimizer_state = OptimizerState(optimizer, step, *both) if step else None
        return network

    def raw_prediction(self, X: Floats) -> Floats:
        """The engine's prediction."""
        result = self._training.result
        weights, biases = ([array[0] for array in arrays] for arrays in (result.weights, result.biases))
        layers, mixes = self.prepared.layers, self.prepared.mixes
        acting = [layer.acting(mix) for layer, mix in zip(layers, mixes, strict=True)]
        looks = layers if self.prepared.settings.image else ()
        return predict_raw(weights, biases, acting, X, layers=looks).astype(np.float64)

    def carry(self, state: State) -> None:
        """Weights, the optimizer's memory and the place in the course from the state; rates and ends from the plan."""
        flat, counters, _, *curves = state
        _, own, numbers, *_ = self.save()
        place = np.concatenate([counters[:3], own[3:]])  # epoch, position in it, step; then what ends a training
        self.restore((flat, place, numbers, *curves))


def machine_for(prepared: Prepared) -> Stage:
    """The machine that the settings ask for, at its start."""
    return CompiledMachine(prepared) if prepared.compiled else ReferenceMachine(prepared)


def pack(state: State) -> bytes:
    """A state as bytes that hold no code."""
    file = io.BytesIO()
    np.savez(file, *[np.asarray(array) for array in state], allow_pickle=False)
    return file.getvalue()


def unpack(data: bytes) -> State:
    """The state from bytes; code in them is refused."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return tuple(file[f"arr_{place}"] for place in range(len(file.files)))


def size_of(state: Sequence[NDArray[np.generic]]) -> int:
    """Bytes of a state."""
    return sum(np.asarray(array).nbytes for array in state)


def step_of(state: State) -> int:
    """Steps done in a state."""
    return int(state[0]) if np.ndim(state[0]) == 0 else int(np.asarray(state[1])[2])
