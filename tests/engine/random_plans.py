"""Random plans, each trained in several ways that must end with the same bits.

The test runs a few of them. For a long run, some twenty a second:

    python tests/engine/random_plans.py --plans 10000
"""

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from reference import targets_for

from glassnet.engine import Plan, Population, Training, _native
from glassnet.formulas import activations, losses, optimizers, schedules
from glassnet.layers import Convolution, Dense, GlobalMean, MaxPooling, MeanPooling

OWN = ("learning_rate", "l1", "l2", "dropout", "label_smoothing", "row_weights", "rows", "validation_rows")


class Case:
    """Plan, population and data number so and so; everything is drawn, and most things at once."""

    def __init__(self, number):
        self.number = number
        rng = self.rng = np.random.default_rng(number)
        hidden = rng.choice([1, 3, 8, 13, 17, 32, 33], size=rng.integers(0, 3), p=[0.1, 0.2, 0.2, 0.2, 0.1, 0.1, 0.1])
        loss = self.pick("squared_error", "logistic", "softmax_cross_entropy", "huber", "poisson")
        outputs = 3 if loss == "softmax_cross_entropy" else int(rng.integers(1, 4))
        sizes = [int(rng.choice([1, 2, 5, 16, 17])), *map(int, hidden), outputs]
        self.n, held = int(rng.choice([1, 5, 33, 70, 130])), int(rng.choice([1, 9, 40]))
        self.members = int(rng.choice([1, 2, 3, 5, 9, 16, 17, 23, 35]))
        self.X, self.y = rng.normal(size=(self.n, sizes[0])), targets_for(losses[loss], rng, self.n, outputs)
        X_held, y_held = rng.normal(size=(held, sizes[0])), targets_for(losses[loss], rng, held, outputs)
        self.held = (X_held, y_held, self.maybe(rng.uniform(0.1, 2, held)))
        self.sample_weight = self.maybe(rng.integers(0, 3, self.n).astype(float), 0.2)
        adam = self.chance(0.2)
        chosen = [*(self.pick(*sorted(activations)) for _ in hidden), "identity"]
        settings = {
            "optimizer": self.pick("adamw(weight_decay=0.1)") if adam else self.pick(*sorted(optimizers)),
            "decay_schedule": "flat_cos" if adam and self.chance(0.5) else "constant",
            "reduction": self.pick("mean", "half-mean", "sum"), "learning_rate": float(rng.choice([1e-3, 0.01, 0.1])),
            "schedule": self.pick(*sorted(schedules)),
            "dropout_schedule": self.pick("constant", "constant", "cosine", "flat_cos"),
            "l1": self.maybe(0.01) or 0.0, "l2": self.maybe(0.01) or 0.0, "penalty_per_row": self.chance(0.5),
            "dropout": float(self.maybe(0.3, 0.5) or 0.0), "clip_norm": self.maybe(float(rng.choice([0.05, 1.0]))),
            "label_smoothing": 0.1 if self.smooth(loss) and self.chance(0.5) else 0.0,
            "batch_size": self.pick(None, 1, 7, 32, 64) if self.n < 100 else self.pick(None, 16, 32, 64),
            "epochs": int(rng.integers(1, 13)), "shuffle": self.chance(0.8),
            "monitor": self.pick("none", "training_loss", "training_loss", "validation_loss", "validation_score"),
            "patience": int(rng.integers(0, 3)), "tolerance": float(rng.choice([0.0, 1e-3, 0.05])),
            "restore_best": self.chance(0.5), "latest_tie": self.chance(0.3), "dtype": self.pick("float32", "float64"),
            "parametrization": self.pick("standard", "standard", "standard", "ntk", "scaled_ntk(scale_rate=6)"),
            "heads": 2 if len(hidden) and self.chance(0.05) else 1, "rows_before": int(rng.integers(0, 2)) * 100,
        }  # fmt: skip
        if settings["heads"] == 1 and np.random.default_rng((number, 1)).random() < 0.15:
            self.plan = self.of_images(sizes, chosen, loss, settings)
        else:
            self.plan = Plan(sizes, chosen, loss, **settings)
        self.own = self.differences(loss, len(self.plan.activations), held)

    def of_images(self, sizes, chosen, loss, settings):
        """The same, behind layers that look at the inputs as an image, some numbers beside it."""
        record = "ntk" if "ntk" in settings.pop("parametrization") else "standard"
        settings.pop("heads")
        shape = {1: (1, 1, 1), 2: (1, 2, 1), 5: (2, 2, 1), 16: (4, 2, 2), 17: (4, 4, 1)}[sizes[0]]
        draw = np.random.default_rng((self.number, 2)).integers
        convolution = Convolution(
            int(draw(1, 20)), (int(draw(1, 4)), int(draw(1, 4))), sorted(activations)[draw(len(activations))],
            stride=int(draw(1, 3)), dilation=int(draw(1, 3)), parametrization=record, channel_dropout=bool(draw(2)),
            mixed=bool(draw(2)),
        )  # fmt: skip
        pooling = [MaxPooling(2, padding="same"), MeanPooling(2, stride=1, padding="same"), GlobalMean()][draw(3)]
        dense = [Dense(size, activation) for size, activation in zip(sizes[1:], chosen, strict=True)]
        beside = sizes[0] - int(np.prod(shape))
        return Plan.of([convolution, pooling, *dense], loss, input_shape=shape, other_inputs=beside, **settings)

    def differences(self, loss, layers, held):
        """What the members do not share."""
        rng, count = self.rng, self.members
        own = {
            "learning_rate": 10 ** rng.uniform(-3, -1, count) if self.chance(0.5) else rng.choice([0.01, 0.03], count),
            "l1": rng.choice([0.0, 0.02], count), "l2": rng.choice([0.0, 0.02], count),
            "dropout": rng.choice([0.0, 0.2, 0.5], (count, layers)) * rng.integers(2, size=(count, 1)),
            "row_weights": rng.integers(0, 3, (count, self.n)).astype(float),
            "rows": [rng.integers(self.n, size=rng.integers(max(1, self.n - 2), self.n + 1)) for _ in range(count)],
            "validation_rows": [rng.integers(held, size=rng.integers(1, held + 1)) for _ in range(count)],
        }  # fmt: skip
        if self.chance(0.2):
            own["learning_rate"][rng.integers(count)] = 1e30  # this one diverges
        if self.smooth(loss):
            own["label_smoothing"] = rng.choice([0.0, 0.1, 0.3], count)
        return {name: values for name, values in own.items() if self.chance(0.35)}

    def pick(self, *among):
        return among[self.rng.integers(len(among))]

    def chance(self, share):
        return bool(self.rng.random() < share)

    def maybe(self, value, share=0.35):
        return value if self.chance(share) else None

    @staticmethod
    def smooth(loss):
        return loss in ("logistic", "softmax_cross_entropy")

    def training(self, members, threads):
        """The training of some of the members."""
        own = {name: [values[m] for m in members] for name, values in self.own.items()}
        population = Population(seed=self.number, members=np.asarray(members), **own)
        return Training(self.plan, population, self.X, self.y, self.sample_weight, self.held, threads=threads)

    def alone(self):
        """The digest of every member, each trained by itself."""
        found = []
        for member in range(self.members):
            training = self.training([member], 1)
            training.run(raise_when_all_diverged=False)
            found += digest(training)
        return found

    def together(self, way):
        """The same, but in groups, on some threads, in steps and slices of time, and resumed elsewhere on the way."""
        rng = np.random.default_rng([self.number, way])
        group_of = rng.integers(rng.integers(1, 3), size=self.members)
        found = [""] * self.members
        for group in np.unique(group_of):
            members = rng.permutation(np.flatnonzero(group_of == group)).tolist()
            training, done = self.training(members, int(rng.integers(1, 4))), False
            while not done:
                how = rng.random()
                if how < 0.5:
                    done = training.advance_steps(int(rng.integers(1, 40)))
                elif how < 0.7:
                    state, training = training.save(), self.training(members, int(rng.integers(1, 4)))
                    training.restore(state)
                else:
                    done = training.advance(float(rng.choice([1e-6, 1e-3, 1.0])))
            for member, text in zip(members, digest(training), strict=True):
                found[member] = text
        return found


