"""Every optimizer: three steps against the textbook, written out here in 40-digit arithmetic."""

import mpmath
import numpy as np
import pytest

from glassnet.formulas import optimizers

W = [0.5, -2.0, 1e-3]
GRADIENTS = [[0.3, -1.0, 4.0], [-0.2, 1e-6, 4.0], [0.05, 2.0, -8.0]]
RATE = 0.1


def gradient_descent(w, gradients):
    for g in gradients:
        w = w - mpmath.mpf(RATE) * g
    return w


def momentum(w, gradients, mu=0.9):
    velocity = mpmath.mpf(0)
    for g in gradients:
        velocity = mpmath.mpf(mu) * velocity - mpmath.mpf(RATE) * g
        w = w + velocity
    return w


def nesterov(w, gradients, mu=0.9):
    """In the look-ahead form: move by the old velocity twice, gradient measured where we stand."""
    velocity = mpmath.mpf(0)
    for g in gradients:
        before = velocity
        velocity = mpmath.mpf(mu) * velocity - mpmath.mpf(RATE) * g
        w = w - mpmath.mpf(mu) * before + (1 + mpmath.mpf(mu)) * velocity
    return w


def rmsprop(w, gradients, rho=0.9, epsilon=1e-8):
    square = mpmath.mpf(0)
    for g in gradients:
        square = mpmath.mpf(rho) * square + (1 - mpmath.mpf(rho)) * g * g
        w = w - mpmath.mpf(RATE) * g / (mpmath.sqrt(square) + mpmath.mpf(epsilon))
    return w


def adam(w, gradients, beta_1=0.9, beta_2=0.999, epsilon=1e-8, decay=0.0):
    b1, b2 = mpmath.mpf(beta_1), mpmath.mpf(beta_2)
    first = second = mpmath.mpf(0)
    for t, g in enumerate(gradients, start=1):
        first = b1 * first + (1 - b1) * g
        second = b2 * second + (1 - b2) * g * g
        unbiased, spread = first / (1 - b1**t), second / (1 - b2**t)
        w = w - mpmath.mpf(RATE) * mpmath.mpf(decay) * w
        w = w - mpmath.mpf(RATE) * unbiased / (mpmath.sqrt(spread) + mpmath.mpf(epsilon))
    return w


TEXTBOOK = {
    "gradient_descent": gradient_descent, "momentum": momentum, "nesterov": nesterov, "rmsprop": rmsprop,
    "adam": adam, "adamw": lambda w, gradients: adam(w, gradients, decay=0.01),
}  # fmt: skip
OTHER = {
    "momentum(momentum=0.5)": lambda w, g: momentum(w, g, 0.5),
    "nesterov(momentum=0)": lambda w, g: nesterov(w, g, 0.0),
    "rmsprop(rho=0.5, epsilon=0.1)": lambda w, g: rmsprop(w, g, 0.5, 0.1),
    "adam(beta_1=0.5, beta_2=0.7, epsilon=0.01)": lambda w, g: adam(w, g, 0.5, 0.7, 0.01),
    "adamw(weight_decay=0.5)": lambda w, g: adam(w, g, decay=0.5),
}  # fmt: skip


def run(record, w, gradients):
    current = {"w": np.array(w)}
    for step, g in enumerate(gradients, start=1):
        current = record.update(current, g=np.array(g), learning_rate=RATE, step=step)
    return current


def test_every_optimizer_has_a_textbook():
    assert set(TEXTBOOK) == set(optimizers)


@pytest.mark.parametrize("spec", [*TEXTBOOK, *OTHER])
def test_three_steps_by_hand(spec):
    record = optimizers.resolve(spec)
    got = run(record, W, GRADIENTS)
    for i, start in enumerate(W):
        with mpmath.workdps(40):
            book = (TEXTBOOK | OTHER)[spec]
            want = book(mpmath.mpf(start), [mpmath.mpf(g[i]) for g in GRADIENTS])
        assert abs(got["w"][i] - want) <= 1e-14 * max(1.0, abs(want)), (i, got["w"][i], want)


@pytest.mark.parametrize("name", list(optimizers))
def test_state_names_and_shapes(name):
    record = optimizers[name]
    after = record.update({"w": np.ones((2, 3))}, g=np.ones((2, 3)), learning_rate=0.1, step=1)
    assert set(after) == {"w", *record.state}
    assert all(values.shape == (2, 3) for values in after.values())


@pytest.mark.parametrize("name", list(optimizers))
def test_zero_gradient_from_rest_moves_nothing_but_decay(name):
    record = optimizers[name]
    after = record.update({"w": np.array([2.0])}, g=np.array([0.0]), learning_rate=0.1, step=1)
    decay = record.values.get("weight_decay", 0.0)
    assert after["w"].item() == pytest.approx(2.0 * (1 - 0.1 * decay), rel=1e-15)


@pytest.mark.parametrize("name", list(optimizers))
def test_finds_the_bottom_of_a_bowl(name):
    record = optimizers[name]
    current = {"w": np.array([3.0, -4.0])}
    for step in range(1, 3001):
        rate = 0.05 / (1 + step / 100)
        current = record.update(current, g=2 * current["w"], learning_rate=rate, step=step)
    assert np.abs(current["w"]).max() < 1e-2


def test_adam_first_step_is_the_learning_rate_whatever_the_gradient():
    for size in (1e-4, 1.0, 1e5):
        after = optimizers["adam"].update({"w": np.array([0.0])}, g=np.array([size]), learning_rate=0.01, step=1)
        assert after["w"].item() == pytest.approx(-0.01, rel=2e-4)
