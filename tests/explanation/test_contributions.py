"""Contributions against Shapley's definition, coefficients, and what must hold for every model."""

from itertools import permutations

import numpy as np
import pytest

from explanation.models import MODELS, rows_of, table
from glassnet import GlassRegressor, MLPRegressor
from glassnet.errors import ConfigurationError
from glassnet.explanation import Question, contributions
from glassnet.explanation.shapley import draw_sampling, exact_values, sampled_values


def by_definition(answer, row, background, column_of_input):
    """The mean over every order of columns and every background row of what a column adds."""
    p = column_of_input.max() + 1
    total = np.zeros((p, answer(row[None]).shape[1]))
    orders = list(permutations(range(p)))
    for order in orders:
        mixed = background.copy()
        before = answer(mixed).mean(axis=0)
        for j in order:
            mixed[:, column_of_input == j] = row[column_of_input == j]
            after = answer(mixed).mean(axis=0)
            total[j] += after - before
            before = after
    return total / len(orders)


def wavy(matrix):
    """Two answers that are no sums of functions of single columns."""
    a, b, c, d, e = matrix.T.astype(float)
    return np.stack([np.sin(a * b) + c * d, np.exp(-((a - e) ** 2)) + np.maximum(b, d)], axis=1)


OF_INPUT = np.array([0, 0, 1, 2, 3])


def test_every_set_is_the_definition():
    random = np.random.default_rng(0)
    rows, background = random.normal(size=(3, 5)), random.normal(size=(7, 5))
    found = exact_values(wavy, rows, background, OF_INPUT)
    for row, values in zip(rows, found.values, strict=True):
        np.testing.assert_allclose(values, by_definition(wavy, row, background, OF_INPUT), atol=1e-12)
    assert not found.errors.any()


def test_drawn_orders_come_near_and_their_error_is_true():
    random = np.random.default_rng(1)
    rows, background = random.normal(size=(12, 5)), random.normal(size=(400, 5))
    exact = exact_values(wavy, rows, background, OF_INPUT)
    away = []
    for seed in range(8):
        found = sampled_values(wavy, rows, background, OF_INPUT, draw_sampling(4, 400, 40, seed))
        np.testing.assert_allclose(found.values.sum(axis=1), exact.values.sum(axis=1), atol=1e-12)
        known = found.errors > 1e-9  # the second answer does not depend on every column
        np.testing.assert_allclose(found.values[~known], exact.values[~known], atol=1e-12)
        away.extend((found.values - exact.values)[known] / found.errors[known])
    spread = float(np.sqrt(np.mean(np.square(away))))
    assert 0.6 < spread < 1.5, "the standard error is that of the values"
    near = sampled_values(wavy, rows, background, OF_INPUT, draw_sampling(4, 400, 4000, 0))
    np.testing.assert_allclose(near.values, exact.values, atol=0.05)


def test_one_column_is_all_the_difference():
    rows, background = np.array([[2.0]]), np.array([[0.0], [1.0]])
    found = sampled_values(lambda m: m**2, rows, background, np.array([0]), draw_sampling(1, 2, 4, 0))
    np.testing.assert_allclose(found.values, [[[3.5]]])


@pytest.mark.parametrize(("kind", "target"), MODELS)
def test_contributions_sum_to_the_answer(model_of, kind, target):
    model, columns = model_of(kind, target), table(target)
    few = rows_of(columns, [0, 3, 5, 30])
    said = model.predict(few)[:, None] if target == "amount" else model.predict_proba(few)
    for method in ("auto", "exact", "sampled"):
        found = contributions(model, few, background=columns, method=method, pairs=20 if method == "sampled" else None)
        assert found.names == ("age", "dose", "ward", "smoker", "visits", "day")
        assert found.values.shape == (4, 6, said.shape[1])
        np.testing.assert_allclose(found.answers, said, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(found.base + found.values.sum(axis=1), said, rtol=1e-5, atol=1e-5)
        assert found.gap < 1e-4
        if target != "amount":
            np.testing.assert_allclose(found.values.sum(axis=2), 0, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "target"), [("one network", "class"), ("committee", "classes"), ("averaged", "amount")]
)
def test_a_model_is_explained_by_the_definition(model_of, kind, target):
    model, columns = model_of(kind, target), table(target)
    question, others = Question.of(model), rows_of(columns, range(0, 160, 20))
    found = contributions(model, rows_of(columns, [3]), background=others, method="exact")
    row, background = question.matrix(rows_of(columns, [3]))[0], question.matrix(others)
    expected = by_definition(question.answer, row, background, question.column_of_input)
    np.testing.assert_allclose(found.values[0], expected, rtol=1e-4, atol=1e-5)


