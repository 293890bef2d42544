"""Every loss: value and gradient against 60-digit arithmetic, links, domains, best constants, weights as repetition."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.errors import ConfigurationError
from glassnet.formulas import REDUCTIONS, losses, reduction_factor
from glassnet.formulas.loss import links
from glassnet.formulas.randomness import Purpose, normal, uniform

NAMES = list(losses)
ELEMENTWISE = [name for name in NAMES if losses[name].elementwise]
SPECS = [*ELEMENTWISE, "huber(delta=0.25)", "quantile(level=0.9)"]


def targets(record, count, part=0):
    """Random targets inside the loss's domain, its ends included where they belong."""
    u = uniform(21, Purpose.SEARCH, count, part=part)
    if record.scope == "batch":
        times = np.floor(count / 2 * uniform(26, Purpose.SEARCH, count, part=part)) + 1
        return np.column_stack([times, u < 0.6, u > 0.3]).astype(float)
    if record.task == "multiclass":
        return np.eye(4)[(4 * u).astype(int)]
    low, high = record.target_domain
    if (low, high) == (-1.0, 1.0):
        return np.where(u < 0.4, -1.0, 1.0)
    if (low, high) == (0.0, 1.0):
        return np.where(u < 0.3, 0.0, np.where(u < 0.7, 1.0, u))
    if low == 0.0:
        return 5 * u if record.open_target else np.floor(6 * u)
    return 6 * u - 3


def outputs_of(record, y):
    """How many outputs have targets of this width."""
    return 1 if record.scope == "batch" else y.shape[1]


def total_losses(record, f, y):
    """Row losses; of tied events only their sum has a meaning, so the total of a batch."""
    losses_of_rows = record.row_losses(f, y)
    return losses_of_rows.sum() if record.scope == "batch" else losses_of_rows


def raw(count, part=1):
    """Raw predictions over several scales."""
    z = normal(22, Purpose.SEARCH, count, part=part)
    return z * np.array([1e-6, 0.1, 1.0, 8.0])[np.arange(count) % 4]


@pytest.mark.parametrize("spec", SPECS)
def test_value_and_gradient_against_sixty_digits(spec, exact, exact_slope):
    record = losses.resolve(spec)
    f, y = raw(160), targets(record, 160)
    if record.link == "identity":
        f = f + np.where(np.arange(160) % 8 == 0, y, 0)  # also close to the target
    value = record.value(f=f, y=y, **record.values)
    gradient = record.raw_gradient(f, y)
    for place in range(160):
        at = {"f": float(f[place]), "y": float(y[place]), **record.values}
        size = max(1.0, abs(at["f"]), abs(at["y"])) ** 2
        want = exact(record.value, **at)
        assert abs(value[place] - want) <= 4e-15 * max(size, abs(want)), at
        if record.kinks is not None and abs(exact(record.kinks, **at)) < 1e-12:
            continue
        want = exact_slope(record.value, "f", **at)
        assert abs(gradient[place] - want) <= 4e-15 * max(size, abs(want)), at


def test_softmax_against_sixty_digits():
    record, checked = losses["softmax_cross_entropy"], 0
    f = normal(23, Purpose.SEARCH, 200).reshape(50, 4) * np.array([1e-3, 1, 10, 300, 1])[np.arange(50) % 5][:, None]
    y = targets(record, 50)
    y[::7] = [0.1, 0.2, 0.3, 0.4]
    value, gradient = record.row_losses(f, y), record.raw_gradient(f, y)
    for row in range(50):
        with mpmath.workdps(60):

            def loss(*logits, row=row):
                total = mpmath.log(mpmath.fsum(mpmath.exp(v) for v in logits))
                return mpmath.fsum(mpmath.mpf(float(t)) * (total - v) for t, v in zip(y[row], logits, strict=True))

            logits = [mpmath.mpf(float(v)) for v in f[row]]
            assert abs(value[row] - loss(*logits)) <= 1e-13 * max(1, abs(loss(*logits)))
            for k in range(4):
                order = tuple(int(k == m) for m in range(4))
                assert abs(gradient[row, k] - mpmath.diff(loss, logits, order)) <= 1e-14
                checked += 1
    assert checked == 200


