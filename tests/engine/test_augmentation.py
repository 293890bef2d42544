"""Augmentation: formulas by hand, the engine against the NumPy reference, and the promise of the same bits."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet import MLPClassifier, MLPRegressor
from glassnet.engine import Plan, Population, Training, _native
from glassnet.errors import ConfigurationError
from glassnet.formulas import Augmentation, Expression, augmentations, augmented
from glassnet.formulas.augmentation import ORDER, in_words, resolve_augmentations
from glassnet.formulas.randomness import Purpose, words
from glassnet.layers import Convolution, Dense, MaxPooling
from glassnet.network import Network

LAYERS = [Convolution(3, 3, "relu"), MaxPooling(2), Dense(2)]


def image(shape=(5, 4, 1), n=3, beside=0, seed=0):
    return np.random.default_rng(seed).normal(size=(n, int(np.prod(shape)) + beside))


def draws(seed, row, epoch=0, member=0):
    """The draws between -1 and 1 of an image, from the random words themselves."""
    return (words(seed, Purpose.AUGMENTATION, 12, member=member, epoch=epoch, part=row) + 0.5) / 2**31 - 1


def test_each_record_by_hand():
    X, shape = image(), (5, 4, 1)
    for row in range(3):
        u, picture = draws(7, row), X[row].reshape(5, 4)

        def seen(spec, row=row):
            return augmented(X[row : row + 1], shape, [spec], seed=7, rows=[row], epoch=0).reshape(5, 4)

        np.testing.assert_allclose(seen("brightness(amount=0.3)"), picture + 0.3 * u[7], rtol=1e-15)
        mean = picture.mean()
        np.testing.assert_allclose(seen("contrast(amount=0.5)"), mean + (picture - mean) * (1 + 0.5 * u[6]), rtol=1e-12)
        np.testing.assert_array_equal(seen("flip"), picture[:, ::-1] if u[2] < 0 else picture)
        np.testing.assert_array_equal(seen("flip_rows"), picture[::-1] if u[3] < 0 else picture)
        cut = seen("cutout(share=0.5)")
        rows, columns = (np.abs(np.arange(n) + 0.5 - (u[k] + 1) * n / 2) < 1 for n, k in ((5, 8), (4, 9)))
        np.testing.assert_allclose(cut[np.ix_(rows, columns)], mean, rtol=1e-12)
        np.testing.assert_array_equal(cut[~rows], picture[~rows])
        moved = seen("shift(amount=0.25)")
        y = np.clip(np.arange(5) + 0.25 * 5 * u[0], 0, 4)  # a shift in both directions, one after the other
        x = np.clip(np.arange(4) + 0.25 * 4 * u[1], 0, 3)
        down = np.stack([np.interp(y, np.arange(5), column) for column in picture.T], axis=1)
        np.testing.assert_allclose(moved, [np.interp(x, np.arange(4), line) for line in down], rtol=1e-12, atol=1e-12)


def test_turning_and_scaling_move_a_spot_where_they_should():
    shape, spot = (41, 41, 1), np.zeros((41, 41))
    spot[30, 20] = 1.0  # ten below the middle
    for row in range(5):
        u = draws(3, row)
        turned = augmented(spot.reshape(1, -1), shape, ["rotation(degrees=60)"], seed=3, rows=[row], epoch=0)
        at = np.argwhere(turned.reshape(41, 41) == turned.max())[0] - 20
        t = np.tan(np.radians(30)) * u[4]
        sine, cosine = 2 * t / (1 + t * t), (1 - t * t) / (1 + t * t)
        assert np.abs(at - 10 * np.array([cosine, -sine])).max() <= 1
        grown = augmented(spot.reshape(1, -1), shape, ["scale(amount=0.5)"], seed=3, rows=[row], epoch=0)
        at = np.argwhere(grown.reshape(41, 41) == grown.max())[0] - 20
        assert np.abs(at - [10 * (1 + 0.5 * u[5]), 0]).max() <= 1


def test_noise_has_its_deviation_and_every_version_is_another_one():
    X = np.zeros((1, 10000))
    versions = [
        augmented(X, (100, 100, 1), ["noise(deviation=0.2)"], seed=1, rows=[row], epoch=epoch, member=member)
        for row, epoch, member in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))
    ]
    for version in versions:
        assert abs(version.mean()) < 0.01
        assert abs(version.std() - 0.2) < 0.01
    assert np.abs(np.corrcoef(np.vstack(versions)) - np.eye(4)).max() < 0.05


def seen_by_engine(X, shape, given, *, seed, rows, epoch, member, dtype):
    """What the engine shows the network: one step from weights of 0, whose gradient is minus the image itself."""
    plan = Plan(
        [X.shape[1], 1], ["identity"], "squared_error", reduction="half-sum", optimizer="gradient_descent",
        learning_rate=1.0, epochs=epoch + 1, batch_size=1, shuffle=False, monitor="none", dtype=dtype,
        augmentation=given, image_shape=shape,
    )  # fmt: skip
    found = []
    for row in rows:
        population = Population(
            seed=seed, members=[member], rows=[[row]],
            initial=[(np.zeros((1, X.shape[1], 1)), np.zeros((1, 1)))],
        )  # fmt: skip
        training = Training(plan, population, X, np.full((len(X), 1), 1.0))
        training.start_after(None, 0, epoch)
        training.advance_steps(1)
        found.append(training.result.weights[0][0, :, 0])
    return np.array(found)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_the_engine_sees_the_bits_of_the_reference(data):
    shape = data.draw(st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3)))
    chosen = data.draw(st.lists(st.sampled_from(ORDER), unique=True, min_size=1))
    address = {"seed": data.draw(st.integers(0, 2**64 - 1)), "epoch": data.draw(st.integers(0, 5)),
               "member": data.draw(st.integers(0, 2**32 - 1)), "rows": [2, 0]}  # fmt: skip
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    X = image(shape, beside=2).astype(dtype)
    wanted = augmented(X[address["rows"]], shape, chosen, **address).astype(dtype)
    assert seen_by_engine(X, shape, chosen, dtype=dtype, **address).tobytes() == wanted.tobytes()


def test_large_images_need_more_words_than_are_drawn_at_a_time():
    X, shape = image((31, 17, 1)), (31, 17, 1)
    address = {"seed": 5, "epoch": 1, "member": 0, "rows": [1]}
    wanted = augmented(X[[1]], shape, ["noise"], **address)
    assert seen_by_engine(X, shape, ["noise"], dtype="float64", **address).tobytes() == wanted.tobytes()


SETTINGS = {"optimizer": "adam", "learning_rate": 0.01, "epochs": 3, "batch_size": 40}


def problem(n=100, shape=(6, 5, 1)):
    X = image(shape, n, beside=1)
    return X, np.eye(2)[(X[:, 7] > 0).astype(int)]


def training(threads=1, members=1, *, plan=None, **more):
    X, y = problem()
    given = {**SETTINGS, "monitor": "none", "augmentation": ORDER, **more}
    plan = plan or Plan.of(LAYERS, "softmax_cross_entropy", input_shape=(6, 5, 1), other_inputs=1, **given)
    return Training(plan, Population(seed=3, members=members), X, y, threads=threads)


def test_the_engine_trains_as_the_readable_network():
    X, y = problem()
    net = Network(
        LAYERS, input_shape=(6, 5, 1), other_inputs=1, loss="softmax_cross_entropy", seed=3, augmentation=ORDER
    )
    net.fit(X, y, **SETTINGS)
    result = training(dtype="float64").run()
    for ours, theirs in zip(net.weights, result.weights, strict=True):
        np.testing.assert_allclose(theirs[0], ours, rtol=1e-8, atol=1e-10)
    plain = training(dtype="float64", augmentation=()).run()
    assert np.abs(plain.weights[2][0] - result.weights[2][0]).max() > 0.01


def test_same_bits_for_threads_company_and_pauses():
    first = training().run().weights
    for other in (training(threads=3), training(threads=2, members=3)):
        assert all(w[0].tobytes() == v[0].tobytes() for w, v in zip(first, other.run().weights, strict=True))
    paused, later = training(), training()
    paused.advance_steps(4)
    later.restore(paused.save())
    assert all(w.tobytes() == v.tobytes() for w, v in zip(first, later.run().weights, strict=True))


def test_same_bits_for_instruction_sets():
    code = (
        "import hashlib, sys; sys.path.insert(0, 'tests/engine'); import test_augmentation as t;"
        "print(hashlib.sha256(t.training().run().weights[0].tobytes()).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "GLASSNET_ISA": isa}, stdout=subprocess.PIPE, check=True
        ).stdout for isa in _native.usable_isas()
    }  # fmt: skip
    assert len(said) == 1


def test_the_trace_shows_the_version_that_the_network_saw():
    X, y = problem()
    net = Network(LAYERS, input_shape=(6, 5, 1), other_inputs=1, loss="softmax_cross_entropy", seed=3,
                  augmentation=["rotation", "flip"])  # fmt: skip
    trace = net.trace(X[[4]], y[[4]], learning_rate=0.1, version=2, numbers=[4])
    np.testing.assert_array_equal(trace.X, net.augmented(X[[4]], epoch=2, rows=[4]))
    np.testing.assert_array_equal(trace.augmented.X, X[[4]])
    said = in_words(net.augmentation, seed=3, row=4, epoch=2)
    assert all(phrase in trace.text() for phrase in said)
    assert trace.to_json()["seen"]["changes"] == [list(said)]
    page = trace.html()
    assert "The versions that the network saw." in page
    assert "The images as they are." in page
    plain = net.trace(X[[4]], y[[4]], learning_rate=0.1)
    assert plain.augmented is None
    np.testing.assert_array_equal(plain.X, X[[4]])


def test_estimators_train_with_it_and_partial_fit_does_too(tmp_path):
    X, y = problem()
    labels = y.argmax(axis=1)
    given = {"hidden_layer_sizes": [Convolution(3, 3, "relu"), MaxPooling(2), 8], "input_shape": (6, 5), "max_iter": 3,
             "random_state": 1, "augmentation": ["shift(amount=0.2)", "noise"], "tol": 0}  # fmt: skip
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model = MLPClassifier(**given).fit(X, labels)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        plain = MLPClassifier(**{**given, "augmentation": None}).fit(X, labels)
    assert np.abs(model.coefs_[0] - plain.coefs_[0]).max() > 1e-4
    assert model.network_.augmentation == resolve_augmentations(given["augmentation"], "here")
    assert model.trace(X, labels, rows=[5], version=1).augmented.numbers == (5,)
    steps = MLPClassifier(**given)
    for _ in range(3):
        steps.partial_fit(X, labels, classes=[0, 1])
    assert not np.array_equal(steps.coefs_[0], plain.coefs_[0])


@pytest.mark.parametrize(("make", "match"), [
    (lambda X, y: Plan([5, 1], ["identity"], "squared_error", augmentation="shift"), "their shape is not known"),
    (lambda X, y: Plan([5, 1], ["identity"], "squared_error", augmentation="shift", image_shape=(2, 3, 1)),
     "makes 6 numbers, but each row has 5"),
    (lambda X, y: Network([Dense(5, 1)], augmentation=["shift"]), "their shape is not known"),
    (lambda X, y: Network(LAYERS, input_shape=(6, 5, 1), augmentation=["shift", "shift(amount=0.2)"]), "'shift' twice"),
    (lambda X, y: Network(LAYERS, input_shape=(6, 5, 1), augmentation="shfit"), "Did you mean 'shift'"),
    (lambda X, y: Network(LAYERS, input_shape=(6, 5, 1), augmentation="shift(amount=3)"), r"outside \[0, 0.5\]"),
    (lambda X, y: MLPRegressor(hidden_layer_sizes=[4], augmentation="flip").fit(X, y[:, 0]),
     "holds no layer that looks at them"),
    (lambda X, y: MLPRegressor(hidden_layer_sizes=LAYERS[:1], input_shape=(6, 5), augmentation="flip",
                               solver="lbfgs").fit(X, y), "does not use augmentation"),
])  # fmt: skip
def test_what_is_refused(make, match):
    with pytest.raises(ConfigurationError, match=match):
        make(*problem())


def test_an_own_record_acts_in_the_readable_network_and_the_engine_says_that_it_does_not_know_it():
    own = Augmentation("negative", "light and dark exchanged", value=Expression("2 * mean - a"))
    augmentations.register(own)
    try:
        net = Network(LAYERS, input_shape=(6, 5, 1), loss="softmax_cross_entropy", augmentation=["negative", "shift"])
        assert [record.name for record in net.augmentation] == ["shift", "negative"]
        assert net.augmented(image((6, 5, 1)), epoch=0).shape == (3, 30)
        with pytest.raises(ConfigurationError, match="does not support the augmentation 'negative'"):
            Plan.of(LAYERS, "softmax_cross_entropy", input_shape=(6, 5, 1), augmentation="negative")
    finally:
        augmentations.unregister("negative")
