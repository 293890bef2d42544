"""RealMLP-TD-S, written down step by step in NumPy (float64) from the description of the recipe, against ours.

Nothing of glassnet computes here; only its random numbers are used, because both must draw the same ones.
"""

import numpy as np
import pandas as pd
import pytest

from activations_by_hand import mish, mish_slope, selu, selu_slope
from glassnet import GlassClassifier, GlassRegressor
from glassnet.engine import Population, Training
from glassnet.estimators import split_rows
from glassnet.formulas.randomness import Purpose, normal, permutation

EPOCHS, BATCH, WIDTH = 6, 32, 24


def frame(n_rows=230):
    rng = np.random.default_rng(11)
    table = pd.DataFrame({"size": rng.normal(40, 9, n_rows), "count": rng.poisson(1.2, n_rows) * 1.0})
    table["wild"] = rng.standard_t(1.5, n_rows)
    table["rare"] = np.where(rng.random(n_rows) < 0.1, rng.normal(5, 1, n_rows), 0.0)
    table["smoker"] = rng.choice(["yes", "no"], n_rows)
    table["site"] = rng.choice(["north", "south", "west"], n_rows, p=[0.5, 0.3, 0.2])
    score = (table["size"] - 40) / 9 + (table["smoker"] == "yes") * (table["count"] - 1) + np.tanh(table["wild"])
    return table, score.to_numpy() + 0.3 * rng.normal(size=n_rows)


def one_column(values):
    """Median, interquartile range, and the smooth clip."""
    q25, q50, q75 = np.percentile(values, [25, 50, 75])
    spread = q75 - q25
    if spread == 0:
        spread = (values.max() - values.min()) / 2
    t = (values - q50) / spread if spread > 0 else 0 * values
    return t / np.sqrt(1 + (t / 3) ** 2)


def inputs(table):
    """Numbers, yes/no as +1/-1, and one column for each level of a category, the most frequent first."""
    columns = [one_column(table[name].to_numpy()) for name in ("size", "count", "wild", "rare")]
    columns.append(np.where(table["smoker"] == "yes", 1.0, -1.0))
    columns += [(table["site"] == level) * 1.0 for level in table["site"].value_counts().index]
    return np.column_stack(columns)