@pytest.mark.parametrize("name", NAMES)
def test_extreme_raw_predictions_stay_finite(name):
    record = losses[name]
    y = targets(record, 8)
    y = y if y.ndim == 2 else y[:, None]
    for extreme in (1e-300, 40.0, -40.0, 700.0, -700.0):
        f = np.full((8, outputs_of(record, y)), extreme)
        f[:, 0] *= np.linspace(0.5, 1.0, 8) if record.scope == "batch" else 0.5
        assert np.isfinite(record.row_losses(f, y)).all(), extreme
        assert np.isfinite(record.raw_gradient(f, y)).all(), extreme
        assert total_losses(record, f, y).min() >= -1e-9 * abs(extreme) or record.name == "poisson"


@pytest.mark.parametrize("name", NAMES)
def test_a_loss_is_never_negative(name):
    record = losses[name]
    y = targets(record, 400)
    y = y if y.ndim == 2 else y[:, None]
    f = normal(24, Purpose.SEARCH, 400 * outputs_of(record, y)).reshape(400, -1)
    assert total_losses(record, f, y).min() >= -1e-14


@pytest.mark.parametrize("name", NAMES)
def test_row_losses_add_up_over_outputs(name):
    record = losses[name]
    if not record.elementwise:
        assert record.kernel  # the engine has it by hand
        return
    y = targets(record, 30).reshape(10, 3)
    f = raw(30).reshape(10, 3)
    single = sum(record.row_losses(f[:, [k]], y[:, [k]]) for k in range(3))
    np.testing.assert_allclose(record.row_losses(f, y), single, rtol=1e-14)
    assert record.raw_gradient(f, y).shape == (10, 3)


def weighted_quantile(values, weight, level):
    """The smallest value at which the cumulated weight reaches `level` of the total."""
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weight[order])
    return values[order][np.searchsorted(cumulated, level * cumulated[-1])]


def root(record, y, weight):
    """The constant between the smallest and largest target (or rate) at which the weighted gradients cancel."""
    low, high = (-60.0, 60.0) if record.functional == "rate" else (float(y.min()), float(y.max()))
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if float(weight @ record.raw_gradient(middle, y)) > 0 else (middle, high)
    return 0.5 * (low + high)


def best_constant(record, y, weight):
    """The constant raw prediction with the smallest loss, shape (k,), by what the loss says that it estimates."""
    if record.functional == "order":
        return np.zeros(1)
    if record.functional in ("location", "rate"):
        return np.array([root(record, column, weight) for column in y.T])
    if record.functional in ("median", "quantile"):
        level = record.values["level"] if record.functional == "quantile" else 0.5
        return np.array([weighted_quantile(column, weight, level) for column in y.T])
    center = np.average(y, axis=0, weights=weight)
    if record.functional == "majority":
        return np.where(center >= 0, 1.0, -1.0)
    assert record.functional == "mean"
    with np.errstate(divide="ignore"):
        return links[record.link].inverse(center)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", range(4))
