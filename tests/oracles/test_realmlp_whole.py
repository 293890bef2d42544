"""RealMLP-TD, the whole recipe, written down step by step in NumPy (float64) from its description, against ours.

Nothing of glassnet computes here; only its random numbers are used, because both must draw the same ones.
"""

import numpy as np
import pandas as pd
import pytest

from activations_by_hand import mish, mish_slope, selu, selu_slope
from glassnet import GlassClassifier, GlassRegressor
from glassnet.engine import Population, Training
from glassnet.estimators import split_rows
from glassnet.formulas.randomness import Purpose, normal, permutation, uniform, words

EPOCHS, BATCH, WIDTH, SEED = 6, 32, 20, 7
CITIES = [f"city {k}" for k in range(11)]


def frame(n_rows=210):
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"size": rng.normal(40, 9, n_rows), "wild": rng.standard_t(1.5, n_rows)})
    table["city"] = rng.choice(CITIES, n_rows, p=np.arange(11, 0, -1) / 66)
    table["site"] = rng.choice(["north", "south", "west"], n_rows, p=[0.5, 0.3, 0.2])
    effect = dict(zip(CITIES, rng.normal(size=11), strict=True))
    score = np.sin(table["size"] / 5) + np.tanh(table["wild"]) + table["city"].map(effect)
    return table, score.to_numpy() + 0.3 * rng.normal(size=n_rows)


def one_column(values):
    q25, q50, q75 = np.percentile(values, [25, 50, 75])
    t = (values - q50) / (q75 - q25)
    return t / np.sqrt(1 + (t / 3) ** 2)


def inputs(table):
    """Two numbers, then one column for each level of the two categories, the most frequent first."""
    columns = [one_column(table[name].to_numpy()) for name in ("size", "wild")]
    for name in ("city", "site"):
        columns += [(table[name] == level) * 1.0 for level in table[name].value_counts().index]
    return np.column_stack(columns)


def flat_cos(share):
    return 1.0 if share < 0.5 else 0.5 * (1 + np.cos(2 * np.pi * (share - 0.5)))


RATES = {"E": 1.0, "w": 0.1, "u": 0.1, "M": 0.1, "c": 0.1, "s": 6.0, "V": 1.0, "b": 0.1, "a": 0.1}
DECAYS = {"b": 0.0}


