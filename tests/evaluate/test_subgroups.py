"""Subgroups: the measures of the rows of each level, as if these were all; and rivals beside the model."""

import numpy as np
import pandas as pd
import pytest

import glassnet
from glassnet.errors import ConfigurationError, DataError
from glassnet.evaluate import compare, performance, subgroups


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(0)
    n = 400
    rows = pd.DataFrame(
        {
            "age": rng.normal(60, 10, n).round(1),
            "sex": rng.choice(["f", "m"], n, p=[0.8, 0.2]),
            "site": rng.choice(["Köln", "A=1", None], n),
            "visit=1": rng.choice([1, 2, 10], n),
            "note": [f"n{k}" for k in range(n)],
        }
    )
    rows["y"] = np.where((rows["age"] - 60) / 10 + rng.normal(size=n) > 0.3, "ill", "well")
    rows["amount"] = rows["age"] + rng.normal(size=n)
    inputs = ["age", "sex", "y"]
    model = glassnet.GlassClassifier(recipe="lecture", epochs=20).fit(rows[inputs][:200], target="y")
    return model, rows[:200], rows[200:].reset_index(drop=True)


def test_measures_are_those_of_the_rows_alone(made):
    model, _, test = made
    found = {each.level: each for each in subgroups(model, test, ["sex"], event="ill", thresholds=[0.4], draws=60)}
    assert list(found) == ["f", "m"]
    for level, got in found.items():
        alone = performance(model, test[test["sex"] == level], event="ill", thresholds=[0.4], draws=60)
        assert got.n_rows == alone.n_rows
        for one, other in zip(got.outcomes[0].measured, alone.outcomes[0].measured, strict=True):
            assert one.metric == other.metric
            assert one.value == pytest.approx(other.value, abs=1e-6)
        assert got.outcomes[0].at_thresholds[0.4][0].value == pytest.approx(
            alone.outcomes[0].at_thresholds[0.4][0].value
        )
    assert found["f"].small == ""
    assert found["m"].small == f"{found['m'].n_rows} rows"


def test_levels_of_every_kind(made):
    model, _, test = made
    levels = {
        asked: [(each.level, each.n_rows) for each in subgroups(model, test, [asked], draws=20)]
        for asked in ("age=50,70", "age", "site", "visit=1", "note")
    }
    assert levels["age=50,70"] == [
        ("below 50", int((test["age"] < 50).sum())),
        ("50 to below 70", int(((test["age"] >= 50) & (test["age"] < 70)).sum())),
        ("70 or more", int((test["age"] >= 70).sum())),
    ]
    assert len(levels["age"]) == 3
    assert max(n for _, n in levels["age"]) - min(n for _, n in levels["age"]) < 10
    assert [name for name, _ in levels["site"]] == ["A=1", "Köln", "(missing)"]
    assert [name for name, _ in levels["visit=1"]] == ["1", "2", "10"]  # a column whose name has an equals sign
    assert len(levels["note"]) == 13
    assert levels["note"][-1] == ("(all others)", 188)
    for own in levels.values():
        assert sum(n for _, n in own) == 200


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ("sexx", ConfigurationError, "no column 'sexx'.*'sex'"),
        ("age=", ConfigurationError, "must be increasing numbers"),
        ("age=70,50", ConfigurationError, "must be increasing numbers"),
        ("age=nan", ConfigurationError, "must be increasing numbers"),
        ("sex=3", DataError, "is not a number"),
    ],
)
def test_columns_that_cannot_divide(made, asked, error, words):
    with pytest.raises(error, match=words):
        subgroups(made[0], made[2], [asked], draws=20)


def test_amounts_and_groups_that_hold_one_class(made):
    _, train, test = made
    model = glassnet.GlassRegressor(recipe="lecture", epochs=10).fit(train[["age", "sex", "amount"]], target="amount")
    found = subgroups(model, test, ["sex"], draws=20)
    assert [each.outcomes[0].measured[0].metric for each in found] == ["R2", "R2"]
    one = test.assign(half=np.where(test["y"] == "ill", "a", "b"))
    got = subgroups(made[0], one, ["half"], event="ill", draws=20)[0]
    assert got.small == "0 rows without the outcome"
    assert got.outcomes[0]["AUC"].value is None


def test_rivals_are_judged_as_the_network_is(made):
    from sklearn.metrics import brier_score_loss

    model, train, test = made
    inputs = ["age", "sex", "y"]
    beside = compare(model, train[inputs], test[inputs], draws=40)
    found = performance(model, test[inputs], event="ill", thresholds=[0.3], draws=40, rivals=beside.of_rivals)
    assert list(found.rivals) == ["baseline", "logistic regression", "random forest"]  # an SVM has no probabilities
    for name, (judged,) in found.rivals.items():
        said = beside.answers[name].probability[:, 0]
        assert judged["Brier score"].value == pytest.approx(brier_score_loss(test["y"] == "ill", said))
        assert judged.decision.model[29] == pytest.approx(judged.at_thresholds[0.3][-1].value)
        same = next(row for row in beside.models if row.model == name)
        assert {s.metric: s.value for s in same.scores}["log loss"] == pytest.approx(judged["log loss"].value)
    assert found.beside(0)[0][1:] == tuple(
        judged.measured[0].text() for judged in (found.outcomes[0], *(own[0] for own in found.rivals.values()))
    )
    assert "answers" not in beside.to_dict()
