"""Calls of every function of the native module with arguments that are nearly right: none may touch foreign memory.

The test makes some hundred; under the sanitizers (`make sanitize`) any step beyond an array ends the run. For more:

    python tests/engine/native_door.py --calls 100000
"""

import argparse
import warnings
from functools import partial

import numpy as np

from glassnet.engine import Plan, Population, _native
from glassnet.engine.kernels.bytecode import _encode, formula
from glassnet.engine.kernels.kernel import activation_backward, activation_value, optimizer_update, schedule_factor
from glassnet.engine.native import native_network, native_parts, native_plan, window_numbers
from glassnet.formulas import activations, losses, optimizers, schedules
from glassnet.layers import Convolution, Dense, GlobalMean, MaxPooling, MeanPooling

WHOLE = (-(2**63), -(2**31), -5, -1, 0, 1, 2, 3, 7, 64, 2**31, 2**32, 2**63 - 1, 2**63, 10**30)
REAL = (float("nan"), float("inf"), -float("inf"), -1.0, 0.0, 1.0, 1e-320, 1e300)
SCALED = "scaled_ntk(scale_rate=6)"
REFUSALS = (TypeError, ValueError, OverflowError, IndexError, MemoryError, RuntimeError, AttributeError)


class Fuzzer:
    """A source of calls; `counts` says how many were taken and how many refused."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.counts = {"taken": 0, "refused": 0}
        self.targets = [
            self.formula, self.network, self.windows, self.plan, self.trainer, self.steps, self.layers, self.scales,
            self.state, self.memory, self.predictor, self.objective, self.function, self.run_formula, self.others,
        ]  # fmt: skip

    def run(self, calls):
        """Make so many rounds."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for _ in range(calls):
                self.pick(self.targets)()

    def pick(self, among):
        return among[int(self.rng.integers(len(among)))]

    def call(self, function, *args, **named):
        """One call, with none, one or two arguments changed; None where it was refused."""
        for _ in range(self.rng.integers(3)):
            place = int(self.rng.integers(len(args) + len(named))) if args or named else -1
            if 0 <= place < len(args):
                args = (*args[:place], self.changed(args[place]), *args[place + 1 :])
            elif place >= 0:
                name = list(named)[place - len(args)]
                named = {**named, name: self.changed(named[name])}
        try:
            result = function(*args, **named)
        except REFUSALS:
            self.counts["refused"] += 1
            return None
        self.counts["taken"] += 1
        return result

    def changed(self, value):
        """Something else than an argument, and often nearly it."""
        if self.rng.random() < 0.05:
            return self.pick([None, "text", -1, 2.5, [], np.zeros(0), b"", {}])
        if isinstance(value, np.ndarray):
            return self.changed_array(value)
        if isinstance(value, (list, tuple)):
            return self.changed_list(list(value))
        if isinstance(value, (bool, np.bool_)):
            return self.pick([not value, 2, None])
        if isinstance(value, (int, np.integer)):
            return self.pick([*WHOLE, int(value) + 1, int(value) - 1])
        if isinstance(value, float):
            return self.pick(REAL)
        if isinstance(value, str):
            return self.pick(["", "none", value + "x", "exp", "optimizer", "activation_value", "loss"])
        return self.pick([None, value, 3])

    def changed_list(self, value):
        how = self.rng.integers(4)
        if how == 0 or not value:
            return value + value[:1] if self.rng.random() < 0.5 else []
        place = int(self.rng.integers(len(value)))
        if how == 1:
            return value[:place] + value[place + 1 :]
        return [*value[:place], self.changed(value[place]), *value[place + 1 :]]

    def changed_array(self, value):
        flat = value.ravel()
        changes = [
            lambda: value[:-1], lambda: np.concatenate([flat, flat]), lambda: value[None], lambda: value[..., None],
            lambda: value[:0], lambda: np.repeat(value, 2, axis=0)[::2], lambda: value.T, lambda: flat,
            lambda: value.astype(self.pick(["float32", "float64", "int64", "int32", "uint8", "complex128"])),
            lambda: np.full(value.shape, self.pick([0, 1, -1, 100, 2**31 - 1])).astype(value.dtype),
            lambda: np.full(value.shape, self.pick(REAL)), lambda: self.rng.permutation(flat).reshape(value.shape),
            lambda: np.asfortranarray(value),
        ]  # fmt: skip
        return self.pick(changes)()

    # What calls are made of, all of it right.

    def a_plan(self):
        rng, hidden = self.rng, self.pick([[], [3], [8, 4], [130, 70], [17]])
        loss = self.pick(["squared_error", "softmax_cross_entropy"])
        more = {}
        if hidden and rng.random() < 0.3:
            more["heads"] = 2
        elif hidden and rng.random() < 0.3:
            more["mixed"] = [True] * len(hidden) + [False]
        if hidden == [8, 4] and "heads" not in more and rng.random() < 0.5:
            more["connections"] = [[(1, 1, 2, 0)] * 2 + [(1, 1, 3, 1)], None, None]
        return Plan(
            [3, *hidden, 2], ["tanh"] * len(hidden) + ["identity"], loss, epochs=2, batch_size=4,
            optimizer=self.pick(["adam", "sgd", "momentum"]), dtype=self.pick(["float32", "float64"]),
            monitor=self.pick(["none", "training_loss", "validation_loss", "validation_score"]),
            restore_best=bool(rng.random() < 0.5), dropout=self.pick([0.0, 0.3]), schedule="cosine",
            dropout_schedule=self.pick(["constant", "cosine"]),
            parametrization="standard" if "connections" in more else self.pick(["standard", "ntk", SCALED]), **more,
        )  # fmt: skip

    def nearly(self, native_plan):
        """A native plan, some of them with a wrong number."""
        for name in ("n_states", "batch_size", "epochs", "patience", "monitor", "score", "link", "decay_place"):
            if self.rng.random() < 0.03:
                self.call(partial(setattr, native_plan, name), getattr(native_plan, name))
        return native_plan

    def an_image_plan(self):
        pooling = self.pick([MaxPooling, MeanPooling])(2, stride=1, padding="same")
        layers = [Convolution(2, 2, "tanh"), pooling, Dense(2)]
        return Plan.of(
            layers[self.rng.integers(2) :], "squared_error", input_shape=self.pick([(3, 1, 1), (1, 3, 1), (1, 1, 3)]),
            epochs=2, batch_size=4, dtype=self.pick(["float32", "float64"]), dropout=self.pick([0.0, 0.3]),
        )  # fmt: skip

    def trainer_arguments(self, plan):
        count, rng = self.pick([1, 3, 20]), self.rng
        rows = [rng.integers(9, size=rng.integers(8, 10)).astype(np.int32) for _ in range(count)]
        X, y = rng.normal(size=(9, 3)).astype(plan.dtype), np.eye(2, dtype=plan.dtype)[rng.integers(2, size=9)]
        held = plan.monitor.startswith("validation") or rng.random() < 0.3
        return {
            "plan": native_plan(plan, 9, 5), "ids": list(range(count)), "rates": [0.01] * count,
            "l1": [0.0] * count, "l2": [0.1] * count, "dropout": [list(plan.dropout)] * count,
            "smoothing": [0.0] * count, "rows": rows if rng.random() < 0.5 else [],
            "held_rows": rows if held and rng.random() < 0.5 else [], "X": X, "y": y,
            "weight": np.ones((count, 9), dtype=plan.dtype) if rng.random() < 0.5 else None,
            "X_held": X if held else None, "y_held": y if held else None, "weight_held": None,
            "threads": self.pick([1, 2, 3]),
        }  # fmt: skip

    def a_trainer(self, plan, call=None):
        kind = _native.TrainerSingle if plan.dtype == "float32" else _native.TrainerDouble
        given = self.trainer_arguments(plan)
        made = call(kind, **{**given, "plan": self.nearly(given["plan"])}) if call else kind(**given)
        if made is not None:
            start = Population(members=len(given["ids"])).start(plan, np.ones((9, 3)))
            for layer, (weights, biases) in enumerate(start):
                self.call(made.set_layer, layer, weights, biases)
        return made

    def use(self, trainer):
        """Train a little and look at everything, whatever happened before."""
        try:
            trainer.advance_steps(3)
            count = trainer.progress()[0]
            for layer in range(3):
                trainer.get_layer(layer, True)
            trainer.report(0), _native.save_member(trainer, 0)
        except REFUSALS:
            count = 0
        return count

    # One function or a few.

    def formula(self):
        record = self.pick(list(activations.values()))
        kernel = activation_value(record)
        scalar = kernel.scalar
        vector, scalar_words, vector_words = _encode(kernel)
        self.call(
            _native.Formula, compiled=self.pick([-1, 0, 3]), scalar_inputs=len(scalar.inputs),
            scalar_registers=scalar.registers, scalar_words=scalar_words, scalar_results=list(scalar.outputs),
            scalar_constants=list(scalar.constants), parameters=list(record.values.values()),
            vector_inputs=len(vector.inputs), vector_uniforms=len(scalar.outputs), vector_registers=vector.registers,
            vector_words=vector_words, vector_results=list(vector.outputs),
        )  # fmt: skip

    def network(self):
        value = formula("activation_value", activation_value(activations["tanh"]), {}, "")
        network, optimizer, schedule = native_parts(self.a_plan())
        self.call(_native.Plan, network, optimizer, schedule)
        self.call(
            _native.Network, sizes=[3, 4, 2], value=[value] * 2, backward=[self.pick([value, optimizer])] * 2,
            loss=None, kernel=self.pick(["softmax", "cox", ""]), targets=self.pick([0, 2, 3]),
            factors=[1.0] * 2, scaled=[0, 1], rates=[1.0] * 8, decays=[1.0] * 8,
            blocks=[[(1, 1, 2, 0), (2, 1, 1, 1)], []], mixed=[0, 0], heads=1, with_slope=[None, None],
        )  # fmt: skip

    def windows(self):
        value = formula("activation_value", activation_value(activations["tanh"]), {}, "")
        backward = formula("activation_backward", activation_backward(activations["tanh"]), {}, "")
        plan = self.pick([
            Plan.of([Convolution(2, 3, stride=2, groups=2), Dense(2)], "huber", input_shape=(5, 4, 2), other_inputs=1),
            Plan.of([MaxPooling(2, padding=1), Dense(2)], "huber", input_shape=(4, 6, 2)),
            Plan.of([GlobalMean(), Dense(2)], "huber", input_shape=(4, 6, 2)),
        ])  # fmt: skip
        numbers, sizes = window_numbers(plan.layers[0], plan.layers[0].activation), list(plan.layer_sizes)
        for _ in range(self.rng.integers(3)):
            place = int(self.rng.integers(len(numbers)))
            numbers[place] = self.changed(numbers[place])
        network = self.call(
            _native.Network, sizes=sizes, value=[value] * 2, backward=[backward] * 2, loss=None, kernel="softmax",
            windows=[numbers, []], mixed=self.pick([[], [0, 0], [1, 0], [1, 1]]),
        )  # fmt: skip
        if network is None:
            return
        parts = [np.ones(shape) for layer in plan.layers for shape in layer.arrays.values()]
        if self.rng.random() < 0.5:  # as a convolution with mixes has them
            parts.insert(2, np.ones(plan.layers[0].channels_out))
        made = self.call(_native.PredictorDouble, network, parts, False)
        for rows in (1, 5, 40):
            if made is not None:
                self.call(made.predict, self.rng.normal(size=(rows, sizes[0])), 2)

    def plan(self):
        made = native_plan(self.a_plan(), 9, 5)
        for name in dir(made):
            if not name.startswith("_"):
                self.call(partial(setattr, made, name), getattr(made, name))
        self.call(_native.TrainerSingle.bytes_needed, made, 3, 9, 2)
        self.call(_native.TrainerDouble.bytes_needed, made, 3, 9, 2)

    def trainer(self):
        made = self.a_trainer(self.pick([self.a_plan, self.an_image_plan])(), self.call)
        if made is not None:
            self.use(made)

    def steps(self):
        trainer = self.a_trainer(self.a_plan())
        self.call(trainer.advance_steps, 2)
        self.call(trainer.advance, 0.001)
        self.call(trainer.report, 0)
        self.use(trainer)

    def layers(self):
        plan = self.a_plan()
        trainer = self.a_trainer(plan)
        for layer in range(len(plan.activations)):
            self.call(trainer.get_layer, layer, True)
            self.call(trainer.get_heads, layer, False)
        self.use(trainer)

    def scales(self):
        plan = self.a_plan()
        trainer = self.a_trainer(plan)
        count = 0
        while count < 40 and self.rng.random() < 0.9:
            count += 1
            self.call(trainer.set_scales, 0, np.ones((count, 3), dtype=plan.dtype))
        self.use(trainer)

    def state(self):
        plan = self.a_plan()
        trainer, other = self.a_trainer(plan), self.a_trainer(self.pick([plan, plan, self.an_image_plan()]))
        trainer.advance_steps(int(self.rng.integers(4)))
        state = self.call(_native.save_member, trainer, 0)
        if state is None:
            return
        parts = [np.array(part) for part in state]
        if self.rng.random() < 0.3:  # as one that resumed from an earlier training
            earlier = self.rng.choice([-1, 0, 1, 2, 2**62], size=2)
            parts[1] = np.concatenate([parts[1] + [earlier[1], 0, earlier[0], *[0] * 7], earlier])
        for _ in range(self.rng.integers(3)):  # counters and numbers, one at a time
            part = parts[self.pick([1, 2])]
            part[self.rng.integers(len(part))] = self.pick([-5, -1, 0, 1, 2, 100_000, 2**62])
        self.call(_native.load_member, other, 0, bool(self.rng.integers(2)), *parts)
        self.use(other)

    def predictor(self):
        plan = self.a_plan()
        dtype = plan.dtype
        kind = _native.PredictorSingle if dtype == "float32" else _native.PredictorDouble
        sizes = self.pick([(3, 2), (3, 8, 2), (70, 130, 1)])
        mixed = [bool(self.rng.integers(2)) for _ in sizes[1:]]
        network = native_network(sizes, ["tanh"] * (len(sizes) - 1), losses["squared_error"], mixed=mixed)
        shapes = [
            shape for n_in, n_out, mix in zip(sizes, sizes[1:], mixed, strict=False)
            for shape in ((n_in, n_out), (n_out,), *([(n_out,)] if mix else []))
        ]  # fmt: skip
        sparse = self.rng.random() < 0.5
        parts = [(np.eye(*s) if sparse and len(s) == 2 else np.ones(s)).astype(dtype) for s in shapes]
        made = self.call(kind, network, parts, True)
        if made is None:
            return
        X = self.rng.normal(size=(self.pick([1, 5, 600]), sizes[0])).astype(dtype)
        self.call(made.predict, X, 2)
        self.call(made.answer, X)
        self.call(made.answer, X[0])
        self.call(made.holds, parts)
        self.call(made.parts)

    def objective(self):
        plan, X = self.pick([self.a_plan, self.an_image_plan])(), self.rng.normal(size=(9, 3))
        y, weight = np.eye(2)[self.rng.integers(2, size=9)], self.pick([None, np.ones(9)])
        made = self.call(_native.Objective, self.nearly(native_plan(plan, 9, 5)), 0.1, 0.1, X, y, weight)
        if made is None:
            return
        start = 0.1 * np.ones(plan.n_parameters)
        self.call(made.at, start)
        search = self.call(_native.Search, made, start, 5, 20, 1e-5, 1e-9)
        if search is not None:
            self.call(search.advance, 3)
            for name in ("point", "gradient", "value", "iterations", "end"):
                self.call(getattr, search, name)

    def memory(self):
        trainer, other = (self.a_trainer(self.a_plan()) for _ in range(2))
        trainer.advance_steps(int(self.rng.integers(4)))
        memory = self.call(_native.read_memory, trainer, 0)
        if memory is not None:
            for taker in (other, trainer):
                self.call(_native.take_memory, taker, 0, memory, 3, 1)
                self.use(taker)

    def function(self):
        a = self.rng.normal(size=37).astype(self.pick(["float32", "float64"]))
        self.call(_native.function, self.pick(["exp", "+", "max", "power", "where<"]), a, self.pick([None, a]))

    def run_formula(self):
        record = self.pick(list(optimizers.values()))
        made = formula("optimizer", optimizer_update(record), record.values, "", interpret=bool(self.rng.integers(2)))
        a = np.ones(21)
        arrays = [a] * (2 + len(record.state))
        self.call(_native.run_formula, "optimizer", made, arrays, [0.1, 1.0])
        self.call(_native.run_formula_single, "optimizer", made, [x.astype("float32") for x in arrays], [0.1, 1.0])

    def others(self):
        schedule = schedules["cosine"]
        made = formula("schedule", schedule_factor(schedule), schedule.values, "")
        wrong = formula("activation_value", activation_value(activations["elu"]), activations["elu"].values, "")
        self.call(_native.schedule_factor, self.pick([made, wrong]), 1.0, 10.0, 5.0)
        self.call(_native.words, 1, 3, 50, 0, 0, 0)
        self.call(_native.permutation, 1, 3, 50, 0, 0, 0)
        self.call(_native.keys, "loss")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    fuzzer = Fuzzer(options.seed)
    fuzzer.run(options.calls)
    print(fuzzer.counts)


if __name__ == "__main__":
    main()
