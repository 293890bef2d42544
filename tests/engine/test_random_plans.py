"""Whatever is drawn for a training, nobody's company and no instruction set changes a bit; see random_plans.py."""

import numpy as np
from random_plans import digest, disagreements
from test_same_bits import problem

from glassnet.engine import Plan, Population, Training

FEW = 60


def test_random_plans():
    assert disagreements(first=0, count=FEW) == []


def test_dropout_goes_on_beside_members_that_have_stopped():
    """The last members of a lane group stop in the first epochs; the others still draw a new mask in each step."""
    X, y, _ = problem(21, [4, 8, 1], 60)
    plan = Plan(
        [4, 8, 1], ["tanh", "identity"], "squared_error", dropout=0.3, batch_size=16, epochs=12, patience=2,
        tolerance=1e-3, monitor="validation_loss",
    )  # fmt: skip
    rates = np.where(np.arange(40) % 4 < 2, 0.01, 1e-7)

    def trained(members):
        training = Training(plan, Population(3, members, learning_rate=rates[members]), X, y, validation=(X, y, None))
        epochs = training.run().n_epochs
        return epochs, digest(training)

    epochs, together = trained(np.arange(40))
    assert epochs[rates < 1e-6].max() < epochs[rates > 1e-6].min()
    for member in range(0, 40, 3):
        assert trained(np.array([member]))[1] == together[member : member + 1]


def test_weights_whose_squares_overflow_are_no_divergence_without_an_l2():
    X, y, _ = problem(22, [1, 1], 5)
    start = [(np.full((1, 1), 1e30, dtype="float32"), np.zeros(1))]
    plan = Plan([1, 1], ["identity"], "absolute_error", l1=0.01, epochs=2)
    for l2 in (np.zeros(20), np.where(np.arange(20) > 0, 0.0, 0.01)):
        result = Training(plan, Population(members=20, l2=l2, initial=start), X, y).run()
        assert [reason == "all_epochs" for reason in result.stop_reason] == (l2 == 0).tolist()


def test_only_real_rows_can_overflow():
    """A batch of one row is filled up with copies, whose masks differ and may let more through."""
    plan = Plan(
        [2, 1], ["identity"], "squared_error", dropout=[0.5], learning_rate=1e-30, epochs=60, tolerance=0, patience=99
    )
    start = [
        (np.full((2, 1), 7e18, dtype="float32"), np.zeros(1))
    ]  # both inputs together, doubled: their square overflows

    def steps(members):
        training = Training(plan, Population(5, members, initial=start), [[1.0, 1.0]], [[0.0]])
        return training.run(raise_when_all_diverged=False).n_steps.tolist()

    together = steps(np.arange(40))
    assert [steps([member])[0] for member in range(40)] == together
    assert 2 < np.mean(together) < 4  # three masks out of four let less through
