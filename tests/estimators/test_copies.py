"""Copies of rows are found, told from rows that are alike by nature, and kept on one side of every split."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet import GlassClassifier, GlassRegressor, tune
from glassnet.errors import ConfigurationError
from glassnet.estimators.sampling.copies import find_copies
from glassnet.estimators.sampling.row_groups import Groups

RNG = np.random.default_rng(3)
NUMBERS = RNG.normal(size=(60, 3)).round(2)
CODES = RNG.integers(20, 80, 500), RNG.integers(0, 2, 500), RNG.integers(0, 50, 500)
SICK = RNG.random(2000) < 0.1
CLASSES, SEXES, AGES = RNG.choice(4, 2200, p=[0.4, 0.3, 0.15, 0.15]), RNG.random(2200) < 0.8, RNG.random(2200) < 0.05
VOTES = RNG.random((435, 16)) < np.where(RNG.random((5, 16)) > 0.5, 0.95, 0.05)[RNG.integers(0, 5, 435)]
HEART = np.c_[
    RNG.integers(29, 77, 302), RNG.integers(0, 2, (302, 5)), RNG.integers(94, 200, 302), RNG.integers(126, 564, 302)
]

COPIED = {
    "every row four times": np.repeat(NUMBERS, 4, axis=0),
    "every row four times, shuffled": RNG.permutation(np.repeat(NUMBERS, 4, axis=0)),
    "1025 rows of 302": HEART[RNG.integers(0, 302, 1025)],
    "a fifth of the rows again": np.r_[NUMBERS, NUMBERS[:12]],
    "coarse columns, twice": np.tile(np.column_stack(CODES), (2, 1)),
    "five rows of a rare class, 200 times each": np.r_[
        RNG.normal(size=(1000, 4)), RNG.normal(size=(5, 4)).repeat(200, 0)
    ],
}
BY_NATURE = {
    "one column of whole numbers": CODES[0][:, None],
    "three coarse columns": np.column_stack([CLASSES, SEXES, AGES]),
    "columns that say the same": np.column_stack([CLASSES, CLASSES, CLASSES]),
    "votes along party lines": VOTES,
    "symptoms that most patients do not have": (RNG.random((2000, 10)) < 0.6) & SICK[:, None],
    "nothing but one value": np.ones((50, 3)),
}


def found(X):
    X = np.asarray(X, dtype=np.float32)
    return find_copies(X, [slice(k, k + 1) for k in range(X.shape[1])])


@pytest.mark.parametrize("name", COPIED)
def test_copied_rows_are_found(name):
    copies = found(COPIED[name])
    assert copies.copied
    assert "copies stay on one side" in copies.text()
    distinct, counts = np.unique(np.asarray(COPIED[name], dtype=np.float32), axis=0, return_counts=True)
    assert len(copies.groups) == len(distinct)
    assert copies.alike == counts[counts > 1].sum()
    assert copies.pairs == sum(count * (count - 1) / 2 for count in counts.tolist())


@pytest.mark.parametrize("name", BY_NATURE)
def test_rows_of_coarse_columns_are_no_copies(name):
    copies = found(BY_NATURE[name])
    assert not copies.copied
    assert copies.alike
    assert "split like others" in copies.text()
    assert copies.kept_together() is None


def test_different_rows_say_nothing():
    for X in (NUMBERS, HEART, NUMBERS[:1], NUMBERS[:2], np.r_[NUMBERS, NUMBERS[:1]]):
        assert not found(X).copied
        assert found(X).text() == ""


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([-0.0, 0.0, 1.0, 2.0, 1e30])] * 3), min_size=1, max_size=30))
def test_rows_are_alike_where_their_values_are(rows):
    copies = found(rows)
    for (i, a), (j, b) in itertools.combinations(enumerate(rows), 2):
        assert (copies.groups.of_row[i] == copies.groups.of_row[j]) == (a == b)


def test_the_same_in_blocks(monkeypatch):
    whole = found(COPIED["1025 rows of 302"])
    monkeypatch.setattr("glassnet.estimators.sampling.copies._ROWS_AT_ONCE", 100)
    parts = found(COPIED["1025 rows of 302"])
    assert np.array_equal(whole.groups.of_row, parts.groups.of_row)
    assert (whole.pairs, whole.explained) == (parts.pairs, parts.explained)


def test_groups_and_copies_are_joined():
    visits, same = Groups.of([1, 1, 2, 3, 4], 5), Groups.of(["a", "b", "b", "c", "d"], 5)
    assert visits.joined(same).of_row.tolist() == [0, 0, 0, 1, 2]
    assert visits.joined(None) is visits


TOSSES = pd.DataFrame(NUMBERS, columns=list("abc")).assign(y=np.where(RNG.random(60) < 0.5, "yes", "no"))
TOSSES = pd.concat([TOSSES] * 4, ignore_index=True)


@pytest.mark.parametrize("recipe", ["lecture", "committee"])
def test_copies_do_not_choose_the_epoch(recipe):
    """Coin tosses four times each: networks that are watched on copies look good, others do not."""
    models = {copies: GlassClassifier(recipe=recipe, epochs=60) for copies in ("together", "apart")}
    for copies, model in models.items():
        model.fit(TOSSES, target="y", copies=copies)
        left_out = [set(map(tuple, NUMBERS[history.validation_rows % 60])) for history in model.histories_]
        trained = [
            set(map(tuple, NUMBERS[np.setdiff1d(np.arange(240), history.validation_rows) % 60]))
            for history in model.histories_
        ]
        shared = [bool(a & b) for a, b in zip(left_out, trained, strict=True)]
        assert not any(shared) if copies == "together" else all(shared)
        assert model.copies_.copied
    losses = {copies: np.mean([h.validation_loss.min() for h in model.histories_]) for copies, model in models.items()}
    assert losses["together"] > losses["apart"]


def test_bootstraps_and_tuning_keep_copies_together():
    model = GlassRegressor(n_networks=4, resampling="bootstrap", epochs=3).fit(TOSSES.drop(columns="y"), target="c")
    for history in model.histories_:
        left = set(history.validation_rows % 60)
        assert left.isdisjoint(set(np.setdiff1d(np.arange(240), history.validation_rows) % 60))
    tuned = tune(TOSSES, target="y", rounds=1, trials=2, epochs=4, progress=False)
    assert tuned.score(TOSSES) >= 0


def test_groups_stay_whole_beside_copies():
    patient = np.arange(240) % 60 // 2  # each patient has two rows, each of them four times
    model = GlassClassifier(recipe="committee", epochs=3).fit(TOSSES, target="y", groups=patient)
    for history in model.histories_:
        left = set(patient[history.validation_rows])
        assert left.isdisjoint(set(patient[np.setdiff1d(np.arange(240), history.validation_rows)]))


def test_an_unknown_choice_is_refused():
    with pytest.raises(ConfigurationError, match=r"copies='keep' is unknown\. Use 'together'"):
        GlassClassifier().fit(TOSSES, target="y", copies="keep")
