"""Importance, effects and pairs against scikit-learn's inspection, counting, and functions whose answers are known."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.metrics import log_loss, r2_score

from explanation.models import MODELS, table
from glassnet import GlassClassifier, GlassRegressor
from glassnet.errors import ConfigurationError, SchemaError
from glassnet.explanation import Question, effect, explain, importance, strongest_pairs
from glassnet.explanation.effect import effect_of
from glassnet.explanation.encoded_rows import EncodedRows
from glassnet.explanation.kinship import ordered
from glassnet.explanation.pair import pairs_of


@pytest.fixture(scope="module")
def plain():
    """A model of three numbers, two of which act together."""
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 3))
    y = X[:, 0] + X[:, 1] * X[:, 2]
    return GlassRegressor(recipe="lecture", hidden_layer_sizes=16, epochs=150).fit(X, y), X, y


class Known(Question):
    """A question whose answers are a function of the table's numbers."""

    def answer(self, matrix):
        x = np.stack([
            column.center + column.scale * matrix[:, k].astype(float) for k, column in enumerate(self.columns)
        ], axis=1)  # fmt: skip
        return self.__dict__["function"](x)[:, None]


def known(plain, function):
    model, X, _ = plain
    question = Known(model, "amount")
    question.__dict__["function"] = function
    return EncodedRows(question, question.table(X))