def softmax(f):
    e = np.exp(f - f.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class RealMLP:
    """The recipe, one training."""

    def __init__(self, kind, n_in, n_out, seed):
        self.kind = kind
        self.f, self.f_slope = (mish, mish_slope) if kind == "numbers" else (selu, selu_slope)
        sizes = [n_in, WIDTH, WIDTH, WIDTH, n_out]
        self.p = {"scale": np.ones(n_in)}
        for k in range(4):
            shape = (sizes[k], sizes[k + 1])
            drawn = k < 3  # the output layer starts at zero
            self.p[f"W{k}"] = normal(seed, Purpose.WEIGHTS, shape[0] * shape[1], part=k).reshape(shape) * drawn
            self.p[f"b{k}"] = normal(seed, Purpose.BIASES, shape[1], part=k) * drawn
        self.m = {name: 0 * value for name, value in self.p.items()}
        self.v = {name: 0 * value for name, value in self.p.items()}
        self.t = 0

    def forward(self, x):
        a, kept = x * self.p["scale"], []
        for k in range(4):
            z = a @ self.p[f"W{k}"] / np.sqrt(a.shape[1]) + self.p[f"b{k}"]
            kept.append((a, z))
            a = self.f(z) if k < 3 else z
        return a, kept

    def gradients(self, x, y):
        raw, kept = self.forward(x)
        if self.kind == "numbers":
            delta = 2 * (raw - y) / len(x)
        elif self.kind == "two classes":
            delta = (1 / (1 + np.exp(-raw)) - (0.9 * y + 0.05)) / len(x)
        else:
            delta = (softmax(raw) - (0.9 * y + 0.1 / y.shape[1])) / len(x)
        g = {}
        for k in (3, 2, 1, 0):
            a, z = kept[k]
            if k < 3:
                delta = delta * self.f_slope(z)
            g[f"W{k}"] = a.T @ delta / np.sqrt(a.shape[1])
            g[f"b{k}"] = delta.sum(axis=0)
            delta = delta @ self.p[f"W{k}"].T / np.sqrt(a.shape[1])
        g["scale"] = (delta * x).sum(axis=0)
        return g

    def step(self, x, y, rate):
        self.t += 1
        for name, g in self.gradients(x, y).items():
            own = rate * {"s": 6.0, "b": 0.1, "W": 1.0}[name[0]]
            self.m[name] = 0.9 * self.m[name] + 0.1 * g
            self.v[name] = 0.95 * self.v[name] + 0.05 * g**2
            m, v = self.m[name] / (1 - 0.9**self.t), self.v[name] / (1 - 0.95**self.t)
            self.p[name] = self.p[name] - own * m / (np.sqrt(v) + 1e-8)

    def metric(self, x, y):
        raw = self.forward(x)[0]
        if self.kind == "numbers":
            return -np.mean((raw - y) ** 2)
        return np.mean((raw > 0) == (y > 0)) if self.kind == "two classes" else np.mean(raw.argmax(1) == y.argmax(1))

    def fit(self, x, y, x_aside, y_aside, seed, epochs=EPOCHS):
        per_epoch = -(-len(x) // BATCH)
        base = 0.07 if self.kind == "numbers" else 0.04
        best, step = -np.inf, 0
        for epoch in range(epochs):
            order = permutation(seed, Purpose.SHUFFLE, len(x), epoch=epoch)
            for start in range(0, len(x), BATCH):
                share = step / (epochs * per_epoch)
                rate = base * 0.5 * (1 - np.cos(2 * np.pi * np.log2(1 + 15 * share)))
                rows = order[start : start + BATCH]
                self.step(x[rows], y[rows], rate)
                step += 1
            value = self.metric(x_aside, y_aside)
            if value >= best:  # the latest of equals
                best, self.best_epoch = value, epoch + 1
                self.best = {name: v.copy() for name, v in self.p.items()}
        self.p = self.best
        return self


KINDS = ("two classes", "three classes", "numbers")


def problem(kind):
    """Our estimator, what it predicts from, its answers, and the oracle trained on the same rows."""
    table, score = frame()
    if kind == "numbers":
        y = score * 3 + 100
        targets = ((y - y.mean()) / y.std())[:, None]
        classes = None
    else:
        edges = [0.0] if kind == "two classes" else [-0.7, 0.8]
        codes = np.searchsorted(edges, score)
        y, classes = np.array(["a", "b", "c"])[codes], codes
        targets = codes[:, None] * 1.0 if kind == "two classes" else np.eye(3)[codes]
    settings = {"recipe": "realmlp-s", "hidden_layer_sizes": (WIDTH,) * 3, "batch_size": BATCH, "epochs": EPOCHS}
    kind_of = GlassRegressor if kind == "numbers" else GlassClassifier
    model = kind_of(random_state=7, **settings).fit(table, y)
    x = inputs(table)
    split = split_rows(len(x), classes, test=0.0, validation=0.2, seed=7)
    ours = (targets, split, y)
    oracle = RealMLP(kind, x.shape[1], targets.shape[1], 7)
    oracle.fit(x[split.train], targets[split.train], x[split.validation], targets[split.validation], 7)
    return model, table, x, ours, oracle


@pytest.mark.parametrize("kind", KINDS)
def test_the_estimator_gives_the_predictions_of_the_oracle(kind):
    model, table, x, (_, _, y), oracle = problem(kind)
    raw = oracle.forward(x)[0]
    assert model.history_.best_epoch == oracle.best_epoch
    if kind == "numbers":
        np.testing.assert_allclose(model.predict(table), raw[:, 0] * y.std() + y.mean(), rtol=0, atol=0.02 * y.std())
    else:
        expected = 1 / (1 + np.exp(-raw[:, 0])) if kind == "two classes" else softmax(raw)
        got = model.predict_proba(table)
        np.testing.assert_allclose(got[:, 1] if kind == "two classes" else got, expected, atol=0.005)


@pytest.mark.parametrize("kind", KINDS)
def test_in_float64_the_engine_is_the_oracle_to_many_digits(kind):
    model, _, x, (targets, split, _), oracle = problem(kind)
    plan = model.recipe_.plan(x.shape[1], targets.shape[1], model.loss_, "float64", watched=True)
    kept, aside = split.train, split.validation
    training = Training(
        plan, Population(seed=7), x[kept], targets[kept], validation=(x[aside], targets[aside], None), threads=1
    )
    result = training.run()
    assert result.best_epoch[0] == oracle.best_epoch
    np.testing.assert_allclose(result.scales[0][0], oracle.p["scale"], rtol=1e-9)
    for k in range(4):
        scale = oracle.p["scale"][:, None] if k == 0 else 1.0
        made = scale * oracle.p[f"W{k}"] / np.sqrt(len(oracle.p[f"W{k}"]))
        np.testing.assert_allclose(result.weights[k][0], made, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(result.biases[k][0], oracle.p[f"b{k}"], rtol=1e-8, atol=1e-10)


def test_the_oracle_itself_by_finite_differences():
    table, score = frame(40)
    x, y = inputs(table), (score > 0)[:, None] * 1.0
    oracle = RealMLP("two classes", x.shape[1], 1, 3)
    rng = np.random.default_rng(0)
    oracle.p["W3"], oracle.p["scale"] = rng.normal(size=oracle.p["W3"].shape), rng.normal(size=x.shape[1])
    slopes = oracle.gradients(x, y)

    def objective():
        raw, smooth = oracle.forward(x)[0], 0.9 * y + 0.05
        return float(np.mean(np.logaddexp(0, raw) - smooth * raw))

    for name in ("scale", "W0", "b1", "W2", "W3", "b3"):
        for index in list(np.ndindex(oracle.p[name].shape))[:3]:
            kept = oracle.p[name][index]
            oracle.p[name][index] = kept + 1e-5
            up = objective()
            oracle.p[name][index] = kept - 1e-5
            down = objective()
            oracle.p[name][index] = kept
            assert slopes[name][index] == pytest.approx((up - down) / 2e-5, rel=1e-5, abs=1e-9)