def digest(training):
    """One text per member: weights, state, curves, and where it stopped; of heads the weights of all of a member."""
    result, state, texts = training.result, training.save(), []
    count = len(state)
    for m in range(count):
        made = hashlib.sha256()
        # What fills up a layer's numbers is a zero of either sign, and no machine owes a sign to what is not a number.
        for array in state[m]:
            made.update(np.where(np.isnan(array), np.nan, array + 0).tobytes())
        for array in (*result.weights, *result.biases, *result.scales, *result.mixes):
            made.update(np.split(array, count)[m].tobytes())
        for array in (result.loss_curve[m], result.validation_curve[m], result.best_loss[m], result.learning_rate[m]):
            made.update(np.where(np.isnan(array), np.nan, array).tobytes())
        made.update(f"{result.n_epochs[m]} {result.n_steps[m]} {result.best_epoch[m]} {result.stop_reason[m]}".encode())
        texts.append(made.hexdigest()[:16])
    return texts


def digests_under(isa, first, count, way):
    """A line per plan, from a process of that instruction set; way 0 is every member alone."""
    return subprocess.Popen(
        [sys.executable, __file__, "--first", str(first), "--plans", str(count), "--way", str(way)],
        env={**os.environ, "GLASSNET_ISA": isa}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def disagreements(first, count):
    """Numbers of plans whose bits depend on how they were trained."""
    isas = _native.usable_isas()
    ways = [(isas[-1], 0), *((isa, 1 + k) for k, isa in enumerate(isas))]
    lines = []
    for isa, way in ways:
        process = digests_under(isa, first, count, way)
        lines.append(process.communicate()[0].splitlines())
        if process.returncode != 0 or len(lines[-1]) != count:
            raise SystemExit(f"plans {first} to {first + count - 1} failed with {isa}, way {way}")
    return [first + k for k, same in enumerate(zip(*lines, strict=True)) if len(set(same)) > 1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--plans", type=int, default=10_000)
    parser.add_argument("--way", type=int, default=None, help="print digests, instead of comparing instruction sets")
    options = parser.parse_args()
    end = options.first + options.plans
    if options.way is not None:
        for number in range(options.first, end):
            case = Case(number)
            print(*(case.alone() if options.way == 0 else case.together(options.way)))
        return
    differing = []
    for first in range(options.first, end, 100):
        differing += disagreements(first, min(100, end - first))
        print(f"{min(first + 100, end) - options.first} plans, differing: {differing}", flush=True)
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
