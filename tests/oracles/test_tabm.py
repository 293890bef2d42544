"""TabM-mini, written down in NumPy (float64) from its description with one axis for the networks, against ours.

Nothing of glassnet computes here; only its random numbers are used, because both must draw the same ones.
"""

import numpy as np
import pandas as pd
import pytest

from glassnet import GlassClassifier, GlassRegressor
from glassnet.engine import Population, Training
from glassnet.estimators import split_rows
from glassnet.formulas import dropout_mask
from glassnet.formulas.randomness import Purpose, permutation, uniform, words

HEADS, WIDTHS, BATCH, EPOCHS, PATIENCE, SEED = 6, (24, 17), 32, 40, 3, 7
RATE, DECAY, DROPOUT, CLIP, TOLERANCE = (
    0.02,
    0.0003,
    0.1,
    1.0,
    1e-4,
)  # the rate is larger than the recipe's, to stop early


def frame(n_rows=230):
    rng = np.random.default_rng(12)
    table = pd.DataFrame({"size": rng.normal(40, 9, n_rows), "wild": rng.standard_t(1.5, n_rows)})
    table["smoker"] = rng.choice(["yes", "no"], n_rows)
    table["site"] = rng.choice(["north", "south", "west"], n_rows, p=[0.5, 0.3, 0.2])
    score = (table["size"] - 40) / 9 + (table["smoker"] == "yes") * np.tanh(table["wild"])
    return table, score.to_numpy() + 0.3 * rng.normal(size=n_rows)


def inputs(table):
    """Median, interquartile range and smooth clip; yes/no as +1/-1; a column for each level, most frequent first."""
    columns = []
    for name in ("size", "wild"):
        q25, q50, q75 = np.percentile(table[name], [25, 50, 75])
        t = (table[name].to_numpy() - q50) / (q75 - q25)
        columns.append(t / np.sqrt(1 + (t / 3) ** 2))
    columns.append(np.where(table["smoker"] == "yes", 1.0, -1.0))
    columns += [(table["site"] == level) * 1.0 for level in table["site"].value_counts().index]
    return np.column_stack(columns)


def between(low_and_high, purpose, shape, layer, member=0):
    drawn = uniform(SEED, purpose, int(np.prod(shape)), member=member, part=layer)
    return low_and_high * (2 * drawn.reshape(*np.shape(member), *shape) - 1)


