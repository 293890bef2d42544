"""The nearest change: against the answer of a weighted sum, and what must hold of every change."""

import numpy as np
import pytest

from explanation.models import MODELS, rows_of, table
from glassnet import GlassRegressor, explain
from glassnet.explanation import EncodedRows, Question, nearest_changes


def changed_rows(why, change, columns, row):
    """The row of the table with the new values, as the user would type them."""
    one = rows_of(columns, [row])
    for name, after in zip(change.columns, change.after, strict=True):
        text = isinstance(next(value for value in columns[name] if value is not None), str)
        one[name] = [after if text else float(after)]
    return one


@pytest.mark.parametrize(("kind", "target"), MODELS)
def test_a_change_moves_the_answer_when_it_is_typed_in(model_of, kind, target):
    model, columns = model_of(kind, target), table(target)
    limit = float(np.median(columns["y"])) if target == "amount" else None
    crossed = 0
    for row in (0, 5, 20, 33):
        why = explain(model, columns, row, threshold=limit, keep=["smoker"])
        for change in why.changes:
            typed = changed_rows(why, change, columns, row)
            said, before = model.predict(typed)[0], model.predict(rows_of(columns, [row]))[0]
            crosses = (said >= limit) != (before >= limit) if target == "amount" else said != before
            assert crosses, (row, change)
            assert "smoker" not in change.columns
            crossed += 1
            for name, after in zip(change.columns, change.after, strict=True):
                background = [value for value in columns[name] if value is not None]
                if isinstance(background[0], str):
                    assert after in background
                else:
                    assert min(background) <= float(after) <= max(background)
                    assert name != "visits" or float(after) == int(float(after)), "whole numbers stay whole"
    assert crossed >= 4


def test_the_nearest_change_of_a_weighted_sum():
    random = np.random.default_rng(0)
    X = random.normal([5.0, -3.0, 100.0], [1.0, 2.0, 30.0], (120, 3))
    model = GlassRegressor(recipe="lecture", hidden_layer_sizes=(), epochs=40).fit(X, X @ [1.0, -1.2, 0.02])
    limit = float(np.median(model.predict(X)))
    scale = np.array([column.scale for column in model.schema_.inputs])
    slopes = model.weights_[0][:, 0].astype(float) / scale * model.schema_.target_column.scale
    worth = np.abs(slopes) * X.std(axis=0)  # what a standard deviation of each column moves
    for row in range(12):
        gap = limit - model.predict(X[row : row + 1])[0]
        needed = X[row] + gap / slopes
        inside = (needed >= X.min(axis=0)) & (needed <= X.max(axis=0))
        best = explain(model, X, row, threshold=limit).changes[0]
        if inside[np.argmax(worth)]:  # then no way is shorter than along the column that is worth most
            assert best.distance == pytest.approx(abs(gap) / worth.max(), rel=0.06, abs=0.002)


def test_a_number_beside_zero_becomes_one_that_a_person_would_type():
    """The answer crosses at 9.7e-8: a percent of the change matters to nobody, the side of the limit does."""
    random = np.random.default_rng(2)
    X = random.uniform(-1, 1, (80, 1))
    model = GlassRegressor(recipe="lecture", hidden_layer_sizes=(), epochs=60).fit(X, 2 * X[:, 0])
    limit = float(model.predict([[9.7e-8]])[0])
    for start, step in ((-0.8, 1), (0.8, -1)):
        for scale in (1.0, 0.01):
            one = np.array([[start * scale]])
            change = explain(model, one, background=X, threshold=limit).changes[0]
            assert len(change.after[0].lstrip("-").replace(".", "").lstrip("0")) <= 2, change.after
            assert "e" not in change.after[0]
            reached = model.predict([[float(change.after[0])]])[0]
            assert (reached - limit) * step >= 0


def test_a_category_that_decides_is_found(model_of):
    model, columns = model_of("linear", "class"), table("class")
    question = Question.of(model)
    background = EncodedRows(question, question.table(columns))
    one = EncodedRows(question, question.table(rows_of(columns, [0])))
    before = one.answers[0, 1]
    changes = nearest_changes(background, one, lambda answers: np.abs(answers[:, 1] - before) > 1e-4, keep=[
        name for name in question.names if name != "ward"
    ])  # fmt: skip
    assert changes[0].columns == ("ward",)
    assert changes[0].distance == 1
    assert changes[0].after[0] in {"north", "south", "west"} - {columns["ward"][0]}


def test_what_cannot_be_crossed_is_said(model_of):
    model, columns = model_of("committee", "amount"), table("amount")
    why = explain(model, columns, 0, threshold=1e6)
    assert why.changes == ()
    assert "No change within the observed values was found that moves the prediction above 1e+06" in why.text()
    assert explain(model, columns, 0).changes == ()


def test_three_columns_are_changed_where_two_are_not_enough():
    random = np.random.default_rng(1)
    X = random.uniform(-1, 1, (150, 4))
    model = GlassRegressor(recipe="lecture", hidden_layer_sizes=(), epochs=60).fit(X, X.sum(axis=1))
    low = np.full((1, 4), -0.9)
    why = explain(model, low, background=X, threshold=float(model.predict(np.full((1, 4), 0.3))[0]))
    assert why.changes
    assert len(why.changes[0].columns) >= 3


def test_one_column_is_offered_where_one_is_enough(model_of):
    model, columns = model_of("linear", "class"), table("class")
    why = explain(model, columns, 3)
    enough = False
    for j in range(6):
        inputs = why.rows.inputs(j, why.rows.some_values(j, 61))
        enough |= bool(why._crosses(why.one.question.answer(why.rows.with_values(why.one.matrix, j, inputs))).any())
    assert enough == any(len(change.columns) == 1 for change in why.changes)
