"""Every registered formula: compiled kernel against the NumPy reference, and against the interpreter bit for bit."""

import numpy as np
import pytest
import single_kernels as single
from reference import targets_for

from glassnet.engine import _native, random_numbers
from glassnet.engine.kernels.kernel import (
    activation_backward,
    activation_value,
    loss_entry,
    optimizer_update,
    schedule_factor,
)
from glassnet.engine.kernels.schedule import factor
from glassnet.errors import ConfigurationError
from glassnet.formulas import Activation, Expression, Loss, activations, losses, optimizers, schedules
from glassnet.formulas.randomness import Purpose, permutation, words

DTYPES = [np.float32, np.float64]
ELEMENTWISE = [name for name, record in losses.items() if record.elementwise]
EXTREME = [0.0, -0.0, 1e-30, -1e-30, 30.0, -30.0, 80.0, -80.0, 1.0, -1.0]


def points(rng, dtype):
    return np.concatenate([rng.normal(size=487) * 3, EXTREME]).astype(dtype)


def tolerance(dtype):
    return 3e-6 if dtype == np.float32 else 1e-13


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", activations)
def test_activation(name, dtype):
    record = activations[name]
    z = points(np.random.default_rng(0), dtype)
    a, slope = single.activate(record, z)
    exact_a, exact_slope = record.apply(z), record.slope(z)
    np.testing.assert_allclose(a, exact_a, rtol=tolerance(dtype), atol=tolerance(dtype))
    np.testing.assert_allclose(slope, exact_slope, rtol=tolerance(dtype), atol=tolerance(dtype))
    interpreted = single.activate(record, z, interpret=True)
    assert a.tobytes() == interpreted[0].tobytes()
    assert slope.tobytes() == interpreted[1].tobytes()
    for interpret in (False, True):
        both = single.activate_at_once(record, z, interpret=interpret)
        if both is not None:
            assert (a.tobytes(), slope.tobytes()) == (both[0].tobytes(), both[1].tobytes())
    assert (both is None) == (name not in ("mish", "silu", "gelu"))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_loss(name, dtype):
    record, rng = losses[name], np.random.default_rng(1)
    f = (rng.normal(size=203) * 4).astype(dtype)
    y = targets_for(record, rng, 203, 1)[:, 0].astype(dtype)
    value, gradient = single.loss_entries(record, f, y)
    np.testing.assert_allclose(
        value,
        record.row_losses(f[:, None], y[:, None]),
        rtol=2e-5 if dtype == np.float32 else 1e-12,
        atol=tolerance(dtype) * 4,
    )
    np.testing.assert_allclose(
        gradient,
        record.raw_gradient(f[:, None], y[:, None])[:, 0],
        rtol=2e-6 if dtype == np.float32 else 1e-12,
        atol=tolerance(dtype),
    )
    interpreted = single.loss_entries(record, f, y, interpret=True)
    assert value.tobytes() == interpreted[0].tobytes()
    assert gradient.tobytes() == interpreted[1].tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", optimizers)
def test_optimizer(name, dtype):
    record, rng = optimizers[name], np.random.default_rng(2)
    compiled = interpreted = {"w": rng.normal(size=77).astype(dtype)}
    exact = {"w": compiled["w"].astype(float)}
    for step in (1, 2, 3, 500):
        g = rng.normal(size=77).astype(dtype)
        compiled = single.optimizer_step(record, compiled, g, 0.03, step)
        interpreted = single.optimizer_step(record, interpreted, g, 0.03, step, interpret=True)
        exact = record.update(exact, g=g, learning_rate=0.03, step=step)
        for key, value in exact.items():
            np.testing.assert_allclose(compiled[key], value, rtol=tolerance(dtype) * 4, atol=tolerance(dtype))
            assert compiled[key].tobytes() == interpreted[key].tobytes()


@pytest.mark.parametrize("name", schedules)
def test_schedule(name):
    for step, steps, samples in ((0, 100, 0), (1, 100, 50), (37, 100, 500), (99, 100, 10**7)):
        place = {"step": step, "steps": steps, "samples": samples}
        exact = schedules[name].factor_at(**place)
        assert factor(schedules[name], **place) == pytest.approx(exact, rel=1e-13, abs=1e-15)
        assert factor(schedules[name], **place) == factor(schedules[name], **place, interpret=True)


def test_every_registered_formula_is_compiled():
    for concept, build, registry in (
        ("activation_value", activation_value, activations),
        ("activation_backward", activation_backward, activations),
        ("loss", loss_entry, {n: losses[n] for n in ELEMENTWISE}),
        ("optimizer", optimizer_update, optimizers),
        ("schedule", schedule_factor, schedules),
    ):
        assert {build(record).key for record in registry.values()} <= set(_native.keys(concept)), concept


def test_parameters_reach_the_compiled_kernel():
    z = np.array([-2.0, 3.0])
    a, slope = single.activate(activations.resolve("leaky_relu(slope=0.25)"), z)
    assert a.tolist() == [-0.5, 3.0]
    assert slope.tolist() == [0.25, 1.0]


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_formula_made_at_run_time_is_interpreted(dtype):
    bent = Activation(
        "bent", "a bent line", Expression("0.5 * (sqrt(z**2 + 1) - 1) + z"), Expression("0.5 * z / sqrt(z**2 + 1) + 1")
    )
    z = np.linspace(-4, 4, 301).astype(dtype)
    a, slope = single.activate(bent, z)
    np.testing.assert_allclose(a, bent.apply(z), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slope, bent.slope(z), rtol=1e-5)
    quartic = Loss("quartic", "", Expression("(f - y)**4"), Expression("4 * (f - y)**3"))
    value, gradient = single.loss_entries(quartic, z, z[::-1].copy())
    np.testing.assert_allclose(value, (2 * z.astype(float)) ** 4, rtol=1e-5)
    np.testing.assert_allclose(gradient, 4 * (2 * z.astype(float)) ** 3, rtol=1e-5, atol=1e-20)


def test_a_formula_too_long_for_the_engine_is_refused():
    long = " + ".join(f"exp({i}.5 * z)" for i in range(60))
    record = Activation("long", "", Expression(long), Expression("z"))
    with pytest.raises(ConfigurationError, match="Simplify its formula"):
        single.activate(record, np.zeros(3))


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_random_words_and_orders(seed):
    for address in ({}, {"member": 7}, {"epoch": 3, "part": 5, "member": 2**32 - 1}):
        np.testing.assert_array_equal(
            random_numbers.words(seed, Purpose.DROPOUT, 37, **address), words(seed, Purpose.DROPOUT, 37, **address)
        )
        for count in (1, 2, 7, 100):
            np.testing.assert_array_equal(
                random_numbers.permutation(seed, Purpose.SHUFFLE, count, **address),
                permutation(seed, Purpose.SHUFFLE, count, **address),
            )