class TabM:
    """All networks at once: activations have the shape (rows, networks, neurons)."""

    def __init__(self, kind, n_in, n_out):
        self.kind, sizes, heads = kind, [n_in, *WIDTHS], np.arange(HEADS)
        self.p = {"R": np.where(words(SEED, Purpose.SCALES, n_in, member=heads) < 2**31, 1.0, -1.0)}
        for k in range(2):
            bound = 1 / np.sqrt(sizes[k])
            self.p[f"W{k}"] = between(bound, Purpose.WEIGHTS, (sizes[k], sizes[k + 1]), k)
            self.p[f"b{k}"] = between(bound, Purpose.BIASES, (sizes[k + 1],), k)
        bound = 1 / np.sqrt(sizes[2])
        self.p["H"] = between(bound, Purpose.WEIGHTS, (sizes[2], n_out), 2, heads)
        self.p["c"] = between(bound, Purpose.BIASES, (n_out,), 2, heads)
        self.m = {name: 0 * value for name, value in self.p.items()}
        self.v = {name: 0 * value for name, value in self.p.items()}
        self.t = 0

    def masks(self, rows):
        return [
            np.stack([
                dropout_mask(DROPOUT, rows, width, seed=SEED, member=h, step=self.t, layer=k + 1) for h in range(HEADS)
            ], axis=1)
            for k, width in enumerate(WIDTHS)
        ]  # fmt: skip

    def forward(self, x, masks=None):
        p = self.p
        z0 = (x[:, None, :] * p["R"]) @ p["W0"] + p["b0"]
        a0 = np.maximum(z0, 0) * (1 if masks is None else masks[0])
        z1 = a0 @ p["W1"] + p["b1"]
        a1 = np.maximum(z1, 0) * (1 if masks is None else masks[1])
        return np.einsum("bkh,kho->bko", a1, p["H"]) + p["c"], (z0, a0, z1, a1)

    def prediction(self, raw):
        if self.kind == "numbers":
            return raw
        if self.kind == "two classes":
            return 1 / (1 + np.exp(-raw))
        e = np.exp(raw - raw.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    def gradients(self, x, y, masks):
        p = self.p
        raw, (z0, a0, z1, a1) = self.forward(x, masks)
        d = (self.prediction(raw) - y[:, None, :]) * (2 if self.kind == "numbers" else 1) / (len(x) * HEADS)
        g = {"H": np.einsum("bkh,bko->kho", a1, d), "c": d.sum(axis=0)}
        d1 = np.einsum("bko,kho->bkh", d, p["H"]) * masks[1] * (z1 > 0)
        g |= {"W1": np.einsum("bki,bko->io", a0, d1), "b1": d1.sum(axis=(0, 1))}
        d0 = d1 @ p["W1"].T * masks[0] * (z0 > 0)
        g |= {"W0": np.einsum("bi,ki,bko->io", x, p["R"], d0), "b0": d0.sum(axis=(0, 1))}
        return g | {"R": np.einsum("bi,io,bko->ki", x, p["W0"], d0)}

    def step(self, x, y):
        g = self.gradients(x, y, self.masks(len(x)))
        norm = np.sqrt(sum((part**2).sum() for part in g.values()))
        self.t += 1
        for name, slope in g.items():
            slope = slope * min(1.0, CLIP / norm)
            self.m[name] = 0.9 * self.m[name] + 0.1 * slope
            self.v[name] = 0.999 * self.v[name] + 0.001 * slope**2
            m, v = self.m[name] / (1 - 0.9**self.t), self.v[name] / (1 - 0.999**self.t)
            self.p[name] = self.p[name] * (1 - RATE * DECAY) - RATE * m / (np.sqrt(v) + 1e-8)

    def loss(self, x, y):
        """Of the mean prediction."""
        mean = self.prediction(self.forward(x)[0]).mean(axis=1)
        if self.kind == "numbers":
            return np.mean((mean - y) ** 2)
        likelihood = mean if self.kind == "three classes" else np.where(y > 0, mean, 1 - mean)
        return -np.mean((np.log(likelihood) * (y if self.kind == "three classes" else 1)).sum(axis=1))

    def fit(self, x, y, x_aside, y_aside):
        best, idle = np.inf, 0
        for epoch in range(EPOCHS):
            order = permutation(SEED, Purpose.SHUFFLE, len(x), epoch=epoch)
            for start in range(0, len(x), BATCH):
                rows = order[start : start + BATCH]
                self.step(x[rows], y[rows])
            value = self.loss(x_aside, y_aside)
            idle = idle + 1 if value > best - TOLERANCE else 0
            if value < best:
                best, self.best_epoch = value, epoch + 1
                self.best = {name: v.copy() for name, v in self.p.items()}
            if idle > PATIENCE:
                break
        self.p, self.epochs = self.best, epoch + 1
        return self


KINDS = ("two classes", "three classes", "numbers")


def problem(kind):
    """Our estimator, and the oracle trained on the same rows."""
    table, score = frame()
    if kind == "numbers":
        y, classes = score * 3 + 100, None
        targets = ((y - y.mean()) / y.std())[:, None]
    else:
        codes = np.searchsorted([0.0] if kind == "two classes" else [-0.7, 0.8], score)
        y, classes = np.array(["a", "b", "c"])[codes], codes
        targets = codes[:, None] * 1.0 if kind == "two classes" else np.eye(3)[codes]
    model = (GlassRegressor if kind == "numbers" else GlassClassifier)(
        recipe="tabm-mini", hidden_layer_sizes=WIDTHS, batch_size=BATCH, epochs=EPOCHS, patience=PATIENCE,
        n_networks=HEADS, learning_rate=RATE, random_state=SEED,
    )  # fmt: skip
    x = inputs(table)
    split = split_rows(len(x), classes, test=0.0, validation=0.2, seed=SEED)
    oracle = TabM(kind, x.shape[1], targets.shape[1])
    oracle.fit(x[split.train], targets[split.train], x[split.validation], targets[split.validation])
    return model, table, x, (targets, split, y), oracle


@pytest.mark.parametrize("kind", KINDS)
def test_the_estimator_gives_the_predictions_of_the_oracle(kind):
    model, table, x, (_, _, y), oracle = problem(kind)
    model.fit(table, y)
    expected = oracle.prediction(oracle.forward(x)[0]).mean(axis=1)
    assert (model.history_.best_epoch, model.history_.epochs_done) == (oracle.best_epoch, oracle.epochs)
    assert oracle.epochs < EPOCHS  # so the stop is tested
    if kind == "numbers":
        np.testing.assert_allclose(
            model.predict(table), expected[:, 0] * y.std() + y.mean(), rtol=0, atol=0.02 * y.std()
        )
    else:
        got = model.predict_proba(table)
        np.testing.assert_allclose(got[:, 1:] if kind == "two classes" else got, expected, atol=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_in_float64_the_engine_is_the_oracle_to_many_digits(kind):
    model, table, x, (targets, split, y), oracle = problem(kind)
    model.fit(table, y)
    plan = model.recipe_.plan(x.shape[1], targets.shape[1], model.loss_, "float64", watched=True)
    kept, aside = split.train, split.validation
    result = Training(
        plan, Population(seed=SEED), x[kept], targets[kept], validation=(x[aside], targets[aside], None)
    ).run()
    assert (result.best_epoch[0], result.n_epochs[0]) == (oracle.best_epoch, oracle.epochs)
    p = oracle.p
    np.testing.assert_allclose(result.scales[0], p["R"], rtol=1e-7)
    for h in range(HEADS):
        for k, weights in enumerate((p["R"][h][:, None] * p["W0"], p["W1"], p["H"][h])):
            np.testing.assert_allclose(result.weights[k][h], weights, rtol=1e-7, atol=1e-9)
        for k, biases in enumerate((p["b0"], p["b1"], p["c"][h])):
            np.testing.assert_allclose(result.biases[k][h], biases, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_the_oracle_itself_by_finite_differences(kind):
    _, _, x, (targets, _, _), _ = problem(kind)
    x, y = x[:20], targets[:20]
    oracle = TabM(kind, x.shape[1], y.shape[1])
    masks = oracle.masks(20)

    def objective():
        raw = oracle.forward(x, masks)[0]
        if kind == "numbers":
            return np.mean((raw - y[:, None, :]) ** 2)
        p = oracle.prediction(raw)
        if kind == "two classes":
            return -np.mean(np.log(np.where(y[:, None, :] > 0, p, 1 - p)))
        return -np.mean((np.log(p) * y[:, None, :]).sum(axis=-1))

    slopes = oracle.gradients(x, y, masks)
    for name, array in oracle.p.items():
        for index in list(np.ndindex(array.shape))[:: max(1, array.size // 4)]:
            old, ends = array[index], []
            for moved in (old + 1e-6, old - 1e-6):
                array[index] = moved
                ends.append(objective())
            array[index] = old
            assert slopes[name][index] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-8)
