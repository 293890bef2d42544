import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators import split_rows


@settings(max_examples=150, deadline=None)
@given(
    st.integers(3, 300), st.integers(1, 12), st.floats(0, 0.45), st.floats(0, 0.45), st.integers(0, 2**64 - 1),
    st.booleans(),
)  # fmt: skip
def test_parts_are_disjoint_complete_and_fair(n_rows, n_classes, test, validation, seed, by_class):
    classes = np.random.default_rng(seed).integers(0, n_classes, n_rows) if by_class else None
    try:
        split = split_rows(n_rows, classes, test=test, validation=validation, seed=seed)
    except DataError:
        assert n_rows * (1 - test - validation) < 2.5
        return
    everything = np.concatenate([split.train, split.validation, split.test])
    np.testing.assert_array_equal(np.sort(everything), np.arange(n_rows))
    assert len(split.train) > 0
    if classes is None:
        assert len(split.test) == (max(1, round(test * n_rows)) if test else 0)
        return
    counts = np.bincount(classes, minlength=n_classes)
    for label in range(n_classes):
        in_test = (classes[split.test] == label).sum()
        free = (counts[counts > 1]).sum()
        assert abs(in_test - len(split.test) * counts[label] / max(free, 1)) <= 1 or counts[label] == 1
        if counts[label] == 1:
            assert label in classes[split.train]


def test_same_seed_same_split_and_text_labels_split_like_codes():
    codes = np.arange(60) % 3
    first = split_rows(60, codes, test=0.3, validation=0.2, seed=5)
    again = split_rows(60, np.array(["a", "b", "c"])[codes], test=0.3, validation=0.2, seed=5)
    other = split_rows(60, codes, test=0.3, validation=0.2, seed=6)
    for part in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(first, part), getattr(again, part))
    assert not np.array_equal(first.test, other.test)


def test_the_split_of_a_seed_never_changes():
    """Written down once: a changed split would silently change every published score."""
    split = split_rows(12, [0, 1] * 6, test=0.25, validation=0.25, seed=7)
    assert (split.train.tolist(), split.validation.tolist(), split.test.tolist()) == GOLDEN


GOLDEN = ([0, 2, 5, 7, 9, 10], [1, 6, 8], [3, 4, 11])


def test_too_few_rows_and_wrong_classes_are_refused():
    with pytest.raises(DataError, match="no row is left for training"):
        split_rows(2, test=0.5, validation=0.5)
    with pytest.raises(ConfigurationError, match="5 entries for 6 rows"):
        split_rows(6, [0] * 5)
    with pytest.raises(ConfigurationError, match="test=1"):
        split_rows(6, test=1.0)
