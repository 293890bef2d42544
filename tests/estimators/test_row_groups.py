"""Rows that belong together: no split parts them, rows alone are as without groups, and intervals draw groups."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet import GlassClassifier, GlassRegressor, bootstrap_rows, fold_rows, tune
from glassnet.errors import ConfigurationError, DataError, SchemaError
from glassnet.estimators import split_rows
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.evaluate import compare

rng = np.random.default_rng(3)
N = 90
PATIENT = rng.integers(0, 30, N)
A, B = rng.normal(size=(2, N)).round(3)
NUMBER = (A - B + 0.5 * rng.normal(size=30)[PATIENT]).round(3)
FRAME = {"a": A, "b": B, "patient": [f"P{k}" for k in PATIENT], "y": NUMBER}
CLASSES = {**FRAME, "y": np.array(["low", "high"])[(NUMBER > 0).astype(int)]}
QUICK = {"epochs": 8, "n_jobs": 1}
labels = st.lists(st.integers(0, 12), min_size=2, max_size=80).map(np.array)


def parted(groups, rows):
    """Whether some group has rows both among these and elsewhere."""
    inside = np.zeros(len(groups), dtype=bool)
    inside[rows] = True
    return bool(set(groups[inside]) & set(groups[~inside]))


@settings(max_examples=150, deadline=None)
@given(labels, st.booleans(), st.integers(0, 2**32))
def test_no_part_parts_a_group(groups, by_class, seed):
    classes = np.random.default_rng(seed).integers(0, 3, len(groups)) if by_class else None
    n_groups = len(set(groups))
    if n_groups > 1:
        folds = fold_rows(len(groups), min(4, n_groups), classes=classes, groups=groups, seed=seed)
        missed = np.concatenate([np.setdiff1d(np.arange(len(groups)), rows) for rows in folds])
        assert sorted(missed) == list(range(len(groups)))
        assert not any(parted(groups, rows) for rows in folds)
        assert all(len(rows) < len(groups) for rows in folds)
    if n_groups > 3:
        split = split_rows(len(groups), classes, groups=groups, test=0.3, validation=0.2, seed=seed)
        parts = (split.train, split.validation, split.test)
        assert sorted(np.concatenate(parts)) == list(range(len(groups)))
        assert len(split.train)
        assert not any(parted(groups, rows) for rows in parts)
    for drawn in bootstrap_rows(len(groups), 3, groups=groups, seed=seed):
        assert sum(count / (groups == groups[row]).sum() for row, count in Counter(drawn.tolist()).items()) == (
            pytest.approx(n_groups)
        )  # as many groups as there are, each with all its rows
        assert not parted(groups, drawn)


@settings(max_examples=60, deadline=None)
@given(st.integers(8, 90), st.booleans(), st.integers(0, 2**32))
def test_rows_that_stand_alone_are_as_without_groups(n_rows, by_class, seed):
    draw = np.random.default_rng(seed)
    classes, alone = draw.integers(0, 3, n_rows) if by_class else None, draw.permutation(n_rows)
    for mine, plain in zip(
        [
            *fold_rows(n_rows, 5, classes=classes, groups=alone, seed=seed),
            *bootstrap_rows(n_rows, 3, groups=alone, seed=seed),
        ],
        [*fold_rows(n_rows, 5, classes=classes, seed=seed), *bootstrap_rows(n_rows, 3, seed=seed)],
        strict=True,
    ):
        np.testing.assert_array_equal(mine, plain)
    mine, plain = (split_rows(n_rows, classes, groups=g, test=0.3, validation=0.2, seed=seed) for g in (alone, None))
    for part in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(mine, part), getattr(plain, part))


@settings(max_examples=60, deadline=None)
@given(labels, st.integers(0, 2**32))
def test_names_of_groups_play_no_part(groups, seed):
    renamed = np.array([f"ward {(7 * g + 3) % 13}" for g in groups])
    if len(set(groups)) > 1:
        for mine, other in zip(
            *(fold_rows(len(groups), 2, groups=g, seed=seed) for g in (groups, renamed)), strict=True
        ):
            np.testing.assert_array_equal(mine, other)


def test_folds_of_unequal_groups_are_balanced_by_rows():
    groups = np.repeat(np.arange(40), rng.integers(1, 12, 40))
    left_out = [len(groups) - len(rows) for rows in fold_rows(len(groups), 5, groups=groups)]
    assert max(left_out) - min(left_out) <= 11  # the largest group at most


def test_a_group_has_its_most_frequent_class():
    assert Groups.of([5, 5, 5, 2, 2], 5).classes(np.array([1, 0, 1, 2, 0])).tolist() == [1, 0]


@pytest.mark.parametrize(("kind", "frame"), [(GlassRegressor, FRAME), (GlassClassifier, CLASSES)])
@pytest.mark.parametrize("how", [
    {}, {"recipe": "lecture"}, {"n_networks": 5, "resampling": "bootstrap"}, {"recipe": "tabm-mini"},
])  # fmt: skip
def test_no_network_sees_a_patient_whose_rows_it_leaves_out(kind, frame, how):
    model = kind(**how, **QUICK).fit(frame, target="y", groups="patient")
    assert "patient" not in [column.name for column in model.schema_.inputs]
    assert all(len(history.validation_rows) for history in model.histories_)
    assert not any(parted(PATIENT, history.validation_rows) for history in model.histories_)
    plain = kind(**how, **QUICK).fit(frame, target="y")
    assert any(parted(PATIENT, history.validation_rows) for history in plain.histories_)


def test_labels_beside_the_table_are_as_a_column():
    given_, named = dict(FRAME), GlassRegressor(**QUICK).fit(FRAME, target="y", groups="patient")
    del given_["patient"]
    beside = GlassRegressor(**QUICK).fit(given_, target="y", groups=FRAME["patient"])
    np.testing.assert_array_equal(named.predict(FRAME), beside.predict(given_))


@pytest.mark.filterwarnings("ignore:.*have no value in the target 'y'")
def test_rows_without_a_target_take_their_groups_with_them():
    frame = {**FRAME, "y": [None if k % 7 == 0 else value for k, value in enumerate(NUMBER.tolist())]}
    kept = np.array([k % 7 != 0 for k in range(N)])
    less = {name: np.asarray(cells, dtype=object)[kept].tolist() for name, cells in frame.items()}
    one, two = (GlassRegressor(**QUICK).fit(f, target="y", groups="patient") for f in (frame, less))
    np.testing.assert_array_equal(one.predict(FRAME), two.predict(FRAME))


def test_copies_of_rows_add_no_certainty_when_they_are_grouped():
    # the same draws, because groups of rows are numbered as the rows themselves would be
    model = GlassRegressor(**QUICK).fit(FRAME, target="y", groups="patient")
    copies = {name: np.repeat(np.asarray(cells, dtype=object), 4).tolist() for name, cells in FRAME.items()}
    once, grouped = model.score_interval(FRAME), model.score_interval(copies, groups=np.repeat(np.arange(N), 4))
    assert grouped == pytest.approx(once)
    narrow = model.score_interval(copies)
    assert narrow.high - narrow.low < 0.7 * (once.high - once.low)


def test_compare_draws_groups_and_says_when_the_split_parts_them():
    model = GlassClassifier(**QUICK).fit(CLASSES, target="y", groups="patient")
    result = compare(model, CLASSES, CLASSES, groups="patient", rivals=["logistic regression"])
    count = len(set(PATIENT.tolist()))
    assert f"resampling {count} groups of 'patient'" in " ".join(result.notes)
    assert f"{count} of these groups also have training rows" in " ".join(result.notes)
    plain = compare(model, CLASSES, CLASSES, rivals=["logistic regression"])
    assert [row.scores[0].value for row in plain.models] == [row.scores[0].value for row in result.models]
    assert plain.models[0].scores[0].low != result.models[0].scores[0].low


def test_fewer_groups_than_networks():
    frame = {**FRAME, "patient": np.arange(N) % 5}
    model = GlassRegressor(**QUICK).fit(frame, target="y", groups="patient")
    assert len(model.networks_) == 5
    assert "5 groups" in model.recipe_.explain()
    with pytest.raises(ConfigurationError, match=r"5 groups, of which each must stay in one fold. Use at most 5 folds"):
        GlassRegressor(n_networks=8, resampling="folds", **QUICK).fit(frame, target="y", groups="patient")
    with pytest.raises(DataError, match="All rows are in one group"):
        GlassRegressor(**QUICK).fit(FRAME, target="y", groups=np.zeros(N))


def test_tune_keeps_groups_together():
    model = tune(FRAME, target="y", groups="patient", rounds=1, trials=2, epochs=8, progress=False)
    assert not any(parted(PATIENT, history.validation_rows) for history in model.histories_)


@pytest.mark.parametrize(("groups", "error", "words"), [
    ("nobody", SchemaError, "nobody"),
    ("gaps", SchemaError, "1 of 90 cells of 'gaps', the groups, are missing, the first in row 2"),
    (np.arange(3), DataError, r"shape \(3,\) for a table of 90 rows"),
    ([None, *range(1, N)], DataError, "no label for row 0"),
    ([*np.arange(N - 1.0), np.nan], DataError, "no label for row 89"),
])  # fmt: skip
def test_groups_that_cannot_be_used(groups, error, words):
    frame = {**FRAME, "gaps": [None if k == 2 else k % 9 for k in range(N)]}
    with pytest.raises(error, match=words):
        GlassRegressor(**QUICK).fit(frame, target="y", groups=groups)