class RealMLP:
    """One training. Inputs: 2 numbers, 11 cities, 3 sites; features: 4 per number, 8 of the city, the sites."""

    def __init__(self, kind, x, n_out):
        self.kind, self.t = kind, 0
        self.f, self.f_slope = (mish, mish_slope) if kind == "numbers" else (selu, selu_slope)
        p = self.p = {"E": normal(SEED, Purpose.WEIGHTS, 88, part=0).reshape(11, 8)}
        p["w"] = 0.1 * normal(SEED, Purpose.WEIGHTS, 32, part=1).reshape(2, 16)
        p["u"] = np.pi * (2 * uniform(SEED, Purpose.BIASES, 32, part=1).reshape(2, 16) - 1)
        p["M"] = (2 * uniform(SEED, Purpose.WEIGHTS, 96, part=2).reshape(2, 16, 3) - 1) / 4
        p["c"] = (2 * uniform(SEED, Purpose.BIASES, 6, part=2).reshape(2, 3) - 1) / 4
        p["s"] = np.ones(19)
        a = self.features(x)[0]
        for k, (n_in, width) in enumerate([(19, WIDTH), (WIDTH, WIDTH), (WIDTH, n_out)]):
            free = normal(SEED, Purpose.WEIGHTS, n_in * width, part=3 + k).reshape(n_in, width)
            z = a @ free / np.sqrt(n_in)
            p[f"V{k}"] = free / z.std(axis=0)
            z = z / z.std(axis=0)
            share = -np.log(uniform(SEED, Purpose.BIASES, 5 * width, part=3 + k, epoch=1).reshape(width, 5))
            drawn = words(SEED, Purpose.BIASES, 5 * width, part=3 + k, epoch=2).reshape(width, 5)
            rows = [[int(word) * len(x) >> 32 for word in five] for five in drawn]
            means = [share[j] @ z[rows[j], j] / share[j].sum() for j in range(width)]
            p[f"b{k}"] = -np.array(means)
            p[f"a{k}"] = np.ones(width)
            z = z + p[f"b{k}"]
            a = self.f(z)
        del p["a2"]  # the last layer has no activation
        self.m, self.v = ({name: 0 * value for name, value in p.items()} for _ in range(2))

    def features(self, x):
        """The embedded inputs, and the phases of the waves (n, 2, 16)."""
        numbers, cities, sites = x[:, :2], x[:, 2:13], x[:, 13:]
        phase = 2 * np.pi * numbers[:, :, None] * self.p["w"] + self.p["u"]
        mixed = np.einsum("rji,jio->rjo", np.cos(phase), self.p["M"]) + self.p["c"]
        parts = [part for j in range(2) for part in (mixed[:, j], numbers[:, j : j + 1])]
        return np.hstack([*parts, cities @ self.p["E"], sites]), phase

    def forward(self, x, masks=(1.0, 1.0)):
        a, phase = self.features(x)
        kept, a = [(x, phase, a)], a * self.p["s"]
        for k in range(3):
            z = a @ self.p[f"V{k}"] / np.sqrt(a.shape[1]) + self.p[f"b{k}"]
            kept.append((a, z))
            if k < 2:
                mix = self.p[f"a{k}"]
                a = (z + mix * (self.f(z) - z)) * masks[k]
        return z, kept

    def gradients(self, x, y, masks):
        raw, kept = self.forward(x, masks)
        delta = (
            2 * (raw - y) / len(x) if self.kind == "numbers" else (1 / (1 + np.exp(-raw)) - (0.9 * y + 0.05)) / len(x)
        )
        g = {}
        for k in (2, 1, 0):
            a, z = kept[k + 1]
            if k < 2:
                up, mix = delta * masks[k], self.p[f"a{k}"]
                g[f"a{k}"] = (up * (self.f(z) - z)).sum(axis=0)
                delta = up * (1 + mix * (self.f_slope(z) - 1))
            g[f"V{k}"] = a.T @ delta / np.sqrt(a.shape[1])
            g[f"b{k}"] = delta.sum(axis=0)
            delta = delta @ self.p[f"V{k}"].T / np.sqrt(a.shape[1])
        x, phase, features = kept[0]
        g["s"] = (delta * features).sum(axis=0)
        delta = delta * self.p["s"]
        g["E"] = x[:, 2:13].T @ delta[:, 8:16]
        up = np.stack([delta[:, 0:3], delta[:, 4:7]], axis=1)
        g["M"], g["c"] = np.einsum("rji,rjo->jio", np.cos(phase), up), up.sum(axis=0)
        turned = -np.sin(phase) * np.einsum("rjo,jio->rji", up, self.p["M"])
        g["w"], g["u"] = np.einsum("rji,rj->ji", turned, 2 * np.pi * x[:, :2]), turned.sum(axis=0)
        return g

    def masks(self, n, rate):
        """What dropout leaves of what enters the second and the third dense layer, layers 4 and 5 of the network."""
        if rate * 2.0**32 < 1:
            return 1.0, 1.0
        drawn = [words(SEED, Purpose.DROPOUT, n * WIDTH, epoch=self.t, part=part).reshape(n, WIDTH) for part in (4, 5)]
        return [np.where(each < np.uint32(rate * 2.0**32), 0.0, 1 / (1 - rate)) for each in drawn]

    def step(self, x, y, base, share):
        rate = base * 0.5 * (1 - np.cos(2 * np.pi * np.log2(1 + 15 * share)))
        slopes = self.gradients(x, y, self.masks(len(x), 0.15 * flat_cos(share)))
        self.t += 1
        for name, g in slopes.items():
            own = rate * RATES[name[0]]
            decay = 0.02 * flat_cos(share) * DECAYS.get(name[0], 1.0)
            self.m[name] = 0.9 * self.m[name] + 0.1 * g
            self.v[name] = 0.95 * self.v[name] + 0.05 * g**2
            m, v = self.m[name] / (1 - 0.9**self.t), self.v[name] / (1 - 0.95**self.t)
            self.p[name] = self.p[name] * (1 - own * decay) - own * m / (np.sqrt(v) + 1e-8)

    def metric(self, x, y):
        raw = self.forward(x)[0]
        return -np.mean((raw - y) ** 2) if self.kind == "numbers" else np.mean((raw > 0) == (y > 0))

    def fit(self, x, y, x_aside, y_aside):
        per_epoch, best, step = -(-len(x) // BATCH), -np.inf, 0
        base = 0.2 if self.kind == "numbers" else 0.04
        for epoch in range(EPOCHS):
            order = permutation(SEED, Purpose.SHUFFLE, len(x), epoch=epoch)
            for start in range(0, len(x), BATCH):
                rows = order[start : start + BATCH]
                self.step(x[rows], y[rows], base, step / (EPOCHS * per_epoch))
                step += 1
            value = self.metric(x_aside, y_aside)
            if value >= best:  # the latest of equals
                best, self.best_epoch = value, epoch + 1
                self.best = {name: v.copy() for name, v in self.p.items()}
        self.p = self.best
        return self


def problem(kind):
    """Our estimator, its table, inputs and targets, and the oracle trained on the same rows."""
    table, score = frame()
    y = 3 * score + 100 if kind == "numbers" else np.where(score > 0, "b", "a")
    targets = ((y - y.mean()) / y.std())[:, None] if kind == "numbers" else (score > 0)[:, None] * 1.0
    settings = {"recipe": "realmlp", "hidden_layer_sizes": (WIDTH,) * 2, "batch_size": BATCH, "epochs": EPOCHS}
    model = (GlassRegressor if kind == "numbers" else GlassClassifier)(random_state=SEED, **settings).fit(table, y)
    x = inputs(table)
    split = split_rows(len(x), None if kind == "numbers" else score > 0, test=0.0, validation=0.2, seed=SEED)
    oracle = RealMLP(kind, x[split.train], 1)
    oracle.fit(x[split.train], targets[split.train], x[split.validation], targets[split.validation])
    return model, table, x, targets, split, y, oracle


@pytest.mark.parametrize("kind", ["two classes", "numbers"])
def test_the_estimator_gives_the_predictions_of_the_oracle(kind):
    model, table, x, _, _, y, oracle = problem(kind)
    raw = oracle.forward(x)[0][:, 0]
    assert model.history_.best_epoch == oracle.best_epoch
    if kind == "numbers":
        expected = np.clip(raw * y.std() + y.mean(), y.min(), y.max())
        np.testing.assert_allclose(model.predict(table), expected, rtol=0, atol=0.02 * y.std())
    else:
        np.testing.assert_allclose(model.predict_proba(table)[:, 1], 1 / (1 + np.exp(-raw)), atol=0.005)


@pytest.mark.parametrize("kind", ["two classes", "numbers"])
def test_in_float64_the_engine_is_the_oracle_to_many_digits(kind):
    model, _, x, targets, split, _, oracle = problem(kind)
    plan = model.recipe_.plan(x.shape[1], 1, model.loss_, "float64", watched=True)
    kept, aside = split.train, split.validation
    training = Training(
        plan, Population(seed=SEED), x[kept], targets[kept], validation=(x[aside], targets[aside], None), threads=1
    )
    result, p = training.run(), oracle.p
    assert result.best_epoch[0] == oracle.best_epoch
    close = {"rtol": 1e-7, "atol": 1e-9}
    np.testing.assert_allclose(result.weights[0][0][2:13, 2:10], p["E"], **close)
    np.testing.assert_allclose(result.scales[3][0], p["s"], **close)
    waves, mixtures = result.weights[1][0], result.weights[2][0]
    for j in range(2):
        np.testing.assert_allclose(waves[j, 17 * j : 17 * j + 16], 2 * np.pi * p["w"][j], **close)
        np.testing.assert_allclose(result.biases[1][0][17 * j : 17 * j + 16], p["u"][j], **close)
        np.testing.assert_allclose(mixtures[17 * j : 17 * j + 16, 4 * j : 4 * j + 3], p["M"][j], **close)
        np.testing.assert_allclose(result.biases[2][0][4 * j : 4 * j + 3], p["c"][j], **close)
    for k in range(3):
        scale = p["s"][:, None] if k == 0 else 1.0
        made = scale * p[f"V{k}"] / np.sqrt(len(p[f"V{k}"]))
        np.testing.assert_allclose(result.weights[3 + k][0], made, **close)
        np.testing.assert_allclose(result.biases[3 + k][0], p[f"b{k}"], **close)
        if k < 2:
            np.testing.assert_allclose(result.mixes[3 + k][0], p[f"a{k}"], **close)


def test_the_oracle_itself_by_finite_differences():
    table, score = frame()
    x, y = inputs(table), (score > 0)[:, None] * 1.0
    oracle = RealMLP("two classes", x, 1)
    rng = np.random.default_rng(0)
    masks = [np.where(rng.random((len(x), WIDTH)) < 0.3, 0.0, 1 / 0.7) for _ in range(2)]
    slopes = oracle.gradients(x, y, masks)

    def objective():
        raw, smooth = oracle.forward(x, masks)[0], 0.9 * y + 0.05
        return float(np.mean(np.logaddexp(0, raw) - smooth * raw))

    assert set(slopes) == set(oracle.p)
    for name in slopes:
        for index in list(np.ndindex(oracle.p[name].shape))[:3]:
            kept = oracle.p[name][index]
            oracle.p[name][index] = kept + 1e-5
            up = objective()
            oracle.p[name][index] = kept - 1e-5
            down = objective()
            oracle.p[name][index] = kept
            assert slopes[name][index] == pytest.approx((up - down) / 2e-5, rel=1e-5, abs=1e-9)