def test_partial_dependence_is_that_of_scikit_learn(plain):
    model, X, _ = plain
    found = effect(model, X, "x2")
    there = partial_dependence(model, X, [1], method="brute", custom_values={1: found.at}, kind="both")
    np.testing.assert_allclose(found.mean[:, 0], there["average"][0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.each[:, :, 0], there["individual"][0], rtol=1e-4, atol=1e-5)


def test_local_effects_by_counting(plain):
    model, X, _ = plain
    found, values = effect(model, X, "x2"), X[:, 1]
    height, steps = [0.0], []
    for k, (low, high) in enumerate(zip(found.edges, found.edges[1:], strict=False)):
        inside = (values > low) & (values <= high) | ((k == 0) & (values == low))
        assert inside.sum() == found.counts[k]
        ends = [np.where(np.arange(3) == 1, end, X[inside]) for end in (low, high)]
        steps.append(np.mean(model.predict(ends[1]) - model.predict(ends[0])))
        height.append(height[-1] + steps[-1])
    height = np.array(height)
    middle = (height[:-1] + height[1:]) / 2
    expected = height - (middle * found.counts).sum() / found.counts.sum()
    np.testing.assert_allclose(found.local[:, 0], expected, rtol=1e-3, atol=1e-4)
    assert found.counts.sum() == len(X)


def test_of_a_sum_every_way_tells_the_same(plain):
    background = known(plain, lambda x: x[:, 0] ** 2 + 3 * x[:, 1] + np.sin(x[:, 2]))
    found = effect_of(background, 1)
    np.testing.assert_allclose(found.mean[:, 0] - found.mean[0, 0], 3 * (found.at - found.at[0]), atol=1e-4)
    np.testing.assert_allclose(found.local[:, 0] - found.local[0, 0], 3 * (found.edges - found.edges[0]), atol=1e-4)
    spread = found.each[:, :, 0] - found.each[:, :1, 0]
    np.testing.assert_allclose(spread, np.broadcast_to(spread[0], spread.shape), atol=1e-4)


def test_local_effects_stay_where_rows_are():
    random = np.random.default_rng(1)
    first = random.uniform(-2, 2, 300)
    X = np.stack([first, first + random.normal(0, 0.05, 300)], axis=1)
    model = GlassRegressor(recipe="lecture", epochs=1).fit(X, first)
    question = Known(model, "amount")
    question.__dict__["function"] = lambda x: x[:, 0] + 1000 * (np.abs(x[:, 0] - x[:, 1]) > 1)  # where no row is
    found = effect_of(EncodedRows(question, question.table(X)), 0)
    np.testing.assert_allclose(np.diff(found.local[:, 0]), np.diff(found.edges), atol=1e-3)
    assert np.ptp(found.mean[:, 0]) > 100, "partial dependence asks there"


@pytest.mark.parametrize(("kind", "target"), MODELS)
def test_every_column_of_every_model_has_an_effect(model_of, kind, target):
    model, columns = model_of(kind, target), table(target)
    for name in ("age", "dose", "ward", "smoker", "visits", "day"):
        found = effect(model, columns, name, rows=20)
        assert found.each.shape == (20, len(found.texts), len(found.outputs))
        assert np.isfinite(found.each).all()
        assert found.local.shape == (len(found.texts) if found.edges is None else len(found.edges), len(found.outputs))
        known_rows = sum(value is not None for value in columns[name])
        assert found.counts.sum() == known_rows
    days = effect(model, columns, "day")
    assert days.texts[0] == min(columns["day"])
    assert set(effect(model, columns, "ward").texts) == {"north", "south", "west"}


def test_an_effect_is_the_prediction_with_that_value(model_of):
    model, columns = model_of("committee", "class"), table("class")
    for name in ("ward", "dose", "day"):
        found = effect(model, columns, name)
        place = len(found.texts) // 2
        value = found.texts[place] if found.at is None or name == "day" else float(found.at[place])
        changed = columns | {name: [value] * 160}
        np.testing.assert_allclose(found.each[:, place], model.predict_proba(changed), atol=1e-5)


@pytest.mark.parametrize("target", ["classes", "amount"])
def test_importance_is_near_that_of_scikit_learn(target):
    random = np.random.default_rng(2)
    X = random.normal(size=(300, 4))
    y = 2 * X[:, 0] + X[:, 1] + random.normal(0, 0.3, 300)
    y = y if target == "amount" else np.digitize(y, [-1, 1])
    maker = GlassRegressor if target == "amount" else GlassClassifier
    model = maker(recipe="lecture", epochs=60).fit(X, y)
    found = importance(model, X, y, repeats=20)
    scoring = "r2" if target == "amount" else "neg_log_loss"
    there = permutation_importance(model, X, y, scoring=scoring, n_repeats=20, random_state=0)
    ours = dict(zip(found.names, found.values, strict=True))
    np.testing.assert_allclose([ours[f"x{k + 1}"] for k in range(4)], there.importances_mean, rtol=0.1, atol=0.01)
    assert found.names[:2] == ("x1", "x2")
    assert (found.low <= found.values).all()
    assert (found.values <= found.high).all()
    assert found.low[0] > found.high[2], "what counts is told from what does not"


@pytest.mark.parametrize("target", ["class", "amount"])
def test_importance_with_weights_is_that_of_repeated_rows(model_of, target):
    model, columns = model_of("one network", target), table(target)
    heavy = importance(model, columns, weights=np.r_[np.full(80, 3.0), np.zeros(80)])
    half = importance(model, {name: values[:80] for name, values in columns.items()})
    assert heavy.names == half.names
    np.testing.assert_allclose(heavy.values, half.values, rtol=1e-6)


def test_importance_by_hand(plain):
    model, X, y = plain
    found = importance(model, X, y, repeats=1)
    worse = {}
    from glassnet.formulas.randomness import Purpose, words

    for j in range(3):
        order = np.argsort(words(0, Purpose.EXPLANATION, 200, epoch=3, member=0, part=j), kind="stable")
        shuffled = X.copy()
        shuffled[:, j] = X[order, j]
        worse[f"x{j + 1}"] = r2_score(y, model.predict(X)) - r2_score(y, model.predict(shuffled))
    assert dict(zip(found.names, found.values, strict=True)) == pytest.approx(worse, rel=1e-4)


def test_groups_make_wider_intervals(model_of):
    model, columns = model_of("one network", "class"), table("class")
    twice = {name: [value for value in values for _ in range(2)] for name, values in columns.items()}
    alone = importance(model, twice)
    together = importance(model, twice, groups=np.repeat(np.arange(160), 2))
    assert together.high[0] - together.low[0] > alone.high[0] - alone.low[0]


def test_log_loss_is_what_the_classes_are_measured_by(model_of):
    model, columns = model_of("one network", "class"), table("class")
    found = importance(model, columns, repeats=1)
    assert found.measure == "log loss"
    plainly = log_loss(columns["y"], model.predict_proba(columns)[:, [0, 1]], labels=model.classes_)
    assert 0 < found.values[0] < 50 * plainly


def test_a_sum_has_no_pairs_and_a_product_has_one(plain):
    added = pairs_of(known(plain, lambda x: x[:, 0] + x[:, 1] ** 2 - x[:, 2]), 0)
    assert all(pair.strength < 1e-4 for pair in added)
    product = pairs_of(known(plain, lambda x: 5 * x[:, 0] + x[:, 1] * x[:, 2]), 0)
    assert (product[0].first, product[0].second) == ("x2", "x3")
    assert product[0].share > 0.9
    assert all(pair.strength < 1e-4 for pair in product[1:])


def test_the_strength_of_a_pair_by_hand(plain):
    _, X, _ = plain
    rows = X[:20]
    question = known(plain, None).question
    question.__dict__["function"] = lambda x: x[:, 1] * x[:, 2] + x[:, 0]
    found = pairs_of(EncodedRows(question, question.table(rows)), 0, [1, 2])[0]
    a, b = rows[:, 1] - rows[:, 1].mean(), rows[:, 2] - rows[:, 2].mean()
    # E over the others of x1 x2 at a point, less the two effects of one alone: the product of what is centered
    away = a * b - (a * b).mean()
    assert found.strength == pytest.approx(np.sqrt((away**2).mean()), rel=1e-3)


def test_the_strongest_pair_of_a_trained_network(plain):
    model, X, _ = plain
    pairs = strongest_pairs(model, X)
    assert (pairs[0].first, pairs[0].second) == ("x2", "x3")
    assert len(pairs) == 3


def test_bad_wishes_are_refused(model_of):
    model, columns = model_of("one network", "class"), table("class")
    with pytest.raises(ConfigurationError, match=r"'ag' is not an input.*age"):
        effect(model, columns, "ag")
    with pytest.raises(ConfigurationError, match="two columns"):
        strongest_pairs(model, columns, columns=["age"])
    with pytest.raises(ConfigurationError, match="no class 'ill'"):
        strongest_pairs(model, columns, output="ill")
    with pytest.raises(ConfigurationError, match="repeats"):
        importance(model, columns, repeats=0)
    with pytest.raises(SchemaError, match="lacks 1"):
        effect(model, {name: values for name, values in columns.items() if name != "ward"}, "age")


def test_columns_written_in_another_manner_are_explained():
    random = np.random.default_rng(4)
    cost, days = random.uniform(1000, 90000, 80), random.integers(1, 28, 80)
    columns = {
        "cost": [f"{value:,.2f}" for value in cost], "day": [f"{day:02d}.03.2024" for day in days],
        "y": (cost / 1000 + days).tolist(),
    }  # fmt: skip
    model = GlassRegressor(recipe="lecture", epochs=40).fit(columns, target="y")
    assert [column.kind for column in model.schema_.inputs] == ["number", "date"]
    found = effect(model, columns, "cost")
    assert found.at[0] == pytest.approx(cost.min(), abs=0.01)
    typed = columns | {"cost": [f"{found.at[9]:,.2f}"] * 80}
    np.testing.assert_allclose(found.each[:, 9, 0], model.predict(typed), rtol=1e-4)
    days_found = effect(model, columns, "day")
    assert days_found.texts[0] == f"2024-03-{days.min():02d}"
    typed = columns | {"day": [f"{days.min():02d}.03.2024"] * 80}
    np.testing.assert_allclose(days_found.each[:, 0, 0], model.predict(typed), rtol=1e-4)
    why = explain(model, columns, 3, threshold=60.0)
    assert why.changes
    assert "cost" in why.text()


def test_local_effects_of_a_category_by_counting(model_of):
    model, columns = model_of("one network", "amount"), table("amount")
    question = Question.of(model)
    background = EncodedRows(question, question.table(columns))
    name = next(c.name for c in question.columns if c.kind == "category" and len(c.levels) > 2)
    found = effect(model, columns, name)
    cells = np.array(background.table.column(name).codes(list(found.texts)))
    part = question.slices[question.column(name)]
    others = np.delete(background.matrix, np.arange(background.matrix.shape[1])[part], axis=1)
    order = ordered(cells, len(found.texts), others)
    assert sorted(order) == [k for k in range(len(found.texts)) if found.counts[k]]
    for one, other in pairwise(order):
        rows = np.flatnonzero(np.isin(cells, [one, other]))
        said = []
        for level in (one, other):
            changed = {key: [values[r] for r in rows] for key, values in columns.items()}
            changed[name] = [found.texts[level]] * len(rows)
            said.append(model.predict(changed))
        step = found.local[other, 0] - found.local[one, 0]
        assert step == pytest.approx(np.mean(said[1] - said[0]), rel=1e-3, abs=1e-5)
    own = found.counts > 0
    assert np.sum(found.counts[own] * found.local[own, 0]) == pytest.approx(0, abs=1e-5)


def test_levels_stand_beside_those_with_similar_rows():
    random = np.random.default_rng(0)
    codes = random.integers(0, 5, 2000)
    place = np.array([3.0, 0.0, 4.0, 1.0, 2.0])[codes]
    others = np.stack([place + random.normal(size=2000), random.normal(size=2000)], axis=1)
    order = ordered(codes, 5, others)
    assert order.tolist() in ([1, 3, 4, 0, 2], [2, 0, 4, 3, 1])
    assert ordered(codes, 6, others).tolist() == order.tolist()  # a level without rows has no place


def test_a_number_that_never_changes_has_one_value_and_its_rows(plain):
    model, X, _ = plain
    alone = X[:5].copy()
    alone[:, 0] = 0.5
    found = effect(model, alone, "x1")
    assert found.edges is None
    assert found.counts.tolist() == [5.0]
    assert len(found.texts) == 1