def test_of_a_linear_network_it_is_coefficient_times_difference(model_of):
    random = np.random.default_rng(2)
    X = random.normal([5.0, -3.0, 100.0], [1.0, 2.0, 30.0], (90, 3))
    model = GlassRegressor(recipe="lecture", hidden_layer_sizes=(), epochs=30).fit(X, X @ [1.0, -0.5, 0.02])
    scale = np.array([column.scale for column in model.schema_.inputs])
    coefficients = model.weights_[0][:, 0].astype(float) / scale * model.schema_.target_column.scale
    found = contributions(model, X)
    np.testing.assert_allclose(found.values[:, :, 0], coefficients * (X - X.mean(axis=0)), rtol=2e-5, atol=1e-6)
    assert not found.errors.any()
    for other in ("exact", "sampled"):
        np.testing.assert_allclose(
            contributions(model, X[:4], background=X, method=other, pairs=450 if other == "sampled" else None).values,
            found.values[:4], rtol=1e-3, atol=1e-3,
        )  # fmt: skip


def test_the_log_odds_of_a_linear_network_are_a_weighted_sum(model_of):
    model, columns = model_of("linear", "class"), table("class")
    found = contributions(model, columns, scale="log_odds")
    assert "coefficient" in found.method
    np.testing.assert_allclose(
        found.base[1] + found.values[:, :, 1].sum(axis=1), model.decision_function(columns), atol=1e-4
    )
    np.testing.assert_allclose(found.values[:, :, 0], -found.values[:, :, 1], atol=1e-9)
    exact = contributions(model, rows_of(columns, [1, 2]), background=columns, scale="log_odds", method="exact")
    # every set against 100 of the 160 rows: the same but for the rows that were left out
    assert np.abs(exact.values - found.values[1:3]).max() < 0.3 * np.abs(found.values).max()


@pytest.mark.parametrize("kind", ["committee", "one network", "shared body"])
def test_no_weighted_sum_where_there_is_none(model_of, kind):
    assert Question.of(model_of(kind, "class"), "log_odds").coefficients is None
    assert Question.of(model_of("linear", "class")).coefficients is None
    assert Question.of(model_of("linear", "classes"), "log_odds").coefficients is None


def test_log_odds_are_those_of_the_probabilities(model_of):
    for kind, target in (("committee", "class"), ("committee", "classes"), ("averaged", "classes")):
        model, columns = model_of(kind, target), table(target)
        p = model.predict_proba(columns)
        found = Question.of(model, "log_odds").answer(Question.of(model).matrix(columns))
        np.testing.assert_allclose(found, np.log(p / (1 - p)), rtol=1e-3, atol=1e-3)


def test_a_column_that_is_not_used_contributes_nothing(model_of):
    random = np.random.default_rng(3)
    X = random.normal(size=(80, 4))
    model = GlassRegressor(recipe="lecture", hidden_layer_sizes=3, epochs=10).fit(X, X[:, 0])
    model.weights_[0][2] = 0
    for method in ("exact", "sampled"):
        assert np.abs(contributions(model, X[:3], background=X, method=method).values[:, 2]).max() < 1e-6


def test_a_row_alone_is_explained_as_among_others(model_of):
    model, columns = model_of("committee", "class"), table("class")
    alone = contributions(model, rows_of(columns, [7]), background=columns, method="sampled", pairs=16)
    among = contributions(model, rows_of(columns, [2, 7, 9]), background=columns, method="sampled", pairs=16)
    np.testing.assert_allclose(alone.values[0], among.values[1], atol=1e-9)
    again = contributions(model, rows_of(columns, [7]), background=columns, method="sampled", pairs=16, seed=1)
    assert np.abs(again.values - alone.values).max() > 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"method": "guess"}, "auto, exact, sampled"),
        ({"pairs": 2}, "3 or more"),
        ({"scale": "amount"}, "probability"),
        ({"scale": "odds"}, "log_odds"),
        ({"seed": -3}, "seed"),
    ],
)
def test_bad_wishes_are_refused(model_of, settings, said):
    with pytest.raises(ConfigurationError, match=said):
        contributions(model_of("one network", "class"), table("class"), **settings)


def test_too_many_columns_for_every_set_are_refused():
    X = np.random.default_rng(0).normal(size=(30, 15))
    model = GlassRegressor(recipe="lecture", hidden_layer_sizes=2, epochs=2).fit(X, X[:, 0])
    with pytest.raises(ConfigurationError, match="32,768 sets"):
        contributions(model, X, method="exact")
    assert "sampling" in contributions(model, X[:2], background=X).method


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_model_without_a_table_is_refused():
    X = np.random.default_rng(0).normal(size=(30, 2))
    with pytest.raises(ConfigurationError, match="GlassClassifier"):
        contributions(MLPRegressor(max_iter=2).fit(X, X[:, 0]), X)
