"""Explanations of times to an event: of the risk, and of the share without the event at a horizon."""

import numpy as np
import pytest

from glassnet import GlassRegressor, GlassSurvival
from glassnet.errors import ConfigurationError
from glassnet.explanation import contributions, effect, explain, importance, strongest_pairs
from glassnet.survival import Times, concordance, concordance_of_rows


def study(n=200, seed=0):
    random = np.random.default_rng(seed)
    size, sex = random.uniform(1, 5, n), random.choice(["f", "m"], n)
    event, lost = random.exponential(60 / size**2), random.exponential(20, n)
    return {"size": size, "sex": sex, "months": np.minimum(event, lost), "died": (event <= lost).astype(int)}


@pytest.fixture(scope="module")
def model():
    return GlassSurvival(recipe="lecture", epochs=40).fit(study(), time="months", event="died")


def test_contributions_sum_to_the_risk_and_to_the_share(model):
    rows = {name: values[:5] for name, values in study().items()}
    risk = contributions(model, rows, background=study())
    np.testing.assert_allclose(risk.answers[:, 0], model.predict(rows), atol=1e-9)
    share = contributions(model, rows, background=study(), horizon=6.0)
    np.testing.assert_allclose(share.answers[:, 0], model.predict_survival(rows, 6.0)[:, 0], atol=1e-9)
    for found in (risk, share):
        assert found.gap < 1e-9
    assert share.outputs == ("probability without died at 6",)


def test_a_linear_model_is_coefficient_times_difference():
    columns = study()
    linear = GlassSurvival(hidden_layer_sizes=(), n_networks=2).fit(columns, time="months", event="died")
    found = contributions(linear, columns)
    assert "weighted sum" in found.method
    apart = linear.predict({**columns, "size": columns["size"] + 0.5}) - linear.predict(columns)
    inputs = linear.schema_.encode(linear._read(columns)).matrix
    moved = linear.schema_.encode(linear._read({**columns, "size": columns["size"] + 0.5})).matrix
    each = apart / (moved - inputs)[:, 0]
    np.testing.assert_allclose(found.values[:, 0, 0], each * (inputs[:, 0] - inputs[:, 0].mean()), rtol=2e-3, atol=1e-5)


def test_the_text_says_both(model):
    why = explain(model, study(), row=2, horizon=6.0, threshold=0.5)
    assert why.sentence().startswith("The probability without died at 6 is ")
    assert "%" in why.sentence()
    assert "months" in why.truth
    assert "died" in why.truth
    text = why.text()
    assert "moves the prediction" in text
    assert "percentage points" in text
    page = why.html()
    assert "probability without died at 6" in page
    assert "change of the concordance" in page
    assert "risk (log hazard of died)" in explain(model, study(), row=2).text()


def test_importance_is_the_loss_of_concordance(model):
    columns = study()
    found = importance(model, columns, repeats=3)
    assert found.names[0] == "size"
    assert found.low[0] <= found.values[0] <= found.high[0]
    times = Times.of(columns["months"], columns["died"])
    mean = np.mean([
        concordance(times, model.predict({**columns, "size": np.random.default_rng(k).permutation(columns["size"])}))[0]
        for k in range(20)
    ])  # fmt: skip
    assert found.values[0] == pytest.approx(model.score(columns) - mean, abs=0.03)
    assert abs(found.values[1]) < 0.02
    small = importance(model, {name: values[:60] for name, values in columns.items()})
    assert small.high[0] - small.low[0] > 1.3 * (found.high[0] - found.low[0])


def test_rows_of_a_concordance_spread_as_it_does():
    random = np.random.default_rng(1)
    n, drawn = 150, []
    risk = random.normal(size=n)
    event, lost = random.exponential(np.exp(-risk)), random.exponential(2.0, n)
    times = Times.of(np.minimum(event, lost), event <= lost)
    right, pairs = concordance_of_rows(times, risk)
    value = right.sum() / pairs.sum()
    assert value == pytest.approx(concordance(times, risk)[0])
    each = 2 * n * (right - value * pairs) / pairs.sum() + value
    for k in range(400):
        counts = np.bincount(np.random.default_rng(k).integers(0, n, n), minlength=n)
        drawn.append((concordance(times, risk, counts[None].astype(float))[0], counts @ each / n))
    exact, linear = np.array(drawn).std(axis=0)
    assert linear == pytest.approx(exact, rel=0.15)


def test_effects_and_pairs_at_a_horizon(model):
    found = effect(model, study(), "size", horizon=6.0)
    assert 0 <= found.mean.min() <= found.mean.max() <= 1
    assert found.mean[0, 0] > found.mean[-1, 0]
    assert strongest_pairs(model, study(), horizon=6.0)[0].strength >= 0


@pytest.mark.parametrize("horizon", [-1.0, 0.0, float("nan")])
def test_horizons_that_are_no_times(model, horizon):
    with pytest.raises(ConfigurationError, match="must be a time above 0"):
        explain(model, study(), horizon=horizon)


def test_other_models_have_no_horizon():
    frame = {"x": np.arange(30.0), "y": np.arange(30.0) % 7}
    plain = GlassRegressor(recipe="lecture", epochs=2).fit(frame, target="y")
    with pytest.raises(ConfigurationError, match="is for times to an event"):
        explain(plain, frame, horizon=3.0)
    with pytest.raises(ConfigurationError, match="sees no pixels"):
        explain(plain, frame, square=3)
