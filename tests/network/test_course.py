"""A training in parts ends with the same bits, and the course says which rows each step takes."""

import numpy as np
import pytest

from glassnet import Dense, Network
from glassnet.errors import ConfigurationError
from glassnet.network.course import Course

X = np.random.default_rng(0).normal(size=(23, 2))
Y = X[:, 0] - 2 * X[:, 1] ** 2
SETTINGS = {"learning_rate": 0.02, "optimizer": "adam", "epochs": 6, "batch_size": 5, "schedule": "cosine"}


def network():
    return Network([Dense(2, 4, "tanh"), Dense(4, 1)], seed=3)


def bits(net):
    return [array.tobytes() for array in (*net.weights, *net.biases)]


@pytest.mark.parametrize("cut", [1, 4, 5, 17, 29])
def test_a_training_in_two_parts_is_the_whole_one(cut):
    whole, parts = network(), network()
    history = whole.fit(X, Y, **SETTINGS)
    first = parts.fit(X, Y, steps=cut, **SETTINGS)
    second = parts.fit(X, Y, first_step=cut, **SETTINGS)
    assert bits(whole) == bits(parts)
    assert history.losses == first.losses + second.losses
    assert (first.stop_reason, second.stop_reason) == ("steps", "epochs")


def test_each_epoch_takes_every_row_once():
    course = Course(23, 5, 6, seed=3)
    assert (course.batches, course.n_steps) == (5, 30)
    for epoch in range(6):
        rows = np.concatenate([course.rows(5 * epoch + batch) for batch in range(5)])
        assert sorted(rows.tolist()) == list(range(23))
    assert course.rows(0).tolist() != course.rows(5).tolist()
    assert [course.size(step) for step in range(10)] == [len(course.rows(step)) for step in range(10)]


def test_steps_by_the_course_are_those_of_fit():
    whole, walked = network(), network()
    whole.fit(X, Y, **SETTINGS)
    course = Course(23, 5, 6, schedule="cosine", seed=3)
    for step in range(course.n_steps):
        rows = course.rows(step)
        walked.step(X[rows], Y[rows], learning_rate=0.02 * course.factor(step), optimizer="adam")
    assert bits(whole) == bits(walked)


@pytest.mark.parametrize(("name", "value"), [("first_step", -1), ("steps", 0), ("steps", 1.5)])
def test_steps_must_be_whole_numbers(name, value):
    with pytest.raises(ConfigurationError, match=f"{name}="):
        network().fit(X, Y, **SETTINGS, **{name: value})