def test_the_functional_is_the_best_constant(name, part):
    record = losses[name] if part < 3 or not losses[name].parameters else losses[name].with_parameters(
        **{p.name: 0.3 for p in losses[name].parameters})  # fmt: skip
    y = targets(record, 25, part=part)
    y = y if y.ndim == 2 else y[:, None]
    outputs = outputs_of(record, y)
    weight = np.round(3 * uniform(25, Purpose.SEARCH, 25, part=part))
    best = best_constant(record, y, weight)
    assert best.shape == (outputs,)

    def loss(constant):
        return float(weight @ record.row_losses(np.broadcast_to(constant, (25, outputs)), y, weight))

    for k in range(outputs):
        for move in (1e-4, -1e-4, 0.1, -0.1, 2.0, -2.0):
            moved = best.copy()
            moved[k] += move
            assert loss(best) <= loss(moved) + 1e-9, (k, move)


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_repetition(name):
    record = losses[name]
    if record.scope == "batch":
        record = record.with_parameters(efron=0.0)  # repeated events tie, and Efron's rule treats ties otherwise
    y = targets(record, 12)
    y = y if y.ndim == 2 else y[:, None]
    weight = np.array([0, 1, 2, 3] * 3)
    outputs = outputs_of(record, y)
    f = raw(12 * outputs).reshape(12, outputs)
    repeated, f_repeated = np.repeat(y, weight, axis=0), np.repeat(f, weight, axis=0)
    total = weight @ record.row_losses(f, y, weight)
    assert total == pytest.approx(record.row_losses(f_repeated, repeated, np.ones(len(repeated))).sum(), rel=1e-12)
    slopes = weight @ record.raw_gradient(f, y, weight)
    wanted = record.raw_gradient(f_repeated, repeated, np.ones(len(repeated))).sum(axis=0)
    np.testing.assert_allclose(slopes, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_targets_outside_the_domain_are_refused_with_their_place(name):
    record = losses[name]
    good = targets(record, 6)
    good = good if good.ndim == 2 else good[:, None]
    record.check_targets(good)
    low, high = record.target_domain
    bad = [math.nan, math.inf]
    bad += [low - 0.5] if math.isfinite(low) else []
    bad += [high + 0.5] if math.isfinite(high) else []
    bad += [low] if record.open_target else []
    for value in bad:
        y = good.copy()
        y[3, 0] = value
        with pytest.raises(ConfigurationError, match=r"y\[3, 0\]"):
            record.check_targets(y)


def test_links_round_trip():
    f = np.linspace(-6, 6, 25)[:, None]
    covered = set()
    for link in links.values():
        if link.name == "softmax":
            logits = np.hstack([f, 0.3 * f, -f])
            back = link.inverse(link.apply(logits))
            np.testing.assert_allclose(back - back[:, :1], logits - logits[:, :1], atol=1e-9)
            np.testing.assert_allclose(link.apply(logits).sum(axis=1), 1.0, rtol=1e-15)
        elif link.name == "sign":
            assert set(link.apply(f).ravel()) == {-1.0, 1.0}
            assert link.apply(0.0) == 1.0
        else:
            np.testing.assert_allclose(link.inverse(link.apply(f)), f, atol=1e-12)
        covered.add(link.name)
    assert covered == set(links) >= {record.link for record in losses.values()}


@pytest.mark.parametrize(
    "name", [n for n in NAMES if losses[n].link in ("logistic", "exp", "softmax") and losses[n].task != "survival"]
)
def test_gradient_is_prediction_minus_target_for_the_natural_link(name):
    record = losses[name]
    if name == "gamma":
        return  # its natural link would be the inverse; it takes exp to keep amounts positive
    y = targets(record, 20)
    y = y if y.ndim == 2 else y[:, None]
    f = raw(y.size).reshape(y.shape)
    np.testing.assert_allclose(record.raw_gradient(f, y), record.predict(f) - y, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(REDUCTIONS), st.floats(0.1, 1e6))
def test_reduction_factor(reduction, total):
    got = reduction_factor(reduction, total)
    want = {"sum": 1.0, "half-sum": 0.5, "mean": 1 / total, "half-mean": 0.5 / total}[reduction]
    assert got == pytest.approx(want, rel=1e-15)


def test_unknown_reduction_names_the_nearest():
    with pytest.raises(ConfigurationError, match="Did you mean 'half-sum'"):
        reduction_factor("halfsum", 3.0)


def test_kinks_are_declared(exact_slope):
    checked = 0
    for name in ELEMENTWISE:
        record = losses[name]
        y = float(targets(record, 3)[1]) or 1.0
        grid = np.linspace(y - 3, y + 3, 601)
        jump = np.abs(record.raw_gradient(grid + 1e-7, y) - record.raw_gradient(grid - 1e-7, y)) > 1e-3
        if record.kinks is None:
            assert not jump.any(), name
        else:
            zero = np.abs(record.kinks(f=grid, y=y, **record.values)) < 1e-9
            np.testing.assert_array_equal(jump, zero)
        checked += 1
    assert checked == len(ELEMENTWISE) > 8
