"""Every parametrization: weights by hand, gradients by finite differences, and the way back."""

import numpy as np
import pytest

from glassnet.errors import ConfigurationError
from glassnet.formulas import Expression, parametrizations
from glassnet.formulas.parametrization import Parametrization

BY_HAND = {
    "standard": lambda v, s: v, "ntk": lambda v, s: v / np.sqrt(len(v)), "scaled": lambda v, s: s[:, None] * v,
    "scaled_ntk": lambda v, s: s[:, None] * v / np.sqrt(len(v)), "frequency": lambda v, s: 2 * np.pi * v,
}  # fmt: skip
RNG = np.random.default_rng(5)
V, S, SLOPES = RNG.normal(size=(6, 4)), RNG.normal(size=6), RNG.normal(size=(6, 4))


def test_every_parametrization_has_an_oracle():
    assert set(BY_HAND) == set(parametrizations)


@pytest.mark.parametrize("name", list(parametrizations))
def test_weights_and_the_way_back(name):
    record = parametrizations[name]
    scales = S if record.has_scales else None
    weights = record.make_weights(V, scales)
    np.testing.assert_allclose(weights, BY_HAND[name](V, S), rtol=1e-14)
    np.testing.assert_allclose(record.free_weights(weights, scales), V, rtol=1e-13)
    assert record.plain == (name == "standard")


@pytest.mark.parametrize("name", list(parametrizations))
def test_gradients_agree_with_finite_differences(name):
    record = parametrizations[name]
    scales = S if record.has_scales else None
    d_free, d_scales = record.pull_back(SLOPES, V, scales)

    def objective(free, scales):
        return float((SLOPES * record.make_weights(free, scales)).sum())

    for index in np.ndindex(V.shape):
        up, down = V.copy(), V.copy()
        up[index] += 1e-3
        down[index] -= 1e-3
        assert d_free[index] == pytest.approx((objective(up, scales) - objective(down, scales)) / 2e-3, abs=1e-9)
    if scales is None:
        assert d_scales is None
        return
    for i in range(len(S)):
        up, down = S.copy(), S.copy()
        up[i] += 1e-3
        down[i] -= 1e-3
        assert d_scales[i] == pytest.approx((objective(V, up) - objective(V, down)) / 2e-3, abs=1e-9)


def test_an_input_whose_scale_is_zero_has_free_weights_of_zero():
    scales = S.copy()
    scales[2] = 0.0
    record = parametrizations["scaled"]
    free = record.free_weights(record.make_weights(V, scales), scales)
    assert (free[2] == 0).all()
    assert np.isfinite(free).all()


def test_rates_and_their_domain():
    record = parametrizations.resolve("scaled_ntk(bias_rate=0.1, scale_rate=6)")
    assert record.rates == (1.0, 0.1, 6.0, 1.0)
    assert record.decays == (1.0, 1.0, 1.0, 1.0)
    assert not parametrizations.resolve("standard(bias_decay=0)").plain
    assert parametrizations.resolve(record.spec) == record
    assert not parametrizations.resolve("standard(bias_rate=0.1)").plain
    with pytest.raises(ConfigurationError, match="bias_rate"):
        record.with_parameters(bias_rate=-1.0)


def test_weights_that_are_no_product_are_refused():
    with pytest.raises(ConfigurationError, match="must be a product"):
        Parametrization("squared", "not linear", Expression("v**2"))
